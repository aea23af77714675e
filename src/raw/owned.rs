//! What a patch must leave alone: a stack update never moves live traffic.

use serde_json::Value;

use super::pointer;
use crate::{blueprint::Engine, cfn::catalogue::Catalogue};

/// Something that must stay as bluegreen writes it.
pub(super) struct Owned {
    /// The JSON pointer of what would change.
    pub(super) pointer: String,
    /// Why it must stay.
    pub(super) why: &'static str,
    /// What to do instead.
    pub(super) instead: &'static str,
}

struct Rule {
    /// The engine it is true of; of every one where it is not given.
    engine: Option<Engine>,
    kind: &'static str,
    pointer: &'static str,
    why: &'static str,
    instead: &'static str,
}

const REFUSED: &str =
    "CodeDeploy alone replaces it: an update of the stack that changes it is refused, and rolled back";
const WIRING: &str = "it ties the deployment group to the service, its listeners and both target groups";
const RELEASE: &str = "releases and `appspec.yaml` find the container by it";

const RULES: &[Rule] = &[
    Rule {
        engine: Some(Engine::Codedeploy),
        kind: "AWS::ECS::Service",
        pointer: "/Properties/TaskDefinition",
        why: REFUSED,
        instead: "change the service in the blueprint and release it",
    },
    Rule {
        engine: Some(Engine::Codedeploy),
        kind: "AWS::ECS::Service",
        pointer: "/Properties/LoadBalancers",
        why: REFUSED,
        instead: "see `http` and `port`",
    },
    Rule {
        engine: Some(Engine::Codedeploy),
        kind: "AWS::ECS::Service",
        pointer: "/Properties/NetworkConfiguration",
        why: REFUSED,
        instead: "see `network`",
    },
    Rule {
        engine: Some(Engine::Codedeploy),
        kind: "AWS::ECS::Service",
        pointer: "/Properties/ServiceRegistries",
        why: REFUSED,
        instead: "see `discovery`",
    },
    Rule {
        engine: Some(Engine::Codedeploy),
        kind: "AWS::ECS::Service",
        pointer: "/Properties/PlatformVersion",
        why: REFUSED,
        instead: "leave it to ECS, which runs the latest",
    },
    Rule {
        engine: None,
        kind: "AWS::ECS::Service",
        pointer: "/Properties/DeploymentController",
        why: "it says who moves the traffic",
        instead: "see `deploy.engine`",
    },
    Rule {
        engine: Some(Engine::Codedeploy),
        kind: "AWS::ECS::Service",
        pointer: "/Properties/ServiceConnectConfiguration",
        why: "ECS refuses it on a service under CodeDeploy",
        instead: "see `discovery`",
    },
    Rule {
        engine: None,
        kind: "AWS::ECS::Service",
        pointer: "/Properties/DesiredCount",
        why: "every update would undo what scaling and releases decided",
        instead: "see `count`",
    },
    Rule {
        engine: None,
        kind: "AWS::ECS::TaskDefinition",
        pointer: "/Properties/Family",
        why: "the service and its releases find the task definition by its family",
        instead: "leave it as bluegreen writes it",
    },
    Rule {
        engine: None,
        kind: "AWS::ECS::TaskDefinition",
        pointer: "/Properties/NetworkMode",
        why: "Fargate knows one mode, and target groups of addresses need it",
        instead: "leave it as bluegreen writes it",
    },
    Rule {
        engine: None,
        kind: "AWS::ECS::TaskDefinition",
        pointer: "/Properties/ContainerDefinitions/0/Name",
        why: RELEASE,
        instead: "leave it as bluegreen writes it",
    },
    Rule {
        engine: None,
        kind: "AWS::ECS::TaskDefinition",
        pointer: "/Properties/ContainerDefinitions/0/PortMappings",
        why: RELEASE,
        instead: "see `port`",
    },
    Rule {
        engine: None,
        kind: "AWS::ECS::TaskDefinition",
        pointer: "/Properties/ContainerDefinitions/0/Image",
        why: "each release brings its own image",
        instead: "see `image`",
    },
    Rule {
        engine: None,
        kind: "AWS::ECS::TaskDefinition",
        pointer: "/DeletionPolicy",
        why: "a rollback needs the old revisions",
        instead: "leave it as bluegreen writes it",
    },
    Rule {
        engine: None,
        kind: "AWS::ECS::TaskDefinition",
        pointer: "/UpdateReplacePolicy",
        why: "a rollback needs the old revisions",
        instead: "leave it as bluegreen writes it",
    },
    Rule {
        engine: None,
        kind: "AWS::CodeDeploy::DeploymentGroup",
        pointer: "/Properties/LoadBalancerInfo",
        why: WIRING,
        instead: "leave it as bluegreen writes it",
    },
    Rule {
        engine: None,
        kind: "AWS::CodeDeploy::DeploymentGroup",
        pointer: "/Properties/ECSServices",
        why: WIRING,
        instead: "leave it as bluegreen writes it",
    },
    Rule {
        engine: None,
        kind: "AWS::CodeDeploy::DeploymentGroup",
        pointer: "/Properties/DeploymentStyle",
        why: "it makes deployments blue/green",
        instead: "leave it as bluegreen writes it",
    },
    Rule {
        engine: None,
        kind: "AWS::CodeDeploy::DeploymentGroup",
        pointer: "/Properties/Deployment",
        why: "every update of the stack would start a deployment",
        instead: "release with the pipeline or the commands of RUNBOOK.md",
    },
    Rule {
        engine: Some(Engine::Ecs),
        kind: "AWS::ECS::Service",
        pointer: "/Properties/TaskDefinition",
        why: "it says which revision runs, and with it what every update deploys",
        instead: "change the service in the blueprint and release it",
    },
    Rule {
        engine: Some(Engine::Ecs),
        kind: "AWS::ECS::Service",
        pointer: "/Properties/LoadBalancers",
        why: "it ties the service to its rules and target groups",
        instead: "see `http` and `port`",
    },
    Rule {
        engine: None,
        kind: "AWS::ECS::TaskSet",
        pointer: "/Properties",
        why: OF_TASK_SET,
        instead: "see `http`, `port` and `network`",
    },
    Rule {
        engine: None,
        kind: "AWS::ECS::PrimaryTaskSet",
        pointer: "/Properties",
        why: OF_TASK_SET,
        instead: "leave it as bluegreen writes it",
    },
    Rule {
        engine: Some(Engine::Ecs),
        kind: "AWS::ECS::Service",
        pointer: "/Properties/DeploymentConfiguration/Strategy",
        why: "target groups, rules and roles are those of the strategy",
        instead: "see `deploy.strategy`",
    },
];

/// What the transform of CloudFormation's hook reads, and writes anew for the other color.
const OF_TASK_SET: &str = "the transform reads it and writes it anew for the other color with each release";

/// What a change of a resource would break, where it would.
pub(super) fn broken(kind: &str, policed: bool, before: &Value, after: &Value) -> Option<Owned> {
    let differs = |pointer: &str| {
        let steps = pointer::steps(pointer);
        pointer::get(before, &steps) != pointer::get(after, &steps)
    };
    let controller = before.pointer("/Properties/DeploymentController/Type").and_then(Value::as_str);
    let holds = |rule: &&Rule| {
        let of_engine = rule.engine.is_none_or(|engine| controller == Some(engine.abilities().controller));
        of_engine && rule.kind == kind && differs(rule.pointer)
    };
    let rule = RULES.iter().find(holds);
    if let Some(rule) = rule {
        return Some(Owned { pointer: rule.pointer.into(), why: rule.why, instead: rule.instead });
    }
    if kind == "AWS::ElasticLoadBalancingV2::Listener"
        && forwards(before)
        && differs("/Properties/DefaultActions")
    {
        return Some(Owned {
            pointer: "/Properties/DefaultActions".into(),
            why: "its weights say where live traffic goes, and nothing but a release moves them",
            // A Network Load Balancer has no rules.
            instead: match before.pointer("/Properties/Protocol").and_then(Value::as_str) {
                Some("TCP" | "TLS") => {
                    "add an `AWS::ElasticLoadBalancingV2::Listener` with `extra` for another port"
                }
                _ => "add an `AWS::ElasticLoadBalancingV2::ListenerRule` with `extra` for other routes",
            },
        });
    }
    if kind == "AWS::ElasticLoadBalancingV2::ListenerRule"
        && before.pointer("/Properties/Actions/0/Type").is_some_and(|action| action == "forward")
        && differs("/Properties/Actions")
    {
        return Some(Owned {
            pointer: "/Properties/Actions".into(),
            why: "after the first deployment its weights are those of ECS, and say where live traffic goes",
            instead: "add an `AWS::ElasticLoadBalancingV2::ListenerRule` with `extra` for other routes",
        });
    }
    let waits = |value: &Value| -> Vec<String> {
        match value.get("DependsOn") {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    };
    let still = waits(after);
    if waits(before).iter().any(|id| !still.contains(id)) {
        return Some(Owned {
            pointer: "/DependsOn".into(),
            why: "the resource waits for what it cannot do without",
            instead: "set a list that has everything it waits for now",
        });
    }
    if !policed {
        return None;
    }
    let schema = Catalogue::schema(kind)?;
    let replaced = schema
        .properties()
        .filter(|name| schema.is_create_only(name) || schema.is_conditional_create_only(name))
        .map(|name| format!("/Properties/{name}"))
        .find(|pointer| differs(pointer))?;
    Some(Owned {
        pointer: replaced,
        why: "another value replaces the resource, and with it what live traffic goes through; the stack policy denies that",
        instead: "leave it as bluegreen writes it",
    })
}

/// Whether a listener sends traffic to target groups.
fn forwards(listener: &Value) -> bool {
    let actions = listener.pointer("/Properties/DefaultActions").and_then(Value::as_array);
    actions.into_iter().flatten().any(|action| action["Type"] == "forward")
}
