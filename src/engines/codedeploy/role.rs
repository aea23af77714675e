use crate::{
    cfn::{Handle, PolicyDocument, Role, Statement, Value},
    stacks::{self, Canvas, EdgeParts, ServiceParts, Site},
};

/// Draws CodeDeploy's role: what the managed policy `AWSCodeDeployRoleForECS` allows on everything, on this service alone
/// (facts 9.2).
pub(super) fn draw(
    canvas: &mut Canvas,
    site: Site<'_>,
    parts: &ServiceParts<'_>,
    edge: &EdgeParts,
) -> Handle<Role> {
    let import = |shared| canvas.template.import(shared);
    let deploy = &site.service.service.deploy;
    let service_name = || parts.service.attribute(crate::cfn::Service::NAME);
    let here = |text: &str, values: Vec<(crate::cfn::Text, Value)>| Value::sub_all(text, values);
    let ecs = |kind: &str| {
        here(
            &format!(
                "arn:${{AWS::Partition}}:ecs:${{AWS::Region}}:${{AWS::AccountId}}:{kind}/${{Cluster}}/${{Service}}"
            ),
            vec![("Cluster".into(), parts.cluster.clone()), ("Service".into(), service_name())],
        )
    };
    let service = ecs("service");
    let mut task_sets = ecs("task-set");
    if let Value::Call(call) = &mut task_sets
        && let crate::cfn::Call::Sub(text, _) = call.as_mut()
    {
        text.to_mut().push_str("/*");
    }
    let rules = here(
        "arn:${AWS::Partition}:elasticloadbalancing:${AWS::Region}:${AWS::AccountId}:listener-rule/${LoadBalancer}/*",
        vec![("LoadBalancer".into(), import(&edge.load_balancer))],
    );

    let listeners = Statement::allow(
        "ShiftTraffic",
        "CodeDeploy moves production and test traffic between blue and green by changing these listeners.",
    )
    .actions(["elasticloadbalancing:ModifyListener"])
    .on(import(&edge.production));
    let listeners = match &edge.test {
        Some(test) => listeners.on(import(test)),
        None => listeners,
    };
    let mut statements = vec![
        Statement::allow(
            "ReadService",
            "CodeDeploy reads the service and its task sets before and during a deployment.",
        )
        .actions(["ecs:DescribeServices"])
        .on(service.clone()),
        Statement::allow(
            "ReplaceTaskSets",
            "A deployment starts green as a task set and removes the old one at its end.",
        )
        .actions(["ecs:CreateTaskSet", "ecs:DeleteTaskSet"])
        .on(task_sets),
        Statement::allow(
            "PromoteTaskSet",
            "At the end of a deployment the new task set becomes the service's primary one.",
        )
        .actions(["ecs:UpdateServicePrimaryTaskSet"])
        .on(service),
        Statement::allow(
            "ReadLoadBalancer",
            "CodeDeploy finds the listeners and target groups it shifts traffic between.",
        )
        .actions([
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeRules",
        ])
        .on_everything("describing load balancers has no resource"),
        listeners,
        Statement::allow(
            "ShiftTrafficOfRules",
            "CodeDeploy changes the rules of a listener as well as its default, where somebody adds rules.",
        )
        .actions(["elasticloadbalancing:ModifyRule"])
        .on(rules),
        Statement::allow(
            "ReadAlarms",
            "CodeDeploy looks at the alarms of the deployment group, and rolls back when one fires.",
        )
        .actions(["cloudwatch:DescribeAlarms"])
        .on_everything("CodeDeploy asks for alarms by name in one call over all of them"),
        Statement::allow(
            "RunTasksAs",
            "Starting green hands the task's two roles to ECS; these, and to nobody else.",
        )
        .actions(["iam:PassRole"])
        .on(parts.task_role.attribute(Role::ARN))
        .on(parts.execution_role.attribute(Role::ARN))
        .when("StringEquals", "iam:PassedToService", "ecs-tasks.amazonaws.com"),
    ];
    if let Some(pipeline) = &site.service.pipeline {
        let bucket = stacks::artifact_bucket(site, pipeline);
        statements.push(
            Statement::allow(
                "ReadRevision",
                "In a pipeline the revision to deploy lies in the artifact bucket.",
            )
            .actions(["s3:GetObject", "s3:GetObjectVersion"])
            .on(here("arn:${AWS::Partition}:s3:::${bucket}*/*", vec![("bucket".into(), bucket.into())]))
            .when("StringEquals", "aws:ResourceAccount", crate::cfn::pseudo::account()),
        );
    }
    let mut functions: Vec<Value> = Vec::new();
    if deploy.test_traffic.is_some() {
        functions.push(super::hook::function_arn(site));
    }
    let own = &deploy.hooks;
    for function in [&own.before_install, &own.after_install, &own.before_traffic, &own.after_traffic] {
        functions.extend(function.as_ref().map(|arn| Value::from(arn.to_string())));
    }
    if !functions.is_empty() {
        let statement =
            Statement::allow("CallHooks", "CodeDeploy calls these functions at the events of a deployment.")
                .actions(["lambda:InvokeFunction"]);
        statements.push(functions.into_iter().fold(statement, Statement::on));
    }
    if let (Some(topic), Some(key)) = (&site.cluster.releases, &site.cluster.key) {
        statements.push(
            Statement::allow("Announce", "The deployment group tells of its releases on this topic.")
                .actions(["sns:Publish"])
                .on(import(topic)),
        );
        statements.push(
            Statement::allow(
                "EncryptAnnouncements",
                "The topic is encrypted; publishing to it uses its key.",
            )
            .actions(["kms:Decrypt", "kms:GenerateDataKey*"])
            .on(import(key)),
        );
    }
    let trust = PolicyDocument::trust(
        "codedeploy.amazonaws.com",
        Some(Value::sub(
            "arn:${AWS::Partition}:codedeploy:${AWS::Region}:${AWS::AccountId}:deploymentgroup:${name}/*",
            [("name", site.full_name().into())],
        )),
    );
    canvas.template.add(
        canvas.id("DeploymentRole"),
        Role::new()
            .description("Lets CodeDeploy replace the tasks of this service and shift its traffic")
            .assume_role_policy_document(trust)
            .permissions_boundary(stacks::boundary(site.resolved))
            .policies(Value::List(vec![stacks::policy("deploy-service", statements)])),
    )
}
