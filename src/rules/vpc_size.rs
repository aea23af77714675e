use super::{Check, Rule, Sink};
use crate::{
    blueprint::VPC_PREFIXES,
    diagnostic::{Level, codes},
    resolve::Resolved,
};

/// A VPC is divided into subnets that load balancers and tasks fit into.
pub(super) const RULE: Rule =
    Rule { code: codes::VPC_SIZE, level: Level::Error, sources: &[], check: Check::Application(check) };

fn check(resolved: &Resolved, sink: &mut Sink<'_>) {
    let network = &resolved.network;
    let prefix = network.cidr.net().prefix_len();
    if network.import.is_none() && !VPC_PREFIXES.contains(&prefix) {
        sink.error(
            codes::VPC_SIZE,
            ["network", "cidr"],
            format!("a VPC of /{prefix} cannot be divided into subnets"),
            "choose a block from /16 to /22",
        );
    }
}
