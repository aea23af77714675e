use std::{fmt, io};

use camino::Utf8PathBuf;

/// Why the files could not be written.
#[derive(Debug, thiserror::Error)]
pub enum EmitError {
    /// Things stand where files must go, and bluegreen did not write them.
    #[error("bluegreen did not write what stands in its way, so nothing was changed: {}", Obstacles(.0))]
    Foreign(Vec<Obstacle>),
    /// The disk refuses.
    #[error("cannot {action} `{path}`: {cause}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// With what.
        path: Utf8PathBuf,
        /// Why it failed.
        cause: io::Error,
    },
    /// A failure in the middle, after which a file could not be put back. The next run puts everything in order.
    #[error(
        "{first}; then `{path}` could not be put back: {cause}. Run the same command again once the cause is gone"
    )]
    Torn {
        /// What failed first.
        first: Box<EmitError>,
        /// What could not be put back.
        path: Utf8PathBuf,
        /// Why not.
        cause: io::Error,
    },
    /// The files given cannot be written as one tree: a fault of bluegreen.
    #[error("fault of bluegreen: the file `{path}` {what}")]
    Fault {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// Something that stands where a file must go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// Where, from the root.
    pub path: Utf8PathBuf,
    /// What.
    pub kind: ObstacleKind,
}

/// What stands where a file must go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObstacleKind {
    /// A file that no `stacks.json` lists.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, which is never followed.
    Link,
    /// A device, pipe or socket.
    Other,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            ObstacleKind::File => "",
            ObstacleKind::Folder => " (a folder)",
            ObstacleKind::Link => " (a symbolic link)",
            ObstacleKind::Other => " (neither file nor folder)",
        };
        write!(out, "`{}`{kind}", self.path)
    }
}

struct Obstacles<'o>(&'o [Obstacle]);

impl fmt::Display for Obstacles<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, obstacle) in self.0.iter().enumerate() {
            let before = if at > 0 { ", " } else { "" };
            write!(out, "{before}{obstacle}")?;
        }
        Ok(())
    }
}
