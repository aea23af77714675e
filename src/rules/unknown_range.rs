use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::Scheme,
    diagnostic::{Aim, Finding, Level, Trail, codes},
    resolve::Resolved,
};

/// What is opened to addresses needs to know them.
pub(super) const RULE: Rule = Rule {
    code: codes::UNKNOWN_RANGE,
    level: Level::Error,
    sources: &[],
    check: Check::Both(addresses, checks),
};

/// What is opened to the VPC needs the VPC's addresses.
fn addresses(resolved: &Resolved, sink: &mut Sink<'_>) {
    if resolved.network.import.as_ref().is_none_or(|import| import.cidr.is_some()) {
        return;
    }
    for front in resolved.made_fronts() {
        let balancer = front.balancer;
        if balancer.scheme == Scheme::Internal && balancer.from.is_none() {
            sink.add(
                Finding::error(codes::UNKNOWN_RANGE, "who may reach the internal load balancer is not known")
                    .at(front.at, Aim::Key, "")
                    .note("the default is the VPC, and `network.import` does not say its addresses")
                    .help("write `cidr` in `network.import`, or `from` here"),
            );
        }
        if balancer.test_traffic.as_ref().is_some_and(|test| test.from.is_none()) {
            let from = if front.shared.is_some() { "test_traffic.from" } else { "deploy.test_traffic.from" };
            sink.add(
                Finding::error(codes::UNKNOWN_RANGE, "who may send test traffic is not known")
                    .at(front.test_at, Aim::Key, "")
                    .note("the default is the VPC, and `network.import` does not say its addresses")
                    .help(format!("write `cidr` in `network.import`, or `{from}` here")),
            );
        }
    }
}

fn checks(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = subject.service;
    let Some(balancer) = &service.balancer else { return };
    let from = balancer.test_traffic.as_ref().and_then(|test| test.from.as_ref());
    if subject.resolved.network.import.is_some()
        && balancer.scheme == Scheme::Internet
        // Who may reach what is there already, its owner says.
        && balancer.import.is_none()
        && !service.service.deploy.checks.is_empty()
        && from.is_none()
    {
        let key = match service.shares() {
            Some(name) => format!("load_balancers.{name}.test_traffic.from"),
            None => "deploy.test_traffic.from".into(),
        };
        sink.add(
            Finding::error(codes::UNKNOWN_RANGE, "where checks come from is not known, so the test listener would refuse them")
                .at(Trail::of(["deploy", "checks"]), Aim::Key, "")
                .note("checks reach a load balancer on the internet through the VPC's NAT gateways, and the network is imported")
                .help(format!("write the public addresses of the NAT gateways in `{key}`, such as 203.0.113.7/32")),
        );
    }
}
