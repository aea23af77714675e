use super::{Check, Rule, Sink, length};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::{Alarm, Mode, Rollout},
};

/// An alarm that cannot fire in time protects nobody (facts S-01, S-02). Where the old version is gone before any alarm can
/// fire, nothing takes a bad release back: an error where production is at stake. Where it still stands, a rollback is late and
/// works, and the time rests in part on what is assumed.
pub(super) const RULE: Rule = Rule {
    code: codes::BLIND_ROLLOUT,
    level: Level::Error,
    sources: &["S-01", "S-02"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let Some(alarm) = rollout.fastest() else { return };
    let (needed, full, kept) = (alarm.taken_back_after(), rollout.shift.mode.full(), rollout.keep_old.value);
    if needed > full + kept {
        // Where nothing is kept at all there is a rule of its own.
        if kept > 0 || rollout.stays.is_some() {
            too_late_for_old(rollout, alarm, sink);
        }
    } else if full > 0 && needed > full {
        too_late_for_shift(rollout, alarm, sink);
    }
}

/// How the time was worked out.
fn needs(rollout: &Rollout, alarm: &Alarm) -> String {
    format!(
        "`{}` needs up to {} with {}'s reaction: {} x {} bad, {} to begin in, {} assumed for metrics and reaction",
        alarm.name,
        length(alarm.taken_back_after()),
        rollout.engine.name,
        alarm.bad,
        length(alarm.period),
        length(alarm.period),
        length(alarm.assumed())
    )
}

fn too_late_for_old(rollout: &Rollout, alarm: &Alarm, sink: &mut Sink<'_>) {
    let full = rollout.shift.mode.full();
    let minutes = alarm.taken_back_after().saturating_sub(full).div_ceil(60);
    let mut finding = sink
        .found(if rollout.shift.mode == Mode::Rolling || rollout.stays.is_some() {
            "no alarm can fire while alarms are watched"
        } else {
            "no alarm can fire before the old version is gone"
        })
        .at(rollout.keep_old.at.clone(), Aim::Value, "")
        .related(alarm.at.clone(), Aim::Key, "the fastest alarm")
        .note(needs(rollout, alarm))
        .note(if rollout.shift.mode == Mode::Rolling {
            format!("alarms are watched for {} once the new tasks run", length(rollout.keep_old.value))
        } else if rollout.stays.is_some() {
            format!(
                "all traffic has moved after {}, and alarms are watched for {} more; the old version stays, for somebody to go back to",
                length(full),
                length(rollout.keep_old.value)
            )
        } else if !rollout.traffic_moves {
            format!("both versions run for {}, then the old one goes", length(rollout.keep_old.value))
        } else {
            format!(
                "all traffic has moved after {}, and the old version goes {} later",
                length(full),
                length(rollout.keep_old.value)
            )
        });
    // Of a rolling update nobody has published how long alarms are watched at least; and what stays is there to go back to.
    if rollout.protected.value && rollout.shift.mode != Mode::Rolling && rollout.stays.is_none() {
        finding = finding.related(rollout.protected.at.clone(), Aim::Value, "the environment is protected");
    } else {
        finding.level = Level::Warning;
    }
    // With steps, a longer wait mends this and that alarms fire only after the shift.
    let wait = rollout.shift.keys().map(|[wait, _]| wait);
    let longer = alarm.taken_back_after().div_ceil(60).div_ceil(rollout.shift.mode.waits().max(1));
    let most = rollout.engine.keep_old.most;
    sink.add(match wait {
        Some(wait) if longer <= rollout.longest_wait() => finding.suggest(
            wait,
            length(longer * 60),
            format!("write `wait: {}` or more", length(longer * 60)),
        ),
        None if minutes <= most => finding.suggest(
            rollout.keep_old.at.clone(),
            length(minutes * 60),
            format!("write `{}: {}` or more", rollout.kept_key(), length(minutes * 60)),
        ),
        _ => finding.help("make the alarm's periods shorter: `over: 1m`"),
    });
}

fn too_late_for_shift(rollout: &Rollout, alarm: &Alarm, sink: &mut Sink<'_>) {
    let Some([wait, _]) = rollout.shift.keys() else { return };
    let mode = rollout.shift.mode;
    let minutes = alarm.taken_back_after().div_ceil(60).div_ceil(mode.waits().max(1));
    let mut finding = sink
        .found("every alarm fires only after all traffic has moved")
        .at(rollout.shift.at.clone(), Aim::Value, "")
        .related(alarm.at.clone(), Aim::Key, "the fastest alarm")
        .note(needs(rollout, alarm))
        .note(match mode {
            Mode::Linear { percent, minutes } => format!(
                "all traffic has moved after {}: {} waits of {minutes}m after steps of {percent} percent",
                length(mode.full()),
                mode.waits()
            ),
            _ => format!("all traffic has moved after {}", length(mode.full())),
        });
    finding.level = Level::Warning;
    sink.add(if minutes <= rollout.longest_wait() {
        finding.suggest(wait, length(minutes * 60), format!("write `wait: {}` or more", length(minutes * 60)))
    } else {
        finding.help("make the alarm's periods shorter: `over: 1m`")
    });
}
