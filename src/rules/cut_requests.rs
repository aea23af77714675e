use super::{Check, Rule, Sink, length};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::{Mode, Rollout},
};

/// The old version finishes what it began (facts 1.4).
pub(super) const RULE: Rule = Rule {
    code: codes::CUT_REQUESTS,
    level: Level::Warning,
    sources: &["S-70"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let (Some(longest), Some(drain)) = (&rollout.longest_request, &rollout.drain) else { return };
    // The old tasks of a rolling update are not kept.
    let kept = if rollout.shift.mode == Mode::Rolling { 0 } else { rollout.keep_old.value };
    let allowed = kept.saturating_add(drain.value);
    if allowed >= longest.value || rollout.stays.is_some() {
        return;
    }
    sink.add(
        sink.found(format!(
            "requests that take longer than {} are cut off by every release",
            length(allowed)
        ))
        .at(drain.at.clone(), Aim::Value, "")
        .related(longest.at.clone(), Aim::Value, "declared here")
        .related(rollout.keep_old.at.clone(), Aim::Value, "how long the old version stays")
        .note(format!(
            "the longest takes {}; the old version stays for {} and then drains for {}",
            length(longest.value),
            length(kept),
            length(drain.value)
        ))
        .suggest(
            drain.at.clone(),
            length(longest.value),
            format!("write `drain: {}` or more", length(longest.value)),
        ),
    );
}
