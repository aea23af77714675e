use super::{Check, Rule, Sink, length};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// AWS states two limits for how long the old version stays (facts 2.4).
pub(super) const RULE: Rule = Rule {
    code: codes::KEPT_TO_THE_LIMIT,
    level: Level::Note,
    sources: &["S-46"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let Some(sure) = rollout.engine.keep_old_sure else { return };
    if rollout.keep_old.value <= sure * 60 {
        return;
    }
    sink.add(
        sink.found(format!(
            "`keep_old` of {} may be more than {} takes",
            length(rollout.keep_old.value),
            rollout.engine.name
        ))
        .at(rollout.keep_old.at.clone(), Aim::Value, "")
        .note(format!(
            "AWS documents {} minutes in one place and {sure} in another",
            rollout.engine.keep_old.most
        ))
        .suggest(
            rollout.keep_old.at.clone(),
            format!("{sure}m"),
            format!("write `keep_old: {sure}m` or less"),
        ),
    );
}
