use crate::{
    cfn::{Rule, Service, Value},
    stacks::{Canvas, ServiceParts, Site},
};

/// Draws what tells of releases: ECS publishes nothing to a topic itself, EventBridge passes its events on.
pub(in crate::engines) fn draw(canvas: &mut Canvas, site: Site<'_>, parts: &ServiceParts<'_>) {
    let Some(topic) = &site.cluster.releases else { return };
    let topic = canvas.template.import(topic);
    let service = Value::sub_all(
        "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:service/${Cluster}/${Service}",
        vec![
            ("Cluster".into(), parts.cluster.clone()),
            ("Service".into(), parts.service.attribute(Service::NAME)),
        ],
    );
    let full = site.full_name();
    canvas.template.add(
        canvas.id("ReleaseEvents"),
        Rule::new()
            .description(format!("A release of {full} starts, ends, fails or waits for someone"))
            .event_pattern(Value::map([
                ("source", Value::list(["aws.ecs"])),
                ("detail-type", Value::list(["ECS Deployment State Change", "ECS Hook State Change"])),
                ("resources", Value::List(vec![service])),
            ]))
            .targets(Value::List(vec![Value::map([("Id", Value::from("releases")), ("Arn", topic)])])),
    );
}
