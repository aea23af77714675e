use serde_json::Value as Json;

use super::Drawing;
use crate::{
    cfn::{Call, Draft, Entry, Text, Value},
    stacks::{Stack, purpose},
};

/// A resource of a rendered stack.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'d> {
    drawing: &'d Drawing,
    /// Its stack.
    pub stack: &'d Stack,
    /// Its logical id.
    pub id: &'d str,
    /// What it is.
    pub entry: &'d Entry,
}

/// A resource that another one needs, or that needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// Its stack.
    pub stack: String,
    /// Its logical id.
    pub id: String,
    /// Whether it is waited for without being named: `DependsOn` alone.
    pub order_only: bool,
}

/// A statement of a policy, and why it is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// Its `Sid`.
    pub sid: String,
    /// Why it is there.
    pub reason: String,
    /// Why it is for every resource, where it is.
    pub everything: Option<String>,
    /// The statement in the long form.
    pub statement: Json,
}

impl<'d> Subject<'d> {
    /// Every resource of every stack.
    pub fn all(drawing: &'d Drawing) -> impl Iterator<Item = Self> {
        drawing.stacks.iter().flat_map(move |stack| {
            stack.template.resources.iter().map(move |(id, entry)| Self { drawing, stack, id, entry })
        })
    }

    /// What it is for, in a sentence.
    pub fn purpose(&self) -> Option<&'static str> {
        purpose(&self.entry.kind, self.id)
    }

    /// What it names or waits for, other stacks' resources among them.
    pub fn needs(&self) -> Vec<Needed> {
        let mut all = Vec::new();
        let named = names(&self.entry.draft);
        for name in &named {
            let found = match name {
                Name::Here(id) => self.here(id),
                Name::Export(export) => self.drawing.exporter(export),
            };
            push(&mut all, found, false);
        }
        for id in &self.entry.draft.depends_on {
            push(&mut all, self.here(id), true);
        }
        all
    }

    /// What names it or waits for it.
    pub fn needed_by(&self) -> Vec<Needed> {
        let mut all = Vec::new();
        for other in Self::all(self.drawing) {
            for needed in other.needs() {
                if needed.id == self.id && needed.stack == self.stack.name {
                    let found = Some((other.stack.name.clone(), other.id.to_owned()));
                    push(&mut all, found, needed.order_only);
                }
            }
        }
        all
    }

    /// The statements of its policies with their reasons.
    pub fn statements(&self) -> Vec<Reason> {
        let whole = self.drawing.template(&self.stack.file);
        let json = whole.map(|template| &template["Resources"][self.id]["Properties"]);
        let mut all = Vec::new();
        for (_, value) in &self.entry.draft.properties {
            value.walk(&mut |value| all.extend(reason(value, json)));
        }
        all
    }

    fn here(&self, id: &str) -> Option<(String, String)> {
        let known = self.stack.template.resources.contains_key(id) && id != self.id;
        known.then(|| (self.stack.name.clone(), id.to_owned()))
    }
}

impl Drawing {
    /// The resource behind an exported value.
    fn exporter(&self, export: &str) -> Option<(String, String)> {
        self.stacks.iter().find_map(|stack| {
            let outputs = &stack.template.outputs;
            let output = outputs.values().find(|output| output.export.as_deref() == Some(export))?;
            let mut found = None;
            output.value.walk(&mut |value| {
                for name in names_of(value) {
                    if let Name::Here(id) = name
                        && stack.template.resources.contains_key(id.as_str())
                    {
                        found.get_or_insert(id);
                    }
                }
            });
            Some((stack.name.clone(), found?))
        })
    }
}

fn push(all: &mut Vec<Needed>, found: Option<(String, String)>, order_only: bool) {
    if let Some((stack, id)) = found
        && !all.iter().any(|known| known.id == id && known.stack == stack)
    {
        all.push(Needed { stack, id, order_only });
    }
}

/// What a value names.
enum Name {
    /// A resource or parameter of its template.
    Here(String),
    /// A value of another stack.
    Export(String),
}

fn names(draft: &Draft) -> Vec<Name> {
    let mut all = Vec::new();
    for (_, value) in &draft.properties {
        value.walk(&mut |value| all.extend(names_of(value)));
    }
    all
}

fn names_of(value: &Value) -> Vec<Name> {
    match value.as_call() {
        Some(Call::Ref(id) | Call::GetAtt(id, _)) => vec![Name::Here(id.to_string())],
        Some(Call::ImportValue(export)) => vec![Name::Export(export.to_string())],
        Some(Call::Sub(text, _)) => text
            .split("${")
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('}')?.0.split('.').next()?.to_owned()))
            .map(Name::Here)
            .collect(),
        _ => Vec::new(),
    }
}

/// The statement a value is, where it is one.
fn reason(value: &Value, json: Option<&Json>) -> Option<Reason> {
    let Value::Map(pairs) = value else { return None };
    let (_, sid) = pairs.iter().find(|(key, _)| key == "Sid")?;
    let Value::Reasoned(reason, sid) = sid else { return None };
    let Value::Text(sid) = sid.as_ref() else { return None };
    let mut everything: Option<&Text> = None;
    for (_, value) in pairs.iter().filter(|(key, _)| key == "Resource") {
        value.walk(&mut |value| {
            if let Value::Noted(reason, _) = value {
                everything.get_or_insert(reason);
            }
        });
    }
    Some(Reason {
        sid: sid.to_string(),
        reason: reason.to_string(),
        everything: everything.map(ToString::to_string),
        statement: json.and_then(|json| statement(json, sid)).cloned().unwrap_or_default(),
    })
}

/// The statement with this `Sid` inside a value.
fn statement<'j>(json: &'j Json, sid: &str) -> Option<&'j Json> {
    match json {
        Json::Object(map) if map.get("Sid").is_some_and(|known| known == sid) => Some(json),
        Json::Object(map) => map.values().find_map(|inner| statement(inner, sid)),
        Json::Array(items) => items.iter().find_map(|inner| statement(inner, sid)),
        _ => None,
    }
}
