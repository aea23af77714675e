use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::Count,
    diagnostic::{Aim, Finding, Level, Trail, codes},
};

/// A range needs something that moves within it.
pub(super) const RULE: Rule =
    Rule { code: codes::IDLE_SCALING, level: Level::Error, sources: &[], check: Check::Service(check) };

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let Count::Scaled(scaling) = &subject.service.service.count else { return };
    for (key, percent) in
        [("cpu_percentage", scaling.cpu_percentage), ("memory_percentage", scaling.memory_percentage)]
    {
        if percent.is_some_and(|percent| percent.get() < 1.0) {
            sink.error(
                codes::IDLE_SCALING,
                ["count", key],
                format!("`count.{key}` is below 1, which no task can be kept at"),
                "write a percentage such as 60",
            );
        }
    }
    let measured =
        scaling.cpu_percentage.is_some() || scaling.memory_percentage.is_some() || scaling.requests.is_some();
    if !measured && scaling.schedule.is_empty() && scaling.range.min != scaling.range.max {
        sink.add(
            Finding::warning(codes::IDLE_SCALING, "`count` has a range, and nothing that moves within it")
                .at(Trail::of(["count"]), Aim::Value, "")
                .help("add `cpu_percentage`, `memory_percentage`, `requests` or a `schedule`")
                .help(format!("or write `count: {}`", scaling.range.min)),
        );
    }
}
