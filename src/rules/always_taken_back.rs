use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::{
        RollbackEvent,
        engines::{Answer, that_can},
    },
    diagnostic::{Aim, Finding, Level, Trail, codes},
};

/// `rollback.on` leaves out only what the engine leaves to people.
pub(super) const RULE: Rule =
    Rule { code: codes::ALWAYS_TAKEN_BACK, level: Level::Error, sources: &[], check: Check::Service(check) };

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let deploy = &subject.service.service.deploy;
    let engine = deploy.engine.abilities();
    let on = &deploy.rollback.on;
    let left_out: Vec<RollbackEvent> = [RollbackEvent::Failure, RollbackEvent::Stop]
        .into_iter()
        .filter(|event| !on.contains(event) && engine.answer(*event) == Answer::Always)
        .collect();
    if left_out.is_empty() {
        return;
    }
    let all = [RollbackEvent::Failure, RollbackEvent::Alarm, RollbackEvent::Stop];
    let wanted: Vec<&str> = all
        .into_iter()
        .filter(|event| on.contains(event) || left_out.contains(event))
        .map(RollbackEvent::word)
        .collect();
    let wanted = format!("[{}]", wanted.join(", "));
    let words: Vec<String> = left_out.iter().map(|event| format!("`{}`", event.word())).collect();
    let trail = Trail::of(["deploy", "rollback", "on"]);
    let engine_key = Trail::of(["deploy", "engine"]);
    let mut finding = Finding::error(
        codes::ALWAYS_TAKEN_BACK,
        format!(
            "`rollback.on`: engine `{}` always takes back on {}",
            engine.engine.word(),
            words.join(" and ")
        ),
    )
    .at(trail.clone(), Aim::Value, "")
    .related(engine_key.clone(), Aim::Value, "the engine")
    .suggest(trail, wanted.clone(), format!("write `on: {wanted}`, which says so"));
    let chosen = that_can(|other| left_out.iter().all(|event| other.answer(*event) == Answer::Chosen));
    for other in chosen {
        finding = finding.advise(
            engine_key.clone(),
            other,
            format!("engine `{other}` leaves it to you: write `engine: {other}`"),
        );
    }
    sink.add(finding);
}
