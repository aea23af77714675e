use std::process::Command;

use serde_json::{Value, json};

use crate::{
    fixture::{
        BLUE, GREEN, IMAGE, LISTENER, empty_world, environment, green_world, place, place_of,
        place_without_placeholder,
    },
    harness::{Outcome, Place},
};

fn run_in(place: &Place, world: &Value, arguments: &[&str]) -> Outcome {
    let mut command = Command::new("bash");
    command.arg(place.folder.path().join("deploy.sh")).args(arguments).env_remove("TEMPLATE_BUCKET");
    place.run(command, world)
}

fn run(world: &Value, arguments: &[&str]) -> Outcome {
    run_in(&place(), world, arguments)
}

#[test]
fn the_script_is_sound() {
    let place = place();
    let script = place.folder.path().join("deploy.sh");
    assert!(Command::new("bash").arg("-n").arg(&script).status().expect("bash runs").success());
    match Command::new("shellcheck").arg(&script).output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
        Err(error) => eprintln!("shellcheck was not run: {error}"),
    }
}

#[test]
fn a_first_deployment_creates_every_stack_in_order() {
    let outcome = run(&empty_world(), &["CertificateArn=arn:certificate"]);
    outcome.succeeded();
    let changes = outcome.changes();
    let starts = [
        "cloudformation deploy --region eu-west-1 --stack-name shop-prod-cluster --template-file cluster.yaml --no-fail-on-empty-changeset",
        "cloudformation deploy --region eu-west-1 --stack-name shop-prod-checkout-edge",
        "cloudformation set-stack-policy --region eu-west-1 --stack-name shop-prod-checkout-edge --stack-policy-body file://policies/checkout-edge.json",
        "cloudformation deploy --region eu-west-1 --stack-name shop-prod-checkout",
    ];
    assert_eq!(changes.len(), starts.len(), "{changes:#?}");
    for (change, start) in changes.iter().zip(starts) {
        assert!(change.starts_with(start), "{changes:#?}");
    }
    let cluster = outcome.deploy_of("shop-prod-cluster");
    assert!(cluster.iter().any(|it| it == "Owner=Team \"Pay\" & co's $HOME"), "{cluster:?}");
    assert!(cluster.iter().any(|it| it == "team=payments and more"), "{cluster:?}");
    assert!(!cluster.iter().any(|it| it == "--capabilities"), "{cluster:?}");
    let parameters = |stack: &str| outcome.world["stacks"][stack]["parameters"].clone();
    assert_eq!(
        parameters("shop-prod-checkout-edge"),
        json!({"CertificateArn": "arn:certificate", "LiveColor": "blue"})
    );
    // No image: there is no service yet, so the template's default stands.
    assert_eq!(parameters("shop-prod-checkout"), json!({"DbSecret": "arn:secret:checkout/db-AbCdEf"}));
    assert!(outcome.stdout.contains("CheckoutUrl: https://shop.example.com"), "{}", outcome.told());
}

#[test]
fn an_update_keeps_green_live_and_the_running_image() {
    let outcome = run(&green_world(), &[]);
    outcome.succeeded();
    let edge = &outcome.world["stacks"]["shop-prod-checkout-edge"]["parameters"];
    assert_eq!(edge, &json!({"CertificateArn": "arn:certificate", "LiveColor": "green"}));
    assert!(!outcome.deploy_of("shop-prod-checkout-edge").iter().any(|it| it.starts_with("CertificateArn=")));
    assert_eq!(outcome.world["stacks"]["shop-prod-checkout"]["parameters"]["Image"], IMAGE);
    // The policy is in force before the update.
    let changes = outcome.changes();
    let of_edge: Vec<_> = changes.iter().filter(|it| it.contains("checkout-edge")).collect();
    assert!(of_edge[1].contains("set-stack-policy") && of_edge.len() == 3, "{changes:#?}");
}

#[test]
fn tasks_begin_with_a_release_and_not_with_an_image() {
    let released = |world: &Value, arguments: &[&str]| {
        let outcome = run_in(&place_without_placeholder(), world, arguments);
        outcome.succeeded();
        outcome.world["stacks"]["shop-prod-checkout"]["parameters"]["Released"].clone()
    };
    assert_eq!(released(&empty_world(), &["CertificateArn=a"]), "no");
    // The image is described; what runs is still what the service was created with.
    let mut world = green_world();
    world["task_definitions"]["arn:task-definition/shop-prod-checkout:9"]["taskDefinition"]["containerDefinitions"]
        [1]["dockerLabels"] = json!({"bluegreen.bootstrap": "true"});
    assert_eq!(released(&world, &["Image=repository@sha256:aa"]), "no");
    assert_eq!(released(&green_world(), &[]), "yes");
    run_in(&place_without_placeholder(), &green_world(), &["Released=yes"])
        .refused(&["Released follows what runs"]);
}

#[test]
fn a_color_the_stack_does_not_know_is_synced_alone_and_first() {
    let mut world = green_world();
    world["stacks"]["shop-prod-checkout-edge"]["capabilities"] = json!(["CAPABILITY_IAM"]);
    let outcome = run(&world, &["CertificateArn=other"]);
    outcome.succeeded();
    let changes = outcome.changes();
    let at = |start: &str| changes.iter().position(|it| it.starts_with(start));
    let sync = at("cloudformation update-stack").expect("a sync");
    assert_eq!(
        changes[sync],
        "cloudformation update-stack --region eu-west-1 --stack-name shop-prod-checkout-edge --use-previous-template \
         --parameters ParameterKey=CertificateArn,UsePreviousValue=true ParameterKey=LiveColor,ParameterValue=green \
         --capabilities CAPABILITY_IAM --disable-rollback"
    );
    assert!(
        Some(sync) < at("cloudformation deploy --region eu-west-1 --stack-name shop-prod-checkout-edge"),
        "{changes:#?}"
    );
    assert!(
        outcome.stdout.contains("checkout is live on green, the stack still says LiveColor=blue."),
        "{}",
        outcome.told()
    );
    assert_eq!(
        outcome.world["stacks"]["shop-prod-checkout-edge"]["parameters"],
        json!({"CertificateArn": "other", "LiveColor": "green"})
    );
}

#[test]
fn a_color_the_stack_knows_needs_no_sync() {
    for recorded in [json!({"LiveColor": "green"}), json!({"CertificateArn": "arn:certificate"})] {
        let mut world = green_world();
        world["stacks"]["shop-prod-checkout-edge"]["parameters"] = recorded;
        let outcome = run(&world, &["CertificateArn=x"]);
        outcome.succeeded();
        assert!(!outcome.changes().iter().any(|it| it.contains("update-stack")), "{}", outcome.told());
    }
}

#[test]
fn a_sync_without_any_effect_is_none() {
    let mut world = green_world();
    world["failing_sync"]["shop-prod-checkout-edge"]["refusal"] = json!("No updates are to be performed.");
    run(&world, &[]).succeeded();
    world["failing_sync"]["shop-prod-checkout-edge"]["refusal"] = json!("no such permission");
    let outcome = run(&world, &[]);
    assert_ne!(outcome.code, 0);
    assert!(outcome.stderr.contains("no such permission"), "{}", outcome.told());
    assert!(
        outcome
            .changes()
            .iter()
            .all(|it| !it.contains("deploy --region eu-west-1 --stack-name shop-prod-checkout-edge"))
    );
}

#[test]
fn a_failed_sync_ends_everything_and_tells_where_traffic_is() {
    let mut world = green_world();
    world["failing_sync"]["shop-prod-checkout-edge"]["events"] = json!([{
        "EventId": "1", "LogicalResourceId": "ProductionListener", "ResourceType": "AWS::X::Y",
        "ResourceStatus": "UPDATE_FAILED", "ResourceStatusReason": "Rate exceeded",
    }]);
    let end = |outcome: &Outcome| {
        assert_ne!(outcome.code, 0, "{}", outcome.told());
        assert!(outcome.stderr.contains("ProductionListener (AWS::X::Y) UPDATE_FAILED: Rate exceeded"));
        assert!(outcome.stderr.contains("run this script again"), "{}", outcome.told());
        let after = outcome.changes().into_iter().skip_while(|it| !it.contains("update-stack")).count();
        assert_eq!(after, 1, "{:#?}", outcome.changes());
    };
    let outcome = run(&world, &[]);
    end(&outcome);
    assert!(outcome.stderr.contains("checkout: production traffic is still on green."), "{}", outcome.told());

    // The listener was put back.
    let mut moved = world.clone();
    let group = |arn: &str, weight: u32| json!({"TargetGroupArn": arn, "Weight": weight});
    moved["failing_sync"]["shop-prod-checkout-edge"]["rules"][LISTENER] = json!([
        {"IsDefault": true, "Actions": [{"ForwardConfig": {"TargetGroups": [group(BLUE, 100), group(GREEN, 0)]}}]},
    ]);
    let outcome = run(&moved, &[]);
    end(&outcome);
    let command = format!(
        "aws elbv2 modify-listener --region eu-west-1 --listener-arn {LISTENER} --default-actions \
         'Type=forward,ForwardConfig={{TargetGroups=[{{TargetGroupArn={GREEN},Weight=100}},{{TargetGroupArn={BLUE},Weight=0}}]}}'"
    );
    assert!(outcome.stderr.contains(&command), "{}", outcome.told());

    // Run again, once mended: what was left half-way comes first, although the stack already shows the color.
    let mut mended = run(&world, &[]).world;
    mended["failing_sync"] = json!({});
    assert_eq!(mended["stacks"]["shop-prod-checkout-edge"]["status"], "UPDATE_FAILED");
    assert_eq!(mended["stacks"]["shop-prod-checkout-edge"]["parameters"]["LiveColor"], "green");
    let outcome = run(&mended, &[]);
    outcome.succeeded();
    assert!(outcome.changes().iter().any(|it| it.contains("update-stack")), "{}", outcome.told());
}

#[test]
fn traffic_that_moves_during_the_sync_ends_it() {
    let mut world = green_world();
    let group = |arn: &str, weight: u32| json!({"TargetGroupArn": arn, "Weight": weight});
    world["rules_after_sync"][LISTENER] = json!([
        {"IsDefault": true, "Actions": [{"ForwardConfig": {"TargetGroups": [group(BLUE, 50), group(GREEN, 50)]}}]},
    ]);
    let outcome = run(&world, &[]);
    assert_ne!(outcome.code, 0);
    assert!(outcome.stderr.contains("shop-prod-checkout-edge was left alone"), "{}", outcome.told());
    assert!(!outcome.changes().iter().any(|it| it.contains("deploy") && it.contains("checkout-edge.yaml")));
}

#[test]
fn a_newer_revision_comes_with_the_command_that_releases_it() {
    let outcome = run(&green_world(), &[]);
    outcome.succeeded();
    assert!(outcome.stdout.contains("checkout: runs revision 9; its stack now describes revision 10."));
    assert!(outcome.stdout.contains("    ./release.sh --described checkout\n"), "{}", outcome.told());
}

#[test]
fn a_revision_with_another_number_and_the_same_settings_is_no_news() {
    let mut world = green_world();
    let ten = "arn:task-definition/shop-prod-checkout:10";
    let mut same = world["task_definitions"]["arn:task-definition/shop-prod-checkout:9"].clone();
    same["taskDefinition"]["taskDefinitionArn"] = json!(ten);
    same["taskDefinition"]["revision"] = json!(10);
    world["task_definitions"][ten] = same;
    let outcome = run(&world, &[]);
    outcome.succeeded();
    assert!(
        outcome.stdout.contains("checkout: runs what its stack describes (revision 9)."),
        "{}",
        outcome.told()
    );
}

#[test]
fn a_later_release_of_the_pipeline_is_no_news() {
    let mut world = green_world();
    world["outputs_of"]["shop-prod-checkout"] = json!({});
    let outcome = run(&world, &[]);
    outcome.succeeded();
    assert!(
        outcome.stdout.contains("runs revision 9, released after revision 1 of its stack."),
        "{}",
        outcome.told()
    );
}

#[test]
fn the_placeholder_image_is_not_kept() {
    let mut world = green_world();
    world["task_definitions"]["arn:task-definition/shop-prod-checkout:9"]["taskDefinition"]["containerDefinitions"]
        [1]["dockerLabels"] = json!({"bluegreen.bootstrap": "true"});
    let outcome = run(&world, &[]);
    outcome.succeeded();
    assert!(outcome.world["stacks"]["shop-prod-checkout"]["parameters"].get("Image").is_none());
}

#[test]
fn an_image_given_by_hand_wins() {
    let outcome = run(&green_world(), &["Image=other@sha256:bb", "--stack", "shop-prod-checkout"]);
    outcome.succeeded();
    assert_eq!(outcome.world["stacks"]["shop-prod-checkout"]["parameters"]["Image"], "other@sha256:bb");
    assert_eq!(outcome.changes().len(), 1, "{:?}", outcome.changes());
    assert!(!outcome.stdout.contains("bb"), "what was given is not shown: {}", outcome.told());
}

#[test]
fn a_running_deployment_stops_everything() {
    for status in ["Created", "Queued", "InProgress", "Ready", "Baking"] {
        let mut world = green_world();
        world["deployments"]["shop-prod-checkout"][0] = json!({"id": "d-NOW", "status": status});
        run(&world, &[]).refused(&[
            "deployment d-NOW is under way",
            "stop-deployment --region eu-west-1 --deployment-id d-NOW --auto-rollback-enabled",
        ]);
    }
}

#[test]
fn sources_that_disagree_stop_everything() {
    let forward = |groups: Value| json!([{"IsDefault": true, "Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]}]);
    let group = |arn: &str, weight: u32| json!({"TargetGroupArn": arn, "Weight": weight});
    for (rules, said) in [
        (forward(json!([group(BLUE, 100), group(GREEN, 0)])), "load balancer sends to     blue"),
        (forward(json!([group(BLUE, 50), group(GREEN, 50)])), "load balancer sends to     green"),
        (forward(json!([group("arn:other", 1)])), "neither blue nor green (arn:other)"),
        (json!([{"Actions": [{"Type": "fixed-response"}]}]), "load balancer sends to     nothing"),
    ] {
        let mut world = green_world();
        world["rules"][LISTENER] = rules;
        run(&world, &[]).refused(&[
            "disagree about the live tasks",
            said,
            "ECS runs the live tasks in green",
        ]);
    }
}

#[test]
fn a_plain_target_group_counts_and_foreign_rules_do_not() {
    let mut world = green_world();
    world["rules"][LISTENER] = json!([
        {"Actions": [{"Type": "forward", "TargetGroupArn": "arn:other-service"}]},
        {"IsDefault": true, "Actions": [{"Type": "forward", "TargetGroupArn": GREEN}]},
    ]);
    let outcome = run(&world, &[]);
    outcome.succeeded();
    assert_eq!(outcome.world["stacks"]["shop-prod-checkout-edge"]["parameters"]["LiveColor"], "green");
}

#[test]
fn everything_in_the_way_is_told_at_once() {
    let mut world = empty_world();
    world["secrets"] = json!({});
    run(&world, &[]).refused(&[
        "CertificateArn is needed once: ARN of the certificate for shop.example.com",
        "./deploy.sh CertificateArn=...",
        "there is no secret checkout/db in eu-west-1",
        "aws secretsmanager create-secret --region eu-west-1 --name checkout/db",
        "nothing was changed",
    ]);
}

#[test]
fn stuck_stacks_come_with_the_way_out() {
    for (status, said) in [
        ("ROLLBACK_COMPLETE", "delete-stack --region eu-west-1 --stack-name shop-prod-cluster"),
        ("UPDATE_IN_PROGRESS", "another operation is at work"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "another operation is at work"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"),
        ("UPDATE_FAILED", "rollback-stack"),
        ("DELETE_FAILED", "deleting it failed"),
    ] {
        let mut world = green_world();
        world["stacks"]["shop-prod-cluster"]["status"] = json!(status);
        run(&world, &[]).refused(&["shop-prod-cluster", status, said]);
    }
}

#[test]
fn going_back_is_not_advised_where_it_would_move_traffic() {
    let mut world = green_world();
    world["stacks"]["shop-prod-checkout-edge"]["status"] = json!("UPDATE_ROLLBACK_FAILED");
    world["stacks"]["shop-prod-checkout-edge"]["parameters"] = json!({"LiveColor": "blue"});
    let outcome = run(&world, &[]);
    outcome.refused(&[
        "Do NOT go on with that yet: it would send production traffic of checkout to blue",
        "aws deploy create-deployment --region eu-west-1 --application-name shop-prod-checkout",
        "task-definition/shop-prod-checkout:",
    ]);
    assert!(!outcome.stderr.contains("continue-update-rollback"), "{}", outcome.told());

    world["stacks"]["shop-prod-checkout-edge"]["parameters"] = json!({"LiveColor": "green"});
    run(&world, &[]).refused(&[
        "continue-update-rollback --region eu-west-1 --stack-name shop-prod-checkout-edge",
        "leaves production traffic where it is, checkout on green, as long as no release runs meanwhile",
    ]);
}

#[test]
fn a_stack_that_is_only_an_unexecuted_change_set_is_created() {
    let mut world = empty_world();
    world["stacks"]["shop-prod-cluster"] = json!({"status": "REVIEW_IN_PROGRESS"});
    let outcome = run(&world, &["CertificateArn=x"]);
    outcome.succeeded();
    assert!(outcome.stdout.contains("create shop-prod-cluster"), "{}", outcome.told());
}

#[test]
fn another_account_is_refused() {
    let mut world = green_world();
    world["account"] = json!("999999999999");
    run(&world, &[])
        .refused(&["these credentials are for account 999999999999, prod is account 111122223333"]);
}

#[test]
fn a_large_template_needs_a_bucket() {
    let place = place();
    place.write("checkout.yaml", &"#".repeat(51_201));
    run_in(&place, &green_world(), &[]).refused(&["checkout.yaml has 51201 bytes", "TEMPLATE_BUCKET="]);

    let mut command = Command::new("bash");
    command.arg(place.folder.path().join("deploy.sh")).env("TEMPLATE_BUCKET", "templates");
    let outcome = place.run(command, &green_world());
    outcome.succeeded();
    let call = outcome.deploy_of("shop-prod-checkout").join(" ");
    assert!(call.contains("--s3-bucket templates --s3-prefix shop/prod"), "{call}");
    assert!(!outcome.deploy_of("shop-prod-cluster").join(" ").contains("--s3-bucket"));
}

#[test]
fn a_failing_stack_tells_its_first_cause_and_stops() {
    let mut world = green_world();
    let event = |id: &str, resource: &str, status: &str, reason: &str| {
        json!({
            "EventId": id, "LogicalResourceId": resource, "ResourceType": "AWS::X::Y",
            "ResourceStatus": status, "ResourceStatusReason": reason,
        })
    };
    world["stacks"]["shop-prod-checkout-edge"]["events"] =
        json!([event("0", "Old", "CREATE_FAILED", "long ago")]);
    world["failing"]["shop-prod-checkout-edge"] = json!([
        event("3", "Second", "UPDATE_FAILED", "Resource update cancelled"),
        event("2", "Listener", "UPDATE_FAILED", "no such certificate"),
        event("1", "Group", "UPDATE_COMPLETE", "fine"),
    ]);
    let outcome = run(&world, &[]);
    assert_ne!(outcome.code, 0);
    assert!(
        outcome.stderr.contains("x Listener (AWS::X::Y) UPDATE_FAILED: no such certificate"),
        "{}",
        outcome.told()
    );
    assert!(!outcome.stderr.contains("Second") && !outcome.stderr.contains("long ago"), "{}", outcome.told());
    assert!(
        !outcome.changes().iter().any(|it| it.contains("--stack-name shop-prod-checkout ")),
        "it went on"
    );
}

#[test]
fn a_dry_run_changes_nothing() {
    let outcome = run(&green_world(), &["--dry-run"]);
    outcome.succeeded();
    assert_eq!(outcome.changes(), Vec::<String>::new());
    assert!(outcome.stdout.contains("update shop-prod-checkout-edge"), "{}", outcome.told());
    assert!(outcome.stdout.contains("LiveColor=green"), "{}", outcome.told());
}

#[test]
fn words_that_mean_nothing_are_refused() {
    run(&green_world(), &["Colour=green"])
        .refused(&["no stack has a parameter Colour", "CertificateArn DbSecret Image Owner"]);
    run(&green_world(), &["LiveColor=blue"]).refused(&["LiveColor follows what runs"]);
    run(&green_world(), &["--stack", "shop"]).refused(&["there is no stack shop", "shop-prod-checkout-edge"]);
    run(&green_world(), &["--force"]).refused(&["unknown option --force"]);
    run(&green_world(), &["checkout"]).refused(&["what is checkout?"]);
}

#[test]
fn a_protected_environment_asks_first() {
    let place = place_of(&bluegreen::artifacts::Environment { protected: true, ..environment() });
    run_in(&place, &green_world(), &[]).refused(&["prod is protected and nobody can be asked; add --yes"]);
    run_in(&place, &green_world(), &["--yes"]).succeeded();
}

#[test]
fn help_needs_no_account() {
    let outcome = run(&empty_world(), &["--help"]);
    outcome.succeeded();
    assert!(
        outcome.stdout.contains("shop-prod-checkout-edge") && outcome.calls.is_empty(),
        "{}",
        outcome.told()
    );
}

#[test]
fn errors_of_aws_are_shown_not_swallowed() {
    let mut world = green_world();
    world["region"] = json!("us-east-1");
    let outcome = run(&world, &[]);
    outcome.refused(&["aws cloudformation describe-stacks failed:", "wrong region"]);
}
