//! The service that comes beside another one, as a blueprint says it.

use serde_json::{Value, json};

use crate::{
    blueprint::{
        Engine,
        units::{EntryName, ServiceName, Written},
    },
    resolve::{Blueprint, Resolved},
    source::Span,
    stacks::Names,
    yaml::{Data, Entry, Map, Node},
};

/// Writes a second service beside one into a blueprint: the same words under another name, with `engine: ecs`. One that is there
/// already stays as it is. Where images are in a repository that bluegreen makes, the second has one of its own, and a patch lets it
/// read that of the first, whose image it begins with.
///
/// Nothing happens where there is no such first service.
pub fn stand_beside(blueprint: &mut Blueprint, resolved: &Resolved, service: &str, name: &ServiceName) {
    let Some(known) = resolved.services.iter().find(|known| known.name.as_str() == service) else { return };
    let Some(written) = blueprint.written(service) else { return };
    let span = written.span;
    if blueprint.written(name.as_str()).is_none() {
        let second = second(written, known.service.image.repository.is_some());
        blueprint.add_service(name, service, second);
    }
    if known.service.image.uri.is_none()
        && let Ok(patch) = EntryName::parse(&patch_name(name.as_str(), resolved))
    {
        let repository = Names::new(resolved).repository(known);
        blueprint.add_patch(&patch, node(&reads_images(resolved, name, service, &repository), span));
    }
}

/// What the patch is called that lets the second service read the images of the first: `orders-2-image-prod`.
pub(super) fn patch_name(name: &str, resolved: &Resolved) -> String {
    format!("{name}-image-{}", resolved.place.name)
}

/// The first service as it is written, with another engine and a repository of its own.
fn second(written: &Node, names_repository: bool) -> Node {
    let mut second = written.clone();
    for layer in overlays(&mut second) {
        take(layer, "deploy", "engine");
        take(layer, "image", "repository");
    }
    put(&mut second, "deploy", "engine", Engine::Ecs.word());
    if names_repository {
        put(&mut second, "image", "repository", "${app.name}-${env.name}/${service.name}");
    }
    second
}

/// What differs in environments.
fn overlays(service: &mut Node) -> impl Iterator<Item = &mut Node> {
    let environments = service.as_map_mut().and_then(|map| map.get_mut("environments"));
    let layers = environments.and_then(|entry| entry.value.as_map_mut());
    layers.into_iter().flat_map(|layers| layers.values_mut()).map(|entry| &mut entry.value)
}

fn take(service: &mut Node, part: &str, key: &str) {
    let part = service.as_map_mut().and_then(|map| map.get_mut(part));
    if let Some(part) = part.and_then(|entry| entry.value.as_map_mut()) {
        part.shift_remove(key);
    }
}

fn put(service: &mut Node, part: &str, key: &str, text: &str) {
    let span = service.span;
    let empty = || Entry { key: span, value: Node { span, data: Data::Map(Map::new()) } };
    let Some(service) = service.as_map_mut() else { return };
    let part = service.entry(part.to_owned()).or_insert_with(empty);
    if part.value.data == Data::Null {
        part.value.data = Data::Map(Map::new());
    }
    let (at, span) = (part.key, part.value.span);
    // What is no map is an expression; whether the engine is what it has to be is looked at afterwards.
    let Some(part) = part.value.as_map_mut() else { return };
    let entry =
        part.entry(key.to_owned()).or_insert_with(|| Entry { key: at, value: node(&Value::Null, span) });
    entry.value.data = Data::Text(text.to_owned());
}

/// The patch of the role by which ECS pulls images.
fn reads_images(resolved: &Resolved, name: &ServiceName, service: &str, repository: &str) -> Value {
    let arn =
        format!("arn:${{AWS::Partition}}:ecr:${{AWS::Region}}:${{AWS::AccountId}}:repository/{repository}");
    let statement = json!({
        "Sid": "PullFirstImage",
        "Effect": "Allow",
        "Action": ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
        "Resource": {"Fn::Sub": arn},
    });
    json!({
        "where": {"service": name.as_str(), "resource": "ExecutionRole", "environment": resolved.place.name.as_str()},
        "set": {"/Properties/Policies/-": {
            "PolicyName": "pull-first-image",
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        }},
        "reason": format!("{name} begins with the image of {service}, which is in that one's repository"),
    })
}

/// Data as if it were written at one place.
fn node(value: &Value, span: Span) -> Node {
    let data = match value {
        Value::Null => Data::Null,
        Value::Bool(value) => Data::Bool(*value),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| Data::Float(number.as_f64().unwrap_or_default()), Data::Int)
        }
        Value::String(text) => Data::Text(text.clone()),
        Value::Array(items) => Data::List(items.iter().map(|item| node(item, span)).collect()),
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| {
                (key.clone(), Entry { key: span, value: node(value, span) })
            };
            Data::Map(map.iter().map(entry).collect())
        }
    };
    Node { span, data }
}
