use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// Twice what the peak needs outlives a zone; more than that serves nobody, and is billed by the hour (facts 12.3).
pub(super) const RULE: Rule =
    Rule { code: codes::CAPACITY_ABOVE_PEAK, level: Level::Note, sources: &[], check: Check::Rollout(check) };

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let (Some(peak), Some(requests)) = (&rollout.traffic.peak, &rollout.tasks.requests) else { return };
    let Some(range) = rollout.tasks.ranges.first() else { return };
    let needed = peak.value.div_ceil(requests.value.max(1));
    let enough = needed.saturating_mul(2).max(2);
    if range.min <= enough {
        return;
    }
    let value = range.written(enough, range.max);
    sink.add(
        sink.found(format!("{} tasks run at the quietest time, and the peak needs {needed}", range.min))
            .at(range.at.clone(), Aim::Value, "")
            .related(requests.at.clone(), Aim::Value, "what one task serves")
            .related(peak.at.clone(), Aim::Value, "declared here")
            .note(format!(
                "{} by {} are {needed} tasks; twice that outlives a zone",
                peak.value, requests.value
            ))
            .note(format!(
                "{} tasks more than that are {} task-hours a day",
                range.min - enough,
                u64::from(range.min - enough) * 24
            ))
            .advise(range.at.clone(), value.clone(), format!("write `range: {value}`")),
    );
}
