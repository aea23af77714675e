use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::Scheme,
    diagnostic::{Aim, Finding, Level, Trail, codes},
};

/// Traffic from the internet is encrypted.
pub(super) const RULE: Rule =
    Rule { code: codes::PLAIN_INTERNET, level: Level::Error, sources: &[], check: Check::Service(check) };

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let Some(http) = &subject.service.service.http else { return };
    if http.certificate.is_none() && http.scheme == Scheme::Internet {
        sink.add(
                Finding::error(codes::PLAIN_INTERNET, "a load balancer on the internet has no certificate")
                    .at(Trail::of(["http"]), Aim::Key, "")
                    .help("write `certificate: <ARN>`, or `certificate: {parameter: CertificateArn}` to give it when deploying")
                    .help("or write `scheme: internal`"),
            );
    }
}
