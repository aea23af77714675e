use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// One task is an outage whenever it is replaced.
pub(super) const RULE: Rule = Rule {
    code: codes::SINGLE_TASK,
    level: Level::Warning,
    sources: &["S-90"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let range = rollout.tasks.fewest();
    if !rollout.protected.value || range.min >= 2 {
        return;
    }
    let value = range.written(2, range.max.max(2));
    let what = if range.min == 0 { "no task".to_owned() } else { "one task".to_owned() };
    sink.add(
        sink.found(format!("production may run on {what} alone"))
            .at(range.at.clone(), Aim::Value, "")
            .related(rollout.protected.at.clone(), Aim::Value, "the environment is protected")
            .note("when a task or its zone fails, nothing answers until another one has started")
            .advise(range.at.clone(), value.clone(), format!("write {value}")),
    );
}
