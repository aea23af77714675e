//! Every example in every environment and format of templates, file by file.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod rendered;

use std::{collections::BTreeSet, fs, path::PathBuf};

use rendered::{Pinned, environments, root};

fn examples() -> Vec<PathBuf> {
    let mut examples: Vec<_> =
        fs::read_dir(root().join("examples")).unwrap().map(|entry| entry.unwrap().path()).collect();
    examples.sort();
    assert!(!examples.is_empty());
    examples
}

#[test]
fn every_example_is_rendered_as_pinned() {
    let mut pinned = Pinned::new("examples");
    for example in examples() {
        let name = example.file_name().unwrap().to_str().unwrap().to_owned();
        let blueprint = example.join("blueprint.yaml");
        for environment in environments(&blueprint) {
            pinned.environment(&name, &blueprint, &environment);
        }
    }
    pinned.nothing_else();
}

#[test]
fn every_good_blueprint_is_rendered_as_pinned() {
    let mut pinned = Pinned::new("good");
    let mut blueprints: Vec<_> =
        fs::read_dir(root().join("tests/good")).unwrap().map(|entry| entry.unwrap().path()).collect();
    blueprints.sort();
    for blueprint in blueprints {
        let name = blueprint.file_stem().unwrap().to_str().unwrap().to_owned();
        let environments = environments(&blueprint);
        assert_eq!(environments.len(), 1, "{name}: one environment is enough to see");
        pinned.yaml(&name, &blueprint, &environments[0]);
    }
    pinned.nothing_else();
}

#[test]
fn every_example_says_what_it_shows() {
    let silent: BTreeSet<_> =
        examples().into_iter().filter(|example| !example.join("README.md").is_file()).collect();
    assert!(silent.is_empty(), "without a README.md: {silent:?}");
}
