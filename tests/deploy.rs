//! Every example, deployed: the rendered `deploy.sh` with the real AWS CLI against AWS on loopback.
//!
//! Created, left alone, released, broken, changed, deleted; after each step the services are asked what is there. See
//! `tests/oracles/README.md` for what the emulator knows and what it is blind to.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::print_stderr, reason = "tests that take minutes say how far they are")]

mod harness;

use std::{fs, path::PathBuf, time::Instant};

use harness::{
    emulator::{Emulator, Touch},
    environment::{Environment, changed, example},
};
use serde_json::{Value, json};
use tempfile::TempDir;

const FIRST_IMAGE: &str =
    "registry.example.com/app@sha256:1111111111111111111111111111111111111111111111111111111111111111";
const NEXT_IMAGE: &str =
    "registry.example.com/app@sha256:2222222222222222222222222222222222222222222222222222222222222222";

/// What a stack update must never replace, nor change in what CodeDeploy owns.
const OWNED: [&str; 4] = [
    "AWS::ECS::Service",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
];

/// An environment of an example, and what is peculiar to it.
struct Case {
    example: &'static str,
    environment: &'static str,
    /// Values only a person knows.
    given: Vec<String>,
    /// The deployment configuration of each deployment group.
    configs: &'static [(&'static str, &'static str)],
    /// Whether listeners speak HTTPS.
    tls: bool,
    /// How many tasks: the fixed number, or nothing where scaling decides.
    count: Option<u64>,
    /// The changed blueprint, as a merge patch.
    patch: Value,
    /// What it is given besides.
    given_then: Vec<String>,
    stages: &'static [(&'static str, &'static [&'static str])],
}

fn certificate(region: &str, account: &str, id: &str) -> String {
    format!("arn:aws:acm:{region}:{account}:certificate/{id}")
}

/// The same changes for every service, in the words of a blueprint.
fn change(count: Value) -> Value {
    json!({
        "cpu": "2 vCPU",
        "memory": "4GB",
        "count": count,
        "http": {"drain": "20s"},
    })
}

fn shop(environment: &'static str) -> Case {
    let old = certificate("eu-west-1", "111122223333", "0b1c2d3e");
    let new = certificate("eu-west-1", "111122223333", "5a6b7c8d");
    let prod = environment == "prod";
    let mut given = vec![format!("CertificateArn={old}")];
    if prod {
        given.push(
            "ConnectionArn=arn:aws:codeconnections:eu-west-1:111122223333:connection/0b1c2d3e-0000".into(),
        );
    }
    let count = if prod { json!({"range": "4-9"}) } else { json!(2) };
    let mut service = change(if prod { count.clone() } else { json!({}) });
    service["alarms"] = json!({"latency": {"p95": {"above": "700ms"}}});
    service["environments"] =
        json!({"staging": {"count": if prod { json!(1) } else { count } }, "prod": {"memory": "4GB"}});
    Case {
        example: "shop",
        environment,
        given,
        configs: if prod {
            &[("shop-prod-checkout", "shop-prod-checkout-canary-10-10m")]
        } else {
            &[("shop-staging-checkout", "CodeDeployDefault.ECSAllAtOnce")]
        },
        tls: true,
        count: (!prod).then_some(1),
        patch: json!({"tags": {"owner": "tests"}, "services": {"checkout": service}}),
        given_then: vec![format!("CertificateArn={new}"), format!("ImageUri={NEXT_IMAGE}")],
        stages: if prod {
            &[
                ("Source", &["CodeStarSourceConnection"]),
                ("Build", &["CodeBuild"]),
                ("staging", &["CodeDeployToECS"]),
                ("prod", &["Manual", "CodeDeployToECS"]),
            ]
        } else {
            &[]
        },
    }
}

fn internal_api() -> Case {
    let mut service = change(json!(5));
    service["alarms"] = json!({"latency": {"p99": {"above": "700ms"}}});
    Case {
        example: "internal-api",
        environment: "prod",
        given: vec![],
        configs: &[("ledger-prod-entries", "ledger-prod-entries-linear-20-5m")],
        tls: false,
        count: Some(4),
        patch: json!({"tags": {"owner": "tests"}, "services": {"entries": service}}),
        given_then: vec![format!("ImageUri={NEXT_IMAGE}")],
        stages: &[],
    }
}

fn smallest() -> Case {
    let mut service = change(json!({"range": "4-9"}));
    service["alarms"] = json!({"latency": {"p99": {"above": "700ms"}}});
    service["http"]["certificate"] = json!(certificate("eu-west-1", "111122223333", "5a6b7c8d"));
    Case {
        example: "smallest",
        environment: "prod",
        given: vec![],
        configs: &[("shop-prod-checkout", "shop-prod-checkout-canary-10-10m")],
        tls: true,
        count: None,
        patch: json!({"tags": {"owner": "tests"}, "services": {"checkout": service}}),
        given_then: vec![format!("ImageUri={NEXT_IMAGE}")],
        stages: &[],
    }
}

fn two_services() -> Case {
    let mut service = change(json!({"range": "4-9"}));
    service["alarms"] = json!({"latency": {"p99": {"above": "700ms"}}});
    service["http"]["certificate"] = json!(certificate("us-east-1", "111122223333", "5a6b7c8d"));
    Case {
        example: "two-services",
        environment: "prod",
        given: vec![],
        configs: &[
            ("forum-prod-web", "CodeDeployDefault.ECSCanary10Percent15Minutes"),
            ("forum-prod-api", "forum-prod-api-linear-25-4m"),
        ],
        tls: true,
        count: None,
        patch: json!({"tags": {"owner": "tests"}, "services": {"web": service, "api": service}}),
        given_then: vec![format!("WebImageUri={NEXT_IMAGE}"), format!("ApiImageUri={NEXT_IMAGE}")],
        stages: &[],
    }
}

#[test]
fn example_internal_api() {
    let emulator = Emulator::start("444455556666");
    let run = Run::new(&emulator, internal_api());
    let seen = run.to_its_change();
    run.deletes(&seen);
}

#[test]
fn example_shop() {
    let emulator = Emulator::start("111122223333");
    let staging = Run::new(&emulator, shop("staging"));
    let seen_staging = staging.to_its_change();
    let prod = Run::new(&emulator, shop("prod"));
    let seen_prod = prod.to_its_change();
    assert_eq!(staging.first.observe()["groups"], seen_staging["groups"], "staging changed with prod");
    prod.deletes(&seen_prod);
    staging.deletes(&seen_staging);
}

#[test]
fn example_smallest() {
    let emulator = Emulator::start("111122223333");
    let run = Run::new(&emulator, smallest());
    let seen = run.to_its_change();
    run.settles();
    run.deletes(&seen);
}

#[test]
fn example_two_services() {
    let emulator = Emulator::start("111122223333");
    let run = Run::new(&emulator, two_services());
    let seen = run.to_its_change();
    run.deletes(&seen);
}

/// The listener of production traffic itself cannot be updated in the sync: CloudFormation puts that one back. The script
/// says so, its command sends traffic back, and it goes on where it stopped. Without the sync, traffic moves unnoticed.
#[test]
fn what_the_sync_is_for() {
    let emulator = Emulator::start("111122223333");
    let run = Run::new(&emulator, smallest());
    run.creates();
    run.first.release(FIRST_IMAGE);
    let edge = run.first.edge()["name"].as_str().unwrap();

    emulator.control("POST", "refuse", &json!({"stack": edge, "logical_id": "ProductionListener"}));
    let outcome = run.first.deploy(&[]);
    outcome.refused("production traffic is no longer on green");
    emulator.control("POST", "refuse", &json!({}));
    assert_eq!(run.first.observe()["stacks"][edge]["status"], "UPDATE_FAILED");
    let command =
        outcome.stderr.lines().find(|line| line.contains("aws elbv2 modify-listener")).expect("a command");
    // Until somebody did, the script does nothing.
    emulator.journal();
    run.first.deploy(&[]).refused("disagree about the live tasks");
    assert_eq!(emulator.journal(), []);
    run.first.shell(command).succeeded();
    let outcome = run.first.deploy(&[]);
    outcome.succeeded();
    assert!(outcome.stdout.contains("its last update was left unfinished"), "{}", outcome.told());
    let seen = run.first.observe();
    run.is_live(&seen, "green");
    assert_eq!(seen["stacks"][edge]["status"], "UPDATE_COMPLETE");

    // Now blue is live, the stack says green, and the script has no sync.
    run.first.release(NEXT_IMAGE);
    run.is_live(&run.first.observe(), "blue");
    let spoiled = run.failing();
    let script = spoiled.read("deploy.sh");
    let without = script.replace(r#"if exists "$name" && compare_colors; then"#, "if false; then");
    assert_ne!(script, without, "the sync is called elsewhere now");
    fs::write(spoiled.folder.join("deploy.sh"), without).unwrap();
    spoiled.deploy(&["--stack", edge]).refused("CertificateAbsent");
    let seen = run.first.observe();
    assert_eq!(seen["stacks"][edge]["status"], "UPDATE_ROLLBACK_COMPLETE");
    let group = &seen["groups"]["shop-prod-checkout"];
    assert_eq!(group["primary"][0]["color"], json!(["blue"]));
    assert_eq!(
        group["listeners"]["production"]["weights"],
        json!([{"blue": 0, "green": 100}]),
        "a rollback without the sync no longer moves traffic: is the sync still needed?"
    );
}

/// `release.sh` with the real AWS CLI: a first image by its tag in ECR, then one that fails, then the image of before. Of the
/// stacks, only the task definition is touched, and `deploy.sh` has nothing left to do.
#[test]
fn releases_through_the_script() {
    let emulator = Emulator::start("111122223333");
    let run = Run::new(&emulator, smallest());
    run.creates();
    let environment = &run.first;
    let group = |seen: &Value| seen["groups"]["shop-prod-checkout"].clone();
    let release = |arguments: &[&str]| environment.release_script(&[&["checkout"], arguments].concat());
    let only_the_task_definition = || {
        let touched: Vec<String> =
            emulator.journal().into_iter().map(|it| format!("{} {}", it.stack, it.kind)).collect();
        // The new revision, and the old one, which stays all the same.
        assert!(!touched.is_empty());
        for it in touched {
            assert_eq!(it, "shop-prod-checkout AWS::ECS::TaskDefinition");
        }
    };
    let repository = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop-prod/checkout";
    let push = |tag: &str| -> String {
        let manifest = json!({
            "schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 1, "digest": tag},
            // The emulator makes the digest of these.
            "layers": [{
                "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": 1,
                "digest": format!("sha256:{}", tag.replace('v', "a").repeat(32)),
            }],
        })
        .to_string();
        let put = ["ecr", "put-image", "--repository-name", "shop-prod/checkout", "--image-tag", tag];
        let put = environment.aws(&[&put[..], &["--image-manifest", &manifest]].concat());
        format!("{repository}@{}", put["image"]["imageId"]["imageDigest"].as_str().unwrap())
    };

    emulator.journal();
    let refused = |arguments: &[&str], said: &str| {
        release(arguments).refused(said);
        assert_eq!(emulator.journal(), []);
    };
    refused(&[&format!("{repository}:v1")], "there is no image v1 in shop-prod/checkout");
    refused(&["registry.example.com/app:v1"], "has no digest");
    environment.release_script(&["chekout", NEXT_IMAGE]).refused("there is no service chekout");

    let first = push("v1");
    emulator.control("POST", "rollouts", &json!({"end": "Succeeded"}));
    let outcome = release(&[&format!("{repository}:v1")]);
    outcome.succeeded();
    assert!(outcome.stdout.contains(&format!("checkout has {first} (revision 2)")), "{}", outcome.told());
    only_the_task_definition();
    let seen = environment.observe();
    run.is_live(&seen, "green");
    assert!(strings(&group(&seen)["newest"]["images"]).contains(&&*first), "{seen}");
    assert_eq!(group(&seen)["primary"][0]["task_definition"], group(&seen)["newest"]["arn"]);

    let again = release(&[&first]);
    again.succeeded();
    assert!(again.stdout.contains("already (revision 2)"), "{}", again.told());
    assert_eq!(emulator.journal(), []);

    emulator.control("POST", "rollouts", &json!({"end": "Failed"}));
    let second = push("v2");
    let outcome = release(&[&second]);
    outcome.refused("HEALTH_CONSTRAINTS");
    assert!(outcome.stderr.contains("It is back: checkout runs revision 2."), "{}", outcome.told());
    only_the_task_definition();
    run.is_live(&environment.observe(), "green");

    // What runs is described again, and not deployed again.
    let outcome = release(&[&first]);
    outcome.succeeded();
    assert!(outcome.stdout.contains("already (revision 2)"), "{}", outcome.told());
    only_the_task_definition();

    // One that nobody plays: it is followed until the time is up, refused beside, and taken up again.
    emulator.control("POST", "rollouts", &json!({}));
    release(&["--timeout", "0s", &second]).refused("gave up waiting; the deployment goes on");
    emulator.journal();
    refused(&[&first], "is under way");
    let found = environment.aws(&[
        "deploy",
        "list-deployments",
        "--application-name",
        "shop-prod-checkout",
        "--deployment-group-name",
        "shop-prod-checkout",
        "--include-only-statuses",
        "Created",
    ]);
    let id = found["deployments"][0].as_str().unwrap();
    environment.release_script(&["--timeout", "0s", "--wait", id]).refused("gave up waiting");
    let named = json!({"application": "shop-prod-checkout", "deploymentGroup": "shop-prod-checkout"});
    let mut stopped = named.clone();
    stopped["id"] = json!(id);
    stopped["status"] = json!("Stopped");
    emulator.control("POST", "deployment", &stopped);

    emulator.control("POST", "rollouts", &json!({"end": "Succeeded"}));
    release(&["--described"]).succeeded();
    let seen = environment.observe();
    run.is_live(&seen, "blue");
    assert_eq!(emulator.journal(), []);

    // The edge remembers the color of its creation, which is the live one again: nothing is left to do anywhere.
    environment.deploy(&[]).succeeded();
    assert_eq!(emulator.journal(), []);
    assert_eq!(environment.observe()["groups"], seen["groups"]);
}

/// The course of an environment.
struct Run<'a> {
    emulator: &'a Emulator,
    case: Case,
    home: TempDir,
    blueprint: PathBuf,
    /// As the example is.
    first: Environment<'a>,
    /// As it is changed later.
    next: Environment<'a>,
    start: Instant,
}

impl<'a> Run<'a> {
    fn new(emulator: &'a Emulator, case: Case) -> Self {
        let home = TempDir::new().unwrap();
        let blueprint = example(case.example);
        let at = |name: &str| home.path().join(name);
        let first = Environment::render(emulator, &blueprint, case.environment, &at("first"), "yaml");
        let patched = changed(&blueprint, &case.patch, &at("patched"));
        let next = Environment::render(emulator, &patched, case.environment, &at("next"), "yaml");
        first.plant();
        next.plant();
        for given in case.given.iter().chain(&case.given_then) {
            if let Some(arn) = given.strip_prefix("CertificateArn=") {
                emulator.control("POST", "certificate", &json!({"arn": arn}));
            }
        }
        Self { emulator, case, home, blueprint, first, next, start: Instant::now() }
    }

    /// Everything but the end; what is there then.
    fn to_its_change(&self) -> Value {
        self.creates();
        self.step("created");
        self.is_left_alone();
        self.step("left alone");
        self.refuses();
        self.step("refused");
        self.first.release(FIRST_IMAGE);
        self.survives_a_failing_update();
        self.step("failed");
        let seen = self.changes();
        self.step("changed");
        seen
    }

    /// Where it is, for whoever reads a failure.
    fn step(&self, what: &str) {
        let seconds = self.start.elapsed().as_secs();
        eprintln!("{} {}: {what} after {seconds} s", self.case.example, self.case.environment);
    }

    fn creates(&self) {
        let given: Vec<&str> = self.case.given.iter().map(String::as_str).collect();
        self.first.deploy(&given).succeeded();
        let seen = self.first.observe();
        for stack in self.first.stacks() {
            assert_eq!(seen["stacks"][stack]["status"], "CREATE_COMPLETE", "{stack}");
        }
        self.is_live(&seen, "blue");
        let groups = seen["groups"].as_object().unwrap();
        assert_eq!(groups.len(), self.case.configs.len(), "{:?}", groups.keys());
        for (name, config) in self.case.configs {
            let group = &groups[*name];
            assert_eq!(group["config"], *config, "{name}");
            assert_eq!(
                group["style"],
                json!({"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"})
            );
            let events: Vec<&str> = strings(&group["rollback"]["events"]);
            for event in ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"] {
                assert!(events.contains(&event), "{name} does not go back on {event}");
            }
            assert_eq!(group["rollback"]["enabled"], true);
            // CodeDeploy takes ten; each must exist, for it starts nothing when it cannot read one.
            let named = strings(&group["alarms_named"]);
            assert!((1..=10).contains(&named.len()) && group["alarms_enabled"] == true, "{named:?}");
            for alarm in named {
                assert!(group["alarms"].get(alarm).is_some(), "{name} names {alarm}, which is not there");
            }

            let service = &group["service"];
            assert_eq!(service["controller"], "CODE_DEPLOY");
            assert_eq!(service["color"], json!(["blue"]));
            let definition = service["task_definition"].as_str().unwrap();
            assert!(
                definition.ends_with(&format!("/{}:1", group["family"].as_str().unwrap())),
                "{definition}"
            );
            match self.case.count {
                Some(count) => {
                    assert_eq!(service["desired"], count);
                    assert_eq!(group["scaling"], json!([]));
                }
                None => assert_eq!(group["scaling"].as_array().unwrap().len(), 1),
            }
            for color in ["blue", "green"] {
                let target = &group["target_groups"][color];
                assert_eq!(target["type"], "ip");
                assert!(target["path"].as_str().unwrap().starts_with('/'), "{target}");
                assert!(target["interval"].as_u64().unwrap() <= 30, "{target}");
                // What CodeDeploy takes from one has to be true of the other.
                for property in ["port", "path", "interval", "attributes", "tags"] {
                    assert_eq!(target[property], group["target_groups"]["blue"][property], "{property}");
                }
            }
            for route in ["production", "test"] {
                let protocol = if self.case.tls { "HTTPS" } else { "HTTP" };
                assert_eq!(group["listeners"][route]["protocol"], protocol);
            }
        }
        let stages: Vec<(&str, Vec<&str>)> = seen["pipelines"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|pipeline| pipeline["stages"].as_array().unwrap())
            .map(|stage| (stage["name"].as_str().unwrap(), strings(&stage["actions"])))
            .collect();
        let wanted: Vec<(&str, Vec<&str>)> =
            self.case.stages.iter().map(|(name, actions)| (*name, actions.to_vec())).collect();
        assert_eq!(stages, wanted);
        self.touches_only_its_own();
    }

    /// Every listener of every service sends everything to a color, where ECS has the tasks.
    #[track_caller]
    fn is_live(&self, seen: &Value, color: &str) {
        let other = if color == "green" { "blue" } else { "green" };
        for (name, group) in seen["groups"].as_object().unwrap() {
            for route in ["production", "test"] {
                let weights = group["listeners"][route]["weights"].as_array().unwrap();
                assert!(!weights.is_empty(), "{name} {route}");
                for weight in weights {
                    assert_eq!(weight, &json!({color: 100, other: 0}), "{name} {route}");
                }
            }
            assert_eq!(group["primary"].as_array().unwrap().len(), 1, "{name}");
            assert_eq!(group["primary"][0]["color"], json!([color]), "{name}");
        }
    }

    fn is_left_alone(&self) {
        self.first.deploy(&[]).succeeded();
        assert_eq!(self.emulator.journal(), [], "the same templates changed something");
    }

    fn refuses(&self) {
        let seen = self.first.observe();
        let (name, group) = seen["groups"].as_object().unwrap().iter().next().unwrap();
        let deployment = |request: Value| {
            let mut whole = json!({"application": group["application"], "deploymentGroup": name});
            whole.as_object_mut().unwrap().extend(request.as_object().unwrap().clone());
            self.emulator.control("POST", "deployment", &whole)["id"].clone()
        };
        let id = deployment(json!({"status": "InProgress"}));
        self.next.deploy(&[]).refused("is under way");
        deployment(json!({"id": id, "status": "Stopped"}));
        assert_eq!(self.emulator.journal(), [], "something was touched while a deployment ran");

        let listener = group["listeners"]["production"]["arn"].as_str().unwrap();
        let arn = |color: &str| group["target_groups"][color]["arn"].as_str().unwrap();
        let send = |live: &str, idle: &str| {
            let actions = json!([{"Type": "forward", "ForwardConfig": {"TargetGroups": [
                {"TargetGroupArn": arn(live), "Weight": 100}, {"TargetGroupArn": arn(idle), "Weight": 0},
            ]}}]);
            let change = ["elbv2", "modify-listener", "--listener-arn", listener, "--default-actions"];
            self.first.aws(&[&change[..], &[&actions.to_string()]].concat());
        };
        send("green", "blue");
        self.next.deploy(&[]).refused("disagree about the live tasks");
        assert_eq!(self.emulator.journal(), [], "something was touched while the sources disagreed");
        send("blue", "green");
        self.is_live(&self.first.observe(), "blue");
    }

    /// The example, with a change of every listener and, after them, something that CloudFormation cannot create: a
    /// certificate that is not there. As when a person adds one that was deleted meanwhile.
    fn failing(&self) -> Environment<'a> {
        let out = self.home.path().join("failing");
        let environment =
            Environment::render(self.emulator, &self.blueprint, self.case.environment, &out, "json");
        let path = environment.folder.join(environment.edge()["template"].as_str().unwrap());
        let mut template: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let resources = template["Resources"].as_object_mut().unwrap();
        let mut listeners: Vec<String> = Vec::new();
        for (id, resource) in resources.iter_mut() {
            if resource["Type"] == "AWS::ElasticLoadBalancingV2::Listener" {
                resource["Properties"]["Tags"] = json!([{"Key": "attempt", "Value": "failing"}]);
                listeners.push(id.clone());
            }
        }
        let production = listeners.iter().find(|id| id.ends_with("ProductionListener")).unwrap();
        let absent = certificate(environment.region(), "111122223333", "00000000");
        let refused = json!({
            "Type": "AWS::ElasticLoadBalancingV2::ListenerCertificate",
            "DependsOn": listeners,
            "Properties": {"ListenerArn": {"Ref": production}, "Certificates": [{"CertificateArn": absent}]},
        });
        resources.insert("CertificateAbsent".into(), refused);
        fs::write(&path, template.to_string()).unwrap();
        environment
    }

    /// Green is live, the stacks still say blue, and an update fails after it changed the listeners.
    fn survives_a_failing_update(&self) {
        let before = self.first.observe();
        self.is_live(&before, "green");
        let edge = self.first.edge();
        let name = edge["name"].as_str().unwrap();
        let colors: Vec<&String> = edge["lookup"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, lookup)| lookup.get("live_color_of").is_some())
            .map(|(parameter, _)| parameter)
            .collect();
        for color in &colors {
            assert_eq!(before["stacks"][name]["parameters"][*color], "blue");
        }

        let outcome = self.failing().deploy(&["--stack", name]);
        outcome.refused("CertificateAbsent (AWS::ElasticLoadBalancingV2::ListenerCertificate) CREATE_FAILED");
        assert!(outcome.stdout.contains(&format!("sync {name}: ")), "{}", outcome.told());
        let after = self.first.observe();
        assert_eq!(after["stacks"][name]["status"], "UPDATE_ROLLBACK_COMPLETE");
        self.is_live(&after, "green");
        for (name, group) in after["groups"].as_object().unwrap() {
            for (property, value) in group.as_object().unwrap() {
                assert_eq!(value, &before["groups"][name][property], "{name}: {property} changed as well");
            }
        }
        for color in &colors {
            assert_eq!(after["stacks"][name]["parameters"][*color], "green");
        }
        // It did touch the listeners: to the sync, to the change, and back from it.
        let journal = self.emulator.journal();
        let touched = journal
            .iter()
            .filter(|it| it.logical_id.ends_with("ProductionListener") && it.action == "update")
            .count();
        assert_eq!(touched, 3 * colors.len(), "{journal:#?}");
    }

    /// The changed blueprint and a new image, deployed: what was meant changes, what CodeDeploy owns stays.
    fn changes(&self) -> Value {
        let before = self.first.observe();
        let given: Vec<&str> = self.case.given_then.iter().map(String::as_str).collect();
        let outcome = self.next.deploy(&given);
        outcome.succeeded();
        let journal = self.emulator.journal();
        let seen = self.next.observe();
        for stack in self.next.stacks() {
            // A stack in which nothing changed was left alone.
            let status = seen["stacks"][stack]["status"].as_str().unwrap();
            let touched = journal.iter().any(|it| it.stack == stack);
            assert!(
                status == "UPDATE_COMPLETE" || !touched && status == "CREATE_COMPLETE",
                "{stack} {status}"
            );
        }

        // What CodeDeploy owns.
        self.is_live(&seen, "green");
        for touch in &journal {
            self.is_harmless(touch);
        }
        for (name, group) in seen["groups"].as_object().unwrap() {
            let old = &before["groups"][name];
            assert_eq!(group["primary"], old["primary"], "{name}");
            for property in ["task_definition", "color", "network", "controller", "arn"] {
                assert_eq!(group["service"][property], old["service"][property], "{name} {property}");
            }
            assert_eq!(group["id"], old["id"], "{name} was replaced");
            let revisions = strings(&group["revisions"]);
            for revision in strings(&old["revisions"]) {
                assert!(revisions.contains(&revision), "{revision} is gone");
            }
            for color in ["blue", "green"] {
                let arn = |group: &Value| group["target_groups"][color]["arn"].clone();
                assert_eq!(arn(group), arn(old));
            }
        }

        // What was meant to change.
        for (name, group) in seen["groups"].as_object().unwrap() {
            let old = &before["groups"][name];
            assert_eq!([&group["newest"]["cpu"], &group["newest"]["memory"]], ["2048", "4096"], "{name}");
            assert_ne!(group["newest"]["arn"], old["newest"]["arn"]);
            assert!(strings(&group["newest"]["images"]).contains(&NEXT_IMAGE), "{}", group["newest"]);
            assert!(outcome.stdout.contains("Release it:"), "{}", outcome.told());
            assert_eq!(group["alarms"][format!("{name}-latency")], 0.7, "{}", group["alarms"]);
            match self.case.count {
                Some(count) => assert_eq!(group["service"]["desired"], count + 1),
                None => assert_eq!(group["scaling"], json!([{"min": 4, "max": 9}])),
            }
            for color in ["blue", "green"] {
                let target = &group["target_groups"][color];
                assert_eq!(target["attributes"]["deregistration_delay.timeout_seconds"], "20");
                assert_eq!(target["tags"]["owner"], "tests");
            }
            for route in ["production", "test"] {
                let certificates = strings(&group["listeners"][route]["default_certificates"]);
                assert_eq!(certificates.iter().any(|it| it.ends_with("/5a6b7c8d")), self.case.tls);
            }
        }
        seen
    }

    /// Nothing is left to do after the change either. The image is given again: until it is released, the one that runs is
    /// what the script keeps.
    fn settles(&self) {
        let given: Vec<&str> = self.case.given_then.iter().map(String::as_str).collect();
        self.next.deploy(&given).succeeded();
        assert_eq!(self.emulator.journal(), [], "it did not settle");
    }

    #[track_caller]
    fn is_harmless(&self, touch: &Touch) {
        assert!(self.first.stacks().contains(&touch.stack.as_str()), "{touch:?} is of another environment");
        if !OWNED.contains(&touch.kind.as_str()) {
            return;
        }
        assert_eq!(touch.action, "update", "{touch:?}");
        let owned: &[&str] = match touch.kind.as_str() {
            "AWS::ECS::Service" => {
                &["TaskDefinition", "LoadBalancers", "NetworkConfiguration", "PlatformVersion", "Cluster"]
            }
            // The color is what the stack says already, so not even this is sent.
            "AWS::ElasticLoadBalancingV2::Listener" => &["DefaultActions"],
            _ => &[],
        };
        for property in owned {
            assert!(!touch.changed_properties.iter().any(|it| it == property), "{touch:?}");
        }
    }

    fn touches_only_its_own(&self) {
        let stacks = self.first.stacks();
        for touch in self.emulator.journal() {
            assert!(stacks.contains(&touch.stack.as_str()), "{touch:?}");
        }
    }

    /// As the runbook says; what it says that stays, stays.
    fn deletes(&self, seen: &Value) {
        let section = self.next.section("Delete everything");
        for commands in self.next.runbook("Delete everything") {
            if commands.contains("<arn>") {
                for balancer in strings(&seen["balancers"]) {
                    self.next.shell(&commands.replace("<arn>", balancer)).succeeded();
                }
            } else {
                self.next.shell(&commands).succeeded();
            }
        }
        let after = self.next.observe();
        for stack in self.next.stacks() {
            assert_eq!(after["stacks"][stack]["status"], Value::Null, "{stack} is still there");
        }
        let mut kept = 0;
        for row in section.lines().filter(|line| line.starts_with("| `")) {
            let cells: Vec<&str> = row.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
            let [_, stack, id, kind, _] = cells.as_slice() else { panic!("{row}") };
            let physical = seen["stacks"][*stack]["resources"][*id]["id"].as_str().unwrap();
            assert!(strings(&after["kept"][*kind]).contains(&physical), "{row}: {physical} is gone");
            kept += 1;
        }
        assert!(kept > 2, "{section}");
        // Revisions of before the last change as well: a rollback may need them.
        for group in seen["groups"].as_object().unwrap().values() {
            for revision in strings(&group["revisions"]) {
                assert!(
                    strings(&after["kept"]["AWS::ECS::TaskDefinition"]).contains(&revision),
                    "{revision}"
                );
            }
        }
    }
}

#[track_caller]
fn strings(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect()
}
