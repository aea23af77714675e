use indexmap::IndexMap;
use serde::Serialize;

use crate::{
    compare::{Change, Kind, Step},
    provenance::Drawing,
    stacks,
};

/// What becomes of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The second engine has it, the first does not.
    Added,
    /// It is another.
    Changed,
    /// The first engine has it, the second does not.
    Removed,
}

/// A resource that is not the same under both engines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drawn {
    /// The file of its stack, without its ending.
    pub stack: String,
    /// Its logical id.
    pub id: String,
    /// Its type; the later one where that changes.
    #[serde(rename = "type")]
    pub kind: String,
    /// What becomes of it.
    pub fate: Fate,
    /// What it is for.
    pub purpose: Option<&'static str>,
    /// Which of its properties differ, or parts beside them such as `DependsOn`; empty where all of it comes or goes.
    pub parts: Vec<String>,
}

/// The resources that differ by meaning, stack by stack.
pub(super) fn of(first: &Drawing, second: &Drawing) -> Vec<Drawn> {
    let mut all: IndexMap<(String, String), Drawn> = IndexMap::new();
    for change in first.differences(second).iter().filter(|change| change.section == "Resources") {
        let key = (change.stack.clone(), change.id.clone());
        let drawn = all.entry(key).or_insert_with(|| entry(change, first, second));
        let part = part(change);
        if !part.is_empty() && !drawn.parts.contains(&part) {
            drawn.parts.push(part);
        }
    }
    all.into_values().collect()
}

fn entry(change: &Change, first: &Drawing, second: &Drawing) -> Drawn {
    let kind = |drawing: &Drawing| {
        let kind =
            drawing.template(&change.stack)?.get("Resources")?.get(&change.id)?.get("Type")?.as_str()?;
        Some(kind.to_owned())
    };
    let kind = kind(second).or_else(|| kind(first)).unwrap_or_default();
    let fate = match (change.path.0.is_empty(), change.kind()) {
        (true, Kind::Added) => Fate::Added,
        (true, Kind::Removed) => Fate::Removed,
        _ => Fate::Changed,
    };
    Drawn {
        stack: change.stack.clone(),
        id: change.id.clone(),
        purpose: stacks::purpose(&kind, &change.id),
        kind,
        fate,
        parts: Vec::new(),
    }
}

/// The property that a change is about, or the part beside the properties.
fn part(change: &Change) -> String {
    let key = |at: usize| match change.path.0.get(at) {
        Some(Step::Key(key)) => Some(key.as_str()),
        _ => None,
    };
    match (key(0), key(1)) {
        (Some("Properties"), Some(property)) => property.to_owned(),
        (Some(part), _) => part.to_owned(),
        _ => String::new(),
    }
}
