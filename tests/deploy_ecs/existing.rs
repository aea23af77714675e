//! A service behind a load balancer that somebody else made: its listeners stay as they are, and only what is the service's own comes.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    FIRST,
    harness::{
        emulator::Emulator,
        environment::{Environment, changed},
    },
    image, is_harmless, live,
};

const REGION: &str = "eu-west-1";
const VPC: &str = "vpc-0abc1234567890def";
const SUBNETS: [&str; 2] = ["subnet-0aaa1111111111111", "subnet-0bbb2222222222222"];

/// Another team's load balancer: a listener of production and one for tests, both of which answer that nothing is there.
fn made_by_others(emulator: &Emulator) -> Value {
    emulator.control(
        "POST",
        "network",
        &json!({"region": REGION, "vpc": VPC, "cidr": "10.40.0.0/16", "subnets": SUBNETS}),
    );
    let aws = |arguments: &[&str]| emulator.aws(REGION, arguments);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let group = aws(&[
        "ec2",
        "create-security-group",
        "--group-name",
        "public",
        "--description",
        "public",
        "--vpc-id",
        VPC,
    ]);
    let group = text(&group["GroupId"]);
    let create =
        ["elbv2", "create-load-balancer", "--name", "public", "--security-groups", &group, "--subnets"];
    let made = aws(&[&create[..], &SUBNETS].concat())["LoadBalancers"][0].clone();
    let nothing = "Type=fixed-response,FixedResponseConfig={StatusCode=404}";
    let listener = |port: &str| {
        let arn = text(&made["LoadBalancerArn"]);
        let create =
            ["elbv2", "create-listener", "--load-balancer-arn", &arn, "--protocol", "HTTP", "--port", port];
        text(&aws(&[&create[..], &["--default-actions", nothing]].concat())["Listeners"][0]["ListenerArn"])
    };
    json!({
        "dns_name": made["DNSName"],
        "security_group": group,
        "production": {"listener": listener("80"), "https": false},
        "test": {"listener": listener("9080"), "port": 9080, "https": false},
    })
}

#[test]
fn behind_a_load_balancer_that_is_there_already() {
    let emulator = Emulator::start("111122223333");
    let home = TempDir::new().unwrap();
    let there = made_by_others(&emulator);
    let of_others = |environment: &Environment<'_>| {
        let arn = |key: &str| there[key]["listener"].as_str().unwrap();
        environment.aws(&["elbv2", "describe-listeners", "--listener-arns", arn("production"), arn("test")])
    };
    let render = |over: &Value, folder: &str| {
        let at = home.path().join(folder);
        let blueprint = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/good/existing-load-balancer.yaml");
        let mut patch = json!({
            "network": {"import": {"vpc": VPC, "cidr": "10.40.0.0/16", "private": SUBNETS}},
            "load_balancers": {"public": {"import": there}, "inner": null},
            // Its first revision runs at once, as it has an image of its own.
            "services": {"store": {"image": {"uri": FIRST, "bootstrap": null}}, "prices": null},
        });
        patch["services"]["store"].as_object_mut().unwrap().extend(over.as_object().unwrap().clone());
        let blueprint = changed(&blueprint, &patch, &at.join("blueprint"));
        Environment::render(&emulator, &blueprint, "prod", &at.join("out"), "yaml")
    };
    let first = render(&json!({}), "first");
    let before = of_others(&first);
    first.deploy(&[]).succeeded();
    let created = live(&first, "market-prod", "store");
    created.is_on("blue");
    assert_eq!(created.weights.len(), 2, "a rule on each listener");
    emulator.journal();
    first.deploy(&[]).succeeded();
    assert_eq!(emulator.journal(), [], "the same templates changed something");

    // Settings that a release brings, and then everything else again: weights and revision stay.
    let next = render(&json!({"cpu": "1 vCPU", "memory": "2GB", "variables": {"CHANGED": "yes"}}), "next");
    next.deploy(&[]).succeeded();
    is_harmless(&emulator.journal());
    assert_eq!(live(&next, "market-prod", "store"), created);
    next.release_script(&["--described", "store"]).succeeded();
    let released = live(&next, "market-prod", "store");
    released.is_on("green");
    assert_eq!(image(&next, &released.definition), [FIRST]);
    emulator.journal();
    next.deploy(&[]).succeeded();
    is_harmless(&emulator.journal());
    assert_eq!(live(&next, "market-prod", "store"), released);

    // What the others made is as they made it.
    assert_eq!(of_others(&next), before);
}
