use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::{Count, engines::StrategyKind},
    diagnostic::{Aim, Finding, Level, Trail, codes},
};

/// What is about requests is asked of a service that somebody sends requests to (facts 4.12).
pub(super) const RULE: Rule = Rule {
    code: codes::NEEDS_LOAD_BALANCER,
    level: Level::Error,
    sources: &[],
    check: Check::Service(check),
};

/// Something that is written, and why there is nothing for it.
struct Asked {
    trail: Trail,
    what: String,
    why: &'static str,
    instead: &'static str,
}

fn asked<const N: usize>(
    trail: [&str; N],
    what: impl Into<String>,
    why: &'static str,
    instead: &'static str,
) -> Asked {
    Asked { trail: Trail::of(trail), what: what.into(), why, instead }
}

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    // Which engine could do without, another rule tells first.
    if service.has_load_balancer() || service.deploy.engine.abilities().needs_load_balancer().is_some() {
        return;
    }
    let is_called = service.called().is_some();
    if !is_called {
        strategy(subject, sink);
    }
    let (deploy, hooks) = (&service.deploy, &service.deploy.hooks);
    let mut all = Vec::new();
    if deploy.test_traffic.is_some() {
        let why = "no listener leads to its tasks";
        all.push(asked(["deploy", "test_traffic"], "`test_traffic`", why, "leave it out"));
    }
    if !deploy.checks.is_empty() {
        let why = "checks are requests, and none reaches its tasks";
        let instead = "leave them out; a command in the container can look at it (`health`), or a function (`hooks: {after_install: <ARN>}`)";
        all.push(asked(["deploy", "checks"], "`checks`", why, instead));
    }
    for (key, hook) in [("before_traffic", &hooks.before_traffic), ("after_traffic", &hooks.after_traffic)] {
        if hook.is_some() && !is_called {
            let why = "whether ECS calls it where no traffic moves is documented nowhere";
            let instead = "write it as `after_install`: the new tasks run by then";
            all.push(asked(["deploy", "hooks", key], format!("`hooks.{key}`"), why, instead));
        }
    }
    if deploy.exposure.is_some() {
        let why = "it counts requests";
        all.push(asked(["deploy", "exposure"], "`exposure`", why, "leave it out"));
    }
    if let Count::Scaled(scaling) = &service.count
        && scaling.requests.is_some()
    {
        let why = "nobody counts requests of its tasks";
        let instead = "scale by `cpu_percentage` or `memory_percentage`";
        all.push(asked(["count", "requests"], "scaling by `requests`", why, instead));
    }
    for (key, is_said) in [
        ("expected_traffic", service.expected_traffic.is_some()),
        ("longest_request", service.longest_request.is_some()),
        ("longest_connection", service.longest_connection.is_some()),
    ] {
        if is_said {
            all.push(asked([key], format!("`{key}`"), "it has no requests", "leave it out"));
        }
    }
    for (name, alarm) in &service.alarms {
        if alarm.measure.is_of_load_balancer() {
            let why = "it goes by what a load balancer counts";
            let instead =
                "measure `missing_tasks`, `cpu_percentage`, `memory_percentage` or a `metric` of its own";
            all.push(asked(["alarms", name.as_str()], format!("the alarm `{name}`"), why, instead));
        }
    }
    for Asked { trail, what, why, instead } in all {
        sink.add(
            Finding::error(
                codes::NEEDS_LOAD_BALANCER,
                format!("{what} needs a load balancer, and the service has none"),
            )
            .at(trail, Aim::Key, "")
            .note(why)
            .help(instead)
            .help("or give it a load balancer: `http`"),
        );
    }
}

/// Parts of the traffic move only where there is traffic; two versions under one name would both be called by it.
fn strategy(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let kind = service.deploy.strategy.kind();
    let trail = Trail::of(["deploy", "strategy"]);
    let word = kind.word();
    if kind.moves_parts() {
        sink.add(
            Finding::error(
                codes::NEEDS_LOAD_BALANCER,
                format!("strategy `{word}` needs a load balancer, and the service has none"),
            )
            .at(trail.clone(), Aim::Value, "")
            .note("it moves parts of the traffic, and there is none")
            .advise(trail.clone(), "rolling", "replace tasks a few at a time: write `strategy: rolling`")
            .advise(trail, "all_at_once", "run both versions side by side: write `strategy: all_at_once`")
            .help("or give it a load balancer: `http`"),
        );
    } else if kind == StrategyKind::AllAtOnce && service.discovery.is_some() {
        sink.add(
            Finding::error(
                codes::NEEDS_LOAD_BALANCER,
                "both versions would be called by the name of `discovery` as soon as they run",
            )
            .at(Trail::of(["discovery"]), Aim::Key, "")
            .related(trail.clone(), Aim::Value, "two versions side by side")
            .note(
                "AWS documents two versions without a load balancer only for services that have no such name",
            )
            .advise(trail, "rolling", "replace tasks a few at a time: write `strategy: rolling`")
            .help("or leave `discovery` out, or give it a load balancer: `http`"),
        );
    }
}
