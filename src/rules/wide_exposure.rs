use super::{Check, Rule, Sink, length};
use crate::{
    blueprint::units::Share,
    diagnostic::{Aim, Level, codes},
    rollout::{Mode, Rollout},
};

/// A bad release reaches no more of the traffic than was said (facts 10.5).
pub(super) const RULE: Rule = Rule {
    code: codes::WIDE_EXPOSURE,
    level: Level::Warning,
    sources: &["S-05"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let (Some(budget), Some(alarm)) = (&rollout.budget.percent, rollout.fastest()) else { return };
    let needed = alarm.taken_back_after();
    let reached = rollout.shift.mode.percent_at(needed);
    let allowed = Share::whole(u8::try_from(budget.value).unwrap_or(100));
    if reached <= allowed {
        return;
    }
    let finding = sink
        .found(format!(
            "a bad release reaches {reached} percent of the traffic before an alarm takes it back, {} are allowed",
            budget.value
        ))
        .at(rollout.shift.at.clone(), Aim::Value, "")
        .related(budget.at.clone(), Aim::Value, "declared here")
        .related(alarm.at.clone(), Aim::Key, "the fastest alarm")
        .note(format!(
            "`{}` needs up to {} with {}'s reaction",
            alarm.name,
            length(needed),
            rollout.engine.name
        ));
    let good = |mode: Mode| mode.percent_at(needed) <= allowed;
    let gradual = match rollout.shift.mode {
        Mode::AllAtOnce | Mode::Rolling => None,
        Mode::Canary { percent, .. } => (1..=rollout.longest_wait())
            .map(|minutes| Mode::Canary { percent, minutes })
            .find(|mode| good(*mode)),
        Mode::Linear { percent, .. } => (1..=rollout.longest_wait())
            .map(|minutes| Mode::Linear { percent, minutes })
            .find(|mode| good(*mode)),
    };
    sink.add(match (gradual, rollout.shift.keys()) {
        (Some(Mode::Canary { minutes, .. } | Mode::Linear { minutes, .. }), Some([wait, _])) => finding
            .suggest(wait, length(minutes * 60), format!("write `wait: {}` or more", length(minutes * 60))),
        _ => {
            let minutes = (needed / 60 + 1).min(rollout.longest_wait());
            let percent = budget.value.clamp(1, 99);
            let canary = format!("{{canary: {{percent: {percent}, wait: {minutes}m}}}}");
            finding.advise(rollout.shift.at.clone(), canary.clone(), format!("write `strategy: {canary}`"))
        }
    });
}
