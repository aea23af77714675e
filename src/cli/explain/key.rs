//! What a key means, which values it has, and what they make.

use std::io;

use camino::Utf8Path;
use serde_json::Value;

use super::{document, effects};
use crate::{
    blueprint::{
        defaults,
        keys::{self, Document, Key, Part},
        reasons,
        shape::written,
    },
    cli::{
        Console, Outcome,
        outcome::Failure,
        places::{Place, Places, at},
    },
    diagnostic::{Aim, Step, Trail},
    provenance::{Effects, Provenance},
    source::{self, Sources},
    yaml::{self, Node},
};

/// Values of a map that are shown for each environment; the rest is counted.
const MAX_VALUES: usize = 20;
/// Characters of a value that are shown; what is longer is looked up.
const MAX_LINE: usize = 60;
/// Places a key with names in it is looked for at, at most.
const MAX_PLACES: usize = 12;

pub(super) fn tell(console: &mut Console<'_>, key: &Key, names: &[String]) -> io::Result<()> {
    let out = &mut console.out;
    writeln!(out, "{key}\n\n{}\n", key.description())?;
    writeln!(out, "takes      {}", key.takes())?;
    let words = key.words();
    let width = words.iter().map(|(word, _)| word.chars().count()).max().unwrap_or(0).min(24);
    for (word, meaning) in &words {
        let line = format!("{word:width$}  {}", meaning.as_deref().unwrap_or_default());
        writeln!(out, "           {}", line.trim_end())?;
    }
    if key.is_required() {
        writeln!(out, "required   yes")?;
    }
    if let Some(default) = layer_default(key, names).or_else(|| key.default().cloned()) {
        writeln!(out, "default    {}", written(&default))?;
        if let Some(reason) = reasons::reason(key) {
            writeln!(out, "           {reason}")?;
        }
    }
    writeln!(out, "example    {}", key.example_line())?;
    match (key.document, key.overridden_at()) {
        (Document::ServiceBlueprint, Some(place)) => {
            writeln!(out, "differs    in a service that extends it, at {place}")?;
        }
        (Document::ServiceBlueprint, None) => {}
        (_, Some(place)) => writeln!(out, "differs    in an environment, at {place}")?,
        (_, None) => writeln!(out, "differs    in no environment")?,
    }
    if key.document != Document::Application {
        writeln!(out, "stands in  {}", key.document.words())?;
    }
    Ok(())
}

/// The key of an application that says the same: of a service blueprint, that of a service (the one of this name, where there is one
/// that extends it); of a shared part, the same key. None for what an application has not.
fn of_application(key: &Key, names: &[String], service: Option<&str>) -> Option<(&'static Key, Vec<String>)> {
    let mut path = key.path.clone();
    let mut names = names.to_vec();
    match key.document {
        Document::Application => {}
        Document::ServiceBlueprint => {
            let Some(Part::Key(first)) = path.first() else { return None };
            if first != "service" || path.len() < 2 {
                return None;
            }
            path.splice(..1, [Part::Key("services".into()), Part::Name]);
            names.insert(0, service.unwrap_or("<name>").to_owned());
        }
        Document::Shared => {}
    }
    keys::all().iter().find(|known| known.path == path).map(|known| (known, names))
}

/// What the layer below every service says of a key, with the names that people gave.
fn layer_default(key: &Key, names: &[String]) -> Option<Value> {
    let mut sources = Sources::new();
    let file = sources.add("built-in defaults", defaults::LAYERS);
    let layers = yaml::read(&sources, file).ok()?;
    let mut names = names.iter();
    let rest = match key.path.as_slice() {
        [Part::Key(services), Part::Name, rest @ ..] if services == "services" => {
            names.next();
            rest
        }
        [Part::Key(service), rest @ ..] if service == "service" => rest,
        _ => return None,
    };
    if rest.is_empty() {
        return None;
    }
    let find = |layer| {
        let mut names = names.clone();
        rest.iter().try_fold(layers.get(layer)?, |node, part| match part {
            Part::Key(key) => node.get(key),
            Part::Name => node.get(names.next()?),
            Part::Item => None,
        })
    };
    // Most services have a load balancer.
    let layers = ["with_load_balancer", "with_network_load_balancer", "without_load_balancer"];
    layers.into_iter().find_map(find).map(Node::to_json)
}

/// What a key makes where no blueprint is named: in the smallest one.
pub(super) fn by_example(console: &mut Console<'_>, key: &Key, names: &[String]) -> Result<Outcome, Failure> {
    let Some((key, names)) = of_application(key, names, None) else {
        writeln!(console.out, "\nit makes:\n  {}", by_itself(key))?;
        return Ok(Outcome::Clean);
    };
    let names = &names;
    let places = Places::smallest();
    for place in places.each().take(1) {
        let Some(resolved) = &place.resolved else { continue };
        let sound = |application: &_| place.is_sound(application);
        let provenance = Provenance::new(resolved, &sound).with_files();
        writeln!(console.out, "\nin the smallest blueprint (--blueprint FILE asks of yours), it makes:")?;
        // The names of another application mean nothing here.
        let names: Vec<String> = names.iter().map(|_| "<name>".to_owned()).collect();
        for line in makes(&provenance, key, &names, None) {
            writeln!(console.out, "  {line}")?;
        }
    }
    Ok(Outcome::Clean)
}

/// The key's value in each environment, where it comes from, and what it makes there.
pub(super) fn values(
    console: &mut Console<'_>,
    key: &Key,
    names: &[String],
    path: &Utf8Path,
    wanted: &[String],
) -> Result<Outcome, Failure> {
    let places = Places::read(path, wanted)?;
    if places.blueprint.is_none() {
        writeln!(
            console.err,
            "{path} has faults, so its values are not shown; next: bluegreen check {path}"
        )?;
        return Ok(Outcome::Clean);
    }
    let service = places.example.as_ref().and_then(|example| example.service.as_deref());
    let Some((key, names)) = of_application(key, names, service) else {
        return itself(console, key, names, path);
    };
    let names = &names;
    match service {
        Some(_) => {
            writeln!(console.out, "\nin {path}, extended by a service with examples for its parameters:")?
        }
        None => writeln!(console.out, "\nin {path}:")?,
    }
    let mut made: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for place in places.each() {
        let Some(resolved) = &place.resolved else {
            writeln!(console.out, "  {}: has faults; next: bluegreen check {path}", place.name)?;
            continue;
        };
        let mut rows = place.values()?;
        rows.retain(|row| stands_in(&row.trail, key, names));
        let tree = place.blueprint.tree();
        if rows.is_empty() && is_layer(key) && lines_of(tree, key, names, place.sources).next().is_some() {
            writeln!(console.out, "  {}, as it is written:", place.name)?;
            for line in lines_of(tree, key, names, place.sources) {
                writeln!(console.out, "    {line}")?;
            }
        } else if rows.is_empty() {
            writeln!(console.out, "  {}: nothing", place.name)?;
        } else {
            writeln!(console.out, "  {}:", place.name)?;
        }
        let trails: Vec<String> = rows.iter().map(|row| row.trail.to_string()).collect();
        let wide = trails.iter().map(|trail| trail.chars().count()).max().unwrap_or(0).min(70);
        let texts = rows.iter().map(|row| row.text.chars().count()).max().unwrap_or(0).min(40);
        for (row, trail) in rows.iter().zip(&trails).take(MAX_VALUES) {
            writeln!(console.out, "    {trail:wide$}  {:texts$}  {}", row.text, row.origin)?;
        }
        if rows.len() > MAX_VALUES {
            writeln!(console.out, "    ... and {} more", rows.len() - MAX_VALUES)?;
        }
        let lines = if place.has_errors {
            vec![format!("not tried before its errors are mended; next: bluegreen check {path}")]
        } else {
            let sound = |application: &_| place.is_sound(application);
            let provenance = Provenance::new(resolved, &sound).with_files();
            makes(&provenance, key, names, Some(&place))
        };
        match made.iter_mut().find(|(_, known)| *known == lines) {
            Some((environments, _)) => environments.push(place.name.to_owned()),
            None => made.push((vec![place.name.to_owned()], lines)),
        }
    }
    if !made.is_empty() {
        writeln!(console.out, "\nwhat it makes, and what changing it does to a stack that runs:")?;
    }
    for (environments, lines) in made {
        writeln!(console.out, "  {}:", environments.join(", "))?;
        for line in lines {
            writeln!(console.out, "    {line}")?;
        }
    }
    Ok(Outcome::Clean)
}

/// What a key of a service blueprint or of a shared part says that an application has not.
fn itself(
    console: &mut Console<'_>,
    key: &Key,
    names: &[String],
    path: &Utf8Path,
) -> Result<Outcome, Failure> {
    let mut sources = Sources::new();
    let file = source::load(&mut sources, path)?;
    if let Ok(tree) = yaml::read(&sources, file) {
        writeln!(console.out, "\nin {path}:")?;
        let mut lines = lines_of(&tree, key, names, &sources).peekable();
        if lines.peek().is_none() {
            writeln!(console.out, "  nothing")?;
        }
        for line in lines {
            writeln!(console.out, "  {line}")?;
        }
    }
    writeln!(console.out, "\nit makes:\n  {}", by_itself(key))?;
    Ok(Outcome::Clean)
}

/// What a document says at a key, and where.
fn lines_of<'l>(
    tree: &'l Node,
    key: &Key,
    names: &[String],
    sources: &'l Sources,
) -> impl Iterator<Item = String> + 'l {
    let all = places(key, names, &|trail| tree.at(trail).map(Node::to_json));
    let there = all.into_iter().filter_map(|trail| Some((tree.at(&trail)?, trail)));
    there.take(MAX_VALUES).map(|(node, trail)| {
        let value = written(&node.to_json());
        let shown = if value.chars().count() > MAX_LINE { "…".to_owned() } else { value };
        format!("{trail}  {shown}  {}", at(&tree.locate(&trail, Aim::Key), sources))
    })
}

/// What is said of a key that makes nothing.
fn by_itself(key: &Key) -> &'static str {
    let is = |at: usize, name: &str| matches!(key.path.get(at), Some(Part::Key(key)) if key == name);
    if is(0, "service") {
        "by itself nothing: ask for one of the keys in it, such as service.cpu"
    } else if is(0, "params") {
        "what the expressions make that name it: params.<name>, asked with --blueprint FILE, tells"
    } else if is(0, "with") || is(0, "extends") {
        "what the service blueprint makes that it extends: ask for one of the parameters"
    } else {
        "nothing: it is for people, and for telling what kind of document this is"
    }
}

/// What a key makes, found out by changing it: as a value of the application, or in the document where it is none by itself.
fn makes(
    provenance: &Provenance<'_>,
    key: &Key,
    names: &[String],
    document: Option<&Place<'_>>,
) -> Vec<String> {
    let mut effects = Effects { now: None, trials: Vec::new(), tries: 0, is_cut: false };
    let all = places(key, names, &|trail| provenance.value(trail).cloned());
    let there: Vec<&Trail> = all.iter().filter(|trail| provenance.value(trail).is_some()).collect();
    let is_layer = is_layer(key);
    let written = there.is_empty();
    if let Some(place) = document.filter(|_| is_layer || written) {
        let tree = place.blueprint.tree();
        for trail in places(key, names, &|trail| tree.at(trail).map(Node::to_json)).iter().take(MAX_PLACES) {
            document::change(place, provenance, key, trail, &mut effects);
        }
        if !effects.is_silent() {
            return effects::lines(&effects);
        }
    }
    if is_layer {
        return vec![
            "by itself nothing: it says where other values come from, or which differ; ask for one of those"
                .into(),
        ];
    }
    effects.is_cut = all.len() > MAX_PLACES;
    let asked: Vec<&Trail> = if written { all.iter().take(1).collect() } else { there };
    for trail in asked.into_iter().take(MAX_PLACES) {
        let found = provenance.effects(trail);
        effects.trials.extend(found.trials);
        effects.tries += found.tries;
        effects.is_cut |= found.is_cut;
    }
    let mut lines = effects::lines(&effects);
    if effects.is_silent() {
        lines.push(match (effects.tries, written) {
            (0, false) => "no other value could be tried: each breaks a rule, or what else is written".into(),
            (0, true) if all.iter().all(|trail| provenance.holds(trail)) => {
                "nothing is written here, and its example does not fit what is".into()
            }
            _ => "nothing: no template changes with it alone; it is for the rules, or for people".into(),
        });
    } else if written {
        lines.insert(0, "nothing yet; its example, written here, would make:".into());
    }
    lines
}

/// Whether a key is about where values come from, or which differ in an environment, and is none by itself.
fn is_layer(key: &Key) -> bool {
    let sources = ["extends", "with", "include", "vars", "params"];
    let says_where = |part: &Part| matches!(part, Part::Key(key) if sources.contains(&key.as_str()));
    if key.path.first().is_some_and(says_where) || key.path.get(2).is_some_and(says_where) {
        return true;
    }
    let is = |at: usize, name: &str| matches!(key.path.get(at), Some(Part::Key(key)) if key == name);
    (is(0, "services") && is(2, "environments"))
        || (is(0, "environments") && (is(2, "network") || is(2, "cluster") || is(2, "load_balancers")))
}

/// Where a key stands: under the names that people gave, or else under all there are.
fn places(key: &Key, names: &[String], value_at: &dyn Fn(&Trail) -> Option<Value>) -> Vec<Trail> {
    let mut all = vec![Trail::root()];
    let mut names = names.iter();
    for part in &key.path {
        let given = if *part == Part::Name { names.next() } else { None };
        let mut next = Vec::new();
        for trail in &all {
            let value = if trail.steps().is_empty() { None } else { value_at(trail) };
            match (part, given) {
                (Part::Key(key), _) => next.push(trail.key(key)),
                (Part::Name, Some(name)) if !name.starts_with('<') => next.push(trail.key(name)),
                (Part::Name, _) => {
                    match value.as_ref().and_then(Value::as_object).filter(|map| !map.is_empty()) {
                        Some(map) => next.extend(map.keys().map(|name| trail.key(name))),
                        None => next.push(trail.key("name")),
                    }
                }
                (Part::Item, _) => {
                    let count = value.as_ref().and_then(Value::as_array).map_or(0, Vec::len).max(1);
                    next.extend((0..count).map(|at| trail.index(at)));
                }
            }
        }
        all = next;
    }
    all
}

/// Whether a value stands at a key or below it.
fn stands_in(trail: &Trail, key: &Key, names: &[String]) -> bool {
    let mut names = names.iter();
    let mut steps = trail.steps().iter();
    key.path.iter().all(|part| match (part, steps.next()) {
        (Part::Key(key), Some(Step::Key(step))) => key == step,
        (Part::Name, Some(Step::Key(step))) => {
            names.next().is_some_and(|name| name.starts_with('<') || name == step)
        }
        (Part::Item, Some(Step::Index(_))) => true,
        _ => false,
    })
}
