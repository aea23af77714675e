use std::sync::OnceLock;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{
    Place, Resolved, ResolvedService, environment, expression::Expressions, locate, shorthand,
    written::in_document,
};
use crate::{
    blueprint::{
        Allow, Application, MEASURES, PipelineSpec, Service, defaults, is_expression,
        shape::{Shape, is_application},
        units::Written,
    },
    diagnostic::{Aim, Finding, Mark, Place as At, Step, Trail, codes},
    source::{FileId, Sources, Span},
    yaml::{self, Data, Node},
};

/// A blueprint that was read and has the right shape, layer by layer.
#[derive(Debug)]
pub struct Blueprint {
    /// The document.
    tree: Node,
    /// What lies below every service.
    base: Node,
    /// The document as a model; its services are those without any environment's layer.
    application: Application,
    places: Vec<Place>,
}

/// The shapes of a document and of a service in it.
struct Shapes {
    application: Shape,
    service: Shape,
}

fn shapes() -> &'static Shapes {
    static SHAPES: OnceLock<Shapes> = OnceLock::new();
    SHAPES.get_or_init(|| {
        let application = Shape::application();
        let service = application.part("/$defs/Service");
        Shapes { application, service }
    })
}

impl Blueprint {
    /// Reads a file that was loaded.
    ///
    /// # Errors
    /// Every fault of reading, or else every fault of shape, located.
    pub fn read(sources: &mut Sources, file: FileId) -> Result<Self, Vec<Finding>> {
        let base = sources.add_built_in("built-in defaults", defaults::LAYER);
        let base = yaml::read(sources, base).expect("the built-in layer is YAML");
        let tree = yaml::read(sources, file)?;
        let mut findings = shapes().application.check(&tree);
        // What an expression stands for is known, and checked, in each environment.
        findings.retain(|finding| {
            let value = finding.trail().and_then(|trail| tree.at(trail)).and_then(Node::as_text);
            !value.is_some_and(is_expression)
        });
        findings.extend(unknown_environments(&tree));
        if !findings.is_empty() {
            findings.sort_by_key(|finding| {
                finding.primary.as_ref().and_then(|mark| mark.span).map(|span| (span.start, span.end))
            });
            return Err(findings);
        }
        let application: Application =
            typed(&without_services(&tree), &Trail::clone).map_err(|mut finding| {
                finding.locate(|trail, aim| tree.locate(trail, aim));
                vec![*finding]
            })?;
        let places = environment::places(&application);
        Ok(Self { tree, base, application, places })
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

    /// The document.
    pub fn tree(&self) -> &Node {
        &self.tree
    }

    /// The bytes a service's own layer of an environment covers, to tell layers apart.
    pub fn overlay_span(&self, service: &str, environment: &str) -> Option<Span> {
        let service = self.tree.get("services")?.get(service)?;
        Some(service.get("environments")?.get(environment)?.span)
    }

    /// The bytes of an environment's own part.
    pub fn environment_span(&self, environment: &str) -> Option<Span> {
        Some(self.tree.get("environments")?.get(environment)?.span)
    }

    /// The application in one environment.
    ///
    /// # Errors
    /// Every fault that shows when the layers lie over each other, located.
    ///
    /// # Panics
    /// When there is no such environment: callers choose from [`Blueprint::environments`].
    pub fn resolve(&self, environment: &str) -> Result<Resolved, Vec<Finding>> {
        let place = self.places.iter().find(|place| place.name.as_str() == environment);
        let place = place.expect("callers choose from the environments there are");
        let mut findings = Vec::new();
        let app = self.application.app.as_str();

        let scope = Expressions::new(app, place, None);
        let network = self.part("network", place, &scope, &mut findings);
        let cluster = self.part("cluster", place, &scope, &mut findings);
        let notify = self.part("notify", place, &scope, &mut findings);
        let tags = self.part("tags", place, &scope, &mut findings);
        let patches = self.part("patches", place, &scope, &mut findings);

        let mut services = Vec::new();
        let names = self.tree.get("services").and_then(Node::as_map);
        for (name, entry) in names.into_iter().flatten() {
            let Some((tree, service)) = self.service(name, &entry.value, place, &mut findings) else {
                continue;
            };
            let pipeline = self.pipeline(name, place, &mut findings);
            let mut stages = Vec::new();
            if let Some(pipeline) = &pipeline
                && Resolved::home(pipeline) == &place.name
            {
                for stage in &pipeline.stages {
                    if let Some(there) = self.places.iter().find(|there| there.name == stage.environment) {
                        // Faults there are told when that environment is resolved.
                        let service = if there.name == place.name {
                            Some(service.clone())
                        } else {
                            self.service(name, &entry.value, there, &mut Vec::new())
                                .map(|(_, service)| service)
                        };
                        stages.extend(service.map(|service| (there.clone(), service)));
                    }
                }
            }
            let name = Written::parse(name).expect("the schema checked the name");
            services.push(ResolvedService { name, service, pipeline, stages, tree });
        }
        for finding in &mut findings {
            finding.environment = Some(environment.to_owned());
        }
        match (network, cluster, notify, tags, patches) {
            (Some(network), Some(cluster), Some(notify), Some(tags), Some(patches))
                if findings.is_empty() =>
            {
                Ok(Resolved {
                    app: self.application.app.clone(),
                    layout: self.application.layout,
                    tags,
                    place: place.clone(),
                    places: self.places.clone(),
                    network,
                    cluster,
                    notify,
                    patches,
                    services,
                })
            }
            _ => Err(findings),
        }
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
        scope: &Expressions,
        findings: &mut Vec<Finding>,
    ) -> Option<T> {
        let Some(mut node) = self.part_tree(key, place.name.as_str()) else { return Some(T::default()) };
        let mut found = Vec::new();
        let trail = Trail::of([key]);
        let shown = |inner: &Trail| in_document(&self.tree, place.name.as_str(), &trail.join(inner)).meant;
        scope.apply(&mut node, &shown, &mut found);
        let value = if found.is_empty() {
            // What a patch sets is CloudFormation's, whose keys may start with `x-`.
            let json = if key == "patches" { patches_to_json(&node) } else { plain(&node) };
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
        }
        findings.append(&mut found);
        value
    }

    fn pipeline(&self, service: &str, place: &Place, findings: &mut Vec<Finding>) -> Option<PipelineSpec> {
        self.tree.get("pipeline")?;
        let scope = Expressions::new(self.application.app.as_str(), place, Some(service));
        self.part::<Option<PipelineSpec>>("pipeline", place, &scope, findings).flatten()
    }

    fn service(
        &self,
        name: &str,
        written: &Node,
        place: &Place,
        findings: &mut Vec<Finding>,
    ) -> Option<(Node, Service)> {
        let mut own = written.clone();
        let over = own.as_map_mut().and_then(|map| map.shift_remove("environments"));
        let over = over.and_then(|entry| entry.value.get(place.name.as_str()).cloned());
        let removals = over.clone();
        shorthand::expand(&mut own);
        let mut tree = yaml::overlay(&self.base, &own, &|keys| shapes().service.is_choice(keys));
        settle_measures(&mut tree, &own);
        if let Some(mut over) = over {
            shorthand::expand(&mut over);
            tree = yaml::overlay(&tree, &over, &|keys| shapes().service.is_choice(keys));
            settle_measures(&mut tree, &over);
        }
        tree.span = written.span;
        let trail = Trail::of(["services", name]);
        let shown = |inner: &Trail| in_document(&self.tree, place.name.as_str(), &trail.join(inner)).meant;
        let mut found = Vec::new();
        Expressions::new(self.application.app.as_str(), place, Some(name))
            .apply(&mut tree, &shown, &mut found);
        let mut json = shapes().service.to_json(&tree);
        if found.is_empty() && !fits(name, &mut json) {
            found = shapes().service.faults(&tree, &shown);
        }
        if found.is_empty() {
            found = one_measure(&tree, &shown);
        }
        let mut service = None;
        if found.is_empty() {
            match typed(&json, &shown) {
                Ok(model) => service = Some(model),
                Err(finding) => found.push(*finding),
            }
        }
        for finding in &mut found {
            if finding.code == codes::MISSING_KEY
                && let Some(inner) = finding.trail().cloned()
                && let Some(map) = removals.as_ref().and_then(|over| over.at(&inner)?.as_map())
            {
                for entry in map.values().filter(|entry| entry.value.data == Data::Null) {
                    finding.related.push(Mark {
                        place: At::Span(entry.key),
                        span: Some(entry.key),
                        label: "removed here".into(),
                    });
                }
            }
            locate(finding, &trail, &self.tree, place.name.as_str(), None);
        }
        findings.append(&mut found);
        Some((tree, service?))
    }
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

/// Whether a merged service has the right shape: asked of the document's shape, of a document with nothing else in it.
fn fits(name: &str, service: &mut Value) -> bool {
    let mut document = json!({
        "schema": 1,
        "app": "app",
        "environments": {"here": {"region": "eu-west-1"}},
        "services": {name: service.take()},
    });
    let fits = is_application(&document);
    *service = document["services"][name].take();
    fits
}

/// An alarm that measures something else in a later layer drops what it measured before.
fn settle_measures(tree: &mut Node, over: &Node) {
    let Some(alarms) = over.get("alarms").and_then(Node::as_map) else { return };
    for (name, entry) in alarms {
        let measure =
            |node: &Node| MEASURES.iter().copied().filter(|key| node.get(key).is_some()).collect::<Vec<_>>();
        let now = measure(&entry.value);
        let merged = tree.as_map_mut().and_then(|map| map.get_mut("alarms"));
        let merged = merged.and_then(|entry| entry.value.as_map_mut()).and_then(|map| map.get_mut(name));
        if let (false, Some(merged)) = (now.is_empty(), merged)
            && let Some(map) = merged.value.as_map_mut()
        {
            map.retain(|key, _| !MEASURES.contains(&key.as_str()) || now.contains(&key.as_str()));
        }
    }
}

/// An alarm measures exactly one thing.
fn one_measure(tree: &Node, shown: &dyn Fn(&Trail) -> Trail) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, entry) in tree.get("alarms").and_then(Node::as_map).into_iter().flatten() {
        let trail = Trail::of(["alarms", name.as_str()]);
        let place = shown(&trail);
        let measures: Vec<_> = MEASURES.iter().filter(|key| entry.value.get(key).is_some()).collect();
        match measures.as_slice() {
            [_] => {}
            [] => findings.push(
                Finding::error(codes::MISSING_KEY, format!("`{place}` does not say what it measures"))
                    .at(trail, Aim::Key, "")
                    .help(format!("give it one of {}", MEASURES.map(|key| format!("`{key}`")).join(", "))),
            ),
            [first, second, ..] => findings.push(
                Finding::error(codes::SEVERAL_CHOICES, format!("`{place}` measures more than one thing"))
                    .at(trail.key(**second), Aim::Key, "")
                    .related(trail.key(**first), Aim::Key, "the first")
                    .help("make two alarms of it"),
            ),
        }
    }
    findings
}

/// The document without what is resolved by itself.
fn without_services(tree: &Node) -> Value {
    let mut shallow = tree.clone();
    if let Some(map) = shallow.as_map_mut() {
        for key in ["network", "cluster", "notify", "tags", "pipeline", "patches"] {
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
fn typed<T: DeserializeOwned>(json: &Value, shown: &dyn Fn(&Trail) -> Trail) -> Result<T, Box<Finding>> {
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
