use super::{Check, Rule, Sink, length};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// All checks end within the 15 minutes of the function that asks them (facts 2.5).
pub(super) const RULE: Rule = Rule {
    code: codes::SLOW_CHECKS,
    level: Level::Warning,
    sources: &["S-48"],
    check: Check::Rollout(check),
};

/// Seconds of the function, less those it keeps to answer and to see the targets healthy once.
const FUNCTION: u32 = 900 - 45;
/// A check is tried three times, with 2 and 4 seconds between.
const TRIES: u32 = 3;
const PAUSES: u32 = 6;

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let worst = |patience: u32| (TRIES * patience).div_ceil(1000) + PAUSES;
    let all: u32 = rollout.probes.iter().map(|probe| worst(probe.patience.value)).sum();
    let Some(slowest) = rollout.probes.iter().max_by_key(|probe| probe.patience.value) else { return };
    if all <= FUNCTION {
        return;
    }
    let count = u32::try_from(rollout.probes.len()).unwrap_or(u32::MAX);
    let each = (FUNCTION / count).saturating_sub(PAUSES) * 1000 / TRIES;
    let finding = sink
        .found(format!(
            "the checks may take {}, and the function that asks them has {}",
            length(all),
            length(FUNCTION)
        ))
        .at(rollout.at.key("deploy").key("checks"), Aim::Key, "")
        .related(slowest.patience.at.clone(), Aim::Value, "the one that may take longest")
        .note(format!("each of the {count} is tried {TRIES} times, with {PAUSES}s between"))
        .note(format!("when the function ends before it could answer, {}", rollout.engine.without_answer))
        .help(format!("give no check more than `within: {}`", patience(each)));
    let rest = all - worst(slowest.patience.value);
    let left = FUNCTION.saturating_sub(rest).saturating_sub(PAUSES) * 1000 / TRIES;
    sink.add(if left > 0 {
        finding.suggest(
            slowest.patience.at.clone(),
            patience(left),
            format!("write `within: {}` for `{}`", patience(left), slowest.name),
        )
    } else {
        finding
    });
}

/// Milliseconds the way people write them.
fn patience(milliseconds: u32) -> String {
    if milliseconds.is_multiple_of(1000) {
        format!("{}s", milliseconds / 1000)
    } else {
        format!("{milliseconds}ms")
    }
}
