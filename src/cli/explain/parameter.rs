//! What a parameter of a service blueprint means, where a service gives it a value or the service blueprint declares it.

use camino::Utf8Path;
use serde_json::Value;

use super::{document, effects, key};
use crate::{
    blueprint::{
        keys::{self, Document, Found, Key, Part},
        shape::written,
    },
    cli::{
        Console, Outcome,
        outcome::Failure,
        places::{Place, Places, at},
    },
    diagnostic::Trail,
    provenance::{Effects, Provenance},
    resolve::{Origin, Parameter},
};

/// A parameter, as people name it.
#[derive(Debug, PartialEq)]
pub(super) struct Asked<'w> {
    /// The service that gives it a value; any, or the service blueprint itself, where none is said.
    service: Option<&'w str>,
    /// Whether the service blueprint declares it, rather than gives it to the one it extends.
    declared: bool,
    name: &'w str,
}

/// A parameter in a word: `services.checkout.with.port`, `with.port`, and in a service blueprint `params.port`.
pub(super) fn asked(what: &str, document: Document) -> Option<Asked<'_>> {
    let steps: Vec<&str> = what.split('.').map(str::trim).collect();
    match steps.as_slice() {
        ["services", service, "with", name, ..]
        | ["services", service, "environments", _, "with", name, ..] => {
            Some(Asked { service: Some(*service), declared: false, name })
        }
        ["with", name, ..] => Some(Asked { service: None, declared: false, name }),
        ["params", name] if document == Document::ServiceBlueprint => {
            Some(Asked { service: None, declared: true, name })
        }
        _ => None,
    }
}

/// What is said where no file tells which service blueprint is meant.
pub(super) fn nowhere(console: &mut Console<'_>) -> Result<Outcome, Failure> {
    if let Found::One(found, names) = keys::find("services.<name>.with") {
        key::tell(console, found, &names)?;
    }
    writeln!(
        console.out,
        "\nwhich there are, the service blueprint says: --blueprint FILE looks into yours, `bluegreen blueprints` lists the built-ins"
    )?;
    Ok(Outcome::Clean)
}

/// Where a service gives values for the parameters of what it extends.
struct Owner<'p> {
    /// The service of the application.
    service: &'p str,
    /// Which service blueprint of its chain declares them.
    depth: usize,
    /// The way people write to the map with `with`.
    shown: Vec<Part>,
    document: Document,
}

/// Tells of a parameter, in a file that can be read.
pub(super) fn tell(
    console: &mut Console<'_>,
    places: &Places,
    path: &Utf8Path,
    asked: &Asked<'_>,
) -> Result<Outcome, Failure> {
    let Some(blueprint) = &places.blueprint else {
        return Err(format!("{path} has faults; next: bluegreen check {path}").into());
    };
    let part = |key: &str| Part::Key(key.to_owned());
    let all = blueprint.tree().get("services").and_then(|all| all.as_map());
    let own = places.example.as_ref().and_then(|example| example.service.as_deref());
    let owners: Vec<Owner<'_>> = match (own, asked.service) {
        (Some(service), None) => vec![Owner {
            service,
            depth: usize::from(!asked.declared),
            shown: if asked.declared { vec![part("params")] } else { vec![part("with")] },
            document: Document::ServiceBlueprint,
        }],
        _ => all
            .into_iter()
            .flat_map(|all| all.keys())
            .filter(|name| asked.service.is_none_or(|asked| asked == *name || asked.starts_with('<')))
            .map(|name| Owner {
                service: name,
                depth: 0,
                shown: vec![part("services"), part(name), part("with")],
                document: Document::Application,
            })
            .collect(),
    };
    if let (Some(asked), true) = (asked.service, owners.is_empty()) {
        let names: Vec<&str> = all.into_iter().flat_map(|all| all.keys()).map(String::as_str).collect();
        return Err(format!("there is no service `{asked}` in {path}; there are {}", names.join(", ")).into());
    }
    let (mut told, mut known) = (false, Vec::new());
    for owner in &owners {
        let Some(environment) = places.names.first() else { break };
        let parameters = blueprint.parameters(owner.service, environment, owner.depth);
        let Some(parameter) = parameters.iter().find(|it| it.name == asked.name) else {
            known.extend(parameters.into_iter().map(|it| it.name));
            continue;
        };
        if told {
            writeln!(console.out)?;
        }
        told = true;
        one(console, places, path, owner, parameter)?;
    }
    if told {
        return Ok(Outcome::Clean);
    }
    known.sort_unstable();
    known.dedup();
    let why = if known.is_empty() {
        "nothing is extended there that has parameters".to_owned()
    } else {
        format!("there are {}", known.join(", "))
    };
    Err(format!("there is no parameter `{}` in {path}; {why}", asked.name).into())
}

fn one(
    console: &mut Console<'_>,
    places: &Places,
    path: &Utf8Path,
    owner: &Owner<'_>,
    parameter: &Parameter,
) -> Result<(), Failure> {
    let name = parameter.name.as_str();
    let mut way = owner.shown.clone();
    way.push(Part::Key(name.to_owned()));
    let key = Key::parameter(way, owner.document, &parameter.declaration);
    key::tell(console, &key, &[])?;
    let declared = &parameter.declaration;
    let bound = |word: &str| declared.get(word).map(written);
    let bounds = match (bound("minimum"), bound("maximum")) {
        (Some(least), Some(most)) => Some(format!("{least} to {most}")),
        (Some(least), None) => Some(format!("at least {least}")),
        (None, Some(most)) => Some(format!("at most {most}")),
        (None, None) => declared["pattern"].as_str().map(|pattern| format!("text that matches {pattern}")),
    };
    if let Some(bounds) = bounds {
        writeln!(console.out, "bounds     {bounds}")?;
    }
    if declared.get("default").is_some_and(Value::is_null) {
        writeln!(console.out, "           without it, keys whose whole value it is are left out")?;
    }
    let of = if parameter.built_in {
        format!("the built-in service blueprint `{}`", parameter.blueprint)
    } else {
        format!("a service blueprint, at {}", at(&parameter.declared_at, &places.sources))
    };
    writeln!(console.out, "parameter  of {of}")?;

    writeln!(console.out, "\nin {path}:")?;
    let mut made: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for place in places.each() {
        let here = place.blueprint.parameters(owner.service, place.name, owner.depth);
        let Some(parameter) = here.iter().find(|it| it.name == name) else { continue };
        let origin = match &parameter.origin {
            Origin::Default if parameter.built_in => format!("default of `{}`", parameter.blueprint),
            Origin::Default => {
                format!("default, declared at {}", at(&parameter.declared_at, &places.sources))
            }
            origin => place.told(origin),
        };
        writeln!(console.out, "  {}:\n    {key}  {}  {origin}", place.name, written(&parameter.value))?;
        let lines = match &place.resolved {
            Some(resolved) if !place.has_errors => {
                let sound = |application: &_| place.is_sound(application);
                let provenance = Provenance::new(resolved, &sound).with_files();
                makes(&place, &provenance, owner, &key, parameter)
            }
            _ => vec![format!("not tried before its errors are mended; next: bluegreen check {path}")],
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
    Ok(())
}

/// What a parameter makes, found out by giving it other values.
fn makes(
    place: &Place<'_>,
    provenance: &Provenance<'_>,
    owner: &Owner<'_>,
    key: &Key,
    parameter: &Parameter,
) -> Vec<String> {
    let mut effects = Effects { now: None, trials: Vec::new(), tries: 0, is_cut: false };
    let name = parameter.name.as_str();
    let (tree, map) = match owner.depth.checked_sub(1) {
        None => (Some(place.blueprint.tree()), Trail::of(["services", owner.service])),
        Some(above) => (place.blueprint.extended(owner.service, above), Trail::root()),
    };
    let Some(tree) = tree else { return Vec::new() };
    let given = match &parameter.origin {
        Origin::Default => None,
        Origin::Written(_) => Some(map.key("with").key(name)),
        Origin::Environment(_) => Some(map.key("environments").key(place.name).key("with").key(name)),
    };
    match given {
        Some(trail) => document::change_in(place, tree, provenance, key, &trail, &mut effects),
        None => {
            let others = key.others(&parameter.value);
            document::give(place, tree, provenance, (&map, name), &others, &mut effects);
        }
    }
    if effects.is_silent() {
        return vec![if effects.tries == 0 {
            "no other value could be tried: each breaks a rule, or what else is written".to_owned()
        } else {
            "nothing: no template changes with it alone".to_owned()
        }];
    }
    effects::lines(&effects)
}
