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

/// The lower of the two limits, in seconds.
const SURE: u32 = 2800 * 60;

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    if rollout.keep_old.value <= SURE {
        return;
    }
    sink.add(
        sink.found(format!(
            "`keep_old` of {} may be more than CodeDeploy takes",
            length(rollout.keep_old.value)
        ))
        .at(rollout.keep_old.at.clone(), Aim::Value, "")
        .note("AWS documents 2880 minutes in one place and 2800 in another")
        .suggest(rollout.keep_old.at.clone(), "2800m", "write `keep_old: 2800m` or less"),
    );
}
