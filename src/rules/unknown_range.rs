use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::Scheme,
    diagnostic::{Aim, Finding, Level, Trail, codes},
};

/// What is opened to addresses needs to know them.
pub(super) const RULE: Rule =
    Rule { code: codes::UNKNOWN_RANGE, level: Level::Error, sources: &[], check: Check::Service(check) };

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    addresses(subject, sink);
    checks(subject, sink);
}

/// What is opened to the VPC needs the VPC's addresses.
fn addresses(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let unknown = subject.resolved.network.import.as_ref().is_some_and(|import| import.cidr.is_none());
    if !unknown {
        return;
    }
    if service.http.as_ref().is_some_and(|http| http.scheme == Scheme::Internal && http.from.is_none()) {
        sink.add(
            Finding::error(codes::UNKNOWN_RANGE, "who may reach the internal load balancer is not known")
                .at(Trail::of(["http"]), Aim::Key, "")
                .note("the default is the VPC, and `network.import` does not say its addresses")
                .help("write `cidr` in `network.import`, or `from` here"),
        );
    }
    if service.deploy.test_traffic.as_ref().is_some_and(|test| test.from.is_none()) {
        sink.add(
            Finding::error(codes::UNKNOWN_RANGE, "who may send test traffic is not known")
                .at(Trail::of(["deploy", "test_traffic"]), Aim::Key, "")
                .note("the default is the VPC, and `network.import` does not say its addresses")
                .help("write `cidr` in `network.import`, or `deploy.test_traffic.from` here"),
        );
    }
}

fn checks(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let network = &subject.resolved.network;
    let from = service.deploy.test_traffic.as_ref().and_then(|test| test.from.as_ref());
    if network.import.is_some()
        && service.http.as_ref().is_some_and(|http| http.scheme == Scheme::Internet)
        && !service.deploy.checks.is_empty()
        && from.is_none()
    {
        sink.add(
            Finding::error(codes::UNKNOWN_RANGE, "where checks come from is not known, so the test listener would refuse them")
                .at(Trail::of(["deploy", "checks"]), Aim::Key, "")
                .note("checks reach a load balancer on the internet through the VPC's NAT gateways, and the network is imported")
                .help("write the public addresses of the NAT gateways in `deploy.test_traffic.from`, such as 203.0.113.7/32"),
        );
    }
}
