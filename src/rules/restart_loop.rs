use super::{Check, Rule, Sink, length};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// A task has the time to start before it is judged (facts 7.9).
pub(super) const RULE: Rule = Rule {
    code: codes::RESTART_LOOP,
    level: Level::Error,
    sources: &["S-60", "S-62"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let Some(startup) = &rollout.startup else { return };
    let Some(health) = &rollout.health else { return };
    let judged = health.unhealthy.value * health.interval.value;
    let allowed = health.grace.value.saturating_add(judged);
    if startup.value <= allowed {
        return;
    }
    let grace = startup.value;
    sink.add(
        sink.found(format!("a task is killed after {}, before it has started", length(allowed)))
            .at(startup.at.clone(), Aim::Value, "the time it takes to start")
            .related(health.grace.at.clone(), Aim::Value, "the grace it gets")
            .related(health.interval.at.clone(), Aim::Value, "between two checks")
            .note(format!(
                "{} to start, declared; {} of grace and {} x {} of health checks until it is unhealthy",
                length(startup.value),
                length(health.grace.value),
                health.unhealthy.value,
                length(health.interval.value)
            ))
            .note(format!(
                "it is started and killed again until {} gives up after {}",
                rollout.engine.name,
                length(rollout.engine.start)
            ))
            .suggest(
                health.grace.at.clone(),
                length(grace),
                format!("write `grace: {}` or more in `http.healthcheck`", length(grace)),
            ),
    );
}
