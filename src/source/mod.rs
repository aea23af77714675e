//! The files that were read, and places in them. Knows nothing of YAML.

mod load;

use camino::{Utf8Path, Utf8PathBuf};

pub use load::{LoadError, MAX_BYTES, load, load_stream};

/// One file of a [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// A range of bytes in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A place as people count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Every file read in one run, by id, in the order of reading.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<File>,
}

#[derive(Debug)]
struct File {
    path: Utf8PathBuf,
    text: String,
    /// Byte at which each line starts.
    lines: Vec<u32>,
    /// Whether it came with the tool.
    built_in: bool,
}

impl Sources {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file under the name people know it by.
    ///
    /// # Panics
    /// Never for files the reader accepts: those are bounded far below 4 GiB.
    pub fn add(&mut self, path: impl Into<Utf8PathBuf>, text: impl Into<String>) -> FileId {
        let text = text.into();
        let mut lines = vec![0];
        lines
            .extend(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1));
        self.files.push(File { path: path.into(), text, lines, built_in: false });
        FileId(u32::try_from(self.files.len() - 1).expect("fewer than 2^32 files"))
    }

    /// Adds a text that came with the tool.
    pub fn add_built_in(&mut self, name: &str, text: &str) -> FileId {
        let file = self.add(name, text);
        self.files[file.0 as usize].built_in = true;
        file
    }

    /// Every file but those that came with the tool, in the order of reading.
    pub fn files(&self) -> impl Iterator<Item = FileId> + '_ {
        (0..).map(FileId).zip(&self.files).filter(|(_, file)| !file.built_in).map(|(id, _)| id)
    }

    /// The same files with other texts, of the same length each.
    #[must_use]
    pub fn map(&self, mut change: impl FnMut(&str) -> String) -> Self {
        let files = self.files.iter().map(|file| File {
            path: file.path.clone(),
            text: change(&file.text),
            lines: file.lines.clone(),
            built_in: file.built_in,
        });
        Self { files: files.collect() }
    }

    /// The name of a file.
    pub fn path(&self, file: FileId) -> &Utf8Path {
        &self.files[file.0 as usize].path
    }

    /// The whole text of a file.
    pub fn text(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].text
    }

    /// The text a span covers.
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.file).get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Line and column of a byte. A byte past the end is the end.
    pub fn position(&self, file: FileId, byte: u32) -> Position {
        let file = &self.files[file.0 as usize];
        let line = file.lines.partition_point(|start| *start <= byte).max(1);
        let start = file.lines[line - 1] as usize;
        let end = (byte as usize).min(file.text.len());
        let column = file.text.get(start..end).map_or(1, |before| before.chars().count() + 1);
        Position { line, column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters() {
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", "é: 1\nb: 2\n");
        assert_eq!(sources.position(file, 0), Position { line: 1, column: 1 });
        assert_eq!(sources.position(file, 2), Position { line: 1, column: 2 });
        assert_eq!(sources.position(file, 6), Position { line: 2, column: 1 });
        assert_eq!(sources.position(file, 999), Position { line: 3, column: 1 });
    }
}
