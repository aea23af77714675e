use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// The root of an application says little about it (facts 6.1).
pub(super) const RULE: Rule = Rule {
    code: codes::SHALLOW_HEALTH_CHECK,
    level: Level::Note,
    sources: &["S-68"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let (Some(health), Some(internet)) = (&rollout.health, &rollout.internet) else { return };
    let Some(path) = &health.path else { return };
    // A page for people is served at `/`; what other services call has nothing to show there.
    let api = health.grpc || !internet.value;
    if path.value != "/" || !api {
        return;
    }
    let (why, label) = if health.grpc {
        (rollout.at.key("http").key("protocol"), "it speaks gRPC")
    } else {
        (internet.at.clone(), "other services call it")
    };
    let example = if health.grpc { "/grpc.health.v1.Health/Check" } else { "/health" };
    sink.add(
        sink.found("the load balancer asks for `/`, which says little about the application")
            .at(path.at.clone(), Aim::Value, "")
            .related(why, Aim::Value, label)
            .note(
                "`/` is where a page for people stands; a release gets its traffic when this answer is good",
            )
            .advise(
                path.at.clone(),
                example,
                format!("write a path that tells whether it can work, such as `healthcheck: {example}`"),
            ),
    );
}
