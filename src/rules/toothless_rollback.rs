use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// Whoever wants a rollback on an alarm needs an alarm, and the other way round (facts 2.2).
pub(super) const RULE: Rule = Rule {
    code: codes::TOOTHLESS_ROLLBACK,
    level: Level::Error,
    sources: &["S-17", "S-18"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let rollback = &rollout.rollback;
    let events = |alarm: bool| {
        let all = [("failure", rollback.on_failure), ("alarm", alarm), ("stop", rollback.on_stop)];
        let on: Vec<&str> = all.into_iter().filter(|(_, on)| *on).map(|(name, _)| name).collect();
        format!("[{}]", on.join(", "))
    };
    let named = rollback.named.unwrap_or(rollout.alarms.len());
    if rollback.on_alarm && named == 0 {
        let on = events(false);
        sink.add(
            sink.found("a deployment is taken back on an alarm, and there is no alarm")
                .at(rollout.at.key("deploy").key("rollback"), Aim::Value, "")
                .related(rollout.at.key("alarms"), Aim::Key, "none is left")
                .help("keep an alarm, or leave `alarm` out of `rollback.on`")
                .suggest(rollback.at.clone(), on.clone(), format!("write `rollback: {{on: {on}}}`")),
        );
    }
    if !rollback.on_alarm && rollback.named.is_some() {
        let on = events(true);
        sink.add(
            sink.found("alarms are named, and nothing happens when one fires")
                .at(rollback.at.clone(), Aim::Value, "")
                .related(rollback.alarms_at.clone(), Aim::Key, "named here")
                .help("add `alarm` to `rollback.on`, or leave `rollback.alarms` out")
                .suggest(rollback.at.clone(), on.clone(), format!("write `on: {on}`")),
        );
    }
}
