use crate::{
    blueprint::Forwards,
    cfn::{Handle, PolicyDocument, Role, Statement, Value},
    stacks::{self, Canvas, EdgeParts, Site},
};

/// Draws the infrastructure role: what the managed policy `AmazonECSInfrastructureRolePolicyForLoadBalancers` allows on
/// everything, on this service alone (facts 9.6).
pub(super) fn draw(canvas: &mut Canvas, site: Site<'_>, edge: &EdgeParts) -> Handle<Role> {
    let import = |shared| canvas.template.import(shared);
    let mut targets = Statement::allow(
        "RegisterTargets",
        "ECS puts the tasks of a new version into the target group that is idle, and takes the old ones out of theirs.",
    )
    .actions(["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"]);
    for (_, group) in edge.colors() {
        targets = targets.on(import(&group.arn));
    }
    let mut statements = vec![
        Statement::allow(
            "ReadLoadBalancer",
            "ECS reads the rules it shifts traffic with and waits until the new targets are healthy.",
        )
        .actions([
            "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeRules",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetHealth",
        ])
        .on_everything("describing load balancers has no resource"),
        targets,
    ];
    if let Some((production, test)) = edge.moved_by_ecs() {
        let (action, why) = match edge.forwards {
            Forwards::Requests => (
                "elasticloadbalancing:ModifyRule",
                "ECS moves production and test traffic between blue and green by changing these rules.",
            ),
            Forwards::Connections => (
                "elasticloadbalancing:ModifyListener",
                "ECS moves production and test traffic between blue and green by changing these listeners.",
            ),
        };
        let mut shift = Statement::allow("ShiftTraffic", why).actions([action]).on(import(production));
        if let Some(test) = test {
            shift = shift.on(import(test));
        }
        statements.push(shift);
    }
    canvas.template.add(
        canvas.id("InfrastructureRole"),
        Role::new()
            .description("Lets ECS register the targets of this service and shift its traffic")
            .assume_role_policy_document(PolicyDocument::plain_trust("ecs.amazonaws.com"))
            .permissions_boundary(stacks::boundary(site.resolved))
            .policies(Value::List(vec![stacks::policy("shift-traffic", statements)])),
    )
}
