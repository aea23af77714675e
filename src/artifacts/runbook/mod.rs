use super::context::Context;
use crate::scripts::{ArtifactError, text};

/// What is the same for every service stands around what each engine has to say of its own.
const TEMPLATE: &str = concat!(
    include_str!("top.md.j2"),
    include_str!("cloudformation.md.j2"),
    "{% for service in services %}\n\n",
    "{% if service.engine == 'ecs' %}\n",
    include_str!("ecs.md.j2"),
    "{% elif service.engine == 'codedeploy' %}\n",
    include_str!("codedeploy.md.j2"),
    "{% endif %}\n",
    include_str!("bottom.md.j2"),
);

/// `RUNBOOK.md`: what a person does with the environment, every command filled in.
///
/// # Errors
/// Never for a reason in the blueprint: template and context are bluegreen's own.
pub fn runbook(context: &Context) -> Result<String, ArtifactError> {
    let room = 12 * 1024 + context.services() * 11 * 1024;
    text::render("RUNBOOK.md", TEMPLATE, context, room)
}
