use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::{
        Strategy,
        engines::{Abilities, Bounds, StrategyKind, length, that_can},
        units::Share,
    },
    diagnostic::{Aim, Finding, Level, Trail, codes},
};

/// Numbers stay within what the engine takes.
pub(super) const RULE: Rule = Rule {
    code: codes::BEYOND_ENGINE,
    level: Level::Error,
    sources: &["S-46"],
    check: Check::Service(check),
};

/// A number, what the engine of the service takes of it, and what others do.
struct Asked<'a> {
    key: &'a str,
    trail: Trail,
    number: u32,
    bounds: Option<Bounds>,
    of: &'a dyn Fn(&Abilities) -> Option<Bounds>,
    written: fn(u32) -> String,
}

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let deploy = &subject.service.service.deploy;
    let engine = deploy.engine.abilities();
    let kind = deploy.strategy.kind();
    if let Strategy::Canary { percent: share, .. } | Strategy::Linear { percent: share, .. } = deploy.strategy
    {
        percent(engine, kind, share, sink);
    }
    let mut ask = |key, trail: &[&str], number, of: &dyn Fn(&Abilities) -> Option<Bounds>, written| {
        let trail = trail.iter().fold(Trail::of(["deploy"]), |trail, key| trail.key(*key));
        tell(engine, Asked { key, trail, number, bounds: of(engine), of, written }, sink);
    };
    let wait = |engine: &Abilities| engine.offer(kind).and_then(|offer| offer.wait);
    if let Strategy::Canary { wait: time, .. } | Strategy::Linear { wait: time, .. } = deploy.strategy {
        let word = kind.word();
        ask("wait", &["strategy", word, "wait"], time.minutes(), &wait, length);
    }
    if kind.has_two_versions() {
        ask("keep_old", &["keep_old"], deploy.keep_old.minutes(), &|engine| Some(engine.keep_old), length);
        if let Some(approve) = deploy.approve {
            let minutes = approve.timeout.minutes();
            ask("approve.timeout", &["approve", "timeout"], minutes, &|engine| engine.hold, length);
        }
    }
}

/// The part of the traffic that a step moves: how small, how large and how fine.
fn percent(engine: &Abilities, kind: StrategyKind, share: Share, sink: &mut Sink<'_>) {
    let of = |engine: &Abilities| engine.offer(kind).and_then(|offer| offer.percent);
    let Some(steps) = of(engine).filter(|steps| !steps.hold(share)) else { return };
    let (word, nearest) = (engine.engine.word(), steps.nearest(share));
    let takes = if share < steps.least {
        format!("takes at least {}", steps.least)
    } else if share > steps.most {
        format!("takes at most {}", steps.most)
    } else {
        format!("takes steps of {}", steps.step)
    };
    let trail = Trail::of(["deploy", "strategy", kind.word(), "percent"]);
    let engine_key = Trail::of(["deploy", "engine"]);
    let mut finding = Finding::error(
        codes::BEYOND_ENGINE,
        format!("`percent` of {share} is beyond engine `{word}`, which {takes}"),
    )
    .at(trail.clone(), Aim::Value, "")
    .related(engine_key.clone(), Aim::Value, "the engine")
    .advise(trail, nearest.to_string(), format!("write `percent: {nearest}`"));
    for other in that_can(|other| of(other).is_some_and(|steps| steps.hold(share))) {
        finding = finding.advise(
            engine_key.clone(),
            other,
            format!("engine `{other}` takes it: write `engine: {other}`"),
        );
    }
    sink.add(finding);
}

fn tell(engine: &Abilities, asked: Asked<'_>, sink: &mut Sink<'_>) {
    let Some(bounds) = asked.bounds.filter(|bounds| !bounds.hold(asked.number)) else { return };
    let (Asked { key, number, written, .. }, word) = (&asked, engine.engine.word());
    let (side, nearest) = if *number > bounds.most { ("most", bounds.most) } else { ("least", bounds.least) };
    let engine_key = Trail::of(["deploy", "engine"]);
    let mut finding = Finding::error(
        codes::BEYOND_ENGINE,
        format!(
            "`{key}` of {} is beyond engine `{word}`, which takes at {side} {}",
            written(*number),
            written(nearest)
        ),
    )
    .at(asked.trail.clone(), Aim::Value, "")
    .related(engine_key.clone(), Aim::Value, "the engine")
    .suggest(asked.trail.clone(), written(nearest), format!("write `{key}: {}`", written(nearest)));
    for other in that_can(|other| (asked.of)(other).is_some_and(|bounds| bounds.hold(*number))) {
        finding = finding.advise(
            engine_key.clone(),
            other,
            format!("engine `{other}` takes it: write `engine: {other}`"),
        );
    }
    sink.add(finding);
}
