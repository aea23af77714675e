use serde_json::Value;

use super::Blueprint;
use crate::{
    diagnostic::{Step, Trail},
    source::Span,
    yaml::Node,
};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody wrote it.
    Default,
    /// The service's or application's own part, what it includes, or the service blueprint it extends: the file tells.
    Written(Span),
    /// What differs in the environment.
    Environment(Span),
}

/// Every leaf of a resolved value with where it came from.
pub fn origins(
    blueprint: &Blueprint,
    environment: &str,
    service: Option<&str>,
    tree: Option<&Node>,
    value: &Value,
) -> Vec<(Trail, Value, Origin)> {
    let overlay = service.and_then(|service| blueprint.overlay_span(service, environment));
    let here = blueprint.environment_span(environment);
    let defaults = blueprint.defaults();
    let mut leaves = Vec::new();
    walk(value, &mut Trail::root(), &mut |trail, leaf| {
        let origin = match tree.and_then(|tree| tree.at(trail)).map(|node| node.span) {
            Some(span) if span.file == defaults => Origin::Default,
            Some(span) if within(span, overlay) || within(span, here) => Origin::Environment(span),
            Some(span) => Origin::Written(span),
            None => Origin::Default,
        };
        leaves.push((trail.clone(), leaf.clone(), origin));
    });
    leaves
}

fn within(span: Span, outer: Option<Span>) -> bool {
    outer.is_some_and(|outer| outer.file == span.file && outer.start <= span.start && span.end <= outer.end)
}

fn walk(value: &Value, trail: &mut Trail, visit: &mut impl FnMut(&Trail, &Value)) {
    match value {
        Value::Object(object) if !object.is_empty() => {
            for (key, value) in object {
                trail.push(Step::Key(key.clone()));
                walk(value, trail, visit);
                trail.pop();
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, value) in items.iter().enumerate() {
                trail.push(Step::Index(index));
                walk(value, trail, visit);
                trail.pop();
            }
        }
        leaf => visit(trail, leaf),
    }
}
