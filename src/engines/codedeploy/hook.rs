use crate::{
    blueprint::CHECK_PATIENCE_MS,
    cfn::{Function, LogGroup, PolicyDocument, Resource, Role, Statement, Value},
    scripts::{HOOK_CODE, HookCheck, HookSettings},
    stacks::{self, Canvas, ServiceParts, Site},
};

/// CodeDeploy gives a hook an hour; a function has at most fifteen minutes (facts 2.5).
const TIMEOUT_SECONDS: i64 = 900;

/// The function's name: fixed, because `appspec.yaml` and CodeDeploy's role name it, and starting the way the managed
/// policies of AWS expect.
pub(super) fn function_name(full_name: &str) -> String {
    format!("CodeDeployHook_{full_name}")
}

/// The function's ARN, before it is drawn.
pub(super) fn function_arn(site: Site<'_>) -> Value {
    Value::sub(
        "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${name}",
        [("name", function_name(&site.full_name()).into())],
    )
}

/// Draws the function that looks at green before production does: target health, then the blueprint's checks.
///
/// CodeDeploy itself never looks at target health, and with all at once ELB does only after production has moved (domain
/// facts 1.5.5, 9.2).
pub(super) fn draw(canvas: &mut Canvas, site: Site<'_>, parts: &ServiceParts<'_>) {
    let deploy = &site.service.service.deploy;
    let Some(test) = &deploy.test_traffic else { return };
    let full = site.full_name();
    let logs = canvas.template.add(
        canvas.id("HookLogGroup"),
        LogGroup::new()
            .log_group_name(format!("{}/hook", site.names().log_group(&site.service.name)))
            .retention_in_days(site.service.service.logs.retention.days())
            .retained(),
    );
    let mut statements = vec![
        Statement::allow("WriteLogs", "The function writes its log.")
            .actions(["logs:CreateLogStream", "logs:PutLogEvents"])
            .on(logs.attribute(LogGroup::ARN)),
        Statement::allow("ReadDeployment", "The function finds out which task set a deployment started.")
            .actions(["codedeploy:GetDeploymentTarget"])
            .on_everything("AWS lists no resource for codedeploy:GetDeploymentTarget"),
        Statement::allow("AnswerDeployment", "The function answers CodeDeploy whether the new version is good; without an answer the deployment waits an hour and fails.")
            .actions(["codedeploy:PutLifecycleEventHookExecutionStatus"])
            .on(group_arn(site)),
        Statement::allow("ReadTargetHealth", "The function waits until the targets of the new version are healthy.")
            .actions([
                "elasticloadbalancing:DescribeListeners",
                "elasticloadbalancing:DescribeTargetGroups",
                "elasticloadbalancing:DescribeTargetHealth",
            ])
            .on_everything("describing load balancers has no resource"),
    ];
    let in_vpc = parts.edge.checks.is_some();
    if in_vpc {
        statements.push(
            Statement::allow(
                "RunInVpc",
                "The checks ask the service inside the VPC, so Lambda needs network interfaces there.",
            )
            .actions([
                "ec2:CreateNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:DeleteNetworkInterface",
                "ec2:AssignPrivateIpAddresses",
                "ec2:UnassignPrivateIpAddresses",
            ])
            .on_everything("Lambda makes network interfaces before they have an ARN"),
        );
    }
    let role = canvas.template.add(
        canvas.id("HookRole"),
        Role::new()
            .description("Lets the deployment hook look at the new version and answer CodeDeploy")
            .assume_role_policy_document(PolicyDocument::trust("lambda.amazonaws.com", None))
            .permissions_boundary(stacks::boundary(site.resolved))
            .policies(Value::List(vec![stacks::policy("check-new-version", statements)])),
    );

    let import = |shared| canvas.template.import(shared);
    let mut variables: Vec<(crate::cfn::Text, Value)> = vec![(
        HookSettings::TARGET.into(),
        Value::sub_all(
            "${Cluster}:${Service}",
            vec![
                ("Cluster".into(), parts.cluster.clone()),
                ("Service".into(), parts.service.attribute(crate::cfn::Service::NAME)),
            ],
        ),
    )];
    if let Some(listener) = &parts.edge.test {
        variables.push((HookSettings::TEST_LISTENER.into(), import(listener)));
    }
    let scheme = if site.service.service.http.certificate.is_some() { "https" } else { "http" };
    variables.push((
        HookSettings::TEST_URL.into(),
        Value::sub(
            "${scheme}://${DnsName}:${port}",
            [
                ("scheme", scheme.into()),
                ("DnsName", import(&parts.edge.dns_name)),
                ("port", test.port.get().into()),
            ],
        ),
    ));
    let checks = serde_json::to_string(&checks(site)).expect("checks have only text for keys");
    variables.push((HookSettings::CHECKS.into(), checks.into()));
    let vpc = parts.edge.checks.as_ref().map(|group| {
        Value::map([
            ("SubnetIds", site.network.private.within(canvas.template.key())),
            ("SecurityGroupIds", Value::List(vec![import(group)])),
        ])
    });
    canvas.template.add(
        canvas.id("HookFunction"),
        Function::new()
            .function_name(function_name(&site.full_name()))
            .description(format!("Looks at a new version of {full} before production traffic does"))
            .runtime("python3.13")
            .architectures(Value::list(["arm64"]))
            .handler("index.handler")
            .timeout(Value::Int(TIMEOUT_SECONDS))
            .memory_size(256)
            .role(role.attribute(Role::ARN))
            .code(Value::map([("ZipFile", Value::from(HOOK_CODE))]))
            .environment(Value::map([("Variables", Value::Map(variables))]))
            .logging_config(Value::map([("LogGroup", logs.reference())]))
            .vpc_config(vpc),
    );
}

fn group_arn(site: Site<'_>) -> Value {
    Value::sub(
        "arn:${AWS::Partition}:codedeploy:${AWS::Region}:${AWS::AccountId}:deploymentgroup:${name}/${name}",
        [("name", site.full_name().into())],
    )
}

/// The checks as the function reads them.
fn checks(site: Site<'_>) -> Vec<HookCheck> {
    let service = &site.service.service;
    let one = |(name, check): (&crate::blueprint::units::EntryName, &crate::blueprint::Check)| {
        let (method, path) = match (&check.get, &check.post) {
            (Some(path), _) => ("GET", path.as_str()),
            (None, Some(path)) => ("POST", path.as_str()),
            (None, None) => ("GET", "/"),
        };
        let mut headers = check.headers.clone();
        // The function asks the load balancer by its own name; the application may expect its host's.
        if let Some(host) = &service.http.host {
            headers.entry("Host".into()).or_insert_with(|| host.to_string());
        }
        HookCheck {
            name: name.to_string(),
            method: method.into(),
            path: path.into(),
            headers,
            body: check.body.clone().unwrap_or_default(),
            status: check.expect.status,
            within_ms: check
                .expect
                .within
                .map_or(CHECK_PATIENCE_MS, crate::blueprint::units::Millis::milliseconds),
            json: check.expect.json.as_ref().map(|keys| serde_json::json!(keys)),
        }
    };
    service.deploy.checks.iter().map(one).collect()
}
