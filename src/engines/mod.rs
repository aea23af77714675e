//! Who moves the traffic.

mod codedeploy;

pub use codedeploy::CodeDeploy;

use crate::{blueprint, stacks::Engine};

/// The engine a blueprint names.
pub fn engine(engine: blueprint::Engine) -> &'static dyn Engine {
    match engine {
        blueprint::Engine::Codedeploy => &CodeDeploy,
    }
}
