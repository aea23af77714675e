use serde::Serialize;

use super::{
    context::Context,
    shell::{self, place},
};
use crate::scripts::{ArtifactError, text};

/// Who and where, then every service.
const TEMPLATE: &str = concat!(include_str!("release.sh.j2"), place!(), "\n{{ parts }}");

/// How CodeDeploy brings a revision to life. Another engine brings a part of its own with the same functions, which
/// `codedeploy.sh` lists at its top; nothing else in the script knows who moves the traffic.
const CODEDEPLOY: &str = include_str!("codedeploy.sh");

/// The parts of the script that are the same everywhere, in the order they stand in it.
const PARTS: [&str; 11] = [
    shell::TALK,
    shell::ASK,
    shell::ACCOUNT,
    shell::TRAFFIC,
    shell::SERVICE,
    shell::UPDATE,
    include_str!("signals.sh"),
    include_str!("image.sh"),
    include_str!("revision.sh"),
    CODEDEPLOY,
    include_str!("main.sh"),
];

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
    let script = Script { context, parts: PARTS.join("\n") };
    let room = 40 * 1024 + context.services() * 2 * 1024;
    text::render("release.sh", TEMPLATE, &script, room).map(Some)
}
