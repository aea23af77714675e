//! The versioned form for machines. What is there is never renamed; a new version is a new file.

use serde::Serialize;

use super::{Summary, counted, positions};
use crate::{
    diagnostic::{Finding, Fix, Level, Made, Mark, Suppression},
    source::{Sources, Span},
};

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    findings: Vec<Item<'a>>,
    suppressed: Vec<Suppressed<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Item<'a> {
    code: &'a str,
    name: &'a str,
    level: Level,
    title: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
    label: Option<&'a str>,
    trail: Option<String>,
    environment: Option<&'a str>,
    notes: &'a [String],
    help: &'a [String],
    related: Vec<Related<'a>>,
    makes: &'a [Made],
    fixes: Vec<Change<'a>>,
}

/// A finding that does not count, and why.
#[derive(Serialize)]
struct Suppressed<'a> {
    suppression: Reason<'a>,
    #[serde(flatten)]
    finding: Item<'a>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Reason<'a> {
    Allowed {
        reason: &'a str,
        until: Option<&'a str>,
        #[serde(flatten)]
        place: Place<'a>,
    },
    Baseline {
        file: &'a str,
    },
}

/// Lines and columns count from 1, columns in characters; the end is one past the last character.
#[derive(Serialize, Default)]
struct Place<'a> {
    path: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
}

#[derive(Serialize)]
struct Related<'a> {
    label: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
}

#[derive(Serialize)]
struct Change<'a> {
    title: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
    text: &'a str,
    certain: bool,
}

/// All findings as one JSON document, version 1.
pub fn json<'f>(sources: &'f Sources, findings: &'f [Finding]) -> String {
    let at = |span: Option<Span>| span.map_or_else(Place::default, |span| place(sources, span));
    let related = |mark: &Mark| at(mark.span);
    let item = |finding: &'f Finding| Item {
        code: finding.code.id,
        name: finding.code.name,
        level: finding.level,
        title: &finding.title,
        place: at(finding.primary.as_ref().and_then(|mark| mark.span)),
        label: finding.primary.as_ref().map(|mark| mark.label.as_str()).filter(|label| !label.is_empty()),
        trail: finding.trail().map(ToString::to_string),
        environment: finding.environment.as_deref(),
        notes: &finding.notes,
        help: &finding.help,
        related: finding
            .related
            .iter()
            .map(|mark| Related { label: &mark.label, place: related(mark) })
            .collect(),
        makes: &finding.makes,
        fixes: finding
            .fixes
            .iter()
            .map(|fix: &Fix| Change {
                title: &fix.title,
                place: at(Some(fix.span)),
                text: &fix.text,
                certain: fix.certain,
            })
            .collect(),
    };
    let reason = |suppression: &'f Suppression| match suppression {
        Suppression::Allowed { reason, until, place } => {
            Reason::Allowed { reason, until: until.as_deref(), place: at(*place) }
        }
        Suppression::Baseline { file } => Reason::Baseline { file },
    };
    let suppressed = findings.iter().filter_map(|finding| {
        Some(Suppressed { suppression: reason(finding.suppression.as_ref()?), finding: item(finding) })
    });
    let report = Report {
        version: 1,
        findings: counted(findings).map(item).collect(),
        suppressed: suppressed.collect(),
        summary: Summary::of(findings),
    };
    let mut text = serde_json::to_string_pretty(&report).expect("text and numbers become JSON");
    text.push('\n');
    text
}

fn place(sources: &Sources, span: Span) -> Place<'_> {
    let (start, end) = positions(sources, span);
    Place {
        path: Some(sources.path(span.file).as_str()),
        line: Some(start.line),
        column: Some(start.column),
        end_line: Some(end.line),
        end_column: Some(end.column),
    }
}
