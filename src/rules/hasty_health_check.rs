use super::{Check, Rule, Sink, length};
use crate::{
    blueprint::units::Millis,
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// A health check waits for at least twice the time an answer takes.
pub(super) const RULE: Rule = Rule {
    code: codes::HASTY_HEALTH_CHECK,
    level: Level::Warning,
    sources: &["S-69"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let (Some(p99), Some(health)) = (&rollout.traffic.p99, &rollout.health) else { return };
    let timeout = &health.timeout;
    let wanted = (2 * p99.value).div_ceil(1000);
    if timeout.value >= wanted {
        return;
    }
    let answer = Millis::new(p99.value);
    let finding = sink
        .found(format!(
            "a health check gives up after {}, while one answer in a hundred takes more than {answer}",
            length(timeout.value)
        ))
        .at(timeout.at.clone(), Aim::Value, "")
        .related(p99.at.clone(), Aim::Value, "declared here")
        .note(format!(
            "under load a task that works would count as unhealthy; twice {answer} are {}",
            length(wanted)
        ));
    sink.add(if wanted < health.interval.value {
        finding.suggest(
            timeout.at.clone(),
            length(wanted),
            format!("write `timeout: {}` or more", length(wanted)),
        )
    } else {
        finding.help(format!("write `timeout: {}` and an `interval` longer than that", length(wanted)))
    });
}
