//! Every example under every engine that supports it, and every strategy of every engine, deployed and released once: the rendered
//! scripts with the real AWS CLI against AWS on loopback. Examples come from their folder, engines and strategies from the table, so
//! that none is forgotten; what `tests/deploy*.rs` play at length is not played here again.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::print_stderr, reason = "what the emulator said helps whoever reads a failure")]

mod harness;
#[allow(dead_code, reason = "shared with other tests")]
#[path = "invariants/matrix.rs"]
mod matrix;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use bluegreen::blueprint::{
    Engine,
    engines::{ALL, Abilities, Colors, StrategyKind},
};
use harness::{
    emulator::Emulator,
    environment::{Environment, example},
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// What others play, as long as the test of that name is there.
const PLAYED: &[(&str, Engine, &str, &str)] = &[
    ("internal-api", Engine::Codedeploy, "deploy", "example_internal_api"),
    ("shop", Engine::Codedeploy, "deploy", "example_shop"),
    ("smallest", Engine::Codedeploy, "deploy", "example_smallest"),
    ("two-services", Engine::Codedeploy, "deploy", "example_two_services"),
    ("internal-api", Engine::Ecs, "deploy_ecs", "internal_api"),
    ("shared-load-balancer", Engine::Ecs, "deploy_ecs", "services_behind_one_load_balancer"),
    ("shop", Engine::Ecs, "deploy_ecs", "shop"),
    ("smallest", Engine::Ecs, "deploy_ecs", "smallest"),
    ("two-services", Engine::Ecs, "deploy_ecs", "two_services_in_one_template"),
    ("cloudformation-hook", Engine::Cloudformation, "deploy_cloudformation", "the_example_of_the_hook"),
    // As the example is, but for the time that it takes.
    ("smallest", Engine::TwoClusters, "deploy_two_clusters", "a_service_is_released_changed_and_sent_back"),
];

const IMAGE: &str =
    "registry.example.com/app@sha256:1111111111111111111111111111111111111111111111111111111111111111";

/// The example that a case is of.
fn name_of(case: &matrix::Case) -> String {
    case.label.split(['/', '@']).nth(1).unwrap().to_owned()
}

/// The examples by name, each with the engines that support it in its last environment, and that environment.
fn supported() -> BTreeMap<String, (String, Vec<&'static Abilities>)> {
    let mut all: BTreeMap<String, (String, Vec<&'static Abilities>)> = BTreeMap::new();
    for case in matrix::examples() {
        all.entry(name_of(&case)).or_default().0 = case.resolved.place.name.to_string();
    }
    for case in matrix::examples().into_iter().chain(matrix::examples_under_other_engines()) {
        let mut engines: Vec<Engine> =
            case.resolved.services.iter().map(|service| service.service.deploy.engine).collect();
        engines.dedup();
        let [engine] = engines.as_slice() else { panic!("{}: {engines:?}", case.label) };
        let (last, of) = all.get_mut(&name_of(&case)).unwrap();
        if *last == case.resolved.place.name.as_str() {
            of.push(engine.abilities());
        }
    }
    all
}

#[test]
fn what_is_played_elsewhere_is_there() {
    let all = supported();
    for (name, engine, file, test) in PLAYED {
        let supports = all.get(*name).is_some_and(|(_, of)| of.iter().any(|it| it.engine == *engine));
        assert!(supports, "{name} is not there, or {} does not support it", engine.word());
        let path = format!("{}/tests/{file}.rs", env!("CARGO_MANIFEST_DIR"));
        assert!(
            fs::read_to_string(path).unwrap().contains(&format!("fn {test}()")),
            "{file}.rs has no {test}"
        );
    }
}

/// Each engine by itself, beside the others.
#[test]
fn every_example_is_released_under_every_engine_that_supports_it() {
    let mut courses: BTreeMap<&str, Vec<(String, String, &Abilities)>> = BTreeMap::new();
    for (name, (place, engines)) in supported() {
        for engine in engines {
            let is_played =
                |(example, of, ..): &&(&str, Engine, &str, &str)| *example == name && *of == engine.engine;
            if !PLAYED.iter().any(|it| is_played(&it)) {
                let course = courses.entry(engine.engine.word()).or_default();
                course.push((name.clone(), place.clone(), engine));
            }
        }
    }
    assert!(!courses.is_empty());
    std::thread::scope(|scope| {
        for course in courses.into_values() {
            scope.spawn(move || course.iter().for_each(|(name, place, engine)| plays(name, place, engine)));
        }
    });
}

/// Strategies that no example has under an engine, by the example that every engine takes.
#[test]
fn every_strategy_of_every_engine_is_released() {
    let examples = matrix::examples().into_iter().chain(matrix::examples_under_other_engines());
    let mut known: BTreeSet<(&str, &str)> = BTreeSet::new();
    let played = supported();
    // Only what is played: the last environment of each.
    for case in examples.filter(|case| played[&name_of(case)].0 == case.resolved.place.name.as_str()) {
        for service in &case.resolved.services {
            let deploy = &service.service.deploy;
            known.insert((deploy.engine.word(), deploy.strategy.kind().word()));
        }
    }
    let left: Vec<(&Abilities, StrategyKind)> = ALL
        .iter()
        .flat_map(|engine| engine.strategies.iter().map(move |offer| (engine, offer.strategy)))
        .filter(|(engine, strategy)| !known.contains(&(engine.engine.word(), strategy.word())))
        .collect();
    assert!(left.len() < 8, "the examples have lost most of their strategies: {left:?}");
    // Two at a time, as many as CI has cores.
    std::thread::scope(|scope| {
        for part in left.chunks(left.len().div_ceil(2).max(1)) {
            scope.spawn(move || {
                for (engine, strategy) in part {
                    plays_as("cloudformation-hook", "prod", engine, &json!({"strategy": written(*strategy)}));
                }
            });
        }
    });
}

/// A strategy as a blueprint says it, with numbers that every engine takes and in the place of any other.
fn written(strategy: StrategyKind) -> Value {
    match strategy {
        StrategyKind::Canary => json!({"canary": {"percent": 20, "wait": "10m"}, "linear": null}),
        StrategyKind::Linear => json!({"linear": {"percent": 20, "wait": "5m"}, "canary": null}),
        whole => json!(whole.word()),
    }
}

fn plays(name: &str, place: &str, engine: &Abilities) {
    plays_as(name, place, engine, &json!({}));
}

/// The same with other words in `deploy` of its services.
fn plays_as(name: &str, place: &str, engine: &Abilities, deploy: &Value) {
    let home = TempDir::new().unwrap();
    let blueprint = under(name, engine.engine, deploy, &home);
    let data: Value = serde_yaml::from_str(&fs::read_to_string(example(name)).unwrap()).unwrap();
    let account = data["environments"][place]["account"].as_str().unwrap_or("111122223333");
    let emulator = Emulator::start(account);
    if engine.colors == Colors::Apart {
        emulator.control("POST", "tasks", &json!({"run": true}));
    }
    let environment = Environment::render(&emulator, &blueprint, place, &home.path().join("out"), "yaml");
    environment.plant();
    let given = given(&environment, account);
    for it in &given {
        if it.contains(":acm:") {
            emulator.control("POST", "certificate", &json!({"arn": it.split_once('=').unwrap().1}));
        }
    }
    let given: Vec<&str> = given.iter().map(String::as_str).collect();

    // Created, and left alone.
    environment.deploy(&given).succeeded();
    emulator.journal();
    environment.deploy(&[]).succeeded();
    assert_eq!(emulator.journal(), [], "{name}: the same templates changed something");

    // Released once; where a script moves the traffic in the blueprint's own time, up to there.
    emulator.control("POST", "rollouts", &json!({"end": "Succeeded"}));
    for (service, spec) in data["services"].as_object().unwrap() {
        let image = spec["image"]["uri"].as_str();
        let stages = engine.colors == Colors::Apart;
        let mut words = vec![];
        if stages {
            words.push("--stage");
        }
        match image {
            Some(_) => words.extend(["--described", service]),
            None => words.extend([service.as_str(), IMAGE]),
        }
        let outcome = environment.release_script(&words);
        outcome.succeeded();
        let said = match (image, stages) {
            // What the blueprint fixes runs from the start.
            (Some(_), _) => "already",
            (None, true) => "is staged",
            (None, false) => IMAGE,
        };
        assert!(outcome.stdout.contains(said), "{name}: {}", outcome.told());
    }
    // An update after it leaves what runs alone. Listeners may be told where traffic is, which it is already.
    emulator.journal();
    environment.deploy(&[]).succeeded();
    let owned = ["TaskDefinition", "LoadBalancers", "NetworkConfiguration"];
    for touch in emulator.journal() {
        let moved = touch.changed_properties.iter().any(|it| owned.contains(&it.as_str()));
        assert!(!moved, "{name} under {}: {touch:?}", engine.engine.word());
    }
}

/// The example with every service under an engine and with other words in `deploy`.
fn under(name: &str, engine: Engine, deploy: &Value, home: &TempDir) -> std::path::PathBuf {
    let mut deploy = deploy.clone();
    deploy["engine"] = json!(engine.word());
    let data: Value = serde_yaml::from_str(&fs::read_to_string(example(name)).unwrap()).unwrap();
    let services: serde_json::Map<String, Value> = data["services"]
        .as_object()
        .unwrap()
        .keys()
        .map(|service| (service.clone(), json!({"deploy": deploy})))
        .collect();
    harness::environment::changed(
        &example(name),
        &json!({"services": services}),
        &home.path().join("blueprint"),
    )
}

/// What only a person knows, made up.
fn given(environment: &Environment<'_>, account: &str) -> Vec<String> {
    let mut given = Vec::new();
    for stack in environment.manifest["stacks"].as_array().unwrap() {
        for (parameter, lookup) in stack["lookup"].as_object().into_iter().flatten() {
            if lookup.get("given").is_none() {
                continue;
            }
            let region = environment.region();
            let value = match parameter {
                it if it.ends_with("CertificateArn") => {
                    format!("arn:aws:acm:{region}:{account}:certificate/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0")
                }
                it if it.ends_with("ConnectionArn") => {
                    format!("arn:aws:codeconnections:{region}:{account}:connection/0b1c2d3e-0000")
                }
                other => panic!("what is {other}?"),
            };
            given.push(format!("{parameter}={value}"));
        }
    }
    given.dedup();
    given
}
