use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Finding, Level, Trail, codes},
    resolve::Resolved,
};

/// Shares of capacity providers do not contradict each other.
pub(super) const RULE: Rule =
    Rule { code: codes::CAPACITY, level: Level::Error, sources: &[], check: Check::Application(check) };

fn check(resolved: &Resolved, sink: &mut Sink<'_>) {
    let capacity = &resolved.cluster.capacity;
    if capacity.fargate.base > 0 && capacity.spot.base > 0 {
        sink.add(
            Finding::error(codes::CAPACITY, "only one capacity provider may have a base")
                .at(Trail::of(["cluster", "capacity", "spot", "base"]), Aim::Value, "")
                .related(Trail::of(["cluster", "capacity", "fargate", "base"]), Aim::Value, "has one already")
                .help("write `base: 0` for one of them"),
        );
    }
    if capacity.fargate.weight == 0 && capacity.spot.weight == 0 {
        sink.error(
            codes::CAPACITY,
            ["cluster", "capacity"],
            "no capacity provider has a weight, so tasks beyond the base have nowhere to run",
            "write `weight: 1` for `fargate`",
        );
    }
}
