use super::{Check, Rule, Sink, length, outlived_action};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// A pipeline's action waits for a deployment to end, and gives up after a time (facts 2.4).
pub(super) const RULE: Rule = Rule {
    code: codes::LONGER_THAN_PIPELINE,
    level: Level::Warning,
    sources: &["S-45"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let engine = rollout.engine;
    let Some(stage) = rollout.pipeline.iter().min_by_key(|stage| stage.action.minutes) else { return };
    let limit = stage.action.minutes * 60;
    // One that is sure to outlive its action, another rule tells.
    if outlived_action::least(rollout) > limit {
        return;
    }
    // A time-out that is longer than the pipeline's own is nobody's plan.
    let counted = |seconds: u32| if seconds < limit { seconds } else { 0 };
    let (install, hooks) = (counted(engine.start), rollout.hooks * counted(engine.hook_minutes * 60));
    let hold = rollout.approve.as_ref().map_or(0, |approve| approve.value);
    let full = rollout.shift.mode.full().saturating_add(rollout.moving());
    let most = install + hooks + hold + full + rollout.keep_old.value;
    if most <= limit {
        return;
    }
    let parts: Vec<String> = [
        (install, "for the new tasks"),
        (hooks, "for hooks"),
        (hold, "for approval"),
        (full, "for the traffic"),
        (rollout.keep_old.value, "until the old version goes"),
    ]
    .into_iter()
    .filter(|(seconds, _)| *seconds > 0)
    .map(|(seconds, what)| format!("{} {what}", length(seconds)))
    .collect();
    let late = (most - limit).div_ceil(60);
    let finding = sink
        .found(format!(
            "a deployment may take {}, and the pipeline gives up after {}",
            length(most),
            length(limit)
        ))
        .at(rollout.keep_old.at.clone(), Aim::Value, "how long the old version stays")
        .note(format!("at most {}", parts.join(", ")))
        .note("the stage fails then, while the release goes on");
    let finding = match &rollout.approve {
        Some(approve) => finding.related(approve.at.clone(), Aim::Key, "the time for approval"),
        None => finding,
    };
    let finding = outlived_action::another(finding, rollout, stage, most);
    sink.add(match &rollout.approve {
        Some(approve) if hold / 60 > late => {
            let minutes = hold / 60 - late;
            finding.suggest(
                approve.at.key("timeout"),
                length(minutes * 60),
                format!("write `approve: {{timeout: {}}}` or less", length(minutes * 60)),
            )
        }
        _ => {
            let minutes = (rollout.keep_old.value / 60).saturating_sub(late);
            finding.suggest(
                rollout.keep_old.at.clone(),
                length(minutes * 60),
                format!("write `keep_old: {}` or less", length(minutes * 60)),
            )
        }
    });
}
