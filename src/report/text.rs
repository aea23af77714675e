//! The look of rustc, for people. The only file that names annotate-snippets.

use std::ops::Range;

use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level as Weight, Origin, Patch, Renderer, Snippet,
};

use super::{
    counted,
    scrub::{scrub, scrub_source},
    summary,
};
use crate::{
    diagnostic::{Finding, Fix, Level, Mark},
    source::{FileId, Sources, Span},
};

/// Findings shown in full; the rest is counted.
const MAX_SHOWN: usize = 100;
/// Bytes of a line that is shown; of a longer one only the place is named.
const MAX_LINE: usize = 2_000;
/// Lines between two marks that are still shown as one piece.
const MAX_GAP: usize = 20;

/// All findings with the lines they point at, and a closing count. Empty where there is none.
pub fn text(sources: &Sources, findings: &[Finding], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut report = String::new();
    for finding in counted(findings).take(MAX_SHOWN) {
        report.push_str(&renderer.render(&groups(sources, finding)));
        report.push_str("\n\n");
    }
    let all = counted(findings).count();
    if all > MAX_SHOWN {
        report.push_str(&format!("... and {} more\n\n", all - MAX_SHOWN));
    }
    if let Some(summary) = summary(sources, findings) {
        report.push_str(&summary);
        report.push('\n');
    }
    report
}

fn groups<'s>(sources: &'s Sources, finding: &'s Finding) -> Vec<Group<'s>> {
    let weight = match finding.level {
        Level::Error => Weight::ERROR,
        Level::Warning => Weight::WARNING,
        Level::Note => Weight::NOTE,
    };
    let mut first =
        weight.primary_title(scrub(&finding.title)).id(finding.code.id).elements(pieces(sources, finding));
    if let Some(environment) = &finding.environment {
        first = first.element(Weight::NOTE.message(format!("in environment `{}`", scrub(environment))));
    }
    first = first.elements(finding.notes.iter().map(|note| Weight::NOTE.message(scrub(note))));
    first = first.elements(finding.help.iter().map(|help| Weight::HELP.message(scrub(help))));
    let mut groups = vec![first];
    for fix in &finding.fixes {
        match suggestion(sources, fix) {
            Some(snippet) => groups.push(Weight::HELP.secondary_title(scrub(&fix.title)).element(snippet)),
            None => groups[0] = groups[0].clone().element(Weight::HELP.message(scrub(&fix.title))),
        }
    }
    groups
}

/// The pieces of files that a finding's marks point at, the primary one first.
fn pieces<'s>(sources: &'s Sources, finding: &'s Finding) -> Vec<Element<'s>> {
    let mut pieces: Vec<Piece<'s>> = Vec::new();
    let marks = finding
        .primary
        .iter()
        .map(|mark| (mark, true))
        .chain(finding.related.iter().map(|mark| (mark, false)));
    for (mark, primary) in marks {
        let Some(span) = mark.span else { continue };
        let lines = Lines::of(sources, span);
        let near = pieces.iter_mut().find(|piece| piece.is_near(&lines));
        match near {
            Some(piece) => piece.take(lines, mark, primary),
            None => pieces.push(Piece { lines, marks: vec![(mark, primary)] }),
        }
    }
    pieces.into_iter().map(|piece| piece.show(sources)).collect()
}

/// Whole lines of a file.
struct Lines {
    file: FileId,
    /// Number of the first and the last, from 1.
    first: usize,
    last: usize,
    bytes: Range<usize>,
}

impl Lines {
    /// The line a span begins in. More would bury the point; `expected a map` needs no 300 lines below it.
    fn of(sources: &Sources, span: Span) -> Self {
        let text = sources.text(span.file);
        let at = text.floor_char_boundary(span.start as usize);
        let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[at..].find(['\n', '\r']).map_or(text.len(), |newline| at + newline);
        let line = sources.position(span.file, start as u32).line;
        Self { file: span.file, first: line, last: line, bytes: start..end }
    }
}

struct Piece<'s> {
    lines: Lines,
    marks: Vec<(&'s Mark, bool)>,
}

impl<'s> Piece<'s> {
    fn is_near(&self, other: &Lines) -> bool {
        let gap =
            self.lines.first.saturating_sub(other.last).max(other.first.saturating_sub(self.lines.last));
        let bytes = self.lines.bytes.start.min(other.bytes.start)..self.lines.bytes.end.max(other.bytes.end);
        self.lines.file == other.file && gap <= MAX_GAP && bytes.len() <= MAX_LINE * 2
    }

    fn take(&mut self, other: Lines, mark: &'s Mark, primary: bool) {
        let lines = &mut self.lines;
        lines.first = lines.first.min(other.first);
        lines.last = lines.last.max(other.last);
        lines.bytes = lines.bytes.start.min(other.bytes.start)..lines.bytes.end.max(other.bytes.end);
        self.marks.push((mark, primary));
    }

    fn show(self, sources: &'s Sources) -> Element<'s> {
        let path = scrub(sources.path(self.lines.file).as_str());
        let base = self.lines.bytes.start;
        if self.lines.bytes.len() > MAX_LINE * 2 {
            let span = self.marks.iter().find_map(|(mark, _)| mark.span);
            let at = sources.position(self.lines.file, span.map_or(0, |span| span.start));
            return Origin::path(path).line(at.line).char_column(at.column).into();
        }
        let text = &sources.text(self.lines.file)[self.lines.bytes];
        let annotations: Vec<Annotation<'s>> = self
            .marks
            .iter()
            .filter_map(|(mark, primary)| {
                let kind = if *primary { AnnotationKind::Primary } else { AnnotationKind::Context };
                let range = first_line(text, mark.span?, base);
                Some(kind.span(range).label((!mark.label.is_empty()).then(|| scrub(&mark.label))))
            })
            .collect();
        Snippet::source(scrub_source(text))
            .path(path)
            .line_start(self.lines.first)
            .annotations(annotations)
            .into()
    }
}

/// The bytes of a span in a piece of text that begins at `base`, up to the end of its first line.
fn first_line(text: &str, span: Span, base: usize) -> Range<usize> {
    let start = text.floor_char_boundary((span.start as usize).saturating_sub(base));
    let end = text.floor_char_boundary((span.end as usize).saturating_sub(base)).max(start);
    let line = text[start..end].find(['\n', '\r']).unwrap_or(end - start);
    start..start + line
}

/// The line as it would be with a change made. `None` where it cannot be shown.
fn suggestion<'s>(sources: &'s Sources, fix: &'s Fix) -> Option<Snippet<'s, Patch<'s>>> {
    let lines = Lines::of(sources, fix.span);
    let end = fix.span.end as usize;
    if lines.bytes.len() > MAX_LINE || end > lines.bytes.end || fix.text.len() > MAX_LINE {
        return None;
    }
    let text = &sources.text(lines.file)[lines.bytes.clone()];
    let range = first_line(text, fix.span, lines.bytes.start);
    let path = scrub(sources.path(lines.file).as_str());
    Some(
        Snippet::source(scrub_source(text))
            .path(path)
            .line_start(lines.first)
            .patch(Patch::new(range, scrub(&fix.text))),
    )
}
