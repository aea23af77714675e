use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::Protocol,
    diagnostic::{Level, codes},
};

/// HTTP/2, gRPC and further certificates need an HTTPS listener.
pub(super) const RULE: Rule = Rule {
    code: codes::PROTOCOL_NEEDS_TLS,
    level: Level::Error,
    sources: &["S-174"],
    check: Check::Service(check),
};

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let Some(http) = &subject.service.service.http else { return };
    if http.certificate.is_none() {
        if http.protocol != Protocol::Http1 {
            sink.error(
                codes::PROTOCOL_NEEDS_TLS,
                ["http", "protocol"],
                "HTTP/2 and gRPC need an HTTPS listener, and there is no certificate",
                "write `certificate: {parameter: CertificateArn}` in `http`, or the certificate's ARN",
            );
        }
        if !http.more_certificates.is_empty() {
            sink.error(
                codes::PROTOCOL_NEEDS_TLS,
                ["http", "more_certificates"],
                "certificates beyond the default need a default, and there is none",
                "write `certificate: {parameter: CertificateArn}` in `http`, or the certificate's ARN",
            );
        }
    }
}
