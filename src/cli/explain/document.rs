//! What is written in a document and is no value of the application by itself: what an environment differs in, what a service
//! blueprint is given, what expressions name. It is changed in the text, which is read again.

use crate::{
    blueprint::{keys::Key, shape::written},
    cli::places::Place,
    diagnostic::{Step, Trail},
    provenance::{Effects, Provenance, Tried},
    resolve::{Blueprint, Resolved},
    source::Sources,
    yaml::{Data, Node},
};

/// Values below one that are changed, at most.
const MAX_LEAVES: usize = 24;
/// Other values that are tried of each.
const MAX_TRIES: usize = 8;

/// Changes each value that is written at a trail or below it, and notes what that changes in the templates.
pub(super) fn change(
    place: &Place<'_>,
    provenance: &Provenance<'_>,
    key: &Key,
    trail: &Trail,
    effects: &mut Effects,
) {
    let Some(node) = place.blueprint.tree().at(trail) else { return };
    let mut all = Vec::new();
    leaves(node, &mut trail.clone(), &mut all);
    effects.is_cut |= all.len() > MAX_LEAVES;
    for (trail, leaf) in all.into_iter().take(MAX_LEAVES) {
        for other in key.others(&leaf.to_json()).into_iter().take(MAX_TRIES) {
            let Some(application) = changed(place, leaf, &written(&other)) else { continue };
            let found = provenance.compare(&trail, Tried::Changed(other), &application);
            effects.tries += found.tries;
            if !found.is_silent() {
                effects.trials.extend(found.trials);
                break;
            }
        }
    }
}

/// The application of a document in which something else stands in the place of a value.
fn changed(place: &Place<'_>, leaf: &Node, other: &str) -> Option<Resolved> {
    let span = leaf.span;
    let text = place.sources.text(span.file);
    let (before, after) = (text.get(..span.start as usize)?, text.get(span.end as usize..)?);
    let mut sources = Sources::new();
    let file = sources.add(place.sources.path(span.file), format!("{before}{other}{after}"));
    let blueprint = Blueprint::read(&mut sources, file).ok()?;
    let is_there = blueprint.environments().any(|name| name == place.name);
    is_there.then(|| blueprint.resolve(place.name).ok())?
}

/// Plain values at a node or below it.
fn leaves<'n>(node: &'n Node, trail: &mut Trail, all: &mut Vec<(Trail, &'n Node)>) {
    let mut visit = |step: Step, inner: &'n Node| {
        trail.push(step);
        leaves(inner, trail, all);
        trail.pop();
    };
    match &node.data {
        Data::Map(map) => map.iter().for_each(|(key, entry)| visit(Step::Key(key.clone()), &entry.value)),
        Data::List(items) => items.iter().enumerate().for_each(|(at, item)| visit(Step::Index(at), item)),
        Data::Null => {}
        _ => all.push((trail.clone(), node)),
    }
}
