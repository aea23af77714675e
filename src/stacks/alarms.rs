use super::{
    Canvas, Site,
    edge::{self, EdgeParts},
    names::pascal,
};
use crate::{
    blueprint::{Alarm as Spec, Measure},
    cfn::{Alarm, Handle, Value},
};

/// Draws the alarms, by their names in the blueprint.
pub(super) fn alarms(canvas: &mut Canvas, site: Site<'_>, edge: &EdgeParts) -> Vec<(String, Handle<Alarm>)> {
    let actions = site.cluster.oncall.as_ref().map(|topic| Value::List(vec![canvas.template.import(topic)]));
    let specs: Vec<(String, Spec)> =
        site.service.service.alarms.iter().map(|(name, spec)| (name.to_string(), spec.clone())).collect();
    specs
        .into_iter()
        .map(|(name, spec)| {
            let plan = plan(&spec.measure);
            let metrics = metrics(canvas, edge, &plan, spec.over.seconds());
            let alarm = Alarm::new()
                .alarm_name(format!("{}-{name}", site.full_name()))
                .alarm_description(format!("{}: {}", site.full_name(), plan.description))
                .metrics(metrics)
                .comparison_operator("GreaterThanThreshold")
                .threshold(plan.threshold)
                .evaluation_periods(spec.of.unwrap_or(spec.times))
                .datapoints_to_alarm(spec.times)
                // The sums are filled with zeros, so what is missing is a quiet minute, not a bad one.
                .treat_missing_data("notBreaching")
                .alarm_actions(actions.clone())
                .ok_actions(actions.clone());
            let handle = canvas.template.add(canvas.id(&format!("{}Alarm", pascal(&name))), alarm);
            (name, handle)
        })
        .collect()
}

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
/// rate over both would show a canary of 10 percent that fails altogether as 10 percent (facts 10.2).
fn plan(measure: &Measure) -> Plan {
    const WORSE: &str = "MAX([blue, green])";
    const SUM: &str = "blue + green";
    let sum = |metric: &'static str| vec![("count", metric, "Sum".to_owned())];
    let filled = || "FILL({c}count, 0)".to_owned();
    match *measure {
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
    }
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
                        ("Metric", edge::metric(load_balancer.clone(), group.clone(), metric)),
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
