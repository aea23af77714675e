use std::process::Command;

use bluegreen::scripts::{
    AppSpec, BuildSpec, Copied, IMAGE, IMAGES, RELEASE_DIRECTORY, ScanLevel, Stage, appspec, buildspec, files,
};
use serde_json::{Value, json};

use crate::harness::{Outcome, Place, python};

const REGISTRY: &str = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
const COMMIT: &str = "3f2a";

fn spec() -> BuildSpec {
    let stage = |environment: &str, command: Value, health_check: Value| Stage {
        environment: environment.into(),
        region: "eu-west-1".into(),
        service_stack: format!("shop-{environment}-checkout"),
        output_name: "TaskDefinitionArn".into(),
        container: "web".into(),
        appspec: appspec(&AppSpec {
            container: "web".into(),
            port: 8080,
            platform_version: None,
            capacity: Vec::new(),
            hooks: Vec::new(),
        }),
        main: serde_json::Map::from_iter([
            ("command".to_owned(), command),
            ("healthCheck".to_owned(), health_check),
        ]),
    };
    BuildSpec {
        repository: "shop/checkout".into(),
        region: "eu-west-1".into(),
        dockerfile: "docker/Docker file".into(),
        context: ".".into(),
        target: Some("final".into()),
        build_args: vec![("GREETING".into(), "it's $me".into())],
        platform: "linux/arm64".into(),
        test: vec![
            "docker run --rm \"$IMAGE\" it's fine | cat".replace("it's", "its"),
            "exit ${TEST_STATUS:-0}".into(),
        ],
        scan: Some(ScanLevel::High),
        stages: vec![
            stage("staging", Value::Null, Value::Null),
            stage("prod", json!(["bin/serve", "--port=8080"]), json!({"command": ["CMD", "true"]})),
        ],
        container: "web".into(),
        by_action: Vec::new(),
    }
}

fn definition(environment: &str, labels: Value) -> Value {
    json!({
        "taskDefinition": {
            "family": format!("shop-{environment}-checkout"),
            "taskDefinitionArn": format!("arn:task-definition/shop-{environment}-checkout:4"),
            "revision": 4, "status": "ACTIVE", "requiresAttributes": [], "compatibilities": ["FARGATE"],
            "registeredAt": "2026-01-01T00:00:00Z", "registeredBy": "arn:someone", "cpu": "512",
            "containerDefinitions": [
                {"name": "otel", "image": "otel:1"},
                {
                    "name": "web", "image": "placeholder", "command": ["sh", "-c", "placeholder"],
                    "dockerLabels": labels, "environment": [{"name": "LEVEL", "value": "info"}],
                },
            ],
        },
        "tags": [{"key": "team", "value": "pay"}, {"key": "aws:cloudformation:stack-name", "value": "x"}],
    })
}

fn world() -> Value {
    let mut world = json!({
        "account": "111122223333",
        "region": "eu-west-1",
        "stacks": {},
        "images": {},
        "scan": {
            "imageScanStatus": {"status": "COMPLETE"},
            "imageScanFindings": {"findingSeverityCounts": {"MEDIUM": 3}},
        },
    });
    for (environment, labels) in
        [("staging", json!({"keep": "me"})), ("prod", json!({"bluegreen.bootstrap": "true"}))]
    {
        let arn = format!("arn:task-definition/shop-{environment}-checkout:4");
        world["stacks"][format!("shop-{environment}-checkout")] =
            json!({"status": "CREATE_COMPLETE", "outputs": {"TaskDefinitionArn": arn}});
        world["task_definitions"][arn] = definition(environment, labels);
    }
    world
}

/// Runs the commands one after the other, each in a shell of its own, as a build does until one fails.
fn build(place: &Place, spec: &BuildSpec, world: &Value, variables: &[(&str, &str)]) -> Outcome {
    let docker = format!(
        r#"#!/usr/bin/env bash
printf '%s\n' "$*" >>"$WORLD.docker"
if [[ $1 == login ]]; then cat >/dev/null; fi
if [[ $1 == push ]]; then
  exec {} -c 'import json, os, sys
world = json.load(open(os.environ["WORLD"]))
world["images"][sys.argv[1].rpartition(":")[2]] = "sha256:abc123"
json.dump(world, open(os.environ["WORLD"], "w"))' "$2"
fi
"#,
        python().display()
    );
    place.fake("docker", &docker);
    let rendered = buildspec(spec);
    let mut all = String::from("set -e\nrm -f \"$WORLD.docker\"\ntouch \"$WORLD.docker\"\n");
    for (index, command) in
        rendered["phases"]["build"]["commands"].as_array().expect("commands").iter().enumerate()
    {
        place.write(&format!("command-{index}"), command.as_str().expect("a command is text"));
        all.push_str(&format!("bash command-{index}\n"));
    }
    all.push_str("echo DOCKER; cat \"$WORLD.docker\"\n");
    let mut command = Command::new("bash");
    command.arg("-c").arg(all).current_dir(place.folder.path());
    command.env("CODEBUILD_RESOLVED_SOURCE_VERSION", COMMIT).envs(variables.iter().copied());
    place.run(command, world)
}

fn docker_calls(outcome: &Outcome) -> Vec<&str> {
    outcome.stdout.split_once("DOCKER\n").expect("docker's calls").1.lines().collect()
}

#[test]
fn a_commit_is_built_tested_pushed_and_pinned() {
    let place = Place::new();
    let outcome = build(&place, &spec(), &world(), &[]);
    outcome.succeeded();
    let image = format!("{REGISTRY}/shop/checkout:{COMMIT}");
    assert_eq!(
        docker_calls(&outcome),
        [
            &format!("login --username AWS --password-stdin {REGISTRY}"),
            &format!(
                "build --platform linux/arm64 --file docker/Docker file --target final --build-arg GREETING=it's $me --tag {image} ."
            ),
            &format!("run --rm {image} its fine"),
            &format!("push {image}"),
        ]
    );
    let detail = place.read(&format!("{RELEASE_DIRECTORY}/imageDetail.json"));
    assert_eq!(detail, format!("{{\"ImageURI\":\"{REGISTRY}/shop/checkout@sha256:abc123\"}}\n"));
    assert!(!outcome.told().contains("token"), "{}", outcome.told());
}

#[test]
fn every_stage_gets_what_its_stack_describes() {
    let place = Place::new();
    build(&place, &spec(), &world(), &[]).succeeded();
    for file in files(&spec()) {
        place.json(&format!("{RELEASE_DIRECTORY}/{file}"));
    }
    let staging = place.json(&format!("{RELEASE_DIRECTORY}/staging/taskdef.json"));
    assert_eq!(
        staging,
        json!({
            "family": "shop-staging-checkout",
            "cpu": "512",
            "containerDefinitions": [
                {"name": "otel", "image": "otel:1"},
                {
                    "name": "web", "image": IMAGE, "command": ["sh", "-c", "placeholder"],
                    "dockerLabels": {"keep": "me"}, "environment": [{"name": "LEVEL", "value": "info"}],
                },
            ],
            "tags": [{"key": "team", "value": "pay"}],
        })
    );
    // The stack still runs the placeholder: what it held back is put in its place.
    let prod = place.json(&format!("{RELEASE_DIRECTORY}/prod/taskdef.json"));
    assert_eq!(
        prod["containerDefinitions"][1],
        json!({
            "name": "web", "image": IMAGE, "command": ["bin/serve", "--port=8080"],
            "healthCheck": {"command": ["CMD", "true"]}, "environment": [{"name": "LEVEL", "value": "info"}],
        })
    );
    let written = place.json(&format!("{RELEASE_DIRECTORY}/prod/appspec.yaml"));
    assert_eq!(written, spec().stages[1].appspec);
}

#[test]
fn a_tag_that_is_there_is_neither_built_nor_pushed() {
    let place = Place::new();
    let mut world = world();
    world["images"][COMMIT] = json!("sha256:older");
    let outcome = build(&place, &spec(), &world, &[("TEST_STATUS", "1")]);
    outcome.succeeded();
    assert_eq!(docker_calls(&outcome), Vec::<&str>::new());
    assert!(place.read(&format!("{RELEASE_DIRECTORY}/imageDetail.json")).contains("@sha256:older"));
}

#[test]
fn a_source_version_becomes_a_legal_tag() {
    let place = Place::new();
    let version = format!(".x/y:{}", "z".repeat(200));
    let outcome = build(&place, &spec(), &world(), &[("CODEBUILD_RESOLVED_SOURCE_VERSION", &version)]);
    outcome.succeeded();
    let tag = format!("x-y-{}", "z".repeat(124));
    assert!(docker_calls(&outcome).contains(&format!("push {REGISTRY}/shop/checkout:{tag}").as_str()));
}

#[test]
fn failed_tests_push_nothing() {
    let outcome = build(&Place::new(), &spec(), &world(), &[("TEST_STATUS", "3")]);
    assert_eq!(outcome.code, 3, "{}", outcome.told());
    assert_eq!(outcome.world["images"], json!({}));
}

#[test]
fn findings_at_or_above_the_level_stop_the_release() {
    let place = Place::new();
    let mut world = world();
    world["scan"]["imageScanFindings"]["findingSeverityCounts"] = json!({"HIGH": 2, "CRITICAL": 1, "LOW": 9});
    let outcome = build(&place, &spec(), &world, &[]);
    assert_eq!(outcome.code, 1, "{}", outcome.told());
    assert!(outcome.stderr.contains("its scan found: 1 CRITICAL 2 HIGH\n"), "{}", outcome.told());
    assert!(!place.folder.path().join(RELEASE_DIRECTORY).join("prod").exists());

    world["scan"] = json!({"imageScanStatus": {"status": "UNSUPPORTED_IMAGE"}});
    let outcome = build(&place, &spec(), &world, &[]);
    assert!(outcome.stderr.contains("the image was not scanned: UNSUPPORTED_IMAGE"), "{}", outcome.told());

    build(&place, &BuildSpec { scan: None, ..spec() }, &world, &[]).succeeded();
}

#[test]
fn an_environment_without_stacks_is_named() {
    let mut world = world();
    world["stacks"]["shop-prod-checkout"]["outputs"] = json!({});
    let outcome = build(&Place::new(), &spec(), &world, &[]);
    assert!(
        outcome.stderr.contains("shop-prod-checkout has no output TaskDefinitionArn; deploy prod first"),
        "{}",
        outcome.told()
    );
}

#[test]
fn the_buildspec_has_the_shape_codebuild_reads() {
    let rendered = buildspec(&spec());
    assert_eq!(rendered["version"], 0.2);
    assert_eq!(rendered["env"]["shell"], "bash");
    assert_eq!(
        rendered["artifacts"],
        json!({
            "base-directory": RELEASE_DIRECTORY,
            "files": [
                "imageDetail.json", "staging/taskdef.json", "staging/appspec.yaml", "prod/taskdef.json",
                "prod/appspec.yaml",
            ],
        })
    );
    let commands = rendered["phases"]["build"]["commands"].as_array().expect("commands");
    assert_eq!(commands.len(), 3);
    for command in commands {
        let place = Place::new();
        place.write("command.sh", command.as_str().expect("text"));
        let mut check = Command::new("shellcheck");
        check.args(["--shell", "bash", "--exclude", "SC2016"]).arg(place.folder.path().join("command.sh"));
        if let Ok(output) = check.output() {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        }
    }
    assert!(rendered.to_string().len() < 12_000, "{}", rendered.to_string().len());
}

/// A build for two environments in which the action of ECS releases.
fn copied() -> BuildSpec {
    let stage = |environment: &str| Copied {
        environment: environment.into(),
        region: "eu-west-1".into(),
        cluster: format!("shop-{environment}"),
        service: "checkout".into(),
        starts_as_placeholder: true,
    };
    BuildSpec { stages: Vec::new(), by_action: vec![stage("staging"), stage("prod")], ..spec() }
}

/// Two services with the revision that each runs; that of prod has these labels.
fn running(labels: Value) -> Value {
    let mut world = world();
    for (environment, labels) in [("staging", json!({"keep": "me"})), ("prod", labels)] {
        let arn = format!("arn:task-definition/shop-{environment}-checkout:4");
        world["clusters"][format!("shop-{environment}")]["checkout"] = json!({
            "status": "ACTIVE", "deployments": [{"status": "PRIMARY", "taskDefinition": arn}],
        });
        world["task_definitions"][arn] = definition(environment, labels);
    }
    world
}

#[test]
fn the_action_of_ecs_is_handed_one_image_by_digest() {
    let place = Place::new();
    build(&place, &copied(), &running(json!({})), &[]).succeeded();
    let images = place.json(&format!("{RELEASE_DIRECTORY}/{IMAGES}"));
    let image = format!("{REGISTRY}/shop/checkout@sha256:abc123");
    assert_eq!(images, json!([{"name": "web", "imageUri": image}]));
    for file in files(&copied()) {
        place.json(&format!("{RELEASE_DIRECTORY}/{file}"));
    }
}

#[test]
fn a_first_release_is_not_left_to_the_action_of_ecs() {
    let place = Place::new();
    let outcome = build(&place, &copied(), &running(json!({"bluegreen.bootstrap": "true"})), &[]);
    outcome.refused(&["no release yet in: prod"]);
    // The image is there by then, for whoever releases it by hand.
    let told = format!("./release.sh checkout {REGISTRY}/shop/checkout@sha256:abc123");
    assert!(outcome.stderr.contains(&told), "{}", outcome.told());
}

#[test]
fn the_action_of_ecs_needs_a_service() {
    let place = Place::new();
    let mut world = running(json!({}));
    world["clusters"]["shop-prod"]["checkout"]["status"] = json!("INACTIVE");
    build(&place, &copied(), &world, &[]).refused(&["deploy prod first"]);
}
