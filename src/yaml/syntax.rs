//! What is said of text that is not YAML.

use std::ops::Range;

use super::{
    events::{Fault, FaultKind},
    read::MAX_DEPTH,
};
use crate::{
    diagnostic::{Finding, codes},
    source::{FileId, Span},
};

/// The finding for a fault. `last` is the last scalar read before it.
pub(super) fn finding(file: FileId, text: &str, fault: &Fault, last: Range<u32>) -> Finding {
    let at = text.floor_char_boundary(fault.at as usize);
    let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let span = |at: Range<usize>| Span { file, start: at.start as u32, end: at.end as u32 };
    if let Some(tab) = tab(text, line, &fault.kind) {
        return Finding::error(codes::TAB_INDENTATION, "a line is indented with a tab")
            .at_span(span(tab..tab + 1), "a tab")
            .help("indent with blanks; YAML does not allow tabs there");
    }
    let here = span(at..at + first_char(&text[at..]));
    let not_yaml = |title: &str| Finding::error(codes::NOT_YAML, title).at_span(here, "");
    match &fault.kind {
        FaultKind::Depth => too_deep(here),
        FaultKind::Tab => not_yaml("a tab stands where only blanks may"),
        // `a: 1` and then an indented `b: 2` reads as the value `1 b` and then a colon.
        FaultKind::Colon if (last.start as usize) < line && last.end as usize > line => {
            let value = last.start as usize..last.end as usize;
            let first = text.get(value.clone()).map_or(0, |value| value.lines().next().map_or(0, str::len));
            not_yaml("a key is indented under a value")
                .related_span(span(value.start..value.start + first), "the key above has this value already")
                .help("indent both keys alike, or take the value away to make the key hold a map")
        }
        FaultKind::Colon => not_yaml("a `:` stands where no key can be")
            .help("quote text that holds `: `, and put every key of a map on a line of its own"),
        FaultKind::KeyExpected => not_yaml("this is neither `key: value` nor part of the value before it")
            .help("write `key: value`, with a blank after the colon"),
        FaultKind::Other(words) => not_yaml(words),
    }
}

/// The finding for nesting beyond [`MAX_DEPTH`].
pub(super) fn too_deep(at: Span) -> Finding {
    let title = format!("lists and maps stand more than {MAX_DEPTH} deep in each other");
    Finding::error(codes::DOCUMENT_TOO_DEEP, title).at_span(at, "")
}

/// The tab in the indentation that is to blame for a fault in the line that begins at `line`.
fn tab(text: &str, line: usize, kind: &FaultKind) -> Option<usize> {
    let lines = match kind {
        // The parser may notice the tab from the end of the line before.
        FaultKind::Tab => 2,
        FaultKind::Colon | FaultKind::KeyExpected => 1,
        FaultKind::Depth | FaultKind::Other(_) => 0,
    };
    let mut start = line;
    for line in text.get(start..)?.split_inclusive('\n').take(lines) {
        let body = line.trim_start_matches([' ', '\t']);
        let tab = line[..line.len() - body.len()].find('\t');
        if let Some(tab) = tab.filter(|_| !body.trim().is_empty()) {
            return Some(start + tab);
        }
        start += line.len();
    }
    None
}

/// Bytes of the first character, 0 at the end of a line or of the text.
fn first_char(text: &str) -> usize {
    text.chars().next().filter(|next| !matches!(next, '\n' | '\r')).map_or(0, char::len_utf8)
}
