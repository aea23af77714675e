//! Findings for people and machines: one file per format, all from the same data.
//!
//! Every format takes findings whose places are found ([`Finding::locate`]) and gives the same text for the same
//! findings, in the order they come in.

mod concise;
mod json;
mod scrub;
mod text;

pub use concise::concise;
pub use json::json;
pub use scrub::scrub;
pub use text::text;

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
}

impl Summary {
    /// Counts.
    pub fn of(findings: &[Finding]) -> Self {
        let count = |level| findings.iter().filter(|finding| finding.level == level).count();
        Self { errors: count(Level::Error), warnings: count(Level::Warning) }
    }
}

/// "2 errors, 1 warning in shop.yaml", or nothing where nothing was found.
pub fn summary(sources: &Sources, findings: &[Finding]) -> Option<String> {
    let Summary { errors, warnings } = Summary::of(findings);
    let notes = findings.len() - errors - warnings;
    let count = |count: usize, name: &str| match count {
        0 => None,
        1 => Some(format!("1 {name}")),
        _ => Some(format!("{count} {name}s")),
    };
    let counts = [count(errors, "error"), count(warnings, "warning"), count(notes, "note")];
    let counts = counts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let mut files: Vec<_> = findings.iter().filter_map(|finding| Some(primary_span(finding)?.file)).collect();
    files.sort_unstable();
    files.dedup();
    let place = match files.as_slice() {
        [] => String::new(),
        [one] => format!(" in {}", scrub(sources.path(*one).as_str())),
        several => format!(" in {} files", several.len()),
    };
    (!counts.is_empty()).then(|| format!("{counts}{place}"))
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

fn primary_span(finding: &Finding) -> Option<Span> {
    finding.primary.as_ref()?.span
}

/// Where a span begins and ends, as people count.
fn positions(sources: &Sources, span: Span) -> (Position, Position) {
    let start = sources.position(span.file, span.start);
    (start, if span.end == span.start { start } else { sources.position(span.file, span.end) })
}
