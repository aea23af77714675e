//! On the way from CodeDeploy to ECS each step changes what it is for and nothing else.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{collections::BTreeSet, fs, path::Path};

use bluegreen::{
    blueprint::Engine,
    cfn::references::{self, Target},
    compare::{self, Change, Kind},
    contrast, emit,
    migration::{Migration, Stage, Unfit},
    provenance::Drawing,
    render,
    resolve::{Blueprint, Resolved},
    source::Sources,
    stacks::Stack,
};
use serde_json::Value;

const EXAMPLES: [(&str, &str); 4] =
    [("shop", "prod"), ("shop", "staging"), ("internal-api", "prod"), ("smallest", "prod")];

fn resolved(text: &str, environment: &str) -> Resolved {
    let mut sources = Sources::new();
    let file = sources.add("blueprint.yaml", text);
    let blueprint = Blueprint::read(&mut sources, file).unwrap_or_else(|findings| panic!("{findings:?}"));
    blueprint.resolve(environment).unwrap_or_else(|findings| panic!("{findings:?}"))
}

fn example(name: &str, environment: &str) -> Resolved {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name).join("blueprint.yaml");
    resolved(&fs::read_to_string(path).unwrap(), environment)
}

fn migration(resolved: &Resolved) -> Migration {
    Migration::of(resolved, resolved.services[0].name.as_str(), &[]).unwrap()
}

fn stages(migration: &Migration) -> Vec<Stage> {
    migration.steps.iter().map(|step| step.stage).collect()
}

/// What a step changes, stack by stack, given what was there before it.
fn changes(migration: &Migration, stage: Stage) -> Vec<Change> {
    let at = migration.steps.iter().position(|step| step.stage == stage).unwrap();
    let json = |stack: &Stack| emit::to_json_value(&stack.template);
    let mut all = Vec::new();
    for stack in &migration.steps[at].stacks {
        let earlier = migration.steps[..at].iter().rev().flat_map(|step| &step.stacks);
        let before = earlier.chain(&migration.before).find(|known| known.name == stack.name).unwrap();
        all.extend(compare::templates(&stack.name, &json(before), &json(stack)));
    }
    all
}

/// Section, id, what happened, and the property where one changed.
fn told(changes: &[Change], section: &str) -> BTreeSet<(String, Kind, String)> {
    changes
        .iter()
        // An order between resources is no change of any.
        .filter(|change| change.section == section && change.path.to_string() != "DependsOn")
        .map(|change| {
            let whole = change.path.is_empty();
            let path = change.path.to_string();
            let property = path.split(['.', '[']).nth(1).unwrap_or_default().to_owned();
            (change.id.clone(), if whole { change.kind() } else { Kind::Changed }, property)
        })
        .collect()
}

fn set<const N: usize>(items: [(&str, Kind, &str); N]) -> BTreeSet<(String, Kind, String)> {
    items.into_iter().map(|(id, kind, property)| (id.to_owned(), kind, property.to_owned())).collect()
}

#[test]
fn rules_come_beside_the_listeners_and_nothing_else_is_touched() {
    for (name, environment) in EXAMPLES {
        let migration = migration(&example(name, environment));
        let changes = changes(&migration, Stage::Rules);
        let edge: Vec<Change> = changes
            .iter()
            .filter(|change| Some(&change.stack) == migration.service.edge_stack.as_ref())
            .cloned()
            .collect();
        let added = set([("ProductionRule", Kind::Added, ""), ("TestRule", Kind::Added, "")]);
        assert_eq!(told(&edge, "Resources"), added, "{name}");
        assert_eq!(told(&edge, "Parameters"), set([]), "{name}");
        assert!(told(&edge, "Outputs").iter().all(|(_, kind, _)| *kind == Kind::Added), "{name}");
        // Both groups, live and idle, as the listeners have them.
        let rules = migration.steps.iter().find(|step| step.stage == Stage::Rules).unwrap();
        let template = emit::to_json_value(&rules.stacks.last().unwrap().template);
        let actions = &template["Resources"]["ProductionRule"]["Properties"]["Actions"];
        assert_eq!(*actions, template["Resources"]["ProductionListener"]["Properties"]["DefaultActions"]);
        assert_eq!(actions[0]["ForwardConfig"]["TargetGroups"].as_array().unwrap().len(), 2);
        // What the environment shares is told apart: only who may publish.
        for change in
            changes.iter().filter(|change| Some(&change.stack) != migration.service.edge_stack.as_ref())
        {
            assert!(["NotificationKey", "ReleasesTopicPolicy"].contains(&change.id.as_str()), "{change:?}");
        }
    }
}

#[test]
fn the_handover_does_not_touch_the_service() {
    for (name, environment) in EXAMPLES {
        let migration = migration(&example(name, environment));
        let changes = told(&changes(&migration, Stage::Handover), "Resources");
        let of =
            |kind| changes.iter().filter(|it| it.1 == kind).map(|it| it.0.as_str()).collect::<BTreeSet<_>>();
        assert!(
            !changes.iter().any(|(id, ..)| ["Service", "TaskDefinition"].contains(&id.as_str())),
            "{name}"
        );
        assert!(
            of(Kind::Removed)
                .is_superset(&["DeploymentGroup", "DeploymentApplication", "DeploymentRole"].into())
        );
        assert!(of(Kind::Added).is_superset(&["InfrastructureRole", "HookCallerRole"].into()), "{name}");
        assert!(of(Kind::Changed).is_subset(&["HookRole", "HookFunction"].into()), "{name}: {changes:?}");
    }
}

#[test]
fn the_controller_changes_without_a_task_definition() {
    for (name, environment) in EXAMPLES {
        let migration = migration(&example(name, environment));
        let all = changes(&migration, Stage::Controller);
        let expected = set([
            ("Service", Kind::Changed, "DeploymentController"),
            ("Service", Kind::Changed, "DeploymentConfiguration"),
            ("Service", Kind::Added, "DeploymentConfiguration"),
            ("Service", Kind::Changed, "LoadBalancers"),
        ]);
        let resources = told(&all, "Resources");
        assert!(resources.is_subset(&expected), "{name}: {resources:?}");
        assert!(resources.iter().any(|it| it.2 == "DeploymentController"), "{name}");
        assert!(all.iter().all(|change| change.section == "Resources"), "{name}: {all:?}");
        let then = told(&changes(&migration, Stage::Revision), "Resources");
        assert_eq!(then, set([("Service", Kind::Changed, "TaskDefinition")]), "{name}");
    }
}

#[test]
fn the_defaults_of_listeners_go_last() {
    for (name, environment) in EXAMPLES {
        let migration = migration(&example(name, environment));
        let expected = set([
            ("ProductionListener", Kind::Changed, "DefaultActions"),
            ("TestListener", Kind::Changed, "DefaultActions"),
        ]);
        assert_eq!(told(&changes(&migration, Stage::Routes), "Resources"), expected, "{name}");
    }
}

#[test]
fn it_ends_at_what_is_rendered_for_ecs() {
    for (name, environment) in EXAMPLES {
        let resolved = example(name, environment);
        let migration = migration(&resolved);
        let service = resolved.services[0].name.as_str();
        let (from, to) =
            (Drawing::of(&resolved), Drawing::of(&contrast::under(&resolved, service, Engine::Ecs)));
        let mut touched = BTreeSet::new();
        for stack in migration.steps.iter().rev().flat_map(|step| &step.stacks) {
            if touched.insert(stack.name.clone()) {
                let last = emit::to_json_value(&stack.template);
                let rendered = emit::to_json_value(&to.stack(&stack.name).unwrap().template);
                assert_eq!(last, rendered, "{}", stack.name);
                assert!(migration.before.iter().any(|known| known.name == stack.name), "{}", stack.name);
            }
        }
        // What no step updates is the same under both.
        for change in from.differences(&to) {
            let stack = from.stack(&change.stack).unwrap();
            assert!(touched.contains(&stack.name), "{name}: {change:?}");
        }
    }
}

#[test]
fn every_step_is_a_template_of_its_own() {
    for (name, environment) in EXAMPLES {
        let migration = migration(&example(name, environment));
        for stack in migration.steps.iter().flat_map(|step| &step.stacks) {
            let template = emit::to_json_value(&stack.template);
            let has = |section: &str, id: &str| template[section].get(id).is_some();
            let mut used = BTreeSet::new();
            for section in ["Conditions", "Resources", "Outputs"] {
                for reference in references::all(&template[section]) {
                    let (id, is_there) = match &reference.target {
                        Target::Name(id) => (id, has("Parameters", id) || has("Resources", id)),
                        Target::Attribute(id, _) => (id, has("Resources", id)),
                        Target::Condition(id) => (id, has("Conditions", id)),
                    };
                    assert!(is_there, "{}: {reference:?}", stack.name);
                    used.insert(id.clone());
                }
            }
            let waits = |resource: &Value| match &resource["DependsOn"] {
                Value::String(one) => vec![one.clone()],
                Value::Array(all) => all.iter().map(|id| id.as_str().unwrap().to_owned()).collect(),
                _ => Vec::new(),
            };
            for resource in template["Resources"].as_object().unwrap().values() {
                assert!(waits(resource).iter().all(|id| has("Resources", id)), "{}", stack.name);
            }
            for parameter in template["Parameters"].as_object().into_iter().flatten() {
                assert!(used.contains(parameter.0), "{}: nothing uses {}", stack.name, parameter.0);
            }
            for lookup in &stack.lookups {
                assert!(has("Parameters", lookup.parameter()), "{}", stack.name);
            }
        }
    }
}

#[test]
fn the_pipeline_is_held_first_and_released_last() {
    let with = migration(&example("shop", "prod"));
    use Stage::{Controller, Handover, Hold, Pipeline, Revision, Routes, Rules};
    assert_eq!(stages(&with), [Hold, Rules, Handover, Controller, Revision, Routes, Pipeline]);
    assert_eq!(with.pipeline, Some(("shop-checkout-pipeline".into(), "prod".into())));
    let pipeline = with.steps.last().unwrap();
    assert_eq!(pipeline.stacks[0].name, "shop-checkout-pipeline");
    // It lives elsewhere, so nothing of it is updated from here.
    let staging = migration(&example("shop", "staging"));
    assert_eq!(stages(&staging), stages(&with));
    assert!(staging.steps.last().unwrap().stacks.is_empty());
    let without = migration(&example("internal-api", "prod"));
    assert_eq!(stages(&without), [Rules, Handover, Controller, Revision, Routes]);
    assert!(without.steps.iter().filter(|step| step.stage.is_one_way()).count() == 1);
}

#[test]
fn what_is_not_fit_is_said() {
    let smallest =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/smallest/blueprint.yaml"))
            .unwrap();
    let ecs = resolved(&format!("{smallest}    deploy: {{engine: ecs}}\n"), "prod");
    assert_eq!(Migration::of(&ecs, "checkout", &[]).unwrap_err(), Unfit::NotCodedeploy);
    for engine in ["cloudformation", "two_clusters"] {
        let held = resolved(&format!("{smallest}    deploy: {{engine: {engine}}}\n"), "prod");
        assert_eq!(Migration::of(&held, "checkout", &[]).unwrap_err(), Unfit::NeedsSecond);
    }
    let single = resolved(&format!("{smallest}layout: single\n"), "prod");
    assert_eq!(Migration::of(&single, "checkout", &[]).unwrap_err(), Unfit::OneStack);
    let header = render::header("shop.yaml");
    let told = Migration::of(&resolved(&smallest, "prod"), "checkout", &header).unwrap();
    assert!(told.steps.iter().flat_map(|step| &step.stacks).all(|stack| stack.template.header == header));
}

/// The files of an example's migration, by path.
fn files(name: &str, environment: &str) -> Vec<(String, String)> {
    let resolved = example(name, environment);
    let files = migration(&resolved).files(&resolved, render::Format::Yaml).unwrap();
    files.into_iter().map(|file| (file.path.into_string(), file.text)).collect()
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
    let all = files("shop", "prod");
    let text = |path: &str| &all.iter().find(|(known, _)| known == path).unwrap().1;
    pinned("script", text("migrate.sh"));
    pinned("page", text("MIGRATION.md"));
    pinned("list", text("stacks.json"));
    pinned(
        "page-pipeline-elsewhere",
        &files("shop", "staging").iter().find(|(path, _)| path == "MIGRATION.md").unwrap().1,
    );
    pinned(
        "page-no-pipeline",
        &files("internal-api", "prod").iter().find(|(path, _)| path == "MIGRATION.md").unwrap().1,
    );
    let resolved = example("shop", "prod");
    let migration = migration(&resolved);
    let mut told = String::new();
    for step in &migration.steps {
        told += &format!("{}\n", step.stage.word());
        for change in changes(&migration, step.stage).iter().filter(|change| change.section == "Resources") {
            let sign = match (change.path.is_empty(), change.kind()) {
                (true, Kind::Added) => '+',
                (true, Kind::Removed) => '-',
                _ => '~',
            };
            let line = format!("  {sign} {} {} {}", change.stack, change.id, change.path);
            told += &format!("{}\n", line.trim_end());
        }
    }
    pinned("changes", &told);
}

#[test]
fn the_script_is_sound_for_a_shell() {
    let folder = tempfile::tempdir().unwrap();
    for (name, environment) in EXAMPLES {
        let path = folder.path().join(format!("{name}-{environment}.sh"));
        let all = files(name, environment);
        fs::write(&path, &all.iter().find(|(known, _)| known == "migrate.sh").unwrap().1).unwrap();
        let read = std::process::Command::new("bash").arg("-n").arg(&path).output().unwrap();
        assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        if let Ok(checked) = std::process::Command::new("shellcheck").arg(&path).output() {
            assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
        }
    }
}
