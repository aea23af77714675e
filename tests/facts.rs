//! Every claim that points at a fact about AWS points at one that is written down, with its source.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{collections::BTreeSet, fs, path::Path};

use regex::Regex;

/// The numbers that `docs/facts.md` gives facts, and whether each names a source.
fn facts() -> BTreeSet<String> {
    let text = fs::read_to_string("docs/facts.md").unwrap();
    text.lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [number, fact, source] = cells.as_slice() else { return None };
            let numbered = number.starts_with(|c: char| c.is_ascii_digit()) || number.starts_with("S-");
            numbered.then(|| {
                assert!(!fact.is_empty() && !source.is_empty(), "{number} has no fact or no source");
                (*number).to_owned()
            })
        })
        .collect()
}

fn rust_files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn facts_that_code_points_at_are_written_down() {
    let known = facts();
    assert!(known.len() > 40, "the table is read: {known:?}");
    let pointer = Regex::new(r"facts ((?:\d+(?:\.\d+)*|S-\d+)(?:, (?:\d+(?:\.\d+)*|S-\d+))*)").unwrap();
    let mut files = Vec::new();
    rust_files(Path::new("src"), &mut files);
    let mut seen = 0;
    for file in files {
        for capture in pointer.captures_iter(&fs::read_to_string(&file).unwrap()) {
            for number in capture[1].split(", ") {
                seen += 1;
                assert!(
                    known.contains(number),
                    "{} points at fact {number}, which docs/facts.md lacks",
                    file.display()
                );
            }
        }
    }
    assert!(seen > 30, "pointers are found: {seen}");
}
