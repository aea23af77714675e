//! Which parts of the templates a finding's value makes: what a reader of SARIF or JSON sees beside the line of the blueprint.

use crate::{
    diagnostic::{Finding, Level, Made, Step, Trail},
    provenance::{Effect, Provenance},
    resolve::{Blueprint, Resolved},
    rules,
};

/// Parts that are told of one finding.
const MAX_PARTS: usize = 40;

/// Notes with every finding that counts what its value makes in the environment.
///
/// The templates are drawn again with other values, those of the service alone that a value belongs to: what it costs does not grow
/// with the number of services beside it.
pub(super) fn note(blueprint: &Blueprint, resolved: &Resolved, findings: &mut [Finding]) {
    let mut asked: Vec<(Trail, Vec<Made>)> = Vec::new();
    let mut services: Vec<Option<String>> = Vec::new();
    for finding in findings.iter().filter(|finding| finding.counts()) {
        let Some(value) = &finding.value else { continue };
        if !asked.iter().any(|(known, _)| known == value) {
            asked.push((value.clone(), Vec::new()));
            let service = service_of(value).map(str::to_owned);
            if !services.contains(&service) {
                services.push(service);
            }
        }
    }
    let mut alone = resolved.clone();
    let all = std::mem::take(&mut alone.services);
    // One drawing at a time: each holds templates.
    for service in services {
        let mut part = alone.clone();
        part.services = match &service {
            Some(service) => all.iter().filter(|known| known.name.as_str() == service).cloned().collect(),
            // What belongs to no service shows beside any one of them.
            None => all.iter().take(1).cloned().collect(),
        };
        let sound = |application: &Resolved| is_sound(application, blueprint);
        // What must be mended first, such as two resources of one name, may be nothing that can be drawn.
        if !sound(&part) {
            continue;
        }
        let provenance = Provenance::new(&part, &sound);
        for (value, makes) in asked.iter_mut().filter(|(value, _)| service_of(value) == service.as_deref()) {
            if provenance.value(value).is_some() {
                *makes = parts(&provenance, value);
            }
        }
    }
    for finding in findings.iter_mut().filter(|finding| finding.counts()) {
        if let Some((_, makes)) = asked.iter().find(|(value, _)| Some(value) == finding.value.as_ref()) {
            finding.makes.clone_from(makes);
        }
    }
}

/// The service that a value belongs to.
fn service_of(value: &Trail) -> Option<&str> {
    match value.steps() {
        [Step::Key(services), Step::Key(name), ..] if services == "services" => Some(name),
        _ => None,
    }
}

/// Whether nothing is wrong with an application that keeps it from being rendered.
fn is_sound(resolved: &Resolved, blueprint: &Blueprint) -> bool {
    rules::check(resolved, blueprint.tree()).iter().all(|finding| finding.level != Level::Error)
}

fn parts(provenance: &Provenance<'_>, value: &Trail) -> Vec<Made> {
    let mut parts: Vec<Made> = Vec::new();
    let effects = provenance.effects(value);
    for Effect { change, resource, .. } in effects.trials.iter().flat_map(|trial| &trial.effects) {
        let Some((kind, _)) = resource else { continue };
        let path = change.path.to_string();
        let path = path.strip_prefix("Properties.").unwrap_or(&path);
        let made = Made {
            stack: change.stack.clone(),
            resource: change.id.clone(),
            kind: kind.clone(),
            property: (!path.is_empty()).then(|| path.to_owned()),
        };
        if !parts.contains(&made) {
            parts.push(made);
        }
    }
    parts.sort_by(|left, right| {
        (&left.stack, &left.resource, &left.property).cmp(&(&right.stack, &right.resource, &right.property))
    });
    parts.truncate(MAX_PARTS);
    parts
}
