use serde_json::{Value as Json, json};

use super::{
    Canvas, Site,
    alarms::CONTAINER_INSIGHTS,
    edge::{EdgeParts, namespace},
    names::Color,
};
use crate::{
    blueprint::{Forwards, engines::Colors},
    cfn::{Call, Dashboard, Value},
};

/// Draws one page on which both colors stand side by side.
pub(super) fn dashboard(
    canvas: &mut Canvas,
    site: Site<'_>,
    edge: Option<&EdgeParts>,
    alarms: &[(String, Value)],
) {
    let import = |shared| canvas.template.import(shared);
    let mut values = Vec::new();
    if let Some(edge) = edge {
        values.push(("LoadBalancer".into(), import(&edge.load_balancer)));
        values.extend(
            edge.colors()
                .map(|(color, group)| (super::names::pascal(color).into(), import(&group.full_name))),
        );
    }
    let text = text(widgets(site, edge, alarms));
    values.extend(alarms.iter().map(|(name, arn)| (alarm_variable(name).into(), arn.clone())));
    let body = Value::sub_all(&text, values);
    debug_assert!(matches!(body.as_call(), Some(Call::Sub(..))));
    canvas
        .template
        .add(canvas.id("Dashboard"), Dashboard::new().dashboard_name(site.full_name()).dashboard_body(body));
}

/// A line for each widget and for each of its metrics: JSON that fits on a screen.
fn text(widgets: Vec<Json>) -> String {
    let mut out = String::from("{\"widgets\": [\n");
    let last = widgets.len() - 1;
    for (at, mut widget) in widgets.into_iter().enumerate() {
        let rows = widget["properties"].as_object_mut().and_then(|properties| {
            let key = ["metrics", "alarms"].into_iter().find(|key| properties.contains_key(*key))?;
            properties.shift_remove(key).map(|rows| (key, rows))
        });
        let line = widget.to_string();
        out.push_str(line.strip_suffix("}}").unwrap_or(&line));
        if let Some((key, rows)) = rows {
            let rows: Vec<String> =
                rows.as_array().into_iter().flatten().map(|row| format!("  {row}")).collect();
            out.push_str(&format!(",\"{key}\":[\n{}]", rows.join(",\n")));
        }
        out.push_str(if at < last { "}},\n" } else { "}}\n" });
    }
    out.push_str("]}\n");
    out
}

fn alarm_variable(name: &str) -> String {
    format!("{}AlarmArn", super::names::pascal(name))
}

fn graph(title: &str, x: u32, y: u32, metrics: Json) -> Json {
    json!({
        "type": "metric", "x": x, "y": y, "width": 8, "height": 6,
        "properties": {"title": title, "region": "${AWS::Region}", "period": 60, "metrics": metrics},
    })
}

fn widgets(site: Site<'_>, edge: Option<&EdgeParts>, alarms: &[(String, Value)]) -> Vec<Json> {
    let mut widgets = edge
        .map(|edge| match edge.forwards {
            Forwards::Requests => requests(edge),
            Forwards::Connections => connections(edge),
        })
        .unwrap_or_default();
    let y = if edge.is_some() { 12 } else { 0 };
    let averaged = if edge.is_some_and(|edge| edge.green.is_some()) { "both colors" } else { "all tasks" };
    let of = |namespace: &str, metric: &str, color: Option<Color>, label: &str| json!([namespace, metric, "ClusterName", site.names().of(color).cluster(), "ServiceName", site.service.name.as_str(), {"stat": "Average", "label": label}]);
    let ecs = |metric: &str| match site.service.service.deploy.engine.abilities().colors {
        Colors::Together => json!([of("AWS/ECS", metric, None, averaged)]),
        Colors::Apart => json!(Color::BOTH.map(|color| of("AWS/ECS", metric, Some(color), color.word()))),
    };
    widgets.push(graph("CPU", 0, y, ecs("CPUUtilization")));
    widgets.push(graph("Memory", 8, y, ecs("MemoryUtilization")));
    let mut next = y;
    if edge.is_none() {
        let count = |metric: &str, label: &str| of(CONTAINER_INSIGHTS, metric, None, label);
        let counts = json!([count("DesiredTaskCount", "wanted"), count("RunningTaskCount", "running")]);
        widgets.push(graph("Tasks", 16, y, counts));
        next += 6;
    }
    let arns: Vec<String> = alarms.iter().map(|(name, _)| format!("${{{}}}", alarm_variable(name))).collect();
    if !arns.is_empty() {
        let x = if edge.is_some() { 16 } else { 0 };
        widgets.push(json!({
            "type": "alarm", "x": x, "y": next, "width": 8, "height": 6,
            "properties": {"title": "Alarms", "alarms": arns},
        }));
    }
    widgets
}

/// A metric of each color.
fn both(edge: &EdgeParts, metric: &str, stat: &str) -> Json {
    let elb = |color: &str| {
        let label = color.to_lowercase();
        let shade = if color == "Blue" { "#1f77b4" } else { "#2ca02c" };
        json!([namespace(edge.forwards), metric, "LoadBalancer", "${LoadBalancer}", "TargetGroup", format!("${{{color}}}"), {"stat": stat, "label": label, "color": shade}])
    };
    let blue = elb("Blue");
    if edge.green.is_none() {
        return json!([blue]);
    }
    // A point repeats what stands there in the row above.
    let mut green = elb("Green");
    for at in 0..5 {
        green[at] = json!(".");
    }
    json!([blue, green])
}

/// The connections that the load balancer passes on, and the health of each color.
fn connections(edge: &EdgeParts) -> Vec<Json> {
    let all = |metric: &str, stat: &str| json!([[namespace(edge.forwards), metric, "LoadBalancer", "${LoadBalancer}", {"stat": stat, "label": "all"}]]);
    vec![
        graph("New connections", 0, 0, all("NewFlowCount", "Sum")),
        graph("Open connections", 8, 0, all("ActiveFlowCount", "Average")),
        graph("Bytes", 16, 0, all("ProcessedBytes", "Sum")),
        graph("Healthy tasks", 0, 6, both(edge, "HealthyHostCount", "Maximum")),
        graph("Unhealthy tasks", 8, 6, both(edge, "UnHealthyHostCount", "Maximum")),
        graph("Resets by tasks", 16, 6, all("TCP_Target_Reset_Count", "Sum")),
    ]
}

/// What comes through the load balancer, of each color.
fn requests(edge: &EdgeParts) -> Vec<Json> {
    let both = |metric: &str, stat: &str| both(edge, metric, stat);
    vec![
        graph("Requests", 0, 0, both("RequestCount", "Sum")),
        graph("5xx answers", 8, 0, both("HTTPCode_Target_5XX_Count", "Sum")),
        graph("Response time, p99", 16, 0, both("TargetResponseTime", "p99")),
        graph("Healthy tasks", 0, 6, both("HealthyHostCount", "Minimum")),
        graph("Unhealthy tasks", 8, 6, both("UnHealthyHostCount", "Minimum")),
        graph("Connection errors", 16, 6, both("TargetConnectionErrorCount", "Sum")),
    ]
}
