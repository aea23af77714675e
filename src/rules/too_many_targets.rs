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
    if !rollout.has_load_balancer() {
        return;
    }
    let range = rollout.tasks.most();
    let tasks = rollout.overlapping(range.max);
    if tasks <= u64::from(MOST) {
        return;
    }
    let most = MOST * 100 / rollout.overlap.max(1);
    let fewest = range.min.min(most);
    sink.add(
        sink.found(format!("{} may be {tasks} targets, and a load balancer has {MOST}", rollout.both()))
            .at(range.at.clone(), Aim::Value, "the most tasks")
            .note(if rollout.overlap == 200 {
                "while they overlap there are twice as many tasks".to_owned()
            } else {
                format!("while they overlap there are up to {} percent of the tasks", rollout.overlap)
            })
            .help("or raise the quota `Targets per Application Load Balancer` in Service Quotas")
            .advise(
                range.at.clone(),
                range.written(fewest, most),
                format!("let fewer tasks run: `{}`", range.keyed(fewest, most)),
            ),
    );
}
