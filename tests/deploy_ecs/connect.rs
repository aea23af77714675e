//! Services that call each other through Service Connect, as far as the emulator knows it: which port of which revision a service
//! refers to, in which namespace, and what its deployment was told. Where requests go it does not know.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    FIRST, SECOND,
    harness::{
        emulator::{Emulator, Touch},
        environment::{Environment, changed},
    },
    image, is_harmless, live,
};

/// What the deployment that runs was told of Service Connect.
fn told(environment: &Environment<'_>, service: &str) -> Value {
    let asked = ["ecs", "describe-services", "--cluster", "mesh-prod", "--services", service];
    environment.aws(&asked)["services"][0]["deployments"][0]["serviceConnectConfiguration"].clone()
}

fn running(environment: &Environment<'_>, service: &str) -> String {
    live(environment, "mesh-prod", service).definition
}

/// What runs was left alone, and how it is called too.
#[track_caller]
fn nobody_notices(journal: &[Touch]) {
    is_harmless(journal);
    for touch in journal.iter().filter(|touch| touch.kind == "AWS::ECS::Service") {
        let connects = touch.changed_properties.iter().any(|it| it == "ServiceConnectConfiguration");
        assert!(!connects, "{touch:?}");
    }
}

/// One service that is called, one that calls, and one that is called later; none has a load balancer, which takes the longest.
fn mesh(over: &Value, folder: &Path) -> std::path::PathBuf {
    let health = json!({"command": ["bin/healthy"]});
    let quiet = json!({"http": null, "health": health, "deploy": {"strategy": "all_at_once"}});
    let mut services = json!({"web": quiet, "carts": quiet});
    services["web"]["port"] = Value::Null;
    services["carts"]["connect"] = Value::Null;
    for (name, own) in over.as_object().unwrap() {
        for (key, value) in own.as_object().unwrap() {
            services[name][key] = value.clone();
        }
    }
    let blueprint = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/good/connect.yaml");
    changed(&blueprint, &json!({"services": services}), folder)
}

#[test]
fn services_that_call_each_other() {
    let emulator = Emulator::start("111122223333");
    let home = TempDir::new().unwrap();
    let render = |over: &Value, folder: &str| {
        let at = home.path().join(folder);
        let blueprint = mesh(over, &at.join("blueprint"));
        Environment::render(&emulator, &blueprint, "prod", &at.join("out"), "yaml")
    };
    let first = render(&json!({}), "first");
    first.plant();

    // Created, and left alone.
    first.deploy(&[]).succeeded();
    let namespace = told(&first, "prices")["namespace"].clone();
    assert!(namespace.as_str().unwrap().contains(":namespace/"), "{namespace}");
    assert_eq!(told(&first, "web")["namespace"], namespace);
    assert_eq!(told(&first, "web")["services"], Value::Null, "it only calls");
    assert_eq!(told(&first, "carts"), Value::Null);
    emulator.journal();
    first.deploy(&[]).succeeded();
    assert_eq!(emulator.journal(), [], "the same templates changed something");

    // Released: the header that leads to the new version goes with the deployment.
    for service in ["prices", "carts"] {
        first.release_script(&[service, FIRST]).succeeded();
        assert!(image(&first, &running(&first, service)).contains(&FIRST.to_owned()));
    }
    let called = &told(&first, "prices")["services"][0];
    assert_eq!(called["portName"], "prices");
    let header = json!({"name": "x-test-version", "value": {"exact": "next"}});
    assert_eq!(
        called["clientAliases"],
        json!([{"port": 80, "dnsName": "price-list", "testTrafficRules": {"header": header}}])
    );
    first.deploy(&[]).succeeded();

    // Everything else changes, and another service is to be called by name: its revision that runs names no port yet, so that
    // waits for its release.
    let other = json!({"cpu": "1 vCPU", "memory": "2GB", "variables": {"CHANGED": "yes"}});
    let mut carts = other.clone();
    carts["connect"] = json!({});
    let next = render(&json!({"web": other, "prices": other, "carts": carts}), "next");
    let seen = || ["prices", "carts"].map(|service| (running(&next, service), told(&next, service)));
    let before = seen();
    emulator.journal();
    next.deploy(&[]).succeeded();
    let journal = emulator.journal();
    nobody_notices(&journal);
    assert!(journal.iter().any(|touch| touch.kind == "AWS::ECS::TaskDefinition"), "{journal:#?}");
    assert_eq!(seen(), before);
    next.release_script(&["--described", "carts"]).succeeded();
    assert_eq!(
        told(&next, "carts")["services"][0]["clientAliases"],
        json!([{"port": 8080, "dnsName": "carts"}])
    );

    // One that fails leaves who is called as it was.
    let before = seen();
    emulator.control("POST", "rollouts", &json!({"end": "Failed"}));
    next.release_script(&["prices", SECOND]).refused("tasks failed to start");
    emulator.control("POST", "rollouts", &json!({}));
    assert_eq!(seen(), before);
}
