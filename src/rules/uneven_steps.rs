use super::{Check, Rule, Sink};
use crate::{
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
    if 100 % percent == 0 {
        return;
    }
    let even = (1..percent).rev().find(|part| 100 % part == 0).unwrap_or(1);
    sink.add(
        sink.found(format!(
            "the last step moves {} percent of the traffic, the others {percent}",
            100 % percent
        ))
        .at(key.clone(), Aim::Value, "")
        .related(wait, Aim::Value, "the wait before it")
        .note(format!("100 is not a multiple of {percent}"))
        .advise(key, even.to_string(), format!("write `percent: {even}`, which divides 100")),
    );
}
