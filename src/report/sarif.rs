//! SARIF 2.1.0: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>. Numbers in brackets are its sections.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{level_name, line_hash::line_hashes, located, name, positions, primary_span, scrub, words};
use crate::{
    diagnostic::{Code, Finding, Fix, Level, Made, Mark, Suppression, codes, digest},
    source::{FileId, Sources, Span},
};

/// All findings as one log with one run.
///
/// A finding without a place is told of the first file read, the blueprint: code scanning drops results without one.
pub fn sarif(sources: &Sources, findings: &[Finding]) -> String {
    let mut used: BTreeMap<Code, Level> = BTreeMap::new();
    for finding in findings {
        let level = used.entry(finding.code).or_insert(finding.level);
        *level = finding.level.max(*level);
    }
    let rules: Vec<Value> = used.iter().map(|(code, level)| rule(*code, *level)).collect();
    let order: Vec<Code> = used.into_keys().collect();
    let mut prints = Fingerprints::default();
    let results: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let index = order.iter().position(|code| *code == finding.code);
            result(sources, finding, index, prints.of(sources, finding))
        })
        .collect();
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "bluegreen",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).expect("text and numbers become JSON");
    text.push('\n');
    text
}

/// What a code means. Full description and help repeat it: GitHub asks for both.
fn rule(code: Code, level: Level) -> Value {
    let meaning =
        codes::ALL.iter().find(|(known, _)| *known == code).map_or(code.name, |(_, meaning)| meaning);
    json!({
        "id": code.id,
        "name": code.name,
        "shortDescription": {"text": plain(meaning)},
        "fullDescription": {"text": plain(meaning)},
        "help": {"text": plain(meaning)},
        "defaultConfiguration": {"level": level_name(level)},
    })
}

fn result(sources: &Sources, finding: &Finding, index: Option<usize>, prints: Value) -> Value {
    let related: Vec<(Span, &Mark)> =
        finding.related.iter().filter_map(|mark| Some((mark.span?, mark))).collect();
    let mut lines: Vec<String> = words(finding).iter().map(|line| plain(line)).collect();
    // Viewers show related places where the message links to them.
    lines.extend(related.iter().enumerate().map(|(at, (span, mark))| {
        let words =
            if mark.label.is_empty() { located(sources, *span) } else { scrub(&mark.label).into_owned() };
        format!("see [{}]({})", link_text(&plain(&words)), at + 1)
    }));
    let mut result = object(json!({
        "ruleId": finding.code.id,
        "ruleIndex": index,
        "level": level_name(finding.level),
        "message": {"text": lines.join("\n")},
    }));
    if let Some(location) = location(sources, finding) {
        result.insert("locations".into(), json!([location]));
    }
    if !related.is_empty() {
        let related = related.iter().enumerate().map(|(at, (span, mark))| {
            let mut location = Map::new();
            location.insert("id".into(), json!(at + 1));
            location.insert("physicalLocation".into(), physical(sources, *span));
            label(&mut location, mark);
            Value::Object(location)
        });
        result.insert("relatedLocations".into(), related.collect());
    }
    result.insert("partialFingerprints".into(), prints);
    if let Some(why) = &finding.suppression {
        result.insert("suppressions".into(), json!([suppression(sources, why)]));
    }
    if !finding.fixes.is_empty() {
        let fixes = finding.fixes.iter().map(|fix| change(sources, fix));
        result.insert("fixes".into(), fixes.collect());
    }
    Value::Object(result)
}

/// Why a result does not count. (3.35)
fn suppression(sources: &Sources, why: &Suppression) -> Value {
    match why {
        Suppression::Allowed { reason, until, place } => {
            let until = until.as_ref().map(|day| format!(" (until {day})")).unwrap_or_default();
            let mut told = object(json!({
                "kind": "inSource",
                "status": "accepted",
                "justification": scrub(&format!("{reason}{until}")),
            }));
            if let Some(span) = place {
                told.insert("location".into(), json!({"physicalLocation": physical(sources, *span)}));
            }
            Value::Object(told)
        }
        Suppression::Baseline { file } => json!({
            "kind": "external",
            "status": "accepted",
            "justification": scrub(&format!("in the baseline {file}")),
        }),
    }
}

fn location(sources: &Sources, finding: &Finding) -> Option<Value> {
    let mut location = Map::new();
    let place = match primary_span(finding) {
        Some(span) => physical(sources, span),
        None => json!({"artifactLocation": artifact(sources, sources.files().next()?)}),
    };
    location.insert("physicalLocation".into(), place);
    if !finding.makes.is_empty() {
        location.insert("logicalLocations".into(), finding.makes.iter().map(logical).collect());
    }
    if let Some(mark) = &finding.primary {
        label(&mut location, mark);
    }
    Some(Value::Object(location))
}

/// The construct of a template that the place in the blueprint stands for: what it makes there. (3.28.4, 3.33)
///
/// Not a related location: what reads those asks for a file and a line, and templates need not be written yet.
fn logical(made: &Made) -> Value {
    let Made { stack, resource, kind, property } = made;
    let whole = format!("{stack}/{resource}");
    match property {
        Some(property) => json!({
            "name": plain_name(property),
            "fullyQualifiedName": scrub(&format!("{whole}/{property}")),
            "decoratedName": scrub(&format!("{kind} {property}")),
            "kind": "property",
        }),
        None => json!({
            "name": scrub(resource),
            "fullyQualifiedName": scrub(&whole),
            "decoratedName": scrub(&format!("{kind} {resource}")),
            "kind": "resource",
        }),
    }
}

/// The last part of a way to a property.
fn plain_name(property: &str) -> String {
    let last = property.rsplit_once("].").map_or(property, |(_, last)| last);
    let last = if last.contains('[') { last } else { last.rsplit('.').next().unwrap_or(last) };
    scrub(last).into_owned()
}

fn label(location: &mut Map<String, Value>, mark: &Mark) {
    if !mark.label.is_empty() {
        location.insert("message".into(), json!({"text": plain(&mark.label)}));
    }
}

fn physical(sources: &Sources, span: Span) -> Value {
    json!({"artifactLocation": artifact(sources, span.file), "region": region(sources, span)})
}

fn artifact(sources: &Sources, file: FileId) -> Value {
    json!({"uri": name::uri(sources.path(file))})
}

/// Lines and columns count from 1, the end is one past the last character; an empty region is a place between two. (3.30)
fn region(sources: &Sources, span: Span) -> Value {
    let (start, end) = positions(sources, span);
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

fn change(sources: &Sources, fix: &Fix) -> Value {
    let mut replacement = object(json!({"deletedRegion": region(sources, fix.span)}));
    if !fix.text.is_empty() {
        replacement.insert("insertedContent".into(), json!({"text": fix.text}));
    }
    json!({
        "description": {"text": plain(&fix.title)},
        "artifactChanges": [{
            "artifactLocation": artifact(sources, fix.span.file),
            "replacements": [replacement],
        }],
    })
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Text of a message in which nothing is taken for a link or a placeholder. (3.11.5, 3.11.6)
///
/// The standard wants every brace doubled, but the viewers people use show `{{` as it stands; so only what looks like a
/// placeholder is.
fn plain(text: &str) -> String {
    let text = scrub(text).replace("](", "] (");
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(open) = rest.find('{') {
        let digits = rest[open + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let close = open + 1 + digits;
        if digits > 0 && rest[close..].starts_with('}') {
            plain.push_str(&format!("{}{{{{{}}}}}", &rest[..open], &rest[open + 1..close]));
            rest = &rest[close + 1..];
        } else {
            plain.push_str(&rest[..=open]);
            rest = &rest[open + 1..];
        }
    }
    plain + rest
}

fn link_text(text: &str) -> String {
    text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

/// What a finding is known by when lines move: its code, file and trail, or the line's text where it has no trail. Those
/// that are alike are counted.
#[derive(Default)]
struct Fingerprints {
    seen: BTreeMap<u64, u32>,
    lines: BTreeMap<FileId, Vec<String>>,
}

impl Fingerprints {
    /// Ours, and the one GitHub goes by.
    fn of(&mut self, sources: &Sources, finding: &Finding) -> Value {
        let mut prints = Map::new();
        prints.insert("finding/v1".into(), json!(self.own(sources, finding)));
        if let Some(span) = primary_span(finding) {
            let lines = self.lines.entry(span.file).or_insert_with(|| line_hashes(sources.text(span.file)));
            let line = sources.position(span.file, span.start).line;
            if let Some(hash) = lines.get(line - 1) {
                prints.insert("primaryLocationLineHash".into(), json!(hash));
            }
        }
        Value::Object(prints)
    }

    fn own(&mut self, sources: &Sources, finding: &Finding) -> String {
        let span = primary_span(finding);
        let file = span.map(|span| name::relative(sources.path(span.file))).unwrap_or_default();
        let place = match (finding.trail(), span) {
            (Some(trail), _) => trail.to_string(),
            (None, Some(span)) => line(sources, span).trim().to_owned(),
            (None, None) => finding.title.clone(),
        };
        let hash = digest(&[finding.code.id, &file, &place]);
        let count = self.seen.entry(hash).or_default();
        *count += 1;
        format!("{hash:016x}:{count}")
    }
}

/// The line a span begins in.
fn line(sources: &Sources, span: Span) -> &str {
    let text = sources.text(span.file);
    let at = text.floor_char_boundary(span.start as usize);
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    text[start..].lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_hold_no_placeholders_and_no_foreign_links() {
        assert_eq!(plain("`{}` {0} ${env.name} {12}{1"), "`{}` {{0}} ${env.name} {{12}}{1");
        assert_eq!(plain("[here](https://example.com)"), "[here] (https://example.com)");
        assert_eq!(link_text("stages[0] \\"), "stages\\[0\\] \\\\");
    }
}
