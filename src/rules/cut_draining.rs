use super::{Check, Rule, Sink, length};
use crate::{
    blueprint::Forwards,
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// Behind a Network Load Balancer a task stops no faster than its connections drain (facts 7.8).
pub(super) const RULE: Rule = Rule {
    code: codes::CUT_DRAINING,
    level: Level::Warning,
    sources: &["S-74"],
    check: Check::Rollout(check),
};

/// The longest that Fargate waits, in seconds.
const MOST: u32 = 120;

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let Some(drain) = &rollout.drain else { return };
    let stop = &rollout.stop;
    if rollout.forwards != Some(Forwards::Connections) || stop.value >= drain.value {
        return;
    }
    let finding = sink
        .found(format!(
            "a task may be killed {} after it was told to stop, and its connections drain for {}",
            length(stop.value),
            length(drain.value)
        ))
        .at(stop.at.clone(), Aim::Value, "")
        .related(drain.at.clone(), Aim::Value, "how long connections may last")
        .note("a Network Load Balancer does not know when a connection is done; AWS asks for a stop that takes no less than draining");
    sink.add(if drain.value <= MOST {
        finding.suggest(
            stop.at.clone(),
            length(drain.value),
            format!("write `stop_timeout: {}` or more", length(drain.value)),
        )
    } else {
        finding.note("Fargate waits 2m at most").suggest(
            drain.at.clone(),
            length(stop.value),
            format!("write `drain: {}` or less", length(stop.value)),
        )
    });
}
