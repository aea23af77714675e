use super::{Canvas, Site, edge::EdgeParts, task::TaskParts};
use crate::{
    blueprint::{Count, Scaling},
    cfn::{Handle, ScalableTarget, ScalingPolicy, Service, Value},
};

/// Draws what scales the service. Answers the scalable target, so that a deployment can suspend it.
pub(super) fn scaling(
    canvas: &mut Canvas,
    site: Site<'_>,
    edge: Option<&EdgeParts>,
    task: &TaskParts,
    service: &Handle<Service>,
) -> Option<Handle<ScalableTarget>> {
    let Count::Scaled(scaling) = &site.service.service.count else { return None };
    // Nothing to keep alive before the first release, and in a color that is idle.
    let capacity = |number: u32| match (&task.is_released, &task.idle) {
        (Some(is_released), _) => Value::when(is_released.clone(), number, 0),
        (None, Some(idle)) => Value::when(idle.is_idle.clone(), 0, number),
        (None, None) => number.into(),
    };
    // Without tasks there is nothing that could scale out; a color that a release starts must not meet a limit of 0.
    let most = |number: u32| if task.idle.is_some() { number.into() } else { capacity(number) };
    let schedule = scaling.schedule.iter().map(|(name, schedule)| {
        Value::map([
            ("ScheduledActionName", Value::from(name.to_string())),
            ("Schedule", format!("cron({})", schedule.cron).into()),
            ("Timezone", schedule.timezone.clone().into()),
            (
                "ScalableTargetAction",
                Value::map([
                    ("MinCapacity", capacity(schedule.range.min)),
                    ("MaxCapacity", most(schedule.range.max)),
                ]),
            ),
        ])
    });
    let schedule: Vec<Value> = schedule.collect();
    let target = canvas.template.add(
        canvas.id("ScalableTarget"),
        ScalableTarget::new()
            .service_namespace("ecs")
            .scalable_dimension("ecs:service:DesiredCount")
            .resource_id(Value::sub(
                "service/${cluster}/${service}",
                [("cluster", site.names().cluster().into()), ("service", service.attribute(Service::NAME))],
            ))
            .min_capacity(capacity(scaling.range.min))
            .max_capacity(most(scaling.range.max))
            .scheduled_actions((!schedule.is_empty()).then_some(Value::List(schedule))),
    );
    for (name, metric, target_value) in [
        ("Cpu", "ECSServiceAverageCPUUtilization", scaling.cpu_percentage),
        ("Memory", "ECSServiceAverageMemoryUtilization", scaling.memory_percentage),
    ] {
        let Some(percent) = target_value else { continue };
        let specification =
            ("PredefinedMetricSpecification", Value::map([("PredefinedMetricType", Value::from(metric))]));
        policy(canvas, site, &target, scaling, name, percent.get().into(), specification);
    }
    if let (Some(requests), Some(edge)) = (scaling.requests, edge) {
        let specification = ("CustomizedMetricSpecification", requests_per_task(canvas, edge));
        policy(canvas, site, &target, scaling, "Requests", requests.into(), specification);
    }
    Some(target)
}

fn policy(
    canvas: &mut Canvas,
    site: Site<'_>,
    target: &Handle<ScalableTarget>,
    scaling: &Scaling,
    name: &str,
    value: Value,
    specification: (&'static str, Value),
) {
    canvas.template.add(
        canvas.id(&format!("ScaleBy{name}")),
        ScalingPolicy::new()
            .policy_name(format!("{}-{}", site.full_name(), name.to_lowercase()))
            .policy_type("TargetTrackingScaling")
            .scaling_target_id(target.reference())
            .target_tracking_scaling_policy_configuration(Value::map([
                specification,
                ("TargetValue", value),
                ("ScaleOutCooldown", scaling.scale_out_cooldown.seconds().into()),
                ("ScaleInCooldown", scaling.scale_in_cooldown.seconds().into()),
            ])),
    );
}

/// Requests a task serves, counted over both target groups where there are two: the predefined metric is bound to one, and
/// blind after every second release (facts 4.10).
fn requests_per_task(canvas: &Canvas, edge: &EdgeParts) -> Value {
    let load_balancer = canvas.template.import(&edge.load_balancer);
    let query = |id: &'static str, full_name: Value| {
        Value::map([
            ("Id", Value::from(id)),
            ("ReturnData", false.into()),
            (
                "MetricStat",
                Value::map([
                    ("Metric", edge.metric(load_balancer.clone(), Some(full_name), "RequestCountPerTarget")),
                    ("Stat", "Sum".into()),
                ]),
            ),
        ])
    };
    let mut metrics: Vec<Value> =
        edge.colors().map(|(color, group)| query(color, canvas.template.import(&group.full_name))).collect();
    let sum: Vec<String> = edge.colors().map(|(color, _)| format!("FILL({color}, 0)")).collect();
    let (id, label) =
        if edge.is_alone() { ("all", "Requests a task") } else { ("both", "Requests a task, both colors") };
    metrics.push(Value::map([
        ("Id", Value::from(id)),
        ("Label", label.into()),
        ("Expression", sum.join(" + ").into()),
        ("ReturnData", true.into()),
    ]));
    Value::map([("Metrics", Value::List(metrics))])
}
