//! What is written in a document and is no value of the application by itself: what an environment differs in, what a service
//! blueprint is given, what expressions name. It is changed in the text, which is read again.

use camino::Utf8Path;
use serde_json::Value;

use crate::{
    blueprint::{keys::Key, shape::written},
    cli::places::Place,
    diagnostic::{Step, Trail},
    provenance::{Effects, Provenance, Tried},
    resolve::{Blueprint, Resolved},
    source::{self, Sources, Span},
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
    change_in(place, place.blueprint.tree(), provenance, key, trail, effects);
}

/// As [`change`], in any document that the application is made of.
pub(super) fn change_in(
    place: &Place<'_>,
    tree: &Node,
    provenance: &Provenance<'_>,
    key: &Key,
    trail: &Trail,
    effects: &mut Effects,
) {
    let Some(node) = tree.at(trail) else { return };
    let mut all = Vec::new();
    leaves(node, &mut trail.clone(), &mut all);
    effects.is_cut |= all.len() > MAX_LEAVES;
    for (trail, leaf) in all.into_iter().take(MAX_LEAVES) {
        for other in key.others(&leaf.to_json()).into_iter().take(MAX_TRIES) {
            let Some(application) = changed(place, leaf.span, &written(&other)) else { continue };
            let found = provenance.compare(&trail, Tried::Changed(other), &application);
            effects.tries += found.tries;
            if !found.is_silent() {
                effects.trials.extend(found.trials);
                break;
            }
        }
    }
}

/// Writes values for a parameter that has its default, in the map that says `extends`, until something differs.
pub(super) fn give(
    place: &Place<'_>,
    tree: &Node,
    provenance: &Provenance<'_>,
    (owner, name): (&Trail, &str),
    values: &[Value],
    effects: &mut Effects,
) {
    let Some(map) = tree.at(owner) else { return };
    let with = map.get("with").filter(|with| with.as_map().is_some_and(|map| !map.is_empty()));
    for value in values.iter().take(MAX_TRIES) {
        // Before what stands there first, in the way that is written.
        let (inside, entry) = match with {
            Some(with) => (with, format!("{name}: {}", written(value))),
            None => (map, format!("with: {{{name}: {}}}", written(value))),
        };
        let Some((_, first)) = inside.as_map().and_then(|map| map.first()) else { return };
        let start = Span { end: first.key.start, ..first.key };
        let text = place.sources.text(start.file);
        let flow = text.get(inside.span.start as usize..).is_some_and(|text| text.starts_with('{'));
        let entry = if flow {
            format!("{entry}, ")
        } else {
            let column = place.sources.position(start.file, start.start).column.saturating_sub(1);
            format!("{entry}\n{}", " ".repeat(column))
        };
        let Some(application) = changed(place, start, &entry) else { continue };
        let trail = owner.key("with").key(name);
        let found = provenance.compare(&trail, Tried::Written(value.clone()), &application);
        effects.tries += found.tries;
        if !found.is_silent() {
            effects.trials.extend(found.trials);
            return;
        }
    }
}

/// The application of a document in which something else stands in the place of a value.
fn changed(place: &Place<'_>, span: Span, other: &str) -> Option<Resolved> {
    let text = place.sources.text(span.file);
    let (before, after) = (text.get(..span.start as usize)?, text.get(span.end as usize..)?);
    let changed = (place.sources.path(span.file), format!("{before}{other}{after}"));
    let mut sources = Sources::new();
    let mut load = |sources: &mut Sources, path: &Utf8Path| {
        if path == changed.0 {
            Ok(sources.add(path, changed.1.as_str()))
        } else {
            source::load(sources, path)
        }
    };
    // The document itself may have come from standard input, and what it includes may be what is changed.
    let document = place.blueprint.tree().span.file;
    let path = place.sources.path(document);
    let file = if path == changed.0 {
        sources.add(path, changed.1.as_str())
    } else {
        sources.add(path, place.sources.text(document))
    };
    let blueprint = Blueprint::read_with(&mut sources, file, &mut load).ok()?;
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
