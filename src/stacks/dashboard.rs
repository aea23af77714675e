use serde_json::{Value as Json, json};

use super::{Canvas, Site, alarms::CONTAINER_INSIGHTS, edge::EdgeParts};
use crate::cfn::{Alarm, Call, Dashboard, Handle, Value};

/// Draws one page on which both colors stand side by side.
pub(super) fn dashboard(
    canvas: &mut Canvas,
    site: Site<'_>,
    edge: Option<&EdgeParts>,
    alarms: &[(String, Handle<Alarm>)],
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
    values.extend(
        alarms.iter().map(|(name, alarm)| (alarm_variable(name).into(), alarm.attribute(Alarm::ARN))),
    );
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

fn widgets(site: Site<'_>, edge: Option<&EdgeParts>, alarms: &[(String, Handle<Alarm>)]) -> Vec<Json> {
    let mut widgets = edge.map(requests).unwrap_or_default();
    let y = if edge.is_some() { 12 } else { 0 };
    let averaged = if edge.is_some_and(|edge| edge.green.is_some()) { "both colors" } else { "all tasks" };
    let of_service = |namespace: &str, metric: &str, label: &str| json!([namespace, metric, "ClusterName", site.names().base(), "ServiceName", site.service.name.as_str(), {"stat": "Average", "label": label}]);
    widgets.push(graph("CPU", 0, y, json!([of_service("AWS/ECS", "CPUUtilization", averaged)])));
    widgets.push(graph("Memory", 8, y, json!([of_service("AWS/ECS", "MemoryUtilization", averaged)])));
    let mut next = y;
    if edge.is_none() {
        let count = |metric: &str, label: &str| of_service(CONTAINER_INSIGHTS, metric, label);
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

/// What comes through the load balancer, of each color.
fn requests(edge: &EdgeParts) -> Vec<Json> {
    let elb = |metric: &str, color: &str, stat: &str| {
        let label = color.to_lowercase();
        let shade = if color == "Blue" { "#1f77b4" } else { "#2ca02c" };
        json!(["AWS/ApplicationELB", metric, "LoadBalancer", "${LoadBalancer}", "TargetGroup", format!("${{{color}}}"), {"stat": stat, "label": label, "color": shade}])
    };
    // A point repeats what stands there in the row above.
    let both = |metric: &str, stat: &str| {
        let blue = elb(metric, "Blue", stat);
        if edge.green.is_none() {
            return json!([blue]);
        }
        let mut green = elb(metric, "Green", stat);
        for at in 0..5 {
            green[at] = json!(".");
        }
        json!([blue, green])
    };
    vec![
        graph("Requests", 0, 0, both("RequestCount", "Sum")),
        graph("5xx answers", 8, 0, both("HTTPCode_Target_5XX_Count", "Sum")),
        graph("Response time, p99", 16, 0, both("TargetResponseTime", "p99")),
        graph("Healthy tasks", 0, 6, both("HealthyHostCount", "Minimum")),
        graph("Unhealthy tasks", 8, 6, both("UnHealthyHostCount", "Minimum")),
        graph("Connection errors", 16, 6, both("TargetConnectionErrorCount", "Sum")),
    ]
}
