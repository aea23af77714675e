//! Services that no load balancer stands before: nothing of one is drawn, and nothing rests on one.

use serde_json::{Value, json};

use crate::{
    Assertion,
    model::{Environment, Meaning, items, text},
    release::{asked, services},
    spoil_of,
};

pub const ASSERTIONS: &[Assertion] = &[
    Assertion {
        name: "a service without a load balancer has nothing of one",
        check: nothing_of_one,
        spoils: &[
            spoil_of("worker", "a stack of an edge", |it| {
                it.stack("-mailer").entry["depends_on"]
                    .as_array_mut()
                    .unwrap()
                    .push(json!("shop-prod-mailer-edge"));
            }),
            spoil_of("worker", "a grace period", |it| {
                it.set("Service", "/Properties/HealthCheckGracePeriodSeconds", json!(60));
            }),
            spoil_of("worker", "a target group", |it| {
                it.set("Service", "/Properties/LoadBalancers", json!([{"TargetGroupArn": "arn"}]));
            }),
            spoil_of("worker-two-versions", "a role that moves rules", |it| {
                it.copy("TaskRole", "InfrastructureRole");
            }),
            spoil_of("worker", "a color", |it| {
                it.stack("-mailer").entry["lookup"]["LiveColor"] = json!({"live_color_of": "mailer"});
            }),
            spoil_of("worker-two-versions", "parts of traffic", |it| {
                it.set("Service", "/Properties/DeploymentConfiguration/Strategy", json!("CANARY"));
            }),
            spoil_of("worker-two-versions", "a hook around traffic", |it| {
                it.set(
                    "Service",
                    "/Properties/DeploymentConfiguration/LifecycleHooks",
                    json!([{"LifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"]}]),
                );
            }),
        ],
    },
    Assertion {
        name: "nobody calls a task that no load balancer calls",
        check: closed,
        spoils: &[
            spoil_of("worker", "an ingress rule", |it| {
                it.set(
                    "TaskSecurityGroup",
                    "/Properties/SecurityGroupIngress",
                    json!([{"CidrIp": "10.0.0.0/8"}]),
                );
            }),
            spoil_of("worker", "another group", |it| {
                it.set(
                    "Service",
                    "/Properties/NetworkConfiguration/AwsvpcConfiguration/SecurityGroups/0",
                    json!("sg-1"),
                );
            }),
            spoil_of("worker", "a public address", |it| {
                it.set(
                    "Service",
                    "/Properties/NetworkConfiguration/AwsvpcConfiguration/AssignPublicIp",
                    json!("ENABLED"),
                );
            }),
        ],
    },
    Assertion {
        name: "alarms without a load balancer watch the tasks of the service, or what was named",
        check: alarms,
        spoils: &[
            spoil_of("worker", "another service", |it| {
                it.set(
                    "MissingAlarm",
                    "/Properties/Metrics/0/MetricStat/Metric/Dimensions/1/Value",
                    json!("other"),
                );
            }),
            spoil_of("worker", "the other way round", |it| {
                it.set(
                    "MissingAlarm",
                    "/Properties/Metrics/2/Expression",
                    json!("FILL(running, 0) - FILL(desired, 0)"),
                );
            }),
            spoil_of("worker", "less is bad", |it| {
                it.set("MemoryAlarm", "/Properties/ComparisonOperator", json!("LessThanThreshold"));
            }),
            spoil_of("worker-two-versions", "another queue", |it| {
                it.set(
                    "BacklogAlarm",
                    "/Properties/Metrics/0/MetricStat/Metric/Dimensions/0/Value",
                    json!("other"),
                );
            }),
            spoil_of("worker-two-versions", "an alarm of a load balancer", |it| {
                it.set(
                    "CpuAlarm",
                    "/Properties/Metrics/0/MetricStat/Metric/Namespace",
                    json!("AWS/ApplicationELB"),
                );
            }),
            spoil_of("worker", "an alarm less", |it| {
                let template = &mut it.stack("-mailer").template;
                template["Resources"].as_object_mut().unwrap().shift_remove("MemoryAlarm");
            }),
        ],
    },
];

fn without(it: &Environment) -> impl Iterator<Item = &Meaning> {
    services(it).filter(|service| !asked(it, service).has_load_balancer())
}

/// What its logical ids begin with.
fn prefix(service: &Meaning) -> &str {
    service.id.strip_suffix("Service").unwrap()
}

fn nothing_of_one(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for service in without(it) {
        let prefix = prefix(service);
        let mut must = |holds: bool, what: String| {
            if !holds {
                said.push(format!("{}: {what}", service.called()));
            }
        };
        must(service.at("/LoadBalancers").is_null(), "it has a target group".into());
        must(service.at("/HealthCheckGracePeriodSeconds").is_null(), "it has a grace period".into());
        let strategy = text(service.at("/DeploymentConfiguration/Strategy"));
        // Traffic that moves through Service Connect moves as well.
        let is_called = asked(it, service).called().is_some();
        let whole = ["ROLLING", "BLUE_GREEN"].contains(&strategy.as_str());
        must(whole || is_called, format!("its strategy is {strategy}"));
        let hooks = service.at("/DeploymentConfiguration/LifecycleHooks").to_string();
        must(!hooks.contains("TRAFFIC") || is_called, format!("a hook waits for traffic: {hooks}"));
        let own = |resource: &&Meaning| resource.stack == service.stack && resource.id.starts_with(prefix);
        for resource in it.meant().iter().filter(own) {
            let foreign = prefix.is_empty() && resource.kind.starts_with("AWS::ElasticLoadBalancingV2::");
            let named = ["ProductionListener", "BlueTargetGroup", "InfrastructureRole", "HookFunction"]
                .iter()
                .any(|name| resource.id == format!("{prefix}{name}"));
            must(!foreign && !named, format!("it has {}", resource.id));
        }
        let edge = format!("{}-edge", service.stack);
        for stack in &it.stacks {
            must(stack.name != edge, "it has a stack of an edge".into());
            let waits = items(&stack.entry["depends_on"]);
            must(waits.iter().all(|name| **name != *edge), format!("{} waits for an edge", stack.name));
            let color = &stack.entry["lookup"][format!("{prefix}LiveColor")];
            must(color.is_null() || stack.name != service.stack, "a color is looked up".into());
        }
    }
    said
}

fn closed(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for service in without(it).filter(|service| asked(it, service).connect.is_none()) {
        let network = service.at("/NetworkConfiguration/AwsvpcConfiguration");
        let groups = items(&network["SecurityGroups"]);
        let group = groups.first().and_then(|group| it.find(group)).map(|(group, _)| group);
        let Some(group) = group.filter(|_| groups.len() == 1) else {
            said.push(format!("{}: its security groups are {groups:?}", service.called()));
            continue;
        };
        let beside = it
            .all("AWS::EC2::SecurityGroupIngress")
            .any(|rule| *rule.at("/GroupId") == json!(group.attribute("GroupId")));
        if beside || !group.at("/SecurityGroupIngress").is_null() {
            said.push(format!("{} lets somebody in", group.called()));
        }
        if network["AssignPublicIp"] != "DISABLED" {
            said.push(format!("{} has public addresses", service.called()));
        }
    }
    said
}

fn alarms(it: &Environment) -> Vec<String> {
    use bluegreen::blueprint::Measure;
    let mut said = Vec::new();
    // What is of no load balancer is so behind a Network Load Balancer as well.
    for service in services(it).filter(|service| asked(it, service).http.is_none()) {
        let of_service = json!([
            {"Name": "ClusterName", "Value": service.at("/Cluster")},
            {"Name": "ServiceName", "Value": service.at("/ServiceName")},
        ]);
        for (name, spec) in &asked(it, service).alarms {
            if asked(it, service).tcp.is_some() && spec.measure.is_of_load_balancer() {
                continue;
            }
            let ending = format!("-{}-{name}", text(service.at("/ServiceName")));
            let alarm = it.all("AWS::CloudWatch::Alarm").find(|alarm| {
                alarm.stack == service.stack && text(alarm.at("/AlarmName")).ends_with(&ending)
            });
            let Some(alarm) = alarm else {
                said.push(format!("{} has no alarm {name}", service.called()));
                continue;
            };
            let mut must = |holds: bool, what: String| {
                if !holds {
                    said.push(format!("{}: {what}", alarm.called()));
                }
            };
            let metrics: Vec<&Value> = items(alarm.at("/Metrics"))
                .into_iter()
                .map(|query| &query["MetricStat"]["Metric"])
                .filter(|metric| !metric.is_null())
                .collect();
            let of = |namespace: &str, name: &str, dimensions: &Value| json!({"Namespace": namespace, "MetricName": name, "Dimensions": dimensions});
            let (wanted, threshold, below) = match &spec.measure {
                Measure::MissingTasks { above } => {
                    let last = alarm.at("/Metrics/2/Expression");
                    must(
                        *last == "FILL(desired, 0) - FILL(running, 0)",
                        format!("{last} is not what is missing"),
                    );
                    let of = |name| of("ECS/ContainerInsights", name, &of_service);
                    (vec![of("DesiredTaskCount"), of("RunningTaskCount")], *above, false)
                }
                Measure::CpuPercentage { above } => {
                    (vec![of("AWS/ECS", "CPUUtilization", &of_service)], *above, false)
                }
                Measure::MemoryPercentage { above } => {
                    (vec![of("AWS/ECS", "MemoryUtilization", &of_service)], *above, false)
                }
                Measure::Metric(metric) => {
                    let dimensions =
                        metric.dimensions.iter().map(|(name, value)| json!({"Name": name, "Value": value}));
                    let wanted = of(&metric.namespace, &metric.name, &dimensions.collect());
                    let threshold = metric.above.or(metric.below).unwrap();
                    (vec![wanted], threshold, metric.below.is_some())
                }
                other => panic!("{other:?} needs a load balancer"),
            };
            must(metrics == wanted.iter().collect::<Vec<_>>(), format!("it measures {metrics:?}"));
            must(alarm.at("/Threshold").as_f64() == Some(threshold), "another threshold".into());
            let comparison = if below { "LessThanThreshold" } else { "GreaterThanThreshold" };
            must(*alarm.at("/ComparisonOperator") == comparison, "it compares otherwise".into());
            must(*alarm.at("/TreatMissingData") == "notBreaching", "missing data is not good".into());
        }
    }
    said
}
