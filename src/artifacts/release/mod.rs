use serde::Serialize;

use super::{
    context::Context,
    shell::{self, place},
};
use crate::{
    blueprint::Engine,
    scripts::{ArtifactError, text},
};

/// Who and where, then every service.
const TEMPLATE: &str = concat!(include_str!("release.sh.j2"), place!(), include_str!("parts.sh.j2"));

/// How each engine brings a revision to life. All have the same functions, which `rollout.sh` lists at its top; nothing else
/// in the script knows who moves the traffic.
const ENGINES: [(Engine, &str); 3] = [
    (Engine::Codedeploy, include_str!("codedeploy.sh")),
    (Engine::Ecs, include_str!("ecs.sh")),
    (Engine::Cloudformation, include_str!("cloudformation.sh")),
];

/// The parts of the script that are the same everywhere, in the order they stand in it; those of engines come between.
const BEFORE: [&str; 5] = [shell::TALK, shell::ASK, shell::ACCOUNT, shell::TRAFFIC, shell::SERVICE];
const MIDDLE: [&str; 6] = [
    shell::UPDATE,
    include_str!("signals.sh"),
    include_str!("image.sh"),
    include_str!("revision.sh"),
    include_str!("rollout.sh"),
    include_str!("tasks.sh"),
];
const AFTER: [&str; 1] = [include_str!("main.sh")];

#[derive(Serialize)]
struct Script<'c> {
    #[serde(flatten)]
    context: &'c Context,
    parts: String,
}

/// `release.sh`: brings one image of one service to life with the AWS CLI and waits until it runs. Nothing for an
/// environment without services.
///
/// # Errors
/// Never for a reason in the blueprint: template and context are bluegreen's own.
pub fn release_script(context: &Context) -> Result<Option<String>, ArtifactError> {
    if context.services() == 0 {
        return Ok(None);
    }
    let parts =
        [&BEFORE[..], &context.parts_for(&shell::ENGINES), &MIDDLE, &context.parts_for(&ENGINES), &AFTER];
    let script = Script { context, parts: parts.concat().join("\n") };
    let room = 40 * 1024 + context.services() * 2 * 1024;
    text::render("release.sh", TEMPLATE, &script, room).map(Some)
}
