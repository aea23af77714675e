//! The schema as editors read it: the same verdict as the check's, put so that completion, hover and diagnostics of the YAML
//! language server are of use.
//!
//! Hover shows one description: that of the key, with what it takes and its default, since the server shows no bounds and no
//! defaults. Words are an `enum` with a description each. Defaults are examples, because the server writes every default of a map
//! when the map is completed, which pins what would better be left to bluegreen.

mod parameters;
mod patterns;

use serde_json::{Map, Value, json};

use super::keys;

pub(super) use parameters::{apply as let_extends_decide, define as parameters};
pub(super) use patterns::put as patterns;

/// Says of every property of some definitions what it is called, what it takes, and what holds without it.
pub(super) fn describe(definitions: &mut Value) {
    let mut named = Vec::new();
    collect(definitions, &mut Vec::new(), &mut named);
    for (pointer, name) in named {
        if let Some(property) = definitions.pointer_mut(&pointer) {
            property_for_editors(property, &name);
        }
    }
}

/// Puts definitions the way the server understands best, and leaves out what only bluegreen's own check reads.
pub(super) fn publish(definitions: &mut Value) {
    let root = json!({"$defs": definitions});
    for_editors(definitions, &root);
}

/// Pointers to every property, with its name; inner ones first, since outer ones may be put another way.
fn collect(value: &Value, way: &mut Vec<String>, found: &mut Vec<(String, String)>) {
    let escaped = |step: &str| step.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(object) => {
            for (keyword, inner) in object {
                if matches!(keyword.as_str(), "examples" | "default" | "const" | "enum") {
                    continue;
                }
                way.push(escaped(keyword));
                match inner {
                    Value::Object(properties) if keyword == "properties" => {
                        for (name, property) in properties {
                            way.push(escaped(name));
                            collect(property, way, found);
                            found.push((format!("/{}", way.join("/")), name.clone()));
                            way.pop();
                        }
                    }
                    _ => collect(inner, way, found),
                }
                way.pop();
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                way.push(at.to_string());
                collect(item, way, found);
                way.pop();
            }
        }
        _ => {}
    }
}

/// A property: what it is called, what it takes, what holds without it.
fn property_for_editors(property: &mut Value, name: &str) {
    let takes = keys::takes_in_short(property);
    let Some(object) = property.as_object_mut() else { return };
    let description = object.get("description").and_then(Value::as_str).map(str::to_owned);
    let mut text = description.clone().unwrap_or_default();
    if let Some(takes) = takes {
        text.push_str(&format!("\n\nTakes {takes}."));
    }
    if let Some(default) = object.shift_remove("default") {
        let shown = match &default {
            Value::String(text) => Some(text.clone()),
            Value::Number(_) | Value::Bool(_) => Some(default.to_string()),
            Value::Object(map) if map.len() == 1 => {
                Some(default.to_string().replace('"', "").replace(':', ": ").replace(',', ", "))
            }
            Value::Array(items) if !items.is_empty() => {
                Some(default.to_string().replace('"', "").replace(',', ", "))
            }
            _ => None,
        };
        if let Some(shown) = shown {
            text.push_str(&format!("\n\nDefault: `{shown}`"));
        }
        // The server offers what is an example, and lists the words of an `enum` by itself.
        if !default.is_object() && !default.is_boolean() && !has_words(object) {
            let examples = object.entry("examples").or_insert_with(|| json!([]));
            if let Some(examples) = examples.as_array_mut()
                && !examples.contains(&default)
            {
                examples.insert(0, default);
            }
        }
    }
    let inner_examples = branches(object).into_iter().find_map(|branch| branch.get("examples").cloned());
    if let (Some(examples), Some(2), false) = (
        inner_examples,
        object.get("anyOf").and_then(Value::as_array).map(Vec::len),
        object.contains_key("examples"),
    ) {
        object.insert("examples".into(), examples);
    }
    // Said twice, it is shown twice.
    for branch in branches(object) {
        if let Some(branch) = branch.as_object_mut()
            && branch.get("description").and_then(Value::as_str) == description.as_deref()
        {
            branch.shift_remove("description");
        }
    }
    if !text.is_empty() {
        object.insert("markdownDescription".into(), text.trim().into());
    }
    object.entry("title").or_insert_with(|| name.into());
}

/// Whether its words are spelt out.
fn has_words(schema: &Map<String, Value>) -> bool {
    schema.contains_key("enum")
        || schema.contains_key("const")
        || ["oneOf", "anyOf"].iter().any(|keyword| {
            let branches = schema.get(*keyword).and_then(Value::as_array);
            branches.into_iter().flatten().any(|it| it.get("const").is_some() || it.get("enum").is_some())
        })
}

fn branches(schema: &mut Map<String, Value>) -> Vec<&mut Value> {
    let mut all = Vec::new();
    for (keyword, inner) in schema.iter_mut() {
        if matches!(keyword.as_str(), "oneOf" | "anyOf") {
            all.extend(inner.as_array_mut().into_iter().flatten());
        }
    }
    all
}

/// What holds for every schema.
fn for_editors(value: &mut Value, root: &Value) {
    match value {
        Value::Object(object) => {
            object.retain(|key, _| !matches!(key.as_str(), "x-expected" | "x-unit" | "x-choice" | "x-also"));
            // Formats of ours mean nothing to editors. A key of that name is no format.
            if object.get("format").is_some_and(Value::is_string) {
                object.shift_remove("format");
            }
            if let Some(text) = object.get("description").and_then(Value::as_str).map(str::to_owned) {
                // Plain text would be shown with every backtick escaped.
                object.entry("markdownDescription").or_insert_with(|| text.into());
            }
            words(object);
            scalar(object);
            nullable(object);
            choice(object, root);
            object.values_mut().for_each(|inner| for_editors(inner, root));
            let properties = object.get_mut("properties").and_then(Value::as_object_mut);
            properties.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut).for_each(least);
        }
        Value::Array(items) => items.iter_mut().for_each(|item| for_editors(item, root)),
        _ => {}
    }
}

/// Words that are branches of a choice, each with its meaning, become one list of them.
fn words(object: &mut Map<String, Value>) {
    let Some(branches) = object.get("oneOf").and_then(Value::as_array) else { return };
    let word = |branch: &Value| -> Option<(Value, String)> {
        let keys = branch.as_object()?;
        let known = keys
            .keys()
            .all(|key| matches!(key.as_str(), "type" | "const" | "description" | "markdownDescription"));
        let text = keys.get("description").and_then(Value::as_str).unwrap_or_default();
        known.then(|| keys.get("const").map(|word| (word.clone(), text.to_owned())))?
    };
    let others: Vec<Value> = branches.iter().filter(|branch| word(branch).is_none()).cloned().collect();
    let (words, meanings): (Vec<Value>, Vec<String>) = branches.iter().filter_map(word).unzip();
    if words.len() < 2 {
        return;
    }
    let mut list = Map::new();
    if words.iter().all(Value::is_string) {
        list.insert("type".into(), "string".into());
    }
    list.insert("enum".into(), words.into());
    if meanings.iter().any(|meaning| !meaning.is_empty()) {
        list.insert("markdownEnumDescriptions".into(), meanings.into());
    }
    object.shift_remove("oneOf");
    if others.is_empty() {
        object.extend(list);
    } else {
        let mut all = vec![Value::Object(list)];
        all.extend(others);
        object.insert("oneOf".into(), all.into());
    }
}

/// A number or text with a unit, and perhaps `null`, is one schema in which the kind of value decides: of a choice that nothing fits,
/// the server tells what is wrong with any of its branches.
fn scalar(object: &mut Map<String, Value>) {
    let (mut numbers, mut texts, mut null) = (Vec::new(), Vec::new(), false);
    if !scalars(object, &mut numbers, &mut texts, &mut null) {
        return;
    }
    let ([number], [text]) = (numbers.as_slice(), texts.as_slice()) else { return };
    let mut kinds = vec![text["type"].clone(), number["type"].clone()];
    let mut number = without(number, &["type", "description"]);
    if null {
        kinds.push("null".into());
        if let Some(words) = number.get_mut("enum").and_then(Value::as_array_mut) {
            words.push(Value::Null);
        }
    }
    let text = without(text, &["type", "description"]);
    object.retain(|key, _| !matches!(key.as_str(), "oneOf" | "anyOf"));
    object.insert("type".into(), kinds.into());
    object.insert("if".into(), json!({"type": "string"}));
    object.insert("then".into(), text.into());
    object.insert("else".into(), number.into());
}

/// The numbers, texts with a pattern, and `null` of a choice of choices; answers whether it is of these alone.
fn scalars(
    schema: &Map<String, Value>,
    numbers: &mut Vec<Map<String, Value>>,
    texts: &mut Vec<Map<String, Value>>,
    null: &mut bool,
) -> bool {
    let branches = schema.get("oneOf").or(schema.get("anyOf")).and_then(Value::as_array);
    if let Some(branches) = branches {
        return branches.iter().filter_map(Value::as_object).all(|it| scalars(it, numbers, texts, null));
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("integer" | "number") => numbers.push(schema.clone()),
        Some("string") if schema.contains_key("pattern") && !schema.contains_key("enum") => {
            texts.push(schema.clone());
        }
        Some("null") => *null = true,
        _ => return false,
    }
    true
}

fn without(schema: &Map<String, Value>, keys: &[&str]) -> Map<String, Value> {
    let kept = schema.iter().filter(|(key, _)| !keys.contains(&key.as_str()));
    kept.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// What may be `null` beside one kind of value is one schema with two types.
fn nullable(object: &mut Map<String, Value>) {
    let Some([inner, null]) = object.get("anyOf").and_then(Value::as_array).map(Vec::as_slice) else {
        return;
    };
    let is_plain = inner.as_object().is_some_and(|inner| {
        inner.get("type").is_some_and(|kind| kind.is_string() || kind.is_array())
            && !["oneOf", "anyOf", "allOf", "enum", "const", "$ref"]
                .iter()
                .any(|key| inner.contains_key(*key))
    });
    if !is_plain || null != &json!({"type": "null"}) {
        return;
    }
    let Some(inner) = inner.as_object().cloned() else { return };
    object.shift_remove("anyOf");
    for (key, value) in inner {
        let value = match value {
            Value::String(kind) if key == "type" => json!([kind, "null"]),
            Value::Array(mut kinds) if key == "type" => {
                if !kinds.contains(&"null".into()) {
                    kinds.push("null".into());
                }
                kinds.into()
            }
            value => value,
        };
        object.entry(key).or_insert(value);
    }
}

/// A whole number without an example gets its least: otherwise the server writes 0, which may be no value at all.
fn least(object: &mut Map<String, Value>) {
    let whole = match object.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "integer"),
        kind => kind.is_some_and(|kind| kind == "integer"),
    };
    if let (true, false, Some(least)) =
        (whole, object.contains_key("examples"), object.get("minimum").cloned())
    {
        object.insert("examples".into(), json!([least]));
    }
}

/// A choice says the kinds of value it takes, so that the server knows that a value follows its key, and is a `oneOf`, because of
/// an `anyOf` the server shows what the branches say instead of what the key says. No value fits two branches of ours.
fn choice(object: &mut Map<String, Value>, root: &Value) {
    for branch in branches(object) {
        let Some(branch) = branch.as_object_mut() else { continue };
        if let Some(first) = branch.get("required").and_then(|all| all.get(0)).and_then(Value::as_str) {
            let title = format!("{{{first}: …}}");
            branch.entry("title").or_insert_with(|| title.into());
        }
    }
    if object.get("anyOf").is_some_and(Value::is_array) && !object.contains_key("oneOf") {
        let branches = object.shift_remove("anyOf").unwrap_or_default();
        object.insert("oneOf".into(), branches);
    }
    let Some(branches) = object.get_mut("oneOf").and_then(Value::as_array_mut) else { return };
    // `null` that fits another branch too would fit two.
    let null = json!({"type": "null"});
    let elsewhere = branches.iter().filter(|branch| **branch != null).any(|branch| {
        let mut kinds = Vec::new();
        kinds_of(branch, root, &mut kinds) && kinds.iter().any(|kind| kind == "null")
    });
    if elsewhere {
        branches.retain(|branch| *branch != null);
    }
    let mut kinds = Vec::new();
    if !branches.iter().all(|branch| kinds_of(branch, root, &mut kinds)) || object.contains_key("type") {
        return;
    }
    // The server takes the first for what most people write.
    let order = ["string", "object", "array", "boolean", "number", "integer", "null"];
    kinds.sort_by_key(|kind| order.iter().position(|known| known == kind));
    kinds.dedup();
    if !kinds.is_empty() {
        object.insert("type".into(), kinds.into());
    }
}

/// Adds the kinds of value a schema takes; answers whether all of them are known.
fn kinds_of(schema: &Value, root: &Value, kinds: &mut Vec<String>) -> bool {
    if let Some(pointer) = schema.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix('#'))
    {
        return root.pointer(pointer).is_some_and(|target| kinds_of(target, root, kinds));
    }
    match schema.get("type") {
        Some(Value::String(kind)) => kinds.push(kind.clone()),
        Some(Value::Array(all)) => kinds.extend(all.iter().filter_map(Value::as_str).map(str::to_owned)),
        _ => {
            let branches = schema.get("oneOf").or(schema.get("anyOf")).and_then(Value::as_array);
            return branches.is_some_and(|all| all.iter().all(|branch| kinds_of(branch, root, kinds)));
        }
    }
    true
}
