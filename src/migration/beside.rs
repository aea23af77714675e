//! From another engine to ECS by way of a second service, with a load balancer of its own: the name that people use moves from one to
//! the other (facts 5.4). What the first service has is not touched until nobody asks it any more.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use serde_json::{Value, json};

use super::{
    Unfit, compose, drawn,
    files::{listing, write},
    second,
};
use crate::{
    artifacts::{self, BesidePlan, Context, Doomed},
    blueprint::{
        Count, Engine,
        engines::{Colors, Revision},
        units::ServiceName,
    },
    cfn::{LogGroup, Repository, Resource as _},
    contrast::{Contrast, Row},
    emit::{self, OutputFile},
    render::{self, Format},
    resolve::{Blueprint, Resolved, ResolvedService},
    scripts::ArtifactError,
    stacks::{Deployable, Stack},
};

/// The folder of what the environment shares, as it is before.
const BEFORE: &str = "00-before";
/// The folder of what the first step creates and updates.
const BESIDE: &str = "01-beside";

/// A step of the way by a second service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Move {
    /// The second service comes, with what runs and as many tasks.
    Beside,
    /// People's name leads to its load balancer.
    Name,
    /// Nobody asks the first service any more: its load balancer counts no requests (facts 10.1).
    Quiet,
    /// The first service goes. One way.
    Away,
}

impl Move {
    /// Every step, in order.
    pub const ALL: [Self; 4] = [Self::Beside, Self::Name, Self::Quiet, Self::Away];

    /// As scripts call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Beside => "beside",
            Self::Name => "name",
            Self::Quiet => "quiet",
            Self::Away => "away",
        }
    }

    /// Whether there is no way back from it.
    pub fn is_one_way(self) -> bool {
        self == Self::Away
    }
}

/// The way of one service by a second one.
#[derive(Debug, Clone)]
pub struct Beside {
    /// The service that goes.
    pub service: String,
    /// The service that comes.
    pub name: ServiceName,
    /// What the environment shares, as it is before, where the second service changes it.
    pub before: Vec<Stack>,
    /// What the first step creates and updates, in order.
    pub stacks: Vec<Stack>,
    /// The stacks that go at the end, in the order of deployment.
    pub old: Vec<Stack>,
    /// What the engines can do differently that has to do with the service.
    pub differs: Vec<Row>,
    second: ResolvedService,
    /// What a blueprint says of it.
    written: Value,
    /// What a blueprint says below `patches`, by name.
    patch: Option<(String, Value)>,
    /// Patches that have nothing to change once the first service is gone.
    stale: Vec<String>,
    /// Other environments of the blueprint.
    elsewhere: Vec<String>,
}

/// Whether the way of a service to ECS is by a second one: its engine holds on to what an update would have to take apart.
pub fn goes_beside(engine: Engine) -> bool {
    let abilities = engine.abilities();
    abilities.revision == Revision::Template || abilities.colors == Colors::Apart
}

impl Beside {
    /// The way of a service. `before` is the application without the second service, `both` with it, and `blueprint` says both.
    ///
    /// # Errors
    /// It cannot go this way.
    pub fn of(
        before: &Resolved,
        both: &Resolved,
        blueprint: &Blueprint,
        service: &str,
        name: &ServiceName,
        header: &[String],
    ) -> Result<Self, Unfit> {
        let known = |resolved: &Resolved, name: &str| {
            resolved.services.iter().find(|known| known.name.as_str() == name).cloned()
        };
        let first = known(before, service).ok_or(Unfit::NotCodedeploy)?;
        let second = known(both, name.as_str()).ok_or(Unfit::AnotherService)?;
        let engine = first.service.deploy.engine;
        if !goes_beside(engine) {
            return Err(Unfit::NotCodedeploy);
        }
        let resources =
            |it: &ResolvedService| it.service.extra.iter().any(|extra| !extra.resources.is_empty());
        if resources(&first) || resources(&second) {
            return Err(Unfit::OwnResources);
        }
        let host = |it: &ResolvedService| {
            it.service.http.as_ref().map(|http| http.host.as_ref().map(ToString::to_string))
        };
        let is_like = second.service.deploy.engine == Engine::Ecs
            && second.shares().is_none()
            && second.service.port == first.service.port
            && host(&second) == host(&first)
            && second.service.image.uri == first.service.image.uri;
        if !is_like {
            return Err(Unfit::AnotherService);
        }
        let (from, _) = drawn(before, header, service);
        let (to, _) = drawn(both, header, service);
        let is_of = |stack: &&Stack| stack.parts.iter().any(|part| part.service == service);
        let mut stacks = Vec::new();
        let mut earlier = Vec::new();
        for stack in to.iter().filter(|stack| !is_of(stack)) {
            match from.iter().find(|known| known.name == stack.name) {
                None => stacks.push(stack.clone()),
                Some(known) if compose::differs(known, stack) => {
                    earlier.push(known.clone());
                    stacks.push(stack.clone());
                }
                Some(_) => {}
            }
        }
        let contrast = Contrast::of(before, blueprint.tree(), &first, [engine, Engine::Ecs]);
        let balance = contrast.balance;
        let rows = [balance.lost, balance.gained, balance.differs].into_iter().flatten();
        let patch_name = second::patch_name(name.as_str(), both);
        let patch = blueprint.tree().get("patches").and_then(|patches| patches.get(&patch_name));
        let names_first = |patch: &&crate::blueprint::Patch| {
            patch.place.service.as_ref().is_some_and(|named| named.as_str() == service)
        };
        let patches = before.patches.iter().filter(|(_, patch)| names_first(patch));
        let places = before.places.iter().filter(|place| place.name != before.place.name);
        Ok(Self {
            service: service.to_owned(),
            name: name.clone(),
            before: earlier,
            stacks,
            old: from.iter().filter(is_of).cloned().collect(),
            differs: rows.filter(|row| row.is_asked).collect(),
            written: blueprint.written(name.as_str()).map_or(Value::Null, crate::yaml::Node::to_json),
            patch: patch.map(|patch| (patch_name, patch.to_json())),
            stale: patches.map(|(name, _)| name.to_string()).collect(),
            elsewhere: places.map(|place| place.name.to_string()).collect(),
            second,
        })
    }

    /// What a step creates, updates or deletes, in order.
    pub fn touched(&self, step: Move) -> Vec<&str> {
        match step {
            Move::Beside => self.stacks.iter().map(|stack| stack.name.as_str()).collect(),
            Move::Away => self.old.iter().rev().map(|stack| stack.name.as_str()).collect(),
            Move::Name | Move::Quiet => Vec::new(),
        }
    }

    /// What a blueprint gets for it: the second service, and what lets it read the images of the first.
    pub fn addition(&self) -> Value {
        let mut all = json!({"services": {self.name.as_str(): self.written}});
        if let Some((name, patch)) = &self.patch {
            all["patches"] = json!({name: patch});
        }
        all
    }

    /// Everything that is written for it, with paths relative to the output folder. `both` is the application with both services.
    ///
    /// # Errors
    /// Never for a reason in the blueprint: a text template of bluegreen's own is wrong.
    pub fn files(self, both: &Resolved, format: Format) -> Result<Vec<OutputFile>, ArtifactError> {
        let mut files = Vec::new();
        for stack in &self.before {
            write(&mut files, BEFORE, stack, format);
        }
        for stack in &self.stacks {
            write(&mut files, BESIDE, stack, format);
        }
        let list = self.listed(both);
        let plan = self.plan(both, format);
        let script = artifacts::beside_script(&plan)?;
        files.push(OutputFile { path: "migrate.sh".into(), text: script, executable: true });
        let page = artifacts::beside_page(&plan)?;
        files.push(OutputFile { path: Utf8PathBuf::from("MIGRATION.md"), text: page, executable: false });
        let list = listing(&list, &files);
        files.push(OutputFile { path: emit::LISTING.into(), text: list, executable: false });
        Ok(files)
    }

    fn listed(&self, resolved: &Resolved) -> Value {
        let steps = Move::ALL.map(|step| {
            json!({
                "step": step.word(),
                "folder": (step == Move::Beside).then_some(BESIDE),
                "one_way": step.is_one_way(),
                "stacks": self.touched(step),
            })
        });
        json!({
            "version": 1,
            "application": resolved.app.as_str(),
            "environment": resolved.place.name.as_str(),
            "region": resolved.place.environment.region.to_string(),
            "service": self.service,
            "beside": self.name.as_str(),
            "steps": steps,
        })
    }

    fn plan(self, both: &Resolved, format: Format) -> BesidePlan {
        let place = render::place(both, format);
        let context = |stacks: &[Stack]| {
            Context::new(&place, stacks.iter().cloned().map(Deployable::from).collect(), Vec::new())
        };
        let shared: BTreeSet<&str> = self.before.iter().map(|stack| stack.name.as_str()).collect();
        let new = self.stacks.iter().filter(|stack| !shared.contains(stack.name.as_str()));
        let new: Vec<String> = new.map(|stack| stack.name.clone()).collect();
        let doomed = |stack: &Stack| {
            let stack = Deployable::from(stack.clone());
            let retained = stack.retained.iter().map(|(id, kind)| (id.to_string(), kind.to_string()));
            Doomed { name: stack.name, retained: retained.collect() }
        };
        let service = &self.second.service;
        let range = match &service.count {
            Count::Fixed(_) => None,
            Count::Scaled(scaling) => Some((scaling.range.min, scaling.range.max)),
        };
        let engine = both.services.iter().find(|known| known.name.as_str() == self.service);
        let engine = engine.map_or(Engine::Ecs, |known| known.service.deploy.engine);
        let hooks = &service.deploy.hooks;
        let of_people =
            [&hooks.before_install, &hooks.after_install, &hooks.before_traffic, &hooks.after_traffic];
        BesidePlan {
            context: context(&[self.old.clone(), self.stacks.clone()].concat()),
            first: self.service.clone(),
            second: self.name.to_string(),
            engine: engine.word(),
            engine_name: engine.abilities().name,
            first_folder: BEFORE,
            folder: BESIDE,
            before: context(&self.before),
            beside: context(&self.stacks),
            new,
            old: self.old.iter().rev().map(doomed).collect(),
            log_groups: outliving(&self.stacks, LogGroup::TYPE, "LogGroupName"),
            repository: outliving(&self.stacks, Repository::TYPE, "RepositoryName").pop(),
            fixed_image: service.image.uri.as_ref().map(ToString::to_string),
            range,
            path: service.http.as_ref().map_or_else(String::new, |http| http.healthcheck.path.to_string()),
            host: service.http.as_ref().and_then(|http| http.host.as_ref()).map(ToString::to_string),
            tests: service.deploy.test_traffic.is_some(),
            functions: of_people.iter().any(|function| function.is_some()),
            written: emit::yaml_plain(&self.addition()),
            patch: self.patch.as_ref().map(|(name, _)| name.clone()),
            stale: self.stale,
            elsewhere: self.elsewhere,
            differs: self.differs.into_iter().map(|row| (row.what, row.says)).collect(),
        }
    }
}

/// The names of resources of a type that outlive their stacks, where the template says them.
fn outliving(stacks: &[Stack], kind: &str, property: &str) -> Vec<String> {
    let mut names = Vec::new();
    for stack in stacks {
        let template = emit::to_json_value(&stack.template);
        for resource in template["Resources"].as_object().into_iter().flat_map(|all| all.values()) {
            if resource["Type"] == kind && !resource["DeletionPolicy"].is_null() {
                names.extend(resource["Properties"][property].as_str().map(ToOwned::to_owned));
            }
        }
    }
    names
}
