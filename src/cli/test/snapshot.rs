//! What an environment renders, in the form that is committed: a JSON file for each stack, with sorted keys, and a list of them.

use std::{collections::BTreeMap, fs, io};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value, json};

use crate::{
    cli::outcome::Failure,
    compare::{self, Change},
    emit::{self, LISTING, OutputFile},
    render,
    resolve::Resolved,
};

/// The stacks of an environment as they are rendered now.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// `shop/prod`
    pub(super) folder: Utf8PathBuf,
    /// The file name of the blueprint.
    blueprint: String,
    /// File name without ending, stack name, and everything the stack is deployed with, in the order of deployment.
    pub(super) stacks: Vec<(String, String, Value)>,
}

/// The stacks of an environment as they were committed.
#[derive(Debug, Default)]
pub(super) struct Before {
    stacks: Vec<(String, Value)>,
    /// Files that cannot be read, with the reason.
    pub(super) unreadable: Vec<String>,
}

impl Snapshot {
    /// Renders an environment.
    pub(super) fn render(resolved: &Resolved, blueprint: &Utf8Path) -> Self {
        let mut stacks = Vec::new();
        render::templates(resolved, &[], &mut |stack| {
            let mut whole = emit::to_json_value(&stack.template);
            let mut deployed = json!({
                "Name": stack.name,
                "Parameters": stack.parameters,
                "Capabilities": stack.capabilities().iter().map(ToString::to_string).collect::<Vec<_>>(),
                "Tags": stack.tags,
                "DependsOn": stack.depends_on,
            });
            if let Some(policy) = crate::artifacts::stack_policy(&stack.policy) {
                deployed["Policy"] = serde_json::to_value(policy).unwrap_or_default();
            }
            whole["Stack"] = deployed;
            stacks.push((stack.file, stack.name, sorted(whole)));
        });
        Self {
            folder: render::folder(resolved),
            blueprint: blueprint.file_name().unwrap_or_default().to_owned(),
            stacks,
        }
    }

    /// The files to write.
    pub(super) fn files(&self) -> Vec<OutputFile> {
        let file = |name: &str, value: &Value| {
            let mut text = serde_json::to_string_pretty(value).expect("JSON data has text for keys");
            text.push('\n');
            OutputFile { path: self.folder.join(name), text, executable: false }
        };
        let mut names: Vec<String> = self.stacks.iter().map(|(name, ..)| format!("{name}.json")).collect();
        names.push(LISTING.to_owned());
        names.sort();
        let listing = json!({
            "snapshot": 1,
            "blueprint": self.blueprint,
            "files": names,
        });
        let stacks = self.stacks.iter().map(|(name, _, value)| file(&format!("{name}.json"), value));
        stacks.chain([file(LISTING, &listing)]).collect()
    }

    /// What is not as it was.
    pub(super) fn changes_since(&self, before: &Before) -> Vec<Change> {
        let now: Vec<(String, Value)> =
            self.stacks.iter().map(|(_, name, value)| (name.clone(), value.clone())).collect();
        compare::stacks(&before.stacks, &now)
    }

    /// The type of every resource, then and now.
    pub(super) fn kinds(&self, before: &Before) -> BTreeMap<(String, String), String> {
        let now = self.stacks.iter().map(|(_, name, value)| (name, value));
        let mut kinds = BTreeMap::new();
        for (name, value) in before.stacks.iter().map(|(name, value)| (name, value)).chain(now) {
            for (id, resource) in value["Resources"].as_object().into_iter().flatten() {
                let kind = resource["Type"].as_str().unwrap_or_default();
                kinds.insert((name.clone(), id.clone()), kind.to_owned());
            }
        }
        kinds
    }
}

/// The value with every map in the order of its keys.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<(String, Value)> =
                map.into_iter().map(|(key, it)| (key, sorted(it))).collect();
            pairs.sort_by(|left, right| left.0.cmp(&right.0));
            Value::Object(Map::from_iter(pairs))
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        scalar => scalar,
    }
}

/// The blueprint a list of snapshots is of, where it is one.
pub(super) fn is_of(listing: &Utf8Path) -> Option<String> {
    let listing: Value = serde_json::from_slice(&fs::read(listing).ok()?).ok()?;
    listing.get("snapshot")?;
    // A name, not a way to somewhere else.
    let name = listing.get("blueprint")?.as_str()?;
    (Utf8Path::new(name).file_name() == Some(name)).then(|| name.to_owned())
}

/// What was committed for an environment; nothing where there is no snapshot of it.
pub(super) fn read(root: &Utf8Path, folder: &Utf8Path) -> Result<Option<Before>, Failure> {
    let folder = root.join(folder);
    let listing = folder.join(LISTING);
    let listed = match fs::read(&listing) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{listing} cannot be read: {error}").into()),
    };
    let mut before = Before::default();
    let listed: Value = match serde_json::from_slice(&listed) {
        Ok(value) => value,
        Err(error) => {
            before.unreadable.push(format!("{listing}: {error}"));
            return Ok(Some(before));
        }
    };
    let names = listed["files"].as_array().into_iter().flatten().filter_map(Value::as_str);
    for name in names.filter(|name| *name != LISTING && Utf8Path::new(name).file_name() == Some(name)) {
        let path = folder.join(name);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(format!("{path} cannot be read: {error}").into()),
        };
        match serde_json::from_slice::<Value>(&bytes) {
            Ok(value) => {
                let name = value["Stack"]["Name"].as_str().unwrap_or(name).to_owned();
                before.stacks.push((name, value));
            }
            Err(error) => before.unreadable.push(format!("{path}: {error}")),
        }
    }
    Ok(Some(before))
}
