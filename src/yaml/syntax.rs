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

/// The finding for a fault. `last` is the last scalar read before it, `bracket` the innermost bracket that is open.
pub(super) fn finding(
    file: FileId,
    text: &str,
    fault: &Fault,
    last: Range<u32>,
    bracket: Option<u32>,
) -> Finding {
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
        FaultKind::KeyExpected => {
            let finding = not_yaml("this is neither `key: value` nor part of the value before it");
            if text[line..].trim_start().starts_with("//") {
                finding.help("a comment begins with `#`")
            } else {
                finding.help("write `key: value`, with a blank after the colon")
            }
        }
        FaultKind::Indentation => {
            let own = &text[line..];
            let before = neighbour(text, line);
            // `-item` is text, and no item.
            let bare = |line: &str| {
                line.trim_start()
                    .strip_prefix('-')
                    .is_some_and(|it| it.starts_with(|sign: char| !sign.is_whitespace() && sign != '-'))
            };
            let item = |line: &str| line.trim_start().starts_with("- ");
            match before {
                _ if bare(own) => not_yaml("a `-` needs a blank behind it").help("write `- ` before an item"),
                Some(before) if bare(&text[before..]) => {
                    let at = before + text[before..].find('-').unwrap_or_default();
                    Finding::error(codes::NOT_YAML, "a `-` needs a blank behind it")
                        .at_span(span(at..at + 1), "")
                        .help("write `- ` before an item")
                }
                Some(before) if item(&text[before..]) && !item(own) => {
                    not_yaml("a key stands among the items of a list")
                        .help("begin it with `- ` as well, or make keys of the lines before it")
                }
                Some(before) if !item(&text[before..]) && item(own) => {
                    let at = line + own.find('-').unwrap_or_default();
                    Finding::error(codes::NOT_YAML, "an item of a list stands among keys")
                        .at_span(span(at..at + 1), "")
                        .help("make a key of it, or begin the lines before it with `- ` as well")
                }
                _ => {
                    not_yaml("this does not line up with the lines before it: indent it like its neighbours")
                }
            }
        }
        FaultKind::BehindQuote => {
            let finding = not_yaml("something follows the closing quote");
            let quote = text[..at].chars().next_back().unwrap_or('"');
            let closing = at.saturating_sub(quote.len_utf8());
            let finding = match text[..closing].rfind(quote) {
                Some(open) => finding.related_span(span(open..open + 1), "the text begins here"),
                None => finding,
            };
            if quote == '\'' {
                finding.help("write `''` for a `'` within such text, or quote it with `\"`")
            } else {
                finding.help("close the text where it ends, or write `\\\"` for a `\"` within it")
            }
        }
        FaultKind::Separator(_) if text[..at].ends_with('$') && text[at..].starts_with('{') => {
            let end = text[at..].find('}').map_or(at + 1, |end| at + end + 1);
            let start = text[..at].rfind([' ', ',', '[', '{']).map_or(at, |blank| blank + 1);
            not_yaml("between brackets, text with `${…}` must be quoted")
                .help(format!("write `\"{}\"`", text.get(start..end).unwrap_or("${…}")))
        }
        FaultKind::Separator(closing) => {
            let finding = not_yaml(&format!("`,` or `{closing}` is missing"));
            match bracket.map(|open| open as usize) {
                Some(open) => finding.related_span(span(open..open + 1), "this is open"),
                None => finding,
            }
        }
        FaultKind::Nameless => {
            let sign = text[at..].chars().next().unwrap_or('*');
            not_yaml(&format!("a value that begins with `{sign}` must be quoted")).help(format!(
                "write `\"{sign}\"`; without quotes `{sign}` and a name repeat a value of this file"
            ))
        }
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
        _ => 0,
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

/// The line before this one that is indented like it, with nothing indented less between them: where it begins.
fn neighbour(text: &str, line: usize) -> Option<usize> {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let own = indent(text[line..].lines().next().unwrap_or_default());
    let mut end = line;
    while end > 0 {
        let start = text[..end - 1].rfind('\n').map_or(0, |newline| newline + 1);
        let before = &text[start..end];
        let told = !before.trim().is_empty() && !before.trim_start().starts_with('#');
        if told && indent(before) <= own {
            return (indent(before) == own).then_some(start);
        }
        end = start;
    }
    None
}

/// Bytes of the first character, 0 at the end of a line or of the text.
fn first_char(text: &str) -> usize {
    text.chars().next().filter(|next| !matches!(next, '\n' | '\r')).map_or(0, char::len_utf8)
}
