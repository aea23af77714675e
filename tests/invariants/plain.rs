//! What templates and scripts leave out, because its mere presence would undo a deployment's safety.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    Assertion,
    model::{Environment, Meaning, items, text},
    release::{definition, services},
    spoil, spoil_of,
    traffic::{Ends, ends},
};

pub const ASSERTIONS: &[Assertion] = &[
    Assertion {
        name: "alarms compare with a number, and nothing delays or mutes them",
        check: alarms,
        spoils: &[
            spoil("a warm-up", |it| {
                it.set("BurstAlarm", "/Properties/WarmUpConfiguration", json!({"WarmUpPeriodMinutes": 60}));
            }),
            spoil("a band", |it| {
                it.set("BurstAlarm", "/Properties/ThresholdMetricId", json!("band"));
            }),
            spoil("no number", |it| it.remove("BurstAlarm", "/Properties/Threshold")),
            spoil("muted", |it| {
                it.copy("BurstAlarm", "Mute");
                it.set("Mute", "/Type", json!("AWS::CloudWatch::AlarmMuteRule"));
            }),
        ],
    },
    Assertion {
        name: "load balancers forward what is asked, in the zones of the tasks",
        check: balancers,
        spoils: &[
            spoil("a network load balancer", |it| {
                it.set("LoadBalancer", "/Properties/Type", json!("network"));
            }),
            spoil_of("connections", "an application load balancer", |it| {
                it.set("LoadBalancer", "/Properties/Type", json!("application"));
            }),
            spoil("one subnet", |it| {
                it.set("LoadBalancer", "/Properties/Subnets", json!(["subnet-0a1b2c31"]));
            }),
            spoil("tasks in a zone of their own", |it| {
                let zone = json!({"Fn::Select": [2, {"Fn::GetAZs": ""}]});
                it.set("PrivateSubnetB", "/Properties/AvailabilityZone", zone);
            }),
        ],
    },
    Assertion {
        name: "policies stand in their roles, so that no role is used before it may do its work",
        check: policies,
        spoils: &[spoil("a policy beside", |it| {
            it.copy("ExecutionRole", "Beside");
            it.set("Beside", "/Type", json!("AWS::IAM::Policy"));
        })],
    },
    Assertion {
        name: "templates have no transform, no hook and no dynamic reference",
        check: templates,
        spoils: &[
            spoil("a transform", |it| {
                it.stack("-web").template["Transform"] = json!(["AWS::CodeDeployBlueGreen"]);
            }),
            spoil("a hook", |it| it.stack("-web").template["Hooks"] = json!({})),
            spoil("a secret's value", |it| {
                it.set("BurstAlarm", "/Properties/AlarmDescription", json!("{{resolve:secretsmanager:a}}"));
            }),
        ],
    },
    Assertion {
        name: "the deployment script makes plain change sets that wait for services",
        check: script,
        spoils: &[
            spoil("drift is reverted", |it| {
                it.replace_in_file(
                    "deploy.sh",
                    "aws cloudformation deploy",
                    "aws cloudformation deploy --deployment-mode REVERT_DRIFT",
                );
            }),
            spoil("services are not waited for", |it| {
                it.replace_in_file(
                    "deploy.sh",
                    "aws cloudformation deploy",
                    "aws cloudformation deploy --mode EXPRESS",
                );
            }),
        ],
    },
    Assertion {
        name: "clusters set no namespace that their services would take over",
        check: clusters,
        spoils: &[spoil("a default namespace", |it| {
            it.set("Cluster", "/Properties/ServiceConnectDefaults", json!({"Namespace": "shop.local"}));
        })],
    },
    Assertion {
        name: "a log that does not answer holds up no application, and ends some day",
        check: logs,
        spoils: &[
            spoil("blocking", |it| it.replace("TaskDefinition", "non-blocking", "blocking")),
            spoil("by default", |it| {
                it.remove(
                    "TaskDefinition",
                    "/Properties/ContainerDefinitions/0/LogConfiguration/Options/mode",
                );
            }),
            spoil("a group made on the way", |it| {
                it.set(
                    "TaskDefinition",
                    "/Properties/ContainerDefinitions/0/LogConfiguration/Options/awslogs-create-group",
                    json!("true"),
                );
            }),
            spoil("for ever", |it| it.remove("LogGroup", "/Properties/RetentionInDays")),
        ],
    },
    Assertion {
        name: "access logs go to a bucket that admits the load balancer and nothing else encrypts",
        check: access_logs,
        spoils: &[
            spoil("another principal", |it| {
                it.replace(
                    "AccessLogsBucketPolicy",
                    "logdelivery.elasticloadbalancing",
                    "elasticloadbalancing",
                );
            }),
            spoil("a key", |it| it.replace("AccessLogsBucket", "AES256", "aws:kms")),
            spoil_of("full-single", "no policy", |it| {
                it.set("AccessLogsBucketPolicy", "/Type", json!("AWS::S3::Bucket"));
            }),
        ],
    },
];

fn alarms(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for alarm in it.all("AWS::CloudWatch::Alarm") {
        if !alarm.at("/Threshold").is_number() || !alarm.at("/ThresholdMetricId").is_null() {
            said.push(format!("{} compares with no number", alarm.called()));
        }
        if !alarm.at("/WarmUpConfiguration").is_null() {
            said.push(format!("{} warms up", alarm.called()));
        }
    }
    said.extend(
        it.all("AWS::CloudWatch::AlarmMuteRule").map(|rule| format!("{} mutes alarms", rule.called())),
    );
    said
}

fn balancers(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    let zones = |subnets: &Value| -> BTreeSet<String> {
        items(subnets)
            .into_iter()
            .filter_map(|subnet| it.find(subnet))
            .map(|(subnet, _)| subnet.at("/AvailabilityZone").to_string())
            .collect()
    };
    for Ends { service, production, .. } in ends(it) {
        let Some((balancer, _)) = it.find(production.at("/LoadBalancerArn")) else {
            said.push(format!("{} stands before nothing", production.called()));
            continue;
        };
        let kind = balancer.at("/Type");
        let wanted = if crate::ecs::is_sent_connections(it, service) { "network" } else { "application" };
        if kind != wanted {
            said.push(format!("{} is of type {kind}", balancer.called()));
        }
        let own = balancer.at("/Subnets");
        let tasks = service.at("/NetworkConfiguration/AwsvpcConfiguration/Subnets");
        if items(own).len() < 2 {
            said.push(format!("{} stands in one subnet", balancer.called()));
        }
        // Zones of imported subnets are not known.
        if it.resolved.network.import.is_none() && !zones(tasks).is_subset(&zones(own)) {
            said.push(format!("{} does not reach every zone of its tasks", balancer.called()));
        }
    }
    said
}

fn policies(it: &Environment) -> Vec<String> {
    let beside = ["AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy"];
    it.meant()
        .iter()
        .filter(|resource| beside.contains(&resource.kind.as_str()))
        .map(|policy| format!("{} stands beside its role", policy.called()))
        .collect()
}

fn templates(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for stack in &it.stacks {
        for key in ["Transform", "Hooks"] {
            // One engine is nothing else, and has assertions of its own.
            if stack.entry.get("released_from").is_some() {
                continue;
            }
            if stack.template.get(key).is_some() {
                said.push(format!("{} has {key}", stack.name));
            }
        }
        if stack.template.to_string().contains("{{resolve:") {
            said.push(format!("{} has dynamic references", stack.name));
        }
    }
    said
}

fn script(it: &Environment) -> Vec<String> {
    let script = text(&it.files["deploy.sh"]);
    let mut said: Vec<String> = ["REVERT_DRIFT", "EXPRESS", "--deployment-mode"]
        .into_iter()
        .filter(|word| script.contains(word))
        .map(|word| format!("deploy.sh has {word}"))
        .collect();
    if !script.contains("aws cloudformation deploy ") {
        said.push("deploy.sh deploys no stack".into());
    }
    said
}

fn clusters(it: &Environment) -> Vec<String> {
    it.all("AWS::ECS::Cluster")
        .filter(|cluster| !cluster.at("/ServiceConnectDefaults").is_null())
        .map(|cluster| format!("{} has a default namespace", cluster.called()))
        .collect()
}

fn logs(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for service in services(it) {
        let containers = definition(it, service).map(|found| items(found.at("/ContainerDefinitions")));
        for container in containers.into_iter().flatten() {
            let options = &container["LogConfiguration"]["Options"];
            if options["mode"] != "non-blocking" || !options["awslogs-create-group"].is_null() {
                said.push(format!("{} of {} logs with {options}", container["Name"], service.called()));
            }
        }
    }
    let forever = |group: &&Meaning| group.at("/RetentionInDays").is_null();
    said.extend(
        it.all("AWS::Logs::LogGroup").filter(forever).map(|group| format!("{} never ends", group.called())),
    );
    said
}

fn access_logs(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for balancer in it.all("AWS::ElasticLoadBalancingV2::LoadBalancer") {
        let attribute =
            |key: &str| items(balancer.at("/LoadBalancerAttributes")).into_iter().find(|it| it["Key"] == key);
        if attribute("access_logs.s3.enabled").is_none_or(|it| it["Value"] != "true") {
            continue;
        }
        let bucket = attribute("access_logs.s3.bucket").and_then(|it_| it.find(&it_["Value"]));
        let Some((bucket, _)) = bucket else {
            said.push(format!("{} logs to a bucket of others", balancer.called()));
            continue;
        };
        let policy = it.all("AWS::S3::BucketPolicy").find(|it| *it.at("/Bucket") == bucket.reference());
        let admits = policy.is_some_and(|policy| {
            items(policy.at("/PolicyDocument/Statement")).into_iter().any(|statement| {
                statement["Effect"] == "Allow"
                    && statement["Principal"]["Service"] == "logdelivery.elasticloadbalancing.amazonaws.com"
                    && text(&statement["Action"]).contains("s3:PutObject")
            })
        });
        if !admits {
            said.push(format!("{} does not admit {}", bucket.called(), balancer.called()));
        }
        if bucket.at("/BucketEncryption").to_string().contains("aws:kms") {
            said.push(format!("{} is encrypted with a key", bucket.called()));
        }
    }
    said
}
