//! The published schema in an editor: the language server that VS Code and Neovim run for YAML is asked what it offers, what it shows
//! and what it marks.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "editor/server.rs"]
mod server;

use std::{collections::BTreeSet, fs, path::PathBuf};

use bluegreen::blueprint::built_in;
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
            "extra",
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
        &format!("{SERVICE}extra:\n  |"),
        &["resources", "variables", "permissions", "outputs"],
        &["Type"],
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
    marks(
        &server.diagnose(wrong),
        &[
            (2, "lower-case letters"),
            (3, "acount"),
            (6, "prot"),
            (7, "CPU units"),
            (9, "all_at_once"),
            (10, "true or false"),
            (11, "per_zone"),
            (11, "maximum of 4"),
        ],
    );
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

/// The beginning of a service blueprint; keys of its service may follow.
const TEMPLATE: &str = "\
schema: 1
blueprint: team-web
params:
  port: {type: port, description: The port the container listens on.}
  bake: {type: duration, default: 10m, minimum: 5m, description: How long the canary is watched.}
service:
  port: ${params.port}
";

#[test]
fn service_blueprints_complete_as_what_they_are() {
    let mut server = Server::start();
    let server = &mut server;
    // As long as it is not said what the document is, it may become one.
    offers(server, "schema: 1\n|", &["app", "blueprint", "shared"], &[]);
    offers(
        server,
        "schema: 1\nblueprint: team-web\n|",
        &["description", "extends", "with", "params", "service"],
        &["app", "services", "environments", "network", "shared", "blueprint"],
    );
    offers(
        server,
        "schema: 1\nblueprint: team-web\nparams:\n  port:\n    |",
        &["type", "description", "default", "example", "minimum", "maximum", "one_of", "pattern"],
        &["port", "service"],
    );
    let kinds = ["port", "duration", "size", "range", "certificate", "list"];
    let items = offers(server, "schema: 1\nblueprint: a\nparams:\n  port:\n    type: |", &kinds, &["type"]);
    for item in items.iter().filter(|item| kinds.contains(&item.label.as_str())) {
        assert!(!item.documentation.is_empty(), "{item:?} is not described");
    }
    // A partial service, which no environment differs in and which extends by a key of the document.
    offers(
        server,
        &format!("{TEMPLATE}  |"),
        &["cpu", "memory", "http", "deploy", "alarms", "sidecars", "count", "secrets"],
        &["environments", "extends", "with", "vars", "port", "services"],
    );
    offers(
        server,
        &format!("{TEMPLATE}  deploy:\n    |"),
        &["strategy", "keep_old", "checks", "rollback"],
        &["cpu"],
    );
    offers(
        server,
        &format!("{TEMPLATE}  deploy:\n    strategy: |"),
        &["canary", "linear", "all_at_once"],
        &[],
    );
    offers(
        server,
        "schema: 1\nshared: shop\n|",
        &["environments", "network", "cluster", "notify", "vars"],
        &["services", "params", "app"],
    );
    offers(
        server,
        "schema: 1\nshared: shop\nenvironments:\n  prod:\n    |",
        &["region", "account", "network", "cluster"],
        &["cidr"],
    );
}

#[test]
fn hover_in_service_blueprints_shows_units_and_bounds() {
    let mut server = Server::start();
    let server = &mut server;
    let service = |key: &str| format!("{TEMPLATE}  {key}");
    shows(server, &service("c|pu: 256"), &["#### cpu", "vCPU", "Goes with certain sizes of memory"]);
    shows(server, &service("memor|y: 1GB"), &["#### memory", "MiB", "1GB"]);
    shows(server, &service("deploy: {keep_ol|d: 1h}"), &["0m to 2d", "whole minutes"]);
    shows(server, &service("stop_timeou|t: 30s"), &["2s to 2m"]);
    shows(server, "schema: 1\nblueprin|t: team-web\n", &["#### blueprint", "at most 40"]);
    shows(
        server,
        "schema: 1\nblueprint: team-web\nparams: {port: {minimu|m: 1, type: integer}}\n",
        &["#### minimum", "The smallest number, length of time or size"],
    );
}

#[test]
fn mistakes_in_service_blueprints_are_marked_where_they_are() {
    let mut server = Server::start();
    let wrong = "\
schema: 1
blueprint: team-web
parms: {}
params:
  port: {type: prot}
  bake: {type: duration, defualt: 10m}
service:
  cpu: half
  memory: 1TB
  prot: 8080
  http: {drain: 45, healthcheck: health}
  deploy: {keep_old: 10 minutes, strategy: canery}
  environments: {prod: {cpu: 1 vCPU}}
  stop_timeout: ${params.stop}
";
    marks(
        &server.diagnose(wrong),
        &[
            (3, "parms"),
            (5, "duration"),
            (6, "defualt"),
            (8, "CPU units"),
            (9, "a size (512MB, 1GB"),
            (10, "prot"),
            (11, "string"),
            (11, "starts with /"),
            (12, "a length of time in whole minutes from 0m to 2d"),
            (12, "all_at_once"),
            (13, "environments"),
        ],
    );
    let mistaken = server.diagnose("schema: 1\nblueprint: Team_Web\nservice: {port: 70000}\n");
    marks(&mistaken, &[(2, "lower-case letters"), (3, "maximum of 65535")]);
}

/// Just these lines are marked, and said of each is this.
#[track_caller]
fn marks(found: &[(u64, String)], wanted: &[(u64, &str)]) {
    for (line, word) in wanted {
        assert!(
            found.iter().any(|(at, said)| at == line && said.contains(word)),
            "line {line} is not marked with `{word}`: {found:#?}"
        );
    }
    let lines: BTreeSet<u64> = found.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, wanted.iter().map(|(line, _)| *line).collect(), "{found:#?}");
}

/// A service that extends a built-in; what stands under `with` may follow.
fn extending(built_in: &str) -> String {
    format!(
        "schema: 1\napp: shop\nenvironments: {{prod: {{region: eu-west-1}}}}\nservices:\n  checkout:\n    extends: {built_in}\n"
    )
}

#[test]
fn with_completes_by_what_is_extended() {
    let mut server = Server::start();
    let server = &mut server;
    let names: Vec<&str> = built_in::ALL.iter().map(|(name, _)| *name).collect();
    for start in [
        "schema: 1\napp: shop\nservices:\n  checkout:\n    extends: |",
        "schema: 1\nblueprint: team-web\nextends: |",
    ] {
        for item in offers(server, start, &names, &[]).iter().filter(|it| names.contains(&it.label.as_str()))
        {
            assert!(!item.documentation.is_empty(), "{item:?} is not described");
        }
    }
    for (name, text) in built_in::ALL {
        let document: serde_json::Value = serde_yaml::from_str(text).unwrap();
        let params: Vec<&str> = document["params"].as_object().unwrap().keys().map(String::as_str).collect();
        let others: Vec<&str> = ["percent", "sidecar_image", "stop_timeout", "health_codes"]
            .into_iter()
            .filter(|other| !params.contains(other))
            .collect();
        for start in [
            format!("{}    with:\n      |", extending(name)),
            format!("schema: 1\nblueprint: team\nextends: {name}\nwith:\n  |"),
            format!("{}    environments:\n      prod:\n        with:\n          |", extending(name)),
        ] {
            let items = offers(server, &start, &params, &others);
            for item in items.iter().filter(|item| item.is_property) {
                assert!(!item.documentation.is_empty(), "{item:?} is not described");
            }
        }
    }
    let with = |name: &str, key: &str| format!("{}    with: {{{key}}}\n", extending(name));
    shows(server, &with("critical", "bak|e: 1h"), &["#### bake", "From 15m to 2d", "Default: `30m`"]);
    shows(server, &with("web", "por|t: 8080"), &["The port the container listens on", "Required"]);
    shows(server, &with("multi-container", "sidecar_memor|y: 1GB"), &["MiB", "Default: `256MB`"]);
    let own = "schema: 1\nblueprint: team\nextends: worker\nwith: {stop_timeou|t: 1m}\n";
    shows(server, own, &["From 2s to 2m", "Default: `2m`"]);
    // A file's parameters are not known here, and a service keeps its other keys.
    let file = extending("./blueprints/team.yaml");
    offers(server, &format!("{file}    with:\n      |"), &[], &["port", "tasks"]);
    offers(
        server,
        &format!("{file}    |"),
        &["with", "cpu", "deploy", "environments"],
        &["services", "extends"],
    );
    offers(
        server,
        &format!("{}    |", extending("web")),
        &["with", "cpu", "deploy", "environments"],
        &["extends"],
    );
}

#[test]
fn mistakes_in_with_are_marked_where_they_are() {
    let mut server = Server::start();
    let server = &mut server;
    let wrong = format!(
        "{}    with:\n      prot: 8080\n      bake: 30\n      keep_old: 1 hour\n      percent: 70\n      health: ${{vars.health}}\n      x-note: ours\n",
        extending("critical")
    );
    marks(
        &server.diagnose(&wrong),
        &[(7, "port"), (8, "prot"), (9, "string"), (10, "a length of time"), (11, "maximum of 50")],
    );
    let missing = format!("{}    cpu: 1 vCPU\n", extending("web"));
    // What is missing is marked at the service.
    marks(&server.diagnose(&missing), &[(5, "with")]);
    marks(&server.diagnose(&extending("wep")), &[(6, "multi-container")]);
    // What a service needs may be given in each environment.
    let later = format!("{}    environments: {{prod: {{with: {{port: 8080}}}}}}\n", extending("web"));
    marks(&server.diagnose(&later), &[]);
    let own = "schema: 1\nblueprint: team\nextends: grpc\nwith: {port: 8080, internel: true}\n";
    marks(&server.diagnose(own), &[(4, "internel")]);
    let own = "schema: 1\nblueprint: team\nextends: ./other.yaml\nwith: {anything: [1]}\n";
    marks(&server.diagnose(own), &[]);
}

/// Both kinds of application: that says all by itself, and that includes what is shared.
#[test]
fn environments_are_partial_in_every_kind_of_document() {
    let mut server = Server::start();
    let server = &mut server;
    let including = "schema: 1\napp: shop\ninclude: [./common.yaml]\nservices:\n  checkout:\n    port: 8080\n    http: {healthcheck: /health}\n";
    for start in [SERVICE.to_owned(), including.to_owned(), extending("web")] {
        let overlay = format!("{start}    environments:\n      prod:\n        ");
        offers(
            server,
            &format!("{overlay}|"),
            &["port", "cpu", "memory", "count", "http", "deploy", "variables", "alarms", "with"],
            &["environments", "region", "extends"],
        );
        offers(server, &format!("{overlay}deploy:\n          |"), &["strategy", "keep_old"], &["cpu"]);
        shows(server, &format!("{overlay}stop_timeou|t: 30s"), &["2s to 2m"]);
        let line = u64::try_from(overlay.matches('\n').count()).unwrap() + 1;
        let found = server.diagnose(&format!("{overlay}cpu: half\n        memroy: 1GB\n"));
        let found: Vec<_> = found.into_iter().filter(|(at, _)| *at >= line).collect();
        marks(&found, &[(line, "CPU units"), (line + 1, "memroy")]);
    }
    let start = "schema: 1\nshared: shop\nenvironments:\n  prod:\n    network:\n      |";
    offers(server, start, &["nat", "zones"], &["region"]);
}

/// `init` writes the line by which editors find the schema.
#[test]
fn the_line_at_the_top_of_a_blueprint_is_enough() {
    let mut server = Server::without_schema();
    let schema = root().join("schemas/blueprint.schema.json");
    let text = format!("# yaml-language-server: $schema={}\nschema: 1\nnetwork:\n  nat: |", schema.display());
    offers(&mut server, &text, &["none", "one", "per_zone"], &[]);
}
