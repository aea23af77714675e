use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// What stops a task when it stops is watched (facts 7.3).
pub(super) const RULE: Rule = Rule {
    code: codes::FRAGILE_SIDECAR,
    level: Level::Note,
    sources: &["S-78"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    for sidecar in &rollout.unwatched_essentials {
        sink.add(
            sink.found("a sidecar stops the whole task when it stops, and has no health check")
                .at(sidecar.key("essential"), Aim::Value, "")
                .note("when it hangs nobody notices; when it ends, healthy tasks end with it")
                .help("or give it `health: {command: […]}`")
                .advise(
                    sidecar.key("essential"),
                    "false",
                    "write `essential: false`, where the application works without it",
                ),
        );
    }
}
