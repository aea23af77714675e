//! Who may do what: least privilege, and that nothing is missing.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    Assertion,
    model::{Environment, Meaning, items, text, texts},
    release::{asked, definition, services},
    spoil, spoil_of,
    traffic::{Traffic, traffic},
};

/// One action on one resource, with what it depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    pub sid: String,
    pub action: String,
    pub resource: String,
    pub condition: Value,
}

/// Actions of which IAM's own tables list no resource, or for which a wider one must be asked for; each with its reason.
pub const ON_EVERYTHING: &[(&str, &str)] = &[
    ("ecr:GetAuthorizationToken", "no resource type"),
    ("ssmmessages:CreateControlChannel", "no resource type"),
    ("ssmmessages:CreateDataChannel", "no resource type"),
    ("ssmmessages:OpenControlChannel", "no resource type"),
    ("ssmmessages:OpenDataChannel", "no resource type"),
    ("elasticloadbalancing:DescribeListeners", "no resource type"),
    ("elasticloadbalancing:DescribeRules", "no resource type"),
    ("elasticloadbalancing:DescribeTargetGroups", "no resource type"),
    ("elasticloadbalancing:DescribeTargetHealth", "no resource type"),
    ("codedeploy:GetDeploymentTarget", "no resource type"),
    ("codedeploy:CreateCloudFormationDeployment", "no resource type"),
    ("ecs:DescribeTaskDefinition", "no resource type"),
    ("cloudwatch:DescribeAlarms", "CodeDeploy asks over all alarms (facts 9.2)"),
    ("ecs:ListTasks", "of a service: the cluster is a condition"),
    ("ec2:CreateNetworkInterface", "Lambda is refused a function whose role may not do it on everything"),
    ("ec2:DeleteNetworkInterface", "as above"),
    ("ec2:AssignPrivateIpAddresses", "as above"),
    ("ec2:UnassignPrivateIpAddresses", "as above"),
    ("ec2:DescribeNetworkInterfaces", "no resource type"),
    ("ec2:DescribeSubnets", "no resource type"),
];

/// Actions with an asterisk at their end that are meant: KMS documents them so.
const FAMILIES: &[&str] = &["kms:GenerateDataKey*", "kms:ReEncrypt*"];

pub const ASSERTIONS: &[Assertion] = &[
    Assertion {
        name: "no role may do everything, or anything on everything but what has no resource",
        check: least,
        spoils: &[
            spoil("every action", |it| it.statement("TaskRole", "Receipts")["Action"] = json!("*")),
            spoil("every action of a service", |it| {
                it.statement("HookRole", "WriteLogs")["Action"] = json!("logs:*")
            }),
            spoil("every action of a kind", |it| {
                it.statement("DeploymentRole", "ReadService")["Action"] = json!(["ecs:Describe*"]);
            }),
            spoil("every resource", |it| {
                it.statement("DeploymentRole", "ShiftTraffic")["Resource"] = json!("*")
            }),
            spoil("every resource among others", |it| {
                it.statement("ExecutionRole", "PullImage")["Resource"] =
                    json!(["arn:aws:ecr:::repository/x", "*"]);
            }),
            spoil("every role of the account", |it| {
                it.statement("PipelineRole", "RunTasksAs")["Resource"] =
                    json!({"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*"});
            }),
            spoil("everything but", |it| {
                let statement = it.statement("HookRole", "WriteLogs");
                statement["NotAction"] = statement["Action"].take();
            }),
            spoil("a managed policy", |it| {
                it.set(
                    "TaskRole",
                    "/Properties/ManagedPolicyArns",
                    json!(["arn:aws:iam::aws:policy/AdministratorAccess"]),
                );
            }),
        ],
    },
    Assertion {
        name: "services assume roles on behalf of this account alone",
        check: trust,
        spoils: &[
            spoil("anyone's", |it| {
                it.remove(
                    "DeploymentRole",
                    "/Properties/AssumeRolePolicyDocument/Statement/0/Condition/StringEquals",
                );
            }),
            spoil("another account's", |it| {
                it.replace(
                    "HookRole",
                    r#"{"aws:SourceAccount":{"Ref":"AWS::AccountId"}}"#,
                    r#"{"aws:SourceAccount":"1"}"#,
                );
            }),
            spoil("another service", |it| {
                it.replace("TaskRole", "ecs-tasks.amazonaws.com", "ec2.amazonaws.com")
            }),
            spoil("a person", |it| {
                it.set(
                    "TaskRole",
                    "/Properties/AssumeRolePolicyDocument/Statement/0/Principal",
                    json!({"AWS": "*"}),
                );
            }),
            spoil("another deployment group's", |it| {
                it.replace(
                    "DeploymentRole",
                    "deploymentgroup:shop-prod-web/*",
                    "deploymentgroup:shop-prod-api/*",
                );
            }),
            spoil("another pipeline's", |it| {
                it.replace("PipelineRole", ":shop-web-pipeline", ":shop-api-pipeline")
            }),
        ],
    },
    Assertion {
        name: "CodeDeploy and the pipeline may pass exactly the roles of the task, to tasks alone",
        check: passing,
        spoils: &[
            spoil_of("ecs-pipeline", "a release hands any role to ECS", |it| {
                it.replace("ReleaseRole", "shop-prod-web-*", "*")
            }),
            spoil_of("ecs-pipeline", "a release hands its roles to anything", |it| {
                it.replace("ReleaseRole", "ecs-tasks.amazonaws.com", "ec2.amazonaws.com")
            }),
            spoil_of("ecs-pipeline-action", "the action of ECS hands any role to ECS", |it| {
                it.replace("PipelineRole", "role/shop-prod-web-*", "role/*")
            }),
            spoil_of("ecs-pipeline-action", "the action of ECS hands what moves traffic to tasks", |it| {
                let statement = it.statement("PipelineRole", "MoveTrafficAs");
                statement["Condition"] =
                    json!({"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}});
            }),
            spoil_of("ecs-pipeline-action", "the action of ECS may not pass the task's roles", |it| {
                it.statement("PipelineRole", "RunTasksAs")["Effect"] = json!("Deny");
            }),
            spoil("CodeDeploy may not pass the task's role", |it| {
                it.statement("DeploymentRole", "RunTasksAs")["Resource"] =
                    json!({"Fn::GetAtt": ["ExecutionRole", "Arn"]});
            }),
            spoil("the pipeline may not pass the execution role", |it| {
                let all = it.statement("PipelineRole", "RunTasksAs");
                all["Resource"] = all["Resource"][0].clone();
            }),
            spoil("CodeDeploy may pass a third", |it| {
                let role = json!({"Fn::GetAtt": ["HookRole", "Arn"]});
                it.statement("DeploymentRole", "RunTasksAs")["Resource"].as_array_mut().unwrap().push(role);
            }),
            spoil("to anything", |it| {
                it.statement("DeploymentRole", "RunTasksAs")["Condition"] = Value::Null
            }),
            spoil("to anything, from the pipeline", |it| {
                it.statement("PipelineRole", "RunTasksAs")["Condition"] = Value::Null;
            }),
            spoil("the build may pass", |it| {
                it.statement("BuildRole", "PushImage")["Action"] = json!("iam:PassRole");
            }),
            spoil("the role has another name", |it| {
                it.set("TaskRole", "/Properties/RoleName", json!("shop-prod-web-tasks"))
            }),
        ],
    },
    Assertion {
        name: "the execution role reads the task's secrets, pulls its images and writes its log, and no more",
        check: execution,
        spoils: &[
            spoil("another secret", |it| {
                it.statement("ExecutionRole", "ReadSecrets")["Resource"] = json!("arn:x")
            }),
            spoil("no parameters", |it| {
                it.statement("ExecutionRole", "ReadParameters")["Effect"] = json!("Deny")
            }),
            spoil("a parameter of a sidecar is missing", |it| {
                it.statement("ExecutionRole", "ReadParameters")["Resource"].as_array_mut().unwrap().pop();
            }),
            spoil("one secret too many", |it| {
                it.remove("TaskDefinition", "/Properties/ContainerDefinitions/0/Secrets/0");
            }),
            spoil("another repository", |it| {
                it.replace("ExecutionRole", "repository/shop/web", "repository/shop/*")
            }),
            spoil("another log group", |it| {
                it.replace("ExecutionRole", r#"["LogGroup","Arn"]"#, r#"["HookLogGroup","Arn"]"#)
            }),
            spoil("no layers", |it| {
                it.replace("ExecutionRole", "ecr:GetDownloadUrlForLayer", "ecr:DescribeImages");
            }),
            spoil("no login", |it| {
                it.replace("ExecutionRole", "ecr:GetAuthorizationToken", "ecr:DescribeRegistry")
            }),
            spoil_of("image-private", "the registry of another account", |it| {
                it.replace("ExecutionRole", "444455556666", "111122223333");
            }),
            spoil_of("sidecar-private", "the sidecar's image", |it| {
                it.replace("ExecutionRole", "repository/team/proxy", "repository/team/web");
            }),
            spoil_of("image-public", "a login nobody needs", |it| {
                it.statement("ExecutionRole", "WriteLogs")["Action"] = json!(["ecr:GetAuthorizationToken"]);
            }),
            spoil("the log goes to another group", |it| {
                it.replace(
                    "TaskDefinition",
                    r#""awslogs-group":{"Ref":"LogGroup"}"#,
                    r#""awslogs-group":"/x""#,
                );
            }),
        ],
    },
    Assertion {
        name: "CodeDeploy may do all a deployment of this service needs, and nothing to others",
        check: codedeploy,
        spoils: &[
            spoil("no hooks", |it| it.statement("DeploymentRole", "CallHooks")["Effect"] = json!("Deny")),
            spoil("not the own hook", |it| {
                it.replace("DeploymentRole", "function:own-hook", "function:other-hook");
            }),
            spoil("a hook that AppSpec does not name", |it| {
                it.replace_in_file(
                    "web/appspec.yaml",
                    "CodeDeployHook_shop-prod-web",
                    "CodeDeployHook_shop-prod-api",
                );
            }),
            spoil("a hook nobody calls", |it| {
                it.files.get_mut("web/appspec.yaml").unwrap()["Hooks"].as_array_mut().unwrap().pop();
            }),
            spoil("the function has another name", |it| {
                it.set("HookFunction", "/Properties/FunctionName", json!("hook"))
            }),
            spoil("not the test listener", |it| {
                let all = it.statement("DeploymentRole", "ShiftTraffic");
                all["Resource"] = all["Resource"][0].clone();
            }),
            spoil("task sets of any service", |it| {
                it.statement("DeploymentRole", "ReplaceTaskSets")["Resource"] = json!({"Fn::Sub": "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:task-set/*"});
            }),
            spoil("no task sets are deleted", |it| {
                it.statement("DeploymentRole", "ReplaceTaskSets")["Action"] = json!("ecs:CreateTaskSet");
            }),
            spoil("rules of another load balancer", |it| {
                it.statement("DeploymentRole", "ShiftTrafficOfRules")["Resource"] = json!({"Fn::Sub": "arn:${AWS::Partition}:elasticloadbalancing:${AWS::Region}:${AWS::AccountId}:listener-rule/app/*"});
            }),
            spoil("no announcements", |it| {
                it.statement("DeploymentRole", "Announce")["Resource"] = json!("arn:x")
            }),
            spoil("announcements nobody can read", |it| {
                it.statement("DeploymentRole", "EncryptAnnouncements")["Action"] = json!("kms:Decrypt");
            }),
            spoil("no look at alarms", |it| {
                it.statement("DeploymentRole", "ReadAlarms")["Effect"] = json!("Deny")
            }),
        ],
    },
    Assertion {
        name: "the hook may look at the new version and answer",
        check: hook,
        spoils: &[
            spoil("it cannot answer", |it| {
                it.statement("HookRole", "AnswerDeployment")["Effect"] = json!("Deny")
            }),
            spoil("it answers another", |it| {
                it.replace("HookRole", "deploymentgroup:shop-prod-web/", "deploymentgroup:shop-prod-api/")
            }),
            spoil("it cannot see health", |it| {
                it.replace(
                    "HookRole",
                    "elasticloadbalancing:DescribeTargetHealth",
                    "elasticloadbalancing:DescribeRules",
                );
            }),
            spoil("it cannot find green", |it| {
                it.replace("HookRole", "codedeploy:GetDeploymentTarget", "codedeploy:GetDeploymentInstance");
            }),
            spoil("its target has no resource", |it| {
                it.replace(
                    "HookRole",
                    r#""Action":"codedeploy:GetDeploymentTarget","Resource":"*""#,
                    r#""Action":"codedeploy:GetDeploymentTarget","Resource":"arn:x""#,
                );
            }),
            spoil("it stands in the VPC and may not", |it| {
                it.statement("HookRole", "RunInVpc")["Effect"] = json!("Deny")
            }),
            spoil_of("base", "it may build network interfaces for nothing", |it| {
                it.replace("HookRole", "logs:CreateLogStream", "ec2:CreateNetworkInterface");
            }),
            spoil("its log goes elsewhere", |it| it.remove("HookFunction", "/Properties/LoggingConfig")),
            spoil("another target", |it| {
                it.set("HookFunction", "/Properties/Environment/Variables/TARGET", json!("x:y"))
            }),
            spoil("another listener", |it| {
                it.replace("HookFunction", ":TestListenerArn", ":ProductionListenerArn");
            }),
            spoil("more time than CodeDeploy gives", |it| {
                it.set("HookFunction", "/Properties/Timeout", json!(3600))
            }),
        ],
    },
    Assertion {
        name: "topics and their key admit who publishes",
        check: publishers,
        spoils: &[
            spoil("alarms are not let in", |it| {
                it.replace("OncallTopicPolicy", "cloudwatch.amazonaws.com", "events.amazonaws.com")
            }),
            spoil("releases are not let in", |it| {
                it.replace(
                    "ReleasesTopicPolicy",
                    "codestar-notifications.amazonaws.com",
                    "codepipeline.amazonaws.com",
                );
            }),
            spoil("another account's", |it| {
                it.remove("OncallTopicPolicy", "/Properties/PolicyDocument/Statement/0/Condition");
            }),
            spoil("alarms cannot encrypt", |it| {
                it.replace("NotificationKey", "cloudwatch.amazonaws.com", "events.amazonaws.com")
            }),
            spoil("releases cannot encrypt", |it| {
                it.replace("NotificationKey", "codestar-notifications.amazonaws.com", "events.amazonaws.com");
            }),
            spoil("the key of AWS", |it| {
                it.set("OncallTopic", "/Properties/KmsMasterKeyId", json!("alias/aws/sns"))
            }),
            spoil("nobody keeps the key", |it| {
                it.remove("NotificationKey", "/Properties/KeyPolicy/Statement/0");
            }),
            spoil("no policy", |it| it.set("OncallTopicPolicy", "/Type", json!("AWS::SNS::Subscription"))),
        ],
    },
];

/// What a role's inline policies allow, action by action and resource by resource.
pub fn grants(role: &Meaning) -> Vec<Grant> {
    let statements = items(role.at("/Policies"))
        .into_iter()
        .flat_map(|policy| items(&policy["PolicyDocument"]["Statement"]));
    let mut all = Vec::new();
    for statement in statements.filter(|statement| statement["Effect"] == "Allow") {
        for action in texts(&statement["Action"]) {
            for resource in texts(&statement["Resource"]) {
                all.push(Grant {
                    sid: text(&statement["Sid"]),
                    action: action.clone(),
                    resource,
                    condition: statement["Condition"].clone(),
                });
            }
        }
    }
    all
}

/// The resources a role may do something on.
fn on(role: &Meaning, action: &str) -> BTreeSet<String> {
    grants(role).into_iter().filter(|grant| grant.action == action).map(|grant| grant.resource).collect()
}

fn set(values: impl IntoIterator<Item = impl Into<String>>) -> BTreeSet<String> {
    values.into_iter().map(Into::into).collect()
}

fn least(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for role in it.all("AWS::IAM::Role") {
        if !role.at("/ManagedPolicyArns").is_null() {
            said.push(format!("{} has managed policies", role.called()));
        }
        // What an application may do is the blueprint's own business, but for these.
        let own = it.resolved.services.iter().any(|service| {
            service.service.permissions.values().any(|it| it.resources.iter().any(|resource| resource == "*"))
        });
        for statement in
            items(role.at("/Policies")).into_iter().flat_map(|it| items(&it["PolicyDocument"]["Statement"]))
        {
            if statement.get("NotAction").is_some() || statement.get("NotResource").is_some() {
                said.push(format!("{} allows by exception: {}", role.called(), statement["Sid"]));
            }
        }
        for Grant { sid, action, resource, .. } in grants(role) {
            if action.contains('*') && !FAMILIES.contains(&action.as_str()) {
                said.push(format!("{}: {sid} allows {action}", role.called()));
            }
            if resource == "*" && !own && !ON_EVERYTHING.iter().any(|(known, _)| *known == action) {
                said.push(format!("{}: {sid} allows {action} on everything", role.called()));
            }
            let whole = resource.ends_with(":role/*")
                || resource.ends_with(":repository/*")
                || resource.ends_with(":secret:*");
            if whole || resource == "arn:*" {
                said.push(format!("{}: {sid} allows {action} on {resource}", role.called()));
            }
        }
    }
    said
}

fn trust(it: &Environment) -> Vec<String> {
    /// Roles by the end of their logical id, and who assumes them.
    const WHO: [(&str, &str); 11] = [
        ("ReleaseRole", "codebuild"),
        ("InfrastructureRole", "ecs"),
        ("HookCallerRole", "ecs"),
        ("ExecutionRole", "ecs-tasks"),
        ("TaskRole", "ecs-tasks"),
        ("DeploymentRole", "codedeploy"),
        ("HookRole", "lambda"),
        ("SuspensionRole", "states"),
        ("SuspensionTriggerRole", "events"),
        ("BuildRole", "codebuild"),
        ("PipelineRole", "codepipeline"),
    ];
    let mut said = Vec::new();
    for role in it.all("AWS::IAM::Role") {
        let mut must = |holds: bool, what: String| {
            if !holds {
                said.push(format!("{}: {what}", role.called()));
            }
        };
        let Some((_, who)) = WHO.iter().find(|(ending, _)| role.id.ends_with(ending)) else {
            must(false, "who assumes this role is not known to the test".into());
            continue;
        };
        let statements = items(role.at("/AssumeRolePolicyDocument/Statement"));
        must(statements.len() == 1, "more than one may assume it".into());
        let statement = statements[0];
        let principal = json!({"Service": format!("{who}.amazonaws.com")});
        must(statement["Principal"] == principal, format!("{} assumes it", statement["Principal"]));
        must(statement["Action"] == "sts:AssumeRole", format!("by {}", statement["Action"]));
        // AWS documents none for these, and nobody knows whether ECS would meet one.
        if *who == "ecs" {
            must(statement.get("Condition").is_none(), "on a condition".into());
            continue;
        }
        let account = &statement["Condition"]["StringEquals"]["aws:SourceAccount"];
        must(account == "${AWS::AccountId}", format!("for the account {account}"));
        let prefix = "arn:${AWS::Partition}:";
        let place = "${AWS::Region}:${AWS::AccountId}";
        let wanted = match *who {
            "codedeploy" => it
                .all("AWS::CodeDeploy::DeploymentGroup")
                .find(|group| group.at("/ServiceRoleArn") == &json!(role.attribute("Arn")))
                .map(|group| {
                    format!(
                        "{prefix}codedeploy:{place}:deploymentgroup:{}/*",
                        text(group.at("/DeploymentGroupName"))
                    )
                }),
            "codepipeline" => it
                .all("AWS::CodePipeline::Pipeline")
                .find(|pipeline| pipeline.at("/RoleArn") == &json!(role.attribute("Arn")))
                .map(|pipeline| format!("{prefix}codepipeline:{place}:{}", text(pipeline.at("/Name")))),
            "codebuild" => it
                .all("AWS::CodeBuild::Project")
                .find(|project| project.at("/ServiceRole") == &json!(role.attribute("Arn")))
                .map(|project| format!("{prefix}codebuild:{place}:project/{}", text(project.at("/Name")))),
            "ecs-tasks" => Some(format!("{prefix}ecs:{place}:*")),
            _ => continue,
        };
        let source = statement["Condition"]["ArnLike"]["aws:SourceArn"].as_str().map(str::to_owned);
        must(source == wanted, format!("for {source:?}, not {wanted:?}"));
    }
    said
}

/// A role's ARN as others may write it: by reference, or by its name.
fn arns(role: &Meaning) -> [String; 2] {
    let name = text(role.at("/RoleName"));
    [role.attribute("Arn"), format!("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{name}")]
}

fn passing(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    let condition = json!({"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}});
    // What every passer may pass, with the roles it must be able to.
    let mut passers: Vec<(&Meaning, Vec<&Meaning>)> = Vec::new();
    // Passers that are judged by themselves.
    let mut handing_over: Vec<String> = Vec::new();
    let roles = |service: &Meaning| -> Vec<&Meaning> {
        let definition = definition(it, service);
        ["/TaskRoleArn", "/ExecutionRoleArn"]
            .into_iter()
            .filter_map(|pointer| Some(it.find(definition?.at(pointer))?.0))
            .collect()
    };
    for Traffic { service, group, .. } in traffic(it) {
        let Some((role, _)) = it.find(group.at("/ServiceRoleArn")) else { continue };
        passers.push((role, roles(service)));
    }
    for pipeline in it.all("AWS::CodePipeline::Pipeline") {
        let Some((role, _)) = it.find(pipeline.at("/RoleArn")) else { continue };
        let stages = items(pipeline.at("/Stages"));
        let deployed: Vec<String> = stages
            .iter()
            .flat_map(|stage| items(&stage["Actions"]))
            .filter_map(|action| {
                let of = |key: &str| text(&action["Configuration"][key]);
                match text(&action["ActionTypeId"]["Provider"]).as_str() {
                    "CodeDeployToECS" => Some(of("ApplicationName")),
                    "ECS" => Some(format!("{}-{}", of("ClusterName"), of("ServiceName"))),
                    _ => None,
                }
            })
            .collect();
        let here = services(it).filter(|service| {
            let family = definition(it, service).map(|definition| text(definition.at("/Family")));
            family.is_some_and(|family| deployed.contains(&family))
        });
        let must_pass: Vec<&Meaning> = here.flat_map(roles).collect();
        // Of stages in other environments only the names are known.
        let mut allowed = on(role, "iam:PassRole");
        // Who updates a service hands ECS those it moves traffic with, of which only the beginning of the name is known.
        for name in moved_with(it, pipeline) {
            if !allowed.remove(&name) {
                said.push(format!("{} may not pass {name}", role.called()));
            }
        }
        let named: BTreeSet<String> = deployed
            .iter()
            .flat_map(|full| {
                ["task", "execution"].map(|kind| {
                    format!("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{full}-{kind}")
                })
            })
            .collect();
        if allowed != named {
            said.push(format!("{} may pass {allowed:?}, not {named:?}", role.called()));
        }
        passers.push((role, must_pass));
    }
    // A build that releases through a stack hands over the roles of the task, and to ECS those it moves traffic with, of which
    // only the beginning of the name is known.
    for role in it.all("AWS::IAM::Role").filter(|role| role.id.ends_with("ReleaseRole")) {
        let stages = it.resolved.services.iter().flat_map(|service| {
            service.stages.iter().map(move |(place, _)| (service, place.name.as_str().to_owned()))
        });
        let mut wanted: BTreeSet<(String, String)> = BTreeSet::new();
        for (service, environment) in stages {
            let base = format!("{}-{environment}", it.resolved.app.as_str());
            let full = format!("{base}-{}", service.name.as_str());
            let single = it.resolved.layout == bluegreen::blueprint::Layout::Single;
            let arn = |name: String| format!("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{name}");
            for kind in ["task", "execution"] {
                wanted.insert((arn(format!("{full}-{kind}")), "ecs-tasks.amazonaws.com".into()));
            }
            let stack = if single { base } else { full };
            wanted.insert((arn(format!("{stack}-*")), "ecs.amazonaws.com".into()));
        }
        let found: BTreeSet<(String, String)> = grants(role)
            .into_iter()
            .filter(|grant| grant.action == "iam:PassRole")
            .map(|grant| (grant.resource, text(&grant.condition["StringEquals"]["iam:PassedToService"])))
            .collect();
        if found != wanted {
            said.push(format!("{} may pass {found:?}, not {wanted:?}", role.called()));
        }
        handing_over.push(role.called());
    }
    for (role, must_pass) in &passers {
        let grants: Vec<Grant> =
            grants(role).into_iter().filter(|grant| grant.action == "iam:PassRole").collect();
        for passed in must_pass {
            if !grants.iter().any(|grant| arns(passed).contains(&grant.resource)) {
                said.push(format!("{} may not pass {}", role.called(), passed.called()));
            }
        }
        for grant in &grants {
            let to_ecs = json!({"StringEquals": {"iam:PassedToService": "ecs.amazonaws.com"}});
            let moves = role.id.ends_with("PipelineRole") && grant.resource.ends_with("-*");
            if grant.condition != if moves { to_ecs } else { condition.clone() } {
                said.push(format!("{} may pass {} to anything", role.called(), grant.resource));
            }
        }
        if role.id.ends_with("DeploymentRole") && grants.len() != must_pass.len() {
            said.push(format!("{} may pass more than the task's roles", role.called()));
        }
    }
    for role in it.all("AWS::IAM::Role") {
        let passer = passers.iter().any(|(known, _)| known.called() == role.called())
            || handing_over.contains(&role.called());
        if !passer && !on(role, "iam:PassRole").is_empty() {
            said.push(format!("{} may pass roles", role.called()));
        }
    }
    said
}

/// What the roles begin with that ECS moves traffic and calls hooks with, of the services that a pipeline's action of ECS updates.
fn moved_with(it: &Environment, pipeline: &Meaning) -> BTreeSet<String> {
    let single = it.resolved.layout == bluegreen::blueprint::Layout::Single;
    let app = it.resolved.app.as_str();
    let services = it.resolved.services.iter();
    let of =
        services.filter(|of| text(pipeline.at("/Name")) == format!("{app}-{}-pipeline", of.name.as_str()));
    of.flat_map(|service| {
        let stages = crate::pipeline::stages(service).into_iter();
        let two = stages.filter(|(provider, _, there)| {
            *provider == "ECS" && there.deploy.strategy.kind().has_two_versions()
        });
        two.map(move |(_, place, _)| {
            let base = format!("{app}-{}", place.name.as_str());
            let stack = if single { base } else { format!("{base}-{}", service.name.as_str()) };
            format!("arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role/{stack}-*")
        })
    })
    .collect()
}

/// The repository of an image in a private registry of ECR, as IAM knows it.
fn repository(image: &str) -> Option<String> {
    let (host, path) = image.split_once('/')?;
    let [account, "dkr", "ecr", region, ..] = host.split('.').collect::<Vec<_>>()[..] else { return None };
    let name = path.split(['@', ':']).next()?;
    Some(format!("arn:${{AWS::Partition}}:ecr:{region}:{account}:repository/{name}"))
}

fn execution(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for service in services(it) {
        let asked = asked(it, service);
        let Some(definition) = definition(it, service) else { continue };
        let Some((role, _)) = it.find(definition.at("/ExecutionRoleArn")) else { continue };
        let mut same = |what: &str, found: BTreeSet<String>, wanted: BTreeSet<String>| {
            if found != wanted {
                said.push(format!("{} may {what} {found:?}, not {wanted:?}", role.called()));
            }
        };
        let containers = items(definition.at("/ContainerDefinitions"));
        let (mut secrets, mut parameters) = (BTreeSet::new(), BTreeSet::new());
        for secret in containers.iter().flat_map(|container| items(&container["Secrets"])) {
            let from = text(&secret["ValueFrom"]);
            // A key of a secret follows its ARN as `:key::`.
            let whole = from
                .strip_suffix("::")
                .and_then(|it| it.rsplit_once(':'))
                .map_or(from.clone(), |it| it.0.to_owned());
            if from.contains(":ssm:") {
                parameters.insert(from)
            } else {
                secrets.insert(whole)
            };
        }
        same("read the secrets", on(role, "secretsmanager:GetSecretValue"), secrets);
        same("read the parameters", on(role, "ssm:GetParameters"), parameters);

        let mut repositories: BTreeSet<String> =
            asked.sidecars.values().filter_map(|sidecar| repository(sidecar.image.as_str())).collect();
        match &asked.image.uri {
            Some(uri) => repositories.extend(repository(uri.as_str())),
            None => {
                let known = it
                    .resolved
                    .services
                    .iter()
                    .find(|it| it.name.as_str() == text(service.at("/ServiceName")));
                let name = bluegreen::stacks::Names::new(&it.resolved).repository(known.unwrap());
                repositories.insert(format!(
                    "arn:${{AWS::Partition}}:ecr:${{AWS::Region}}:${{AWS::AccountId}}:repository/{name}"
                ));
                let made: Vec<String> =
                    it.all("AWS::ECR::Repository").map(|made| text(made.at("/RepositoryName"))).collect();
                if !made.is_empty() {
                    same(
                        "pull of the repositories",
                        set([name.as_str()]).intersection(&set(made)).cloned().collect(),
                        set([name]),
                    );
                }
            }
        }
        for action in ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"] {
            same(action, on(role, action), repositories.clone());
        }
        let login = if repositories.is_empty() { vec![] } else { vec!["*"] };
        same("log in to", on(role, "ecr:GetAuthorizationToken"), set(login));

        let groups: BTreeSet<String> = containers
            .iter()
            .map(|container| text(&container["LogConfiguration"]["Options"]["awslogs-group"]))
            .map(|group| format!("{}.Arn>", group.trim_end_matches('>')))
            .collect();
        for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
            same(action, on(role, action), groups.clone());
        }
        const KNOWN: [&str; 8] = [
            "secretsmanager:GetSecretValue",
            "ssm:GetParameters",
            "ecr:BatchCheckLayerAvailability",
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchGetImage",
            "ecr:GetAuthorizationToken",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        ];
        let more = grants(role).into_iter().map(|it| it.action).filter(|it| !KNOWN.contains(&it.as_str()));
        same("do also", more.collect(), BTreeSet::new());
    }
    said
}

/// The functions an AppSpec names, as IAM knows them.
fn called(it: &Environment, service: &str) -> BTreeSet<String> {
    let spec = &it.files[&format!("{service}/appspec.yaml")];
    items(&spec["Hooks"])
        .into_iter()
        .flat_map(|hook| hook.as_object().unwrap().values())
        .map(|name| match text(name) {
            arn if arn.starts_with("arn:") => arn,
            name => {
                format!("arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{name}")
            }
        })
        .collect()
}

fn codedeploy(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for Traffic { service, group, production, test, .. } in traffic(it) {
        let Some((role, _)) = it.find(group.at("/ServiceRoleArn")) else { continue };
        let name = text(service.at("/ServiceName"));
        let mut same = |what: &str, wanted: BTreeSet<String>| {
            let found = on(role, what);
            if found != wanted {
                said.push(format!("{} may {what} on {found:?}, not {wanted:?}", role.called()));
            }
        };
        let hooks = called(it, &name);
        let own = it.all("AWS::Lambda::Function").filter(|function| function.stack == service.stack);
        let own = own.map(|function| {
            format!(
                "arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{}",
                text(function.at("/FunctionName"))
            )
        });
        let missing: Vec<String> =
            own.filter(|_| it.stacks.len() > 1).filter(|arn| !hooks.contains(arn)).collect();
        same("lambda:InvokeFunction", hooks);
        let place = "${AWS::Region}:${AWS::AccountId}";
        let ecs = |kind: &str, rest: &str| {
            let (cluster, name) = (text(service.at("/Cluster")), service.attribute("Name"));
            set([format!("arn:${{AWS::Partition}}:ecs:{place}:{kind}/{cluster}/{name}{rest}")])
        };
        same("ecs:DescribeServices", ecs("service", ""));
        same("ecs:UpdateServicePrimaryTaskSet", ecs("service", ""));
        same("ecs:CreateTaskSet", ecs("task-set", "/*"));
        same("ecs:DeleteTaskSet", ecs("task-set", "/*"));
        let listeners = [Some(production), test].into_iter().flatten().map(Meaning::reference);
        same("elasticloadbalancing:ModifyListener", listeners.collect());
        let balancer = it
            .find(production.at("/LoadBalancerArn"))
            .map(|(found, _)| found.attribute("LoadBalancerFullName"));
        let rules = format!(
            "arn:${{AWS::Partition}}:elasticloadbalancing:{place}:listener-rule/{}/*",
            balancer.unwrap_or_default()
        );
        same("elasticloadbalancing:ModifyRule", set([rules]));
        for action in ["DescribeTargetGroups", "DescribeListeners", "DescribeRules"] {
            same(&format!("elasticloadbalancing:{action}"), set(["*"]));
        }
        same("cloudwatch:DescribeAlarms", set(["*"]));
        let topics: BTreeSet<String> = items(group.at("/TriggerConfigurations"))
            .into_iter()
            .map(|it| text(&it["TriggerTargetArn"]))
            .collect();
        let keys: BTreeSet<String> = topics
            .iter()
            .filter_map(|topic| it.find(&json!(topic)))
            .map(|(topic, _)| text(topic.at("/KmsMasterKeyId")))
            .collect();
        same("sns:Publish", topics);
        for action in ["kms:Decrypt", "kms:GenerateDataKey*"] {
            same(action, keys.clone());
        }
        said.extend(missing.into_iter().map(|arn| format!("{arn} is called by nobody")));
    }
    said
}

fn hook(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for Traffic { service, group, test, .. } in traffic(it) {
        let id = service.id.replace("Service", "HookFunction");
        let Some(function) =
            it.all("AWS::Lambda::Function").find(|it| it.stack == service.stack && it.id == id)
        else {
            if test.is_some() {
                said.push(format!("{}: nothing looks at a new version", service.called()));
            }
            continue;
        };
        let Some((role, _)) = it.find(function.at("/Role")) else { continue };
        let mut must = |holds: bool, what: String| {
            if !holds {
                said.push(format!("{}: {what}", function.called()));
            }
        };
        let name = text(group.at("/DeploymentGroupName"));
        let own = format!(
            "arn:${{AWS::Partition}}:codedeploy:${{AWS::Region}}:${{AWS::AccountId}}:deploymentgroup:{name}/{name}"
        );
        let in_vpc = !function.at("/VpcConfig").is_null();
        let log = it.find(function.at("/LoggingConfig/LogGroup")).map(|(found, _)| found.attribute("Arn"));
        let mut wanted: Vec<(&str, String)> = vec![
            ("codedeploy:PutLifecycleEventHookExecutionStatus", own),
            ("codedeploy:GetDeploymentTarget", "*".into()),
            ("elasticloadbalancing:DescribeListeners", "*".into()),
            ("elasticloadbalancing:DescribeTargetGroups", "*".into()),
            ("elasticloadbalancing:DescribeTargetHealth", "*".into()),
            ("logs:CreateLogStream", log.clone().unwrap_or_default()),
            ("logs:PutLogEvents", log.unwrap_or_default()),
        ];
        if in_vpc {
            wanted.extend(
                ON_EVERYTHING
                    .iter()
                    .filter(|(it, _)| it.starts_with("ec2:"))
                    .map(|(it, _)| (*it, "*".to_owned())),
            );
        }
        let wanted: BTreeSet<(String, String)> =
            wanted.into_iter().map(|(it, on)| (it.to_owned(), on)).collect();
        let found: BTreeSet<(String, String)> =
            grants(role).into_iter().map(|grant| (grant.action, grant.resource)).collect();
        for (action, resource) in wanted.symmetric_difference(&found) {
            must(false, format!("{action} on {resource} is wanted and not granted, or the other way round"));
        }
        must(
            in_vpc != asked(it, service).deploy.checks.is_empty(),
            "it stands in the VPC for nothing, or not".into(),
        );
        let variables = function.at("/Environment/Variables");
        let target = format!("{}:{}", text(service.at("/Cluster")), service.attribute("Name"));
        must(variables["TARGET"] == target, format!("it looks at {}", variables["TARGET"]));
        must(
            variables["TEST_LISTENER"] == json!(test.map(Meaning::reference)),
            "it looks at another listener".into(),
        );
        must(function.at("/Timeout").as_i64().is_some_and(|it| it <= 900), "it may run for too long".into());
    }
    said
}

fn publishers(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    let account = json!({"StringEquals": {"aws:SourceAccount": "${AWS::AccountId}"}});
    let admits = |statements: Vec<&Value>, who: &str, action: &str| {
        statements.iter().any(|statement| {
            statement["Effect"] == "Allow"
                && statement["Principal"]["Service"] == who
                && texts(&statement["Action"]).iter().any(|it| it == action)
                && statement["Condition"] == account
        })
    };
    for topic in it.all("AWS::SNS::Topic") {
        // Who publishes: alarms, and rules of notification. CodeDeploy does so as its role, of this account.
        let alarmed = it
            .all("AWS::CloudWatch::Alarm")
            .any(|alarm| texts(alarm.at("/AlarmActions")).contains(&topic.reference()));
        let notified = it
            .all("AWS::CodeStarNotifications::NotificationRule")
            .any(|rule| items(rule.at("/Targets")).iter().any(|it| it["TargetAddress"] == topic.reference()));
        let policy =
            it.all("AWS::SNS::TopicPolicy").find(|it| *it.at("/Topics") == json!([topic.reference()]));
        let key = it.find(topic.at("/KmsMasterKeyId")).filter(|(found, _)| found.kind == "AWS::KMS::Key");
        for (publishes, who) in
            [(alarmed, "cloudwatch.amazonaws.com"), (notified, "codestar-notifications.amazonaws.com")]
        {
            if !publishes {
                continue;
            }
            if !policy.is_some_and(|policy| {
                admits(items(policy.at("/PolicyDocument/Statement")), who, "sns:Publish")
            }) {
                said.push(format!("{} does not admit {who}", topic.called()));
            }
            for action in ["kms:Decrypt", "kms:GenerateDataKey*"] {
                let statements =
                    key.as_ref().map(|(key, _)| items(key.at("/KeyPolicy/Statement"))).unwrap_or_default();
                if !admits(statements, who, action) {
                    said.push(format!("the key of {} does not let {who} {action}", topic.called()));
                }
            }
        }
        if key.is_none() {
            said.push(format!("{} has no key of ours", topic.called()));
        }
    }
    for key in it.all("AWS::KMS::Key") {
        let kept = items(key.at("/KeyPolicy/Statement")).into_iter().any(|statement| {
            statement["Action"] == "kms:*"
                && statement["Principal"]
                    == json!({"AWS": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"})
        });
        if !kept {
            said.push(format!("{} is nobody's", key.called()));
        }
    }
    said
}
