//! A service under two engines: what is compared is all that differs, and is what is rendered.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::{collections::BTreeSet, fs, path::Path};

use bluegreen::{
    blueprint::{
        Engine,
        engines::{ALL, Act, Moment, Property},
    },
    contrast::{self, Contrast, Side, Span},
    provenance::Drawing,
    resolve::{Blueprint, Resolved},
    source::Sources,
};
use serde_json::{Value, json};

const BOTH: [Engine; 2] = [Engine::Codedeploy, Engine::Ecs];

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name).join("blueprint.yaml");
    fs::read_to_string(path).unwrap()
}

/// A service of its own, with these lines in `deploy`.
fn service(deploy: &str) -> String {
    format!(
        "schema: 1\napp: shop\nenvironments: {{prod: {{region: eu-west-1}}}}\nservices:\n  checkout:\n    port: 8080\n    http: {{certificate: {{parameter: Cert}}, healthcheck: /health}}\n    deploy: {deploy}\n"
    )
}

fn resolved(text: &str) -> (Blueprint, Resolved) {
    let mut sources = Sources::new();
    let file = sources.add("blueprint.yaml", text);
    let blueprint = Blueprint::read(&mut sources, file).unwrap_or_else(|findings| panic!("{findings:?}"));
    let resolved = blueprint.resolve("prod").unwrap_or_else(|findings| panic!("{findings:?}"));
    (blueprint, resolved)
}

fn contrast(text: &str, engines: [Engine; 2]) -> Contrast {
    let (blueprint, resolved) = resolved(text);
    Contrast::of(&resolved, blueprint.tree(), &resolved.services[0], engines)
}

fn acts(side: &Side) -> Vec<Act> {
    side.phases.iter().map(|phase| phase.act).collect()
}

#[test]
fn every_phase_of_a_release_is_told() {
    use Act::{
        AfterShift, AfterStart, BeforeShift, BeforeStart, Checks, End, Hold, Keep, Replace, Shift, Start,
        TestTraffic, Watch,
    };
    let function = "\"arn:aws:lambda:eu-west-1:111122223333:function:f\"";
    let all = format!(
        "{{approve: {{timeout: 2h}}, keep_old: 1h, hooks: {{before_install: {function}, after_install: {function}, before_traffic: {function}, after_traffic: {function}}}}}"
    );
    let told = contrast(&service(&all), BOTH);
    let expected = [
        BeforeStart,
        Start,
        AfterStart,
        TestTraffic,
        Checks,
        Hold,
        BeforeShift,
        Shift,
        AfterShift,
        Keep,
        End,
    ];
    for side in &told.engines {
        assert_eq!(acts(side), expected, "{}", side.engine);
        assert!(side.phases.iter().all(|phase| !phase.name.is_empty() && !phase.does.is_empty()));
    }
    // Only what is asked for, and only what there is.
    let least = contrast(&service("{test_traffic: null, keep_old: 0m, strategy: all_at_once}"), BOTH);
    for side in &least.engines {
        assert_eq!(acts(side), [Start, Shift, End], "{}", side.engine);
    }
    let rolling = contrast(
        &service("{engine: ecs, strategy: {rolling: {watch: 10m}}}"),
        [Engine::Ecs, Engine::Codedeploy],
    );
    assert_eq!(acts(&rolling.engines[0]), [Replace, Watch]);
    assert_eq!(acts(&rolling.engines[1]), []);
}

#[test]
fn phases_take_as_long_and_as_many_tasks_as_the_blueprint_says() {
    let text = service(
        "{approve: {timeout: 2h}, keep_old: 1h, strategy: {linear: {percent: 40, wait: 5m}}, hooks: {before_traffic: \"arn:aws:lambda:eu-west-1:111122223333:function:f\"}}",
    )
    .replace("port: 8080", "port: 8080\n    startup: 30s\n    count: {range: 3-7}");
    let told = contrast(&text, BOTH);
    let [codedeploy, ecs] = &told.engines;
    let of = |side: &Side, act| side.phases.iter().find(|phase| phase.act == act).unwrap().clone();
    for (side, start, before) in [(codedeploy, 3600, 3600), (ecs, 24 * 3600, 3 * 3600)] {
        assert_eq!(of(side, Act::Start).seconds, Span { least: 30, most: Some(start) });
        assert_eq!(of(side, Act::BeforeShift).seconds, Span { least: 0, most: Some(before) }, "each step");
        let shift = of(side, Act::Shift);
        assert_eq!(shift.seconds, Span { least: 600, most: Some(600) });
        let steps: Vec<_> = shift.steps.iter().map(|step| (step.after, step.percent.up())).collect();
        assert_eq!(steps, [(0, 40), (300, 80), (600, 100)]);
        assert_eq!(of(side, Act::Keep).seconds, Span { least: 3600, most: Some(3600) });
        assert_eq!(of(side, Act::Shift).tasks, Span { least: 6, most: Some(14) });
        assert_eq!((of(side, Act::Hold).percent.up(), of(side, Act::Shift).percent.up()), (0, 100));
    }
    // A pause holds at the stage of the checks, so its time is not added to theirs.
    assert!(of(ecs, Act::Hold).beside && !of(codedeploy, Act::Hold).beside);
    let rolling = service("{engine: ecs, strategy: {rolling: {minimum: 50, maximum: 150}}}")
        .replace("port: 8080", "port: 8080\n    count: 5");
    let rolling = contrast(&rolling, BOTH);
    assert_eq!(of(&rolling.engines[1], Act::Replace).tasks, Span { least: 3, most: Some(7) });
}

#[test]
fn a_network_load_balancer_takes_its_time_for_each_shift() {
    let of = |side: &Side, act| side.phases.iter().find(|phase| phase.act == act).map(|phase| phase.seconds);
    let minutes = |least: u32, most: u32| Some(Span { least: least * 60, most: Some(most * 60) });
    let broker = |deploy: &str| {
        let text = service(deploy)
            .replace("http: {certificate: {parameter: Cert}, healthcheck: /health}", "tcp: {}");
        contrast(&text, [Engine::Ecs, Engine::Codedeploy])
    };
    let told =
        broker("{engine: ecs, strategy: {linear: {percent: 25, wait: 10m}}, test_traffic: {port: 8443}}");
    let [ecs, codedeploy] = &told.engines;
    assert_eq!(of(ecs, Act::TestTraffic), minutes(0, 10));
    assert_eq!(of(ecs, Act::Shift), minutes(30, 70), "three waits and four steps");
    assert_eq!(of(ecs, Act::Checks), None, "no request goes through it");
    assert!(ecs.owns.iter().any(|owned| owned.property == Property::LiveTargetGroup));
    // It is refused there, and nothing is known of how long it would take.
    assert!(codedeploy.is_refused);
    assert_eq!(of(codedeploy, Act::Shift), minutes(30, 30));
    let once = broker("{engine: ecs, strategy: all_at_once}");
    assert_eq!(of(&once.engines[0], Act::Shift), minutes(0, 10));
    assert_eq!(of(&once.engines[0], Act::TestTraffic), None);
}

/// Life-cycle events in what is rendered, with whether each is a hold.
fn rendered(resolved: &Resolved, engine: Engine) -> BTreeSet<(String, bool)> {
    let under = contrast::under(resolved, resolved.services[0].name.as_str(), engine);
    let drawing = Drawing::of(&under);
    let mut found = BTreeSet::new();
    for stack in &drawing.stacks {
        let template = drawing.template(&stack.file).unwrap();
        collect(&template["Resources"], &mut found);
    }
    found
}

fn collect(value: &Value, found: &mut BTreeSet<(String, bool)>) {
    match value {
        Value::Object(map) => {
            if let Some(stages) = map.get("LifecycleStages").and_then(Value::as_array) {
                let is_hold = map.get("TargetType") == Some(&json!("PAUSE"));
                found.extend(stages.iter().map(|stage| (stage.as_str().unwrap().to_owned(), is_hold)));
            }
            map.values().for_each(|value| collect(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}

#[test]
fn phases_are_named_as_they_are_rendered() {
    let function = "\"arn:aws:lambda:eu-west-1:111122223333:function:f\"";
    let hooks = format!(
        "approve: {{}}, hooks: {{before_install: {function}, after_install: {function}, before_traffic: {function}, after_traffic: {function}}}"
    );
    for test in ["", "test_traffic: null, "] {
        let text = service(&format!("{{{test}{hooks}}}"));
        let (blueprint, resolved) = resolved(&text);
        let told = Contrast::of(&resolved, blueprint.tree(), &resolved.services[0], BOTH);
        let ecs: BTreeSet<(String, bool)> = told.engines[1]
            .phases
            .iter()
            .filter(|phase| phase.act.hook().is_some() || phase.act == Act::Hold)
            .map(|phase| (phase.name.to_owned(), phase.act == Act::Hold))
            .collect();
        assert_eq!(ecs, rendered(&resolved, Engine::Ecs), "{test}");
    }
}

/// Fields of the table that are the engine itself, or stand in phases, owners and ways back.
const ELSEWHERE: [&str; 4] = ["engine", "name", "summary", "course"];
/// Fields that no blueprint has to do with: a name that IAM policies see, and a doubt that a rule tells.
const INNER: [&str; 2] = ["function_prefix", "keep_old_sure"];

/// The row that tells of a field.
fn row_of(field: &str) -> &str {
    match field {
        "strategies" => "strategy.",
        "hold" => "approve",
        "hooks" => "hooks.",
        "rollback" => "rollback.",
        "reaction_measured" => "reaction",
        "protocols" => "protocol.",
        "lacks" => "lacks.",
        other => other,
    }
}

/// Strategies and functions that differ by what AWS calls them alone are the same.
fn without_names(value: &Value) -> Value {
    let mut value = value.clone();
    for one in value.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        one.shift_remove("aws");
        one.shift_remove("event");
    }
    value
}

#[test]
fn whatever_differs_between_two_engines_is_told() {
    let text = example("shop");
    let mut seen = 0;
    for first in ALL {
        for second in ALL.iter().filter(|second| second.engine != first.engine) {
            let told = contrast(&text, [first.engine, second.engine]);
            let rows: Vec<&str> = [&told.balance.lost, &told.balance.gained, &told.balance.differs]
                .into_iter()
                .flatten()
                .map(|row| row.key.as_str())
                .collect();
            let unique: BTreeSet<&&str> = rows.iter().collect();
            assert_eq!(unique.len(), rows.len(), "{rows:?}");
            let (left, right) = (json!(first), json!(second));
            for (field, value) in left.as_object().unwrap() {
                if without_names(value) == without_names(&right[field])
                    || ELSEWHERE.contains(&field.as_str())
                    || INNER.contains(&field.as_str())
                {
                    continue;
                }
                seen += 1;
                let row = row_of(field);
                assert!(
                    rows.iter().any(|known| known.starts_with(row)),
                    "{field} of {}: {rows:?}",
                    first.name
                );
            }
        }
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn what_one_loses_the_other_gains() {
    let text = example("shop");
    let (there, back) = (contrast(&text, BOTH), contrast(&text, [Engine::Ecs, Engine::Codedeploy]));
    let keys = |rows: &[contrast::Row]| rows.iter().map(|row| row.key.clone()).collect::<BTreeSet<_>>();
    assert_eq!(keys(&there.balance.lost), keys(&back.balance.gained));
    assert_eq!(keys(&there.balance.gained), keys(&back.balance.lost));
    assert_eq!(keys(&there.balance.differs), keys(&back.balance.differs));
    let lost = keys(&there.balance.lost);
    for key in ["red_alarm", "keep_old", "approve", "planned", "update", "rollback.failure"] {
        assert!(lost.contains(key), "{key}: {lost:?}");
    }
    let gained = keys(&there.balance.gained);
    for key in
        ["strategy.rolling", "alarms", "pins_digests", "health_first", "hooks.before_traffic.each_step"]
    {
        assert!(gained.contains(key), "{key}: {gained:?}");
    }
}

#[test]
fn what_the_blueprint_asks_for_in_vain_is_a_refusal() {
    for (deploy, engine, code) in [
        ("{keep_old: 2d}", Engine::Ecs, "BG183"),
        ("{approve: {timeout: 5d}}", Engine::Ecs, "BG183"),
        ("{rollback: {on: [alarm]}}", Engine::Ecs, "BG185"),
        ("{engine: ecs, strategy: rolling}", Engine::Codedeploy, "BG182"),
        ("{engine: ecs, strategy: {canary: {wait: 1d}}}", Engine::Codedeploy, ""),
    ] {
        let written = if engine == Engine::Ecs { Engine::Codedeploy } else { Engine::Ecs };
        let told = contrast(&service(deploy), [written, engine]);
        assert!(told.wrong.is_empty(), "{deploy}: {:?}", told.wrong);
        let refusals: Vec<&str> = told
            .findings
            .iter()
            .filter(|finding| finding.is_refusal() && finding.engine == engine.word())
            .map(|finding| finding.code)
            .collect();
        assert_eq!(refusals.contains(&code), !code.is_empty(), "{deploy}: {refusals:?}");
        assert_eq!(told.engines[1].is_refused, !code.is_empty(), "{deploy}");
        assert!(!told.engines[0].is_refused && told.engines[0].is_written, "{deploy}");
        assert_eq!(told.resources.is_some(), code.is_empty(), "{deploy}");
    }
    // What is wrong under both is no refusal of either.
    let wrong = service("{rollback: {alarms: [none]}}");
    let told = contrast(&wrong, BOTH);
    assert!(!told.wrong.is_empty() && told.resources.is_none());
}

#[test]
fn ways_back_are_those_that_are_open() {
    let of = |deploy: &str| -> Vec<Vec<(Moment, Option<String>)>> {
        let told = contrast(&service(deploy), BOTH);
        let on = |way: &contrast::Way| way.on.map(|event| event.word().to_owned());
        told.engines
            .iter()
            .map(|side| side.ways_back.iter().map(|way| (way.moment, on(way))).collect())
            .collect()
    };
    let event = |word: &str| Some(word.to_owned());
    let usual = vec![
        (Moment::BeforeTraffic, event("failure")),
        (Moment::BothRun, event("alarm")),
        (Moment::BothRun, event("stop")),
        (Moment::AfterEnd, None),
    ];
    assert_eq!(of("{}"), [usual.clone(), usual.clone()]);
    // CodeDeploy leaves a failure as it is where the blueprint says so; ECS never does.
    let by_alarm = of("{rollback: {on: [alarm]}}");
    assert_eq!(by_alarm[0], [(Moment::BothRun, event("alarm")), (Moment::AfterEnd, None)]);
    assert_eq!(by_alarm[1], usual);
    let told = contrast(&example("shop"), BOTH);
    for side in &told.engines {
        let by = |name: &str| {
            side.ways_back.iter().find(|way| way.on.is_some_and(|event| event.word() == name)).unwrap()
        };
        assert_eq!(by("alarm").open, Some(70 * 60), "shift and keep_old");
        assert!(by("alarm").seconds.most > by("stop").seconds.most);
    }
    let slower = |side: &Side| side.ways_back.iter().filter_map(|way| way.seconds.most).max().unwrap();
    assert!(slower(&told.engines[0]) < slower(&told.engines[1]), "the reaction is the engine's");
}

#[test]
fn a_service_without_traffic_has_none_that_goes_back() {
    let worker = "schema: 1\napp: work\nenvironments: {prod: {region: eu-west-1}}\nservices:\n  jobs:\n    health: {command: [bin/healthy]}\n    deploy: {engine: ecs, strategy: all_at_once, keep_old: 20m}\n";
    for (text, has_traffic) in [(worker.to_owned(), false), (service("{engine: ecs}"), true)] {
        let told = contrast(&text, BOTH);
        let ecs = &told.engines[1];
        let owns = |property: Property| ecs.owns.iter().any(|owned| owned.property == property);
        assert_eq!(owns(Property::LiveTargetGroup), has_traffic);
        assert_eq!(owns(Property::Route), has_traffic);
        let both = ecs.ways_back.iter().filter(|way| way.moment == Moment::BothRun);
        let goes = both.map(|way| way.how.contains("traffic goes back")).collect::<Vec<_>>();
        assert_eq!(goes, [has_traffic; 2]);
    }
}

#[test]
fn the_application_is_drawn_with_the_engine_of_one_service_alone() {
    let (blueprint, resolved) = resolved(&example("two-services"));
    assert!(resolved.services.len() > 1);
    let first = &resolved.services[0];
    let told = Contrast::of(&resolved, blueprint.tree(), first, BOTH);
    let resources = told.resources.unwrap();
    let name = first.name.as_str();
    assert!(resources.iter().any(|drawn| drawn.kind == "AWS::CodeDeploy::DeploymentGroup"));
    assert!(resources.iter().any(|drawn| drawn.kind == "AWS::ElasticLoadBalancingV2::ListenerRule"));
    let other = resolved.services[1].name.as_str();
    for drawn in &resources {
        assert!(drawn.stack != other && !drawn.stack.starts_with(&format!("{other}-")), "{name}: {drawn:?}");
        assert!(drawn.purpose.is_some(), "{drawn:?}");
    }
    let same = Contrast::of(&resolved, blueprint.tree(), first, [Engine::Ecs, Engine::Ecs]);
    assert_eq!((same.resources, same.findings), (Some(Vec::new()), Vec::new()));
    assert_eq!(same.balance, contrast::Balance::default());
}

#[test]
fn the_engines_are_those_asked_for_or_the_first_other() {
    use Engine::{Codedeploy, Ecs};
    assert_eq!(contrast::pair(&[], Codedeploy), [Codedeploy, Ecs]);
    assert_eq!(contrast::pair(&[], Ecs), [Ecs, Codedeploy]);
    assert_eq!(contrast::pair(&[Ecs], Codedeploy), [Codedeploy, Ecs]);
    assert_eq!(contrast::pair(&[Ecs], Ecs), [Ecs, Codedeploy]);
    assert_eq!(contrast::pair(&[Ecs, Codedeploy], Codedeploy), [Ecs, Codedeploy]);
}

/// The published schema allows keys of later releases; here there must be none that it does not describe.
fn closed() -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/comparison-1.schema.json");
    let mut schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    jsonschema::draft202012::meta::validate(&schema).expect("a schema");
    schema["unevaluatedProperties"] = json!(false);
    let definitions = schema["$defs"].as_object_mut().unwrap();
    assert!(definitions.len() > 8);
    for definition in definitions.values_mut() {
        definition["unevaluatedProperties"] = json!(false);
    }
    jsonschema::draft202012::new(&schema).expect("a schema")
}

#[test]
fn json_fits_its_published_schema() {
    let schema = closed();
    let whole = |contrast: &Contrast| json!({"version": 1, "application": "shop", "environment": "prod", "services": [contrast]});
    for text in [
        example("shop"),
        example("internal-api"),
        example("smallest"),
        service("{engine: ecs, strategy: rolling}"),
        service("{keep_old: 2d}"),
    ] {
        for engines in [BOTH, [Engine::Ecs, Engine::Codedeploy]] {
            let value = whole(&contrast(&text, engines));
            let faults: Vec<String> = schema
                .iter_errors(&value)
                .map(|fault| format!("{}: {fault}", fault.instance_path()))
                .collect();
            assert_eq!(faults, Vec::<String>::new());
        }
    }
    let mut spoiled = whole(&contrast(&example("shop"), BOTH));
    spoiled["services"][0]["engines"][0]["phases"][0]["act"] = json!("unheard");
    assert!(!schema.is_valid(&spoiled));
    let mut spoiled = whole(&contrast(&example("shop"), BOTH));
    spoiled["services"][0]["more"] = json!(1);
    assert!(!schema.is_valid(&spoiled));
}

#[test]
fn a_color_that_runs_on_is_a_way_back_for_good_and_is_paid_for() {
    let engines = [Engine::TwoClusters, Engine::Ecs];
    let [zero, running] = ["zero", "running"].map(|word| {
        let told = contrast(&service(&format!("{{engine: two_clusters, idle_color: {word}}}")), engines);
        assert!(told.balance.lost.iter().any(|row| row.key == "lacks.idle_color" && row.is_asked), "{word}");
        assert!(told.engines[1].is_refused, "ECS has a say in it");
        told
    });
    let ends = |told: &Contrast| acts(&told.engines[0]).contains(&Act::End);
    assert_eq!((ends(&zero), ends(&running)), (true, false));
    let later = |told: &Contrast| {
        let ways = &told.engines[0].ways_back;
        ways.iter().find(|way| way.moment == Moment::AfterEnd).unwrap().seconds
    };
    assert_eq!(later(&zero).most, None);
    assert_eq!(later(&running), Span { least: 0, most: Some(90) });
    let costs =
        |told: &Contrast| told.findings.iter().any(|it| it.code == "BG198" && it.engine == "two_clusters");
    assert_eq!((costs(&zero), costs(&running)), (false, true));
}
