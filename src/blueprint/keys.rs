//! Every key of the language, read off its schema: what it means, what it takes, and how it is found by what people call it.

mod others;

use std::{fmt, sync::OnceLock};

use serde_json::{Map, Value, json};

use super::{ParamType, schema, shape::written};
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

/// The kind of document a key stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// An application blueprint.
    Application,
    /// A service blueprint.
    ServiceBlueprint,
    /// What applications include.
    Shared,
}

impl Document {
    const ALL: [Self; 3] = [Self::Application, Self::ServiceBlueprint, Self::Shared];

    /// What people call it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Application => "an application blueprint",
            Self::ServiceBlueprint => "a service blueprint",
            Self::Shared => "what applications include",
        }
    }

    fn schema(self) -> &'static Value {
        match self {
            Self::Application => root(),
            Self::ServiceBlueprint => &root()["$defs"]["ServiceBlueprint"],
            Self::Shared => &root()["$defs"]["Shared"],
        }
    }
}

/// A key of the language.
#[derive(Debug, Clone)]
pub struct Key {
    /// The way to it.
    pub path: Vec<Part>,
    /// Where it stands.
    pub document: Document,
    schema: Value,
    required: bool,
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

/// Every key of application blueprints in the order of the schema. What may differ in an environment has the keys of what it
/// differs from, and is not repeated.
pub fn all() -> &'static [Key] {
    all_of(Document::Application)
}

/// Every key of a kind of document in the order of the schema.
pub fn all_of(document: Document) -> &'static [Key] {
    static KEYS: [OnceLock<Vec<Key>>; 3] = [const { OnceLock::new() }; 3];
    KEYS[document as usize].get_or_init(|| {
        let mut walk = Walk { document, path: Vec::new(), keys: Vec::new(), partial: false };
        walk.inside(document.schema());
        walk.keys
    })
}

/// A way through the schema of a document.
struct Walk {
    document: Document,
    path: Vec<Part>,
    keys: Vec<Key>,
    /// Whether nothing is required here.
    partial: bool,
}

impl Walk {
    fn inside(&mut self, schema: &Value) {
        for branch in branches(schema) {
            let properties = branch.get("properties").and_then(Value::as_object);
            for (name, inner) in properties.into_iter().flatten() {
                let required = branch.get("required").and_then(Value::as_array);
                let required = required.is_some_and(|keys| keys.iter().any(|key| key == name));
                self.step(Part::Key(name.clone()), inner, required);
            }
            if let Some(inner) = branch.get("additionalProperties").filter(|inner| inner.is_object()) {
                self.step(Part::Name, inner, false);
            }
            if let Some(inner) = branch.get("items") {
                self.path.push(Part::Item);
                self.inside(inner);
                self.path.pop();
            }
        }
    }

    fn step(&mut self, part: Part, schema: &Value, required: bool) {
        self.path.push(part);
        let required = required && !self.partial;
        // Branches of a choice may share a key.
        if let Some(known) = self.keys.iter_mut().find(|key| key.path == self.path) {
            known.required |= required;
        } else {
            let key =
                Key { path: self.path.clone(), document: self.document, schema: schema.clone(), required };
            self.keys.push(key);
            match reference(schema) {
                Some(name) if name.ends_with("BlueprintServiceOverlay") => self.service(),
                Some(name) if name.ends_with("Overlay") => {}
                _ => self.inside(schema),
            }
        }
        self.path.pop();
    }

    /// The service of a service blueprint: what a service may say, as it is said of one, and nothing that must be.
    fn service(&mut self) {
        let definitions = &root()["$defs"];
        let partial = &definitions["BlueprintServiceOverlay"]["properties"];
        self.partial = true;
        for (name, inner) in definitions["Service"]["properties"].as_object().into_iter().flatten() {
            if partial.get(name).is_some() {
                self.step(Part::Key(name.clone()), inner, false);
            }
        }
        self.partial = false;
    }
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

    /// A parameter that a service blueprint declares so, where a service gives it a value: `services.<name>.with.port`.
    pub(crate) fn parameter(path: Vec<Part>, document: Document, declared: &Value) -> Self {
        let kind: Option<ParamType> = serde_json::from_value(declared["type"].clone()).ok();
        let mut schema = kind.map_or_else(|| json!({}), |kind| kind.schema_of(declared));
        if let Some(object) = schema.as_object_mut() {
            for key in ["description", "default"] {
                object.shift_remove(key);
                object.extend(declared.get(key).map(|value| (key.to_owned(), value.clone())));
            }
            if let Some(example) = declared.get("example").filter(|example| !example.is_null()) {
                object.insert("examples".into(), json!([example]));
            }
        }
        Self { path, document, required: declared.get("default").is_none(), schema }
    }

    /// Whether it has to be written.
    pub fn is_required(&self) -> bool {
        self.required
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

    /// Where an environment says otherwise, where one may; of a service blueprint's key, where a service that extends it does.
    pub fn overridden_at(&self) -> Option<String> {
        let text = self.to_string();
        if self.document == Document::ServiceBlueprint {
            let of_parameter = matches!(self.path.as_slice(), [Part::Key(params), _] if params == "params");
            return if of_parameter {
                let name = name(&self.path[1]);
                Some(format!("services.<name>.with.{name}"))
            } else {
                text.strip_prefix("service.").map(|rest| format!("services.<name>.{rest}"))
            };
        }
        if let [Part::Key(services), _, own @ ..] = self.path.as_slice()
            && services == "services"
            && !own.is_empty()
        {
            // The service may be one of a name.
            let rest: Vec<&str> = text.splitn(3, '.').collect();
            let rest = rest.last().copied().unwrap_or_default();
            return (!rest.starts_with("environments") && rest != "extends")
                .then(|| format!("services.<name>.environments.<name>.{rest}"));
        }
        let top = text.split('.').next().unwrap_or_default();
        matches!(top, "network" | "cluster" | "load_balancers").then(|| format!("environments.<name>.{text}"))
    }
}

/// What a value must be, where the kind alone does not say it: units, bounds, forms.
pub(super) fn takes_in_short(schema: &Value) -> Option<String> {
    let is_map = |branch: &&Value| kind(branch) == Some("object") && branch.get("x-expected").is_none();
    let is_word = |branch: &&Value| branch.get("const").or(branch.get("enum")).is_some();
    let branches = branches(schema);
    if let Some([inner, other]) = schema.get("anyOf").and_then(Value::as_array).map(Vec::as_slice)
        && other.get("type").is_some_and(|kind| kind == "null")
    {
        return takes_in_short(inner);
    }
    let whole = schema.get("x-expected").is_some();
    if !whole && branches.iter().any(|branch| is_map(branch) || is_word(branch)) {
        return None;
    }
    let text = takes(schema);
    let says_nothing = matches!(
        text.as_str(),
        "text" | "true or false" | "a number" | "a whole number" | "any value" | "a list of text" | ""
    );
    (!says_nothing).then_some(text)
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

/// The key of an application blueprint that people call so: its whole way (`services.checkout.deploy.keep_old`), or the end of it
/// (`keep_old`) where one key ends like this; or else the key of another document.
pub fn find(word: &str) -> Found {
    find_in(word, Document::Application)
}

/// As [`find`], in this kind of document before any other.
pub fn find_in(word: &str, document: Document) -> Found {
    let steps = steps(word);
    if steps.is_empty() {
        return Found::None(Vec::new());
    }
    let order = std::iter::once(document).chain(Document::ALL.into_iter().filter(|other| *other != document));
    order
        .map(|document| find_of(document, &steps))
        .find(|found| !matches!(found, Found::None(_)))
        .unwrap_or_else(|| Found::None(near(&steps)))
}

fn find_of(document: Document, steps: &[&str]) -> Found {
    let all = all_of(document);
    let exact = all.iter().find(|key| parts(key).len() == steps.len() && fits(&parts(key), steps));
    if let Some(key) = exact {
        return Found::One(key, names(key, steps));
    }
    let ends: Vec<&Key> = all
        .iter()
        .filter(|key| {
            let parts = parts(key);
            // The first has to be a word of the language, or any word would be a name.
            parts.len() > steps.len() && {
                let end = &parts[parts.len() - steps.len()..];
                matches!(end.first(), Some(Part::Key(_))) && fits(end, steps)
            }
        })
        .collect();
    match ends.as_slice() {
        [] => Found::None(Vec::new()),
        [one] => Found::One(one, names(one, steps)),
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
    if steps.len() > 2
        && steps[0] == "environments"
        && matches!(steps[2], "network" | "cluster" | "load_balancers")
    {
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
    // A service's keys are those of a service blueprint, and are not named twice.
    let own = |key: &&Key| !matches!(key.path.first(), Some(Part::Key(first)) if first == "service");
    for key in Document::ALL.into_iter().flat_map(all_of).filter(own) {
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
    let mut names: Vec<String> = Vec::new();
    for (_, name) in near {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.truncate(MAX_NEAR);
    names
}
