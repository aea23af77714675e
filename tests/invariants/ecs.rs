//! Services that ECS moves itself: their rules, what they run, how they are deployed, and what ECS may do for it.

use bluegreen::blueprint::{Engine, RollbackEvent, Strategy};
use serde_json::{Value, json};

use crate::{
    Assertion,
    access::{ON_EVERYTHING, grants},
    model::{Environment, Meaning, Stack, items, text},
    release::{asked, definition, known, services_of},
    spoil_of,
    traffic::Ends,
};

const GROUPS: &str = "/Properties/Actions/0/ForwardConfig/TargetGroups";
/// The same of a listener that ECS moves itself.
const DIRECT: &str = "/Properties/DefaultActions/0/ForwardConfig/TargetGroups";
const ADVANCED: &str = "/Properties/LoadBalancers/0/AdvancedConfiguration";
const DEPLOYMENT: &str = "/Properties/DeploymentConfiguration";

pub const ASSERTIONS: &[Assertion] = &[
    Assertion {
        name: "the rules forward to the pair with the weights ECS leaves behind, and no listener does by itself",
        check: rules,
        spoils: &[
            spoil_of("ecs", "other weights in production", |it| {
                it.set("ProductionRule", &format!("{GROUPS}/0/Weight"), json!(100));
            }),
            spoil_of("ecs", "other weights in test", |it| {
                it.set("TestRule", &format!("{GROUPS}/0/Weight"), json!({"Fn::If": ["GreenIsLive", 100, 0]}));
            }),
            spoil_of("ecs", "one group alone", |it| it.remove("ProductionRule", &format!("{GROUPS}/1"))),
            spoil_of("ecs", "a third group", |it| {
                it.set(
                    "ProductionRule",
                    &format!("{GROUPS}/-"),
                    json!({"TargetGroupArn": "arn:x", "Weight": 0}),
                );
            }),
            spoil_of("ecs", "the plain form, which an update sends back to blue", |it| {
                it.set(
                    "ProductionRule",
                    "/Properties/Actions/0",
                    json!({"Type": "forward", "TargetGroupArn": {"Ref": "BlueTargetGroup"}}),
                );
            }),
            spoil_of("ecs", "a rule for some paths", |it| {
                it.set(
                    "ProductionRule",
                    "/Properties/Conditions/0/PathPatternConfig/Values",
                    json!(["/api/*"]),
                );
            }),
            spoil_of("ecs", "a rule before those of others", |it| {
                it.set("ProductionRule", "/Properties/Priority", json!(1))
            }),
            spoil_of("ecs", "a listener that forwards by itself", |it| {
                let forward = it.resource("ProductionRule")["Properties"]["Actions"].clone();
                it.set("ProductionListener", "/Properties/DefaultActions", forward);
            }),
            spoil_of("ecs", "another condition", |it| {
                it.stack("-edge").template["Conditions"]["GreenIsLive"] =
                    json!({"Fn::Equals": [{"Ref": "LiveColor"}, "blue"]});
            }),
            spoil_of("ecs", "nobody looks the color up", |it| {
                it.stack("-edge").entry["lookup"]["LiveColor"] = json!({"given": "the color"});
            }),
            spoil_of("ecs-rolling", "a rolling update with weights", |it| {
                it.set("ProductionRule", &format!("{GROUPS}/0/Weight"), json!(0));
            }),
            spoil_of("ecs", "no rule of test traffic", |it| {
                it.stack("-edge").template["Resources"].as_object_mut().unwrap().shift_remove("TestRule");
            }),
            spoil_of("connections", "other weights of connections", |it| {
                let weight = format!("{DIRECT}/0/Weight");
                it.set("ProductionListener", &weight, json!({"Fn::If": ["GreenIsLive", 100, 0]}));
            }),
            spoil_of("connections", "weights of connections that follow no color", |it| {
                it.set("ProductionListener", &format!("{DIRECT}/0/Weight"), json!(100));
            }),
            spoil_of("connections", "other weights of tests", |it| {
                it.set("TestListener", &format!("{DIRECT}/0/Weight"), json!(100));
            }),
            spoil_of("connections", "connections to one group alone", |it| {
                it.remove("ProductionListener", &format!("{DIRECT}/1"))
            }),
            spoil_of("connections", "nobody looks the color of connections up", |it| {
                it.stack("-edge").entry["lookup"]["LiveColor"] = json!({"given": "the color"});
            }),
            spoil_of("connections-rolling", "a rolling update of connections with weights", |it| {
                it.set("ProductionListener", &format!("{DIRECT}/0/Weight"), json!(0));
            }),
        ],
    },
    Assertion {
        name: "the production rule comes after the test rule, and the service after both",
        check: order,
        spoils: &[
            spoil_of("ecs", "production first", |it| it.remove("ProductionRule", "/DependsOn")),
            spoil_of("ecs-rolling-single", "a service before its production rule", |it| {
                it.remove("WebService", "/DependsOn");
            }),
            spoil_of("ecs-single", "a service that knows no test rule", |it| {
                it.remove("WebService", &format!("{ADVANCED}/TestListenerRule"));
            }),
            spoil_of("connections", "the production listener first", |it| {
                it.remove("ProductionListener", "/DependsOn")
            }),
            spoil_of("connections-rolling", "a service stack before its listeners", |it| {
                it.stack("-broker").entry["depends_on"] = json!(["shop-prod-cluster"]);
            }),
            spoil_of("ecs", "a service stack before its edge", |it| {
                it.stack("-web").entry["depends_on"] = json!(["shop-prod-cluster"]);
            }),
        ],
    },
    Assertion {
        name: "the service moves its own rules between its own groups, and starts in blue",
        check: wiring,
        spoils: &[
            spoil_of("ecs", "the service starts in green", |it| {
                it.replace("Service", ":BlueTargetGroupArn", ":GreenTargetGroupArn")
            }),
            spoil_of("ecs", "the service starts where traffic is", |it| {
                it.set(
                    "Service",
                    "/Properties/LoadBalancers/0/TargetGroupArn",
                    json!({"Fn::If": ["GreenIsLive", "arn:green", "arn:blue"]}),
                );
            }),
            spoil_of("ecs", "a listener for a rule", |it| {
                it.replace("Service", ":ProductionRuleArn", ":ProductionListenerArn")
            }),
            spoil_of("ecs", "one rule for both", |it| {
                it.replace("Service", ":TestRuleArn", ":ProductionRuleArn")
            }),
            spoil_of("ecs", "no rule of test traffic", |it| {
                it.remove("Service", &format!("{ADVANCED}/TestListenerRule"));
            }),
            spoil_of("connections", "one listener for both", |it| {
                it.replace("Service", ":TestListenerArn", ":ProductionListenerArn")
            }),
            spoil_of("connections", "connections start in green", |it| {
                it.replace("Service", ":BlueTargetGroupArn", ":GreenTargetGroupArn")
            }),
            spoil_of("ecs", "another controller", |it| {
                it.set("Service", "/Properties/DeploymentController/Type", json!("CODE_DEPLOY"));
            }),
            spoil_of("ecs-rolling", "a rolling update with a second group", |it| {
                it.set("Service", ADVANCED, json!({"AlternateTargetGroupArn": "arn:x"}));
            }),
        ],
    },
    Assertion {
        name: "an update runs what runs, and only an empty revision releases",
        check: revision,
        spoils: &[
            spoil_of("ecs", "a reference, with which every update releases", |it| {
                it.set("Service", "/Properties/TaskDefinition", json!({"Ref": "TaskDefinition"}));
            }),
            spoil_of("ecs", "the family, of which the newest would run", |it| {
                it.set("Service", "/Properties/TaskDefinition", json!("shop-prod-web"));
            }),
            spoil_of("ecs", "the other way round", |it| {
                it.set(
                    "Service",
                    "/Properties/TaskDefinition",
                    json!({"Fn::If": ["RunsOwnRevision", {"Ref": "RunningRevision"}, {"Ref": "TaskDefinition"}]}),
                );
            }),
            spoil_of("ecs", "another condition", |it| {
                it.stack("-web").template["Conditions"]["RunsOwnRevision"] =
                    json!({"Fn::Equals": [{"Ref": "ImageUri"}, ""]});
            }),
            spoil_of("ecs", "a revision from the start", |it| {
                it.stack("-web").template["Parameters"]["RunningRevision"]["Default"] = json!("arn:x");
            }),
            spoil_of("ecs", "any text for a revision", |it| {
                it.stack("-web").template["Parameters"]["RunningRevision"]
                    .as_object_mut()
                    .unwrap()
                    .shift_remove("AllowedPattern");
            }),
            spoil_of("ecs", "nobody looks the revision up", |it| {
                it.stack("-web").entry["lookup"]["RunningRevision"] = json!({"given": "the revision"});
            }),
            spoil_of("ecs-rolling", "a reference in a rolling update", |it| {
                it.set("Service", "/Properties/TaskDefinition", json!({"Ref": "TaskDefinition"}));
            }),
        ],
    },
    Assertion {
        name: "a deployment of ECS is the one that was asked for, and what it watches takes it back",
        check: deployment,
        spoils: &[
            spoil_of("ecs", "another strategy", |it| {
                it.set("Service", &format!("{DEPLOYMENT}/Strategy"), json!("BLUE_GREEN"));
            }),
            spoil_of("ecs", "another wait", |it| {
                it.set(
                    "Service",
                    &format!("{DEPLOYMENT}/CanaryConfiguration/CanaryBakeTimeInMinutes"),
                    json!(1),
                );
            }),
            spoil_of("ecs-linear", "other steps", |it| {
                it.set("Service", &format!("{DEPLOYMENT}/LinearConfiguration/StepPercent"), json!(50));
            }),
            spoil_of("ecs", "blue goes at once", |it| {
                it.set("Service", &format!("{DEPLOYMENT}/BakeTimeInMinutes"), json!(0));
            }),
            spoil_of("ecs", "the bake time that ECS has by itself", |it| {
                it.remove("Service", &format!("{DEPLOYMENT}/BakeTimeInMinutes"));
            }),
            spoil_of("ecs", "alarms that only fail", |it| {
                it.set("Service", &format!("{DEPLOYMENT}/Alarms/Rollback"), json!(false));
            }),
            spoil_of("ecs", "alarms that are off", |it| {
                it.set("Service", &format!("{DEPLOYMENT}/Alarms/Enable"), json!(false));
            }),
            spoil_of("ecs", "an alarm less", |it| {
                it.remove("Service", &format!("{DEPLOYMENT}/Alarms/AlarmNames/0"));
            }),
            spoil_of("ecs-rollback-without-alarms", "an alarm nobody asked for", |it| {
                it.set(
                    "Service",
                    &format!("{DEPLOYMENT}/Alarms"),
                    json!({"AlarmNames": ["x"], "Enable": true, "Rollback": true}),
                );
            }),
            spoil_of("ecs", "a circuit breaker, which is documented for rolling alone", |it| {
                it.set(
                    "Service",
                    &format!("{DEPLOYMENT}/DeploymentCircuitBreaker"),
                    json!({"Enable": true, "Rollback": true}),
                );
            }),
            spoil_of("ecs-rolling", "a rolling update without a circuit breaker", |it| {
                it.remove("Service", &format!("{DEPLOYMENT}/DeploymentCircuitBreaker"));
            }),
            spoil_of("ecs-rolling-full", "another least", |it| {
                it.set("Service", &format!("{DEPLOYMENT}/MinimumHealthyPercent"), json!(0));
            }),
        ],
    },
    Assertion {
        name: "functions and people are asked where they should be, and the placeholder is nobody's to ask about",
        check: hooks,
        spoils: &[
            spoil_of("ecs-full", "checks before there is test traffic", |it| {
                it.replace("Service", "POST_TEST_TRAFFIC_SHIFT", "POST_SCALE_UP")
            }),
            spoil_of("ecs-full", "functions in a rollback", |it| {
                it.replace("Service", "PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT")
            }),
            spoil_of("ecs-full", "a hold that lets go by itself", |it| {
                it.replace("Service", r#""Action":"ROLLBACK""#, r#""Action":"CONTINUE""#)
            }),
            spoil_of("ecs-full", "asked about the placeholder", |it| {
                let hooks = it
                    .resource("Service")
                    .pointer(&format!("{DEPLOYMENT}/LifecycleHooks/Fn::If/1"))
                    .unwrap()
                    .clone();
                it.set("Service", &format!("{DEPLOYMENT}/LifecycleHooks"), hooks);
            }),
            spoil_of("ecs", "nothing is asked", |it| {
                it.remove("Service", &format!("{DEPLOYMENT}/LifecycleHooks"))
            }),
            spoil_of("ecs-no-test-traffic", "a hold before anything runs", |it| {
                it.replace("Service", "POST_SCALE_UP", "PRE_SCALE_UP")
            }),
            spoil_of("ecs-full", "a hold of another length", |it| {
                it.replace("Service", r#""TimeoutInMinutes":120"#, r#""TimeoutInMinutes":1"#)
            }),
        ],
    },
    Assertion {
        name: "ECS may register the targets of this service, move its rules and call its functions, and no more",
        check: permissions,
        spoils: &[
            spoil_of("ecs-full", "any rule", |it| {
                it.statement("InfrastructureRole", "ShiftTraffic")["Resource"] = json!("*");
            }),
            spoil_of("ecs-full", "one rule alone", |it| {
                let one = it.statement("InfrastructureRole", "ShiftTraffic")["Resource"][0].clone();
                it.statement("InfrastructureRole", "ShiftTraffic")["Resource"] = one;
            }),
            spoil_of("ecs-full", "listeners as well", |it| {
                it.statement("InfrastructureRole", "ShiftTraffic")["Action"] =
                    json!(["elasticloadbalancing:ModifyRule", "elasticloadbalancing:ModifyListener"]);
            }),
            spoil_of("connections-full", "any listener", |it| {
                it.statement("InfrastructureRole", "ShiftTraffic")["Resource"] = json!("*");
            }),
            spoil_of("connections-full", "rules, which there are none of", |it| {
                it.statement("InfrastructureRole", "ShiftTraffic")["Action"] =
                    json!("elasticloadbalancing:ModifyRule");
            }),
            spoil_of("ecs-full", "targets of any group", |it| {
                it.statement("InfrastructureRole", "RegisterTargets")["Resource"] = json!("*");
            }),
            spoil_of("ecs-full", "no look at health", |it| {
                it.statement("InfrastructureRole", "ReadLoadBalancer")["Action"] =
                    json!(["elasticloadbalancing:DescribeRules"]);
            }),
            spoil_of("ecs-full", "the role of another service", |it| {
                it.replace("InfrastructureRole", "ecs.amazonaws.com", "ecs-tasks.amazonaws.com")
            }),
            spoil_of("ecs-full", "functions that may not be called", |it| {
                let one = it.statement("HookCallerRole", "CallHooks")["Resource"][0].clone();
                it.statement("HookCallerRole", "CallHooks")["Resource"] = one;
            }),
            spoil_of("ecs-full", "a hook that may look at any service", |it| {
                it.statement("HookRole", "ReadService")["Resource"] = json!("*");
            }),
            spoil_of("ecs-full", "a hook that may not find the new version", |it| {
                it.replace("HookRole", "DescribeRules", "DescribeListeners")
            }),
            spoil_of("ecs-full", "any function", |it| {
                it.statement("HookCallerRole", "CallHooks")["Resource"] = json!("*");
            }),
        ],
    },
    Assertion {
        name: "who follows releases hears of those that ECS makes",
        check: told,
        spoils: &[
            spoil_of("ecs-full", "another service", |it| {
                it.set("ReleaseEvents", "/Properties/EventPattern/resources", json!(["arn:x"]));
            }),
            spoil_of("ecs-full", "nothing of holds", |it| {
                it.set(
                    "ReleaseEvents",
                    "/Properties/EventPattern/detail-type",
                    json!(["ECS Deployment State Change"]),
                );
            }),
            spoil_of("ecs-full", "to nobody", |it| it.remove("ReleaseEvents", "/Properties/Targets")),
            spoil_of("ecs-full", "a topic that refuses", |it| {
                it.replace("ReleasesTopicPolicy", "events.amazonaws.com", "example.amazonaws.com")
            }),
            spoil_of("ecs-full", "a key that refuses", |it| {
                it.replace("NotificationKey", "events.amazonaws.com", "example.amazonaws.com")
            }),
        ],
    },
];

/// A service with what carries its traffic.
struct Moved<'e> {
    service: &'e Meaning,
    stack: &'e Stack,
    prefix: String,
    /// Rules of its listeners; the listeners themselves behind a Network Load Balancer.
    rules: Vec<&'e Meaning>,
    groups: Vec<&'e Meaning>,
    two: bool,
}

/// Whether a Network Load Balancer stands before a service.
pub fn is_sent_connections(it: &Environment, service: &Meaning) -> bool {
    asked(it, service).tcp.is_some()
}

fn stack_of<'e>(it: &'e Environment, resource: &Meaning) -> &'e Stack {
    it.stacks.iter().find(|stack| stack.name == resource.stack).unwrap()
}

/// Every service of ECS: its rules (test first) and groups are found by their names beside each other.
fn moved(it: &Environment) -> impl Iterator<Item = Moved<'_>> {
    services_of(it, Engine::Ecs).map(move |service| {
        let prefix = service.id.strip_suffix("Service").unwrap().to_owned();
        let name = text(service.at("/ServiceName"));
        // In stacks of their own edges of several services have the same logical ids.
        let beside = |found: &&Meaning| {
            found.stack == service.stack || found.stack.ends_with(&format!("-{name}-edge"))
        };
        let named = |kind: &'static str, ids: [&str; 2]| -> Vec<&Meaning> {
            ids.iter()
                .filter_map(|id| {
                    it.all(kind).filter(beside).find(|found| found.id == format!("{prefix}{id}"))
                })
                .collect()
        };
        let rules = if is_sent_connections(it, service) {
            named("AWS::ElasticLoadBalancingV2::Listener", ["TestListener", "ProductionListener"])
        } else {
            named("AWS::ElasticLoadBalancingV2::ListenerRule", ["TestRule", "ProductionRule"])
        };
        let groups =
            named("AWS::ElasticLoadBalancingV2::TargetGroup", ["BlueTargetGroup", "GreenTargetGroup"]);
        let two = !matches!(asked(it, service).deploy.strategy, Strategy::Rolling(_));
        Moved { service, stack: stack_of(it, service), prefix, rules, groups, two }
    })
}

/// The listeners and target groups of services that ECS moves.
pub fn ends(it: &Environment) -> impl Iterator<Item = Ends<'_>> {
    moved(it).filter_map(|moved| {
        let listener = |rule: &'_ Meaning| {
            let of_rule = it.find(rule.at("/ListenerArn")).map(|(found, _)| found);
            of_rule.or_else(|| it.meant().iter().find(|known| known.called() == rule.called()))
        };
        Some(Ends {
            service: moved.service,
            production: listener(moved.rules.last()?)?,
            test: if moved.rules.len() > 1 { listener(moved.rules[0]) } else { None },
            blue: moved.groups.first()?,
            green: moved.groups.get(1).copied(),
        })
    })
}

/// Whether a rule, or a listener of a Network Load Balancer, is one that ECS moves.
pub fn is_ours(it: &Environment, rule: &Meaning) -> bool {
    moved(it).any(|moved| moved.rules.iter().any(|known| known.called() == rule.called()))
}

/// Whether a listener leaves its traffic to a rule that ECS moves.
pub fn carries_rule(it: &Environment, listener: &Meaning) -> bool {
    moved(it)
        .any(|moved| moved.rules.iter().any(|rule| *rule.at("/ListenerArn") == json!(listener.reference())))
}

fn rules(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for Moved { service, prefix, rules, groups, two, .. } in moved(it) {
        let test = asked(it, service).deploy.test_traffic.is_some();
        if !asked(it, service).has_load_balancer() {
            continue;
        }
        if rules.len() != 1 + usize::from(test) || groups.len() != 1 + usize::from(two) {
            said.push(format!("{} has {} rules, {} groups", service.called(), rules.len(), groups.len()));
            continue;
        }
        let (condition, parameter) = (format!("{prefix}GreenIsLive"), format!("{prefix}LiveColor"));
        let wanted = if two {
            json!([
                {"TargetGroupArn": groups[0].reference(), "Weight": {"Fn::If": [condition, 0, 100]}},
                {"TargetGroupArn": groups[1].reference(), "Weight": {"Fn::If": [condition, 100, 0]}},
            ])
        } else {
            json!([{"TargetGroupArn": groups[0].reference(), "Weight": 100}])
        };
        for rule in &rules {
            let direct = is_sent_connections(it, service);
            let actions = rule.at(if direct { "/DefaultActions" } else { "/Actions" });
            if *actions != json!([{"Type": "forward", "ForwardConfig": {"TargetGroups": wanted}}]) {
                said.push(format!("{} forwards as {actions}", rule.called()));
            }
            if direct {
                continue;
            }
            let all = json!([{"Field": "path-pattern", "PathPatternConfig": {"Values": ["/*"]}}]);
            let is_alone = known(it, service).shares().is_none();
            if is_alone && (*rule.at("/Conditions") != all || *rule.at("/Priority") != json!(50_000)) {
                said.push(format!("{} is not for all that other rules leave", rule.called()));
            }
            let listener = it.find(rule.at("/ListenerArn")).map(|(found, _)| found);
            let wanted = rule.id.replace("Rule", "Listener");
            let listener = listener.filter(|listener| !is_alone || listener.id == wanted);
            let action = listener.map(|listener| listener.at("/DefaultActions/0/Type"));
            if action != Some(&json!("fixed-response")) {
                said.push(format!("{} is at {action:?}", rule.called()));
            }
        }
        let edge = stack_of(it, rules[0]);
        let color = &edge.template["Parameters"][&parameter];
        if !two {
            if !color.is_null() {
                said.push(format!("{parameter} is asked for, and there is one color"));
            }
            continue;
        }
        if edge.template["Conditions"][&condition] != json!({"Fn::Equals": [{"Ref": parameter}, "green"]}) {
            said.push(format!("{condition} does not ask whether green is live"));
        }
        if color["Default"] != "blue" || color["AllowedValues"] != json!(["blue", "green"]) {
            said.push(format!("{parameter} is not blue or green, blue at first: {color}"));
        }
        if edge.entry["lookup"][&parameter]["live_color_of"].is_null() {
            said.push(format!("nothing looks {parameter} up"));
        }
    }
    said
}

fn order(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for Moved { service, stack, rules, .. } in moved(it) {
        if let [test, production] = rules.as_slice()
            && !production.depends_on.contains(&test.id)
        {
            said.push(format!("{} does not wait for {}", production.called(), test.id));
        }
        for rule in rules {
            let waits = if rule.stack == service.stack {
                // Who refers to something waits for it.
                service.depends_on.contains(&rule.id)
                    || service.at("/LoadBalancers").to_string().contains(&rule.reference())
            } else {
                stack.depends_on().contains(&rule.stack.as_str())
            };
            if !waits {
                said.push(format!("{} does not wait for {}", service.called(), rule.called()));
            }
        }
    }
    said
}

fn wiring(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for Moved { service, prefix, rules, groups, two, .. } in moved(it) {
        if service.at("/DeploymentController/Type") != "ECS" {
            said.push(format!("{} is not moved by ECS", service.called()));
        }
        if !asked(it, service).has_load_balancer() {
            if !service.at("/LoadBalancers").is_null() {
                said.push(format!("{} has a load balancer and asked for none", service.called()));
            }
            continue;
        }
        let mut wanted = json!([{
            "ContainerName": service.at("/ServiceName"),
            "ContainerPort": asked(it, service).port.unwrap().get(),
            "TargetGroupArn": groups.first().map(|group| group.reference()),
        }]);
        if two {
            let mut advanced = json!({
                "AlternateTargetGroupArn": groups.get(1).map(|group| group.reference()),
                "ProductionListenerRule": rules.last().map(|rule| rule.reference()),
                "RoleArn": format!("<{}/{prefix}InfrastructureRole.Arn>", service.stack),
            });
            if let [test, _] = rules.as_slice() {
                advanced["TestListenerRule"] = test.reference().into();
            }
            wanted[0]["AdvancedConfiguration"] = advanced;
        }
        let found = service.at("/LoadBalancers");
        if *found != wanted {
            said.push(format!("{}: {found}, not {wanted}", service.called()));
        }
    }
    said
}

fn revision(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for Moved { service, stack, prefix, .. } in moved(it) {
        let (condition, parameter) = (format!("{prefix}RunsOwnRevision"), format!("{prefix}RunningRevision"));
        let own = definition(it, service).map(Meaning::reference);
        let wanted = json!({"Fn::If": [condition, own, format!("<{}/{parameter}?>", service.stack)]});
        if *service.at("/TaskDefinition") != wanted || own.is_none() {
            said.push(format!("{} runs {}", service.called(), service.at("/TaskDefinition")));
        }
        if stack.template["Conditions"][&condition] != json!({"Fn::Equals": [{"Ref": parameter}, ""]}) {
            said.push(format!("{condition} does not ask whether no revision is given"));
        }
        let asked_for = &stack.template["Parameters"][&parameter];
        let pattern = asked_for["AllowedPattern"].as_str().unwrap_or_default();
        if asked_for["Default"] != "" || !pattern.ends_with(r":\d+)?$") {
            said.push(format!("{parameter} is not a revision, and none at first: {asked_for}"));
        }
        if stack.entry["lookup"][&parameter]["running_revision_of"].is_null() {
            said.push(format!("nothing looks {parameter} up"));
        }
    }
    said
}

fn deployment(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for Moved { service, prefix, .. } in moved(it) {
        let deploy = &asked(it, service).deploy;
        let mut wanted = match deploy.strategy {
            Strategy::AllAtOnce {} => json!({"Strategy": "BLUE_GREEN"}),
            Strategy::Canary { percent, wait } => json!({
                "Strategy": "CANARY",
                "CanaryConfiguration": {"CanaryPercent": percent, "CanaryBakeTimeInMinutes": wait.minutes()},
            }),
            Strategy::Linear { percent, wait } => json!({
                "Strategy": "LINEAR",
                "LinearConfiguration": {"StepPercent": percent, "StepBakeTimeInMinutes": wait.minutes()},
            }),
            Strategy::Rolling(rolling) => {
                let breaker = rolling.circuit_breaker;
                let mut wanted = json!({
                    "Strategy": "ROLLING",
                    "MinimumHealthyPercent": rolling.minimum,
                    "MaximumPercent": rolling.maximum,
                    "DeploymentCircuitBreaker": {
                        "Enable": true, "Rollback": true,
                        "ResetOnHealthyTask": breaker.reset_on_healthy_task,
                        "ThresholdConfiguration": {
                            "Type": serde_json::to_value(breaker.unit).unwrap().as_str().unwrap().to_uppercase(),
                            "Value": breaker.threshold,
                        },
                    },
                });
                if let Some(early) = rolling.early_success {
                    wanted["EarlySuccessCriteria"] = json!({
                        "Enable": true, "HealthyPercent": early.healthy,
                        "SourceServiceRevisionCleanup": "BLOCKING",
                    });
                }
                wanted
            }
        };
        wanted["BakeTimeInMinutes"] = match deploy.strategy {
            Strategy::Rolling(rolling) => rolling.watch.minutes(),
            _ => deploy.keep_old.minutes(),
        }
        .into();
        if deploy.rollback.on.contains(&RollbackEvent::Alarm) {
            let chosen = |alarm: &&Meaning| {
                deploy.rollback.alarms.as_ref().is_none_or(|chosen| {
                    let name = text(alarm.at("/AlarmName"));
                    chosen.iter().any(|known| name.ends_with(&format!("-{known}")))
                })
            };
            let own = |alarm: &&Meaning| alarm.stack == service.stack && alarm.id.starts_with(&prefix);
            let alarms: Vec<String> =
                it.all("AWS::CloudWatch::Alarm").filter(own).filter(chosen).map(Meaning::reference).collect();
            wanted["Alarms"] = json!({"AlarmNames": alarms, "Enable": true, "Rollback": true});
        }
        let mut found = service.at("/DeploymentConfiguration").clone();
        if let Some(found) = found.as_object_mut() {
            found.shift_remove("LifecycleHooks");
        }
        if found != wanted {
            said.push(format!("{}: {found}, not {wanted}", service.called()));
        }
    }
    said
}

/// The functions a service calls, each with its stage.
fn called(it: &Environment, service: &Meaning, prefix: &str) -> Vec<(&'static str, String)> {
    let deploy = &asked(it, service).deploy;
    // No request that it could look at the new version by goes through a Network Load Balancer.
    let is_asked = deploy.test_traffic.is_some() && !is_sent_connections(it, service);
    let own = is_asked.then(|| format!("<{}/{prefix}HookFunction.Arn>", service.stack));
    let written = |function: &Option<_>| function.as_ref().map(ToString::to_string);
    [
        ("PRE_SCALE_UP", written(&deploy.hooks.before_install)),
        ("POST_SCALE_UP", written(&deploy.hooks.after_install)),
        ("PRE_PRODUCTION_TRAFFIC_SHIFT", written(&deploy.hooks.before_traffic)),
        ("POST_PRODUCTION_TRAFFIC_SHIFT", written(&deploy.hooks.after_traffic)),
        ("POST_TEST_TRAFFIC_SHIFT", own),
    ]
    .into_iter()
    .filter_map(|(stage, function)| Some((stage, function?)))
    .collect()
}

fn hooks(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for Moved { service, prefix, two, .. } in moved(it) {
        let asked = asked(it, service);
        let deploy = &asked.deploy;
        let timeout = |minutes: u32| json!({"TimeoutInMinutes": minutes, "Action": "ROLLBACK"});
        let mut wanted: Vec<Value> = Vec::new();
        if two {
            let role = format!("<{}/{prefix}HookCallerRole.Arn>", service.stack);
            wanted.extend(called(it, service, &prefix).into_iter().map(|(stage, function)| {
                json!({"TargetType": "AWS_LAMBDA", "HookTargetArn": function, "RoleArn": role,
                    "LifecycleStages": [stage], "TimeoutConfiguration": timeout(60)})
            }));
            if let Some(approve) = deploy.approve {
                let stage =
                    if deploy.test_traffic.is_some() { "POST_TEST_TRAFFIC_SHIFT" } else { "POST_SCALE_UP" };
                wanted.push(json!({"TargetType": "PAUSE", "LifecycleStages": [stage],
                    "TimeoutConfiguration": timeout(approve.timeout.minutes())}));
            }
        }
        let found = service.at("/DeploymentConfiguration/LifecycleHooks");
        let wanted = match (wanted.is_empty(), asked.image.uri.is_some()) {
            (true, _) => Value::Null,
            (false, true) => wanted.into(),
            (false, false) => json!({"Fn::If": [format!("{prefix}HasImage"), wanted, "<none>"]}),
        };
        if *found != wanted {
            said.push(format!("{}: {found}, not {wanted}", service.called()));
        }
    }
    said
}

/// What the function that looks at a new version needs.
fn look(it: &Environment, service: &Meaning, prefix: &str) -> Vec<(&'static str, Vec<String>)> {
    let function = it
        .all("AWS::Lambda::Function")
        .find(|it| it.stack == service.stack && it.id == format!("{prefix}HookFunction"));
    let Some(function) = function else { return Vec::new() };
    let log = it.find(function.at("/LoggingConfig/LogGroup")).map(|(found, _)| found.attribute("Arn"));
    let own = format!(
        "arn:${{AWS::Partition}}:ecs:${{AWS::Region}}:${{AWS::AccountId}}:service/{}/{}",
        text(service.at("/Cluster")),
        text(service.at("/ServiceName"))
    );
    let everything = || vec!["*".to_owned()];
    let mut wanted = vec![
        ("logs:CreateLogStream", log.clone().into_iter().collect()),
        ("logs:PutLogEvents", log.into_iter().collect()),
        ("ecs:DescribeServices", vec![own]),
        ("elasticloadbalancing:DescribeRules", everything()),
        ("elasticloadbalancing:DescribeTargetGroups", everything()),
        ("elasticloadbalancing:DescribeTargetHealth", everything()),
    ];
    if !function.at("/VpcConfig").is_null() {
        wanted.extend(
            ON_EVERYTHING
                .iter()
                .filter(|(action, _)| action.starts_with("ec2:"))
                .map(|(action, _)| (*action, everything())),
        );
    }
    wanted
}

fn permissions(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for Moved { service, prefix, rules, groups, two, .. } in moved(it) {
        let role = |id: &str| {
            it.all("AWS::IAM::Role")
                .find(|role| role.stack == service.stack && role.id == format!("{prefix}{id}"))
        };
        let trusted =
            |role: &Meaning| role.at("/AssumeRolePolicyDocument/Statement/0/Principal/Service").clone();
        let arns = |all: &[&Meaning]| -> Vec<String> { all.iter().map(|it| it.reference()).collect() };
        let mut compare = |who: &str, role: Option<&Meaning>, wanted: Vec<(&str, Vec<String>)>| {
            let Some(role) = role else {
                if !wanted.is_empty() {
                    said.push(format!("{} lacks a role", service.called()));
                }
                return;
            };
            if trusted(role) != who {
                said.push(format!("{} trusts {}", role.called(), trusted(role)));
            }
            let sorted = |mut all: Vec<(String, String)>| {
                all.sort();
                all
            };
            let found = grants(role).into_iter().map(|grant| (grant.action, grant.resource)).collect();
            let wanted = wanted
                .into_iter()
                .flat_map(|(action, on)| on.into_iter().map(move |on| (action.to_owned(), on)))
                .collect();
            let (found, wanted) = (sorted(found), sorted(wanted));
            if found != wanted {
                said.push(format!("{} may {found:?}, not {wanted:?}", role.called()));
            }
        };
        let everything = || vec!["*".to_owned()];
        let shift = if two && asked(it, service).has_load_balancer() {
            vec![
                ("elasticloadbalancing:DescribeListeners", everything()),
                ("elasticloadbalancing:DescribeRules", everything()),
                ("elasticloadbalancing:DescribeTargetGroups", everything()),
                ("elasticloadbalancing:DescribeTargetHealth", everything()),
                ("elasticloadbalancing:RegisterTargets", arns(&groups)),
                ("elasticloadbalancing:DeregisterTargets", arns(&groups)),
                if is_sent_connections(it, service) {
                    ("elasticloadbalancing:ModifyListener", arns(&rules))
                } else {
                    ("elasticloadbalancing:ModifyRule", arns(&rules))
                },
            ]
        } else {
            Vec::new()
        };
        compare("ecs.amazonaws.com", role("InfrastructureRole"), shift);
        let mut functions: Vec<String> = Vec::new();
        if two {
            for (_, function) in called(it, service, &prefix) {
                functions.push(format!("{function}:*"));
                functions.push(function);
            }
        }
        functions.sort();
        functions.dedup();
        let call = if functions.is_empty() { vec![] } else { vec![("lambda:InvokeFunction", functions)] };
        compare("ecs.amazonaws.com", role("HookCallerRole"), call);
        compare("lambda.amazonaws.com", role("HookRole"), look(it, service, &prefix));
    }
    said
}

fn told(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    let topic = it.all("AWS::SNS::Topic").find(|topic| topic.id == "ReleasesTopic");
    for Moved { service, prefix, .. } in moved(it) {
        let rule = it
            .all("AWS::Events::Rule")
            .find(|rule| rule.stack == service.stack && rule.id == format!("{prefix}ReleaseEvents"));
        let (Some(topic), Some(rule)) = (topic, rule) else {
            if topic.is_some() || rule.is_some() {
                said.push(format!("{}: a topic or a rule is missing", service.called()));
            }
            continue;
        };
        let arn = format!(
            "arn:${{AWS::Partition}}:ecs:${{AWS::Region}}:${{AWS::AccountId}}:service/{}/{}",
            text(service.at("/Cluster")),
            service.attribute("Name")
        );
        let pattern = json!({
            "source": ["aws.ecs"],
            "detail-type": ["ECS Deployment State Change", "ECS Hook State Change"],
            "resources": [arn],
        });
        if *rule.at("/EventPattern") != pattern {
            said.push(format!("{} hears {}, not {pattern}", rule.called(), rule.at("/EventPattern")));
        }
        let targets: Vec<&Value> =
            items(rule.at("/Targets")).into_iter().map(|target| &target["Arn"]).collect();
        if targets != [&json!(topic.reference())] {
            said.push(format!("{} tells {targets:?}", rule.called()));
        }
        let admits = |kind: &str, pointer: &str| {
            it.all(kind).any(|found| {
                let about =
                    kind != "AWS::SNS::TopicPolicy" || *found.at("/Topics/0") == json!(topic.reference());
                about
                    && items(found.at(pointer))
                        .into_iter()
                        .any(|statement| statement["Principal"]["Service"] == "events.amazonaws.com")
            })
        };
        if !admits("AWS::SNS::TopicPolicy", "/PolicyDocument/Statement")
            || !admits("AWS::KMS::Key", "/KeyPolicy/Statement")
        {
            said.push("topic or key do not let EventBridge publish".into());
        }
    }
    said
}
