use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// Scaling may go as far as the load does.
pub(super) const RULE: Rule = Rule {
    code: codes::CAPACITY_BELOW_PEAK,
    level: Level::Warning,
    sources: &[],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let (Some(peak), Some(requests)) = (&rollout.traffic.peak, &rollout.tasks.requests) else { return };
    let Some(range) = rollout.tasks.ranges.first() else { return };
    let most = u64::from(range.max) * u64::from(requests.value);
    if most >= u64::from(peak.value) {
        return;
    }
    let needed = peak.value.div_ceil(requests.value.max(1));
    let value = range.written(range.min, needed);
    sink.add(
        sink.found(format!(
            "{} tasks serve {most} requests a minute, and there are {} at the peak",
            range.max, peak.value
        ))
        .at(range.at.clone(), Aim::Value, "")
        .related(requests.at.clone(), Aim::Value, "what one task serves")
        .related(peak.at.clone(), Aim::Value, "declared here")
        .note(format!("{} by {} are {needed} tasks", peak.value, requests.value))
        .advise(range.at.clone(), value.clone(), format!("write `range: {value}`")),
    );
}
