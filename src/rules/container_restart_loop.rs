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
    let grace = rollout.health.as_ref().map(|health| &health.grace);
    let spared = health.start.value.max(grace.map_or(0, |grace| grace.value));
    if startup.value <= spared.saturating_add(judged) {
        return;
    }
    let wanted = startup.value;
    let finding = sink
        .found(format!("a container is killed after {}, before it has started", length(spared + judged)))
        .at(health.start.at.clone(), Aim::Value, "the time in which failures do not count")
        .related(startup.at.clone(), Aim::Value, "the time it takes to start");
    let checks = format!(
        "{} x {} of checks until it is unhealthy",
        health.retries.value,
        length(health.interval.value)
    );
    sink.add(match grace {
        Some(grace) => finding
            .related(grace.at.clone(), Aim::Value, "the grace of the task")
            .note(format!(
                "{} to start, declared; the longer of {} and {} of grace, and {checks}",
                length(startup.value),
                length(health.start.value),
                length(grace.value),
            ))
            .suggest(
                grace.at.clone(),
                length(wanted),
                format!("write `grace: {}` or more in `http.healthcheck`", length(wanted)),
            ),
        None => {
            let finding = finding.note(format!(
                "{} to start, declared; {} in which failures do not count, and {checks}",
                length(startup.value),
                length(health.start.value),
            ));
            // As long as ECS lets failures not count at most (facts 7.3).
            if wanted <= LONGEST_START {
                finding.suggest(
                    health.start.at.clone(),
                    length(wanted),
                    format!("write `start: {}` or more in `health`", length(wanted)),
                )
            } else {
                finding.help("ask less often, or more times: `interval` and `retries` of `health`")
            }
        }
    });
}

/// Seconds after a container's start in which failures may not count, at most (facts 7.3).
const LONGEST_START: u32 = 300;
