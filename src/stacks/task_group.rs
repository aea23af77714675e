use super::{Canvas, Site};
use crate::cfn::{Handle, SecurityGroup, Value};

/// Draws the security group of a service's tasks. They call whom they like; who may call them is said beside it.
pub(super) fn task_group(canvas: &mut Canvas, site: Site<'_>, tags: Option<Value>) -> Handle<SecurityGroup> {
    let vpc = canvas.template.import(&site.network.vpc);
    canvas.template.add(
        canvas.id("TaskSecurityGroup"),
        SecurityGroup::new()
            .group_description(format!("Tasks of {}", site.full_name()))
            .vpc_id(vpc)
            .security_group_egress(Value::List(vec![Value::map([
                ("Description", Value::from("Tasks call registries, AWS and other services")),
                ("IpProtocol", "-1".into()),
                ("CidrIp", "0.0.0.0/0".into()),
            ])]))
            .tags(tags),
    )
}
