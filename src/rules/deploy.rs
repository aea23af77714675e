use super::{Sink, Subject};
use crate::{
    blueprint::{RollbackEvent, Strategy},
    diagnostic::{Aim, Finding, Trail, codes},
    stacks,
};

/// What CodeDeploy allows in one deployment group (facts 2.2).
const MOST_ALARMS: usize = 10;

/// What bluegreen assumes CodeDeploy needs to act on an alarm: 0.4 minutes, rounded up to seconds (facts 2.4).
const REACTION_SECONDS: u32 = 24;

pub(super) fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    listeners(subject, sink);
    checks(subject, sink);
    rollback(subject, sink);
    timing(subject, sink);
}

fn listeners(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let Some(test) = &service.deploy.test_traffic else {
        if matches!(service.deploy.strategy, Strategy::AllAtOnce {}) {
            sink.add(
                Finding::error(codes::UNVERIFIED_SWITCH, "all traffic moves at once to a version that nothing has looked at")
                    .at(Trail::of(["deploy", "strategy"]), Aim::Value, "")
                    .note("with all at once, health checks of the new version begin after production traffic has moved")
                    .help("keep `test_traffic`, whose hook looks at target health first, or move gradually: `strategy: canary`"),
            );
        }
        if !service.deploy.checks.is_empty() {
            sink.error(
                codes::UNVERIFIED_SWITCH,
                ["deploy", "checks"],
                "checks go through the test listener, and there is none",
                "keep `test_traffic`, or leave the checks out",
            );
        }
        return;
    };
    let production = stacks::production_port(&service.http);
    let port = test.port.get();
    if port == production || (port == 80 && stacks::redirects(&service.http)) {
        let what = if port == production { "production traffic" } else { "the redirect to HTTPS" };
        sink.error(
            codes::PORT_TAKEN,
            ["deploy", "test_traffic", "port"],
            format!("test traffic and {what} share port {port}"),
            "give test traffic a port of its own, such as 8443",
        );
    }
}

fn checks(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    for (name, check) in &subject.service.service.deploy.checks {
        let trail = ["deploy", "checks", name.as_str()];
        match (&check.get, &check.post) {
            (Some(_), Some(_)) => {
                sink.error(
                    codes::SEVERAL_CHOICES,
                    trail,
                    format!("the check `{name}` asks twice"),
                    "keep `get` or `post`",
                );
            }
            (None, None) => {
                sink.error(
                    codes::MISSING_KEY,
                    trail,
                    format!("the check `{name}` does not say what to ask for"),
                    "write `get: /path` or `post: /path`",
                );
            }
            (Some(_), None) if check.body.is_some() => {
                sink.error(
                    codes::SEVERAL_CHOICES,
                    ["deploy", "checks", name.as_str(), "body"],
                    format!("the check `{name}` has a body, which GET does not send"),
                    "write `post` instead of `get`, or leave the body out",
                );
            }
            _ => {}
        }
    }
}

fn rollback(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let rollback = &service.deploy.rollback;
    let on_alarm = rollback.on.contains(&RollbackEvent::Alarm);
    for (at, name) in rollback.alarms.iter().flatten().enumerate() {
        if !service.alarms.contains_key(name) {
            let names: Vec<&str> = service.alarms.keys().map(|name| name.as_str()).collect();
            let near = names
                .iter()
                .max_by(|a, b| strsim::jaro(a, name.as_str()).total_cmp(&strsim::jaro(b, name.as_str())));
            let help = match near {
                Some(near) if strsim::jaro(near, name.as_str()) > 0.7 => format!("did you mean `{near}`?"),
                _ => format!("the alarms there are: {}", names.join(", ")),
            };
            sink.add(
                Finding::error(codes::UNKNOWN_ALARM, format!("there is no alarm `{name}`"))
                    .at(Trail::of(["deploy", "rollback", "alarms"]).index(at), Aim::Value, "")
                    .help(help),
            );
        }
    }
    let watched = rollback.alarms.as_ref().map_or(service.alarms.len(), Vec::len);
    if on_alarm && watched > MOST_ALARMS {
        sink.error(
            codes::TOO_MANY_ALARMS,
            ["alarms"],
            format!("{watched} alarms would stop a deployment; CodeDeploy watches at most {MOST_ALARMS}"),
            "name the ones that matter in `deploy.rollback.alarms`",
        );
    }
    if on_alarm && watched == 0 {
        sink.error(
            codes::TOOTHLESS_ROLLBACK,
            ["deploy", "rollback"],
            "a deployment is taken back on an alarm, and there is no alarm",
            "keep an alarm, or leave `alarm` out of `rollback.on`",
        );
    }
    if !on_alarm && rollback.alarms.is_some() {
        sink.error(
            codes::TOOTHLESS_ROLLBACK,
            ["deploy", "rollback", "on"],
            "alarms are named, and nothing happens when one fires",
            "add `alarm` to `rollback.on`, or leave `rollback.alarms` out",
        );
    }
}

/// The longest an alarm can take to fire: `M x P + P + 3` minutes (facts 10.5), in seconds.
fn worst_case(alarm: &crate::blueprint::Alarm) -> u32 {
    let period = alarm.over.seconds();
    u32::from(alarm.times) * period + period + 180
}

/// S-01 and S-02 of the facts: an alarm that cannot fire in time protects nobody.
fn timing(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let deploy = &service.deploy;
    if !deploy.rollback.on.contains(&RollbackEvent::Alarm) {
        return;
    }
    let watched = service.alarms.iter().filter(|(name, _)| {
        deploy.rollback.alarms.as_ref().is_none_or(|chosen| chosen.iter().any(|known| known == *name))
    });
    let Some((name, fastest)) =
        watched.map(|(name, alarm)| (name, worst_case(alarm))).min_by_key(|(_, time)| *time)
    else {
        return;
    };
    let needed = fastest + REACTION_SECONDS;
    let full = match deploy.strategy {
        Strategy::AllAtOnce {} => 0,
        Strategy::Canary { wait, .. } => wait.minutes() * 60,
        Strategy::Linear { percent, wait } => {
            (100_u32.div_ceil(u32::from(percent)) - 1) * wait.minutes() * 60
        }
    };
    let kept = deploy.keep_old.minutes() * 60;
    let minutes = |seconds: u32| match (seconds / 60, seconds % 60) {
        (minutes, 0) => format!("{minutes}m"),
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    };
    if needed > full + kept {
        sink.add(
            Finding::warning(codes::BLIND_ROLLOUT, "no alarm can fire before the old version is gone")
                .at(Trail::of(["deploy", "keep_old"]), Aim::Value, "")
                .related(Trail::of(["alarms", name.as_str()]), Aim::Key, "the fastest alarm")
                .note(format!("`{name}` needs up to {} with CodeDeploy's reaction", minutes(needed)))
                .note(format!(
                    "all traffic has moved after {}, and the old version {}",
                    minutes(full),
                    if kept == 0 {
                        "goes at once".to_owned()
                    } else {
                        format!("goes {} later", minutes(kept))
                    }
                ))
                .help(format!("write `keep_old: {}m` or more", (needed.saturating_sub(full)).div_ceil(60))),
        );
    } else if full > 0 && needed > full {
        sink.add(
            Finding::warning(codes::BLIND_ROLLOUT, "every alarm fires only after all traffic has moved")
                .at(Trail::of(["deploy", "strategy"]), Aim::Value, "")
                .related(Trail::of(["alarms", name.as_str()]), Aim::Key, "the fastest alarm")
                .note(format!("`{name}` needs up to {} with CodeDeploy's reaction", minutes(needed)))
                .note(format!("all traffic has moved after {}", minutes(full)))
                .help(match deploy.strategy {
                    Strategy::Linear { percent, .. } => {
                        let steps = 100_u32.div_ceil(u32::from(percent)).saturating_sub(1).max(1);
                        format!("write `wait: {}m` or more", needed.div_ceil(60).div_ceil(steps))
                    }
                    _ => format!("write `wait: {}m` or more", needed.div_ceil(60)),
                }),
        );
    }
}
