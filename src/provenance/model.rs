use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    blueprint::PipelineSpec,
    diagnostic::{Step, Trail},
    resolve::{Place, Resolved},
};

/// What an application is made of, by the keys it is written at.
pub(super) const PARTS: [&str; 12] = [
    "app",
    "layout",
    "tags",
    "environments",
    "network",
    "cluster",
    "load_balancers",
    "notify",
    "services",
    "pipeline",
    "extra",
    "patches",
];

/// A resolved application as the document that says everything: its trails are those of the blueprint.
pub(super) fn document(resolved: &Resolved) -> Value {
    let mut document = Map::new();
    for key in PARTS {
        // No patch is no line.
        if (key == "patches" && resolved.patches.is_empty())
            || (key == "load_balancers" && resolved.load_balancers.is_empty())
            || (key == "extra" && resolved.extra.is_none())
        {
            continue;
        }
        if let Some(part) = part(resolved, key) {
            document.insert(key.to_owned(), part);
        }
    }
    Value::Object(document)
}

fn json(value: &impl Serialize) -> Option<Value> {
    serde_json::to_value(value).ok()
}

fn typed<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}

fn part(resolved: &Resolved, key: &str) -> Option<Value> {
    match key {
        "app" => json(&resolved.app),
        "layout" => json(&resolved.layout),
        "tags" => json(&resolved.tags),
        "network" => json(&resolved.network),
        "cluster" => json(&resolved.cluster),
        "load_balancers" => json(&resolved.load_balancers),
        "notify" => json(&resolved.notify),
        "patches" => json(&resolved.patches),
        "extra" => json(&resolved.extra),
        "pipeline" => json(pipeline(resolved)?),
        "environments" => {
            let place = |place: &Place| Some((place.name.to_string(), json(&place.environment)?));
            Some(Value::Object(resolved.places.iter().filter_map(place).collect()))
        }
        "services" => Some(Value::Object(
            resolved
                .services
                .iter()
                .filter_map(|service| Some((service.name.to_string(), json(&service.service)?)))
                .collect(),
        )),
        _ => None,
    }
}

fn pipeline(resolved: &Resolved) -> Option<&PipelineSpec> {
    resolved.services.iter().find_map(|service| service.pipeline.as_ref())
}

/// The application with another value at a trail, or without one. Nothing where the model refuses it.
pub(super) fn with(resolved: &Resolved, trail: &Trail, value: Option<&Value>) -> Option<Resolved> {
    let Some((Step::Key(key), rest)) = trail.steps().split_first() else { return None };
    match (key.as_str(), rest) {
        ("environments", [Step::Key(name), rest @ ..]) => {
            let mut changed = resolved.clone();
            let place = changed.places.iter_mut().find(|place| place.name.as_str() == name)?;
            place.environment = typed(put(json(&place.environment)?, rest, value)?)?;
            let place = place.clone();
            if changed.place.name == place.name {
                changed.place = place.clone();
            }
            for (stage, _) in changed.services.iter_mut().flat_map(|service| &mut service.stages) {
                if stage.name == place.name {
                    *stage = place.clone();
                }
            }
            Some(changed)
        }
        ("services", [Step::Key(name)]) if value.is_none() => {
            let mut changed = resolved.clone();
            changed.services.retain(|service| service.name.as_str() != name);
            (changed.services.len() < resolved.services.len()).then_some(changed)
        }
        ("services", [Step::Key(name), rest @ ..]) if !rest.is_empty() => {
            let mut changed = resolved.clone();
            let here = changed.place.name.clone();
            let service = changed.services.iter_mut().find(|service| service.name.as_str() == name)?;
            service.service = typed(put(json(&service.service)?, rest, value)?)?;
            for (place, stage) in &mut service.stages {
                if place.name == here {
                    *stage = service.service.clone();
                }
            }
            changed.settle_balancers();
            Some(changed)
        }
        ("pipeline", rest) => {
            let now = pipeline(resolved).and_then(json);
            let spec: Option<PipelineSpec> = match (rest, value) {
                ([], None) => None,
                _ => Some(typed(put(now.unwrap_or(Value::Null), rest, value)?)?),
            };
            let mut changed = resolved.clone();
            for service in &mut changed.services {
                service.pipeline.clone_from(&spec);
                service.stages = stages(resolved, &service.name, spec.as_ref());
            }
            Some(changed)
        }
        (_, rest) => {
            let part = put(part(resolved, key)?, rest, value)?;
            let mut changed = resolved.clone();
            match key.as_str() {
                "app" => changed.app = typed(part)?,
                "layout" => changed.layout = typed(part)?,
                "tags" => changed.tags = typed(part)?,
                "network" => changed.network = typed(part)?,
                "cluster" => changed.cluster = typed(part)?,
                "load_balancers" => {
                    changed.load_balancers = typed(part)?;
                    changed.settle_balancers();
                }
                "notify" => changed.notify = typed(part)?,
                "patches" => changed.patches = typed(part)?,
                "extra" => changed.extra = typed(part)?,
                _ => return None,
            }
            Some(changed)
        }
    }
}

/// The stages of a pipeline, with the services that are known of them: here, or as they were resolved elsewhere.
fn stages(
    resolved: &Resolved,
    name: &crate::blueprint::units::ServiceName,
    spec: Option<&PipelineSpec>,
) -> Vec<(Place, crate::blueprint::Service)> {
    let Some(spec) = spec.filter(|spec| resolved.is_home_of(spec)) else { return Vec::new() };
    let Some(own) = resolved.services.iter().find(|service| service.name == *name) else { return Vec::new() };
    let known = |place: &Place| {
        own.stages.iter().find(|(known, _)| known.name == place.name).map(|(_, service)| service.clone())
    };
    spec.stages
        .iter()
        .filter_map(|stage| resolved.place_of(&stage.environment))
        .map(|place| (place.clone(), known(place).unwrap_or_else(|| own.service.clone())))
        .collect()
}

/// The value these steps lead to.
pub(super) fn inside<'v>(whole: &'v Value, steps: &[Step]) -> Option<&'v Value> {
    steps.iter().try_fold(whole, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.get(index),
    })
}

/// A value with another one inside it, or without it. Maps on the way are made where they are missing.
pub(super) fn put(mut whole: Value, steps: &[Step], value: Option<&Value>) -> Option<Value> {
    let Some((last, way)) = steps.split_last() else { return value.cloned().or(Some(Value::Null)) };
    let mut here = &mut whole;
    for step in way {
        here = match step {
            Step::Key(key) => {
                if here.is_null() {
                    *here = Value::Object(Map::new());
                }
                here.as_object_mut()?.entry(key.as_str()).or_insert(Value::Null)
            }
            Step::Index(at) => here.as_array_mut()?.get_mut(*at)?,
        };
    }
    match (last, value) {
        (Step::Key(key), Some(value)) => {
            if here.is_null() {
                *here = Value::Object(Map::new());
            }
            here.as_object_mut()?.insert(key.clone(), value.clone());
        }
        (Step::Key(key), None) => {
            here.as_object_mut()?.shift_remove(key)?;
        }
        (Step::Index(at), Some(value)) => {
            let items = here.as_array_mut()?;
            if *at == items.len() {
                items.push(value.clone());
            } else {
                *items.get_mut(*at)? = value.clone();
            }
        }
        (Step::Index(at), None) => {
            let items = here.as_array_mut()?;
            if *at >= items.len() {
                return None;
            }
            items.remove(*at);
        }
    }
    Some(whole)
}
