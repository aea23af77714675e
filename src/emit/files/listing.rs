//! What bluegreen wrote into a folder, by the lists it left there. A list is text that anyone may have changed, so that
//! nothing in it leads out of the folder.

use std::{collections::BTreeSet, fs};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use super::{
    EmitError, LISTING,
    disk::{Found, look},
};

/// Lists, while files are being exchanged, what is bluegreen's before and after. Without it a run that was killed in the
/// middle would leave files that no `stacks.json` knows.
pub(super) const JOURNAL: &str = ".bluegreen-journal.tmp";

#[derive(Default, Deserialize)]
struct Listing {
    files: Vec<String>,
}

/// The files of a folder that are bluegreen's, from the root.
pub(super) fn owned(root: &Utf8Path, folder: &Utf8Path) -> Result<BTreeSet<Utf8PathBuf>, EmitError> {
    let mut owned = BTreeSet::new();
    for name in [LISTING, JOURNAL] {
        let path = folder.join(name);
        if let Found::File(_) = look(root, &path)? {
            let path = root.join(path);
            let text = fs::read(&path).map_err(|cause| EmitError::Io { action: "read", path, cause })?;
            owned.extend(listed(&text).into_iter().map(|inside| folder.join(inside)));
        }
    }
    Ok(owned)
}

/// The paths in a list that stay inside its folder. A text that is no list lists nothing: somebody else wrote it.
pub(super) fn listed(text: &[u8]) -> BTreeSet<Utf8PathBuf> {
    let listing: Listing = serde_json::from_slice(text).unwrap_or_default();
    listing.files.into_iter().map(Utf8PathBuf::from).filter(|path| stays_inside(path)).collect()
}

/// The journal's text.
pub(super) fn journal(mut paths: Vec<&str>) -> String {
    paths.sort_unstable();
    paths.dedup();
    serde_json::json!({ "files": paths }).to_string()
}

/// Whether a path names something below the folder it is joined to.
pub(super) fn stays_inside(path: &Utf8Path) -> bool {
    !path.as_str().is_empty() && path.components().all(|part| matches!(part, Utf8Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_listed_leads_out() {
        let text = br#"{"files": ["a", "b/c", "../x", "/etc/passwd", "b/../../x", "", "."], "stacks": []}"#;
        assert_eq!(listed(text).iter().map(|path| path.as_str()).collect::<Vec<_>>(), ["a", "b/c"]);
        assert!(listed(b"not a list").is_empty());
        assert!(listed(br#"{"files": [1]}"#).is_empty());
        assert!(listed(br#"{"stacks": []}"#).is_empty());
    }
}
