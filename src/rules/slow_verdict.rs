use super::{Check, Rule, Sink, length};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::{Mode, Rollout},
};

/// A canary lasts at least as long as the load balancer needs to find a task unhealthy.
pub(super) const RULE: Rule = Rule {
    code: codes::SLOW_VERDICT,
    level: Level::Warning,
    sources: &["S-65"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let (Mode::Canary { .. }, Some([wait, _])) = (rollout.shift.mode, rollout.shift.keys()) else { return };
    let Some(health) = &rollout.health else { return };
    let verdict = health.unhealthy.value * health.interval.value;
    let full = rollout.shift.mode.full();
    if verdict <= full {
        return;
    }
    let minutes = verdict.div_ceil(60);
    sink.add(
        sink.found(format!("the canary ends after {}, before a bad task counts as unhealthy", length(full)))
            .at(wait.clone(), Aim::Value, "")
            .related(health.interval.at.clone(), Aim::Value, "between two checks")
            .related(health.unhealthy.at.clone(), Aim::Value, "bad answers it takes")
            .note(format!(
                "{} x {} are {}",
                health.unhealthy.value,
                length(health.interval.value),
                length(verdict)
            ))
            .suggest(wait, length(minutes * 60), format!("write `wait: {}` or more", length(minutes * 60)))
            .help("or ask more often: `interval: 10s`"),
    );
}
