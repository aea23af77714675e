//! The schema, run over a document: every fault of shape at once, each at its key or value.
//!
//! Whether a document fits is the verdict of jsonschema ([`verdict`]), the same a schema-aware editor gives. Why it does not fit is
//! told by our own walk over document and schema ([`explain`]), because a list of failed keywords does not name the
//! branch of a choice that was meant. What the walk cannot tell is still reported, in the validator's words.
//!
//! Extensions of the schema that are honoured: `x-expected` ("a duration such as 30s"; inherited by what is inside),
//! `x-unit` (what a bare number most likely means), `x-choice` (see [`Shape::is_choice`]), and `examples`.

mod compiled;
mod explain;
mod maps;
mod outline;
mod repair;
mod schema;
mod verdict;
mod words;

pub(crate) use compiled::application as is_application;

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, OnceLock},
};

use regex::Regex;
use serde_json::{Value, json};

use super::schema::{APPLICATION, allow_extensions};
use crate::{
    blueprint::{
        is_expression,
        units::{Format, formats},
    },
    diagnostic::{Finding, Place, Trail},
    yaml::{Data, Node},
};
use schema::Schema;
use verdict::Verdict;
pub(crate) use words::written;

/// Findings after which the rest is left out: a document that is wholly another format has one per value.
const MAX_FINDINGS: usize = 1_000;

/// The schema's own fault: it cannot be used at all.
#[derive(Debug, thiserror::Error)]
#[error("the schema cannot be used: {0}")]
pub struct BadSchema(String);

/// A schema made ready to check documents, or a part of one to check parts of documents.
pub struct Shape {
    schema: Arc<Whole>,
    /// Where in the schema the part stands: a JSON pointer.
    entry: String,
    /// Whether a document fits, compiled with the tool.
    compiled: Option<fn(&Value) -> bool>,
    /// Made when first asked, which takes long.
    verdict: OnceLock<Verdict>,
}

/// A whole schema, and what is read off it when first needed: a document that fits needs little of it.
struct Whole {
    root: LazyLock<Value, Box<dyn FnOnce() -> Value + Send>>,
    /// What of it tells choices from maps, where that is made sooner than the whole.
    outline: Option<LazyLock<Value>>,
    /// Those that the walk does not understand are left to the validator.
    patterns: OnceLock<BTreeMap<String, Option<Regex>>>,
    formats: Vec<Format>,
}

impl Shape {
    /// Makes a schema ready, with the checks for the formats it names.
    ///
    /// # Errors
    /// Where the value is no schema of JSON Schema 2020-12.
    pub fn new(mut root: Value, formats: &[Format]) -> Result<Self, BadSchema> {
        allow_extensions(&mut root);
        let shape = Self::lazy(Box::new(move || root), None, formats, None);
        let verdict = Verdict::new(&shape.schema.root, formats).map_err(BadSchema)?;
        let _ = shape.verdict.set(verdict);
        Ok(shape)
    }

    /// As [`Shape::new`], of a schema that is known to be one; what takes long is made when first asked for.
    pub fn deferred(mut root: Value, formats: &[Format]) -> Self {
        allow_extensions(&mut root);
        Self::lazy(Box::new(move || root), None, formats, None)
    }

    /// The shape of application blueprints.
    pub fn application() -> Self {
        let root = || serde_json::from_str(APPLICATION).expect("the committed schema is JSON");
        let outline = || outline::outline(APPLICATION).expect("the committed schema is JSON");
        let outline = Some(LazyLock::new(outline as fn() -> Value));
        Self::lazy(Box::new(root), outline, formats(), Some(compiled::application))
    }

    fn lazy(
        root: Box<dyn FnOnce() -> Value + Send>,
        outline: Option<LazyLock<Value>>,
        formats: &[Format],
        compiled: Option<fn(&Value) -> bool>,
    ) -> Self {
        let root = LazyLock::new(root);
        let schema = Arc::new(Whole { root, outline, patterns: OnceLock::new(), formats: formats.to_vec() });
        Self { schema, entry: String::new(), compiled, verdict: OnceLock::new() }
    }

    /// The shape of what `entry`, a JSON pointer into the schema, says.
    #[must_use]
    pub fn part(&self, entry: &str) -> Self {
        let entry = format!("{}{entry}", self.entry);
        Self { schema: Arc::clone(&self.schema), entry, compiled: None, verdict: OnceLock::new() }
    }

    fn root(&self) -> &Value {
        &self.schema.root
    }

    fn entry(&self) -> Schema<'_> {
        self.entry_of(self.root())
    }

    fn entry_of<'s>(&self, root: &'s Value) -> Schema<'s> {
        Schema::new(root.pointer(&self.entry).expect("parts are named after the schema"))
    }

    fn verdict(&self) -> &Verdict {
        self.verdict.get_or_init(|| {
            let root = self.root();
            let part = || json!({"allOf": [root.pointer(&self.entry)], "$defs": root["$defs"]});
            let made = Verdict::new(
                &if self.entry.is_empty() { root.clone() } else { part() },
                &self.schema.formats,
            );
            made.expect("a part of a schema is a schema")
        })
    }

    /// Whether the shape of a document is right for certain. Text with an expression fits every format; as a key it fits none.
    fn fits(&self, node: &Node) -> bool {
        let fits = match self.compiled {
            Some(compiled) => compiled(&node.to_json()),
            None => self.verdict().fits(node),
        };
        fits && !is_odd(node)
    }

    fn pattern(&self, pattern: &str) -> Option<&Regex> {
        let patterns = self.schema.patterns.get_or_init(|| {
            let mut all = BTreeMap::new();
            schema::patterns(self.root(), &mut |pattern| {
                all.entry(pattern.to_owned()).or_insert_with(|| Regex::new(pattern).ok());
            });
            all
        });
        patterns.get(pattern)?.as_ref()
    }

    fn format(&self, name: &str) -> Option<&Format> {
        self.schema.formats.iter().find(|format| format.name == name)
    }

    /// Everything that is wrong with the shape of a document, in document order, with places found in it.
    pub fn check(&self, node: &Node) -> Vec<Finding> {
        settled(self.check_part(node, &Trail::clone), node)
    }

    /// As [`Shape::check`], by our own walk alone: without the validator, which takes long to make for a schema that was not
    /// compiled. For documents whose parts are checked again when they are put together.
    pub fn walk(&self, node: &Node) -> Vec<Finding> {
        settled(self.explain(node, &Trail::clone), node)
    }

    /// As [`Shape::check_part`], by our own walk alone.
    pub fn explain(&self, node: &Node, shown: &dyn Fn(&Trail) -> Trail) -> Vec<Finding> {
        explain::findings(self, node, shown)
    }

    /// Everything that is wrong with the shape of a part of a document, of which `shown` tells where in the document a
    /// trail leads. Places are still to be found.
    pub fn check_part(&self, node: &Node, shown: &dyn Fn(&Trail) -> Trail) -> Vec<Finding> {
        if self.fits(node) { Vec::new() } else { self.faults(node, shown) }
    }

    /// As [`Shape::check_part`], of a part that is known not to fit.
    pub fn faults(&self, node: &Node, shown: &dyn Fn(&Trail) -> Trail) -> Vec<Finding> {
        let findings = explain::findings(self, node, shown);
        if findings.is_empty() { self.verdict().faults(node, MAX_FINDINGS) } else { findings }
    }

    /// Whether the map that these keys lead to is a choice: one of several maps of which each has a key of its own, or
    /// marked `x-choice`.
    pub fn is_choice(&self, keys: &[&str]) -> bool {
        let root = self.schema.outline.as_deref().unwrap_or_else(|| self.root());
        let mut here = vec![self.entry_of(root)];
        for key in keys {
            here = here
                .iter()
                .flat_map(|schema| schema.alternatives(root))
                .filter_map(|it| it.child(key))
                .collect();
        }
        here.iter().any(|schema| schema.is_choice(root))
    }

    /// The document as JSON, without the keys that start with `x-` and mean nothing where they stand. Names that people
    /// give, such as those of headers and tags, are kept.
    pub fn to_json(&self, node: &Node) -> Value {
        // Nearly every document; the way through the schema costs five times as much.
        if !has_extensions(node) { node.to_json() } else { self.json(node, &[self.entry()]) }
    }

    fn json(&self, node: &Node, schemas: &[Schema<'_>]) -> Value {
        let branches: Vec<_> = schemas.iter().flat_map(|schema| schema.alternatives(self.root())).collect();
        match &node.data {
            Data::Map(map) => {
                let closed = branches.iter().any(Schema::is_closed) && !branches.iter().any(Schema::is_open);
                let known =
                    |key: &str| branches.iter().filter_map(|branch| branch.child(key)).collect::<Vec<_>>();
                let members = map.iter().filter_map(|(key, entry)| {
                    let inner = known(key);
                    let ignored = closed && inner.is_empty() && key.starts_with("x-");
                    (!ignored).then(|| (key.clone(), self.json(&entry.value, &inner)))
                });
                Value::Object(members.collect())
            }
            Data::List(items) => {
                let inner: Vec<_> = branches.iter().filter_map(Schema::items).collect();
                Value::Array(items.iter().map(|item| self.json(item, &inner)).collect())
            }
            _ => node.to_json(),
        }
    }
}

/// Findings with their places, in document order, each once.
fn settled(mut findings: Vec<Finding>, node: &Node) -> Vec<Finding> {
    for finding in &mut findings {
        finding.locate(|trail, aim| node.locate(trail, aim));
    }
    findings.sort_by_key(|finding| {
        let span = finding.primary.as_ref().and_then(|mark| mark.span);
        span.map(|span| (span.file, span.start, span.end))
    });
    findings
        .dedup_by(|next, kept| next.code == kept.code && next.title == kept.title && same_place(next, kept));
    findings.truncate(MAX_FINDINGS);
    findings
}

/// Whether any key starts with `x-`.
fn has_extensions(node: &Node) -> bool {
    match &node.data {
        Data::Map(map) => {
            map.iter().any(|(key, entry)| key.starts_with("x-") || has_extensions(&entry.value))
        }
        Data::List(items) => items.iter().any(has_extensions),
        _ => false,
    }
}

/// Whether a document has what the verdict takes for something else: a key with an expression for a name, and a number such
/// as `2.0` for a whole one, which the model does not.
fn is_odd(node: &Node) -> bool {
    match &node.data {
        Data::Map(map) => map.iter().any(|(key, entry)| is_expression(key) || is_odd(&entry.value)),
        Data::List(items) => items.iter().any(is_odd),
        Data::Float(number) => number.fract() == 0.0,
        _ => false,
    }
}

fn same_place(left: &Finding, right: &Finding) -> bool {
    let place =
        |finding: &Finding| -> Option<Place> { finding.primary.as_ref().map(|mark| mark.place.clone()) };
    place(left) == place(right)
}
