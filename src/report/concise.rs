//! One line per finding: `path:line:column: error[BG020] title`.

use super::{counted, level_name, primary_span, scrub};
use crate::{diagnostic::Finding, source::Sources};

/// One line per finding.
pub fn concise(sources: &Sources, findings: &[Finding]) -> String {
    let mut lines = String::new();
    for finding in counted(findings) {
        if let Some(span) = primary_span(finding) {
            let at = sources.position(span.file, span.start);
            lines.push_str(&format!(
                "{}:{}:{}: ",
                scrub(sources.path(span.file).as_str()),
                at.line,
                at.column
            ));
        }
        let environment =
            finding.environment.as_ref().map(|name| format!(" (in `{name}`)")).unwrap_or_default();
        let title = format!("{}{environment}", finding.title);
        lines.push_str(&format!("{}[{}] {}\n", level_name(finding.level), finding.code.id, scrub(&title)));
    }
    lines
}
