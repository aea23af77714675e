use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::engines::{StrategyKind, that_can},
    diagnostic::{Aim, Finding, Level, Trail, codes},
};

/// An engine is asked for a strategy that it has.
pub(super) const RULE: Rule =
    Rule { code: codes::ENGINE_LACKS, level: Level::Error, sources: &[], check: Check::Service(check) };

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let deploy = &subject.service.service.deploy;
    let engine = deploy.engine.abilities();
    let kind = deploy.strategy.kind();
    if !subject.service.service.has_load_balancer() && engine.needs_load_balancer().is_some() {
        // Which another rule tells: its strategy may well be one for services without.
        return;
    }
    if engine.offer(kind).is_some() {
        return;
    }
    let engine_key = Trail::of(["deploy", "engine"]);
    let mut finding = Finding::error(
        codes::ENGINE_LACKS,
        format!("`strategy`: engine `{}` has no `{}`", engine.engine.word(), kind.word()),
    )
    .at(Trail::of(["deploy", "strategy"]), Aim::Value, "")
    .related(engine_key.clone(), Aim::Value, "the engine");
    let has: Vec<String> =
        engine.strategies.iter().map(|offer| format!("`{}`", offer.strategy.word())).collect();
    finding = finding.help(format!("write one that it has: {}", has.join(", ")));
    for other in that_can(|other| other.offer(kind).is_some()) {
        finding = finding.advise(
            engine_key.clone(),
            other,
            format!("engine `{other}` has it: write `engine: {other}`"),
        );
    }
    if kind == StrategyKind::Rolling {
        finding = finding.note("a rolling update is no blue/green: nothing shows the new version beforehand");
    }
    sink.add(finding);
}
