//! Every rule is registered, told, tried and mended: the registry, the pages, the broken blueprints, the table of
//! deployment-safety rules, and what each finding suggests.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use bluegreen::{
    diagnostic::{Finding, Level, Step, Suggestion, explanations},
    resolve::Blueprint,
    rules,
    source::Sources,
    yaml,
};
use regex::Regex;
use serde_json::{Value, json};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What rules say of a blueprint, or nothing where it cannot be read.
fn judge(text: &str) -> Vec<Finding> {
    let mut sources = Sources::new();
    let file = sources.add("it.yaml", text);
    let Ok(blueprint) = Blueprint::read(&mut sources, file) else { return Vec::new() };
    let mut all = Vec::new();
    for environment in blueprint.environments() {
        if let Ok(resolved) = blueprint.resolve(environment) {
            all.extend(rules::check(&resolved, blueprint.tree()));
        }
    }
    all
}

/// Every broken blueprint: name and text.
fn broken() -> BTreeMap<String, String> {
    let entries = fs::read_dir(root().join("tests/broken")).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(&path).unwrap())
        })
        .collect()
}

#[test]
fn rules_are_sorted_documented_and_tried() {
    let all = rules::all();
    assert!(all.len() >= 60, "{} rules", all.len());
    assert!(all.windows(2).all(|pair| pair[0].code.id < pair[1].code.id), "sorted and unique");
    let mut found: BTreeSet<&str> = BTreeSet::new();
    for (_, text) in broken() {
        let findings = judge(&text);
        // One that is about nothing else shows that it is the rule that finds it.
        let codes: BTreeSet<&str> = findings.iter().map(|finding| finding.code.id).collect();
        if codes.len() == 1 {
            found.extend(codes);
        }
    }
    let mut untried = Vec::new();
    for rule in all {
        assert!(explanations::page(rule.code).is_some(), "{} has no page", rule.code.id);
        assert!(!rule.summary().is_empty(), "{}", rule.code.id);
        // What is found elsewhere, tests/authoring and tests/broken try.
        if !["BG109", "BG124", "BG125", "BG126", "BG127"].contains(&rule.code.id)
            && !found.contains(rule.code.id)
        {
            untried.push(rule.code.id);
        }
    }
    assert!(untried.is_empty(), "no blueprint under tests/broken is about one of these alone: {untried:?}");
}

#[test]
fn findings_weigh_what_their_rule_says() {
    let levels: BTreeMap<&str, Level> = rules::all().iter().map(|rule| (rule.code.id, rule.level)).collect();
    for (name, text) in broken() {
        for finding in judge(&text) {
            if let Some(level) = levels.get(finding.code.id) {
                assert!(finding.level <= *level, "{name}: {}", finding.title);
            }
        }
    }
}

/// What a rule over a rollout tells beside its title.
#[test]
fn findings_about_rollouts_show_both_fields_and_the_numbers() {
    for (name, text) in broken() {
        for finding in judge(&text).iter().filter(|finding| finding.code.id >= "BG130") {
            assert!(finding.primary.is_some(), "{name}");
            let numbers = finding
                .notes
                .iter()
                .chain([&finding.title])
                .any(|it| it.contains(|c: char| c.is_ascii_digit()));
            let told = finding.related.len() + finding.notes.len();
            assert!(told > 0, "{name}: {} says neither what it conflicts with nor why", finding.title);
            let says = numbers || !explanations::page(finding.code).unwrap().contains("\nFormula: ");
            assert!(says, "{name}: {} shows no number", finding.title);
            assert!(
                !finding.help.is_empty() || !finding.fixes.is_empty(),
                "{name}: {} does not say what to do",
                finding.title
            );
        }
    }
}

/// Sets what a suggestion says. Short forms become long ones on the way.
fn apply(document: &mut Value, suggestion: &Suggestion) {
    let value: Value = serde_yaml::from_str(&suggestion.value).unwrap();
    let mut at = document;
    let mut before = String::new();
    for step in suggestion.trail.steps() {
        at = match step {
            Step::Index(index) => &mut at[*index],
            Step::Key(key) => {
                if let Value::String(short) = &*at {
                    *at = match before.as_str() {
                        "healthcheck" => json!({"path": short}),
                        _ => json!({}),
                    };
                }
                if at.is_null() {
                    *at = json!({});
                }
                before.clone_from(key);
                &mut at[key.as_str()]
            }
        };
    }
    *at = value;
}

/// Rules whose mend only people know, and why nothing can be suggested.
const FOR_PEOPLE: [(&str, &str); 2] = [
    ("BG149", "a shorter start is made in the application"),
    ("BG167", "which version is meant is known to people alone"),
];

#[test]
fn what_a_finding_suggests_mends_it() {
    let mut mended: BTreeSet<&str> = BTreeSet::new();
    for (name, text) in broken() {
        let before = judge(&text);
        let count =
            |findings: &[Finding], of: &Finding| findings.iter().filter(|it| it.code == of.code).count();
        for finding in &before {
            for suggestion in &finding.suggestions {
                let mut sources = Sources::new();
                let file = sources.add("it.yaml", text.as_str());
                let mut document = yaml::read(&sources, file).unwrap().to_json();
                apply(&mut document, suggestion);
                let text = document.to_string();
                let mut sources = Sources::new();
                let file = sources.add("it.yaml", text.as_str());
                let read = Blueprint::read(&mut sources, file);
                assert!(read.is_ok(), "{name}: `{}` makes it unreadable: {:?}", suggestion.title, read.err());
                let after = judge(&text);
                assert!(
                    count(&after, finding) < count(&before, finding),
                    "{name}: {}: `{}` does not mend it:\n{text}\n{:?}",
                    finding.code.id,
                    suggestion.title,
                    after.iter().map(|it| &it.title).collect::<Vec<_>>()
                );
                mended.insert(finding.code.id);
            }
        }
    }
    let own = rules::all().iter().map(|rule| rule.code.id).filter(|id| *id >= "BG130");
    for id in own.filter(|id| !FOR_PEOPLE.iter().any(|(known, _)| known == id)) {
        assert!(mended.contains(id), "{id} suggests nothing");
    }
}

#[test]
fn a_fix_is_the_suggestion_as_bytes() {
    let text = "schema: 1\napp: shop\nenvironments: {prod: {region: eu-west-1}}\nservices:\n  checkout:\n    port: 8080\n    \
        http: {certificate: {parameter: CertificateArn}, healthcheck: /health}\n    \
        deploy: {strategy: {canary: {wait: 2m}}}\n";
    let findings = judge(text);
    let [finding] = findings.as_slice() else { panic!("{findings:?}") };
    let [fix] = finding.fixes.as_slice() else { panic!("{finding:?}") };
    assert_eq!(&text[fix.span.start as usize..fix.span.end as usize], "2m");
    assert_eq!(fix.text, "6m");
    assert_eq!(finding.suggestions[0].trail.to_string(), "services.checkout.deploy.strategy.canary.wait");
    // What is not written is told, not fixed.
    let findings = judge(
        &text.replace("{canary: {wait: 2m}}", "canary, keep_old: 0m").replace("keep_old: 0m", "keep_old: 0m"),
    );
    assert!(findings.iter().all(|finding| finding.fixes.len() == 1), "{findings:?}");
    let findings = judge(&text.replace("{canary: {wait: 2m}}", "{linear: {percent: 50}}"));
    let [finding] = findings.as_slice() else { panic!("{findings:?}") };
    assert!(finding.fixes.is_empty() && finding.help[0].contains("`wait: "), "{finding:?}");
}

/// A row of the table in `docs/rules/README.md`: number, what became of it, names.
fn table() -> Vec<(String, String, Vec<String>)> {
    let page = fs::read_to_string(root().join("docs/rules/README.md")).unwrap();
    let names = Regex::new(r"`([^`]+)`").unwrap();
    page.lines()
        .filter(|line| line.starts_with("| S-"))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [number, rule, what, where_] = cells.as_slice() else { panic!("{line}") };
            assert!(!rule.is_empty() && !where_.is_empty(), "{line}");
            let names = names.captures_iter(where_).map(|found| found[1].to_owned()).collect();
            ((*number).to_owned(), (*what).to_owned(), names)
        })
        .collect()
}

/// The numbers of section 11 of the facts: 148 of them, with gaps.
fn numbers() -> BTreeSet<String> {
    let ranges = [1..=27, 30..=57, 60..=78, 80..=93, 100..=120, 130..=150, 160..=177];
    ranges.into_iter().flatten().map(|number| format!("S-{number:02}")).collect()
}

#[test]
fn the_table_has_every_deployment_safety_rule_once() {
    let table = table();
    assert_eq!(numbers().len(), 148);
    let listed: Vec<&str> = table.iter().map(|(number, ..)| number.as_str()).collect();
    assert_eq!(listed.len(), 148);
    assert_eq!(listed.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>(), numbers());

    let mut assertions = BTreeSet::new();
    let name = Regex::new(r#"Assertion \{\s*name: "([^"]+)""#).unwrap();
    for entry in fs::read_dir(root().join("tests/invariants")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        assertions.extend(name.captures_iter(&text).map(|found| found[1].to_owned()));
    }
    assert!(assertions.len() >= 42, "{}", assertions.len());

    let mut sources: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (number, what, names) in table {
        match what.as_str() {
            "rule" => {
                assert!(!names.is_empty(), "{number} names no rule");
                for name in names {
                    let known = rules::all().iter().any(|rule| rule.code.id == name);
                    assert!(known, "{number}: there is no rule {name}");
                    sources.entry(name).or_default().insert(number.clone());
                }
            }
            "templates" => {
                assert!(!names.is_empty(), "{number} names no assertion");
                for name in names {
                    assert!(assertions.contains(&name), "{number}: there is no assertion `{name}`");
                }
            }
            "shape" | "left out" => {}
            _ => panic!("{number}: what is `{what}`?"),
        }
    }
    for rule in rules::all() {
        let said: BTreeSet<String> = rule.sources.iter().map(|it| (*it).to_owned()).collect();
        assert_eq!(said, sources.remove(rule.code.id).unwrap_or_default(), "{}", rule.code.id);
    }
}

/// The worked example of section 11.8, as far as a blueprint can express it.
#[test]
fn the_worked_example_is_violated_where_it_should_be() {
    let text = "schema: 1\napp: shop\nenvironments: {prod: {region: eu-west-1}}\n\
        network: {import: {vpc: vpc-0abc1234, cidr: 10.0.0.0/24, private: [subnet-0abc0001, subnet-0abc0002], free_addresses: 24}}\n\
        services:\n  checkout:\n    port: 8080\n    startup: 90s\n    count: {range: 4-10, cpu_percentage: 60}\n    \
        expected_traffic: {requests_per_minute: 120}\n    \
        http: {scheme: internal, healthcheck: {path: /health, interval: 30s, unhealthy: 2, grace: 0s}}\n    \
        deploy: {strategy: Canary10Percent5Minutes, keep_old: 5m}\n    \
        alarms:\n      errors: {http_5xx: {above: 5, percent_of_requests: true, minimum_requests: 0}, over: 1m, times: 3, of: 3}\n      \
        burst: null\n      latency: null\n      connections: null\n      unhealthy: null\n      fail_open: null\n";
    let findings = judge(text);
    let codes: BTreeSet<&str> = findings.iter().map(|finding| finding.code.id).collect();
    // S-01, S-12, S-60; and S-26, which the example does not ask about. Not S-02, S-80, S-81.
    assert_eq!(codes, BTreeSet::from(["BG108", "BG134", "BG139", "BG147"]));
    let note = |code: &str| {
        let finding = findings.iter().find(|finding| finding.code.id == code).unwrap();
        finding.notes.join(" ")
    };
    assert!(note("BG108").contains("7m24s") && note("BG108").contains("after 5m"), "{}", note("BG108"));
    assert!(
        note("BG134").contains("are 36 in the 3 minutes") && note("BG134").contains("takes 60"),
        "{}",
        note("BG134")
    );
}
