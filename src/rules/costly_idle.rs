use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// A color that runs on without traffic is billed like the other (facts 12.3).
pub(super) const RULE: Rule =
    Rule { code: codes::COSTLY_IDLE, level: Level::Note, sources: &[], check: Check::Rollout(check) };

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let Some(at) = &rollout.stays else { return };
    let (fewest, most) = (rollout.tasks.fewest(), rollout.tasks.most());
    let day = |tasks: u32| u64::from(tasks) * 24;
    let mut finding = sink
        .found("both colors run at any time, and one of them has no traffic")
        .at(at.clone(), Aim::Value, "")
        .related(fewest.at.clone(), Aim::Value, "how many tasks the idle color has at least");
    finding = if fewest.min == most.max {
        finding.note(format!(
            "{} tasks without traffic beside {}: {} task-hours a day",
            fewest.min,
            fewest.min,
            day(fewest.min)
        ))
    } else {
        finding
            .note(format!(
                "without traffic, scaling takes it down to {}: {} task-hours a day and more",
                fewest.min,
                day(fewest.min)
            ))
            .note(format!(
                "going back begins with so many, where up to {} had the traffic; scaling adds the rest",
                most.max
            ))
    };
    sink.add(
        finding
            .note(
                "what they buy is a way back by a change of weights at any time, and not only for `keep_old`",
            )
            .suggest(at.clone(), "zero", "write `idle_color: zero` where a release is soon enough"),
    );
}
