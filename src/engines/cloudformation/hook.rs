use crate::{
    blueprint::{Strategy, units::Share},
    cfn::{Function, Handle, Hook, Role, Statement, Text, Value},
    engines::{
        checks::{self, Checks},
        codedeploy::hook::function_name,
    },
    scripts::{CLOUDFORMATION_HOOK_CODE, HookSettings},
    stacks::{Canvas, ServiceParts, Site, TASK_SET},
};

const HOOK: &str = "BlueGreenHook";
/// What the transform calls the resources of the other color.
const GREEN: &str = "Green";

/// Draws bluegreen's own function, which finds the new version by the test listener.
pub(super) fn function(
    canvas: &mut Canvas,
    site: Site<'_>,
    parts: &ServiceParts<'_>,
) -> Option<Handle<Function>> {
    let listener = canvas.template.import(parts.edge?.test.as_ref()?);
    let base = site.names().base();
    let name = site.service.name.to_string();
    let statements = vec![
        checks::read_service(site),
        Statement::allow(
            "AnswerDeployment",
            "The function answers CodeDeploy whether the new version is good; without an answer the deployment waits an hour and fails.",
        )
        .actions(["codedeploy:PutLifecycleEventHookExecutionStatus"])
        .on(Value::sub(
            "arn:${AWS::Partition}:codedeploy:${AWS::Region}:${AWS::AccountId}:deploymentgroup:*/*",
            [],
        )
        .noted("a deployment of CloudFormation has no group of its own")),
        checks::read_target_health([
            "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetHealth",
        ]),
    ];
    let variables = vec![
        (HookSettings::TARGET.into(), format!("{base}:{name}").into()),
        (HookSettings::TEST_LISTENER.into(), listener),
    ];
    checks::draw(
        canvas,
        site,
        parts.edge?,
        Checks {
            name: Some(function_name(&site.full_name())),
            role: "Lets the deployment hook look at the new version and answer CodeDeploy",
            statements,
            code: CLOUDFORMATION_HOOK_CODE,
            variables,
        },
    )
}

/// Draws transform and hook.
pub(super) fn draw(
    canvas: &mut Canvas,
    site: Site<'_>,
    parts: &ServiceParts<'_>,
    role: &Handle<Role>,
    functions: &[(&'static str, String)],
) {
    let deploy = &site.service.service.deploy;
    let listener = |id: &'static str| {
        Value::map([("Type", Value::from("AWS::ElasticLoadBalancingV2::Listener")), ("LogicalID", id.into())])
    };
    let colors = |blue: Text| Value::list([blue.to_string(), format!("{blue}{GREEN}")]);
    let mut routing: Vec<(Text, Value)> = vec![("ProdTrafficRoute".into(), listener("ProductionListener"))];
    if parts.edge.is_some_and(|edge| edge.test.is_some()) {
        routing.push(("TestTrafficRoute".into(), listener("TestListener")));
    }
    routing.push(("TargetGroups".into(), Value::list(["BlueTargetGroup", "GreenTargetGroup"])));
    let application = Value::map([
        (
            "Target",
            Value::map([
                ("Type", Value::from("AWS::ECS::Service")),
                ("LogicalID", parts.service.id().into()),
            ]),
        ),
        (
            "ECSAttributes",
            Value::map([
                ("TaskDefinitions", colors(parts.definition.id())),
                ("TaskSets", colors(TASK_SET.into())),
                ("TrafficRouting", Value::Map(routing)),
            ]),
        ),
    ]);
    let mut properties: Vec<(Text, Value)> = vec![
        ("TrafficRoutingConfig".into(), shift(deploy.strategy)),
        (
            "AdditionalOptions".into(),
            Value::map([("TerminationWaitTimeInMinutes", Value::from(deploy.keep_old.minutes()))]),
        ),
    ];
    if !functions.is_empty() {
        let functions = functions.iter().map(|(event, function)| ((*event).into(), function.clone().into()));
        properties.push(("LifecycleEventHooks".into(), Value::Map(functions.collect())));
    }
    // By name: no function of a template is documented here.
    properties.push(("ServiceRole".into(), site.names().deployment_role(&site.service.name).into()));
    properties.push(("Applications".into(), Value::List(vec![application])));
    let hook = Hook {
        kind: "AWS::CodeDeploy::BlueGreen".into(),
        properties: Value::Map(properties),
        note: Some(
            "A release changes task definition and task set and nothing else: that starts a deployment. The green resources are made by the transform.".into(),
        ),
    };
    canvas.template.transforms.push("AWS::CodeDeployBlueGreen".into());
    canvas.template.hooks.insert(HOOK.into(), hook);
    canvas.template.draft_of(parts.service).depends_on.push(role.id());
}

fn shift(strategy: Strategy) -> Value {
    let steps = |kind: &'static str, percent: Share, minutes: u32| {
        Value::map([
            ("Type", Value::from(kind)),
            (
                kind,
                Value::map([
                    ("StepPercentage", Value::from(percent.percent())),
                    ("BakeTimeMins", minutes.into()),
                ]),
            ),
        ])
    };
    match strategy {
        // Rolling is refused for this engine (BG182); whoever draws it all the same gets something that draws.
        Strategy::AllAtOnce {} | Strategy::Rolling(_) => Value::map([("Type", Value::from("AllAtOnce"))]),
        Strategy::Canary { percent, wait } => steps("TimeBasedCanary", percent, wait.minutes()),
        Strategy::Linear { percent, wait } => steps("TimeBasedLinear", percent, wait.minutes()),
    }
}
