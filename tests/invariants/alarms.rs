//! Alarms over both colors, and whether they can fire inside the time they guard.

use serde_json::{Value, json};

use crate::{
    Assertion,
    model::{Environment, Meaning, items, text},
    release::{asked, definition},
    spoil, spoil_of,
    traffic::{Ends, Traffic, ends, shift, traffic},
};

pub const ASSERTIONS: &[Assertion] = &[
    Assertion {
        name: "every alarm watches both colors by the same math",
        check: both_colors,
        spoils: &[
            spoil("blue twice", |it| it.replace("ErrorsAlarm", ":GreenDimension", ":BlueDimension")),
            spoil("by ARN", |it| it.replace("BurstAlarm", ":GreenDimension", ":GreenTargetGroupArn")),
            spoil("without the load balancer", |it| {
                it.remove("LatencyAlarm", "/Properties/Metrics/0/MetricStat/Metric/Dimensions/0");
            }),
            spoil("another metric for green", |it| {
                it.set(
                    "BurstAlarm",
                    "/Properties/Metrics/2/MetricStat/Metric/MetricName",
                    json!("HTTPCode_Target_4XX_Count"),
                );
            }),
            spoil("another statistic for green", |it| {
                it.set("BurstAlarm", "/Properties/Metrics/2/MetricStat/Stat", json!("Average"));
            }),
            spoil("another period for green", |it| {
                it.set("BurstAlarm", "/Properties/Metrics/2/MetricStat/Period", json!(300))
            }),
            spoil("less than a minute", |it| {
                it.replace("BurstAlarm", r#""Period":60"#, r#""Period":30"#);
            }),
            spoil("blue alone in the end", |it| {
                it.set("BurstAlarm", "/Properties/Metrics/4/Expression", json!("blue"))
            }),
            spoil("a rate over both", |it| {
                it.set("ErrorsAlarm", "/Properties/Metrics/6/Expression", json!("blue + green"));
            }),
            spoil("other math for green", |it| {
                it.set("BurstAlarm", "/Properties/Metrics/3/Expression", json!("greencount"))
            }),
            spoil("two answers", |it| it.set("BurstAlarm", "/Properties/Metrics/0/ReturnData", json!(true))),
            spoil("no answer", |it| it.set("BurstAlarm", "/Properties/Metrics/4/ReturnData", json!(false))),
            spoil("the whole load balancer", |it| {
                it.replace("BurstAlarm", "HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count");
            }),
            spoil("gaps", |it| it.replace("BurstAlarm", "FILL(bluecount, 0)", "bluecount")),
            spoil("gaps that count as bad", |it| {
                it.set("BurstAlarm", "/Properties/TreatMissingData", json!("breaching"))
            }),
            spoil("gaps that count as nothing", |it| it.remove("BurstAlarm", "/Properties/TreatMissingData")),
        ],
    },
    Assertion {
        name: "alarms stop a deployment, and a stopped one is taken back",
        check: rollback,
        spoils: &[
            spoil("switched off", |it| {
                it.set("DeploymentGroup", "/Properties/AlarmConfiguration/Enabled", json!(false))
            }),
            spoil("blind", |it| {
                it.set(
                    "DeploymentGroup",
                    "/Properties/AlarmConfiguration/IgnorePollAlarmFailure",
                    json!(true),
                )
            }),
            spoil("none", |it| it.remove("DeploymentGroup", "/Properties/AlarmConfiguration")),
            spoil("not taken back", |it| {
                it.set(
                    "DeploymentGroup",
                    "/Properties/AutoRollbackConfiguration/Events",
                    json!(["DEPLOYMENT_FAILURE"]),
                );
            }),
            spoil("not taken back at all", |it| {
                it.set("DeploymentGroup", "/Properties/AutoRollbackConfiguration/Enabled", json!(false));
            }),
            spoil("one that is not there", |it| {
                it.set(
                    "DeploymentGroup",
                    "/Properties/AlarmConfiguration/Alarms/0/Name",
                    json!("shop-prod-web-error"),
                );
            }),
            spoil("one is missing", |it| {
                it.remove("DeploymentGroup", "/Properties/AlarmConfiguration/Alarms/0")
            }),
            spoil("eleven", |it| {
                for _ in 0..5 {
                    it.set(
                        "DeploymentGroup",
                        "/Properties/AlarmConfiguration/Alarms/-",
                        json!({"Name": {"Ref": "BurstAlarm"}}),
                    );
                }
            }),
            spoil_of("rollback-without-alarms", "taken back on alarms without alarms", |it| {
                it.set(
                    "DeploymentGroup",
                    "/Properties/AutoRollbackConfiguration/Events/-",
                    json!("DEPLOYMENT_STOP_ON_ALARM"),
                );
            }),
            spoil_of("rollback-named", "more than were named", |it| {
                it.set(
                    "DeploymentGroup",
                    "/Properties/AlarmConfiguration/Alarms/-",
                    json!({"Name": {"Ref": "BurstAlarm"}}),
                );
            }),
            spoil("a composite one", |it| {
                it.set("BurstAlarm", "/Type", json!("AWS::CloudWatch::CompositeAlarm"));
            }),
        ],
    },
    Assertion {
        name: "with the defaults, every alarm can fire before all traffic has moved",
        check: timing,
        spoils: &[
            spoil_of("base", "slow periods", |it| {
                it.replace("BurstAlarm", r#""Period":60"#, r#""Period":300"#)
            }),
            spoil_of("base", "many periods", |it| {
                it.set("UnhealthyAlarm", "/Properties/DatapointsToAlarm", json!(7));
            }),
            spoil_of("base", "a fast canary", |it| {
                it.set(
                    "DeploymentConfig",
                    "/Properties/TrafficRoutingConfig/TimeBasedCanary/CanaryInterval",
                    json!(5),
                );
            }),
            spoil_of("base", "blue does not wait", |it| {
                it.set(
                    "DeploymentGroup",
                    "/Properties/BlueGreenDeploymentConfiguration/TerminateBlueInstancesOnDeploymentSuccess/TerminationWaitTimeInMinutes",
                    json!(0),
                );
            }),
        ],
    },
    Assertion {
        name: "who is on call hears of alarms",
        check: told,
        spoils: &[
            spoil("not of this one", |it| it.remove("BurstAlarm", "/Properties/AlarmActions")),
            spoil("not when it is over", |it| it.remove("BurstAlarm", "/Properties/OKActions")),
            spoil("someone else", |it| it.replace("BurstAlarm", ":OncallTopicArn", ":ReleasesTopicArn")),
            spoil_of("base", "a topic that is not there", |it| {
                it.set("BurstAlarm", "/Properties/AlarmActions", json!([{"Ref": "Topic"}]));
            }),
        ],
    },
];

/// The metric queries of one color: `count` to metric, statistic, period and dimensions.
fn queries(alarm: &Meaning, color: &str) -> Vec<(String, Value)> {
    items(alarm.at("/Metrics"))
        .into_iter()
        .filter_map(|query| Some((query["Id"].as_str()?.strip_prefix(color)?.to_owned(), query)))
        .filter(|(_, query)| query.get("MetricStat").is_some())
        .map(|(id, query)| (id, query["MetricStat"].clone()))
        .collect()
}

/// The family of a service's task definition, with which the names of its alarms begin.
fn family(it: &Environment, service: &Meaning) -> String {
    definition(it, service).map(|found| text(found.at("/Family"))).unwrap_or_default()
}

fn both_colors(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for Ends { service, production, blue, green, .. } in ends(it) {
        let balancer = it.find(production.at("/LoadBalancerArn")).map(|(found, _)| found);
        let Some(balancer) = balancer else { continue };
        let of_service = it.all("AWS::CloudWatch::Alarm").filter(|alarm| {
            alarm.stack == service.stack && text(alarm.at("/AlarmName")).starts_with(&family(it, service))
        });
        let mut count = 0;
        let network = crate::ecs::is_sent_connections(it, service);
        for alarm in of_service {
            count += 1;
            // Of a Network Load Balancer only health is counted by color; another assertion looks at the rest.
            if network && alarm.at("/Metrics/0/MetricStat/Metric/MetricName") != "UnHealthyHostCount" {
                continue;
            }
            let mut must = |holds: bool, what: String| {
                if !holds {
                    said.push(format!("{}: {what}", alarm.called()));
                }
            };
            let (mut blues, greens) = (queries(alarm, "blue"), queries(alarm, "green"));
            must(!blues.is_empty(), "it measures nothing of blue".into());
            let colors = [("blue", Some(blue), &blues), ("green", green, &greens)];
            for (color, group, queries) in
                colors.into_iter().filter_map(|(color, group, queries)| Some((color, group?, queries)))
            {
                for (id, stat) in queries {
                    let wanted = json!([
                        {"Name": "LoadBalancer", "Value": balancer.attribute("LoadBalancerFullName")},
                        {"Name": "TargetGroup", "Value": group.attribute("TargetGroupFullName")},
                    ]);
                    let metric = &stat["Metric"];
                    must(metric["Dimensions"] == wanted, format!("{color}{id} has {}", metric["Dimensions"]));
                    must(
                        metric["Namespace"] == if network { "AWS/NetworkELB" } else { "AWS/ApplicationELB" },
                        format!("{color}{id} is in another namespace"),
                    );
                    let name = text(&metric["MetricName"]);
                    must(!name.starts_with("HTTPCode_ELB"), format!("{name} is not of a target group"));
                    must(stat["Period"].as_i64().is_some_and(|seconds| seconds % 60 == 0), "S-21".into());
                }
            }
            let strip = |queries: &mut Vec<(String, Value)>| {
                queries.iter_mut().for_each(|(_, stat)| stat["Metric"]["Dimensions"] = Value::Null);
            };
            let mut plain_greens = greens.clone();
            strip(&mut blues);
            strip(&mut plain_greens);
            let same = if green.is_some() { blues == plain_greens } else { plain_greens.is_empty() };
            must(same, "green is measured otherwise than blue".into());

            let expression = |id: &str| {
                items(alarm.at("/Metrics"))
                    .into_iter()
                    .find(|it| it["Id"] == id)
                    .map(|it| text(&it["Expression"]))
            };
            let (of_blue, of_green) = (expression("blue"), expression("green"));
            must(
                green.is_none() || of_blue.as_ref().map(|it| it.replace("blue", "green")) == of_green,
                format!("{of_blue:?} for blue, {of_green:?} for green"),
            );
            // Without FILL a counter that is silent while nothing fails leaves an old failure standing.
            for (id, _) in &blues {
                let filled = of_blue.as_ref().is_some_and(|math| {
                    math.matches(&format!("blue{id}")).count()
                        == math.matches(&format!("FILL(blue{id}, ")).count()
                        && math.contains(&format!("blue{id}"))
                });
                must(filled, format!("blue{id} is not filled in {of_blue:?}"));
            }
            let returned: Vec<&Value> = items(alarm.at("/Metrics"))
                .into_iter()
                .filter(|query| query["ReturnData"] != false)
                .collect();
            must(returned.len() == 1, format!("{} queries are returned", returned.len()));
            let last = returned.first().map(|query| text(&query["Expression"])).unwrap_or_default();
            // A rate or a time of both together would hide a canary; events may be added up.
            let counts = blues.len() == 1 && blues[0].1["Stat"] == "Sum";
            let joined = match green {
                Some(_) => last == "MAX([blue, green])" || (counts && last == "blue + green"),
                None => Some(&last) == of_blue.as_ref(),
            };
            must(joined, format!("`{last}` does not join the colors"));
            must(alarm.at("/TreatMissingData") == "notBreaching", "missing data is not good".into());
            must(alarm.at("/ComparisonOperator") == "GreaterThanThreshold", "it compares otherwise".into());
        }
        if count != asked(it, service).alarms.len() {
            said.push(format!("{} has {count} alarms", service.called()));
        }
    }
    said
}

fn rollback(it: &Environment) -> Vec<String> {
    use bluegreen::blueprint::RollbackEvent;
    let mut said = Vec::new();
    for Traffic { service, group, .. } in traffic(it) {
        let asked = asked(it, service);
        let on = &asked.deploy.rollback.on;
        let mut must = |holds: bool, what: String| {
            if !holds {
                said.push(format!("{}: {what}", group.called()));
            }
        };
        let wanted = [
            (RollbackEvent::Failure, "DEPLOYMENT_FAILURE"),
            (RollbackEvent::Alarm, "DEPLOYMENT_STOP_ON_ALARM"),
            (RollbackEvent::Stop, "DEPLOYMENT_STOP_ON_REQUEST"),
        ];
        let mut wanted: Vec<&str> =
            wanted.into_iter().filter(|(event, _)| on.contains(event)).map(|(_, name)| name).collect();
        wanted.sort_unstable();
        let mut found: Vec<&str> = items(group.at("/AutoRollbackConfiguration/Events"))
            .into_iter()
            .filter_map(Value::as_str)
            .collect();
        found.sort_unstable();
        must(found == wanted, format!("it is taken back on {found:?}"));
        must(
            group.at("/AutoRollbackConfiguration/Enabled") == &json!(!wanted.is_empty()),
            "taking back is not switched as asked".into(),
        );
        let alarms = items(group.at("/AlarmConfiguration/Alarms"));
        let chosen = asked.deploy.rollback.alarms.as_ref().map_or(asked.alarms.len(), Vec::len);
        let expected = if on.contains(&RollbackEvent::Alarm) { chosen.min(10) } else { 0 };
        must(alarms.len() == expected, format!("{} alarms stop it, not {expected}", alarms.len()));
        for alarm in &alarms {
            let found = it.find(&alarm["Name"]);
            let metric = found.as_ref().is_some_and(|(found, _)| found.kind == "AWS::CloudWatch::Alarm");
            must(metric, format!("{} is no metric alarm of ours", alarm["Name"]));
        }
        let configuration = group.at("/AlarmConfiguration");
        if expected > 0 {
            must(configuration["Enabled"] == true, "alarms are switched off".into());
            must(configuration["IgnorePollAlarmFailure"] == false, "it goes on blind".into());
        } else {
            must(
                configuration.is_null() || configuration["Enabled"] == false,
                "alarms without alarms".into(),
            );
        }
    }
    said
}

/// Worst case of detection and reaction in minutes (facts 10.5): `W + R`.
fn detection(alarm: &Meaning) -> f64 {
    let period = items(alarm.at("/Metrics"))
        .into_iter()
        .filter_map(|query| query["MetricStat"]["Period"].as_f64())
        .fold(0.0, f64::max)
        / 60.0;
    let datapoints = alarm.at("/DatapointsToAlarm").as_f64().unwrap_or_default();
    datapoints * period + period + 3.0 + 0.4
}

/// Held against blueprints that leave strategy and alarms at their defaults.
fn timing(it: &Environment) -> Vec<String> {
    use bluegreen::blueprint::Strategy;
    let mut said = Vec::new();
    for Traffic { service, group, .. } in traffic(it) {
        let asked = asked(it, service);
        let default = matches!(asked.deploy.strategy, Strategy::Canary { percent, wait } if percent.up() == 10 && wait.minutes() == 10);
        if !default {
            continue;
        }
        let Some((_, percent, minutes)) = shift(it, group) else { continue };
        let all = f64::from(i32::try_from(minutes).unwrap());
        let slowest = items(group.at("/AlarmConfiguration/Alarms"))
            .into_iter()
            .filter_map(|alarm| it.find(&alarm["Name"]))
            .map(|(alarm, _)| (detection(alarm), alarm))
            .filter(|(minutes, _)| *minutes > all);
        for (minutes, alarm) in slowest {
            said.push(format!(
                "{} needs {minutes} minutes, {percent} percent stay for {all}",
                alarm.called()
            ));
        }
        let keep = group
            .at("/BlueGreenDeploymentConfiguration/TerminateBlueInstancesOnDeploymentSuccess/TerminationWaitTimeInMinutes");
        if keep.as_i64().is_none_or(|minutes| minutes < 1) {
            said.push(format!("{}: blue goes at once", group.called()));
        }
    }
    said
}

fn told(it: &Environment) -> Vec<String> {
    let topic = it.all("AWS::SNS::Topic").find(|topic| topic.id == "OncallTopic");
    let wanted = topic.map_or(Value::Null, |topic| json!([topic.reference()]));
    it.all("AWS::CloudWatch::Alarm")
        .flat_map(|alarm| ["/AlarmActions", "/OKActions"].map(|pointer| (alarm, pointer)))
        .filter(|(alarm, pointer)| *alarm.at(pointer) != wanted)
        .map(|(alarm, pointer)| format!("{}{pointer} is {}, not {wanted}", alarm.called(), alarm.at(pointer)))
        .chain(
            (topic.is_some() != it.resolved.notify.oncall.is_some()).then(|| "no topic as asked".to_owned()),
        )
        .collect()
}
