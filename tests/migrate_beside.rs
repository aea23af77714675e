//! To ECS by way of a second service, step by step: the rendered `migrate.sh` with the real AWS CLI against AWS on loopback.
//!
//! Whatever happens to the second service, the first one is not touched until nobody asks it. See `tests/oracles/README.md` for what
//! the emulator is blind to; requests are what a test says.
#![cfg(unix)]
#![allow(clippy::print_stderr, reason = "what the emulator said helps whoever reads a failure")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod harness;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use harness::{
    emulator::{Emulator, Touch},
    environment::{Environment, Outcome, changed, example},
};
use serde_json::{Value, json};
use tempfile::TempDir;

const FIRST: &str =
    "registry.example.com/app@sha256:1111111111111111111111111111111111111111111111111111111111111111";
const SECOND: &str =
    "registry.example.com/app@sha256:2222222222222222222222222222222222222222222222222222222222222222";

const OLD: &str = "checkout";
const NEW: &str = "checkout-2";

/// A service on its way.
struct Way<'a> {
    emulator: &'a Emulator,
    first: Environment<'a>,
    folder: PathBuf,
    blueprint: PathBuf,
    home: TempDir,
}

impl<'a> Way<'a> {
    /// The smallest example under an engine, deployed, with a load balancer that is protected from deletion.
    fn new(emulator: &'a Emulator, engine: &str) -> Self {
        emulator.control("POST", "tasks", &json!({"run": true}));
        let home = TempDir::new().unwrap();
        let strategy = json!({"canary": {"percent": 20, "wait": "10m"}});
        let patch = json!({
            "environments": {"prod": {"protected": true}},
            "services": {OLD: {"deploy": {"engine": engine, "strategy": strategy, "keep_old": "0m"}}},
        });
        let blueprint = changed(&example("smallest"), &patch, &home.path().join("blueprint"));
        let first = Environment::render(emulator, &blueprint, "prod", &home.path().join("first"), "yaml");
        first.plant();
        first.deploy(&[]).succeeded();
        let way = Self { emulator, first, folder: home.path().join("migration"), blueprint, home };
        way.migrate();
        way
    }

    fn migrate(&self) {
        let output = Command::new(env!("CARGO_BIN_EXE_bluegreen"))
            .args(["migrate", "--to", "ecs", "--as", NEW])
            .arg(&self.blueprint)
            .arg("--out")
            .arg(&self.folder)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// The blueprint with both services, as the page says, or with the second one alone; rendered.
    fn environment(&self, name: &str, has_first: bool) -> Environment<'a> {
        let page = fs::read_to_string(self.folder.join("MIGRATION.md")).unwrap();
        let block = page.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
        let mut added: Value = serde_yaml::from_str(block).unwrap();
        if !has_first {
            added["services"][OLD] = Value::Null;
        }
        let at = self.home.path().join(name);
        let blueprint = changed(&self.blueprint, &added, &at.join("blueprint"));
        Environment::render(self.emulator, &blueprint, "prod", &at.join("out"), "yaml")
    }

    /// Runs `migrate.sh`; from another folder, because people do.
    fn run(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.emulator.command(self.folder.join("migrate.sh"));
        command.current_dir("/").args(arguments).arg("--yes").env("TEMPLATE_BUCKET", "templates");
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// Runs it and answers what it touched.
    #[track_caller]
    fn step(&self, arguments: &[&str]) -> Vec<Touch> {
        self.emulator.journal();
        self.run(arguments).succeeded();
        self.emulator.journal()
    }

    fn service(&self, cluster: &str, service: &str) -> Value {
        let query = ["ecs", "describe-services", "--cluster", cluster, "--services", service];
        self.first.aws(&query)["services"][0].clone()
    }

    fn image(&self, cluster: &str, service: &str) -> String {
        let found = self.service(cluster, service);
        let sets = found["taskSets"].as_array().into_iter().flatten();
        let primary = sets.into_iter().find(|set| set["status"] == "PRIMARY");
        let definition = primary.map_or(&found["taskDefinition"], |set| &set["taskDefinition"]);
        let query = ["ecs", "describe-task-definition", "--task-definition", definition.as_str().unwrap()];
        let containers = &self.first.aws(&query)["taskDefinition"]["containerDefinitions"];
        containers[0]["image"].as_str().unwrap().to_owned()
    }

    fn has_stack(&self, name: &str) -> bool {
        let all = self.first.aws(&["cloudformation", "describe-stacks"]);
        all["Stacks"].as_array().unwrap().iter().any(|stack| stack["StackName"] == name)
    }

    /// `app/…/…` of the load balancer with a tag or a name of a stack.
    fn balancer(&self, stack: &str) -> String {
        let query = ["cloudformation", "list-stack-resources", "--stack-name", stack];
        let all = self.first.aws(&query)["StackResourceSummaries"].clone();
        let found = all.as_array().unwrap().iter().find(|it| it["LogicalResourceId"] == "LoadBalancer");
        found.unwrap()["PhysicalResourceId"].as_str().unwrap().to_owned()
    }

    /// So many requests came to a load balancer some minutes ago.
    fn requests(&self, balancer: &str, count: u32, minutes: u64) {
        let dimension = balancer.split_once(":loadbalancer/").unwrap().1;
        let ago = SystemTime::now() - Duration::from_secs(minutes * 60);
        let at = ago.duration_since(UNIX_EPOCH).unwrap().as_secs();
        let datum = format!(
            "MetricName=RequestCount,Dimensions=[{{Name=LoadBalancer,Value={dimension}}}],Value={count},Timestamp={at},Unit=Count"
        );
        let put =
            ["cloudwatch", "put-metric-data", "--namespace", "AWS/ApplicationELB", "--metric-data", &datum];
        self.emulator.command("aws").args(["--region", self.first.region()]).args(put).status().unwrap();
    }

    fn range(&self, service: &str) -> (i64, i64) {
        let id = format!("service/shop-prod/{service}");
        let query = [
            "application-autoscaling",
            "describe-scalable-targets",
            "--service-namespace",
            "ecs",
            "--resource-ids",
            &id,
        ];
        let found = self.first.aws(&query)["ScalableTargets"][0].clone();
        (found["MinCapacity"].as_i64().unwrap(), found["MaxCapacity"].as_i64().unwrap())
    }

    fn want_tasks(&self, cluster: &str, service: &str, count: &str) {
        let call =
            ["ecs", "update-service", "--cluster", cluster, "--service", service, "--desired-count", count];
        self.first.aws(&call);
    }
}

/// Nothing but the second service was touched.
#[track_caller]
fn is_second(touched: &[Touch]) {
    assert!(!touched.is_empty());
    for touch in touched {
        assert!(touch.stack.starts_with("shop-prod-checkout-2"), "{touch:?}");
    }
}

fn is_file(path: &Path) -> bool {
    path.is_file()
}

#[test]
fn from_cloudformation() {
    let emulator = Emulator::start("111122223333");
    let way = Way::new(&emulator, "cloudformation");
    let (cluster, old, edge, own) =
        ("shop-prod", "shop-prod-checkout", "shop-prod-checkout-2-edge", "shop-prod-checkout-2");
    assert!(is_file(&way.folder.join("01-beside/checkout-2-edge.yaml")));

    // Nothing runs yet that could be the image of both.
    way.run(&["next"]).refused("still runs the placeholder");
    way.run(&["back"]).refused("no step has been taken");
    way.first.release_script(&[OLD, FIRST]).succeeded();
    way.want_tasks(cluster, OLD, "3");

    // Looking changes nothing.
    assert_eq!(way.step(&["next", "--dry-run"]), []);
    let told = way.run(&[]);
    assert!(told.stdout.contains("> beside"), "{}", told.told());

    // The first step, and back, and forth again.
    is_second(&way.step(&["next"]));
    assert_eq!(way.image(cluster, NEW), FIRST);
    assert_eq!((way.range(NEW), way.service(cluster, NEW)["desiredCount"].clone()), ((3, 6), json!(3)));
    way.requests(&way.balancer(edge), 7, 1);
    way.run(&["back"]).refused("it got 7 requests");
    way.requests(&way.balancer(old), 9, 12);
    // Where its stack was deleted half-way, going back goes on.
    way.first
        .shell(&format!("aws cloudformation delete-stack --region {} --stack-name {own}", way.first.region()))
        .succeeded();
    way.run(&["next"]).refused("there is something of that name already");
    is_second(&way.step(&["back", "--minutes", "1"]));
    assert!(!way.has_stack(edge) && !way.has_stack(own) && way.has_stack(old));
    way.run(&["back"]).refused("no step has been taken");
    is_second(&way.step(&["next"]));

    // The blueprint that is kept meanwhile changes nothing, and both are released with it.
    let both = way.environment("both", true);
    emulator.journal();
    both.deploy(&[]).succeeded();
    assert_eq!(emulator.journal(), [], "the blueprint of the page is not what is there");
    both.release_script(&[OLD, SECOND]).succeeded();
    way.run(&["next"]).refused("Release the same to both");
    both.release_script(&[NEW, SECOND]).succeeded();
    assert_eq!((way.image(cluster, OLD), way.image(cluster, NEW)), (SECOND.into(), SECOND.into()));

    // A second service that could not take the traffic does not get it.
    way.want_tasks(cluster, OLD, "5");
    way.run(&["next"]).refused("3 of its tasks are healthy targets");
    assert_eq!(way.step(&["next", "--tasks"]), []);
    assert_eq!(way.range(NEW), (5, 6));

    // The name is for people to move.
    let told = way.run(&["next"]);
    told.refused("the name is for you to move");
    for stack in [old, edge] {
        let query = ["elbv2", "describe-load-balancers", "--load-balancer-arns", &way.balancer(stack)];
        let name = way.first.aws(&query)["LoadBalancers"][0]["DNSName"].clone();
        assert!(told.stdout.contains(name.as_str().unwrap()), "{}", told.told());
    }
    let told = way.run(&["back", "--name-moved"]);
    told.succeeded();
    assert!(told.stdout.contains("the record as it was"), "{}", told.told());

    // As long as somebody asks the old one, it stays; and when nobody asks either, nothing is known.
    way.run(&["next", "--name-moved"]).refused("checkout got 9 requests in the last 15 minutes");
    way.run(&["next", "--name-moved", "--minutes", "3"]).refused("nobody asked checkout-2");
    way.run(&["next", "--name-moved", "--minutes", "0"]).refused("a number from 1 to 1440");
    way.requests(&way.balancer(edge), 4, 1);
    let told = way.run(&["--name-moved", "--minutes", "5"]);
    assert!(told.stdout.contains("> away"), "{}", told.told());

    // There is no way back from the last one, and somebody has to agree.
    let last = ["next", "--name-moved", "--minutes", "5"];
    way.run(&last).refused("nobody can be asked");
    assert_eq!(way.step(&[&last[..], &["--dry-run"]].concat()), []);
    let protect = format!(
        "aws cloudformation update-termination-protection --region {} --stack-name {old} --enable-termination-protection",
        way.first.region()
    );
    way.first.shell(&protect).succeeded();
    let gone = way.step(&[&last[..], &["--one-way"]].concat());
    assert!(gone.iter().all(|touch| touch.stack == old && touch.action == "delete"), "{gone:?}");
    assert!(!way.has_stack(old) && way.has_stack(edge) && way.has_stack(own));
    assert_eq!(way.range(NEW), (2, 6));
    assert_eq!(way.step(&["next"]), [], "there is nothing left");
    way.run(&["back"]).refused("there is no way back");

    // The blueprint without the first service is what is there.
    let left = way.environment("left", false);
    emulator.journal();
    left.deploy(&[]).succeeded();
    // The release moved its rules, and the stack learns of that; nothing else is touched.
    for touch in emulator.journal().iter().filter(|touch| touch.stack.starts_with(own)) {
        assert!(["ProductionRule", "TestRule"].contains(&touch.logical_id.as_str()), "{touch:?}");
    }
    assert_eq!(way.image(cluster, NEW), SECOND);
    left.release_script(&[NEW, FIRST]).succeeded();
    assert_eq!(way.image(cluster, NEW), FIRST);
}

#[test]
fn from_two_clusters_where_deploy_made_the_second_one() {
    let emulator = Emulator::start("111122223333");
    let way = Way::new(&emulator, "two_clusters");
    way.first.release_script(&[OLD, FIRST]).succeeded();

    // The blueprint with both was deployed before the first step: the second service runs the placeholder.
    let both = way.environment("both", true);
    both.deploy(&[]).succeeded();
    assert!(way.image("shop-prod", NEW).contains("busybox"));
    let told = way.run(&["--name-moved"]);
    assert!(told.stdout.contains("> beside"), "{}", told.told());
    is_second(&way.step(&["next"]));
    assert_eq!(way.image("shop-prod", NEW), FIRST);
    emulator.journal();
    both.deploy(&[]).succeeded();
    assert_eq!(emulator.journal(), []);

    way.requests(&way.balancer("shop-prod-checkout-2-edge"), 4, 1);
    way.run(&["next"]).refused("the name is for you to move");
    // What was begun goes on.
    let green = "shop-prod-checkout-green";
    way.first
        .shell(&format!(
            "aws cloudformation delete-stack --region {} --stack-name {green}",
            way.first.region()
        ))
        .succeeded();
    way.run(&["next", "--name-moved", "--one-way"]).succeeded();
    for stack in [green, "shop-prod-checkout-blue", "shop-prod-checkout", "shop-prod-checkout-edge"] {
        assert!(!way.has_stack(stack), "{stack}");
    }
    let left = way.environment("left", false);
    emulator.journal();
    left.deploy(&[]).succeeded();
    for touch in emulator.journal().iter().filter(|touch| touch.stack.starts_with("shop-prod-checkout-2")) {
        assert!(["ProductionRule", "TestRule"].contains(&touch.logical_id.as_str()), "{touch:?}");
    }
    assert_eq!(way.image("shop-prod", NEW), FIRST);
}
