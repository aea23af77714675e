//! The schema, run over a document: every fault of shape at once, each at its key or value.
//!
//! Whether a document fits is the verdict of jsonschema ([`verdict`]), the same a schema-aware editor gives. Why it does not fit is
//! told by our own walk over document and schema ([`explain`]), because a list of failed keywords does not name the
//! branch of a choice that was meant. What the walk cannot tell is still reported, in the validator's words.
//!
//! Extensions of the schema that are honoured: `x-expected` ("a duration such as 30s"; inherited by what is inside),
//! `x-unit` (what a bare number most likely means), `x-choice` (see [`Shape::is_choice`]), and `examples`.

mod explain;
mod maps;
mod repair;
mod schema;
mod verdict;
mod words;

use std::{collections::BTreeMap, sync::OnceLock};

use regex::Regex;
use serde_json::Value;

use crate::{
    blueprint::{is_expression, units::Format},
    diagnostic::{Finding, Place, Trail},
    yaml::{Data, Node},
};
use schema::Schema;
pub(crate) use words::written;

/// Findings after which the rest is left out: a document that is wholly another format has one per value.
const MAX_FINDINGS: usize = 1_000;

/// The schema's own fault: it cannot be used at all.
#[derive(Debug, thiserror::Error)]
#[error("the schema cannot be used: {0}")]
pub struct BadSchema(String);

/// A schema made ready to check documents.
pub struct Shape {
    root: Value,
    verdict: OnceLock<verdict::Verdict>,
    /// Compiled when first needed: a document that fits needs none. One that only the validator understands is left to it.
    patterns: BTreeMap<String, OnceLock<Option<Regex>>>,
    formats: BTreeMap<&'static str, Format>,
}

impl Shape {
    /// Makes a schema ready, with the checks for the formats it names.
    ///
    /// # Errors
    /// Where the value is no schema of JSON Schema 2020-12.
    pub fn new(root: Value, formats: &[Format]) -> Result<Self, BadSchema> {
        let shape = Self::deferred(root, formats);
        let verdict = verdict::Verdict::new(&shape.root, formats).map_err(BadSchema)?;
        let _ = shape.verdict.set(verdict);
        Ok(shape)
    }

    /// As [`Shape::new`], but what decides whether a document fits, which takes most of the time, is made when it is first
    /// asked. For schemas that are known to be schemas.
    ///
    /// # Panics
    /// When first asked, where the value is no schema of JSON Schema 2020-12.
    pub fn deferred(mut root: Value, formats: &[Format]) -> Self {
        schema::allow_extensions(&mut root);
        let mut patterns = BTreeMap::new();
        schema::patterns(&root, &mut |pattern| {
            patterns.insert(pattern.to_owned(), OnceLock::new());
        });
        let formats = formats.iter().map(|format| (format.name, *format)).collect();
        Self { root, verdict: OnceLock::new(), patterns, formats }
    }

    fn verdict(&self) -> &verdict::Verdict {
        self.verdict.get_or_init(|| {
            let formats: Vec<Format> = self.formats.values().copied().collect();
            verdict::Verdict::new(&self.root, &formats).expect("a deferred schema is a schema")
        })
    }

    /// Whether the shape of a document is right. Text with an expression fits every format; as a key it fits none.
    pub fn fits(&self, node: &Node) -> bool {
        self.verdict().fits(node) && !names_by_expression(node)
    }

    fn pattern(&self, pattern: &str) -> Option<&Regex> {
        self.patterns.get(pattern)?.get_or_init(|| Regex::new(pattern).ok()).as_ref()
    }

    /// Everything that is wrong with the shape of a document, in document order, with places found in it.
    pub fn check(&self, node: &Node) -> Vec<Finding> {
        let mut findings = self.check_part(node, &Trail::clone);
        for finding in &mut findings {
            finding.locate(|trail, aim| node.locate(trail, aim));
        }
        findings.sort_by_key(|finding| {
            let span = finding.primary.as_ref().and_then(|mark| mark.span);
            span.map(|span| (span.file, span.start, span.end))
        });
        findings.dedup_by(|next, kept| {
            next.code == kept.code && next.title == kept.title && same_place(next, kept)
        });
        findings.truncate(MAX_FINDINGS);
        findings
    }

    /// Everything that is wrong with the shape of a part of a document, of which `shown` tells where in the document a
    /// trail leads. Places are still to be found.
    pub fn check_part(&self, node: &Node, shown: &dyn Fn(&Trail) -> Trail) -> Vec<Finding> {
        if self.fits(node) {
            return Vec::new();
        }
        let findings = explain::findings(self, node, shown);
        if findings.is_empty() { self.verdict().faults(node, MAX_FINDINGS) } else { findings }
    }

    /// Whether the map that these keys lead to is a choice: one of several maps of which each has a key of its own, or
    /// marked `x-choice`.
    pub fn is_choice(&self, keys: &[&str]) -> bool {
        let mut here = vec![Schema::new(&self.root)];
        for key in keys {
            here = here
                .iter()
                .flat_map(|schema| schema.alternatives(&self.root))
                .filter_map(|it| it.child(key))
                .collect();
        }
        here.iter().any(|schema| schema.is_choice(&self.root))
    }

    /// The document as JSON, without the keys that start with `x-` and mean nothing where they stand. Names that people
    /// give, such as those of headers and tags, are kept.
    pub fn to_json(&self, node: &Node) -> Value {
        // Nearly every document; the way through the schema costs five times as much.
        if !has_extensions(node) { node.to_json() } else { self.json(node, &[Schema::new(&self.root)]) }
    }

    fn json(&self, node: &Node, schemas: &[Schema<'_>]) -> Value {
        let branches: Vec<_> = schemas.iter().flat_map(|schema| schema.alternatives(&self.root)).collect();
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

/// Whether any key holds an expression: the verdict, which cannot tell a key from a value, takes it for a name.
fn names_by_expression(node: &Node) -> bool {
    match &node.data {
        Data::Map(map) => {
            map.iter().any(|(key, entry)| is_expression(key) || names_by_expression(&entry.value))
        }
        Data::List(items) => items.iter().any(names_by_expression),
        _ => false,
    }
}

fn same_place(left: &Finding, right: &Finding) -> bool {
    let place =
        |finding: &Finding| -> Option<Place> { finding.primary.as_ref().map(|mark| mark.place.clone()) };
    place(left) == place(right)
}
