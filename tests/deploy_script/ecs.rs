//! The scripts where ECS itself moves the traffic.

use std::{os::unix::process::CommandExt, process::Command};

use serde_json::{Value, json};

use crate::{
    fixture::{BLUE, GREEN, LISTENER, ecs_place, empty_world, rolling_place},
    harness::{Outcome, Place},
};

const DEFINITION: &str = "arn:aws:ecs:eu-west-1:111122223333:task-definition/shop-prod-checkout";
const REPOSITORY: &str = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/checkout";
const RULE: &str = "arn:rule";
const NEW: &str = "arn:aws:ecs:eu-west-1:111122223333:service-deployment/shop-prod/checkout/NEW";

fn image(digit: char) -> String {
    format!("{REPOSITORY}@sha256:{}", digit.to_string().repeat(64))
}

fn definition(image: &str) -> Value {
    json!({"taskDefinition": {
        "cpu": "512",
        "containerDefinitions": [{"name": "web", "image": image,
            "logConfiguration": {"options": {"awslogs-group": "/shop", "awslogs-stream-prefix": "logs"}}}],
    }})
}

fn forward(blue: u8, green: u8) -> Value {
    json!([{"Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": [
        {"TargetGroupArn": BLUE, "Weight": blue}, {"TargetGroupArn": GREEN, "Weight": green},
    ]}}]}])
}

/// Revision 9 with image a runs on green, after the stack released it; a release succeeds.
fn world() -> Value {
    let mut world = empty_world();
    world["stacks"] = json!({
        "shop-prod-cluster": {"status": "CREATE_COMPLETE"},
        "shop-prod-checkout-edge": {
            "status": "UPDATE_COMPLETE",
            "outputs": {
                "ProductionListenerArn": LISTENER, "ProductionRuleArn": RULE,
                "BlueTargetGroupArn": BLUE, "GreenTargetGroupArn": GREEN,
            },
            "parameters": {"CertificateArn": "arn:certificate", "LiveColor": "blue"},
        },
        "shop-prod-checkout": {
            "status": "UPDATE_COMPLETE",
            "outputs": {"TaskDefinitionArn": format!("{DEFINITION}:9")},
            "parameters": {"Image": image('a'), "DbSecret": "arn:secret", "RunningRevision": ""},
            "capabilities": ["CAPABILITY_NAMED_IAM"],
        },
    });
    world["outputs_of"] = json!({});
    // The listener itself answers that nothing is there; the rule is what moves.
    world["rules"] = json!({RULE: forward(0, 100), LISTENER: [{"IsDefault": true, "Actions": [{"Type": "fixed-response"}]}]});
    world["clusters"]["shop-prod"]["checkout"] = json!({
        "status": "ACTIVE",
        "taskDefinition": format!("{DEFINITION}:9"),
        "taskSets": [],
        "deployments": [{"status": "PRIMARY", "taskDefinition": format!("{DEFINITION}:9")}],
        "currentServiceRevisions": [{"arn": "arn:revision/old"}],
        "deploymentConfiguration": {"alarms": {"alarmNames": ["checkout-errors", "checkout-latency"]}},
    });
    world["revisions"] =
        json!({"arn:revision/old": {"definition": format!("{DEFINITION}:9"), "group": GREEN}});
    world["service_deployments"] = json!([{
        "arn": NEW.replace("NEW", "OLD"),
        "steps": [{"status": "SUCCESSFUL"}],
    }]);
    world["task_definitions"] = json!({format!("{DEFINITION}:9"): definition(&image('a'))});
    world["images"] = json!({image('b').split('@').next_back().expect("a digest"): {"imageDigest": image('b').split('@').next_back()}});
    world["images"][image('a').split('@').next_back().expect("a digest")] =
        json!({"imageDigest": image('a').split('@').next_back()});
    world["health"] = json!({BLUE: ["healthy", "healthy"]});
    world["rollout"] = json!({"steps": [
        {"status": "PENDING"},
        {"status": "IN_PROGRESS", "stage": "SCALE_UP", "tasks": [1, 2, 0.0]},
        {"status": "IN_PROGRESS", "stage": "POST_TEST_TRAFFIC_SHIFT", "tasks": [2, 2, 0.0],
            "hooks": [{"hookId": "hook-1", "targetType": "PAUSE", "status": "AWAITING_ACTION"}]},
        {"status": "IN_PROGRESS", "stage": "PRODUCTION_TRAFFIC_SHIFT", "tasks": [2, 2, 10.0],
            "hooks": [{"hookId": "hook-1", "targetType": "PAUSE", "status": "SUCCEEDED"}]},
        {"status": "IN_PROGRESS", "stage": "BAKE_TIME", "tasks": [2, 2, 100.0]},
    ]});
    world
}

fn run_script(place: &Place, script: &str, world: &Value, arguments: &[&str]) -> Outcome {
    place.fake("sleep", "#!/usr/bin/env bash\n");
    let mut command = Command::new("bash");
    command.arg(place.folder.path().join(script)).args(arguments).process_group(0);
    place.run(command, world)
}

fn release(world: &Value, arguments: &[&str]) -> Outcome {
    run_script(&ecs_place(), "release.sh", world, arguments)
}

fn deploy(world: &Value, arguments: &[&str]) -> Outcome {
    run_script(&ecs_place(), "deploy.sh", world, arguments)
}

fn parameters(outcome: &Outcome) -> &Value {
    &outcome.world["stacks"]["shop-prod-checkout"]["parameters"]
}

#[track_caller]
fn said(text: &str, lines: &[&str], outcome: &Outcome) {
    for line in lines {
        assert!(text.contains(line), "{line:?} is missing from: {}", outcome.told());
    }
}

#[test]
fn the_scripts_are_sound_and_speak_of_ecs_alone() {
    let place = ecs_place();
    for script in ["deploy.sh", "release.sh"] {
        let path = place.folder.path().join(script);
        assert!(Command::new("bash").arg("-n").arg(&path).status().expect("bash runs").success());
        if let Ok(output) = Command::new("shellcheck").arg(&path).output() {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        }
        assert!(!place.read(script).contains("aws deploy "), "{script} calls CodeDeploy");
    }
}

#[test]
fn an_update_names_the_revision_that_runs() {
    let outcome = deploy(&world(), &[]);
    outcome.succeeded();
    // Traffic is on green and the stack says blue: that is synced first, by the rule and not by the listener.
    said(&outcome.stdout, &["sync shop-prod-checkout-edge: checkout is live on green"], &outcome);
    let service = outcome.deploy_of("shop-prod-checkout").join(" ");
    assert!(service.contains(&format!("RunningRevision={DEFINITION}:9")), "{service}");
    assert!(service.contains(&format!("Image={}", image('a'))), "{service}");
    assert_eq!(
        outcome.world["service_deployments"].as_array().expect("a list").len(),
        1,
        "nothing was rolled out"
    );
    assert_eq!(outcome.world["rules"][RULE], forward(0, 100));
}

/// What a pipeline or a person released without the stack is what runs, and is left running.
#[test]
fn an_update_follows_what_was_released_outside() {
    let mut world = world();
    world["clusters"]["shop-prod"]["checkout"]["deployments"] =
        json!([{"status": "PRIMARY", "taskDefinition": format!("{DEFINITION}:12")}]);
    world["task_definitions"][format!("{DEFINITION}:12")] = definition(&image('c'));
    let outcome = deploy(&world, &[]);
    outcome.succeeded();
    let service = outcome.deploy_of("shop-prod-checkout").join(" ");
    assert!(service.contains(&format!("RunningRevision={DEFINITION}:12")), "{service}");
    assert!(service.contains(&format!("Image={}", image('c'))), "{service}");
}

#[test]
fn before_there_is_a_service_the_stack_runs_its_own() {
    let mut world = empty_world();
    world["outputs_of"] = json!({});
    let outcome = deploy(&world, &["CertificateArn=arn:certificate"]);
    outcome.succeeded();
    let service = outcome.deploy_of("shop-prod-checkout").join(" ");
    assert!(!service.contains("RunningRevision"), "{service}");
}

#[test]
fn an_update_is_refused_while_a_deployment_runs() {
    let mut world = world();
    for status in ["PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"] {
        world["service_deployments"] = json!([{"arn": NEW, "steps": [{"status": status}]}]);
        deploy(&world, &[]).refused(&[
            &format!("checkout: deployment {NEW} is under way"),
            &format!("./release.sh --wait {NEW} checkout"),
            &format!("aws ecs stop-service-deployment --region eu-west-1 --service-deployment-arn {NEW} --stop-type ROLLBACK"),
        ]);
        release(&world, &["checkout", &image('b')]).refused(&["is under way"]);
    }
}

#[test]
fn an_update_is_refused_where_rule_and_tasks_disagree() {
    let mut world = world();
    world["rules"][RULE] = forward(100, 0);
    deploy(&world, &[]).refused(&[
        "checkout: load balancer and ECS disagree about the live tasks.",
        "load balancer sends to     blue",
        "ECS runs the live tasks in green",
    ]);
}

/// Green goes where a rolling update comes.
#[test]
fn a_rolling_update_comes_only_while_production_is_on_blue() {
    let deploy = |world: &Value| run_script(&rolling_place(), "deploy.sh", world, &[]);
    deploy(&world()).refused(&[
        "checkout: production is on green, and a rolling update keeps the blue target group alone",
        "aws ecs update-service --region eu-west-1 --cluster shop-prod --service checkout --force-new-deployment",
    ]);
    let mut on_blue = world();
    on_blue["rules"][RULE] = forward(100, 0);
    on_blue["revisions"]["arn:revision/old"]["group"] = json!(BLUE);
    deploy(&on_blue).succeeded();
    // Where it has come, there is one target group.
    let mut rolling = on_blue;
    let outputs = rolling["stacks"]["shop-prod-checkout-edge"]["outputs"].as_object_mut().expect("outputs");
    outputs.remove("GreenTargetGroupArn");
    deploy(&rolling).succeeded();
}

#[test]
fn a_release_is_an_update_that_describes_and_one_that_runs_it() {
    let outcome = release(&world(), &["checkout", &image('b')]);
    outcome.succeeded();
    let changes = outcome.changes();
    assert_eq!(changes.len(), 2, "{changes:#?}");
    // The first names what runs, so that it registers a revision and starts nothing.
    assert!(
        changes[0].contains(&format!("ParameterKey=Image,ParameterValue={}", image('b'))),
        "{changes:#?}"
    );
    assert!(
        changes[0].contains(&format!("ParameterKey=RunningRevision,ParameterValue={DEFINITION}:9")),
        "{changes:#?}"
    );
    assert!(changes[1].contains("ParameterKey=Image,UsePreviousValue=true"), "{changes:#?}");
    assert!(changes[1].contains("ParameterKey=RunningRevision,ParameterValue= --"), "{changes:#?}");
    said(
        &outcome.stdout,
        &[
            "deployment NEW of revision 10",
            "SCALE_UP",
            "new version: 0% of production traffic, 1 of 2 tasks",
            "it waits 2h for somebody to approve, and goes back if nobody does. Go on, or go back:",
            &format!(
                "aws ecs continue-service-deployment --region eu-west-1 --service-deployment-arn {NEW} --hook-id hook-1 --action CONTINUE"
            ),
            "new version: 10% of production traffic, 2 of 2 tasks",
            &format!("checkout runs {} (revision 10); tasks: 2, all healthy.", image('b')),
            "The old tasks stay for 1h, and shop-prod-checkout is under way as long.",
        ],
        &outcome,
    );
    assert_eq!(outcome.stdout.matches("it waits 2h").count(), 1, "{}", outcome.told());
}

#[test]
fn a_stack_that_remembers_another_revision_is_told_first() {
    let mut behind = world();
    // Revision 12 was released outside; the stack still describes revision 9, which is to come back.
    behind["clusters"]["shop-prod"]["checkout"]["deployments"] =
        json!([{"status": "PRIMARY", "taskDefinition": format!("{DEFINITION}:12")}]);
    behind["task_definitions"][format!("{DEFINITION}:12")] = definition(&image('c'));
    for arguments in [&["--described", "checkout"][..], &["checkout", &image('a')]] {
        let outcome = release(&behind, arguments);
        outcome.succeeded();
        let changes = outcome.changes();
        assert_eq!(changes.len(), 2, "{changes:#?}");
        assert!(
            changes[0].contains(&format!("RunningRevision,ParameterValue={DEFINITION}:12")),
            "{changes:#?}"
        );
        assert_eq!(parameters(&outcome)["RunningRevision"], "");
        said(&outcome.stdout, &["(revision 9); tasks: 2, all healthy."], &outcome);
    }
}

#[test]
fn what_runs_already_is_not_released_again() {
    for arguments in [&["--described", "checkout"][..], &["checkout", &image('a')]] {
        let outcome = release(&world(), arguments);
        outcome.succeeded();
        assert_eq!(outcome.changes(), Vec::<String>::new());
        said(&outcome.stdout, &["already (revision 9)"], &outcome);
    }
}

/// ECS would ignore every alarm until the end of that deployment.
#[test]
fn a_red_alarm_is_in_the_way() {
    let mut red = world();
    red["red"] = json!(["checkout-latency", "of-another-service"]);
    release(&red, &["checkout", &image('b')]).refused(&[
        "checkout: an alarm is red (checkout-latency); ECS would ignore every alarm",
        "./release.sh --despite-alarms",
    ]);
    release(&red, &["--despite-alarms", "checkout", &image('b')]).succeeded();
}

#[test]
fn a_failure_is_explained_once_traffic_is_back() {
    let mut world = world();
    world["rollout"]["steps"] = json!([
        {"status": "IN_PROGRESS", "stage": "PRODUCTION_TRAFFIC_SHIFT", "tasks": [2, 2, 10.0]},
        {"status": "ROLLBACK_IN_PROGRESS", "hold": 6, "reason": "an alarm fired", "rollback": "alarm", "triggered": ["checkout-errors"],
            "hooks": [{"hookId": "h", "targetType": "AWS_LAMBDA", "targetArn": "arn:hook", "status": "FAILED"}]},
        {"status": "ROLLBACK_SUCCESSFUL", "stack": "UPDATE_ROLLBACK_COMPLETE", "running": format!("{DEFINITION}:9")},
    ]);
    world["stopped"] = json!([{
        "taskArn": "arn:task/1", "taskDefinitionArn": format!("{DEFINITION}:10"), "stoppedReason": "exited",
        "containers": [{"name": "web", "exitCode": 1}],
    }]);
    let outcome = release(&world, &["checkout", &image('b')]);
    assert_eq!(outcome.code, 1, "{}", outcome.told());
    said(
        &outcome.stderr,
        &[
            "deployment NEW failed (ROLLBACK_IN_PROGRESS): an alarm fired; alarm; checkout-errors",
            "hooks: arn:hook FAILED",
            "task 1 stopped: exited; web exit 1",
            "ECS goes back, and the stack with it.",
            "It is back: checkout runs revision 9.",
        ],
        &outcome,
    );
}

/// Nothing else would end it before a day has passed.
#[test]
fn a_version_that_does_not_start_is_taken_back() {
    let stopped = |number: u8, code: &str, of: Option<&str>| {
        json!({"taskArn": format!("arn:task/{number}"), "taskDefinitionArn": format!("{DEFINITION}:10"), "stopCode": code,
            "stoppedReason": format!("reason {number}"), "containers": [], "of": of})
    };
    let mut world = world();
    world["rollout"]["steps"] = json!([
        {"status": "IN_PROGRESS", "stage": "SCALE_UP", "tasks": [0, 4, 0.0], "hold": 99},
        {"status": "ROLLBACK_IN_PROGRESS", "hold": 6},
        {"status": "ROLLBACK_SUCCESSFUL", "stack": "UPDATE_ROLLBACK_COMPLETE", "running": format!("{DEFINITION}:9")},
    ]);
    let failures = [
        stopped(1, "EssentialContainerExited", Some(NEW)),
        stopped(2, "TaskFailedToStart", Some(NEW)),
        stopped(3, "ServiceSchedulerInitiated", Some(NEW)),
    ];
    world["stopped"] = json!(failures);
    let outcome = release(&world, &["checkout", &image('b')]);
    assert_eq!(outcome.code, 1, "{}", outcome.told());
    said(&outcome.stdout, &["task 1 failed: reason 1", "task 2 failed: reason 2"], &outcome);
    said(
        &outcome.stderr,
        &[
            "3 tasks of the new version failed to start; it goes back",
            "It is back: checkout runs revision 9.",
        ],
        &outcome,
    );

    // Neither a task of before, nor one whose capacity was reclaimed; and more tasks may fail where there are more.
    let others = [
        stopped(4, "EssentialContainerExited", None),
        stopped(5, "SpotInterruption", Some(NEW)),
        failures[0].clone(),
        failures[1].clone(),
    ];
    for (stopped, tasks) in [(json!(others), 4), (json!(failures), 8)] {
        world["stopped"] = stopped;
        world["rollout"]["steps"][0] =
            json!({"status": "IN_PROGRESS", "stage": "SCALE_UP", "tasks": [0, tasks, 0.0], "hold": 9});
        let outcome = release(&world, &["checkout", &image('b')]);
        assert!(
            outcome.changes().iter().all(|it| !it.contains("stop-service-deployment")),
            "{}",
            outcome.told()
        );
    }
}

#[test]
fn an_update_that_starts_nothing_is_told() {
    let mut world = world();
    world["rollout"] = json!({"nothing": [{
        "EventId": "1", "LogicalResourceId": "Service", "ResourceType": "AWS::ECS::Service",
        "ResourceStatus": "UPDATE_FAILED", "ResourceStatusReason": "no capacity",
    }]});
    let outcome = release(&world, &["checkout", &image('b')]);
    assert_eq!(outcome.code, 1, "{}", outcome.told());
    said(
        &outcome.stderr,
        &[
            "Service (AWS::ECS::Service) UPDATE_FAILED: no capacity",
            "is UPDATE_ROLLBACK_COMPLETE, and ECS started nothing",
        ],
        &outcome,
    );
}

#[test]
fn tasks_that_are_not_healthy_are_waited_for() {
    let mut world = world();
    world["health"] = json!({BLUE: ["healthy", "unhealthy"]});
    world["rollout"]["steps"] =
        json!([{"status": "SUCCESSFUL", "stage": "CLEAN_UP", "tasks": [2, 2, 100.0]}]);
    let outcome = release(&world, &["checkout", &image('b')]);
    assert_eq!(outcome.code, 1, "{}", outcome.told());
    said(&outcome.stderr, &["succeeded, and yet:", &format!("a target of {BLUE} is unhealthy")], &outcome);
}

#[test]
fn a_deployment_is_followed_by_its_arn() {
    let mut world = world();
    world["service_deployments"] = json!([{"arn": NEW, "steps": world["rollout"]["steps"]}]);
    world["revisions"]["arn:revision/new"] = json!({"definition": format!("{DEFINITION}:9"), "group": BLUE});
    let outcome = release(&world, &["--wait", NEW]);
    outcome.succeeded();
    assert_eq!(outcome.changes(), Vec::<String>::new());
    said(&outcome.stdout, &["(revision 9); tasks: 2, all healthy."], &outcome);

    release(&world, &["--wait", &NEW.replace("NEW", "GONE")]).refused(&["there is no deployment"]);
    release(&world, &["--wait", "d-ABC"]).refused(&["is not a deployment", "service-deployment/"]);
    release(&world, &["--wait", "arn:aws:iam::1:role/x"]).refused(&["is not a deployment"]);
}

#[test]
fn a_timeout_leaves_the_deployment_alone() {
    let outcome = release(&world(), &["--timeout", "0s", "checkout", &image('b')]);
    assert_eq!(outcome.code, 1, "{}", outcome.told());
    said(
        &outcome.stderr,
        &["gave up waiting", &format!("follow:         ./release.sh --wait {NEW} checkout")],
        &outcome,
    );
}

/// The build of a pipeline's stage, in the folder of the artifact it gets.
fn pipeline(world: &Value) -> Outcome {
    let place = ecs_place();
    place.fake("sleep", "#!/usr/bin/env bash\n");
    place.write("imageDetail.json", &format!("{{\"ImageURI\":\"{}\"}}\n", image('b')));
    let spec = bluegreen::scripts::release_buildspec();
    let commands = spec["phases"]["build"]["commands"].as_array().expect("commands");
    assert_eq!(commands.len(), 1);
    place.write("release-command.sh", commands[0].as_str().expect("text"));
    let mut command = Command::new("bash");
    command.arg("release-command.sh").current_dir(place.folder.path());
    for (name, value) in [
        ("REGION", "eu-west-1"),
        ("STACK", "shop-prod-checkout"),
        ("CLUSTER", "shop-prod"),
        ("SERVICE", "checkout"),
        ("IMAGE_PARAMETER", "Image"),
        ("REVISION_PARAMETER", "RunningRevision"),
        ("OUTPUT", "TaskDefinitionArn"),
        ("BREAKER", "yes"),
    ] {
        command.env(name, value);
    }
    place.run(command, world)
}

fn finished(world: &mut Value) {
    world["rollout"]["steps"].as_array_mut().expect("steps").push(json!(
        {"status": "SUCCESSFUL", "stack": "UPDATE_COMPLETE", "running": format!("{DEFINITION}:10")}
    ));
}

#[test]
fn a_pipeline_releases_as_release_sh_does_and_waits_for_the_end() {
    let mut world = world();
    finished(&mut world);
    let outcome = pipeline(&world);
    outcome.succeeded();
    let changes = outcome.changes();
    assert_eq!(changes.len(), 2, "{changes:#?}");
    assert!(
        changes[0].contains(&format!("ParameterKey=RunningRevision,ParameterValue={DEFINITION}:9")),
        "{changes:#?}"
    );
    assert!(changes[1].contains("ParameterKey=RunningRevision,ParameterValue= --"), "{changes:#?}");
    assert_eq!(parameters(&outcome)["Image"], image('b'));
    said(&outcome.stdout, &["BAKE_TIME", &format!("checkout runs {}.", image('b'))], &outcome);

    // Again, with the image that runs by now: nothing is left to do.
    let again = pipeline(&outcome.world);
    again.succeeded();
    assert_eq!(again.changes(), Vec::<String>::new());
    said(&again.stdout, &["already"], &again);
}

#[test]
fn a_pipeline_stops_where_release_sh_would() {
    let refused = |spoil: &dyn Fn(&mut Value), said: &str| {
        let mut world = world();
        finished(&mut world);
        spoil(&mut world);
        pipeline(&world).refused(&[said]);
    };
    refused(&|world| world["red"] = json!(["checkout-errors"]), "an alarm is red: checkout-errors");
    refused(
        &|world| world["service_deployments"] = json!([{"arn": NEW, "steps": [{"status": "IN_PROGRESS"}]}]),
        "a deployment is under way",
    );
    refused(
        &|world| world["stacks"]["shop-prod-checkout"]["status"] = json!("UPDATE_ROLLBACK_FAILED"),
        "is UPDATE_ROLLBACK_FAILED",
    );
}

#[test]
fn a_pipeline_fails_with_the_release() {
    let mut world = world();
    world["rollout"]["steps"] = json!([
        {"status": "IN_PROGRESS", "stage": "PRODUCTION_TRAFFIC_SHIFT"},
        {"status": "ROLLBACK_SUCCESSFUL", "reason": "an alarm fired", "stack": "UPDATE_ROLLBACK_COMPLETE"},
    ]);
    let outcome = pipeline(&world);
    assert_eq!(outcome.code, 1, "{}", outcome.told());
    said(&outcome.stderr, &["is UPDATE_ROLLBACK_COMPLETE; the release was taken back"], &outcome);
}

#[test]
fn a_pipeline_takes_back_what_does_not_start() {
    let mut world = world();
    world["rollout"]["steps"] = json!([
        {"status": "IN_PROGRESS", "stage": "SCALE_UP", "tasks": [0, 2, 0.0], "hold": 99},
        {"status": "ROLLBACK_IN_PROGRESS", "hold": 1},
        {"status": "ROLLBACK_SUCCESSFUL", "stack": "UPDATE_ROLLBACK_COMPLETE", "running": format!("{DEFINITION}:9")},
    ]);
    let stopped = |number: u8| {
        json!({"taskArn": format!("arn:task/{number}"), "taskDefinitionArn": format!("{DEFINITION}:10"),
            "stopCode": "TaskFailedToStart", "stoppedReason": format!("reason {number}"), "of": NEW})
    };
    world["stopped"] = json!([stopped(1), stopped(2), stopped(3)]);
    let outcome = pipeline(&world);
    assert_eq!(outcome.code, 1, "{}", outcome.told());
    said(&outcome.stdout, &["failed to start; it goes back:", "reason 3"], &outcome);
    said(&outcome.stderr, &["the release was taken back"], &outcome);
}

#[test]
fn a_registry_that_cannot_be_asked_may_name_a_tag() {
    let outcome = release(&world(), &["checkout", "registry.example.com/app:v2"]);
    outcome.succeeded();
    assert_eq!(parameters(&outcome)["Image"], "registry.example.com/app:v2");
    release(&world(), &["checkout", "registry.example.com/app"]).refused(&["has no digest"]);
}
