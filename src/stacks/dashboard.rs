use serde_json::{Value as Json, json};

use super::names::Color;
use super::{Canvas, Site, edge::EdgeParts};
use crate::{
    blueprint::engines::Colors,
    cfn::{Call, Dashboard, Value},
};

/// Draws one page on which both colors stand side by side.
pub(super) fn dashboard(canvas: &mut Canvas, site: Site<'_>, edge: &EdgeParts, alarms: &[(String, Value)]) {
    let import = |shared| canvas.template.import(shared);
    let mut values = vec![("LoadBalancer".into(), import(&edge.load_balancer))];
    values.extend(
        edge.colors().map(|(color, group)| (super::names::pascal(color).into(), import(&group.full_name))),
    );
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

fn widgets(site: Site<'_>, edge: &EdgeParts, alarms: &[(String, Value)]) -> Vec<Json> {
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
    let graph = |title: &str, x: u32, y: u32, metrics: Json| {
        json!({
            "type": "metric", "x": x, "y": y, "width": 8, "height": 6,
            "properties": {"title": title, "region": "${AWS::Region}", "period": 60, "metrics": metrics},
        })
    };
    let averaged = if edge.green.is_some() { "both colors" } else { "all tasks" };
    let of = |metric: &str, color: Option<Color>| {
        let label = color.map_or(averaged, Color::word);
        json!(["AWS/ECS", metric, "ClusterName", site.names().of(color).cluster(), "ServiceName", site.service.name.as_str(), {"stat": "Average", "label": label}])
    };
    let ecs = |metric: &str| match site.service.service.deploy.engine.abilities().colors {
        Colors::Together => json!([of(metric, None)]),
        Colors::Apart => json!(Color::BOTH.map(|color| of(metric, Some(color)))),
    };
    let arns: Vec<String> = alarms.iter().map(|(name, _)| format!("${{{}}}", alarm_variable(name))).collect();
    let mut widgets = vec![
        graph("Requests", 0, 0, both("RequestCount", "Sum")),
        graph("5xx answers", 8, 0, both("HTTPCode_Target_5XX_Count", "Sum")),
        graph("Response time, p99", 16, 0, both("TargetResponseTime", "p99")),
        graph("Healthy tasks", 0, 6, both("HealthyHostCount", "Minimum")),
        graph("Unhealthy tasks", 8, 6, both("UnHealthyHostCount", "Minimum")),
        graph("Connection errors", 16, 6, both("TargetConnectionErrorCount", "Sum")),
        graph("CPU", 0, 12, ecs("CPUUtilization")),
        graph("Memory", 8, 12, ecs("MemoryUtilization")),
    ];
    if !arns.is_empty() {
        widgets.push(json!({
            "type": "alarm", "x": 16, "y": 12, "width": 8, "height": 6,
            "properties": {"title": "Alarms", "alarms": arns},
        }));
    }
    widgets
}
