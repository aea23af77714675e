use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// What is not released yet is for a few.
pub(super) const RULE: Rule = Rule {
    code: codes::OPEN_TEST_LISTENER,
    level: Level::Warning,
    sources: &["S-34"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let (Some(test), Some(internet)) = (&rollout.test, &rollout.internet) else { return };
    if !internet.value {
        return;
    }
    let Some(open) = test.from.iter().find(|block| block.value.prefix_len() == 0) else { return };
    sink.add(
        sink.found("whoever is on the internet reaches the new version before it is released")
            .at(open.at.clone(), Aim::Value, "")
            .related(internet.at.clone(), Aim::Value, "the load balancer has public addresses")
            .note("the test listener leads to the new version until production traffic moves")
            .suggest(test.at.key("from"), "null", "leave `from` out: the VPC alone may then use it")
            .help("or name the addresses of those who test"),
    );
}
