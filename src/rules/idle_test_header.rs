use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::ConnectProtocol,
    diagnostic::{Aim, Level, Trail, codes},
};

/// A header leads to a new version where two versions run side by side and the proxy reads requests (facts 4.7).
pub(super) const RULE: Rule =
    Rule { code: codes::IDLE_TEST_HEADER, level: Level::Error, sources: &[], check: Check::Service(check) };

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let Some(connect) = &service.connect else { return };
    if connect.test_header.is_none() {
        return;
    }
    let (label, what) = if connect.client_only {
        ("client_only", "nobody calls the service")
    } else if connect.speaks(service) == ConnectProtocol::Tcp {
        ("protocol", "the proxy passes connections on and reads no header")
    } else if !service.deploy.strategy.kind().has_two_versions() {
        ("strategy", "a rolling update shows its new version to nobody beforehand")
    } else {
        return;
    };
    let why =
        if label == "strategy" { Trail::of(["deploy", "strategy"]) } else { Trail::of(["connect", label]) };
    let trail = Trail::of(["connect", "test_header"]);
    sink.add(
        sink.found(format!("`test_header` leads nowhere: {what}"))
            .at(trail.clone(), Aim::Key, "")
            .related(why, Aim::Value, "here")
            .suggest(trail, "null", "leave it out"),
    );
}
