use serde::Serialize;

use super::{
    context::Context,
    shell::{self, place},
};
use crate::{
    blueprint::Engine,
    scripts::{ArtifactError, text},
};

/// Who and where, then every stack and service.
const TEMPLATE: &str = concat!(include_str!("deploy.sh.j2"), place!(), include_str!("stacks.sh.j2"));

/// What each engine tells at the end; `codedeploy.sh` says which functions.
const ENGINES: [(Engine, &str); 4] = [
    (Engine::Codedeploy, include_str!("codedeploy.sh")),
    (Engine::Ecs, include_str!("ecs.sh")),
    (Engine::Cloudformation, include_str!("cloudformation.sh")),
    (Engine::TwoClusters, include_str!("two_clusters.sh")),
];

/// The parts of the script that are the same everywhere, in the order they stand in it; those of engines come between.
const BEFORE: [&str; 5] = [shell::TALK, shell::ASK, shell::ACCOUNT, shell::TRAFFIC, shell::SERVICE];
const AFTER: [&str; 4] =
    [include_str!("preflight.sh"), shell::UPDATE, include_str!("stack.sh"), include_str!("main.sh")];

#[derive(Serialize)]
struct Script<'c> {
    #[serde(flatten)]
    context: &'c Context,
    parts: String,
}

/// `deploy.sh`: deploys the stacks in their order with the AWS CLI, and refuses where an update could move traffic.
///
/// # Errors
/// Never for a reason in the blueprint: template and context are bluegreen's own.
pub fn deploy_script(context: &Context) -> Result<String, ArtifactError> {
    let engines = [context.parts_for(&shell::ENGINES), context.parts_for(&ENGINES)].concat();
    let script = Script { context, parts: [&BEFORE[..], &engines, &AFTER].concat().join("\n") };
    let room = 32 * 1024 + context.services() * 3 * 1024;
    text::render("deploy.sh", TEMPLATE, &script, room)
}
