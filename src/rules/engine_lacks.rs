use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::engines::{Routes, StrategyKind, that_can},
    diagnostic::{Aim, Finding, Level, Trail, codes},
};

/// An engine is asked for a strategy that it has, and for a load balancer that it can move.
pub(super) const RULE: Rule =
    Rule { code: codes::ENGINE_LACKS, level: Level::Error, sources: &[], check: Check::Service(check) };

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    strategy(subject, sink);
    sharing(subject, sink);
}

/// Services behind one load balancer are told apart by rules, so it is rules that have to move.
fn sharing(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let engine = subject.service.service.deploy.engine.abilities();
    if subject.service.shares().is_none() || engine.routes == Routes::Rule {
        return;
    }
    let engine_key = Trail::of(["deploy", "engine"]);
    let mut finding = Finding::error(
        codes::ENGINE_LACKS,
        format!(
            "`load_balancer`: engine `{}` moves whole listeners, which cannot be shared",
            engine.engine.word()
        ),
    )
    .at(Trail::of(["http", "load_balancer"]), Aim::Value, "")
    .related(engine_key.clone(), Aim::Value, "the engine")
    .help("leave `load_balancer` out: the service then has one for itself");
    for other in that_can(|other| other.routes == Routes::Rule) {
        finding = finding.advise(
            engine_key.clone(),
            other,
            format!("engine `{other}` moves rules: write `engine: {other}`"),
        );
    }
    sink.add(finding);
}

fn strategy(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let deploy = &subject.service.service.deploy;
    let engine = deploy.engine.abilities();
    let kind = deploy.strategy.kind();
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
