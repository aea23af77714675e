use serde_json::json;

use crate::{
    cfn::{Function, LogGroup, PolicyDocument, Resource, Role, Statement, Value},
    scripts,
    stacks::{self, Canvas, ServiceParts, Site},
};

/// CodeDeploy gives a hook an hour; a function has at most fifteen minutes (domain facts 2.5).
const TIMEOUT_SECONDS: i64 = 900;

/// The function's name: fixed, because `appspec.yaml` and CodeDeploy's role name it, and starting the way the managed
/// policies of AWS expect.
pub(super) fn function_name(site: Site<'_>) -> String {
    format!("CodeDeployHook_{}", site.full_name())
}

/// The function's ARN, before it is drawn.
pub(super) fn function_arn(site: Site<'_>) -> Value {
    Value::sub(
        "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${name}",
        [("name", function_name(site).into())],
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
        Statement::allow("WriteLogs")
            .actions(["logs:CreateLogStream", "logs:PutLogEvents"])
            .on(logs.attribute(LogGroup::ARN)),
        Statement::allow("ReadDeployment")
            .actions(["codedeploy:GetDeployment", "codedeploy:GetDeploymentTarget", "codedeploy:ListDeploymentTargets"])
            .on(group_arn(site)),
        Statement::allow("AnswerDeployment")
            .actions(["codedeploy:PutLifecycleEventHookExecutionStatus"])
            .on(group_arn(site)),
        Statement::allow("ReadTaskSets").actions(["ecs:DescribeServices"]).on(Value::sub_all(
            "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:service/${Cluster}/${Service}",
            vec![
                ("Cluster".into(), parts.cluster.clone()),
                ("Service".into(), parts.service.attribute(crate::cfn::Service::NAME)),
            ],
        )),
        Statement::allow("ReadTargetHealth")
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
            Statement::allow("RunInVpc")
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
    let mut variables: Vec<(crate::cfn::Text, Value)> = vec![
        ("CLUSTER".into(), parts.cluster.clone()),
        ("SERVICE".into(), parts.service.attribute(crate::cfn::Service::NAME)),
        ("BLUE_TARGET_GROUP".into(), import(&parts.edge.blue.arn)),
        ("GREEN_TARGET_GROUP".into(), import(&parts.edge.green.arn)),
    ];
    if let Some(listener) = &parts.edge.test {
        variables.push(("TEST_LISTENER".into(), import(listener)));
    }
    if !deploy.checks.is_empty() {
        let scheme = if site.service.service.http.certificate.is_some() { "https" } else { "http" };
        variables.push((
            "TEST_URL".into(),
            Value::sub("${scheme}://${DnsName}:${port}", [
                ("scheme", scheme.into()),
                ("DnsName", import(&parts.edge.dns_name)),
                ("port", test.port.get().into()),
            ]),
        ));
        if let Some(host) = &site.service.service.http.host {
            variables.push(("TEST_HOST".into(), host.to_string().into()));
        }
        variables.push(("CHECKS".into(), checks(site).to_string().into()));
    }
    let vpc = parts.edge.checks.as_ref().map(|group| {
        Value::map([
            ("SubnetIds", site.network.private.within(canvas.template.key())),
            ("SecurityGroupIds", Value::List(vec![import(group)])),
        ])
    });
    canvas.template.add(
        canvas.id("HookFunction"),
        Function::new()
            .function_name(function_name(site))
            .description(format!("Looks at a new version of {full} before production traffic does"))
            .runtime("python3.13")
            .architectures(Value::list(["arm64"]))
            .handler("index.handler")
            .timeout(Value::Int(TIMEOUT_SECONDS))
            .memory_size(256)
            .role(role.attribute(Role::ARN))
            .code(Value::map([("ZipFile", Value::from(scripts::HOOK))]))
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
fn checks(site: Site<'_>) -> serde_json::Value {
    let checks = &site.service.service.deploy.checks;
    checks
        .iter()
        .map(|(name, check)| {
            let (method, path) = match (&check.get, &check.post) {
                (Some(path), _) => ("GET", path.as_str()),
                (None, Some(path)) => ("POST", path.as_str()),
                (None, None) => ("GET", "/"),
            };
            let mut out = json!({"name": name, "method": method, "path": path, "status": check.expect.status});
            if !check.headers.is_empty() {
                out["headers"] = json!(check.headers);
            }
            if let Some(body) = &check.body {
                out["body"] = json!(body);
            }
            if let Some(within) = check.expect.within {
                out["within_ms"] = json!(within.milliseconds());
            }
            if let Some(expected) = &check.expect.json {
                out["json"] = json!(expected);
            }
            out
        })
        .collect()
}
