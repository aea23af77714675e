use super::{Check, Rule, Sink, length};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::{Mode, Rollout},
};

/// While the old version runs, a rollback is a flip of weights (facts 1.4, 2.2). Without it and without steps, a bad release has
/// all the traffic and no way back: an error where production is at stake.
pub(super) const RULE: Rule = Rule {
    code: codes::NO_WAY_BACK,
    level: Level::Error,
    sources: &["S-03", "S-120"],
    check: Check::Rollout(check),
};

/// Minutes that are suggested: an hour, the default.
const MINUTES: u32 = 60;

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    if rollout.keep_old.value > 0 || rollout.stays.is_some() {
        return;
    }
    let full = rollout.shift.mode.full();
    let needed =
        rollout.fastest().map_or(0, |alarm| alarm.taken_back_after().saturating_sub(full).div_ceil(60));
    if rollout.shift.mode == Mode::Rolling {
        let minutes = needed.clamp(1, rollout.engine.keep_old.most);
        let mut finding = sink
            .found("alarms are no longer watched once the new tasks run")
            .at(rollout.keep_old.at.clone(), Aim::Value, "")
            .note("a version that fails under load is then never taken back")
            .suggest(
                rollout.keep_old.at.clone(),
                length(minutes * 60),
                format!("write `watch: {}`", length(minutes * 60)),
            );
        finding.level = Level::Warning;
        return sink.add(finding);
    }
    let minutes = needed.clamp(MINUTES, rollout.engine.keep_old.most);
    let mut finding = sink
        .found(if rollout.traffic_moves {
            "the old version goes as soon as all traffic has left it"
        } else {
            "the old version goes as soon as the new one runs"
        })
        .at(rollout.keep_old.at.clone(), Aim::Value, "")
        .note(if rollout.traffic_moves {
            "a rollback is then a new deployment instead of a flip of weights"
        } else {
            "a rollback is then a new deployment, while nothing of the old version runs"
        });
    if rollout.protected.value && rollout.shift.mode == Mode::AllAtOnce {
        finding = finding
            .related(rollout.shift.at.clone(), Aim::Value, "all of the traffic at once")
            .related(rollout.protected.at.clone(), Aim::Value, "the environment is protected");
    } else {
        finding.level = Level::Warning;
    }
    if let (Some(startup), Some(health)) = (&rollout.startup, &rollout.health) {
        finding = finding.note(format!(
            "it takes at least {}: {} to start, a health check of {}, {} for the traffic",
            length(startup.value + health.interval.value + full),
            length(startup.value),
            length(health.interval.value),
            length(full)
        ));
    }
    sink.add(finding.suggest(
        rollout.keep_old.at.clone(),
        length(minutes * 60),
        format!("write `keep_old: {}`", length(minutes * 60)),
    ));
}
