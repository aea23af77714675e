//! `explain` knows every word of the language, and every code.

use std::collections::BTreeSet;

use bluegreen::{
    blueprint::{
        keys::{self, Found},
        schema,
        shape::Shape,
        units,
    },
    cli::{self, Cli, Colors, Outcome},
    diagnostic::codes,
    source::Sources,
    yaml,
};
use clap::Parser;
use serde_json::{Value, json};

use super::snapshot;

fn explain(args: &[&str]) -> (Outcome, String, String) {
    let cli = Cli::try_parse_from(["bluegreen", "explain"].iter().chain(args)).expect("arguments");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let outcome = cli::run(&cli, &mut out, &mut err, Colors::default());
    (outcome, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

/// Every key of the published schema, overlays included, as people would write the way to it.
fn schema_keys() -> BTreeSet<String> {
    fn walk(root: &Value, schema: &Value, path: &str, found: &mut BTreeSet<String>) {
        if let Some(pointer) = schema["$ref"].as_str() {
            return walk(root, root.pointer(&pointer[1..]).unwrap(), path, found);
        }
        for keyword in ["oneOf", "anyOf"] {
            for branch in schema[keyword].as_array().into_iter().flatten() {
                walk(root, branch, path, found);
            }
        }
        let step = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        for (key, inner) in schema["properties"].as_object().into_iter().flatten() {
            found.insert(step(key));
            walk(root, inner, &step(key), found);
        }
        if schema["additionalProperties"].is_object() {
            found.insert(step("some"));
            walk(root, &schema["additionalProperties"], &step("some"), found);
        }
        if schema["items"].is_object() {
            walk(root, &schema["items"], &format!("{path}[0]"), found);
        }
    }
    let root = schema::published();
    let mut found = BTreeSet::new();
    walk(&root, &root, "", &mut found);
    found
}

#[test]
fn every_key_of_the_schema_is_explained() {
    let keys = schema_keys();
    assert!(keys.len() > 300, "{}", keys.len());
    for key in keys {
        let (outcome, out, err) = explain(&[&key]);
        assert_eq!(outcome, Outcome::Clean, "{key}: {err}");
        let last = key.rsplit('.').next().unwrap();
        let heading = out.lines().next().unwrap();
        assert!(heading.ends_with(last) || last == "some" && heading.ends_with("<name>"), "{key}: {heading}");
        assert!(
            out.lines().nth(2).is_some_and(|text| text.ends_with('.') || key.contains("some")),
            "{key}: {out}"
        );
        assert!(out.contains("\ntakes      ") && out.contains("\nexample    "), "{key}: {out}");
    }
}

#[test]
fn every_code_is_explained_by_id_and_name() {
    for (code, _) in codes::ALL {
        let (outcome, by_id, _) = explain(&[&code.id.to_lowercase()]);
        assert_eq!(outcome, Outcome::Clean);
        assert!(by_id.starts_with(&format!("{} {}\n", code.id, code.name)));
        assert_eq!(explain(&[code.name]).1, by_id);
    }
}

/// An example that the language refuses would be worse than none.
#[test]
fn every_example_fits() {
    let shape = Shape::new(schema::application(), units::formats()).expect("a schema");
    let mut wrong = Vec::new();
    for key in keys::all() {
        let mut value = key.example();
        for (at, part) in key.path.iter().enumerate().rev() {
            let above = at.checked_sub(1).map(|at| &key.path[at]);
            value = match part {
                keys::Part::Key(key) => json!({key: value}),
                keys::Part::Name if above == Some(&keys::Part::Key("set".into())) => {
                    json!({"/Properties/Some": value})
                }
                keys::Part::Name => json!({"some": value}),
                keys::Part::Item => json!([value]),
            };
        }
        let mut sources = Sources::new();
        let file = sources.add("example.yaml", value.to_string());
        let tree = yaml::read(&sources, file).expect("JSON is YAML");
        // What else would have to be written is not the example's business.
        let found: Vec<_> =
            shape.check(&tree).into_iter().filter(|finding| finding.code != codes::MISSING_KEY).collect();
        wrong.extend(found.iter().map(|finding| format!("{key}: {} ({value})", finding.title)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_end_of_a_way_is_enough_where_one_key_has_it() {
    for (word, wanted) in [
        ("keep_old", "services.<name>.deploy.keep_old"),
        ("deploy.keep_old", "services.<name>.deploy.keep_old"),
        ("services.checkout.environments.prod.deploy.keep_old", "services.<name>.deploy.keep_old"),
        ("environments.prod.network.nat", "network.nat"),
        ("pipeline.stages[1].environment", "pipeline.stages[].environment"),
        ("alarms.errors", "services.<name>.alarms.<name>"),
    ] {
        match keys::find(word) {
            Found::One(key, _) => assert_eq!(key.to_string(), wanted),
            other => panic!("{word}: {other:?}"),
        }
    }
}

#[test]
fn what_is_said() {
    const SHOP: &str = "examples/shop/blueprint.yaml";
    for (name, args) in [
        ("explain-code", &["BG108"][..]),
        ("explain-key", &["keep_old", "--blueprint", SHOP]),
        ("explain-words", &["network.nat", "--blueprint", SHOP, "--environment", "prod"]),
        ("explain-default-layer", &["services.checkout.alarms.latency", "--blueprint", SHOP, "-e", "prod"]),
        ("explain-several", &["port"]),
        ("explain-unknown-key", &["deploy.kep_old"]),
        ("explain-unknown-code", &["fargat-size"]),
        ("explain-nothing", &["zzzzzz"]),
        ("explain-no-environment", &["keep_old", "--blueprint", SHOP, "--environment", "dev"]),
    ] {
        let (outcome, out, err) = explain(args);
        snapshot(name, &format!("$ bluegreen explain {}\n{outcome:?}\n\n{out}---\n{err}", args.join(" ")));
    }
}
