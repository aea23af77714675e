//! Every example under engine `ecs`, deployed: the rendered scripts with the real AWS CLI against AWS on loopback.
//!
//! Created, left alone, released through the stack and outside it, failed, changed; after each step the services are asked
//! what runs and where traffic goes. `tests/deploy.rs` does the same for CodeDeploy.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::print_stderr, reason = "what the emulator said helps whoever reads a failure")]

#[path = "deploy_ecs/action.rs"]
mod action;
#[path = "deploy_ecs/connect.rs"]
mod connect;
#[path = "deploy_ecs/existing.rs"]
mod existing;
mod harness;

use std::path::Path;

use harness::{
    emulator::{Emulator, Touch},
    environment::{Environment, changed, example},
};
use serde_json::{Value, json};
use tempfile::TempDir;

const FIRST: &str =
    "registry.example.com/app@sha256:1111111111111111111111111111111111111111111111111111111111111111";
const SECOND: &str =
    "registry.example.com/app@sha256:2222222222222222222222222222222222222222222222222222222222222222";
const THIRD: &str =
    "registry.example.com/app@sha256:3333333333333333333333333333333333333333333333333333333333333333";

/// An example in an environment, what its services have otherwise, and values only a person knows.
struct Case {
    example: &'static str,
    environment: &'static str,
    services: &'static [&'static str],
    service: Value,
    given: &'static [&'static str],
    account: &'static str,
    /// How far it goes.
    course: Course,
}

/// Each step takes some twenty starts of the AWS CLI.
#[derive(Clone, Copy, PartialEq)]
enum Course {
    /// To the release of what the changed stack describes.
    Releases,
    /// Failures, releases outside the stack and sources that disagree as well.
    Whole,
}

const CERTIFICATE: &str =
    "CertificateArn=arn:aws:acm:eu-west-1:111122223333:certificate/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0";
const CONNECTION: &str =
    "ConnectionArn=arn:aws:codeconnections:eu-west-1:111122223333:connection/0b1c2d3e-0000";

impl Case {
    /// The patch that makes every service of the example one that ECS moves; `over` goes on top.
    fn patch(&self, over: &Value) -> Value {
        let mut service = json!({"deploy": {"engine": "ecs"}});
        for part in [&self.service, over] {
            service.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
        }
        let services: serde_json::Map<String, Value> =
            self.services.iter().map(|name| ((*name).to_owned(), service.clone())).collect();
        json!({"services": services})
    }
}

/// What runs and where its traffic goes.
#[derive(Debug, Clone, PartialEq)]
struct Live {
    definition: String,
    revision: String,
    /// Weights of blue and green on the production and the test rule, or on the listeners themselves.
    weights: Vec<Vec<(String, u64)>>,
}

fn outputs(environment: &Environment<'_>, stack: &str) -> Value {
    let found = environment.aws(&["cloudformation", "describe-stacks", "--stack-name", stack]);
    let pairs = found["Stacks"][0]["Outputs"].as_array().cloned().unwrap_or_default();
    pairs
        .iter()
        .map(|it| (it["OutputKey"].as_str().unwrap().to_owned(), it["OutputValue"].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn live(environment: &Environment<'_>, cluster: &str, service: &str) -> Live {
    let services = ["ecs", "describe-services", "--cluster", cluster, "--services", service];
    let found = environment.aws(&services)["services"][0].clone();
    let balancer = &found["loadBalancers"][0];
    let colors = [
        (balancer["targetGroupArn"].clone(), "blue"),
        (balancer["advancedConfiguration"]["alternateTargetGroupArn"].clone(), "green"),
    ];
    let color = |arn: &Value| colors.iter().find(|(known, _)| known == arn).unwrap().1.to_owned();
    let rules = ["productionListenerRule", "testListenerRule"]
        .iter()
        .filter_map(|key| balancer["advancedConfiguration"][*key].as_str())
        .map(|arn| {
            // A Network Load Balancer has no rules.
            let action = if arn.contains(":listener/net/") {
                let found = environment.aws(&["elbv2", "describe-listeners", "--listener-arns", arn]);
                found["Listeners"][0]["DefaultActions"][0].clone()
            } else {
                let found = environment.aws(&["elbv2", "describe-rules", "--rule-arns", arn]);
                found["Rules"][0]["Actions"][0].clone()
            };
            let groups = &action["ForwardConfig"]["TargetGroups"];
            let mut weights: Vec<(String, u64)> = groups
                .as_array()
                .unwrap()
                .iter()
                .map(|it| (color(&it["TargetGroupArn"]), it["Weight"].as_u64().unwrap()))
                .collect();
            weights.sort();
            weights
        })
        .collect();
    Live {
        definition: found["deployments"][0]["taskDefinition"].as_str().unwrap().to_owned(),
        revision: found["currentServiceRevisions"][0]["arn"].as_str().unwrap().to_owned(),
        weights: rules,
    }
}

impl Live {
    #[track_caller]
    fn is_on(&self, color: &str) {
        for weights in &self.weights {
            let expected = [("blue", color == "blue"), ("green", color == "green")]
                .map(|(name, live)| (name.to_owned(), if live { 100 } else { 0 }));
            assert_eq!(weights, &expected, "{self:?}");
        }
    }
}

fn image(environment: &Environment<'_>, definition: &str) -> Vec<String> {
    let found = environment.aws(&["ecs", "describe-task-definition", "--task-definition", definition]);
    let containers = found["taskDefinition"]["containerDefinitions"].as_array().unwrap().clone();
    containers.iter().map(|it| it["image"].as_str().unwrap().to_owned()).collect()
}

/// Of what ECS moves, nothing is replaced, and no service is told what to run. A rule may be told where traffic goes, when that
/// is where it goes already; whether it was, its weights say.
#[track_caller]
fn is_harmless(journal: &[Touch]) {
    for touch in journal {
        let owned: &[&str] = match touch.kind.as_str() {
            "AWS::ECS::Service" => &["TaskDefinition", "LoadBalancers", "NetworkConfiguration"],
            "AWS::ElasticLoadBalancingV2::ListenerRule" => &["Conditions"],
            "AWS::ElasticLoadBalancingV2::TargetGroup" | "AWS::ElasticLoadBalancingV2::Listener" => &[],
            _ => continue,
        };
        assert_eq!(touch.action, "update", "{touch:?}");
        for property in owned {
            assert!(!touch.changed_properties.iter().any(|it| it == property), "{touch:?}");
        }
    }
}

fn plays(case: &Case) {
    let emulator = Emulator::start(case.account);
    let home = TempDir::new().unwrap();
    let render = |over: &Value, folder: &str| {
        let at = home.path().join(folder);
        let blueprint = changed(&example(case.example), &case.patch(over), &at.join("blueprint"));
        Environment::render(&emulator, &blueprint, case.environment, &at.join("out"), "yaml")
    };
    let first = render(&json!({}), "first");
    first.plant();
    for given in case.given {
        if let Some(arn) = given.strip_prefix("CertificateArn=") {
            emulator.control("POST", "certificate", &json!({"arn": arn}));
        }
    }
    let cluster = format!(
        "{}-{}",
        first.manifest["application"].as_str().unwrap(),
        first.manifest["environment"].as_str().unwrap()
    );

    // Created, and left alone.
    first.deploy(case.given).succeeded();
    let seen = |service: &&str| live(&first, &cluster, service);
    let created: Vec<Live> = case.services.iter().map(seen).collect();
    created.iter().for_each(|it| it.is_on("blue"));
    emulator.journal();
    first.deploy(&[]).succeeded();
    assert_eq!(emulator.journal(), [], "the same templates changed something");

    // Released through the stack.
    for service in case.services {
        let outcome = first.release_script(&[service, FIRST]);
        outcome.succeeded();
        let now = live(&first, &cluster, service);
        now.is_on("green");
        assert!(image(&first, &now.definition).contains(&FIRST.to_owned()), "{}", outcome.told());
        assert!(outcome.stdout.contains(&format!("{service} has {FIRST}")), "{}", outcome.told());
    }
    emulator.journal();
    first.release_script(&[case.services[0], FIRST]).succeeded();
    assert_eq!(emulator.journal(), [], "what runs was released again");

    // Everything else changes: what runs and where traffic goes does not.
    let next = render(
        &json!({
            "cpu": "1 vCPU", "memory": "2GB", "variables": {"CHANGED": "yes"},
            "http": {"drain": "20s"},
        }),
        "next",
    );
    next.plant();
    let before: Vec<Live> = case.services.iter().map(seen).collect();
    let outcome = next.deploy(&[]);
    outcome.succeeded();
    let journal = emulator.journal();
    is_harmless(&journal);
    assert!(journal.iter().any(|it| it.kind == "AWS::ECS::TaskDefinition"), "{journal:#?}");
    assert_eq!(before, case.services.iter().map(seen).collect::<Vec<_>>());
    assert!(outcome.stdout.contains("its stack now describes revision"), "{}", outcome.told());
    next.deploy(&[]).succeeded();
    assert_eq!(emulator.journal(), [], "it did not settle");

    // What the stack describes is released, with the image that ran; and CloudFormation has nothing left to do.
    for service in case.services {
        next.release_script(&["--described", service]).succeeded();
        let now = live(&next, &cluster, service);
        now.is_on("blue");
        assert!(image(&next, &now.definition).contains(&FIRST.to_owned()));
    }
    emulator.journal();
    next.deploy(&[]).succeeded();
    is_harmless(&emulator.journal());

    if case.course == Course::Releases {
        return;
    }

    // One that fails is taken back, by ECS and by CloudFormation.
    let service = case.services[0];
    let before = live(&next, &cluster, service);
    emulator.control("POST", "rollouts", &json!({"end": "Failed"}));
    let outcome = next.release_script(&[service, SECOND]);
    outcome.refused("tasks failed to start");
    assert!(outcome.stderr.contains("It is back"), "{}", outcome.told());
    emulator.control("POST", "rollouts", &json!({}));
    let after = live(&next, &cluster, service);
    assert_eq!((&before.definition, &before.weights), (&after.definition, &after.weights));
    next.deploy(&[]).succeeded();
    assert_eq!(after, live(&next, &cluster, service));

    // One made without the stack is followed: the next update keeps it, and its image.
    let released = outside(&next, &cluster, service, &after.definition);
    emulator.journal();
    next.deploy(&[]).succeeded();
    is_harmless(&without_following(emulator.journal()));
    let now = live(&next, &cluster, service);
    assert_eq!(now.definition, released);
    now.is_on("green");
    let outcome = next.release_script(&[service, SECOND]);
    outcome.succeeded();
    live(&next, &cluster, service).is_on("blue");

    // Two sources that disagree stop everything.
    let edge = next.edge()["name"].as_str().unwrap().to_owned();
    let found = outputs(&next, &edge);
    let find = |end: &str| {
        let prefix = found.as_object().unwrap().iter().find(|(key, _)| key.ends_with(end));
        prefix.unwrap().1.as_str().unwrap().to_owned()
    };
    let action = format!(
        "Type=forward,ForwardConfig={{TargetGroups=[{{TargetGroupArn={},Weight=0}},{{TargetGroupArn={},Weight=100}}]}}",
        find("BlueTargetGroupArn"),
        find("GreenTargetGroupArn")
    );
    let rule = find("ProductionRuleArn");
    next.aws(&["elbv2", "modify-rule", "--rule-arn", &rule, "--actions", &action]);
    emulator.journal();
    next.deploy(&[]).refused("disagree about the live tasks");
    next.release_script(&[service, THIRD]).refused("disagree about the live tasks");
    assert_eq!(emulator.journal(), []);
}

/// A revision with another image, registered and rolled out by nobody's stack. Its ARN.
fn outside(environment: &Environment<'_>, cluster: &str, service: &str, definition: &str) -> String {
    roll_out_copy(environment, cluster, service, definition, |container| {
        if container["image"] == FIRST {
            container["image"] = json!(THIRD);
        }
    })
}

/// A copy of a revision with other containers, registered and rolled out by nobody's stack. Its ARN.
fn roll_out_copy(
    environment: &Environment<'_>,
    cluster: &str,
    service: &str,
    definition: &str,
    change: impl Fn(&mut Value),
) -> String {
    let mut found =
        environment.aws(&["ecs", "describe-task-definition", "--task-definition", definition])["taskDefinition"].clone();
    let members = found.as_object_mut().unwrap();
    for answered in [
        "taskDefinitionArn",
        "revision",
        "status",
        "requiresAttributes",
        "compatibilities",
        "registeredAt",
        "registeredBy",
    ] {
        members.shift_remove(answered);
    }
    found["containerDefinitions"].as_array_mut().unwrap().iter_mut().for_each(change);
    let registered =
        environment.aws(&["ecs", "register-task-definition", "--cli-input-json", &found.to_string()]);
    let arn = registered["taskDefinition"]["taskDefinitionArn"].as_str().unwrap().to_owned();
    environment.aws(&[
        "ecs",
        "update-service",
        "--cluster",
        cluster,
        "--service",
        service,
        "--task-definition",
        &arn,
    ]);
    arn
}

/// CloudFormation is told of the revision that was released outside, by naming the very one that runs: that one property
/// of the service is no harm.
fn without_following(journal: Vec<Touch>) -> Vec<Touch> {
    journal
        .into_iter()
        .filter(|it| !(it.kind == "AWS::ECS::Service" && it.changed_properties == ["TaskDefinition"]))
        .collect()
}

#[test]
fn smallest() {
    plays(&Case {
        example: "smallest",
        environment: "prod",
        services: &["checkout"],
        service: json!({}),
        given: &[],
        account: "111122223333",
        course: Course::Whole,
    });
}

#[test]
fn shop() {
    plays(&Case {
        example: "shop",
        environment: "prod",
        services: &["checkout"],
        service: json!({}),
        given: &[CERTIFICATE, CONNECTION],
        account: "111122223333",
        course: Course::Releases,
    });
}

#[test]
fn internal_api() {
    plays(&Case {
        example: "internal-api",
        environment: "prod",
        services: &["entries"],
        // The example fixes its image, and a release then begins in the blueprint.
        service: json!({"image": {"uri": null}}),
        given: &[],
        account: "444455556666",
        course: Course::Releases,
    });
}

#[test]
fn two_services_in_one_template() {
    plays(&Case {
        example: "two-services",
        environment: "prod",
        services: &["web", "api"],
        service: json!({}),
        given: &[],
        account: "111122223333",
        course: Course::Releases,
    });
}

/// What requests each rule of a listener takes, in the order in which it asks them; the default last.
fn asked_in_order(environment: &Environment<'_>, listener: &str) -> Vec<String> {
    let found = environment.aws(&["elbv2", "describe-rules", "--listener-arn", listener]);
    let mut rules: Vec<(u32, String)> = found["Rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| {
            let priority = rule["Priority"].as_str().unwrap().parse().unwrap_or(u32::MAX);
            let values = |config: &str| {
                let conditions = rule["Conditions"].as_array().unwrap().iter();
                conditions
                    .flat_map(|it| it[config]["Values"].as_array().cloned().unwrap_or_default())
                    .map(|it| it.as_str().unwrap().to_owned())
                    .collect::<String>()
            };
            let action = rule["Actions"][0]["Type"].as_str().unwrap();
            (priority, format!("{}{} {action}", values("HostHeaderConfig"), values("PathPatternConfig")))
        })
        .collect();
    rules.sort();
    rules.into_iter().map(|(_, rule)| rule).collect()
}

#[test]
fn services_behind_one_load_balancer() {
    let emulator = Emulator::start("111122223333");
    let home = TempDir::new().unwrap();
    let render = |over: &Value, folder: &str| {
        let at = home.path().join(folder);
        let blueprint = changed(&example("shared-load-balancer"), over, &at.join("blueprint"));
        Environment::render(&emulator, &blueprint, "prod", &at.join("out"), "yaml")
    };
    let first = render(&json!({}), "first");
    first.plant();
    let other = "AdminCertificateArn=arn:aws:acm:eu-west-1:111122223333:certificate/4f5a6b7c-4f50-6172-8394-a5b6c7d8e9f0";
    for given in [CERTIFICATE, other] {
        let (_, arn) = given.split_once('=').unwrap();
        emulator.control("POST", "certificate", &json!({"arn": arn}));
    }
    let now = |service: &str| live(&first, "market-prod", service);

    // Created, and left alone: each rule is there once, the one that says more before the one that says less.
    first.deploy(&[CERTIFICATE, other]).succeeded();
    let listener = outputs(&first, "market-prod-public-load-balancer")["ProductionListenerArn"].clone();
    assert_eq!(
        asked_in_order(&first, listener.as_str().unwrap()),
        [
            "admin.example.com forward",
            "market.example.com/checkout/checkout/* forward",
            "market.example.com forward",
            " fixed-response",
        ]
    );
    emulator.journal();
    first.deploy(&[]).succeeded();
    assert_eq!(emulator.journal(), [], "the same templates changed something");

    // One is released: it alone moves.
    let store = now("store");
    store.is_on("blue");
    first.release_script(&["checkout", FIRST]).succeeded();
    now("checkout").is_on("green");
    assert_eq!(now("store"), store);

    // Everything changes but what runs and where traffic goes, which is on another color for each.
    let next = render(
        &json!({
            "load_balancers": {"public": {"idle": "3m"}},
            "services": {
                "store": {"variables": {"CHANGED": "yes"}, "http": {"drain": "20s"}},
                "checkout": {"variables": {"CHANGED": "yes"}, "http": {"drain": "20s"}},
            },
        }),
        "next",
    );
    next.plant();
    let before = [now("store"), now("checkout")];
    emulator.journal();
    next.deploy(&[]).succeeded();
    let journal = emulator.journal();
    is_harmless(&journal);
    assert!(journal.iter().any(|it| it.kind == "AWS::ElasticLoadBalancingV2::LoadBalancer"), "{journal:#?}");
    assert_eq!(before, [now("store"), now("checkout")]);

    // One that fails is taken back, and the other is released beside it.
    emulator.control("POST", "rollouts", &json!({"end": "Failed"}));
    next.release_script(&["checkout", SECOND]).refused("tasks failed to start");
    emulator.control("POST", "rollouts", &json!({}));
    now("checkout").is_on("green");
    assert_eq!(now("store"), before[0]);
    let checkout = now("checkout");
    next.release_script(&["store", FIRST]).succeeded();
    now("store").is_on("green");
    assert_eq!(now("checkout"), checkout);
    next.release_script(&["admin", FIRST]).succeeded();
    assert_eq!(now("checkout"), checkout);
}

/// A service that is sent connections: its listeners move, and not rules of them.
#[test]
fn connections() {
    let emulator = Emulator::start("111122223333");
    let home = TempDir::new().unwrap();
    let render = |over: &Value, folder: &str| {
        let at = home.path().join(folder);
        let blueprint = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/good/tcp-canary.yaml");
        let blueprint = changed(&blueprint, over, &at.join("blueprint"));
        Environment::render(&emulator, &blueprint, "prod", &at.join("out"), "yaml")
    };
    let first = render(&json!({}), "first");
    let now = |environment: &Environment<'_>| live(environment, "mail-prod", "broker");

    // Created, and left alone.
    first.deploy(&[]).succeeded();
    let created = now(&first);
    assert_eq!(created.weights.len(), 2, "a production and a test listener: {created:?}");
    created.is_on("blue");
    emulator.journal();
    first.deploy(&[]).succeeded();
    assert_eq!(emulator.journal(), [], "the same templates changed something");

    // The first release moves both listeners.
    let outcome = first.release_script(&["broker", FIRST]);
    outcome.succeeded();
    let released = now(&first);
    released.is_on("green");
    assert!(image(&first, &released.definition).contains(&FIRST.to_owned()), "{}", outcome.told());

    // Everything changes, the listeners among it, but what runs and where traffic goes. Who may connect, drain and health are of
    // the listeners' own stack; another listener port updates the very listener whose weights have moved.
    let other = json!({
        "variables": {"CHANGED": "yes"}, "stop_timeout": "100s",
        "tcp": {"port": 8886, "from": ["192.0.2.0/24"], "drain": "60s", "healthcheck": {"interval": "20s"}},
        "longest_connection": "60s",
        "deploy": {"test_traffic": {"port": 8885}},
    });
    let next = render(&json!({"services": {"broker": other}}), "next");
    emulator.journal();
    next.deploy(&[]).succeeded();
    let journal = emulator.journal();
    is_harmless(&journal);
    let has = |kind: &str| journal.iter().any(|it| it.kind == format!("AWS::ElasticLoadBalancingV2::{kind}"));
    assert!(has("Listener") && has("TargetGroup"), "{journal:#?}");
    assert_eq!(now(&next), released);

    // One that fails is taken back; then the second release moves back to blue.
    emulator.control("POST", "rollouts", &json!({"end": "Failed"}));
    next.release_script(&["broker", SECOND]).refused("tasks failed to start");
    emulator.control("POST", "rollouts", &json!({}));
    now(&next).is_on("green");
    next.release_script(&["broker", THIRD]).succeeded();
    now(&next).is_on("blue");

    // Somebody moved traffic by hand to where no task runs: nothing is touched until they agree again.
    let edge = outputs(&next, "mail-prod-broker-edge");
    let [listener, blue, green] = ["ProductionListenerArn", "BlueTargetGroupArn", "GreenTargetGroupArn"]
        .map(|name| edge[name].as_str().unwrap().to_owned());
    let forward = |live: &str, idle: &str| {
        let action = format!(
            "Type=forward,ForwardConfig={{TargetGroups=[{{TargetGroupArn={live},Weight=100}},{{TargetGroupArn={idle},Weight=0}}]}}"
        );
        next.aws(&["elbv2", "modify-listener", "--listener-arn", &listener, "--default-actions", &action]);
    };
    forward(&green, &blue);
    let outcome = next.deploy(&[]);
    outcome.refused("load balancer and ECS disagree about the live tasks");
    forward(&blue, &green);
    next.deploy(&[]).succeeded();
}

/// Services that no load balancer stands before: one replaced a few tasks at a time, one of which two versions run side by side.
#[test]
fn workers() {
    let emulator = Emulator::start("111122223333");
    let home = TempDir::new().unwrap();
    let render = |over: &Value, folder: &str| {
        let at = home.path().join(folder);
        let blueprint = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/good/workers.yaml");
        let blueprint = changed(&blueprint, over, &at.join("blueprint"));
        Environment::render(&emulator, &blueprint, "prod", &at.join("out"), "yaml")
    };
    let first = render(&json!({}), "first");
    assert_eq!(
        first.stacks(),
        ["work-prod-network", "work-prod-cluster", "work-prod-mailer", "work-prod-jobs"],
        "there is no edge"
    );
    let services = ["mailer", "jobs"];
    let seen = |environment: &Environment<'_>| {
        services.map(|service| live(environment, "work-prod", service).definition)
    };
    let wanted = |service: &str| {
        let asked = ["ecs", "describe-services", "--cluster", "work-prod", "--services", service];
        first.aws(&asked)["services"][0]["desiredCount"].as_u64().unwrap()
    };
    first.deploy(&[]).succeeded();
    assert_eq!(services.map(wanted), [0, 0], "there is nothing to run yet");
    emulator.journal();
    first.deploy(&[]).succeeded();
    assert_eq!(emulator.journal(), [], "the same templates changed something");

    // The first release starts the tasks.
    for service in services {
        let outcome = first.release_script(&[service, FIRST]);
        outcome.succeeded();
        assert!(outcome.stdout.contains(&format!("{service} has {FIRST}")), "{}", outcome.told());
        let now = live(&first, "work-prod", service);
        assert!(image(&first, &now.definition).contains(&FIRST.to_owned()), "{}", outcome.told());
    }

    assert_eq!(services.map(wanted), [2, 1], "a fixed number, and the fewest of a range");

    // An update of anything else leaves what runs alone.
    let other = json!({"variables": {"CHANGED": "yes"}, "cpu": "1 vCPU", "memory": "2GB"});
    let next = render(&json!({"services": {"mailer": other, "jobs": other}}), "next");
    let before = seen(&next);
    emulator.journal();
    next.deploy(&[]).succeeded();
    is_harmless(&emulator.journal());
    assert_eq!(before, seen(&next));

    // A second release, and one that fails and is taken back.
    for service in services {
        next.release_script(&[service, SECOND]).succeeded();
    }
    let before = seen(&next);
    emulator.control("POST", "rollouts", &json!({"end": "Failed"}));
    let outcome = next.release_script(&["jobs", THIRD]);
    outcome.refused("tasks failed to start");
    assert!(outcome.stderr.contains("It is back"), "{}", outcome.told());
    emulator.control("POST", "rollouts", &json!({}));
    assert_eq!(before, seen(&next));
    emulator.journal();
    next.deploy(&[]).succeeded();
    is_harmless(&emulator.journal());
}
