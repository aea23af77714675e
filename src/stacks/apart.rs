//! A service whose colors are apart: what both share, and a stack for each color, so that an update of one cannot touch the
//! other.

use indexmap::IndexMap;

use super::{
    Canvas, Engine, Site, Stack, dashboard, edge, extra,
    names::{Color, pascal},
    plan::{self, Drawn},
    taskdef,
};
use crate::cfn::Value;

const EDGE: &str = "load balancer, listeners, blue and green target groups, weights";
const SHARED: &str = "what both colors share: repository, dashboard, checks";
const COLOR: &str = "task definition, service, scaling, alarms of one color";

/// Draws its stacks, in the order of deployment.
pub(super) fn draw(
    canvas: &mut dyn FnMut(String) -> Canvas,
    site: Site<'_>,
    engine: &'static dyn Engine,
    amend: &mut dyn FnMut(&mut Stack),
    sink: &mut dyn FnMut(Drawn),
) {
    let name = &site.service.name;
    let names = site.names();
    let full = site.full_name();
    // A service without a load balancer is refused.
    let Some(served) = site.served() else { return };
    let edge_stack = names.edge_stack(name);
    let live = site.service_names(Some(&edge_stack), &full, "");
    let tags = super::tags(site.resolved, Some(name));
    let mut emit = |mut stack: Stack| {
        amend(&mut stack);
        sink(Drawn::Stack(Box::new(stack)));
    };

    let mut drawing = canvas(format!("{full}: {EDGE}"));
    let edge = edge::edge(&mut drawing, served, &edge_stack, live.clone(), engine.abilities(), None);
    let network: Vec<String> = site.network.stack.iter().cloned().collect();
    let mut depends = network.clone();
    if served.balancer.access_logs {
        depends.push(site.cluster.stack.clone());
    }
    drawing.belongs_to(name.as_str(), 0);
    // No stack-wide tags here: they would reach the listeners, and a changed tag would update them.
    emit(drawing.into_stack(edge_stack.clone(), format!("{name}-edge"), EDGE, IndexMap::new(), depends));

    let mut depends = vec![site.cluster.stack.clone(), edge_stack.clone()];
    depends.extend(network);
    if site.resolved.extra.is_some() {
        depends.push(names.extra_stack());
    }
    let mut drawing = canvas(format!("{full}: {SHARED}"));
    plan::images(&mut drawing, site);
    engine.draw_shared(&mut drawing, site, &edge);
    dashboard::dashboard(&mut drawing, site, Some(&edge), &alarms(site));
    extra::extra(&mut drawing, site);
    drawing.belongs_to(name.as_str(), 0);
    emit(drawing.into_stack(full.clone(), name.as_str(), SHARED, tags.clone(), depends.clone()));

    depends.push(full);
    let mut files = None;
    for color in Color::BOTH {
        let site = site.of(color);
        let full = site.full_name();
        let own = site.service_names(Some(&edge_stack), &full, "");
        let mut drawing = canvas(format!("{full}: {COLOR}"));
        let (drawn, task) = plan::own(&mut drawing, site, Some(&edge.of(color)), &own, engine);
        drawing.belongs_to(name.as_str(), 0);
        let file = format!("{name}-{}", color.word());
        let mut stack = drawing.into_stack(full, file, COLOR, tags.clone(), depends.clone());
        amend(&mut stack);
        let taskdef = taskdef::taskdef(&stack.template, site, &task);
        sink(Drawn::Stack(Box::new(stack)));
        // What tasks are like, roles and log group aside, is the same in both.
        files.get_or_insert(plan::ServiceFiles { taskdef, ..drawn });
    }
    if let Some(files) = files {
        sink(Drawn::Files(Box::new(files)));
    }
}

/// The alarms of both colors by name, as the dashboard shows them. They have yet to be made.
fn alarms(site: Site<'_>) -> Vec<(String, Value)> {
    let of = |color: Color| {
        let full = site.of(color).full_name();
        site.service.service.alarms.keys().map(move |name| {
            let arn = Value::sub(
                "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${alarm}",
                [("alarm", format!("{full}-{name}").into())],
            );
            (format!("{}-{}", color.word(), pascal(name.as_str())), arn)
        })
    };
    Color::BOTH.into_iter().flat_map(of).collect()
}
