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
    let interval = rollout.health.as_ref().map(|health| &health.interval);
    let needed = startup.value + interval.map_or(0, |interval| interval.value);
    if needed <= rollout.engine.start {
        return;
    }
    let mut finding = sink
        .found(format!(
            "the new tasks need {}, and {} waits for {}",
            length(needed),
            rollout.engine.name,
            length(rollout.engine.start)
        ))
        .at(startup.at.clone(), Aim::Value, "");
    finding = match interval {
        Some(interval) => {
            finding.related(interval.at.clone(), Aim::Value, "one health check more").note(format!(
                "{} to start, declared, and {} until the first health check",
                length(startup.value),
                length(interval.value)
            ))
        }
        None => finding.note(format!("{} to start, declared", length(startup.value))),
    };
    sink.add(finding.help("make the start shorter: a smaller image, or what it loads in the image"));
}
