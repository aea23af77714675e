//! `bluegreen test`: what a repository's blueprints render, compared with what was committed.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{fs, path::Path, process::Command};

use serde_json::Value;
use tempfile::TempDir;

const SHOP: &str = "\
schema: 1
app: shop
environments:
  staging: {region: eu-west-1}
  prod: {region: eu-west-1}
services:
  checkout:
    port: 8080
    http: {certificate: {parameter: CertificateArn}, healthcheck: /health}
    variables: {LOG_LEVEL: info}
";

/// A repository with two blueprints, and folders that are not looked into.
fn repository() -> TempDir {
    let folder = TempDir::new().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("shop/blueprint.yaml", SHOP);
    write("orders/orders.blueprint.yaml", &SHOP.replace("app: shop", "app: orders"));
    write("node_modules/other/blueprint.yaml", "not: one\n");
    write("shop/other.yaml", "not: one\n");
    folder
}

/// Exit code, standard output and standard error.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_bluegreen"))
        .current_dir(folder)
        .arg("test")
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn change(folder: &Path, path: &str, from: &str, to: &str) {
    let path = folder.join(path);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replace(from, to)).unwrap();
}

/// Every file below a folder with what it holds.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            found.push((entry.path().display().to_string(), fs::read_to_string(entry.path()).unwrap()));
        }
    }
    found
}

fn pinned(name: &str, result: &(i32, String, String)) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/test");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let (code, out, err) = result;
    let shown = format!("--- exit code {code}\n--- standard output\n{out}--- standard error\n{err}");
    settings.bind(|| insta::assert_snapshot!(name, shown));
}

/// The published schema allows keys of later releases; here there must be none that it does not describe.
fn closed() -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/test-1.schema.json");
    let mut schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    schema["additionalProperties"] = false.into();
    for name in ["environment", "change"] {
        assert!(schema["$defs"][name]["description"].is_string(), "{name}");
        for (key, property) in schema["$defs"][name]["properties"].as_object().unwrap() {
            assert!(property["description"].is_string(), "{name}.{key}");
        }
        schema["$defs"][name]["additionalProperties"] = false.into();
    }
    assert!(jsonschema::draft202012::meta::validate(&schema).is_ok());
    jsonschema::draft202012::new(&schema).unwrap()
}

/// The JSON, held to its published schema.
#[track_caller]
fn fitting(out: &str) -> Value {
    let report: Value = serde_json::from_str(out).unwrap();
    let faults: Vec<String> =
        closed().iter_errors(&report).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
    assert_eq!(faults, Vec::<String>::new());
    report
}

/// Every result there is, each seen in the form that is published.
#[test]
fn json_fits_its_published_schema() {
    let folder = repository();
    let folder = folder.path();
    fs::write(folder.join("team.yaml"), TEAM).unwrap();
    fs::write(folder.join("wrong.blueprint.yaml"), "schema: 1\napp: wrong\n").unwrap();
    let mut seen = std::collections::BTreeSet::new();
    let mut note = |arguments: &[&str]| {
        let (_, out, _) = run(folder, &[arguments, &["--format", "json"]].concat());
        let report = fitting(&out);
        for it in report["environments"].as_array().unwrap() {
            seen.insert((it["result"].as_str().unwrap().to_owned(), it["passed"].as_bool().unwrap()));
            assert_eq!(it["changes"].as_array().unwrap().is_empty(), it["result"] != "differs", "{it}");
        }
        report
    };
    note(&["--ci"]);
    note(&[]);
    note(&["--ci"]);
    change(folder, "shop/blueprint.yaml", "LOG_LEVEL: info", "LOG_LEVEL: debug");
    fs::remove_file(folder.join("orders/orders.blueprint.yaml")).unwrap();
    note(&["--ci"]);
    let sound = note(&["--accept"]);
    let of = |words: &[&str], passed: bool| -> Vec<(String, bool)> {
        words.iter().map(|word| ((*word).to_owned(), passed)).collect()
    };
    for wanted in [
        of(&["checked", "new", "same", "differs", "gone"], true),
        of(&["broken", "new", "differs", "gone"], false),
    ]
    .concat()
    {
        assert!(seen.contains(&wanted), "{wanted:?} of {seen:?}");
    }
    let differs = sound["environments"].as_array().unwrap().iter().position(|it| it["result"] == "differs");
    for (pointer, value) in [
        ("/version", Value::from(2)),
        ("/environments/0/result", "lost".into()),
        ("/environments/0/passed", "yes".into()),
        ("/environments/0/environment", "".into()),
        ("/environments/0/document", 1.into()),
        (&format!("/environments/{}/changes/0/kind", differs.unwrap()), "moved".into()),
        (&format!("/environments/{}/changes/0/pointer", differs.unwrap()), "Properties".into()),
    ] {
        let mut spoiled = sound.clone();
        *spoiled.pointer_mut(pointer).expect(pointer) = value;
        assert!(!closed().is_valid(&spoiled), "{pointer}");
    }
}

/// A service blueprint under a name of its own.
const TEAM: &str = "\
schema: 1
blueprint: team
params:
  level: {type: string, default: info}
service:
  port: 8080
  http: {certificate: {parameter: CertificateArn}, healthcheck: /health}
  variables: {LOG_LEVEL: \"${params.level}\"}
";

/// What applications extend and include is rendered with them; what no application uses is checked.
#[test]
fn service_blueprints_are_checked_and_rendered_with_those_that_use_them() {
    let folder = repository();
    let folder = folder.path();
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("blueprints/team.yaml", TEAM);
    write("common.yaml", "schema: 1  # ours\nshared: common\nnetwork: {nat: one}\n");
    write(
        "team/blueprint.yaml",
        "schema: 1\napp: team\ninclude: [../common.yaml]\nenvironments: {prod: {region: eu-west-1}}\nservices: {web: {extends: ../blueprints/team.yaml}}\n",
    );
    // Of others, whatever they call it.
    write("other/automation.yaml", "blueprint:\n  name: Motion light\n");
    write("other/app.yaml", "blueprint: x\nschema: \"1\"\n");
    pinned("parts", &run(folder, &[]));
    assert!(!folder.join("blueprints/snapshots").exists());

    // A change of it shows in the application, and in nobody else's.
    change(folder, "blueprints/team.yaml", "default: info", "default: debug");
    pinned("parts-differ", &run(folder, &["--ci"]));
    assert_eq!(run(folder, &["--accept"]).0, 0);

    // What is wrong with it by itself fails, wherever it is used.
    write("blueprints/lonely.yaml", &TEAM.replace("params.level", "params.levle"));
    let (code, out, err) = run(folder, &["--ci", "--format", "junit"]);
    assert!(code == 1 && out.contains("classname=\"blueprints/lonely.yaml\""), "{out}");
    assert!(err.contains("blueprints/lonely.yaml") && err.contains("params.level"), "{err}");
    let (code, out, _) = run(folder, &["blueprints/team.yaml", "--ci"]);
    assert!(code == 0 && out.contains("1 service blueprint or shared part has no fault"), "{out}");
    write("common.yaml", "schema: 1\nshared: common\nnetwork: {nat: two}\n");
    let (code, _, err) = run(folder, &["common.yaml", "--ci"]);
    assert!(code == 1 && err.contains("network.nat"), "{err}");
}

#[test]
fn the_first_snapshot_is_written_and_then_held() {
    let folder = repository();
    let folder = folder.path();
    pinned("first", &run(folder, &[]));
    assert!(folder.join("shop/snapshots/shop/prod/checkout.json").exists());
    let before = files(folder);
    pinned("same", &run(folder, &["--ci"]));
    assert_eq!(files(folder), before);
}

#[test]
fn nothing_is_written_in_ci() {
    let folder = repository();
    let before = files(folder.path());
    pinned("ci", &run(folder.path(), &["--ci"]));
    assert_eq!(files(folder.path()), before);
    let (code, _, err) = run(folder.path(), &["--ci", "--accept"]);
    assert!(code == 2 && err.contains("cannot be used with"), "{err}");
}

#[test]
fn what_differs_is_told_by_meaning_and_taken_when_asked() {
    let folder = repository();
    let folder = folder.path();
    assert_eq!(run(folder, &[]).0, 0);
    let before = files(&folder.join("shop/snapshots"));
    change(folder, "shop/blueprint.yaml", "LOG_LEVEL: info", "LOG_LEVEL: debug, WORKERS: 4");
    change(
        folder,
        "shop/blueprint.yaml",
        "    variables",
        "    discovery: {namespace: shop.local}\n    environments: {prod: {memory: 1GB, alarms: {burst: null}}}\n    variables",
    );
    pinned("differs", &run(folder, &[]));
    assert_eq!(files(&folder.join("shop/snapshots")), before, "only --accept takes what differs");
    pinned("differs-junit", &run(folder, &["--ci", "--format", "junit"]));

    let (code, out, _) = run(folder, &["--format", "json"]);
    let report = fitting(&out);
    assert_eq!((code, report["version"].as_u64()), (1, Some(1)));
    let of = |blueprint: &str, environment: &str| {
        let all = report["environments"].as_array().unwrap();
        all.iter()
            .find(|it| it["blueprint"] == blueprint && it["environment"] == environment)
            .unwrap()
            .clone()
    };
    assert_eq!(of("orders/orders.blueprint.yaml", "prod")["result"], "same");
    let prod = of("shop/blueprint.yaml", "prod");
    assert_eq!((&prod["result"], &prod["passed"]), (&"differs".into(), &false.into()));
    let changes = prod["changes"].as_array().unwrap();
    let level = changes.iter().find(|it| it["after"] == "debug").unwrap();
    assert_eq!(level["path"], "Properties.ContainerDefinitions[checkout].Environment[LOG_LEVEL].Value");
    assert_eq!(level["pointer"], "/Properties/ContainerDefinitions/0/Environment/0/Value");
    assert_eq!(
        (&level["id"], &level["type"]),
        (&"TaskDefinition".into(), &"AWS::ECS::TaskDefinition".into())
    );
    assert!(changes.iter().any(|it| it["id"] == "BurstAlarm" && it["kind"] == "removed"));

    let (code, out, _) = run(folder, &["--accept"]);
    assert!(code == 0 && out.contains("taken"), "{out}");
    assert_eq!(run(folder, &["--ci"]).0, 0);
}

#[test]
fn order_and_line_ends_of_a_snapshot_mean_nothing() {
    let folder = repository();
    let folder = folder.path();
    assert_eq!(run(folder, &[]).0, 0);
    let path = folder.join("shop/snapshots/shop/prod/checkout.json");
    let value: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let mut pairs: Vec<_> = value.as_object().unwrap().clone().into_iter().collect();
    pairs.reverse();
    let turned: serde_json::Map<String, Value> = pairs.into_iter().collect();
    fs::write(&path, serde_json::to_string_pretty(&turned).unwrap().replace('\n', "\r\n")).unwrap();
    assert_eq!(run(folder, &["--ci"]).0, 0);
    // A merge gone wrong is no snapshot.
    fs::write(&path, "<<<<<<< ours\n{}\n").unwrap();
    let (code, out, _) = run(folder, &["--ci", "shop"]);
    assert!(code == 1 && out.contains("checkout.json: expected value at line 1"), "{out}");
    assert_eq!(run(folder, &["--accept"]).0, 0);
    assert_eq!(run(folder, &["--ci"]).0, 0);
}

#[test]
fn what_is_of_no_blueprint_is_told_and_removed_when_asked() {
    let folder = repository();
    let folder = folder.path();
    assert_eq!(run(folder, &[]).0, 0);
    fs::remove_file(folder.join("orders/orders.blueprint.yaml")).unwrap();
    change(folder, "shop/blueprint.yaml", "  staging: {region: eu-west-1}\n", "");
    fs::write(folder.join("orders/snapshots/orders/prod/mine.txt"), "kept\n").unwrap();
    pinned("gone", &run(folder, &[]));
    assert!(folder.join("orders/snapshots/orders/prod/checkout.json").exists());
    pinned("gone-accept", &run(folder, &["--accept"]));
    let left: Vec<String> = files(&folder.join("orders")).into_iter().map(|(path, _)| path).collect();
    assert!(left.len() == 1 && left[0].ends_with("mine.txt"), "{left:?}");
    assert!(!folder.join("shop/snapshots/shop/staging").exists());
    assert_eq!(run(folder, &["--ci"]).0, 0);
}

#[test]
fn others_files_are_not_overwritten() {
    let folder = repository();
    let folder = folder.path();
    let path = folder.join("shop/snapshots/shop/prod/checkout.json");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "mine\n").unwrap();
    let (code, _, err) = run(folder, &["--accept"]);
    assert!(code == 2 && err.contains("checkout.json"), "{err}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine\n");
}

#[test]
fn a_broken_blueprint_fails_and_keeps_its_snapshots() {
    let folder = repository();
    let folder = folder.path();
    assert_eq!(run(folder, &[]).0, 0);
    change(folder, "shop/blueprint.yaml", "port: 8080", "prot: 8080");
    pinned("broken", &run(folder, &["--accept"]));
    assert!(folder.join("shop/snapshots/shop/prod/checkout.json").exists());
}

#[test]
fn paths_are_files_folders_and_patterns() {
    let folder = repository();
    let folder = folder.path();
    for (paths, environments) in [
        (&["shop/blueprint.yaml"][..], "2 environments"),
        (&["orders"], "2 environments"),
        (&["*/*.blueprint.yaml"], "2 environments"),
        (&["shop", "**/orders.*.yaml"], "4 environments"),
        (&["shop/blueprint.yaml", "--snapshots", "pinned"], "2 environments"),
    ] {
        let (code, out, err) = run(folder, paths);
        assert!(code == 0 && out.contains(environments), "{paths:?}: {out}{err}");
    }
    assert!(folder.join("shop/pinned/shop/prod/stacks.json").exists());
    for nothing in ["none.yaml", "*/none.yaml", "node_modules/other/none"] {
        assert_eq!(run(folder, &[nothing]).0, 2, "{nothing}");
    }
}

#[test]
fn two_blueprints_never_share_snapshots() {
    let folder = repository();
    let folder = folder.path();
    fs::write(folder.join("shop/second.blueprint.yaml"), SHOP).unwrap();
    let (code, _, err) = run(folder, &[]);
    assert!(code == 2 && err.contains("would both have their snapshots in"), "{err}");
}
