use crate::{
    blueprint::{FailureUnit, OldTasks, Rolling, Strategy},
    cfn::{Handle, Role, Service, Text, Value},
    engines::watched::watched,
    stacks::{Canvas, EdgeParts, ServiceParts, Site},
};

/// Tells the service which rules or listeners move between which target groups. Blue stays the first of the two for ever: which one is
/// idle, ECS knows (facts 4.3).
pub(super) fn move_traffic(
    canvas: &mut Canvas,
    service: &Handle<Service>,
    edge: &EdgeParts,
    role: &Handle<Role>,
) {
    let import = |shared| canvas.template.import(shared);
    let mut settings: Vec<(Text, Value)> = Vec::new();
    if let Some(green) = &edge.green {
        settings.push(("AlternateTargetGroupArn".into(), import(&green.arn)));
    }
    // The listener itself where there is no rule (facts 4.3).
    if let Some((production, test)) = edge.moved_by_ecs() {
        settings.push(("ProductionListenerRule".into(), import(production)));
        if let Some(test) = test {
            settings.push(("TestListenerRule".into(), import(test)));
        }
    }
    settings.push(("RoleArn".into(), role.attribute(Role::ARN)));
    let draft = canvas.template.draft_of(service);
    let balancers = draft.properties.iter_mut().find(|(name, _)| name == "LoadBalancers");
    if let Some((_, Value::List(balancers))) = balancers {
        for balancer in balancers {
            if let Value::Map(pairs) = balancer {
                pairs.push(("AdvancedConfiguration".into(), Value::Map(settings.clone())));
            }
        }
    }
}

/// `DeploymentConfiguration`: how the service is replaced, what is watched, who is asked.
pub(super) fn configuration(site: Site<'_>, parts: &ServiceParts<'_>, hooks: Option<Value>) -> Value {
    let deploy = &site.service.service.deploy;
    let offer = deploy.engine.abilities().offer(deploy.strategy.kind());
    let mut pairs: Vec<(Text, Value)> = Vec::new();
    if let Some(offer) = offer {
        pairs.push(("Strategy".into(), offer.aws.into()));
    }
    match deploy.strategy {
        Strategy::AllAtOnce {} => {}
        Strategy::Canary { percent, wait } => pairs.push((
            "CanaryConfiguration".into(),
            Value::map([
                ("CanaryPercent", Value::from(percent.percent())),
                ("CanaryBakeTimeInMinutes", wait.minutes().into()),
            ]),
        )),
        Strategy::Linear { percent, wait } => pairs.push((
            "LinearConfiguration".into(),
            Value::map([
                ("StepPercent", Value::from(percent.percent())),
                ("StepBakeTimeInMinutes", wait.minutes().into()),
            ]),
        )),
        Strategy::Rolling(rolling) => pairs.extend(replace(&rolling)),
    }
    let bake = match deploy.strategy {
        Strategy::Rolling(rolling) => rolling.watch.minutes(),
        _ => deploy.keep_old.minutes(),
    };
    pairs.push(("BakeTimeInMinutes".into(), bake.into()));
    pairs.extend(alarms(site, parts));
    if let Some(hooks) = hooks {
        pairs.push(("LifecycleHooks".into(), hooks));
    }
    Value::Map(pairs)
}

/// How a service that is replaced a few tasks at a time is deployed, whoever moves traffic to it, and what is watched.
pub(in crate::engines) fn rolling(site: Site<'_>, parts: &ServiceParts<'_>, rolling: &Rolling) -> Value {
    let mut pairs: Vec<(Text, Value)> = vec![("Strategy".into(), "ROLLING".into())];
    pairs.extend(replace(rolling));
    pairs.push(("BakeTimeInMinutes".into(), rolling.watch.minutes().into()));
    pairs.extend(alarms(site, parts));
    Value::Map(pairs)
}

fn alarms(site: Site<'_>, parts: &ServiceParts<'_>) -> Option<(Text, Value)> {
    let alarms = watched(site, parts.alarms);
    (!alarms.is_empty()).then(|| {
        let settings = Value::map([
            ("AlarmNames", Value::List(alarms)),
            ("Enable", true.into()),
            ("Rollback", true.into()),
        ]);
        ("Alarms".into(), settings)
    })
}

/// How a rolling update replaces tasks. The circuit breaker is documented for it alone (facts 4.2).
fn replace(rolling: &Rolling) -> Vec<(Text, Value)> {
    let breaker = rolling.circuit_breaker;
    let unit = match breaker.unit {
        FailureUnit::BoundedPercent => "BOUNDED_PERCENT",
        FailureUnit::UnboundedPercent => "UNBOUNDED_PERCENT",
        FailureUnit::Count => "COUNT",
    };
    let mut pairs: Vec<(Text, Value)> = vec![
        ("MinimumHealthyPercent".into(), rolling.minimum.into()),
        ("MaximumPercent".into(), rolling.maximum.into()),
        (
            "DeploymentCircuitBreaker".into(),
            Value::map([
                ("Enable", Value::from(true)),
                ("Rollback", true.into()),
                ("ResetOnHealthyTask", breaker.reset_on_healthy_task.into()),
                (
                    "ThresholdConfiguration",
                    Value::map([("Type", Value::from(unit)), ("Value", breaker.threshold.into())]),
                ),
            ]),
        ),
    ];
    if let Some(early) = rolling.early_success {
        let cleanup = match early.old_tasks {
            OldTasks::GoFirst => "BLOCKING",
            OldTasks::GoLater => "DEFERRED",
        };
        pairs.push((
            "EarlySuccessCriteria".into(),
            Value::map([
                ("Enable", Value::from(true)),
                ("HealthyPercent", early.healthy.into()),
                ("SourceServiceRevisionCleanup", cleanup.into()),
            ]),
        ));
    }
    pairs
}
