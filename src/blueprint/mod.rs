//! The typed model of what people write: one noun per file. Defaults stand in [`defaults`], units in [`units`].

mod alarms;
mod allow;
mod application;
pub mod built_in;
mod cluster;
mod connect;
pub mod defaults;
mod deploy;
pub mod engines;
mod expectations;
mod extra;
mod http;
pub mod keys;
mod load_balancer;
mod network;
mod patches;
mod pipeline;
mod published;
pub mod reasons;
pub mod reference;
mod rolling;
mod scaling;
pub mod schema;
mod secrets;
mod service;
pub mod shape;
mod tcp;
mod template;
pub mod units;

pub(crate) use alarms::MEASURES;
pub use alarms::{Alarm, Measure, Metric};
pub use allow::{Allow, Allowance};
pub use application::{Application, Environment, Layout, Notify, SchemaVersion, Topic};
pub use cluster::{Capacity, CapacityShare, Cluster, Insights};
pub use connect::{Connect, ConnectProtocol, TestHeader};
pub use deploy::{
    Approve, Check, Deploy, Engine, Expect, Hooks, IdleColor, Rollback, RollbackEvent, Strategy, TestTraffic,
};
pub(crate) use deploy::{CHECK_PATIENCE_MS, STRATEGY_NAMES};
pub use expectations::{Downstream, ExpectedReleases, ExpectedTraffic, Exposure, Quotas};
pub use extra::{Extra, ExtraPermission, ExtraResource, KeepPolicy, Raw, ReplacePolicy};
pub use http::{Certificate, HealthCheck, Http, Protocol, Scheme};
pub use load_balancer::{ExistingListener, ExistingLoadBalancer, Forwards, LoadBalancer};
pub use network::{Endpoint, Import, Nat, Network};
pub(crate) use network::{PRIVATE_SUBNET_BITS, VPC_PREFIXES};
pub use patches::{Patch, Place as PatchPlace};
pub use pipeline::{
    Build, Compute, ConnectionSource, Home, PipelineSpec, Reference, ReleaseWith, Scan, ScanLevel, Source,
    Stage, StageApproval,
};
pub use rolling::{CircuitBreaker, EarlySuccess, FailureUnit, OldTasks, Rolling};
pub use scaling::{Count, Scaling, Schedule};
pub use secrets::Secret;
pub use service::{
    Architecture, Bootstrap, ContainerHealth, Discovery, Image, Logs, Permission, Scalar, Service, Sidecar,
};
pub use tcp::{Tcp, TcpHealthCheck};
pub use template::{Bound, Param, ParamType, ServiceBlueprint, Shared};

/// Whether text holds an expression of ours, rather than a `${AWS::…}` of CloudFormation's alone.
pub(crate) fn is_expression(text: &str) -> bool {
    text.match_indices("${").any(|(at, _)| !text[at..].starts_with("${AWS::"))
}
