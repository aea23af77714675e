//! Exchanging the text of files that people wrote: all of them or none, never half of one.

use std::{
    fs,
    io::{self, Write as _},
};

use camino::{Utf8Path, Utf8PathBuf};

use super::{EmitError, disk};

/// New text for a file that somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    /// The file.
    pub path: Utf8PathBuf,
    /// What it holds. Where it holds something else by now, nothing is changed.
    pub before: String,
    /// What it shall hold.
    pub after: String,
}

/// Exchanges the texts. Each is written beside its place and renamed; permissions stay, and a symbolic link stays one.
///
/// # Errors
/// When a file changed in the meantime or the disk refuses. The files are then as they were, unless the error is
/// [`EmitError::Torn`].
pub fn replace(replacements: &[Replacement]) -> Result<(), EmitError> {
    let mut staged = Vec::new();
    for (number, replacement) in replacements.iter().enumerate() {
        match stage(replacement, number) {
            Ok(paths) => staged.push((paths, replacement)),
            Err(error) => {
                forget(staged.iter().map(|(paths, _)| paths));
                return Err(error);
            }
        }
    }
    for at in 0..staged.len() {
        let ((target, temporary), _) = &staged[at];
        if let Err(cause) = fs::rename(temporary, target) {
            let first = failed("write", target)(cause);
            forget(staged[at..].iter().map(|(paths, _)| paths));
            return Err(take_back(first, &staged[..at]));
        }
    }
    Ok(())
}

/// Writes a file whole or not at all, over whatever it held.
///
/// # Errors
/// When the disk refuses. The file is then as it was.
pub fn put(path: &Utf8Path, text: &str) -> Result<(), EmitError> {
    let target =
        if path.exists() { path.canonicalize_utf8().map_err(failed("read", path))? } else { path.to_owned() };
    let temporary = target.with_file_name(disk::temporary(std::process::id()));
    let write = || {
        fs::write(&temporary, text)?;
        if let Ok(found) = fs::metadata(&target) {
            fs::set_permissions(&temporary, found.permissions())?;
        }
        fs::rename(&temporary, &target)
    };
    write().map_err(|cause| {
        let _ = fs::remove_file(&temporary);
        failed("write", path)(cause)
    })
}

/// The file itself, behind every link, and its new text beside it.
fn stage(replacement: &Replacement, number: usize) -> Result<(Utf8PathBuf, Utf8PathBuf), EmitError> {
    let path = &replacement.path;
    let target = path.canonicalize_utf8().map_err(failed("read", path))?;
    let bytes = fs::read(&target).map_err(failed("read", path))?;
    if bytes != replacement.before.as_bytes() {
        let cause = io::Error::other("it was changed in the meantime; run the same command again");
        return Err(failed("write", path)(cause));
    }
    let permissions = fs::metadata(&target).map_err(failed("read", path))?.permissions();
    let name = disk::temporary(std::process::id().wrapping_add(u32::try_from(number).unwrap_or(u32::MAX)));
    let temporary = target.with_file_name(name);
    let write = || {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&temporary)?;
        file.write_all(replacement.after.as_bytes())?;
        file.set_permissions(permissions)?;
        file.sync_all()
    };
    write().map_err(|cause| {
        if cause.kind() != io::ErrorKind::AlreadyExists {
            let _ = fs::remove_file(&temporary);
        }
        failed("write", path)(cause)
    })?;
    Ok((target, temporary))
}

fn forget<'p>(staged: impl Iterator<Item = &'p (Utf8PathBuf, Utf8PathBuf)>) {
    for (_, temporary) in staged {
        let _ = fs::remove_file(temporary);
    }
}

/// Writes what stood in the files before.
fn take_back(first: EmitError, done: &[((Utf8PathBuf, Utf8PathBuf), &Replacement)]) -> EmitError {
    for ((target, temporary), replacement) in done {
        let back = fs::write(temporary, &replacement.before).and_then(|()| {
            fs::set_permissions(temporary, fs::metadata(target)?.permissions())?;
            fs::rename(temporary, target)
        });
        if let Err(cause) = back {
            return EmitError::Torn { first: Box::new(first), path: target.clone(), cause };
        }
    }
    first
}

fn failed(action: &'static str, path: &Utf8Path) -> impl FnOnce(io::Error) -> EmitError {
    let path = path.to_owned();
    move |cause| EmitError::Io { action, path, cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).expect("UTF-8");
        (folder, path)
    }

    fn new(path: &Utf8Path) -> Replacement {
        Replacement { path: path.to_owned(), before: "old".into(), after: "new".into() }
    }

    fn files(folder: &Utf8Path) -> Vec<(String, String)> {
        let entries = folder.read_dir_utf8().unwrap().map(|entry| entry.unwrap().into_path());
        let mut files: Vec<_> = entries
            .filter(|path| path.is_file())
            .map(|path| (path.file_name().unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
            .collect();
        files.sort();
        files
    }

    fn pair(name: &str, text: &str) -> (String, String) {
        (name.to_owned(), text.to_owned())
    }

    #[test]
    fn all_or_none() {
        let (_keep, folder) = folder();
        let (one, two) = (folder.join("1"), folder.join("2"));
        fs::write(&one, "old").unwrap();
        fs::write(&two, "somebody else's").unwrap();
        let error = replace(&[new(&one), new(&two)]).unwrap_err().to_string();
        assert!(error.contains("changed in the meantime"), "{error}");
        assert!(replace(&[new(&one), new(&folder.join("none"))]).is_err());
        assert_eq!(files(&folder), [pair("1", "old"), pair("2", "somebody else's")]);
        fs::write(&two, "old").unwrap();
        replace(&[new(&one), new(&two)]).unwrap();
        assert_eq!(files(&folder), [pair("1", "new"), pair("2", "new")]);
    }

    #[test]
    #[cfg(unix)]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_keep, folder) = folder();
        let (file, link) = (folder.join("file"), folder.join("link"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        replace(&[new(&link)]).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
