//! A service blueprint checked by itself: the service it makes of its defaults and examples.

use serde_json::{Value, json};

use super::{
    Place,
    expression::{Engine, leave_expression},
    layers::{Bases, shapes},
    library::{Library, Load, Template},
    params::{Call, Declared, bind},
    scope::{Here, Scope},
    service::{fits, one_measure, settle_measures, settle_strategy},
    shorthand,
};
use crate::{
    blueprint::engines,
    diagnostic::{Aim, Finding, Mark, Place as At, Trail, codes},
    source::{FileId, Sources, Span},
    yaml::{self, Data, Entry, Node},
};

/// Everything that is wrong with a service blueprint that has the right shape.
pub(super) fn check(sources: &mut Sources, load: &mut Load<'_>, template: Template) -> Vec<Finding> {
    let mut library = Library::default();
    let root = template.tree.clone();
    let mut findings = unused(&template);
    let own = library.add(template);
    let mut chain = vec![own];
    match library.chain(sources, load, &root, "") {
        Ok(others) => chain.extend(others),
        Err(mut found) => {
            for finding in &mut found {
                finding.title = finding.title.replace("`.extends`", "`extends`");
            }
            findings.append(&mut found);
            return findings;
        }
    }
    let base = Bases::read(sources);
    let place = example_place();
    let here = Here { app: "app", place: &place, service: Some("service") };
    let engine = Engine::new();

    let mut given = Some(examples(&library.get(own).params, root.span));
    let mut trees = Vec::new();
    let (mut extends, mut with) = (root.span, None);
    for (depth, index) in chain.iter().enumerate() {
        let template = library.get(*index);
        let call = Call {
            shown: if depth < 2 { String::new() } else { library.get(chain[depth - 1]).name.clone() },
            extends,
            with,
            callee: &template.name,
            built_in: template.built_in,
            trail: None,
        };
        let bound = bind(&template.params, given.as_ref().and_then(Node::as_map), &call, here, &engine);
        let found = bound.findings.into_iter().map(|mut finding| {
            finding.title = finding.title.replace("`.with", "`with");
            finding
        });
        findings.extend(found);
        let scope = Scope::inside(here, &bound.values);
        let mut faults: Vec<(&str, _)> = bound.faults.into_iter().map(|fault| ("params", fault)).collect();
        if let Some(service) = template.tree.get("service") {
            let mut service = service.clone();
            faults.extend(engine.apply(&scope, &mut service).into_iter().map(|fault| ("service", fault)));
            trees.push(service);
        }
        let next = template.tree.as_map().and_then(|map| map.get("with"));
        with = next.map(|entry| entry.key);
        given = next.map(|entry| entry.value.clone());
        if let Some(given) = &mut given {
            faults.extend(engine.apply(&scope, given).into_iter().map(|fault| ("with", fault)));
        }
        if let Some(next) = template.tree.get("extends") {
            extends = next.span;
        }
        for (under, mut fault) in faults {
            fault.trail = Trail::of([under]).join(&fault.trail);
            let (trail, span) = (fault.trail.clone(), fault.span);
            let mut finding = fault.finding(&trail);
            if span.file != root.span.file {
                finding.primary =
                    Some(Mark { place: At::Span(span), span: Some(span), label: String::new() });
            }
            findings.push(finding);
        }
    }
    let error = |finding: &Finding| finding.level == crate::diagnostic::Level::Error;
    if findings.iter().any(error) {
        return findings;
    }

    // Whoever extends one without `http` may give it one, unless it names the engine that does without.
    let trees: Vec<Node> = trees.into_iter().rev().collect();
    let engine = trees.iter().rev().find_map(|tree| tree.get("deploy")?.get("engine")?.as_text());
    let able = engines::that_can(|engine| engine.needs_load_balancer().is_none());
    let does_without = engine.is_some_and(|word| able.contains(&word));
    let mut tree = if does_without { base.below(trees.iter()) } else { base.behind() }.clone();
    for mut layer in trees {
        shorthand::expand(&mut layer);
        tree = yaml::overlay(&tree, &layer, &|keys| shapes().service.is_choice(keys));
        settle_measures(&mut tree, &layer);
    }
    settle_strategy(&mut tree, base.file);
    complete(&mut tree, root.span);
    let shown = |inner: &Trail| Trail::of(["service"]).join(inner);
    let mut json = shapes().service.to_json(&tree);
    let mut found =
        if fits("service", &mut json) { Vec::new() } else { shapes().service.faults(&tree, &shown) };
    if found.is_empty() {
        found = one_measure(&tree, &shown);
    }
    let written: Vec<&Node> = chain.iter().map(|index| &library.get(*index).tree).collect();
    for finding in &mut found {
        blame(finding, &tree, &root, base.file);
        leave_expression(finding, &written);
        finding.notes.push("seen with the parameters' defaults and examples".into());
    }
    findings.append(&mut found);
    findings
}

/// Points a finding of the service at the file that wrote it.
fn blame(finding: &mut Finding, tree: &Node, root: &Node, base: FileId) {
    for mark in finding.primary.iter_mut().chain(&mut finding.related) {
        let At::Trail(trail, aim) = &mark.place else { continue };
        let span = tree.locate(trail, *aim);
        let inside = Trail::of(["service"]).join(trail);
        *mark = if root.at(&inside).is_some() && root.locate(&inside, *aim) == span {
            Mark { place: At::Trail(inside, *aim), span: Some(span), label: mark.label.clone() }
        } else if span.file == base {
            let at = root.locate(&Trail::of(["service"]), Aim::Key);
            Mark { place: At::Span(at), span: Some(at), label: mark.label.clone() }
        } else {
            Mark { place: At::Span(span), span: Some(span), label: mark.label.clone() }
        };
    }
}

/// Somewhere to work expressions out.
fn example_place() -> Place {
    let environment = json!({"region": "eu-west-1", "account": "111122223333"});
    Place {
        name: crate::blueprint::units::Written::parse("prod").expect("a name"),
        environment: serde_json::from_value(environment).expect("an environment"),
    }
}

/// What a service gives that extends a service blueprint only to show what it makes: an example for each parameter that must be given.
pub fn example_parameters(tree: &Node) -> Value {
    examples(&Declared::all(tree), tree.span).to_json()
}

/// A value for each parameter that must be given.
fn examples(params: &[Declared], span: Span) -> Node {
    let required = params.iter().filter(|param| param.default().is_none());
    let entry = |param: &Declared| (param.name.clone(), Entry { key: param.key, value: param.example() });
    Node { span, data: Data::Map(required.map(entry).collect()) }
}

/// What a service must have and a service blueprint may leave to those that extend it.
fn complete(tree: &mut Node, span: Span) {
    let Some(map) = tree.as_map_mut() else { return };
    let value = |data| Entry { key: span, value: Node { span, data } };
    if let Some(sidecars) = map.get_mut("sidecars").and_then(|entry| entry.value.as_map_mut()) {
        for entry in sidecars.values_mut() {
            if let Some(sidecar) = entry.value.as_map_mut() {
                let image = Data::Text("public.ecr.aws/nginx/nginx:1.29".into());
                sidecar.entry("image".into()).or_insert_with(|| value(image));
            }
        }
    }
}

/// Parameters that nothing uses.
fn unused(template: &Template) -> Vec<Finding> {
    let mut findings = Vec::new();
    for param in &template.params {
        let name = format!("params.{}", param.name);
        if uses(&template.tree, &name) || uses(&template.tree, &format!("params['{}']", param.name)) {
            continue;
        }
        let mut finding =
            Finding::warning(codes::UNUSED_PARAMETER, format!("`{name}`: no expression uses this parameter"))
                .at(Trail::of(["params", &param.name]), Aim::Key, "")
                .help(format!("use it as `${{{name}}}`, or take it away"));
        finding.locate(|trail, aim| template.tree.locate(trail, aim));
        findings.push(finding);
    }
    findings
}

/// Whether any text names it as a word of its own.
fn uses(node: &Node, name: &str) -> bool {
    match &node.data {
        Data::Text(text) => {
            text.contains("${")
                && text.match_indices(name).any(|(at, _)| {
                    !text[at + name.len()..]
                        .starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_')
                })
        }
        Data::Map(map) => map.values().any(|entry| uses(&entry.value, name)),
        Data::List(items) => items.iter().any(|item| uses(item, name)),
        _ => false,
    }
}
