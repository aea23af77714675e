use crate::{
    cfn::{Handle, PolicyDocument, Role, Statement, Value},
    stacks::{self, Canvas, Site},
};

/// Draws the role that the hook names: it lets CodeDeploy follow the deployment and call the functions. What changes the
/// resources is CloudFormation, with the rights of whoever updates the stack.
pub(super) fn draw(canvas: &mut Canvas, site: Site<'_>, functions: &[(&'static str, String)]) -> Handle<Role> {
    let mut statements = vec![
        Statement::allow(
            "FollowDeployment",
            "The hook starts a deployment within the update of the stack and follows it (facts 5.1).",
        )
        .actions([
            "codedeploy:CreateCloudFormationDeployment",
            "codedeploy:GetApplication",
            "codedeploy:GetApplicationRevision",
            "codedeploy:GetDeployment",
            "codedeploy:GetDeploymentConfig",
            "codedeploy:GetDeploymentGroup",
            "codedeploy:GetDeploymentInstance",
            "codedeploy:GetDeploymentTarget",
        ])
        .on_everything("a deployment of CloudFormation belongs to no application and no group"),
    ];
    if !functions.is_empty() {
        let mut call = Statement::allow("CallHooks", "CodeDeploy calls these functions at the stages of a deployment.")
            .actions(["lambda:InvokeFunction"]);
        for (_, function) in functions {
            let arn = if function.starts_with("arn:") {
                Value::from(function.clone())
            } else {
                Value::sub(
                    "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${name}",
                    [("name", function.clone().into())],
                )
            };
            call = call.on(arn);
        }
        statements.push(call);
    }
    canvas.template.add(
        canvas.id("DeploymentRole"),
        Role::new()
            .role_name(site.names().deployment_role(&site.service.name))
            .description("Lets the hook of CloudFormation deploy with CodeDeploy")
            .assume_role_policy_document(PolicyDocument::trust("codedeploy.amazonaws.com", None))
            .permissions_boundary(stacks::boundary(site.resolved))
            .policies(Value::List(vec![stacks::policy("deploy-service", statements)])),
    )
}
