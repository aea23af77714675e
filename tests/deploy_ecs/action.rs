//! Releases by CodePipeline's own action for ECS. The emulator's pipelines run no action, so what that one does is done here.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    CONNECTION, FIRST, SECOND, THIRD,
    harness::{
        emulator::Emulator,
        environment::{Environment, Outcome, changed},
    },
    image, is_harmless, live, roll_out_copy, without_following,
};

/// What the build of the pipeline does last, once an image is pushed: it writes the file that the action reads.
fn build(environment: &Environment<'_>, folder: &Path, image: &str) -> Outcome {
    let spec: Value = serde_yaml::from_str(&environment.read("mailer/buildspec.yml")).unwrap();
    let command = spec["phases"]["build"]["commands"].as_array().unwrap().last().unwrap().clone();
    let release = folder.join("bluegreen-release");
    fs::create_dir_all(&release).unwrap();
    fs::write(release.join("imageDetail.json"), format!("{{\"ImageURI\":\"{image}\"}}\n")).unwrap();
    environment.shell(&format!("cd {}\n{}", folder.display(), command.as_str().unwrap()))
}

/// What the action of the pipeline's stage does: it copies the revision that its service runs, with the images of the file that it is
/// told of, and rolls the copy out. The copy's ARN.
fn act(environment: &Environment<'_>, folder: &Path) -> String {
    let found = environment.aws(&["codepipeline", "get-pipeline", "--name", "work-mailer-pipeline"]);
    let action = &found["pipeline"]["stages"][2]["actions"][0];
    assert_eq!(action["actionTypeId"]["provider"], "ECS", "{found}");
    let told = |key: &str| action["configuration"][key].as_str().unwrap().to_owned();
    let images = fs::read_to_string(folder.join("bluegreen-release").join(told("FileName"))).unwrap();
    let images: Value = serde_json::from_str(&images).unwrap();
    let running = live(environment, &told("ClusterName"), &told("ServiceName")).definition;
    roll_out_copy(environment, &told("ClusterName"), &told("ServiceName"), &running, |container| {
        for exchanged in images.as_array().unwrap() {
            if exchanged["name"] == container["name"] {
                container["image"] = exchanged["imageUri"].clone();
            }
        }
    })
}

fn cpu(environment: &Environment<'_>, definition: &str) -> String {
    let found = environment.aws(&["ecs", "describe-task-definition", "--task-definition", definition]);
    found["taskDefinition"]["cpu"].as_str().unwrap().to_owned()
}

#[test]
fn released_by_the_action_of_a_pipeline() {
    let emulator = Emulator::start("111122223333");
    let home = TempDir::new().unwrap();
    let render = |over: &Value, folder: &str| {
        let at = home.path().join(folder);
        let blueprint = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/good/ecs-rolling-action.yaml");
        let blueprint = changed(&blueprint, over, &at.join("blueprint"));
        Environment::render(&emulator, &blueprint, "prod", &at.join("out"), "yaml")
    };
    let built = home.path().join("build");
    let first = render(&json!({}), "first");
    first.plant();
    first.deploy(&[CONNECTION]).succeeded();
    let running = || live(&first, "work-prod", "mailer").definition;

    // The first release is by hand: the build sees that, and once it is made does not.
    build(&first, &built, FIRST).refused("no release yet in: prod");
    first.release_script(&["mailer", FIRST]).succeeded();
    first.deploy(&[]).succeeded();
    build(&first, &built, SECOND).succeeded();

    // The action releases beside the stack, which follows and leaves it alone.
    let released = act(&first, &built);
    emulator.journal();
    let outcome = first.deploy(&[]);
    outcome.succeeded();
    is_harmless(&without_following(emulator.journal()));
    assert_eq!(running(), released);
    assert_eq!(image(&first, &released), [SECOND]);
    assert!(outcome.stdout.contains("mailer: runs what its stack describes"), "{}", outcome.told());
    first.deploy(&[]).succeeded();
    assert_eq!(emulator.journal(), [], "it did not settle");

    // Settings that change are not released by it, and deploy.sh says so before it and after it.
    let next = render(&json!({"services": {"mailer": {"cpu": "1 vCPU", "memory": "2GB"}}}), "next");
    let outcome = next.deploy(&[]);
    outcome.succeeded();
    assert!(outcome.stdout.contains("its stack now describes revision"), "{}", outcome.told());
    build(&next, &built, THIRD).succeeded();
    let released = act(&next, &built);
    let outcome = next.deploy(&[]);
    outcome.succeeded();
    assert!(outcome.stdout.contains("./release.sh --described mailer"), "{}", outcome.told());
    assert_eq!((running(), cpu(&next, &released)), (released.clone(), cpu(&next, "work-prod-mailer:1")));

    // They come with the next release through the stack, and with them the image that runs.
    next.release_script(&["--described", "mailer"]).succeeded();
    let described = running();
    assert_ne!(described, released);
    assert_eq!((image(&next, &described), cpu(&next, &described)), (vec![THIRD.to_owned()], "1024".into()));
}
