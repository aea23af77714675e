use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::stacks::{Denial, Stack};

/// `parameters/<file>.json`: the values known when rendering, as `--parameter-overrides file://…` takes them.
pub fn parameters(stack: &Stack) -> Value {
    Value::Object(stack.parameters.iter().map(|(name, value)| (name.clone(), json!(value))).collect())
}

/// `policies/<file>.json`: everything is allowed that is not denied, because CloudFormation denies the rest once a
/// stack has a policy. Nothing for a stack that denies nothing.
pub fn stack_policy(denials: &[Denial]) -> Option<Value> {
    if denials.is_empty() {
        return None;
    }
    // One statement for all types that are denied the same.
    let mut actions_of: IndexMap<&str, Vec<&str>> = IndexMap::new();
    for denial in denials {
        let actions = actions_of.entry(denial.resource_type).or_default();
        if !actions.contains(&denial.action) {
            actions.push(denial.action);
        }
    }
    let mut types_of: IndexMap<Vec<&str>, Vec<&str>> = IndexMap::new();
    for (resource_type, actions) in actions_of {
        types_of.entry(actions).or_default().push(resource_type);
    }
    let mut statements =
        vec![json!({"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"})];
    for (actions, types) in types_of {
        let mut statement = Map::new();
        statement.insert("Effect".into(), json!("Deny"));
        statement.insert("Action".into(), json!(actions));
        statement.insert("Principal".into(), json!("*"));
        statement.insert("Resource".into(), json!("*"));
        statement.insert("Condition".into(), json!({"StringEquals": {"ResourceType": types}}));
        statements.push(Value::Object(statement));
    }
    Some(json!({"Statement": statements}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denials_of_the_same_actions_share_a_statement() {
        let deny = |action, resource_type| Denial { action, resource_type };
        let policy = stack_policy(&[
            deny("Update:Replace", "AWS::ECS::Service"),
            deny("Update:Delete", "AWS::ECS::Service"),
            deny("Update:Replace", "AWS::CodeDeploy::DeploymentGroup"),
            deny("Update:Delete", "AWS::CodeDeploy::DeploymentGroup"),
        ]);
        assert_eq!(
            policy,
            Some(json!({"Statement": [
                {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
                {
                    "Effect": "Deny",
                    "Action": ["Update:Replace", "Update:Delete"],
                    "Principal": "*",
                    "Resource": "*",
                    "Condition": {"StringEquals": {"ResourceType": ["AWS::ECS::Service", "AWS::CodeDeploy::DeploymentGroup"]}},
                },
            ]}))
        );
    }

    #[test]
    fn no_denials_no_policy() {
        assert_eq!(stack_policy(&[]), None);
    }
}
