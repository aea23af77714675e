//! Files and streams into [`Sources`], with every way it can fail told apart.

use std::{
    fs::File,
    io::{self, Read},
};

use camino::{Utf8Path, Utf8PathBuf};

use super::{FileId, Sources};

/// Bytes a file may have: twice the largest blueprint we know of in kind (1,000 services of 150 lines), and far below
/// what a span can count.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no such file.
    #[error("`{0}` does not exist")]
    Missing(Utf8PathBuf),
    /// Nothing gives files: a text was given by itself.
    #[error("`{0}` is a file, and only this text was given")]
    Unavailable(Utf8PathBuf),
    /// It is a folder.
    #[error("`{0}` is a folder, not a file")]
    Folder(Utf8PathBuf),
    /// It is a device, a pipe or a socket: reading it may never end.
    #[error("`{0}` is not a regular file; pass `-` to read a stream from standard input")]
    Special(Utf8PathBuf),
    /// It has more than [`MAX_BYTES`] bytes.
    #[error("`{0}` is larger than 16 MiB, more than any blueprint")]
    TooLarge(Utf8PathBuf),
    /// It is not UTF-8.
    #[error("`{path}` is not UTF-8 text: byte {at} does not belong there{}", if *utf16 { " (it looks like UTF-16; save it as UTF-8)" } else { "" })]
    NotUtf8 {
        /// The file.
        path: Utf8PathBuf,
        /// The first byte that is wrong, from 0.
        at: usize,
        /// Whether it begins like UTF-16, which some editors and shells on Windows write.
        utf16: bool,
    },
    /// The system would not let us.
    #[error("`{path}` cannot be read: {source}")]
    Unreadable {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Reads a file.
///
/// # Errors
/// See [`LoadError`].
pub fn load(sources: &mut Sources, path: &Utf8Path) -> Result<FileId, LoadError> {
    // Looked at before it is opened: opening a pipe waits for its other end.
    let facts = path.metadata().map_err(|error| failed(path, error))?;
    if facts.is_dir() {
        return Err(LoadError::Folder(path.to_owned()));
    }
    if !facts.is_file() {
        return Err(LoadError::Special(path.to_owned()));
    }
    if facts.len() > MAX_BYTES as u64 {
        return Err(LoadError::TooLarge(path.to_owned()));
    }
    let file = File::open(path).map_err(|error| failed(path, error))?;
    load_stream(sources, path, file)
}

/// Reads a stream, such as standard input, under the name people know it by.
///
/// # Errors
/// See [`LoadError`].
pub fn load_stream(sources: &mut Sources, name: &Utf8Path, stream: impl Read) -> Result<FileId, LoadError> {
    let mut bytes = Vec::new();
    // A file may grow while it is read, and files under /proc claim to have no bytes at all.
    stream.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|error| failed(name, error))?;
    if bytes.len() > MAX_BYTES {
        return Err(LoadError::TooLarge(name.to_owned()));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(sources.add(name, text)),
        Err(error) => Err(LoadError::NotUtf8 {
            path: name.to_owned(),
            at: error.utf8_error().valid_up_to(),
            utf16: matches!(error.as_bytes(), [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]),
        }),
    }
}

fn failed(path: &Utf8Path, source: io::Error) -> LoadError {
    match source.kind() {
        io::ErrorKind::NotFound => LoadError::Missing(path.to_owned()),
        io::ErrorKind::IsADirectory => LoadError::Folder(path.to_owned()),
        _ => LoadError::Unreadable { path: path.to_owned(), source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("UTF-8");
        (folder, path)
    }

    #[test]
    fn a_file_is_read() {
        let (_keep, folder) = folder();
        let path = folder.join("a.yaml");
        std::fs::write(&path, "a: é\n").expect("writes");
        let mut sources = Sources::new();
        let file = load(&mut sources, &path).expect("reads");
        assert_eq!(sources.text(file), "a: é\n");
        assert_eq!(sources.path(file), path);
    }

    #[test]
    fn each_failure_is_told_apart() {
        let (_keep, folder) = folder();
        let mut sources = Sources::new();
        let mut fails = |path: &Utf8Path| load(&mut sources, path).expect_err("fails");
        assert!(matches!(fails(&folder.join("none")), LoadError::Missing(_)));
        assert!(matches!(fails(&folder), LoadError::Folder(_)));
        let bad = folder.join("bad");
        std::fs::write(&bad, b"a: \xff\n").expect("writes");
        assert!(matches!(fails(&bad), LoadError::NotUtf8 { at: 3, utf16: false, .. }));
        std::fs::write(&bad, b"\xff\xfea\0").expect("writes");
        assert!(matches!(fails(&bad), LoadError::NotUtf8 { at: 0, utf16: true, .. }));
        File::create(&bad).and_then(|file| file.set_len(MAX_BYTES as u64 + 1)).expect("writes");
        assert!(matches!(fails(&bad), LoadError::TooLarge(_)));
        assert!(matches!(fails(&bad.join("below")), LoadError::Unreadable { .. }));
    }

    #[test]
    #[cfg(unix)]
    fn devices_are_not_read() {
        let mut sources = Sources::new();
        assert!(matches!(load(&mut sources, Utf8Path::new("/dev/zero")), Err(LoadError::Special(_))));
    }

    #[test]
    fn an_endless_stream_ends() {
        let mut sources = Sources::new();
        let endless = io::repeat(b'a');
        assert!(matches!(
            load_stream(&mut sources, Utf8Path::new("-"), endless),
            Err(LoadError::TooLarge(_))
        ));
        assert!(load_stream(&mut sources, Utf8Path::new("-"), io::empty()).is_ok());
    }
}
