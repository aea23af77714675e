//! From source to release: the pipeline, and the files it hands on.

use std::collections::BTreeSet;

use bluegreen::blueprint::{Engine, ReleaseWith, Stage};
use serde_json::{Map, Value, json};

use crate::{
    Assertion,
    model::{Environment, Meaning, items, text, texts},
    release::{asked, definition, services, services_of},
    spoil, spoil_of,
};

const STAGES: &str = "/Properties/Stages";

pub const ASSERTIONS: &[Assertion] = &[
    Assertion {
        name: "every action gets what an earlier one makes",
        check: wiring,
        spoils: &[
            spoil("an artifact nobody makes", |it| {
                it.set("Pipeline", &format!("{STAGES}/1/Actions/0/InputArtifacts/0/Name"), json!("Code"));
            }),
            spoil("the raw source to CodeDeploy", |it| {
                it.set(
                    "Pipeline",
                    &format!("{STAGES}/2/Actions/1/Configuration/AppSpecTemplateArtifact"),
                    json!("Source"),
                );
            }),
            spoil("configuration beside its artifact", |it| {
                it.remove("Pipeline", &format!("{STAGES}/2/Actions/1/InputArtifacts"));
            }),
            spoil("a file the build does not write", |it| {
                it.set(
                    "Pipeline",
                    &format!("{STAGES}/2/Actions/1/Configuration/TaskDefinitionTemplatePath"),
                    json!("taskdef.json"),
                );
            }),
            spoil("a file that is written and not handed on", |it| {
                let files = &mut it.files.get_mut("web/buildspec.yml").unwrap()["artifacts"]["files"];
                files.as_array_mut().unwrap().retain(|file| file != "prod/appspec.yaml");
            }),
            spoil("no image detail", |it| {
                it.files.get_mut("web/buildspec.yml").unwrap()["artifacts"]["files"]
                    .as_array_mut()
                    .unwrap()
                    .remove(0);
            }),
            spoil("another placeholder", |it| {
                it.set(
                    "Pipeline",
                    &format!("{STAGES}/2/Actions/1/Configuration/Image1ContainerName"),
                    json!("IMAGE"),
                );
            }),
            spoil("another deployment group", |it| {
                it.set(
                    "Pipeline",
                    &format!("{STAGES}/2/Actions/1/Configuration/DeploymentGroupName"),
                    json!("web"),
                );
            }),
            spoil("two releases at once", |it| {
                it.set("Pipeline", "/Properties/ExecutionMode", json!("PARALLEL"))
            }),
            spoil("a release with every change of the pipeline", |it| {
                it.set("Pipeline", "/Properties/RestartExecutionOnUpdate", json!(true));
            }),
            spoil("released twice", |it| {
                it.set(
                    "Pipeline",
                    &format!("{STAGES}/0/Actions/0/Configuration/DetectChanges"),
                    json!("true"),
                );
            }),
            spoil("the action for rolling updates", |it| {
                it.set("Pipeline", &format!("{STAGES}/2/Actions/1/ActionTypeId/Provider"), json!("ECS"));
            }),
            spoil("approved afterwards", |it| {
                it.set("Pipeline", &format!("{STAGES}/2/Actions/0/RunOrder"), json!(2))
            }),
            spoil("not approved", |it| it.remove("Pipeline", &format!("{STAGES}/2/Actions/0"))),
            spoil("a build elsewhere", |it| {
                it.set("Pipeline", &format!("{STAGES}/1/Actions/0/Configuration/ProjectName"), json!("x"));
            }),
            spoil("another bucket", |it| {
                it.set("Pipeline", "/Properties/ArtifactStore/Location", json!("x"))
            }),
            spoil_of("ecs-pipeline", "a release of another stack", |it| {
                it.replace(
                    "Pipeline",
                    r#"\"STACK\",\"value\":\"shop-prod-web\""#,
                    r#"\"STACK\",\"value\":\"x\""#,
                );
            }),
            spoil_of("ecs-pipeline", "a release that keeps the revision that runs", |it| {
                it.replace("Pipeline", "RunningRevision", "LiveColor")
            }),
            spoil_of("ecs-pipeline", "a release of nothing that was built", |it| {
                it.remove("Pipeline", &format!("{STAGES}/2/Actions/1/InputArtifacts"));
            }),
            spoil_of("ecs-pipeline-action", "an action of another service", |it| {
                it.set("Pipeline", &format!("{STAGES}/2/Actions/1/Configuration/ServiceName"), json!("api"));
            }),
            spoil_of("ecs-pipeline-action", "an action that gives up early", |it| {
                it.set(
                    "Pipeline",
                    &format!("{STAGES}/2/Actions/1/Configuration/DeploymentTimeout"),
                    json!("15"),
                );
            }),
            spoil_of("ecs-pipeline-action", "images in a file that nobody writes", |it| {
                it.set(
                    "Pipeline",
                    &format!("{STAGES}/2/Actions/1/Configuration/FileName"),
                    json!("images.json"),
                );
            }),
            spoil_of("ecs-pipeline-action", "a build where the action was asked for", |it| {
                let action = "/2/Actions/1";
                it.set("Pipeline", &format!("{STAGES}{action}/ActionTypeId/Provider"), json!("CodeBuild"));
            }),
            spoil_of("ecs-pipeline-action", "a build that nothing starts", |it| {
                it.copy("BuildProject", "ReleaseProject");
                it.set("ReleaseProject", "/Properties/Name", json!("shop-web-pipeline-release"));
            }),
            spoil_of("examples/shop@prod", "stages the other way round", |it| {
                it.resource("Pipeline")["Properties"]["Stages"].as_array_mut().unwrap()[2..].reverse();
            }),
        ],
    },
    Assertion {
        name: "the pipeline may do what its actions need",
        check: permissions,
        spoils: &[
            spoil("no deployments", |it| it.statement("PipelineRole", "Deploy")["Effect"] = json!("Deny")),
            spoil("of another group", |it| {
                it.replace(
                    "PipelineRole",
                    "deploymentgroup:shop-prod-web/shop-prod-web",
                    "deploymentgroup:x/x",
                );
            }),
            spoil("of any group", |it| {
                it.replace(
                    "PipelineRole",
                    "deploymentgroup:shop-prod-web/shop-prod-web",
                    "deploymentgroup:*",
                );
            }),
            spoil("another family", |it| {
                it.replace("PipelineRole", "task-definition/shop-prod-web:*", "task-definition/*")
            }),
            spoil("no build", |it| {
                it.replace("PipelineRole", "codebuild:StartBuild", "codebuild:RetryBuild")
            }),
            spoil("no artifacts", |it| it.replace("PipelineRole", "s3:GetObject\"", "s3:GetObjectAcl\"")),
            spoil("no source", |it| it.statement("PipelineRole", "ReadSource")["Effect"] = json!("Deny")),
            spoil("the build pushes elsewhere", |it| {
                it.statement("BuildRole", "PushImage")["Resource"] = json!("arn:x")
            }),
            spoil("the build cannot push", |it| {
                it.replace("BuildRole", "ecr:PutImage", "ecr:GetRegistryPolicy")
            }),
            spoil("the build cannot read the service's stack", |it| {
                it.replace("BuildRole", "stack/${stack}", "stack/x-${stack}");
                it.replace("BuildRole", "stack/shop-prod-web/", "stack/shop-prod-api/");
            }),
            spoil("CodeDeploy cannot read a revision", |it| {
                it.replace("DeploymentRole", "shop-web-pipeline-*", "shop-api-pipeline-*")
            }),
            spoil_of("ecs-pipeline-action", "the action may update any service", |it| {
                it.replace("PipelineRole", "service/shop-prod/web", "service/shop-prod/*")
            }),
            spoil_of("ecs-pipeline-action", "the action cannot read the revision that runs", |it| {
                it.statement("PipelineRole", "ReadTaskDefinitions")["Effect"] = json!("Deny");
            }),
            spoil_of("ecs-pipeline-action", "the action cannot look for tasks", |it| {
                it.statement("PipelineRole", "ListTasks")["Effect"] = json!("Deny");
            }),
            spoil_of("ecs-pipeline-action", "the action looks at tasks of others", |it| {
                it.replace("PipelineRole", "task/shop-prod/*", "task/*")
            }),
            spoil_of("ecs-pipeline-action", "the build cannot see a placeholder", |it| {
                it.statement("BuildRole", "ReadServices")["Effect"] = json!("Deny");
            }),
            spoil_of("full-single", "CodeDeploy cannot read a revision of one stack", |it| {
                let statement = it.statement("WebDeploymentRole", "ReadRevision");
                statement["Resource"] =
                    json!({"Fn::Sub": "arn:${AWS::Partition}:s3:::shop-web-pipeline-*/*"});
            }),
        ],
    },
    Assertion {
        name: "what a release registers is what the template describes",
        check: task_definitions,
        spoils: &[
            spoil("another family", |it| {
                it.replace_in_file("web/taskdef.json", r#""family":"shop-prod-web""#, r#""family":"web""#)
            }),
            spoil("less memory", |it| {
                it.replace_in_file("web/taskdef.json", r#""memory":"1024""#, r#""memory":"512""#)
            }),
            spoil("another role", |it| {
                it.replace_in_file("web/taskdef.json", "shop-prod-web-task", "shop-prod-web-tasks")
            }),
            spoil("another container", |it| {
                it.replace_in_file("web/taskdef.json", r#""name":"otel""#, r#""name":"proxy""#)
            }),
            spoil("another port", |it| {
                it.replace_in_file("web/taskdef.json", r#""containerPort":8080"#, r#""containerPort":80"#)
            }),
            spoil("a secret less", |it| {
                it.files.get_mut("web/taskdef.json").unwrap()["containerDefinitions"][0]["secrets"]
                    .as_array_mut()
                    .unwrap()
                    .pop();
            }),
            spoil("another log group", |it| {
                it.replace_in_file("web/taskdef.json", "/shop/prod/web", "/shop/web")
            }),
            spoil("another architecture", |it| it.replace_in_file("web/taskdef.json", "ARM64", "X86_64")),
            spoil("a fixed image", |it| it.replace_in_file("web/taskdef.json", "<IMAGE1_NAME>", "nginx:1")),
            spoil("the placeholder's command", |it| {
                it.files.get_mut("web/taskdef.json").unwrap()["containerDefinitions"][0]["command"] =
                    json!(["sh"]);
            }),
            spoil("no entry point", |it| {
                crate::model::remove(
                    it.files.get_mut("web/taskdef.json").unwrap(),
                    "/containerDefinitions/0/entryPoint",
                );
            }),
        ],
    },
    Assertion {
        name: "AppSpec names a container, a port and events that exist, and leaves the revision open",
        check: appspec,
        spoils: &[
            spoil("a revision", |it| {
                it.replace_in_file("web/appspec.yaml", "<TASK_DEFINITION>", "arn:aws:ecs:x")
            }),
            spoil("another container", |it| {
                it.replace_in_file("web/appspec.yaml", r#""ContainerName":"web""#, r#""ContainerName":"app""#)
            }),
            spoil("another port", |it| {
                it.replace_in_file("web/appspec.yaml", r#""ContainerPort":8080"#, r#""ContainerPort":80"#)
            }),
            spoil("another network", |it| {
                let spec = it.files.get_mut("web/appspec.yaml").unwrap();
                spec["Resources"][0]["TargetService"]["Properties"]["NetworkConfiguration"] = json!({});
            }),
            spoil("test traffic without a test listener", |it| {
                let pair = "/Properties/LoadBalancerInfo/TargetGroupPairInfoList/0/TestTrafficRoute";
                it.remove("DeploymentGroup", pair);
            }),
            spoil("an event there is not", |it| {
                it.replace_in_file("web/appspec.yaml", "AfterAllowTestTraffic", "AfterTestTraffic")
            }),
            spoil_of("hooks", "an event that nobody asked for", |it| {
                it.replace_in_file("web/appspec.yaml", "AfterAllowTraffic", "BeforeAllowTraffic");
            }),
        ],
    },
    Assertion {
        name: "the build is for the processor that runs it, and undoes all of the placeholder",
        check: build,
        spoils: &[
            spoil("another processor", |it| {
                it.set("BuildProject", "/Properties/Environment/Type", json!("LINUX_CONTAINER"))
            }),
            spoil("another image of the build", |it| {
                it.replace("BuildProject", "aarch64", "x86_64");
            }),
            spoil("another platform", |it| it.replace("BuildProject", "linux/arm64", "linux/amd64")),
            spoil("Docker without its daemon", |it| {
                it.set("BuildProject", "/Properties/Environment/PrivilegedMode", json!(false));
            }),
            spoil("another text than the file beside", |it| {
                it.replace_in_file("web/buildspec.yml", "docker push", "docker pull");
            }),
            spoil("tags that move", |it| {
                it.set("Repository", "/Properties/ImageTagMutability", json!("MUTABLE"))
            }),
            spoil("few images", |it| {
                it.replace("Repository", r#"\"countNumber\": 50"#, r#"\"countNumber\": 1"#)
            }),
            spoil("an entry point stays undone", |it| {
                it.replace_in_file(
                    "web/buildspec.yml",
                    r#"\"entryPoint\":[\"/bin/tini\",\"--\"]"#,
                    r#"\"x\":1"#,
                );
                it.replace("BuildProject", r#"\"entryPoint\":[\"/bin/tini\",\"--\"]"#, r#"\"x\":1"#);
            }),
        ],
    },
];

/// Actions of a pipeline with their stage.
fn actions(pipeline: &Meaning) -> Vec<(String, &Value)> {
    let stages = items(pipeline.at("/Stages")).into_iter();
    stages
        .flat_map(|stage| items(&stage["Actions"]).into_iter().map(|it| (text(&stage["Name"]), it)))
        .collect()
}

/// The service a pipeline releases.
fn of<'e>(it: &'e Environment, pipeline: &Meaning) -> Option<&'e bluegreen::resolve::ResolvedService> {
    let name = text(pipeline.at("/Name"));
    it.resolved
        .services
        .iter()
        .find(|service| name == format!("{}-{}-pipeline", it.resolved.app.as_str(), service.name.as_str()))
}

/// Whether a build releases through the stack of the service.
fn releases(project: &Meaning) -> bool {
    project.id.ends_with("ReleaseProject")
}

/// The variables that an action gives to the build it starts.
fn variables(configuration: &Value) -> std::collections::BTreeMap<String, String> {
    let list: Value = serde_json::from_str(&text(&configuration["EnvironmentVariables"])).unwrap();
    items(&list).into_iter().map(|it| (text(&it["name"]), text(&it["value"]))).collect()
}

/// What the names of a service begin with in a template that holds several: `web` is `Web`.
fn service_prefix(service: &bluegreen::resolve::ResolvedService) -> String {
    let words = service.name.as_str().split('-');
    words.map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

/// The provider of the action that is to release in a stage: by what the stage asks for, and the engine there.
fn provider(stage: &Stage, service: &bluegreen::blueprint::Service) -> &'static str {
    match (service.deploy.engine, stage.release_with) {
        (Engine::Codedeploy, _) => "CodeDeployToECS",
        (_, Some(ReleaseWith::Action)) => "ECS",
        _ => "CodeBuild",
    }
}

/// The stages of a pipeline with their environment and the service there.
pub fn stages(
    service: &bluegreen::resolve::ResolvedService,
) -> Vec<(&'static str, &bluegreen::resolve::Place, &bluegreen::blueprint::Service)> {
    let stages = service.pipeline.iter().flat_map(|spec| &spec.stages);
    let known = |stage: &Stage| service.stages.iter().find(|(place, _)| place.name == stage.environment);
    stages
        .filter_map(|stage| known(stage).map(|(place, there)| (provider(stage, there), place, there)))
        .collect()
}

fn wiring(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for pipeline in it.all("AWS::CodePipeline::Pipeline") {
        let mut must = |holds: bool, what: String| {
            if !holds {
                said.push(format!("{}: {what}", pipeline.called()));
            }
        };
        let Some(service) = of(it, pipeline) else {
            must(false, "it releases nothing".into());
            continue;
        };
        let spec = service.pipeline.as_ref().unwrap();
        let names =
            |value: &Value| -> BTreeSet<String> { items(value).iter().map(|it| text(&it["Name"])).collect() };
        let mut made: BTreeSet<String> = BTreeSet::new();
        let buildspec = &it.files[&format!("{}/buildspec.yml", service.name.as_str())];
        let written = texts(&buildspec["artifacts"]["files"]);
        must(written.contains(&"imageDetail.json".to_owned()), "the build hands no image on".into());
        let mut deployed = Vec::new();
        for (stage, action) in actions(pipeline) {
            let provider = text(&action["ActionTypeId"]["Provider"]);
            let configuration = &action["Configuration"];
            let given = names(&action["InputArtifacts"]);
            must(given.is_subset(&made), format!("{stage} gets {given:?}, there is {made:?}"));
            match provider.as_str() {
                "CodeStarSourceConnection" => {
                    must(configuration["DetectChanges"] == "false", "two things start it".into());
                }
                "CodeBuild" => {
                    let project = it.find(&configuration["ProjectName"]).map(|(found, _)| found);
                    must(
                        project.is_some_and(|found| found.kind == "AWS::CodeBuild::Project"),
                        "the build is none of ours".into(),
                    );
                    // One that releases through the stack is told which, and gets what the build made.
                    if project.is_some_and(releases) {
                        let told = variables(configuration);
                        must(given.contains("Release"), format!("{stage} is not given what was built"));
                        let (cluster, name) = (&told["CLUSTER"], &told["SERVICE"]);
                        let single = it.resolved.layout == bluegreen::blueprint::Layout::Single;
                        let full = format!("{cluster}-{name}");
                        let stack = if single { cluster } else { &full };
                        must(told["STACK"] == *stack, format!("{stage} updates {}", told["STACK"]));
                        let prefix = if single { service_prefix(service) } else { String::new() };
                        for (variable, parameter) in [
                            ("IMAGE_PARAMETER", "ImageUri"),
                            ("REVISION_PARAMETER", "RunningRevision"),
                            ("OUTPUT", "TaskDefinitionArn"),
                        ] {
                            let wanted = format!("{prefix}{parameter}");
                            must(told[variable] == wanted, format!("{stage}: {variable} is not {wanted}"));
                        }
                        deployed.push(full);
                    }
                }
                "CodeDeployToECS" => {
                    for key in ["TaskDefinitionTemplate", "AppSpecTemplate"] {
                        let artifact = text(&configuration[format!("{key}Artifact")]);
                        must(given.contains(&artifact), format!("{stage} is not given {artifact}"));
                        must(
                            artifact != "Source",
                            format!("{key} is taken from the source, of 3 MB at most"),
                        );
                        let path = text(&configuration[format!("{key}Path")]);
                        must(written.contains(&path), format!("the build does not hand on {path}"));
                    }
                    let image = text(&configuration["Image1ArtifactName"]);
                    must(given.contains(&image), format!("{stage} is not given {image}"));
                    must(configuration["Image1ContainerName"] == "IMAGE1_NAME", "another placeholder".into());
                    must(
                        configuration["ApplicationName"] == configuration["DeploymentGroupName"],
                        "another group".into(),
                    );
                    deployed.push(text(&configuration["ApplicationName"]));
                }
                // It copies what runs: it is told of nothing but an image.
                "ECS" => {
                    must(given.contains("Release"), format!("{stage} is not given what was built"));
                    let file = text(&configuration["FileName"]);
                    must(written.contains(&file), format!("the build does not hand on {file}"));
                    must(configuration["DeploymentTimeout"] == "60", format!("{stage} gives up early"));
                    let (cluster, name) =
                        (text(&configuration["ClusterName"]), text(&configuration["ServiceName"]));
                    deployed.push(format!("{cluster}-{name}"));
                }
                "Manual" => {}
                other => must(false, format!("{stage} is done by {other}")),
            }
            made.extend(names(&action["OutputArtifacts"]));
        }
        let wanted: Vec<String> = spec
            .stages
            .iter()
            .map(|stage| {
                format!(
                    "{}-{}-{}",
                    it.resolved.app.as_str(),
                    stage.environment.as_str(),
                    service.name.as_str()
                )
            })
            .collect();
        must(deployed == wanted, format!("it deploys {deployed:?}, not {wanted:?}"));
        let wanted: Vec<&str> = stages(service).into_iter().map(|(provider, ..)| provider).collect();
        let releasing =
            actions(pipeline).into_iter().skip(2).map(|(_, it)| text(&it["ActionTypeId"]["Provider"]));
        let releasing: Vec<String> = releasing.filter(|provider| provider != "Manual").collect();
        must(releasing == wanted, format!("{releasing:?} release, not {wanted:?}"));
        let projects = it.all("AWS::CodeBuild::Project").filter(|project| {
            text(project.at("/Name")).starts_with(&format!("{}-", text(pipeline.at("/Name"))))
        });
        let wanted = 1 + usize::from(wanted.contains(&"CodeBuild"));
        must(projects.count() == wanted, "there is a build that nothing starts".into());
        for (planned, stage) in spec.stages.iter().zip(items(pipeline.at("/Stages")).into_iter().skip(2)) {
            let asked = !matches!(planned.approve, bluegreen::blueprint::StageApproval::Asked(false));
            let approvals: Vec<&Value> = items(&stage["Actions"])
                .into_iter()
                .filter(|it| it["ActionTypeId"]["Provider"] == "Manual")
                .collect();
            must(
                approvals.len() == usize::from(asked),
                format!("{} is approved {} times", stage["Name"], approvals.len()),
            );
            let first = |it: &Value| it["RunOrder"].as_i64().unwrap_or(1);
            let deploy = items(&stage["Actions"])
                .into_iter()
                .find(|action| action["ActionTypeId"]["Provider"] != "Manual");
            let before = approvals.iter().all(|it| deploy.is_some_and(|deploy| first(it) < first(deploy)));
            must(before, format!("{} is approved afterwards", stage["Name"]));
        }
        must(pipeline.at("/ExecutionMode") == "QUEUED", "releases overtake each other".into());
        must(pipeline.at("/PipelineType") == "V2", "it is of the old type".into());
        must(pipeline.at("/RestartExecutionOnUpdate") != true, "a change of it is a release".into());
        let bucket = it.find(pipeline.at("/ArtifactStore/Location")).map(|(found, _)| found.kind.as_str());
        must(bucket == Some("AWS::S3::Bucket"), "artifacts go elsewhere".into());
    }
    said
}

fn permissions(it: &Environment) -> Vec<String> {
    use crate::access::grants;
    let mut said = Vec::new();
    for pipeline in it.all("AWS::CodePipeline::Pipeline") {
        let Some(service) = of(it, pipeline) else { continue };
        let Some((role, _)) = it.find(pipeline.at("/RoleArn")) else { continue };
        let project = actions(pipeline)
            .into_iter()
            .find_map(|(_, action)| it.find(&action["Configuration"]["ProjectName"]))
            .map(|(found, _)| found);
        let (Some(project), Some((bucket, _))) = (project, it.find(pipeline.at("/ArtifactStore/Location")))
        else {
            continue;
        };
        let Some((builder, _)) = it.find(project.at("/ServiceRole")) else { continue };
        let repository = it.all("AWS::ECR::Repository").find(|made| {
            text(made.at("/RepositoryName"))
                == bluegreen::stacks::Names::new(&it.resolved).repository(service)
        });
        let mut same = |role: &Meaning, action: &str, wanted: BTreeSet<String>| {
            let found: BTreeSet<String> = grants(role)
                .into_iter()
                .filter(|grant| grant.action == action)
                .map(|grant| grant.resource)
                .collect();
            if found != wanted {
                said.push(format!("{} may {action} on {found:?}, not {wanted:?}", role.called()));
            }
        };
        let every = |providers: &[&str], name: &dyn Fn(&str, &str) -> Vec<String>| -> BTreeSet<String> {
            let stages = stages(service).into_iter().filter(|(provider, ..)| providers.contains(provider));
            let stages = stages.flat_map(|(_, place, _)| {
                let full =
                    format!("{}-{}-{}", it.resolved.app.as_str(), place.name.as_str(), service.name.as_str());
                name(&full, &place.environment.region.to_string())
            });
            stages.collect()
        };
        let each = |name: &dyn Fn(&str, &str) -> Vec<String>| every(&["CodeDeployToECS"], name);
        let arn = |what: &str, region: &str, rest: String| {
            format!("arn:${{AWS::Partition}}:{what}:{region}:${{AWS::AccountId}}:{rest}")
        };
        for action in ["codedeploy:CreateDeployment", "codedeploy:GetDeployment"] {
            same(
                role,
                action,
                each(&|full, region| {
                    vec![arn("codedeploy", region, format!("deploymentgroup:{full}/{full}"))]
                }),
            );
        }
        for action in ["GetApplication", "GetApplicationRevision", "RegisterApplicationRevision"] {
            let wanted = each(&|full, region| vec![arn("codedeploy", region, format!("application:{full}"))]);
            same(role, &format!("codedeploy:{action}"), wanted);
        }
        same(
            role,
            "codedeploy:GetDeploymentConfig",
            each(&|full, region| {
                ["CodeDeployDefault.*".to_owned(), format!("{full}-*")]
                    .map(|name| arn("codedeploy", region, format!("deploymentconfig:{name}")))
                    .to_vec()
            }),
        );
        for action in ["ecs:RegisterTaskDefinition", "ecs:TagResource"] {
            same(
                role,
                action,
                every(&["CodeDeployToECS", "ECS"], &|full, region| {
                    vec![arn("ecs", region, format!("task-definition/{full}:*"))]
                }),
            );
        }
        let base = |full: &str| full.strip_suffix(&format!("-{}", service.name.as_str())).unwrap().to_owned();
        let rolled_out = every(&["ECS"], &|full, region| {
            vec![arn("ecs", region, format!("service/{}/{}", base(full), service.name.as_str()))]
        });
        for action in ["ecs:DescribeServices", "ecs:UpdateService"] {
            same(role, action, rolled_out.clone());
        }
        same(
            role,
            "ecs:DescribeTasks",
            every(&["ECS"], &|full, region| vec![arn("ecs", region, format!("task/{}/*", base(full)))]),
        );
        for action in ["ecs:ListTasks", "ecs:DescribeTaskDefinition"] {
            same(role, action, every(&["ECS"], &|_, _| vec!["*".into()]));
        }
        // Whether the placeholder runs: where there is one.
        let looked_at = if service.service.image.uri.is_none() { rolled_out } else { BTreeSet::new() };
        same(builder, "ecs:DescribeServices", looked_at);
        for action in ["StartBuild", "StopBuild", "BatchGetBuilds"] {
            let started = actions(pipeline)
                .into_iter()
                .filter_map(|(_, action)| it.find(&action["Configuration"]["ProjectName"]))
                .map(|(project, _)| project.attribute("Arn"));
            same(role, &format!("codebuild:{action}"), started.collect());
        }
        let connection = actions(pipeline)[0].1["Configuration"]["ConnectionArn"].clone();
        for prefix in ["codeconnections", "codestar-connections"] {
            same(role, &format!("{prefix}:UseConnection"), BTreeSet::from([text(&connection)]));
        }
        for action in ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"] {
            for role in [role, builder] {
                same(role, action, BTreeSet::from([format!("{}/*", bucket.attribute("Arn"))]));
            }
        }
        let repository = repository.map(|it| it.attribute("Arn")).unwrap_or_default();
        for action in
            ["InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutImage", "DescribeImages"]
        {
            same(builder, &format!("ecr:{action}"), BTreeSet::from([repository.clone()]));
        }
        let single = it.resolved.layout == bluegreen::blueprint::Layout::Single;
        let stacks = each(&|full, region| {
            let stack = if single { base(full) } else { full.to_owned() };
            vec![arn("cloudformation", region, format!("stack/{stack}/*"))]
        });
        same(builder, "cloudformation:DescribeStacks", stacks);

        // CloudFormation names the bucket after its stack and its logical id, in small letters.
        let bucket = format!("{}-{}-", bucket.stack, bucket.id.to_lowercase());
        for role in it.all("AWS::IAM::Role").filter(|role| role.id.ends_with("DeploymentRole")) {
            let own = services(it).find(|found| text(found.at("/ServiceName")) == service.name.as_str());
            if own.is_none_or(|own| own.id.replace("Service", "DeploymentRole") != role.id) {
                continue;
            }
            let reads = grants(role).into_iter().any(|grant| {
                grant.action == "s3:GetObject"
                    && grant.condition["StringEquals"]["aws:ResourceAccount"] == "${AWS::AccountId}"
                    && grant
                        .resource
                        .strip_prefix("arn:${AWS::Partition}:s3:::")
                        .and_then(|it| it.strip_suffix("*/*"))
                        .is_some_and(|prefix| !prefix.is_empty() && bucket.starts_with(prefix))
            });
            if !reads {
                said.push(format!("{} may not read from {bucket}…", role.called()));
            }
        }
    }
    said
}

/// A property of a template as the API takes it, once there is an image; `None` where it has none.
fn api(value: &Value, free: bool) -> Option<Value> {
    Some(match value {
        Value::Array(all) => all.iter().filter_map(|it| api(it, free)).collect(),
        Value::Object(map) => match map.get("Fn::If") {
            Some(branches) => return api(&branches[1], free),
            None => {
                let pairs = map.iter().filter_map(|(key, value)| {
                    let below = matches!(key.as_str(), "Options" | "DockerLabels");
                    Some((if free { key.clone() } else { camel(key) }, api(value, free || below)?))
                });
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        },
        Value::String(text) if text == "<none>" => return None,
        other => other.clone(),
    })
}

fn camel(key: &str) -> String {
    let mut letters = key.chars();
    letters.next().map(|first| first.to_ascii_lowercase().to_string() + letters.as_str()).unwrap_or_default()
}

fn task_definitions(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    let place = &it.resolved.place.environment;
    let region = place.region.to_string();
    let account = place.account.as_ref().map_or("<ACCOUNT_ID>".to_owned(), ToString::to_string);
    let partition = if region.starts_with("cn-") { "aws-cn" } else { "aws" };
    for service in services(it) {
        let Some(definition) = definition(it, service) else { continue };
        // Where each color has one, the file shows that of blue.
        if asked(it, service).deploy.engine == Engine::TwoClusters && service.stack.ends_with("-green") {
            continue;
        }
        let name = text(service.at("/ServiceName"));
        let mut wanted = api(&definition.properties, false).unwrap();
        wanted["containerDefinitions"][0]["image"] = json!("<IMAGE1_NAME>");
        // What references mean, once the names that were given are known.
        let mut written = wanted.to_string();
        for resource in it.meant() {
            if let Some(role) = resource.at("/RoleName").as_str() {
                let arn = format!("arn:{partition}:iam::{account}:role/{role}");
                written = written.replace(&resource.attribute("Arn"), &arn);
            }
            if let Some(group) = resource.at("/LogGroupName").as_str() {
                written = written.replace(&resource.reference(), group);
            }
        }
        for (from, to) in [
            ("${AWS::Region}", region.as_str()),
            ("${AWS::AccountId}", &account),
            ("${AWS::Partition}", partition),
            // A parameter's place.
            (&format!("<{}/", service.stack), "<"),
            ("?>", ">"),
        ] {
            written = written.replace(from, to);
        }
        let wanted: Value = serde_json::from_str(&written).unwrap();
        let found = &it.files[&format!("{name}/taskdef.json")];
        if *found != wanted {
            said.push(format!("{name}/taskdef.json is {found}, not {wanted}"));
        }
    }
    said
}

fn appspec(it: &Environment) -> Vec<String> {
    let mut said = Vec::new();
    for service in services_of(it, Engine::Codedeploy) {
        let name = text(service.at("/ServiceName"));
        let (spec, task) =
            (&it.files[&format!("{name}/appspec.yaml")], &it.files[&format!("{name}/taskdef.json")]);
        let asked = asked(it, service);
        let wanted = json!({
            "TaskDefinition": "<TASK_DEFINITION>",
            "LoadBalancerInfo": {
                "ContainerName": service.at("/LoadBalancers/0/ContainerName"),
                "ContainerPort": service.at("/LoadBalancers/0/ContainerPort"),
            },
        });
        let found = &spec["Resources"][0]["TargetService"]["Properties"];
        let mut must = |holds: bool, what: String| {
            if !holds {
                said.push(format!("{name}/appspec.yaml: {what}"));
            }
        };
        must(*found == wanted, format!("{found}, not {wanted}"));
        let balanced = &found["LoadBalancerInfo"];
        let container = items(&task["containerDefinitions"])
            .into_iter()
            .find(|it| it["name"] == balanced["ContainerName"]);
        let ports = container.map(|it| items(&it["portMappings"])).unwrap_or_default();
        must(
            ports.iter().any(|it| it["containerPort"] == balanced["ContainerPort"]),
            "no such container and port".into(),
        );
        let hooks = &asked.deploy.hooks;
        let group = crate::traffic::group(it, service);
        let tested = group.is_some_and(|group| {
            !group.at("/LoadBalancerInfo/TargetGroupPairInfoList/0/TestTrafficRoute").is_null()
        });
        let wanted: Vec<&str> = [
            (hooks.before_install.is_some(), "BeforeInstall"),
            (hooks.after_install.is_some(), "AfterInstall"),
            (tested, "AfterAllowTestTraffic"),
            (hooks.before_traffic.is_some(), "BeforeAllowTraffic"),
            (hooks.after_traffic.is_some(), "AfterAllowTraffic"),
        ]
        .into_iter()
        .filter(|(there, _)| *there)
        .map(|(_, event)| event)
        .collect();
        let events: Vec<&String> =
            items(&spec["Hooks"]).into_iter().flat_map(|hook| hook.as_object().unwrap().keys()).collect();
        must(events == wanted, format!("hooks at {events:?}, not {wanted:?}"));
    }
    said
}

fn build(it: &Environment) -> Vec<String> {
    use bluegreen::blueprint::Architecture;
    let mut said = Vec::new();
    for repository in it.all("AWS::ECR::Repository") {
        let mut must = |holds: bool, what: String| {
            if !holds {
                said.push(format!("{}: {what}", repository.called()));
            }
        };
        must(repository.at("/ImageTagMutability") == "IMMUTABLE", "tags move".into());
        let rules: Value = serde_json::from_str(&text(repository.at("/LifecyclePolicy/LifecyclePolicyText")))
            .unwrap_or_default();
        let keep = rules["rules"][0]["selection"]["countNumber"].as_u64().unwrap_or_default();
        must(
            it.resolved.services.iter().any(|service| u64::from(service.service.image.keep) == keep),
            format!("{keep} images"),
        );
    }
    for pipeline in it.all("AWS::CodePipeline::Pipeline") {
        let Some(service) = of(it, pipeline) else { continue };
        let project = actions(pipeline)
            .into_iter()
            .find_map(|(_, action)| it.find(&action["Configuration"]["ProjectName"]))
            .map(|(found, _)| found);
        let Some(project) = project else { continue };
        let mut must = |holds: bool, what: String| {
            if !holds {
                said.push(format!("{}: {what}", project.called()));
            }
        };
        let (kind, image, platform, cpu) = match service.service.architecture {
            Architecture::X86 => ("LINUX_CONTAINER", "x86_64", "linux/amd64", "X86_64"),
            Architecture::Arm64 => ("ARM_CONTAINER", "aarch64", "linux/arm64", "ARM64"),
        };
        let machine = project.at("/Environment");
        must(machine["Type"] == kind, format!("it builds on {}", machine["Type"]));
        must(text(&machine["Image"]).contains(image), format!("it builds in {}", machine["Image"]));
        must(machine["PrivilegedMode"] == true, "Docker has no daemon".into());
        let own = services(it).find(|found| text(found.at("/ServiceName")) == service.name.as_str()).unwrap();
        let definition = definition(it, own).unwrap();
        must(
            definition.at("/RuntimePlatform/CpuArchitecture") == cpu,
            "tasks run on another processor".into(),
        );
        let script = text(project.at("/Source/BuildSpec"));
        must(script.contains(&format!("--platform {platform}")), format!("it does not build for {platform}"));
        let inline: Value = serde_yaml::from_str(&script).unwrap();
        must(
            inline == it.files[&format!("{}/buildspec.yml", service.name.as_str())],
            "another text than beside".into(),
        );

        // Everything the placeholder has otherwise than the application is set right by the build.
        let stages =
            script.lines().find(|line| line.trim_start().starts_with("[{\"environment\"")).unwrap_or("[]");
        let stages: Value = serde_json::from_str(stages.trim()).unwrap();
        let here =
            items(&stages).into_iter().find(|stage| stage["environment"] == it.resolved.place.name.as_str());
        let Some(here) = here else { continue };
        for (key, value) in definition.at("/ContainerDefinitions/0").as_object().unwrap() {
            let Some(branches) = value.get("Fn::If") else { continue };
            if key == "Image" || key == "DockerLabels" {
                continue;
            }
            let wanted = api(&branches[1], false).unwrap_or_default();
            let found = here["main"].get(camel(key)).cloned().unwrap_or(Value::Null);
            must(found == wanted, format!("{key} of a first release is {found}, not {wanted}"));
        }
    }
    said
}
