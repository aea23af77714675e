use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::{
        Strategy,
        engines::{Abilities, Bounds, length, that_can},
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
    let mut ask = |key, trail: &[&str], number, of: &dyn Fn(&Abilities) -> Option<Bounds>, written| {
        let trail = trail.iter().fold(Trail::of(["deploy"]), |trail, key| trail.key(*key));
        tell(engine, Asked { key, trail, number, bounds: of(engine), of, written }, sink);
    };
    let percent = |engine: &Abilities| engine.offer(kind).and_then(|offer| offer.percent);
    let wait = |engine: &Abilities| engine.offer(kind).and_then(|offer| offer.wait);
    if let Strategy::Canary { percent: part, wait: time } | Strategy::Linear { percent: part, wait: time } =
        deploy.strategy
    {
        let word = kind.word();
        ask("percent", &["strategy", word, "percent"], part.into(), &percent, |number| number.to_string());
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
