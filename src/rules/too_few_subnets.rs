use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::Scheme,
    diagnostic::{Aim, Finding, Level, Trail, codes},
};

/// A load balancer on the internet stands in public subnets of two zones (facts 6.6).
pub(super) const RULE: Rule =
    Rule { code: codes::TOO_FEW_SUBNETS, level: Level::Error, sources: &[], check: Check::Service(check) };

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let network = &subject.resolved.network;
    if let Some(import) = &network.import
        && service.http.as_ref().is_some_and(|http| http.scheme == Scheme::Internet)
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
}
