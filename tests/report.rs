//! How findings look, in every format, and that no document can harm a terminal or flood it.

use bluegreen::{
    blueprint::{schema, shape::Shape, units},
    diagnostic::{Finding, codes},
    report,
    source::{Sources, Span},
    yaml,
};

/// What reading and the schema find in a text.
fn findings(sources: &mut Sources, path: &str, text: &str) -> Vec<Finding> {
    let file = sources.add(path, text);
    match yaml::read(sources, file) {
        Ok(root) => Shape::new(schema::application(), units::formats()).expect("a schema").check(&root),
        Err(findings) => findings,
    }
}

fn span(sources: &Sources, file: bluegreen::source::FileId, text: &str) -> Span {
    let start = sources.text(file).find(text).expect("the text") as u32;
    Span { file, start, end: start + text.len() as u32 }
}

fn pinned(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/report");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

const SHOP: &str = "\
schema: 1
app: shop
environments: {prod: {region: eu-west-1}}
services:
  checkout:
    prot: 8080
    http:
      certificate: {parameter: Cert}
      drain: 45
    deploy:
      strategy: {canary: {percent: 10}, linear: {}}
";

/// A finding with everything a finding can have, over two files.
fn full(sources: &mut Sources) -> Finding {
    let base = sources.add("base.yaml", "a: 1\nstrategy:\n  canary: {percent: 10}\n");
    let over = sources.add("prod.yaml", "# prod\nstrategy:\n  linear: {}\nlonely: yes\nkeep: 5m\n");
    let mut finding = Finding::warning(codes::SEVERAL_CHOICES, "`canary` and `linear` exclude each other")
        .at_span(span(sources, over, "linear"), "chosen here")
        .related_span(span(sources, over, "keep: 5m"), "counts from here")
        .related_span(span(sources, base, "canary"), "and here")
        .note("bake is 5m, the alarm needs 7m")
        .help("keep one of the two");
    finding.environment = Some("prod".into());
    finding.fixes.push(bluegreen::diagnostic::Fix {
        title: "write `true`".into(),
        span: span(sources, over, "yes"),
        text: "true".into(),
        certain: true,
    });
    finding
}

#[test]
fn people_see_the_lines() {
    let mut sources = Sources::new();
    let found = findings(&mut sources, "shop.yaml", SHOP);
    pinned("text", &report::text(&sources, &found, false));
}

#[test]
fn marks_may_lie_in_several_files() {
    let mut sources = Sources::new();
    let finding = full(&mut sources);
    pinned("text-several-files", &report::text(&sources, &[finding], false));
}

#[test]
fn syntax_faults_have_a_place_too() {
    let mut text = String::new();
    for (path, source) in [
        ("tab.yaml", "a:\n\tb: 1\n"),
        ("empty.yaml", ""),
        ("open.yaml", "a: [1, 2\n"),
        ("under.yaml", "port: 1\n  host: b\n"),
        ("twice.yaml", "a: 1\r\nb: 2\r\na: é\r\n"),
        ("second.yaml", "a: 1\n---\nb: 1\n"),
    ] {
        let mut sources = Sources::new();
        let found = findings(&mut sources, path, source);
        text.push_str(&report::text(&sources, &found, false));
        text.push('\n');
    }
    pinned("text-syntax", &text);
}

#[test]
fn one_line_each() {
    let mut sources = Sources::new();
    let mut found = findings(&mut sources, "shop.yaml", SHOP);
    found.push(full(&mut sources));
    found.push(Finding::error(codes::NOT_YAML, "no place at all"));
    pinned("concise", &report::concise(&sources, &found));
}

#[test]
fn machines_get_json() {
    let mut sources = Sources::new();
    let mut found = findings(&mut sources, "shop.yaml", SHOP);
    found.push(full(&mut sources));
    found.push(Finding::error(codes::NOT_YAML, "no place at all"));
    pinned("json", &report::json(&sources, &found));
}

#[test]
fn the_summary_counts() {
    let mut sources = Sources::new();
    assert_eq!(report::summary(&sources, &[]), None);
    assert_eq!(report::text(&sources, &[], true), "");
    let found = findings(&mut sources, "shop.yaml", "a: 1\n");
    assert_eq!(report::summary(&sources, &found).as_deref(), Some("2 errors in shop.yaml"));
    let mut both = found;
    both.push(full(&mut sources));
    assert_eq!(report::summary(&sources, &both).as_deref(), Some("2 errors, 1 warning in 2 files"));
}

#[test]
fn color_is_the_callers_choice() {
    let mut sources = Sources::new();
    let found = findings(&mut sources, "shop.yaml", SHOP);
    assert!(!report::text(&sources, &found, false).contains('\u{1b}'));
    assert!(report::text(&sources, &found, true).contains('\u{1b}'));
}

#[test]
fn user_text_cannot_reach_the_terminal_raw() {
    let evil = "\"a\\e[31m\\u202e\\u009b\": 1\nb\u{202e}c\u{200b}: \u{9b}\n";
    for text in
        [evil, "\u{1b}[2Jx: 1\n", "x: \"\\e]0;title\\a\"\nschema: \"\\e\"\n", "a: 1\na: 2 # \u{202e}\n"]
    {
        let mut sources = Sources::new();
        let found = findings(&mut sources, "we\u{1b}ird.yaml", text);
        assert!(!found.is_empty());
        let shown = report::text(&sources, &found, false) + &report::concise(&sources, &found);
        let raw = shown.chars().find(|letter| {
            letter.is_control() && *letter != '\n' || matches!(letter, '\u{202e}' | '\u{200b}')
        });
        assert_eq!(raw, None, "{shown:?}");
    }
}

#[test]
fn a_huge_line_is_not_repeated() {
    let text = format!("{{a: 1, a: {}}}", "x".repeat(15 * 1024 * 1024));
    let mut sources = Sources::new();
    let found = findings(&mut sources, "wide.yaml", &text);
    let shown = report::text(&sources, &found, true);
    assert!(shown.len() < 10_000, "{}", shown.len());
    assert!(shown.contains("wide.yaml"));
    let value = format!("schema: 1\napp: {}\n", "y".repeat(1024 * 1024));
    let found = findings(&mut sources, "long.yaml", &value);
    assert!(report::text(&sources, &found, false).len() < 10_000);
    assert!(report::json(&sources, &found).len() < 20_000);
}

#[test]
fn many_findings_are_counted_not_shown() {
    let mut text = String::from("app: shop\n");
    for at in 0..500 {
        text.push_str(&format!("wrong{at}: 1\n"));
    }
    let mut sources = Sources::new();
    let found = findings(&mut sources, "many.yaml", &text);
    assert!(found.len() > 500);
    let shown = report::text(&sources, &found, false);
    assert!(shown.contains("... and 401 more"), "{}", found.len());
    assert_eq!(report::concise(&sources, &found).lines().count(), found.len());
}

#[test]
fn the_same_findings_give_the_same_text() {
    let mut sources = Sources::new();
    let found = findings(&mut sources, "shop.yaml", SHOP);
    assert_eq!(report::json(&sources, &found), report::json(&sources, &found));
    assert_eq!(report::text(&sources, &found, true), report::text(&sources, &found, true));
}
