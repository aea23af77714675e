use serde::Serialize;

use super::{
    context::Context,
    shell::{self, place},
};
use crate::scripts::{ArtifactError, text};

/// Who and where, then every stack and service.
const TEMPLATE: &str = concat!(include_str!("deploy.sh.j2"), place!(), include_str!("stacks.sh.j2"));

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
    let held: &[&str] = if context.holds() { &[include_str!("hold.sh")] } else { &[] };
    let script = Script {
        context,
        parts: [&BEFORE[..], &context.parts_for(&shell::ENGINES), held, &AFTER].concat().join("\n"),
    };
    let room = 32 * 1024 + context.services() * 3 * 1024;
    text::render("deploy.sh", TEMPLATE, &script, room)
}
