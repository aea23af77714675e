//! Who moves the traffic.

mod checks;
mod cloudformation;
mod codedeploy;
mod ecs;
mod watched;

pub use cloudformation::CloudFormation;
pub use codedeploy::CodeDeploy;
pub use ecs::Ecs;

use crate::{blueprint, stacks::Engine};

/// The engine a blueprint names.
pub fn engine(engine: blueprint::Engine) -> &'static dyn Engine {
    match engine {
        blueprint::Engine::Codedeploy => &CodeDeploy,
        blueprint::Engine::Ecs => &Ecs,
        blueprint::Engine::Cloudformation => &CloudFormation,
    }
}
