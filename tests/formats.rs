//! That what machines get is what they expect: each format is read by something that is not ours.
//!
//! SARIF is held to the official schema, which the crate `serde-sarif` carries; it is fetched, not built. JSON is held to
//! our own published schema, XML to a parser, GitHub's commands to a reader that does what the runner does.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use bluegreen::{
    cli::{self, Cli, Colors, Outcome},
    diagnostic::{Aim, Finding, Fix, Level, Made, Suppression, Trail, codes},
    report,
    source::{FileId, Sources, Span},
};
use clap::Parser;
use serde_json::{Value, json};

/// The crate that carries the official schema, and where in it.
const SARIF_CRATE: (&str, &str, &str) = ("serde-sarif", "0.8.0", "src/schema.json");

type Format = fn(&Sources, &[Finding]) -> String;

fn span(sources: &Sources, file: FileId, text: &str) -> Span {
    let start = sources.text(file).find(text).expect("the text") as u32;
    Span { file, start, end: start + text.len() as u32 }
}

/// Findings with everything a finding can have, in a name and a text that every format must escape.
fn many() -> (Sources, Vec<Finding>) {
    let mut sources = Sources::new();
    let base = sources.add("./base.yaml", "a: 1\nstrategy:\n  canary: {percent: 10}\n");
    let over = sources.add("prod.yaml", "# prod\nstrategy:\n  linear: {}\nlonely: yes\nkeep: 5m\n");
    let odd =
        sources.add("env/../teams & co/été: 1,2 \"100%\".yaml", "é🚀: <b>\n\"a\": ]]>\nblock:\n  x: 1\nend");
    sources.add("silent.yaml", "schema: 1\n");

    let mut full = Finding::warning(codes::SEVERAL_CHOICES, "`canary` and `linear` exclude each other")
        .at_span(span(&sources, over, "linear"), "chosen here")
        .related_span(span(&sources, over, "keep: 5m"), "counts from here")
        .related_span(span(&sources, base, "canary"), "")
        .note("bake is 5m, the alarm needs 7m")
        .help("keep one of the two");
    full.environment = Some("prod".into());
    let made = |resource: &str, property: Option<&str>| Made {
        stack: "checkout-edge".into(),
        resource: resource.into(),
        kind: "AWS::ElasticLoadBalancingV2::TargetGroup".into(),
        property: property.map(str::to_owned),
    };
    full.makes = vec![
        made("BlueTargetGroup", None),
        made("GreenTargetGroup", Some("TargetGroupAttributes[\u{1b}stickiness.enabled].Value")),
    ];
    full.fixes.push(Fix {
        title: "write `true`".into(),
        span: span(&sources, over, "yes"),
        text: "true".into(),
        certain: true,
    });
    full.fixes.push(Fix {
        title: "take it away".into(),
        span: span(&sources, over, "lonely: yes\n"),
        text: String::new(),
        certain: false,
    });

    let title = "`<b>&\"'</b>` ]]> 100%, a:b,c::d\n::error::forged\r\u{1b}[31m\u{202e}\u{9b}\u{ffff} {0} ${env.name} [x](https://example.com)";
    let special = Finding::error(codes::MALFORMED_VALUE, title)
        .at_span(span(&sources, odd, "<b>"), "é & <ü>")
        .related_span(span(&sources, odd, "]]>"), "items[0] \\ [x](2)");
    let block = span(&sources, odd, "block:\n  x: 1\n");
    let mut located = Finding::error(codes::WRONG_TYPE, "`block` is a map, a number is expected").at(
        Trail::of(["block"]),
        Aim::Value,
        "",
    );
    located.locate(|_, _| block);
    let first_line = span(&sources, odd, "\"a\": ]]>\n");
    let whole = Finding::error(codes::WRONG_TYPE, "a line with its end").at_span(first_line, "");
    let end = sources.text(odd).len() as u32;
    let nothing = Finding::error(codes::NOT_YAML, "the text ends too early")
        .at_span(Span { file: odd, start: end, end }, "here");
    let mut note =
        Finding::warning(codes::NAME_TOO_LONG, "worth knowing").at_span(span(&sources, base, "a"), "");
    note.level = Level::Note;
    let nowhere = Finding::error(codes::NOT_YAML, "no place at all");
    (sources, vec![full, special, located, whole, nothing, note, nowhere])
}

/// [`many`], and findings that do not count: allowed for good, allowed until a day, in a baseline.
fn suppressed() -> (Sources, Vec<Finding>) {
    let (sources, mut findings) = many();
    let file = sources.files().next().expect("a file");
    let allowed = |until: Option<&str>| Suppression::Allowed {
        reason: "\u{1b}[31m <b> {0} ]]> 100% \"known\"".into(),
        until: until.map(str::to_owned),
        place: Some(span(&sources, file, "strategy")),
    };
    let finding = |code, title: &str, place: &str, why| {
        let mut finding = Finding::warning(code, title).at_span(span(&sources, file, place), "");
        finding.suppression = Some(why);
        finding
    };
    let all = [
        finding(codes::BLIND_ROLLOUT, "an allowed finding", "a", allowed(None)),
        finding(codes::PLAIN_INTERNET, "one allowed for a while", "canary", allowed(Some("2027-03-01"))),
        finding(
            codes::BLIND_ROLLOUT,
            "one of old",
            "10",
            Suppression::Baseline { file: "known.json".into() },
        ),
    ];
    findings.extend(all);
    (sources, findings)
}

/// What each broken blueprint gives in a format, by the blueprint's path.
fn broken(format: &str) -> BTreeMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut outputs = BTreeMap::new();
    for entry in fs::read_dir(root.join("tests/broken")).expect("tests/broken") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let path = path.strip_prefix(root).expect("below the root").to_owned();
        let arguments = ["bluegreen", "check", "--format", format, path.to_str().expect("UTF-8")];
        let (mut out, mut err) = (Vec::new(), Vec::new());
        match cli::run(&Cli::parse_from(arguments), &mut out, &mut err, Colors { out: false, err: false }) {
            // Whether all of them are found is for another test to say.
            Outcome::Clean | Outcome::Findings => {
                outputs.insert(path, String::from_utf8(out).expect("UTF-8"));
            }
            // What cannot be read at all is a failure, which no format tells.
            Outcome::Failed => assert_eq!(out.len(), 0, "{}", path.display()),
        }
    }
    assert!(outputs.len() > 20, "{} broken blueprints", outputs.len());
    outputs
}

fn pinned(name: &str, format: Format) {
    let (sources, findings) = many();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/report");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(r#""version": "\d+\.\d+\.\d+[^"]*",(\s+"rules")"#, r#""version": "[version]",$1"#);
    settings.bind(|| insta::assert_snapshot!(name, format(&sources, &findings)));
}

fn valid(schema: &jsonschema::Validator, text: &str, of: &str) -> Value {
    let value: Value = serde_json::from_str(text).expect("JSON");
    let faults: Vec<String> =
        schema.iter_errors(&value).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert_eq!(faults, Vec::<String>::new(), "{of}");
    value
}

#[test]
fn sarif_looks_like_this() {
    pinned("sarif", report::sarif);
}

#[test]
fn github_looks_like_this() {
    pinned("github", report::github);
}

#[test]
fn junit_looks_like_this() {
    pinned("junit", report::junit);
}

// JSON

fn findings_schema() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/findings-1.schema.json");
    serde_json::from_str(&fs::read_to_string(path).expect("the schema")).expect("JSON")
}

/// The published schema allows keys of later releases; here there must be none that it does not describe.
fn closed(mut schema: Value) -> jsonschema::Validator {
    schema["unevaluatedProperties"] = json!(false);
    for name in ["related", "made", "fix", "summary", "suppressed", "allowed", "baseline"] {
        assert!(schema["$defs"][name].is_object(), "{name}");
        schema["$defs"][name]["unevaluatedProperties"] = json!(false);
    }
    // Not in its definition, which what is suppressed adds to.
    schema["properties"]["findings"]["items"]["unevaluatedProperties"] = json!(false);
    jsonschema::draft202012::meta::validate(&schema).expect("a schema");
    jsonschema::draft202012::new(&schema).expect("a schema")
}

#[test]
fn json_fits_its_published_schema() {
    let schema = closed(findings_schema());
    let (sources, findings) = many();
    valid(&schema, &report::json(&sources, &findings), "many");
    valid(&schema, &report::json(&Sources::new(), &[]), "none");
    let (sources, findings) = suppressed();
    let told = valid(&schema, &report::json(&sources, &findings), "suppressed");
    let count = |pointer: &str| told.pointer(pointer).and_then(Value::as_array).map(Vec::len);
    assert_eq!((count("/findings"), count("/suppressed")), (Some(7), Some(3)));
    assert_eq!(told["summary"], json!({"errors": 5, "warnings": 1, "notes": 1, "suppressed": 3}));
    assert_eq!(told["suppressed"][1]["suppression"]["until"], "2027-03-01");
    assert_eq!(told["suppressed"][1]["suppression"]["line"], 2);
    assert_eq!(told["suppressed"][2]["suppression"], json!({"kind": "baseline", "file": "known.json"}));
    let mut seen = BTreeMap::new();
    for (path, text) in broken("json") {
        let report = valid(&schema, &text, &path.display().to_string());
        for finding in report["findings"].as_array().expect("a list") {
            *seen.entry(finding["code"].as_str().expect("text").to_owned()).or_insert(0) += 1;
        }
    }
    assert!(seen.len() > 15, "{seen:?}");
}

#[test]
fn the_published_schema_is_strict() {
    let schema = closed(findings_schema());
    let (sources, findings) = suppressed();
    let sound: Value = serde_json::from_str(&report::json(&sources, &findings)).expect("JSON");
    for (pointer, value) in [
        ("/suppressed/0/suppression", json!(null)),
        ("/suppressed/0/suppression/kind", json!("forgiven")),
        ("/suppressed/0/suppression/reason", json!("")),
        ("/suppressed/2/suppression/file", json!(null)),
        ("/findings/0/fixes/0/certain", json!("yes")),
        ("/findings/0/makes", json!(null)),
        ("/findings/0/makes/0/stack", json!("")),
        ("/findings/0/makes/0/resource", json!("a/b")),
        ("/findings/0/makes/1/property", json!("")),
        ("/summary/suppressed", json!(null)),
        ("/version", json!(2)),
        ("/findings", json!({})),
        ("/findings/0/code", json!("BG1")),
        ("/findings/0/level", json!("fatal")),
        ("/findings/0/line", json!(0)),
        ("/findings/0/line", json!(null)),
        ("/findings/0/path", json!(null)),
        ("/findings/0/notes/0", json!(1)),
        ("/findings/0/related/0/label", json!(null)),
        ("/findings/0/fixes/0/path", json!(null)),
        ("/findings/0", json!({})),
        ("/summary/errors", json!(-1)),
    ] {
        let mut spoiled = sound.clone();
        *spoiled.pointer_mut(pointer).expect(pointer) = value;
        assert!(!schema.is_valid(&spoiled), "{pointer}");
    }
    for pointer in [
        "",
        "/findings/0",
        "/findings/0/related/0",
        "/findings/0/makes/0",
        "/findings/0/fixes/0",
        "/summary",
        "/suppressed/0",
        "/suppressed/0/suppression",
        "/suppressed/2/suppression",
    ] {
        let mut spoiled = sound.clone();
        spoiled.pointer_mut(pointer).expect(pointer)["more"] = json!(1);
        assert!(!schema.is_valid(&spoiled), "{pointer}");
    }
}

#[test]
fn the_published_schema_describes_all() {
    fn check(schema: &Value, at: &str, described: bool) {
        let Some(map) = schema.as_object() else { return };
        if let Some(properties) = map.get("properties").and_then(Value::as_object) {
            for (name, property) in properties {
                let at = format!("{at}.{name}");
                // A narrowing of what another part describes.
                let narrows = !described || at == ".fix.path";
                let told = property.get("description").is_some() || property.get("$ref").is_some();
                assert!(narrows || told, "{at}");
                check(property, &at, described);
            }
        }
        for (name, part) in map.get("$defs").and_then(Value::as_object).into_iter().flatten() {
            assert!(part.get("description").is_some(), "{name}");
            check(part, &format!(".{name}"), true);
        }
    }
    check(&findings_schema(), "", true);
}

// SARIF

/// The official schema, out of a crate that cargo fetches and does not build.
fn sarif_schema() -> jsonschema::Validator {
    let (name, version, file) = SARIF_CRATE;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sarif-schema-{}", std::process::id()));
    fs::create_dir_all(folder.join("src")).expect("a folder");
    let manifest = format!(
        "[package]\nname = \"sarif-schema\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n\n[dependencies]\n{name} = \"={version}\"\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).expect("writes");
    fs::write(folder.join("src/lib.rs"), "").expect("writes");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(&folder)
        .args(["metadata", "--quiet", "--format-version", "1"])
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "this test needs the crate {name} {version}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mut packages = metadata["packages"].as_array().expect("packages").iter();
    let package = packages.find(|package| package["name"] == name).expect("the crate");
    let manifest = package["manifest_path"].as_str().expect("a path");
    let path = Path::new(manifest).with_file_name(file);
    let mut schema: Value =
        serde_json::from_str(&fs::read_to_string(path).expect("the schema")).expect("the schema is JSON");
    // The one pattern that is no regular expression of JSON Schema's kind (the errata mend it). We write no `language`.
    for of in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][of]["properties"]["language"];
        assert!(
            language.as_object_mut().is_some_and(|language| language.remove("pattern").is_some()),
            "{of}"
        );
    }
    fs::remove_dir_all(folder).expect("removes");
    assert_eq!(schema["title"], "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema");
    jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema")
}

fn sarif(sources: &Sources, findings: &[Finding]) -> Value {
    serde_json::from_str(&report::sarif(sources, findings)).expect("JSON")
}

#[test]
fn sarif_fits_the_official_schema() {
    let schema = sarif_schema();
    let (sources, findings) = many();
    let sound = valid(&schema, &report::sarif(&sources, &findings), "many");
    valid(&schema, &report::sarif(&Sources::new(), &[]), "none");
    valid(&schema, &report::sarif(&Sources::new(), &findings[6..]), "nowhere");
    let (more_sources, more) = suppressed();
    let told = valid(&schema, &report::sarif(&more_sources, &more), "suppressed");
    coherent(&told, "suppressed");
    let of = |at: usize| told["runs"][0]["results"][at]["suppressions"].clone();
    assert_eq!(of(0), Value::Null);
    let kinds: Vec<_> = (7..10).map(|at| (of(at)[0]["kind"].clone(), of(at)[0]["status"].clone())).collect();
    assert_eq!(
        kinds,
        [("inSource", "accepted"), ("inSource", "accepted"), ("external", "accepted")]
            .map(|(kind, status)| (json!(kind), json!(status)))
    );
    assert!(of(8)[0]["justification"].as_str().expect("text").ends_with("(until 2027-03-01)"));
    assert_eq!(of(7)[0]["location"]["physicalLocation"]["region"]["startLine"], 2);
    let mut spoiled = told.clone();
    *spoiled.pointer_mut("/runs/0/results/7/suppressions/0/kind").expect("a kind") = json!("inComment");
    assert!(!schema.is_valid(&spoiled));
    for (path, text) in broken("sarif") {
        let log = valid(&schema, &text, &path.display().to_string());
        coherent(&log, &path.display().to_string());
    }
    // The schema does catch what is wrong.
    for (pointer, value) in [
        ("/version", json!("2.0.0")),
        ("/runs/0/columnKind", json!("characters")),
        ("/runs/0/results/0/level", json!("notice")),
        ("/runs/0/results/0/message", json!({})),
        ("/runs/0/results/0/locations/0/logicalLocations/0/kind", json!(1)),
        ("/runs/0/results/0/locations/0/logicalLocations/1", json!({"fullName": "a/b"})),
        ("/runs/0/results/0/locations/0/physicalLocation/region/startLine", json!(0)),
        ("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri", json!("a b.yaml")),
        ("/runs/0/results/0/fixes/0/artifactChanges/0/replacements", json!([])),
        ("/runs/0/tool/driver/rules/0", json!({"name": "x"})),
    ] {
        let mut spoiled = sound.clone();
        *spoiled.pointer_mut(pointer).expect(pointer) = value;
        assert!(!schema.is_valid(&spoiled), "{pointer}");
    }
}

/// What the schema does not say: rules are there, once, and found by index; every link leads somewhere.
fn coherent(log: &Value, of: &str) {
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let ids: Vec<&str> = rules.iter().map(|rule| rule["id"].as_str().expect("text")).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{of}: {ids:?}");
    let results = run["results"].as_array().expect("results");
    let mut prints: Vec<&Value> = Vec::new();
    for id in &ids {
        assert!(results.iter().any(|result| result["ruleId"] == *id), "{of}: {id} is not used");
        let (_, meaning) = codes::ALL.iter().find(|(code, _)| code.id == *id).expect("a code");
        assert!(!meaning.is_empty());
    }
    for result in results {
        let rule = &rules[result["ruleIndex"].as_u64().expect("an index") as usize];
        assert_eq!(rule["id"], result["ruleId"], "{of}");
        assert_eq!(result["locations"].as_array().map(Vec::len), Some(1), "{of}");
        let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert!(!uri.as_str().expect("text").starts_with(['/', '.']), "{of}: {uri}");
        let print = &result["partialFingerprints"]["finding/v1"];
        assert!(!prints.contains(&print), "{of}: {print} twice");
        prints.push(print);
        for (at, related) in result["relatedLocations"].as_array().into_iter().flatten().enumerate() {
            assert_eq!(related["id"], at + 1);
            let text = result["message"]["text"].as_str().expect("text");
            assert!(text.contains(&format!("]({})", at + 1)), "{of}: {text}");
        }
    }
}

#[test]
fn sarif_is_coherent() {
    let (sources, findings) = many();
    coherent(&sarif(&sources, &findings), "many");
}

/// What `check` says of a text in a format.
fn check_text(text: &str, format: &str) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shop.yaml");
    fs::write(&path, text).expect("writes");
    let arguments = ["bluegreen", "check", "--format", format, path.to_str().expect("UTF-8")];
    let (mut out, mut err) = (Vec::new(), Vec::new());
    cli::run(&Cli::parse_from(arguments), &mut out, &mut err, Colors { out: false, err: false });
    serde_json::from_slice(&out).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&err)))
}

/// From a line of the blueprint to the templates: of one that is written, one that is not, one that a service blueprint wrote, one
/// that holds in an environment, and beside an error.
#[test]
fn what_a_value_makes_stands_beside_what_is_said_of_it() {
    const SHOP: &str = "schema: 1
app: shop
environments: {staging: {region: eu-west-1}, prod: {region: eu-west-1}}
network: {cidr: 10.0.0.0/16}
services:
  checkout:
    extends: web
    with: {port: 8080, certificate: {parameter: CertificateArn}}
    deploy: {strategy: {canary: {percent: 10, wait: 1m}}}
    environments: {prod: {deploy: {keep_old: 0m}}}
  orders:
    port: 8080
    cpu: 256
    memory: 8GB
    http: {certificate: {parameter: CertificateArn}, healthcheck: /health}
";
    let made = |found: &Value, code: &str| -> Vec<String> {
        let findings = found["findings"].as_array().expect("findings");
        let finding = findings.iter().find(|finding| finding["code"] == code);
        let finding = finding.unwrap_or_else(|| panic!("no {code} in {found:#}"));
        let text = |value: &Value| value.as_str().unwrap_or("*").to_owned();
        let makes = finding["makes"].as_array().expect("a list").iter();
        makes.map(|it| ["stack", "resource", "property"].map(|key| text(&it[key])).join("/")).collect()
    };
    let found = check_text(SHOP, "json");
    let keep = "BlueGreenDeploymentConfiguration.TerminateBlueInstancesOnDeploymentSuccess.TerminationWaitTimeInMinutes";
    // In one environment, beside an error in another service.
    assert_eq!(made(&found, "BG130"), [format!("checkout/DeploymentGroup/{keep}")]);
    assert_eq!(
        made(&found, "BG108"),
        [
            "checkout/DeploymentConfig/DeploymentConfigName",
            "checkout/DeploymentConfig/TrafficRoutingConfig.TimeBasedCanary.CanaryInterval",
            "checkout/DeploymentConfig/TrafficRoutingConfig.TimeBasedCanary.CanaryPercentage",
        ]
    );
    // Nothing is drawn of a service that would not be rendered.
    assert_eq!(made(&found, "BG100"), Vec::<String>::new());

    let log = check_text(SHOP, "sarif");
    coherent_but_for_paths(&log);
    for result in log["runs"][0]["results"].as_array().expect("results") {
        let wanted = made(&found, result["ruleId"].as_str().expect("text"));
        let places = result["locations"][0]["logicalLocations"].as_array().cloned().unwrap_or_default();
        let named: Vec<&str> =
            places.iter().map(|it| it["fullyQualifiedName"].as_str().expect("text")).collect();
        assert_eq!(named, wanted.iter().map(|it| it.trim_end_matches("/*")).collect::<Vec<_>>());
    }
    // What does not count is not asked about.
    let allowed =
        SHOP.replace("app: shop", "app: shop\nallow: {BG108: {reason: seen by everybody who has to see it}}");
    let found = check_text(&allowed, "json");
    let known = found["suppressed"].as_array().expect("a list");
    assert!(
        known.iter().any(|finding| finding["code"] == "BG108" && finding["makes"] == json!([])),
        "{found:#}"
    );
}

/// Every construct that is named once, and by its whole name.
fn coherent_but_for_paths(log: &Value) {
    for result in log["runs"][0]["results"].as_array().expect("results") {
        let places = result["locations"][0]["logicalLocations"].as_array().cloned().unwrap_or_default();
        for (at, place) in places.iter().enumerate() {
            let whole = place["fullyQualifiedName"].as_str().expect("text");
            let name = place["name"].as_str().expect("text");
            assert!(whole.ends_with(name) && !places[..at].contains(place), "{place}");
            assert!(["property", "resource"].contains(&place["kind"].as_str().expect("text")), "{place}");
        }
    }
}

#[test]
fn sarif_regions_cut_out_what_is_meant() {
    let (sources, findings) = many();
    let log = sarif(&sources, &findings);
    for (at, text) in [(0, "linear"), (1, "<b>"), (2, "block:\n  x: 1\n"), (4, ""), (5, "a")] {
        let span = findings[at].primary.as_ref().unwrap().span.unwrap();
        let region = &log["runs"][0]["results"][at]["locations"][0]["physicalLocation"]["region"];
        let number = |name: &str| region[name].as_u64().unwrap() as usize;
        let whole = sources.text(span.file);
        let byte = |line: usize, column: usize| -> usize {
            let before: usize = whole.split_inclusive('\n').take(line - 1).map(str::len).sum();
            before + whole[before..].chars().take(column - 1).map(char::len_utf8).sum::<usize>()
        };
        let cut =
            byte(number("startLine"), number("startColumn"))..byte(number("endLine"), number("endColumn"));
        assert_eq!(&whole[cut], text);
    }
}

#[test]
fn fingerprints_do_not_move_with_lines() {
    let blueprint = "schema: 1\napp: shop\nenvironments: {prod: {region: eu-west-1}}\nservices:\n  web:\n    prot: 1\n    http: {drain: 45}\n  api: {prot: 1}\nbroken: 1\n";
    let prints = |text: &str| -> Vec<Value> {
        let mut sources = Sources::new();
        let file = sources.add("shop.yaml", text);
        let findings = bluegreen::resolve::Blueprint::read(&mut sources, file).expect_err("findings");
        assert!(findings.len() > 3);
        let log = sarif(&sources, &findings);
        let results = log["runs"][0]["results"].as_array().unwrap();
        results.iter().map(|result| result["partialFingerprints"]["finding/v1"].clone()).collect()
    };
    let before = prints(blueprint);
    assert_eq!(before, prints(&format!("# a comment\n\n{}", blueprint.replace("services:", "\nservices:"))));
    assert_ne!(before, prints(&blueprint.replace("web:", "shop:")));
    let syntax = |text: &str| {
        let mut sources = Sources::new();
        let file = sources.add("shop.yaml", text);
        let findings = bluegreen::resolve::Blueprint::read(&mut sources, file).expect_err("findings");
        sarif(&sources, &findings)["runs"][0]["results"][0]["partialFingerprints"].clone()
    };
    assert_eq!(syntax("a:\n\tb: 1\n"), syntax("\n\na:\n\tb: 1\n"));
    assert_ne!(syntax("a:\n\tb: 1\n"), syntax("a:\n\tc: 1\n"));
}

// GitHub

/// A workflow command, read as the runner reads it: <https://github.com/actions/runner>, `ActionCommand.TryParseV2`.
struct Annotation {
    command: String,
    properties: BTreeMap<String, String>,
    message: String,
}

impl Annotation {
    fn read(line: &str) -> Self {
        let (head, data) = line.strip_prefix("::").and_then(|rest| rest.split_once("::")).expect("a command");
        let (command, properties) = head.split_once(' ').unwrap_or((head, ""));
        let data_of = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
        let properties = properties.split(',').filter(|property| !property.is_empty()).map(|property| {
            let (name, value) = property.split_once('=').expect("a property");
            let value = value.replace("%3A", ":").replace("%2C", ",");
            (name.to_owned(), data_of(&value))
        });
        Self { command: command.to_owned(), properties: properties.collect(), message: data_of(data) }
    }

    fn get(&self, name: &str) -> &str {
        self.properties.get(name).map_or("", String::as_str)
    }
}

#[test]
fn github_reads_what_is_meant() {
    let (sources, findings) = many();
    let text = report::github(&sources, &findings);
    assert!(!text.contains(['\r', '\u{1b}', '\u{202e}', '\u{9b}']));
    let read: Vec<Annotation> = text.lines().map(Annotation::read).collect();
    assert_eq!(read.len(), findings.len());
    let commands: Vec<&str> = read.iter().map(|it| it.command.as_str()).collect();
    assert_eq!(commands, ["warning", "error", "error", "error", "error", "notice", "error"]);

    let special = &read[1];
    assert_eq!(special.get("file"), "teams & co/été: 1,2 \"100%\".yaml");
    assert_eq!((special.get("line"), special.get("endLine")), ("1", "1"));
    assert_eq!((special.get("col"), special.get("endColumn")), ("5", "8"));
    assert_eq!(special.get("title"), "BG024 malformed-value");
    assert!(special.message.starts_with("`<b>&\"'</b>` ]]> 100%, a:b,c::d\\n::error::forged\\r\\u{1b}[31m"));

    // Columns only within a line; the end is the last line that holds something of it.
    let block = &read[2];
    assert_eq!((block.get("line"), block.get("endLine"), block.get("col")), ("3", "4", ""));
    let whole = &read[3];
    assert_eq!((whole.get("line"), whole.get("endLine"), whole.get("col")), ("2", "2", "1"));
    assert_eq!(whole.get("endColumn"), "");
    assert_eq!(read[6].properties.keys().collect::<Vec<_>>(), ["title"]);
    assert!(read[0].message.ends_with("help: write `true`\nhelp: take it away"), "{}", read[0].message);
    assert_eq!(report::github(&sources, &[]), "");
    let (sources, findings) = suppressed();
    for format in [report::github as Format, report::concise, |sources, findings| {
        report::text(sources, findings, false)
    }] {
        assert_eq!(
            format(&sources, &findings),
            format(&sources, &findings[..7]),
            "what does not count is not told"
        );
    }
}

#[test]
fn github_takes_all_that_is_broken() {
    for (path, text) in broken("github") {
        for line in text.lines() {
            let annotation = Annotation::read(line);
            assert!(matches!(annotation.command.as_str(), "error" | "warning" | "notice"), "{line}");
            assert!(!annotation.message.is_empty() && !annotation.get("title").is_empty(), "{line}");
            let number = |name: &str| annotation.get(name).parse::<usize>().unwrap_or(0);
            assert!(number("line") > 0 && number("endLine") >= number("line"), "{}: {line}", path.display());
            let columns = annotation.get("endColumn").is_empty() || number("endColumn") >= number("col");
            assert!(columns, "{line}");
        }
    }
}

// JUnit

/// The document, held to the form that its readers agree on.
fn junit(text: &str, of: &str) -> usize {
    let document = roxmltree::Document::parse(text).unwrap_or_else(|fault| panic!("{of}: {fault}"));
    let root = document.root_element();
    let elements = |node: roxmltree::Node<'_, '_>, name: &str| {
        let children: Vec<_> =
            node.children().filter(roxmltree::Node::is_element).map(|it| it.id()).collect();
        for child in &children {
            assert_eq!(document.get_node(*child).unwrap().tag_name().name(), name, "{of}");
        }
        children
    };
    let number = |node: roxmltree::Node<'_, '_>, name: &str| {
        node.attribute(name).and_then(|number| number.parse::<usize>().ok()).expect("a number")
    };
    assert_eq!(root.tag_name().name(), "testsuites", "{of}");
    let (mut tests, mut failed) = (0, 0);
    for suite in elements(root, "testsuite") {
        let suite = document.get_node(suite).unwrap();
        let cases = elements(suite, "testcase");
        let mut names = Vec::new();
        let (mut failures, mut skipped) = (0, 0);
        for case in &cases {
            let case = document.get_node(*case).unwrap();
            assert_eq!(case.attribute("classname"), suite.attribute("name"), "{of}");
            names.push(case.attribute("name").expect("a name"));
            let told: Vec<_> = case.children().filter(roxmltree::Node::is_element).collect();
            assert!(told.len() == usize::from(case.attribute("name") != Some("check")), "{of}");
            for outcome in told {
                let text = outcome.text().unwrap_or_default();
                let message = outcome.attribute("message").unwrap_or_default();
                match outcome.tag_name().name() {
                    "failure" => {
                        assert!(!message.is_empty() && text.contains("error["), "{of}");
                        assert_eq!(outcome.attribute("type"), Some("error"), "{of}");
                        failures += 1;
                    }
                    "system-out" => assert!(text.contains("warning[") || text.contains("note["), "{of}"),
                    "skipped" => {
                        assert!(!message.is_empty() && text.is_empty(), "{of}");
                        skipped += 1;
                    }
                    other => panic!("{of}: {other}"),
                }
            }
        }
        assert!(
            (names == ["check"]) == (cases.len() == 1 && names[0] == "check") && !cases.is_empty(),
            "{of}"
        );
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{of}: {names:?}");
        assert_eq!((number(suite, "tests"), number(suite, "failures")), (cases.len(), failures), "{of}");
        assert_eq!(number(suite, "skipped"), skipped, "{of}");
        tests += cases.len();
        failed += failures;
    }
    assert_eq!((number(root, "tests"), number(root, "failures"), number(root, "errors")), (tests, failed, 0));
    failed
}

#[test]
fn junit_is_sound() {
    let (sources, findings) = many();
    let text = report::junit(&sources, &findings);
    assert_eq!(junit(&text, "many"), 4);
    let (more_sources, more) = suppressed();
    let told = report::junit(&more_sources, &more);
    assert_eq!(junit(&told, "suppressed"), 4);
    let document = roxmltree::Document::parse(&told).expect("XML");
    let skipped: Vec<_> = document
        .descendants()
        .filter(|it| it.has_tag_name("skipped"))
        .filter_map(|it| it.attribute("message"))
        .collect();
    assert_eq!(skipped.len(), 2, "{skipped:?}");
    assert!(
        skipped[0].starts_with("allowed: ") && skipped[0].ends_with("in the baseline known.json"),
        "{skipped:?}"
    );
    assert!(skipped[1].starts_with("allowed until 2027-03-01: "), "{skipped:?}");
    assert!(!text.chars().any(|letter| letter.is_control() && letter != '\n'));
    let document = roxmltree::Document::parse(&text).expect("XML");
    let messages: Vec<&str> = document.descendants().filter_map(|node| node.attribute("message")).collect();
    assert!(
        messages.iter().any(|message| message.starts_with("`<b>&\"'</b>` ]]> 100%, a:b,c::d\\n::error")),
        "{messages:?}"
    );
    assert!(messages.contains(&"`block` is a map, a number is expected (and 1 more)"), "{messages:?}");
    assert_eq!(junit(&report::junit(&sources, &[]), "silent"), 0);
    let mut sources = sources;
    sources.add_built_in("built-in", "a: 1\n");
    assert!(!report::junit(&sources, &[]).contains("built-in"), "nobody has such a file");
    assert_eq!(junit(&report::junit(&Sources::new(), &[]), "none"), 0);
}

#[test]
fn junit_takes_all_that_is_broken() {
    for (path, text) in broken("junit") {
        junit(&text, &path.display().to_string());
    }
}

#[test]
fn clean_blueprints_are_told_too() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (format, holds) in [
        ("sarif", "\"results\": []"),
        ("github", ""),
        ("junit", "<testcase name=\"check\" classname=\"smallest.yaml\""),
        ("json", "\"findings\": []"),
    ] {
        let blueprint = "schema: 1\napp: shop\nenvironments: {prod: {region: eu-west-1}}\nservices:\n  checkout:\n    port: 8080\n    http:\n      certificate: \"arn:aws:acm:eu-west-1:111122223333:certificate/0b1c2d3e-0b1c-4d3e-8b1c-0b1c2d3e4f50\"\n      healthcheck: /health\n";
        let folder = tempfile::tempdir_in(root.join("target")).expect("a folder");
        fs::write(folder.path().join("smallest.yaml"), blueprint).expect("writes");
        let output = Command::new(env!("CARGO_BIN_EXE_bluegreen"))
            .current_dir(folder.path())
            .args(["check", "--format", format, "./smallest.yaml"])
            .output()
            .expect("runs");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(
            output.status.code(),
            Some(0),
            "{format}: {text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(text.contains(holds), "{format}: {text}");
        assert!(!holds.is_empty() || text.is_empty(), "{format}: {text}");
    }
}
