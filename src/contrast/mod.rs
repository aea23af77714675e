//! One service under two engines, side by side: what a release goes through, who owns what, how it goes back, what is lost and
//! gained, and which resources differ. What is said of an engine stands in the table of engines; what is counted comes from
//! the facts of the rollout, made once for each engine.

mod back;
mod balance;
mod drawn;
mod owners;
mod phases;
mod verdicts;

use serde::Serialize;

use crate::{
    blueprint::{Engine, engines},
    diagnostic::Finding,
    provenance::Drawing,
    resolve::{Resolved, ResolvedService},
    rollout::Rollout,
    yaml::Node,
};
pub use back::Way;
pub use balance::{Balance, Row};
pub use drawn::{Drawn, Fate};
pub use owners::Owned;
pub use phases::{Moved, Phase};
pub use verdicts::Verdict;
use verdicts::Verdicts;

/// From the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Span<T> {
    /// The least.
    pub least: T,
    /// The most; nothing where nobody says.
    pub most: Option<T>,
}

impl<T: Copy> Span<T> {
    /// Just this.
    fn of(value: T) -> Self {
        Self { least: value, most: Some(value) }
    }
}

impl Span<u32> {
    fn up_to(most: u32) -> Self {
        Self { least: 0, most: Some(most) }
    }

    fn from(least: u32) -> Self {
        Self { least, most: None }
    }
}

/// A service under one engine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// The engine, as blueprints write it.
    pub engine: &'static str,
    /// What it is, in a sentence.
    pub summary: &'static str,
    /// Whether the blueprint is written for it.
    pub is_written: bool,
    /// Whether it cannot do what the blueprint asks for; the reasons are among the findings.
    pub is_refused: bool,
    /// What a release goes through, in order. Empty where the engine does not have the strategy.
    pub phases: Vec<Phase>,
    /// Seconds of all phases together.
    pub seconds: Span<u32>,
    /// Who owns what.
    pub owns: Vec<Owned>,
    /// The ways back that are open with these settings.
    pub ways_back: Vec<Way>,
}

/// A service under two engines.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contrast {
    /// The service.
    pub service: String,
    /// From the first to the second.
    pub engines: [Side; 2],
    /// What the engines can do, weighed from the first to the second.
    #[serde(flatten)]
    pub balance: Balance,
    /// What the rules find under one of the engines alone.
    pub findings: Vec<Verdict>,
    /// Resources that differ; nothing where one of the engines refuses the blueprint, so that there is nothing to render.
    pub resources: Option<Vec<Drawn>>,
    /// Errors that are found whatever the engine is; then there is nothing to compare.
    #[serde(skip)]
    pub wrong: Vec<Finding>,
}

/// The two engines that are meant: those asked for, else the one that is written and the first other in the table.
pub fn pair(asked: &[Engine], written: Engine) -> [Engine; 2] {
    let other = |than: Engine| engines::ALL.iter().map(|known| known.engine).find(|engine| *engine != than);
    match asked {
        [one, two, ..] => [*one, *two],
        [one] if *one != written => [written, *one],
        _ => [written, other(written).unwrap_or(written)],
    }
}

/// The application with another engine for one of its services.
#[must_use]
pub fn under(resolved: &Resolved, service: &str, engine: Engine) -> Resolved {
    let mut resolved = resolved.clone();
    let here = resolved.place.name.clone();
    for known in resolved.services.iter_mut().filter(|known| known.name.as_str() == service) {
        known.service.deploy.engine = engine;
        for (_, stage) in known.stages.iter_mut().filter(|(place, _)| place.name == here) {
            stage.deploy.engine = engine;
        }
    }
    resolved
}

impl Contrast {
    /// Compares a service of an application. `document` is the tree that findings are located in.
    pub fn of(resolved: &Resolved, document: &Node, service: &ResolvedService, engines: [Engine; 2]) -> Self {
        let name = service.name.as_str();
        let applications = engines.map(|engine| under(resolved, name, engine));
        let Verdicts { apart: findings, wrong } = verdicts::of(&applications, document, engines);
        let written = service.service.deploy.engine;
        let sides = [0, 1].map(|at| {
            let engine: Engine = engines[at];
            let is_refused =
                findings.iter().any(|finding| finding.engine == engine.word() && finding.is_refusal());
            side(&applications[at], name, engine == written, is_refused)
        });
        let resources = (wrong.is_empty() && sides.iter().all(|side| !side.is_refused)).then(|| {
            let [first, second] = applications.each_ref().map(Drawing::of);
            drawn::of(&first, &second)
        });
        Self {
            service: name.to_owned(),
            engines: sides,
            balance: balance::of(resolved, service, engines.map(Engine::abilities)),
            findings,
            resources,
            wrong,
        }
    }
}

fn side(resolved: &Resolved, name: &str, is_written: bool, is_refused: bool) -> Side {
    let service = resolved.services.iter().find(|service| service.name.as_str() == name);
    let service = service.expect("the service is the one that is compared");
    let rollout = Rollout::of(resolved, service);
    let phases = phases::of(&rollout, &service.service);
    Side {
        engine: rollout.engine.engine.word(),
        summary: rollout.engine.summary,
        is_written,
        is_refused,
        seconds: phases::together(&phases),
        owns: owners::of(&rollout, &service.service),
        ways_back: if phases.is_empty() { Vec::new() } else { back::of(&rollout, &service.service.deploy) },
        phases,
    }
}
