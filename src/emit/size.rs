use crate::cfn::Template;

/// What CloudFormation limits about a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct TemplateSize {
    /// Bytes of the text.
    pub bytes: usize,
    /// Resources.
    pub resources: usize,
    /// Parameters.
    pub parameters: usize,
    /// Outputs.
    pub outputs: usize,
}

impl TemplateSize {
    /// The size of a template as written.
    pub fn of(template: &Template, text: &str) -> Self {
        Self {
            bytes: text.len(),
            resources: template.resources.len(),
            parameters: template.parameters.len(),
            outputs: template.outputs.len(),
        }
    }
}
