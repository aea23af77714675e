//! The JSON Schema of the language, derived from the model: what editors read and what the shape check runs.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{Application, ServiceBlueprint, Shared, published};

/// The schema of an application blueprint.
///
/// Parts that may be written as overlays (`x-overlay`) refer to copies of their definitions in which nothing is required
/// and `null` removes.
pub fn application() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    // Documents of other kinds are made of the same parts.
    generator.subschema_for::<ServiceBlueprint>();
    generator.subschema_for::<Shared>();
    let schema = generator.into_root_schema_for::<Application>();
    let mut root = Value::from(schema);
    let object = root.as_object_mut().expect("a root schema is an object");
    object.insert("$id".into(), "https://bluegreen.invalid/schemas/blueprint-1.json".into());
    object.insert("title".into(), "bluegreen application blueprint".into());
    with_overlays(&mut root);
    root
}

/// The schema for editors, of all kinds of documents: a key of its own tells each (`app`, `blueprint`, `shared`), so that errors and
/// completions are those of the kind that is written. An expression is accepted wherever one may stand, and keys that start
/// with `x-` wherever the language ignores them. What only bluegreen's own check reads is left out.
pub fn published() -> Value {
    let mut root = application();
    let mut including = json!({"type": "object", "properties": {}, "additionalProperties": false});
    for key in ["description", "properties", "required"] {
        including[key] = root[key].clone();
    }
    // What is included may have what is required.
    if let Some(required) = including["required"].as_array_mut() {
        required.retain(|key| key != "environments");
    }
    including["properties"]["environments"]["additionalProperties"]["$ref"] =
        "#/$defs/EnvironmentOverlay".into();
    if let Some(environments) = including["properties"]["environments"].as_object_mut() {
        environments.remove("minProperties");
    }
    for (key, name) in [("network", "Network"), ("cluster", "Cluster"), ("notify", "Notify")] {
        let property = &mut including["properties"][key];
        let description = property["description"].take();
        *property = json!({"description": description, "$ref": format!("#/$defs/{name}Overlay")});
    }
    let definitions = root["$defs"].as_object().cloned().unwrap_or_default();
    root["$defs"]["IncludingApplication"] = including;
    complete_overlays(&mut root, &definitions);
    let mut application = json!({"type": "object", "additionalProperties": false});
    for key in ["description", "properties", "required"] {
        application[key] = root[key].clone();
    }
    let mut definitions = root["$defs"].take();
    definitions["Application"] = application;
    published::parameters(&mut definitions);
    allow_extensions(&mut definitions);
    published::describe(&mut definitions);
    published::patterns(&mut definitions);
    accept_expressions(&mut definitions);
    published::publish(&mut definitions);
    published::let_extends_decide(&mut definitions);
    let kind = |key: &str, name: &str, otherwise: Value| {
        json!({
            "if": {"required": [key]},
            "then": {"$ref": format!("#/$defs/{name}")},
            "else": otherwise,
        })
    };
    let application = kind("include", "IncludingApplication", json!({"$ref": "#/$defs/Application"}));
    let mut schema = kind("blueprint", "ServiceBlueprint", kind("shared", "Shared", application));
    // As long as it is not said what the document is, the other kinds are offered as well.
    schema["allOf"] = json!([{
        "if": {"not": {"anyOf": [
            {"required": ["app"]}, {"required": ["services"]}, {"required": ["blueprint"]}, {"required": ["shared"]},
        ]}},
        "then": {"properties": {
            "blueprint": definitions["ServiceBlueprint"]["properties"]["blueprint"],
            "shared": definitions["Shared"]["properties"]["shared"],
        }},
    }]);
    let mut whole = Map::new();
    whole.insert("$schema".into(), root["$schema"].clone());
    whole.insert("$id".into(), root["$id"].clone());
    whole.insert("title".into(), "bluegreen blueprint".into());
    whole.insert(
        "description".into(),
        "An application blueprint (`app`), a service blueprint (`blueprint`) or what applications share (`shared`).".into(),
    );
    whole.insert("type".into(), "object".into());
    whole.extend(schema.as_object().cloned().unwrap_or_default());
    whole.insert("$defs".into(), definitions);
    Value::Object(whole)
}

/// Text that holds an expression.
const EXPRESSION: &str = r"\$\{";

/// Lets an expression stand for every value that has no map: what it is worth is known when it is worked out.
fn accept_expressions(schema: &mut Value) {
    let Value::Object(object) = schema else {
        if let Value::Array(items) = schema {
            items.iter_mut().for_each(accept_expressions);
        }
        return;
    };
    let kinds: Vec<String> = match object.get("type") {
        Some(Value::String(kind)) => vec![kind.clone()],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    if object.contains_key("enum") && kinds.first().is_some_and(|kind| kind == "string") {
        let about = ["title", "description", "markdownDescription", "default", "examples"];
        let about: Vec<_> = about.iter().filter_map(|key| object.shift_remove_entry(*key)).collect();
        let words = Value::Object(std::mem::take(object));
        object.extend(about);
        object.insert("anyOf".into(), json!([words, {"type": "string", "pattern": EXPRESSION}]));
        return;
    }
    if !object.contains_key("const")
        && !object.contains_key("enum")
        && kinds.iter().any(|kind| ["integer", "number", "boolean", "array"].contains(&kind.as_str()))
        && !kinds.iter().any(|kind| kind == "string")
    {
        // The pattern is asked of text alone, and the bounds of what is none.
        let what = match kinds.first().map(String::as_str) {
            Some("integer") => "a whole number",
            Some("number") => "a number",
            Some("boolean") => "true or false",
            _ => "a list",
        };
        let mut kinds = kinds;
        kinds.insert(1, "string".into());
        object.insert("type".into(), json!(kinds));
        object.insert("pattern".into(), EXPRESSION.into());
        // Editors would show the pattern, which says nothing of what was expected.
        let message = format!("Expected {what}, or an expression such as ${{params.name}}.");
        object.insert("patternErrorMessage".into(), message.into());
    } else if let Some(Value::String(pattern)) = object.get_mut("pattern") {
        *pattern = format!("(?:{pattern})|{EXPRESSION}");
    }
    if let Some(Value::Array(branches)) = object.get_mut("oneOf") {
        let text = branches.iter().any(|branch| {
            branch["type"] == "string" && branch.get("const").is_none() && branch.get("enum").is_none()
        });
        branches.iter_mut().for_each(accept_branch);
        // One branch takes them: what fits two is no choice.
        let pattern = branches.iter_mut().find_map(|branch| match branch.get_mut("pattern") {
            Some(Value::String(pattern)) => Some(pattern),
            _ => None,
        });
        if let Some(pattern) = pattern {
            *pattern = format!("(?:{pattern})|{EXPRESSION}");
        }
        if !text {
            branches.push(json!({"type": "string", "pattern": EXPRESSION}));
        }
    }
    for (key, inner) in object {
        match key.as_str() {
            "oneOf" | "propertyNames" | "patternProperties" | "default" | "examples" | "const" | "if" => {}
            "properties" | "$defs" => {
                let all = inner.as_object_mut().into_iter().flatten();
                // Names and versions of documents are what they are, and what they are made of is read before anything is worked out.
                let fixed = ["schema", "app", "include", "extends", "shared", "blueprint", "params", "Param"];
                all.filter(|(key, _)| !fixed.contains(&key.as_str()))
                    .for_each(|(_, property)| accept_expressions(property));
            }
            _ => accept_expressions(inner),
        }
    }
}

/// A branch of a choice: its own kind of value decides, so it accepts expressions inside alone.
fn accept_branch(branch: &mut Value) {
    if branch.get("properties").is_some() || branch.get("items").is_some() {
        let kind = branch["type"].clone();
        accept_expressions(branch);
        branch["type"] = kind;
    }
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
    point_at_overlays(root);
    let definitions = root["$defs"].as_object().cloned().unwrap_or_default();
    // A service that extends another has its required keys from there, perhaps.
    root["properties"]["services"]["additionalProperties"] = json!({
        "if": {"required": ["extends"]},
        "then": {"$ref": "#/$defs/ExtendingServiceOverlay"},
        "else": {"$ref": "#/$defs/Service"},
    });
    complete_overlays(root, &definitions);
}

/// Makes the overlays that are referred to, of `definitions`.
fn complete_overlays(root: &mut Value, definitions: &Map<String, Value>) {
    let mut whole_root = Vec::new();
    collect_references(&root["properties"], &mut whole_root);
    let all = root["$defs"].as_object_mut().expect("a root schema has definitions");
    // Only definitions that something refers to are kept: an unused one would still be offered by editors.
    let mut wanted = whole_root;
    collect_references(&Value::Object(all.clone()), &mut wanted);
    while let Some(name) = wanted.pop() {
        if all.contains_key(&name) {
            continue;
        }
        // What a service may not say there.
        let (whole, without): (&str, &[&str]) = match name.as_str() {
            "ExtendingServiceOverlay" => ("Service", &[]),
            "BlueprintServiceOverlay" => ("Service", &["environments", "extends", "with", "vars"]),
            "ServiceOverlay" => ("Service", &["environments", "extends"]),
            other => (other.strip_suffix("Overlay").unwrap_or_default(), &[]),
        };
        if let Some(definition) = definitions.get(whole) {
            let mut definition = definition.clone();
            relax(&mut definition);
            if let Some(properties) = definition.get_mut("properties").and_then(Value::as_object_mut) {
                properties.retain(|key, _| !without.contains(&key.as_str()));
            }
            if name == "ExtendingServiceOverlay" {
                definition["required"] = json!(["extends"]);
            }
            collect_references(&definition, &mut wanted);
            all.insert(name, definition);
        }
    }
}

/// Turns a reference marked `x-overlay` into one to the overlay's definition.
fn point_at_overlays(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(kind) = object.remove("x-overlay") {
                let kind = kind.as_str().unwrap_or_default();
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
                let reference = reference.replace("#/$defs/", &format!("#/$defs/{kind}"));
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
fn relax(value: &mut Value) {
    match value {
        Value::Object(object) => {
            // A choice keeps its required keys: half a choice is no choice.
            let choice = object.contains_key("oneOf");
            if !choice {
                object.remove("required");
                object.remove("default");
            }
            if let Some(Value::String(reference)) = object.get_mut("$ref")
                && !reference.ends_with("Overlay")
            {
                reference.push_str("Overlay");
            }
            for (key, inner) in object.iter_mut() {
                match key.as_str() {
                    "properties" => {
                        for property in inner.as_object_mut().into_iter().flat_map(Map::values_mut) {
                            relax(property);
                            nullable(property);
                        }
                    }
                    "additionalProperties" if inner.is_object() => {
                        relax(inner);
                        nullable(inner);
                    }
                    "items" => relax(inner),
                    "oneOf" | "anyOf" => {
                        for branch in inner.as_array_mut().into_iter().flatten() {
                            let required = branch.get("required").cloned();
                            relax(branch);
                            if let (Some(required), Some(branch)) = (required, branch.as_object_mut()) {
                                branch.insert("required".into(), required);
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(relax),
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
