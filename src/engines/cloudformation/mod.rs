//! AWS CloudFormation itself: the transform `AWS::CodeDeployBlueGreen` and the hook `AWS::CodeDeploy::BlueGreen`, with task sets
//! that are resources of the service's stack.
//!
//! What is decided here, and why:
//!
//! - **One template for a service.** The hook names service, listeners, target groups, task definition and task set by
//!   logical id, so all of them stand in one template, and that template may neither import nor have outputs (facts 5.3). Network and
//!   cluster stay stacks of their own: what the template needs of them are parameters, which `deploy.sh` reads from the exports
//!   (`Lookup::Export`), and only once where task definition or task set rests on them. `layout: single` is refused: a template has one service, and a change of the network in it
//!   could not go with a release.
//! - **Every update is either a release or anything else.** A change of the task definition or of the task set
//!   starts a green deployment, and CloudFormation refuses it together with a change of any other resource (facts 5.2). These two are the
//!   last resources of the template (`Stack::released_from`). An update of anything else sends the new template up to there,
//!   and the rest as the stack has it (`get-template --template-stage Original`); a release sends the stack's own template up to there, and
//!   then `release.yaml` of the service's folder with the new image in it. So a change of CPU in the blueprint waits for the
//!   next release, as it does with every other engine. `tests/task_sets.rs` plays both.
//! - **What runs is written, never a parameter.** The transform compares templates, not values: an image behind a
//!   parameter changes unseen (facts 5.5). So nothing in the two resources refers to anything whose value changes: the image is text, no
//!   condition is left in them, and secrets are named by their ARN. What comes from exports (cluster, subnets) belongs to what never
//!   changes in place.
//! - **Blue is written for ever.** The green logical ids stand in the hook alone; the transform makes the resources
//!   of these names, takes the blue ones out, and the other way round with the next release (facts 5.5). The template that is sent always
//!   says blue, and the listeners forward to blue with a weight, in the shape that AWS documents: which color is live the transform
//!   puts in its place. There is no parameter `LiveColor`, and no condition in what the transform reads.
//! - **Nothing of that is believed blindly.** AWS documents the alternation in an example alone. So a change set is made and looked at
//!   first, by `release.sh` for a release and by `deploy.sh` for any other update. In a release it adds a task definition and a task set, takes away those of the other color, and may otherwise only
//!   change `PrimaryTaskSet` and the listeners; in any other update it touches none of these. A change set that does
//!   something else is deleted and not executed.
//! - **Alarms** take a release back as a rollback trigger of the update: one composite alarm (`Stack::rollback_alarm`), because
//!   there may be five triggers at most (facts 8.13). They watch both colors, as with every engine. It is passed with a release and not with
//!   the creation, when there is none yet.
//! - **Left out** is what the transform is not known to carry (facts 5.5): shares of capacity providers, registries,
//!   a grace period. A `LaunchType` is what is documented.

mod alarm;
mod events;
mod hook;
mod role;
mod task_set;

use crate::{
    blueprint::{self, engines::Abilities, units::ServiceName},
    engines::codedeploy,
    stacks::{Canvas, Engine, Names, ServiceParts, Site},
};

/// The engine.
#[derive(Debug, Clone, Copy)]
pub struct CloudFormation;

impl Engine for CloudFormation {
    fn abilities(&self) -> &'static Abilities {
        blueprint::Engine::Cloudformation.abilities()
    }

    fn draw(&self, canvas: &mut Canvas, site: Site<'_>, parts: &ServiceParts<'_>) {
        let checks = hook::function(canvas, site, parts);
        let functions = self.hooks(site.names(), &site.service.name, &site.service.service);
        let role = role::draw(canvas, site, &functions);
        task_set::draw(canvas, site, parts);
        hook::draw(canvas, site, parts, &role, &functions);
        if let Some(function) = checks {
            canvas.template.draft_of(parts.service).depends_on.push(function.id());
        }
        alarm::draw(canvas, site, parts);
        events::draw(canvas, site);
    }

    fn hooks(
        &self,
        names: Names<'_>,
        name: &ServiceName,
        service: &blueprint::Service,
    ) -> Vec<(&'static str, String)> {
        codedeploy::hook::functions(names, name, service)
    }
}
