use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::{Rollout, Signal},
};

/// Where no task is healthy, a load balancer asks all of them (facts 6.2, 10.1).
pub(super) const RULE: Rule = Rule {
    code: codes::UNWATCHED_FAIL_OPEN,
    level: Level::Warning,
    sources: &["S-25"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let sees = |signal: Signal| {
        matches!(
            signal,
            Signal::FailOpen | Signal::UnhealthyTasks | Signal::Errors { .. } | Signal::ErrorRate { .. }
        )
    };
    if !rollout.has_load_balancer()
        || !rollout.knows_its_alarms()
        || rollout.watched().count() == 0
        || rollout.watched().any(|alarm| sees(alarm.signal))
    {
        return;
    }
    let (trail, value, title) =
        rollout.watch("fail_open", Signal::FailOpen, "{fail_open_requests: {above: 0}, over: 1m, times: 1}");
    sink.add(
        sink.found("a new version without one healthy task would get its traffic, and no alarm would fire")
            .at(rollout.at.key("alarms"), Aim::Key, "")
            .related(rollout.rollback.alarms_at.clone(), Aim::Value, "the alarms that stop a deployment")
            .note("without a healthy task, the load balancer sends requests to the unhealthy ones")
            .note("no alarm that stops a deployment counts such requests, unhealthy tasks or errors")
            .suggest(trail, value, title),
    );
}
