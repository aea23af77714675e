//! Amazon ECS itself: the service carries how it is deployed, and rules of the listeners are what moves, or the listeners of a Network
//! Load Balancer.

pub(super) mod deployment;
pub(super) mod events;
mod hooks;
mod role;

use crate::{
    blueprint::{self, engines::Abilities, units::ServiceName},
    stacks::{Canvas, Engine, Names, ServiceParts, Site},
};

/// The engine.
#[derive(Debug, Clone, Copy)]
pub struct Ecs;

impl Engine for Ecs {
    fn abilities(&self) -> &'static Abilities {
        blueprint::Engine::Ecs.abilities()
    }

    fn draw(&self, canvas: &mut Canvas, site: Site<'_>, parts: &ServiceParts<'_>) {
        let hooks = hooks::draw(canvas, site, parts);
        // Without a load balancer there is nothing to move, and no leave to ask for it.
        if let Some(edge) = parts.edge.filter(|edge| edge.green.is_some()) {
            let role = role::draw(canvas, site, edge);
            deployment::move_traffic(canvas, parts.service, edge, &role);
        }
        let configuration = deployment::configuration(site, parts, hooks);
        canvas.template.draft_of(parts.service).set("DeploymentConfiguration", configuration);
        events::draw(canvas, site, parts);
    }

    fn hooks(&self, _: Names<'_>, _: &ServiceName, _: &blueprint::Service) -> Vec<(&'static str, String)> {
        // They stand in the service; there is no AppSpec.
        Vec::new()
    }
}
