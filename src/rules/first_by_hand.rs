use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// The first release is not made by the action of ECS, which copies what runs: before it, that is the placeholder, or a
/// revision that wants no tasks (facts 3.2).
pub(super) const RULE: Rule =
    Rule { code: codes::FIRST_BY_HAND, level: Level::Note, sources: &[], check: Check::Rollout(check) };

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    if rollout.images_kept.is_none() {
        return;
    }
    for stage in rollout.pipeline.iter().filter(|stage| stage.action.copies) {
        let service = &rollout.service;
        sink.add(
            sink.found(format!("the first release of `{service}` cannot be the pipeline's (`release_with: action`)"))
                .at(stage.at.key("release_with"), Aim::Value, "")
                .related(rollout.at.clone(), Aim::Key, "no image of it runs yet")
                .note("the action copies the revision that runs and exchanges the image: the first time, the command and health check of a placeholder, or a service without tasks")
                .note("until then the build pushes the image, says so, and fails")
                .help(format!("otherwise make it by hand, once in each such environment: `./release.sh {service} <image>`"))
                .advise(
                    stage.at.key("release_with"),
                    "stack",
                    "where the pipeline is to make it too: write `release_with: stack`",
                ),
        );
    }
}
