use super::{Check, Rule, Sink, length};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// A pipeline waits five days for a deployment (facts 2.4).
pub(super) const RULE: Rule = Rule {
    code: codes::LONGER_THAN_PIPELINE,
    level: Level::Warning,
    sources: &["S-45"],
    check: Check::Rollout(check),
};

/// Seconds that CodePipeline waits for its `CodeDeployToECS` action, and the hour the new tasks may take to start.
const MOST: u32 = 5 * 24 * 3600;
const INSTALL: u32 = 3600;
/// Seconds that CodeDeploy waits for a hook.
const HOOK: u32 = 3600;

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let hold = rollout.approve.as_ref().map_or(0, |approve| approve.value);
    let full = rollout.shift.mode.full();
    let most = INSTALL + rollout.hooks * HOOK + hold + full + rollout.keep_old.value;
    if !rollout.in_pipeline || most <= MOST {
        return;
    }
    let late = (most - MOST).div_ceil(60);
    let finding = sink
        .found(format!("a deployment may take {}, and the pipeline gives up after 5 days", length(most)))
        .at(rollout.keep_old.at.clone(), Aim::Value, "how long the old version stays")
        .note(format!(
            "at most 1h for the new tasks, {} hooks of 1h, {} for approval, {} for the traffic, {} until the old version goes",
            rollout.hooks,
            length(hold),
            length(full),
            length(rollout.keep_old.value)
        ));
    let finding = match &rollout.approve {
        Some(approve) => finding.related(approve.at.clone(), Aim::Key, "the time for approval"),
        None => finding,
    };
    sink.add(match &rollout.approve {
        Some(approve) if hold / 60 > late => {
            let minutes = hold / 60 - late;
            finding.suggest(
                approve.at.key("timeout"),
                format!("{minutes}m"),
                format!("write `approve: {{timeout: {minutes}m}}` or less"),
            )
        }
        _ => {
            let minutes = (rollout.keep_old.value / 60).saturating_sub(late);
            finding.suggest(
                rollout.keep_old.at.clone(),
                format!("{minutes}m"),
                format!("write `keep_old: {minutes}m` or less"),
            )
        }
    });
}
