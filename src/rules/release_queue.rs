use super::{Check, Rule, Sink, length};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// A deployment ends before the next one is due (facts 3.5).
pub(super) const RULE: Rule =
    Rule { code: codes::RELEASE_QUEUE, level: Level::Note, sources: &["S-76"], check: Check::Rollout(check) };

/// Seconds that starting and ending a deployment take beside its waits. Assumed.
const REST: u32 = 300;

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let Some(releases) = &rollout.releases else { return };
    let full = rollout.shift.mode.full();
    let ending = rollout.drain.as_ref().map_or(0, |drain| drain.value) + rollout.stop.value + REST;
    let needed = full + rollout.keep_old.value + ending;
    let spacing = 24 * 3600 / releases.per_day.value.max(1);
    if needed <= spacing {
        return;
    }
    let finding = sink
        .found(format!("releases queue up: each takes {}, and one is due every {}", length(needed), length(spacing)))
        .at(rollout.keep_old.at.clone(), Aim::Value, "")
        .related(releases.per_day.at.clone(), Aim::Value, "declared here")
        .related(rollout.shift.at.clone(), Aim::Value, "how traffic moves")
        .note(format!(
            "{} for the traffic, {} until the old version goes, {} to drain, stop and begin (5m of it assumed)",
            length(full),
            length(rollout.keep_old.value),
            length(ending)
        ));
    let minutes = spacing.saturating_sub(full + ending) / 60;
    sink.add(if minutes > 0 {
        finding.advise(
            rollout.keep_old.at.clone(),
            length(minutes * 60),
            format!("write `{}: {}` or less", rollout.kept_key(), length(minutes * 60)),
        )
    } else {
        finding.help("release less often, or move traffic faster")
    });
}
