//! Services behind one load balancer: whose a rule is, what tells their requests apart, and what is nobody's alone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    Assertion,
    model::{Environment, Meaning, items, text},
    release::{known, services},
    spoil_of,
};

const RULE: &str = "AWS::ElasticLoadBalancingV2::ListenerRule";

pub const ASSERTIONS: &[Assertion] = &[
    Assertion {
        name: "rules on a shared listener are of one service each, told apart as asked, in an order of their own",
        check: rules,
        spoils: &[
            spoil_of("shared-single", "another host", |it| {
                it.replace("AProductionRule", "a.example.com", "b.example.com")
            }),
            spoil_of("shared-single", "every path", |it| {
                it.remove("BProductionRule", "/Properties/Conditions/1");
            }),
            spoil_of("shared-single", "the priority of another", |it| {
                let priority = it.resource("BProductionRule")["Properties"]["Priority"].clone();
                it.set("AProductionRule", "/Properties/Priority", priority);
            }),
            spoil_of("shared-single", "tests in another order", |it| {
                it.set("ATestRule", "/Properties/Priority", json!(1))
            }),
            spoil_of("shared-single", "the group of another service", |it| {
                it.replace("AProductionRule", "ABlueTargetGroup", "BBlueTargetGroup")
            }),
            spoil_of("shared-single", "tests on the production listener", |it| {
                it.replace("ATestRule", "PublicTestListener", "PublicProductionListener")
            }),
            spoil_of("shared", "a rule beside the load balancer", |it| {
                let rule = it.stack("-a-edge").template["Resources"]["ProductionRule"].clone();
                it.stack("-public-load-balancer").template["Resources"]["ProductionRule"] = rule;
            }),
        ],
    },
    Assertion {
        name: "a shared listener leads nowhere by itself, and nothing of a release is beside it",
        check: listeners,
        spoils: &[
            spoil_of("shared", "to a service", |it| {
                let actions =
                    it.stack("-a-edge").template["Resources"]["ProductionRule"]["Properties"]["Actions"]
                        .clone();
                it.stack("-public-load-balancer").template["Resources"]["ProductionListener"]["Properties"]
                    ["DefaultActions"] = actions;
            }),
            spoil_of("shared", "a color", |it| {
                it.stack("-public-load-balancer").template["Parameters"]["LiveColor"] =
                    json!({"Type": "String"});
            }),
            spoil_of("shared", "a listener that may be replaced", |it| {
                it.stack("-public-load-balancer").policy = None;
            }),
            spoil_of("shared", "tags that reach it", |it| {
                it.stack("-public-load-balancer").entry["tags"] = json!({"team": "payments"});
            }),
        ],
    },
    Assertion {
        name: "who stands behind a shared load balancer waits for it, and says where its traffic is",
        check: order,
        spoils: &[
            spoil_of("shared", "an edge that does not wait", |it| {
                let edge = it.stack("-a-edge");
                let waits = edge.entry["depends_on"].as_array_mut().unwrap();
                waits.retain(|name| name != "shop-prod-public-load-balancer");
            }),
            spoil_of("shared", "a rule that is not said", |it| {
                it.stack("-b-edge").template["Outputs"]
                    .as_object_mut()
                    .unwrap()
                    .shift_remove("ProductionRuleArn");
            }),
        ],
    },
];

/// Rules of a service that shares, each with whether it is the one of production.
fn of<'e>(it: &'e Environment, service: &'e Meaning) -> impl Iterator<Item = (&'e Meaning, bool)> {
    let prefix = service.id.strip_suffix("Service").unwrap();
    let edge = format!("{}-edge", service.stack);
    it.all(RULE).filter_map(move |rule| {
        let is_beside = rule.stack == service.stack || rule.stack == edge;
        match rule.id.strip_prefix(prefix) {
            Some("ProductionRule") if is_beside => Some((rule, true)),
            Some("TestRule") if is_beside => Some((rule, false)),
            _ => None,
        }
    })
}

/// The services that share a load balancer.
fn sharing(it: &Environment) -> impl Iterator<Item = &Meaning> {
    services(it).filter(|service| known(it, service).shares().is_some())
}

fn rules(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    let mut ours: BTreeSet<String> = BTreeSet::new();
    let mut taken: BTreeMap<(String, i64), String> = BTreeMap::new();
    for service in sharing(it) {
        let asked = known(it, service).service.http.as_ref().unwrap();
        let host = asked
            .host
            .as_ref()
            .map(|host| json!({"Field": "host-header", "HostHeaderConfig": {"Values": [host.to_string()]}}));
        let paths =
            asked.paths.as_ref().map(|paths| paths.iter().map(ToString::to_string).collect::<Vec<_>>());
        let every = host.is_none().then(|| vec!["/*".to_owned()]);
        let paths = paths
            .or(every)
            .map(|paths| json!({"Field": "path-pattern", "PathPatternConfig": {"Values": paths}}));
        let wanted: Vec<Value> = host.into_iter().chain(paths).collect();
        let found: Vec<_> = of(it, service).collect();
        let priorities: BTreeSet<i64> =
            found.iter().filter_map(|(rule, _)| rule.at("/Priority").as_i64()).collect();
        if priorities.len() != 1 {
            said.push(format!("{} has the priorities {priorities:?}", service.called()));
        }
        for (rule, production) in found {
            ours.insert(rule.called());
            if *rule.at("/Conditions") != json!(wanted) {
                said.push(format!("{} is told by {}", rule.called(), rule.at("/Conditions")));
            }
            let priority = rule.at("/Priority").as_i64().unwrap_or_default();
            if asked.priority.is_some_and(|asked| i64::from(asked) != priority) {
                said.push(format!("{} has priority {priority}", rule.called()));
            }
            let place = (text(rule.at("/ListenerArn")), priority);
            if let Some(other) = taken.insert(place, rule.called()) {
                said.push(format!("{} and {other} have one priority", rule.called()));
            }
            let listener = if production { "ProductionListener" } else { "TestListener" };
            let at = it.find(rule.at("/ListenerArn")).map(|(found, _)| found.id.clone()).unwrap_or_default();
            if !at.ends_with(listener) {
                said.push(format!("{} is at {at}", rule.called()));
            }
            let prefix = service.id.strip_suffix("Service").unwrap();
            for group in items(rule.at("/Actions/0/ForwardConfig/TargetGroups")) {
                let group = it.find(&group["TargetGroupArn"]).map(|(found, _)| found);
                let is_own = group.is_some_and(|group| {
                    let id = group.id.strip_prefix(prefix);
                    group.stack == rule.stack && matches!(id, Some("BlueTargetGroup" | "GreenTargetGroup"))
                });
                if !is_own {
                    said.push(format!("{} leads to {:?}", rule.called(), group.map(Meaning::called)));
                }
            }
        }
    }
    let shared: BTreeSet<String> = shared_listeners(it).map(Meaning::reference).collect();
    for rule in it.all(RULE) {
        if shared.contains(&text(rule.at("/ListenerArn"))) && !ours.contains(&rule.called()) {
            said.push(format!("{} is nobody's", rule.called()));
        }
    }
    said
}

/// Production and test listeners of load balancers that are shared.
fn shared_listeners(it: &Environment) -> impl Iterator<Item = &Meaning> {
    it.all("AWS::ElasticLoadBalancingV2::Listener").filter(|listener| {
        it.resolved.load_balancers.keys().any(|name| {
            let own = format!("-{name}-load-balancer");
            let prefix = pascal(name.as_str());
            let id = listener.id.strip_prefix(prefix.as_str()).unwrap_or(&listener.id);
            let is_there = listener.stack.ends_with(&own) || listener.id.starts_with(prefix.as_str());
            is_there && matches!(id, "ProductionListener" | "TestListener")
        })
    })
}

/// `in-side` as `InSide`.
fn pascal(name: &str) -> String {
    let words = name.split('-').filter_map(|word| Some(word.get(..1)?.to_ascii_uppercase() + word.get(1..)?));
    words.collect()
}

fn listeners(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    let all: Vec<&Meaning> = shared_listeners(it).collect();
    let wanted: usize = it
        .resolved
        .load_balancers
        .values()
        .map(|balancer| 1 + usize::from(balancer.test_traffic.is_some()))
        .sum();
    if all.len() != wanted {
        said.push(format!("{} listeners are shared, not {wanted}", all.len()));
    }
    for listener in all {
        let action = listener.at("/DefaultActions/0");
        if action["Type"] != "fixed-response" || action["FixedResponseConfig"]["StatusCode"] != "404" {
            said.push(format!("{} answers {action}", listener.called()));
        }
        let stack = it.stacks.iter().find(|stack| stack.name == listener.stack).unwrap();
        let denied = stack.policy.as_ref().map(Value::to_string).unwrap_or_default();
        if !denied.contains("AWS::ElasticLoadBalancingV2::Listener\"") {
            said.push(format!("{} may be replaced", listener.called()));
        }
        if !listener.stack.ends_with("-load-balancer") {
            continue;
        }
        let kinds =
            ["TargetGroup", "ListenerRule"].map(|kind| format!("AWS::ElasticLoadBalancingV2::{kind}"));
        let strangers = stack.resources().filter(|(_, it)| kinds.iter().any(|kind| it["Type"] == **kind));
        if strangers.count() > 0 || stack.template["Parameters"].get("LiveColor").is_some() {
            said.push(format!("{} holds what a release moves", stack.name));
        }
        if stack.entry["tags"].as_object().is_some_and(|tags| !tags.is_empty()) {
            said.push(format!("{} has tags, which reach its listeners", stack.name));
        }
    }
    said
}

fn order(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for service in sharing(it) {
        let Some((rule, _)) = of(it, service).find(|(_, production)| *production) else {
            said.push(format!("{} has no rule", service.called()));
            continue;
        };
        let stack = it.stacks.iter().find(|stack| stack.name == rule.stack).unwrap();
        let listener = it.find(rule.at("/ListenerArn")).map(|(found, _)| found);
        let Some(listener) = listener else {
            said.push(format!("{} is at no listener", rule.called()));
            continue;
        };
        if listener.stack != rule.stack && !stack.depends_on().contains(&listener.stack.as_str()) {
            said.push(format!("{} does not wait for {}", stack.name, listener.stack));
        }
        let output = format!("{}ProductionRuleArn", service.id.strip_suffix("Service").unwrap());
        let value = it.meaning_of(stack, &stack.template["Outputs"][&output]["Value"]);
        if value != rule.reference() {
            said.push(format!("{} says {value} for its rule", stack.name));
        }
    }
    said
}
