use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::{Rollout, Signal},
};

/// Requests that reach no task are in no percentage (facts 10.1).
pub(super) const RULE: Rule = Rule {
    code: codes::DENOMINATOR_TRAP,
    level: Level::Warning,
    sources: &["S-26"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let rate = rollout.watched().find(|alarm| matches!(alarm.signal, Signal::ErrorRate { .. }));
    let Some(rate) = rate else { return };
    let companion = |signal: Signal| matches!(signal, Signal::ConnectionErrors | Signal::FailOpen);
    if !rollout.knows_its_alarms() || rollout.watched().any(|alarm| companion(alarm.signal)) {
        return;
    }
    let (trail, value, title) = rollout.watch(
        "connections",
        Signal::ConnectionErrors,
        "{connection_errors: {above: 5}, over: 1m, times: 1, of: 2}",
    );
    sink.add(
        sink.found(format!("the alarm `{}` is blind where no task answers at all", rate.name))
            .at(rate.at.clone(), Aim::Key, "")
            .related(rollout.rollback.alarms_at.clone(), Aim::Value, "the alarms that stop a deployment")
            .note("it divides errors by requests that a task was found for, and an error without a task is in neither")
            .note("neither refused connections nor requests to unhealthy tasks stop a deployment")
            .suggest(trail, value, title),
    );
}
