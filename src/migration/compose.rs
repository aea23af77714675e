//! A stack with a part of another one in it.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::{
    cfn::references::{self, Target},
    compare, emit,
    stacks::Stack,
};

/// What is taken of the other stack.
#[derive(Debug, Clone, Copy)]
pub(super) enum Piece {
    /// Resources and outputs that are not there.
    Additions,
    /// The resource of this type.
    Whole(&'static str),
    /// One property of the resource of this type.
    Property(&'static str, &'static str),
}

/// A stack with a part of another one in it, and with the parameters and conditions that are used then.
pub(super) fn compose(base: &Stack, other: &Stack, piece: Piece) -> Stack {
    let mut stack = base.clone();
    let (into, from) = (&mut stack.template, &other.template);
    match piece {
        Piece::Additions => {
            for (id, entry) in &from.resources {
                into.resources.entry(id.clone()).or_insert_with(|| entry.clone());
            }
            for (id, output) in &from.outputs {
                into.outputs.entry(id.clone()).or_insert_with(|| output.clone());
            }
            // They may not go again behind anybody's back.
            stack.policy.clone_from(&other.policy);
        }
        Piece::Whole(kind) => {
            for (id, entry) in from.resources.iter().filter(|(_, entry)| entry.kind == kind) {
                into.resources.insert(id.clone(), entry.clone());
            }
        }
        Piece::Property(kind, name) => {
            for (id, entry) in from.resources.iter().filter(|(_, entry)| entry.kind == kind) {
                let value = entry.draft.properties.iter().find(|(known, _)| known == name);
                if let (Some(here), Some((_, value))) = (into.resources.get_mut(id), value) {
                    here.draft.set(name, value.clone());
                }
            }
        }
    }
    let (into, from) = (&mut stack.template, &other.template);
    for (name, parameter) in &from.parameters {
        into.parameters.entry(name.clone()).or_insert_with(|| parameter.clone());
    }
    for (name, condition) in &from.conditions {
        into.conditions.entry(name.clone()).or_insert_with(|| condition.clone());
    }
    for (name, value) in &other.parameters {
        stack.parameters.entry(name.clone()).or_insert_with(|| value.clone());
    }
    for lookup in &other.lookups {
        if !stack.lookups.iter().any(|known| known.parameter() == lookup.parameter()) {
            stack.lookups.push(lookup.clone());
        }
    }
    prune(&mut stack);
    stack
}

/// Takes away conditions and parameters that nothing uses.
fn prune(stack: &mut Stack) {
    loop {
        let used = used(&emit::to_json_value(&stack.template));
        let before = stack.template.conditions.len();
        stack.template.conditions.retain(|name, _| used.contains(name.as_ref()));
        // A parameter may be used by a condition that went just now.
        if stack.template.conditions.len() == before {
            stack.template.parameters.retain(|name, _| used.contains(name.as_ref()));
            break;
        }
    }
    let known = &stack.template.parameters;
    stack.parameters.retain(|name, _| known.contains_key(name.as_str()));
    stack.lookups.retain(|lookup| known.contains_key(lookup.parameter()));
}

/// The names of conditions and parameters that something in a template refers to.
fn used(template: &Json) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for section in ["Conditions", "Resources", "Outputs"] {
        let value = &template[section];
        used.extend(references::all(value).into_iter().filter_map(|reference| match reference.target {
            Target::Name(name) | Target::Condition(name) => Some(name),
            Target::Attribute(..) => None,
        }));
        named(value, &mut used);
    }
    used
}

/// Conditions that are named by `Condition`: of a resource, of an output, within another condition.
fn named(value: &Json, used: &mut BTreeSet<String>) {
    match value {
        Json::Object(map) => {
            if let Some(Json::String(name)) = map.get("Condition") {
                used.insert(name.clone());
            }
            map.values().for_each(|value| named(value, used));
        }
        Json::Array(items) => items.iter().for_each(|value| named(value, used)),
        _ => {}
    }
}

/// Whether two stacks are not the same to CloudFormation.
pub(super) fn differs(before: &Stack, after: &Stack) -> bool {
    let json = |stack: &Stack| emit::to_json_value(&stack.template);
    !compare::templates(&before.name, &json(before), &json(after)).is_empty()
}
