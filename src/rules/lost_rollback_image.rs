use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// A rollback needs its image (facts S-101).
pub(super) const RULE: Rule = Rule {
    code: codes::LOST_ROLLBACK_IMAGE,
    level: Level::Error,
    sources: &["S-101"],
    check: Check::Rollout(check),
};

/// What a repository keeps at most in the blueprint.
const MOST: u32 = 1000;

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let (Some(kept), Some(releases)) = (&rollout.images_kept, &rollout.releases) else { return };
    let Some(back) = &releases.back else { return };
    // The one that runs, and the one that is pushed next.
    let needed = releases.per_day.value * back.value + 2;
    if kept.value >= needed {
        return;
    }
    let finding = sink
        .found(format!("the repository keeps {} images, and a rollback may need one of {needed}", kept.value))
        .at(kept.at.clone(), Aim::Value, "")
        .related(releases.per_day.at.clone(), Aim::Value, "releases a day")
        .related(back.at.clone(), Aim::Value, "how far back")
        .note(format!(
            "{} a day for {} days, declared, and 2 more for what runs and what comes",
            releases.per_day.value, back.value
        ));
    sink.add(if needed <= MOST {
        finding.suggest(kept.at.clone(), needed.to_string(), format!("write `keep: {needed}` or more"))
    } else {
        finding.help("a repository keeps 1000 images at most: go back fewer days")
    });
}
