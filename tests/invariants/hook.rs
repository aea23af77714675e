//! Services whose traffic a hook of CloudFormation moves: the syntax of transform and hook, which no outside tool knows, and
//! what their restrictions ask of the template (facts 5.1, 5.2, 5.3, 5.5). What releases and other updates make of it,
//! `tests/task_sets.rs` plays.

use std::collections::BTreeSet;

use bluegreen::blueprint::{Engine, Strategy};
use serde_json::{Value, json};

use crate::{
    Assertion,
    access::grants,
    model::{Environment, Meaning, Stack, items, text, texts, walk},
    release::{asked, services_of},
    spoil_of,
};

const HOOK: &str = "BlueGreenHook";
const GROUPS: &str = "/Properties/DefaultActions/0/ForwardConfig/TargetGroups";

/// The properties of the hook, to spoil.
fn properties(it: &mut Environment) -> &mut Value {
    &mut it.stack("-web").template["Hooks"][HOOK]["Properties"]
}

fn attributes(it: &mut Environment) -> &mut Value {
    &mut properties(it)["Applications"][0]["ECSAttributes"]
}

pub const ASSERTIONS: &[Assertion] = &[
    Assertion {
        name: "transform and hook are written in the documented syntax, with what the blueprint asks for",
        check: syntax,
        spoils: &[
            spoil_of("hook-full", "no transform", |it| {
                it.stack("-web").template.as_object_mut().unwrap().shift_remove("Transform");
            }),
            spoil_of("hook-full", "another transform", |it| {
                it.stack("-web").template["Transform"] = json!(["AWS::LanguageExtensions"]);
            }),
            spoil_of("hook-full", "another type", |it| {
                it.stack("-web").template["Hooks"][HOOK]["Type"] = json!("AWS::CodeDeploy::DeploymentGroup");
            }),
            spoil_of("hook-full", "another part", |it| {
                properties(it)["TrafficRoutingConfig"]["TimeBasedCanary"]["StepPercentage"] = json!(10);
            }),
            spoil_of("hook-linear", "another wait", |it| {
                properties(it)["TrafficRoutingConfig"]["TimeBasedLinear"]["BakeTimeMins"] = json!(6);
            }),
            spoil_of("hook-all-at-once", "steps where there are none", |it| {
                properties(it)["TrafficRoutingConfig"]["TimeBasedCanary"] =
                    json!({"StepPercentage": 20, "BakeTimeMins": 5});
            }),
            spoil_of("hook-full", "the old tasks go sooner", |it| {
                properties(it)["AdditionalOptions"]["TerminationWaitTimeInMinutes"] = json!(1);
            }),
            spoil_of("hook-full", "an event that there is not", |it| {
                properties(it)["LifecycleEventHooks"]["AfterAllTraffic"] = json!("f");
            }),
            spoil_of("hook-full", "no function of bluegreen's own", |it| {
                properties(it)["LifecycleEventHooks"]
                    .as_object_mut()
                    .unwrap()
                    .shift_remove("AfterAllowTestTraffic");
            }),
            spoil_of("hook-full", "a role by reference", |it| {
                properties(it)["ServiceRole"] = json!({"Ref": "DeploymentRole"});
            }),
            spoil_of("hook-full", "a role that there is not", |it| {
                properties(it)["ServiceRole"] = json!("shop-prod-web-deployer");
            }),
            spoil_of("hook-full", "a second application", |it| {
                let one = properties(it)["Applications"][0].clone();
                properties(it)["Applications"].as_array_mut().unwrap().push(one);
            }),
            spoil_of("hook-full", "another service", |it| {
                properties(it)["Applications"][0]["Target"]["LogicalID"] = json!("WebService");
            }),
            spoil_of("hook-full", "a green name that is taken", |it| {
                attributes(it)["TaskSets"][1] = json!("PrimaryTaskSet");
            }),
            spoil_of("hook-full", "one name for both colors", |it| {
                attributes(it)["TaskDefinitions"][1] = json!("TaskDefinition");
            }),
            spoil_of("hook-full", "target groups the other way round", |it| {
                attributes(it)["TrafficRouting"]["TargetGroups"] =
                    json!(["GreenTargetGroup", "BlueTargetGroup"]);
            }),
            spoil_of("hook-full", "production by the test listener", |it| {
                attributes(it)["TrafficRouting"]["ProdTrafficRoute"]["LogicalID"] = json!("TestListener");
            }),
            spoil_of("hook-full", "no test listener", |it| {
                attributes(it)["TrafficRouting"].as_object_mut().unwrap().shift_remove("TestTrafficRoute");
            }),
            spoil_of("hook-no-test-traffic", "a test listener that there is not", |it| {
                attributes(it)["TrafficRouting"]["TestTrafficRoute"] =
                    json!({"Type": "AWS::ElasticLoadBalancingV2::Listener", "LogicalID": "TestListener"});
            }),
        ],
    },
    Assertion {
        name: "a template with the hook keeps to its restrictions",
        check: restrictions,
        spoils: &[
            spoil_of("hook", "an output", |it| {
                it.stack("-web").template["Outputs"] = json!({"Url": {"Value": "x"}});
            }),
            spoil_of("hook", "an import", |it| {
                it.set(
                    "TaskSet",
                    "/Properties/Cluster",
                    json!({"Fn::ImportValue": "shop-prod-cluster:ClusterName"}),
                );
            }),
            spoil_of("hook", "a value that CloudFormation hides", |it| {
                it.stack("-web").template["Parameters"]["ClusterName"]["NoEcho"] = json!(true);
            }),
            spoil_of("hook", "a dynamic reference", |it| {
                it.set("TaskDefinition", "/Properties/Family", json!("{{resolve:ssm:/family:1}}"));
            }),
            spoil_of("hook", "a nested stack", |it| {
                it.set("Dashboard", "/Type", json!("AWS::CloudFormation::Stack"));
            }),
            spoil_of("hook", "a second service", |it| it.copy("Service", "OtherService")),
            spoil_of("hook", "no parameter", |it| it.stack("-web").template["Parameters"] = json!({})),
            spoil_of("hook", "a condition", |it| {
                it.stack("-web").template["Conditions"] = json!({"GreenIsLive": {"Fn::Equals": ["a", "b"]}});
            }),
        ],
    },
    Assertion {
        name: "service, task set and primary task set are those of an external controller",
        check: task_sets,
        spoils: &[
            spoil_of("hook", "another controller", |it| {
                it.set("Service", "/Properties/DeploymentController/Type", json!("CODE_DEPLOY"));
            }),
            spoil_of("hook", "a service with a task definition", |it| {
                it.set("Service", "/Properties/TaskDefinition", json!("shop-prod-web"));
            }),
            spoil_of("hook", "a service with a grace period", |it| {
                it.set("Service", "/Properties/HealthCheckGracePeriodSeconds", json!(60));
            }),
            spoil_of("hook", "a service before its listener", |it| it.remove("Service", "/DependsOn")),
            spoil_of("hook-fixed", "another count", |it| {
                it.set("Service", "/Properties/DesiredCount", json!(1))
            }),
            spoil_of("hook", "a count where scaling decides", |it| {
                it.set("Service", "/Properties/DesiredCount", json!(2))
            }),
            spoil_of("hook", "a part of the tasks", |it| {
                it.set("TaskSet", "/Properties/Scale/Value", json!(1))
            }),
            spoil_of("hook", "tasks in green first", |it| {
                it.set(
                    "TaskSet",
                    "/Properties/LoadBalancers/0/TargetGroupArn",
                    json!({"Ref": "GreenTargetGroup"}),
                );
            }),
            spoil_of("hook", "another port", |it| {
                it.set("TaskSet", "/Properties/LoadBalancers/0/ContainerPort", json!(9000))
            }),
            spoil_of("hook", "public addresses", |it| {
                it.set(
                    "TaskSet",
                    "/Properties/NetworkConfiguration/AwsVpcConfiguration/AssignPublicIp",
                    json!("ENABLED"),
                );
            }),
            spoil_of("hook", "subnets as one text", |it| {
                it.set(
                    "TaskSet",
                    "/Properties/NetworkConfiguration/AwsVpcConfiguration/Subnets",
                    json!({"Fn::Split": [",", {"Ref": "PrivateSubnetId1"}]}),
                );
            }),
            spoil_of("hook", "capacity providers", |it| {
                it.remove("TaskSet", "/Properties/LaunchType");
            }),
            spoil_of("hook", "another primary task set", |it| {
                it.set("PrimaryTaskSet", "/Properties/TaskSetId", json!("ecs-svc/1"));
            }),
            spoil_of("hook", "task definitions go", |it| {
                it.set("TaskDefinition", "/UpdateReplacePolicy", json!("Delete"));
            }),
        ],
    },
    Assertion {
        name: "the listeners of a hook forward to blue alone, with a weight that is written",
        check: listeners,
        spoils: &[
            spoil_of("hook", "no weight", |it| {
                it.remove("ProductionListener", &format!("{GROUPS}/0/Weight"))
            }),
            spoil_of("hook", "a weight by a condition", |it| {
                it.set(
                    "ProductionListener",
                    &format!("{GROUPS}/0/Weight"),
                    json!({"Fn::If": ["GreenIsLive", 0, 100]}),
                );
            }),
            spoil_of("hook", "both groups", |it| {
                it.set(
                    "TestListener",
                    &format!("{GROUPS}/-"),
                    json!({"TargetGroupArn": {"Ref": "GreenTargetGroup"}, "Weight": 0}),
                );
            }),
            spoil_of("hook", "green", |it| {
                it.set(
                    "ProductionListener",
                    &format!("{GROUPS}/0/TargetGroupArn"),
                    json!({"Ref": "GreenTargetGroup"}),
                );
            }),
        ],
    },
    Assertion {
        name: "what only a release changes ends the template, and rests on values a stack keeps",
        check: released,
        spoils: &[
            spoil_of("hook", "nobody says where it begins", |it| {
                it.stack("-web").entry.as_object_mut().unwrap().shift_remove("released_from");
            }),
            spoil_of("hook", "it begins later", |it| {
                it.stack("-web").entry["released_from"] = json!("TaskSet");
            }),
            spoil_of("hook", "something comes after it", |it| it.copy("Dashboard", "Late")),
            spoil_of("hook", "an image behind a parameter", |it| {
                it.set(
                    "TaskDefinition",
                    "/Properties/ContainerDefinitions/0/Image",
                    json!({"Ref": "ClusterName"}),
                );
            }),
            spoil_of("hook", "a condition", |it| {
                it.set("TaskDefinition", "/Properties/Cpu", json!({"Fn::If": ["Big", "512", "256"]}));
            }),
            spoil_of("hook", "a subnet that is read anew", |it| {
                let lookups = &mut it.stack("-web").entry["lookup"];
                lookups["PrivateSubnetId1"].as_object_mut().unwrap().shift_remove("once");
            }),
            spoil_of("hook", "a topic that is never read again", |it| {
                it.stack("-web").entry["lookup"]["VpcId"]["once"] = json!(true);
            }),
        ],
    },
    Assertion {
        name: "one alarm takes a release of a hook back, where the blueprint says so: any of those it names",
        check: rollback,
        spoils: &[
            spoil_of("hook-full", "an alarm less", |it| {
                it.replace("RollbackAlarm", " OR ALARM(\\\"${ConnectionsAlarm}\\\")", "");
            }),
            spoil_of("hook-full", "all of them at once", |it| it.replace("RollbackAlarm", " OR ", " AND ")),
            spoil_of("hook-full", "an alarm that nobody passes on", |it| {
                it.stack("-web").entry["rollback_alarm"] = json!(null);
            }),
            spoil_of("hook-full", "another name", |it| {
                it.set("RollbackAlarm", "/Properties/AlarmName", json!("other"));
            }),
            spoil_of("hook-rollback-without-alarms", "an alarm that nobody asked for", |it| {
                it.stack("-web").entry["rollback_alarm"] = json!("shop-prod-web-rollback");
            }),
        ],
    },
    Assertion {
        name: "the role of a hook follows deployments, and calls its functions alone",
        check: role,
        spoils: &[
            spoil_of("hook-full", "it trusts another", |it| {
                it.replace("DeploymentRole", "codedeploy.amazonaws.com", "ecs.amazonaws.com");
            }),
            spoil_of("hook-full", "it starts nothing", |it| {
                it.replace(
                    "DeploymentRole",
                    "codedeploy:CreateCloudFormationDeployment",
                    "codedeploy:GetDeploymentTarget",
                );
            }),
            spoil_of("hook-full", "it calls anything", |it| {
                it.statement("DeploymentRole", "CallHooks")["Resource"] = json!("*");
            }),
            spoil_of("hook", "it calls nothing", |it| {
                it.statement("DeploymentRole", "CallHooks")["Effect"] = json!("Deny");
            }),
            spoil_of("hook-full", "its function answers nothing", |it| {
                it.statement("HookRole", "AnswerDeployment")["Effect"] = json!("Deny");
            }),
        ],
    },
];

/// A service that a hook moves, and its stack.
fn moved(it: &Environment) -> impl Iterator<Item = (&Meaning, &Stack, &Value)> {
    services_of(it, Engine::Cloudformation).map(|service| {
        let stack = it.stacks.iter().find(|stack| stack.name == service.stack).unwrap();
        (service, stack, &stack.template["Hooks"][HOOK]["Properties"])
    })
}

/// Whether a listener is one that a hook moves.
pub fn moves(it: &Environment, listener: &Meaning) -> bool {
    moved(it).any(|(service, ..)| {
        service.stack == listener.stack
            && ["ProductionListener", "TestListener"].contains(&listener.id.as_str())
    })
}

fn syntax(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for (service, stack, hook) in moved(it) {
        let name = &stack.name;
        let mut hold = |holds: bool, what: &str| {
            if !holds {
                said.push(format!("{name}: {what}"));
            }
        };
        let deploy = &asked(it, service).deploy;
        hold(stack.template["Transform"] == json!(["AWS::CodeDeployBlueGreen"]), "the transform");
        let hooks = stack.template["Hooks"].as_object().map_or(0, serde_json::Map::len);
        hold(hooks == 1, "one hook");
        hold(stack.template["Hooks"][HOOK]["Type"] == "AWS::CodeDeploy::BlueGreen", "its type");
        let steps = |kind: &str, percent: u8, minutes: u32| json!({"Type": kind, kind: {"StepPercentage": percent, "BakeTimeMins": minutes}});
        let shift = match deploy.strategy {
            Strategy::AllAtOnce {} => json!({"Type": "AllAtOnce"}),
            Strategy::Canary { percent, wait } => steps("TimeBasedCanary", percent.up(), wait.minutes()),
            Strategy::Linear { percent, wait } => steps("TimeBasedLinear", percent.up(), wait.minutes()),
            Strategy::Rolling(_) => Value::Null,
        };
        hold(hook["TrafficRoutingConfig"] == shift, "how traffic moves");
        let kept = json!({"TerminationWaitTimeInMinutes": deploy.keep_old.minutes()});
        hold(hook["AdditionalOptions"] == kept, "how long the old tasks stay");
        let own = deploy.test_traffic.is_some().then(|| format!("CodeDeployHook_{name}"));
        let written = |function: &Option<bluegreen::blueprint::units::FunctionName>| {
            function.as_ref().map(ToString::to_string)
        };
        let events = [
            ("BeforeInstall", written(&deploy.hooks.before_install)),
            ("AfterInstall", written(&deploy.hooks.after_install)),
            ("AfterAllowTestTraffic", own),
            ("BeforeAllowTraffic", written(&deploy.hooks.before_traffic)),
            ("AfterAllowTraffic", written(&deploy.hooks.after_traffic)),
        ];
        let events: serde_json::Map<String, Value> = events
            .into_iter()
            .filter_map(|(event, function)| Some((event.to_owned(), json!(function?))))
            .collect();
        let functions = hook.get("LifecycleEventHooks").cloned().unwrap_or(json!({}));
        hold(functions == Value::Object(events), "its functions");
        let role = &stack.template["Resources"]["DeploymentRole"]["Properties"]["RoleName"];
        hold(role.is_string() && hook["ServiceRole"] == *role, "the role, by its name");
        let listener = |id: &str| json!({"Type": "AWS::ElasticLoadBalancingV2::Listener", "LogicalID": id});
        let mut routing = json!({
            "ProdTrafficRoute": listener("ProductionListener"),
            "TargetGroups": ["BlueTargetGroup", "GreenTargetGroup"],
        });
        if deploy.test_traffic.is_some() {
            routing["TestTrafficRoute"] = listener("TestListener");
        }
        let wanted = json!([{
            "Target": {"Type": "AWS::ECS::Service", "LogicalID": service.id},
            "ECSAttributes": {
                "TaskDefinitions": ["TaskDefinition", "TaskDefinitionGreen"],
                "TaskSets": ["TaskSet", "TaskSetGreen"],
                "TrafficRouting": routing,
            },
        }]);
        hold(hook["Applications"] == wanted, "what it moves");
        for (id, kind) in [
            ("TaskDefinition", "AWS::ECS::TaskDefinition"),
            ("TaskSet", "AWS::ECS::TaskSet"),
            ("ProductionListener", "AWS::ElasticLoadBalancingV2::Listener"),
            ("BlueTargetGroup", "AWS::ElasticLoadBalancingV2::TargetGroup"),
            ("GreenTargetGroup", "AWS::ElasticLoadBalancingV2::TargetGroup"),
        ] {
            hold(stack.template["Resources"][id]["Type"] == kind, id);
        }
        for id in ["TaskDefinitionGreen", "TaskSetGreen"] {
            hold(stack.template["Resources"].get(id).is_none(), "the green names are free");
        }
        let known = [
            "TrafficRoutingConfig",
            "AdditionalOptions",
            "LifecycleEventHooks",
            "ServiceRole",
            "Applications",
        ];
        let keys = hook.as_object().into_iter().flat_map(serde_json::Map::keys);
        hold(keys.into_iter().all(|key| known.contains(&key.as_str())), "no other property");
    }
    said
}

fn restrictions(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for (_, stack, _) in moved(it) {
        let template = &stack.template;
        let mut hold = |holds: bool, what: &str| {
            if !holds {
                said.push(format!("{}: {what}", stack.name));
            }
        };
        hold(template.get("Outputs").is_none(), "it has outputs");
        hold(template.get("Conditions").is_none(), "it has conditions");
        let parameters = template["Parameters"].as_object();
        hold(parameters.is_some_and(|all| !all.is_empty()), "it has no parameter");
        let hidden = parameters.into_iter().flatten().any(|(_, it)| it.get("NoEcho").is_some());
        hold(!hidden, "it hides a value");
        let text = template.to_string();
        hold(!text.contains("Fn::ImportValue"), "it imports");
        hold(!text.contains("{{resolve:"), "it has dynamic references");
        let count = |kind: &str| stack.resources().filter(|(_, it)| it["Type"] == kind).count();
        hold(count("AWS::ECS::Service") == 1, "it has not one service");
        hold(count("AWS::CloudFormation::Stack") == 0, "it has nested stacks");
    }
    said
}

fn task_sets(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for (service, stack, _) in moved(it) {
        let resource = |id: &str| &stack.template["Resources"][id];
        let blueprint = asked(it, service);
        let mut hold = |holds: bool, what: &str| {
            if !holds {
                said.push(format!("{}: {what}", service.called()));
            }
        };
        hold(*service.at("/DeploymentController") == json!({"Type": "EXTERNAL"}), "its controller");
        for name in [
            "TaskDefinition",
            "LoadBalancers",
            "NetworkConfiguration",
            "ServiceRegistries",
            "LaunchType",
            "CapacityProviderStrategy",
            "HealthCheckGracePeriodSeconds",
            "PlatformVersion",
        ] {
            hold(service.properties.get(name).is_none(), name);
        }
        let count = match &blueprint.count {
            bluegreen::blueprint::Count::Fixed(count) => json!(count),
            bluegreen::blueprint::Count::Scaled(_) => Value::Null,
        };
        hold(*service.at("/DesiredCount") == count, "how many tasks");
        hold(service.depends_on.iter().any(|id| id == "ProductionListener"), "it waits for its listener");
        let set = &resource("TaskSet")["Properties"];
        let port = blueprint.port.unwrap().get();
        let name = text(service.at("/ServiceName"));
        hold(
            set["LoadBalancers"]
                == json!([{"ContainerName": name, "ContainerPort": port, "TargetGroupArn": {"Ref": "BlueTargetGroup"}}]),
            "its target group",
        );
        hold(set["Scale"] == json!({"Unit": "PERCENT", "Value": 100}), "the share of its tasks");
        hold(set["LaunchType"] == "FARGATE", "where it runs");
        hold(set["TaskDefinition"] == json!({"Ref": "TaskDefinition"}), "what it runs");
        hold(set["Service"] == json!({"Ref": "Service"}), "whose it is");
        let network = &set["NetworkConfiguration"]["AwsVpcConfiguration"];
        hold(network["AssignPublicIp"] == "DISABLED", "its addresses");
        let subnets = items(&network["Subnets"]);
        hold(
            subnets.len() >= 2 && subnets.iter().all(|it| it.is_string() || it.get("Ref").is_some()),
            "its subnets, one by one",
        );
        let keys: Vec<&String> = set.as_object().unwrap().keys().collect();
        hold(keys.len() == 7, "what is documented with it and nothing else");
        let primary = &resource("PrimaryTaskSet")["Properties"];
        hold(
            *primary
                == json!({"Cluster": set["Cluster"], "Service": {"Ref": "Service"},
                    "TaskSetId": {"Fn::GetAtt": ["TaskSet", "Id"]}}),
            "its primary task set",
        );
        let definition = resource("TaskDefinition");
        for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
            hold(definition[policy] == "Retain", policy);
        }
    }
    said
}

fn listeners(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for (service, stack, _) in moved(it) {
        let wanted = json!([{"Type": "forward", "ForwardConfig": {"TargetGroups":
            [{"TargetGroupArn": {"Ref": "BlueTargetGroup"}, "Weight": 100}]}}]);
        let mut ids = vec!["ProductionListener"];
        if asked(it, service).deploy.test_traffic.is_some() {
            ids.push("TestListener");
        }
        for id in ids {
            if stack.template["Resources"][id]["Properties"]["DefaultActions"] != wanted {
                said.push(format!("{}/{id} forwards elsewhere", stack.name));
            }
        }
    }
    said
}

fn released(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for (_, stack, _) in moved(it) {
        let mut hold = |holds: bool, what: String| {
            if !holds {
                said.push(format!("{}: {what}", stack.name));
            }
        };
        hold(stack.entry["released_from"] == "TaskDefinition", "where a release begins".into());
        let ids: Vec<&String> = stack.resources().map(|(id, _)| id).collect();
        hold(ids.ends_with(&[&"TaskDefinition".to_owned(), &"TaskSet".to_owned()]), "what ends it".into());
        let mut kept: Vec<String> = Vec::new();
        for id in ["TaskDefinition", "TaskSet"] {
            walk(&stack.template["Resources"][id], &mut |value| {
                if let Some(name) = value.get("Ref").and_then(Value::as_str)
                    && stack.template["Parameters"].get(name).is_some()
                {
                    kept.push(name.to_owned());
                }
            });
            let text = stack.template["Resources"][id].to_string();
            hold(!text.contains("Fn::If"), format!("{id} depends on a condition"));
        }
        let image =
            &stack.template["Resources"]["TaskDefinition"]["Properties"]["ContainerDefinitions"][0]["Image"];
        hold(image.is_string(), "its image is not written".into());
        for (name, lookup) in stack.entry["lookup"].as_object().into_iter().flatten() {
            if lookup.get("export").is_some() {
                let once = lookup["once"] == true;
                hold(once == kept.contains(name), format!("when {name} is read"));
            }
        }
        let read = |name: &String| stack.entry["lookup"][name].get("export").is_some();
        hold(kept.iter().all(read), "a parameter that somebody may change".into());
    }
    said
}

fn rollback(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for (service, stack, _) in moved(it) {
        let rollback = &asked(it, service).deploy.rollback;
        let alarm = &stack.template["Resources"]["RollbackAlarm"]["Properties"];
        if !rollback.on.contains(&bluegreen::blueprint::RollbackEvent::Alarm) {
            if stack.entry["rollback_alarm"] != Value::Null || !alarm.is_null() {
                said.push(format!("{}: an alarm takes it back", stack.name));
            }
            continue;
        }
        let is_chosen = |id: &str| match &rollback.alarms {
            None => true,
            Some(chosen) => chosen.iter().any(|name| id == format!("{}Alarm", pascal(name.as_str()))),
        };
        let wanted: BTreeSet<String> = stack
            .resources()
            .filter(|(id, it)| it["Type"] == "AWS::CloudWatch::Alarm" && is_chosen(id))
            .map(|(id, _)| format!("ALARM(\"${{{id}}}\")"))
            .collect();
        let rule = alarm["AlarmRule"]["Fn::Sub"].as_str().unwrap_or_default();
        let found: BTreeSet<String> = rule.split(" OR ").map(Into::into).collect();
        if wanted.is_empty() || found != wanted {
            said.push(format!("{}: the alarms that take it back are {}", stack.name, alarm["AlarmRule"]));
        }
        if alarm["AlarmName"].is_null() || stack.entry["rollback_alarm"] != alarm["AlarmName"] {
            said.push(format!("{}: nobody passes its alarm on", stack.name));
        }
    }
    said
}

fn pascal(name: &str) -> String {
    let word = |part: &str| {
        let mut letters = part.chars();
        letters
            .next()
            .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
            .unwrap_or_default()
    };
    name.split(['_', '-']).map(word).collect()
}

fn role(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for (_, stack, hook) in moved(it) {
        let find = |id: &str| it.all("AWS::IAM::Role").find(|role| role.stack == stack.name && role.id == id);
        let Some(role) = find("DeploymentRole") else {
            said.push(format!("{} has no role for its hook", stack.name));
            continue;
        };
        let mut hold = |holds: bool, what: &str| {
            if !holds {
                said.push(format!("{}: {what}", stack.name));
            }
        };
        let trust = role.at("/AssumeRolePolicyDocument").to_string();
        hold(trust.contains("codedeploy.amazonaws.com"), "whom its role trusts");
        let may = grants(role);
        let on = |action: &str| -> Vec<String> {
            may.iter().filter(|grant| grant.action == action).map(|grant| grant.resource.clone()).collect()
        };
        hold(on("codedeploy:CreateCloudFormationDeployment") == ["*"], "its role starts nothing");
        let functions = texts_of(&hook["LifecycleEventHooks"]);
        let called = on("lambda:InvokeFunction");
        for function in &functions {
            hold(called.iter().any(|arn| arn.ends_with(function.as_str())), "a function is not called");
        }
        hold(
            called.iter().all(|arn| functions.iter().any(|it| arn.ends_with(it.as_str()))),
            "others are called",
        );
        if let Some(role) = find("HookRole") {
            let may = grants(role);
            let answers =
                may.iter().any(|grant| grant.action == "codedeploy:PutLifecycleEventHookExecutionStatus");
            hold(answers, "its function answers nothing");
        }
    }
    said
}

/// The texts of a map.
fn texts_of(value: &Value) -> Vec<String> {
    texts(&Value::Array(value.as_object().into_iter().flat_map(|map| map.values().cloned()).collect()))
}
