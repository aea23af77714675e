use super::{Check, Rule, Sink, length};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// Connections that stay open are cut when draining ends.
pub(super) const RULE: Rule = Rule {
    code: codes::CUT_CONNECTIONS,
    level: Level::Warning,
    sources: &["S-71"],
    check: Check::Rollout(check),
};

/// The longest that a load balancer drains, in seconds (facts 6.2).
const MOST: u32 = 3600;

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let (Some(longest), Some(drain)) = (&rollout.longest_connection, &rollout.drain) else { return };
    if drain.value >= longest.value {
        return;
    }
    let finding = sink
        .found(format!(
            "connections that stay open are cut {} after a task is told to go",
            length(drain.value)
        ))
        .at(drain.at.clone(), Aim::Value, "")
        .related(longest.at.clone(), Aim::Value, "declared here")
        .note(format!("they may last {}", length(longest.value)));
    sink.add(if longest.value <= MOST {
        finding.suggest(
            drain.at.clone(),
            length(longest.value),
            format!("write `drain: {}` or more", length(longest.value)),
        )
    } else {
        finding.help(
            "close them from the application within an hour and let clients connect again, then declare that",
        )
    });
}
