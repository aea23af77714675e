use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::{Count, Strategy},
    diagnostic::{Aim, Finding, Level, Trail, codes},
};

/// A rolling update can start a task or stop one, and does not end before its own least.
pub(super) const RULE: Rule =
    Rule { code: codes::IMPOSSIBLE_ROLLING, level: Level::Error, sources: &[], check: Check::Service(check) };

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let Strategy::Rolling(rolling) = service.deploy.strategy else { return };
    let key = |name: &str| Trail::of(["deploy", "strategy", "rolling", name]);
    // ECS rounds the most down and the least up (facts 4.2), so that few tasks may allow no step at all.
    let stuck = |tasks: u32| {
        let most = tasks * u32::from(rolling.maximum) / 100;
        let least = (tasks * u32::from(rolling.minimum)).div_ceil(100);
        most <= tasks && least >= tasks
    };
    let fewest = match &service.count {
        Count::Fixed(tasks) => *tasks,
        Count::Scaled(scaling) => {
            scaling.schedule.iter().map(|(_, other)| other.range.min).fold(scaling.range.min, u32::min)
        }
    };
    if fewest > 0 && stuck(fewest) {
        let tasks = if fewest == 1 { "one task".to_owned() } else { format!("{fewest} tasks") };
        sink.add(
            Finding::error(
                codes::IMPOSSIBLE_ROLLING,
                format!("`rolling`: with {tasks} none may start and none may stop"),
            )
            .at(key("maximum"), Aim::Value, "")
            .related(key("minimum"), Aim::Value, "how many stay healthy at least")
            .related(Trail::of(["count"]), Aim::Value, "how many tasks there are")
            .note(format!(
                "{} percent of {fewest} is {}, {} percent is {}: ECS rounds the most down and the least up",
                rolling.maximum,
                fewest * u32::from(rolling.maximum) / 100,
                rolling.minimum,
                (fewest * u32::from(rolling.minimum)).div_ceil(100)
            ))
            .advise(key("maximum"), "200", "write `maximum: 200`"),
        );
    }
    if let Some(early) = rolling.early_success
        && early.healthy < rolling.minimum
    {
        sink.add(
            Finding::error(
                codes::IMPOSSIBLE_ROLLING,
                format!(
                    "`early_success.healthy` of {} is below `minimum`, which is {}",
                    early.healthy, rolling.minimum
                ),
            )
            .at(key("early_success").key("healthy"), Aim::Value, "")
            .related(key("minimum"), Aim::Value, "how many stay healthy at least")
            .advise(
                key("early_success").key("healthy"),
                rolling.minimum.to_string(),
                format!("write `healthy: {}`", rolling.minimum),
            ),
        );
    }
}
