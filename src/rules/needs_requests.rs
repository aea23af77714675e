use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::{Count, Measure},
    diagnostic::{Aim, Finding, Level, Trail, codes},
};

/// What is about requests is asked of a service that is sent requests: a Network Load Balancer forwards connections and looks into
/// none (facts 6.11, 10.9).
pub(super) const RULE: Rule =
    Rule { code: codes::NEEDS_REQUESTS, level: Level::Error, sources: &[], check: Check::Service(check) };

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    if service.tcp.is_none() || service.http.is_some() {
        return;
    }
    let mut tell = |trail: Trail, what: String, why: &str, instead: &str| {
        sink.add(
            Finding::error(
                codes::NEEDS_REQUESTS,
                format!("{what} needs requests, and `tcp` forwards connections"),
            )
            .at(trail, Aim::Key, "")
            .related(Trail::of(["tcp"]), Aim::Key, "the load balancer")
            .note(why)
            .help(instead)
            .help("or, where it speaks HTTP, write `http` in place of `tcp`"),
        );
    };
    if !service.deploy.checks.is_empty() {
        tell(
            Trail::of(["deploy", "checks"]),
            "`checks`".into(),
            "checks are requests of HTTP through the test listener",
            "leave them out; the load balancer can ask for a path (`healthcheck: {path: /health}`), and a function can look at the new tasks (`hooks: {after_install: <ARN>}`)",
        );
    }
    if service.deploy.exposure.is_some_and(|exposure| exposure.requests.is_some()) {
        tell(
            Trail::of(["deploy", "exposure", "requests"]),
            "`exposure.requests`".into(),
            "nobody counts requests",
            "say it as a part of the traffic: `exposure: {percent: 5}`",
        );
    }
    if let Count::Scaled(scaling) = &service.count
        && scaling.requests.is_some()
    {
        tell(
            Trail::of(["count", "requests"]),
            "scaling by `requests`".into(),
            "nobody counts requests, and connections are counted for the load balancer as a whole",
            "scale by `cpu_percentage` or `memory_percentage`",
        );
    }
    for (key, is_said) in [
        ("expected_traffic", service.expected_traffic.is_some()),
        ("longest_request", service.longest_request.is_some()),
    ] {
        if is_said {
            let instead = "leave it out; how long connections stay open, `longest_connection` says";
            tell(Trail::of([key]), format!("`{key}`"), "it is about requests", instead);
        }
    }
    for (name, alarm) in &service.alarms {
        if of_requests(&alarm.measure) {
            tell(
                Trail::of(["alarms", name.as_str()]),
                format!("the alarm `{name}`"),
                "it goes by answers, and the load balancer sees none",
                "measure `unhealthy_tasks`, `connection_errors`, `fail_open_requests`, `missing_tasks`, `cpu_percentage`, `memory_percentage` or a `metric` of its own",
            );
        }
    }
}

/// Whether a Network Load Balancer has nothing that tells it.
fn of_requests(measure: &Measure) -> bool {
    matches!(
        measure,
        Measure::Http5xx { .. }
            | Measure::P50 { .. }
            | Measure::P90 { .. }
            | Measure::P95 { .. }
            | Measure::P99 { .. }
    )
}
