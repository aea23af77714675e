//! What stands at a path, without following symbolic links below the root.

use std::{fs, io};

use camino::{Utf8Path, Utf8PathBuf};

use super::{EmitError, Obstacle, ObstacleKind, OutputFile};

/// What stands at a path.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    File(fs::Metadata),
    /// Something else, there or where one of its folders should be.
    Obstacle(Obstacle),
}

/// Looks at a path below the root.
pub(super) fn look(root: &Utf8Path, path: &Utf8Path) -> Result<Found, EmitError> {
    match fs::metadata(root) {
        Ok(root_found) if root_found.is_dir() => {}
        Ok(_) => return Ok(Found::Obstacle(Obstacle { path: root.to_owned(), kind: ObstacleKind::File })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(cause) => return Err(EmitError::Io { action: "look at", path: root.to_owned(), cause }),
    }
    let mut there = root.to_owned();
    let mut components = path.components().peekable();
    while let Some(component) = components.next() {
        there.push(component);
        let found = match fs::symlink_metadata(&there) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(cause) => return Err(EmitError::Io { action: "look at", path: there, cause }),
        };
        let (kind, last) = (kind(&found), components.peek().is_none());
        match (kind, last) {
            (ObstacleKind::File, true) => return Ok(Found::File(found)),
            (ObstacleKind::Folder, false) => {}
            _ => {
                let path = there.strip_prefix(root).map_or_else(|_| there.clone(), Utf8Path::to_owned);
                return Ok(Found::Obstacle(Obstacle { path, kind }));
            }
        }
    }
    Ok(Found::Obstacle(Obstacle { path: path.to_owned(), kind: ObstacleKind::Folder }))
}

/// Whether a folder stands at a path, and not one behind a symbolic link.
pub(super) fn is_folder(root: &Utf8Path, path: &Utf8Path) -> bool {
    matches!(look(root, path), Ok(Found::Obstacle(found)) if found.kind == ObstacleKind::Folder)
}

fn kind(found: &fs::Metadata) -> ObstacleKind {
    let kind = found.file_type();
    if kind.is_symlink() {
        ObstacleKind::Link
    } else if kind.is_dir() {
        ObstacleKind::Folder
    } else if kind.is_file() {
        ObstacleKind::File
    } else {
        ObstacleKind::Other
    }
}

/// Whether a file on disk is what would be written.
pub(super) fn is_same(root: &Utf8Path, file: &OutputFile, found: &fs::Metadata) -> Result<bool, EmitError> {
    if found.len() != file.text.len() as u64 || (file.executable && !is_executable(found)) {
        return Ok(false);
    }
    let path = root.join(&file.path);
    match fs::read(&path) {
        Ok(bytes) => Ok(bytes == file.text.as_bytes()),
        Err(cause) => Err(EmitError::Io { action: "read", path, cause }),
    }
}

#[cfg(unix)]
fn is_executable(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    found.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    true
}

/// Lets whoever may read a file run it.
#[cfg(unix)]
pub(super) fn make_executable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut permissions = file.metadata()?.permissions();
    permissions.set_mode(permissions.mode() | ((permissions.mode() & 0o444) >> 2));
    file.set_permissions(permissions)
}

#[cfg(not(unix))]
pub(super) fn make_executable(_: &fs::File) -> io::Result<()> {
    Ok(())
}

/// Temporary files of an interrupted run in a folder. What cannot be read holds none that could be removed.
pub(super) fn temporaries(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let Ok(entries) = folder.read_dir_utf8() else { return Vec::new() };
    entries
        .flatten()
        .filter(|entry| is_temporary(entry.file_name()) && entry.file_type().is_ok_and(|kind| !kind.is_dir()))
        .map(|entry| entry.into_path())
        .collect()
}

/// The name of a temporary file.
pub(super) fn temporary(number: u32) -> String {
    format!(".bluegreen-{number}.tmp")
}

fn is_temporary(name: &str) -> bool {
    name.strip_prefix(".bluegreen-")
        .and_then(|rest| rest.strip_suffix(".tmp"))
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}
