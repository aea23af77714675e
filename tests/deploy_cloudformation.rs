//! Examples under engine `cloudformation`, deployed: the rendered scripts with the real AWS CLI against AWS on loopback.
//!
//! Created, left alone, released twice, failed, interrupted, changed; after each step the stack and the service are asked what
//! runs and where traffic goes. What the transform does is played by `tests/oracles/blue_green_hook.py`.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::print_stderr, reason = "what the emulator said helps whoever reads a failure")]

mod harness;

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
const THIRD: &str =
    "registry.example.com/app@sha256:3333333333333333333333333333333333333333333333333333333333333333";

/// What runs, under which logical ids, and where its traffic goes.
#[derive(Debug, Clone, PartialEq)]
struct Live {
    /// Of the stack: those of task definition and task set.
    ids: Vec<String>,
    /// The task definition of the primary task set, and its images.
    definition: String,
    images: Vec<String>,
    /// Task sets there are, whether or not they have traffic.
    sets: usize,
    /// By listener, the color that gets all traffic.
    colors: Vec<String>,
}

struct World<'e> {
    environment: Environment<'e>,
    stack: String,
    cluster: String,
    service: String,
}

impl World<'_> {
    fn resources(&self) -> Vec<(String, String)> {
        let found =
            self.environment.aws(&["cloudformation", "list-stack-resources", "--stack-name", &self.stack]);
        let all = found["StackResourceSummaries"].as_array().unwrap().clone();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        all.iter().map(|it| (text(&it["LogicalResourceId"]), text(&it["PhysicalResourceId"]))).collect()
    }

    fn live(&self) -> Live {
        let resources = self.resources();
        let find = |id: &str| resources.iter().find(|(known, _)| known == id).map(|(_, arn)| arn.clone());
        let ids = resources
            .iter()
            .map(|(id, _)| id.clone())
            .filter(|id| id.starts_with("TaskDefinition") || id == "TaskSet" || id == "TaskSetGreen")
            .collect();
        let query = ["ecs", "describe-services", "--cluster", &self.cluster, "--services", &self.service];
        let sets = self.environment.aws(&query)["services"][0]["taskSets"].as_array().unwrap().clone();
        let primary = sets.iter().find(|set| set["status"] == "PRIMARY").unwrap();
        let definition = primary["taskDefinition"].as_str().unwrap().to_owned();
        let described = ["ecs", "describe-task-definition", "--task-definition", &definition];
        let described = self.environment.aws(&described)["taskDefinition"]["containerDefinitions"].clone();
        let images =
            described.as_array().unwrap().iter().map(|it| it["image"].as_str().unwrap().to_owned()).collect();
        let blue = find("BlueTargetGroup").unwrap();
        let color = |arn: &Value| if *arn == blue { "blue" } else { "green" }.to_owned();
        let mut colors = vec![color(&primary["loadBalancers"][0]["targetGroupArn"])];
        for listener in ["ProductionListener", "TestListener"].iter().filter_map(|id| find(id)) {
            let listeners = ["elbv2", "describe-listeners", "--listener-arns", &listener];
            let found = self.environment.aws(&listeners);
            let groups = found["Listeners"][0]["DefaultActions"][0]["ForwardConfig"]["TargetGroups"].clone();
            for group in groups.as_array().unwrap().iter().filter(|it| it["Weight"] != 0) {
                colors.push(color(&group["TargetGroupArn"]));
            }
        }
        Live { ids, definition, images, sets: sets.len(), colors }
    }

    fn status(&self) -> String {
        let found = self.environment.aws(&["cloudformation", "describe-stacks", "--stack-name", &self.stack]);
        found["Stacks"][0]["StackStatus"].as_str().unwrap().to_owned()
    }

    /// A release whose script gets a signal once the update is under way.
    fn interrupted(&self, image: &str) -> Outcome {
        let script = self.environment.folder.join("release.sh");
        self.environment.shell(&format!(
            "TEMPLATE_BUCKET=templates {} --yes {} {image} &\nscript=$!\n\
             until [[ $(aws cloudformation describe-stacks --region {} --stack-name {} --query 'Stacks[0].StackStatus' --output text) == UPDATE_IN_PROGRESS ]]; do sleep 1; done\n\
             kill -TERM $script\nwait $script",
            script.display(),
            self.service,
            self.environment.region(),
            self.stack,
        ))
    }

    fn change_sets(&self) -> usize {
        let found =
            self.environment.aws(&["cloudformation", "list-change-sets", "--stack-name", &self.stack]);
        let all = found["Summaries"].as_array().unwrap();
        all.iter().filter(|it| it["ExecutionStatus"] == "AVAILABLE").count()
    }
}

impl Live {
    #[track_caller]
    fn is(&self, color: &str, image: &str) {
        assert!(self.colors.iter().all(|it| it == color), "{self:?}");
        let suffix = if color == "green" { "Green" } else { "" };
        let mut ids = self.ids.clone();
        ids.sort();
        assert_eq!(ids, [format!("TaskDefinition{suffix}"), format!("TaskSet{suffix}")], "{self:?}");
        assert_eq!(self.sets, 1, "{self:?}");
        assert!(self.images.iter().any(|it| it.contains(image)), "{self:?}");
    }
}

/// Nothing of what runs or moves was touched.
#[track_caller]
fn is_harmless(journal: &[Touch]) {
    for touch in journal {
        let ours = ["AWS::ECS::TaskDefinition", "AWS::ECS::TaskSet", "AWS::ECS::PrimaryTaskSet"];
        assert!(!ours.contains(&touch.kind.as_str()), "{touch:?}");
        let actions = touch.changed_properties.iter().any(|it| it == "DefaultActions");
        assert!(touch.kind != "AWS::ElasticLoadBalancingV2::Listener" || !actions, "{touch:?}");
    }
}

/// Plays an example; `service` is what its service has otherwise, so that the engine supports it.
fn plays(name: &str, key: &str, service: &Value, account: &str, format: &str, is_whole: bool) {
    let emulator = Emulator::start(account);
    let home = TempDir::new().unwrap();
    let render = |over: &Value, folder: &str| {
        let mut patch = service.clone();
        patch.as_object_mut().unwrap().extend(over.as_object().unwrap().clone());
        let at = home.path().join(folder);
        let blueprint = changed(&example(name), &json!({"services": {key: patch}}), &at.join("blueprint"));
        let environment = Environment::render(&emulator, &blueprint, "prod", &at.join("out"), format);
        environment.plant();
        let base = format!(
            "{}-{}",
            environment.manifest["application"].as_str().unwrap(),
            environment.manifest["environment"].as_str().unwrap()
        );
        World { stack: format!("{base}-{key}"), cluster: base, service: key.to_owned(), environment }
    };
    let first = render(&json!({}), "first");

    // A release needs stacks.
    first.environment.release_script(&[key, FIRST]).refused("Deploy the stacks first");

    // Created, and left alone.
    first.environment.deploy(&[]).succeeded();
    first.live().is("blue", "busybox");
    emulator.journal();
    first.environment.deploy(&[]).succeeded();
    assert_eq!(emulator.journal(), [], "the same templates changed something");

    // Two releases: one color comes, the other goes, and nothing else changes.
    for (image, color) in [(FIRST, "green"), (SECOND, "blue")] {
        let outcome = first.environment.release_script(&[key, image]);
        outcome.succeeded();
        assert!(outcome.stdout.contains(&format!("{key} has {image}")), "{}", outcome.told());
        first.live().is(color, image);
        for touch in emulator.journal() {
            let known = ["TaskDefinition", "TaskSet", "PrimaryTaskSet", "ProductionListener", "TestListener"];
            assert!(known.contains(&touch.logical_id.trim_end_matches("Green")), "{touch:?}");
        }
    }
    let outcome = first.environment.release_script(&[key, SECOND]);
    outcome.succeeded();
    assert!(outcome.stdout.contains("already"), "{}", outcome.told());
    assert_eq!((emulator.journal(), first.change_sets()), (vec![], 0), "what runs was released again");
    if !is_whole {
        return;
    }

    // Everything else changes: what runs and where traffic goes does not, and what a release has to bring is told.
    let next = render(
        &json!({"cpu": "1 vCPU", "memory": "2GB", "variables": {"CHANGED": "yes"}, "http": {"drain": "20s"}}),
        "next",
    );
    let before = next.live();
    let outcome = next.environment.deploy(&[]);
    outcome.succeeded();
    let journal = emulator.journal();
    is_harmless(&journal);
    assert!(journal.iter().any(|it| it.kind.ends_with("::TargetGroup")), "{journal:#?}");
    assert_eq!(before, next.live());
    assert!(outcome.stdout.contains("./release.sh --described"), "{}", outcome.told());

    // One that fails is taken back by CloudFormation; one whose script is interrupted goes on until somebody cancels it.
    emulator.control("POST", "rollouts", &json!({"end": "Failed"}));
    let outcome = next.environment.release_script(&[key, THIRD]);
    outcome.refused("hook(s) failed");
    assert!(outcome.stderr.contains("It is back"), "{}", outcome.told());
    assert_eq!(before, next.live());
    emulator.control("POST", "rollouts", &json!({"end": "Waiting"}));
    let outcome = next.interrupted(THIRD);
    outcome.refused("interrupted; the deployment goes on without this script");
    assert_eq!(outcome.code, 143, "{}", outcome.told());
    assert_eq!(next.status(), "UPDATE_IN_PROGRESS");
    next.environment.deploy(&[]).refused("is under way");
    next.environment.release_script(&[key, FIRST]).refused("is under way");
    let stop = outcome.stderr.lines().find_map(|line| line.trim().strip_prefix("stop, go back:")).unwrap();
    next.environment.shell(stop).succeeded();
    assert_eq!(next.status(), "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(before, next.live());

    // One that nobody waits for goes on, and can be followed.
    let outcome = next.environment.release_script(&["--no-wait", "--described", key]);
    outcome.succeeded();
    let follow = outcome.stdout.lines().find_map(|line| line.trim().strip_prefix("follow:")).unwrap().trim();
    emulator.control("POST", "rollouts", &json!({}));
    let words: Vec<&str> = follow.split(' ').skip(1).collect();
    next.environment.release_script(&words).succeeded();
    let now = next.live();
    now.is("green", SECOND);
    let described = ["ecs", "describe-task-definition", "--task-definition", &now.definition];
    assert_eq!(next.environment.aws(&described)["taskDefinition"]["cpu"], "1024");
    emulator.journal();
    let outcome = next.environment.deploy(&[]);
    outcome.succeeded();
    assert_eq!(emulator.journal(), [], "it did not settle");
    assert!(!outcome.stdout.contains("release.sh"), "{}", outcome.told());

    // Words that mean nothing.
    next.environment.release_script(&["nobody", THIRD]).refused("there is no service nobody");
    next.environment.release_script(&[key, "app:latest"]).refused("has no digest");
    next.environment
        .release_script(&["--wait", "arn:aws:cloudformation:eu-west-1:1:stack/x/y"])
        .refused("no service");
    assert_eq!(now, next.live());
}

#[test]
fn the_example_of_the_hook() {
    plays("cloudformation-hook", "booking", &json!({}), "111122223333", "yaml", true);
}

#[test]
fn internal_api() {
    // The example fixes its image, and gives tasks a time of grace that the engine has not.
    let service = json!({
        "image": {"uri": null},
        "http": {"healthcheck": {"grace": null}},
        "deploy": {"engine": "cloudformation"},
    });
    plays("internal-api", "entries", &service, "444455556666", "json", false);
}
