//! The environments of a blueprint that are looked into, with every value and where it came from.

mod example;

use std::borrow::Cow;

use camino::Utf8Path;

use serde_json::{Value as Json, json};

use super::{
    input::{Input, environments, has_errors, judge, read},
    inspect::{Part as Piece, parts},
    outcome::Failure,
};
use crate::{
    blueprint::{keys::Document, shape::written},
    diagnostic::{Aim, Finding, Trail, codes},
    resolve::{Blueprint, Origin, Resolved, origins},
    rules,
    source::{FileId, Sources, Span},
};

/// What is shown for a secret that stands in plain text.
const NOT_SHOWN: &str = "(not shown)";

/// A blueprint and the environments of it that are asked about.
pub(super) struct Places {
    pub(super) sources: Sources,
    /// Without it, the document has faults.
    pub(super) blueprint: Option<Blueprint>,
    pub(super) names: Vec<String>,
    /// The application that was made to show what another document is good for.
    pub(super) example: Option<Example>,
}

/// An application around a document that is none by itself.
pub(super) struct Example {
    /// The application's own text, which nobody wrote.
    file: FileId,
    /// The service that extends the document, where that is a service blueprint.
    pub(super) service: Option<String>,
}

/// A value, as data and as it is written, and where it came from.
pub(super) struct Value {
    pub(super) trail: Trail,
    pub(super) value: Json,
    pub(super) text: String,
    pub(super) origin: String,
}

/// One environment.
pub(super) struct Place<'p> {
    pub(super) name: &'p str,
    pub(super) blueprint: &'p Blueprint,
    /// Without it, the environment has faults.
    pub(super) resolved: Option<Resolved>,
    /// Whether the rules find something that must be mended before anything is drawn.
    pub(super) has_errors: bool,
    /// What the rules found.
    pub(super) findings: Vec<Finding>,
    secrets: Vec<Trail>,
    pub(super) sources: &'p Sources,
    example: Option<FileId>,
}

impl Places {
    /// Reads an application blueprint; or a service blueprint or a shared part, with an application made around it.
    pub(super) fn read(path: &Utf8Path, wanted: &[String]) -> Result<Self, Failure> {
        let (Input { sources, blueprint, .. }, example) = match example::around(path)? {
            Some((input, example)) => (input, Some(example)),
            None => (read(path)?, None),
        };
        let names = match &blueprint {
            Some(blueprint) => environments(blueprint, wanted)?.into_iter().map(str::to_owned).collect(),
            None => Vec::new(),
        };
        Ok(Self { sources, blueprint, names, example })
    }

    /// What kind of document a file holds, as far as it can be told; what is wrong with it is told where it is read.
    pub(super) fn kind(path: &Utf8Path) -> Document {
        example::kind(path)
    }

    /// The smallest example, for questions that are asked of no blueprint.
    pub(super) fn smallest() -> Self {
        let mut sources = Sources::new();
        let file =
            sources.add_built_in("smallest.yaml", include_str!("../../examples/smallest/blueprint.yaml"));
        let blueprint = Blueprint::read(&mut sources, file).ok();
        let names = blueprint.iter().flat_map(Blueprint::environments).map(str::to_owned).collect();
        Self { sources, blueprint, names, example: None }
    }

    /// Each environment, one after the other; none where the blueprint has faults.
    pub(super) fn each(&self) -> impl Iterator<Item = Place<'_>> {
        self.blueprint.iter().flat_map(move |blueprint| {
            self.names.iter().map(move |name| {
                let (resolved, findings) = judge(blueprint, name);
                // A secret that stands in plain text is not repeated.
                let secrets = findings
                    .iter()
                    .filter(|finding| finding.code == codes::PLAINTEXT_SECRET)
                    .filter_map(|finding| finding.trail().cloned())
                    .collect();
                let has_errors = has_errors(&findings);
                let example = self.example.as_ref().map(|example| example.file);
                Place {
                    name,
                    blueprint,
                    resolved,
                    has_errors,
                    findings,
                    secrets,
                    sources: &self.sources,
                    example,
                }
            })
        })
    }
}

impl Place<'_> {
    /// Every value with where it came from.
    pub(super) fn values(&self) -> Result<Vec<Value>, Failure> {
        let Some(resolved) = &self.resolved else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        for piece in pieces(self.blueprint, resolved)? {
            let found =
                origins(self.blueprint, self.name, piece.service, piece.tree.as_deref(), &piece.value);
            for (inner, value, origin) in found {
                let trail = piece.trail.join(&inner);
                let value = if self.secrets.contains(&trail) { json!(NOT_SHOWN) } else { value };
                let text = if value == NOT_SHOWN { NOT_SHOWN.to_owned() } else { written(&value) };
                all.push(Value { trail, value, text, origin: self.told(&origin) });
            }
        }
        Ok(all)
    }

    /// Where a value came from, in words.
    pub(super) fn told(&self, origin: &Origin) -> String {
        match origin {
            Origin::Default => "default".to_owned(),
            Origin::Written(span) | Origin::Environment(span) if Some(span.file) == self.example => {
                "an example".to_owned()
            }
            Origin::Written(span) => at(span, self.sources),
            Origin::Environment(span) => format!("{} (for this environment)", at(span, self.sources)),
        }
    }

    /// Where something stands in the document that holds for all environments.
    pub(super) fn written_at(&self, trail: &Trail) -> Option<String> {
        let tree = self.blueprint.tree();
        tree.at(trail)?;
        let span = tree.locate(trail, Aim::Key);
        Some(at(&span, self.sources))
    }

    /// Whether the rules find no error in an application that was changed. Another region leaves ARNs behind that belong to
    /// the first one, and another protocol a placeholder; they are drawn like any other.
    pub(super) fn is_sound(&self, application: &Resolved) -> bool {
        let mut findings = rules::check(application, self.blueprint.tree());
        findings.retain(|finding| ![codes::FOREIGN_ARN, codes::WRONG_PROTOCOL].contains(&finding.code));
        !has_errors(&findings)
    }
}

fn pieces<'r>(blueprint: &'r Blueprint, resolved: &'r Resolved) -> Result<Vec<Piece<'r>>, Failure> {
    let mut pieces = parts(blueprint, resolved, None)?;
    if let Some(pipeline) = resolved.services.iter().find_map(|service| service.pipeline.as_ref()) {
        let (trail, tree) = (Trail::of(["pipeline"]), blueprint.tree().get("pipeline").map(Cow::Borrowed));
        pieces.push(Piece { trail, tree, service: None, value: serde_json::to_value(pipeline)? });
    }
    Ok(pieces)
}

/// A place in a file, for people.
pub(super) fn at(span: &Span, sources: &Sources) -> String {
    format!("{}:{}", sources.path(span.file), sources.position(span.file, span.start).line)
}
