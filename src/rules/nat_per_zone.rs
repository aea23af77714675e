use super::{Check, Rule, Sink};
use crate::{
    blueprint::Nat,
    diagnostic::{Aim, Level, Trail, codes},
    resolve::Resolved,
};

/// A NAT gateway is billed by the hour that it is there (facts 12.1).
pub(super) const RULE: Rule =
    Rule { code: codes::NAT_PER_ZONE, level: Level::Note, sources: &[], check: Check::Application(check) };

/// Hours of thirty days.
pub(super) const HOURS: u32 = 24 * 30;

fn check(resolved: &Resolved, sink: &mut Sink<'_>) {
    let network = &resolved.network;
    let place = &resolved.place;
    if network.import.is_some() || network.nat != Nat::PerZone || place.environment.protected {
        return;
    }
    let zones = u32::from(network.zones);
    let more = zones - 1;
    let at = Trail::of(["network", "nat"]);
    sink.add(
        sink.found(format!(
            "`{}` is not protected and has a NAT gateway in each of its {zones} zones",
            place.name
        ))
        .at(at.clone(), Aim::Value, "")
        .related(Trail::of(["network", "zones"]), Aim::Value, "the zones")
        .related(
            Trail::of(["environments", place.name.as_str(), "protected"]),
            Aim::Value,
            "production would be protected",
        )
        .note(format!(
            "{more} more than with `nat: one`, by the hour: {} hours of NAT gateways more in 30 days",
            more * HOURS
        ))
        .note("each keeps the internet reachable when the zone of another fails")
        .suggest(at, "one", "write `nat: one`"),
    );
}
