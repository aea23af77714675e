use super::{Check, Rule, Sink, Subject};
use crate::diagnostic::{Aim, Finding, Level, Trail, codes};

/// A health check ends before the next one starts (facts 6.1, 7.3).
pub(super) const RULE: Rule = Rule {
    code: codes::SLOW_HEALTH_CHECK,
    level: Level::Error,
    sources: &["S-64"],
    check: Check::Service(check),
};

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    if let Some(http) = &service.http {
        let check = &http.healthcheck;
        judge(&Trail::of(["http", "healthcheck"]), check.timeout.seconds(), check.interval.seconds(), sink);
    }
    if let Some(tcp) = &service.tcp {
        let check = &tcp.healthcheck;
        judge(&Trail::of(["tcp", "healthcheck"]), check.timeout.seconds(), check.interval.seconds(), sink);
    }
    if let Some(health) = &service.health {
        judge(&Trail::of(["health"]), health.timeout.seconds(), health.interval.seconds(), sink);
    }
    for (name, sidecar) in &service.sidecars {
        if let Some(health) = &sidecar.health {
            let trail = Trail::of(["sidecars", name.as_str(), "health"]);
            judge(&trail, health.timeout.seconds(), health.interval.seconds(), sink);
        }
    }
}

fn judge(trail: &Trail, timeout: u32, interval: u32, sink: &mut Sink<'_>) {
    if timeout < interval {
        return;
    }
    // The shortest interval is 5 seconds, so there is room for a shorter time.
    let shorter = interval - 1;
    sink.add(
        Finding::error(
            codes::SLOW_HEALTH_CHECK,
            format!("a health check may take {timeout}s, but the next one starts after {interval}s"),
        )
        .at(trail.key("timeout"), Aim::Value, "")
        .related(trail.key("interval"), Aim::Value, "the interval")
        .advise(
            trail.key("timeout"),
            format!("{shorter}s"),
            format!("write `timeout: {shorter}s` or less"),
        ),
    );
}
