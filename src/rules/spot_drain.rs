use super::{Check, Rule, Sink, length};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Place,
};

/// Spot capacity goes with two minutes' notice (facts 7.7).
pub(super) const RULE: Rule =
    Rule { code: codes::SPOT_DRAIN, level: Level::Warning, sources: &["S-73"], check: Check::Place(check) };

/// Seconds between the notice and the end.
const NOTICE: u32 = 120;

fn check(place: &Place, sink: &mut Sink<'_>) {
    if !place.capacity.uses_spot() {
        return;
    }
    for rollout in &place.rollouts {
        // What no load balancer drains only has to stop, which is never longer than the notice.
        let Some(kept) = &rollout.drain else { continue };
        let (drain, stop) = (kept.value, rollout.stop.value);
        if drain < NOTICE && drain + stop <= NOTICE {
            continue;
        }
        let shorter = NOTICE.saturating_sub(stop).min(NOTICE - 1);
        sink.add(
            sink.found(format!(
                "a task of `{}` on Spot is gone before it has drained and stopped",
                rollout.service
            ))
            .at(kept.at.clone(), Aim::Value, "")
            .related(rollout.stop.at.clone(), Aim::Value, "the time to stop")
            .related(place.capacity.spot_weight.at.clone(), Aim::Value, "tasks run on Spot")
            .note(format!(
                "AWS gives notice of {}; draining takes {} and stopping {}",
                length(NOTICE),
                length(drain),
                length(stop)
            ))
            .suggest(
                kept.at.clone(),
                length(shorter),
                format!("write `drain: {}` or less", length(shorter)),
            ),
        );
    }
}
