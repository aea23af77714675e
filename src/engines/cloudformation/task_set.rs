use crate::{
    cfn::{DeletionPolicy, PrimaryTaskSet, Resource, TaskSet, Value},
    stacks::{Canvas, ServiceParts, Site, TASK_SET},
};

/// Draws what runs: the task set of the first tasks, in blue, and that it is the service's primary one.
pub(super) fn draw(canvas: &mut Canvas, site: Site<'_>, parts: &ServiceParts<'_>) {
    // A service without a load balancer is refused.
    let (Some(edge), Some(served)) = (parts.edge, site.served()) else { return };
    let key = canvas.template.key();
    let definition = canvas.template.draft_of(parts.definition);
    // The plain policy: the transform is not known to read the newer one, and a rollback needs the old revision.
    definition.deletion_policy = Some(DeletionPolicy::Retain);
    definition.update_replace_policy = Some(DeletionPolicy::Retain);
    definition.note =
        Some("With the task set the one part that a release changes, and no other update.".into());

    let cluster = canvas.template.import(&site.cluster.name);
    let set = TaskSet::new()
        .cluster(cluster.clone())
        .service(parts.service.reference())
        .task_definition(parts.definition.reference())
        // Of the number of tasks the service wants, whatever scaling makes of it.
        .scale(Value::map([("Unit", Value::from("PERCENT")), ("Value", 100.into())]))
        .launch_type("FARGATE")
        .network_configuration(Value::map([(
            "AwsVpcConfiguration",
            Value::map([
                ("Subnets", site.network.private.within(key)),
                ("SecurityGroups", Value::List(vec![canvas.template.import(&edge.tasks)])),
                ("AssignPublicIp", "DISABLED".into()),
            ]),
        )]))
        .load_balancers(Value::List(vec![Value::map([
            ("ContainerName", Value::from(site.service.name.to_string())),
            ("ContainerPort", served.port.get().into()),
            ("TargetGroupArn", canvas.template.import(&edge.blue.arn)),
        ])]))
        .because("Written in blue for ever: in the place of this one the transform puts the one of the live color.");
    let set = canvas.template.add(TASK_SET, set);
    canvas.template.add(
        "PrimaryTaskSet",
        PrimaryTaskSet::new()
            .cluster(cluster)
            .service(parts.service.reference())
            .task_set_id(set.attribute(TaskSet::ID)),
    );
}
