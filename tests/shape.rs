//! The schema's verdict on documents, in our words.

use bluegreen::{
    blueprint::{
        schema,
        shape::Shape,
        units::{self, Format},
    },
    diagnostic::Finding,
    source::Sources,
    yaml::{self, Node},
};
use serde_json::{Value, json};

fn duration(text: &str) -> Result<(), String> {
    match text.strip_suffix(['s', 'm', 'h']) {
        Some(digits) if digits.parse::<u32>().is_ok() => Ok(()),
        _ => Err(format!("`{text}` is not a duration such as 30s, 5m or 1h")),
    }
}

/// A small language with every form that the real one has.
fn small() -> Shape {
    let wait = json!({"type": "string", "format": "Duration", "x-expected": "a duration such as 30s, 5m or 1h", "x-unit": "s"});
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": false,
        "required": ["app", "services"],
        "properties": {
            "app": {"type": "string", "minLength": 2, "maxLength": 8, "examples": ["shop"]},
            "services": {
                "type": "object",
                "propertyNames": {"pattern": "^[a-z]+$", "x-expected": "a word of lower-case letters"},
                "additionalProperties": {"$ref": "#/$defs/Service"},
            },
            "tags": {"type": "object", "additionalProperties": {"type": "string"}},
            "stages": {"type": "array", "items": {"$ref": "#/$defs/Stage"}, "minItems": 1, "maxItems": 2},
        },
        "$defs": {
            "Service": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                    "port": {"type": "integer", "minimum": 1, "maximum": 65535},
                    "ratio": {"type": "number", "exclusiveMinimum": 0},
                    "public": {"type": "boolean"},
                    "account": {"type": "string", "pattern": "^[0-9]{4}$", "x-expected": "an account of 4 digits"},
                    "grace": wait,
                    "arch": {"type": ["string", "null"], "enum": ["x86_64", "arm64", null]},
                    "zones": {"type": "array", "uniqueItems": true, "items": {"type": "string"}},
                    "count": {"oneOf": [{"type": "integer", "minimum": 0}, {"$ref": "#/$defs/Scaling"}]},
                    "deploy": {"anyOf": [{"$ref": "#/$defs/Deploy"}, {"type": "null"}]},
                },
            },
            "Scaling": {
                "type": "object",
                "additionalProperties": false,
                "required": ["range"],
                "properties": {"range": {"type": "string", "examples": ["1-3"]}},
            },
            "Deploy": {
                "type": "object",
                "additionalProperties": false,
                "properties": {"strategy": {"$ref": "#/$defs/Strategy"}},
            },
            "Strategy": {"x-choice": true, "oneOf": [
                {"type": "string", "enum": ["all_at_once", "canary"]},
                {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["canary"],
                    "properties": {"canary": {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["percent"],
                        "properties": {"percent": {"type": "integer", "maximum": 99}, "wait": wait},
                    }},
                },
                {
                    "type": "object",
                    "additionalProperties": false,
                    "required": ["linear"],
                    "properties": {"linear": {"type": "object", "additionalProperties": false, "properties": {"wait": wait}}},
                },
            ]},
            "Stage": {
                "type": "object",
                "additionalProperties": false,
                "required": ["environment"],
                "properties": {"environment": {"type": "string"}},
            },
        },
    });
    Shape::new(schema, &[Format { name: "Duration", check: duration }]).expect("a schema")
}

fn read(text: &str) -> (Sources, Node) {
    let mut sources = Sources::new();
    let file = sources.add("a.yaml", text);
    let root = yaml::read(&sources, file).expect("reads");
    (sources, root)
}

/// Code, title, the text pointed at, and what the fix writes.
fn told(shape: &Shape, text: &str) -> Vec<(String, String, String)> {
    let (sources, root) = read(text);
    let tell = |finding: &Finding| {
        let span = finding.primary.as_ref().and_then(|mark| mark.span).expect("a place");
        let fix = finding.fixes.first().map(|fix| fix.text.clone()).unwrap_or_default();
        (format!("{} {}", finding.code.name, finding.title), sources.slice(span).to_owned(), fix)
    };
    shape.check(&root).iter().map(tell).collect()
}

/// What is told of a service's keys.
fn of_service(text: &str) -> Vec<(String, String, String)> {
    told(&small(), &format!("app: shop\nservices:\n  web:\n    {}\n", text.replace('\n', "\n    ")))
}

#[test]
fn each_fault_is_told_at_its_place() {
    for (text, title, at, fix) in [
        ("prot: 1", "unknown-key unknown key `services.web.prot`", "prot", "port"),
        ("strategy: x", "unknown-key unknown key `services.web.strategy`", "strategy", ""),
        ("port: 0", "out-of-range `services.web.port`: 0 must be at least 1", "0", ""),
        (
            "port: 1.5",
            "wrong-type `services.web.port`: expected a whole number, found the number 1.5",
            "1.5",
            "",
        ),
        (
            "port: '80'",
            "wrong-type `services.web.port`: expected a whole number, found the text `80`",
            "'80'",
            "80",
        ),
        (
            "port: 8_080",
            "wrong-type `services.web.port`: expected a whole number, found the text `8_080`",
            "8_080",
            "8080",
        ),
        ("port:", "wrong-type `services.web.port`: expected a whole number, found nothing", "", ""),
        ("ratio: 0", "out-of-range `services.web.ratio`: 0 must be more than 0", "0", ""),
        (
            "public: yes",
            "wrong-type `services.web.public`: expected true or false, found the text `yes`",
            "yes",
            "true",
        ),
        (
            "account: 1234",
            "wrong-type `services.web.account`: expected an account of 4 digits, found the number 1234",
            "1234",
            "\"1234\"",
        ),
        (
            "account: 0123",
            "wrong-type `services.web.account`: expected an account of 4 digits, found the number 123",
            "0123",
            "\"0123\"",
        ),
        (
            "account: abc",
            "malformed-value `services.web.account`: `abc` is not an account of 4 digits",
            "abc",
            "",
        ),
        (
            "grace: 10",
            "missing-unit `services.web.grace`: `10` is not a duration such as 30s, 5m or 1h",
            "10",
            "10s",
        ),
        (
            "grace: '10'",
            "missing-unit `services.web.grace`: `10` is not a duration such as 30s, 5m or 1h",
            "'10'",
            "10s",
        ),
        (
            "grace: soon",
            "malformed-value `services.web.grace`: `soon` is not a duration such as 30s, 5m or 1h",
            "soon",
            "",
        ),
        (
            "arch: arm",
            "unknown-word `services.web.arch`: `arm` is not one of `x86_64` or `arm64`",
            "arm",
            "arm64",
        ),
        ("zones: a", "wrong-type `services.web.zones`: expected a list, found the text `a`", "a", "[a]"),
        ("zones: [a, b, a]", "repeated-item `services.web.zones[2]`: stands in the list twice", "a", ""),
        ("count: -1", "out-of-range `services.web.count`: -1 must be at least 0", "-1", ""),
        ("count: {}", "missing-key `services.web.count`: `range` is missing", "count", ""),
        (
            "count: []",
            "wrong-type `services.web.count`: expected a whole number, or a map with `range`, found a list",
            "[]",
            "",
        ),
        (
            "deploy: {strategy: cannary}",
            "unknown-word `services.web.deploy.strategy`: `cannary` is not one of `all_at_once` or `canary`",
            "cannary",
            "canary",
        ),
        (
            "deploy: {strategy: {canry: {}}}",
            "unknown-choice `services.web.deploy.strategy`: `canry` is not one of `canary` or `linear`",
            "canry",
            "canary",
        ),
        (
            "deploy: {strategy: {}}",
            "missing-key `services.web.deploy.strategy`: must have one of `canary` or `linear`",
            "{}",
            "",
        ),
        (
            "deploy: {strategy: {canary: {percent: 100}}}",
            "out-of-range `services.web.deploy.strategy.canary.percent`: 100 must be at most 99",
            "100",
            "",
        ),
        (
            "deploy: {strategy: {linear: {wait: 5, x-a: 1}}}",
            "missing-unit `services.web.deploy.strategy.linear.wait`: `5` is not a duration such as 30s, 5m or 1h",
            "5",
            "5s",
        ),
        (
            "deploy: {strategy: {canary: {percent: 1}, linear: {}}}",
            "several-choices `services.web.deploy.strategy`: `canary` and `linear` exclude each other",
            "linear",
            "",
        ),
    ] {
        assert_eq!(of_service(text), [(title.to_owned(), at.to_owned(), fix.to_owned())], "{text}");
    }
}

#[test]
fn all_faults_come_at_once_in_document_order() {
    let told = told(
        &small(),
        "x-note: 1\nservces: {Web: {port: 1}}\nservices: {Web: {port: no}}\ntags: {a: 1, x-b: c}\nstages: [{}, {environment: 1}, {environment: a}]\n",
    );
    let titles: Vec<_> = told.iter().map(|(title, at, _)| format!("{title} @ {at}")).collect();
    assert_eq!(
        titles,
        [
            "missing-key `app` is missing @ x-note",
            "unknown-key unknown key `servces` @ servces",
            "malformed-name `services`: `Web` is not a word of lower-case letters @ Web",
            "wrong-type `services.Web.port`: expected a whole number, found the text `no` @ no",
            "wrong-type `tags.a`: expected text, found the number 1 @ 1",
            "wrong-length `stages`: may have 2 items, has 3 @ [{}, {environment: 1}, {environment: a}]",
            "missing-key `stages[0]`: `environment` is missing @ {}",
            "wrong-type `stages[1].environment`: expected text, found the number 1 @ 1",
        ]
    );
}

#[test]
fn a_key_in_the_wrong_map_is_sent_to_the_right_one() {
    let help = |text: &str| {
        let (_, root) = read(text);
        small().check(&root).into_iter().flat_map(|finding| finding.help).collect::<Vec<_>>()
    };
    assert!(
        help("app: shop\nservices: {web: {percent: 1}}\n")[0].contains("a key of `deploy.strategy.canary`")
    );
    assert!(help("app: shop\nport: 1\nservices: {}\n")[0].contains("a key of `services.<name>`"));
    assert!(
        help("app: shop\nservices: {web: {deploy: {arch: arm64}}}\n")[0].contains("a key of `services.web`")
    );
}

#[test]
fn a_mistyped_key_is_not_missing_as_well() {
    let told = told(&small(), "app: shop\nservises: {}\n");
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn what_is_good_is_silent() {
    assert_eq!(
        of_service("{port: 80, x-any: [1], grace: 5m, arch: null, count: {range: 1-2}, deploy: null}"),
        []
    );
    assert_eq!(of_service("deploy: {strategy: canary}"), []);
    assert_eq!(of_service("deploy: {strategy: {canary: {percent: 5, wait: 1m}}}"), []);
}

#[test]
fn choices_are_known_by_their_keys() {
    let shape = small();
    assert!(shape.is_choice(&["services", "web", "deploy", "strategy"]));
    for keys in
        [&[][..], &["services"], &["services", "web", "count"], &["services", "web", "deploy"], &["nothing"]]
    {
        assert!(!shape.is_choice(keys), "{keys:?}");
    }
}

#[test]
fn json_leaves_out_extensions_but_no_names() {
    let (_, root) = read(
        "app: a\nx-a: 1\ntags: {x-b: c}\nservices: {web: {x-c: 1, deploy: {strategy: {linear: {}, x-d: 1}}}}\n",
    );
    assert_eq!(
        small().to_json(&root),
        json!({"app": "a", "tags": {"x-b": "c"}, "services": {"web": {"deploy": {"strategy": {"linear": {}}}}}})
    );
}

#[test]
fn what_the_walk_cannot_tell_is_still_told() {
    let shape = Shape::new(json!({"not": {"required": ["a"]}}), &[]).expect("a schema");
    let told = told(&shape, "a: 1\n");
    assert_eq!(told.len(), 1);
    assert!(told[0].0.starts_with("wrong-shape the document: "), "{told:?}");
}

#[test]
fn a_schema_that_is_none_is_refused() {
    assert!(Shape::new(json!({"type": "strnig"}), &[]).is_err());
}

#[test]
fn the_language_itself_is_checked() {
    let shape = Shape::new(schema::application(), units::formats()).expect("a schema");
    let (_, root) = read(
        "schema: 1\napp: shop\nenvironments: {prod: {region: eu-west-1}}\nservices: {web: {port: 8080, http: {certificate: {parameter: Cert}}}}\n",
    );
    assert_eq!(shape.check(&root), []);
    let bad = read(
        "schema: 1\napp: shop\nenvironments: {prod: {region: eu-west-1}}\nservices: {web: {prot: 8080, http: {certificate: {parameter: Cert}}}}\n",
    );
    assert_eq!(shape.check(&bad.1).len(), 1);
}

/// Walk and validator agree: whatever one value of a good document is replaced with, there is a finding exactly when the
/// validator refuses, and none of them is in the validator's own words.
#[test]
fn every_refusal_has_an_explanation() {
    let shape = Shape::new(schema::application(), units::formats()).expect("a schema");
    let good = "schema: 1\napp: shop\ntags: {team: payments}\nenvironments: {prod: {region: eu-west-1}}\nnetwork: {cidr: 10.20.0.0/16, zones: 2, nat: one}\nservices:\n  web:\n    port: 8080\n    count: {range: 3-12}\n    secrets: {DB_URL: {secretsmanager: checkout/db, key: url}}\n    http: {certificate: {parameter: Cert}, healthcheck: {path: /health, interval: 10s}}\n    deploy: {strategy: {canary: {percent: 10, wait: 10m}}, keep_old: 1h}\n";
    let (_, root) = read(good);
    assert_eq!(shape.check(&root), []);
    let strangers = [
        "1",
        "-1",
        "1.5",
        "x",
        "yes",
        "~",
        "[]",
        "{}",
        "[1, x]",
        "{x: 1}",
        "{canary: 1, linear: 2}",
        "100000000",
    ];
    let mut places = Vec::new();
    walk(&root, &mut Vec::new(), &mut places);
    for place in places {
        for stranger in strangers {
            let mut changed = root.clone();
            put(&mut changed, &place, read(&format!("v: {stranger}\n")).1.get("v").expect("v").clone());
            for finding in shape.check(&changed) {
                assert_ne!(finding.code.name, "wrong-shape", "{place:?} = {stranger}: {}", finding.title);
                assert!(!finding.title.contains('\n') && !finding.title.ends_with('.'), "{}", finding.title);
            }
        }
    }
}

fn walk(node: &Node, path: &mut Vec<String>, places: &mut Vec<Vec<String>>) {
    for (key, entry) in node.as_map().into_iter().flatten() {
        path.push(key.clone());
        places.push(path.clone());
        walk(&entry.value, path, places);
        path.pop();
    }
}

fn put(node: &mut Node, path: &[String], value: Node) {
    match path {
        [] => *node = value,
        [key, rest @ ..] => {
            let map = node.as_map_mut().expect("a map");
            put(&mut map.get_mut(key).expect("a key").value, rest, value);
        }
    }
}

#[test]
fn untyped_values_are_kept_whole() {
    let shape = Shape::new(json!({"type": "object", "properties": {"any": true}}), &[]).expect("a schema");
    let (_, root) = read("any: {x-a: [1, {x-b: 2}]}\n");
    assert_eq!(shape.to_json(&root), root.to_json());
    assert_ne!(shape.to_json(&root), Value::Null);
}

/// Every blueprint of a folder, and of the folders in it.
fn blueprints(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of blueprints") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            blueprints(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            found.push(path);
        }
    }
}

#[test]
fn the_compiled_verdict_is_that_of_the_schema() {
    let made = Shape::new(schema::application(), units::formats()).expect("a schema");
    let compiled = Shape::application();
    let (mut right, mut wrong) = (0, 0);
    let mut judge = |text: String, name: &str| {
        let mut sources = Sources::new();
        let file = sources.add("blueprint.yaml", text);
        let Ok(root) = yaml::read(&sources, file) else { return };
        let found = made.check(&root);
        assert_eq!(compiled.check(&root), found, "{name}");
        if found.is_empty() { right += 1 } else { wrong += 1 }
    };
    let mut files = Vec::new();
    for folder in ["examples", "tests/good", "tests/broken"] {
        blueprints(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
    }
    for path in files {
        let text = std::fs::read_to_string(&path).expect("a blueprint is text");
        judge(text, &path.display().to_string());
    }
    // What a validator of JSON sees otherwise than the model: numbers, and expressions as names.
    for service in [
        "{a: {port: 8080.0}}",
        "{a: {cpu: 1e3}}",
        "{\"${env.name}\": {}}",
        "{a: {variables: {\"${env.name}\": x}}}",
        "{a: {deploy: {strategy: {canary: {percent: 10.0, wait: 10m}}}}}",
    ] {
        let top = "schema: 1\napp: shop\nenvironments: {prod: {region: eu-west-1}}\nservices: ";
        judge(format!("{top}{service}\n"), service);
    }
    assert!(right > 10 && wrong > 40, "{right} right, {wrong} wrong");
}
