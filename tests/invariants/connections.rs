//! Services that a Network Load Balancer sends connections: what it is from its creation on, what it passes on to, and what is
//! watched of it.

use bluegreen::blueprint::{Measure, Tcp};
use serde_json::{Value, json};

use crate::{
    Assertion,
    ecs::ends,
    model::{Environment, Meaning, items, text},
    release::asked,
    spoil_of,
    traffic::Ends,
};

pub const ASSERTIONS: &[Assertion] = &[
    Assertion {
        name: "a Network Load Balancer has its security group from the start, and knows the tasks of every zone",
        check: balancer,
        spoils: &[
            spoil_of("connections", "no security group, which none could be added to", |it| {
                it.remove("LoadBalancer", "/Properties/SecurityGroups")
            }),
            spoil_of("connections", "the group of the tasks", |it| {
                it.replace("LoadBalancer", "LoadBalancerSecurityGroup", "TaskSecurityGroup")
            }),
            spoil_of("connections", "a node for each zone", |it| {
                it.replace("LoadBalancer", "load_balancing.cross_zone.enabled", "zonal_shift.config.enabled")
            }),
            spoil_of("connections", "what is of requests", |it| {
                it.set(
                    "LoadBalancer",
                    "/Properties/LoadBalancerAttributes/-",
                    json!({"Key": "idle_timeout.timeout_seconds", "Value": "60"}),
                );
            }),
        ],
    },
    Assertion {
        name: "tasks behind a Network Load Balancer are spoken to with TCP, and their health is asked for as written",
        check: groups,
        spoils: &[
            spoil_of("connections", "TLS to tasks", |it| {
                it.set("GreenTargetGroup", "/Properties/Protocol", json!("TLS"));
            }),
            spoil_of("connections", "tasks by instance", |it| {
                it.set("BlueTargetGroup", "/Properties/TargetType", json!("instance"));
            }),
            spoil_of("connections", "a path that was not asked for", |it| {
                it.set("BlueTargetGroup", "/Properties/HealthCheckPath", json!("/"));
            }),
            spoil_of("connections-full", "health by connecting alone", |it| {
                it.set("GreenTargetGroup", "/Properties/HealthCheckProtocol", json!("TCP"));
            }),
            spoil_of("connections-full", "a redirect for health", |it| {
                it.set("GreenTargetGroup", "/Properties/Matcher/HttpCode", json!("200-399"));
            }),
            spoil_of("connections-full", "other addresses", |it| {
                it.replace(
                    "BlueTargetGroup",
                    r#""preserve_client_ip.enabled","Value":"true""#,
                    r#""preserve_client_ip.enabled","Value":"false""#,
                )
            }),
            spoil_of("connections-full", "another drain", |it| {
                it.replace("BlueTargetGroup", r#""Value":"20""#, r#""Value":"300""#)
            }),
            spoil_of("connections-full", "another port for health", |it| {
                it.set("BlueTargetGroup", "/Properties/HealthCheckPort", json!("8080"));
            }),
        ],
    },
    Assertion {
        name: "what a Network Load Balancer counts as a whole is watched as a whole",
        check: alarms,
        spoils: &[
            spoil_of("connections-full", "resets of one color, which nobody counts", |it| {
                it.set(
                    "ResetsAlarm",
                    "/Properties/Metrics/0/MetricStat/Metric/Dimensions/-",
                    json!({"Name": "TargetGroup", "Value": "targetgroup/x"}),
                );
            }),
            spoil_of("connections-full", "resets by clients", |it| {
                it.replace("ResetsAlarm", "TCP_Target_Reset_Count", "TCP_Client_Reset_Count")
            }),
            spoil_of("connections-full", "another namespace", |it| {
                it.replace("FailOpenAlarm", "AWS/NetworkELB", "AWS/ApplicationELB")
            }),
            spoil_of("connections-full", "a silent counter that leaves an old failure standing", |it| {
                it.replace("FailOpenAlarm", "FILL(count, 0)", "count")
            }),
            spoil_of("connections", "health as a lucky node sees it", |it| {
                it.replace("UnhealthyAlarm", r#""Stat":"Maximum""#, r#""Stat":"Minimum""#)
            }),
            spoil_of("connections-full", "an alarm less", |it| {
                let template = &mut it.stack("-broker").template;
                template["Resources"].as_object_mut().unwrap().shift_remove("ResetsAlarm");
            }),
        ],
    },
];

/// Services that are sent connections, with what carries these.
fn sent(it: &Environment) -> impl Iterator<Item = (Ends<'_>, &Tcp)> {
    ends(it).filter_map(move |ends| {
        let tcp = asked(it, ends.service).tcp.as_ref()?;
        Some((ends, tcp))
    })
}

/// The attributes of a resource as pairs.
fn attributes(of: &Value) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> =
        items(of).into_iter().map(|it| (text(&it["Key"]), text(&it["Value"]))).collect();
    all.sort();
    all
}

fn pairs<const N: usize>(all: [(&str, String); N]) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> =
        all.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    all.sort();
    all
}

fn balancer(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for (Ends { production, .. }, _) in sent(it) {
        let Some((balancer, _)) = it.find(production.at("/LoadBalancerArn")) else {
            said.push(format!("{} stands before nothing", production.called()));
            continue;
        };
        let prefix = balancer.id.strip_suffix("LoadBalancer").unwrap_or_default();
        let own = json!([format!("<{}/{prefix}LoadBalancerSecurityGroup.GroupId>", balancer.stack)]);
        if *balancer.at("/SecurityGroups") != own {
            said.push(format!("{} has the groups {}", balancer.called(), balancer.at("/SecurityGroups")));
        }
        let wanted = pairs([
            ("deletion_protection.enabled", it.resolved.place.environment.protected.to_string()),
            ("load_balancing.cross_zone.enabled", "true".into()),
        ]);
        let found = attributes(balancer.at("/LoadBalancerAttributes"));
        if found != wanted {
            said.push(format!("{} has {found:?}", balancer.called()));
        }
    }
    said
}

fn groups(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for (Ends { service, blue, green, .. }, tcp) in sent(it) {
        let check = &tcp.healthcheck;
        let mut wanted = json!({
            "TargetType": "ip",
            "VpcId": blue.at("/VpcId"),
            "Port": asked(it, service).port.unwrap().get(),
            "Protocol": "TCP",
            "HealthCheckProtocol": "TCP",
            "HealthCheckPort": "traffic-port",
            "HealthCheckIntervalSeconds": check.interval.seconds(),
            "HealthCheckTimeoutSeconds": check.timeout.seconds(),
            "HealthyThresholdCount": check.healthy,
            "UnhealthyThresholdCount": check.unhealthy,
        });
        if let Some(path) = &check.path {
            wanted["HealthCheckProtocol"] = json!("HTTP");
            wanted["HealthCheckPath"] = json!(path.as_str());
            wanted["Matcher"] = json!({"HttpCode": "200-299"});
        }
        let settings = pairs([
            ("deregistration_delay.timeout_seconds", tcp.drain.seconds().to_string()),
            ("preserve_client_ip.enabled", tcp.preserve_client_ip.to_string()),
            ("stickiness.enabled", "false".into()),
        ]);
        for group in [Some(blue), green].into_iter().flatten() {
            let mut found = group.at("").clone();
            let map = found.as_object_mut().unwrap();
            let own = attributes(&map.shift_remove("TargetGroupAttributes").unwrap_or_default());
            map.shift_remove("Tags");
            if found != wanted || own != settings {
                said.push(format!("{} is {found} with {own:?}", group.called()));
            }
        }
    }
    said
}

fn alarms(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for (Ends { service, production, .. }, _) in sent(it) {
        let Some((balancer, _)) = it.find(production.at("/LoadBalancerArn")) else { continue };
        let whole = json!([{"Name": "LoadBalancer", "Value": balancer.attribute("LoadBalancerFullName")}]);
        for (name, spec) in &asked(it, service).alarms {
            let metric = match spec.measure {
                Measure::ConnectionErrors { .. } => "TCP_Target_Reset_Count",
                Measure::FailOpenRequests { .. } => "UnhealthyRoutingFlowCount",
                Measure::UnhealthyTasks { .. } => "UnHealthyHostCount",
                _ => continue,
            };
            let ending = format!("-{}-{name}", text(service.at("/ServiceName")));
            let found = it.all("AWS::CloudWatch::Alarm").find(|alarm: &&Meaning| {
                alarm.stack == service.stack && text(alarm.at("/AlarmName")).ends_with(&ending)
            });
            let Some(alarm) = found else {
                said.push(format!("{} has no alarm {name}", service.called()));
                continue;
            };
            let first = &alarm.at("/Metrics/0/MetricStat");
            // By color where it is counted so, which another assertion looks at.
            let by_color = metric == "UnHealthyHostCount";
            let stat = if by_color { "Maximum" } else { "Sum" };
            let dimensions = if by_color { first["Metric"]["Dimensions"].clone() } else { whole.clone() };
            let wanted =
                json!({"Namespace": "AWS/NetworkELB", "MetricName": metric, "Dimensions": dimensions});
            if first["Metric"] != wanted || first["Stat"] != stat {
                said.push(format!("{} measures {first}", alarm.called()));
            }
            let last = items(alarm.at("/Metrics")).into_iter().rfind(|query| query["ReturnData"] != false);
            let math = last.map(|query| text(&query["Expression"])).unwrap_or_default();
            if !by_color && math != "FILL(count, 0)" {
                said.push(format!("{} goes by {math}", alarm.called()));
            }
        }
    }
    said
}
