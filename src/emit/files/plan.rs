//! What has to change on disk.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    EmitError, LISTING, Obstacle, ObstacleKind, OutputFile,
    disk::{Found, is_same, look},
    listing,
};

/// How a file to write compares with what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    Same,
    Missing,
    Differs,
    Blocked(Obstacle),
}

/// What has to change on disk.
#[derive(Debug)]
pub(super) struct Plan<'f> {
    /// The files to write, in the order given.
    pub entries: Vec<(&'f OutputFile, State)>,
    /// Files of earlier runs that are no longer rendered, from the root.
    pub left_over: Vec<Utf8PathBuf>,
    /// What was bluegreen's before, by rendered folder.
    pub owned: BTreeMap<&'f Utf8Path, BTreeSet<Utf8PathBuf>>,
}

impl<'f> Plan<'f> {
    pub(super) fn make(root: &Utf8Path, files: &'f [OutputFile]) -> Result<Self, EmitError> {
        let folders = folders(files)?;
        let mut owned = BTreeMap::new();
        for &folder in folders.keys() {
            owned.insert(folder, listing::owned(root, folder)?);
        }
        let mut entries = Vec::with_capacity(files.len());
        for file in files {
            let is_owned = || owned.values().any(|paths: &BTreeSet<_>| paths.contains(&file.path));
            let state = match look(root, &file.path)? {
                Found::Nothing => State::Missing,
                Found::File(found) if is_same(root, file, &found)? => State::Same,
                Found::File(_) if is_owned() => State::Differs,
                Found::File(_) => {
                    State::Blocked(Obstacle { path: file.path.clone(), kind: ObstacleKind::File })
                }
                Found::Obstacle(obstacle) => State::Blocked(obstacle),
            };
            entries.push((file, state));
        }
        let mut left_over = Vec::new();
        let rendered: HashSet<&Utf8Path> = files.iter().map(|file| file.path.as_path()).collect();
        for path in owned.values().flatten() {
            // What a list names and is no plain file of this folder, bluegreen did not write.
            if !rendered.contains(path.as_path()) && matches!(look(root, path)?, Found::File(_)) {
                left_over.push(path.clone());
            }
        }
        Ok(Self { entries, left_over, owned })
    }

    /// Whether anything below a folder has to change.
    pub(super) fn changes(&self, folder: &Utf8Path) -> bool {
        let mut changed = self
            .entries
            .iter()
            .filter(|(_, state)| *state != State::Same)
            .map(|(file, _)| file.path.as_path());
        changed.any(|path| path.starts_with(folder))
            || self.left_over.iter().any(|path| path.starts_with(folder))
    }

    /// Whether everything is as it should be.
    pub(super) fn changes_nothing(&self) -> bool {
        self.left_over.is_empty() && self.entries.iter().all(|(_, state)| *state == State::Same)
    }
}

/// The rendered folders, each with its files. Fails where the files are no tree that a later run would know as its own.
fn folders(files: &[OutputFile]) -> Result<BTreeMap<&Utf8Path, HashSet<&Utf8Path>>, EmitError> {
    let fault = |file: &OutputFile, what| Err(EmitError::Fault { path: file.path.clone(), what });
    let listings = || files.iter().filter(|file| file.path.file_name() == Some(LISTING));
    let mut folders: BTreeMap<&Utf8Path, HashSet<&Utf8Path>> =
        listings().filter_map(|file| Some((file.path.parent()?, HashSet::new()))).collect();
    let mut seen = HashSet::new();
    for file in files {
        if !listing::stays_inside(&file.path) {
            return fault(file, "leads out of the output");
        }
        if !seen.insert(file.path.as_str().to_lowercase()) {
            return fault(file, "is written twice, as some disks see it");
        }
        let Some(folder) = file.path.ancestors().skip(1).find(|folder| folders.contains_key(folder)) else {
            return fault(file, "is in no folder with a list");
        };
        if let (Some(paths), Ok(inside)) = (folders.get_mut(folder), file.path.strip_prefix(folder)) {
            paths.insert(inside);
        }
    }
    for file in listings() {
        let listed = listing::listed(file.text.as_bytes());
        let rendered = file.path.parent().and_then(|folder| folders.get(folder));
        let is_exact = |rendered: &HashSet<&Utf8Path>| {
            rendered.len() == listed.len() && listed.iter().all(|path| rendered.contains(path.as_path()))
        };
        if !rendered.is_some_and(is_exact) {
            return fault(file, "does not list exactly the files of its folder");
        }
    }
    Ok(folders)
}
