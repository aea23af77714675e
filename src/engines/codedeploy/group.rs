use crate::{
    blueprint::{
        RollbackEvent, Strategy,
        units::{Minutes, Share},
    },
    cfn::{Alarm, CodeDeployApplication, DeploymentConfig, DeploymentGroup, Handle, Resource, Role, Value},
    engines::watched::watched,
    stacks::{Canvas, EdgeParts, ServiceParts, Site},
};

/// The configurations that CodeDeploy has already, by percent and minutes (facts 2.3).
const PREDEFINED: [(Strategy, &str); 4] = [
    (canary(10, 5), "CodeDeployDefault.ECSCanary10Percent5Minutes"),
    (canary(10, 15), "CodeDeployDefault.ECSCanary10Percent15Minutes"),
    (linear(10, 1), "CodeDeployDefault.ECSLinear10PercentEvery1Minutes"),
    (linear(10, 3), "CodeDeployDefault.ECSLinear10PercentEvery3Minutes"),
];

const fn canary(percent: u8, minutes: u32) -> Strategy {
    Strategy::Canary { percent: Share::whole(percent), wait: Minutes::new(minutes) }
}

const fn linear(percent: u8, minutes: u32) -> Strategy {
    Strategy::Linear { percent: Share::whole(percent), wait: Minutes::new(minutes) }
}

/// Draws application, configuration and group.
pub(super) fn draw(
    canvas: &mut Canvas,
    site: Site<'_>,
    parts: &ServiceParts<'_>,
    edge: &EdgeParts,
    role: &Handle<Role>,
) {
    let deploy = &site.service.service.deploy;
    let full = site.full_name();
    let application = canvas.template.add(
        canvas.id("DeploymentApplication"),
        CodeDeployApplication::new().application_name(full.clone()).compute_platform("ECS"),
    );
    let config = configuration(canvas, site);

    let ready = match deploy.approve {
        Some(approve) => Value::map([
            ("ActionOnTimeout", Value::from("STOP_DEPLOYMENT")),
            ("WaitTimeInMinutes", approve.timeout.minutes().into()),
        ]),
        None => Value::map([
            ("ActionOnTimeout", Value::from("CONTINUE_DEPLOYMENT")),
            ("WaitTimeInMinutes", 0.into()),
        ]),
    };
    let route = |listener: Value| Value::map([("ListenerArns", Value::List(vec![listener]))]);
    let name = |group: Value| Value::map([("Name", group)]);
    let production = canvas.template.import(&edge.production);
    let groups = edge.colors().map(|(_, group)| name(canvas.template.import(&group.name))).collect();
    let mut pair =
        vec![("TargetGroups".into(), Value::List(groups)), ("ProdTrafficRoute".into(), route(production))];
    if let Some(test) = &edge.test {
        pair.push(("TestTrafficRoute".into(), route(canvas.template.import(test))));
    }

    let events: Vec<Value> = deploy
        .rollback
        .on
        .iter()
        .map(|event| match event {
            RollbackEvent::Failure => "DEPLOYMENT_FAILURE",
            RollbackEvent::Alarm => "DEPLOYMENT_STOP_ON_ALARM",
            RollbackEvent::Stop => "DEPLOYMENT_STOP_ON_REQUEST",
        })
        .map(Value::from)
        .collect();
    let rollback = if events.is_empty() {
        Value::map([("Enabled", false.into())])
    } else {
        Value::map([("Enabled", Value::from(true)), ("Events", Value::List(events))])
    };

    let triggers = site.cluster.releases.as_ref().map(|topic| {
        let topic = canvas.template.import(topic);
        Value::List(vec![Value::map([
            ("TriggerName", Value::from("releases")),
            ("TriggerTargetArn", topic),
            (
                "TriggerEvents",
                Value::list([
                    "DeploymentStart",
                    "DeploymentSuccess",
                    "DeploymentFailure",
                    "DeploymentStop",
                    "DeploymentRollback",
                    "DeploymentReady",
                ]),
            ),
        ])])
    });

    canvas.deny("AWS::CodeDeploy::DeploymentGroup");
    let group = DeploymentGroup::new()
        .application_name(application.reference())
        .deployment_group_name(full)
        .service_role_arn(role.attribute(Role::ARN))
        .deployment_config_name(config)
        .deployment_style(Value::map([
            ("DeploymentType", Value::from("BLUE_GREEN")),
            ("DeploymentOption", "WITH_TRAFFIC_CONTROL".into()),
        ]))
        .blue_green_deployment_configuration(Value::map([
            ("DeploymentReadyOption", ready),
            (
                "TerminateBlueInstancesOnDeploymentSuccess",
                Value::map([
                    ("Action", Value::from("TERMINATE")),
                    ("TerminationWaitTimeInMinutes", deploy.keep_old.minutes().into()),
                ]),
            ),
        ]))
        .ecs_services(Value::List(vec![Value::map([
            ("ClusterName", parts.cluster.clone()),
            ("ServiceName", parts.service.attribute(crate::cfn::Service::NAME)),
        ])]))
        .load_balancer_info(Value::map([("TargetGroupPairInfoList", Value::List(vec![Value::Map(pair)]))]))
        .auto_rollback_configuration(rollback)
        .alarm_configuration(alarm_configuration(site, parts.alarms))
        .trigger_configurations(triggers);
    canvas.template.add(canvas.id("DeploymentGroup"), group);
}

/// The alarms that stop a deployment.
fn alarm_configuration(site: Site<'_>, alarms: &[(String, Handle<Alarm>)]) -> Option<Value> {
    let names: Vec<Value> =
        watched(site, alarms).into_iter().map(|name| Value::map([("Name", name)])).collect();
    (!names.is_empty()).then(|| {
        Value::map([
            ("Enabled", Value::from(true)),
            // Without a look at its alarms a deployment stops rather than goes on blind.
            ("IgnorePollAlarmFailure", false.into()),
            ("Alarms", Value::List(names)),
        ])
    })
}

/// The configuration's name: one that CodeDeploy has, or one of our own, which carries its numbers because a configuration
/// cannot be changed under its name (facts 1.5.5).
fn configuration(canvas: &mut Canvas, site: Site<'_>) -> Value {
    let strategy = site.service.service.deploy.strategy;
    if let Some((_, name)) = PREDEFINED.iter().find(|(known, _)| *known == strategy) {
        return (*name).into();
    }
    let (kind, percent, wait, routing) = match strategy {
        // Rolling is refused for this engine (BG182); whoever draws it all the same gets something that draws.
        Strategy::AllAtOnce {} | Strategy::Rolling(_) => return "CodeDeployDefault.ECSAllAtOnce".into(),
        Strategy::Canary { percent, wait } => (
            "canary",
            percent,
            wait,
            Value::map([
                ("Type", Value::from("TimeBasedCanary")),
                (
                    "TimeBasedCanary",
                    Value::map([
                        ("CanaryPercentage", Value::from(percent.percent())),
                        ("CanaryInterval", wait.minutes().into()),
                    ]),
                ),
            ]),
        ),
        Strategy::Linear { percent, wait } => (
            "linear",
            percent,
            wait,
            Value::map([
                ("Type", Value::from("TimeBasedLinear")),
                (
                    "TimeBasedLinear",
                    Value::map([
                        ("LinearPercentage", Value::from(percent.percent())),
                        ("LinearInterval", wait.minutes().into()),
                    ]),
                ),
            ]),
        ),
    };
    let name = format!("{}-{kind}-{percent}-{}m", site.full_name(), wait.minutes());
    let config = canvas.template.add(
        canvas.id("DeploymentConfig"),
        DeploymentConfig::new()
            .deployment_config_name(name)
            .compute_platform("ECS")
            .traffic_routing_config(routing)
            .because("Its name carries its numbers: CodeDeploy has no way to change a configuration."),
    );
    config.reference()
}
