//! What `with` takes, by what `extends` names: editors offer the parameters of the built-in service blueprints, show what they mean
//! and mark what is none. Of a file's parameters an editor knows nothing.

use serde_json::{Map, Value, json};

use crate::{
    blueprint::{ParamType, built_in},
    source::Sources,
    yaml,
};

/// A built-in service blueprint, as far as those who extend it have to know it.
struct BuiltIn {
    name: &'static str,
    document: Value,
}

fn built_ins() -> Vec<BuiltIn> {
    let read = |(name, text): &(&'static str, &'static str)| {
        let mut sources = Sources::new();
        let file = sources.add_built_in(name, text);
        let tree = yaml::read(&sources, file).expect("a built-in is YAML");
        BuiltIn { name, document: tree.to_json() }
    };
    built_in::ALL.iter().map(read).collect()
}

/// The name of the definition with the parameters of a built-in.
fn definition(name: &str) -> String {
    format!("with-{name}")
}

/// Adds a definition for the parameters of each built-in, and says of `extends` what there is.
pub(in crate::blueprint) fn define(definitions: &mut Value) {
    let all = built_ins();
    let described = |one: &BuiltIn| json!({"const": one.name, "description": one.document["description"]});
    let mut choices: Vec<Value> = all.iter().map(described).collect();
    choices.push(json!({
        "type": "string",
        "format": "FilePath",
        "x-expected": "a built-in service blueprint, or a file's path that begins with ./ or ../ and ends with .yaml",
    }));
    for owner in ["Service", "ExtendingServiceOverlay", "ServiceBlueprint"] {
        let extends = &mut definitions[owner]["properties"]["extends"];
        *extends = json!({"description": extends["description"], "oneOf": choices});
    }
    for one in &all {
        let mut properties = Map::new();
        let params = one.document["params"].as_object();
        for (name, declared) in params.into_iter().flatten() {
            properties.insert(name.clone(), parameter(declared));
        }
        definitions[definition(one.name)] = json!({
            "type": "object",
            "description": format!("Parameters of `{}`, by name.", one.name),
            "properties": properties,
            "additionalProperties": false,
        });
    }
}

/// A parameter as the schema of its values.
fn parameter(declared: &Value) -> Value {
    let kind: Option<ParamType> = serde_json::from_value(declared["type"].clone()).ok();
    let mut schema = kind.map_or_else(|| json!({}), |kind| kind.schema_of(declared));
    let mut text = declared["description"].as_str().unwrap_or_default().to_owned();
    let bounds = ["minimum", "maximum"].map(|key| declared[key].as_str());
    match bounds {
        [Some(least), Some(most)] => text.push_str(&format!(" From {least} to {most}.")),
        [Some(least), None] => text.push_str(&format!(" At least {least}.")),
        [None, Some(most)] => text.push_str(&format!(" At most {most}.")),
        [None, None] => {}
    }
    let Some(object) = schema.as_object_mut() else { return schema };
    object.retain(|key, _| !matches!(key.as_str(), "$schema" | "title"));
    if let Some(example) = declared.get("example") {
        object.insert("examples".into(), json!([example]));
    }
    match declared.get("default") {
        None => text.push_str(" Required."),
        Some(default) => {
            // `null` is as good as nothing.
            let inner = std::mem::take(object);
            object.insert("anyOf".into(), json!([inner, {"type": "null"}]));
            if !default.is_null() {
                object.insert("default".into(), default.clone());
            }
        }
    }
    object.insert("description".into(), text.into());
    schema
}

/// Lets `extends` decide what `with` takes, for services and their environments, and for service blueprints.
pub(in crate::blueprint) fn apply(definitions: &mut Value) {
    let conditions = |in_environments: bool| -> Vec<Value> {
        built_ins().iter().map(|one| condition(one, in_environments)).collect()
    };
    definitions["ExtendingServiceOverlay"]["allOf"] = conditions(true).into();
    definitions["ServiceBlueprint"]["allOf"] = conditions(false).into();
}

fn condition(one: &BuiltIn, in_environments: bool) -> Value {
    let with = json!({"$ref": format!("#/$defs/{}", definition(one.name))});
    let needed: Vec<&String> = one.document["params"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, declared)| declared.get("default").is_none())
        .map(|(name, _)| name)
        .collect();
    let mut then = json!({"properties": {"with": with}});
    if !needed.is_empty() {
        let needed = json!({"required": ["with"], "properties": {"with": {"required": needed}}});
        if in_environments {
            // What is needed may be given in each environment.
            then["if"] = json!({"required": ["environments"]});
            then["else"] = needed;
        } else {
            then["allOf"] = json!([needed]);
        }
    }
    if in_environments {
        then["properties"]["environments"] = json!({"additionalProperties": {"properties": {"with": with}}});
    }
    json!({
        "if": {"required": ["extends"], "properties": {"extends": {"const": one.name}}},
        "then": then,
    })
}
