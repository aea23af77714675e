//! From CodeDeploy to ECS, step by step: the rendered `migrate.sh` with the real AWS CLI against AWS on loopback.
//!
//! After each step production traffic is where it was. See `tests/oracles/README.md` for what the emulator is blind to.
#![cfg(unix)]
#![allow(clippy::print_stderr, reason = "what the emulator said helps whoever reads a failure")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use harness::{
    emulator::Emulator,
    environment::{Environment, Outcome, changed, example},
};
use serde_json::{Value, json};
use tempfile::TempDir;

const IMAGE: &str =
    "registry.example.com/app@sha256:1111111111111111111111111111111111111111111111111111111111111111";
const NEXT_IMAGE: &str =
    "registry.example.com/app@sha256:2222222222222222222222222222222222222222222222222222222222222222";

/// A service on its way.
struct Way<'a> {
    emulator: &'a Emulator,
    environment: Environment<'a>,
    folder: PathBuf,
    blueprint: PathBuf,
    home: TempDir,
    given: Vec<String>,
}

impl<'a> Way<'a> {
    fn new(emulator: &'a Emulator, name: &str, environment: &str, given: &[&str]) -> Self {
        let home = TempDir::new().unwrap();
        let blueprint = example(name);
        let folder = home.path().join("migration");
        migrate(&blueprint, environment, &folder);
        let environment =
            Environment::render(emulator, &blueprint, environment, &home.path().join("dist"), "yaml");
        environment.plant();
        for certificate in given.iter().filter_map(|it| it.strip_prefix("CertificateArn=")) {
            emulator.control("POST", "certificate", &json!({"arn": certificate}));
        }
        let given = given.iter().map(|it| (*it).to_owned()).collect();
        Self { emulator, environment, folder, blueprint, home, given }
    }

    fn deployed(self) -> Self {
        let given: Vec<&str> = self.given.iter().map(String::as_str).collect();
        self.environment.deploy(&given).succeeded();
        self
    }

    /// Runs `migrate.sh`; from another folder, because people do.
    fn run(&self, arguments: &[&str]) -> Outcome {
        let output = self
            .emulator
            .command(self.folder.join("migrate.sh"))
            .current_dir("/")
            .args(arguments)
            .args(["--yes"])
            .env("TEMPLATE_BUCKET", "templates")
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Outcome {
            code: output.status.code().unwrap(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// What a step touched, by logical id and in what way.
    #[track_caller]
    fn step(&self, arguments: &[&str]) -> Vec<(String, String)> {
        self.emulator.journal();
        self.run(arguments).succeeded();
        self.touched()
    }

    fn touched(&self) -> Vec<(String, String)> {
        self.emulator.journal().into_iter().map(|touch| (touch.logical_id, touch.action)).collect()
    }

    fn output(&self, stack: &str, key: &str) -> String {
        let stacks = self.environment.aws(&["cloudformation", "describe-stacks", "--stack-name", stack]);
        let outputs = stacks["Stacks"][0]["Outputs"].as_array().unwrap();
        let found = outputs.iter().find(|output| output["OutputKey"] == key);
        found.map_or_else(String::new, |output| output["OutputValue"].as_str().unwrap().to_owned())
    }

    /// The weights of a listener's default and of its rules: blue and green each.
    fn weights(&self, edge: &str) -> Vec<(i64, i64)> {
        let (blue, green) =
            (self.output(edge, "BlueTargetGroupArn"), self.output(edge, "GreenTargetGroupArn"));
        let listener = self.output(edge, "ProductionListenerArn");
        let rules = self.environment.aws(&["elbv2", "describe-rules", "--listener-arn", &listener]);
        let mut all = Vec::new();
        for rule in rules["Rules"].as_array().unwrap() {
            let Some(groups) = rule["Actions"][0]["ForwardConfig"]["TargetGroups"].as_array() else {
                continue;
            };
            let weight = |arn: &str| {
                let found = groups.iter().find(|group| group["TargetGroupArn"] == arn);
                found.map_or(-1, |group| group["Weight"].as_i64().unwrap())
            };
            all.push((weight(&blue), weight(&green)));
        }
        all
    }

    fn service(&self, cluster: &str, service: &str) -> Value {
        self.environment.aws(&["ecs", "describe-services", "--cluster", cluster, "--services", service])["services"][0].clone()
    }
}

fn migrate(blueprint: &Path, environment: &str, out: &Path) {
    let output = Command::new(env!("CARGO_BIN_EXE_bluegreen"))
        .args(["migrate", "--to", "ecs"])
        .arg(blueprint)
        .args(["--environment", environment, "--out"])
        .arg(out)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_service_goes_to_ecs_a_step_at_a_time() {
    let emulator = Emulator::start("111122223333");
    let way = Way::new(&emulator, "smallest", "prod", &[]).deployed();
    let (edge, own, cluster, service) =
        ("shop-prod-checkout-edge", "shop-prod-checkout", "shop-prod", "checkout");
    let blue = |count: usize| vec![(100, 0); count];
    let controller = || way.service(cluster, service)["deploymentController"]["type"].clone();
    way.environment.release(IMAGE);
    way.touched();
    // Production is on green now, and ECS takes over from blue.
    way.run(&["next"]).refused("production is on green");
    assert_eq!(way.touched(), []);
    way.environment.release(IMAGE);

    // A deployment under way is in the way.
    let named = json!({"application": own, "deploymentGroup": own});
    let mut running = named.clone();
    running["status"] = json!("InProgress");
    let id = emulator.control("POST", "deployment", &running)["id"].clone();
    way.run(&["next"]).refused("is under way");
    let mut stopped = named;
    stopped["status"] = json!("Stopped");
    stopped["id"] = id;
    emulator.control("POST", "deployment", &stopped);

    // Looking changes nothing.
    assert_eq!(way.step(&["next", "--dry-run"]), []);

    let rules = way.step(&["next"]);
    assert_eq!(rules.len(), 2, "{rules:?}");
    assert_eq!(way.weights(edge), blue(2));
    // CodeDeploy could still release, and moves both.
    way.environment.release(IMAGE);
    assert_eq!(way.weights(edge), [(0, 100), (0, 100)]);
    way.run(&["next"]).refused("production is on green");
    way.environment.release(IMAGE);

    // And back, and forth again.
    let gone = way.step(&["back"]);
    assert_eq!(gone.len(), 2, "{gone:?}");
    assert_eq!(way.weights(edge), blue(1));
    way.step(&["next"]);

    let handover = way.step(&["next"]);
    assert!(!handover.iter().any(|(id, _)| id == "Service" || id == "TaskDefinition"), "{handover:?}");
    assert_eq!(controller(), "CODE_DEPLOY");
    let returned = way.step(&["back"]);
    assert!(returned.iter().any(|(id, _)| id == "DeploymentGroup"), "{returned:?}");
    way.step(&["next"]);

    // There is no way back from the next one, and somebody has to agree.
    way.run(&["next"]).refused("nobody can be asked");
    emulator.control("POST", "refuse", &json!({"stack": own, "logical_id": "Service"}));
    way.run(&["next", "--one-way"]).refused("the stack is left as it is");
    let stack = way.environment.aws(&["cloudformation", "describe-stacks", "--stack-name", own]);
    assert_eq!(stack["Stacks"][0]["StackStatus"], "UPDATE_FAILED");
    assert_eq!((controller(), way.weights(edge)), (json!("CODE_DEPLOY"), blue(2)));
    emulator.control("POST", "refuse", &json!({}));
    let changed = way.step(&["next", "--one-way"]);
    assert_eq!(changed.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["Service"]);
    assert_eq!((controller(), way.weights(edge)), (json!("ECS"), blue(2)));
    way.run(&["back"]).refused("there is no way back");

    let running = way.service(cluster, service)["taskDefinition"].clone();
    let revision = way.step(&["next"]);
    assert_eq!(revision.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["Service"]);
    assert_eq!(way.service(cluster, service)["taskDefinition"], running);
    assert_eq!(way.weights(edge), blue(2), "nothing was deployed");

    let routes = way.step(&["next"]);
    assert_eq!(routes.len(), 2, "{routes:?}");
    assert_eq!(way.weights(edge), blue(1));
    way.step(&["back"]);
    assert_eq!(way.weights(edge), blue(2));
    way.step(&["next"]);
    let last = way.run(&[]);
    assert!(last.stdout.contains("ECS' own"), "{}", last.told());
    assert_eq!(way.step(&["next"]), [], "there is nothing left");

    // What is rendered for ECS describes the image that CodeDeploy released last, which no step did, and asks hooks for it from now
    // on. It runs what ran, and releases.
    let patch = json!({"services": {"checkout": {"deploy": {"engine": "ecs"}}}});
    let then = changed_blueprint(&way, &patch);
    let environment = Environment::render(&emulator, &then, "prod", &way.home.path().join("then"), "yaml");
    let running = way.service(cluster, service)["taskDefinition"].clone();
    environment.deploy(&[]).succeeded();
    let touched: Vec<(String, Vec<String>)> =
        emulator.journal().into_iter().map(|it| (it.logical_id, it.changed_properties)).collect();
    let expected = [("TaskDefinition", "ContainerDefinitions"), ("Service", "DeploymentConfiguration")];
    let expected = expected.map(|(id, property)| (id.to_owned(), vec![property.to_owned()]));
    assert_eq!(touched, expected);
    assert_eq!(way.service(cluster, service)["taskDefinition"], running);
    assert_eq!(way.weights(edge), blue(1));
    environment.release_script(&["checkout", NEXT_IMAGE]).succeeded();
    assert_eq!(way.weights(edge), [(0, 100)]);
}

fn changed_blueprint(way: &Way<'_>, patch: &Value) -> PathBuf {
    changed(&way.blueprint, patch, &way.home.path().join("patched"))
}

#[test]
fn a_pipeline_is_held_and_goes_on_at_the_end() {
    let emulator = Emulator::start("111122223333");
    let given = [
        "CertificateArn=arn:aws:acm:eu-west-1:111122223333:certificate/0b1c2d3e",
        "ConnectionArn=arn:aws:codeconnections:eu-west-1:111122223333:connection/0b1c2d3e-0000",
    ];
    let way = Way::new(&emulator, "shop", "prod", &given).deployed();
    let enabled = || {
        let state =
            way.environment.aws(&["codepipeline", "get-pipeline-state", "--name", "shop-checkout-pipeline"]);
        let stages = state["stageStates"].as_array().unwrap().clone();
        let stage = stages.into_iter().find(|stage| stage["stageName"] == "prod").unwrap();
        stage["inboundTransitionState"]["enabled"].clone()
    };
    assert_eq!(way.step(&["next"]), []);
    assert_eq!(enabled(), false);
    way.step(&["back"]);
    assert_eq!(enabled(), true);
    way.step(&["next"]);
    for step in ["rules", "handover", "controller", "revision", "routes"] {
        assert_eq!(enabled(), false, "{step}");
        let told = way.run(&["next", "--one-way"]);
        told.succeeded();
        assert!(told.stdout.contains(&format!("{step}: ")), "{}", told.told());
        let weights = way.weights("shop-prod-checkout-edge");
        assert!(!weights.is_empty() && weights.iter().all(|it| *it == (100, 0)), "{step}: {weights:?}");
    }
    let pipeline = way.step(&["next"]);
    assert!(pipeline.iter().any(|(id, _)| id == "Pipeline"), "{pipeline:?}");
    assert_eq!(enabled(), true);
    let last = way.run(&[]);
    assert!(last.stdout.contains("ECS' own"), "{}", last.told());
}
