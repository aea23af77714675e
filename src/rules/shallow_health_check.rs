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
    let path = &rollout.health.path;
    if path.value != "/" {
        return;
    }
    let example = if rollout.health.grpc { "/grpc.health.v1.Health/Check" } else { "/health" };
    sink.add(
        sink.found("the load balancer asks for `/`, which says little about the application")
            .at(path.at.clone(), Aim::Value, "")
            .note("a release is judged by this answer before it gets traffic")
            .advise(
                path.at.clone(),
                example,
                format!("write a path that tells whether it can work, such as `healthcheck: {example}`"),
            ),
    );
}
