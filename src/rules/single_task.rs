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
    let most = range.max.max(2);
    let what = if range.min == 0 { "no task at all" } else { "one task alone" };
    sink.add(
        sink.found(format!("production may run on {what}"))
            .at(range.at.clone(), Aim::Value, "")
            .related(rollout.protected.at.clone(), Aim::Value, "the environment is protected")
            .note(format!("the fewest that may run are {}", range.min))
            .note("when a task or its zone fails, nothing answers until another one has started")
            .advise(range.at.clone(), range.written(2, most), format!("write `{}`", range.keyed(2, most))),
    );
}
