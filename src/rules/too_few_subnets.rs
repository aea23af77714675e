use super::{Check, Rule, Sink};
use crate::{
    blueprint::Scheme,
    diagnostic::{Aim, Finding, Level, codes},
    resolve::Resolved,
};

/// A load balancer on the internet stands in public subnets of two zones (facts 6.6).
pub(super) const RULE: Rule = Rule {
    code: codes::TOO_FEW_SUBNETS,
    level: Level::Error,
    sources: &[],
    check: Check::Application(check),
};

fn check(resolved: &Resolved, sink: &mut Sink<'_>) {
    let Some(import) = resolved.network.import.as_ref().filter(|import| import.public.len() < 2) else {
        return;
    };
    for front in resolved.made_fronts().filter(|front| front.balancer.scheme == Scheme::Internet) {
        sink.add(
            Finding::error(
                codes::TOO_FEW_SUBNETS,
                "a load balancer on the internet needs public subnets in two zones",
            )
            .at(front.at, Aim::Key, "")
            .note(format!("`network.import.public` names {}", import.public.len()))
            .help("name two public subnets there, or write `scheme: internal` here"),
        );
    }
}
