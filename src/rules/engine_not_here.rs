use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::engines::that_can,
    diagnostic::{Aim, Finding, Level, Trail, codes},
};

/// AWS offers the engine in the region of the environment.
pub(super) const RULE: Rule =
    Rule { code: codes::ENGINE_NOT_HERE, level: Level::Error, sources: &[], check: Check::Service(check) };

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let engine = subject.service.service.deploy.engine;
    let region = subject.resolved.place.environment.region.as_str();
    if !engine.abilities().not_in.contains(&region) {
        return;
    }
    let word = engine.word();
    let engine_key = Trail::of(["deploy", "engine"]);
    let mut finding =
        Finding::error(codes::ENGINE_NOT_HERE, format!("engine `{word}` is not offered in `{region}`"))
            .at(engine_key.clone(), Aim::Value, "")
            .note("the stack would be created there, and its first release would fail")
            .help("deploy to another region, or let another engine do it");
    for other in that_can(|other| !other.not_in.contains(&region)) {
        finding = finding.advise(
            engine_key.clone(),
            other,
            format!("engine `{other}` is: write `engine: {other}`"),
        );
    }
    sink.add(finding);
}
