//! Output files, written all together or not at all.
//!
//! Every rendered folder has a `stacks.json` whose `files` lists what bluegreen wrote there. What is not listed is not
//! bluegreen's: it is neither overwritten nor deleted. Two runs into one folder at the same moment may make one of them
//! fail; the next run puts everything in order.

mod disk;
mod error;
mod listing;
mod plan;
mod replace;
#[cfg(test)]
mod tests;
mod transaction;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

pub use error::{EmitError, Obstacle, ObstacleKind};
use plan::{Plan, State};
pub use replace::{Replacement, put, replace};
use transaction::Transaction;

/// The file in each rendered folder whose `files` lists everything bluegreen wrote there, itself included, relative to
/// the folder.
pub const LISTING: &str = "stacks.json";

/// A file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFile {
    /// Where, from the root of the output.
    pub path: Utf8PathBuf,
    /// What.
    pub text: String,
    /// Whether it can be run.
    pub executable: bool,
}

/// What writing did, with paths from the root, in the order of the files given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Files that were not there before.
    pub created: Vec<Utf8PathBuf>,
    /// Files that were something else before.
    pub updated: Vec<Utf8PathBuf>,
    /// Files that were not touched because they say this already.
    pub unchanged: Vec<Utf8PathBuf>,
    /// Files of an earlier run that are no longer rendered.
    pub removed: Vec<Utf8PathBuf>,
}

/// A file on disk that is not what would be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// The file, from the root.
    pub path: Utf8PathBuf,
    /// What is the matter with it.
    pub kind: StaleKind,
}

/// What is the matter with a file on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StaleKind {
    /// It is not there.
    Missing,
    /// It says something else, or cannot be run although it should.
    Differs,
    /// An earlier run wrote it, and it is no longer rendered.
    LeftOver,
}

/// Writes the files under `root`, and deletes what earlier runs wrote into the same folders and is no longer rendered.
///
/// Everything is written beside its place first and then renamed, so that nobody sees half a file. Files that say the
/// same already keep their time of change.
///
/// # Errors
/// When something stands in the way that bluegreen did not write, or the disk refuses. The files are then as they were
/// before, unless the error is [`EmitError::Torn`].
pub fn write(root: &Utf8Path, files: &[OutputFile]) -> Result<Outcome, EmitError> {
    write_watched(root, files, &mut |_, _| Ok(()))
}

/// Compares what is on disk with the files, without writing anything.
///
/// # Errors
/// When the disk cannot be read.
pub fn check(root: &Utf8Path, files: &[OutputFile]) -> Result<Vec<Stale>, EmitError> {
    let plan = Plan::make(root, files)?;
    let stale = |path: &Utf8Path, kind| Stale { path: path.to_owned(), kind };
    let written = plan.entries.iter().filter_map(|(file, state)| match state {
        State::Same => None,
        State::Missing => Some(stale(&file.path, StaleKind::Missing)),
        State::Differs | State::Blocked(_) => Some(stale(&file.path, StaleKind::Differs)),
    });
    Ok(written.chain(plan.left_over.iter().map(|path| stale(path, StaleKind::LeftOver))).collect())
}

/// Deletes what earlier runs wrote into a folder below `root`, and folders that nothing is left in.
///
/// # Errors
/// When the disk refuses.
pub fn remove(root: &Utf8Path, folder: &Utf8Path) -> Result<(), EmitError> {
    let io = |path: &Utf8Path, cause| EmitError::Io { action: "delete", path: path.to_owned(), cause };
    // The list goes last: until then another run finds what is left.
    let mut files: Vec<Utf8PathBuf> = listing::owned(root, folder)?.into_iter().collect();
    files.sort_by_key(|path| path.file_name() == Some(LISTING));
    for path in files {
        if let disk::Found::File(_) = disk::look(root, &path)? {
            let path = root.join(path);
            std::fs::remove_file(&path).map_err(|cause| io(&path, cause))?;
        }
    }
    for folder in folder.ancestors().filter(|folder| !folder.as_str().is_empty()) {
        // One that still holds something stays.
        if std::fs::remove_dir(root.join(folder)).is_err() {
            break;
        }
    }
    Ok(())
}

/// Writes with a word before each change of the disk, which the tests use to make it fail.
fn write_watched(
    root: &Utf8Path,
    files: &[OutputFile],
    before: &mut transaction::Watch<'_>,
) -> Result<Outcome, EmitError> {
    let plan = Plan::make(root, files)?;
    let obstacles: Vec<Obstacle> = plan
        .entries
        .iter()
        .filter_map(
            |(_, state)| if let State::Blocked(obstacle) = state { Some(obstacle.clone()) } else { None },
        )
        .collect();
    if !obstacles.is_empty() {
        return Err(EmitError::Foreign(obstacles));
    }
    Transaction::new(root, before).run(&plan)?;
    let mut outcome = Outcome { removed: plan.left_over, ..Outcome::default() };
    for (file, state) in plan.entries {
        let list = match state {
            State::Same => &mut outcome.unchanged,
            State::Missing => &mut outcome.created,
            State::Differs | State::Blocked(_) => &mut outcome.updated,
        };
        list.push(file.path.clone());
    }
    Ok(outcome)
}
