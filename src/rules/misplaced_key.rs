use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::LoadBalancer,
    diagnostic::{Aim, Finding, Level, Trail, codes},
    resolve::Resolved,
    yaml::Data,
};

/// What belongs to a load balancer stands where the load balancer is, and what tells the requests of services apart only where
/// several share one.
pub(super) const RULE: Rule = Rule {
    code: codes::MISPLACED_KEY,
    level: Level::Error,
    sources: &[],
    check: Check::Both(existing, check),
};

/// Keys of `http` that are of a rule on a shared load balancer.
const OF_RULES: [&str; 2] = ["paths", "priority"];

/// What is there already is as it is.
fn existing(resolved: &Resolved, sink: &mut Sink<'_>) {
    for (name, balancer) in &resolved.load_balancers {
        let at = Trail::of(["load_balancers", name.as_str()]);
        for key in balancer.import.iter().flat_map(|_| balancer.made()) {
            sink.add(
                Finding::error(
                    codes::MISPLACED_KEY,
                    format!("`{key}` says what a load balancer is made with, and `{name}` is there already"),
                )
                .at(at.key(key), Aim::Key, "")
                .related(at.key("import"), Aim::Key, "its owner makes it")
                .help(format!("leave `{key}` out; what is so of its listeners stands in `import`")),
            );
        }
    }
}

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = subject.service;
    let is_written = |trail: &Trail| service.tree.at(trail).is_some_and(|node| node.data != Data::Null);
    if service.service.http.is_none() {
        return;
    }
    let Some(name) = service.shares() else {
        for key in OF_RULES {
            let trail = Trail::of(["http", key]);
            if !is_written(&trail) {
                continue;
            }
            let names: Vec<String> =
                subject.resolved.load_balancers.keys().map(|name| format!("`{name}`")).collect();
            let finding = Finding::error(
                codes::MISPLACED_KEY,
                format!("`{key}` is for a rule beside those of other services, and this load balancer is the service's own"),
            )
            .at(trail.clone(), Aim::Key, "")
            .note("a load balancer of the service's own sends it every request")
            .advise(trail, "null", format!("leave `{key}` out"));
            sink.add(if names.is_empty() {
                finding.help("or give several services one load balancer: `load_balancers: {public: {…}}` at the top, and here `load_balancer: public`")
            } else {
                finding.help(format!("or name the load balancer in `load_balancer`: {}", names.join(", ")))
            });
        }
        return;
    };
    let there = Trail::of(["load_balancers", name.as_str()]);
    let of_listeners = LoadBalancer::KEYS.map(|key| (Trail::of(["http", key]), there.key(key)));
    let of_tests = ["port", "from"]
        .map(|key| (Trail::of(["deploy", "test_traffic", key]), there.key("test_traffic").key(key)));
    for (here, there) in of_listeners.into_iter().chain(of_tests) {
        let is_http = here.steps().len() == 2;
        let is_said = if is_http {
            // A service blueprint that comes with bluegreen may say the scheme, for services that stand alone.
            is_written(&here) && !service.layers.is_built_in(&service.tree, &here)
                || here == Trail::of(["http", "certificate"]) && is_written(&here)
        } else {
            service.layers.wrote(&service.tree, &here)
        };
        if !is_said {
            continue;
        }
        let finding = Finding::error(
            codes::MISPLACED_KEY,
            format!("`{here}` is of the load balancer, which the service shares with others"),
        )
        .at(here.clone(), Aim::Key, "")
        .related(Trail::of(["http", "load_balancer"]), Aim::Value, "it stands behind this one");
        let help = format!("write it once for all of them, as `{there}`, and leave it out here");
        let may_be_null = ["certificate", "port", "from"].map(|key| Trail::of(["http", key])).contains(&here);
        sink.add(if may_be_null { finding.advise(here, "null", help) } else { finding.help(help) });
    }
}
