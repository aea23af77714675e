use super::{Check, Rule, Sink};
use crate::{
    blueprint::Forwards,
    diagnostic::{Aim, Level, codes},
    rollout::{Mode, Rollout},
};

/// Something looks at the new version before production traffic moves (facts 1.5.5).
pub(super) const RULE: Rule = Rule {
    code: codes::UNVERIFIED_SWITCH,
    level: Level::Error,
    sources: &["S-30", "S-32"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    // Without a load balancer nothing switches, which another rule tells; who moves connections waits for health first.
    if rollout.test.is_some() || rollout.forwards != Some(Forwards::Requests) {
        return;
    }
    let deploy = rollout.at.key("deploy");
    let listener = deploy.key("test_traffic");
    if rollout.shift.mode == Mode::AllAtOnce && !rollout.engine.health_first {
        sink.add(
            sink.found("all traffic moves at once to a version that nothing has looked at")
                .at(rollout.shift.at.clone(), Aim::Value, "")
                .related(listener.clone(), Aim::Key, "removed here")
                .note("with all at once, health checks of the new version begin after production traffic has moved")
                .help("keep `test_traffic`, whose hook looks at target health first, or move gradually: `strategy: canary`")
                .suggest(rollout.shift.at.clone(), "canary", "write `strategy: canary`"),
        );
    }
    // A rolling update has no listener to keep, which another rule tells.
    if !rollout.probes.is_empty() && rollout.shift.mode != Mode::Rolling {
        sink.add(
            sink.found("checks go through the test listener, and there is none")
                .at(deploy.key("checks"), Aim::Value, "")
                .related(listener.clone(), Aim::Key, "removed here")
                .help("keep `test_traffic`, or leave the checks out")
                .suggest(listener, "{port: 8443}", "write `test_traffic: {port: 8443}`"),
        );
    }
}
