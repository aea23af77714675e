//! What must agree: the model, its schema, the reference, the examples and the generated files.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use bluegreen::{
    blueprint::{Application, Service, reference, schema, shape::Shape, units},
    resolve::Blueprint,
    source::{self, Sources},
    yaml::{self, Data, Node},
};
use proptest::prelude::*;
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every correct blueprint there is, by name.
fn blueprints() -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for entry in fs::read_dir(root().join("examples")).unwrap() {
        let path = entry.unwrap().path().join("blueprint.yaml");
        texts.insert(path.display().to_string(), fs::read_to_string(path).unwrap());
    }
    for entry in fs::read_dir(root().join("tests/good")).unwrap() {
        let path = entry.unwrap().path();
        texts.insert(path.display().to_string(), fs::read_to_string(path).unwrap());
    }
    texts
}

/// Every correct document of another kind.
fn others() -> Vec<String> {
    let folders = ["blueprints", "tests/shared"].map(|folder| fs::read_dir(root().join(folder)).unwrap());
    let files =
        folders.into_iter().flatten().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    files.map(|path| fs::read_to_string(path).unwrap()).collect()
}

fn tree(text: &str) -> Node {
    let mut sources = Sources::new();
    let file = sources.add("blueprint.yaml", text);
    yaml::read(&sources, file).unwrap()
}

fn fresh(path: &str, wanted: &str, command: &str) {
    let found = fs::read_to_string(root().join(path)).unwrap_or_default();
    assert!(found == wanted, "{path} is stale: run `{command}`");
}

#[test]
fn generated_files_are_fresh() {
    fresh("schemas/blueprint.schema.json", &schema::published_text(), "cargo xtask schema");
    fresh("schemas/application.schema.json", &schema::application_text(), "cargo xtask schema");
    fresh("docs/reference.md", &reference::markdown(), "cargo xtask reference");
    fresh("docs/engines.md", &bluegreen::blueprint::engines::markdown(), "cargo xtask reference");
}

#[test]
fn the_published_schema_is_a_schema_and_takes_every_blueprint() {
    let published = schema::published();
    assert!(jsonschema::draft202012::meta::validate(&published).is_ok());
    let validator = jsonschema::draft202012::new(&published).unwrap();
    let others = others().into_iter().map(|text| ("another document".to_owned(), text));
    for (name, text) in blueprints().into_iter().chain(others) {
        let document = tree(&text).to_json();
        let faults: Vec<_> = validator.iter_errors(&document).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{name}: {faults:?}");
    }
}

/// Every key the schema names, as definition and key.
fn keys(schema: &Value) -> BTreeMap<(String, String), Value> {
    fn collect(place: &str, schema: &Value, found: &mut BTreeMap<(String, String), Value>) {
        match schema {
            Value::Object(object) => {
                for (keyword, inner) in object {
                    match (keyword.as_str(), inner) {
                        ("properties", Value::Object(properties)) => {
                            for (key, property) in properties {
                                found.insert((place.to_owned(), key.clone()), property.clone());
                                collect(&format!("{place}.{key}"), property, found);
                            }
                        }
                        ("$defs" | "examples" | "default", _) => {}
                        _ => collect(place, inner, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(place, item, found)),
            _ => {}
        }
    }
    let mut found = BTreeMap::new();
    collect("Application", schema, &mut found);
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        collect(name, definition, &mut found);
    }
    found
}

#[test]
fn every_key_is_described_with_its_bounds() {
    let mut complaints = Vec::new();
    for ((place, key), property) in keys(&schema::application()) {
        let description = property["description"].as_str().unwrap_or_default();
        if description.len() < 3 || !description.ends_with('.') {
            complaints.push(format!("{place}.{key} is not described: `{description}`"));
        }
        for bound in ["minimum", "maximum"] {
            if property.get("const").is_some() {
                continue;
            }
            let Some(bound) = property[bound].as_f64() else { continue };
            let shown = description.replace(',', "");
            if bound > 1.0 && !shown.contains(&bound.to_string()) {
                complaints
                    .push(format!("{place}.{key}: the description does not name {bound}: `{description}`"));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn every_key_is_in_the_reference() {
    let reference = reference::markdown();
    for (place, key) in
        keys(&schema::application()).into_keys().filter(|(place, _)| !place.contains("Overlay"))
    {
        let entry = [format!(".{key}`"), format!("`{key}`")];
        assert!(
            entry.iter().any(|entry| reference.contains(entry.as_str())),
            "{place}.{key} is not in docs/reference.md"
        );
    }
}

#[test]
fn every_format_is_known() {
    fn collect(schema: &Value, found: &mut BTreeSet<String>) {
        match schema {
            Value::Object(object) => {
                let text = match object.get("type") {
                    Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "string"),
                    kind => kind.is_some_and(|kind| kind == "string"),
                };
                if let (true, Some(format)) = (text, object.get("format").and_then(Value::as_str)) {
                    found.insert(format.to_owned());
                }
                object.values().for_each(|inner| collect(inner, found));
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
            _ => {}
        }
    }
    let mut named = BTreeSet::new();
    collect(&schema::application(), &mut named);
    let known: BTreeSet<String> = units::formats().iter().map(|format| format.name.to_owned()).collect();
    let unknown: Vec<_> = named.difference(&known).collect();
    assert!(unknown.is_empty(), "not in units::formats(): {unknown:?}");
    let unused: Vec<_> = known.difference(&named).collect();
    assert!(unused.is_empty(), "in units::formats() and in no key: {unused:?}");
}

/// The keys a document uses, as [`keys`] names them.
fn used(root: &Value, schema: &Value, place: &str, node: &Node, found: &mut BTreeSet<(String, String)>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.trim_start_matches("#/$defs/");
        return used(root, &root["$defs"][name], name, node, found);
    }
    if let Some(key) = schema["if"]["required"][0].as_str() {
        let branch = if node.get(key).is_some() { "then" } else { "else" };
        return used(root, &schema[branch], place, node, found);
    }
    for branches in ["oneOf", "anyOf", "allOf"] {
        for branch in schema[branches].as_array().into_iter().flatten() {
            used(root, branch, place, node, found);
        }
    }
    match &node.data {
        Data::Map(map) => {
            for (key, entry) in map {
                if let Some(property) = schema["properties"].get(key) {
                    found.insert((place.to_owned(), key.clone()));
                    used(root, property, &format!("{place}.{key}"), &entry.value, found);
                } else if schema["additionalProperties"].is_object() {
                    used(root, &schema["additionalProperties"], place, &entry.value, found);
                }
            }
        }
        Data::List(items) => items.iter().for_each(|item| used(root, &schema["items"], place, item, found)),
        _ => {}
    }
}

/// An overlay has the keys of what it is laid over, so one of the two is enough.
#[test]
fn every_key_is_used_by_a_blueprint() {
    let schema = schema::application();
    let mut found = BTreeSet::new();
    for text in blueprints().values() {
        used(&schema, &schema, "Application", &tree(text), &mut found);
    }
    for text in others() {
        let tree = tree(&text);
        let name = if tree.get("blueprint").is_some() { "ServiceBlueprint" } else { "Shared" };
        used(&schema, &schema["$defs"][name], name, &tree, &mut found);
    }
    // A service that extends another has the keys of any service, as has what a service blueprint makes.
    let plain = |(place, key): (String, String)| {
        let place = place.replace("Overlay", "");
        (place.replace("ExtendingService", "Service").replace("BlueprintService", "Service"), key)
    };
    let found: BTreeSet<_> = found.into_iter().map(plain).collect();
    let unused: BTreeSet<_> =
        keys(&schema).into_keys().map(plain).filter(|key| !found.contains(key)).collect();
    assert!(unused.is_empty(), "no example and no blueprint of tests/good uses {unused:#?}");
}

/// Whether the schema accepts a service, and whether the model reads it.
fn verdicts(service: &Node) -> (bool, bool) {
    thread_local! {
        static SERVICE: Shape = {
            let application = schema::application();
            let service = serde_json::json!({"$ref": "#/$defs/Service", "$defs": application["$defs"]});
            Shape::new(service, units::formats()).unwrap()
        };
    }
    SERVICE.with(|shape| {
        let accepted = shape.check(service).is_empty();
        (accepted, serde_json::from_value::<Service>(shape.to_json(service)).is_ok())
    })
}

/// What the schema accepts before layers and short forms are worked out and the model reads only after.
fn short(service: &Node) -> bool {
    let at = |keys: &[&str]| keys.iter().try_fold(service, |node, key| node.get(key));
    let text = |keys: &[&str]| at(keys).is_some_and(|node| node.as_text().is_some());
    let alarms = at(&["alarms"]).and_then(Node::as_map);
    text(&["http", "healthcheck"])
        || text(&["deploy", "strategy"])
        || alarms.is_some_and(|alarms| !alarms.is_empty())
        || service.get("environments").is_some()
}

fn slots(node: &mut Node, visit: &mut impl FnMut(&mut Node)) {
    visit(node);
    match &mut node.data {
        Data::Map(map) => map.values_mut().for_each(|entry| slots(&mut entry.value, visit)),
        Data::List(items) => items.iter_mut().for_each(|item| slots(item, visit)),
        _ => {}
    }
}

fn other_values() -> impl Strategy<Value = Data> {
    prop_oneof![
        Just(Data::Null),
        any::<bool>().prop_map(Data::Bool),
        (-3..70_000_i64).prop_map(Data::Int),
        prop::sample::select(vec![0, 1, 21, 99, 256, 300, 512, 1024, 65_535, 65_536, 262_145, i64::MAX])
            .prop_map(Data::Int),
        prop::sample::select(vec![0.5, 1.0, 60.5, 100.0, 100.5, -1.0]).prop_map(Data::Float),
        prop::sample::select(vec![
            "",
            "0s",
            "1s",
            "30s",
            "5m",
            "90s",
            "2h",
            "2d",
            "1h30m",
            "800ms",
            "512MB",
            "1GB",
            "0.5 vCPU",
            "256",
            "3-12",
            "12-3",
            "/",
            "/health",
            "shop",
            "Shop",
            "a b",
            "10.0.0.0/8",
            "10.0.0.1/8",
            "example.com",
            "arm64",
            "http2",
            "internal",
            "none",
            "failure",
            "all_at_once",
            "arn:aws:lambda:eu-west-1:111122223333:function:f",
            "30d",
            "31d",
            "200-299",
            "0 22 * * ? *",
            "UTC",
            "public.ecr.aws/a/b:1",
        ])
        .prop_map(|text| Data::Text(text.to_owned())),
        // serde would read a list as a map without keys; the schema comes first and does not.
        Just(Data::Map(yaml::Map::new())),
    ]
}

fn services() -> &'static [Node] {
    static SERVICES: std::sync::OnceLock<Vec<Node>> = std::sync::OnceLock::new();
    SERVICES.get_or_init(read_services)
}

fn read_services() -> Vec<Node> {
    let mut services = Vec::new();
    // What a service has that others complete, whole.
    for (name, text) in blueprints() {
        let mut sources = Sources::new();
        let file = sources.add(name.as_str(), text);
        let blueprint = Blueprint::read_with(&mut sources, file, &mut source::load).unwrap();
        for environment in blueprint.environments() {
            for service in blueprint.resolve(environment).unwrap().services {
                let mut service = tree(&serde_json::to_string(&service.service).unwrap());
                // Raw CloudFormation is the schema's alone to judge.
                for key in ["alarms", "extra"] {
                    service.as_map_mut().unwrap().shift_remove(key);
                }
                services.push(service);
            }
        }
    }
    for text in blueprints().values() {
        let tree = tree(text);
        for entry in tree.get("services").unwrap().as_map().unwrap().values() {
            // What another service blueprint completes is no service by itself.
            if entry.value.get("extends").is_some() {
                continue;
            }
            let mut service = entry.value.clone();
            // Alarms and short forms are read after the layers are laid over each other.
            let map = service.as_map_mut().unwrap();
            map.shift_remove("environments");
            map.shift_remove("alarms");
            slots(&mut service, &mut |node| {
                if node.as_text().is_some_and(|text| text.contains("${")) {
                    node.data = Data::Text("/from/an/expression".into());
                }
            });
            if !short(&service) {
                services.push(service);
            }
        }
    }
    services
}

#[test]
fn there_are_services_to_try() {
    let services = services();
    assert!(services.len() >= 4);
    for service in services {
        assert_eq!(verdicts(service), (true, true));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    /// With a key too few or one of another name, schema and model agree either way.
    #[test]
    fn schema_and_model_agree_on_keys(which in any::<usize>(), at in any::<usize>(), name in prop_oneof![Just(None), Just(Some("unknown")), Just(Some("count"))]) {
        let services = services();
        let mut service = services[which % services.len()].clone();
        let mut maps = 0;
        slots(&mut service, &mut |node| maps += usize::from(node.as_map().is_some_and(|map| !map.is_empty())));
        let mut seen = 0;
        slots(&mut service, &mut |node| {
            let Some(map) = node.as_map_mut().filter(|map| !map.is_empty()) else { return };
            if seen == at % maps {
                let key = map.get_index(at / maps % map.len()).unwrap().0.clone();
                // A port is more than tasks may be, which the schema alone knows.
                let name = name.filter(|name| *name != "count" || key != "port");
                let entry = map.shift_remove(&key).unwrap();
                if let Some(name) = name {
                    map.insert(name.to_owned(), entry);
                }
            }
            seen += 1;
        });
        prop_assume!(!short(&service));
        let (accepted, read) = verdicts(&service);
        prop_assert_eq!(accepted, read, "schema {}, model {}: {}", accepted, read, service.to_json());
    }

    /// What the schema accepts, the model reads. The other way round the schema is stricter: bounds and forms of numbers and
    /// of plain text stand in it alone, which is why it always comes first.
    #[test]
    fn the_model_reads_what_the_schema_accepts(which in any::<usize>(), changes in prop::collection::vec((any::<usize>(), other_values()), 1..3)) {
        let services = services();
        let mut service = services[which % services.len()].clone();
        for (at, data) in changes {
            let mut count = 0;
            slots(&mut service, &mut |_| count += 1);
            let (chosen, mut seen) = (at % count, 0);
            slots(&mut service, &mut |node| {
                if seen == chosen && seen > 0 {
                    node.data = data.clone();
                }
                seen += 1;
            });
        }
        prop_assume!(!short(&service));
        let (accepted, read) = verdicts(&service);
        prop_assert!(read || !accepted, "not read: {}", service.to_json());
    }
}

#[test]
fn every_blueprint_is_read() {
    for (name, text) in blueprints() {
        let mut sources = Sources::new();
        let file = sources.add(name.as_str(), text);
        let blueprint = Blueprint::read_with(&mut sources, file, &mut source::load)
            .unwrap_or_else(|findings| panic!("{name}: {findings:#?}"));
        for environment in blueprint.environments() {
            let resolved = blueprint.resolve(environment).unwrap();
            // What is resolved reads back as itself: no default, unit or short form is lost on the way.
            for service in &resolved.services {
                let json = serde_json::to_value(&service.service).unwrap();
                let again: Service = serde_json::from_value(json.clone())
                    .unwrap_or_else(|error| panic!("{name}: {error}: {json}"));
                assert_eq!(serde_json::to_value(&again).unwrap(), json, "{name}");
            }
        }
        let application: Result<Application, _> = serde_json::from_str("{}");
        assert!(application.is_err());
    }
}
