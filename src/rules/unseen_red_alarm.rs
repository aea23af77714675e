use super::{Check, Rule, Sink};
use crate::{
    blueprint::engines::RedAlarm,
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// Somebody looks at alarms before a release starts, where a red one makes the engine ignore all of them (facts 4.6).
pub(super) const RULE: Rule = Rule {
    code: codes::UNSEEN_RED_ALARM,
    level: Level::Note,
    sources: &["S-24"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let watched = rollout.watched().count();
    if watched == 0 || rollout.engine.red_alarm != RedAlarm::Ignored {
        return;
    }
    for stage in rollout.pipeline.iter().filter(|stage| stage.action.copies) {
        sink.add(
            sink.found("the pipeline starts a release although an alarm is red, and then no alarm takes it back (`release_with: action`)")
                .at(stage.at.key("release_with"), Aim::Value, "")
                .related(rollout.rollback.at.clone(), Aim::Key, "alarms are to take a release back")
                .note(format!(
                    "alarms that are watched: {watched}; ECS ignores all of them until the end of a deployment that starts while one is red, and the action does not look"
                ))
                .note("the build of `release_with: stack` looks, and counts tasks that fail to start as well")
                .advise(
                    stage.at.key("release_with"),
                    "stack",
                    "write `release_with: stack`; or have somebody look before the stage: `approve: true`, and allow this",
                ),
        );
    }
}
