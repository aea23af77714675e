use camino::Utf8Path;
use serde_json::{Value, json};

use crate::{
    artifacts::Environment,
    emit::OutputFile,
    stacks::{Lookup, Stack},
};

/// `stacks.json`: the stacks in the order of deployment with everything a deployment of each needs, and the files of the
/// folder, so that a later run knows which are its own.
pub(super) fn manifest(
    place: &Environment,
    stacks: &[Stack],
    files: &[OutputFile],
    folder: &Utf8Path,
) -> Value {
    let stack = |stack: &Stack| {
        let mut out = json!({
            "name": stack.name,
            "purpose": stack.purpose,
            "template": format!("{}.{}", stack.file, place.ending),
            "parameters": format!("parameters/{}.json", stack.file),
            "lookup": stack.lookups.iter().map(|it| (it.parameter().to_owned(), lookup(it))).collect::<serde_json::Map<_, _>>(),
            "capabilities": stack.capabilities().iter().map(ToString::to_string).collect::<Vec<_>>(),
            "tags": stack.tags,
            "policy": (!stack.policy.is_empty()).then(|| format!("policies/{}.json", stack.file)),
            "depends_on": stack.depends_on,
        });
        if stack.lookups.is_empty() {
            out.as_object_mut().map(|object| object.shift_remove("lookup"));
        }
        out
    };
    let mut names: Vec<&str> =
        files.iter().filter_map(|file| file.path.strip_prefix(folder).ok()).map(Utf8Path::as_str).collect();
    names.push("stacks.json");
    names.sort_unstable();
    json!({
        "version": 1,
        "application": place.application,
        "environment": place.environment,
        "region": place.region,
        "account": place.account,
        "stacks": stacks.iter().map(stack).collect::<Vec<_>>(),
        "files": names,
    })
}

/// What a parameter's value is read from when deploying.
fn lookup(lookup: &Lookup) -> Value {
    match lookup {
        Lookup::LiveColor { service, .. } => json!({"live_color_of": service.service}),
        Lookup::RunningImage { service, .. } => json!({"running_image_of": service.service}),
        Lookup::SecretArn { secret, .. } => json!({"arn_of_secret": secret}),
        Lookup::Given { description, .. } => json!({"given": description}),
    }
}
