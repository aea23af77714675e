//! The scripts where CloudFormation's hook moves the traffic.

use std::{os::unix::process::CommandExt, process::Command};

use serde_json::{Value, json};

use crate::{
    fixture::{BLUE, GREEN, LISTENER, cloudformation_place, empty_world},
    harness::{Outcome, Place},
};

const STACK: &str = "shop-prod-checkout";
const ID: &str = "arn:aws:cloudformation:eu-west-1:111122223333:stack/shop-prod-checkout/0";
const DEFINITION: &str = "arn:aws:ecs:eu-west-1:111122223333:task-definition/shop-prod-checkout";
const REPOSITORY: &str = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/checkout";
const ALARM: &str = "shop-prod-checkout-rollback";

fn image(digit: char) -> String {
    format!("{REPOSITORY}@sha256:{}", digit.to_string().repeat(64))
}

fn set(status: &str, revision: u32, group: &str) -> Value {
    json!({
        "status": status, "taskDefinition": format!("{DEFINITION}:{revision}"), "runningCount": 2,
        "computedDesiredCount": 2, "stabilityStatus": "STEADY_STATE", "loadBalancers": [{"targetGroupArn": group}],
    })
}

/// Revision 1 with image a runs on blue; a release succeeds.
fn world() -> Value {
    let mut world = empty_world();
    world["stacks"] = json!({
        "shop-prod-cluster": {"status": "CREATE_COMPLETE"},
        STACK: {
            "status": "UPDATE_COMPLETE",
            "id": ID,
            "parameters": {"ClusterName": "shop-prod"},
            "template": format!("Resources:\n  Other: 1\n  TaskDefinition:\n    Image: \"{}\"\n", image('a')),
            "resources": {
                "ProductionListener": LISTENER, "BlueTargetGroup": BLUE, "GreenTargetGroup": GREEN,
                "TaskDefinition": format!("{DEFINITION}:1"),
            },
            "events": [{"EventId": "old", "ResourceStatus": "UPDATE_FAILED", "ResourceStatusReason": "long ago"}],
        },
    });
    world["rules"] = json!({LISTENER: [{"IsDefault": true, "Actions": [{"Type": "forward", "ForwardConfig": {
        "TargetGroups": [{"TargetGroupArn": BLUE, "Weight": 100}],
    }}]}]});
    world["clusters"]["shop-prod"]["checkout"] =
        json!({"status": "ACTIVE", "taskSets": [set("PRIMARY", 1, BLUE)], "deployments": []});
    for (revision, digit) in [(1, 'a'), (2, 'b')] {
        world["task_definitions"][format!("{DEFINITION}:{revision}")] =
            json!({"taskDefinition": {"containerDefinitions": [{"name": "web", "image": image(digit)}]}});
        world["images"][image(digit).split('@').next_back().expect("a digest")] =
            json!({"imageDigest": image(digit).split('@').next_back()});
    }
    world["alarms"] = json!([ALARM]);
    world["health"] = json!({GREEN: ["healthy", "healthy"]});
    world["change_set"] = json!({"changes": [
        ["Add", "TaskSetGreen"], ["Remove", "TaskDefinition"], ["Modify", "ProductionListener"],
        ["Add", "TaskDefinitionGreen"], ["Remove", "TaskSet"], ["Modify", "PrimaryTaskSet"],
    ]});
    world["rollout"] = json!({"steps": [
        {"status": "UPDATE_COMPLETE"},
        {"status": "UPDATE_IN_PROGRESS", "events": [{"EventId": "new"}],
            "resources": {"TaskDefinitionGreen": format!("{DEFINITION}:2")}},
        {"status": "UPDATE_IN_PROGRESS", "sets": [set("PRIMARY", 1, BLUE), set("ACTIVE", 2, GREEN)]},
        {"status": "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "sets": [set("ACTIVE", 1, BLUE), set("PRIMARY", 2, GREEN)]},
        {"status": "UPDATE_COMPLETE", "gone": ["TaskDefinition"]},
    ]});
    world
}

fn run_in(place: &Place, script: &str, world: &Value, arguments: &[&str]) -> Outcome {
    place.fake("sleep", "#!/usr/bin/env bash\n");
    let mut command = Command::new("bash");
    command.arg(place.folder.path().join(script)).args(arguments).process_group(0);
    place.run(command, world)
}

fn release(world: &Value, arguments: &[&str]) -> Outcome {
    run_in(&cloudformation_place(), "release.sh", world, arguments)
}

#[track_caller]
fn told(outcome: &Outcome, lines: &[&str]) {
    let all = outcome.told();
    for line in lines {
        assert!(all.contains(line), "{line:?} is missing from: {all}");
    }
}

fn calls(outcome: &Outcome, command: &str) -> usize {
    outcome.calls.iter().filter(|call| call[1] == command).count()
}

#[test]
fn the_scripts_are_sound() {
    let place = cloudformation_place();
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
fn a_release_is_the_stack_s_own_template_with_another_end() {
    let outcome = release(&world(), &[&image('b')]);
    outcome.succeeded();
    let sent = format!(
        "Resources:\n  Other: 1\n  TaskDefinition:\n    Image: \"{}\"\n    Cpu: 512\n    Sidecar:\n      Image: otel\n",
        image('b')
    );
    assert_eq!(outcome.world["stacks"][STACK]["sent"], sent);
    let call = outcome.calls.iter().find(|call| call[1] == "create-change-set").expect("a change set");
    let trigger =
        format!("RollbackTriggers=[{{Arn=arn:alarm:{ALARM},Type=AWS::CloudWatch::CompositeAlarm}}]");
    assert!(call.contains(&trigger), "{call:?}");
    assert_eq!(calls(&outcome, "execute-change-set"), 1);
    let last = format!("checkout runs {} (revision 2); tasks: 2, all healthy.", image('b'));
    told(
        &outcome,
        &[&last, &format!("./release.sh checkout {}", image('a')), "revision 2 (ACTIVE) 2 of 2 tasks"],
    );
}

#[test]
fn a_change_set_that_does_something_else_is_deleted() {
    let spoiled = [
        json!([["Modify", "TaskDefinition"], ["Modify", "TaskSet"]]),
        json!([["Add", "TaskDefinitionGreen"], ["Add", "TaskSetGreen"]]),
        json!([
            ["Add", "TaskDefinitionGreen"],
            ["Add", "TaskSetGreen"],
            ["Remove", "TaskDefinition"],
            ["Remove", "TaskSet"],
            ["Modify", "Service"],
        ]),
        json!([]),
    ];
    for changes in spoiled {
        let mut world = world();
        world["change_set"]["changes"] = changes.clone();
        let outcome = release(&world, &[&image('b')]);
        assert_eq!(outcome.code, 1, "{}", outcome.told());
        told(&outcome, &["something else than a green deployment", "nothing was released"]);
        assert_eq!(calls(&outcome, "execute-change-set"), 0, "{changes}");
        assert_eq!(outcome.world["stacks"][STACK]["change_sets"], json!({}), "{changes}");
    }
}

#[test]
fn what_cloudformation_refuses_is_told_and_what_runs_is_not_released() {
    let mut world = world();
    world["change_set"] = json!({"changes": [], "reason": "Transform failed with: Additional resource diff"});
    let outcome = release(&world, &[&image('b')]);
    assert_eq!(outcome.code, 1);
    told(&outcome, &["Additional resource diff", "nothing was released"]);
    assert_eq!(outcome.world["stacks"][STACK]["change_sets"], json!({}));
    world["change_set"]["reason"] = json!("The submitted information didn't contain changes.");
    let outcome = release(&world, &[&image('a')]);
    outcome.succeeded();
    told(&outcome, &["already"]);
    assert_eq!(calls(&outcome, "execute-change-set"), 0);
}

#[test]
fn alarms_are_looked_at_first() {
    let mut red = world();
    red["red"] = json!([ALARM]);
    let outcome = release(&red, &[&image('b')]);
    outcome.refused(&["the alarm shop-prod-checkout-rollback is red", "--despite-alarms"]);
    assert_eq!(calls(&outcome, "create-change-set"), 0);
    let outcome = release(&red, &["--despite-alarms", &image('b')]);
    outcome.succeeded();
    let call = outcome.calls.iter().find(|call| call[1] == "create-change-set").expect("a change set");
    assert!(call.contains(&"RollbackTriggers=[]".to_owned()), "{call:?}");
    let mut none = world();
    none["alarms"] = json!([]);
    release(&none, &[&image('b')]).refused(&["there is no alarm shop-prod-checkout-rollback"]);
}

#[test]
fn a_failure_is_explained_once_traffic_is_back() {
    let mut world = world();
    world["rollout"]["steps"] = json!([
        {"status": "UPDATE_IN_PROGRESS", "events": [{"EventId": "new"}],
            "resources": {"TaskDefinitionGreen": format!("{DEFINITION}:2")}},
        {"status": "UPDATE_ROLLBACK_IN_PROGRESS", "reason": "the hook failed", "events": [
            {"EventId": "e", "LogicalResourceId": "TaskSetGreen", "ResourceType": "AWS::ECS::TaskSet",
             "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "tasks do not start"},
        ]},
        {"status": "UPDATE_ROLLBACK_IN_PROGRESS", "reason": "the hook failed"},
        {"status": "UPDATE_ROLLBACK_COMPLETE", "gone": ["TaskDefinitionGreen"]},
    ]);
    let outcome = release(&world, &[&image('b')]);
    assert_eq!(outcome.code, 1, "{}", outcome.told());
    told(&outcome, &["the hook failed", "tasks do not start", "It is back: checkout runs revision 1."]);
    assert!(!outcome.stderr.contains("long ago"), "{}", outcome.told());
}

#[test]
fn an_interruption_leaves_no_change_set_and_no_release_alone() {
    for (signal, code) in [("SIGINT", 130), ("SIGTERM", 143)] {
        let mut early = world();
        early["change_set"]["signal"] = json!(signal);
        let outcome = release(&early, &[&image('b')]);
        assert_eq!(outcome.code, code, "{}", outcome.told());
        told(&outcome, &["its change set was deleted, and nothing was released"]);
        assert_eq!(outcome.world["stacks"][STACK]["change_sets"], json!({}));
        let mut late = world();
        late["rollout"]["signal"] = json!(signal);
        let outcome = release(&late, &[&image('b')]);
        assert_eq!(outcome.code, code, "{}", outcome.told());
        told(
            &outcome,
            &["goes on without this script", "cancel-update-stack", &format!("--wait {ID} checkout")],
        );
    }
}

#[test]
fn a_release_under_way_is_followed_on_request() {
    let mut world = world();
    world["stacks"][STACK]["steps"] = world["rollout"]["steps"].clone();
    let outcome = release(&world, &["--wait", ID]);
    outcome.succeeded();
    told(&outcome, &["(revision 2)"]);
    release(&world, &["--wait", &ID.replace("checkout", "basket")]).refused(&["is the stack of no service"]);
    release(&world, &["--wait", "d-OTHER"]).refused(&["is not a deployment", ":stack/"]);
}

#[test]
fn what_is_described_needs_an_image() {
    let mut world = world();
    world["task_definitions"][format!("{DEFINITION}:1")]["taskDefinition"]["containerDefinitions"][0]["dockerLabels"] =
        json!({"bluegreen.bootstrap": "true"});
    let outcome = release(&world, &["--described"]);
    outcome.refused(&["runs a placeholder; which image?"]);
    assert_eq!(calls(&outcome, "create-change-set"), 0);
}

#[test]
fn a_dry_run_makes_no_change_set() {
    let outcome = release(&world(), &["--dry-run", &image('b')]);
    outcome.succeeded();
    told(&outcome, &["Nothing was changed."]);
    assert_eq!(calls(&outcome, "create-change-set"), 0);
}
