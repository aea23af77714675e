//! Which resources a patch means.

use std::collections::BTreeSet;

use crate::{
    blueprint::PatchPlace,
    diagnostic::{Aim, Finding, Trail, codes},
    resolve::Resolved,
    stacks::{Part, Stack},
};

use super::near;

/// What there was to choose from.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Service (empty for the environment's own), resource without the service's name, and type.
    resources: BTreeSet<(String, String, String)>,
    /// Stacks by file and name.
    stacks: Vec<(String, String)>,
}

impl Seen {
    pub(super) fn note(&mut self, stack: &Stack) {
        self.stacks.push((stack.file.clone(), stack.name.clone()));
        for (at, (id, entry)) in stack.template.resources.iter().enumerate() {
            let part = part(stack, at);
            let service = part.map_or("", |part| part.service.as_str());
            self.resources.insert((service.to_owned(), role(part, id).to_owned(), entry.kind.to_string()));
        }
    }
}

/// The part a resource belongs to.
fn part(stack: &Stack, at: usize) -> Option<&Part> {
    stack.parts.iter().find(|part| part.resources.contains(&at))
}

/// The logical id without the service's name.
fn role<'i>(part: Option<&Part>, id: &'i str) -> &'i str {
    part.and_then(|part| id.strip_prefix(part.prefix.as_str())).unwrap_or(id)
}

/// The resources that fit, as logical id and role.
pub(super) fn fitting(place: &PatchPlace, stack: &Stack) -> Vec<(String, String)> {
    if place.stack.as_ref().is_some_and(|wanted| *wanted != stack.file && *wanted != stack.name) {
        return Vec::new();
    }
    let resources = stack.template.resources.iter().enumerate();
    resources
        .filter_map(|(at, (id, entry))| {
            let part = part(stack, at);
            let role = role(part, id);
            let service = place
                .service
                .as_ref()
                .is_none_or(|wanted| part.is_some_and(|part| part.service == wanted.as_str()));
            let named =
                place.resource.as_ref().is_none_or(|wanted| wanted.as_str() == role || wanted.as_str() == id);
            let typed = place.kind.as_ref().is_none_or(|wanted| wanted.as_str() == entry.kind);
            (service && named && typed).then(|| (id.to_string(), role.to_owned()))
        })
        .collect()
}

/// `Listener` of `ProductionListener`.
fn last_word(name: &str) -> &str {
    &name[name.rfind(|letter: char| letter.is_ascii_uppercase()).unwrap_or(0)..]
}

/// Why nothing fits.
pub(super) fn nothing(name: &str, place: &PatchPlace, resolved: &Resolved, seen: &Seen) -> Finding {
    let trail = Trail::of(["patches", name, "where"]);
    let list = |words: Vec<&str>| words.join(", ");
    let finding = |key: &str, title: String| {
        Finding::error(codes::PATCHES_NOTHING, title).at(trail.key(key), Aim::Value, "")
    };
    if let Some(service) = &place.service
        && !resolved.services.iter().any(|known| known.name == *service)
    {
        let known: Vec<&str> = resolved.services.iter().map(|known| known.name.as_str()).collect();
        return finding(
            "service",
            format!("`patches.{name}` is for a service that does not exist: `{service}`"),
        )
        .help(format!("the services there are: {}", list(known)));
    }
    if let Some(stack) = &place.stack
        && !seen.stacks.iter().any(|(file, name)| file == stack || name == stack)
    {
        let known: Vec<&str> = seen.stacks.iter().map(|(file, _)| file.as_str()).collect();
        return finding("stack", format!("`patches.{name}` is for a stack that does not exist: `{stack}`"))
            .help(format!("the stacks there are: {}", list(known)));
    }
    let of_service: Vec<&(String, String, String)> = seen
        .resources
        .iter()
        .filter(|(service, ..)| place.service.as_ref().is_none_or(|wanted| wanted.as_str() == service))
        .collect();
    let whose = place.service.as_ref().map_or(String::new(), |service| format!(" of `{service}`"));
    if let Some(resource) = &place.resource
        && !of_service.iter().any(|(_, role, _)| role == resource.as_str())
    {
        let finding =
            finding("resource", format!("`patches.{name}` matches nothing: there is no `{resource}`{whose}"));
        let mut near = near::names(resource.as_str(), of_service.iter().map(|(_, role, _)| role.as_str()));
        // `HttpsListener` may be any of the listeners.
        for (_, role, _) in &of_service {
            if last_word(role) == last_word(resource.as_str()) && !near.contains(role) {
                near.push(role.clone());
            }
        }
        if !near.is_empty() {
            return finding.help(format!("did you mean {}?", near::or(&near)));
        }
        let elsewhere =
            seen.resources.iter().find(|(_, role, _)| role == resource.as_str()).map(|(service, ..)| service);
        return match elsewhere.map(String::as_str) {
            Some("") => finding.help(format!("`{resource}` is the environment's own: leave `service` out")),
            Some(service) => finding.help(format!("`{service}` has a `{resource}`")),
            None => {
                let mut known: Vec<&str> = of_service.iter().map(|(_, role, _)| role.as_str()).collect();
                known.dedup();
                finding.help(format!("the resources there are: {}", list(known)))
            }
        };
    }
    if let Some(kind) = &place.kind
        && !of_service.iter().any(|(_, _, known)| known == kind.as_str())
    {
        let finding =
            finding("type", format!("`patches.{name}` matches nothing: there is no `{kind}`{whose}"));
        let near = near::names(kind.as_str(), of_service.iter().map(|(_, _, kind)| kind.as_str()));
        return if near.is_empty() {
            finding.help("`bluegreen render` shows the resources with their types")
        } else {
            finding.help(format!("did you mean {}?", near::or(&near)))
        };
    }
    Finding::error(
        codes::PATCHES_NOTHING,
        format!("`patches.{name}` matches nothing: no resource fits all of `where`"),
    )
    .at(trail, Aim::Key, "")
    .help("leave out what `resource` says already")
}
