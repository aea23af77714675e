use crate::{
    cfn::{Function, PolicyDocument, Role, Statement, Value, pseudo},
    engines::checks::{self, Checks},
    scripts::{ECS_HOOK_CODE, HookSettings},
    stacks::{self, Canvas, ServiceParts, Site},
};

/// The stage after which somebody looks at the new version and says go: test traffic is on it. Production traffic comes
/// later, and the stage before that repeats with every step (facts 4.4).
const TESTED: &str = "POST_TEST_TRAFFIC_SHIFT";
/// The same without test traffic.
const STARTED: &str = "POST_SCALE_UP";

/// Draws what a deployment asks on its way, and answers the list of it: bluegreen's own function, functions of others, and
/// the hold for approval. Nothing for a rolling update, which has no such stages, and nothing where there is nothing to ask.
///
/// The placeholder answers no check and is nobody's to approve, so nothing is asked about it.
pub(super) fn draw(canvas: &mut Canvas, site: Site<'_>, parts: &ServiceParts<'_>) -> Option<Value> {
    let deploy = &site.service.service.deploy;
    if !deploy.strategy.kind().has_two_versions() {
        return None;
    }
    let abilities = deploy.engine.abilities();
    let own = own(canvas, site, parts);
    let others = [
        ("before_install", &deploy.hooks.before_install),
        ("after_install", &deploy.hooks.after_install),
        ("before_traffic", &deploy.hooks.before_traffic),
        ("after_traffic", &deploy.hooks.after_traffic),
    ];
    let mut functions: Vec<(&'static str, Value)> = Vec::new();
    for (key, function) in others {
        let event = abilities.event(key).map(|hook| hook.event);
        if let (Some(event), Some(function)) = (event, function) {
            functions.push((event, function.to_string().into()));
        }
    }
    if let Some(function) = own {
        functions.push((abilities.event("checks").map_or(TESTED, |hook| hook.event), function));
    }
    let mut hooks = Vec::new();
    if !functions.is_empty() {
        let role = caller(canvas, site, &functions);
        for (event, function) in functions {
            hooks.push(Value::map([
                ("TargetType", Value::from("AWS_LAMBDA")),
                ("HookTargetArn", function),
                ("RoleArn", role.clone()),
                ("LifecycleStages", Value::list([event])),
                ("TimeoutConfiguration", timeout(abilities.hook_minutes)),
            ]));
        }
    }
    if let Some(approve) = deploy.approve {
        let stage = if deploy.test_traffic.is_some() { TESTED } else { STARTED };
        hooks.push(Value::map([
            ("TargetType", Value::from("PAUSE")),
            ("LifecycleStages", Value::list([stage])),
            ("TimeoutConfiguration", timeout(approve.timeout.minutes())),
        ]));
    }
    if hooks.is_empty() {
        return None;
    }
    let hooks = Value::List(hooks);
    Some(match parts.has_image {
        Some(has_image) => Value::when(has_image.clone(), hooks, pseudo::no_value()),
        None => hooks,
    })
}

fn timeout(minutes: u32) -> Value {
    Value::map([("TimeoutInMinutes", Value::from(minutes)), ("Action", "ROLLBACK".into())])
}

/// bluegreen's own function. It finds the new version by the rule of test traffic, which is on it by then.
fn own(canvas: &mut Canvas, site: Site<'_>, parts: &ServiceParts<'_>) -> Option<Value> {
    let rule = canvas.template.import(parts.edge?.rules.as_ref()?.test.as_ref()?);
    let base = site.names().base();
    let name = site.service.name.to_string();
    let statements = vec![
        checks::read_service(site),
        checks::read_target_health([
            "elasticloadbalancing:DescribeRules",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetHealth",
        ]),
    ];
    // By name and not by reference: the service names the function, so the function must not wait for the service.
    let variables = vec![
        (HookSettings::TARGET.into(), format!("{base}:{name}").into()),
        (HookSettings::TEST_RULE.into(), rule),
    ];
    let role = "Lets the deployment hook look at the new version";
    let function = checks::draw(
        canvas,
        site,
        parts.edge?,
        Checks { name: None, role, statements, code: ECS_HOOK_CODE, variables },
    )?;
    Some(function.attribute(Function::ARN))
}

/// The role by which ECS calls the functions.
fn caller(canvas: &mut Canvas, site: Site<'_>, functions: &[(&'static str, Value)]) -> Value {
    let mut call = Statement::allow("CallHooks", "ECS calls these functions at the stages of a deployment.")
        .actions(["lambda:InvokeFunction"]);
    for (_, function) in functions {
        call = call.on(function.clone());
        call = call.on(Value::sub("${Function}:*", [("Function", function.clone())]));
    }
    let role = canvas.template.add(
        canvas.id("HookCallerRole"),
        Role::new()
            .description("Lets ECS call the functions that look at a deployment")
            .assume_role_policy_document(PolicyDocument::plain_trust("ecs.amazonaws.com"))
            .permissions_boundary(stacks::boundary(site.resolved))
            .policies(Value::List(vec![stacks::policy("call-hooks", vec![call])])),
    );
    role.attribute(Role::ARN)
}
