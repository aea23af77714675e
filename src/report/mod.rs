//! Findings for people and machines: one file per format, all from the same data.
//!
//! Text, lines and annotations tell what counts; JSON, SARIF and JUnit tell apart what is allowed or in the baseline.
//!
//! Every format takes findings whose places are found ([`Finding::locate`]) and gives the same text for the same
//! findings, in the order they come in.

mod concise;
mod diff;
mod github;
mod json;
mod junit;
mod line_hash;
mod name;
mod sarif;
mod scrub;
mod text;

pub use concise::concise;
pub use diff::diff;
pub use github::github;
pub use json::json;
pub(crate) use junit::escaped;
pub use junit::junit;
pub use sarif::sarif;
pub use scrub::scrub;
pub use text::text;

use std::iter;

use crate::{
    diagnostic::{Finding, Level},
    source::{Position, Sources, Span},
};

/// How many findings of each weight there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Notes.
    pub notes: usize,
    /// Findings that do not count: allowed, or in the baseline.
    pub suppressed: usize,
}

impl Summary {
    /// Counts.
    pub fn of(findings: &[Finding]) -> Self {
        let count = |level| counted(findings).filter(|finding| finding.level == level).count();
        Self {
            errors: count(Level::Error),
            warnings: count(Level::Warning),
            notes: count(Level::Note),
            suppressed: findings.len() - counted(findings).count(),
        }
    }
}

/// "2 errors, 1 warning in shop.yaml", or nothing where nothing was found.
pub fn summary(sources: &Sources, findings: &[Finding]) -> Option<String> {
    let Summary { errors, warnings, notes, .. } = Summary::of(findings);
    let count = |count: usize, name: &str| match count {
        0 => None,
        1 => Some(format!("1 {name}")),
        _ => Some(format!("{count} {name}s")),
    };
    let counts = [count(errors, "error"), count(warnings, "warning"), count(notes, "note")];
    let counts = counts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let mut files: Vec<_> =
        counted(findings).filter_map(|finding| Some(primary_span(finding)?.file)).collect();
    files.sort_unstable();
    files.dedup();
    let place = match files.as_slice() {
        [] => String::new(),
        [one] => format!(" in {}", scrub(sources.path(*one).as_str())),
        several => format!(" in {} files", several.len()),
    };
    (!counts.is_empty()).then(|| format!("{counts}{place}"))
}

/// Those that are neither allowed nor in the baseline.
fn counted(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|finding| finding.counts())
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

/// What a finding says without its places, a line each: title, environment, notes, help.
fn words(finding: &Finding) -> Vec<String> {
    let environment = finding.environment.as_ref().map(|name| format!("in environment `{}`", scrub(name)));
    let notes = finding.notes.iter().map(|note| format!("note: {}", scrub(note)));
    let help = finding.help.iter().map(|help| format!("help: {}", scrub(help)));
    let title = scrub(&finding.title).into_owned();
    iter::once(title).chain(environment).chain(notes).chain(help).collect()
}

/// [`words`], and what else the text format shows and formats without a place for it would lose: related places and
/// what the fixes do.
fn all_words(sources: &Sources, finding: &Finding) -> Vec<String> {
    let related = finding.related.iter().filter_map(|mark| {
        let at = located(sources, mark.span?);
        Some(if mark.label.is_empty() {
            format!("see {at}")
        } else {
            format!("{at}: {}", scrub(&mark.label))
        })
    });
    let fixes = finding.fixes.iter().map(|fix| format!("help: {}", scrub(&fix.title)));
    words(finding).into_iter().chain(related).chain(fixes).collect()
}

/// `shop.yaml:6:5`
fn located(sources: &Sources, span: Span) -> String {
    let at = sources.position(span.file, span.start);
    format!("{}:{}:{}", scrub(&name::relative(sources.path(span.file))), at.line, at.column)
}

fn primary_span(finding: &Finding) -> Option<Span> {
    finding.primary.as_ref()?.span
}

/// Where a span begins and ends, as people count.
fn positions(sources: &Sources, span: Span) -> (Position, Position) {
    let start = sources.position(span.file, span.start);
    (start, if span.end == span.start { start } else { sources.position(span.file, span.end) })
}
