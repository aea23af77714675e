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
    let names: Vec<String> = known.keys().map(|name| format!("`{name}`")).collect();
    let finding = Finding::error(codes::UNKNOWN_LOAD_BALANCER, format!("there is no load balancer `{name}`"))
        .at(Trail::of(["http", "load_balancer"]), Aim::Value, "");
    sink.add(if names.is_empty() {
        finding.help(format!("write it at the top: `load_balancers: {{{name}: {{…}}}}`"))
    } else {
        finding.help(format!("the load balancers there are: {}", names.join(", ")))
    });
}
