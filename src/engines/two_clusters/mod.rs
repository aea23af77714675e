//! Two clusters: each color is a service of its own, replaced a few tasks at a time while it has no traffic. The weights of
//! the load balancer's stack move the traffic.

mod function;

use crate::{
    blueprint::{
        self, Rolling,
        engines::Abilities,
        units::{Minutes, ServiceName},
    },
    engines::ecs::{deployment, events},
    stacks::{Canvas, EdgeParts, Engine, Names, ServiceParts, Site},
};

/// The engine.
#[derive(Debug, Clone, Copy)]
pub struct TwoClusters;

impl Engine for TwoClusters {
    fn abilities(&self) -> &'static Abilities {
        blueprint::Engine::TwoClusters.abilities()
    }

    fn draw(&self, canvas: &mut Canvas, site: Site<'_>, parts: &ServiceParts<'_>) {
        // Whoever moves the weights watches the alarms; ECS need not wait for them once the tasks run.
        let rolling = Rolling { watch: Minutes::new(0), ..Rolling::default() };
        let configuration = deployment::rolling(site, parts, &rolling);
        canvas.template.draft_of(parts.service).set("DeploymentConfiguration", configuration);
        events::draw(canvas, site, parts);
    }

    fn draw_shared(&self, canvas: &mut Canvas, site: Site<'_>, edge: &EdgeParts) {
        function::draw(canvas, site, edge);
    }

    fn hooks(&self, _: Names<'_>, _: &ServiceName, _: &blueprint::Service) -> Vec<(&'static str, String)> {
        // `release.sh` calls them; there is no AppSpec.
        Vec::new()
    }
}
