//! AWS CodeDeploy: an application and a deployment group for each service.

mod group;
pub(super) mod hook;
mod role;
mod suspension;

use crate::{
    blueprint::{self, engines::Abilities, units::ServiceName},
    stacks::{Canvas, Engine, Names, ServiceParts, Site},
};

/// The engine.
#[derive(Debug, Clone, Copy)]
pub struct CodeDeploy;

impl Engine for CodeDeploy {
    fn abilities(&self) -> &'static Abilities {
        blueprint::Engine::Codedeploy.abilities()
    }

    fn draw(&self, canvas: &mut Canvas, site: Site<'_>, parts: &ServiceParts<'_>) {
        // A service without a load balancer is refused.
        let Some(edge) = parts.edge else { return };
        if site.service.service.deploy.test_traffic.is_some() {
            hook::draw(canvas, site, parts, edge);
        }
        let role = role::draw(canvas, site, parts, edge);
        group::draw(canvas, site, parts, edge, &role);
        if let Some(target) = parts.scalable_target {
            suspension::draw(canvas, site, parts, target);
        }
    }

    fn hooks(
        &self,
        names: Names<'_>,
        name: &ServiceName,
        service: &blueprint::Service,
    ) -> Vec<(&'static str, String)> {
        hook::functions(names, name, service)
    }
}
