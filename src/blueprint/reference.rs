//! The reference page, written from the schema: every key with its trail, what it takes, its default, what it means.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::schema;

/// The page, as Markdown.
pub fn markdown() -> String {
    let root = schema::application();
    let mut page = Page { root: &root, text: String::new(), known: Vec::new(), places: Vec::new(), top: TOP };
    page.documents();
    // Where each definition has its section is known after a first time.
    let places = page.known;
    let mut page = Page { root: &root, text: String::from(HEAD), known: Vec::new(), places, top: TOP };
    page.documents();
    page.text
}

/// The documents beside the application blueprint, by their definitions.
const OTHERS: [(&str, &str); 2] =
    [("ServiceBlueprint", "Service blueprints"), ("Shared", "What applications share")];

const TOP: &str = "The document";

const HEAD: &str = "\
# Blueprint reference

<!-- Written by `cargo xtask reference` from the schema. Change the descriptions in src/blueprint and run it again. -->

Every key of a blueprint, in the order of the schema. `<name>` stands for a name you give, `[]` for each item of a list.
Unknown keys are errors; keys that start with `x-` are ignored. Whatever has no default and is not required is left out
where it is not written.

Text may hold expressions, `${env.name}`: names are those of the environment (`env.name`, `env.region`, `env.account`,
`env.protected`), the application (`app.name`), the service (`service.name`), variables (`vars.<name>`), and inside a service
blueprint its parameters (`params.<name>`). There are conditions (`${'a' if env.protected else 'b'}`), arithmetic, and the filters `abs`,
`capitalize`, `default`, `first`, `float`, `int`, `join`, `last`, `length`, `lower`, `max`, `min`, `replace`, `round`, `trim` and `upper`. A
value that is one whole expression keeps its type, and where it is `null`, its key is not there. `$${` is a literal `${`;
`${AWS::Region}` and its like pass through.
";

struct Page<'s> {
    root: &'s Value,
    text: String,
    /// Definitions that have their section, and where.
    known: Vec<(&'s str, String)>,
    /// The same of the whole page.
    places: Vec<(&'s str, String)>,
    /// What the keys of a document stand under.
    top: &'static str,
}

impl<'s> Page<'s> {
    fn documents(&mut self) {
        self.section(String::new(), self.root);
        for (name, title) in OTHERS {
            self.top = title;
            self.section(String::new(), &self.root["$defs"][name]);
        }
    }

    /// The keys of a map, and then the maps inside it.
    fn section(&mut self, trail: String, schema: &'s Value) {
        let mut maps = Vec::new();
        self.maps(schema, &mut maps);
        let keys: Vec<(&'s str, &'s Value, bool)> = maps
            .iter()
            .flat_map(|map| {
                let required = map["required"].as_array();
                let required = move |key: &str| required.is_some_and(|all| all.iter().any(|it| it == key));
                let choice = maps.len() > 1;
                let properties = map["properties"].as_object().into_iter().flatten();
                properties.map(move |(key, value)| (key.as_str(), value, required(key) && !choice))
            })
            .collect();
        if !keys.is_empty() {
            let title = if trail.is_empty() { self.top.to_owned() } else { format!("`{trail}`") };
            let _ = write!(self.text, "\n## {title}\n");
            if let Some(description) = self.description(schema) {
                let _ = write!(self.text, "\n{description}\n");
            }
            self.text.push('\n');
        }
        let join = |key: &str| if trail.is_empty() { key.to_owned() } else { format!("{trail}.{key}") };
        for (key, value, required) in &keys {
            self.entry(&join(key), value, *required);
        }
        for (key, value, _) in &keys {
            self.inside(join(key), value);
        }
        for map in maps {
            if map["additionalProperties"].is_object() {
                self.inside(join("<name>"), &map["additionalProperties"]);
            }
        }
    }

    /// The section of a value, where it is a map, or a list of maps, that has none yet.
    fn inside(&mut self, trail: String, schema: &'s Value) {
        if let Some(name) = self.definition(schema) {
            if name.ends_with("Overlay") || self.known.iter().any(|(known, _)| *known == name) {
                return;
            }
            self.known.push((name, trail.clone()));
        }
        let mut lists = Vec::new();
        self.alternatives(schema, &mut lists);
        for list in lists.into_iter().filter(|it| it["items"].is_object()) {
            self.inside(format!("{trail}[]"), &list["items"]);
        }
        self.section(trail, schema);
    }

    fn entry(&mut self, trail: &str, schema: &'s Value, required: bool) {
        let mut facts = vec![self.kind(schema)];
        if required {
            facts.push("required".into());
        } else if let Some(default) = schema.get("default").and_then(short) {
            facts.push(format!("default `{default}`"));
        }
        let _ = writeln!(self.text, "- **`{trail}`**: {}", facts.join("; "));
        if let Some(description) = self.description(schema) {
            let _ = writeln!(self.text, "  <br>{description}");
        }
        let place = |name: &str| {
            let found = self.places.iter().find(|(known, _)| *known == name);
            found.map(|(_, at)| at.clone()).filter(|at| at != trail)
        };
        if let Some(name) = self.definition(schema) {
            let base = name.trim_end_matches("Overlay");
            let told = match (base == name, place(base)) {
                (true, Some(at)) => Some(format!("The same keys as [`{at}`](#{}).", anchor(&at))),
                (false, Some(at)) => Some(format!(
                    "The keys of [`{at}`](#{}), of which only what differs is written; `null` removes.",
                    anchor(&at)
                )),
                (false, None) => Some("Only what differs is written; `null` removes.".into()),
                _ => None,
            };
            if let Some(told) = told {
                let _ = writeln!(self.text, "  <br>{told}");
            }
        }
    }

    fn description(&self, schema: &'s Value) -> Option<String> {
        let own = schema["description"].as_str();
        let text = own.or_else(|| self.target(schema)?["description"].as_str())?;
        Some(text.replace('\n', " "))
    }

    fn definition(&self, schema: &'s Value) -> Option<&'s str> {
        // Where a key of the value decides, it is what stands there without that key.
        let schema = schema.get("else").unwrap_or(schema);
        let name = schema["$ref"].as_str()?.strip_prefix("#/$defs/")?;
        self.root["$defs"].get(name).map(|_| name)
    }

    fn target(&self, schema: &'s Value) -> Option<&'s Value> {
        self.root["$defs"].get(self.definition(schema)?)
    }

    /// What a schema stands for once references and choices are followed.
    fn alternatives(&self, schema: &'s Value, found: &mut Vec<&'s Value>) {
        if let Some(target) = self.target(schema) {
            return self.alternatives(target, found);
        }
        let mut choice = false;
        for branch in ["oneOf", "anyOf"].into_iter().filter_map(|word| schema[word].as_array()).flatten() {
            choice = true;
            self.alternatives(branch, found);
        }
        if !choice {
            found.push(schema);
        }
    }

    fn maps(&self, schema: &'s Value, found: &mut Vec<&'s Value>) {
        let mut all = Vec::new();
        self.alternatives(schema, &mut all);
        found.extend(
            all.into_iter()
                .filter(|it| it["properties"].is_object() || it["additionalProperties"].is_object()),
        );
    }

    /// What it takes, in words.
    fn kind(&self, schema: &'s Value) -> String {
        if let Some(expected) = schema["x-expected"].as_str() {
            return expected.to_owned();
        }
        let mut all = Vec::new();
        self.alternatives(schema, &mut all);
        let mut parts: Vec<String> = Vec::new();
        let mut chosen = Vec::new();
        let choice = all.len() > 1;
        for one in all {
            let required: Vec<&str> =
                one["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            match (one["properties"].as_object(), required.as_slice()) {
                (Some(_), [key]) if choice => chosen.push(format!("`{key}`")),
                _ => parts.push(self.plain(one)),
            }
        }
        if !chosen.is_empty() {
            parts.push(format!("a map with {}", chosen.join(" or ")));
        }
        parts.retain(|part| !part.is_empty());
        parts.dedup();
        let words = parts.iter().all(|part| part.starts_with('`') && part.matches('`').count() == 2);
        match parts.split_last() {
            Some((last, rest)) if words && !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => parts.join(", or "),
        }
    }

    fn plain(&self, schema: &'s Value) -> String {
        if let Some(expected) = schema["x-expected"].as_str() {
            return expected.to_owned();
        }
        if let Some(only) = schema.get("const").and_then(short) {
            return format!("`{only}`");
        }
        if let Some(words) = schema["enum"].as_array() {
            let words: Vec<_> = words.iter().filter_map(short).map(|word| format!("`{word}`")).collect();
            return words.join(" ");
        }
        let kinds: Vec<&str> = match &schema["type"] {
            Value::String(kind) => vec![kind],
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let kinds = kinds.into_iter().filter(|kind| *kind != "null").map(|kind| match kind {
            "string" => format!("text{}", bounds(schema, "minLength", "maxLength", " characters")),
            "integer" => format!("a whole number{}", bounds(schema, "minimum", "maximum", "")),
            "number" => format!("a number{}", bounds(schema, "minimum", "maximum", "")),
            "boolean" => "`true` or `false`".into(),
            "array" => {
                let items =
                    if schema["items"].is_object() { self.kind(&schema["items"]) } else { String::new() };
                format!("a list{}, each {items}", bounds(schema, "minItems", "maxItems", " items"))
            }
            _ if schema["additionalProperties"].is_object() => {
                let names =
                    schema["propertyNames"]["x-expected"].as_str().map(|it| format!("; each name {it}"));
                format!(
                    "a map by name{}{}",
                    bounds(schema, "minProperties", "maxProperties", " entries"),
                    names.unwrap_or_default()
                )
            }
            _ => "a map".into(),
        });
        kinds.collect::<Vec<_>>().join(" or ")
    }
}

fn bounds(schema: &Value, least: &str, most: &str, what: &str) -> String {
    match (schema[least].as_f64(), schema[most].as_f64()) {
        (Some(least), Some(most)) => format!(" from {least} to {most}{what}"),
        (Some(least), None) if least > 0.0 => {
            let what = match what.strip_suffix("ies") {
                Some(stem) if least == 1.0 => format!("{stem}y"),
                _ if least == 1.0 => what.trim_end_matches('s').to_owned(),
                _ => what.to_owned(),
            };
            format!(" of at least {least}{what}")
        }
        (None, Some(most)) => format!(" of at most {most}{what}"),
        _ => String::new(),
    }
}

/// A value on one line, where it is short and says something.
fn short(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::Object(object) if object.is_empty() => return None,
        Value::Array(items) if items.is_empty() => return None,
        Value::String(text) => text.clone(),
        Value::Object(object) => flow(object),
        other => other.to_string().replace(['"'], "").replace(',', ", "),
    };
    (text.chars().count() <= 100).then_some(text)
}

fn flow(object: &Map<String, Value>) -> String {
    let members: Vec<_> =
        object.iter().filter_map(|(key, value)| Some(format!("{key}: {}", short(value)?))).collect();
    format!("{{{}}}", members.join(", "))
}

/// The anchor that Markdown renderers give a heading.
fn anchor(trail: &str) -> String {
    trail.chars().filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_')).collect()
}
