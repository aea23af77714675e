//! `check --fix` and `--diff`: what is certain is mended, and nothing else is touched.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use bluegreen::{
    diagnostic::{Finding, codes, explanations},
    mend::{self, Judged, Mended, Texts},
    policy::Allowances,
    resolve::Blueprint,
    rules,
    source::Sources,
    yaml,
};
use camino::Utf8Path;
use proptest::prelude::*;

const NAME: &str = "blueprint.yaml";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn bluegreen(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bluegreen"));
    command
        .current_dir(folder)
        .args(arguments)
        .env("COLUMNS", "100")
        .env("SOURCE_DATE_EPOCH", "1795219200")
        .stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn pinned(name: &str, command: &str, output: &Output) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/mend");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let shown = format!(
        "$ bluegreen {command}\n--- standard output\n{}--- standard error\n{}--- exit code {}\n",
        text(&output.stdout),
        text(&output.stderr),
        output.status.code().unwrap()
    );
    settings.bind(|| insta::assert_snapshot!(name, shown));
}

/// Everything that is said of a text.
fn judge(blueprint: &str) -> Judged {
    let mut sources = Sources::new();
    let file = sources.add(NAME, blueprint);
    let findings = match Blueprint::read(&mut sources, file) {
        Err(findings) => findings,
        Ok(blueprint) => {
            let mut all: Vec<Finding> = Vec::new();
            let mut allowances = Allowances::new(None);
            for environment in blueprint.environments() {
                let found = match blueprint.resolve(environment) {
                    Ok(resolved) => {
                        let mut found = rules::check(&resolved, blueprint.tree());
                        allowances.apply(&blueprint, &resolved, &mut found);
                        found
                    }
                    Err(found) => found,
                };
                all.extend(found);
            }
            all
        }
    };
    Judged { sources, findings }
}

fn mended(blueprint: &str) -> Mended {
    let judge = |texts: &Texts| -> Result<Judged, ()> {
        Ok(judge(texts.get(Utf8Path::new(NAME)).map_or(blueprint, String::as_str)))
    };
    mend::mend(judge).unwrap()
}

fn result(blueprint: &str) -> String {
    mended(blueprint).texts.remove(Utf8Path::new(NAME)).unwrap_or_else(|| blueprint.to_owned())
}

fn broken() -> Vec<(String, String)> {
    let mut texts: Vec<_> = fs::read_dir(root().join("tests/broken"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .map(|path| {
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap())
        })
        .collect();
    texts.sort();
    texts
}

/// Comments, as far as a line tells: from a `#` that begins it or follows a blank, and is not within quotes.
fn comments(text: &str) -> Vec<String> {
    let comment = |line: &str| {
        let mut quote = None;
        let mut before = ' ';
        for (at, letter) in line.char_indices() {
            match (quote, letter) {
                (None, '#') if before.is_whitespace() => return Some(line[at..].to_owned()),
                (None, '"' | '\'') if !before.is_alphanumeric() => quote = Some(letter),
                (Some(open), letter) if letter == open => quote = None,
                _ => {}
            }
            before = letter;
        }
        None
    };
    text.lines().filter_map(comment).collect()
}

/// Faults of shape, and all: fewer of the former are better, since rules are silent while there are some.
fn weight(judged: &Judged) -> (usize, usize) {
    let counted = || judged.findings.iter().filter(|finding| finding.counts());
    (counted().filter(|finding| finding.code.id < "BG100").count(), counted().count())
}

/// What must hold of whatever is mended.
fn sound(before: &str) {
    let mended = mended(before);
    let after = mended.texts.get(Utf8Path::new(NAME)).map_or(before, String::as_str);
    assert!(weight(&mended.judged) <= weight(&judge(before)), "worse than before:\n{after}");
    assert_eq!(mended.changes == 0, after == before, "{after}");
    assert_eq!(comments(after), comments(before), "a comment is lost:\n{after}");
    let mut sources = Sources::new();
    let file = sources.add(NAME, after);
    let read = yaml::read(&sources, file).is_ok();
    let mut sources = Sources::new();
    let file = sources.add(NAME, before);
    assert!(read || yaml::read(&sources, file).is_err(), "no longer YAML:\n{after}");
    // Lines in which nothing is mended are the same, blanks and all.
    let changed = similar_lines(before, after);
    assert!(
        changed <= mended.changes * 2 + mended.changes,
        "{changed} lines for {}:\n{after}",
        mended.changes
    );
    // Mending again finds nothing to do.
    assert_eq!(result(after), after, "not mended at once");
}

/// Lines that are in one text only.
fn similar_lines(before: &str, after: &str) -> usize {
    let mut left: Vec<&str> = after.lines().collect();
    let mut gone = 0;
    for line in before.lines() {
        match left.iter().position(|other| *other == line) {
            Some(at) => drop(left.remove(at)),
            None => gone += 1,
        }
    }
    gone + left.len()
}

#[test]
fn every_broken_blueprint_is_mended_as_far_as_is_certain() {
    let folder = tempfile::tempdir().unwrap();
    let mut shown = String::new();
    for (name, before) in broken() {
        sound(&before);
        fs::write(folder.path().join(NAME), &before).unwrap();
        let output = bluegreen(folder.path(), &["check", "--diff"]).output().unwrap();
        let diff = text(&output.stdout);
        assert_eq!(output.status.code(), Some(i32::from(!diff.is_empty())), "{name}");
        assert_eq!(fs::read_to_string(folder.path().join(NAME)).unwrap(), before, "{name}: --diff writes");
        if !diff.is_empty() {
            shown.push_str(&format!("== {name}\n{diff}"));
        }
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/mend");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("broken", shown));
}

/// What `rules` says can be mended is what the broken blueprints, and the examples of pages, show to be.
#[test]
fn what_is_said_to_be_mendable_is() {
    let pages = codes::ALL.iter().filter_map(|(code, _)| explanations::page(*code));
    let examples = pages.flat_map(|page| page.split("```yaml\n").skip(1)).map(|rest| {
        let example = rest.split("```").next().unwrap();
        // A piece is laid into the smallest blueprint where that is one more key.
        if example.contains("schema:") {
            example.to_owned()
        } else {
            format!("schema: 1\napp: shop\n{example}")
        }
    });
    let extra = [
        SLIPS,
        "app: shop\nenvironments: {prod: {region: eu-west-1}}\nservices: {a: {port: 80, http: {}}}\n",
        "schema: 1\napp: shop\nservices: {a: {port: 80, http: {}, deploy: {strategy: {canray: {percent: 10}}}}}\n",
    ];
    let texts = broken().into_iter().map(|(_, text)| text).chain(examples).chain(extra.map(str::to_owned));
    let mut seen = std::collections::BTreeSet::new();
    for text in texts {
        let findings = judge(&text).findings;
        let certain = findings.iter().filter(|finding| finding.fixes.iter().any(|fix| fix.certain));
        seen.extend(certain.map(|finding| finding.code.id));
    }
    let said: std::collections::BTreeSet<_> =
        codes::ALL.iter().filter(|(code, _)| code.is_mendable()).map(|(code, _)| code.id).collect();
    assert_eq!(seen, said);
}

const SLIPS: &str = "\
# yaml-language-server: $schema=./schemas/blueprint.schema.json

app:   shop      # two blanks and more
environment: {prod: {region: eu-west-1, account: 111122223333}}   # a key with a slip, and a bare account

services:
  checkout:
    prot: \"8080\"     # two faults in one line
    healthcheck_grace: 5   # nobody knows what was meant


    http:
      certificate: {parameter: CertificateArn}
      healthCheck: {path: health, interval: 10}  # other words, no slash, no unit
    desiredCount: 3 # as CloudFormation calls it
    exec: yes\t# a tab before the comment
    # the end
";

#[test]
fn fixing_touches_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(NAME);
    fs::write(&path, SLIPS).unwrap();
    pinned("diff", "check --diff", &bluegreen(folder.path(), &["check", "--diff"]).output().unwrap());
    pinned("fix", "check --fix", &bluegreen(folder.path(), &["check", "--fix"]).output().unwrap());
    let after = fs::read_to_string(&path).unwrap();
    assert_eq!(comments(&after), comments(SLIPS));
    assert_eq!(after, result(SLIPS));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    pinned("fix-again", "check --fix", &bluegreen(folder.path(), &["check", "--fix"]).output().unwrap());
    assert_eq!(
        fs::metadata(&path).unwrap().modified().unwrap(),
        before,
        "what is mended is not written again"
    );
}

#[test]
fn marks_and_line_ends_stay() {
    let windows = format!("\u{feff}{}", SLIPS.replace('\n', "\r\n"));
    let after = result(&windows);
    assert_eq!(after, format!("\u{feff}{}", result(SLIPS).replace('\n', "\r\n")));
    assert_ne!(after, windows);
}

#[test]
fn standard_input_gives_the_result() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], input: &str| {
        let mut command = bluegreen(folder.path(), arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let output = run(&["check", "-", "--fix"], SLIPS);
    assert_eq!(text(&output.stdout), result(SLIPS));
    assert_eq!(output.status.code(), Some(1), "something is left");
    assert!(text(&output.stderr).contains("healthcheck_grace"));
    let clean = fs::read_to_string(root().join("examples/smallest/blueprint.yaml")).unwrap();
    let output = run(&["check", "-", "--fix"], &clean);
    assert_eq!((text(&output.stdout), output.status.code()), (clean.clone(), Some(0)));
    let output = run(&["check", "-", "--diff"], SLIPS);
    assert!(text(&output.stdout).starts_with("--- a/<stdin>\n+++ b/<stdin>\n"));
    assert_eq!(run(&["check", "-", "--diff"], &clean).status.code(), Some(0));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// `patch`, where there is one, makes of the diff what `--fix` makes.
#[test]
fn the_diff_is_one_that_patch_takes() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(NAME), SLIPS).unwrap();
    let diff = bluegreen(folder.path(), &["check", "--diff"]).output().unwrap().stdout;
    let patch = Command::new("git")
        .current_dir(folder.path())
        .args(["apply", "--unidiff-zero", "-"])
        .stdin(Stdio::piped())
        .spawn();
    let Ok(mut patch) = patch else {
        println!("not tested: there is no git");
        return;
    };
    patch.stdin.take().unwrap().write_all(&diff).unwrap();
    assert!(patch.wait().unwrap().success());
    assert_eq!(fs::read_to_string(folder.path().join(NAME)).unwrap(), result(SLIPS));
}

#[test]
fn a_secret_is_in_no_diff() {
    let folder = tempfile::tempdir().unwrap();
    let leaky = SLIPS.replace("    exec: yes", "    variables: {DB_PASSWORD: hunter2hunter2}\n    exec: yes");
    fs::write(folder.path().join(NAME), &leaky).unwrap();
    let output = bluegreen(folder.path(), &["check", "--diff"]).output().unwrap();
    let all = text(&output.stdout) + &text(&output.stderr);
    assert!(all.contains("DB_PASSWORD: **************") && all.contains("for reading alone"), "{all}");
    assert!(!all.contains("hunter2"), "{all}");
    bluegreen(folder.path(), &["check", "--fix"]).output().unwrap();
    assert!(fs::read_to_string(folder.path().join(NAME)).unwrap().contains("hunter2hunter2"));
}

#[test]
fn guesses_are_left_to_people() {
    for line in
        ["http: {drain: 45}", "http: {healthcheck: /, protocol: http3}", "command: bin/server --port 8080"]
    {
        let text = format!(
            "schema: 1\napp: shop\nenvironments: {{prod: {{region: eu-west-1}}}}\nservices:\n  checkout:\n    port: 80\n    {line}\n"
        );
        assert_eq!(result(&text), text);
    }
}

#[test]
#[cfg(unix)]
fn a_folder_that_may_not_be_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(NAME), SLIPS).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let may = fs::write(folder.path().join("probe"), "").is_ok();
    let output = bluegreen(folder.path(), &["check", "--fix"]).output().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    if may {
        println!("not tested: this user may write everywhere");
        return;
    }
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("cannot write"));
    assert_eq!(fs::read_to_string(folder.path().join(NAME)).unwrap(), SLIPS);
}

/// Another word for a word, a slip, or a comment at the end of a line.
fn spoil(text: &str, kind: u8, at: usize) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at_line = at % lines.len();
    let line = &mut lines[at_line];
    let word = line.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(0);
    match kind {
        0 if !line.contains('#') => line.push_str(" # a comment, \"quoted\""),
        1 if line.len() > word + 2 && line.is_char_boundary(word + 1) && line.is_char_boundary(word + 2) => {
            let letter = line.remove(word);
            line.insert(word + 1, letter);
        }
        2 => *line = line.replace("true", "yes").replace("false", "no"),
        3 => {
            *line = line.replacen(": ", ": '", 1).trim_end().to_owned()
                + if line.contains(": ") { "'" } else { "" }
        }
        4 => *line = line.replace('s', "S"),
        5 => *line = line.replacen('_', "-", 1),
        6 => {
            let unit = line.len() - line.trim_end_matches(|letter: char| "smh}".contains(letter)).len();
            line.truncate(line.len() - unit);
        }
        _ => drop(lines.remove(at_line)),
    }
    lines.join("\n") + "\n"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mending_never_makes_worse(which in any::<usize>(), slips in prop::collection::vec((0..8_u8, any::<usize>()), 0..5)) {
        thread_local! { static BROKEN: Vec<(String, String)> = broken(); }
        let mut text = BROKEN.with(|all| all[which % all.len()].1.clone());
        for (kind, at) in slips {
            if !text.trim().is_empty() {
                text = spoil(&text, kind, at);
            }
        }
        sound(&text);
    }
}
