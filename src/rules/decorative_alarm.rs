use super::{Check, Rule, Sink, length};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::{Mode, Rollout},
};

/// An alarm that stops deployments can do so while there is something to go back to (facts 10.5).
pub(super) const RULE: Rule = Rule {
    code: codes::DECORATIVE_ALARM,
    level: Level::Warning,
    sources: &["S-04"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let guarded = rollout.shift.mode.full() + rollout.keep_old.value;
    // Where not even the fastest is in time, or nothing is kept, other rules say so.
    let is_nothing_kept = rollout.keep_old.value == 0 && rollout.stays.is_none();
    if is_nothing_kept || rollout.fastest().is_none_or(|alarm| alarm.taken_back_after() > guarded) {
        return;
    }
    let is_only_watched = rollout.shift.mode == Mode::Rolling || rollout.stays.is_some();
    let gone = if is_only_watched { "nobody watches it" } else { "the old version is gone" };
    for alarm in rollout.watched().filter(|alarm| alarm.is_possible() && alarm.taken_back_after() > guarded) {
        let late = alarm.taken_back_after() - guarded;
        let minutes = (rollout.keep_old.value + late).div_ceil(60);
        let finding = sink
            .found(format!("the alarm `{}` fires only after {gone}", alarm.name))
            .at(alarm.at.clone(), Aim::Key, "")
            .related(rollout.keep_old.at.clone(), Aim::Value, "how long the old version stays")
            .note(format!(
                "it needs up to {} ({} x {} bad, {} to begin in, {} assumed for metrics and reaction)",
                length(alarm.taken_back_after()),
                alarm.bad,
                length(alarm.period),
                length(alarm.period),
                length(alarm.assumed())
            ))
            .note(format!("{gone} after {}", length(guarded)))
            .help("or make its periods shorter or fewer, or leave it out of `rollback.alarms`");
        sink.add(if minutes <= rollout.engine.keep_old.most {
            finding.suggest(
                rollout.keep_old.at.clone(),
                length(minutes * 60),
                format!("write `{}: {}` or more", rollout.kept_key(), length(minutes * 60)),
            )
        } else {
            finding.suggest(alarm.at.key("over"), "1m", "write `over: 1m`")
        });
    }
}
