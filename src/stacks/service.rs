use super::{Canvas, Site, cluster, connect, edge::EdgeParts, task::TaskParts, task_group::task_group};
use crate::{
    blueprint::{
        Count,
        engines::{Abilities, Revision},
    },
    cfn::{DiscoveryService, Handle, Resource, SecurityGroup, Service, TaskDefinition, Value, pseudo},
};

/// Draws the ECS service for an engine.
///
/// What CodeDeploy refuses to have changed later (task definition, network, load balancers, registries: facts 1.2) is
/// written so that it never changes: the task definition by its family, the load balancer by the blue target group, which
/// is where the very first tasks go. Where the stack says which revision runs, it names the one that runs already, and its
/// own in a release.
pub(super) fn service(
    canvas: &mut Canvas,
    site: Site<'_>,
    edge: Option<&EdgeParts>,
    task: &TaskParts,
    engine: &Abilities,
) -> Handle<Service> {
    if engine.revision == Revision::Template {
        return of_task_sets(canvas, site, edge, engine);
    }
    let service = &site.service.service;
    let key = canvas.template.key();
    let registry = service.discovery.as_ref().and_then(|discovery| {
        let namespace = site.cluster.namespaces.get(discovery.namespace.as_str())?;
        let namespace = canvas.template.import(namespace);
        let registry = canvas.template.add(
            canvas.id("Discovery"),
            DiscoveryService::new()
                .name(site.service.name.to_string())
                .namespace_id(namespace)
                .dns_config(Value::map([
                    ("RoutingPolicy", Value::from("MULTIVALUE")),
                    (
                        "DnsRecords",
                        Value::List(vec![Value::map([("Type", Value::from("A")), ("TTL", 10.into())])]),
                    ),
                ]))
                .health_check_custom_config(Value::map([("FailureThreshold", Value::from(1))])),
        );
        let arn = registry.attribute(DiscoveryService::ARN);
        Some(Value::List(vec![Value::map([("RegistryArn", arn)])]))
    });

    let tasks = match edge {
        Some(edge) => canvas.template.import(&edge.tasks),
        // Nobody calls them; the tags come from the stack.
        None => task_group(canvas, site, None).attribute(SecurityGroup::GROUP_ID),
    };
    let (balancers, grace) = match edge.zip(site.served()) {
        Some((edge, served)) => (
            Some(Value::List(vec![Value::map([
                ("ContainerName", Value::from(site.service.name.to_string())),
                ("ContainerPort", served.port.get().into()),
                ("TargetGroupArn", canvas.template.import(&edge.first().arn)),
            ])])),
            Some(Value::from(served.front.grace())),
        ),
        // A health check of the container brings its own time to start in.
        None => (None, None),
    };
    connect::ingress(canvas, site, tasks.clone());
    let mut resource = Service::new()
        .service_name(site.service.name.to_string())
        .cluster(canvas.template.import(&site.cluster.of(site.color).name))
        .task_definition(revision(site, task))
        .desired_count(desired_count(service.count.clone(), task))
        .deployment_controller(Value::map([("Type", Value::from(engine.controller))]))
        .capacity_provider_strategy(cluster::capacity(site.resolved))
        .network_configuration(Value::map([(
            "AwsvpcConfiguration",
            Value::map([
                ("Subnets", site.network.private.within(key)),
                ("SecurityGroups", connect::groups(canvas, site, task, tasks.clone())),
                ("AssignPublicIp", "DISABLED".into()),
            ]),
        )]))
        .load_balancers(balancers)
        .service_registries(registry)
        .service_connect_configuration(connect::configuration(canvas, site, task))
        .health_check_grace_period_seconds(grace)
        .enable_execute_command(service.exec)
        .enable_ecs_managed_tags(true)
        .propagate_tags("SERVICE")
        .because(match engine.revision {
            Revision::Engine => "Written once: task definition by family, the first tasks in blue. From then on CodeDeploy decides what runs where.",
            Revision::Stack | Revision::Template => "A release changes the task definition; any other update names the revision that runs already, and so starts no deployment.",
        });
    // A reference waits by itself, a family does not.
    if engine.revision == Revision::Engine {
        resource = resource.after(task.definition.id());
    }
    // A target group without a listener has no load balancer, and ECS refuses it; in a stack of its own the edge is
    // complete before this one is made.
    // A service whose rules or listeners ECS moves refers to them, and so waits already.
    if let Some(edge) = edge.filter(|edge| edge.home == key) {
        let refers = edge.moved_by_ecs().is_some() && edge.green.is_some();
        for route in edge.route_ids.iter().filter(|_| !refers) {
            resource = resource.after(route.clone());
        }
    }
    if site.cluster.home == key {
        resource = resource.after(site.cluster.of(site.color).capacity_id.clone());
    }
    canvas.deny("AWS::ECS::Service");
    canvas.template.add(canvas.id("Service"), resource)
}

/// A service whose task sets are resources of the stack: what runs, where and behind which target group, they say. It takes no grace
/// period, because ECS takes one only with a load balancer, and a count that is written, because a condition is more than
/// CloudFormation's hook is known to read.
fn of_task_sets(
    canvas: &mut Canvas,
    site: Site<'_>,
    edge: Option<&EdgeParts>,
    engine: &Abilities,
) -> Handle<Service> {
    let count = match &site.service.service.count {
        Count::Fixed(count) => Some(Value::from(*count)),
        Count::Scaled(_) => None,
    };
    let mut resource = Service::new()
        .service_name(site.service.name.to_string())
        .cluster(canvas.template.import(&site.cluster.of(site.color).name))
        .desired_count(count)
        .deployment_controller(Value::map([("Type", Value::from(engine.controller))]))
        .enable_execute_command(site.service.service.exec)
        .enable_ecs_managed_tags(true)
        .propagate_tags("SERVICE")
        .because("Its task set says what runs, where, and behind which target group.");
    for route in edge.into_iter().flat_map(|edge| &edge.route_ids) {
        resource = resource.after(route.clone());
    }
    canvas.deny("AWS::ECS::Service");
    canvas.template.add(canvas.id("Service"), resource)
}

/// By family, which matches whatever revision runs, or the revision that the stack says.
fn revision(site: Site<'_>, task: &TaskParts) -> Value {
    match &task.running {
        None => site.full_name().into(),
        Some(running) => {
            Value::when(running.is_own.clone(), task.definition.reference(), running.revision.clone())
        }
    }
}

/// Left out where scaling decides: a number here would undo it with every update (facts 1.5.4). Without tasks before
/// the first release, it is 0 until one runs; a release by the stack itself starts with the fewest that scaling allows, since
/// scaling comes after it.
fn desired_count(count: Count, task: &TaskParts) -> Option<Value> {
    let (count, fewest) = match count {
        Count::Fixed(count) => (Some(Value::from(count)), None),
        Count::Scaled(scaling) => (None, Some(scaling.range.min)),
    };
    if let Some(idle) = &task.idle {
        let count = count.unwrap_or_else(pseudo::no_value);
        let wanted = match &idle.starts_with {
            Some((starts, tasks)) => Value::when(starts.clone(), tasks.clone(), count),
            None => count,
        };
        return Some(Value::when(idle.is_idle.clone(), 0, wanted));
    }
    let Some(is_released) = &task.is_released else { return count };
    let released = Value::when(is_released.clone(), count.unwrap_or_else(pseudo::no_value), 0);
    Some(match (&task.starts_tasks, fewest) {
        (Some(starts_tasks), Some(fewest)) => Value::when(starts_tasks.clone(), fewest, released),
        _ => released,
    })
}

/// The output `deploy.sh` and the pipeline find the stack's own task definition by. Not exported: it changes with every
/// setting, and an export in use cannot.
pub(super) fn outputs(canvas: &mut Canvas, definition: &Handle<TaskDefinition>) {
    let name = canvas.id("TaskDefinitionArn");
    canvas.template.output(
        name,
        "The task definition with the settings of this stack",
        definition.reference(),
    );
}
