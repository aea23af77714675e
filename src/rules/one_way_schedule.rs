use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::Count,
    diagnostic::{Aim, Level, Trail, codes},
};

/// A scheduled range holds until another is scheduled: nothing sets the service's own back (facts 4.11).
pub(super) const RULE: Rule =
    Rule { code: codes::ONE_WAY_SCHEDULE, level: Level::Warning, sources: &[], check: Check::Service(check) };

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let Count::Scaled(scaling) = &subject.service.service.count else { return };
    let Some((name, first)) = scaling.schedule.first() else { return };
    let one_way = scaling.schedule.values().all(|it| it.range == first.range) && first.range != scaling.range;
    if !one_way {
        return;
    }
    let hour = first.cron.as_str().split_whitespace().nth(1).and_then(|hour| hour.parse::<u32>().ok());
    // What begins in the morning is over in the evening.
    let (word, hour) = if hour.is_some_and(|hour| hour < 12) { ("nights", 20) } else { ("days", 6) };
    let mut back = word.to_owned();
    while scaling.schedule.keys().any(|name| name.as_str() == back) {
        back.push_str("-back");
    }
    let zone =
        if first.timezone == "UTC" { String::new() } else { format!("timezone: {}, ", first.timezone) };
    let entry = format!("{{cron: \"0 {hour} * * ? *\", {zone}range: {}}}", scaling.range);
    let count = Trail::of(["count"]);
    let schedule = count.key("schedule");
    sink.add(
        sink.found(format!("from the first time that `{name}` begins, the range stays {}", first.range))
            .at(schedule.key(name.as_str()).key("range"), Aim::Value, "")
            .related(count.key("range"), Aim::Value, "nothing goes back to this range")
            .note("a scheduled range holds until another one is scheduled")
            .advise(
                schedule.key(back.as_str()),
                entry.clone(),
                format!("write `{back}: {entry}`, or when it is to be so again"),
            ),
    );
}
