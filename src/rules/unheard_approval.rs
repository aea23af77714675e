use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, Trail, codes},
    rollout::Rollout,
};

/// A pipeline that waits for a person tells one (facts 3.5).
pub(super) const RULE: Rule = Rule {
    code: codes::UNHEARD_APPROVAL,
    level: Level::Note,
    sources: &["S-119"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    if rollout.releases_told {
        return;
    }
    for stage in &rollout.stage_approvals {
        sink.add(
            sink.found("the pipeline waits for someone to say go, and nobody is told")
                .at(stage.clone(), Aim::Value, "")
                .related(Trail::of(["notify"]), Aim::Key, "nobody is told of releases here")
                .note("without `notify.releases`, only the console shows it")
                .note("without `notify.releases`, only the console shows it")
                .advise(
                    Trail::of(["notify", "releases"]),
                    "{email: [releases@example.com]}",
                    "write `notify: {releases: {email: […]}}` with the addresses of those who say go",
                ),
        );
    }
}
