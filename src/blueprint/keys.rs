//! Every key of the language, read off its schema: what it means, what it takes, and how it is found by what people call it.

mod others;

use std::{fmt, sync::OnceLock};

use serde_json::{Map, Value, json};

use super::{schema, shape::written};
use crate::diagnostic::{Step, Trail};

/// Names that come closest to an unknown word, at most.
const MAX_NEAR: usize = 3;

/// One step to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A key of the language.
    Key(String),
    /// A name that people give: `<name>`.
    Name,
    /// An item of a list: `[]`.
    Item,
}

/// A key of the language.
#[derive(Debug, Clone)]
pub struct Key {
    /// The way to it.
    pub path: Vec<Part>,
    schema: Value,
}

/// What a word stands for.
#[derive(Debug)]
pub enum Found {
    /// One key, and the names people gave on the way to it, where they were written.
    One(&'static Key, Vec<String>),
    /// Several keys end like this.
    Several(Vec<&'static Key>),
    /// None; these come near, the nearest first.
    None(Vec<String>),
}

fn root() -> &'static Value {
    static ROOT: OnceLock<Value> = OnceLock::new();
    ROOT.get_or_init(schema::application)
}

/// Every key in the order of the schema. What may differ in an environment has the keys of what it differs from, and is not
/// repeated.
pub fn all() -> &'static [Key] {
    static KEYS: OnceLock<Vec<Key>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let mut keys = Vec::new();
        walk(root(), &mut Vec::new(), &mut keys);
        keys
    })
}

fn walk(schema: &Value, path: &mut Vec<Part>, keys: &mut Vec<Key>) {
    for branch in branches(schema) {
        let properties = branch.get("properties").and_then(Value::as_object);
        for (name, inner) in properties.into_iter().flatten() {
            step(Part::Key(name.clone()), inner, path, keys);
        }
        if let Some(inner) = branch.get("additionalProperties").filter(|inner| inner.is_object()) {
            step(Part::Name, inner, path, keys);
        }
        if let Some(inner) = branch.get("items") {
            path.push(Part::Item);
            walk(inner, path, keys);
            path.pop();
        }
    }
}

fn step(part: Part, schema: &Value, path: &mut Vec<Part>, keys: &mut Vec<Key>) {
    path.push(part);
    // Branches of a choice may share a key.
    if !keys.iter().any(|key| key.path == *path) {
        keys.push(Key { path: path.clone(), schema: schema.clone() });
        if !reference(schema).is_some_and(|name| name.ends_with("Overlay")) {
            walk(schema, path, keys);
        }
    }
    path.pop();
}

fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()
}

/// The schemas of which a value fits one, with references followed. `null` is left out: in layers it removes anything.
fn branches(schema: &Value) -> Vec<&Value> {
    if let Some(pointer) = reference(schema).and_then(|name| name.strip_prefix('#')) {
        return root().pointer(pointer).map(branches).unwrap_or_default();
    }
    // Where a key of the value decides, it is what stands there without that key.
    if let Some(otherwise) = schema.get("else") {
        return branches(otherwise);
    }
    let choice = ["oneOf", "anyOf"].iter().find_map(|keyword| schema.get(keyword)?.as_array());
    match choice {
        Some(choice) => choice.iter().flat_map(branches).collect(),
        None if schema.get("type").is_some_and(|kind| kind == "null") => Vec::new(),
        None => vec![schema],
    }
}

/// The one kind of value a branch takes, `null` aside.
fn kind(branch: &Value) -> Option<&str> {
    match branch.get("type")? {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => {
            match kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect::<Vec<_>>()[..]
            {
                [one] => Some(one),
                _ => None,
            }
        }
        _ => None,
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.path.iter().enumerate() {
            match part {
                Part::Item => out.write_str("[]")?,
                _ if at > 0 => write!(out, ".{}", name(part))?,
                _ => out.write_str(name(part))?,
            }
        }
        Ok(())
    }
}

fn name(part: &Part) -> &str {
    match part {
        Part::Key(key) => key,
        Part::Name => "<name>",
        Part::Item => "[]",
    }
}

impl Key {
    /// What it means, on one line.
    pub fn description(&self) -> String {
        let own = self.schema.get("description").and_then(Value::as_str);
        let text = own.or_else(|| branches(&self.schema).first()?.get("description")?.as_str());
        text.unwrap_or_default().replace('\n', " ")
    }

    /// What it takes, with bounds: "a whole number from 1 to 99".
    pub fn takes(&self) -> String {
        takes(&self.schema)
    }

    /// The words it takes where they are spelt out, and what each does where that is said.
    pub fn words(&self) -> Vec<(String, Option<String>)> {
        let mut words = Vec::new();
        for branch in branches(&self.schema) {
            let items = branch.get("items").map(branches).unwrap_or_default();
            for branch in std::iter::once(branch).chain(items) {
                let text =
                    branch.get("description").and_then(Value::as_str).map(|text| text.replace('\n', " "));
                if let Some(word) = branch.get("const") {
                    words.push((written(word), text));
                } else {
                    let all = branch.get("enum").and_then(Value::as_array).into_iter().flatten();
                    words.extend(all.map(|word| (written(word), None)));
                }
            }
        }
        words
    }

    /// What holds where nobody writes it.
    pub fn default(&self) -> Option<&Value> {
        self.schema.get("default")
    }

    /// Whether it has to be written.
    pub fn is_required(&self) -> bool {
        let Some((Part::Key(own), above)) = self.path.split_last() else { return false };
        let above = all().iter().find(|key| key.path == above).map(|key| &key.schema);
        let above = if self.path.len() == 1 { Some(root()) } else { above };
        above.is_some_and(|above| {
            branches(above).iter().any(|branch| {
                let required = branch.get("required").and_then(Value::as_array);
                required.is_some_and(|keys| keys.iter().any(|key| key == own))
            })
        })
    }

    /// A value that it takes.
    pub fn example(&self) -> Value {
        example(&self.schema)
    }

    /// The key and its example as one line of YAML.
    pub fn example_line(&self) -> String {
        let value = written(&self.example());
        match self.path.iter().rfind(|part| **part != Part::Item) {
            Some(Part::Key(key)) => format!("{key}: {value}"),
            _ => value,
        }
    }

    /// Where an environment says otherwise, where one may.
    pub fn overridden_at(&self) -> Option<String> {
        let text = self.to_string();
        if let Some(rest) = text.strip_prefix("services.<name>.") {
            return (!rest.starts_with("environments"))
                .then(|| format!("services.<name>.environments.<name>.{rest}"));
        }
        let top = text.split('.').next().unwrap_or_default();
        matches!(top, "network" | "cluster").then(|| format!("environments.<name>.{text}"))
    }
}

fn takes(schema: &Value) -> String {
    if let Some(expected) = schema.get("x-expected").and_then(Value::as_str) {
        return expected.to_owned();
    }
    let mut all: Vec<String> = Vec::new();
    let mut words: Vec<String> = Vec::new();
    for branch in branches(schema) {
        let listed = branch.get("enum").and_then(Value::as_array).into_iter().flatten();
        let found: Vec<String> = branch.get("const").into_iter().chain(listed).map(written).collect();
        if found.is_empty() {
            let text = takes_one(branch);
            if !all.contains(&text) {
                all.push(text);
            }
        } else {
            words.extend(found);
        }
    }
    if !words.is_empty() {
        all.insert(
            0,
            if words.len() == 1 { format!("`{}`", words[0]) } else { "one of the words below".to_owned() },
        );
    }
    all.join(", or ")
}

fn takes_one(branch: &Value) -> String {
    if let Some(expected) = branch.get("x-expected").and_then(Value::as_str) {
        return expected.to_owned();
    }
    let number = |keyword: &str| branch.get(keyword).map(Value::to_string);
    let bounded = |what: &str, least: Option<String>, most: Option<String>| match (least, most) {
        (Some(least), Some(most)) => format!("{what} from {least} to {most}"),
        (Some(least), None) => format!("{what} from {least}"),
        (None, Some(most)) => format!("{what} up to {most}"),
        (None, None) => what.to_owned(),
    };
    let sized = |what: String, of: &str, least: &str, most: &str| match (number(least), number(most)) {
        (Some(least), Some(most)) => format!("{what}, {least} to {most} {of}"),
        (Some(least), None) => format!("{what}, at least {least} {of}"),
        (None, Some(most)) => format!("{what}, at most {most} {of}"),
        (None, None) => what,
    };
    match kind(branch) {
        Some("boolean") => "true or false".into(),
        Some("integer") => bounded("a whole number", number("minimum"), number("maximum")),
        Some("number") => bounded("a number", number("minimum"), number("maximum")),
        Some("string") => sized("text".into(), "characters", "minLength", "maxLength"),
        Some("array") => {
            let items = branch.get("items").map(takes).unwrap_or_else(|| "anything".into());
            sized(format!("a list of {items}"), "items", "minItems", "maxItems")
        }
        Some("object") => match branch.get("properties").and_then(Value::as_object) {
            Some(keys) if !keys.is_empty() => {
                let keys: Vec<String> = keys.keys().map(|key| format!("`{key}`")).collect();
                format!("a map with {}", keys.join(", "))
            }
            _ => match branch.get("additionalProperties") {
                Some(Value::Bool(false)) => "an empty map".into(),
                _ => sized("a map by name".into(), "entries", "minProperties", "maxProperties"),
            },
        },
        _ => match branch.get("type").and_then(Value::as_array) {
            Some(kinds) => {
                let kinds: Vec<&str> = kinds
                    .iter()
                    .filter_map(Value::as_str)
                    .map(|kind| match kind {
                        "string" => "text",
                        "number" => "a number",
                        "integer" => "a whole number",
                        "boolean" => "true or false",
                        other => other,
                    })
                    .collect();
                kinds.join(", or ")
            }
            None => "any value".into(),
        },
    }
}

fn example(schema: &Value) -> Value {
    if let Some(example) = schema.get("examples").and_then(|all| all.get(0)) {
        return example.clone();
    }
    let default = schema.get("default").filter(|default| {
        !matches!(default, Value::Object(map) if map.is_empty()) && !matches!(default, Value::Bool(_))
    });
    if let Some(default) = default {
        return default.clone();
    }
    let branches = branches(schema);
    // The long form shows more than the short one, and a text's own example more than a bare number.
    let with_example = branches.iter().find(|branch| branch.get("examples").is_some());
    let map = branches.iter().find(|branch| kind(branch) == Some("object"));
    match with_example.or(map).or(branches.first()) {
        Some(branch) => example_of(branch, schema.get("default")),
        None => Value::Null,
    }
}

/// An example beside others: a text with another figure at its end.
fn another(example: &Value, at: u64) -> Value {
    match example.as_str().and_then(|text| text.strip_suffix(|last: char| last.is_ascii_digit())) {
        Some(start) if at > 0 => json!(format!("{start}{at}")),
        _ => example.clone(),
    }
}

fn example_of(branch: &Value, default: Option<&Value>) -> Value {
    if let Some(example) = branch.get("examples").and_then(|all| all.get(0)) {
        return example.clone();
    }
    if let Some(word) = branch.get("const").or_else(|| branch.get("enum")?.get(0)) {
        return word.clone();
    }
    match kind(branch) {
        Some("boolean") => json!(default != Some(&json!(true))),
        Some("integer" | "number") => {
            let least = branch.get("minimum").and_then(Value::as_u64).unwrap_or(0);
            let most = branch.get("maximum").and_then(Value::as_u64).unwrap_or(u64::MAX);
            json!(least.max(1).min(most))
        }
        Some("array") => {
            let item = branch.get("items").map(example).unwrap_or_default();
            let least = branch.get("minItems").and_then(Value::as_u64).unwrap_or(1).max(1);
            (0..least).map(|at| another(&item, at)).collect()
        }
        Some("object") => {
            let mut map = Map::new();
            let properties = branch.get("properties").and_then(Value::as_object);
            let required: Vec<&str> = branch
                .get("required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            for (key, inner) in properties.into_iter().flatten() {
                if required.contains(&key.as_str()) {
                    map.insert(key.clone(), example(inner));
                }
            }
            if let (true, Some((key, inner))) = (map.is_empty(), properties.and_then(|all| all.iter().next()))
            {
                map.insert(key.clone(), example(inner));
            }
            if let Some(inner) = branch.get("additionalProperties").filter(|inner| inner.is_object()) {
                map.insert("name".into(), example(inner));
            }
            Value::Object(map)
        }
        _ => match branch
            .get("x-expected")
            .and_then(Value::as_str)
            .and_then(|text| text.split_once("such as "))
        {
            Some((_, such)) => json!(such.split([',', ' ']).next().unwrap_or(such)),
            None => json!("text"),
        },
    }
}

/// The key a trail of the resolved application leads to.
pub fn at(trail: &Trail) -> Option<&'static Key> {
    let names = |key: &Key| key.path.iter().filter(|part| **part == Part::Name).count();
    let leads_to = |key: &&Key| {
        key.path.len() == trail.steps().len()
            && key.path.iter().zip(trail.steps()).all(|pair| match pair {
                (Part::Key(key), Step::Key(step)) => key == step,
                (Part::Name, Step::Key(_)) | (Part::Item, Step::Index(_)) => true,
                _ => false,
            })
    };
    // A word of the language is that word before it is a name.
    all().iter().filter(leads_to).min_by_key(|key| names(key))
}

/// The key that people call so: its whole way (`services.checkout.deploy.keep_old`), or the end of it (`keep_old`) where one key
/// ends like this.
pub fn find(word: &str) -> Found {
    let steps = steps(word);
    if steps.is_empty() {
        return Found::None(Vec::new());
    }
    let exact = all().iter().find(|key| parts(key).len() == steps.len() && fits(&parts(key), &steps));
    if let Some(key) = exact {
        return Found::One(key, names(key, &steps));
    }
    let ends: Vec<&Key> = all()
        .iter()
        .filter(|key| {
            let parts = parts(key);
            // The first has to be a word of the language, or any word would be a name.
            parts.len() > steps.len() && {
                let end = &parts[parts.len() - steps.len()..];
                matches!(end.first(), Some(Part::Key(_))) && fits(end, &steps)
            }
        })
        .collect();
    match ends.as_slice() {
        [] => Found::None(near(&steps)),
        [one] => Found::One(one, names(one, &steps)),
        _ => Found::Several(ends),
    }
}

/// The steps people wrote, without indices, and as if written in the base where an environment's part was named.
fn steps(word: &str) -> Vec<&str> {
    let mut steps: Vec<&str> = word
        .split('.')
        .map(|step| step.split('[').next().unwrap_or(step).trim())
        .filter(|step| !step.is_empty())
        .collect();
    if steps.len() > 4 && steps[0] == "services" && steps[2] == "environments" {
        steps.drain(2..4);
    }
    if steps.len() > 2 && steps[0] == "environments" && matches!(steps[2], "network" | "cluster") {
        // The part itself is a key of the environment; what stands in it is the application's.
        if steps.len() > 3 {
            steps.drain(..2);
        }
    }
    steps
}

fn parts(key: &Key) -> Vec<&Part> {
    key.path.iter().filter(|part| **part != Part::Item).collect()
}

fn fits(parts: &[&Part], steps: &[&str]) -> bool {
    parts.iter().zip(steps).all(|(part, step)| match part {
        Part::Key(key) => key == step,
        Part::Name | Part::Item => true,
    })
}

/// The names given on the way, in order; those not written are `<name>`.
fn names(key: &Key, steps: &[&str]) -> Vec<String> {
    let parts = parts(key);
    let missing = parts.len() - steps.len();
    let step = |at: usize| at.checked_sub(missing).map_or("<name>", |at| steps[at]);
    parts
        .iter()
        .enumerate()
        .filter(|(_, part)| ***part == Part::Name)
        .map(|(at, _)| step(at).to_owned())
        .collect()
}

/// Keys whose ends are written most like these steps.
fn near(steps: &[&str]) -> Vec<String> {
    let word = steps.join(".");
    let mut near: Vec<(f64, String)> = Vec::new();
    for key in all() {
        let parts = parts(key);
        let end = &parts[parts.len().saturating_sub(steps.len())..];
        if matches!(end.last(), Some(Part::Key(_))) {
            // A name fits whatever was written for it.
            let own: Vec<&str> = end
                .iter()
                .enumerate()
                .map(|(at, part)| if **part == Part::Name { steps[at] } else { name(part) })
                .collect();
            near.push((strsim::normalized_damerau_levenshtein(&own.join("."), &word), key.to_string()));
        }
    }
    near.retain(|(likeness, _)| *likeness >= 0.6);
    near.sort_by(|left, right| right.0.total_cmp(&left.0));
    near.into_iter().take(MAX_NEAR).map(|(_, key)| key).collect()
}
