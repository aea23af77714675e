use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Finding, Level, codes},
    resolve::{Resolved, ResolvedService},
};

/// The rules of a listener have different priorities (facts 6.3).
pub(super) const RULE: Rule =
    Rule { code: codes::PRIORITY_TAKEN, level: Level::Error, sources: &[], check: Check::Application(check) };

fn check(resolved: &Resolved, sink: &mut Sink<'_>) {
    let written = |service: &ResolvedService| service.service.http.as_ref().and_then(|http| http.priority);
    for front in resolved.fronts().filter(|front| front.shared.is_some()) {
        for (at, service) in front.services.iter().enumerate() {
            let number = service.priority();
            let Some(first) = front.services[..at].iter().find(|first| first.priority() == number) else {
                continue;
            };
            let taken = |number: &u16| front.services.iter().any(|service| service.priority() == *number);
            // Whoever wrote none is the one to write one: a number that people chose is not moved.
            let (moved, stays) = match written(service) {
                Some(_) if written(first).is_none() => (*first, *service),
                _ => (*service, *first),
            };
            let place = |service: &ResolvedService| {
                let http = Resolved::trail(&service.name).key("http");
                match written(service) {
                    Some(_) => (http.key("priority"), Aim::Value),
                    None => (http, Aim::Key),
                }
            };
            let ((here, aim), (there, other)) = (place(moved), place(stays));
            let mut finding = Finding::error(
                codes::PRIORITY_TAKEN,
                format!(
                    "the rules of `{}` and `{}` have the same priority, {number}",
                    first.name, service.name
                ),
            )
            .at(here, aim, "")
            .related(there, other, "taken here");
            if [moved, stays].iter().any(|service| written(service).is_none()) {
                finding = finding.note(
                    "a priority that is not written comes from the host, the shortest path and the service's name",
                );
            }
            let trail = Resolved::trail(&moved.name).key("http").key("priority");
            sink.add(match (number + 1..=50_000).find(|number| !taken(number)) {
                Some(free) => finding.advise(
                    trail,
                    free.to_string(),
                    format!("write `priority: {free}` for `{}`", moved.name),
                ),
                None => finding.help("write another `priority` for one of them"),
            });
        }
    }
}
