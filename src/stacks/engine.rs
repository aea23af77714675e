use super::{Canvas, Names, Site, edge::EdgeParts};
use crate::{
    blueprint::{self, engines::Abilities, units::ServiceName},
    cfn::{Alarm, Handle, Role, ScalableTarget, Service, TaskDefinition, Text, Value},
};

/// What has been drawn of a service when the engine's turn comes.
#[derive(Debug)]
pub struct ServiceParts<'p> {
    /// Load balancer, listeners, target groups, where there are any.
    pub edge: Option<&'p EdgeParts>,
    /// The task definition.
    pub definition: &'p Handle<TaskDefinition>,
    /// The ECS service.
    pub service: &'p Handle<Service>,
    /// The role of the running task.
    pub task_role: &'p Handle<Role>,
    /// The role that starts the task.
    pub execution_role: &'p Handle<Role>,
    /// What scales, where something does.
    pub scalable_target: Option<&'p Handle<ScalableTarget>>,
    /// Alarms by name.
    pub alarms: &'p [(String, Handle<Alarm>)],
    /// The cluster's name, as text: what it names waits for the service, and the service for the cluster.
    pub cluster: Value,
    /// The condition that the stack describes an image of the application and not the placeholder, where there is a
    /// placeholder.
    pub has_image: Option<&'p Text>,
}

/// Who moves the traffic: what it adds to a service's stack, and what it says of itself.
pub trait Engine {
    /// What it can do.
    fn abilities(&self) -> &'static Abilities;

    /// Draws what moves the traffic.
    fn draw(&self, canvas: &mut Canvas, site: Site<'_>, parts: &ServiceParts<'_>);

    /// The life-cycle events of a deployment that call functions, with each function's name or ARN as `appspec.yaml`
    /// writes it.
    fn hooks(
        &self,
        names: Names<'_>,
        name: &ServiceName,
        service: &blueprint::Service,
    ) -> Vec<(&'static str, String)>;
}
