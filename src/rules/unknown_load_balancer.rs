use super::{Check, Rule, Sink, Subject};
use crate::diagnostic::{Aim, Finding, Level, Trail, codes};

/// A load balancer that a service names is there.
pub(super) const RULE: Rule = Rule {
    code: codes::UNKNOWN_LOAD_BALANCER,
    level: Level::Error,
    sources: &[],
    check: Check::Service(check),
};

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let Some(name) = subject.service.shares() else { return };
    let known = &subject.resolved.load_balancers;
    if known.contains_key(name) {
        return;
    }
    let trail = Trail::of(["http", "load_balancer"]);
    let near =
        known.keys().map(|known| (strsim::jaro_winkler(known.as_str(), name.as_str()), known.as_str()));
    let near = near.filter(|(near, _)| *near >= 0.8).max_by(|left, right| left.0.total_cmp(&right.0));
    let near = near.map(|(_, known)| known);
    let names: Vec<String> = known.keys().map(|name| format!("`{name}`")).collect();
    let finding = Finding::error(codes::UNKNOWN_LOAD_BALANCER, format!("there is no load balancer `{name}`"))
        .at(trail.clone(), Aim::Value, "")
        .note("load balancers that services share stand in `load_balancers` at the top");
    let finding = match near {
        Some(near) => finding.advise(trail, near, format!("write `load_balancer: {near}`")),
        None => finding,
    };
    sink.add(if names.is_empty() {
        finding.help(format!("write it there: `load_balancers: {{{name}: {{…}}}}`"))
    } else {
        finding.help(format!("the load balancers there are: {}", names.join(", ")))
    });
}
