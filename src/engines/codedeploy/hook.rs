use crate::{
    blueprint::{
        self, Engine,
        units::{FunctionName, ServiceName},
    },
    cfn::{Statement, Value},
    engines::checks::{self, Checks},
    scripts::{HOOK_CODE, HookSettings},
    stacks::{Canvas, EdgeParts, Names, ServiceParts, Site},
};

/// The function's name: fixed, because `appspec.yaml` and CodeDeploy's role name it, and starting the way the managed
/// policies of AWS expect.
pub(in crate::engines) fn function_name(full_name: &str) -> String {
    let prefix = Engine::Codedeploy.abilities().function_prefix.unwrap_or_default();
    format!("{prefix}{full_name}")
}

/// The function's ARN, before it is drawn.
pub(super) fn function_arn(site: Site<'_>) -> Value {
    Value::sub(
        "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${name}",
        [("name", function_name(&site.full_name()).into())],
    )
}

/// The functions that CodeDeploy calls, by event: people's own, and bluegreen's where there is a test listener.
pub(in crate::engines) fn functions(
    names: Names<'_>,
    name: &ServiceName,
    service: &blueprint::Service,
) -> Vec<(&'static str, String)> {
    let deploy = &service.deploy;
    let own = |function: &Option<FunctionName>| function.as_ref().map(ToString::to_string);
    let check = deploy.test_traffic.is_some().then(|| function_name(&names.service(name)));
    [
        ("BeforeInstall", own(&deploy.hooks.before_install)),
        ("AfterInstall", own(&deploy.hooks.after_install)),
        ("AfterAllowTestTraffic", check),
        ("BeforeAllowTraffic", own(&deploy.hooks.before_traffic)),
        ("AfterAllowTraffic", own(&deploy.hooks.after_traffic)),
    ]
    .into_iter()
    .filter_map(|(event, function)| Some((event, function?)))
    .collect()
}

/// Draws the function that looks at green before production does.
///
/// CodeDeploy itself never looks at target health, and with all at once ELB does only after production has moved (domain
/// facts 1.5.5, 9.2).
pub(super) fn draw(canvas: &mut Canvas, site: Site<'_>, parts: &ServiceParts<'_>, edge: &EdgeParts) {
    let statements = vec![
        Statement::allow("ReadDeployment", "The function finds out which task set a deployment started.")
            .actions(["codedeploy:GetDeploymentTarget"])
            .on_everything("AWS lists no resource for codedeploy:GetDeploymentTarget"),
        Statement::allow("AnswerDeployment", "The function answers CodeDeploy whether the new version is good; without an answer the deployment waits an hour and fails.")
            .actions(["codedeploy:PutLifecycleEventHookExecutionStatus"])
            .on(group_arn(site)),
        checks::read_target_health([
            "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetHealth",
        ]),
    ];
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
    if let Some(listener) = &edge.test {
        variables.push((HookSettings::TEST_LISTENER.into(), canvas.template.import(listener)));
    }
    let role = "Lets the deployment hook look at the new version and answer CodeDeploy";
    let name = Some(function_name(&site.full_name()));
    checks::draw(canvas, site, edge, Checks { name, role, statements, code: HOOK_CODE, variables });
}

fn group_arn(site: Site<'_>) -> Value {
    Value::sub(
        "arn:${AWS::Partition}:codedeploy:${AWS::Region}:${AWS::AccountId}:deploymentgroup:${name}/${name}",
        [("name", site.full_name().into())],
    )
}
