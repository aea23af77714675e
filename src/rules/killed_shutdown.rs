use super::{Check, Rule, Sink, length};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// A task that was told to stop has the time to (facts 7.3).
pub(super) const RULE: Rule = Rule {
    code: codes::KILLED_SHUTDOWN,
    level: Level::Warning,
    sources: &["S-72"],
    check: Check::Rollout(check),
};

/// The longest that Fargate waits, in seconds.
const MOST: u32 = 120;

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let Some(shutdown) = &rollout.shutdown else { return };
    if rollout.stop.value >= shutdown.value {
        return;
    }
    let finding = sink
        .found(format!(
            "a task is killed {} after it was told to stop, before it has",
            length(rollout.stop.value)
        ))
        .at(rollout.stop.at.clone(), Aim::Value, "")
        .related(shutdown.at.clone(), Aim::Value, "declared here")
        .note(format!("it takes {}", length(shutdown.value)));
    sink.add(if shutdown.value <= MOST {
        finding.suggest(
            rollout.stop.at.clone(),
            length(shutdown.value),
            format!("write `stop_timeout: {}` or more", length(shutdown.value)),
        )
    } else {
        finding.help("Fargate waits 2m at most: make what the application does at its end shorter")
    });
}
