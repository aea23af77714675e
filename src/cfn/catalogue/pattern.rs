//! The patterns of the resource schemas, which mix the dialects of ECMAScript, Java and Python.

use std::fmt::Write as _;
use std::sync::OnceLock;

use fancy_regex::Regex;
use serde::Deserialize;

/// A pattern, compiled when first matched.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub(super) struct Pattern {
    source: String,
    compiled: OnceLock<Option<Regex>>,
}

impl From<String> for Pattern {
    fn from(source: String) -> Self {
        Self { source, compiled: OnceLock::new() }
    }
}

impl Pattern {
    /// The pattern as the schema has it.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// Whether `text` has a match; nothing when the pattern cannot tell: it does not compile, or its backtracking
    /// goes too far.
    pub(super) fn matches(&self, text: &str) -> Option<bool> {
        let compiled = self.compiled.get_or_init(|| Regex::new(&translate(&self.source)).ok());
        compiled.as_ref()?.is_match(text).ok()
    }
}

/// The pattern in the dialect of `fancy-regex`.
///
/// In a class, `[`, `&` and `~` are plain characters and are escaped, for Rust takes them as set operations.
/// `\d` and `\w` are ASCII, as in ECMAScript. `\Z` is the very end. `\p{Print}` is the printable ASCII of Java.
/// `\u0020` becomes `\x{0020}`.
pub(super) fn translate(source: &str) -> String {
    let mut out = String::with_capacity(source.len() + 16);
    let mut rest = source;
    let mut in_class = false;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '\\' => rest = escape(rest, in_class, &mut out),
            '[' if in_class => out.push_str("\\["),
            '[' => {
                in_class = true;
                out.push('[');
                if let Some(after) = rest.strip_prefix('^') {
                    out.push('^');
                    rest = after;
                }
            }
            ']' => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// Translates what follows a backslash, and returns what follows that.
fn escape<'a>(rest: &'a str, in_class: bool, out: &mut String) -> &'a str {
    let Some(c) = rest.chars().next() else {
        out.push('\\');
        return rest;
    };
    let after = &rest[c.len_utf8()..];
    let shorthand = match c {
        'd' => Some("0-9"),
        'w' => Some("A-Za-z0-9_"),
        'p' if after.starts_with("{Print}") => Some("\\x20-\\x7E"),
        _ => None,
    };
    if let Some(members) = shorthand {
        let after = after.strip_prefix("{Print}").unwrap_or(after);
        if !in_class {
            let _ = write!(out, "[{members}]");
        } else {
            out.push_str(members);
            // A hyphen after a shorthand is itself; after the last of its members it would make a range.
            if let Some(after) = after.strip_prefix('-') {
                out.push_str("\\-");
                return after;
            }
        }
        return after;
    }
    if c == 'u'
        && let Some(digits) = after.get(..4)
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        let _ = write!(out, "\\x{{{digits}}}");
        return &after[4..];
    }
    out.push('\\');
    out.push(if c == 'Z' { 'z' } else { c });
    after
}
