//! `explain` knows every word of the language, and every code.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    thread,
};

use bluegreen::{
    blueprint::{
        built_in,
        keys::{self, Document, Found},
        schema,
        shape::Shape,
        units,
    },
    cli::{self, Cli, Colors, Outcome},
    diagnostic::{Level, Step, Trail, codes},
    provenance::{Drawing, Provenance, SourceMap, Subject},
    resolve::{Blueprint, Resolved},
    rules,
    source::{self, Sources},
    yaml,
};
use camino::Utf8PathBuf;
use clap::Parser;
use serde_json::{Value, json};

use super::snapshot;

fn explain(args: &[&str]) -> (Outcome, String, String) {
    let cli = Cli::try_parse_from(["bluegreen", "explain"].iter().chain(args)).expect("arguments");
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let outcome = cli::run(&cli, &mut out, &mut err, Colors::default());
    (outcome, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

/// Every key of the schema of applications, or of another kind of document, overlays included, as people would write the way to it.
fn schema_keys(definition: Option<&str>) -> BTreeSet<String> {
    fn walk(root: &Value, schema: &Value, path: &str, found: &mut BTreeSet<String>) {
        if let Some(pointer) = schema["$ref"].as_str() {
            return walk(root, root.pointer(&pointer[1..]).unwrap(), path, found);
        }
        // Where a key of the value decides, it is what stands there without that key.
        if schema["else"].is_object() {
            return walk(root, &schema["else"], path, found);
        }
        for keyword in ["oneOf", "anyOf"] {
            for branch in schema[keyword].as_array().into_iter().flatten() {
                walk(root, branch, path, found);
            }
        }
        for keyword in ["then", "else"] {
            if schema[keyword].is_object() {
                walk(root, &schema[keyword], path, found);
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
    let root = schema::application();
    let mut found = BTreeSet::new();
    let start = definition.map_or(&root, |name| &root["$defs"][name]);
    walk(&root, start, "", &mut found);
    found
}

/// Asks for keys, and answers those that change no template, with what is said of them.
fn silent(keys: &[String]) -> BTreeMap<String, String> {
    let mut silent = BTreeMap::new();
    for key in keys {
        let (outcome, out, err) = explain(&[key]);
        assert_eq!(outcome, Outcome::Clean, "{key}: {err}");
        let last = key.rsplit('.').next().unwrap();
        let heading = out.lines().next().unwrap();
        assert!(heading.ends_with(last) || last == "some" && heading.ends_with("<name>"), "{key}: {heading}");
        assert!(
            out.lines().nth(2).is_some_and(|text| text.ends_with('.') || key.contains("some")),
            "{key}: {out}"
        );
        assert!(out.contains("\ntakes      ") && out.contains("\nexample    "), "{key}: {out}");
        let (_, makes) = out.split_once("it makes:\n  ").unwrap_or_else(|| panic!("{key}: {out}"));
        if ["nothing: ", "no other value", "does not fit", "by itself nothing"]
            .iter()
            .any(|words| makes.contains(words))
        {
            silent.insert(heading.to_owned(), makes.lines().next().unwrap_or_default().to_owned());
        }
    }
    silent
}

#[test]
fn every_key_of_the_schema_is_explained() {
    let keys = schema_keys(None);
    assert!(keys.len() > 300, "{}", keys.len());
    let keys: Vec<String> = keys.into_iter().collect();
    let silent: BTreeMap<String, String> = thread::scope(|scope| {
        let parts: Vec<_> =
            keys.chunks(keys.len() / 4 + 1).map(|part| scope.spawn(|| silent(part))).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    // Read what is new here: a key that makes nothing is seldom meant.
    let silent: Vec<String> = silent.iter().map(|(key, makes)| format!("{key}: {makes}\n")).collect();
    snapshot("explain-silent-keys", &silent.concat());
}

const TEAM_WEB: &str = "tests/shared/team-web.yaml";
const COMPANY: &str = "tests/shared/company.yaml";

#[test]
fn every_key_of_the_other_documents_is_explained() {
    for (definition, document, file, least) in [
        ("ServiceBlueprint", Document::ServiceBlueprint, TEAM_WEB, 150),
        ("Shared", Document::Shared, COMPANY, 40),
    ] {
        let keys = schema_keys(Some(definition));
        assert!(keys.len() > least, "{definition}: {}", keys.len());
        let (mut asked, mut mirrored) = (0, 0);
        for key in keys {
            let found = match keys::find_in(&key, document) {
                Found::One(found, _) => found,
                other => panic!("{definition}: {key}: {other:?}"),
            };
            // What differs in an environment is a key of what it differs from.
            let base = key.splitn(3, '.').nth(2).filter(|_| key.starts_with("environments.some."));
            let path = found.to_string().replace("<name>", "some").replace("[]", "[0]");
            assert!(path == key || Some(path.as_str()) == base, "{definition}: {key} is taken for {path}");
            assert_eq!(found.document, document, "{key}");
            let named = key.ends_with(".some");
            assert!(found.description().ends_with('.') || named, "{key}: {}", found.description());
            assert!(!found.takes().is_empty() && !found.example_line().is_empty(), "{key}");
            // A key that an application has as well makes what it makes there, of which every one is asked above.
            let own = match key.strip_prefix("service.") {
                Some(rest) => format!("services.some.{rest}"),
                None => path.clone(),
            };
            let there = keys::all()
                .iter()
                .any(|known| known.to_string().replace("<name>", "some").replace("[]", "[0]") == own);
            assert!(there || !key.starts_with("service."), "{key} is no key of a service");
            if there && key != "schema" {
                mirrored += 1;
                assert!(!found.is_required() || document == Document::Shared, "{key}");
                continue;
            }
            asked += 1;
            let asked_for = key.replace("params.some", "params.keep");
            let (outcome, out, err) = explain(&[&asked_for, "--blueprint", file]);
            assert_eq!(outcome, Outcome::Clean, "{key}: {err}");
            assert!(out.contains("\ntakes      ") && out.contains("\nexample    "), "{key}: {out}");
            assert!(out.contains(&format!("\nstands in  {}\n", document.words())), "{key}: {out}");
            assert!(out.contains(&format!("in {file}")) && out.contains("makes"), "{key}: {out}");
        }
        assert!(mirrored > least - 20 && asked >= 2, "{definition}: {mirrored} and {asked}");
    }
}

/// Each parameter of each built-in, where a service extends it.
#[test]
fn every_parameter_of_every_built_in_is_explained() {
    let mut silent = Vec::new();
    for (name, text) in built_in::ALL {
        let file = format!("tests/good/extends-{name}.yaml");
        let document: Value = serde_yaml::from_str(text).unwrap();
        for (param, declared) in document["params"].as_object().unwrap() {
            let (outcome, out, err) = explain(&[&format!("with.{param}"), "--blueprint", &file]);
            assert_eq!(outcome, Outcome::Clean, "{name}: {param}: {err}");
            let told = [
                declared["description"].as_str().unwrap().trim_end_matches('.'),
                "\ntakes      ",
                &format!("\nparameter  of the built-in service blueprint `{name}`\n"),
                if declared.get("default").is_some() { "\ndefault    " } else { "\nrequired   yes\n" },
                &format!(".with.{param}  "),
            ]
            .into_iter()
            .all(|part| out.contains(part));
            assert!(told, "{name}: {param}: {out}");
            if ["minimum", "maximum"].iter().any(|bound| declared.get(bound).is_some()) {
                assert!(out.contains("\nbounds     "), "{name}: {param}: {out}");
            }
            let (_, makes) = out.split_once("to a stack that runs:\n").unwrap_or_else(|| panic!("{out}"));
            if makes.contains("nothing: ") || makes.contains("no other value") {
                silent
                    .push(format!("{name}: {param}: {}\n", makes.lines().nth(1).unwrap_or_default().trim()));
            }
        }
    }
    // Read what is new here: a parameter that makes nothing is seldom meant.
    snapshot("explain-silent-parameters", &silent.concat());
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

/// Every environment of every example, resolved, by the example's path.
fn examples() -> Vec<(String, Blueprint)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for folder in ["examples", "tests/good"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let path = if path.is_dir() { path.join("blueprint.yaml") } else { path };
            let path = Utf8PathBuf::from_path_buf(path).unwrap();
            let mut sources = Sources::new();
            let file = source::load(&mut sources, &path).unwrap();
            let blueprint = Blueprint::read_with(&mut sources, file, &mut source::load).unwrap();
            all.push((path.to_string(), blueprint));
        }
    }
    all.sort_by(|left, right| left.0.cmp(&right.0));
    assert!(all.len() > 10);
    all
}

/// Whether an application may be drawn.
fn sound(application: &Resolved, blueprint: &Blueprint) -> bool {
    rules::check(application, blueprint.tree()).iter().all(|finding| finding.level != Level::Error)
}

/// Calls with every environment of every example, drawn.
fn each_drawing(visit: &mut dyn FnMut(&str, &str, &Drawing)) {
    for (path, blueprint) in examples() {
        for environment in blueprint.environments() {
            let resolved = blueprint.resolve(environment).unwrap();
            visit(&path, environment, &Drawing::of(&resolved));
        }
    }
}

#[test]
fn every_resource_has_a_purpose() {
    let mut silent = BTreeSet::new();
    let mut count = 0;
    each_drawing(&mut |_, _, drawing| {
        for subject in Subject::all(drawing) {
            count += 1;
            match subject.purpose() {
                Some(purpose) => assert!(purpose.ends_with('.'), "{purpose}"),
                None => drop(silent.insert(format!("{} {}", subject.entry.kind, subject.id))),
            }
        }
    });
    assert!(count > 500, "{count}");
    assert!(silent.is_empty(), "without a purpose: {silent:#?}");
}

/// A statement that nobody can explain is one permission too many.
#[test]
fn every_statement_of_every_policy_has_a_reason() {
    fn statements(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                if map.contains_key("Effect") {
                    let sid = map.get("Sid").and_then(Value::as_str);
                    found.insert(sid.unwrap_or_else(|| panic!("no Sid: {value}")).to_owned());
                }
                map.values().for_each(|inner| statements(inner, found));
            }
            Value::Array(items) => items.iter().for_each(|inner| statements(inner, found)),
            _ => {}
        }
    }
    let mut count = 0;
    each_drawing(&mut |path, _, drawing| {
        for subject in Subject::all(drawing) {
            let at = format!("{path}: {}/{}", subject.stack.name, subject.id);
            let template = drawing.template(&subject.stack.file).unwrap();
            let mut written = BTreeSet::new();
            statements(&template["Resources"][subject.id]["Properties"], &mut written);
            let explained = subject.statements();
            let known: BTreeSet<String> = explained.iter().map(|it| it.sid.clone()).collect();
            assert_eq!(written, known, "{at}");
            for it in explained {
                count += 1;
                assert!(it.reason.ends_with('.') && it.reason.len() > 15, "{at}: {}", it.reason);
                assert_eq!(it.statement["Sid"], it.sid, "{at}");
                // `*` on everything keeps its own reason beside it.
                let resource = &it.statement["Resource"];
                assert!(*resource != "*" || it.everything.is_some(), "{at}/{}", it.sid);
            }
        }
    });
    assert!(count > 200, "{count}");
}

/// Each resource of each example, as people would ask for it.
#[test]
fn every_resource_of_every_example_is_explained() {
    for (path, blueprint) in examples().into_iter().filter(|(path, _)| path.contains("/examples/")) {
        for environment in blueprint.environments() {
            let resolved = blueprint.resolve(environment).unwrap();
            let sound = |application: &Resolved| sound(application, &blueprint);
            let provenance = Provenance::new(&resolved, &sound);
            let map = SourceMap::of(&provenance);
            let mut made = 0;
            let mut all = 0;
            for subject in Subject::all(provenance.drawing()) {
                all += 1;
                let lines = map.lines(&subject.stack.file, subject.id);
                made += usize::from(!lines.is_empty());
                for line in lines {
                    assert!(provenance.value(&line.trail).is_some(), "{path}: {}", line.trail);
                    assert!(line.exists || !line.sets.is_empty(), "{path}: {}", line.trail);
                }
            }
            // Few resources are the same whatever is written.
            assert!(made * 10 > all * 8, "{path} in {environment}: {made} of {all}");
        }
    }
}

#[test]
fn the_source_map_leads_there_and_back() {
    let (_, blueprint) = examples().into_iter().find(|(path, _)| path.contains("examples/shop")).unwrap();
    let resolved = blueprint.resolve("prod").unwrap();
    let sound = |application: &Resolved| sound(application, &blueprint);
    let provenance = Provenance::new(&resolved, &sound);
    let map = SourceMap::of(&provenance);
    let trail = |text: &str| text.split('.').map(|key| Step::Key(key.to_owned())).collect::<Trail>();
    for (value, stack, id, part) in [
        ("services.checkout.http.drain", "checkout-edge", "BlueTargetGroup", "TargetGroupAttributes"),
        ("services.checkout.http.drain", "checkout-edge", "GreenTargetGroup", "TargetGroupAttributes"),
        ("services.checkout.memory", "checkout", "TaskDefinition", "Properties.Memory"),
        ("services.checkout.count.requests", "checkout", "ScaleByRequests", "TargetValue"),
        ("services.checkout.secrets.DB_URL.key", "checkout", "TaskDefinition", "Secrets[DB_URL]"),
        ("services.checkout.alarms.latency.over", "checkout", "LatencyAlarm", "Period"),
        ("cluster.insights", "cluster", "Cluster", "ClusterSettings"),
        ("network.cidr", "network", "Vpc", "CidrBlock"),
        // A default is asked about like anything written.
        ("services.checkout.http.tls", "checkout-edge", "ProductionListener", "SslPolicy"),
    ] {
        let value = trail(value);
        let line = map.lines(stack, id).iter().find(|line| line.trail == value);
        let line = line.unwrap_or_else(|| panic!("{value} does not make {stack}/{id}"));
        assert!(line.sets.iter().any(|path| path.to_string().contains(part)), "{value}: {:?}", line.sets);
        assert!(map.makes(&value).any(|(known, other, _)| known == stack && other == id), "{value}");
    }
    for (value, stack, id) in [
        ("services.checkout.http.access_logs", "cluster", "AccessLogsBucket"),
        ("services.checkout.count.requests", "checkout", "ScaleByRequests"),
        ("services.checkout.alarms.burst", "checkout", "BurstAlarm"),
        ("services.checkout.discovery", "checkout", "Discovery"),
    ] {
        let value = trail(value);
        assert!(
            map.lines(stack, id).iter().any(|line| line.trail == value && line.exists),
            "{stack}/{id} is there without {value}"
        );
    }
    // And nothing that has nothing to do with it.
    assert!(
        map.lines("network", "Vpc").iter().all(|line| line.trail.steps()[0] != Step::Key("services".into()))
    );
}

/// Drawn again with the value it has, an application is the same: what is compared is what was changed.
#[test]
fn an_application_survives_being_taken_apart() {
    // Together these write every key of the language; the rest would only take time.
    let every_key = |path: &str| path.contains("/examples/shop/") || path.contains("one-of-each");
    for (path, blueprint) in examples().into_iter().filter(|(path, _)| every_key(path)) {
        for environment in blueprint.environments() {
            let resolved = blueprint.resolve(environment).unwrap();
            let provenance = Provenance::new(&resolved, &|_| true);
            for trail in provenance.trails() {
                let now = provenance.value(&trail).unwrap().clone();
                if let Some(changes) = provenance.with(&trail, &now) {
                    assert_eq!(changes, [], "{path} in {environment}: {trail}");
                }
            }
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
        ("explain-in-place", &["services.checkout.http.drain", "--blueprint", SHOP]),
        ("explain-release", &["services.checkout.cpu", "--blueprint", SHOP, "-e", "prod"]),
        ("explain-denied", &["services.checkout.port", "--blueprint", SHOP, "-e", "prod"]),
        ("explain-not-written", &["services.checkout.http.idle", "--blueprint", SHOP, "-e", "prod"]),
        ("explain-absent", &["services.checkout.health", "--blueprint", SHOP, "-e", "prod"]),
        ("explain-nothing-made", &["environments.prod.protected", "--blueprint", SHOP, "-e", "prod"]),
        ("explain-resource", &["checkout.ProductionListener", "--blueprint", SHOP]),
        ("explain-resource-stack", &["shop-prod-checkout/TaskDefinition", "--blueprint", SHOP]),
        ("explain-resource-shared", &["network.PrivateSubnetA", "--blueprint", SHOP]),
        ("explain-role", &["checkout.ExecutionRole", "--blueprint", SHOP, "-e", "prod"]),
        ("explain-statement", &["checkout.ExecutionRole/LogInToRegistry", "--blueprint", SHOP]),
        ("explain-statement-stack", &["shop-prod-checkout/DeploymentRole/ShiftTraffic", "--blueprint", SHOP]),
        ("explain-resource-near", &["checkout.ProductionListner", "--blueprint", SHOP]),
        ("explain-resource-where", &["checkout.ProductionListener"]),
        ("explain-resource-several", &["TaskRole", "--blueprint", "examples/two-services/blueprint.yaml"]),
        ("explain-resource-prefixed", &["web.HookRole", "--blueprint", "tests/good/all-at-once.yaml"]),
        ("explain-blueprint-key", &["service.deploy.keep_old", "--blueprint", TEAM_WEB]),
        ("explain-blueprint-key-nowhere", &["service.cpu"]),
        ("explain-blueprint-name", &["blueprint", "--blueprint", TEAM_WEB]),
        ("explain-declared", &["params.keep", "--blueprint", TEAM_WEB]),
        ("explain-declaration", &["params.keep.minimum", "--blueprint", TEAM_WEB]),
        ("explain-passed-on", &["with.health", "--blueprint", TEAM_WEB]),
        ("explain-blueprint-resource", &["Service", "--blueprint", TEAM_WEB]),
        ("explain-shared-key", &["network.cidr", "--blueprint", COMPANY]),
        ("explain-shared-vars", &["vars", "--blueprint", COMPANY]),
        ("explain-with", &["services.shop.with.domain", "--blueprint", "tests/good/extends-file.yaml"]),
        ("explain-with-environment", &["with.keep", "--blueprint", "tests/good/extends-file.yaml"]),
        ("explain-with-default", &["with.approval", "--blueprint", "tests/good/extends-critical.yaml"]),
        ("explain-with-nowhere", &["services.checkout.with.port"]),
        ("explain-with-unknown", &["with.prt", "--blueprint", "tests/good/extends-critical.yaml"]),
        ("explain-with-no-service", &["services.x.with.port", "--blueprint", SHOP]),
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
