use super::{Check, Rule, Sink, length};
use crate::{
    blueprint::engines::{Revision, that_can},
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// Where a release is an update of a stack, CloudFormation gives up before the last hour of a long hold (facts 4.5).
pub(super) const RULE: Rule = Rule {
    code: codes::HOLD_OUTLIVES_UPDATE,
    level: Level::Warning,
    sources: &["S-54"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let (Some(update), Some(approve)) = (rollout.engine.update, &rollout.approve) else { return };
    let update = update * 60;
    let rest = rollout.shift.mode.full() + rollout.keep_old.value;
    // What is too much by itself, another rule tells.
    if approve.value.saturating_add(rest) <= update || rollout.is_beyond_engine() {
        return;
    }
    let minutes = update.saturating_sub(rest) / 60;
    let mut finding = sink
        .found(format!(
            "a release may wait {} for someone to say go, and CloudFormation gives up after {}",
            length(approve.value),
            length(update)
        ))
        .at(approve.at.clone(), Aim::Key, "")
        .related(rollout.keep_old.at.clone(), Aim::Value, "how long the old version stays")
        .note(format!(
            "with {} for the traffic and the old version it may take {}",
            length(rest),
            length(approve.value + rest)
        ))
        .note("CloudFormation then takes the update back, whatever was said");
    if minutes > 0 {
        finding = finding.suggest(
            approve.at.key("timeout"),
            length(minutes * 60),
            format!("write `approve: {{timeout: {}}}` or less", length(minutes * 60)),
        );
    }
    let engine = rollout.at.key("deploy").key("engine");
    for other in that_can(|other| other.revision == Revision::Engine) {
        finding = finding.advise(
            engine.clone(),
            other,
            format!("no stack waits for the releases of engine `{other}`: write `engine: {other}`"),
        );
    }
    sink.add(finding);
}
