use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// A load balancer has a limited number of targets.
pub(super) const RULE: Rule = Rule {
    code: codes::TOO_MANY_TARGETS,
    level: Level::Warning,
    sources: &["S-84"],
    check: Check::Rollout(check),
};

/// Targets of a load balancer, unless AWS granted more (facts 6.9).
const MOST: u32 = 1000;

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let range = rollout.tasks.most();
    if range.max <= MOST / 2 {
        return;
    }
    let fewest = range.min.min(MOST / 2);
    sink.add(
        sink.found(format!(
            "blue and green may be {} targets, and a load balancer has {MOST}",
            u64::from(range.max) * 2
        ))
        .at(range.at.clone(), Aim::Value, "the most tasks")
        .note("while they overlap there are twice as many tasks")
        .help("or raise the quota `Targets per Application Load Balancer` in Service Quotas")
        .advise(
            range.at.clone(),
            range.written(fewest, MOST / 2),
            format!("let fewer tasks run: `{}`", range.keyed(fewest, MOST / 2)),
        ),
    );
}
