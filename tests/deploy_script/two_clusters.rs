//! The scripts of a service with a cluster for each color, which `release.sh` moves traffic between.

use std::{os::unix::process::CommandExt, process::Command};

use bluegreen::{
    render::{self, Format},
    resolve::Blueprint,
    source::{Sources, load},
};
use serde_json::{Value, json};

use crate::{
    fixture::{BLUE, GREEN, LISTENER},
    harness::{Outcome, Place},
};

const DEFINITION: &str = "arn:aws:ecs:eu-west-1:111122223333:task-definition/shop-prod-checkout";
const REPOSITORY: &str = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/checkout";
const EDGE: &str = "shop-prod-checkout-edge";

fn image(digit: char) -> String {
    format!("{REPOSITORY}@sha256:{}", digit.to_string().repeat(64))
}

/// The environment's folder as it is rendered, with `deploy` over the engine.
fn place(deploy: &Value) -> Place {
    let mut all = json!({
        "engine": "two_clusters",
        "strategy": {"linear": {"percent": 25, "wait": "1m"}},
        "test_traffic": null,
        "keep_old": "1m",
    });
    all.as_object_mut()
        .expect("a map")
        .extend(deploy.as_object().expect("a map").iter().map(|(key, value)| (key.clone(), value.clone())));
    let blueprint = json!({
        "schema": 1,
        "app": "shop",
        "environments": {"prod": {"region": "eu-west-1", "account": "111122223333"}},
        "services": {"checkout": {
            "port": 8080,
            "count": 2,
            "http": {"certificate": {"parameter": "CertificateArn"}, "healthcheck": "/health"},
            "deploy": all,
        }},
    });
    let mut sources = Sources::new();
    let file = sources.add("blueprint.yaml".to_owned(), blueprint.to_string());
    let blueprint = Blueprint::read_with(&mut sources, file, &mut load).expect("a blueprint");
    let resolved = blueprint.resolve("prod").expect("it resolves");
    let folder = render::folder(&resolved);
    let place = Place::new();
    for file in render::environment(resolved, "blueprint.yaml", Format::Yaml).expect("it renders").files {
        place.write(file.path.strip_prefix(&folder).expect("below the folder").as_str(), &file.text);
    }
    place
}

fn service(revision: u32, tasks: u32) -> Value {
    json!({
        "status": "ACTIVE",
        "taskDefinition": format!("{DEFINITION}-blue:{revision}"),
        "taskSets": [],
        "deployments": [{"status": "PRIMARY", "taskDefinition": format!("{DEFINITION}-blue:{revision}")}],
        "runningCount": tasks,
        "desiredCount": tasks,
        "deploymentConfiguration": {"alarms": {"alarmNames": ["checkout-errors"]}},
    })
}

/// Image a runs on blue, which has all of the traffic; green is idle.
fn world() -> Value {
    let color = |revision: u32, idle: &str| {
        json!({
            "status": "UPDATE_COMPLETE",
            "outputs": {"TaskDefinitionArn": format!("{DEFINITION}-blue:{revision}")},
            "parameters": {"ImageUri": image('a'), "RunningRevision": "", "Idle": idle},
            "capabilities": ["CAPABILITY_NAMED_IAM"],
        })
    };
    let definition = json!({"taskDefinition": {"cpu": "256", "containerDefinitions": [{"name": "checkout", "image": image('a')}]}});
    json!({
        "account": "111122223333",
        "region": "eu-west-1",
        "secrets": {},
        "stacks": {
            "shop-prod-network": {"status": "CREATE_COMPLETE"},
            "shop-prod-cluster": {"status": "CREATE_COMPLETE"},
            EDGE: {
                "status": "UPDATE_COMPLETE",
                "outputs": {
                    "ProductionListenerArn": LISTENER, "BlueTargetGroupArn": BLUE, "GreenTargetGroupArn": GREEN,
                    "NewColor": "blue",
                },
                "parameters": {"CertificateArn": "arn:certificate", "BlueWeight": "100", "GreenWeight": "0", "NewColor": "blue"},
            },
            "shop-prod-checkout": {"status": "UPDATE_COMPLETE"},
            "shop-prod-checkout-blue": color(1, "no"),
            "shop-prod-checkout-green": color(2, "yes"),
        },
        "clusters": {
            "shop-prod-blue": {"checkout": service(1, 2)},
            "shop-prod-green": {"checkout": service(2, 0)},
        },
        "task_definitions": {format!("{DEFINITION}-blue:1"): definition, format!("{DEFINITION}-blue:2"): definition},
        "images": {
            image('a').split('@').next_back().expect("a digest"): {"imageDigest": image('a').split('@').next_back()},
            image('b').split('@').next_back().expect("a digest"): {"imageDigest": image('b').split('@').next_back()},
        },
        "health": {BLUE: ["healthy", "healthy"], GREEN: ["healthy", "healthy"]},
    })
}

fn run(deploy: &Value, script: &str, world: &Value, arguments: &[&str]) -> Outcome {
    let place = place(deploy);
    place.fake("sleep", "#!/usr/bin/env bash\n");
    let mut command = Command::new("bash");
    command.arg(place.folder.path().join(script)).args(arguments).process_group(0);
    place.run(command, world)
}

/// Blue's and green's weights after each update that moved them.
fn weights(outcome: &Outcome) -> Vec<(u32, u32)> {
    let of = |call: &[String], name: &str| {
        let value =
            call.iter().find_map(|it| it.strip_prefix(&format!("ParameterKey={name},ParameterValue=")))?;
        value.parse().ok()
    };
    let updates = outcome.calls.iter().filter(|call| call[1] == "update-stack");
    updates.filter_map(|call| of(call, "BlueWeight").zip(of(call, "GreenWeight"))).collect()
}

fn tasks(outcome: &Outcome) -> [u64; 2] {
    ["shop-prod-blue", "shop-prod-green"].map(|cluster| {
        outcome.world["clusters"][cluster]["checkout"]["desiredCount"].as_u64().expect("a number")
    })
}

#[test]
fn the_scripts_are_sound() {
    let place = place(&json!({}));
    for script in ["deploy.sh", "release.sh"] {
        let path = place.folder.path().join(script);
        assert!(Command::new("bash").arg("-n").arg(&path).status().expect("bash runs").success());
        if let Ok(output) = Command::new("shellcheck").arg(&path).output() {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        }
    }
}

#[test]
fn traffic_moves_step_by_step_and_then_the_old_color_ends() {
    let outcome = run(&json!({}), "release.sh", &world(), &[&image('b')]);
    outcome.succeeded();
    assert_eq!(weights(&outcome), [(75, 25), (50, 50), (25, 75), (0, 100)], "{}", outcome.told());
    assert_eq!(tasks(&outcome), [0, 2], "{}", outcome.told());
    assert!(outcome.stdout.contains(&format!("checkout runs {}", image('b'))), "{}", outcome.told());
    // What blue would run stays what it is.
    let blue = &outcome.world["stacks"]["shop-prod-checkout-blue"]["parameters"];
    assert_eq!(blue["RunningRevision"], format!("{DEFINITION}-blue:1"), "{blue}");
}

#[test]
fn an_alarm_that_turns_red_between_steps_takes_the_shift_back() {
    for red_from in ["25", "50", "100"] {
        let mut world = world();
        world["red_from"] = json!({red_from: ["checkout-errors"]});
        let outcome = run(&json!({}), "release.sh", &world, &[&image('b')]);
        assert_eq!(outcome.code, 1, "{}", outcome.told());
        assert!(outcome.stderr.contains("an alarm is red: checkout-errors"), "{}", outcome.told());
        assert!(
            outcome.stderr.contains("all production traffic of checkout is on blue"),
            "{}",
            outcome.told()
        );
        let moved = weights(&outcome);
        let last: u32 = red_from.parse().expect("a number");
        // Nothing moves on from the step after which it turned red; one update leads back.
        assert_eq!(moved[moved.len() - 2..], [(100 - last, last), (100, 0)], "{}", outcome.told());
        assert_eq!(outcome.world["stacks"][EDGE]["parameters"]["NewColor"], "blue");
        // Both are there: the new one for a look at it.
        assert_eq!(tasks(&outcome), [2, 2], "{}", outcome.told());
    }
}

#[test]
fn an_alarm_that_nobody_named_takes_nothing_back() {
    let mut world = world();
    world["red_from"] = json!({"50": ["somebody-elses"]});
    run(&json!({}), "release.sh", &world, &[&image('b')]).succeeded();
    // Despite alarms, it is the person who watches.
    world["red_from"] = json!({"50": ["checkout-errors"]});
    run(&json!({}), "release.sh", &world, &["--despite-alarms", &image('b')]).succeeded();
}

#[test]
fn the_blueprint_says_what_becomes_of_the_idle_color_and_a_person_may_say_otherwise() {
    let [zero, running] =
        ["zero", "running"].map(|word| json!({"idle_color": word, "strategy": "all_at_once"}));
    let released = |deploy: &Value, arguments: &[&str]| {
        let outcome = run(deploy, "release.sh", &world(), &[arguments, &[&image('b')]].concat());
        outcome.succeeded();
        outcome
    };
    assert_eq!(tasks(&released(&zero, &[])), [0, 2]);
    assert_eq!(tasks(&released(&zero, &["--keep"])), [2, 2]);
    let outcome = released(&running, &[]);
    assert_eq!(tasks(&outcome), [2, 2]);
    assert!(outcome.stdout.contains("./release.sh --back checkout"), "{}", outcome.told());
    assert!(outcome.stdout.contains("watching alarms for 1 minutes"), "{}", outcome.told());

    // The same once more ends nothing, one update leads back, and ending it is a word.
    let world = outcome.world;
    let again = run(&running, "release.sh", &world, &[&image('b')]);
    again.succeeded();
    assert_eq!((again.changes(), tasks(&again)), (Vec::new(), [2, 2]), "{}", again.told());
    let back = run(&running, "release.sh", &world, &["--back"]);
    back.succeeded();
    assert_eq!((back.changes().len(), weights(&back)), (1, vec![(100, 0)]), "{}", back.told());
    let ended = run(&running, "release.sh", &world, &["--end"]);
    ended.succeeded();
    assert_eq!(tasks(&ended), [0, 2], "{}", ended.told());

    // The next release takes the place of what stayed.
    let next = run(&running, "release.sh", &world, &[&image('a')]);
    next.succeeded();
    assert_eq!((weights(&next).last(), tasks(&next)), (Some(&(100, 0)), [2, 2]), "{}", next.told());
}

#[test]
fn going_back_to_fewer_tasks_is_told() {
    let mut world = run(&json!({"idle_color": "running"}), "release.sh", &world(), &[&image('b')]).world;
    for (cluster, tasks) in [("shop-prod-blue", 1), ("shop-prod-green", 2)] {
        world["clusters"][cluster]["checkout"]["desiredCount"] = json!(tasks);
        world["clusters"][cluster]["checkout"]["runningCount"] = json!(tasks);
    }
    world["health"][BLUE] = json!(["healthy"]);
    let outcome = run(&json!({"idle_color": "running"}), "release.sh", &world, &["--back"]);
    outcome.succeeded();
    assert!(outcome.stdout.contains("blue has 1 tasks and green 2"), "{}", outcome.told());
    // None at all is no way back.
    world["clusters"]["shop-prod-blue"]["checkout"] = service(1, 0);
    run(&json!({"idle_color": "running"}), "release.sh", &world, &["--back"])
        .refused(&["cannot take the traffic"]);
}

#[test]
fn an_update_of_anything_else_leaves_each_color_as_idle_as_it_is() {
    for (idle, tasks) in [("no", 2), ("yes", 0)] {
        let mut world = world();
        world["stacks"]["shop-prod-checkout-green"]["parameters"]["Idle"] = json!(idle);
        world["clusters"]["shop-prod-green"]["checkout"] = service(2, tasks);
        for word in ["zero", "running"] {
            let outcome = run(&json!({"idle_color": word}), "deploy.sh", &world, &[]);
            outcome.succeeded();
            for color in ["blue", "green"] {
                let call = outcome.deploy_of(&format!("shop-prod-checkout-{color}")).join(" ");
                assert!(!call.contains("Idle="), "{call}");
            }
            let edge = outcome.deploy_of(EDGE).join(" ");
            assert!(edge.contains("BlueWeight=100") && edge.contains("GreenWeight=0"), "{edge}");
        }
    }
}
