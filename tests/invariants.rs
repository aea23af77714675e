//! What must be true of every rendered environment and no outside tool looks for. Each assertion is also shown to fail
//! on spoiled copies, so that one that asserts nothing is caught.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[path = "invariants/connect.rs"]
mod connect;
#[path = "invariants/connections.rs"]
mod connections;
#[path = "invariants/ecs.rs"]
mod ecs;
#[path = "invariants/hook.rs"]
mod hook;
#[path = "invariants/matrix.rs"]
mod matrix;
#[path = "invariants/model.rs"]
mod model;

#[path = "invariants/access.rs"]
mod access;
#[path = "invariants/alarms.rs"]
mod alarms;
#[path = "invariants/network.rs"]
mod network;
#[path = "invariants/pipeline.rs"]
mod pipeline;
#[path = "invariants/plain.rs"]
mod plain;
#[path = "invariants/release.rs"]
mod release;
#[path = "invariants/scaling.rs"]
mod scaling;
#[path = "invariants/sharing.rs"]
mod sharing;
#[path = "invariants/stacks.rs"]
mod stacks;
#[path = "invariants/traffic.rs"]
mod traffic;
#[path = "invariants/two_clusters.rs"]
mod two_clusters;
#[path = "invariants/workers.rs"]
mod workers;

use model::Environment;

/// Something that must be true.
pub struct Assertion {
    /// What, in a few words.
    name: &'static str,
    /// Says where it is not.
    check: fn(&Environment) -> Vec<String>,
    /// Ways to make it untrue.
    spoils: &'static [Spoil],
}

/// A change after which an assertion must say something.
pub struct Spoil {
    name: &'static str,
    /// The variation that is spoiled.
    of: &'static str,
    apply: fn(&mut Environment),
}

/// A spoil of the blueprint that uses everything.
pub const fn spoil(name: &'static str, apply: fn(&mut Environment)) -> Spoil {
    Spoil { name, of: "full", apply }
}

/// A spoil of another variation.
pub const fn spoil_of(of: &'static str, name: &'static str, apply: fn(&mut Environment)) -> Spoil {
    Spoil { name, of, apply }
}

fn assertions() -> impl Iterator<Item = &'static Assertion> {
    [
        release::ASSERTIONS,
        traffic::ASSERTIONS,
        hook::ASSERTIONS,
        alarms::ASSERTIONS,
        scaling::ASSERTIONS,
        access::ASSERTIONS,
        network::ASSERTIONS,
        stacks::ASSERTIONS,
        pipeline::ASSERTIONS,
        plain::ASSERTIONS,
        ecs::ASSERTIONS,
        sharing::ASSERTIONS,
        workers::ASSERTIONS,
        two_clusters::ASSERTIONS,
        connect::ASSERTIONS,
        connections::ASSERTIONS,
    ]
    .into_iter()
    .flatten()
}

#[test]
fn every_rendered_environment_satisfies_every_assertion() {
    let mut said = Vec::new();
    for case in matrix::all() {
        let environment = Environment::of(&case);
        for assertion in assertions() {
            for fault in (assertion.check)(&environment) {
                said.push(format!("{}: {}: {fault}", case.label, assertion.name));
            }
        }
    }
    assert!(said.is_empty(), "{} faults:\n{}", said.len(), said.join("\n"));
}

#[test]
fn every_assertion_fails_on_each_of_its_spoiled_copies() {
    let originals: Vec<Environment> = matrix::all().iter().map(Environment::of).collect();
    let mut silent = Vec::new();
    for assertion in assertions() {
        assert!(!assertion.spoils.is_empty(), "nothing shows that `{}` can fail", assertion.name);
        for spoil in assertion.spoils {
            let original = originals.iter().find(|it| it.label == spoil.of).unwrap();
            let mut copy = original.clone();
            (spoil.apply)(&mut copy);
            assert_ne!(copy.fingerprint(), original.fingerprint(), "`{}` changes nothing", spoil.name);
            if (assertion.check)(&copy).is_empty() {
                silent.push(format!("{}: {}", assertion.name, spoil.name));
            }
        }
    }
    assert!(silent.is_empty(), "assertions that did not notice:\n{}", silent.join("\n"));
}

#[test]
fn names_of_assertions_are_unique() {
    let mut names: Vec<&str> = assertions().map(|assertion| assertion.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn variations_are_blueprints_that_the_rules_accept() {
    let said: Vec<String> = matrix::all().iter().flat_map(matrix::Case::errors).collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
}
