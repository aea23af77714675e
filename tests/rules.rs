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
const FOR_PEOPLE: [(&str, &str); 7] = [
    ("BG149", "a shorter start is made in the application"),
    ("BG167", "which version is meant is known to people alone"),
    ("BG206", "which paths one pattern may stand for is known to people alone"),
    ("BG203", "what tells whether a protocol works is known to people alone"),
    ("BG207", "which services go behind another load balancer is known to people alone"),
    ("BG208", "what a service answers below its own paths is known to people alone"),
    ("BG209", "which service is to stand behind it is known to people alone"),
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
    let findings = judge(&text.replace("{canary: {wait: 2m}}", "canary, keep_old: 0m"));
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

/// The smallest service with more said of it, and of the document.
fn with(service: &Value, document: &Value) -> String {
    fn lay(base: &mut Value, over: &Value) {
        match (base, over) {
            (Value::Object(base), Value::Object(over)) => {
                for (key, value) in over {
                    lay(base.entry(key).or_insert(Value::Null), value);
                }
            }
            (base, over) => *base = over.clone(),
        }
    }
    let mut whole = json!({
        "schema": 1, "app": "shop",
        "environments": {"prod": {"region": "eu-west-1"}},
        "services": {"checkout": {
            "port": 8080,
            "http": {"certificate": {"parameter": "CertificateArn"}, "healthcheck": {"path": "/health"}},
        }},
    });
    lay(&mut whole, &json!({"services": {"checkout": service}}));
    lay(&mut whole, document);
    whole.to_string()
}

fn codes_of(text: &str) -> BTreeSet<&'static str> {
    judge(text).iter().map(|finding| finding.code.id).collect()
}

/// A canary of 10 minutes, and the old version kept after it: 60 minutes together fit into ECS' own action of a pipeline.
#[test]
fn a_release_fits_into_its_action_to_the_minute() {
    for (kept, outlived) in [("50m", false), ("51m", true)] {
        let text = json!({
            "schema": 1, "app": "shop", "environments": {"prod": {"region": "eu-west-1"}},
            "services": {"web": {"port": 8080,
                "http": {"certificate": {"parameter": "CertificateArn"}, "healthcheck": "/health"},
                "deploy": {"engine": "ecs", "keep_old": kept}}},
            "pipeline": {
                "source": {"github": {"repository": "acme/shop", "connection": {"parameter": "ConnectionArn"}}},
                "stages": [{"environment": "prod", "release_with": "action"}],
            },
        });
        let found = judge(&text.to_string()).iter().any(|finding| finding.code.id == "BG173");
        assert_eq!(found, outlived, "{kept}");
    }
}

/// Each formula on both sides of its edge: code, what is bad, what is just good.
#[test]
fn rules_know_their_edges() {
    let alone = json!({"alarms": {"latency": null}});
    let cases = [
        // W + R of `burst` is 5m24s.
        (
            "BG108",
            json!({"deploy": {"strategy": {"canary": {"wait": "5m"}}}}),
            json!({"deploy": {"strategy": {"canary": {"wait": "6m"}}}}),
        ),
        // Nine waits of a linear shift by tenths.
        (
            "BG108",
            json!({"deploy": {"strategy": {"linear": {"percent": 34, "wait": "2m"}}}}),
            json!({"deploy": {"strategy": {"linear": {"percent": 33, "wait": "2m"}}}}),
        ),
        (
            "BG108",
            json!({"deploy": {"strategy": "all_at_once", "keep_old": "5m"}}),
            json!({"deploy": {"strategy": "all_at_once", "keep_old": "6m"}}),
        ),
        // M x P + P + 3m24s against 10m + 1h.
        (
            "BG131",
            json!({"alarms": {"latency": {"over": "33m", "times": 2}}}),
            json!({"alarms": {"latency": {"over": "22m", "times": 2}}}),
        ),
        (
            "BG134",
            json!({"expected_traffic": {"requests_per_minute": 299}, "alarms": {"latency": null}}),
            json!({"expected_traffic": {"requests_per_minute": 300}, "alarms": {"latency": null}}),
        ),
        (
            "BG135",
            json!({"expected_traffic": {"requests_per_minute": 9999}, "alarms": {"latency": {"p99": {"above": "3s"}}}}),
            json!({"expected_traffic": {"requests_per_minute": 10000}, "alarms": {"latency": {"p99": {"above": "3s"}}}}),
        ),
        // An alarm that waits for enough answers gets them when all traffic has moved.
        (
            "BG135",
            json!({"expected_traffic": {"requests_per_minute": 99}}),
            json!({"expected_traffic": {"requests_per_minute": 100}}),
        ),
        (
            "BG137",
            json!({"startup": "271s", "http": {"healthcheck": {"grace": "10m"}}}),
            json!({"startup": "270s", "http": {"healthcheck": {"grace": "10m"}}}),
        ),
        ("BG144", json!({"deploy": {"keep_old": "2801m"}}), json!({"deploy": {"keep_old": "2800m"}})),
        ("BG147", json!({"startup": "91s"}), json!({"startup": "90s"})),
        (
            "BG147",
            json!({"startup": "31s", "http": {"healthcheck": {"grace": "0s"}}}),
            json!({"startup": "30s", "http": {"healthcheck": {"grace": "0s"}}}),
        ),
        (
            "BG149",
            json!({"startup": "3591s", "http": {"healthcheck": {"grace": "2h"}}}),
            json!({"startup": "3590s", "http": {"healthcheck": {"grace": "2h"}}}),
        ),
        (
            "BG150",
            json!({"http": {"healthcheck": {"interval": "61s", "unhealthy": 10}}}),
            json!({"http": {"healthcheck": {"interval": "60s", "unhealthy": 10}}}),
        ),
        (
            "BG151",
            json!({"http": {"healthcheck": {"codes": "200,404"}}}),
            json!({"http": {"healthcheck": {"codes": "200-399"}}}),
        ),
        (
            "BG151",
            json!({"http": {"healthcheck": {"path": "/", "codes": "200-302"}}}),
            json!({"http": {"healthcheck": {"path": "/", "codes": "200-299"}}}),
        ),
        (
            "BG153",
            json!({"expected_traffic": {"p99": "2501ms"}}),
            json!({"expected_traffic": {"p99": "2500ms"}}),
        ),
        (
            "BG154",
            json!({"longest_request": "331s", "deploy": {"keep_old": "5m"}}),
            json!({"longest_request": "330s", "deploy": {"keep_old": "5m"}}),
        ),
        ("BG155", json!({"longest_connection": "31s"}), json!({"longest_connection": "30s"})),
        ("BG156", json!({"shutdown": "31s"}), json!({"shutdown": "30s"})),
        (
            "BG158",
            json!({"expected_releases": {"per_day": 19}}),
            json!({"expected_releases": {"per_day": 18}}),
        ),
        (
            "BG159",
            json!({"expected_releases": {"per_day": 7, "back": "7d"}}),
            json!({"expected_releases": {"per_day": 8, "back": "6d"}}),
        ),
        (
            "BG163",
            json!({"downstream": {"db": {"per_task": 10, "most": 133}}}),
            json!({"downstream": {"db": {"per_task": 10, "most": 134}}}),
        ),
        ("BG164", json!({"count": 501}), json!({"count": 500})),
        (
            "BG169",
            json!({"count": {"range": "2-6", "requests": 100}, "expected_traffic": {"peak": 601}}),
            json!({"count": {"range": "2-6", "requests": 100}, "expected_traffic": {"peak": 600}}),
        ),
    ];
    assert!(codes_of(&with(&alone, &json!({}))).is_empty());
    for (code, bad, good) in cases {
        assert!(codes_of(&with(&bad, &json!({}))).contains(code), "{code} is silent about {bad}");
        assert!(!codes_of(&with(&good, &json!({}))).contains(code), "{code} accuses {good}");
    }
}

/// What is suggested mends other shapes of the fault as well.
#[test]
fn suggestions_mend_faults_of_other_shapes() {
    let pipeline = json!({"pipeline": {"source": {"github": {"repository": "acme/shop", "connection": {"parameter": "ConnectionArn"}}},
        "stages": [{"environment": "prod"}]}, "notify": {"releases": {"email": ["r@example.com"]}}});
    let protected = json!({"environments": {"prod": {"protected": true}}});
    let none = json!({});
    let cases = [
        ("BG108", json!({"deploy": {"strategy": {"linear": {"percent": 50, "wait": "2m"}}}}), none.clone()),
        (
            "BG108",
            json!({"deploy": {"strategy": {"linear": {"percent": 50, "wait": "1m"}}, "keep_old": "1m"}}),
            none.clone(),
        ),
        (
            "BG108",
            json!({"deploy": {"strategy": "Linear10PercentEvery1Minute", "rollback": {"alarms": ["unhealthy"]}}}),
            none.clone(),
        ),
        ("BG108", json!({"deploy": {"strategy": "all_at_once", "keep_old": "2m"}}), none.clone()),
        ("BG130", json!({"deploy": {"strategy": "all_at_once", "keep_old": "0m"}}), none.clone()),
        ("BG132", json!({"deploy": {"strategy": "all_at_once", "exposure": {"percent": 20}}}), none.clone()),
        (
            "BG132",
            json!({"deploy": {"strategy": {"canary": {"percent": 30, "wait": "10m"}}, "exposure": {"percent": 20}}}),
            none.clone(),
        ),
        (
            "BG132",
            json!({"deploy": {"strategy": {"linear": {"percent": 5, "wait": "1m"}}, "exposure": {"percent": 10}}}),
            none.clone(),
        ),
        (
            "BG133",
            json!({"deploy": {"strategy": "all_at_once", "exposure": {"requests": 9000}}, "expected_traffic": {"requests_per_minute": 12000}}),
            none.clone(),
        ),
        (
            "BG133",
            json!({"deploy": {"strategy": {"linear": {"percent": 20, "wait": "2m"}}, "exposure": {"requests": 9000}}, "expected_traffic": {"requests_per_minute": 12000}}),
            none.clone(),
        ),
        (
            "BG134",
            json!({"deploy": {"strategy": {"linear": {"percent": 10}}}, "expected_traffic": {"requests_per_minute": 150}}),
            none.clone(),
        ),
        ("BG136", json!({"deploy": {"rollback": {"on": []}}}), none.clone()),
        ("BG138", json!({"deploy": {"rollback": {"alarms": ["latency", "connections"]}}}), none.clone()),
        ("BG139", json!({"deploy": {"rollback": {"alarms": ["errors", "latency"]}}}), none.clone()),
        ("BG140", json!({"deploy": {"test_traffic": {"from": ["10.0.0.0/8", "0.0.0.0/0"]}}}), none.clone()),
        ("BG143", json!({"deploy": {"approve": {"timeout": "4d20h"}, "keep_old": "2d"}}), pipeline.clone()),
        (
            "BG145",
            json!({"deploy": {"checks": {"a": {"get": "/", "expect": {"within": "1m"}}, "b": {"get": "/", "expect": {"within": "1m"}},
            "c": {"get": "/", "expect": {"within": "1m"}}, "d": {"get": "/", "expect": {"within": "1m"}}, "e": {"get": "/", "expect": {"within": "46s"}}}}}),
            none.clone(),
        ),
        (
            "BG157",
            json!({"stop_timeout": "2m", "http": {"drain": "10s"}}),
            json!({"cluster": {"capacity": {"spot": {"weight": 1}}}}),
        ),
        (
            "BG161",
            json!({"count": 150, "http": {"scheme": "internal"}}),
            json!({"network": {"cidr": "10.0.0.0/22"}}),
        ),
        (
            "BG161",
            json!({"count": {"range": "2-20", "cpu_percentage": 60, "schedule": {"day": {"cron": "0 6 * * ? *", "range": "2-90"}}}}),
            json!({"network": {"import": {"vpc": "vpc-0abc1234", "cidr": "10.0.0.0/24", "public": ["subnet-0abc0001", "subnet-0abc0002"],
                "private": ["subnet-0abc0003", "subnet-0abc0004", "subnet-0abc0005"], "free_addresses": 50}}}),
        ),
        ("BG162", json!({"count": 9}), json!({"environments": {"prod": {"quotas": {"fargate_vcpu": 4}}}})),
        ("BG164", json!({"count": 700}), none.clone()),
        (
            "BG165",
            json!({"count": {"range": "2-6", "cpu_percentage": 60, "schedule": {"night": {"cron": "0 22 * * ? *", "range": "0-1"}}}}),
            protected.clone(),
        ),
        (
            "BG166",
            json!({}),
            json!({"cluster": {"capacity": {"fargate": {"base": 0, "weight": 0}, "spot": {"base": 1, "weight": 1}}}}),
        ),
    ];
    for (code, service, document) in cases {
        let text = with(&service, &document);
        let findings = judge(&text);
        let finding = findings.iter().find(|finding| finding.code.id == code);
        let finding = finding.unwrap_or_else(|| panic!("{code} is silent about {service}: {findings:?}"));
        assert!(!finding.suggestions.is_empty(), "{code} suggests nothing for {service}");
        for suggestion in &finding.suggestions {
            let mut document: Value = serde_json::from_str(&text).unwrap();
            apply(&mut document, suggestion);
            let after = codes_of(&document.to_string());
            assert!(
                !after.contains(code),
                "{code}: `{}` does not mend {service}: {document}",
                suggestion.title
            );
            let mut sources = Sources::new();
            let file = sources.add("it.yaml", document.to_string());
            let read = Blueprint::read(&mut sources, file);
            assert!(read.is_ok(), "{code}: `{}` makes it unreadable: {:?}", suggestion.title, read.err());
        }
    }
}
