//! The function that looks at a new version before production traffic does: target health first, then the blueprint's
//! checks. What differs between engines is how it finds the new version and how it answers.

use crate::{
    blueprint::CHECK_PATIENCE_MS,
    cfn::{Function, Handle, LogGroup, PolicyDocument, Resource, Role, Statement, Text, Value},
    scripts::{HookCheck, HookSettings},
    stacks::{self, Canvas, EdgeParts, Site},
};

/// A function has at most fifteen minutes (facts 2.5).
const TIMEOUT_SECONDS: i64 = 900;

/// What an engine makes of it.
pub(super) struct Checks {
    /// Its name, where others name it.
    pub(super) name: Option<String>,
    /// What its role is for.
    pub(super) role: &'static str,
    /// How it finds the new version and answers.
    pub(super) statements: Vec<Statement>,
    /// Its code, for Python 3.13.
    pub(super) code: &'static str,
    /// Variables by which it finds the new version.
    pub(super) variables: Vec<(Text, Value)>,
}

/// Draws it, where there is a test listener.
pub(super) fn draw(
    canvas: &mut Canvas,
    site: Site<'_>,
    edge: &EdgeParts,
    checks: Checks,
) -> Option<Handle<Function>> {
    let balancer = site.service.balancer.as_ref()?;
    let test = balancer.test_traffic.as_ref()?;
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
    ];
    statements.extend(checks.statements);
    if edge.checks.is_some() {
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
            .description(checks.role)
            .assume_role_policy_document(PolicyDocument::trust("lambda.amazonaws.com", None))
            .permissions_boundary(stacks::boundary(site.resolved))
            .policies(Value::List(vec![stacks::policy("check-new-version", statements)])),
    );

    let import = |shared| canvas.template.import(shared);
    let mut variables = checks.variables;
    let scheme = if balancer.is_tested_by_https() { "https" } else { "http" };
    variables.push((
        HookSettings::TEST_URL.into(),
        Value::sub(
            "${scheme}://${DnsName}:${port}",
            [
                ("scheme", scheme.into()),
                ("DnsName", import(&edge.dns_name)),
                ("port", test.port.get().into()),
            ],
        ),
    ));
    let asked = serde_json::to_string(&requests(site)).expect("checks have only text for keys");
    variables.push((HookSettings::CHECKS.into(), asked.into()));
    let vpc = edge.checks.as_ref().map(|group| {
        Value::map([
            ("SubnetIds", site.network.private.within(canvas.template.key())),
            ("SecurityGroupIds", Value::List(vec![import(group)])),
        ])
    });
    Some(
        canvas.template.add(
            canvas.id("HookFunction"),
            Function::new()
                .function_name(checks.name.map(Value::from))
                .description(format!("Looks at a new version of {full} before production traffic does"))
                .runtime("python3.13")
                .architectures(Value::list(["arm64"]))
                .handler("index.handler")
                .timeout(Value::Int(TIMEOUT_SECONDS))
                .memory_size(256)
                .role(role.attribute(Role::ARN))
                .code(Value::map([("ZipFile", Value::from(checks.code))]))
                .environment(Value::map([("Variables", Value::Map(variables))]))
                .logging_config(Value::map([("LogGroup", logs.reference())]))
                .vpc_config(vpc),
        ),
    )
}

/// Reading how many tasks the service wants.
pub(super) fn read_service(site: Site<'_>) -> Statement {
    Statement::allow("ReadService", "The function finds out how many tasks the service wants.")
        .actions(["ecs:DescribeServices"])
        .on(Value::sub(
            "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:service/${cluster}/${name}",
            [("cluster", site.names().base().into()), ("name", site.service.name.to_string().into())],
        ))
}

/// Reading the health of targets, which has no resource.
pub(super) fn read_target_health(actions: [&'static str; 3]) -> Statement {
    Statement::allow(
        "ReadTargetHealth",
        "The function waits until the targets of the new version are healthy.",
    )
    .actions(actions)
    .on_everything("describing load balancers has no resource")
}

/// The checks as the function reads them.
fn requests(site: Site<'_>) -> Vec<HookCheck> {
    let service = &site.service.service;
    let one = |(name, check): (&crate::blueprint::units::EntryName, &crate::blueprint::Check)| {
        let (method, path) = match (&check.get, &check.post) {
            (Some(path), _) => ("GET", path.as_str()),
            (None, Some(path)) => ("POST", path.as_str()),
            (None, None) => ("GET", "/"),
        };
        let mut headers = check.headers.clone();
        // The function asks the load balancer by its own name; the application may expect its host's.
        if let Some(host) = service.http.as_ref().and_then(|http| http.host.as_ref()) {
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
