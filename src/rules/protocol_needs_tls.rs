use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::{Protocol, units::LoadBalancerName},
    diagnostic::{Aim, Finding, Level, codes},
    resolve::Resolved,
};

/// HTTP/2, gRPC and further certificates need an HTTPS listener.
pub(super) const RULE: Rule = Rule {
    code: codes::PROTOCOL_NEEDS_TLS,
    level: Level::Error,
    sources: &["S-174"],
    check: Check::Both(check_application, check),
};

fn check_application(resolved: &Resolved, sink: &mut Sink<'_>) {
    for front in resolved.fronts() {
        if front.balancer.certificate.is_none() && !front.balancer.more_certificates.is_empty() {
            sink.add(
                Finding::error(
                    codes::PROTOCOL_NEEDS_TLS,
                    "certificates beyond the default need a default, and there is none",
                )
                .at(front.at.key("more_certificates"), Aim::Value, "")
                .help(help(front.shared.map(LoadBalancerName::as_str))),
            );
        }
    }
}

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = subject.service;
    let (Some(http), Some(balancer)) = (&service.service.http, &service.balancer) else { return };
    if http.protocol == Protocol::Http1 || balancer.is_https() {
        return;
    }
    if balancer.import.is_some() {
        sink.error(
            codes::PROTOCOL_NEEDS_TLS,
            ["http", "protocol"],
            "HTTP/2 and gRPC need an HTTPS listener, and the one that is there speaks HTTP",
            "name an HTTPS listener in `import.production` of the load balancer",
        );
    } else {
        sink.error(
            codes::PROTOCOL_NEEDS_TLS,
            ["http", "protocol"],
            "HTTP/2 and gRPC need an HTTPS listener, and there is no certificate",
            help(service.shares().map(LoadBalancerName::as_str)),
        );
    }
}

/// What to write, for a load balancer of a service's own or one that is shared.
fn help(shared: Option<&str>) -> String {
    let place = shared.map_or_else(|| "http".to_owned(), |name| format!("load_balancers.{name}"));
    format!("write `certificate: {{parameter: CertificateArn}}` in `{place}`, or the certificate's ARN")
}
