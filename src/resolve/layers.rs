use std::sync::OnceLock;

use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    Place, Resolved, ResolvedService, environment,
    expression::{Engine, leave_expression},
    include,
    library::{Chain, Library, Load},
    locate,
    scope::{Here, Names, Scope},
    written::in_document,
};
use crate::{
    blueprint::{Allow, Application, PipelineSpec, defaults, is_expression, shape::Shape, units::Written},
    diagnostic::{Aim, Finding, Step, Trail, codes},
    source::{FileId, LoadError, Sources, Span},
    yaml::{self, Data, Entry, Node},
};

/// A blueprint that was read and has the right shape, layer by layer.
#[derive(Debug)]
pub struct Blueprint {
    /// The document, over what it includes.
    pub(super) tree: Node,
    /// What lies below every service.
    pub(super) base: Bases,
    /// The document as a model; its services are those without any environment's layer.
    pub(super) application: Application,
    places: Vec<Place>,
    /// The service blueprints that services extend, by the services' names.
    pub(super) chains: IndexMap<String, Chain>,
    pub(super) library: Library,
    pub(super) engine: Engine,
}

/// The shapes of a document and of a service in it.
pub(super) struct Shapes {
    pub(super) application: Shape,
    pub(super) service: Shape,
}

pub(super) fn shapes() -> &'static Shapes {
    static SHAPES: OnceLock<Shapes> = OnceLock::new();
    SHAPES.get_or_init(|| {
        let application = Shape::application();
        let service = application.part("/$defs/Service");
        Shapes { application, service }
    })
}

impl Blueprint {
    /// Reads a file that was loaded and names no other file.
    ///
    /// # Errors
    /// Every fault of reading, or else every fault of shape, located.
    pub fn read(sources: &mut Sources, file: FileId) -> Result<Self, Vec<Finding>> {
        Self::read_with(sources, file, &mut |_, path| Err(LoadError::Unavailable(path.to_owned())))
    }

    /// Reads a file that was loaded; `load` gives the files that it names.
    ///
    /// # Errors
    /// Every fault of reading, or else every fault of shape, located.
    pub fn read_with(sources: &mut Sources, file: FileId, load: &mut Load<'_>) -> Result<Self, Vec<Finding>> {
        super::read(sources, file, load)?.application(sources, file)
    }

    /// A document that was read.
    pub(super) fn of(
        sources: &mut Sources,
        mut tree: Node,
        load: &mut Load<'_>,
    ) -> Result<Self, Vec<Finding>> {
        let base = Bases::read(sources);
        let found = include::include(sources, load, &mut tree, &|keys| shapes().application.is_choice(keys));
        if !found.is_empty() {
            return Err(found);
        }
        let mut findings = shapes().application.check(&tree);
        // What an expression stands for is known, and checked, in each environment.
        findings.retain(|finding| {
            let value = finding.trail().and_then(|trail| tree.at(trail)).and_then(Node::as_text);
            !value.is_some_and(is_expression)
        });
        findings.extend(unknown_environments(&tree));
        findings.extend(with_alone(&tree));
        let (mut library, mut chains) = (Library::default(), IndexMap::new());
        for (name, entry) in tree.get("services").and_then(Node::as_map).into_iter().flatten() {
            match library.chain(sources, load, &entry.value, &format!("services.{name}")) {
                Ok(chain) if chain.is_empty() => {}
                Ok(chain) => drop(chains.insert(name.clone(), chain)),
                Err(found) => findings.extend(found),
            }
        }
        if !findings.is_empty() {
            findings.sort_by_key(|finding| {
                let span = finding.primary.as_ref().and_then(|mark| mark.span);
                span.map(|span| (span.file, span.start, span.end))
            });
            return Err(findings);
        }
        let application: Application =
            typed(&without_services(&tree), &Trail::clone).map_err(|mut finding| {
                finding.locate(|trail, aim| tree.locate(trail, aim));
                vec![*finding]
            })?;
        let places = environment::places(&application);
        Ok(Self { tree, base, application, places, chains, library, engine: Engine::new() })
    }

    /// The application's name.
    pub fn app(&self) -> &str {
        self.application.app.as_str()
    }

    /// What the blueprint accepts wherever it is found.
    pub fn allow(&self) -> &Allow {
        &self.application.allow
    }

    /// The environments' names in the order written.
    pub fn environments(&self) -> impl Iterator<Item = &str> {
        self.places.iter().map(|place| place.name.as_str())
    }

    pub(super) fn places(&self) -> &[Place] {
        &self.places
    }

    /// The document.
    pub fn tree(&self) -> &Node {
        &self.tree
    }

    /// The file of the built-in defaults.
    pub(super) fn defaults(&self) -> FileId {
        self.base.file
    }

    /// The bytes a service's own layer of an environment covers, to tell layers apart.
    pub fn overlay_span(&self, service: &str, environment: &str) -> Option<Span> {
        let service = self.tree.get("services")?.get(service)?;
        Some(service.get("environments")?.get(environment)?.span)
    }

    /// An environment's own part.
    pub(super) fn environment(&self, environment: &str) -> Option<&Node> {
        self.tree.get("environments")?.get(environment)
    }

    /// The application in one environment.
    ///
    /// # Errors
    /// Every fault that shows when the layers lie over each other, located.
    ///
    /// # Panics
    /// When there is no such environment: callers choose from [`Blueprint::environments`].
    pub fn resolve(&self, environment: &str) -> Result<Resolved, Vec<Finding>> {
        match self.resolve_sound(environment) {
            (Some(resolved), findings) if findings.is_empty() => Ok(resolved),
            (_, findings) => Err(findings),
        }
    }

    /// The application in one environment with those of its services that have no fault, and every fault that shows when the
    /// layers lie over each other, located. Nothing is resolved where what all services stand on has a fault.
    ///
    /// # Panics
    /// When there is no such environment: callers choose from [`Blueprint::environments`].
    pub fn resolve_sound(&self, environment: &str) -> (Option<Resolved>, Vec<Finding>) {
        let place = self.places.iter().find(|place| place.name.as_str() == environment);
        let place = place.expect("callers choose from the environments there are");
        let mut findings = Vec::new();
        let resolved = self.put_together(place, &mut findings);
        for finding in &mut findings {
            finding.environment = Some(environment.to_owned());
        }
        (resolved, findings)
    }

    fn put_together(&self, place: &Place, findings: &mut Vec<Finding>) -> Option<Resolved> {
        let vars = self.vars(place, findings)?;
        let scope = Scope::outside(self.here(place, None), &vars);
        let network = self.part("network", place, &scope, findings);
        let cluster = self.part("cluster", place, &scope, findings);
        let load_balancers =
            self.part_of("load_balancers", self.balancers_tree(place), place, &scope, findings);
        let notify = self.part("notify", place, &scope, findings);
        let tags = self.part("tags", place, &scope, findings);
        let patches = self.part("patches", place, &scope, findings);
        let extra = self.part("extra", place, &scope, findings);

        let mut services = Vec::new();
        // Those of other environments, where pipelines go.
        let mut elsewhere: Vec<(&Place, Names)> = Vec::new();
        let names = self.tree.get("services").and_then(Node::as_map);
        for (name, entry) in names.into_iter().flatten() {
            let Some((tree, layers, service)) = self.service(name, &entry.value, place, &vars, findings)
            else {
                continue;
            };
            let pipeline = self.pipeline(name, place, &vars, findings);
            let mut stages = Vec::new();
            if let Some(pipeline) = &pipeline
                && Resolved::home(pipeline) == &place.name
            {
                for stage in &pipeline.stages {
                    let Some(there) = self.places.iter().find(|there| there.name == stage.environment) else {
                        continue;
                    };
                    if there.name == place.name {
                        stages.push((there.clone(), service.clone()));
                        continue;
                    }
                    // Faults there are told when that environment is resolved.
                    if !elsewhere.iter().any(|(known, _)| known.name == there.name) {
                        elsewhere.push((there, self.vars(there, &mut Vec::new()).unwrap_or_default()));
                    }
                    let vars = elsewhere.iter().find(|(known, _)| known.name == there.name);
                    let vars = &vars.expect("it was put there above").1;
                    let service = self.service(name, &entry.value, there, vars, &mut Vec::new());
                    stages.extend(service.map(|(_, _, service)| (there.clone(), service)));
                }
            }
            let name = Written::parse(name).expect("the schema checked the name");
            services.push(ResolvedService { name, service, balancer: None, pipeline, stages, tree, layers });
        }
        let mut resolved = Resolved {
            app: self.application.app.clone(),
            layout: self.application.layout,
            tags: tags?,
            place: place.clone(),
            places: self.places.clone(),
            network: network?,
            cluster: cluster?,
            load_balancers: load_balancers?,
            notify: notify?,
            patches: patches?,
            extra: extra?,
            whole: services.len() == names.map_or(0, |names| names.len()),
            services,
        };
        resolved.settle_balancers();
        Some(resolved)
    }

    pub(super) fn here<'h>(&'h self, place: &'h Place, service: Option<&'h str>) -> Here<'h> {
        Here { app: self.app(), place, service }
    }

    /// The application's variables in an environment. `None` where one of them cannot be worked out.
    pub(super) fn vars(&self, place: &Place, findings: &mut Vec<Finding>) -> Option<Names> {
        let Some(mut node) = self.part_tree("vars", place.name.as_str()) else { return Some(Names::new()) };
        let scope = Scope::outside(self.here(place, None), &Names::new());
        let trail = Trail::of(["vars"]);
        let faults = self.engine.apply(&scope, &mut node);
        let sound = faults.is_empty();
        for fault in faults {
            let shown = in_document(&self.tree, place.name.as_str(), &trail.join(&fault.trail)).meant;
            let mut finding = fault.finding(&shown);
            locate(&mut finding, &trail, &self.tree, place.name.as_str(), None);
            findings.push(finding);
        }
        sound.then(|| names_of(node))
    }

    /// A part that stands at the top of the document with what differs in the environment, as it was written.
    pub fn part_tree(&self, key: &str, environment: &str) -> Option<Node> {
        let here = self.tree.get("environments").and_then(|all| all.get(environment));
        match (self.tree.get(key), here.and_then(|environment| environment.get(key))) {
            (None, None) => None,
            (Some(node), None) | (None, Some(node)) => Some(node.clone()),
            (Some(base), Some(over)) => Some(yaml::overlay(base, over, &|keys| {
                let keys: Vec<&str> = std::iter::once(key).chain(keys.iter().copied()).collect();
                shapes().application.is_choice(&keys)
            })),
        }
    }

    /// A part that stands at the top of the document, with what differs in the environment.
    fn part<T: DeserializeOwned + Default>(
        &self,
        key: &str,
        place: &Place,
        scope: &Scope,
        findings: &mut Vec<Finding>,
    ) -> Option<T> {
        self.part_of(key, self.part_tree(key, place.name.as_str()), place, scope, findings)
    }

    /// The load balancers that services share, over what lies below each: a listener for tests, as below a service.
    fn balancers_tree(&self, place: &Place) -> Option<Node> {
        const KEY: &str = "load_balancers";
        let own = self.tree.get(KEY);
        let here = self.tree.get("environments").and_then(|all| all.get(place.name.as_str())?.get(KEY));
        let mut all = own.or(here)?.clone();
        let map = all.as_map_mut()?;
        for (name, entry) in here.and_then(Node::as_map).into_iter().flatten() {
            if !map.contains_key(name) {
                map.insert(name.clone(), entry.clone());
            }
        }
        let test = self.base.behind.get("deploy").and_then(|deploy| deploy.get("test_traffic"));
        map.retain(|name, entry| {
            let layers = [own, here].map(|part| part.and_then(|part| part.get(name)));
            // A name without anything behind it is a load balancer as well; what an environment removes is none.
            if layers[1].is_some_and(|node| node.data == Data::Null) {
                return false;
            }
            let mut node = Node { span: entry.value.span, data: Data::Map(yaml::Map::new()) };
            if let (Some(test), Some(map)) = (test, node.as_map_mut()) {
                map.insert("test_traffic".into(), Entry { key: test.span, value: test.clone() });
            }
            for layer in layers.into_iter().flatten().filter(|layer| layer.data != Data::Null) {
                node = yaml::overlay(&node, layer, &|_| false);
            }
            node.span = entry.value.span;
            entry.value = node;
            true
        });
        Some(all)
    }

    /// The same of a tree that was put together.
    fn part_of<T: DeserializeOwned + Default>(
        &self,
        key: &str,
        node: Option<Node>,
        place: &Place,
        scope: &Scope,
        findings: &mut Vec<Finding>,
    ) -> Option<T> {
        let Some(mut node) = node else { return Some(T::default()) };
        let trail = Trail::of([key]);
        let shown = |inner: &Trail| in_document(&self.tree, place.name.as_str(), &trail.join(inner)).meant;
        let faults = self.engine.apply(scope, &mut node).into_iter();
        let mut found: Vec<Finding> = faults
            .map(|fault| {
                let at = shown(&fault.trail);
                fault.finding(&at)
            })
            .collect();
        let value = if found.is_empty() {
            // What a patch sets is CloudFormation's, whose keys may start with `x-`.
            let json = match key {
                "patches" => patches_to_json(&node),
                "extra" => shapes().application.part("/properties/extra").to_json(&node),
                _ => plain(&node),
            };
            match typed(&json, &shown) {
                Ok(value) => Some(value),
                Err(finding) => {
                    // Only what an expression stands for can be wrong here; the schema says it better.
                    found = shapes().application.part(&format!("/properties/{key}")).faults(&node, &shown);
                    if found.is_empty() {
                        found.push(*finding);
                    }
                    None
                }
            }
        } else {
            None
        };
        for finding in &mut found {
            locate(finding, &trail, &self.tree, place.name.as_str(), None);
            leave_expression(finding, &[&self.tree]);
        }
        findings.append(&mut found);
        value
    }

    fn pipeline(
        &self,
        service: &str,
        place: &Place,
        vars: &Names,
        findings: &mut Vec<Finding>,
    ) -> Option<PipelineSpec> {
        self.tree.get("pipeline")?;
        let scope = Scope::outside(self.here(place, Some(service)), vars);
        self.part::<Option<PipelineSpec>>("pipeline", place, &scope, findings).flatten()
    }
}

/// What lies below services.
#[derive(Debug, Clone)]
pub(super) struct Bases {
    /// The file of the built-in defaults.
    pub(super) file: FileId,
    behind: Node,
    network: Node,
    without: Node,
}

impl Bases {
    pub(super) fn read(sources: &mut Sources) -> Self {
        let file = sources.add_built_in("built-in defaults", defaults::LAYERS);
        let all = yaml::read(sources, file).expect("the built-in layers are YAML");
        let part = |key| all.get(key).cloned().expect("the built-in layers have all parts");
        Self {
            file,
            behind: part("with_load_balancer"),
            network: part("with_network_load_balancer"),
            without: part("without_load_balancer"),
        }
    }

    /// What lies below these layers of a service, the nearest first: it depends on whether they leave it a load balancer.
    pub(super) fn below<'l>(&self, layers: impl DoubleEndedIterator<Item = &'l Node> + Clone) -> &Node {
        let is_left = |key| {
            let written = layers.clone().rev().find_map(|layer| layer.get(key));
            written.is_some_and(|node| node.data != Data::Null)
        };
        if is_left("http") {
            &self.behind
        } else if is_left("tcp") {
            &self.network
        } else {
            &self.without
        }
    }

    /// What lies below a service behind a load balancer.
    pub(super) fn behind(&self) -> &Node {
        &self.behind
    }
}

/// The entries of a map by their names.
pub(super) fn names_of(node: Node) -> Names {
    match node.data {
        Data::Map(map) => map.into_iter().map(|(name, entry)| (name, entry.value)).collect(),
        _ => Names::new(),
    }
}

/// Values for parameters where nothing has any.
fn with_alone(tree: &Node) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, entry) in tree.get("services").and_then(Node::as_map).into_iter().flatten() {
        if entry.value.get("extends").is_some() {
            continue;
        }
        let own = Trail::of(["services", name]);
        let parts = entry.value.get("environments").and_then(Node::as_map).into_iter().flatten();
        let parts = parts.map(|(part, entry)| (own.key("environments").key(part.as_str()), &entry.value));
        for (trail, node) in std::iter::once((own.clone(), &entry.value)).chain(parts) {
            if node.get("with").is_some() {
                let title = format!("`{}`: `with` gives parameters, and the service extends nothing", trail);
                let mut finding = Finding::error(codes::WITH_ALONE, title)
                    .at(trail.key("with"), Aim::Key, "")
                    .help("say which service blueprint they are for: `extends: web`");
                finding.locate(|trail, aim| tree.locate(trail, aim));
                findings.push(finding);
            }
        }
    }
    findings
}

/// Environments that are named and do not exist.
fn unknown_environments(tree: &Node) -> Vec<Finding> {
    let Some(known) = tree.get("environments").and_then(Node::as_map) else { return Vec::new() };
    let names: Vec<&str> = known.keys().map(String::as_str).collect();
    let mut unknown = Vec::new();
    let stages = tree.get("pipeline").and_then(|pipeline| pipeline.get("stages"));
    if let Some(Node { data: Data::List(stages), .. }) = stages {
        for (at, stage) in stages.iter().enumerate() {
            let named = stage.get("environment").and_then(Node::as_text);
            let trail = Trail::of(["pipeline", "stages"]).index(at).key("environment");
            unknown.extend(named.map(|name| (name, trail, Aim::Value)));
        }
    }
    let home = tree.get("pipeline").and_then(|pipeline| pipeline.get("home")).and_then(Node::as_text);
    unknown.extend(home.map(|name| (name, Trail::of(["pipeline", "home"]), Aim::Value)));
    for (name, entry) in tree.get("patches").and_then(Node::as_map).into_iter().flatten() {
        let named = entry.value.get("where").and_then(|place| place.get("environment"));
        let trail = Trail::of(["patches", name, "where", "environment"]);
        unknown.extend(named.and_then(Node::as_text).map(|name| (name, trail, Aim::Value)));
    }
    for (service, entry) in tree.get("services").and_then(Node::as_map).into_iter().flatten() {
        let parts = entry.value.get("environments").and_then(Node::as_map);
        for name in parts.into_iter().flat_map(|map| map.keys()) {
            unknown.push((name, Trail::of(["services", service, "environments", name]), Aim::Key));
        }
    }
    unknown.retain(|(name, ..)| !known.contains_key(*name) && !is_expression(name));
    let finding = |(name, trail, aim): (&str, Trail, Aim)| {
        let mut finding =
            Finding::error(codes::UNKNOWN_ENVIRONMENT, format!("there is no environment `{name}`"))
                .at(trail, aim, "")
                .help(format!("the environments there are: {}", names.join(", ")));
        finding.locate(|trail, aim| tree.locate(trail, aim));
        finding
    };
    unknown.into_iter().map(finding).collect()
}

/// The document without what is resolved by itself.
fn without_services(tree: &Node) -> Value {
    let mut shallow = tree.clone();
    if let Some(map) = shallow.as_map_mut() {
        for key in [
            "network",
            "cluster",
            "load_balancers",
            "notify",
            "tags",
            "pipeline",
            "patches",
            "extra",
            "vars",
            "include",
        ] {
            map.shift_remove(key);
        }
        if let Some(services) = map.get_mut("services") {
            services.value.data = Data::Map(yaml::Map::new());
        }
    }
    plain(&shallow)
}

/// The patches without the keys that start with `x-` where those mean nothing: in a patch and in its `where`.
fn patches_to_json(node: &Node) -> Value {
    let mut value = node.to_json();
    for patch in value.as_object_mut().into_iter().flat_map(|all| all.values_mut()) {
        let Some(patch) = patch.as_object_mut() else { continue };
        patch.retain(|key, _| !key.starts_with("x-"));
        if let Some(place) = patch.get_mut("where").and_then(Value::as_object_mut) {
            place.retain(|key, _| !key.starts_with("x-"));
        }
    }
    value
}

/// The value without the keys that start with `x-`, which mean nothing; names that people give are kept.
fn plain(node: &Node) -> Value {
    fn strip(value: &mut Value, names: bool) {
        match value {
            Value::Object(object) => {
                if !names {
                    object.retain(|key, _| !key.starts_with("x-"));
                }
                for (key, inner) in object {
                    strip(inner, !names && matches!(key.as_str(), "tags" | "environments" | "arguments"));
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| strip(item, false)),
            _ => {}
        }
    }
    let mut value = node.to_json();
    strip(&mut value, false);
    value
}

/// The model of a value that has the right shape.
pub(super) fn typed<T: DeserializeOwned>(
    json: &Value,
    shown: &dyn Fn(&Trail) -> Trail,
) -> Result<T, Box<Finding>> {
    serde_path_to_error::deserialize(json).map_err(|error| {
        let mut inner = Trail::root();
        for segment in error.path() {
            match segment {
                serde_path_to_error::Segment::Map { key } => inner.push(Step::Key(key.clone())),
                serde_path_to_error::Segment::Seq { index } => inner.push(Step::Index(*index)),
                serde_path_to_error::Segment::Enum { .. } | serde_path_to_error::Segment::Unknown => {}
            }
        }
        let title = format!("`{}`: {}", shown(&inner), error.inner());
        Box::new(Finding::error(codes::WRONG_SHAPE, title).at(inner, Aim::Value, ""))
    })
}
