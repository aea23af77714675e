use super::{Check, Rule, Sink};
use crate::{
    blueprint::{engines::StrategyKind, units::Share},
    diagnostic::{Aim, Level, codes},
    rollout::{Mode, Rollout},
};

/// The last step of a linear shift is what the others leave (facts 2.3).
pub(super) const RULE: Rule =
    Rule { code: codes::UNEVEN_STEPS, level: Level::Note, sources: &["S-51"], check: Check::Rollout(check) };

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let (Mode::Linear { percent, .. }, Some([wait, key])) = (rollout.shift.mode, rollout.shift.keys()) else {
        return;
    };
    if Share::ALL.is_multiple_of(percent) {
        return;
    }
    let Some(steps) = rollout.engine.offer(StrategyKind::Linear).and_then(|offer| offer.percent) else {
        return;
    };
    // The next smaller one is the more careful one; an engine may have none.
    let even = || steps.down().filter(|share| Share::ALL.is_multiple_of(*share));
    let Some(even) = even().find(|share| *share < percent).or_else(|| even().last()) else { return };
    sink.add(
        sink.found(format!(
            "the last step moves {} percent of the traffic, the others {percent}",
            percent.rest_of(Share::ALL)
        ))
        .at(key.clone(), Aim::Value, "")
        .related(wait, Aim::Value, "the wait before it")
        .note(format!("100 is not a multiple of {percent}"))
        .advise(key, even.to_string(), format!("write `percent: {even}`, which divides 100")),
    );
}
