//! Reading: what stands where, what is refused, and that no text at all makes it panic.

use bluegreen::{
    diagnostic::{Aim, Finding, Trail},
    source::{MAX_BYTES, Sources},
    yaml::{self, Data, Node},
};
use proptest::prelude::*;

fn read(text: &str) -> Result<Node, Vec<Finding>> {
    let mut sources = Sources::new();
    let file = sources.add("a.yaml", text);
    yaml::read(&sources, file)
}

/// The codes of the findings with the text each points at.
fn refused(text: &str) -> Vec<(&'static str, String)> {
    let mut sources = Sources::new();
    let file = sources.add("a.yaml", text);
    let findings = yaml::read(&sources, file).expect_err("is refused");
    findings
        .iter()
        .map(|finding| {
            let span = finding.primary.as_ref().expect("a place").span.expect("bytes");
            (finding.code.name, sources.slice(span).to_owned())
        })
        .collect()
}

fn check_spans(sources: &Sources, node: &Node) {
    let text = sources.text(node.span.file);
    assert!(text.get(node.span.start as usize..node.span.end as usize).is_some(), "{:?}", node.span);
    match &node.data {
        Data::List(items) => items.iter().for_each(|item| check_spans(sources, item)),
        Data::Map(map) => {
            for entry in map.values() {
                assert!(text.get(entry.key.start as usize..entry.key.end as usize).is_some());
                check_spans(sources, &entry.value);
            }
        }
        _ => {}
    }
}

const SAMPLE: &str = "# a shop\nschema: 1\nanchors: &a {x: [1, 2.5, ~], 'y': \"é\\n\"}\nb:\n  - *a\n  - |\n    text\n    more\n\n  - >-\n    folded\nc: plain\n  over lines\nd: !!str 12\ne:\nf: {g: h, i}\n";

#[test]
fn spans_cover_what_is_written() {
    let mut sources = Sources::new();
    let file = sources.add("a.yaml", SAMPLE);
    let root = yaml::read(&sources, file).expect("reads");
    check_spans(&sources, &root);
    let at = |trail: &Trail, aim| sources.slice(root.locate(trail, aim)).to_owned();
    assert_eq!(at(&Trail::of(["schema"]), Aim::Key), "schema");
    assert_eq!(at(&Trail::of(["schema"]), Aim::Value), "1");
    assert_eq!(at(&Trail::of(["anchors", "x"]), Aim::Value), "[1, 2.5, ~]");
    assert_eq!(at(&Trail::of(["anchors", "y"]), Aim::Key), "'y'");
    assert_eq!(at(&Trail::of(["b"]).index(0), Aim::Value), "*a");
    assert_eq!(at(&Trail::of(["b"]).index(1), Aim::Value), "text\n    more");
    assert_eq!(at(&Trail::of(["c"]), Aim::Value), "plain\n  over lines");
    assert_eq!(at(&Trail::of(["d"]), Aim::Value), "12");
    assert_eq!(at(&Trail::of(["f"]), Aim::Value), "{g: h, i}");
    assert!(at(&Trail::of(["b"]), Aim::Value).starts_with("- *a"));
}

#[test]
fn values_are_typed_by_the_core_schema() {
    let root = read(SAMPLE).expect("reads");
    assert_eq!(
        root.to_json(),
        serde_json::json!({
            "schema": 1,
            "anchors": {"x": [1, 2.5, null], "y": "é\n"},
            "b": [{"x": [1, 2.5, null], "y": "é\n"}, "text\nmore\n", "folded"],
            "c": "plain over lines",
            "d": "12",
            "e": null,
            "f": {"g": "h", "i": null},
        })
    );
}

#[test]
fn keys_are_text_whatever_they_look_like() {
    let root = read("8080: a\ntrue: b\non: c\n'<<': d\n").expect("reads");
    assert_eq!(root.to_json(), serde_json::json!({"8080": "a", "true": "b", "on": "c", "<<": "d"}));
}

#[test]
fn several_findings_come_at_once() {
    assert_eq!(
        refused("a: 1\nb: {x: 1, x: 2}\n<<: *base\na: 2\nc: !Sub x\nd: .inf\n? [k]\n: v\n"),
        [
            ("duplicate-key", "x".to_owned()),
            ("merge-key", "<<".to_owned()),
            ("unknown-alias", "*base".to_owned()),
            ("duplicate-key", "a".to_owned()),
            ("unsupported-tag", "!Sub".to_owned()),
            ("unusable-number", ".inf".to_owned()),
            ("key-not-text", "[k]".to_owned()),
        ]
    );
}

#[test]
fn a_duplicate_points_at_both() {
    let findings = read("a: 1\na: 2\n").expect_err("is refused");
    assert_eq!(findings[0].primary.as_ref().and_then(|mark| mark.span).map(|span| span.start), Some(5));
    assert_eq!(findings[0].related[0].span.map(|span| span.start), Some(0));
}

#[test]
fn each_refusal_has_its_place() {
    for (text, code, at) in [
        ("", "empty-document", ""),
        ("# nothing\n", "empty-document", ""),
        ("---\n", "empty-document", ""),
        ("a: 1\n---\nb: 2\n", "second-document", "---"),
        ("a:\n\tb: 2\n", "tab-indentation", "\t"),
        ("a:\n  - b\n\t- c\n", "tab-indentation", "\t"),
        ("a: [1, 2\nb: 3\n", "not-yaml", ":"),
        ("a: 'x\n", "not-yaml", ""),
        ("a: b: c\n", "not-yaml", ":"),
        ("a: 1\n  b: 2\n", "not-yaml", ":"),
        ("a: 1\nb 2\nc: 3\n", "not-yaml", "b"),
        ("a: @x\n", "not-yaml", "@"),
        ("&a [*a]\n", "endless-alias", "*a"),
        ("a: &b 1\nc: *d\n", "unknown-alias", "*d"),
        (": x\n", "key-not-text", ""),
        ("a: &b x\n*b : 1\n", "key-not-text", "*b"),
        ("a: !!set {x}\n", "unsupported-tag", "!!set"),
        ("a: 99999999999999999999\n", "unusable-number", "99999999999999999999"),
    ] {
        assert_eq!(refused(text), [(code, at.to_owned())], "{text:?}");
    }
}

#[test]
fn deep_input_is_refused_and_does_not_overflow() {
    for text in ["[".repeat(10_000), "{a: ".repeat(10_000), "- ".repeat(10_000), "? ".repeat(10_000)] {
        assert_eq!(refused(&text)[0].0, "document-too-deep", "{}", &text[..10]);
    }
    let mut text = String::new();
    for depth in 0..10_000 {
        text.push_str(&format!("{}a:\n", " ".repeat(depth.min(200))));
    }
    assert!(read(&text).is_err());
    assert!(read(&format!("{}{}", "[".repeat(64), "]".repeat(64))).is_ok());
    assert!(read(&format!("{}{}", "[".repeat(65), "]".repeat(65))).is_err());
}

#[test]
fn aliases_may_not_deepen_without_bound() {
    let mut text = format!("a0: &a0 {}{}\n", "[".repeat(40), "]".repeat(40));
    text.push_str(&format!("a1: {}*a0{}\n", "[".repeat(40), "]".repeat(40)));
    assert_eq!(refused(&text)[0].0, "document-too-deep");
}

#[test]
fn aliases_may_not_multiply_without_bound() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for step in 1..12 {
        let list = vec![format!("*a{}", step - 1); 10].join(", ");
        text.push_str(&format!("a{step}: &a{step} [{list}]\n"));
    }
    assert_eq!(refused(&text)[0].0, "too-many-values");
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(1_000_000), vec!["*a"; 1000].join(","));
    assert_eq!(refused(&long)[0].0, "too-many-values");
}

#[test]
fn a_huge_text_is_refused_unread() {
    assert_eq!(refused(&"a".repeat(MAX_BYTES + 1))[0].0, "document-too-large");
}

#[test]
fn findings_are_not_without_end() {
    let text = "a: 1\n".repeat(100_000);
    assert!(read(&text).expect_err("is refused").len() <= 100);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", text);
        match yaml::read(&sources, file) {
            Ok(root) => check_spans(&sources, &root),
            Err(findings) => prop_assert!(!findings.is_empty()),
        }
    }

    #[test]
    fn any_text_of_yaml_signs_is_read_or_refused(text in "[ \\t\\n\\r:,\\-?&*!|>'\"%@#\\[\\]{}a1~<.é\u{feff}]{0,60}") {
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", text);
        match yaml::read(&sources, file) {
            Ok(root) => check_spans(&sources, &root),
            Err(findings) => {
                prop_assert!(!findings.is_empty());
                for finding in &findings {
                    for mark in finding.primary.iter().chain(&finding.related) {
                        let span = mark.span.expect("bytes");
                        let text = sources.text(span.file);
                        prop_assert!(text.get(span.start as usize..span.end as usize).is_some());
                    }
                }
            }
        }
    }

    #[test]
    fn any_change_of_a_sample_is_read_or_refused(at in 0..SAMPLE.len(), cut in 0..20_usize, put in ".{0,6}") {
        let start = SAMPLE.floor_char_boundary(at);
        let end = SAMPLE.floor_char_boundary((at + cut).min(SAMPLE.len())).max(start);
        let text = format!("{}{put}{}", &SAMPLE[..start], &SAMPLE[end..]);
        let mut sources = Sources::new();
        let file = sources.add("a.yaml", text);
        match yaml::read(&sources, file) {
            Ok(root) => check_spans(&sources, &root),
            Err(findings) => prop_assert!(!findings.is_empty()),
        }
    }
}
