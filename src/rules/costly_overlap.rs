use super::{Check, Rule, Sink, length};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::{Mode, Rollout},
};

/// While blue and green overlap, twice as many tasks run and are billed (facts 12.3).
pub(super) const RULE: Rule =
    Rule { code: codes::COSTLY_OVERLAP, level: Level::Note, sources: &[], check: Check::Rollout(check) };

/// Seconds of a day.
const DAY: u32 = 86_400;

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let Some(releases) = &rollout.releases else { return };
    // A rolling update leaves no old version standing; one that stays for good has a rule of its own.
    if rollout.shift.mode == Mode::Rolling || rollout.stays.is_some() {
        return;
    }
    let full = rollout.shift.mode.full();
    let each = full.saturating_add(rollout.keep_old.value);
    let all = each.saturating_mul(releases.per_day.value);
    // Releases that do not fit a day have a rule of their own.
    if all <= DAY / 2 || all > DAY {
        return;
    }
    let hours = |tasks: u32| u64::from(tasks) * u64::from(all) / 3600;
    let (fewest, most) = (rollout.tasks.fewest(), rollout.tasks.most());
    let finding = sink
        .found(format!("on a busy day, two versions run side by side for {} of 24 hours", length(all)))
        .at(rollout.keep_old.at.clone(), Aim::Value, "")
        .related(releases.per_day.at.clone(), Aim::Value, "declared here")
        .note(format!(
            "{} releases a day, declared, of {} for the traffic and {} until the old version goes",
            releases.per_day.value,
            length(full),
            length(rollout.keep_old.value)
        ))
        .note(format!(
            "{} to {} tasks each time: {} to {} task-hours a day for versions without traffic or with a part of it",
            fewest.min,
            most.max,
            hours(fewest.min),
            hours(most.max)
        ));
    let minutes = (DAY / 2 / releases.per_day.value.max(1)).saturating_sub(full) / 60;
    let needed =
        rollout.fastest().map_or(1, |alarm| alarm.taken_back_after().saturating_sub(full).div_ceil(60));
    sink.add(if minutes >= needed.max(1) {
        finding.advise(
            rollout.keep_old.at.clone(),
            length(minutes * 60),
            format!("write `keep_old: {}` or less", length(minutes * 60)),
        )
    } else {
        finding.help("release less often, or shift the traffic in less time")
    });
}
