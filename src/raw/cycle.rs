//! Resources that wait for each other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    cfn::references::{self, Target},
    diagnostic::{Aim, Finding, Trail, codes},
    emit,
    stacks::Stack,
};

/// What people wrote in a stack.
pub(super) struct Written {
    /// Extra resources with their trails.
    pub(super) extra: BTreeMap<String, Trail>,
    /// Patched resources with the patch's name.
    pub(super) patched: BTreeMap<String, String>,
}

/// Says where what people wrote made a circle.
pub(super) fn check(stack: &Stack, written: &Written) -> Option<Finding> {
    if written.extra.is_empty() && written.patched.is_empty() {
        return None;
    }
    let graph: BTreeMap<&str, BTreeSet<String>> = stack
        .template
        .resources
        .iter()
        .map(|(id, entry)| (id.as_ref(), waits(&emit::resource_to_json(entry), stack)))
        .collect();
    let mut starts = written.extra.keys().chain(written.patched.keys());
    let circle = starts.find_map(|start| circle(start, &graph))?;
    let trail = circle.iter().find_map(|id| written.extra.get(id).cloned()).or_else(|| {
        let patch = circle.iter().find_map(|id| written.patched.get(id))?;
        Some(Trail::of(["patches", patch.as_str()]))
    })?;
    let shown: Vec<String> = circle.iter().chain(circle.first()).map(|id| format!("`{id}`")).collect();
    Some(
        Finding::error(codes::CIRCULAR_DEPENDENCY, format!("`{}` waits for itself", circle[0]))
            .at(trail, Aim::Key, "")
            .note(format!("{} need each other", shown.join(" → ")))
            .help("take one of the references away: a name that is fixed needs none"),
    )
}

fn waits(resource: &Value, stack: &Stack) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = references::all(resource)
        .into_iter()
        .filter_map(|reference| match reference.target {
            Target::Name(id) | Target::Attribute(id, _) => Some(id),
            Target::Condition(_) => None,
        })
        .collect();
    match resource.get("DependsOn") {
        Some(Value::String(one)) => drop(all.insert(one.clone())),
        Some(Value::Array(ids)) => all.extend(ids.iter().filter_map(Value::as_str).map(str::to_owned)),
        _ => {}
    }
    all.retain(|id| stack.template.resources.contains_key(id.as_str()));
    all
}

/// The shortest way from a resource back to itself.
fn circle(start: &str, graph: &BTreeMap<&str, BTreeSet<String>>) -> Option<Vec<String>> {
    let mut from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut waiting = vec![start];
    let mut at = 0;
    while at < waiting.len() {
        let here = waiting[at];
        at += 1;
        for next in graph.get(here)? {
            if next == start {
                let mut way = vec![here.to_owned()];
                let mut step = here;
                while step != start {
                    step = from.get(step)?;
                    way.push(step.to_owned());
                }
                way.reverse();
                return Some(way);
            }
            if !from.contains_key(next.as_str()) {
                from.insert(next, here);
                waiting.push(next);
            }
        }
    }
    None
}
