//! To ECS, one service at a time, while production traffic runs through it: the stacks of each step, in order. What
//! each step may change is proven in `tests/migration.rs`. From CodeDeploy the service goes in place ([`Migration`]); from the other
//! engines by way of a second service ([`Beside`]).
//!
//! In place:
//!
//! Two states are drawn, the service under CodeDeploy and under ECS, and every step between them takes what it needs of each. So a
//! step has nothing in it that is in neither.
//!
//! The order rests on what can be taken back. Rules come beside the default actions of the listeners and send the same traffic to
//! the same groups, so CodeDeploy and ECS both find what they need (facts 4.3). Roles and functions come before the
//! controller changes, so that its update holds nothing but the service. The controller changes without a task definition: going back
//! from an update with one is what ECS refuses (facts 4.11). The defaults of the listeners go last, when nothing uses them.

mod beside;
mod compose;
mod files;
mod second;

use std::sync::Arc;

use crate::{
    blueprint::{Engine, Layout},
    cfn::{Resource as _, Service},
    contrast::under,
    engines,
    raw::Amendments,
    resolve::Resolved,
    scripts::AppSpec,
    stacks::{self, Drawn, Lookup, Names, ServiceNames, Stack},
};
pub use beside::{Beside, Move, goes_beside};
use compose::{Piece, compose};
pub use second::stand_beside;

/// What a step is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// The pipeline releases nothing meanwhile.
    Hold,
    /// Rules beside the default actions of the listeners, with the same groups and weights.
    Rules,
    /// What CodeDeploy needs goes, what ECS needs comes. The service is not touched.
    Handover,
    /// The service's controller is ECS from here on. One way.
    Controller,
    /// The stack names the revision that runs.
    Revision,
    /// The rules alone send traffic.
    Routes,
    /// The pipeline releases with ECS.
    Pipeline,
}

impl Stage {
    /// As its folder is called, after its number.
    pub fn word(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Rules => "rules",
            Self::Handover => "handover",
            Self::Controller => "controller",
            Self::Revision => "revision",
            Self::Routes => "routes",
            Self::Pipeline => "pipeline",
        }
    }

    /// Whether there is no way back from it.
    pub fn is_one_way(self) -> bool {
        self == Self::Controller
    }
}

/// A step.
#[derive(Debug, Clone)]
pub struct Step {
    /// What it is for.
    pub stage: Stage,
    /// The stacks it updates, in order; none where it is done without a stack.
    pub stacks: Vec<Stack>,
}

/// The way of one service.
#[derive(Debug, Clone)]
pub struct Migration {
    /// The service.
    pub service: Arc<ServiceNames>,
    /// The pipeline that releases it, by name, where there is one, and the environment it lives in.
    pub pipeline: Option<(String, String)>,
    /// What CodeDeploy is told to deploy.
    pub appspec: Option<AppSpec>,
    /// The stacks as CodeDeploy has them, those that some step updates.
    pub before: Vec<Stack>,
    /// The steps.
    pub steps: Vec<Step>,
}

/// Why a service cannot be migrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// ECS itself moves its traffic, or this way is not for its engine.
    NotCodedeploy,
    /// No update takes apart while it runs what its engine holds on to (facts 5.4): a second service comes beside it.
    NeedsSecond,
    /// It has resources of its own (`extra`), which a second service would have once more, and which go with its stack.
    OwnResources,
    /// The service that is to come beside it is there, and it is another one.
    AnotherService,
    /// All of the environment is one stack, and a step updates parts of it.
    OneStack,
}

impl Migration {
    /// The way of a service, by its name.
    ///
    /// # Errors
    /// It cannot be migrated.
    pub fn of(resolved: &Resolved, service: &str, header: &[String]) -> Result<Self, Unfit> {
        let known = resolved.services.iter().find(|known| known.name.as_str() == service);
        let engine = known.map(|known| known.service.deploy.engine);
        if engine.is_some_and(goes_beside) {
            return Err(Unfit::NeedsSecond);
        }
        let known = known
            .filter(|known| known.service.deploy.engine == Engine::Codedeploy)
            .ok_or(Unfit::NotCodedeploy)?;
        if resolved.layout == Layout::Single {
            return Err(Unfit::OneStack);
        }
        let (from, appspec) = drawn(resolved, header, service);
        let (to, _) = drawn(&under(resolved, service, Engine::Ecs), header, service);
        let names = names(&to, service).ok_or(Unfit::NotCodedeploy)?;
        let find = |stacks: &[Stack], name: &str| stacks.iter().find(|stack| stack.name == name).cloned();
        let both = |name: &str| find(&from, name).zip(find(&to, name)).ok_or(Unfit::OneStack);
        let edge_stack = names.edge_stack.as_ref().ok_or(Unfit::NotCodedeploy)?;
        let (edge, edge_then) = both(edge_stack)?;
        let (own, own_then) = both(&names.service_stack)?;
        let pipeline = known.pipeline.as_ref().map(|pipeline| {
            (Names::new(resolved).pipeline(&known.name), Resolved::home(pipeline).to_string())
        });
        let of_pipeline = pipeline.as_ref().and_then(|(name, _)| find(&from, name).zip(find(&to, name)));

        let named = [Some(edge_stack), Some(&names.service_stack), pipeline.as_ref().map(|(name, _)| name)];
        let is_shared = |stack: &&Stack| !named.iter().flatten().any(|name| **name == stack.name);
        // What the environment shares: whoever tells of releases may publish on its topics.
        let shared: Vec<(Stack, Stack)> = from
            .iter()
            .filter(is_shared)
            .filter_map(|stack| Some((stack.clone(), find(&to, &stack.name)?)))
            .filter(|(before, after)| compose::differs(before, after))
            .collect();

        let controller = Service::TYPE;
        let rules = compose(&edge, &edge_then, Piece::Additions);
        let handover = compose(&own_then, &own, Piece::Whole(controller));
        let change = compose(&own_then, &own, Piece::Property(controller, "TaskDefinition"));
        let mut before: Vec<Stack> = shared.iter().map(|(stack, _)| stack.clone()).collect();
        before.extend([edge, own]);
        let mut steps = Vec::new();
        let mut step = |stage, stacks| steps.push(Step { stage, stacks });
        if pipeline.is_some() {
            step(Stage::Hold, Vec::new());
        }
        step(Stage::Rules, shared.into_iter().map(|(_, stack)| stack).chain([rules]).collect());
        step(Stage::Handover, vec![handover]);
        step(Stage::Controller, vec![change]);
        step(Stage::Revision, vec![own_then]);
        step(Stage::Routes, vec![edge_then]);
        if pipeline.is_some() {
            before.extend(of_pipeline.iter().map(|(stack, _)| stack.clone()));
            step(Stage::Pipeline, of_pipeline.into_iter().map(|(_, stack)| stack).collect());
        }
        Ok(Self { service: names, pipeline, appspec, before, steps })
    }
}

/// Every stack of an application, and what CodeDeploy is told about one of its services.
fn drawn(resolved: &Resolved, header: &[String], service: &str) -> (Vec<Stack>, Option<AppSpec>) {
    let (mut all, mut appspec) = (Vec::new(), None);
    let mut amendments = Amendments::new(resolved);
    let amend = &mut |stack: &mut Stack| amendments.amend(stack);
    stacks::draw(resolved, header, &engines::engine, amend, &mut |drawn| match drawn {
        Drawn::Stack(stack) => all.push(*stack),
        Drawn::Files(files) if files.service.as_str() == service => appspec = files.appspec,
        Drawn::Files(_) => {}
    });
    (all, appspec)
}

/// The names of a service, as some stack looks it up.
fn names(stacks: &[Stack], service: &str) -> Option<Arc<ServiceNames>> {
    let mut all = stacks.iter().flat_map(|stack| &stack.lookups).filter_map(Lookup::service);
    all.find(|names| names.service == service).cloned()
}
