//! The JSON Schema of the language, derived from the model: what editors read and what the shape check runs.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{Application, published};

/// The schema of an application blueprint.
///
/// Parts that may be written as overlays (`x-overlay`) refer to copies of their definitions in which nothing is required
/// and `null` removes.
pub fn application() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let schema = generator.into_root_schema_for::<Application>();
    let mut root = Value::from(schema);
    let object = root.as_object_mut().expect("a root schema is an object");
    object.insert("$id".into(), "https://bluegreen.invalid/schemas/blueprint-1.json".into());
    object.insert("title".into(), "bluegreen application blueprint".into());
    with_overlays(&mut root);
    root
}

/// The schema for editors: as [`application`], and keys that start with `x-` are accepted wherever the language ignores
/// them, and put as [`published`] says. What only bluegreen's own check reads is left out.
pub fn published() -> Value {
    let mut schema = application();
    allow_extensions(&mut schema);
    published::publish(&mut schema);
    schema
}

/// [`application`] as the check takes it, with keys that start with `x-` accepted: the text of
/// schemas/application.schema.json, which is compiled into the tool.
pub fn application_text() -> String {
    let mut schema = application();
    allow_extensions(&mut schema);
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    text.push('\n');
    text
}

/// [`application_text`] as it was when the tool was built. A test compares them.
pub(super) const APPLICATION: &str = include_str!("../../schemas/application.schema.json");

/// [`published`] as the text of a file.
pub fn published_text() -> String {
    let mut text = serde_json::to_string_pretty(&published()).expect("a schema is JSON");
    text.push('\n');
    text
}

/// Lets `x-` keys stand wherever keys are named one by one.
pub(super) fn allow_extensions(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if object.get("additionalProperties") == Some(&Value::Bool(false)) {
                let patterns = object.entry("patternProperties").or_insert_with(|| json!({}));
                if let Some(patterns) = patterns.as_object_mut() {
                    patterns.insert("^x-".into(), Value::Bool(true));
                }
            }
            object.values_mut().for_each(allow_extensions);
        }
        Value::Array(items) => items.iter_mut().for_each(allow_extensions),
        _ => {}
    }
}

/// Gives every `x-overlay` a definition in which nothing is required.
fn with_overlays(root: &mut Value) {
    let definitions = root["$defs"].as_object().cloned().unwrap_or_default();
    point_at_overlays(root);
    let all = root["$defs"].as_object_mut().expect("a root schema has definitions");
    // Only definitions that something refers to are kept: an unused one would still be offered by editors.
    let mut wanted = Vec::new();
    collect_references(&Value::Object(all.clone()), &mut wanted);
    while let Some(name) = wanted.pop() {
        if all.contains_key(&name) {
            continue;
        }
        let whole = name.strip_suffix("Overlay").and_then(|whole| Some((whole, definitions.get(whole)?)));
        if let Some((whole, definition)) = whole {
            let mut definition = definition.clone();
            relax(&mut definition, whole == "Service");
            collect_references(&definition, &mut wanted);
            all.insert(name, definition);
        }
    }
}

/// Turns a reference marked `x-overlay` into one to the overlay's definition.
fn point_at_overlays(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if object.remove("x-overlay").is_some() {
                let description = object.get("description").cloned();
                let mut reference = String::new();
                Value::Object(object.clone()).pointer_walk(&mut |key, text| {
                    if key == "$ref" {
                        text.clone_into(&mut reference);
                    }
                });
                object.clear();
                if let Some(description) = description {
                    object.insert("description".into(), description);
                }
                object.insert("$ref".into(), format!("{reference}Overlay").into());
                return;
            }
            object.values_mut().for_each(point_at_overlays);
        }
        Value::Array(items) => items.iter_mut().for_each(point_at_overlays),
        _ => {}
    }
}

/// Removes what an overlay need not have, and points at other overlays.
fn relax(value: &mut Value, is_service: bool) {
    match value {
        Value::Object(object) => {
            // A choice keeps its required keys: half a choice is no choice.
            let choice = object.contains_key("oneOf");
            if !choice {
                object.remove("required");
                object.remove("default");
            }
            if let Some(Value::String(reference)) = object.get_mut("$ref") {
                reference.push_str("Overlay");
            }
            if is_service
                && let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut)
            {
                properties.remove("environments");
            }
            for (key, inner) in object.iter_mut() {
                match key.as_str() {
                    "properties" => {
                        for property in inner.as_object_mut().into_iter().flat_map(Map::values_mut) {
                            relax(property, false);
                            nullable(property);
                        }
                    }
                    "additionalProperties" if inner.is_object() => {
                        relax(inner, false);
                        nullable(inner);
                    }
                    "items" => relax(inner, false),
                    "oneOf" | "anyOf" => {
                        for branch in inner.as_array_mut().into_iter().flatten() {
                            let required = branch.get("required").cloned();
                            relax(branch, false);
                            if let (Some(required), Some(branch)) = (required, branch.as_object_mut()) {
                                branch.insert("required".into(), required);
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| relax(item, false)),
        _ => {}
    }
}

/// Lets `null` remove what stands here.
fn nullable(value: &mut Value) {
    let description = value.get("description").cloned();
    let inner = std::mem::take(value);
    *value = json!({"anyOf": [inner, {"type": "null"}]});
    if let Some(description) = description {
        value["description"] = description;
    }
}

fn collect_references(value: &Value, found: &mut Vec<String>) {
    value.pointer_walk(&mut |key, text| {
        if let ("$ref", Some(name)) = (key, text.strip_prefix("#/$defs/")) {
            found.push(name.to_owned());
        }
    });
}

trait Walk {
    /// Calls `visit` with every key that has text, and the text.
    fn pointer_walk(&self, visit: &mut impl FnMut(&str, &str));
}

impl Walk for Value {
    fn pointer_walk(&self, visit: &mut impl FnMut(&str, &str)) {
        match self {
            Value::Object(object) => {
                for (key, value) in object {
                    if let Value::String(text) = value {
                        visit(key, text);
                    }
                    value.pointer_walk(visit);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| item.pointer_walk(visit)),
            _ => {}
        }
    }
}
