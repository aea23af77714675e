use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::{Bootstrap, Protocol},
    diagnostic::{Aim, Finding, Level, Trail, codes},
};

/// A load balancer speaks to tasks in the version that their target group has, and passes nothing of HTTP/1.1 on to another
/// (facts 6.8).
pub(super) const RULE: Rule =
    Rule { code: codes::WRONG_PROTOCOL, level: Level::Error, sources: &[], check: Check::Service(check) };

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let Some(http) = &service.http else { return };
    let speaks = match http.protocol {
        Protocol::Http1 => return,
        Protocol::Http2 => "HTTP/2",
        Protocol::Grpc => "gRPC",
    };
    let protocol = Trail::of(["http", "protocol"]);
    if service.image.uri.is_none() && service.image.bootstrap == Bootstrap::Placeholder {
        let at = Trail::of(["image", "bootstrap"]);
        sink.add(
            Finding::error(
                codes::WRONG_PROTOCOL,
                format!("the placeholder answers in HTTP/1.1, and the load balancer asks in {speaks}"),
            )
            .at(at.clone(), Aim::Value, "")
            .related(protocol.clone(), Aim::Value, "the protocol of the tasks")
            .note("it would never be healthy, and the stack would wait for it")
            .suggest(
                at,
                "none",
                "write `bootstrap: none`: no tasks run before the first release",
            ),
        );
    }
    if !service.deploy.checks.is_empty() {
        sink.add(
            Finding::error(
                codes::WRONG_PROTOCOL,
                format!("checks are sent in HTTP/1.1, which does not reach tasks that speak {speaks}"),
            )
            .at(Trail::of(["deploy", "checks"]), Aim::Key, "")
            .related(protocol, Aim::Value, "the protocol of the tasks")
            .note("the load balancer refuses them, so every deployment would fail")
            .help("leave them out: the hook still waits until every target is healthy")
            .help("or ask with a function of your own: `hooks: {before_traffic: <ARN>}` in `deploy`"),
        );
    }
}
