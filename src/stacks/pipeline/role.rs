use super::{By, releases};
use crate::{
    blueprint::PipelineSpec,
    cfn::{Bucket, BuildProject, Handle, PolicyDocument, Role, Statement, Value},
    stacks::{Canvas, Names, Site, arn, role_arn},
};

/// Draws the role of the pipeline: what its actions need, and nothing else.
pub(super) fn role(
    canvas: &mut Canvas,
    site: Site<'_>,
    spec: &PipelineSpec,
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
    let mut services = Statement::allow(
        "RollOut",
        "The action gives the service a revision with the new image, and waits until ECS has rolled it out.",
    )
    .actions(["ecs:DescribeServices", "ecs:UpdateService"]);
    let mut tasks = Statement::allow("FollowTasks", "The action looks at the tasks of the service.")
        .actions(["ecs:DescribeTasks"]);
    let mut clusters = Vec::new();
    let mut moved = Statement::allow("MoveTrafficAs", "Whoever updates a service may be asked whether it may hand ECS the roles by which it moves traffic and calls hooks. Their names are CloudFormation's and begin with their stack's.")
        .actions(["iam:PassRole"]);
    for release in releases(site, spec) {
        let names: Names<'_> = release.names(site);
        let (full, region) = (names.service(&site.service.name), release.place.environment.region.as_str());
        match release.by {
            By::Stack => continue,
            By::CodeDeploy => {
                groups = groups.on(arn("codedeploy", region, format!("deploymentgroup:{full}/{full}")));
                applications = applications.on(arn("codedeploy", region, format!("application:{full}")));
                configurations = configurations
                    .on(arn("codedeploy", region, format!("deploymentconfig:{full}-*")))
                    .on(arn("codedeploy", region, "deploymentconfig:CodeDeployDefault.*".into()));
            }
            By::Action => {
                let cluster = names.base();
                services =
                    services.on(arn("ecs", region, format!("service/{cluster}/{}", site.service.name)));
                tasks = tasks.on(arn("ecs", region, format!("task/{cluster}/*")));
                let cluster = arn("ecs", region, format!("cluster/{cluster}"));
                if !clusters.contains(&cluster) {
                    clusters.push(cluster);
                }
                if release.service.deploy.strategy.kind().has_two_versions() {
                    let stack =
                        super::super::plan::service_stack(site.resolved.layout, names, &site.service.name);
                    moved = moved.on(role_arn(format!("{stack}-*")));
                }
            }
        }
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
    if groups.has_resources() {
        statements.extend([groups, applications, configurations]);
    }
    if services.has_resources() {
        statements.extend([
            services,
            tasks,
            Statement::allow("ListTasks", "The action looks for the tasks of the service.")
                .actions(["ecs:ListTasks"])
                .on_everything("ecs:ListTasks takes a cluster as a condition alone")
                .when("ArnEquals", "ecs:cluster", Value::List(clusters)),
            Statement::allow("ReadTaskDefinitions", "The action copies the revision that runs.")
                .actions(["ecs:DescribeTaskDefinition"])
                .on_everything("ecs:DescribeTaskDefinition has no resource"),
        ]);
    }
    if families.has_resources() {
        statements.extend([
            families,
            tags.when("StringEquals", "ecs:CreateAction", "RegisterTaskDefinition"),
            passed.when("StringEquals", "iam:PassedToService", "ecs-tasks.amazonaws.com"),
        ]);
    }
    if moved.has_resources() {
        statements.push(moved.when("StringEquals", "iam:PassedToService", "ecs.amazonaws.com"));
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
            .permissions_boundary(super::super::boundary(site.resolved))
            .policies(Value::List(vec![super::super::policy("release", statements)])),
    )
}
