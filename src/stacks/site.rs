use std::sync::Arc;

use super::{
    balancer::Ground, cluster::ClusterParts, extra::ExtraParts, names::Names, network::NetworkParts,
    stack::ServiceNames,
};
use crate::resolve::{Resolved, ResolvedService};

/// One service in its environment, with what it stands on.
#[derive(Debug, Clone, Copy)]
pub struct Site<'r> {
    /// The application in the environment.
    pub resolved: &'r Resolved,
    /// The service.
    pub service: &'r ResolvedService,
    /// The network.
    pub network: &'r NetworkParts,
    /// The cluster.
    pub cluster: &'r ClusterParts,
    /// What stands beside all services.
    pub extra: &'r ExtraParts,
}

impl<'r> Site<'r> {
    /// Names.
    pub fn names(self) -> Names<'r> {
        Names::new(self.resolved)
    }

    /// The load balancer of the service, where it has one for itself.
    pub(super) fn ground(self) -> Ground<'r> {
        Ground {
            resolved: self.resolved,
            network: self.network,
            cluster: self.cluster,
            balancer: &self.service.balancer,
            log_prefix: self.service.name.as_str(),
            service: Some(&self.service.name),
        }
    }

    /// `shop-prod-checkout`
    pub fn full_name(self) -> String {
        self.names().service(&self.service.name)
    }

    /// The names under which live state is read.
    pub fn service_names(
        self,
        edge_stack: &str,
        service_stack: &str,
        output_prefix: &str,
    ) -> Arc<ServiceNames> {
        let full = self.full_name();
        Arc::new(ServiceNames {
            service: self.service.name.to_string(),
            cluster: self.names().base(),
            ecs_service: self.service.name.to_string(),
            container: self.service.name.to_string(),
            port: self.service.service.port.get(),
            family: full.clone(),
            application: full.clone(),
            deployment_group: full,
            engine: self.service.service.deploy.engine,
            strategy: self.service.service.deploy.strategy.kind(),
            edge_stack: edge_stack.to_owned(),
            service_stack: service_stack.to_owned(),
            output_prefix: output_prefix.to_owned(),
        })
    }
}
