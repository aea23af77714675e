use super::{Check, Rule, Sink, length};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// A container has the time to start before it is judged (facts 7.3, 7.9).
pub(super) const RULE: Rule = Rule {
    code: codes::CONTAINER_RESTART_LOOP,
    level: Level::Error,
    sources: &["S-61"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let (Some(startup), Some(health)) = (&rollout.startup, &rollout.container_health) else { return };
    let judged = health.retries.value * health.interval.value;
    let spared = health.start.value.max(rollout.grace.value);
    if startup.value <= spared.saturating_add(judged) {
        return;
    }
    let grace = startup.value;
    sink.add(
        sink.found(format!("a container is killed after {}, before it has started", length(spared + judged)))
            .at(health.start.at.clone(), Aim::Value, "the time in which failures do not count")
            .related(startup.at.clone(), Aim::Value, "the time it takes to start")
            .related(rollout.grace.at.clone(), Aim::Value, "the grace of the task")
            .note(format!(
                "{} to start, declared; the longer of {} and {} of grace, and {} x {} of checks until it is unhealthy",
                length(startup.value),
                length(health.start.value),
                length(rollout.grace.value),
                health.retries.value,
                length(health.interval.value)
            ))
            .suggest(rollout.grace.at.clone(), length(grace), format!("write `grace: {}` or more in `http.healthcheck`", length(grace))),
    );
}
