//! A resolved application to stacks: one building block per file.

mod alarms;
mod apart;
mod balancer;
mod canvas;
mod cluster;
mod connect;
mod dashboard;
mod deployable;
mod edge;
mod engine;
mod extra;
mod names;
mod network;
mod one_template;
mod pipeline;
mod plan;
mod purposes;
mod repository;
mod scaling;
mod service;
mod site;
mod stack;
mod task;
mod task_group;
mod taskdef;

use indexmap::IndexMap;

pub use canvas::Canvas;
pub use cluster::{ClusterHome, ClusterParts, ConnectParts};
pub use deployable::Deployable;
pub use edge::{EdgeParts, RuleParts, TargetGroupParts};
pub use engine::{Engine, ServiceParts};
pub use extra::ExtraParts;
pub(crate) use extra::{permission_output, variable_output};
pub(crate) use names::pascal;
pub use names::{Color, Names};
pub use network::{NetworkParts, SubnetList};
pub(crate) use one_template::TASK_SET;
pub(crate) use pipeline::artifact_bucket;
pub use plan::{Drawn, ServiceFiles, draw};
pub use purposes::purpose;
pub use site::{Front, Served, Site};
pub use stack::{Capability, Denial, Lookup, Part, ServiceNames, Stack, Taken};
pub(crate) use task::secret_parameter;

use crate::{
    blueprint::units::ServiceName,
    cfn::{PolicyDocument, Statement, Value},
    resolve::Resolved,
};

/// The tags of an environment's or a service's resources: the blueprint's own, and where they belong.
pub(crate) fn tags(resolved: &Resolved, service: Option<&ServiceName>) -> IndexMap<String, String> {
    let mut tags = IndexMap::from([
        ("application".to_owned(), resolved.app.to_string()),
        ("environment".to_owned(), resolved.place.name.to_string()),
    ]);
    if let Some(service) = service {
        tags.insert("service".into(), service.to_string());
    }
    tags.extend(resolved.tags.iter().map(|(key, value)| (key.clone(), value.clone())));
    tags
}

/// The boundary of every role, where the environment has one.
pub(crate) fn boundary(resolved: &Resolved) -> Option<Value> {
    resolved.place.environment.permissions_boundary.as_ref().map(|arn| arn.to_string().into())
}

/// The ARN of something in this account, in a region.
fn arn(service: &str, region: &str, rest: String) -> Value {
    Value::sub(
        "arn:${AWS::Partition}:${service}:${region}:${AWS::AccountId}:${rest}",
        [("service", service.to_owned().into()), ("region", region.to_owned().into()), ("rest", rest.into())],
    )
}

/// The ARN of a role of this account, by its name.
fn role_arn(role: String) -> Value {
    Value::sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${role}", [("role", role.into())])
}

/// An inline policy.
pub(crate) fn policy(name: &'static str, statements: Vec<Statement>) -> Value {
    Value::map([("PolicyName", Value::from(name)), ("PolicyDocument", PolicyDocument::of(statements).into())])
}
