use super::{Canvas, Site, edge::EdgeParts, names::pascal, task::text_or_sub};
use crate::{
    blueprint::{Alarm as Spec, Forwards, Measure},
    cfn::{Alarm, Handle, Value},
};

/// Draws the alarms, by their names in the blueprint.
pub(super) fn alarms(
    canvas: &mut Canvas,
    site: Site<'_>,
    edge: Option<&EdgeParts>,
) -> Vec<(String, Handle<Alarm>)> {
    let actions = site.cluster.oncall.as_ref().map(|topic| Value::List(vec![canvas.template.import(topic)]));
    let specs: Vec<(String, Spec)> =
        site.service.service.alarms.iter().map(|(name, spec)| (name.to_string(), spec.clone())).collect();
    specs
        .into_iter()
        .filter_map(|(name, spec)| {
            let period = spec.over.seconds();
            let watched = match of_tasks(site, &spec.measure, period) {
                Some(watched) => watched,
                // Without a load balancer, an alarm on one is refused.
                None => {
                    let edge = edge?;
                    match edge.forwards {
                        Forwards::Requests => of_colors(canvas, edge, &plan(&spec.measure)?, period),
                        Forwards::Connections => of_connections(canvas, edge, &spec.measure, period)?,
                    }
                }
            };
            let alarm = Alarm::new()
                .alarm_name(format!("{}-{name}", site.full_name()))
                .alarm_description(format!("{}: {}", site.full_name(), watched.description))
                .metrics(watched.metrics)
                .comparison_operator(if watched.below { "LessThanThreshold" } else { "GreaterThanThreshold" })
                .threshold(watched.threshold)
                .evaluation_periods(spec.of.unwrap_or(spec.times))
                .datapoints_to_alarm(spec.times)
                // The sums are filled with zeros, so what is missing is a quiet minute, not a bad one.
                .treat_missing_data("notBreaching")
                .alarm_actions(actions.clone())
                .ok_actions(actions.clone());
            let handle = canvas.template.add(canvas.id(&format!("{}Alarm", pascal(&name))), alarm);
            Some((name, handle))
        })
        .collect()
}

/// What an alarm goes by.
struct Watched {
    description: String,
    threshold: f64,
    /// Whether less than the threshold is bad, and not more.
    below: bool,
    metrics: Value,
}

fn of_colors(canvas: &Canvas, edge: &EdgeParts, plan: &Plan, period: u32) -> Watched {
    Watched {
        description: plan.description.clone(),
        threshold: plan.threshold,
        below: false,
        metrics: metrics(canvas, edge, plan, period),
    }
}

/// What a Network Load Balancer counts: the health of each color's tasks, and of connections what belongs to no target group
/// (facts 10.9). Nothing for a measure of requests, which is refused.
fn of_connections(canvas: &Canvas, edge: &EdgeParts, measure: &Measure, period: u32) -> Option<Watched> {
    let (description, threshold, metric) = match *measure {
        Measure::UnhealthyTasks { above } => {
            let plan = Plan {
                description: format!("a color has more than {above} tasks that fail their health check"),
                threshold: above,
                // Whether a node counts the tasks of its own zone or all of them is documented nowhere; the most is right
                // for both.
                metrics: vec![("count", "UnHealthyHostCount", "Maximum".into())],
                per_color: "FILL({c}count, 0)".to_owned(),
                both: "MAX([blue, green])",
            };
            return Some(of_colors(canvas, edge, &plan, period));
        }
        Measure::ConnectionErrors { above } => {
            (format!("tasks reset more than {above} connections a period"), above, "TCP_Target_Reset_Count")
        }
        Measure::FailOpenRequests { above } => (
            format!(
                "more than {above} connections a period went to unhealthy tasks for want of healthy ones"
            ),
            above,
            "UnhealthyRoutingFlowCount",
        ),
        _ => return None,
    };
    let load_balancer = canvas.template.import(&edge.load_balancer);
    let query = Value::map([
        ("Id", Value::from("count")),
        ("ReturnData", false.into()),
        (
            "MetricStat",
            Value::map([
                ("Metric", edge.metric(load_balancer, None, metric)),
                ("Period", period.into()),
                ("Stat", "Sum".into()),
            ]),
        ),
    ]);
    let all = Value::map([
        ("Id", Value::from("all")),
        ("Label", "all of the load balancer".into()),
        ("ReturnData", true.into()),
        ("Expression", "FILL(count, 0)".into()),
    ]);
    Some(Watched { description, threshold, below: false, metrics: Value::List(vec![query, all]) })
}

/// What needs no load balancer: all tasks of the service, and metrics of one's own. Nothing for any other measure.
fn of_tasks(site: Site<'_>, measure: &Measure, period: u32) -> Option<Watched> {
    let service = || {
        vec![
            ("ClusterName".to_owned(), Value::from(site.names().base())),
            ("ServiceName".to_owned(), site.service.name.to_string().into()),
        ]
    };
    let query = |id: &'static str, namespace: &str, name: &str, dimensions, stat: &str, returned: bool| {
        let dimension =
            |(name, value): (String, Value)| Value::map([("Name", Value::from(name)), ("Value", value)]);
        let dimensions: Vec<(String, Value)> = dimensions;
        let mut metric =
            vec![("Namespace", Value::from(namespace.to_owned())), ("MetricName", name.to_owned().into())];
        if !dimensions.is_empty() {
            metric.push(("Dimensions", Value::List(dimensions.into_iter().map(dimension).collect())));
        }
        Value::map([
            ("Id", Value::from(id)),
            ("ReturnData", returned.into()),
            (
                "MetricStat",
                Value::map([
                    (
                        "Metric",
                        Value::Map(metric.into_iter().map(|(key, value)| (key.into(), value)).collect()),
                    ),
                    ("Period", period.into()),
                    ("Stat", stat.to_owned().into()),
                ]),
            ),
        ])
    };
    let usage = |what: &str, metric: &str, above: f64| Watched {
        description: format!(
            "tasks use more than {above} percent of their {what}, on average over all of them"
        ),
        threshold: above,
        below: false,
        metrics: Value::List(vec![query("usage", "AWS/ECS", metric, service(), "Average", true)]),
    };
    Some(match measure {
        Measure::CpuPercentage { above } => usage("CPU", "CPUUtilization", *above),
        Measure::MemoryPercentage { above } => usage("memory", "MemoryUtilization", *above),
        Measure::MissingTasks { above } => Watched {
            description: format!("more than {above} tasks that should run do not"),
            threshold: *above,
            below: false,
            metrics: Value::List(vec![
                query("desired", CONTAINER_INSIGHTS, "DesiredTaskCount", service(), "Average", false),
                query("running", CONTAINER_INSIGHTS, "RunningTaskCount", service(), "Average", false),
                Value::map([
                    ("Id", Value::from("missing")),
                    ("Label", "tasks that should run and do not".into()),
                    ("ReturnData", true.into()),
                    ("Expression", "FILL(desired, 0) - FILL(running, 0)".into()),
                ]),
            ]),
        },
        Measure::Metric(metric) => {
            let below = metric.above.is_none();
            let threshold = metric.above.or(metric.below).unwrap_or_default();
            let dimensions: Vec<(String, Value)> =
                metric.dimensions.iter().map(|(name, value)| (name.clone(), text_or_sub(value))).collect();
            let side = if below { "below" } else { "above" };
            Watched {
                description: format!("{} of {} is {side} {threshold}", metric.statistic, metric.name),
                threshold,
                below,
                metrics: Value::List(vec![query(
                    "metric",
                    &metric.namespace,
                    &metric.name,
                    dimensions,
                    &metric.statistic,
                    true,
                )]),
            }
        }
        _ => return None,
    })
}

/// Where Container Insights counts tasks (facts 10.8).
pub(super) const CONTAINER_INSIGHTS: &str = "ECS/ContainerInsights";

/// Metrics of one color, and how those of both become one number.
struct Plan {
    description: String,
    threshold: f64,
    /// Id, metric and statistic; one query for each color.
    metrics: Vec<(&'static str, &'static str, String)>,
    /// For one color, with `{c}` for the color.
    per_color: String,
    /// Over both, from `blue` and `green`.
    both: &'static str,
}

/// One number for both colors without hiding either: the worse of the two for rates and times, their sum for events. A
/// rate over both would show a canary of 10 percent that fails altogether as 10 percent (facts 10.2). Nothing for what is not of
/// a load balancer.
fn plan(measure: &Measure) -> Option<Plan> {
    const WORSE: &str = "MAX([blue, green])";
    const SUM: &str = "blue + green";
    let sum = |metric: &'static str| vec![("count", metric, "Sum".to_owned())];
    let filled = || "FILL({c}count, 0)".to_owned();
    Some(match *measure {
        Measure::Http5xx { above, percent_of_requests: false, .. } => Plan {
            description: format!("a color answered more than {above} requests a period with 5xx"),
            threshold: above,
            metrics: sum("HTTPCode_Target_5XX_Count"),
            per_color: filled(),
            both: WORSE,
        },
        Measure::Http5xx { above, percent_of_requests: true, minimum_requests } => Plan {
            description: format!("a color answered more than {above} percent of its requests with 5xx"),
            threshold: above,
            metrics: vec![
                ("errors", "HTTPCode_Target_5XX_Count", "Sum".into()),
                ("requests", "RequestCount", "Sum".into()),
            ],
            per_color: format!(
                "IF(FILL({{c}}requests, 0) >= {}, 100 * FILL({{c}}errors, 0) / FILL({{c}}requests, 1), 0)",
                minimum_requests.max(1)
            ),
            both: WORSE,
        },
        Measure::P50 { above, minimum_requests } => latency("p50", above, minimum_requests),
        Measure::P90 { above, minimum_requests } => latency("p90", above, minimum_requests),
        Measure::P95 { above, minimum_requests } => latency("p95", above, minimum_requests),
        Measure::P99 { above, minimum_requests } => latency("p99", above, minimum_requests),
        Measure::ConnectionErrors { above } => Plan {
            description: format!("tasks refused or dropped more than {above} connections a period"),
            threshold: above,
            metrics: sum("TargetConnectionErrorCount"),
            per_color: filled(),
            both: SUM,
        },
        Measure::UnhealthyTasks { above } => Plan {
            description: format!("a color has more than {above} tasks that fail their health check"),
            threshold: above,
            // Minimum: unhealthy as every node of the load balancer sees it (facts 10.1).
            metrics: vec![("count", "UnHealthyHostCount", "Minimum".into())],
            per_color: filled(),
            both: WORSE,
        },
        Measure::FailOpenRequests { above } => Plan {
            description: format!(
                "more than {above} requests a period went to unhealthy tasks for want of healthy ones"
            ),
            threshold: above,
            metrics: sum("UnhealthyRoutingRequestCount"),
            per_color: filled(),
            both: SUM,
        },
        _ => return None,
    })
}

fn latency(percentile: &'static str, above: crate::blueprint::units::Millis, minimum_requests: u32) -> Plan {
    Plan {
        description: format!("the {percentile} response time of a color is above {above}"),
        threshold: above.seconds(),
        metrics: vec![
            ("time", "TargetResponseTime", percentile.to_owned()),
            ("requests", "RequestCount", "Sum".into()),
        ],
        per_color: format!(
            "IF(FILL({{c}}requests, 0) >= {}, FILL({{c}}time, 0), 0)",
            minimum_requests.max(1)
        ),
        both: "MAX([blue, green])",
    }
}

fn metrics(canvas: &Canvas, edge: &EdgeParts, plan: &Plan, period: u32) -> Value {
    let load_balancer = canvas.template.import(&edge.load_balancer);
    // One target group is the answer by itself.
    let alone = edge.is_alone();
    let mut queries = Vec::new();
    for (color, group) in edge.colors() {
        let group = canvas.template.import(&group.full_name);
        for (id, metric, statistic) in &plan.metrics {
            queries.push(Value::map([
                ("Id", Value::from(format!("{color}{id}"))),
                ("ReturnData", false.into()),
                (
                    "MetricStat",
                    Value::map([
                        ("Metric", edge.metric(load_balancer.clone(), Some(group.clone()), metric)),
                        ("Period", period.into()),
                        ("Stat", statistic.clone().into()),
                    ]),
                ),
            ]));
        }
        queries.push(Value::map([
            ("Id", Value::from(color)),
            ("ReturnData", alone.into()),
            ("Expression", plan.per_color.replace("{c}", color).into()),
        ]));
    }
    if alone {
        return Value::List(queries);
    }
    queries.push(Value::map([
        ("Id", Value::from("both")),
        ("Label", "both colors".into()),
        ("ReturnData", true.into()),
        ("Expression", plan.both.into()),
    ]));
    Value::List(queries)
}
