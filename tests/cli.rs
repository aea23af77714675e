//! The command line: what goes where, and with which exit code.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{fs, path::PathBuf, process::Command};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn bluegreen(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bluegreen"));
    command
        .current_dir(root())
        .args(arguments)
        .env("COLUMNS", "100")
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE");
    command
}

/// Pins a command line and what came of it.
fn pinned(name: &str, command: &mut Command) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/cli");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let arguments: Vec<_> = command.get_args().map(|argument| argument.to_str().unwrap()).collect();
    let folder = std::env::temp_dir();
    let (passing, arguments): (Vec<_>, Vec<_>) = arguments
        .into_iter()
        .map(|it| if it.starts_with(folder.to_str().unwrap()) { (Some(it), "…") } else { (None, it) })
        .unzip();
    let mut shown = format!(
        "$ bluegreen {}\n--- standard output\n{}--- standard error\n{}--- exit code {}\n",
        arguments.join(" "),
        text(&output.stdout),
        text(&output.stderr),
        output.status.code().unwrap()
    );
    // Folders that are gone after the test have another name each time, longest first: one may be within another.
    let mut passing: Vec<&str> = passing.into_iter().flatten().collect();
    passing.sort_by_key(|it| std::cmp::Reverse(it.len()));
    for it in passing {
        shown = shown.replace(it, "…");
    }
    settings.bind(|| insta::assert_snapshot!(name, shown));
}

#[test]
fn help() {
    pinned("help", &mut bluegreen(&["--help"]));
    for command in ["check", "render", "inspect", "compare", "migrate", "schema", "rules", "man"] {
        pinned(&format!("help-{command}"), &mut bluegreen(&[command, "--help"]));
    }
    pinned("help-none", &mut bluegreen(&[]));
    pinned("version", &mut bluegreen(&["--version"]));
    pinned("unknown-command", &mut bluegreen(&["rendre"]));
    pinned("unknown-option", &mut bluegreen(&["render", "--environmnet", "prod"]));
    pinned("stack-without-stdout", &mut bluegreen(&["render", "--stack", "checkout"]));
}

#[test]
fn engines() {
    pinned("engines", &mut bluegreen(&["engines"]));
    pinned("engines-json", &mut bluegreen(&["engines", "ecs", "--format", "json"]));
    pinned("engines-unknown", &mut bluegreen(&["engines", "codepipeline"]));
}

#[test]
fn blueprints() {
    pinned("blueprints", &mut bluegreen(&["blueprints"]));
    pinned("blueprints-one", &mut bluegreen(&["blueprints", "worker"]));
    pinned("blueprints-json", &mut bluegreen(&["blueprints", "web", "--format", "json"]));
    pinned("blueprints-unknown", &mut bluegreen(&["blueprints", "wbe"]));
    pinned("check-service-blueprint", &mut bluegreen(&["check", "blueprints/web.yaml"]));
    pinned("render-service-blueprint", &mut bluegreen(&["render", "blueprints/web.yaml"]));
}

#[test]
fn check() {
    pinned("check", &mut bluegreen(&["check", "examples/shop/blueprint.yaml"]));
    pinned("check-one", &mut bluegreen(&["check", "examples/shop/blueprint.yaml", "-e", "prod"]));
    pinned(
        "check-clean-json",
        &mut bluegreen(&["check", "examples/smallest/blueprint.yaml", "--format", "json"]),
    );
    pinned(
        "check-clean-concise",
        &mut bluegreen(&["check", "examples/smallest/blueprint.yaml", "--format", "concise"]),
    );
    let broken = "tests/broken/many-faults.yaml";
    pinned("check-broken", &mut bluegreen(&["check", broken]));
    pinned("check-broken-concise", &mut bluegreen(&["check", broken, "--format", "concise"]));
    pinned(
        "check-broken-json",
        &mut bluegreen(&["check", "tests/broken/fargate-size.yaml", "--format", "json"]),
    );
    pinned(
        "check-unknown-environment",
        &mut bluegreen(&["check", "examples/shop/blueprint.yaml", "-e", "prd"]),
    );
    pinned("check-missing", &mut bluegreen(&["check", "none.yaml"]));
    pinned(
        "check-overlay-elsewhere",
        &mut bluegreen(&["check", "tests/broken/overlay-only.yaml", "-e", "staging"]),
    );
}

#[test]
fn render() {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(root().join("examples/shop/blueprint.yaml"), folder.path().join("blueprint.yaml")).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = bluegreen(&["render"]);
        command.current_dir(folder.path()).args(arguments);
        command
    };
    pinned("render-check-missing", &mut run(&["--check", "-e", "staging"]));
    pinned("render", &mut run(&[]));
    pinned("render-again", &mut run(&["-e", "prod"]));
    pinned("render-check", &mut run(&["--check"]));
    let template = folder.path().join("dist/shop/prod/checkout.yaml");
    fs::write(&template, fs::read_to_string(&template).unwrap() + "# changed\n").unwrap();
    fs::remove_file(folder.path().join("dist/shop/staging/deploy.sh")).unwrap();
    pinned("render-check-stale", &mut run(&["--check"]));
    assert!(fs::read_to_string(&template).unwrap().ends_with("# changed\n"), "`--check` writes nothing");
    pinned("render-mended", &mut run(&[]));
    pinned("render-json", &mut run(&["--format", "json", "--out", "json", "-e", "staging"]));
    pinned("render-unknown-environment", &mut run(&["-e", "production"]));
    pinned("render-stack", &mut run(&["-e", "staging", "--stack", "network.yaml", "--stdout"]));
    pinned(
        "render-stack-json",
        &mut run(&["-e", "staging", "--stack", "shop-staging-network", "--stdout", "--format", "json"]),
    );
    pinned("render-stack-several", &mut run(&["--stack", "network.yaml", "--stdout"]));
    pinned("render-stack-unknown", &mut run(&["-e", "prod", "--stack", "netwrok.yaml", "--stdout"]));
}

#[test]
fn render_of_what_is_broken() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("dist");
    let mut command = bluegreen(&["render", "tests/broken/key-service.yaml", "--out"]);
    pinned("render-broken", command.arg(&out));
    assert!(!out.exists());
    let mut command = bluegreen(&["render", "tests/broken/alarms-late.yaml", "--out"]);
    let output = command.arg(&out).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "a warning does not stop anything");
    assert!(String::from_utf8(output.stderr).unwrap().contains("warning[BG108]"));
    assert!(out.exists());
}

#[test]
fn migrate() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, arguments: &[&str]| {
        let mut command = bluegreen(&["migrate", "--to", "ecs"]);
        pinned(name, command.args(arguments).arg("--out").arg(folder.path()));
    };
    let shop = "examples/shop/blueprint.yaml";
    run("migrate-which-environment", &[shop]);
    run("migrate-which-service", &["examples/two-services/blueprint.yaml"]);
    run("migrate-unknown-service", &["examples/smallest/blueprint.yaml", "-s", "chekout"]);
    let written = |name: &str, more: &str| {
        let smallest = fs::read_to_string(root().join("examples/smallest/blueprint.yaml")).unwrap();
        let path = folder.path().join(name);
        fs::write(&path, smallest + more).unwrap();
        path.to_str().unwrap().to_owned()
    };
    run("migrate-single", &[&written("single.yaml", "layout: single\n")]);
    let plain = "    deploy: {engine: cloudformation, strategy: {canary: {percent: 20}}}\n";
    let held = written("held.yaml", plain);
    run("migrate-needs-second", &[&held]);
    run("migrate-second-no-name", &[&held, "--as", "Check Out"]);
    run("migrate-second-in-place", &["examples/smallest/blueprint.yaml", "--as", "checkout-2"]);
    run("migrate-second-taken", &[&held, "--as", "checkout"]);
    let queue = "    extra: {resources: {Orders: {Type: 'AWS::SQS::Queue', DeletionPolicy: Delete, UpdateReplacePolicy: Delete}}}\n";
    run("migrate-own-resources", &[&written("own.yaml", &(plain.to_owned() + queue)), "--as", "checkout-2"]);
    // Whatever is wrong with the second service is told at the first one's lines.
    let clash = held.replace("held.yaml", "clash.yaml");
    let text = fs::read_to_string(&held).unwrap();
    let other =
        "  checkout-2-edge: {port: 80, http: {certificate: {parameter: Other}}, image: {bootstrap: none}}\n";
    fs::write(&clash, text + other).unwrap();
    let mut command = bluegreen(&["migrate", "--to", "ecs", &clash, "-s", "checkout", "--as", "checkout-2"]);
    let output = command.args(["--out", "/nowhere"]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("would both have the stack `checkout-2-edge`") && told.contains("clash.yaml:"),
        "{told}"
    );
    let mut command = bluegreen(&["migrate", "--to", "ecs", &held, "--as", "checkout-2"]);
    let output = command.arg("--out").arg(folder.path().join("second")).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.ends_with("4. away        shop-prod-checkout  no way back\n"), "{told}");
    run("migrate-nothing", &[&written("ecs.yaml", "    deploy: {engine: ecs}\n")]);
    // What ECS cannot do is told at its line.
    let long = written("long.yaml", "    deploy: {keep_old: 2d}\n");
    let output = bluegreen(&["migrate", "--to", "ecs", &long, "--out", "/nowhere"]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("error[BG183]") && told.contains("long.yaml:8:"), "{told}");
}

#[test]
fn compare() {
    let shop = "examples/shop/blueprint.yaml";
    pinned("compare", &mut bluegreen(&["compare", shop, "--environment", "prod"]));
    pinned("compare-internal", &mut bluegreen(&["compare", "examples/internal-api/blueprint.yaml"]));
    pinned(
        "compare-json",
        &mut bluegreen(&["compare", shop, "-e", "staging", "--engine", "ecs", "--format", "json"]),
    );
    let folder = tempfile::tempdir().unwrap();
    let smallest = fs::read_to_string(root().join("examples/smallest/blueprint.yaml")).unwrap();
    let rolling = folder.path().join("rolling.yaml");
    fs::write(&rolling, smallest + "    deploy: {engine: ecs, strategy: rolling}\n").unwrap();
    pinned("compare-refused", &mut bluegreen(&["compare", rolling.to_str().unwrap()]));
    pinned("compare-broken", &mut bluegreen(&["compare", "tests/broken/fargate-size.yaml"]));
    pinned("compare-malformed", &mut bluegreen(&["compare", "tests/broken/key-service.yaml"]));
    pinned("compare-which-environment", &mut bluegreen(&["compare", shop]));
    pinned("compare-unknown-service", &mut bluegreen(&["compare", shop, "-e", "prod", "-s", "chekout"]));
    pinned(
        "compare-itself",
        &mut bluegreen(&["compare", shop, "-e", "prod", "--engine", "ecs", "--engine", "ecs"]),
    );
    pinned("compare-unknown-engine", &mut bluegreen(&["compare", shop, "-e", "prod", "--engine", "ces"]));
}

#[test]
fn inspect() {
    let shop = "examples/shop/blueprint.yaml";
    pinned("inspect", &mut bluegreen(&["inspect", shop, "-e", "prod"]));
    pinned("inspect-origin", &mut bluegreen(&["inspect", shop, "-e", "staging", "--origin"]));
    // What an environment changes is from there.
    pinned("inspect-origin-prod", &mut bluegreen(&["inspect", shop, "-e", "prod", "--origin"]));
    pinned(
        "inspect-json",
        &mut bluegreen(&["inspect", shop, "-e", "staging", "--format", "json", "-s", "checkout"]),
    );
    pinned(
        "inspect-origin-json",
        &mut bluegreen(&[
            "inspect",
            "examples/smallest/blueprint.yaml",
            "--format",
            "json",
            "--origin",
            "-s",
            "checkout",
        ]),
    );
    pinned("inspect-table", &mut bluegreen(&["inspect", shop]));
    pinned("inspect-differences", &mut bluegreen(&["inspect", shop, "--only-differences"]));
    pinned(
        "inspect-differences-origin",
        &mut bluegreen(&["inspect", shop, "--only-differences", "--origin", "-s", "checkout"]),
    );
    pinned(
        "inspect-differences-json",
        &mut bluegreen(&["inspect", shop, "--only-differences", "--format", "json", "--origin"]),
    );
    pinned(
        "inspect-differences-yaml",
        &mut bluegreen(&["inspect", shop, "--only-differences", "--format", "yaml", "-s", "checkout"]),
    );
    pinned(
        "inspect-table-one",
        &mut bluegreen(&["inspect", "examples/smallest/blueprint.yaml", "--format", "table"]),
    );
    pinned("inspect-table-unknown-service", &mut bluegreen(&["inspect", shop, "-s", "chekout"]));
    pinned("inspect-table-faults", &mut bluegreen(&["inspect", "tests/broken/overlay-only.yaml"]));
    pinned("inspect-unknown-service", &mut bluegreen(&["inspect", shop, "-e", "prod", "-s", "chekout"]));
    pinned("inspect-broken", &mut bluegreen(&["inspect", "tests/broken/key-service.yaml"]));
}

#[test]
fn rules() {
    pinned("rules", &mut bluegreen(&["rules"]));
    let output = bluegreen(&["rules", "--format", "json"]).output().unwrap();
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let rules = list["rules"].as_array().unwrap();
    assert_eq!(rules.len(), bluegreen::diagnostic::codes::ALL.len());
    for rule in rules {
        assert!(["error", "warning", "note"].contains(&rule["level"].as_str().unwrap_or("note")), "{rule}");
        assert!(rule["fixable"].is_boolean() && rule["judgement"].is_boolean(), "{rule}");
        assert!(rule["sources"].is_array() && !rule["summary"].as_str().unwrap().is_empty(), "{rule}");
    }
}

#[test]
fn schema() {
    let output = bluegreen(&["schema"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema, bluegreen::blueprint::schema::published());
}

#[test]
fn colours_only_where_they_are_asked_for() {
    let colours = |arguments: &[&str]| {
        let output = bluegreen(arguments).output().unwrap();
        output.stdout.contains(&0x1b) || output.stderr.contains(&0x1b)
    };
    let broken = "tests/broken/key-service.yaml";
    assert!(!colours(&["check", broken]));
    assert!(!colours(&["render", broken]));
    assert!(!colours(&["--help"]));
    assert!(!colours(&["check", broken, "--color", "never"]));
    assert!(colours(&["check", broken, "--color", "always"]));
    assert!(!colours(&["check", broken, "--color", "always", "--format", "json"]));
}

#[test]
fn no_snapshot_is_left_over() {
    let test = fs::read_to_string(root().join("tests/cli.rs")).unwrap();
    for entry in fs::read_dir(root().join("snapshots/cli")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let stem = name.trim_end_matches(".snap");
        let known = test.contains(&format!("\"{stem}\"")) || stem.starts_with("help-");
        assert!(known, "snapshots/cli/{name} is of no test");
    }
}
