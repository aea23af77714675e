use std::{os::unix::process::CommandExt, process::Command};

use bluegreen::artifacts::{Environment, deploy_script, release_script};
use serde_json::{Value, json};

use crate::{
    fixture::{
        BLUE, GREEN, LISTENER, context, empty_world, environment, green_world, place, place_of, stacks,
    },
    harness::{Outcome, Place},
};

const REPOSITORY: &str = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/checkout";
const DEFINITION: &str = "arn:task-definition/shop-prod-checkout";

fn digest(digit: char) -> String {
    format!("sha256:{}", digit.to_string().repeat(64))
}

/// An image in ECR, by digest.
fn image(digit: char) -> String {
    format!("{REPOSITORY}@{}", digest(digit))
}

fn definition(image: &str, label: Value) -> Value {
    let mut found = json!({"taskDefinition": {
        "cpu": "512",
        "memory": "1024",
        "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
        "containerDefinitions": [
            {"name": "otel", "image": "otel"},
            {
                "name": "web",
                "image": image,
                "logConfiguration": {"options": {"awslogs-group": "/shop", "awslogs-stream-prefix": "logs"}},
            },
        ],
    }});
    // ECS leaves out what there is not.
    if !label.is_null() {
        found["taskDefinition"]["containerDefinitions"][1]["dockerLabels"] = label;
    }
    found
}

const EVENTS: [&str; 8] = [
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
];

/// The first so many events have succeeded, the next is in progress.
fn events(done: usize) -> Value {
    let status = |at: usize| match at.cmp(&done) {
        std::cmp::Ordering::Less => "Succeeded",
        std::cmp::Ordering::Equal => "InProgress",
        std::cmp::Ordering::Greater => "Pending",
    };
    EVENTS.iter().enumerate().map(|(at, event)| json!([event, status(at)])).collect()
}

fn sets(blue: f64, green: f64) -> Value {
    json!([["checkout-green", green, 2, 2], ["checkout-blue", blue, 2, 2]])
}

fn steady() -> Value {
    json!({"runningCount": 2, "computedDesiredCount": 2, "stabilityStatus": "STEADY_STATE"})
}

/// Revision 9 with image a runs on green; the stack describes revision 9 too. A release succeeds.
fn world() -> Value {
    let mut world = green_world();
    world["stacks"]["shop-prod-checkout"] = json!({
        "status": "UPDATE_COMPLETE",
        "outputs": {"TaskDefinitionArn": format!("{DEFINITION}:9")},
        "parameters": {"Image": image('a'), "DbSecret": "arn:secret"},
        "capabilities": ["CAPABILITY_NAMED_IAM"],
    });
    world["task_definitions"] = json!({format!("{DEFINITION}:9"): definition(&image('a'), Value::Null)});
    world["images"] = json!({
        "v2": {"imageDigest": digest('b'), "imageStatus": "ACTIVE"},
        digest('a'): {"imageDigest": digest('a')},
        digest('b'): {"imageDigest": digest('b'), "imageManifestMediaType": "application/vnd.oci.image.manifest.v1+json"},
    });
    world["health"] = json!({BLUE: ["healthy", "healthy", "draining"]});
    world["started"] = json!({});
    world["rollout"] = json!({"steps": [
        {"status": "Created"},
        {"status": "InProgress", "events": events(1), "sets": sets(0.0, 100.0)},
        {"status": "InProgress", "events": events(1), "sets": sets(0.0, 100.0)},
        {"status": "InProgress", "events": events(6), "sets": sets(10.0, 90.0)},
        {"status": "InProgress", "events": events(8), "sets": sets(100.0, 0.0), "primary": steady()},
    ]});
    world
}

fn command(place: &Place, arguments: &[&str]) -> Command {
    let mut command = Command::new("bash");
    // A group of its own, for signals as a terminal sends them.
    command.arg(place.folder.path().join("release.sh")).args(arguments).process_group(0);
    command
}

fn run_in(place: &Place, world: &Value, arguments: &[&str]) -> Outcome {
    place.fake("sleep", "#!/usr/bin/env bash\n");
    place.run(command(place, arguments), world)
}

fn run(world: &Value, arguments: &[&str]) -> Outcome {
    run_in(&place(), world, arguments)
}

/// The lines that follow the deployment, without their clock.
fn followed(outcome: &Outcome) -> Vec<&str> {
    let timed = |line: &&str| line.as_bytes().get(2) == Some(&b':') && line.as_bytes().get(5) == Some(&b':');
    outcome.stdout.lines().filter(timed).map(|line| line[8..].trim_start()).collect()
}

#[test]
fn the_script_is_sound() {
    let place = place();
    let script = place.folder.path().join("release.sh");
    assert!(Command::new("bash").arg("-n").arg(&script).status().expect("bash runs").success());
    match Command::new("shellcheck").arg(&script).output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
        Err(error) => eprintln!("shellcheck was not run: {error}"),
    }
}

#[test]
fn without_services_there_is_nothing_to_release() {
    let none = release_script(&context(&environment(), &stacks()[..1])).expect("the script renders");
    assert_eq!(none, None);
}

#[test]
fn a_new_image_is_described_by_the_stack_and_then_released() {
    let outcome = run(&world(), &["checkout", &image('b')]);
    outcome.succeeded();
    let changes = outcome.changes();
    assert_eq!(changes.len(), 2, "{changes:#?}");
    assert_eq!(
        changes[0],
        format!(
            "cloudformation update-stack --region eu-west-1 --stack-name shop-prod-checkout --use-previous-template \
             --parameters ParameterKey=Image,ParameterValue={} ParameterKey=DbSecret,UsePreviousValue=true --capabilities \
             CAPABILITY_NAMED_IAM",
            image('b')
        )
    );
    let call = outcome.calls.iter().find(|call| call[1] == "create-deployment").expect("a deployment");
    let revision = &call[call.iter().position(|it| it == "--revision").expect("a revision") + 1];
    let revision: Value = serde_json::from_str(revision).expect("the revision is JSON");
    let content = revision["appSpecContent"]["content"].as_str().expect("the AppSpec is text");
    let appspec: Value = serde_json::from_str(content).expect("the AppSpec is JSON");
    assert_eq!(
        appspec["Resources"][0]["TargetService"]["Properties"]["TaskDefinition"],
        format!("{DEFINITION}:10")
    );
    assert_eq!(appspec["Hooks"][0]["AfterAllowTestTraffic"], "shop-prod-checkout-check");

    // Each event once as it changes, each state of traffic once.
    assert_eq!(
        followed(&outcome),
        [
            "BeforeInstall: Succeeded",
            "Install: InProgress",
            "traffic:  checkout-green 100%, 2 of 2 tasks;  checkout-blue 0%, 2 of 2 tasks",
            "Install: Succeeded",
            "AfterInstall: Succeeded",
            "AllowTestTraffic: Succeeded",
            "AfterAllowTestTraffic: Succeeded",
            "BeforeAllowTraffic: Succeeded",
            "AllowTraffic: InProgress",
            "traffic:  checkout-green 90%, 2 of 2 tasks;  checkout-blue 10%, 2 of 2 tasks",
            "AllowTraffic: Succeeded",
            "AfterAllowTraffic: Succeeded",
            "traffic:  checkout-green 0%, 2 of 2 tasks;  checkout-blue 100%, 2 of 2 tasks",
        ],
        "{}",
        outcome.told()
    );
    for said in [
        "follow:         ./release.sh --wait d-NEW checkout",
        &format!("checkout runs {} (revision 10); tasks: 2, all healthy.", image('b')),
        "Going back is a flip as long as the old tasks are there, 1h from the end of the shift:",
        "aws deploy stop-deployment --region eu-west-1 --deployment-id d-NEW --auto-rollback-enabled",
    ] {
        assert!(outcome.stdout.contains(said), "{said:?} is missing from: {}", outcome.told());
    }
}

/// What a release leaves behind is what `deploy.sh` finds: it has nothing to change.
#[test]
fn deploy_finds_the_stack_as_the_release_left_it() {
    let mut after = run(&world(), &[&image('b')]).world;
    after["deployments"]["shop-prod-checkout"] = json!([]);
    after["rules"][LISTENER] =
        json!([{"IsDefault": true, "Actions": [{"Type": "forward", "TargetGroupArn": BLUE}]}]);
    let place = place();
    let mut command = Command::new("bash");
    command.arg(place.folder.path().join("deploy.sh"));
    let outcome = place.run(command, &after);
    outcome.succeeded();
    assert_eq!(outcome.world["stacks"]["shop-prod-checkout"]["parameters"]["Image"], image('b'));
}

#[test]
fn a_tag_in_ecr_becomes_a_digest() {
    let outcome = run(&world(), &["checkout", &format!("{REPOSITORY}:v2")]);
    outcome.succeeded();
    assert_eq!(outcome.world["stacks"]["shop-prod-checkout"]["parameters"]["Image"], image('b'));

    // Where there are both, the digest decides, as for ECS.
    let outcome = run(&world(), &[&format!("{REPOSITORY}:v1@{}", digest('b'))]);
    outcome.succeeded();
    assert_eq!(outcome.world["stacks"]["shop-prod-checkout"]["parameters"]["Image"], image('b'));
}

#[test]
fn another_registry_has_to_name_the_digest() {
    for image in ["registry.example.com:5000/app", "registry.example.com:5000/app:v2", "nginx:1.27"] {
        run(&world(), &[image]).refused(&["has no digest, and only ECR can be asked", "@sha256:<digest>"]);
    }
    let outcome = run(&world(), &[&format!("registry.example.com:5000/app:v2@{}", digest('c'))]);
    outcome.succeeded();
    assert_eq!(
        outcome.world["stacks"]["shop-prod-checkout"]["parameters"]["Image"],
        format!("registry.example.com:5000/app@{}", digest('c'))
    );
}

#[test]
fn an_image_that_cannot_run_is_refused() {
    let mut world = world();
    world["images"][digest('d')] = json!({"imageDigest": digest('d'), "imageStatus": "ARCHIVED"});
    world["images"][digest('e')] = json!({"imageDigest": digest('e'), "imageManifestMediaType": "application/vnd.oci.image.index.v1+json"});
    world["manifests"][digest('e')] = json!(
        r#"{"manifests": [{"platform": {"architecture": "amd64", "os": "linux"}},
            {"platform": {"architecture":"unknown"}}]}"#
    );
    let refused = |image: &str, said: &[&str]| run(&world, &["checkout", image]).refused(said);
    refused(
        &format!("{REPOSITORY}:v3"),
        &["there is no image v3 in checkout (account 111122223333, eu-west-1)", "aws ecr describe-images"],
    );
    refused(&image('f'), &["there is no image sha256:ffff"]);
    refused(&image('d'), &["is ARCHIVED", "update-image-storage-class"]);
    refused(&image('e'), &["is not built for linux/arm64", "it has:\n      linux/amd64 \n"]);
    refused(REPOSITORY, &["has neither tag nor digest"]);
    refused(&format!("{REPOSITORY}@sha256:12"), &["a digest is sha256: and 64 hexadecimal digits"]);
    refused("what is this", &["what is this is not an image"]);

    world["manifests"][digest('e')] = json!(r#"{"manifests":[{"platform":{"architecture":"arm64"}}]}"#);
    run(&world, &["checkout", &image('e')]).succeeded();
}

#[test]
fn a_registry_nobody_may_look_into_serves_digests_only() {
    let mut world = world();
    world["forbidden"] = json!(["describe-images"]);
    let outcome = run(&world, &[&image('b')]);
    outcome.succeeded();
    assert!(
        outcome.stdout.contains("may not look into checkout (account 111122223333"),
        "{}",
        outcome.told()
    );
    run(&world, &[&format!("{REPOSITORY}:v2")]).refused(&["aws ecr describe-images failed:", "AccessDenied"]);
}

#[test]
fn an_image_is_looked_for_in_its_own_region() {
    let mut world = world();
    world["registry_region"] = json!("us-east-1");
    let elsewhere = image('b').replace("eu-west-1", "us-east-1");
    let outcome = run(&world, &[&elsewhere]);
    outcome.succeeded();
    assert_eq!(outcome.world["stacks"]["shop-prod-checkout"]["parameters"]["Image"], elsewhere);
}

#[test]
fn what_runs_already_is_not_released_again() {
    let same = run(&world(), &["checkout", &image('a')]);
    same.succeeded();
    assert_eq!(same.changes(), Vec::<String>::new());
    assert!(same.stdout.contains("runs") && same.stdout.contains("already (revision 9)"), "{}", same.told());

    // The pipeline released it: the stack learns of the image, and no deployment is needed.
    let mut behind = world();
    behind["stacks"]["shop-prod-checkout"]["parameters"]["Image"] = json!(image('b'));
    let outcome = run(&behind, &["checkout", &image('a')]);
    outcome.succeeded();
    assert_eq!(outcome.changes().len(), 1, "{:#?}", outcome.changes());
    assert!(outcome.stdout.contains("already (revision 9)"), "{}", outcome.told());

    // Its stack describes newer settings.
    let mut newer = world();
    newer["stacks"]["shop-prod-checkout"]["outputs"]["TaskDefinitionArn"] = json!(format!("{DEFINITION}:10"));
    newer["task_definitions"][format!("{DEFINITION}:10")] = definition(&image('a'), Value::Null);
    newer["task_definitions"][format!("{DEFINITION}:10")]["taskDefinition"]["cpu"] = json!("1024");
    for arguments in [&["checkout", &*image('a')], &["--described", "checkout"]] {
        let outcome = run(&newer, arguments);
        outcome.succeeded();
        assert_eq!(outcome.changes().len(), 1, "{:#?}", outcome.changes());
        assert!(outcome.changes()[0].starts_with("deploy create-deployment"));
        assert!(outcome.stdout.contains("(revision 10); tasks: 2, all healthy."), "{}", outcome.told());
    }
}

#[test]
fn the_first_release_replaces_the_placeholder() {
    let mut world = world();
    world["stacks"]["shop-prod-checkout"]["parameters"]["Image"] = json!("");
    world["task_definitions"][format!("{DEFINITION}:9")] =
        definition("busybox", json!({"bluegreen.bootstrap": "true"}));
    let outcome = run(&world, &["checkout", &image('b')]);
    outcome.succeeded();
    assert_eq!(outcome.changes().len(), 2, "{:#?}", outcome.changes());
}

#[test]
fn a_fixed_image_is_changed_in_the_blueprint() {
    let mut stacks = stacks();
    stacks[2].lookups.remove(0);
    let place = place();
    let script = release_script(&context(&environment(), &stacks)).expect("the script renders");
    place.write("release.sh", &script.expect("there is a service"));
    run_in(&place, &world(), &[&image('b')])
        .refused(&["the blueprint fixes its image", "./release.sh --described checkout"]);
    let mut newer = world();
    newer["task_definitions"][format!("{DEFINITION}:10")] = definition("nginx", Value::Null);
    newer["stacks"]["shop-prod-checkout"]["outputs"]["TaskDefinitionArn"] = json!(format!("{DEFINITION}:10"));
    run_in(&place, &newer, &["--described"]).succeeded();
}

#[test]
fn a_failing_deployment_tells_why_and_follows_the_way_back() {
    let mut world = world();
    let mut failed = events(1);
    failed[1] = json!(["Install", "Failed", {"errorCode": "ScriptFailed", "message": "tasks do not start"}]);
    world["rollout"]["steps"] = json!([
        {"status": "InProgress", "events": events(1)},
        {"status": "Failed", "events": failed, "error": {"code": "HEALTH_CONSTRAINTS", "message": "Too many failed."}},
        {"status": "Failed", "events": failed, "error": {"code": "HEALTH_CONSTRAINTS", "message": "Too many failed."},
         "rollback": {"rollbackDeploymentId": "d-BACK"}},
    ]);
    world["started"]["d-BACK"] = json!({
        "application": "shop-prod-checkout", "group": "shop-prod-checkout", "definition": "",
        "steps": [{"status": "InProgress"}, {"status": "Succeeded"}],
    });
    world["stopped"] = json!([
        {"taskArn": "arn:task/shop/old", "taskDefinitionArn": format!("{DEFINITION}:9"), "stoppedReason": "scaled in"},
        {"taskArn": "arn:task/shop/0123", "taskDefinitionArn": format!("{DEFINITION}:10"),
         "stoppedReason": "Essential container in task exited",
         "containers": [{"name": "otel"}, {"name": "web", "exitCode": 1, "reason": "OutOfMemoryError"}]},
    ]);
    let outcome = run(&world, &["checkout", &image('b')]);
    assert_eq!(outcome.code, 1, "{}", outcome.told());
    for said in [
        "deployment d-NEW failed (HEALTH_CONSTRAINTS): Too many failed.",
        "Install failed (ScriptFailed): tasks do not start",
        "task 0123 stopped: Essential container in task exited; web exit 1 OutOfMemoryError",
        "aws logs get-log-events --region eu-west-1 --log-group-name /shop --log-stream-name logs/web/0123 ",
        "CodeDeploy goes back: deployment d-BACK",
        "It is back: checkout runs revision 9.",
    ] {
        assert!(outcome.stderr.contains(said), "{said:?} is missing from: {}", outcome.told());
    }
    assert!(!outcome.stderr.contains("scaled in"), "{}", outcome.told());

    // The image of before still runs: it is described again, and not deployed.
    let mut after = outcome.world;
    after["deployments"]["shop-prod-checkout"] = json!([]);
    let outcome = run(&after, &["checkout", &image('a')]);
    outcome.succeeded();
    assert_eq!(outcome.changes().len(), 1, "{:#?}", outcome.changes());
}

#[test]
fn a_red_alarm_and_a_missing_rollback_are_told() {
    let mut world = world();
    world["rollout"]["steps"] =
        json!([{"status": "Stopped", "error": {"code": "ALARM_ACTIVE", "message": "an alarm is active"}}]);
    let outcome = run(&world, &["checkout", &image('b')]);
    assert_eq!(outcome.code, 1, "{}", outcome.told());
    for said in [
        "deployment d-NEW stopped (ALARM_ACTIVE): an alarm is active",
        "Release a fix while an alarm is red",
        "CodeDeploy did not start to go back",
        "aws logs filter-log-events --region eu-west-1 --log-group-name /shop",
    ] {
        assert!(outcome.stderr.contains(said), "{said:?} is missing from: {}", outcome.told());
    }
}

#[test]
fn a_refused_deployment_shows_what_codedeploy_says() {
    let mut world = world();
    world["rollout"] =
        json!({"refusal": ["DeploymentLimitExceededException", "d-OTHER is already deploying"]});
    let outcome = run(&world, &["checkout", &image('b')]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("did not start a deployment"), "{}", outcome.told());
    assert!(outcome.stderr.contains("d-OTHER is already deploying"), "{}", outcome.told());
}

#[test]
fn success_is_believed_only_of_healthy_tasks() {
    let ends = |primary: Value, health: Value| {
        let mut world = world();
        world["health"][BLUE] = health;
        let last = json!({"status": "Succeeded", "events": events(8), "primary": primary});
        world["rollout"]["steps"] = json!([{"status": "InProgress"}, last]);
        run(&world, &["checkout", &image('b')])
    };
    let slow = json!({"runningCount": 1, "computedDesiredCount": 2, "stabilityStatus": "STABILIZING"});
    let other = json!({
        "taskDefinition": "arn:other:1", "runningCount": 2, "computedDesiredCount": 2, "stabilityStatus": "STEADY_STATE",
    });
    let healthy = json!(["healthy", "healthy"]);
    for (primary, health, said) in [
        (slow, healthy.clone(), "1 of 2 tasks run (STABILIZING)"),
        (other, healthy.clone(), "the primary tasks of checkout run arn:other:1"),
        (steady(), json!(["healthy", "unhealthy"]), "is unhealthy"),
        (steady(), json!(["healthy"]), "1 of 2 tasks are healthy"),
    ] {
        let outcome = ends(primary, health);
        assert_eq!(outcome.code, 1, "{}", outcome.told());
        assert!(outcome.stderr.contains("deployment d-NEW succeeded, and yet:"), "{}", outcome.told());
        assert!(outcome.stderr.contains(said), "{said:?} is missing from: {}", outcome.told());
    }
    let outcome = ends(steady(), healthy);
    outcome.succeeded();
    assert!(outcome.stdout.contains("The old tasks are gone"), "{}", outcome.told());
    assert!(outcome.stdout.contains(&format!("./release.sh checkout {}", image('a'))), "{}", outcome.told());
}

#[test]
fn a_deployment_that_waits_for_approval_says_what_goes_on() {
    let mut world = world();
    let ready = json!({"status": "Ready", "events": events(5)});
    let steps = world["rollout"]["steps"].as_array_mut().expect("steps");
    steps.splice(3..3, [ready.clone(), ready]);
    let outcome = run(&world, &["checkout", &image('b')]);
    outcome.succeeded();
    let said = "Ready: it waits 2h for somebody to approve";
    assert_eq!(outcome.stdout.matches(said).count(), 1, "{}", outcome.told());
    assert!(
        outcome.stdout.contains(
            "aws deploy continue-deployment --region eu-west-1 --deployment-id d-NEW --deployment-wait-type READY_WAIT"
        ),
        "{}",
        outcome.told()
    );
}

#[test]
fn hiccups_of_the_network_do_not_end_it_and_silence_does() {
    let mut world = world();
    let silent = json!({"status": "InProgress", "error": "unreachable"});
    let steps = world["rollout"]["steps"].as_array_mut().expect("steps");
    steps.splice(2..2, vec![silent.clone(); 5]);
    run(&world, &["checkout", &image('b')]).succeeded();

    world["rollout"]["steps"] = json!([silent]);
    let outcome = run(&world, &["checkout", &image('b')]);
    assert_eq!(outcome.code, 1, "{}", outcome.told());
    assert!(outcome.stderr.contains("cannot be watched any more, and goes on without this script"));
    assert!(outcome.stderr.contains("Rate exceeded"), "{}", outcome.told());
    assert!(outcome.stderr.contains("./release.sh --wait d-NEW checkout"), "{}", outcome.told());
}

#[test]
fn time_that_is_up_leaves_the_deployment_running() {
    let mut world = world();
    world["rollout"]["steps"] = json!([{"status": "InProgress"}]);
    let outcome = run(&world, &["--timeout", "0s", "checkout", &image('b')]);
    assert_eq!(outcome.code, 1, "{}", outcome.told());
    assert!(outcome.stderr.contains("gave up waiting; the deployment goes on"), "{}", outcome.told());
    assert!(outcome.stderr.contains("./release.sh --wait d-NEW checkout"), "{}", outcome.told());
}

#[test]
fn without_waiting_it_is_only_started() {
    let outcome = run(&world(), &["--no-wait", "checkout", &image('b')]);
    outcome.succeeded();
    assert!(outcome.stdout.contains("deployment d-NEW of revision 10"), "{}", outcome.told());
    assert!(!outcome.calls.iter().any(|call| call[1] == "get-deployment"), "{:?}", outcome.calls);
}

#[test]
fn an_interruption_while_it_waits_leaves_the_deployment_running() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let place = place();
        // As a terminal does: to everything that runs.
        place.fake("sleep", &format!("#!/usr/bin/env bash\nkill -{signal} 0\nexec /bin/sleep 20\n"));
        let outcome = place.run(command(&place, &["checkout", &image('b')]), &world());
        assert_eq!(outcome.code, code, "{}", outcome.told());
        for said in [
            "interrupted; the deployment goes on without this script.",
            "./release.sh --wait d-NEW checkout",
            "aws deploy stop-deployment --region eu-west-1 --deployment-id d-NEW --auto-rollback-enabled",
        ] {
            assert!(outcome.stderr.contains(said), "{said:?} is missing from: {}", outcome.told());
        }
        assert!(!outcome.calls.iter().any(|call| call[1] == "stop-deployment"), "{:?}", outcome.calls);
    }
}

#[test]
fn an_interruption_while_it_starts_still_tells_the_id() {
    for (signal, code) in [("SIGINT", 130), ("SIGTERM", 143)] {
        let mut world = world();
        world["rollout"]["signal"] = json!(signal);
        let outcome = run(&world, &["checkout", &image('b')]);
        assert_eq!(outcome.code, code, "{}", outcome.told());
        assert!(outcome.stderr.contains("./release.sh --wait d-NEW checkout"), "{}", outcome.told());
        assert_eq!(outcome.world["started"]["d-NEW"]["definition"], format!("{DEFINITION}:10"));
    }
}

#[test]
fn an_interruption_during_the_update_says_that_nothing_was_released() {
    let mut world = world();
    world["update"]["signal"] = json!("SIGTERM");
    let outcome = run(&world, &["checkout", &image('b')]);
    assert_eq!(outcome.code, 143, "{}", outcome.told());
    assert!(
        outcome.stderr.contains("Nothing was released. At its end, run this again"),
        "{}",
        outcome.told()
    );
    assert!(!outcome.calls.iter().any(|call| call[1] == "create-deployment"), "{:?}", outcome.calls);
}

#[test]
fn a_failing_update_releases_nothing() {
    let mut world = world();
    world["failing_sync"]["shop-prod-checkout"]["events"] = json!([{
        "EventId": "1", "LogicalResourceId": "TaskDefinition", "ResourceType": "AWS::ECS::TaskDefinition",
        "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "no such role",
    }]);
    let outcome = run(&world, &["checkout", &image('b')]);
    assert_eq!(outcome.code, 1, "{}", outcome.told());
    assert!(outcome.stderr.contains("TaskDefinition (AWS::ECS::TaskDefinition) CREATE_FAILED: no such role"));
    assert!(outcome.stderr.contains("nothing was released"), "{}", outcome.told());
    assert_eq!(outcome.changes().len(), 1, "{:#?}", outcome.changes());

    world["failing_sync"]["shop-prod-checkout"]["refusal"] = json!("not allowed");
    let outcome = run(&world, &["checkout", &image('b')]);
    assert_eq!(outcome.code, 1, "{}", outcome.told());
    assert!(outcome.stderr.contains("not allowed"), "{}", outcome.told());
}

#[test]
fn a_running_deployment_is_followed_on_request() {
    let mut busy = world();
    busy["deployments"]["shop-prod-checkout"][0] = json!({"id": "d-NOW", "status": "InProgress"});
    run(&busy, &["checkout", &image('b')])
        .refused(&["deployment d-NOW is under way", "./release.sh --wait d-NOW checkout"]);

    let mut steps = busy["rollout"]["steps"].clone();
    steps[4]["primary"]["taskDefinition"] = json!(format!("{DEFINITION}:9"));
    busy["started"]["d-NOW"] = json!({
        "application": "shop-prod-checkout", "group": "shop-prod-checkout", "definition": "", "steps": steps,
    });
    for arguments in [&["--wait", "d-NOW"][..], &["--wait", "d-NOW", "checkout"]] {
        let outcome = run(&busy, arguments);
        outcome.succeeded();
        assert_eq!(outcome.changes(), Vec::<String>::new());
        assert!(followed(&outcome).contains(&"AllowTraffic: Succeeded"), "{}", outcome.told());
        assert!(outcome.stdout.contains("(revision 9); tasks: 2, all healthy."), "{}", outcome.told());
    }

    run(&busy, &["--wait", "d-NONE"]).refused(&["there is no deployment d-NONE in eu-west-1"]);
    let mut other = busy.clone();
    other["started"]["d-NOW"]["application"] = json!("another");
    run(&other, &["--wait", "d-NOW"]).refused(&["is of another, which is no service of shop in prod"]);
    let mut back = busy.clone();
    back["started"]["d-NOW"]["steps"][0]["rollback"] = json!({"rollbackTriggeringDeploymentId": "d-BAD"});
    run(&back, &["--wait", "d-NOW"]).refused(&["takes back d-BAD; it releases nothing"]);
}

#[test]
fn what_stops_deploy_stops_a_release() {
    let mut disagreeing = world();
    disagreeing["rules"][LISTENER] = json!([{"Actions": [{"ForwardConfig": {"TargetGroups": [
        {"TargetGroupArn": BLUE, "Weight": 50}, {"TargetGroupArn": GREEN, "Weight": 50}]}}]}]);
    run(&disagreeing, &[&image('b')]).refused(&["load balancer and ECS disagree about the live tasks"]);

    run(&empty_world(), &[&image('b')])
        .refused(&["there is no stack shop-prod-checkout in eu-west-1", "./deploy.sh --dry-run"]);
    for status in ["UPDATE_IN_PROGRESS", "UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED", "ROLLBACK_COMPLETE"] {
        let mut stuck = world();
        stuck["stacks"]["shop-prod-checkout"]["status"] = json!(status);
        run(&stuck, &[&image('b')]).refused(&[
            &format!("shop-prod-checkout is {status}"),
            "./deploy.sh --dry-run --stack shop-prod-checkout",
        ]);
    }

    let mut account = world();
    account["account"] = json!("999999999999");
    run(&account, &[&image('b')])
        .refused(&["these credentials are for account 999999999999", "./release.sh"]);

    let mut without = world();
    without["stacks"]["shop-prod-checkout"]["parameters"] = json!({"DbSecret": "x"});
    run(&without, &[&image('b')]).refused(&["does not take an image (Image) yet"]);
    let mut older = world();
    older["stacks"]["shop-prod-checkout"]["outputs"] = json!({});
    run(&older, &[&image('b')]).refused(&["lacks the output TaskDefinitionArn"]);
}

#[test]
fn words_that_mean_nothing_are_refused() {
    let image = image('b');
    for (arguments, said) in [
        (&[][..], "which image?"),
        (&["checkout"], "which image?"),
        (&["checkout", ""], "an argument is empty"),
        (&["chekout", &image], "there is no service chekout; there are:"),
        (&["checkout", "checkout", &image], "what is checkout?"),
        (&["--force", &image], "unknown option --force"),
        (&["--timeout", "1d", &image], "--timeout 1d: write 90s, 90m or 2h"),
        (&["--timeout"], "--timeout needs a value"),
        (&["--wait", "checkout"], "checkout is not a deployment"),
        (&["--wait", "d-1", "--no-wait"], "--wait only follows"),
        (&["--described", "other"], "there is no service other"),
    ] {
        let outcome = run(&world(), arguments);
        outcome.refused(&[said]);
        assert!(outcome.calls.is_empty(), "{:?}", outcome.calls);
    }
    let help = run(&world(), &["--help"]);
    help.succeeded();
    assert!(help.stdout.contains("    checkout\n") && help.calls.is_empty(), "{}", help.told());
}

#[test]
fn a_dry_run_changes_nothing() {
    let outcome = run(&world(), &["--dry-run", "checkout", &format!("{REPOSITORY}:v2")]);
    outcome.succeeded();
    assert_eq!(outcome.changes(), Vec::<String>::new());
    let said = format!("release checkout: {} in place of {}", image('b'), image('a'));
    assert!(outcome.stdout.contains(&said), "{}", outcome.told());
    let outcome = run(&world(), &["--dry-run", &image('a')]);
    outcome.succeeded();
    assert!(outcome.stdout.contains("already (revision 9)"), "{}", outcome.told());
}

#[test]
fn a_protected_environment_asks_first() {
    let place = place_of(&Environment { protected: true, ..environment() });
    run_in(&place, &world(), &[&image('b')])
        .refused(&["prod is protected and nobody can be asked; add --yes"]);
    run_in(&place, &world(), &["--yes", &image('b')]).succeeded();
}

/// Both scripts read the same parts.
#[test]
fn deploy_and_release_look_in_the_same_way() {
    let deploy = deploy_script(&context(&environment(), &stacks())).expect("the script renders");
    let release = place().read("release.sh");
    for function in
        ["ask_in() {", "check_service() {", "read_traffic() {", "use_service() {", "update_call() {"]
    {
        let body = |text: &str| {
            let start = text.find(&format!("\n{function}")).unwrap_or_else(|| panic!("no {function}"));
            text[start..].split("\n}\n").next().map(str::to_owned)
        };
        assert_eq!(body(&deploy), body(&release), "{function}");
    }
}
