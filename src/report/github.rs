//! Workflow commands, which GitHub Actions turns into annotations. A line each.

use super::{all_words, counted, name, positions, primary_span, scrub};
use crate::{
    diagnostic::{Finding, Level},
    source::{Sources, Span},
};

/// One command per finding: `::error file=shop.yaml,line=6,…::message`.
pub fn github(sources: &Sources, findings: &[Finding]) -> String {
    let mut commands = String::new();
    for finding in counted(findings) {
        let mut properties = primary_span(finding).map_or_else(Vec::new, |span| place(sources, span));
        properties.push(("title", format!("{} {}", finding.code.id, finding.code.name)));
        let properties: Vec<String> =
            properties.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();
        let message = data(&all_words(sources, finding).join("\n"));
        commands.push_str(&format!("::{} {}::{message}\n", command(finding.level), properties.join(",")));
    }
    commands
}

fn command(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    }
}

/// Where a span is. GitHub takes columns only where the span begins and ends in one line, and drops them otherwise.
fn place(sources: &Sources, span: Span) -> Vec<(&'static str, String)> {
    let (start, end) = positions(sources, span);
    // A span that ends with its line's end does not reach into the next.
    let within = end.column == 1 && end.line > start.line;
    let last = if within { end.line - 1 } else { end.line };
    let path = name::relative(sources.path(span.file));
    let mut place = vec![
        ("file", scrub(&path).into_owned()),
        ("line", start.line.to_string()),
        ("endLine", last.to_string()),
    ];
    if last == start.line {
        place.push(("col", start.column.to_string()));
        if !within {
            place.push(("endColumn", end.column.to_string()));
        }
    }
    place
}

/// Text after the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text after a `=`.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
