//! Where traffic goes: listeners, weights, target groups, and the deployment group that moves it.

use bluegreen::blueprint::Engine;
use serde_json::{Value, json};

use crate::{
    Assertion,
    model::{Environment, Meaning, items, text},
    release::{asked, services, services_of},
    spoil, spoil_of,
};

const WEIGHT: &str = "/Properties/DefaultActions/0/ForwardConfig/TargetGroups/0/Weight";
const GROUPS: &str = "/Properties/DefaultActions/0/ForwardConfig/TargetGroups";
const PAIR: &str = "/Properties/LoadBalancerInfo/TargetGroupPairInfoList/0";

pub const ASSERTIONS: &[Assertion] = &[
    Assertion {
        name: "production and test listener forward to the pair with the weights CodeDeploy leaves behind",
        check: weights,
        spoils: &[
            spoil("other weights in production", |it| it.set("ProductionListener", WEIGHT, json!(100))),
            spoil("other weights in test", |it| {
                it.set("TestListener", WEIGHT, json!({"Fn::If": ["GreenIsLive", 100, 0]}));
            }),
            spoil("half of it", |it| {
                it.set("ProductionListener", WEIGHT, json!({"Fn::If": ["GreenIsLive", 0, 50]}))
            }),
            spoil("one group alone", |it| it.remove("ProductionListener", &format!("{GROUPS}/1"))),
            spoil("one group twice", |it| {
                it.set(
                    "TestListener",
                    &format!("{GROUPS}/1/TargetGroupArn"),
                    json!({"Ref": "BlueTargetGroup"}),
                );
            }),
            spoil("a third group", |it| {
                it.set(
                    "ProductionListener",
                    &format!("{GROUPS}/-"),
                    json!({"TargetGroupArn": "arn:x", "Weight": 0}),
                );
            }),
            spoil("sticky", |it| {
                it.set(
                    "ProductionListener",
                    "/Properties/DefaultActions/0/ForwardConfig/TargetGroupStickinessConfig",
                    json!({"Enabled": true, "DurationSeconds": 60}),
                );
            }),
            spoil("the plain form, which an update sends back to blue", |it| {
                it.set(
                    "ProductionListener",
                    "/Properties/DefaultActions/0",
                    json!({"Type": "forward", "TargetGroupArn": {"Ref": "BlueTargetGroup"}}),
                );
            }),
            spoil("another condition", |it| {
                it.stack("-edge").template["Conditions"]["GreenIsLive"] =
                    json!({"Fn::Equals": [{"Ref": "LiveColor"}, "blue"]});
            }),
            spoil("green from the start", |it| {
                it.stack("-edge").template["Parameters"]["LiveColor"]["Default"] = json!("green")
            }),
            spoil("any color", |it| {
                it.stack("-edge").template["Parameters"]["LiveColor"]["AllowedValues"] =
                    json!(["blue", "green", "red"]);
            }),
            spoil("nobody looks the color up", |it| {
                it.stack("-edge").entry["lookup"]["LiveColor"] = json!({"given": "the color"});
            }),
        ],
    },
    Assertion {
        name: "the production listener comes after the test listener, and the service after both",
        check: order,
        spoils: &[
            spoil("production first", |it| it.remove("ProductionListener", "/DependsOn")),
            spoil_of("single", "a service before its production listener", |it| {
                it.set("WebService", "/DependsOn", json!(["WebTaskDefinition", "WebTestListener"]));
            }),
            spoil_of("single", "a service before its test listener", |it| {
                it.set("WebService", "/DependsOn", json!(["WebTaskDefinition", "WebProductionListener"]));
            }),
            spoil("a service stack before its edge", |it| {
                it.stack("-web").entry["depends_on"] = json!(["shop-prod-cluster"]);
            }),
        ],
    },
    Assertion {
        name: "nothing else forwards to a group of the pair",
        check: bystanders,
        spoils: &[
            spoil("the redirect forwards", |it| {
                let forward = it.resource("ProductionListener")["Properties"]["DefaultActions"].clone();
                it.set("RedirectListener", "/Properties/DefaultActions", forward);
            }),
            spoil("a rule", |it| {
                it.copy("ProductionListener", "Rule");
                it.set("Rule", "/Type", json!("AWS::ElasticLoadBalancingV2::ListenerRule"));
            }),
            spoil("a redirect to somewhere else", |it| {
                it.set(
                    "RedirectListener",
                    "/Properties/DefaultActions/0/RedirectConfig/Host",
                    json!("example.com"),
                );
            }),
            spoil("a redirect back to HTTP", |it| {
                it.set(
                    "RedirectListener",
                    "/Properties/DefaultActions/0/RedirectConfig/Protocol",
                    json!("HTTP"),
                );
            }),
        ],
    },
    Assertion {
        name: "the deployment group moves the traffic of its own service alone",
        check: deployment_group,
        spoils: &[
            spoil("groups the other way round", |it| {
                let groups =
                    it.resource("DeploymentGroup").pointer_mut(&format!("{PAIR}/TargetGroups")).unwrap();
                groups.as_array_mut().unwrap().reverse();
            }),
            spoil("one group twice", |it| {
                let blue = it
                    .resource("DeploymentGroup")
                    .pointer(&format!("{PAIR}/TargetGroups/0"))
                    .unwrap()
                    .clone();
                it.set("DeploymentGroup", &format!("{PAIR}/TargetGroups/1"), blue);
            }),
            spoil("the test listener for production", |it| {
                it.replace("DeploymentGroup", ":ProductionListenerArn", ":TestListenerArn");
            }),
            spoil("no test listener", |it| it.remove("DeploymentGroup", &format!("{PAIR}/TestTrafficRoute"))),
            spoil("a group by its ARN", |it| {
                it.replace("DeploymentGroup", ":BlueTargetGroupName", ":BlueTargetGroupArn")
            }),
            spoil("another service", |it| {
                it.set("DeploymentGroup", "/Properties/ECSServices/0/ServiceName", json!("api"))
            }),
            spoil("another cluster", |it| {
                it.set("DeploymentGroup", "/Properties/ECSServices/0/ClusterName", json!("x"))
            }),
            spoil("the service starts in green", |it| {
                it.replace("Service", ":BlueTargetGroupArn", ":GreenTargetGroupArn")
            }),
            spoil("the service starts where traffic is", |it| {
                it.set(
                    "Service",
                    "/Properties/LoadBalancers/0/TargetGroupArn",
                    json!({"Fn::If": ["GreenIsLive", "arn:green", "arn:blue"]}),
                );
            }),
            spoil("in place", |it| {
                it.set("DeploymentGroup", "/Properties/DeploymentStyle/DeploymentType", json!("IN_PLACE"));
            }),
            spoil("for servers", |it| {
                it.set("DeploymentApplication", "/Properties/ComputePlatform", json!("Server"))
            }),
        ],
    },
    Assertion {
        name: "blue and green are alike, without slow start and stickiness",
        check: colors,
        spoils: &[
            spoil("another health path", |it| {
                it.set("GreenTargetGroup", "/Properties/HealthCheckPath", json!("/"))
            }),
            spoil("a setting of one", |it| it.remove("BlueTargetGroup", "/Properties/Matcher")),
            spoil("slow start of both", |it| {
                for id in ["BlueTargetGroup", "GreenTargetGroup"] {
                    let value = json!({"Key": "slow_start.duration_seconds", "Value": "30"});
                    it.set(id, "/Properties/TargetGroupAttributes/-", value);
                }
            }),
            spoil("sticky, both", |it| {
                for id in ["BlueTargetGroup", "GreenTargetGroup"] {
                    it.replace(
                        id,
                        r#""Key":"stickiness.enabled","Value":"false""#,
                        r#""Key":"stickiness.enabled","Value":"true""#,
                    );
                }
            }),
            spoil("a port that nothing listens on, both", |it| {
                for id in ["BlueTargetGroup", "GreenTargetGroup"] {
                    it.set(id, "/Properties/Port", json!(80));
                }
            }),
            spoil("health asked elsewhere, both", |it| {
                for id in ["BlueTargetGroup", "GreenTargetGroup"] {
                    it.set(id, "/Properties/HealthCheckPort", json!("8081"));
                }
            }),
            spoil("health asked for longer than it is waited, both", |it| {
                for id in ["BlueTargetGroup", "GreenTargetGroup"] {
                    it.set(id, "/Properties/HealthCheckTimeoutSeconds", json!(10));
                }
            }),
            spoil("instances, both", |it| {
                for id in ["BlueTargetGroup", "GreenTargetGroup"] {
                    it.set(id, "/Properties/TargetType", json!("instance"));
                }
            }),
        ],
    },
    Assertion {
        name: "a strategy is one of CodeDeploy's five or carries its numbers in its name",
        check: strategy,
        spoils: &[
            spoil("other numbers under the same name", |it| {
                it.set(
                    "DeploymentConfig",
                    "/Properties/TrafficRoutingConfig/TimeBasedCanary/CanaryInterval",
                    json!(5),
                );
            }),
            spoil("another percentage under the same name", |it| {
                it.set(
                    "DeploymentConfig",
                    "/Properties/TrafficRoutingConfig/TimeBasedCanary/CanaryPercentage",
                    json!(25),
                );
            }),
            spoil_of("linear", "other numbers under the same name, linear", |it| {
                it.set(
                    "DeploymentConfig",
                    "/Properties/TrafficRoutingConfig/TimeBasedLinear/LinearInterval",
                    json!(1),
                );
            }),
            spoil("a predefined name that is none", |it| {
                it.set(
                    "DeploymentGroup",
                    "/Properties/DeploymentConfigName",
                    json!("CodeDeployDefault.ECSCanary20Percent10Minutes"),
                );
            }),
            spoil("one that was not asked for", |it| {
                it.set(
                    "DeploymentGroup",
                    "/Properties/DeploymentConfigName",
                    json!("CodeDeployDefault.ECSAllAtOnce"),
                );
            }),
            spoil("none at all", |it| it.remove("DeploymentGroup", "/Properties/DeploymentConfigName")),
            spoil("one of the other platform", |it| {
                it.set("DeploymentConfig", "/Properties/ComputePlatform", json!("Lambda"))
            }),
        ],
    },
    Assertion {
        name: "blue stays as long as was asked, and a hold ends the deployment",
        check: holds,
        spoils: &[
            spoil("blue goes at once", |it| {
                it.set(
                    "DeploymentGroup",
                    "/Properties/BlueGreenDeploymentConfiguration/TerminateBlueInstancesOnDeploymentSuccess/TerminationWaitTimeInMinutes",
                    json!(0),
                );
            }),
            spoil("blue stays for ever", |it| {
                it.set(
                    "DeploymentGroup",
                    "/Properties/BlueGreenDeploymentConfiguration/TerminateBlueInstancesOnDeploymentSuccess/Action",
                    json!("KEEP_ALIVE"),
                );
            }),
            spoil("a hold that lets go by itself", |it| {
                it.set(
                    "DeploymentGroup",
                    "/Properties/BlueGreenDeploymentConfiguration/DeploymentReadyOption/ActionOnTimeout",
                    json!("CONTINUE_DEPLOYMENT"),
                );
            }),
            spoil_of("base", "a hold nobody asked for", |it| {
                it.set(
                    "DeploymentGroup",
                    "/Properties/BlueGreenDeploymentConfiguration/DeploymentReadyOption",
                    json!({"ActionOnTimeout": "STOP_DEPLOYMENT", "WaitTimeInMinutes": 60}),
                );
            }),
        ],
    },
];

/// A service with what carries its traffic.
pub struct Traffic<'e> {
    pub service: &'e Meaning,
    pub group: &'e Meaning,
    pub production: &'e Meaning,
    pub test: Option<&'e Meaning>,
    pub blue: &'e Meaning,
    pub green: &'e Meaning,
}

/// The deployment group of a service.
pub fn group<'e>(it: &'e Environment, service: &Meaning) -> Option<&'e Meaning> {
    it.all("AWS::CodeDeploy::DeploymentGroup")
        .find(|group| *group.at("/ECSServices/0/ServiceName") == json!(service.attribute("Name")))
}

fn pair<'m>(group: &'m Meaning, pointer: &str) -> &'m Value {
    group
        .properties
        .pointer(&format!("{}/{pointer}", PAIR.trim_start_matches("/Properties")))
        .unwrap_or(&Value::Null)
}

/// Everything that hangs together by references, where it does.
pub fn traffic(it: &Environment) -> Vec<Traffic<'_>> {
    let one = |service| {
        let group = group(it, service)?;
        let by_name = |at: usize| it.find(&pair(group, "TargetGroups")[at]["Name"]).map(|(found, _)| found);
        Some(Traffic {
            service,
            group,
            production: it.find(pair(group, "ProdTrafficRoute/ListenerArns/0"))?.0,
            test: it.find(pair(group, "TestTrafficRoute/ListenerArns/0")).map(|(found, _)| found),
            blue: by_name(0)?,
            green: by_name(1)?,
        })
    };
    services(it).filter_map(one).collect()
}

/// What a service has under any engine: its listeners and its target groups.
pub struct Ends<'e> {
    pub service: &'e Meaning,
    pub production: &'e Meaning,
    pub test: Option<&'e Meaning>,
    pub blue: &'e Meaning,
    /// None where no traffic moves.
    pub green: Option<&'e Meaning>,
}

/// The ends of every service.
pub fn ends(it: &Environment) -> Vec<Ends<'_>> {
    let of_codedeploy = traffic(it).into_iter().map(|found| Ends {
        service: found.service,
        production: found.production,
        test: found.test,
        blue: found.blue,
        green: Some(found.green),
    });
    of_codedeploy.chain(crate::ecs::ends(it)).collect()
}

/// The template a resource stands in.
fn template<'e>(it: &'e Environment, resource: &Meaning) -> &'e crate::model::Stack {
    it.stacks.iter().find(|stack| stack.name == resource.stack).unwrap()
}

fn weights(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    let all = traffic(it);
    if all.len() != services_of(it, Engine::Codedeploy).count() {
        said.push("not every service has a deployment group with listeners and groups".into());
    }
    for Traffic { production, test, blue, green, .. } in all {
        let stack = template(it, production);
        let prefix = production.id.replace("ProductionListener", "");
        let (condition, parameter) = (format!("{prefix}GreenIsLive"), format!("{prefix}LiveColor"));
        let wanted = json!([
            {"TargetGroupArn": blue.reference(), "Weight": {"Fn::If": [condition, 0, 100]}},
            {"TargetGroupArn": green.reference(), "Weight": {"Fn::If": [condition, 100, 0]}},
        ]);
        for listener in [production].into_iter().chain(test) {
            let actions = listener.at("/DefaultActions");
            if *actions != json!([{"Type": "forward", "ForwardConfig": {"TargetGroups": wanted}}]) {
                said.push(format!("{} forwards as {actions}", listener.called()));
            }
        }
        let meant = json!({"Fn::Equals": [{"Ref": parameter}, "green"]});
        if stack.template["Conditions"][&condition] != meant {
            said.push(format!("{condition} does not ask whether green is live"));
        }
        let parameters = &stack.template["Parameters"][&parameter];
        if parameters["Default"] != "blue" || parameters["AllowedValues"] != json!(["blue", "green"]) {
            said.push(format!("{parameter} is not blue or green, blue at first: {parameters}"));
        }
        if stack.entry["lookup"][&parameter]["live_color_of"].is_null() {
            said.push(format!("nothing looks {parameter} up"));
        }
    }
    said
}

fn order(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for Traffic { service, production, test, .. } in traffic(it) {
        if let Some(test) = test
            && !production.depends_on.contains(&test.id)
        {
            said.push(format!("{} does not wait for {}", production.called(), test.id));
        }
        for listener in [production].into_iter().chain(test) {
            let waits = if listener.stack == service.stack {
                service.depends_on.contains(&listener.id)
            } else {
                template(it, service).depends_on().contains(&listener.stack.as_str())
            };
            if !waits {
                said.push(format!("{} does not wait for {}", service.called(), listener.called()));
            }
        }
    }
    said
}

fn bystanders(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    let all = traffic(it);
    let known: Vec<String> =
        all.iter().flat_map(|it| [Some(it.production), it.test]).flatten().map(Meaning::called).collect();
    let listeners = it.all("AWS::ElasticLoadBalancingV2::Listener");
    let others = listeners.filter(|listener| {
        !known.contains(&listener.called())
            && !crate::ecs::carries_rule(it, listener)
            && !crate::ecs::is_ours(it, listener)
            && !crate::hook::moves(it, listener)
            && !crate::two_clusters::carries_weights(it, listener)
    });
    for listener in others {
        let wanted = json!([{"Type": "redirect",
            "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}]);
        if *listener.at("/DefaultActions") != wanted {
            said.push(format!("{} does more than redirect to HTTPS", listener.called()));
        }
    }
    let rules = it.all("AWS::ElasticLoadBalancingV2::ListenerRule");
    for rule in rules.filter(|rule| !crate::ecs::is_ours(it, rule)) {
        said.push(format!("{} is a rule: CodeDeploy would rewrite it", rule.called()));
    }
    said
}

fn deployment_group(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    let all = traffic(it);
    if all.len() != it.all("AWS::CodeDeploy::DeploymentGroup").count()
        || all.len() != services_of(it, Engine::Codedeploy).count()
    {
        said.push("services and deployment groups are not one for one".into());
    }
    for Traffic { service, group, production, test, blue, green } in all {
        let mut must = |holds: bool, what: &str| {
            if !holds {
                said.push(format!("{}: {what}", group.called()));
            }
        };
        let asked = asked(it, service);
        let color = |found: &Meaning, name: &str| found.id.ends_with(&format!("{name}TargetGroup"));
        must(color(blue, "Blue") && color(green, "Green"), "the pair is not blue and green");
        let names = json!([
            {"Name": blue.attribute("TargetGroupName")},
            {"Name": green.attribute("TargetGroupName")},
        ]);
        must(*pair(group, "TargetGroups") == names, "the pair is not named by names");
        must(production.id.ends_with("ProductionListener"), "production is another listener");
        must(
            *pair(group, "ProdTrafficRoute/ListenerArns") == json!([production.reference()]),
            "production has another listener as well",
        );
        must(test.is_some() == asked.deploy.test_traffic.is_some(), "there is no test listener as asked");
        must(test.is_none_or(|test| test.id.ends_with("TestListener")), "the test listener is another one");
        must(
            test.is_none_or(|test| test.at("/LoadBalancerArn") == production.at("/LoadBalancerArn")),
            "production and test are at two load balancers",
        );
        must(
            group.at("/ECSServices/0/ClusterName") == service.at("/Cluster"),
            "the service is in another cluster",
        );
        let ours =
            it.all("AWS::ECS::Cluster").any(|cluster| cluster.at("/ClusterName") == service.at("/Cluster"));
        must(ours, "the cluster is not one of ours");
        must(items(group.at("/ECSServices")).len() == 1, "there is more than one service");
        let blue_alone = json!([{
            "ContainerName": service.at("/ServiceName"),
            "ContainerPort": asked.port.unwrap().get(),
            "TargetGroupArn": blue.reference(),
        }]);
        must(*service.at("/LoadBalancers") == blue_alone, "the service does not start in blue");
        let style = json!({"DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL"});
        must(*group.at("/DeploymentStyle") == style, "it is no blue/green deployment");
        let application = it.find(group.at("/ApplicationName")).map(|(found, _)| found);
        must(
            application.is_some_and(|application| application.at("/ComputePlatform") == "ECS"),
            "the application is not one for ECS",
        );
    }
    said
}

fn colors(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for Ends { service, blue, green, .. } in ends(it) {
        if let Some(green) = green.filter(|green| green.properties != blue.properties) {
            said.push(format!("{} and {} differ", blue.called(), green.id));
        }
        let asked = asked(it, service);
        let attribute = |key: &str| {
            items(blue.at("/TargetGroupAttributes"))
                .into_iter()
                .find(|it| it["Key"] == key)
                .map(|it| text(&it["Value"]))
        };
        let number = |pointer: &str| blue.at(pointer).as_i64().unwrap_or_default();
        let mut must = |holds: bool, what: &str| {
            if !holds {
                said.push(format!("{}: {what}", blue.called()));
            }
        };
        must(attribute("slow_start.duration_seconds").is_none(), "slow start");
        must(attribute("stickiness.enabled").is_some_and(|value| value == "false"), "sticky");
        must(number("/Port") == i64::from(asked.port.unwrap().get()), "another port");
        must(blue.at("/TargetType") == "ip", "Fargate tasks are targets by address");
        must(blue.at("/HealthCheckPort") == "traffic-port", "health is asked for at another port");
        must(number("/HealthCheckTimeoutSeconds") < number("/HealthCheckIntervalSeconds"), "S-64");
    }
    said
}

/// Kind, percent and minutes of the configuration a deployment group names.
pub fn shift(it: &Environment, group: &Meaning) -> Option<(&'static str, i64, i64)> {
    let name = group.at("/DeploymentConfigName");
    if let Some((config, _)) = it.find(name) {
        return ["Canary", "Linear"].into_iter().find_map(|kind| {
            let at = |what: &str| {
                config.at(&format!("/TrafficRoutingConfig/TimeBased{kind}/{kind}{what}")).as_i64()
            };
            (config.at("/TrafficRoutingConfig/Type") == &json!(format!("TimeBased{kind}"))).then(|| {
                Some((if kind == "Canary" { "canary" } else { "linear" }, at("Percentage")?, at("Interval")?))
            })?
        });
    }
    Some(match name.as_str()? {
        "CodeDeployDefault.ECSAllAtOnce" => ("all-at-once", 100, 0),
        "CodeDeployDefault.ECSCanary10Percent5Minutes" => ("canary", 10, 5),
        "CodeDeployDefault.ECSCanary10Percent15Minutes" => ("canary", 10, 15),
        "CodeDeployDefault.ECSLinear10PercentEvery1Minutes" => ("linear", 10, 1),
        "CodeDeployDefault.ECSLinear10PercentEvery3Minutes" => ("linear", 10, 3),
        _ => return None,
    })
}

fn strategy(it: &Environment) -> Vec<String> {
    use bluegreen::blueprint::Strategy;
    let mut said = Vec::new();
    for Traffic { service, group, .. } in traffic(it) {
        let wanted = match asked(it, service).deploy.strategy {
            Strategy::AllAtOnce {} | Strategy::Rolling(_) => ("all-at-once", 100, 0),
            Strategy::Canary { percent, wait } => ("canary", percent.up().into(), wait.minutes().into()),
            Strategy::Linear { percent, wait } => ("linear", percent.up().into(), wait.minutes().into()),
        };
        let found = shift(it, group);
        if found != Some(wanted) {
            said.push(format!("{} shifts by {found:?}, not {wanted:?}", group.called()));
        }
    }
    for config in it.all("AWS::CodeDeploy::DeploymentConfig") {
        let name = text(config.at("/DeploymentConfigName"));
        let numbers = ["Canary", "Linear"].into_iter().find_map(|kind| {
            let at = |what: &str| {
                config.at(&format!("/TrafficRoutingConfig/TimeBased{kind}/{kind}{what}")).as_i64()
            };
            Some(format!("-{}-{}-{}m", kind.to_lowercase(), at("Percentage")?, at("Interval")?))
        });
        if !numbers.is_some_and(|numbers| name.ends_with(&numbers)) {
            said.push(format!("{name} does not carry its numbers"));
        }
        if config.at("/ComputePlatform") != "ECS" {
            said.push(format!("{name} is not for ECS"));
        }
    }
    said
}

fn holds(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for Traffic { service, group, .. } in traffic(it) {
        let deploy = &asked(it, service).deploy;
        let wanted = json!({
            "DeploymentReadyOption": match deploy.approve {
                Some(approve) => json!({"ActionOnTimeout": "STOP_DEPLOYMENT", "WaitTimeInMinutes": approve.timeout.minutes()}),
                None => json!({"ActionOnTimeout": "CONTINUE_DEPLOYMENT", "WaitTimeInMinutes": 0}),
            },
            "TerminateBlueInstancesOnDeploymentSuccess": {
                "Action": "TERMINATE",
                "TerminationWaitTimeInMinutes": deploy.keep_old.minutes(),
            },
        });
        let found = group.at("/BlueGreenDeploymentConfiguration");
        if *found != wanted {
            said.push(format!("{}: {found}, not {wanted}", group.called()));
        }
    }
    said
}
