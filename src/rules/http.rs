use super::{Sink, Subject};
use crate::{
    blueprint::{Nat, Protocol, Scheme},
    diagnostic::{Aim, Finding, Trail, codes},
};

pub(super) fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let http = &subject.service.service.http;
    let check = &http.healthcheck;
    if check.timeout.seconds() >= check.interval.seconds() {
        sink.add(
            Finding::error(
                codes::SLOW_HEALTH_CHECK,
                format!(
                    "a health check may take {}, but the next one starts after {}",
                    check.timeout, check.interval
                ),
            )
            .at(Trail::of(["http", "healthcheck", "timeout"]), Aim::Value, "")
            .related(Trail::of(["http", "healthcheck", "interval"]), Aim::Value, "the interval")
            .help("make `timeout` shorter than `interval`"),
        );
    }
    if http.certificate.is_none() {
        if http.scheme == Scheme::Internet {
            sink.add(
                Finding::error(codes::PLAIN_INTERNET, "a load balancer on the internet has no certificate")
                    .at(Trail::of(["http"]), Aim::Key, "")
                    .help("write `certificate: <ARN>`, or `certificate: {parameter: CertificateArn}` to give it when deploying")
                    .help("or write `scheme: internal`"),
            );
        }
        if http.protocol != Protocol::Http1 {
            sink.error(
                codes::PROTOCOL_NEEDS_TLS,
                ["http", "protocol"],
                "HTTP/2 and gRPC need an HTTPS listener, and there is no certificate",
                "add `http.certificate`",
            );
        }
        if !http.more_certificates.is_empty() {
            sink.error(
                codes::PROTOCOL_NEEDS_TLS,
                ["http", "more_certificates"],
                "certificates beyond the default need a default, and there is none",
                "add `http.certificate`",
            );
        }
    }
    addresses(subject, sink);
    subnets(subject, sink);
}

/// What is opened to the VPC needs the VPC's addresses.
fn addresses(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let unknown = subject.resolved.network.import.as_ref().is_some_and(|import| import.cidr.is_none());
    if !unknown {
        return;
    }
    if service.http.scheme == Scheme::Internal && service.http.from.is_none() {
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

fn subnets(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let network = &subject.resolved.network;
    if let Some(import) = &network.import
        && service.http.scheme == Scheme::Internet
        && import.public.len() < 2
    {
        sink.add(
            Finding::error(
                codes::TOO_FEW_SUBNETS,
                "a load balancer on the internet needs public subnets in two zones",
            )
            .at(Trail::of(["http"]), Aim::Key, "")
            .note(format!("`network.import.public` names {}", import.public.len()))
            .help("name two public subnets there, or write `scheme: internal` here"),
        );
    }
    let from = service.deploy.test_traffic.as_ref().and_then(|test| test.from.as_ref());
    if network.import.is_some()
        && service.http.scheme == Scheme::Internet
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
    if network.import.is_none() && network.nat == Nat::None && !service.deploy.checks.is_empty() {
        sink.error(
            codes::UNREACHABLE_SERVICE,
            ["deploy", "checks"],
            "checks call the APIs of CodeDeploy and ELB, which the VPC does not reach without NAT",
            "write `nat: one` in `network`, or leave the checks out",
        );
    }
}
