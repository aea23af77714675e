use crate::{
    cfn::Function,
    engines::checks::{self, Checks},
    scripts::TWO_CLUSTERS_HOOK_CODE,
    stacks::{Canvas, EdgeParts, Site},
};

/// Draws the function that looks at the new color, where there is a test listener. `release.sh` calls it, and says which target
/// group to look at.
pub(super) fn draw(canvas: &mut Canvas, site: Site<'_>, edge: &EdgeParts) {
    let statements = vec![checks::read_target_health([
        "elasticloadbalancing:DescribeRules",
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetHealth",
    ])];
    let role = "Lets the function of the checks look at the new color";
    let checks = Checks { name: None, role, statements, code: TWO_CLUSTERS_HOOK_CODE, variables: Vec::new() };
    let Some(function) = checks::draw(canvas, site, edge, checks) else { return };
    let name = canvas.id("CheckFunctionArn");
    canvas.template.output(
        name,
        "The function that looks at a new version",
        function.attribute(Function::ARN),
    );
}
