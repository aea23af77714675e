use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Place,
};

/// Spot capacity may not be there when green starts (facts 7.7).
pub(super) const RULE: Rule =
    Rule { code: codes::SPOT_ALONE, level: Level::Warning, sources: &["S-92"], check: Check::Place(check) };

fn check(place: &Place, sink: &mut Sink<'_>) {
    let capacity = &place.capacity;
    if !capacity.is_spot_alone() {
        return;
    }
    sink.add(
        sink.found("every task runs on Spot, which may have no room when a release starts")
            .at(capacity.spot_weight.at.clone(), Aim::Value, "")
            .related(capacity.fargate_weight.at.clone(), Aim::Value, "none runs on Fargate")
            .note(format!("Spot has a weight of {}, Fargate of 0", capacity.spot_weight.value))
            .note("without capacity the new tasks do not start, and the deployment fails after an hour")
            .advise(capacity.fargate_weight.at.clone(), "1", "write `fargate: {weight: 1}`"),
    );
}
