use super::context::Context;
use crate::scripts::{ArtifactError, text};

/// `RUNBOOK.md`: what a person does with the environment, every command filled in.
///
/// # Errors
/// Never for a reason in the blueprint: template and context are bluegreen's own.
pub fn runbook(context: &Context) -> Result<String, ArtifactError> {
    let room = 12 * 1024 + context.services() * 11 * 1024;
    text::render("RUNBOOK.md", include_str!("runbook.md.j2"), context, room)
}
