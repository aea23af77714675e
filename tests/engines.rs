//! What an update of the stacks does under each engine: anything but a release leaves weights, target groups and the running
//! revision alone, and a release changes exactly what it should. Templates are worked out with the parameters that
//! `deploy.sh` and `release.sh` give.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[allow(dead_code, reason = "shared with other tests")]
#[path = "invariants/matrix.rs"]
mod matrix;

use std::collections::{BTreeMap, BTreeSet};

use bluegreen::{blueprint::engines, emit, render};
use serde_json::{Map, Value, json};

/// What parameters are given.
#[derive(Clone, Copy)]
struct Given {
    color: &'static str,
    image: &'static str,
    revision: &'static str,
    released: &'static str,
}

const RUNNING: &str = "arn:aws:ecs:eu-west-1:111122223333:task-definition/shop-prod-web:7";
const IMAGE: &str = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/prod/web:7";

/// A service that was released, and is on green.
const AFTER_RELEASE: Given = Given { color: "green", image: IMAGE, revision: RUNNING, released: "yes" };

/// The resources of an environment by stack and logical id, with conditions and parameters worked out.
type Worked = BTreeMap<(String, String), Value>;

struct Template<'t> {
    parameters: BTreeMap<String, Value>,
    conditions: &'t Value,
}

impl Template<'_> {
    fn holds(&self, condition: &Value) -> bool {
        let (name, argument) = condition.as_object().unwrap().iter().next().unwrap();
        let all = || argument.as_array().unwrap();
        match name.as_str() {
            "Fn::Equals" => self.value(&all()[0]) == self.value(&all()[1]),
            "Fn::Not" => !self.holds(&all()[0]),
            "Fn::And" => all().iter().all(|it| self.holds(it)),
            "Fn::Or" => all().iter().any(|it| self.holds(it)),
            "Condition" => self.holds(&self.conditions[argument.as_str().unwrap()]),
            other => panic!("{other} is no condition"),
        }
    }

    /// A value with parameters and conditions worked out; references to resources stay. No value is null.
    fn value(&self, value: &Value) -> Value {
        match value {
            Value::Array(items) => {
                items.iter().map(|item| self.value(item)).filter(|item| !item.is_null()).collect()
            }
            Value::Object(map) => {
                if let Some(parts) = map.get("Fn::If") {
                    let condition = &self.conditions[parts[0].as_str().unwrap()];
                    return self.value(&parts[if self.holds(condition) { 1 } else { 2 }]);
                }
                if let Some(name) = map.get("Ref").and_then(Value::as_str) {
                    if name == "AWS::NoValue" {
                        return Value::Null;
                    }
                    return self.parameters.get(name).cloned().unwrap_or_else(|| value.clone());
                }
                let pairs = map.iter().map(|(key, value)| (key.clone(), self.value(value)));
                pairs.filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>().into()
            }
            other => other.clone(),
        }
    }
}

fn work_out(case: &matrix::Case, given: Given) -> Worked {
    work_out_each(case, &|_| given)
}

/// The same, with what is given said of each stack by its name.
fn work_out_each(case: &matrix::Case, of: &dyn Fn(&str) -> Given) -> Worked {
    let mut worked = Worked::new();
    render::templates(&case.resolved, &[], &mut |stack| {
        let given = of(&stack.name);
        let template = emit::to_json_value(&stack.template);
        let mut parameters: BTreeMap<String, Value> = BTreeMap::new();
        for (name, parameter) in template["Parameters"].as_object().into_iter().flatten() {
            parameters.insert(name.clone(), parameter["Default"].clone());
        }
        for (name, value) in &stack.parameters {
            parameters.insert(name.clone(), json!(value));
        }
        for lookup in &stack.lookups {
            use bluegreen::stacks::Lookup;
            let value = match lookup {
                Lookup::LiveColor { .. } => given.color,
                Lookup::RunningImage { .. } => given.image,
                Lookup::RunningRevision { .. } => given.revision,
                Lookup::Released { .. } => given.released,
                Lookup::Weight { color, .. } if color.word() == given.color => "100",
                Lookup::Weight { .. } => "0",
                Lookup::NewColor { .. } => given.color,
                // Both run.
                Lookup::Idle { .. } => "no",
                Lookup::NamedPort { .. } => "yes",
                Lookup::SecretArn { .. } | Lookup::Export { .. } | Lookup::Given { .. } => "given",
            };
            parameters.insert(lookup.parameter().to_owned(), json!(value));
        }
        let template_of = Template { parameters, conditions: &template["Conditions"] };
        for (id, resource) in template["Resources"].as_object().unwrap() {
            worked.insert((stack.name.clone(), id.clone()), template_of.value(resource));
        }
    });
    worked
}

/// The logical ids of what differs.
fn changed(before: &Worked, after: &Worked) -> BTreeSet<String> {
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    keys.into_iter().filter(|key| before.get(*key) != after.get(*key)).map(|(_, id)| id.clone()).collect()
}

/// What live traffic hangs on: where it goes, and what runs.
fn live(worked: &Worked) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for ((stack, id), resource) in worked {
        let properties = &resource["Properties"];
        let kept = match resource["Type"].as_str().unwrap() {
            "AWS::ElasticLoadBalancingV2::Listener" => {
                json!([properties["DefaultActions"], properties["Port"]])
            }
            "AWS::ElasticLoadBalancingV2::ListenerRule" => properties.clone(),
            "AWS::ElasticLoadBalancingV2::TargetGroup" => {
                json!([
                    properties["Port"],
                    properties["Protocol"],
                    properties["TargetType"],
                    properties["VpcId"]
                ])
            }
            "AWS::ECS::Service" => json!([
                // A reference means another revision as soon as the task definition is another one.
                match properties["TaskDefinition"]["Ref"].as_str() {
                    Some(own) => &worked[&(stack.clone(), own.to_owned())],
                    None => &properties["TaskDefinition"],
                },
                properties["LoadBalancers"],
                properties["NetworkConfiguration"],
                properties["ServiceRegistries"],
                properties["DesiredCount"],
                properties["ServiceName"],
            ]),
            _ => continue,
        };
        // A service for each color has the same name in both.
        let color = ["blue", "green"].into_iter().find(|color| stack.ends_with(&format!("-{color}")));
        found.insert(color.map_or_else(|| id.clone(), |color| format!("{color} {id}")), kept);
    }
    found
}

/// The full blueprint of an engine and strategy with a change laid over it.
fn under(engine: &engines::Abilities, strategy: &str, change: &Value) -> matrix::Case {
    let mut over = json!({
        "notify": {"oncall": {"email": ["o@example.com"]}},
        "services": {"web": {
            "deploy": {"engine": engine.engine.word(), "strategy": strategy},
            "count": {"range": "2-6", "cpu_percentage": 60},
        }},
    });
    matrix::lay(&mut over, change.clone());
    matrix::varied("update", over)
}

/// Changes that are no release, each by what it is and with a resource that it does change.
fn changes() -> Vec<(&'static str, Value, &'static str)> {
    let of_service = |change: Value| json!({"services": {"web": change}});
    vec![
        (
            "a certificate",
            of_service(json!({"http": {"certificate":
                "arn:aws:acm:eu-west-1:111122223333:certificate/ffffffff"}})),
            "ProductionListener",
        ),
        (
            "a TLS policy",
            of_service(json!({"http": {"tls": "ELBSecurityPolicy-TLS13-1-2-2021-06"}})),
            "TestListener",
        ),
        ("tags", json!({"tags": {"team": "payments"}}), "LoadBalancer"),
        (
            "an alarm",
            of_service(json!({"alarms": {"latency": {"p99": {"above": "2s"}, "over": "1m", "times": 3}}})),
            "LatencyAlarm",
        ),
        ("an alarm less", of_service(json!({"alarms": {"burst": null}})), "BurstAlarm"),
        ("scaling", of_service(json!({"count": {"range": "3-9"}})), "ScalableTarget"),
        ("CPU", of_service(json!({"cpu": "1 vCPU", "memory": "2GB"})), "TaskDefinition"),
        ("a variable", of_service(json!({"variables": {"LOG_LEVEL": "debug"}})), "TaskDefinition"),
        (
            "a health check",
            of_service(json!({"http": {"healthcheck": {"interval": "15s"}}})),
            "BlueTargetGroup",
        ),
        ("draining", of_service(json!({"http": {"drain": "90s"}})), "BlueTargetGroup"),
    ]
}

/// The strategies an engine has, each in its short form. Where it is the template that says what runs, an update sends two
/// templates in one, which `tests/task_sets.rs` plays.
fn strategies() -> impl Iterator<Item = (&'static engines::Abilities, &'static str)> {
    engines::ALL
        .iter()
        .filter(|engine| engine.revision != engines::Revision::Template)
        .flat_map(|engine| engine.strategies.iter().map(move |offer| (engine, offer.strategy.word())))
}

#[test]
fn an_update_of_anything_else_leaves_traffic_and_what_runs_alone() {
    let mut seen = 0;
    for (engine, strategy) in strategies() {
        let name = format!("{} {strategy}", engine.engine.word());
        let before = work_out(&under(engine, strategy, &json!({})), AFTER_RELEASE);
        for (what, change, touches) in changes() {
            // A rolling update shows nothing to anybody beforehand.
            if strategy == "rolling" && touches == "TestListener" {
                continue;
            }
            let after = work_out(&under(engine, strategy, &change), AFTER_RELEASE);
            assert!(changed(&before, &after).contains(touches), "{name}: {what} does not change {touches}");
            assert_eq!(live(&before), live(&after), "{name}: {what}");
            seen += 1;
        }
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn what_an_update_says_of_live_traffic_is_what_is_true() {
    for (engine, strategy) in strategies() {
        let green = live(&work_out(&under(engine, strategy, &json!({})), AFTER_RELEASE));
        let blue =
            live(&work_out(&under(engine, strategy, &json!({})), Given { color: "blue", ..AFTER_RELEASE }));
        let route = match engine.routes {
            engines::Routes::Listener => "ProductionListener",
            engines::Routes::Rule => "ProductionRule",
        };
        let weights = |live: &BTreeMap<String, Value>| live[route].to_string();
        if strategy == "rolling" {
            assert_eq!(green, blue, "one target group has no color");
        } else {
            assert_ne!(weights(&green), weights(&blue));
        }
        // Which color is live moves the weights and nothing else.
        let others = |live: &BTreeMap<String, Value>| -> BTreeMap<String, Value> {
            let route = |id: &str| id.ends_with("Listener") || id.ends_with("Rule");
            live.iter().filter(|(id, _)| !route(id)).map(|(id, value)| (id.clone(), value.clone())).collect()
        };
        assert_eq!(others(&green), others(&blue));
    }
}

#[test]
fn a_release_changes_what_it_should_and_nothing_else() {
    for (engine, strategy) in strategies() {
        if engine.colors == engines::Colors::Apart {
            continue;
        }
        let case = under(engine, strategy, &json!({}));
        let name = format!("{} {strategy}", engine.engine.word());
        let first = Given { color: "blue", image: "", revision: "", released: "no" };
        let image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/prod/web:8";
        let created = work_out(&case, first);
        let before = work_out(&case, AFTER_RELEASE);
        let released = work_out(&case, Given { image, revision: "", ..AFTER_RELEASE });
        let again = work_out(&case, Given { image: IMAGE, revision: "", ..AFTER_RELEASE });
        let service = |worked: &Worked| worked[&("shop-prod-web".to_owned(), "Service".to_owned())].clone();
        let task = json!({"Ref": "TaskDefinition"});
        match engine.revision {
            // The stack only registers what the next deployment runs.
            engines::Revision::Engine => {
                assert_eq!(
                    changed(&before, &released),
                    BTreeSet::from(["TaskDefinition".to_owned()]),
                    "{name}"
                );
                assert_eq!(service(&created), service(&before), "{name}");
            }
            engines::Revision::Stack => {
                let both = BTreeSet::from(["TaskDefinition".to_owned(), "Service".to_owned()]);
                assert_eq!(changed(&before, &released), both, "{name}");
                // The second and the third release differ by their image alone, and each runs the stack's own revision.
                let alone = BTreeSet::from(["TaskDefinition".to_owned()]);
                assert_eq!(changed(&again, &released), alone, "{name}");
                for worked in [&created, &released, &again] {
                    assert_eq!(service(worked)["Properties"]["TaskDefinition"], task, "{name}");
                }
                assert_eq!(service(&before)["Properties"]["TaskDefinition"], RUNNING, "{name}");
            }
            engines::Revision::Template => panic!("{name} is played elsewhere"),
        }
    }
}

/// Where each color has a stack, a release changes the idle one's task definition and service, then the weights, and neither
/// step anything else; and so do the second and the third release.
#[test]
fn a_release_of_colors_that_are_apart_touches_one_color_and_then_weights() {
    let image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/prod/web:8";
    let mut seen = 0;
    for (engine, strategy) in strategies().filter(|(engine, _)| engine.colors == engines::Colors::Apart) {
        let case = under(engine, strategy, &json!({}));
        let keys = |before: &Worked, after: &Worked| -> Vec<String> {
            let differs = |key: &&(String, String)| before.get(*key) != after.get(*key);
            before.keys().filter(differs).map(|(stack, id)| format!("{stack} {id}")).collect()
        };
        for (live, idle) in [("green", "blue"), ("blue", "green")] {
            let given = Given { color: live, ..AFTER_RELEASE };
            let before = work_out(&case, given);
            let own = format!("shop-prod-web-{idle}");
            let filled = work_out_each(&case, &|stack| {
                if stack == own { Given { image, revision: "", ..given } } else { given }
            });
            assert_eq!(keys(&before, &filled), [format!("{own} Service"), format!("{own} TaskDefinition")]);
            let task = &filled[&(own.clone(), "Service".to_owned())]["Properties"]["TaskDefinition"];
            assert_eq!(task, &json!({"Ref": "TaskDefinition"}));
            let moved = work_out_each(&case, &|stack| {
                let there = if stack == own { Given { image, revision: "", ..given } } else { given };
                Given { color: idle, ..there }
            });
            let edge = "shop-prod-web-edge";
            assert_eq!(
                keys(&filled, &moved),
                [format!("{edge} ProductionListener"), format!("{edge} TestListener")]
            );
            seen += 1;
        }
    }
    assert!(seen >= 6, "{seen}");
}

/// Without tasks before the first release, that release starts them, and no update before it does.
#[test]
fn the_first_release_of_a_stack_starts_its_tasks() {
    let count = |change: &Value, given: Given| {
        let ecs = engines::ALL.iter().find(|engine| engine.revision == engines::Revision::Stack).unwrap();
        let mut over = json!({"services": {"web": {"image": {"bootstrap": "none"}}}});
        matrix::lay(&mut over, change.clone());
        let worked = work_out(&under(ecs, "canary", &over), given);
        let of = |id: &str| worked[&("shop-prod-web".to_owned(), id.to_owned())]["Properties"].clone();
        let target = worked.get(&("shop-prod-web".to_owned(), "ScalableTarget".to_owned()));
        (of("Service")["DesiredCount"].clone(), target.map(|it| it["Properties"]["MinCapacity"].clone()))
    };
    let nothing = Given { color: "blue", image: "", revision: "", released: "no" };
    let scaled = json!({});
    let fixed = json!({"services": {"web": {"count": 3}}});
    // Created, and updated before there is a release.
    assert_eq!(count(&scaled, nothing), (json!(0), Some(json!(0))));
    assert_eq!(count(&scaled, Given { revision: RUNNING, ..nothing }), (json!(0), Some(json!(0))));
    // An image is described, and nothing runs it yet.
    assert_eq!(
        count(&scaled, Given { image: IMAGE, revision: RUNNING, ..nothing }),
        (json!(0), Some(json!(0)))
    );
    // The first release, and what comes after it: then scaling decides.
    assert_eq!(count(&scaled, Given { image: IMAGE, ..nothing }), (json!(2), Some(json!(2))));
    assert_eq!(count(&scaled, AFTER_RELEASE), (Value::Null, Some(json!(2))));
    assert_eq!(count(&fixed, nothing), (json!(0), None));
    assert_eq!(count(&fixed, Given { image: IMAGE, ..nothing }), (json!(3), None));
    assert_eq!(count(&fixed, AFTER_RELEASE), (json!(3), None));
}

#[test]
fn every_resource_of_every_engine_says_what_it_is_for() {
    let mut silent = BTreeSet::new();
    for case in matrix::of_ecs().into_iter().chain(matrix::examples_under_other_engines()) {
        render::templates(&case.resolved, &[], &mut |stack| {
            for (id, entry) in &stack.template.resources {
                if !stack.extra.contains(id) && bluegreen::stacks::purpose(&entry.kind, id).is_none() {
                    silent.insert(format!("{} {id}", entry.kind));
                }
            }
        });
    }
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn every_example_is_good_under_every_engine_that_has_what_it_asks_for() {
    let cases = matrix::examples_under_other_engines();
    let is_of_codedeploy = |case: &&matrix::Case| {
        let mut services = case.resolved.services.iter();
        services.all(|service| service.service.deploy.engine == bluegreen::blueprint::Engine::Codedeploy)
    };
    let of_codedeploy = matrix::examples().iter().filter(is_of_codedeploy).count();
    assert!(cases.len() >= of_codedeploy, "ECS has what CodeDeploy has");
    let said: Vec<String> = cases.iter().flat_map(matrix::Case::errors).collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
}

#[test]
fn every_engine_is_shown_by_an_example_and_the_one_of_the_hook_fits_all() {
    let mut cases = matrix::examples();
    cases.extend(matrix::examples_under_other_engines());
    for engine in engines::ALL {
        let shows = |case: &&matrix::Case| {
            case.resolved.services.iter().all(|service| service.service.deploy.engine == engine.engine)
        };
        let shown: Vec<&str> = cases.iter().filter(shows).map(|case| case.label.as_str()).collect();
        assert!(
            shown.iter().any(|label| label.contains("cloudformation-hook")),
            "{}: {shown:?}",
            engine.engine.word()
        );
    }
}
