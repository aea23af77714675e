//! Broken blueprints, each a real mistake: what people are told is pinned, and has a place and a way out.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{fs, path::PathBuf};

use bluegreen::{
    cli::{self, Colors, Outcome},
    resolve::Blueprint,
    source::{self, Sources},
    yaml,
};
use camino::Utf8Path;
use clap::Parser;
use serde_json::Value;

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn files(name: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder(name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    files.sort();
    files
}

/// What `check` says, with the name of the file instead of its path.
fn check(path: &Utf8Path, format: &str) -> (Outcome, String, String) {
    let cli = cli::Cli::try_parse_from([
        "bluegreen",
        "check",
        path.as_str(),
        "--format",
        format,
        "--today",
        "2026-11-21",
    ])
    .unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let outcome = cli::run(&cli, &mut out, &mut err, Colors::default());
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/");
    let text = |bytes| {
        let text = String::from_utf8(bytes).unwrap();
        text.replace(path.as_str(), path.file_name().unwrap()).replace(root, "")
    };
    (outcome, text(out), text(err))
}

/// Words of a title that say what to do by themselves.
const SAYS_WHAT_TO_DO: [&str; 11] = [
    "write ",
    "must ",
    "may have ",
    "expected ",
    " is not one of ",
    "such as ",
    "is missing",
    "did you mean",
    "add the other half",
    "indent it",
    "add `",
];

#[test]
fn every_mistake_is_told_well() {
    let files = files("broken");
    assert!(files.len() >= 50, "only {} broken blueprints", files.len());
    let mut complaints = Vec::new();
    for path in files {
        let path = Utf8Path::from_path(&path).unwrap();
        let name = path.file_stem().unwrap();
        let text = fs::read_to_string(path).unwrap();
        let mistake = text.lines().next().and_then(|line| line.strip_prefix("# "));
        let mistake = mistake.unwrap_or_else(|| panic!("{name}: the first line says what is wrong"));

        let (outcome, shown, aside) = check(path, "text");
        let fatal = shown.lines().any(|line| line.starts_with("error["));
        let expected = if fatal { Outcome::Findings } else { Outcome::Clean };
        assert_eq!(outcome, expected, "{name}: {shown}{aside}");
        assert!(aside.lines().all(|line| line.starts_with("next: ")), "{name}: {aside}");
        assert!(!shown.contains('\u{1b}'), "{name}: colours");
        assert!(!shown.contains("built-in defaults"), "{name}: nobody wrote the built-in defaults\n{shown}");
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../snapshots/broken");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_description(mistake);
        settings.bind(|| insta::assert_snapshot!(name, shown));

        let report: Value = serde_json::from_str(&check(path, "json").1).unwrap();
        let findings = report["findings"].as_array().unwrap();
        let levels = ["error[", "warning[", "note["];
        let headings = shown.lines().filter(|line| levels.iter().any(|level| line.starts_with(level)));
        assert!(!findings.is_empty(), "{name}");
        assert_eq!(findings.len(), headings.count(), "{name}");
        assert_eq!(findings.len(), check(path, "concise").1.lines().count(), "{name}");
        for finding in findings {
            // What is extended or included is blamed where it was written.
            let other = finding["path"].as_str().filter(|other| Some(*other) != path.file_name());
            let text = other.map_or_else(|| text.clone(), |other| fs::read_to_string(other).unwrap());
            let found = one(&text, finding, if other.is_some() { 1 } else { 2 });
            complaints.extend(found.into_iter().map(|complaint| format!("{name}: {complaint}")));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// What is wrong with what is said of a mistake.
fn one(text: &str, finding: &Value, first: u64) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut want = |good: bool, complaint: String| complaints.extend((!good).then_some(complaint));
    let title = finding["title"].as_str().unwrap();
    want(!title.ends_with('.') && !title.contains('\n'), format!("no line of its own: {title}"));
    let Some(line) = finding["line"].as_u64() else { return vec![format!("points nowhere: {title}")] };
    want(finding["column"].as_u64().is_some_and(|column| column > 0), format!("no column: {title}"));
    want((first..=text.lines().count() as u64).contains(&line), format!("points at line {line}: {title}"));
    let empty = |key: &str| finding[key].as_array().is_none_or(Vec::is_empty);
    let advice = !empty("help") || !empty("notes") || !empty("fixes");
    want(advice || SAYS_WHAT_TO_DO.iter().any(|words| title.contains(words)), format!("no advice: {title}"));
    // The way ends at something that is written where the finding points.
    if let Some(trail) = finding["trail"].as_str() {
        let mut sources = Sources::new();
        let file = sources.add("it", text);
        let tree = yaml::read(&sources, file).unwrap();
        let end = steps(trail);
        match tree.at(&end) {
            None => want(false, format!("`{trail}` is not written: {title}")),
            Some(node) => {
                let line_of = |byte: u32| sources.position(file, byte).line as u64;
                let key = line_of(tree.locate(&end, bluegreen::diagnostic::Aim::Key).start);
                let good = line == key || line == line_of(node.span.start);
                want(good, format!("`{trail}` is not in line {line}: {title}"));
            }
        }
    }
    complaints
}

/// `a.b[0].c`
fn steps(trail: &str) -> bluegreen::diagnostic::Trail {
    use bluegreen::diagnostic::Step;
    let mut steps = Vec::new();
    for part in trail.split('.').filter(|part| !part.is_empty()) {
        let (key, indices) = part.split_once('[').map_or((part, ""), |(key, rest)| (key, rest));
        steps.push(Step::Key(key.into()));
        let indices = indices.trim_end_matches(']').split("][").filter(|index| !index.is_empty());
        steps.extend(indices.map(|index| Step::Index(index.parse().unwrap())));
    }
    steps.into_iter().collect()
}

#[test]
fn correct_blueprints_are_silent() {
    let mut files = files("good");
    assert!(files.len() >= 10, "only {} good blueprints", files.len());
    let examples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples");
    for example in fs::read_dir(examples).unwrap() {
        files.push(example.unwrap().path().join("blueprint.yaml"));
    }
    for path in files {
        let path = Utf8Path::from_path(&path).unwrap();
        let (outcome, out, _) = check(path, "text");
        assert_eq!(outcome, Outcome::Clean, "{path}: {out}");
        // Clean means no error; a correct blueprint has nothing against it at all.
        let report: Value = serde_json::from_str(&check(path, "json").1).unwrap();
        assert_eq!(report["findings"].as_array().map(Vec::len), Some(0), "{path}: {out}");
        let mut sources = Sources::new();
        let file = source::load(&mut sources, path).unwrap();
        assert!(Blueprint::read_with(&mut sources, file, &mut source::load).is_ok());
    }
}

#[test]
fn no_snapshot_is_left_over() {
    let snapshots = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("snapshots/broken");
    for entry in fs::read_dir(snapshots).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let stem = name.trim_end_matches(".snap");
        assert!(
            folder("broken").join(format!("{stem}.yaml")).exists(),
            "snapshots/broken/{name} is of no blueprint"
        );
    }
}
