//! What `explain` looks into: the environments of a blueprint, with every value and where it came from.

use std::borrow::Cow;

use camino::Utf8Path;

use crate::{
    blueprint::shape::written,
    cli::{
        input::{Input, environments, has_errors, judge, read},
        inspect::{Part as Piece, parts},
        outcome::Failure,
    },
    diagnostic::{Aim, Trail, codes},
    resolve::{Blueprint, Origin, Resolved, origins},
    rules,
    source::{Sources, Span},
};

/// A blueprint and the environments of it that are asked about.
pub(super) struct Places {
    pub(super) input: Input,
    pub(super) names: Vec<String>,
}

/// A value, as it is written, and where it came from.
pub(super) struct Value {
    pub(super) trail: Trail,
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
    secrets: Vec<Trail>,
    sources: &'p Sources,
}

impl Places {
    pub(super) fn read(path: &Utf8Path, wanted: &[String]) -> Result<Self, Failure> {
        let input = read(path)?;
        let names = match &input.blueprint {
            Some(blueprint) => environments(blueprint, wanted)?.into_iter().map(str::to_owned).collect(),
            None => Vec::new(),
        };
        Ok(Self { input, names })
    }

    /// Each environment, one after the other; none where the blueprint has faults.
    pub(super) fn each(&self) -> impl Iterator<Item = Place<'_>> {
        self.input.blueprint.iter().flat_map(move |blueprint| {
            self.names.iter().map(move |name| {
                let (resolved, findings) = judge(blueprint, name);
                // A secret that stands in plain text is not repeated.
                let secrets = findings
                    .iter()
                    .filter(|finding| finding.code == codes::PLAINTEXT_SECRET)
                    .filter_map(|finding| finding.trail().cloned())
                    .collect();
                let has_errors = has_errors(&findings);
                Place { name, blueprint, resolved, has_errors, secrets, sources: &self.input.sources }
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
                let text =
                    if self.secrets.contains(&trail) { "(not shown)".to_owned() } else { written(&value) };
                all.push(Value { trail, text, origin: told(&origin, self.sources) });
            }
        }
        Ok(all)
    }

    /// Where something stands in the document that holds for all environments.
    pub(super) fn written_at(&self, trail: &Trail) -> Option<String> {
        let tree = self.blueprint.tree();
        tree.at(trail)?;
        let span = tree.locate(trail, Aim::Key);
        Some(at(&span, self.sources))
    }

    /// Whether the rules find no error in an application that was changed.
    pub(super) fn is_sound(&self, application: &Resolved) -> bool {
        !has_errors(&rules::check(application, self.blueprint.tree()))
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

fn told(origin: &Origin, sources: &Sources) -> String {
    match origin {
        Origin::Default => "default".to_owned(),
        Origin::Written(span) => at(span, sources),
        Origin::Environment(span) => format!("{} (for this environment)", at(span, sources)),
    }
}

fn at(span: &Span, sources: &Sources) -> String {
    format!("{}:{}", sources.path(span.file), sources.position(span.file, span.start).line)
}
