use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// An answer that means failure is no health (facts 6.1).
pub(super) const RULE: Rule = Rule {
    code: codes::HEALTH_ACCEPTS_FAILURE,
    level: Level::Warning,
    sources: &["S-66"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let Some(health) = &rollout.health else { return };
    let (Some(path), Some(codes)) = (&health.path, &health.codes) else { return };
    // What no load balancer asks for is told as that.
    if health.grpc || codes.value.iter().any(|(_, high)| *high > 499) {
        return;
    }
    let covers = |from: u32, to: u32| codes.value.iter().any(|(low, high)| *low <= to && *high >= from);
    let what = if covers(400, 499) {
        "says that the request was wrong, such as 404 for a page that does not exist"
    } else if covers(300, 399) && path.value == "/" {
        "is a redirect, which a login page or another host may answer"
    } else {
        return;
    };
    sink.add(
        sink.found("a task that fails may count as healthy")
            .at(codes.at.clone(), Aim::Value, "")
            .related(path.at.clone(), Aim::Value, "what is asked for")
            .note(format!("an answer that {what}, is taken for health"))
            .suggest(codes.at.clone(), "\"200\"", "write `codes: \"200\"`"),
    );
}
