use super::{Check, Rule, Sink, length};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// The new tasks have a time to become steady: an hour under CodeDeploy (facts 2.4).
pub(super) const RULE: Rule =
    Rule { code: codes::LATE_START, level: Level::Warning, sources: &["S-63"], check: Check::Rollout(check) };

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let Some(startup) = &rollout.startup else { return };
    let needed = startup.value + rollout.health.interval.value;
    if needed <= rollout.engine.start {
        return;
    }
    sink.add(
        sink.found(format!(
            "the new tasks need {}, and {} waits for {}",
            length(needed),
            rollout.engine.name,
            length(rollout.engine.start)
        ))
        .at(startup.at.clone(), Aim::Value, "")
        .related(rollout.health.interval.at.clone(), Aim::Value, "one health check more")
        .note(format!(
            "{} to start, declared, and {} until the first health check",
            length(startup.value),
            length(rollout.health.interval.value)
        ))
        .help("make the start shorter: a smaller image, or what it loads in the image"),
    );
}
