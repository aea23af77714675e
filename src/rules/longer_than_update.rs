use super::{Check, Rule, Sink, length};
use crate::{
    blueprint::{
        Forwards,
        engines::{Abilities, Need, Revision, that_can},
    },
    diagnostic::{Aim, Level, codes},
    rollout::{NETWORK_SHIFT, Rollout},
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
    let kept = rollout.keep_old.value;
    let full = rollout.shift.mode.full().saturating_add(rollout.moving());
    // What is too much by itself, another rule tells.
    if full.saturating_add(kept) <= planned || rollout.is_beyond_engine() {
        return;
    }
    let mut finding = sink
        .found(format!(
            "the waits of a release come to {}, and CloudFormation takes at most {}",
            length(full.saturating_add(kept)),
            length(planned)
        ))
        .at(rollout.keep_old.at.clone(), Aim::Value, "how long the old version stays")
        .related(rollout.shift.at.clone(), Aim::Value, "how traffic moves")
        .note(format!(
            "{} for the traffic, {} until the old version goes; CloudFormation adds them up and refuses the template",
            length(full),
            length(kept)
        ));
    if rollout.moving() > 0 {
        finding = finding.note(format!(
            "{} of it is what a Network Load Balancer takes about to move traffic, {} with every step",
            length(rollout.moving()),
            length(NETWORK_SHIFT)
        ));
    }
    let minutes = planned.saturating_sub(full) / 60;
    finding = match rollout.shift.keys() {
        // No time to keep the old version would mend it and be worse.
        Some([wait, _]) if minutes < 60 => {
            let each = planned.saturating_sub(kept.saturating_add(rollout.moving()))
                / rollout.shift.mode.waits().max(1)
                / 60;
            finding.suggest(wait, length(each * 60), format!("write `wait: {}` or less", length(each * 60)))
        }
        _ => finding.suggest(
            rollout.keep_old.at.clone(),
            length(minutes * 60),
            format!("write `keep_old: {}` or less", length(minutes * 60)),
        ),
    };
    if rollout.moving() > 0 {
        finding = finding.help("or move traffic in fewer steps");
    }
    let engine = rollout.at.key("deploy").key("engine");
    let is_able = |other: &Abilities| {
        rollout.forwards != Some(Forwards::Connections) || other.lack(Need::NetworkLoadBalancer).is_none()
    };
    for other in that_can(|other| other.revision == Revision::Engine && is_able(other)) {
        finding = finding.advise(
            engine.clone(),
            other,
            format!("no stack waits for the releases of engine `{other}`: write `engine: {other}`"),
        );
    }
    sink.add(finding);
}
