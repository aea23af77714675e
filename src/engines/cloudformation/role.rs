use crate::{
    cfn::{Handle, PolicyDocument, Role, Statement, Value},
    stacks::{self, Canvas, Site},
};

/// Whatever there is of a kind: a deployment of CloudFormation has an application, a group and a configuration without names.
fn any(resource: &str) -> Value {
    Value::sub(
        &format!("arn:${{AWS::Partition}}:codedeploy:${{AWS::Region}}:${{AWS::AccountId}}:{resource}"),
        [],
    )
    .noted("what CloudFormation starts has no name of its own")
}

/// Draws the role that the hook names: it lets CodeDeploy follow the deployment and call the functions. What changes the
/// resources is CloudFormation, with the rights of whoever updates the stack.
pub(super) fn draw(
    canvas: &mut Canvas,
    site: Site<'_>,
    functions: &[(&'static str, String)],
) -> Handle<Role> {
    let mut statements = vec![
        Statement::allow(
            "FollowDeployment",
            "The hook starts a deployment within the update of the stack and follows it (facts 5.1).",
        )
        .actions(["codedeploy:CreateCloudFormationDeployment", "codedeploy:GetDeploymentTarget"])
        .on_everything("AWS lists no resource for these two"),
        Statement::allow("ReadDeployment", "The hook reads the deployment that it started.")
            .actions([
                "codedeploy:GetDeployment",
                "codedeploy:GetDeploymentGroup",
                "codedeploy:GetDeploymentInstance",
            ])
            .on(any("deploymentgroup:*/*")),
        Statement::allow("ReadRevision", "The hook reads what its deployment deploys.")
            .actions(["codedeploy:GetApplication", "codedeploy:GetApplicationRevision"])
            .on(any("application:*")),
        Statement::allow("ReadShift", "The hook reads in which steps its deployment moves traffic.")
            .actions(["codedeploy:GetDeploymentConfig"])
            .on(any("deploymentconfig:*")),
    ];
    if !functions.is_empty() {
        let mut call =
            Statement::allow("CallHooks", "CodeDeploy calls these functions at the stages of a deployment.")
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
