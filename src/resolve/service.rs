//! One service in one environment: its layers, laid over each other.

use serde_json::{Value, json};

use super::{
    Blueprint, Place,
    expression::{Fault, leave_expression, survives},
    layers::{names_of, shapes, typed},
    params::{Call, bind},
    scope::{Names, Scope},
    shorthand,
    written::{Extended, Layers, Merged, in_document, point, written_beside},
};
use crate::{
    blueprint::{MEASURES, Service, defaults, shape::is_application},
    diagnostic::{Aim, Finding, Mark, Place as At, Trail, codes},
    source::{FileId, Span},
    yaml::{self, Data, Entry, Node},
};

/// What a service, or its part of an environment, says beside what the service is.
struct Own {
    node: Node,
    with: Option<Entry>,
    vars: Option<Entry>,
}

impl Own {
    fn of(mut node: Node) -> Self {
        let mut take = |key| node.as_map_mut().and_then(|map| map.shift_remove(key));
        let (with, vars) = (take("with"), take("vars"));
        Self { node, with, vars }
    }
}

/// Faults of expressions, by the layer they were found in.
#[derive(Default)]
pub(super) struct Faults {
    /// In the document; the way begins at the service.
    document: Vec<(Trail, Fault)>,
    /// In service blueprints: the way there, and which one of the chain.
    extended: Vec<(Trail, Fault, usize)>,
}

impl Blueprint {
    /// A service in an environment: the tree it was read from, who wrote that, and the model.
    pub(super) fn service(
        &self,
        name: &str,
        written: &Node,
        place: &Place,
        vars: &Names,
        findings: &mut Vec<Finding>,
    ) -> Option<(Node, Layers, Service)> {
        let here = self.here(place, Some(name));
        let mut faults = Faults::default();
        let mut found = Vec::new();
        let Begun { mut own, mut over, scope, extends, with: with_key, mut given } =
            self.begin(name, written, place, vars, &mut faults);
        let mut layers = Layers { defaults: self.defaults(), extended: Vec::new() };
        let mut trees: Vec<Node> = Vec::new();
        let mut at = extends;
        let mut with_at = with_key;
        for (depth, index) in self.chains.get(name).into_iter().flatten().enumerate() {
            let template = self.library.get(*index);
            let call = Call {
                shown: if depth == 0 {
                    Trail::of(["services", name]).to_string()
                } else {
                    layers.extended[depth - 1].name.clone()
                },
                extends: at,
                with: with_at,
                callee: &template.name,
                built_in: template.built_in,
                trail: (depth == 0).then(Trail::root),
            };
            let bound =
                bind(&template.params, given.as_ref().and_then(Node::as_map), &call, here, &self.engine);
            found.extend(bound.findings);
            faults.extended("params", bound.faults, depth);
            let inside = Scope::inside(here, &bound.values);
            layers.extended.push(Extended {
                file: template.file,
                name: template.name.clone(),
                built_in: template.built_in,
                at: if depth == 0 { extends } else { at },
            });
            if let Some(service) = template.tree.get("service") {
                let mut service = service.clone();
                faults.extended("service", self.engine.apply(&inside, &mut service), depth);
                trees.push(service);
            }
            let next = template.tree.as_map().and_then(|map| map.get("with"));
            with_at = next.map(|entry| entry.key);
            given = next.map(|entry| entry.value.clone());
            if let Some(given) = &mut given {
                faults.extended("with", self.engine.apply(&inside, given), depth);
            }
            at = template.tree.get("extends").map_or(at, |extends| extends.span);
        }
        faults.document("", self.engine.apply(&scope, &mut own.node));
        if let Some(over) = &mut over {
            faults.document("", self.engine.apply(&scope, &mut over.node));
        }

        let removals = over.as_ref().map(|over| over.node.clone());
        let layered: Vec<Node> =
            trees.into_iter().rev().chain([own.node]).chain(over.map(|over| over.node)).collect();
        let mut tree = self.base.below(layered.iter()).clone();
        for mut layer in layered {
            shorthand::expand(&mut layer);
            tree = yaml::overlay(&tree, &layer, &|keys| shapes().service.is_choice(keys));
            settle_measures(&mut tree, &layer);
        }
        settle_strategy(&mut tree, self.defaults());
        tree.span = written.span;

        let trail = Trail::of(["services", name]);
        let shown = |inner: &Trail| in_document(&self.tree, place.name.as_str(), &trail.join(inner)).meant;
        found.extend(faults.findings(&tree, &shown, &layers));
        let mut json = shapes().service.to_json(&tree);
        if found.is_empty() && !fits(name, &mut json) {
            found = shapes().service.faults(&tree, &shown);
        }
        if found.is_empty() {
            found = one_measure(&tree, &shown);
            found.extend(one_front(&tree, &shown));
            found.extend(port_of_front(&tree, &shown));
        }
        let mut service = None;
        if found.is_empty() {
            settle_bootstrap(&mut json);
            settle_protocol(&mut json);
            match typed(&json, &shown) {
                Ok(model) => service = Some(model),
                Err(finding) => found.push(*finding),
            }
        }
        let templates = self.chains.get(name).into_iter().flatten();
        let written: Vec<&Node> = std::iter::once(&self.tree)
            .chain(templates.map(|index| &self.library.get(*index).tree))
            .collect();
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
            let merged = Merged { tree: &tree, layers: &layers };
            point(finding, &trail, &self.tree, place.name.as_str(), None, Some(merged));
            leave_expression(finding, &written);
        }
        findings.append(&mut found);
        Some((tree, layers, service?))
    }
}

/// A service before what it extends is looked at.
pub(super) struct Begun {
    own: Own,
    over: Option<Own>,
    /// What its expressions know.
    pub scope: Scope,
    /// Where it says what it extends.
    pub extends: Span,
    /// The key `with`, where it is written.
    pub with: Option<Span>,
    /// What it gives for parameters, worked out.
    pub given: Option<Node>,
}

impl Blueprint {
    /// What a service says for itself in an environment.
    pub(super) fn begin(
        &self,
        name: &str,
        written: &Node,
        place: &Place,
        vars: &Names,
        faults: &mut Faults,
    ) -> Begun {
        let here = self.here(place, Some(name));
        let mut own = written.clone();
        let mut take = |key| own.as_map_mut().and_then(|map| map.shift_remove(key));
        let over = take("environments").and_then(|entry| entry.value.get(place.name.as_str()).cloned());
        let extends = take("extends").map_or(written.span, |entry| entry.value.span);
        let mut own = Own::of(own);
        let mut over = over.map(Own::of);

        // Variables of the service know those of the application.
        let own_vars = both(own.vars.take(), over.as_mut().and_then(|over| over.vars.take()));
        let scope = match own_vars {
            None => Scope::outside(here, vars),
            Some(entry) => {
                let mut node = entry.value;
                let outer = Scope::outside(here, vars);
                faults.document("vars", self.engine.apply(&outer, &mut node));
                let mut all = vars.clone();
                all.extend(names_of(node));
                Scope::outside(here, &all)
            }
        };

        // What it extends, in the scope of whoever extends it.
        let with = both(own.with.take(), over.as_mut().and_then(|over| over.with.take()));
        let with_key = with.as_ref().map(|entry| entry.key);
        let mut given = with.map(|entry| entry.value);
        if let Some(given) = &mut given {
            faults.document("with", self.engine.apply(&scope, given));
        }
        Begun { own, over, scope, extends, with: with_key, given }
    }
}

/// Gives a service without a load balancer what it does not say itself of the time before its first release.
fn settle_bootstrap(service: &mut Value) {
    let is_alone = |service: &&mut serde_json::Map<String, Value>| {
        FRONTS.iter().all(|front| !service.contains_key(*front))
    };
    let Some(service) = service.as_object_mut().filter(is_alone) else { return };
    if let Value::Object(image) = service.entry("image").or_insert_with(|| json!({}))
        && !image.contains_key("uri")
    {
        image.entry("bootstrap").or_insert_with(|| defaults::BOOTSTRAP_WITHOUT_LOAD_BALANCER.into());
    }
}

/// Gives a service whose tasks do not speak HTTP/1.1 what it does not say itself: the defaults are right for HTTP/1.1 alone.
fn settle_protocol(service: &mut Value) {
    let Some(service) = service.as_object_mut() else { return };
    let Some(http) = service.get_mut("http").and_then(Value::as_object_mut) else { return };
    let grpc = match http.get("protocol").and_then(Value::as_str) {
        Some("grpc") => true,
        Some("http2") => false,
        _ => return,
    };
    if grpc && let Value::Object(check) = http.entry("healthcheck").or_insert_with(|| json!({})) {
        for (key, value) in defaults::GRPC_HEALTH {
            check.entry(key).or_insert_with(|| value.into());
        }
    }
    if let Value::Object(image) = service.entry("image").or_insert_with(|| json!({}))
        && !image.contains_key("uri")
    {
        image.entry("bootstrap").or_insert_with(|| defaults::BOOTSTRAP_BEYOND_HTTP1.into());
    }
}

/// A map and what differs in an environment, as one.
fn both(own: Option<Entry>, over: Option<Entry>) -> Option<Entry> {
    match (own, over) {
        (Some(own), Some(over)) => {
            Some(Entry { key: own.key, value: yaml::overlay(&own.value, &over.value, &|_| false) })
        }
        (own, over) => over.or(own),
    }
}

impl Faults {
    fn document(&mut self, under: &str, faults: Vec<Fault>) {
        let under = if under.is_empty() { Trail::root() } else { Trail::of([under]) };
        self.document.extend(faults.into_iter().map(|fault| (under.clone(), fault)));
    }

    fn extended(&mut self, under: &str, faults: Vec<Fault>, depth: usize) {
        self.extended.extend(faults.into_iter().map(|fault| (Trail::of([under]), fault, depth)));
    }

    /// Those of values that no later layer replaces.
    fn findings(self, tree: &Node, shown: &dyn Fn(&Trail) -> Trail, layers: &Layers) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (under, mut fault) in self.document {
            if under == Trail::root() && !survives(tree, &fault) {
                continue;
            }
            fault.trail = under.join(&fault.trail);
            let at = shown(&fault.trail);
            findings.push(fault.finding(&at));
        }
        for (under, mut fault, depth) in self.extended {
            if under == Trail::of(["service"]) && !survives(tree, &fault) {
                continue;
            }
            let extended = &layers.extended[depth];
            fault.trail = under.join(&fault.trail);
            let (trail, span) = (fault.trail.clone(), fault.span);
            let mut finding = fault.finding(&trail);
            let at = |span: Span| Mark { place: At::Span(span), span: Some(span), label: String::new() };
            if extended.built_in {
                finding.title = format!("in `{}`: {}", extended.name, finding.title);
                finding.primary = Some(at(extended.at));
                finding.fixes.clear();
            } else {
                finding.primary = Some(at(span));
                finding = finding.related_span(extended.at, "extended here");
            }
            findings.push(finding);
        }
        findings
    }
}

/// Whether a merged service has the right shape: asked of the document's shape, of a document with nothing else in it.
pub(super) fn fits(name: &str, service: &mut Value) -> bool {
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
pub(super) fn settle_measures(tree: &mut Node, over: &Node) {
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

/// A rolling update shows its new version to nobody beforehand, so the test listener that lies below every service is not
/// for it. One that people wrote stays, to be told of.
pub(super) fn settle_strategy(tree: &mut Node, defaults: FileId) {
    let Some(deploy) = tree.as_map_mut().and_then(|map| map.get_mut("deploy")) else { return };
    let is_rolling = deploy.value.get("strategy").is_some_and(|strategy| strategy.get("rolling").is_some());
    if let (true, Some(map)) = (is_rolling, deploy.value.as_map_mut()) {
        map.retain(|key, entry| key != "test_traffic" || written_beside(&entry.value, defaults));
    }
}

/// The keys of what may stand before a service.
const FRONTS: [&str; 2] = ["http", "tcp"];

/// A load balancer sends requests or connections to a port.
fn port_of_front(tree: &Node, shown: &dyn Fn(&Trail) -> Trail) -> Option<Finding> {
    if tree.get("port").is_some() {
        return None;
    }
    let front = FRONTS.into_iter().find(|front| tree.get(front).is_some())?;
    let place = shown(&Trail::root());
    let (what, example) = match front {
        "http" => ("requests", "8080"),
        _ => ("connections", "1883"),
    };
    Some(
        Finding::error(codes::MISSING_KEY, format!("`{place}`: `port` is missing, which `{front}` needs"))
            .at(Trail::root(), Aim::Key, "")
            .related(Trail::of([front]), Aim::Key, format!("the load balancer sends {what} to it"))
            .help(format!("for example `port: {example}`")),
    )
}

/// A service stands behind one load balancer.
fn one_front(tree: &Node, shown: &dyn Fn(&Trail) -> Trail) -> Option<Finding> {
    let [first, second] = FRONTS;
    if tree.get(first).is_none() || tree.get(second).is_none() {
        return None;
    }
    let place = shown(&Trail::root());
    Some(
        Finding::error(
            codes::SEVERAL_CHOICES,
            format!("`{place}` has two load balancers, `{first}` and `{second}`"),
        )
        .at(Trail::of([second]), Aim::Key, "")
        .related(Trail::of([first]), Aim::Key, "the other")
        .help("keep `http` where it speaks HTTP, `tcp` where it speaks anything else"),
    )
}

/// An alarm measures exactly one thing.
pub(super) fn one_measure(tree: &Node, shown: &dyn Fn(&Trail) -> Trail) -> Vec<Finding> {
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
