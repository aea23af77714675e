use super::{Check, Rule, Sink};
use crate::{
    blueprint::{Forwards, Scheme},
    diagnostic::{Aim, Finding, Level, codes},
    resolve::Resolved,
};

/// Traffic from the internet is encrypted.
pub(super) const RULE: Rule =
    Rule { code: codes::PLAIN_INTERNET, level: Level::Error, sources: &[], check: Check::Application(check) };

fn check(resolved: &Resolved, sink: &mut Sink<'_>) {
    for front in resolved.made_fronts() {
        let balancer = front.balancer;
        // Connections may carry an encryption of their own.
        let is_plain = balancer.certificate.is_none() && balancer.forwards == Forwards::Requests;
        if !is_plain || balancer.scheme != Scheme::Internet {
            continue;
        }
        sink.add(
                Finding::error(codes::PLAIN_INTERNET, "a load balancer on the internet has no certificate")
                    .at(front.at, Aim::Key, "")
                    .help("write `certificate: <ARN>`, or `certificate: {parameter: CertificateArn}` to give it when deploying")
                    .help("or write `scheme: internal`"),
            );
    }
}
