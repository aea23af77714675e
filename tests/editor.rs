//! The published schema in an editor: the language server that VS Code and Neovim run for YAML is asked what it offers, what it shows
//! and what it marks.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "editor/server.rs"]
mod server;

use std::{collections::BTreeSet, fs, path::PathBuf};

use server::{Item, Server};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The beginning of a blueprint; a service's keys may follow.
const SERVICE: &str = "\
schema: 1
app: shop
environments: {prod: {region: eu-west-1}}
services:
  checkout:
    port: 8080
    http: {certificate: {parameter: CertificateArn}, healthcheck: /health}
";

fn labels(items: &[Item]) -> BTreeSet<&str> {
    items.iter().map(|item| item.label.as_str()).collect()
}

/// What is offered at `|` holds these, and none of those.
#[track_caller]
fn offers(server: &mut Server, text: &str, wanted: &[&str], unwanted: &[&str]) -> Vec<Item> {
    let items = server.complete(text);
    let labels = labels(&items);
    for label in wanted {
        assert!(labels.contains(label), "`{label}` is not offered at\n{text}\nonly {labels:?}");
    }
    for label in unwanted {
        assert!(!labels.contains(label), "`{label}` is offered at\n{text}");
    }
    for item in &items {
        // A whole number without an example would be offered as 0.
        assert!(!item.text.contains("${1:0}"), "{item:?} at\n{text}");
        assert!(!item.label.contains("Default value"), "{item:?} at\n{text}");
    }
    items
}

/// What is shown for the key at `|` says all of this.
#[track_caller]
fn shows(server: &mut Server, text: &str, wanted: &[&str]) {
    let shown = server.hover(text);
    for part in wanted {
        assert!(shown.contains(part), "`{part}` is not shown at\n{text}\nbut\n{shown}");
    }
    assert!(!shown.contains(" || "), "two descriptions are shown at\n{text}\n{shown}");
    assert!(!shown.contains("\\`"), "escaped Markdown is shown at\n{text}\n{shown}");
}

#[test]
fn completion_offers_what_may_stand_there() {
    let mut server = Server::start();
    let server = &mut server;
    offers(
        server,
        "schema: 1\n|",
        &[
            "app",
            "environments",
            "services",
            "network",
            "cluster",
            "notify",
            "pipeline",
            "tags",
            "layout",
            "patches",
        ],
        &["schema", "port", "region"],
    );
    offers(
        server,
        "schema: 1\napp: shop\nenvironments:\n  prod:\n    |",
        &["region", "account", "protected", "network", "cluster"],
        &["cidr", "app"],
    );
    offers(server, "schema: 1\nnetwork:\n  |", &["cidr", "zones", "nat", "endpoints", "import"], &["region"]);
    let service = format!("{SERVICE}    |");
    let items = offers(
        server,
        &service,
        &[
            "cpu",
            "memory",
            "count",
            "image",
            "variables",
            "secrets",
            "deploy",
            "alarms",
            "sidecars",
            "extra",
            "environments",
        ],
        &["port", "http", "services", "region"],
    );
    // What is offered can be written as it is: a key, and a place or a value for it.
    for item in items.iter().filter(|item| item.is_property) {
        assert!(item.text.contains(':'), "{item:?}");
        assert!(!item.documentation.is_empty(), "{item:?} is not described");
    }
    offers(
        server,
        &format!("{SERVICE}    deploy:\n      |"),
        &["strategy", "test_traffic", "keep_old", "checks", "rollback"],
        &["cpu"],
    );
    offers(
        server,
        &format!("{SERVICE}    secrets:\n      DB_URL:\n        |"),
        &["secretsmanager", "ssm"],
        &[],
    );
    offers(
        server,
        &format!("{SERVICE}    alarms:\n      slow:\n        |"),
        &["p95", "http_5xx", "over", "times"],
        &[],
    );
    offers(
        server,
        &format!("{SERVICE}    extra:\n      resources:\n        Orders:\n          |"),
        &["Type", "Properties", "DeletionPolicy"],
        &["Ref"],
    );
    offers(
        server,
        &format!("{SERVICE}patches:\n  tls:\n    |"),
        &["where", "set", "remove", "reason", "was"],
        &[],
    );
}

#[test]
fn parts_that_differ_in_an_environment_complete_as_partial_services() {
    let mut server = Server::start();
    let server = &mut server;
    let overlay = format!("{SERVICE}    environments:\n      prod:\n        ");
    offers(
        server,
        &format!("{overlay}|"),
        &["port", "cpu", "memory", "count", "http", "deploy", "variables", "alarms"],
        &["environments", "region"],
    );
    offers(server, &format!("{overlay}deploy:\n          |"), &["strategy", "keep_old"], &["cpu"]);
    offers(server, &format!("{overlay}http:\n          |"), &["healthcheck", "drain", "host"], &[]);
    offers(
        server,
        "schema: 1\napp: shop\nenvironments:\n  prod:\n    region: eu-west-1\n    network:\n      |",
        &["nat", "zones", "endpoints"],
        &["region"],
    );
}

#[test]
fn completion_offers_the_words_of_a_choice() {
    let mut server = Server::start();
    let server = &mut server;
    let items = offers(server, "schema: 1\nnetwork:\n  nat: |", &["none", "one", "per_zone"], &[]);
    for item in &items {
        assert!(!item.documentation.is_empty(), "{item:?} is not described");
    }
    offers(server, &format!("{SERVICE}    architecture: |"), &["x86_64", "arm64"], &[]);
    offers(server, &format!("{SERVICE}    readonly: |"), &["true", "false"], &[]);
    offers(
        server,
        &format!("{SERVICE}    deploy:\n      strategy: |"),
        &["canary", "linear", "all_at_once"],
        &[],
    );
    offers(server, "schema: 1\nlayout: |", &["split", "single"], &[]);
    offers(
        server,
        &format!("{SERVICE}    extra:\n      resources:\n        Orders:\n          DeletionPolicy: |"),
        &["Retain", "Delete", "Snapshot"],
        &[],
    );
}

#[test]
fn hover_shows_meaning_units_bounds_and_default() {
    let mut server = Server::start();
    let server = &mut server;
    let service = |key: &str| format!("{SERVICE}    {key}");
    shows(
        server,
        &service("c|pu: 256"),
        &["#### cpu", "vCPU", "Goes with certain sizes of memory", "Default: `0.25 vCPU`"],
    );
    shows(server, &service("mem|ory: 512"), &["#### memory", "MiB", "1GB", "Default: `512MB`"]);
    shows(server, &service("stop_timeout|: 30s"), &["2s to 2m", "Default: `30s`"]);
    shows(server, &service("stora|ge: 25"), &["GiB", "21 to 200"]);
    shows(server, &service("cou|nt: 2"), &["How many tasks run"]);
    shows(
        server,
        &service("deploy: {keep_ol|d: 1h}"),
        &["0m to 2d", "whole minutes", "Default: `1h`", "```yaml"],
    );
    shows(
        server,
        &service("deploy: {strateg|y: canary}"),
        &["`all_at_once`", "Default: `{canary:", "* `linear`"],
    );
    shows(server, &service("logs: {retentio|n: 30d}"), &["1d to 3653d", "Default: `30d`"]);
    shows(
        server,
        "network:\n  n|at: one",
        &["through one NAT gateway", "* `per_zone`: A NAT gateway in every zone", "Default: `one`"],
    );
    shows(server, "network:\n  zone|s: 2", &["2 to 4"]);
    let overlay = service("environments:\n      prod:\n        ");
    shows(server, &format!("{overlay}memor|y: 1GB"), &["#### memory", "MiB"]);
    shows(server, &format!("{overlay}deploy: {{keep_ol|d: 1h}}"), &["0m to 2d"]);
    shows(server, "patches:\n  tls:\n    reaso|n: because of old devices", &["at least 10 characters"]);
}

#[test]
fn mistakes_are_marked_where_they_are() {
    let mut server = Server::start();
    let wrong = "\
schema: 1
app: Shop_1
environments: {prod: {region: eu-west-1, acount: \"111122223333\"}}
services:
  checkout:
    prot: 8080
    cpu: lots
    http: {certificate: {parameter: CertificateArn}, healthcheck: /health}
    deploy: {strategy: canery}
    environments: {prod: {readonly: maybe}}
network: {nat: two, zones: 7}
";
    let found = server.diagnose(wrong);
    let lines: BTreeSet<u64> = found.iter().map(|(line, _)| *line).collect();
    let said: Vec<&str> = found.iter().map(|(_, message)| message.as_str()).collect();
    for line in [3, 5, 6, 9, 10, 11] {
        assert!(lines.contains(&line), "nothing is marked in line {line}: {found:?}");
    }
    for word in ["acount", "prot", "port", "per_zone", "all_at_once", "true or false", "maximum of 4"] {
        assert!(said.iter().any(|text| text.contains(word)), "nothing is said of `{word}`: {said:?}");
    }
}

#[test]
fn what_is_right_is_not_marked() {
    let mut server = Server::start();
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in ["examples", "tests/good"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let path = if path.is_dir() { path.join("blueprint.yaml") } else { path };
            files.extend(
                (path.extension().is_some_and(|ending| ending == "yaml") && path.exists()).then_some(path),
            );
        }
    }
    assert!(files.len() > 15, "only {} blueprints", files.len());
    let mut complaints = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let found = server.diagnose_file(&path, &text);
        complaints
            .extend(found.into_iter().map(|(line, message)| format!("{}:{line}: {message}", path.display())));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// `init` writes the line by which editors find the schema.
#[test]
fn the_line_at_the_top_of_a_blueprint_is_enough() {
    let mut server = Server::without_schema();
    let schema = root().join("schemas/blueprint.schema.json");
    let text = format!("# yaml-language-server: $schema={}\nschema: 1\nnetwork:\n  nat: |", schema.display());
    offers(&mut server, &text, &["none", "one", "per_zone"], &[]);
}
