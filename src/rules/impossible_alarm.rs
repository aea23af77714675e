use super::{Check, Rule, Sink, Subject, length};
use crate::diagnostic::{Aim, Finding, Level, Trail, codes};

/// CloudWatch can evaluate every alarm.
pub(super) const RULE: Rule =
    Rule { code: codes::IMPOSSIBLE_ALARM, level: Level::Error, sources: &[], check: Check::Service(check) };

/// An evaluation looks back at most a day where periods are shorter than an hour, else a week (facts 10.4).
const DAY: u32 = 86_400;

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    for (name, alarm) in &subject.service.service.alarms {
        let name = name.as_str();
        if alarm.of.is_some_and(|of| of < alarm.times) {
            sink.add(
                Finding::error(
                    codes::IMPOSSIBLE_ALARM,
                    format!("the alarm `{name}` wants more bad periods than it looks at"),
                )
                .at(Trail::of(["alarms", name, "of"]), Aim::Value, "")
                .related(Trail::of(["alarms", name, "times"]), Aim::Value, "bad periods")
                .help("make `of` at least `times`, or leave it out"),
            );
        }
        let period = alarm.over.seconds();
        if period % 60 != 0 {
            sink.error(
                codes::IMPOSSIBLE_ALARM,
                ["alarms", name, "over"],
                format!("the alarm `{name}` counts by {}, and ELB publishes by the minute", alarm.over),
                "write whole minutes",
            );
        }
        let looked_at = period * u32::from(alarm.of.unwrap_or(alarm.times));
        let most = if period < 3_600 { DAY } else { 7 * DAY };
        if looked_at > most {
            sink.add(
                Finding::error(
                    codes::IMPOSSIBLE_ALARM,
                    format!("the alarm `{name}` looks back further than CloudWatch does"),
                )
                .at(Trail::of(["alarms", name, "over"]), Aim::Value, "")
                .note(format!(
                    "{} periods of {} are {}; where a period is {}, CloudWatch looks back for {}",
                    alarm.of.unwrap_or(alarm.times),
                    alarm.over,
                    length(looked_at),
                    if period < 3_600 { "shorter than an hour" } else { "an hour or longer" },
                    length(most)
                ))
                .help("shorten `over`, or look at fewer periods"),
            );
        }
    }
}
