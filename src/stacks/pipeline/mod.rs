//! The pipeline of a service: repository, build, and what releases in each environment.

mod release_build;
mod releases;
mod role;
mod stages;

pub(super) use releases::{By, releases};

use super::{Canvas, Lookup, Site, arn, cluster, repository};
use crate::{
    blueprint::{Architecture, Compute, ConnectionSource, Layout, PipelineSpec, Reference, Service},
    cfn::{
        Bucket, BucketPolicy, BuildProject, Handle, LogGroup, NotificationRule, Parameter, Pipeline,
        PolicyDocument, Repository, Resource, Role, Statement, Value,
    },
    resolve::{Place, Resolved},
    scripts::{self, BuildSpec},
};

/// The artifact of the source action.
const SOURCE: &str = "Source";
/// The artifact of the build: `imageDetail.json`, `taskdef.json` and `appspec.yaml` for each stage that CodeDeploy releases, and
/// `imagedefinitions.json` where ECS' own action releases.
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
    let release = release_build::release_build(canvas, site, spec, &bucket);
    let role = role::role(canvas, site, spec, &bucket, &project, release.as_ref(), &connection);
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
            .stages(stages::stages(site, spec, &project, release.as_ref(), &connection)),
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
    let mut stacks = Statement::allow(
        "ReadServiceStacks",
        "The build finds the task definition of each stage in the outputs of its stack.",
    )
    .actions(["cloudformation:DescribeStacks"]);
    let mut services = Statement::allow(
        "ReadServices",
        "The build looks whether a service has had its first release, which the action of a stage cannot be.",
    )
    .actions(["ecs:DescribeServices"]);
    for release in releases(site, spec) {
        let place = release.place;
        match release.by {
            By::CodeDeploy => {
                stacks = stacks.on(Value::sub(
                    "arn:${AWS::Partition}:cloudformation:${region}:${AWS::AccountId}:stack/${stack}/*",
                    [
                        ("region", place.environment.region.to_string().into()),
                        ("stack", service_stack(site, place).into()),
                    ],
                ));
            }
            By::Action if release.starts_as_placeholder() => {
                let name = format!("service/{}/{}", release.names(site).base(), site.service.name);
                services = services.on(arn("ecs", place.environment.region.as_str(), name));
            }
            By::Action | By::Stack => {}
        }
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
    let read_definitions = |reason| {
        Statement::allow("ReadTaskDefinitions", reason)
            .actions(["ecs:DescribeTaskDefinition"])
            .on_everything("ecs:DescribeTaskDefinition has no resource")
    };
    match (stacks.has_resources(), services.has_resources()) {
        (true, looks) => {
            statements.push(stacks);
            if looks {
                statements.push(services);
            }
            statements.push(read_definitions("The build takes over the settings of the task definition that the stack registered, so that a release changes the image alone."));
        }
        (false, true) => {
            statements.push(services);
            statements.push(read_definitions(
                "The build looks whether the revision that runs is the placeholder's.",
            ));
        }
        (false, false) => {}
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
