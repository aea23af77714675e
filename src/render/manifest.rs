use camino::Utf8Path;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::{
    artifacts::Environment,
    emit::OutputFile,
    stacks::{Deployable, Lookup},
};

/// `stacks.json`: the stacks in the order of deployment with everything a deployment of each needs, and the files of the
/// folder, so that a later run knows which are its own.
pub(super) fn manifest<'m>(
    place: &'m Environment,
    stacks: &'m [Deployable],
    files: &'m [OutputFile],
    folder: &Utf8Path,
) -> impl Serialize + 'm {
    let mut names: Vec<&str> =
        files.iter().filter_map(|file| file.path.strip_prefix(folder).ok()).map(Utf8Path::as_str).collect();
    names.push("stacks.json");
    names.sort_unstable();
    Manifest {
        version: 1,
        application: &place.application,
        environment: &place.environment,
        region: &place.region,
        account: place.account.as_deref(),
        stacks: Stacks(stacks, &place.ending),
        files: names,
    }
}

#[derive(Serialize)]
struct Manifest<'m> {
    version: u8,
    application: &'m str,
    environment: &'m str,
    region: &'m str,
    account: Option<&'m str>,
    stacks: Stacks<'m>,
    files: Vec<&'m str>,
}

/// Stacks and how the names of their templates end. One at a time becomes JSON: together, a thousand services' would be
/// what most room is taken by.
struct Stacks<'m>(&'m [Deployable], &'m str);

impl Serialize for Stacks<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.iter().map(|one| stack(one, self.1)))
    }
}

fn stack(stack: &Deployable, ending: &str) -> Value {
    let mut out = json!({
        "name": stack.name,
        "purpose": stack.purpose,
        "template": format!("{}.{ending}", stack.file),
        "parameters": format!("parameters/{}.json", stack.file),
        "lookup": stack.lookups.iter().map(|it| (it.parameter().to_owned(), lookup(it))).collect::<serde_json::Map<_, _>>(),
        "capabilities": stack.capabilities,
        "tags": stack.tags.iter().map(|(key, value)| (key.clone(), json!(value))).collect::<serde_json::Map<_, _>>(),
        "policy": stack.has_policy.then(|| format!("policies/{}.json", stack.file)),
        "depends_on": stack.depends_on,
    });
    if let Some(first) = &stack.released_from
        && let Some(object) = out.as_object_mut()
    {
        object.insert("released_from".into(), json!(first));
        object.insert("rollback_alarm".into(), json!(stack.rollback_alarm));
    }
    if stack.lookups.is_empty() {
        out.as_object_mut().map(|object| object.shift_remove("lookup"));
    }
    out
}

/// What a parameter's value is read from when deploying.
fn lookup(lookup: &Lookup) -> Value {
    match lookup {
        Lookup::LiveColor { service, .. } => json!({"live_color_of": service.service}),
        Lookup::RunningImage { service, .. } => json!({"running_image_of": service.service}),
        Lookup::Released { service, .. } => json!({"released": service.service}),
        Lookup::RunningRevision { service, .. } => json!({"running_revision_of": service.service}),
        Lookup::Export { export, item, once, .. } => {
            let mut read = json!({"export": export});
            if let Some(item) = item {
                read["item"] = json!(item);
            }
            if *once {
                read["once"] = json!(true);
            }
            read
        }
        Lookup::SecretArn { secret, .. } => json!({"arn_of_secret": secret}),
        Lookup::Given { description, .. } => json!({"given": description}),
    }
}
