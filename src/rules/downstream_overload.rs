use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// What tasks connect to sees twice the tasks while blue and green overlap.
pub(super) const RULE: Rule = Rule {
    code: codes::DOWNSTREAM_OVERLOAD,
    level: Level::Warning,
    sources: &["S-83"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let range = rollout.tasks.most();
    for pool in &rollout.pools {
        let tasks = rollout.overlapping(range.max);
        let needed = tasks * u64::from(pool.per_task.value);
        // A tenth is left for people and for what else connects.
        let most = u64::from(pool.most.value) * 9 / 10;
        if needed <= most {
            continue;
        }
        let fewer = most * 100 / (u64::from(rollout.overlap) * u64::from(pool.per_task.value)).max(1);
        let each = most / tasks.max(1);
        let finding = sink
            .found(format!("`{}` may get {needed} connections, and takes {}", pool.name, pool.most.value))
            .at(pool.per_task.at.clone(), Aim::Value, "declared here")
            .related(range.at.clone(), Aim::Value, "the most tasks, twice while they overlap")
            .related(pool.most.at.clone(), Aim::Value, "what it takes")
            .note(format!(
                "{tasks} tasks, old and new, x {} connections; nine tenths of {} are {most}",
                pool.per_task.value, pool.most.value
            ));
        sink.add(if each > 0 {
            finding.advise(
                pool.per_task.at.clone(),
                each.to_string(),
                format!("let a task open {each} connections at most, and declare `per_task: {each}`"),
            )
        } else {
            finding.help(format!("run {fewer} tasks at most, or put a proxy between"))
        });
    }
}
