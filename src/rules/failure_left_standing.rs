use super::{Check, Rule, Sink};
use crate::{
    blueprint::{RollbackEvent, engines::Answer},
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// A deployment that fails and is not taken back leaves traffic where it was (facts 1.5.5).
pub(super) const RULE: Rule = Rule {
    code: codes::FAILURE_LEFT_STANDING,
    level: Level::Warning,
    sources: &["S-19"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let rollback = &rollout.rollback;
    // Where the engine leaves no choice, another rule tells.
    if rollback.on_failure || rollout.engine.answer(RollbackEvent::Failure) == Answer::Always {
        return;
    }
    let on: Vec<&str> = [("failure", true), ("alarm", rollback.on_alarm), ("stop", rollback.on_stop)]
        .into_iter()
        .filter(|(_, on)| *on)
        .map(|(name, _)| name)
        .collect();
    let on = format!("[{}]", on.join(", "));
    sink.add(
        sink.found("a deployment that fails is not taken back")
            .at(rollback.at.clone(), Aim::Value, "")
            .note("a part of the traffic may stay on the new version, and both versions keep running")
            .suggest(rollback.at.clone(), on.clone(), format!("write `on: {on}`")),
    );
}
