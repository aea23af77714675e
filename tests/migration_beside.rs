//! On the way to ECS by a second service nothing of the first one changes, and the blueprint that the page tells is what is there.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{collections::BTreeSet, fs, path::Path};

use bluegreen::{
    blueprint::units::{ServiceName, Written as _},
    diagnostic::{Finding, Level},
    emit,
    emit::OutputFile,
    migration::{Beside, Move, Unfit, stand_beside},
    render,
    resolve::{Blueprint, Resolved},
    rules,
    source::Sources,
    stacks::Stack,
};
use serde_json::{Value, json};

const PLAIN: &str = r#"schema: 1
app: shop
environments: {prod: {region: eu-west-1}}
services:
  checkout:
    extends: web
    with: {port: 8080, certificate: "arn:aws:acm:eu-west-1:111122223333:certificate/0b1c2d3e", health: /health}
    deploy: {engine: ENGINE, strategy: {canary: {percent: 20, wait: 10m}}}
"#;

/// Two environments, things that are named, and what only one of the two services has.
const FULL: &str = r#"schema: 1
app: shop
notify: {releases: {email: [releases@example.com]}, oncall: {email: [oncall@example.com]}}
environments:
  staging: {region: eu-west-1}
  prod: {region: eu-west-1, account: "111122223333", protected: true}
services:
  other:
    port: 9000
    http: {certificate: {parameter: CertificateArn}, healthcheck: /up}
  checkout:
    port: 8080
    image: {repository: orders}
    variables: {NAME: "${service.name}"}
    http: {certificate: {parameter: CertificateArn}, host: shop.example.com, healthcheck: /health, access_logs: true}
    deploy:
      engine: ENGINE
      strategy: {canary: {percent: 20, wait: 10m}}
      hooks: {before_traffic: "arn:aws:lambda:eu-west-1:111122223333:function:CodeDeployHook_look"}
    alarms: {burst: null}
    environments: {staging: {count: 2, image: {repository: trials}, deploy: {engine: ENGINE, strategy: all_at_once}}}
patches:
  logs:
    where: {service: checkout, type: AWS::Logs::LogGroup}
    set: {/Properties/RetentionInDays: 365}
    reason: auditors ask for a year of them
"#;

const ENGINES: [&str; 2] = ["cloudformation", "two_clusters"];

fn read(text: &str) -> Blueprint {
    let mut sources = Sources::new();
    let file = sources.add("blueprint.yaml", text);
    Blueprint::read(&mut sources, file).unwrap_or_else(|findings| panic!("{findings:?}"))
}

fn resolve(blueprint: &Blueprint, environment: &str) -> Resolved {
    blueprint.resolve(environment).unwrap_or_else(|findings| panic!("{findings:?}"))
}

fn errors(blueprint: &Blueprint, resolved: &Resolved) -> Vec<Finding> {
    let mut all = rules::check(resolved, blueprint.tree());
    all.extend(render::check(resolved, blueprint.tree()));
    all.retain(|finding| finding.level == Level::Error);
    all
}

/// The way of `checkout`, and the application with both services.
fn way(text: &str, environment: &str) -> Result<(Beside, Resolved), Unfit> {
    let mut blueprint = read(text);
    let name = ServiceName::parse("checkout-2").unwrap();
    let mut before = resolve(&blueprint, environment);
    before.services.retain(|known| known.name != name);
    stand_beside(&mut blueprint, &before, "checkout", &name);
    let both = resolve(&blueprint, environment);
    assert_eq!(errors(&blueprint, &both), []);
    Ok((Beside::of(&before, &both, &blueprint, "checkout", &name, &[])?, both))
}

fn stacks(resolved: &Resolved) -> Vec<Stack> {
    let mut all = Vec::new();
    render::templates(resolved, &[], &mut |stack| all.push(stack));
    all
}

fn find<'s>(stacks: &'s [Stack], name: &str) -> Option<&'s Stack> {
    stacks.iter().find(|stack| stack.name == name)
}

fn json_of(stack: &Stack) -> Value {
    emit::to_json_value(&stack.template)
}

fn names(stacks: &[Stack]) -> BTreeSet<&str> {
    stacks.iter().map(|stack| stack.name.as_str()).collect()
}

fn cases() -> Vec<(String, &'static str)> {
    let mut all = Vec::new();
    for engine in ENGINES {
        all.push((PLAIN.replace("ENGINE", engine), "prod"));
        all.push((FULL.replace("ENGINE", engine), "prod"));
        all.push((FULL.replace("ENGINE", engine), "staging"));
    }
    all
}

/// What the page tells to write into the blueprint, in it; and the same without the first service.
fn as_the_page_says(text: &str, page: &str) -> (String, String) {
    let block = page.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    let added: Value = serde_yaml::from_str(block).unwrap();
    let mut data: Value = serde_yaml::from_str(text).unwrap();
    for (section, entries) in added.as_object().unwrap() {
        let into = data.as_object_mut().unwrap().entry(section.as_str()).or_insert(json!({}));
        into.as_object_mut().unwrap().extend(entries.as_object().unwrap().clone());
    }
    let both = serde_json::to_string_pretty(&data).unwrap();
    data["services"].as_object_mut().unwrap().shift_remove("checkout");
    let patches = data["patches"].as_object_mut().unwrap();
    patches.retain(|_, patch| patch["where"]["service"] != "checkout");
    (both, serde_json::to_string_pretty(&data).unwrap())
}

fn page(files: &[OutputFile]) -> &str {
    &files.iter().find(|file| file.path == "MIGRATION.md").unwrap().text
}

#[test]
fn the_first_service_is_not_touched() {
    for (text, environment) in cases() {
        let (way, both) = way(&text, environment).unwrap();
        let before = stacks(&resolve(&read(&text), environment));
        let after = stacks(&both);
        for stack in &before {
            let then = find(&after, &stack.name).unwrap();
            let is_shared = find(&way.stacks, &stack.name).is_some();
            assert_eq!(is_shared, json_of(stack) != json_of(then), "{}", stack.name);
            let is_of = |service: &str| stack.parts.iter().any(|part| part.service == service);
            assert!(!is_shared || !is_of("checkout") && !is_of("other"), "{}", stack.name);
            assert_eq!(is_of("checkout"), find(&way.old, &stack.name).is_some());
            assert_eq!(is_shared, find(&way.before, &stack.name).is_some());
        }
        // Everything that comes is the second service's, in an order that works.
        let mut there = names(&before);
        for stack in &way.stacks {
            let is_new = !there.contains(stack.name.as_str());
            assert!(stack.depends_on.iter().all(|name| there.contains(name.as_str())), "{}", stack.name);
            assert_eq!(is_new, stack.parts.iter().any(|part| part.service == "checkout-2"), "{}", stack.name);
            there.insert(&stack.name);
        }
        assert_eq!(there, names(&after));
        assert!(!way.old.is_empty() && way.touched(Move::Away).len() == way.old.len());
    }
}

#[test]
fn the_blueprint_of_the_page_is_what_is_there() {
    for (text, environment) in cases() {
        let (way, both) = way(&text, environment).unwrap();
        let created = way.stacks.clone();
        let files = way.files(&both, render::Format::Yaml).unwrap();
        let (written, left) = as_the_page_says(&text, page(&files));
        let read_again = read(&written);
        let again = resolve(&read_again, environment);
        assert_eq!(errors(&read_again, &again), []);
        let rendered = stacks(&again);
        for stack in &created {
            let same = find(&rendered, &stack.name).unwrap();
            assert_eq!(json_of(stack), json_of(same), "{}", stack.name);
            assert_eq!(stack.policy, same.policy);
        }
        // The migration of that is the same once more: whoever keeps it there can render it again.
        let (once_more, both) = self::way(&written, environment).unwrap();
        assert_eq!(page(&once_more.files(&both, render::Format::Yaml).unwrap()), page(&files));
        // Without the first service, the second one's stacks are still the same.
        let read_left = read(&left);
        let last = resolve(&read_left, environment);
        assert_eq!(errors(&read_left, &last), []);
        let rendered = stacks(&last);
        let own = created.iter().filter(|stack| stack.parts.iter().any(|part| part.service == "checkout-2"));
        let own: Vec<&Stack> = own.collect();
        assert_eq!(own.len(), 2);
        for stack in own {
            assert_eq!(json_of(stack), json_of(find(&rendered, &stack.name).unwrap()), "{}", stack.name);
        }
        assert!(rendered.iter().all(|stack| stack.parts.iter().all(|part| part.service != "checkout")));
        // Every environment of what is kept meanwhile can be rendered.
        for environment in read_again.environments() {
            let resolved = resolve(&read_again, environment);
            assert_eq!(errors(&read_again, &resolved), [], "{environment}");
        }
    }
}

#[test]
fn the_second_may_pull_the_image_of_the_first_and_has_its_own_name() {
    let (way, _) = way(&FULL.replace("ENGINE", "cloudformation"), "prod").unwrap();
    let own = json_of(find(&way.stacks, "shop-prod-checkout-2").unwrap());
    let policies = own["Resources"]["ExecutionRole"]["Properties"]["Policies"].to_string();
    assert!(policies.contains(":repository/orders\""), "{policies}");
    let repository = &own["Resources"]["Repository"]["Properties"]["RepositoryName"];
    assert_eq!(*repository, "shop-prod/checkout-2");
    let container = &own["Resources"]["TaskDefinition"]["Properties"]["ContainerDefinitions"][0];
    assert!(container["Environment"].to_string().contains("checkout-2"), "expressions know the new name");
    // One that others build needs no leave.
    let fixed = PLAIN.replace("ENGINE", "cloudformation") + "    image: {uri: \"example.com/app:1\"}\n";
    let (way, _) = self::way(&fixed, "prod").unwrap();
    assert_eq!(way.addition().get("patches"), None);
}

#[test]
fn what_cannot_go_this_way_is_said() {
    let plain = PLAIN.replace("ENGINE", "cloudformation");
    let queue = "    extra: {resources: {Orders: {Type: \"AWS::SQS::Queue\", DeletionPolicy: Delete, UpdateReplacePolicy: Delete}}}\n";
    assert_eq!(way(&(plain.clone() + queue), "prod").unwrap_err(), Unfit::OwnResources);
    let another = "  checkout-2:\n    extends: web\n    with: {port: 9000, certificate: \"arn:aws:acm:eu-west-1:111122223333:certificate/0b1c2d3e\", health: /health}\n    deploy: {engine: ecs}\n";
    assert_eq!(way(&(plain.clone() + another), "prod").unwrap_err(), Unfit::AnotherService);
    let other_engine = another.replace("9000", "8080").replace("    deploy: {engine: ecs}\n", "");
    assert_eq!(way(&(plain.clone() + &other_engine), "prod").unwrap_err(), Unfit::AnotherService);
    // Somebody's own words for it are kept.
    let own = another.replace("9000", "8080") + "    cpu: 1 vCPU\n    memory: 2GB\n";
    let (way, _) = self::way(&(plain + &own), "prod").unwrap();
    assert_eq!(way.addition()["services"]["checkout-2"]["cpu"], "1 vCPU");
    let codedeploy = self::way(&PLAIN.replace("ENGINE", "codedeploy"), "prod");
    assert_eq!(codedeploy.unwrap_err(), Unfit::NotCodedeploy);
}

fn pinned(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/migration");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn what_is_written_looks_like_this() {
    let written = |text: &str, environment: &str| {
        let (way, both) = way(text, environment).unwrap();
        way.files(&both, render::Format::Yaml).unwrap()
    };
    let text =
        |files: &[OutputFile], path: &str| files.iter().find(|file| file.path == path).unwrap().text.clone();
    let plain = written(&PLAIN.replace("ENGINE", "cloudformation"), "prod");
    pinned("beside-script", &text(&plain, "migrate.sh"));
    pinned("beside-page", &text(&plain, "MIGRATION.md"));
    pinned("beside-list", &text(&plain, "stacks.json"));
    let full = written(&FULL.replace("ENGINE", "cloudformation"), "prod");
    pinned("beside-page-full", &text(&full, "MIGRATION.md"));
    let clusters = written(&FULL.replace("ENGINE", "two_clusters"), "prod");
    pinned("beside-page-two-clusters", &text(&clusters, "MIGRATION.md"));
    pinned("beside-list-two-clusters", &text(&clusters, "stacks.json"));
}

#[test]
fn the_script_is_sound_for_a_shell() {
    let folder = tempfile::tempdir().unwrap();
    for (at, (text, environment)) in cases().into_iter().enumerate() {
        let (way, both) = way(&text, environment).unwrap();
        let path = folder.path().join(format!("{at}.sh"));
        let files = way.files(&both, render::Format::Json).unwrap();
        let script = files.iter().find(|file| file.path == "migrate.sh").unwrap();
        assert!(script.executable);
        fs::write(&path, &script.text).unwrap();
        is_sound(&path);
    }
}

fn is_sound(script: &Path) {
    let read = std::process::Command::new("bash").arg("-n").arg(script).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    if let Ok(checked) = std::process::Command::new("shellcheck").arg(script).output() {
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    }
}
