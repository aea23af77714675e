//! The build of a pipeline that releases through a service's stack.
//!
//! It is what a stage of engine `ecs` has by default. CodePipeline's own action for ECS copies the revision the service runs
//! and exchanges the image, so that a first release would keep the command of the placeholder and none would ever take the
//! settings that the stack describes; and it waits for an hour at most (facts 3.2), which a bake time alone can take.

use super::{
    By,
    releases::{Release, releases},
};
use crate::stacks::{Canvas, Names, Site, arn, role_arn};
use crate::{
    blueprint::{Layout, PipelineSpec, Service},
    cfn::{Bucket, BuildProject, Handle, LogGroup, PolicyDocument, Resource, Role, Statement, Value},
    resolve::Place,
    scripts,
};

/// The longest a build may take, in minutes: a pipeline gives it up after eight hours (facts 3.3).
const LONGEST: u32 = 480;

/// The stages that release through their stacks.
fn stages<'r>(site: Site<'r>, spec: &'r PipelineSpec) -> impl Iterator<Item = Release<'r>> {
    releases(site, spec).filter(|release| release.by == By::Stack)
}

/// Draws the build, where some stage has need of it.
pub(super) fn release_build(
    canvas: &mut Canvas,
    site: Site<'_>,
    spec: &PipelineSpec,
    bucket: &Handle<Bucket>,
) -> Option<Handle<BuildProject>> {
    stages(site, spec).next()?;
    let name = format!("{}-release", site.names().pipeline(&site.service.name));
    let logs = canvas.template.add(
        canvas.id("ReleaseLogGroup"),
        LogGroup::new()
            .log_group_name(format!("/codebuild/{name}"))
            .retention_in_days(site.service.service.logs.retention.days())
            .retained(),
    );
    let role = role(canvas, site, spec, &name, &logs, bucket);
    let buildspec =
        serde_yaml::to_string(&scripts::release_buildspec()).expect("a buildspec has only text for keys");
    Some(
        canvas.template.add(
            canvas.id("ReleaseProject"),
            BuildProject::new()
                .name(name)
                .description("Releases an image through the stack of the service")
                .service_role(role.attribute(Role::ARN))
                .source(Value::map([("Type", Value::from("CODEPIPELINE")), ("BuildSpec", buildspec.into())]))
                .artifacts(Value::map([("Type", Value::from("CODEPIPELINE"))]))
                .environment(Value::map([
                    ("Type", Value::from("LINUX_CONTAINER")),
                    ("Image", "aws/codebuild/amazonlinux-x86_64-standard:5.0".into()),
                    ("ComputeType", "BUILD_GENERAL1_SMALL".into()),
                ]))
                .logs_config(Value::map([(
                    "CloudWatchLogs",
                    Value::map([("Status", Value::from("ENABLED")), ("GroupName", logs.reference())]),
                )]))
                .timeout_in_minutes(LONGEST),
        ),
    )
}

/// What the build is told of a stage, as the action that starts it takes it: a list as JSON, in text.
pub(super) fn variables(site: Site<'_>, place: &Place, service: &Service) -> String {
    let names = site.names().elsewhere(&place.name);
    let prefix = match site.resolved.layout {
        Layout::Split => String::new(),
        Layout::Single => super::super::pascal(site.service.name.as_str()),
    };
    let deploy = &service.deploy;
    let variables = [
        ("REGION", place.environment.region.to_string()),
        ("STACK", super::super::plan::service_stack(site.resolved.layout, names, &site.service.name)),
        ("CLUSTER", names.base()),
        ("SERVICE", site.service.name.to_string()),
        ("IMAGE_PARAMETER", format!("{prefix}ImageUri")),
        ("REVISION_PARAMETER", format!("{prefix}RunningRevision")),
        ("OUTPUT", format!("{prefix}TaskDefinitionArn")),
        ("BREAKER", if deploy.strategy.kind().has_two_versions() { "yes" } else { "no" }.into()),
    ];
    let list = variables.map(|(name, value)| serde_json::json!({"name": name, "value": value}));
    serde_json::json!(list).to_string()
}

/// Trust in the builds of one project.
pub(super) fn trust(project: &str) -> PolicyDocument {
    PolicyDocument::trust(
        "codebuild.amazonaws.com",
        Some(Value::sub(
            "arn:${AWS::Partition}:codebuild:${AWS::Region}:${AWS::AccountId}:project/${name}",
            [("name", project.to_owned().into())],
        )),
    )
}

fn role(
    canvas: &mut Canvas,
    site: Site<'_>,
    spec: &PipelineSpec,
    name: &str,
    logs: &Handle<LogGroup>,
    bucket: &Handle<Bucket>,
) -> Handle<Role> {
    let mut stacks = Statement::allow(
        "UpdateStacks",
        "A release is an update of the service's stack, with the template it has and another image.",
    )
    .actions([
        "cloudformation:DescribeStackEvents",
        "cloudformation:DescribeStacks",
        "cloudformation:UpdateStack",
    ]);
    // What CloudFormation calls on behalf of whoever updates a stack: the permissions of the handlers of these two types.
    let mut services = Statement::allow(
        "UpdateServices",
        "CloudFormation gives the service the new revision and follows it.",
    )
    .actions([
        "ecs:DescribeServices",
        "ecs:ListServiceDeployments",
        "ecs:ListTagsForResource",
        "ecs:StopServiceDeployment",
        "ecs:TagResource",
        "ecs:UntagResource",
        "ecs:UpdateService",
    ]);
    let mut deployments =
        Statement::allow("FollowDeployments", "The build and CloudFormation watch what ECS does.")
            .actions(["ecs:DescribeServiceDeployments", "ecs:StopServiceDeployment"]);
    let mut revisions =
        Statement::allow("ReadRevisions", "The build looks which tasks are of the version that it releases.")
            .actions(["ecs:DescribeServiceRevisions"]);
    let mut ended =
        Statement::allow("ReadTasks", "The build goes back when tasks of the new version fail to start.")
            .actions(["ecs:DescribeTasks"]);
    let mut clusters = Vec::new();
    let mut families =
        Statement::allow("RegisterTaskDefinitions", "A release is a new revision of the task definition.")
            .actions([
                "ecs:ListTagsForResource",
                "ecs:RegisterTaskDefinition",
                "ecs:TagResource",
                "ecs:UntagResource",
            ]);
    let mut tasks =
        Statement::allow("RunTasksAs", "Whoever registers a task definition must be allowed to hand its roles to ECS; these two, and to nobody else.")
            .actions(["iam:PassRole"]);
    let mut roles = Statement::allow("ReadRoles", "CloudFormation looks at the roles of a task definition.")
        .actions(["iam:GetRole"]);
    let mut ecs = Statement::allow("MoveTrafficAs", "Whoever updates the service must be allowed to hand ECS the roles by which it moves traffic and calls hooks. Their names are CloudFormation's and begin with their stack's.")
        .actions(["iam:PassRole"]);
    for release in stages(site, spec) {
        let (place, names): (&Place, Names<'_>) = (release.place, release.names(site));
        let stack = super::super::plan::service_stack(site.resolved.layout, names, &site.service.name);
        let (full, region) = (names.service(&site.service.name), place.environment.region.as_str());
        let service = format!("{}/{}", names.base(), site.service.name);
        stacks = stacks.on(arn("cloudformation", region, format!("stack/{stack}/*")));
        services = services.on(arn("ecs", region, format!("service/{service}")));
        revisions = revisions.on(arn("ecs", region, format!("service/{service}"))).on(arn(
            "ecs",
            region,
            format!("service-revision/{service}/*"),
        ));
        ended = ended.on(arn("ecs", region, format!("task/{}/*", names.base())));
        clusters.push(arn("ecs", region, format!("cluster/{}", names.base())));
        deployments = deployments.on(arn("ecs", region, format!("service-deployment/{service}/*")));
        families = families.on(arn("ecs", region, format!("task-definition/{full}:*")));
        for role in [names.task_role(&site.service.name), names.execution_role(&site.service.name)] {
            tasks = tasks.on(role_arn(role.clone()));
            roles = roles.on(role_arn(role));
        }
        ecs = ecs.on(role_arn(format!("{stack}-*")));
    }
    let statements = vec![
        Statement::allow("WriteLogs", "The build writes its log.")
            .actions(["logs:CreateLogStream", "logs:PutLogEvents"])
            .on(logs.attribute(LogGroup::ARN)),
        Statement::allow("ReadRelease", "The build reads which image was made.")
            .actions(["s3:GetObject", "s3:GetObjectVersion"])
            .on(Value::sub("${bucket}/*", [("bucket", bucket.attribute(Bucket::ARN))])),
        Statement::allow(
            "ReadAlarms",
            "ECS ignores every alarm where one is red at the start, so that is looked at before.",
        )
        .actions(["cloudwatch:DescribeAlarms"])
        .on_everything("cloudwatch:DescribeAlarms of composite alarms has no resource"),
        stacks,
        services,
        deployments,
        revisions,
        ended,
        Statement::allow("ListTasks", "The build looks for tasks that ended.")
            .actions(["ecs:ListTasks"])
            .on_everything("ecs:ListTasks takes a cluster as a condition alone")
            .when("ArnEquals", "ecs:cluster", Value::List(clusters)),
        families,
        Statement::allow("ReadTaskDefinitions", "CloudFormation reads what it registered.")
            .actions(["ecs:DescribeTaskDefinition"])
            .on_everything("ecs:DescribeTaskDefinition has no resource"),
        roles,
        tasks.when("StringEquals", "iam:PassedToService", "ecs-tasks.amazonaws.com"),
        ecs.when("StringEquals", "iam:PassedToService", "ecs.amazonaws.com"),
    ];
    canvas.template.add(
        canvas.id("ReleaseRole"),
        Role::new()
            .description("Lets the pipeline release through the stacks of the service")
            .assume_role_policy_document(trust(name))
            .permissions_boundary(super::super::boundary(site.resolved))
            .policies(Value::List(vec![super::super::policy("release", statements)])),
    )
}
