use crate::{
    blueprint::Engine,
    cfn::{Resource as _, Service, TaskDefinition, TaskSet, catalogue::Catalogue},
    compare::{Change, Kind, Step},
    stacks::Denial,
};

/// What an update does to a resource of a stack that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Consequence {
    /// It comes or goes.
    ComesOrGoes,
    /// It is changed in place.
    InPlace,
    /// Another is made in its stead.
    Replaced,
    /// Another is made in its stead for some values.
    MayBeReplaced,
    /// A new revision is registered by the update, and runs with the next release (facts 1.5.2).
    NeedsRelease,
    /// ECS refuses it for a service that CodeDeploy deploys (facts 1.2), so the update fails.
    Refused,
    /// ECS deploys the revision that runs once more, in the way of the blueprint (facts 1.2).
    Deploys,
    /// AWS does not say whether a running service takes it (facts 1.2).
    Undocumented,
    /// Only how CloudFormation treats the resource changes: its order, or what becomes of it at its end.
    TemplateOnly,
}

impl Consequence {
    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::ComesOrGoes => "created or deleted",
            Self::InPlace => "updated in place",
            Self::Replaced => "replaced",
            Self::MayBeReplaced => "replaced for some values, otherwise updated in place",
            Self::NeedsRelease => {
                "needs a new release: the update registers a revision, the next release runs it"
            }
            Self::Refused => "refused by ECS while CodeDeploy owns the service",
            Self::Deploys => "starts a deployment of the revision that runs",
            Self::Undocumented => "AWS does not document that a running service takes it",
            Self::TemplateOnly => "changes the template alone",
        }
    }
}

/// What an update does, and whether it is let.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OnUpdate {
    /// What it does.
    pub consequence: Consequence,
    /// Whether the stack policy denies it.
    pub is_denied: bool,
}

/// What is a deployment to ECS: under CodeDeploy it refuses the change (facts 1.2).
const DEPLOYS: [&str; 5] =
    ["LoadBalancers", "NetworkConfiguration", "PlatformVersion", "ServiceRegistries", "TaskDefinition"];

/// What an update does that changes this part of a resource of type `kind`, in a stack with this policy. `controller` is that
/// of the service, where the resource is one.
pub fn on_update(change: &Change, kind: &str, controller: Option<&str>, policy: &[Denial]) -> OnUpdate {
    let by_codedeploy = controller == Some(Engine::Codedeploy.abilities().controller);
    let denies =
        |action: &str| policy.iter().any(|denial| denial.action == action && denial.resource_type == kind);
    let key = |at: usize| match change.path.0.get(at) {
        Some(Step::Key(key)) => Some(key.as_str()),
        _ => None,
    };
    let consequence = match (key(0), key(1)) {
        (None, _) if change.kind() != Kind::Changed => Consequence::ComesOrGoes,
        (Some("Type"), _) => Consequence::Replaced,
        (Some("Properties"), Some(property)) => {
            let pointer = change.path.pointer();
            let schema = Catalogue::schema(kind);
            // A task set is what runs: with engine `cloudformation` only a release sends it.
            if kind == TaskDefinition::TYPE || kind == TaskSet::TYPE {
                Consequence::NeedsRelease
            } else if kind == Service::TYPE && DEPLOYS.contains(&property) {
                if by_codedeploy { Consequence::Refused } else { Consequence::Deploys }
            } else if by_codedeploy && property == "EnableExecuteCommand" {
                Consequence::Undocumented
            } else if schema.is_some_and(|schema| schema.is_create_only(&pointer)) {
                Consequence::Replaced
            } else if schema.is_some_and(|schema| schema.is_conditional_create_only(&pointer)) {
                Consequence::MayBeReplaced
            } else {
                Consequence::InPlace
            }
        }
        (Some("Properties"), None) => Consequence::InPlace,
        _ => Consequence::TemplateOnly,
    };
    let is_denied = match consequence {
        Consequence::Replaced | Consequence::MayBeReplaced => denies("Update:Replace"),
        Consequence::ComesOrGoes => denies("Update:Delete"),
        _ => false,
    };
    OnUpdate { consequence, is_denied }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::compare::templates;

    fn told(kind: &str, before: serde_json::Value, after: serde_json::Value) -> Vec<Consequence> {
        told_under("CODE_DEPLOY", kind, before, after)
    }

    fn told_under(
        controller: &str,
        kind: &str,
        before: serde_json::Value,
        after: serde_json::Value,
    ) -> Vec<Consequence> {
        let template = |properties| json!({"Resources": {"It": {"Type": kind, "Properties": properties}}});
        let policy = [Denial { action: "Update:Replace", resource_type: "AWS::ECS::Service" }];
        templates("s", &template(before), &template(after))
            .iter()
            .map(|change| {
                let controller = (kind == Service::TYPE).then_some(controller);
                let told = on_update(change, kind, controller, &policy);
                let replaces = matches!(told.consequence, Consequence::Replaced | Consequence::MayBeReplaced);
                assert_eq!(told.is_denied, kind == Service::TYPE && replaces);
                told.consequence
            })
            .collect()
    }

    #[test]
    fn the_catalogue_and_the_facts_say_what_happens() {
        let service = Service::TYPE;
        assert_eq!(
            told(service, json!({"DesiredCount": 1}), json!({"DesiredCount": 2})),
            [Consequence::InPlace]
        );
        assert_eq!(
            told(service, json!({"ServiceName": "a"}), json!({"ServiceName": "b"})),
            [Consequence::Replaced]
        );
        assert_eq!(told(service, json!({}), json!({"LoadBalancers": []})), [Consequence::Refused]);
        assert_eq!(
            told_under("ECS", service, json!({}), json!({"LoadBalancers": []})),
            [Consequence::Deploys]
        );
        assert_eq!(
            told_under("ECS", service, json!({}), json!({"EnableExecuteCommand": true})),
            [Consequence::InPlace]
        );
        assert_eq!(
            told(service, json!({"EnableExecuteCommand": true}), json!({"EnableExecuteCommand": false})),
            [Consequence::Undocumented]
        );
        assert_eq!(told(service, json!({"LaunchType": "EC2"}), json!({})), [Consequence::MayBeReplaced]);
        assert_eq!(
            told(
                TaskDefinition::TYPE,
                json!({"ContainerDefinitions": [{"Name": "a", "Image": "1"}]}),
                json!({"ContainerDefinitions": [{"Name": "a", "Image": "2"}]})
            ),
            [Consequence::NeedsRelease]
        );
    }
}
