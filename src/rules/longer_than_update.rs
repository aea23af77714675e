use super::{Check, Rule, Sink, length};
use crate::{
    blueprint::engines::{Revision, that_can},
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// Where a release is an update of a stack, CloudFormation refuses one whose waits are too long (facts 4.2).
pub(super) const RULE: Rule = Rule {
    code: codes::LONGER_THAN_UPDATE,
    level: Level::Error,
    sources: &["S-53"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let Some(planned) = rollout.engine.planned.map(|minutes| minutes * 60) else { return };
    let (full, kept) = (rollout.shift.mode.full(), rollout.keep_old.value);
    // What is too much by itself, another rule tells.
    if full.saturating_add(kept) <= planned || rollout.is_beyond_engine() {
        return;
    }
    let mut finding = sink
        .found(format!(
            "the waits of a release come to {}, and CloudFormation takes at most {}",
            length(full + kept),
            length(planned)
        ))
        .at(rollout.keep_old.at.clone(), Aim::Value, "how long the old version stays")
        .related(rollout.shift.at.clone(), Aim::Value, "how traffic moves")
        .note(format!(
            "{} for the traffic, {} until the old version goes; CloudFormation adds them up and refuses the template",
            length(full),
            length(kept)
        ));
    let minutes = planned.saturating_sub(full) / 60;
    finding = match rollout.shift.keys() {
        // No time to keep the old version would mend it and be worse.
        Some([wait, _]) if minutes < 60 => {
            let each = (planned - kept.min(planned)) / rollout.shift.mode.waits().max(1) / 60;
            finding.suggest(wait, length(each * 60), format!("write `wait: {}` or less", length(each * 60)))
        }
        _ => finding.suggest(
            rollout.keep_old.at.clone(),
            length(minutes * 60),
            format!("write `keep_old: {}` or less", length(minutes * 60)),
        ),
    };
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
