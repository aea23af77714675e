//! Two templates compared by what they mean to CloudFormation, not by their text.
//!
//! The order of keys means nothing, nor does that of lists CloudFormation takes for sets (tags, variables, statements). Items of
//! a list that carry a name (`Name`, `Key`, `Sid` …) are matched by it, so that one more container is one change and not one for
//! every container behind it.
//!
//! ```
//! use bluegreen::compare;
//! use serde_json::json;
//!
//! let template = |memory| json!({"Resources": {"Task": {
//!     "Type": "AWS::ECS::TaskDefinition",
//!     "Properties": {"ContainerDefinitions": [{"Name": "web", "Memory": memory}]},
//! }}});
//! let changes = compare::templates("shop-prod-web", &template(512), &template(1024));
//! assert_eq!(changes[0].id, "Task");
//! assert_eq!(changes[0].path.to_string(), "Properties.ContainerDefinitions[web].Memory");
//! assert_eq!(changes[0].path.pointer(), "/Properties/ContainerDefinitions/0/Memory");
//! assert_eq!((&changes[0].before, &changes[0].after), (&Some(json!(512)), &Some(json!(1024))));
//! ```

mod list;
mod path;
mod value;

use serde_json::{Map, Value};

pub use path::{Path, Step};

/// One difference between two templates of a stack.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The stack.
    pub stack: String,
    /// The section as CloudFormation calls it, such as `Resources` or `Description`; empty where all of a stack is meant.
    pub section: String,
    /// The logical id, or the name of a parameter, condition or output; empty where the section has none.
    pub id: String,
    /// From there to the value that differs: `Properties.Cpu`, `DeletionPolicy`; empty where all of it came or went.
    pub path: Path,
    /// What was there, in the long form; nothing where it is new.
    pub before: Option<Value>,
    /// What is there now, in the long form; nothing where it is gone.
    pub after: Option<Value>,
}

/// What happened to something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// It is new.
    Added,
    /// It is another.
    Changed,
    /// It is gone.
    Removed,
}

impl Change {
    /// What happened.
    pub fn kind(&self) -> Kind {
        match (&self.before, &self.after) {
            (None, _) => Kind::Added,
            (_, None) => Kind::Removed,
            _ => Kind::Changed,
        }
    }
}

/// The differences between two sets of stacks, each a name and a template in the long form: first those of the stacks that
/// are there now, in their order, then the stacks that are gone.
pub fn stacks(before: &[(String, Value)], after: &[(String, Value)]) -> Vec<Change> {
    let mut changes = Vec::new();
    let whole = |stack: &str, before: Option<&Value>, after: Option<&Value>| Change {
        stack: stack.to_owned(),
        section: String::new(),
        id: String::new(),
        path: Path::default(),
        before: before.cloned(),
        after: after.cloned(),
    };
    for (name, now) in after {
        match before.iter().find(|(known, _)| known == name) {
            Some((_, then)) => changes.extend(templates(name, then, now)),
            None => changes.push(whole(name, None, Some(now))),
        }
    }
    for (name, then) in before {
        if !after.iter().any(|(known, _)| known == name) {
            changes.push(whole(name, Some(then), None));
        }
    }
    changes
}

/// The differences between two templates of a stack in the long form, section by section in CloudFormation's order.
pub fn templates(stack: &str, before: &Value, after: &Value) -> Vec<Change> {
    let empty = Map::new();
    let sections = |template: &'_ Value| template.as_object().cloned().unwrap_or_else(|| empty.clone());
    let (before, after) = (sections(before), sections(after));
    let mut changes = Vec::new();
    for (section, then, now) in pairs(&before, &after) {
        let named = section_holds_names(section);
        let change = |id: &str, difference: value::Difference| Change {
            stack: stack.to_owned(),
            section: section.to_owned(),
            id: id.to_owned(),
            path: difference.path,
            before: difference.before,
            after: difference.after,
        };
        if !named {
            changes.extend(value::differences(then, now).into_iter().map(|it| change("", it)));
            continue;
        }
        let names = |value: Option<&Value>| value.and_then(Value::as_object).cloned().unwrap_or_default();
        let (then, now) = (names(then), names(now));
        for (id, then, now) in pairs(&then, &now) {
            changes.extend(value::differences(then, now).into_iter().map(|it| change(id, it)));
        }
    }
    changes
}

/// The differences between two values, such as the `Properties` of a resource.
pub fn values(before: &Value, after: &Value) -> Vec<(Path, Option<Value>, Option<Value>)> {
    value::differences(Some(before), Some(after))
        .into_iter()
        .map(|difference| (difference.path, difference.before, difference.after))
        .collect()
}

/// Whether a section is a map by name.
fn section_holds_names(section: &str) -> bool {
    matches!(section, "Parameters" | "Mappings" | "Conditions" | "Rules" | "Hooks" | "Resources" | "Outputs")
}

/// The keys of two maps, each once: in the order of the later, with those that are gone after it.
fn pairs<'m>(
    before: &'m Map<String, Value>,
    after: &'m Map<String, Value>,
) -> impl Iterator<Item = (&'m str, Option<&'m Value>, Option<&'m Value>)> {
    let now = after.iter().map(|(key, now)| (key.as_str(), before.get(key), Some(now)));
    let gone = before.iter().filter(|(key, _)| !after.contains_key(key.as_str()));
    now.chain(gone.map(|(key, then)| (key.as_str(), Some(then), None)))
}
