//! What `deploy.sh` and `release.sh` share, so that both look at the world in the same way.

use crate::blueprint::Engine;

/// Names and values of the environment, as a template: the first thing after a script's own name, `SCRIPT`.
macro_rules! place {
    () => {
        include_str!("../shell/place.sh.j2")
    };
}
pub(super) use place;

/// `say`, `warn`, `die`, `problem`.
pub(super) const TALK: &str = include_str!("talk.sh");
/// `ask`, and the questions that are asked more than once.
pub(super) const ASK: &str = include_str!("ask.sh");
/// Whose credentials these are, and whether somebody has to agree.
pub(super) const ACCOUNT: &str = include_str!("account.sh");
/// Where traffic goes.
pub(super) const TRAFFIC: &str = include_str!("traffic.sh");
/// What each engine says of the service that is used; `codedeploy.sh` lists its functions at its top.
pub(super) const ENGINES: [(Engine, &str); 3] = [
    (Engine::Codedeploy, include_str!("codedeploy.sh")),
    (Engine::Ecs, include_str!("ecs.sh")),
    (Engine::Cloudformation, include_str!("cloudformation.sh")),
];
/// Which stacks there are, and whether a service may be touched now.
pub(super) const SERVICE: &str = include_str!("service.sh");
/// An update that changes parameters only, and what failed in a stack.
pub(super) const UPDATE: &str = include_str!("update.sh");
