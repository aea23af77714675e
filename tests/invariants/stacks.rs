//! How the stacks of an environment fit together.

use std::collections::{BTreeMap, BTreeSet};

use bluegreen::cfn::catalogue::Catalogue;
use serde_json::{Value, json};

use crate::{
    Assertion,
    model::{Environment, Stack, items, text, texts, walk},
    spoil, spoil_of,
};

pub const ASSERTIONS: &[Assertion] = &[
    Assertion {
        name: "every import has one export, of a stack that comes before and is waited for",
        check: imports,
        spoils: &[
            spoil("an export that is not there", |it| {
                it.stack("-cluster").template["Outputs"]
                    .as_object_mut()
                    .unwrap()
                    .shift_remove("ReleasesTopicArn");
            }),
            spoil("another name", |it| it.replace("Service", ":BlueTargetGroupArn", ":BlueTargetGroup")),
            spoil("an export twice", |it| {
                let output = it.stack("-network").template["Outputs"]["VpcId"].clone();
                it.stack("-cluster").template["Outputs"]["VpcId"] = output;
            }),
            spoil("not waited for", |it| it.stack("-pipeline").entry["depends_on"] = json!([])),
            spoil("too late", |it| it.stacks.swap(0, 2)),
            spoil("waiting for what is not there", |it| {
                it.stack("-edge").entry["depends_on"].as_array_mut().unwrap().push(json!("shop-prod-waf"));
            }),
            spoil("an export of its own", |it| {
                it.set(
                    "Cluster",
                    "/Properties/Tags",
                    json!([{"Key": "a", "Value": {"Fn::ImportValue": "shop-prod-cluster:ReleasesTopicArn"}}]),
                );
            }),
            spoil("a name by reference", |it| {
                it.stack("-network").template["Outputs"]["VpcId"]["Export"]["Name"] = json!({"Ref": "Vpc"});
            }),
        ],
    },
    Assertion {
        name: "nothing that changes with a release is exported",
        check: exports,
        spoils: &[
            spoil("the task definition", |it| {
                it.stack("-web").template["Outputs"]["TaskDefinitionArn"]["Export"] =
                    json!({"Name": "shop-prod-web:TaskDefinitionArn"});
            }),
            spoil("the image", |it| {
                it.stack("-web").template["Outputs"]["Image"] =
                    json!({"Value": {"Ref": "ImageUri"}, "Export": {"Name": "shop-prod-web:Image"}});
            }),
            spoil("the live color", |it| {
                it.stack("-edge").template["Outputs"]["Live"] =
                    json!({"Value": {"Ref": "LiveColor"}, "Export": {"Name": "live"}});
            }),
            spoil("nothing says which task definition is the stack's", |it| {
                it.stack("-web").template["Outputs"]
                    .as_object_mut()
                    .unwrap()
                    .shift_remove("TaskDefinitionArn");
            }),
        ],
    },
    Assertion {
        name: "every reference is to something that is there and has that attribute",
        check: references,
        spoils: &[
            spoil("a resource", |it| it.set("Service", "/Properties/Role", json!({"Ref": "ServiceRole"}))),
            spoil("an attribute of none", |it| {
                it.set("Service", "/Properties/Role", json!({"Fn::GetAtt": ["Gone", "Arn"]}))
            }),
            spoil("an attribute", |it| it.replace("ScalableTarget", "Service.Name", "Service.ServiceName")),
            spoil("a name in text", |it| {
                it.set("Service", "/Properties/Role", json!({"Fn::Sub": "x-${Gone}"}))
            }),
            spoil("an attribute in text", |it| {
                it.set("Service", "/Properties/Role", json!({"Fn::Sub": "${LogGroup.Name}"}));
            }),
            spoil("a name that is given and not used", |it| {
                it.set("Service", "/Properties/Role", json!({"Fn::Sub": ["x", {"Gone": "y"}]}));
            }),
            spoil("a condition", |it| {
                it.set("Service", "/Properties/Role", json!({"Fn::If": ["Gone", 1, 2]}))
            }),
            spoil("a wait", |it| it.set("Service", "/DependsOn", json!(["TaskDefinition", "Gone"]))),
            spoil("a parameter nobody uses", |it| {
                it.stack("-web").template["Parameters"]["Unused"] = json!({"Type": "String", "Default": ""});
            }),
            spoil("a condition nobody asks", |it| {
                it.stack("-web").template["Conditions"]["Unused"] = json!({"Fn::Equals": ["a", "b"]});
            }),
            spoil("a condition of a parameter that is not there", |it| {
                it.stack("-web").template["Conditions"]["HasImage"] =
                    json!({"Fn::Equals": [{"Ref": "Gone"}, "b"]});
            }),
            spoil("a parameter that nobody gives", |it| {
                it.stack("-pipeline").entry["lookup"].as_object_mut().unwrap().shift_remove("ConnectionArn");
            }),
        ],
    },
    Assertion {
        name: "stack policies guard what CodeDeploy owns",
        check: policies,
        spoils: &[
            spoil("no policy of the edge", |it| it.stack("-edge").policy = None),
            spoil("no policy of the service", |it| it.stack("-web").policy = None),
            spoil("listeners may be replaced", |it| {
                let types = it.stack("-edge").policy.as_mut().unwrap();
                let types = types.pointer_mut("/Statement/1/Condition/StringEquals/ResourceType").unwrap();
                types.as_array_mut().unwrap().retain(|it| it != "AWS::ElasticLoadBalancingV2::Listener");
            }),
            spoil("target groups may be deleted", |it| {
                it.stack("-edge").policy.as_mut().unwrap()["Statement"][1]["Action"] =
                    json!(["Update:Replace"]);
            }),
            spoil("a guard that allows", |it| {
                it.stack("-web").policy.as_mut().unwrap()["Statement"][1]["Effect"] = json!("Allow");
            }),
            spoil("a guard of someone", |it| {
                it.stack("-web").policy.as_mut().unwrap()["Statement"][1]["Principal"] = json!("arn:x");
            }),
            spoil("nothing may be updated", |it| {
                it.stack("-web").policy.as_mut().unwrap()["Statement"].as_array_mut().unwrap().remove(0);
            }),
        ],
    },
    Assertion {
        name: "tags of a stack reach no listener where the layout can help it",
        check: tags,
        spoils: &[
            spoil("of the edge", |it| it.stack("-edge").entry["tags"] = json!({"team": "payments"})),
            spoil("none of the service", |it| it.stack("-web").entry["tags"] = json!({})),
            spoil("none of a target group", |it| it.remove("BlueTargetGroup", "/Properties/Tags")),
            spoil("of a listener itself", |it| {
                it.set(
                    "ProductionListener",
                    "/Properties/Tags",
                    json!([{"Key": "team", "Value": "payments"}]),
                );
            }),
        ],
    },
    Assertion {
        name: "names keep within the limits of their services",
        check: names,
        spoils: &[
            spoil("a target group", |it| {
                it.set(
                    "BlueTargetGroup",
                    "/Properties/Name",
                    json!("a-name-that-is-longer-than-32-characters"),
                );
            }),
            spoil("a role", |it| it.set("TaskRole", "/Properties/RoleName", json!("x".repeat(65)))),
            spoil("a function", |it| {
                it.set("HookFunction", "/Properties/FunctionName", json!("x".repeat(65)))
            }),
            spoil("a repository", |it| it.set("Repository", "/Properties/RepositoryName", json!("Shop/Web"))),
            spoil("an application", |it| {
                it.set("DeploymentApplication", "/Properties/ApplicationName", json!("x".repeat(101)))
            }),
            spoil("an alarm", |it| it.set("BurstAlarm", "/Properties/AlarmName", json!("x".repeat(256)))),
            spoil("a notification rule", |it| {
                it.set("PipelineNotifications", "/Properties/Name", json!("x".repeat(65)))
            }),
            spoil("a stack", |it| it.stack("-web").name = "x".repeat(129)),
            spoil("a name twice", |it| {
                let name = it.resource("ErrorsAlarm")["Properties"]["AlarmName"].clone();
                it.set("BurstAlarm", "/Properties/AlarmName", name);
            }),
        ],
    },
    Assertion {
        name: "capabilities are those the template needs",
        check: capabilities,
        spoils: &[
            spoil("none", |it| it.stack("-web").entry["capabilities"] = json!([])),
            spoil("not for named roles", |it| {
                it.stack("-web").entry["capabilities"] = json!(["CAPABILITY_IAM"])
            }),
            spoil("more than it needs", |it| {
                it.stack("-edge").entry["capabilities"] = json!(["CAPABILITY_IAM"])
            }),
            spoil_of("boundary", "a role without its boundary", |it| {
                it.remove("TaskRole", "/Properties/PermissionsBoundary")
            }),
        ],
    },
];

/// Every value of a template in which something can be imported or referred to.
fn values(stack: &Stack) -> [&Value; 3] {
    [&stack.template["Resources"], &stack.template["Outputs"], &stack.template["Conditions"]]
}

/// The names a stack imports.
fn imported(stack: &Stack) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for value in values(stack) {
        walk(value, &mut |it| {
            if let Some(name) = it.get("Fn::ImportValue") {
                found.insert(text(name));
            }
        });
    }
    found
}

fn imports(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    let mut exported: BTreeMap<String, &str> = BTreeMap::new();
    let mut before: BTreeSet<&str> = BTreeSet::new();
    for stack in &it.stacks {
        for name in stack.depends_on() {
            if !before.contains(name) {
                said.push(format!("{} waits for {name}, which is not before it", stack.name));
            }
        }
        for name in imported(stack) {
            match exported.get(&name) {
                None => said.push(format!("{} imports {name}, which nothing before it exports", stack.name)),
                Some(home) if !stack.depends_on().contains(home) => {
                    said.push(format!("{} imports {name} and does not wait for {home}", stack.name));
                }
                Some(_) => {}
            }
        }
        for output in stack.template["Outputs"].as_object().into_iter().flat_map(|all| all.values()) {
            let Some(export) = output.get("Export") else { continue };
            let Some(name) = export["Name"].as_str() else {
                said.push(format!("{} exports under {}", stack.name, export["Name"]));
                continue;
            };
            if name.len() > 255 {
                said.push(format!("{name} is too long"));
            }
            if let Some(other) = exported.insert(name.to_owned(), &stack.name) {
                said.push(format!("{} and {other} export {name}", stack.name));
            }
        }
        before.insert(&stack.name);
    }
    said
}

fn exports(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for stack in &it.stacks {
        let mut told = 0;
        for (name, output) in stack.template["Outputs"].as_object().into_iter().flatten() {
            let value = it.meaning_of(stack, &output["Value"]);
            let definition =
                it.find(&value).is_some_and(|(found, _)| found.kind == "AWS::ECS::TaskDefinition");
            told += usize::from(definition);
            let changes = definition || text(&value).ends_with("?>");
            if changes && output.get("Export").is_some() {
                said.push(format!(
                    "{}: {name} changes with releases and cannot while it is imported",
                    stack.name
                ));
            }
        }
        let definitions =
            stack.resources().filter(|(_, it)| it["Type"] == "AWS::ECS::TaskDefinition").count();
        // A template with CloudFormation's hook may tell nothing at all.
        let definitions = if stack.template.get("Hooks").is_some() { 0 } else { definitions };
        if told != definitions {
            said.push(format!("{} tells {told} of {definitions} task definitions", stack.name));
        }
    }
    said
}

fn references(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for stack in &it.stacks {
        let resources = stack.template["Resources"].as_object().unwrap();
        let parameters = stack.template["Parameters"].as_object().cloned().unwrap_or_default();
        let conditions = stack.template["Conditions"].as_object().cloned().unwrap_or_default();
        let mut used: BTreeSet<String> = BTreeSet::new();
        let mut asked: BTreeSet<String> = BTreeSet::new();
        let mut names: Vec<String> = Vec::new();
        let mut attributes: Vec<(String, String)> = Vec::new();
        for value in values(stack) {
            walk(value, &mut |value| {
                if let Some(name) = value.get("Ref").and_then(Value::as_str) {
                    names.push(name.into());
                }
                if let Some(path) = value.get("Fn::GetAtt").and_then(Value::as_array) {
                    attributes.push((text(&path[0]), text(&path[1])));
                }
                if let Some(branches) = value.get("Fn::If") {
                    asked.insert(text(&branches[0]));
                }
                let Some(argument) = value.get("Fn::Sub") else { return };
                let (pattern, given) = match argument {
                    Value::Array(parts) => {
                        (text(&parts[0]), parts[1].as_object().cloned().unwrap_or_default())
                    }
                    other => (text(other), serde_json::Map::new()),
                };
                let variables: Vec<&str> = pattern
                    .split("${")
                    .skip(1)
                    .filter_map(|rest| rest.split_once('}'))
                    .map(|(name, _)| name)
                    .filter(|name| !name.starts_with('!'))
                    .collect();
                names.extend(
                    given
                        .keys()
                        .filter(|name| !variables.contains(&name.as_str()))
                        .map(|name| format!("unused {name}")),
                );
                for name in variables.into_iter().filter(|name| !given.contains_key(*name)) {
                    match name.split_once('.') {
                        Some((id, attribute)) => attributes.push((id.into(), attribute.into())),
                        None => names.push(name.into()),
                    }
                }
            });
        }
        for name in names {
            let known =
                name.starts_with("AWS::") || resources.contains_key(&name) || parameters.contains_key(&name);
            if !known {
                said.push(format!("{}: there is no {name}", stack.name));
            }
            used.insert(name);
        }
        for (id, attribute) in attributes {
            let kind = resources.get(&id).and_then(|resource| resource["Type"].as_str());
            let has = kind.and_then(Catalogue::schema).is_some_and(|schema| schema.has_attribute(&attribute));
            if !has {
                said.push(format!("{}: {id} ({kind:?}) has no attribute {attribute}", stack.name));
            }
        }
        for (id, resource) in resources {
            for name in texts(&resource["DependsOn"]) {
                if !resources.contains_key(&name) || name == *id {
                    said.push(format!("{}: {id} waits for {name}", stack.name));
                }
            }
            asked.extend(resource.get("Condition").map(text));
        }
        // Conditions are made of conditions.
        for condition in conditions.values() {
            walk(condition, &mut |value| asked.extend(value.get("Condition").map(text)));
        }
        let defined: BTreeSet<String> = conditions.keys().cloned().collect();
        for name in asked.symmetric_difference(&defined) {
            said.push(format!("{}: the condition {name} is asked or there, not both", stack.name));
        }
        let given: BTreeMap<&String, &Value> =
            stack.entry["lookup"].as_object().into_iter().flatten().collect();
        for (name, parameter) in &parameters {
            if !used.contains(name) {
                said.push(format!("{}: nobody uses the parameter {name}", stack.name));
            }
            if parameter.get("Default").is_none() && !given.contains_key(name) {
                said.push(format!("{}: nobody gives the parameter {name}", stack.name));
            }
        }
    }
    said
}

fn policies(it: &Environment) -> Vec<String> {
    const OWNED: [&str; 4] = [
        "AWS::ElasticLoadBalancingV2::Listener",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "AWS::ECS::Service",
        "AWS::CodeDeploy::DeploymentGroup",
    ];
    let mut said = Vec::new();
    for stack in &it.stacks {
        let present = |kind: &&str| stack.resources().any(|(_, resource)| resource["Type"] == **kind);
        let owned: Vec<&str> = OWNED.into_iter().filter(|kind| present(kind)).collect();
        let statements = stack.policy.as_ref().map(|policy| items(&policy["Statement"])).unwrap_or_default();
        for kind in &owned {
            for action in ["Update:Replace", "Update:Delete"] {
                let denied = statements.iter().any(|statement| {
                    statement["Effect"] == "Deny"
                        && statement["Principal"] == "*"
                        && statement["Resource"] == "*"
                        && texts(&statement["Action"]).iter().any(|it| it == action)
                        && texts(&statement["Condition"]["StringEquals"]["ResourceType"])
                            .iter()
                            .any(|it| it == kind)
                });
                if !denied {
                    said.push(format!("{}: {action} of {kind} is not denied", stack.name));
                }
            }
        }
        let allowed = statements
            .iter()
            .any(|it| it["Effect"] == "Allow" && it["Action"] == "Update:*" && it["Resource"] == "*");
        if !statements.is_empty() && !allowed {
            said.push(format!("{}: nothing may be updated", stack.name));
        }
    }
    said
}

fn tags(it: &Environment) -> Vec<String> {
    use bluegreen::blueprint::Layout;
    let mut said = Vec::new();
    let mut wanted: BTreeMap<String, String> = BTreeMap::from([
        ("application".to_owned(), it.resolved.app.to_string()),
        ("environment".to_owned(), it.resolved.place.name.to_string()),
    ]);
    wanted.extend(it.resolved.tags.iter().map(|(key, value)| (key.clone(), value.clone())));
    for stack in &it.stacks {
        let edge = it.resolved.layout == Layout::Split
            && stack.resources().any(|(_, resource)| {
                ["Listener", "ListenerRule"]
                    .iter()
                    .any(|kind| resource["Type"] == format!("AWS::ElasticLoadBalancingV2::{kind}"))
            });
        let of_stack: BTreeMap<String, String> = stack.entry["tags"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, value)| (key.clone(), text(value)))
            .collect();
        let has_all =
            |tags: &BTreeMap<String, String>| wanted.iter().all(|(key, value)| tags.get(key) == Some(value));
        if edge != of_stack.is_empty() || (!edge && !has_all(&of_stack)) {
            said.push(format!("{} has the tags {of_stack:?}", stack.name));
        }
        for (id, resource) in stack.resources() {
            let tags: BTreeMap<String, String> = items(&resource["Properties"]["Tags"])
                .into_iter()
                .map(|tag| (text(&tag["Key"]), text(&tag["Value"])))
                .collect();
            let kind = text(&resource["Type"]);
            if kind == "AWS::ElasticLoadBalancingV2::Listener" && !tags.is_empty() {
                said.push(format!("{}/{id} has tags, which are a way to have it updated", stack.name));
            }
            let taggable = ["::TargetGroup", "::LoadBalancer", "EC2::SecurityGroup"]
                .iter()
                .any(|end| kind.ends_with(end));
            if edge && taggable && !has_all(&tags) {
                said.push(format!("{}/{id} has the tags {tags:?}", stack.name));
            }
        }
    }
    said
}

fn names(it: &Environment) -> Vec<String> {
    /// Type, property, longest, and what else than letters and digits it may hold (facts 8.2).
    const LIMITS: [(&str, &str, usize, &str); 20] = [
        ("AWS::ElasticLoadBalancingV2::TargetGroup", "Name", 32, "-"),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Name", 32, "-"),
        ("AWS::IAM::Role", "RoleName", 64, "_+=,.@-"),
        ("AWS::ECS::Cluster", "ClusterName", 255, "-_"),
        ("AWS::ECS::Service", "ServiceName", 255, "-_"),
        ("AWS::ECS::TaskDefinition", "Family", 255, "-_"),
        ("AWS::ECR::Repository", "RepositoryName", 256, "-_./"),
        ("AWS::CloudWatch::Alarm", "AlarmName", 255, "-_"),
        ("AWS::CloudWatch::Dashboard", "DashboardName", 255, "-_"),
        ("AWS::Logs::LogGroup", "LogGroupName", 512, ".-_/#"),
        ("AWS::CodeDeploy::Application", "ApplicationName", 100, "+=,.@_-"),
        ("AWS::CodeDeploy::DeploymentGroup", "DeploymentGroupName", 100, "+=,.@_-"),
        ("AWS::CodeDeploy::DeploymentConfig", "DeploymentConfigName", 100, "+=,.@_-"),
        ("AWS::CodePipeline::Pipeline", "Name", 100, ".@-_"),
        ("AWS::CodeBuild::Project", "Name", 150, "-_"),
        ("AWS::CodeStarNotifications::NotificationRule", "Name", 64, "-_ "),
        ("AWS::Events::Rule", "Name", 64, ".-_"),
        ("AWS::Lambda::Function", "FunctionName", 64, "-_"),
        ("AWS::ApplicationAutoScaling::ScalingPolicy", "PolicyName", 256, "-_"),
        ("AWS::ServiceDiscovery::Service", "Name", 63, "-"),
    ];
    let mut said = Vec::new();
    let mut taken = BTreeSet::new();
    for (kind, property, longest, signs) in LIMITS {
        for resource in it.all(kind) {
            let Some(name) = resource.at(&format!("/{property}")).as_str() else { continue };
            let lower = kind.ends_with("Repository");
            let good = |sign: char| {
                (sign.is_ascii_alphanumeric() && !(lower && sign.is_ascii_uppercase()))
                    || signs.contains(sign)
            };
            if name.is_empty() || name.len() > longest || !name.chars().all(good) {
                said.push(format!("{}: {property} {name} is no name", resource.called()));
            }
            // A service's name is taken in its cluster alone.
            let cluster = resource.at("/Cluster").to_string();
            if !taken.insert((kind, name, cluster)) {
                said.push(format!("{}: {property} {name} is taken", resource.called()));
            }
        }
    }
    for stack in &it.stacks {
        if stack.name.len() > 128 || !stack.name.starts_with(|first: char| first.is_ascii_alphabetic()) {
            said.push(format!("{} is no name of a stack", stack.name));
        }
    }
    said
}

fn capabilities(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for stack in &it.stacks {
        let roles: Vec<&Value> = stack
            .resources()
            .map(|(_, it)| it)
            .filter(|it| text(&it["Type"]).starts_with("AWS::IAM::"))
            .collect();
        let named = roles.iter().any(|role| role["Properties"].get("RoleName").is_some());
        let mut wanted = match (roles.is_empty(), named) {
            (true, _) => json!([]),
            (false, false) => json!(["CAPABILITY_IAM"]),
            (false, true) => json!(["CAPABILITY_NAMED_IAM"]),
        };
        if stack.template.get("Transform").is_some() {
            wanted.as_array_mut().unwrap().push(json!("CAPABILITY_AUTO_EXPAND"));
        }
        if stack.entry["capabilities"] != wanted {
            said.push(format!("{} has {}, it needs {wanted}", stack.name, stack.entry["capabilities"]));
        }
        let boundary = it.resolved.place.environment.permissions_boundary.as_ref().map(ToString::to_string);
        for role in roles {
            if role["Properties"]["PermissionsBoundary"].as_str().map(str::to_owned) != boundary {
                said.push(format!("{}: a role has another boundary than {boundary:?}", stack.name));
            }
        }
    }
    said
}
