use super::{Canvas, Lookup, Site, arn, cluster, names::Names, release_build, repository, role_arn};
use crate::{
    blueprint::{
        Architecture, Compute, ConnectionSource, Layout, PipelineSpec, Reference, Service, StageApproval,
        units::EnvName,
    },
    cfn::{
        Bucket, BucketPolicy, BuildProject, Handle, LogGroup, NotificationRule, Parameter, Pipeline,
        PolicyDocument, Repository, Resource, Role, Statement, Value,
    },
    resolve::{Place, Resolved},
    scripts::{self, BuildSpec},
};

/// The artifact of the source action.
const SOURCE: &str = "Source";
/// The artifact of the build: `imageDetail.json`, and `taskdef.json` and `appspec.yaml` for each stage that CodeDeploy releases.
const RELEASE: &str = "Release";

/// Draws the pipeline of a service with its repository and build.
pub(super) fn pipeline(canvas: &mut Canvas, site: Site<'_>, spec: &PipelineSpec, build: &BuildSpec) {
    let repository = repository::repository(canvas, site);
    let bucket = canvas.template.add(
        canvas.id("Artifacts"),
        cluster::private_bucket(30)
            .because("Holds what one stage of the pipeline hands to the next.")
            .retained(),
    );
    canvas.template.add(
        canvas.id("ArtifactsPolicy"),
        BucketPolicy::new()
            .bucket(bucket.reference())
            .policy_document(PolicyDocument::of([cluster::tls_only(&bucket)])),
    );
    let connection = connection(canvas, spec.source.connection());
    let project = project(canvas, site, spec, build, &repository, &bucket);
    let release = release_build::release_build(canvas, site, &bucket);
    let role = role(canvas, site, &bucket, &project, release.as_ref(), &connection);
    let name = site.names().pipeline(&site.service.name);

    let pipeline = canvas.template.add(
        canvas.id("Pipeline"),
        Pipeline::new()
            .name(name.clone())
            .pipeline_type("V2")
            // One deployment runs at a time; releases wait for each other in order (facts 3.5).
            .execution_mode("QUEUED")
            .role_arn(role.attribute(Role::ARN))
            .artifact_store(Value::map([("Type", Value::from("S3")), ("Location", bucket.reference())]))
            .triggers(trigger(spec.source.connection()))
            .stages(stages(site, spec, &project, release.as_ref(), &connection)),
    );
    if let Some(topic) = &site.cluster.releases {
        let topic = canvas.template.import(topic);
        canvas.template.add(
            canvas.id("PipelineNotifications"),
            NotificationRule::new()
                .name(name)
                .detail_type("BASIC")
                .resource(Value::sub(
                    "arn:${AWS::Partition}:codepipeline:${AWS::Region}:${AWS::AccountId}:${pipeline}",
                    [("pipeline", pipeline.reference())],
                ))
                .event_type_ids(Value::list([
                    "codepipeline-pipeline-pipeline-execution-failed",
                    "codepipeline-pipeline-pipeline-execution-succeeded",
                    "codepipeline-pipeline-manual-approval-needed",
                ]))
                .targets(Value::List(vec![Value::map([
                    ("TargetType", Value::from("SNS")),
                    ("TargetAddress", topic),
                ])])),
        );
    }
    canvas.template.output(
        canvas.id("RepositoryUri"),
        "Where images are pushed",
        repository.attribute(Repository::REPOSITORY_URI),
    );
    canvas.template.output(canvas.id("PipelineName"), "The pipeline", pipeline.reference());
}

fn connection(canvas: &mut Canvas, source: &ConnectionSource) -> Value {
    match &source.connection {
        Reference::Arn(arn) => arn.clone().into(),
        Reference::Given { parameter } => canvas.lookup(
            Parameter {
                kind: "String".into(),
                description: "The ARN of the connection to the code; a person completes its handshake once in the console.".into(),
                allowed_pattern: Some(
                    r"^arn:aws[a-z-]*:(codeconnections|codestar-connections):[a-z0-9-]+:\d{12}:connection/.+$".into(),
                ),
                constraint_description: Some("must be the ARN of a connection".into()),
                ..Parameter::default()
            },
            Lookup::Given {
                parameter: parameter.to_string(),
                description: "the ARN of the connection to the code".into(),
            },
        ),
    }
}

/// A trigger of our own replaces the default one, and says the same where no paths are given.
fn trigger(source: &ConnectionSource) -> Value {
    let mut filter =
        vec![("Branches".into(), Value::map([("Includes", Value::list([source.branch.clone()]))]))];
    if let Some(paths) = &source.paths {
        filter.push(("FilePaths".into(), Value::map([("Includes", Value::list(paths.clone()))])));
    }
    Value::List(vec![Value::map([
        ("ProviderType", Value::from("CodeStarSourceConnection")),
        (
            "GitConfiguration",
            Value::map([
                ("SourceActionName", Value::from("Source")),
                ("Push", Value::List(vec![Value::Map(filter)])),
            ]),
        ),
    ])])
}

fn action(
    name: &str,
    category: &'static str,
    owner_provider: &'static str,
    configuration: Value,
    rest: Vec<(&'static str, Value)>,
) -> Value {
    let mut pairs = vec![
        ("Name".into(), name.to_owned().into()),
        (
            "ActionTypeId".into(),
            Value::map([
                ("Category", Value::from(category)),
                ("Owner", "AWS".into()),
                ("Provider", owner_provider.into()),
                ("Version", "1".into()),
            ]),
        ),
    ];
    if !matches!(&configuration, Value::Map(pairs) if pairs.is_empty()) {
        pairs.push(("Configuration".into(), configuration));
    }
    pairs.extend(rest.into_iter().map(|(key, value)| (key.into(), value)));
    Value::Map(pairs)
}

fn stages(
    site: Site<'_>,
    spec: &PipelineSpec,
    project: &Handle<BuildProject>,
    release: Option<&Handle<BuildProject>>,
    connection: &Value,
) -> Value {
    let source = spec.source.connection();
    let artifact = |name: &'static str| Value::List(vec![Value::map([("Name", Value::from(name))])]);
    let stage = |name: &str, actions: Vec<Value>| {
        Value::map([("Name", Value::from(name.to_owned())), ("Actions", Value::List(actions))])
    };
    let mut stages = vec![
        stage(
            "Source",
            vec![action(
                "Source",
                "Source",
                "CodeStarSourceConnection",
                Value::map([
                    ("ConnectionArn", connection.clone()),
                    ("FullRepositoryId", source.repository.clone().into()),
                    ("BranchName", source.branch.clone().into()),
                    // The trigger above says when.
                    ("DetectChanges", "false".into()),
                ]),
                vec![("OutputArtifacts", artifact(SOURCE))],
            )],
        ),
        stage(
            "Build",
            vec![action(
                "Build",
                "Build",
                "CodeBuild",
                Value::map([("ProjectName", project.reference())]),
                vec![("InputArtifacts", artifact(SOURCE)), ("OutputArtifacts", artifact(RELEASE))],
            )],
        ),
    ];
    for (at, planned) in spec.stages.iter().enumerate() {
        let environment = planned.environment.as_str();
        let mut actions = Vec::new();
        let approval = match planned.approve {
            StageApproval::Asked(false) => None,
            StageApproval::Asked(true) => Some(None),
            StageApproval::Within { timeout } => Some(Some(timeout.minutes())),
        };
        let mut deploy = vec![("InputArtifacts", artifact(RELEASE))];
        if let Some(timeout) = approval {
            let text = format!("Release {} to {environment}?", site.service.name);
            // Beside it would be at the same time.
            deploy.push(("RunOrder", 2.into()));
            let mut rest = vec![("RunOrder", Value::from(1))];
            if let Some(minutes) = timeout {
                rest.push(("TimeoutInMinutes", minutes.into()));
            }
            actions.push(action(
                "Approve",
                "Approval",
                "Manual",
                Value::map([("CustomData", Value::from(text))]),
                rest,
            ));
        }
        let stage_of = site.service.stages.iter().find(|(place, _)| place.name == planned.environment);
        actions.push(match (stage_of, release) {
            (Some((place, service)), Some(release)) if release_build::releases_by_stack(service) => action(
                "Deploy",
                "Build",
                "CodeBuild",
                Value::map([
                    ("ProjectName", release.reference()),
                    ("EnvironmentVariables", release_build::variables(site, place, service).into()),
                ]),
                deploy,
            ),
            _ => codedeploy(site, environment, &planned.environment, deploy),
        });
        // Two stages may go to one environment; their names must differ.
        let before =
            spec.stages[..at].iter().filter(|other| other.environment == planned.environment).count();
        let name = if before == 0 { environment.to_owned() } else { format!("{environment}-{}", before + 1) };
        stages.push(stage(&name, actions));
    }
    Value::List(stages)
}

/// The action that registers a revision and has CodeDeploy release it.
fn codedeploy(
    site: Site<'_>,
    folder: &str,
    environment: &EnvName,
    rest: Vec<(&'static str, Value)>,
) -> Value {
    let full = site.names().elsewhere(environment).service(&site.service.name);
    action(
        "Deploy",
        "Deploy",
        "CodeDeployToECS",
        Value::map([
            ("ApplicationName", Value::from(full.clone())),
            ("DeploymentGroupName", full.into()),
            ("TaskDefinitionTemplateArtifact", RELEASE.into()),
            ("TaskDefinitionTemplatePath", format!("{folder}/taskdef.json").into()),
            ("AppSpecTemplateArtifact", RELEASE.into()),
            ("AppSpecTemplatePath", format!("{folder}/appspec.yaml").into()),
            ("Image1ArtifactName", RELEASE.into()),
            ("Image1ContainerName", scripts::IMAGE.trim_matches(['<', '>']).into()),
        ]),
        rest,
    )
}

fn project(
    canvas: &mut Canvas,
    site: Site<'_>,
    spec: &PipelineSpec,
    build: &BuildSpec,
    repository: &Handle<Repository>,
    bucket: &Handle<Bucket>,
) -> Handle<BuildProject> {
    let name = format!("{}-build", site.names().pipeline(&site.service.name));
    let logs = canvas.template.add(
        canvas.id("BuildLogGroup"),
        LogGroup::new()
            .log_group_name(format!("/codebuild/{name}"))
            .retention_in_days(site.service.service.logs.retention.days())
            .retained(),
    );
    let by_codedeploy = release_build::by_codedeploy(site);
    let task_definitions = Statement::allow("ReadTaskDefinitions", "The build takes over the settings of the task definition that the stack registered, so that a release changes the image alone.").actions(["ecs:DescribeTaskDefinition"]);
    let mut stacks = Statement::allow(
        "ReadServiceStacks",
        "The build finds the task definition of each stage in the outputs of its stack.",
    )
    .actions(["cloudformation:DescribeStacks"]);
    for place in &by_codedeploy {
        stacks = stacks.on(Value::sub(
            "arn:${AWS::Partition}:cloudformation:${region}:${AWS::AccountId}:stack/${stack}/*",
            [
                ("region", place.environment.region.to_string().into()),
                ("stack", service_stack(site, place).into()),
            ],
        ));
    }
    let mut statements = vec![
        Statement::allow("WriteLogs", "The build writes its log.")
            .actions(["logs:CreateLogStream", "logs:PutLogEvents"])
            .on(logs.attribute(LogGroup::ARN)),
        Statement::allow("LogInToRegistry", "Docker logs in before it pushes.")
            .actions(["ecr:GetAuthorizationToken"])
            .on_everything("ecr:GetAuthorizationToken has no resource"),
        Statement::allow(
            "PushImage",
            "The build pushes the image, reads its digest, and waits for what the scan found.",
        )
        .actions([
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:CompleteLayerUpload",
            "ecr:DescribeImages",
            "ecr:DescribeImageScanFindings",
            "ecr:GetDownloadUrlForLayer",
            "ecr:InitiateLayerUpload",
            "ecr:PutImage",
            "ecr:UploadLayerPart",
        ])
        .on(repository.attribute(Repository::ARN)),
        Statement::allow(
            "ExchangeArtifacts",
            "The build reads the source and leaves what the deployment needs.",
        )
        .actions(["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"])
        .on(Value::sub("${bucket}/*", [("bucket", bucket.attribute(Bucket::ARN))])),
    ];
    if !by_codedeploy.is_empty() {
        statements.push(stacks);
        statements.push(task_definitions.on_everything("ecs:DescribeTaskDefinition has no resource"));
    }
    let role = canvas.template.add(
        canvas.id("BuildRole"),
        Role::new()
            .description("Lets the build push images and read the task definitions of the stages")
            .assume_role_policy_document(release_build::trust(&name))
            .permissions_boundary(super::boundary(site.resolved))
            .policies(Value::List(vec![super::policy("build", statements)])),
    );
    // An image runs on the processor it was built on.
    let (kind, image) = match site.service.service.architecture {
        Architecture::X86 => ("LINUX_CONTAINER", "aws/codebuild/amazonlinux-x86_64-standard:5.0"),
        Architecture::Arm64 => ("ARM_CONTAINER", "aws/codebuild/amazonlinux-aarch64-standard:3.0"),
    };
    let compute = match spec.build.compute {
        Compute::Small => "BUILD_GENERAL1_SMALL",
        Compute::Medium => "BUILD_GENERAL1_MEDIUM",
        Compute::Large => "BUILD_GENERAL1_LARGE",
    };
    let buildspec =
        serde_yaml::to_string(&scripts::buildspec(build)).expect("a buildspec has only text for keys");
    canvas.template.add(
        canvas.id("BuildProject"),
        BuildProject::new()
            .name(name)
            .description("Builds the image and writes what a release consists of")
            .service_role(role.attribute(Role::ARN))
            .source(Value::map([("Type", Value::from("CODEPIPELINE")), ("BuildSpec", buildspec.into())]))
            .artifacts(Value::map([("Type", Value::from("CODEPIPELINE"))]))
            .environment(Value::map([
                ("Type", Value::from(kind)),
                ("Image", image.into()),
                ("ComputeType", compute.into()),
                // The Docker daemon needs it.
                ("PrivilegedMode", true.into()),
            ]))
            .logs_config(Value::map([(
                "CloudWatchLogs",
                Value::map([("Status", Value::from("ENABLED")), ("GroupName", logs.reference())]),
            )]))
            .timeout_in_minutes(spec.build.timeout.minutes())
            .cache(Value::map([
                ("Type", Value::from("LOCAL")),
                ("Modes", Value::list(["LOCAL_DOCKER_LAYER_CACHE"])),
            ])),
    )
}

/// What the name of the artifact bucket begins with: CloudFormation makes it of its stack's name and its logical id.
pub(crate) fn artifact_bucket(site: Site<'_>, spec: &PipelineSpec) -> String {
    match site.resolved.layout {
        Layout::Split => format!("{}-", site.names().pipeline(&site.service.name)),
        Layout::Single => {
            let home = site.names().elsewhere(Resolved::home(spec)).base();
            format!("{home}-{}", super::pascal(site.service.name.as_str()).to_lowercase())
        }
    }
}

/// The stack of the service in a stage's environment.
fn service_stack(site: Site<'_>, place: &Place) -> String {
    let names = site.names().elsewhere(&place.name);
    super::plan::service_stack(site.resolved.layout, names, &site.service.name)
}

fn role(
    canvas: &mut Canvas,
    site: Site<'_>,
    bucket: &Handle<Bucket>,
    project: &Handle<BuildProject>,
    release: Option<&Handle<BuildProject>>,
    connection: &Value,
) -> Handle<Role> {
    let mut groups =
        Statement::allow("Deploy", "The pipeline starts a deployment in each stage and follows it.")
            .actions(["codedeploy:CreateDeployment", "codedeploy:GetDeployment"]);
    let mut applications = Statement::allow(
        "RegisterRevision",
        "CodeDeploy wants the AppSpec registered as a revision of its application first.",
    )
    .actions([
        "codedeploy:GetApplication",
        "codedeploy:GetApplicationRevision",
        "codedeploy:RegisterApplicationRevision",
    ]);
    let mut configurations =
        Statement::allow("ReadConfigurations", "Starting a deployment reads how traffic is to move.")
            .actions(["codedeploy:GetDeploymentConfig"]);
    let mut families = Statement::allow(
        "RegisterTaskDefinitions",
        "A release is a new revision of the task definition, with the new image.",
    )
    .actions(["ecs:RegisterTaskDefinition"]);
    let mut tags = Statement::allow(
        "TagTaskDefinitions",
        "The new revision is tagged as it is registered, and only then.",
    )
    .actions(["ecs:TagResource"]);
    let mut passed = Statement::allow("RunTasksAs", "Whoever registers a task definition must be allowed to hand its roles to ECS; these two, and to nobody else.").actions(["iam:PassRole"]);
    let by_codedeploy = release_build::by_codedeploy(site);
    for place in &by_codedeploy {
        let names: Names<'_> = site.names().elsewhere(&place.name);
        let (full, region) = (names.service(&site.service.name), place.environment.region.as_str());
        groups = groups.on(arn("codedeploy", region, format!("deploymentgroup:{full}/{full}")));
        applications = applications.on(arn("codedeploy", region, format!("application:{full}")));
        configurations = configurations
            .on(arn("codedeploy", region, format!("deploymentconfig:{full}-*")))
            .on(arn("codedeploy", region, "deploymentconfig:CodeDeployDefault.*".into()));
        families = families.on(arn("ecs", region, format!("task-definition/{full}:*")));
        tags = tags.on(arn("ecs", region, format!("task-definition/{full}:*")));
        for role in [names.task_role(&site.service.name), names.execution_role(&site.service.name)] {
            passed = passed.on(role_arn(role));
        }
    }
    let mut builds = Statement::allow("Build", "The pipeline starts, follows and stops its builds.")
        .actions(["codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild"])
        .on(project.attribute(BuildProject::ARN));
    if let Some(release) = release {
        builds = builds.on(release.attribute(BuildProject::ARN));
    }
    let mut statements = vec![
        Statement::allow("ExchangeArtifacts", "The pipeline hands the source to the build and the result to whoever releases it.")
            .actions(["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"])
            .on(Value::sub("${bucket}/*", [("bucket", bucket.attribute(Bucket::ARN))])),
        Statement::allow("ReadArtifactBucket", "The pipeline looks at the bucket before it uses it.")
            .actions(["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"])
            .on(bucket.attribute(Bucket::ARN)),
        // The prefix of a connection's ARN depends on when it was made (facts 9.3).
        Statement::allow("ReadSource", "The source is read through this connection; the prefix of its ARN depends on when it was made, so both spellings of the action stand here.")
            .actions(["codeconnections:UseConnection", "codestar-connections:UseConnection"])
            .on(connection.clone()),
        builds,
    ];
    if !by_codedeploy.is_empty() {
        statements.extend([
            groups,
            applications,
            configurations,
            families,
            tags.when("StringEquals", "ecs:CreateAction", "RegisterTaskDefinition"),
            passed.when("StringEquals", "iam:PassedToService", "ecs-tasks.amazonaws.com"),
        ]);
    }
    canvas.template.add(
        canvas.id("PipelineRole"),
        Role::new()
            .description("Lets the pipeline read the source, build, and start deployments")
            .assume_role_policy_document(PolicyDocument::trust(
                "codepipeline.amazonaws.com",
                Some(Value::sub(
                    "arn:${AWS::Partition}:codepipeline:${AWS::Region}:${AWS::AccountId}:${name}",
                    [("name", site.names().pipeline(&site.service.name).into())],
                )),
            ))
            .permissions_boundary(super::boundary(site.resolved))
            .policies(Value::List(vec![super::policy("release", statements)])),
    )
}

/// What the build has to know to write a stage's `taskdef.json` when the stack still runs the placeholder: all that the
/// task definition leaves out or has otherwise before there is an image.
pub(super) fn stage_overrides(service: &Service) -> serde_json::Map<String, serde_json::Value> {
    let health = service.health.as_ref().map(|health| {
        let mut command = vec!["CMD".to_owned()];
        command.extend(health.command.iter().cloned());
        serde_json::json!({
            "command": command,
            "interval": health.interval.seconds(),
            "timeout": health.timeout.seconds(),
            "retries": health.retries,
            "startPeriod": health.start.seconds(),
        })
    });
    let pairs = [
        ("entryPoint", serde_json::json!(service.entrypoint)),
        ("command", serde_json::json!(service.command)),
        ("healthCheck", serde_json::json!(health)),
        ("readonlyRootFilesystem", serde_json::json!(service.readonly.then_some(true))),
    ];
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}
