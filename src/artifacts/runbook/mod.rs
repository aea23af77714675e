use super::{Environment, Release, context::Context};
use crate::{
    scripts::{ArtifactError, text},
    stacks::Stack,
};

/// `RUNBOOK.md`: what a person does with the environment, every command filled in.
///
/// # Errors
/// Never for a reason in the blueprint: template and context are bluegreen's own.
pub fn runbook(
    environment: &Environment,
    stacks: &[Stack],
    releases: &[Release],
) -> Result<String, ArtifactError> {
    let context = Context::new(environment, stacks, releases);
    let room = 12 * 1024 + releases.len() * 11 * 1024;
    text::render("RUNBOOK.md", include_str!("runbook.md.j2"), &context, room)
}
