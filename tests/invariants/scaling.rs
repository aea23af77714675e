//! Scaling over both colors, and its suspension while a deployment runs.

use std::collections::{BTreeMap, BTreeSet};

use bluegreen::blueprint::Engine;
use serde_json::{Value, json};

use crate::{
    Assertion,
    access::{Grant, grants},
    model::{Environment, Meaning, items, text},
    release::{asked, scalable_target, services, services_of},
    spoil, spoil_of,
    traffic::{Ends, ends, group},
};

const STATES: &str = "/Properties/Definition/States";

pub const ASSERTIONS: &[Assertion] = &[
    Assertion {
        name: "scaling counts the requests of both colors",
        check: requests,
        spoils: &[
            spoil("the metric that is bound to one group", |it| {
                it.set(
                    "ScaleByRequests",
                    "/Properties/TargetTrackingScalingPolicyConfiguration",
                    json!({"PredefinedMetricSpecification": {"PredefinedMetricType": "ALBRequestCountPerTarget"}, "TargetValue": 900}),
                );
            }),
            spoil("blue twice", |it| it.replace("ScaleByRequests", ":GreenDimension", ":BlueDimension")),
            spoil("blue alone", |it| {
                it.replace("ScaleByRequests", "FILL(blue, 0) + FILL(green, 0)", "FILL(blue, 0)");
            }),
            spoil("a gap stops it", |it| it.replace("ScaleByRequests", "FILL(green, 0)", "green")),
            spoil("all requests, not a task's", |it| {
                it.replace("ScaleByRequests", "RequestCountPerTarget", "RequestCount");
            }),
            spoil("another target", |it| {
                it.set(
                    "ScaleByRequests",
                    "/Properties/TargetTrackingScalingPolicyConfiguration/TargetValue",
                    json!(9),
                );
            }),
            spoil("an average", |it| it.replace("ScaleByRequests", r#""Stat":"Sum""#, r#""Stat":"Average""#)),
            spoil("none", |it| it.set("ScaleByRequests", "/Type", json!("AWS::CloudWatch::Alarm"))),
            spoil("none by CPU", |it| it.set("ScaleByCpu", "/Type", json!("AWS::CloudWatch::Alarm"))),
            spoil_of("fixed", "a fixed number is scaled", |it| {
                it.set("BurstAlarm", "/Type", json!("AWS::ApplicationAutoScaling::ScalingPolicy"));
            }),
        ],
    },
    Assertion {
        name: "the start of a deployment suspends scaling, and every way out resumes it",
        check: suspension,
        spoils: &[
            spoil("it does not start by suspending", |it| {
                it.set("Suspension", "/Properties/Definition/StartAt", json!("Wait"));
            }),
            spoil("it suspends nothing", |it| {
                it.set(
                    "Suspension",
                    &format!("{STATES}/SuspendScaling/Parameters/SuspendedState/DynamicScalingInSuspended"),
                    json!(false),
                );
            }),
            spoil("it resumes only in part", |it| {
                it.set(
                    "Suspension",
                    &format!("{STATES}/ResumeScaling/Parameters/SuspendedState/ScheduledScalingSuspended"),
                    json!(true),
                );
            }),
            spoil("an end without resuming", |it| {
                it.set("Suspension", &format!("{STATES}/Stop"), json!({"Type": "Succeed"}));
                it.set("Suspension", &format!("{STATES}/IsRunning/Default"), json!("Stop"));
            }),
            spoil("a failure without resuming", |it| {
                it.set("Suspension", &format!("{STATES}/Give up"), json!({"Type": "Fail"}));
                it.set("Suspension", &format!("{STATES}/ReadDeployment/Catch/0/Next"), json!("Give up"));
            }),
            spoil("leaving it to a deployment that is not there", |it| {
                it.set("Suspension", &format!("{STATES}/IsLast/Default"), json!("LeftToNextDeployment"));
            }),
            spoil("leaving it to others after any deployment", |it| {
                it.set("Suspension", &format!("{STATES}/IsRunning/Default"), json!("LeftToNextDeployment"));
            }),
            spoil("an error nobody catches", |it| {
                it.remove("Suspension", &format!("{STATES}/ReadTarget/Catch"))
            }),
            spoil("an error of one kind alone", |it| {
                it.set(
                    "Suspension",
                    &format!("{STATES}/ReadTarget/Catch/0/ErrorEquals"),
                    json!(["States.Timeout"]),
                );
            }),
            spoil("a call that is tried once", |it| {
                it.remove("Suspension", &format!("{STATES}/ReadTarget/Retry"))
            }),
            spoil("resuming is tried once", |it| {
                it.remove("Suspension", &format!("{STATES}/ResumeScaling/Retry"))
            }),
            spoil("a state that is not there", |it| {
                it.set("Suspension", &format!("{STATES}/Wait/Next"), json!("ReadDeploymentStatus"));
            }),
            spoil("a state that nothing reaches", |it| {
                it.set("Suspension", &format!("{STATES}/SuspendScaling/Next"), json!("ReadOtherDeployments"));
                it.set(
                    "Suspension",
                    &format!("{STATES}/SuspendScaling/Catch/0/Next"),
                    json!("ReadOtherDeployments"),
                );
            }),
            spoil("another scalable target", |it| {
                it.set(
                    "Suspension",
                    &format!("{STATES}/ResumeScaling/Parameters/ResourceId"),
                    json!("service/x/y"),
                );
            }),
            spoil("other deployments of another group", |it| {
                it.set(
                    "Suspension",
                    &format!("{STATES}/ReadOtherDeployments/Parameters/DeploymentGroupName"),
                    json!("x"),
                );
            }),
            spoil("a running deployment that counts as over", |it| {
                it.remove("Suspension", &format!("{STATES}/IsRunning/Choices/0/Or/3"));
            }),
            spoil("a deployment that waits for a person does not count", |it| {
                it.remove(
                    "Suspension",
                    &format!("{STATES}/ReadOtherDeployments/Parameters/IncludeOnlyStatuses/3"),
                );
            }),
            spoil("a call the role may not make", |it| {
                it.replace("SuspensionRole", "codedeploy:ListDeployments", "codedeploy:ListApplications");
            }),
            spoil("a call the role need not make", |it| {
                it.set(
                    "Suspension",
                    &format!("{STATES}/ReadTarget/Resource"),
                    json!({"Fn::Sub": "arn:${AWS::Partition}:states:::aws-sdk:codedeploy:getDeployment"}),
                );
            }),
            spoil("it may read another group", |it| {
                it.replace(
                    "SuspensionRole",
                    "deploymentgroup:shop-prod-web/shop-prod-web",
                    "deploymentgroup:shop-prod-api/shop-prod-api",
                );
            }),
            spoil("no machine", |it| it.set("Suspension", "/Type", json!("AWS::CloudWatch::Alarm"))),
        ],
    },
    Assertion {
        name: "the start event of this deployment group alone starts the suspension",
        check: trigger,
        spoils: &[
            spoil("every group", |it| {
                it.remove("SuspensionTrigger", "/Properties/EventPattern/detail/deploymentGroup")
            }),
            spoil("another application", |it| {
                it.set(
                    "SuspensionTrigger",
                    "/Properties/EventPattern/detail/application",
                    json!(["shop-prod-api"]),
                );
            }),
            spoil("the end", |it| {
                it.set("SuspensionTrigger", "/Properties/EventPattern/detail/state", json!(["SUCCESS"]))
            }),
            spoil("another event", |it| {
                it.set(
                    "SuspensionTrigger",
                    "/Properties/EventPattern/detail-type",
                    json!(["CodeDeploy Instance State-change Notification"]),
                );
            }),
            spoil("switched off", |it| it.set("SuspensionTrigger", "/Properties/State", json!("DISABLED"))),
            spoil("nothing is started", |it| it.set("SuspensionTrigger", "/Properties/Targets", json!([]))),
            spoil("the whole event, in which nobody finds the deployment", |it| {
                it.remove("SuspensionTrigger", "/Properties/Targets/0/InputPath");
            }),
            spoil("it may not start it", |it| {
                it.statement("SuspensionTriggerRole", "StartSuspension")["Action"] =
                    json!("states:StopExecution");
            }),
            spoil("it may start another", |it| {
                it.statement("SuspensionTriggerRole", "StartSuspension")["Resource"] =
                    json!("arn:aws:states:x");
            }),
        ],
    },
];

fn requests(it: &Environment) -> Vec<String> {
    use bluegreen::blueprint::Count;
    let mut said = Vec::new();
    for Ends { service, production, blue, green, .. } in ends(it) {
        let asked = asked(it, service);
        let target = scalable_target(it, service).map(Meaning::reference);
        let policies: Vec<&Meaning> = it
            .all("AWS::ApplicationAutoScaling::ScalingPolicy")
            .filter(|policy| policy.stack == service.stack)
            .filter(|policy| target.is_none() || Some(text(policy.at("/ScalingTargetId"))) == target)
            .collect();
        let mut must = |holds: bool, what: String| {
            if !holds {
                said.push(format!("{}: {what}", service.called()));
            }
        };
        let Count::Scaled(scaling) = &asked.count else {
            let scaled =
                policies.iter().any(|policy| policy.id.starts_with(service.id.trim_end_matches("Service")));
            must(!scaled, "a fixed number is scaled".into());
            continue;
        };
        let balancer = it.find(production.at("/LoadBalancerArn")).map(|(found, _)| found);
        let query = |id: &str, group: &Meaning| {
            json!({"Id": id, "ReturnData": false, "MetricStat": {
                "Metric": {"Namespace": "AWS/ApplicationELB", "MetricName": "RequestCountPerTarget", "Dimensions": [
                    {"Name": "LoadBalancer", "Value": balancer.map(|it| it.attribute("LoadBalancerFullName"))},
                    {"Name": "TargetGroup", "Value": group.attribute("TargetGroupFullName")},
                ]},
                "Stat": "Sum",
            }})
        };
        let of = |pointer: &str, wanted: &Value| {
            policies.iter().find(|policy| {
                policy.at(&format!("/TargetTrackingScalingPolicyConfiguration/{pointer}")) == wanted
            })
        };
        for (metric, percent) in [
            ("ECSServiceAverageCPUUtilization", scaling.cpu_percentage),
            ("ECSServiceAverageMemoryUtilization", scaling.memory_percentage),
        ] {
            let found = of("PredefinedMetricSpecification/PredefinedMetricType", &json!(metric));
            must(found.is_some() == percent.is_some(), format!("{metric} is not scaled by as asked"));
        }
        let wanted = match green {
            Some(green) => json!([query("blue", blue), query("green", green), {
                "Id": "both", "Label": "Requests a task, both colors",
                "Expression": "FILL(blue, 0) + FILL(green, 0)", "ReturnData": true,
            }]),
            None => json!([query("blue", blue), {
                "Id": "all", "Label": "Requests a task", "Expression": "FILL(blue, 0)", "ReturnData": true,
            }]),
        };
        let found = of("CustomizedMetricSpecification/Metrics", &wanted);
        let value = found.map(|it| it.at("/TargetTrackingScalingPolicyConfiguration/TargetValue").clone());
        must(
            value == scaling.requests.map(|it| json!(it)),
            "it is not scaled by the requests of both".into(),
        );
    }
    for policy in it.all("AWS::ApplicationAutoScaling::ScalingPolicy") {
        if policy.properties.to_string().contains("ALBRequestCountPerTarget") {
            said.push(format!("{} is bound to one group", policy.called()));
        }
    }
    said
}

/// Where a state goes next, by whichever way.
fn exits(state: &Value) -> Vec<&str> {
    let branches = ["Choices", "Catch"].into_iter().flat_map(|key| items(&state[key])).map(|it| &it["Next"]);
    branches.chain([&state["Next"], &state["Default"]]).filter_map(Value::as_str).collect()
}

/// The states of CodeDeploy in which a deployment is not over.
const RUNNING: [&str; 5] = ["Created", "Queued", "InProgress", "Ready", "Baking"];

fn suspension(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    let machines: Vec<&Meaning> = it.all("AWS::StepFunctions::StateMachine").collect();
    let scaled = services_of(it, Engine::Codedeploy).filter(|service| scalable_target(it, service).is_some());
    if machines.len() != scaled.count() {
        said.push("not every scaled service has a state machine".into());
    }
    for machine in machines {
        let prefix = machine.id.trim_end_matches("Suspension");
        let service =
            services(it).find(|found| found.id == format!("{prefix}Service") && found.stack == machine.stack);
        let Some(service) = service else { continue };
        let (Some(target), Some(group)) = (scalable_target(it, service), group(it, service)) else {
            continue;
        };
        let mut must = |holds: bool, what: String| {
            if !holds {
                said.push(format!("{}: {what}", machine.called()));
            }
        };
        let definition = machine.at("/Definition");
        let states: BTreeMap<&str, &Value> = definition["States"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, state)| (name.as_str(), state))
            .collect();
        let register = |in_: bool, rest: bool| {
            json!({
                "ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount",
                "ResourceId": target.at("/ResourceId"),
                "SuspendedState": {"DynamicScalingInSuspended": in_, "DynamicScalingOutSuspended": rest,
                    "ScheduledScalingSuspended": rest},
            })
        };
        let start = definition["StartAt"].as_str().unwrap_or_default();
        let first = states.get(start).map(|state| &state["Parameters"]);
        must(first == Some(&register(true, true)), "it does not start by suspending everything".into());

        // Every state is reached, leads on, and catches what goes wrong.
        let mut reached = BTreeSet::from([start]);
        let mut left = vec![start];
        while let Some(name) = left.pop() {
            let Some(state) = states.get(name) else {
                must(false, format!("there is no state {name}"));
                continue;
            };
            for next in exits(state) {
                if reached.insert(next) {
                    left.push(next);
                }
            }
        }
        for name in states.keys() {
            must(reached.contains(name), format!("nothing reaches {name}"));
        }
        let resumes = |state: &Value| state["Parameters"] == register(false, false);
        let mut calls = BTreeSet::new();
        for (name, state) in &states {
            match state["Type"].as_str().unwrap_or_default() {
                "Task" => {
                    let all = |key: &str| {
                        items(&state[key]).iter().any(|it| it["ErrorEquals"] == json!(["States.ALL"]))
                    };
                    must(all("Retry"), format!("{name} is tried once"));
                    must(all("Catch") || resumes(state), format!("nothing catches an error of {name}"));
                    calls.insert(text(&state["Resource"]));
                    must(state["End"] != true || resumes(state), format!("{name} ends without resuming"));
                }
                "Fail" => must(false, format!("{name} ends without resuming")),
                // Left to a deployment that runs: only where one was seen.
                "Succeed" => {
                    for (other, from) in states.iter().filter(|(_, from)| exits(from).contains(name)) {
                        let seen = items(&from["Choices"]).iter().any(|choice| {
                            choice["Next"] == **name
                                && choice["Variable"] == "$.others.Deployments[0]"
                                && choice["IsPresent"] == true
                        });
                        must(seen && from["Default"] != **name, format!("{other} leaves it to nobody"));
                    }
                }
                _ => {}
            }
        }
        must(states.values().any(|state| resumes(state)), "nothing resumes".into());

        // What it asks, and of whom.
        let names = [group.at("/DeploymentGroupName"), &group_application(it, group)].map(text);
        let list =
            states.values().find(|state| text(&state["Resource"]).ends_with("codedeploy:listDeployments"));
        let asked = list.map(|state| state["Parameters"].clone()).unwrap_or_default();
        let wanted = json!({"ApplicationName": names[1], "DeploymentGroupName": names[0], "IncludeOnlyStatuses": RUNNING});
        must(asked == wanted, format!("it asks for other deployments by {asked}"));
        let compared: BTreeSet<&str> = states
            .values()
            .flat_map(|state| items(&state["Choices"]))
            .flat_map(|choice| items(&choice["Or"]))
            .filter(|test| test["Variable"] == "$.deployment.status")
            .filter_map(|test| test["StringEquals"].as_str())
            .collect();
        must(compared == BTreeSet::from(RUNNING), format!("a deployment runs while it is {compared:?}"));

        // The role may do these calls and no other.
        let role = it.find(machine.at("/RoleArn")).map(|(found, _)| found);
        let granted = role.map(grants).unwrap_or_default();
        let needed: BTreeSet<String> = calls.iter().map(|call| action(call)).collect();
        let allowed: BTreeSet<String> = granted.iter().map(|grant| grant.action.clone()).collect();
        must(allowed == needed, format!("its role may {allowed:?}, it calls {needed:?}"));
        let own = format!(
            "arn:${{AWS::Partition}}:codedeploy:${{AWS::Region}}:${{AWS::AccountId}}:deploymentgroup:{}/{}",
            names[1], names[0]
        );
        for Grant { action, resource, .. } in &granted {
            let fits = match action.as_str() {
                "codedeploy:GetDeploymentTarget" => resource == "*",
                action if action.starts_with("codedeploy:") => *resource == own,
                _ => resource.ends_with(":scalable-target/*"),
            };
            must(fits, format!("its role may {action} on {resource}"));
        }
    }
    said
}

/// The name of a deployment group's application.
fn group_application(it: &Environment, group: &Meaning) -> Value {
    let application =
        it.find(group.at("/ApplicationName")).map(|(found, _)| found.at("/ApplicationName").clone());
    application.unwrap_or_else(|| group.at("/ApplicationName").clone())
}

/// `…:states:::aws-sdk:codedeploy:getDeployment` as `codedeploy:GetDeployment`.
fn action(call: &str) -> String {
    let mut parts = call.rsplit(':');
    let (name, service) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let service = if service == "applicationautoscaling" { "application-autoscaling" } else { service };
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase().to_string()).unwrap_or_default();
    format!("{service}:{first}{}", letters.as_str())
}

fn trigger(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for machine in it.all("AWS::StepFunctions::StateMachine") {
        let prefix = machine.id.trim_end_matches("Suspension");
        let service =
            services(it).find(|found| found.id == format!("{prefix}Service") && found.stack == machine.stack);
        let Some(group) = service.and_then(|service| group(it, service)) else { continue };
        let mut must = |holds: bool, what: String| {
            if !holds {
                said.push(format!("{}: {what}", machine.called()));
            }
        };
        let rules: Vec<&Meaning> = it
            .all("AWS::Events::Rule")
            .filter(|rule| {
                items(rule.at("/Targets")).iter().any(|target| target["Arn"] == machine.reference())
            })
            .collect();
        must(rules.len() == 1, format!("{} rules start it", rules.len()));
        let Some(rule) = rules.first() else { continue };
        let pattern = json!({
            "source": ["aws.codedeploy"],
            "detail-type": ["CodeDeploy Deployment State-change Notification"],
            "detail": {
                "application": [group_application(it, group)],
                "deploymentGroup": [group.at("/DeploymentGroupName")],
                "state": ["START"],
            },
        });
        must(*rule.at("/EventPattern") == pattern, format!("it is started by {}", rule.at("/EventPattern")));
        must(rule.at("/State") != "DISABLED", "its rule is switched off".into());
        must(rule.at("/Targets/0/InputPath") == "$.detail", "it is not given the event's detail".into());
        let role = it.find(rule.at("/Targets/0/RoleArn")).map(|(found, _)| found);
        let allowed: Vec<(String, String)> =
            role.map(grants).unwrap_or_default().into_iter().map(|it| (it.action, it.resource)).collect();
        let wanted = [("states:StartExecution".to_owned(), machine.reference())];
        must(allowed == wanted, format!("its rule may {allowed:?}"));
    }
    said
}
