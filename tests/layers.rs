//! Data flows one way: a module names only those before it. Reads every path under `src/` that starts at the crate's
//! root, comments and text aside, and fails on one that points back.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The modules in the order data flows through them, which `lib.rs` lists them in.
const ORDER: [&str; 23] = [
    "source",
    "diagnostic",
    "yaml",
    "blueprint",
    "resolve",
    "rollout",
    "cfn",
    "compare",
    "scripts",
    "stacks",
    "rules",
    "engines",
    "artifacts",
    "emit",
    "raw",
    "render",
    "provenance",
    "contrast",
    "migration",
    "policy",
    "mend",
    "report",
    "cli",
];

/// What a module must not know although it comes earlier, and why.
const CLOSED: [(&str, &[&str], &str); 2] = [
    (
        "cfn",
        &["blueprint", "resolve", "rollout", "rules"],
        "templates are written for anything, not only for blueprints",
    ),
    (
        "report",
        &[
            "yaml",
            "blueprint",
            "resolve",
            "rollout",
            "rules",
            "cfn",
            "stacks",
            "engines",
            "artifacts",
            "emit",
        ],
        "findings look the same whatever they are about",
    ),
];

/// The source without comments, text and characters, so that what is left are names and signs. Lines stay lines.
fn code(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let skipped = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => comment(rest),
            '"' => text(rest, 1),
            'r' | 'b' | 'c' if !out.ends_with(|before: char| before.is_alphanumeric() || before == '_') => {
                prefixed(rest)
            }
            '\'' => character(rest),
            _ => 0,
        };
        if skipped == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            out.push(' ');
            out.extend(rest[..skipped].chars().filter(|char| *char == '\n'));
            rest = &rest[skipped..];
        }
    }
    out
}

/// Bytes of the comment that `rest` starts with; comments nest.
fn comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// Bytes of the text whose quotation mark ends before `start`.
fn text(rest: &str, start: usize) -> usize {
    let mut escaped = false;
    for (at, char) in rest[start..].char_indices() {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return start + at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Bytes of a raw, byte or C text; 0 where the letter starts a name.
fn prefixed(rest: &str) -> usize {
    let letters = rest.bytes().take_while(|byte| b"brc".contains(byte)).count();
    let hashes = rest[letters..].bytes().take_while(|byte| *byte == b'#').count();
    if letters > 2 || !rest[letters + hashes..].starts_with('"') {
        return 0;
    }
    if !rest[..letters].contains('r') {
        return if hashes == 0 { text(rest, letters + 1) } else { 0 };
    }
    let start = letters + hashes + 1;
    let end = format!("\"{}", "#".repeat(hashes));
    rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len())
}

/// Bytes of a character; 0 where the mark starts a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            // What is escaped may be the mark itself.
            chars.next();
            chars.find(|(_, char)| *char == '\'').map_or(0, |(at, _)| at + 1)
        }
        Some((at, char)) if rest[at + char.len_utf8()..].starts_with('\'') => at + char.len_utf8() + 1,
        _ => 0,
    }
}

/// A name.
fn name(code: &str) -> &str {
    let end = code.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(code.len());
    &code[..end]
}

/// The names that follow `::`: one, or the first of each path in a group.
fn names(code: &str) -> Vec<&str> {
    let code = code.trim_start();
    let Some(group) = code.strip_prefix('{') else { return vec![name(code)] };
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, char) in group.char_indices() {
        match char {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '}' | ',' if depth == 0 => {
                found.push(name(group[start..at].trim_start()));
                start = at + 1;
                if char == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

/// What a file names at the crate's root, each with its line. `depth` is how many modules the file is below the root.
fn roots(source: &str, depth: usize) -> Vec<(usize, String)> {
    let code = code(source);
    let mut found = Vec::new();
    for (keyword, in_super) in [("crate", false), ("super", true)] {
        for (at, _) in code.match_indices(keyword) {
            let before = code[..at].trim_end();
            let apart = !code[..at].ends_with(|char: char| char.is_alphanumeric() || char == '_');
            let mut rest = code[at + keyword.len()..].trim_start();
            if !apart || before.ends_with("::") || !rest.starts_with("::") {
                continue;
            }
            rest = rest[2..].trim_start();
            let mut supers = 1;
            while in_super && let Some(further) = rest.strip_prefix("super") {
                supers += 1;
                rest = further.trim_start().trim_start_matches("::").trim_start();
            }
            if in_super && supers < depth {
                continue;
            }
            let line = code[..at].matches('\n').count() + 1;
            for name in names(rest) {
                // From an inner `mod tests` the same number of steps ends below the root, at names unknown there.
                if !in_super || ORDER.contains(&name) {
                    found.push((line, name.to_owned()));
                }
            }
        }
    }
    found.sort();
    found
}

/// What is wrong with one file, given its path below `src/`.
fn wrong(path: &str, source: &str) -> Vec<String> {
    let parts: Vec<&str> = path.trim_end_matches(".rs").trim_end_matches("/mod").split('/').collect();
    let module = parts[0];
    if ["lib", "main"].contains(&module) {
        return Vec::new();
    }
    let Some(here) = ORDER.iter().position(|known| *known == module) else {
        return vec![format!("{path}: `{module}` has no place in the order of tests/layers.rs")];
    };
    let mut wrong = Vec::new();
    for (line, name) in roots(source, parts.len()) {
        match ORDER.iter().position(|known| *known == name) {
            None => {
                wrong.push(format!("{path}:{line}: `{name}` has no place in the order of tests/layers.rs"))
            }
            Some(there) if there > here => {
                wrong.push(format!("{path}:{line}: `{module}` comes before `{name}` and must not know it"));
            }
            Some(_) => {
                let closed =
                    CLOSED.iter().filter(|(from, to, _)| *from == module && to.contains(&name.as_str()));
                wrong.extend(
                    closed
                        .map(|(.., why)| format!("{path}:{line}: `{module}` must not know `{name}`: {why}")),
                );
            }
        }
    }
    wrong
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(path);
        }
    }
}

#[test]
fn no_module_knows_a_later_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 10, "only {} files were read", files.len());
    let mut wrong_here = Vec::new();
    for file in &files {
        let path = file.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/");
        wrong_here.extend(wrong(&path, &fs::read_to_string(file).unwrap()));
    }
    assert!(wrong_here.is_empty(), "imports that point back:\n{}", wrong_here.join("\n"));
}

#[test]
fn the_library_lists_its_modules_in_order() {
    let source = include_str!("../src/lib.rs");
    let modules: Vec<usize> = code(source)
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "))
        .map(|rest| ORDER.iter().position(|known| *known == name(rest)).unwrap_or_else(|| panic!("{rest}")))
        .collect();
    assert!(modules.len() > 2 && modules.is_sorted(), "{modules:?}");
}

#[test]
fn an_arrow_that_points_back_is_found_however_it_is_written() {
    for spoiled in [
        "use crate::emit;",
        "use crate::emit::yaml;",
        "use crate::{source::Span, emit::{self, yaml}};",
        "use crate::{\n    source::Span,\n    emit,\n};",
        "fn f() { crate::emit::yaml(t) }",
        "fn f() -> crate :: emit :: T {}",
        "pub(crate) use crate::emit;",
        "macro_rules! m { () => { $crate::emit::yaml() } }",
        "use super::emit;",
        "mod tests { use super::super::emit; }",
        "const A: char = '\"'; use crate::emit; const B: char = '\"';",
        "const A: &str = \"\\\"\"; use crate::emit;",
        "const A: &str = r#\"\"\"#; use crate::emit;",
        "fn f<'a>(a: &'a str) { crate::emit::f(a, 'x') }",
        "/* /* */ */ use crate::emit;",
    ] {
        let found = wrong("stacks.rs", spoiled);
        assert!(found.len() == 1 && found[0].contains("must not know it"), "{spoiled}: {found:?}");
        assert_eq!(wrong("cli.rs", spoiled), Vec::<String>::new(), "{spoiled}");
    }
    assert_eq!(wrong("stacks/edge/rules.rs", "use super::super::super::emit;").len(), 1);
    assert_eq!(wrong("stacks/mod.rs", "use super::emit;").len(), 1);
    assert_eq!(
        wrong("stacks/edge.rs", "\n\nuse crate::emit;"),
        ["stacks/edge.rs:3: `stacks` comes before `emit` and must not know it"]
    );
}

#[test]
fn closed_modules_stay_closed() {
    assert_eq!(wrong("cfn/value.rs", "use crate::{resolve, rules, blueprint};").len(), 3);
    assert_eq!(wrong("cfn/value.rs", "use crate::source::Span;").len(), 0);
    assert_eq!(wrong("report/text.rs", "use crate::{diagnostic::Finding, source::Sources, cfn};").len(), 1);
}

#[test]
fn an_unknown_module_must_be_given_its_place() {
    assert_eq!(wrong("helpers.rs", "").len(), 1);
    assert_eq!(wrong("stacks.rs", "use crate::helpers::x;").len(), 1);
}

#[test]
fn what_only_looks_like_a_path_is_left_alone() {
    for innocent in [
        "//! See [`crate::emit`].",
        "/// crate::emit\n// crate::emit\n/* crate::emit */",
        "const A: &str = \"crate::emit\";",
        "const A: &str = r#\"\"crate::emit\"#;",
        "const A: &[u8] = b\"crate::emit\";",
        "use other_crate::emit; use crate::source::emit; use super::stacks::emit;",
        "pub(crate) fn emit() {} pub(super) mod emit {}",
        "use crate::{source::{emit, yaml}, cfn::emit};",
    ] {
        assert_eq!(wrong("stacks.rs", innocent), Vec::<String>::new(), "{innocent}");
    }
    assert_eq!(wrong("stacks/edge.rs", "use super::emit;"), Vec::<String>::new());
}
