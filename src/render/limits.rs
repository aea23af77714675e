use crate::{
    diagnostic::{Aim, Finding, Trail, codes},
    stacks::Stack,
};

/// What CloudFormation accepts of one template (facts 8.1).
const BYTES: usize = 1_000_000;
const RESOURCES: usize = 500;
const PARAMETERS: usize = 200;
const OUTPUTS: usize = 200;

/// Says where a template is larger than CloudFormation accepts.
pub(super) fn check(stack: &Stack, text: &str, environment: &str) -> Option<Finding> {
    let template = &stack.template;
    let (what, count, most) = [
        ("bytes", text.len(), BYTES),
        ("resources", template.resources.len(), RESOURCES),
        ("parameters", template.parameters.len(), PARAMETERS),
        ("outputs", template.outputs.len(), OUTPUTS),
    ]
    .into_iter()
    .find(|(_, count, most)| count > most)?;
    let mut finding = Finding::error(
        codes::TEMPLATE_TOO_LARGE,
        format!("the stack `{}` has {count} {what}; CloudFormation accepts {most}", stack.name),
    )
    .at(Trail::of(["layout"]), Aim::Value, "")
    .help("write `layout: split`, or divide the application");
    finding.primary = None;
    finding.environment = Some(environment.to_owned());
    Some(finding)
}
