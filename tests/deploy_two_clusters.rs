//! A service with a cluster for each color, deployed: the rendered scripts with the real AWS CLI against AWS on loopback.
//!
//! Created, left alone, changed, released, released again, failed, interrupted, sent back; after each step the load balancer
//! is asked where traffic goes, and ECS what runs.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::print_stderr, reason = "what the emulator said helps whoever reads a failure")]

mod harness;

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

/// A color: the weight it has, what it runs and how many tasks of that.
#[derive(Debug, Clone, PartialEq)]
struct Side {
    weight: u64,
    image: String,
    definition: String,
    tasks: u64,
}

/// Both, and where test traffic goes.
#[derive(Debug, Clone, PartialEq)]
struct Live {
    blue: Side,
    green: Side,
    test: Vec<(u64, u64)>,
}

struct Played<'e> {
    environment: Environment<'e>,
    service: &'static str,
}

impl Played<'_> {
    fn output(&self, stack: &str, name: &str) -> Option<String> {
        let found = self.environment.aws(&["cloudformation", "describe-stacks", "--stack-name", stack]);
        let outputs = found["Stacks"][0]["Outputs"].as_array().unwrap().clone();
        let one = outputs.iter().find(|it| it["OutputKey"] == name)?;
        Some(one["OutputValue"].as_str().unwrap().to_owned())
    }

    /// `shop-prod-checkout-edge`
    fn edge(&self) -> String {
        format!("{}-{}-edge", self.base(), self.service)
    }

    fn base(&self) -> String {
        let manifest = &self.environment.manifest;
        format!("{}-{}", manifest["application"].as_str().unwrap(), manifest["environment"].as_str().unwrap())
    }

    /// Weights of blue and green.
    fn weights(&self, listener: &str) -> (u64, u64) {
        let arn = self.output(&self.edge(), listener).unwrap();
        let found = self.environment.aws(&["elbv2", "describe-listeners", "--listener-arns", &arn]);
        let groups = found["Listeners"][0]["DefaultActions"][0]["ForwardConfig"]["TargetGroups"].clone();
        let of = |color: &str| {
            let group = self.output(&self.edge(), &format!("{color}TargetGroupArn")).unwrap();
            let one = groups.as_array().unwrap().iter().find(|it| it["TargetGroupArn"] == *group).unwrap();
            one["Weight"].as_u64().unwrap()
        };
        (of("Blue"), of("Green"))
    }

    fn live(&self) -> Live {
        let weights = self.weights("ProductionListenerArn");
        let side = |color: &str, weight: u64| {
            let cluster = format!("{}-{color}", self.base());
            let services = ["ecs", "describe-services", "--cluster", &cluster, "--services", self.service];
            let found = self.environment.aws(&services)["services"][0].clone();
            let definition = found["deployments"][0]["taskDefinition"].as_str().unwrap().to_owned();
            let task =
                self.environment.aws(&["ecs", "describe-task-definition", "--task-definition", &definition]);
            let image = task["taskDefinition"]["containerDefinitions"][0]["image"].as_str().unwrap();
            Side {
                weight,
                image: image.to_owned(),
                definition,
                tasks: found["desiredCount"].as_u64().unwrap(),
            }
        };
        let test = self.output(&self.edge(), "TestListenerArn").map(|_| self.weights("TestListenerArn"));
        Live {
            blue: side("blue", weights.0),
            green: side("green", weights.1),
            test: test.into_iter().collect(),
        }
    }
}

/// Of what has live traffic, nothing is replaced, and no service is told what to run.
#[track_caller]
fn is_harmless(journal: &[Touch]) {
    for touch in journal {
        let owned: &[&str] = match touch.kind.as_str() {
            "AWS::ECS::Service" => {
                &["TaskDefinition", "LoadBalancers", "NetworkConfiguration", "DesiredCount"]
            }
            "AWS::ElasticLoadBalancingV2::TargetGroup" => &[],
            "AWS::ElasticLoadBalancingV2::Listener" => &["DefaultActions"],
            _ => continue,
        };
        assert_eq!(touch.action, "update", "{touch:?}");
        for property in owned {
            assert!(!touch.changed_properties.iter().any(|it| it == property), "{touch:?}");
        }
    }
}

fn patch(over: &Value) -> Value {
    let mut service = json!({
        "deploy": {
            "engine": "two_clusters",
            "strategy": "all_at_once",
            "test_traffic": {"port": 8443},
            "keep_old": "0m",
            "checks": {"health": {"get": "/health"}},
        },
    });
    service.as_object_mut().unwrap().extend(over.as_object().unwrap().clone());
    json!({"services": {"checkout": service}})
}

#[test]
fn a_service_is_released_changed_and_sent_back() {
    let emulator = Emulator::start("111122223333");
    emulator.control("POST", "tasks", &json!({"run": true}));
    let home = TempDir::new().unwrap();
    let render = |over: &Value, folder: &str| {
        let at = home.path().join(folder);
        let blueprint = changed(&example("smallest"), &patch(over), &at.join("blueprint"));
        let environment = Environment::render(&emulator, &blueprint, "prod", &at.join("out"), "yaml");
        Played { environment, service: "checkout" }
    };
    let first = render(&json!({}), "first");
    first.environment.plant();

    // Created, and left alone.
    first.environment.deploy(&[]).succeeded();
    let created = first.live();
    assert_eq!((created.blue.weight, created.green.weight), (100, 0));
    assert!(created.blue.tasks > 0 && created.green.tasks == 0, "{created:?}");
    assert_eq!(created.test, [(100, 0)]);
    emulator.journal();
    first.environment.deploy(&[]).succeeded();
    assert_eq!(emulator.journal(), [], "the same templates changed something");

    // Wrong names change nothing.
    first.environment.release_script(&["wrong", FIRST]).refused("there is no service wrong");
    first.environment.release_script(&["--back", "checkout"]).refused("cannot take the traffic");
    first.environment.release_script(&["--shift", "checkout"]).refused("nothing is under way");
    first.environment.deploy(&["GreenWeight=100"]).refused("cannot be set by hand");
    assert_eq!(emulator.journal(), []);

    // Released into green; blue is ended.
    let outcome = first.environment.release_script(&["checkout", FIRST]);
    outcome.succeeded();
    let now = first.live();
    assert_eq!((now.blue.weight, now.green.weight, &now.test[..]), (0, 100, &[(0, 100)][..]));
    assert_eq!((now.green.image.as_str(), now.blue.tasks), (FIRST, 0), "{}", outcome.told());
    assert!(now.green.tasks >= created.blue.tasks, "{now:?}");
    assert!(outcome.stdout.contains(&format!("checkout runs {FIRST}")), "{}", outcome.told());
    emulator.journal();
    first.environment.release_script(&["checkout", FIRST]).succeeded();
    assert_eq!(emulator.journal(), [], "what runs was released again");
    first.environment.deploy(&[]).succeeded();
    assert_eq!(first.live(), now);

    // Everything else changes: what runs and where traffic goes does not.
    let next = render(
        &json!({
            "cpu": "1 vCPU", "memory": "2GB", "http": {"drain": "20s"},
            "deploy": {
                "engine": "two_clusters", "strategy": "all_at_once", "keep_old": "0m", "idle_color": "running",
                "checks": {"health": {"get": "/health"}},
            },
        }),
        "next",
    );
    next.environment.plant();
    emulator.journal();
    let outcome = next.environment.deploy(&[]);
    outcome.succeeded();
    let journal = emulator.journal();
    is_harmless(&journal);
    assert!(journal.iter().any(|it| it.kind == "AWS::ECS::TaskDefinition"), "{journal:#?}");
    assert_eq!(next.live(), now);
    assert!(outcome.stdout.contains("its stack now describes revision"), "{}", outcome.told());

    // What the stack describes is released, with the image that ran, and the old color runs on.
    next.environment.release_script(&["--described", "checkout"]).succeeded();
    let kept = next.live();
    assert_eq!((kept.blue.weight, kept.blue.image.as_str(), kept.green.tasks), (100, FIRST, now.green.tasks));
    next.environment.deploy(&[]).succeeded();
    assert_eq!(next.live(), kept, "an update ended the idle color");
    // There and back again.
    next.environment.release_script(&["--back", "checkout"]).succeeded();
    assert_eq!(next.live().green.weight, 100);
    next.environment.release_script(&["--back", "checkout"]).succeeded();
    assert_eq!(next.live(), kept);
    next.environment.release_script(&["--end", "checkout"]).succeeded();
    assert_eq!(next.live().green.tasks, 0);
}

#[test]
fn a_release_that_fails_or_is_interrupted_leaves_traffic_where_tasks_are() {
    let emulator = Emulator::start("111122223333");
    emulator.control("POST", "tasks", &json!({"run": true}));
    let home = TempDir::new().unwrap();
    let render = |over: &Value, folder: &str| {
        let at = home.path().join(folder);
        let blueprint = changed(&example("smallest"), &patch(over), &at.join("blueprint"));
        let environment = Environment::render(&emulator, &blueprint, "prod", &at.join("out"), "yaml");
        Played { environment, service: "checkout" }
    };
    let next = render(&json!({}), "next");
    next.environment.plant();
    next.environment.deploy(&[]).succeeded();

    // One that fails before it has traffic is taken back by CloudFormation.
    let before = next.live();
    emulator.control("POST", "rollouts", &json!({"end": "Failed"}));
    next.environment.release_script(&["checkout", SECOND]).refused("Production traffic stayed on blue");
    emulator.control("POST", "rollouts", &json!({}));
    assert_eq!(next.live(), before);

    // One whose checks fail is staged, and test traffic goes back.
    emulator.control("POST", "tasks", &json!({"run": true, "answer": "FAILED"}));
    next.environment.release_script(&["checkout", SECOND]).refused("the checks failed");
    emulator.control("POST", "tasks", &json!({"run": true}));
    let after = next.live();
    assert_eq!((after.blue.clone(), &after.test[..]), (before.blue.clone(), &[(100, 0)][..]));
    assert_eq!(after.green.image, SECOND);

    // Staged, and the shift interrupted half-way: nothing else may be updated, and the release goes on or goes back.
    next.environment.release_script(&["--stage", "checkout", THIRD]).succeeded();
    let staged = next.live();
    assert_eq!(
        (staged.blue.weight, &staged.test[..], staged.green.image.as_str()),
        (100, &[(0, 100)][..], THIRD)
    );
    next.environment.deploy(&[]).succeeded();
    assert_eq!(next.live(), staged);
    let slow = render(
        &json!({
            "deploy": {
                "engine": "two_clusters", "strategy": {"canary": {"percent": 20, "wait": "10m"}},
                "test_traffic": {"port": 8443}, "keep_old": "0m", "checks": {"health": {"get": "/health"}},
            },
        }),
        "slow",
    );
    let outcome =
        slow.environment.release_until(&["--shift", "checkout"], "watching alarms for 10 minutes", 1);
    assert_eq!(outcome.code, 130, "{}", outcome.told());
    assert!(outcome.stderr.contains("./release.sh --shift checkout"), "{}", outcome.told());
    let half = slow.live();
    assert_eq!((half.blue.weight, half.green.weight), (80, 20));
    slow.environment.deploy(&[]).refused("production traffic is on both colors");
    slow.environment.deploy(&["--despite-shift"]).succeeded();
    assert_eq!(slow.live(), half);
    slow.environment.release_script(&["checkout", FIRST]).refused("is being released to green");
    slow.environment.release_script(&["--back", "checkout"]).succeeded();
    let back = slow.live();
    assert_eq!((back.blue.weight, back.green.weight, &back.test[..]), (100, 0, &[(100, 0)][..]));

    // A red alarm keeps one from starting.
    let cluster = format!("{}-green", slow.base());
    let found =
        slow.environment.aws(&["ecs", "describe-services", "--cluster", &cluster, "--services", "checkout"]);
    let alarm = found["services"][0]["deploymentConfiguration"]["alarms"]["alarmNames"][0]
        .as_str()
        .unwrap()
        .to_owned();
    let red = |state: &str| {
        let set = [
            "cloudwatch",
            "set-alarm-state",
            "--alarm-name",
            &alarm,
            "--state-reason",
            "test",
            "--state-value",
        ];
        slow.environment.aws(&[&set[..], &[state]].concat());
    };
    red("ALARM");
    slow.environment.release_script(&["checkout", THIRD]).refused("an alarm is red");
    assert_eq!(slow.live(), back);
    red("OK");

    // So does one that turns red between two steps: from there one update leads back.
    let outcome =
        slow.environment
            .release_meanwhile(&["checkout", THIRD], "watching alarms for 10 minutes", |_| red("ALARM"));
    outcome.refused("an alarm is red");
    assert!(outcome.stdout.contains("production: 20% on green"), "{}", outcome.told());
    assert!(outcome.stderr.contains("all production traffic of checkout is on blue"), "{}", outcome.told());
    assert_eq!(slow.live(), back);
}
