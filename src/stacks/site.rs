use std::{ops::Deref, sync::Arc};

use super::{
    balancer::Ground,
    cluster::ClusterParts,
    extra::ExtraParts,
    names::{Color, Names},
    network::NetworkParts,
    stack::ServiceNames,
};
use crate::{
    blueprint::{Http, LoadBalancer, Tcp, units::Port},
    resolve::{Resolved, ResolvedService},
};

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
    /// The color that is drawn, where each has a service of its own.
    pub color: Option<Color>,
}

/// A service that a load balancer stands before, in its environment.
#[derive(Debug, Clone, Copy)]
pub struct Served<'r> {
    site: Site<'r>,
    /// What it says of the load balancer.
    pub front: Front<'r>,
    /// The load balancer: its own, or the one that it shares.
    pub balancer: &'r LoadBalancer,
    /// The port that its container listens on.
    pub port: Port,
}

/// What a service says of its load balancer, by what that forwards.
#[derive(Debug, Clone, Copy)]
pub enum Front<'r> {
    /// Requests.
    Http(&'r Http),
    /// Connections.
    Tcp(&'r Tcp),
}

impl Front<'_> {
    /// Seconds after a task's start in which its health does not count.
    pub(super) fn grace(self) -> u32 {
        match self {
            Self::Http(http) => http.healthcheck.grace.seconds(),
            Self::Tcp(tcp) => tcp.healthcheck.grace.seconds(),
        }
    }
}

impl<'r> Deref for Served<'r> {
    type Target = Site<'r>;

    fn deref(&self) -> &Site<'r> {
        &self.site
    }
}

impl<'r> Served<'r> {
    /// The load balancer of the service, where it has one for itself.
    pub(super) fn ground(self) -> Ground<'r> {
        Ground {
            resolved: self.resolved,
            network: self.network,
            cluster: self.cluster,
            balancer: self.balancer,
            log_prefix: self.service.name.as_str(),
            service: Some(&self.service.name),
        }
    }
}

impl<'r> Site<'r> {
    /// The service with its load balancer, where it has one.
    pub fn served(self) -> Option<Served<'r>> {
        let service = &self.service.service;
        let balancer = self.service.balancer.as_ref()?;
        let front = match (&service.http, &service.tcp) {
            (Some(http), _) => Front::Http(http),
            (None, Some(tcp)) => Front::Tcp(tcp),
            (None, None) => return None,
        };
        Some(Served { site: self, front, balancer, port: service.port? })
    }

    /// Names.
    pub fn names(self) -> Names<'r> {
        Names::new(self.resolved).of(self.color)
    }

    /// The same service, as one color of it.
    pub fn of(self, color: Color) -> Self {
        Self { color: Some(color), ..self }
    }

    /// `shop-prod-checkout`, or `shop-prod-checkout-blue` where a color has a service of its own.
    pub fn full_name(self) -> String {
        self.names().service(&self.service.name)
    }

    /// The names under which live state is read.
    pub fn service_names(
        self,
        edge_stack: Option<&str>,
        service_stack: &str,
        output_prefix: &str,
    ) -> Arc<ServiceNames> {
        let full = self.full_name();
        Arc::new(ServiceNames {
            service: self.service.name.to_string(),
            color: self.color,
            cluster: self.names().cluster(),
            ecs_service: self.service.name.to_string(),
            container: self.service.name.to_string(),
            port: self.service.service.port.map(Port::get),
            family: full.clone(),
            application: full.clone(),
            deployment_group: full,
            engine: self.service.service.deploy.engine,
            strategy: self.service.service.deploy.strategy.kind(),
            is_sent_connections: self.service.service.tcp.is_some(),
            edge_stack: edge_stack.map(ToOwned::to_owned),
            service_stack: service_stack.to_owned(),
            output_prefix: output_prefix.to_owned(),
        })
    }
}
