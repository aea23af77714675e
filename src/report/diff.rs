//! Changes of files as a unified diff. The only file that names similar.

use camino::Utf8Path;
use similar::TextDiff;

use super::{name, scrub};

/// Lines shown around a change, as `diff -u` does.
const CONTEXT: usize = 3;

/// What changes in a file, so that `patch` and `git apply` take it. Empty where nothing does.
pub fn diff(path: &Utf8Path, before: &str, after: &str) -> String {
    let path = scrub(&name::relative(path)).into_owned();
    let (old, new) = (format!("a/{path}"), format!("b/{path}"));
    TextDiff::from_lines(before, after).unified_diff().context_radius(CONTEXT).header(&old, &new).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_shown_with_their_lines() {
        let shown = diff(Utf8Path::new("./a.yaml"), "a: 1\nb: 2\n", "a: 1\nb: 3\n");
        assert_eq!(shown, "--- a/a.yaml\n+++ b/a.yaml\n@@ -1,2 +1,2 @@\n a: 1\n-b: 2\n+b: 3\n");
        assert_eq!(diff(Utf8Path::new("a.yaml"), "a", "a"), "");
        assert!(diff(Utf8Path::new("a.yaml"), "a", "b").contains("\\ No newline at end of file"));
    }
}
