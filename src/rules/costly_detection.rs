use super::{Check, Rule, Sink, length};
use crate::{
    blueprint::engines::StrategyKind,
    diagnostic::{Aim, Level, codes},
    rollout::{Mode, Rollout},
};

/// A bad release reaches no more requests than was said (facts 10.5).
pub(super) const RULE: Rule = Rule {
    code: codes::COSTLY_DETECTION,
    level: Level::Warning,
    sources: &["S-27"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let (Some(budget), Some(traffic)) = (&rollout.budget.requests, &rollout.traffic.quiet) else { return };
    let Some(alarm) = rollout.fastest() else { return };
    let needed = alarm.taken_back_after();
    let reached = |mode: Mode| (f64::from(traffic.value) * mode.exposure_minutes(needed)).ceil();
    let all = reached(rollout.shift.mode);
    if all <= f64::from(budget.value) {
        return;
    }
    let finding = sink
        .found(format!(
            "a bad release gets {all} requests before an alarm takes it back, {} are allowed",
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
        ))
        .note(format!(
            "{} requests a minute, declared, and {:.2} minutes of all the traffic until then",
            traffic.value,
            rollout.shift.mode.exposure_minutes(needed)
        ));
    let good = |mode: Mode| reached(mode) <= f64::from(budget.value);
    let minutes = (needed / 60 + 1).clamp(1, rollout.longest_wait().max(1));
    let shares = |kind| {
        let steps = rollout.engine.offer(kind).and_then(|offer| offer.percent);
        steps.into_iter().flat_map(|steps| steps.down().collect::<Vec<_>>())
    };
    let smaller = match rollout.shift.mode {
        Mode::Canary { percent: most, minutes } => shares(StrategyKind::Canary)
            .filter(|percent| *percent < most)
            .map(|percent| Mode::Canary { percent, minutes })
            .find(|mode| good(*mode)),
        Mode::Linear { percent: most, minutes } => shares(StrategyKind::Linear)
            .filter(|percent| *percent < most)
            .map(|percent| Mode::Linear { percent, minutes })
            .find(|mode| good(*mode)),
        Mode::AllAtOnce | Mode::Rolling => None,
    };
    let canary = || {
        shares(StrategyKind::Canary).map(|percent| Mode::Canary { percent, minutes }).find(|mode| good(*mode))
    };
    sink.add(match (smaller, rollout.shift.keys(), canary()) {
        (Some(Mode::Canary { percent, .. } | Mode::Linear { percent, .. }), Some([_, key]), _) => {
            finding.advise(key, percent.to_string(), format!("write `percent: {percent}`"))
        }
        (_, _, Some(Mode::Canary { percent, minutes })) => {
            let canary = format!("{{canary: {{percent: {percent}, wait: {minutes}m}}}}");
            finding.advise(rollout.shift.at.clone(), canary.clone(), format!("write `strategy: {canary}`"))
        }
        _ => finding.help("make the fastest alarm faster: `over: 1m, times: 1`"),
    });
}
