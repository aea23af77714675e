use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::{Rollout, Signal},
};

/// Something tells whether the tasks of a new version work: without a load balancer and a command in the container, ECS takes a
/// task that runs for a healthy one (facts 4.12).
pub(super) const RULE: Rule =
    Rule { code: codes::UNPROVEN_TASKS, level: Level::Warning, sources: &[], check: Check::Rollout(check) };

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let looks = rollout.container_health.is_some()
        || rollout.hooks > 0
        || rollout.watched().any(|alarm| alarm.signal == Signal::Own);
    if rollout.has_load_balancer() || rollout.engine.needs_load_balancer().is_some() || looks {
        return;
    }
    sink.add(
        sink.found("nothing tells whether a new version works: a task that runs is taken for a healthy one")
            .at(rollout.at.clone(), Aim::Key, "")
            .note("there is neither a load balancer nor a command that asks the container, and no alarm goes by what it does")
            .advise(
                rollout.at.key("health"),
                "{command: [bin/healthy]}",
                "write a command that tells: `health: {command: [bin/healthy]}`",
            )
            .help("or an alarm on what it does: `alarms: {backlog: {metric: {namespace: AWS/SQS, name: ApproximateAgeOfOldestMessage, dimensions: {QueueName: orders}, statistic: Maximum, above: 300}}}`"),
    );
}
