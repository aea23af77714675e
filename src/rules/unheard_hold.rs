use super::{Check, Rule, Sink, length};
use crate::{
    diagnostic::{Aim, Level, Trail, codes},
    rollout::Rollout,
};

/// A deployment that waits for a person tells one (facts 2.2).
pub(super) const RULE: Rule = Rule {
    code: codes::UNHEARD_HOLD,
    level: Level::Warning,
    sources: &["S-44"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let Some(approve) = &rollout.approve else { return };
    if rollout.releases_told {
        return;
    }
    sink.add(
        sink.found("a deployment waits for someone to say go, and nobody is told")
            .at(approve.at.clone(), Aim::Key, "")
            .related(Trail::of(["notify"]), Aim::Key, "nobody is told of releases here")
            .note(format!("after {} it stops and is taken back", length(approve.value)))
            .advise(
                Trail::of(["notify", "releases"]),
                "{email: [releases@example.com]}",
                "write `notify: {releases: {email: […]}}` with the addresses of those who say go",
            ),
    );
}
