//! The YAML writer. One buffer, one pass: nothing is built in between.

use std::fmt::Write as _;

use super::{
    comment,
    layout::pad,
    scalar::{self, Context},
};

/// Something that is written behind a colon, a dash or a tag.
pub(super) trait Node {
    /// Writes it up to and including the end of its last line.
    fn write(self, writer: &mut Writer, at: At<'_>);
}

/// Where a node is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'n> {
    /// The column of what comes on lines of its own.
    pub indent: usize,
    /// Whether a map or list may start on this very line, as it may behind a dash.
    pub inline: bool,
    /// A comment for the end of this line.
    pub note: Option<&'n str>,
}

impl At<'_> {
    /// On lines of its own from this column.
    pub(super) fn below(indent: usize) -> Self {
        At { indent, inline: false, note: None }
    }
}

/// Text on its way into a file.
pub(super) struct Writer {
    pub out: String,
}

impl Writer {
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { out: String::with_capacity(bytes) }
    }

    /// A key and its value.
    pub(super) fn pair(&mut self, key: &str, indent: usize, value: impl Node) {
        pad(&mut self.out, indent);
        self.entry(key, indent, value);
    }

    /// A key whose value the caller writes, from the next line on.
    pub(super) fn open(&mut self, key: &str, indent: usize) {
        pad(&mut self.out, indent);
        self.key(key, indent);
        self.out.push('\n');
    }

    fn entry(&mut self, key: &str, indent: usize, value: impl Node) {
        self.key(key, indent);
        value.write(self, At::below(indent + 2));
    }

    fn key(&mut self, key: &str, indent: usize) {
        // Readers look for the colon within 1,024 characters; six for each byte is the most an escape takes.
        let long = key.len() > 160;
        if long {
            self.out.push_str("? ");
        }
        scalar::line(&mut self.out, key, Context::Block);
        if long {
            self.out.push('\n');
            pad(&mut self.out, indent);
        }
        self.out.push(':');
    }

    /// A scalar that is written as it is.
    pub(super) fn bare(&mut self, text: &str, note: Option<&str>) {
        self.out.push(' ');
        self.out.push_str(text);
        self.end(note);
    }

    pub(super) fn int(&mut self, number: i64, note: Option<&str>) {
        // Writing to a String cannot fail.
        let _ = write!(self.out, " {number}");
        self.end(note);
    }

    pub(super) fn float(&mut self, number: f64, note: Option<&str>) {
        self.out.push(' ');
        scalar::float(&mut self.out, number);
        self.end(note);
    }

    pub(super) fn text(&mut self, text: &str, at: At<'_>) {
        self.out.push(' ');
        let Some(chomping) = scalar::block(text) else {
            scalar::line(&mut self.out, text, Context::Block);
            return self.end(at.note);
        };
        self.out.push_str(chomping.header());
        self.end(at.note);
        for line in text.lines() {
            if !line.is_empty() {
                pad(&mut self.out, at.indent);
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
    }

    pub(super) fn list<N: Node>(&mut self, items: impl Iterator<Item = N>, at: At<'_>) {
        let mut items = items.peekable();
        if items.peek().is_none() {
            return self.bare("[]", at.note);
        }
        let mut same_line = self.start(at);
        for item in items {
            if !std::mem::take(&mut same_line) {
                pad(&mut self.out, at.indent);
            }
            self.out.push('-');
            item.write(self, At { indent: at.indent + 2, inline: true, note: None });
        }
    }

    pub(super) fn map<'k, N: Node>(&mut self, pairs: impl Iterator<Item = (&'k str, N)>, at: At<'_>) {
        let mut pairs = pairs.peekable();
        if pairs.peek().is_none() {
            return self.bare("{}", at.note);
        }
        let mut same_line = self.start(at);
        for (key, value) in pairs {
            if !std::mem::take(&mut same_line) {
                pad(&mut self.out, at.indent);
            }
            self.entry(key, at.indent, value);
        }
    }

    /// Before a map or list: whether it does start on this line. A note takes the rest of the line.
    fn start(&mut self, at: At<'_>) -> bool {
        let same_line = at.inline && at.note.is_none();
        if same_line {
            self.out.push(' ');
        } else {
            self.end(at.note);
        }
        same_line
    }

    pub(super) fn end(&mut self, note: Option<&str>) {
        match note {
            Some(reason) => comment::trailing(&mut self.out, reason),
            None => self.out.push('\n'),
        }
    }
}

impl Node for &str {
    fn write(self, writer: &mut Writer, at: At<'_>) {
        writer.text(self, at);
    }
}
