use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Level, codes},
    resolve::Resolved,
};

/// A VPC is divided into subnets that load balancers and tasks fit into.
pub(super) const RULE: Rule =
    Rule { code: codes::VPC_SIZE, level: Level::Error, sources: &[], check: Check::Application(check) };

/// The largest and smallest VPC that bluegreen divides: AWS allows a /16 at most, and below a /22 a public subnet would be
/// smaller than the /27 a load balancer needs (facts 6.6).
const PREFIXES: std::ops::RangeInclusive<u8> = 16..=22;

fn check(resolved: &Resolved, sink: &mut Sink<'_>) {
    let network = &resolved.network;
    let prefix = network.cidr.net().prefix_len();
    if network.import.is_none() && !PREFIXES.contains(&prefix) {
        sink.error(
            codes::VPC_SIZE,
            ["network", "cidr"],
            format!("a VPC of /{prefix} cannot be divided into subnets"),
            "choose a block from /16 to /22",
        );
    }
}
