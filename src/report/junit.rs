//! JUnit XML: a suite per file, and in it a test case per code that was found, or one that passed.
//!
//! There is one `failure` per case, which tells all findings of its code: most readers look at the first one only.

use super::{all_words, level_name, located, name, primary_span, scrub};
use crate::{
    diagnostic::{Code, Finding, Level},
    source::{FileId, Sources},
};

/// All findings as one XML document. A finding without a place is told of the first file read, the blueprint.
pub fn junit(sources: &Sources, findings: &[Finding]) -> String {
    let files: Vec<FileId> = sources.files().collect();
    let suite_of = |finding: &Finding| {
        let file = primary_span(finding).map(|span| span.file);
        file.filter(|file| files.contains(file)).or(files.first().copied())
    };
    let of = |file| findings.iter().filter(|finding| suite_of(finding) == Some(file)).collect();
    let suites: Vec<Suite<'_>> = files.iter().map(|file| Suite::new(sources, *file, of(*file))).collect();
    let tests: usize = suites.iter().map(|suite| suite.cases.len().max(1)).sum();
    let failures: usize = suites.iter().map(|suite| suite.cases.len()).sum();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.push_str(&format!(
        "<testsuites name=\"bluegreen\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">\n"
    ));
    for suite in &suites {
        suite.write(sources, &mut xml);
    }
    xml.push_str("</testsuites>\n");
    xml
}

/// What was found in a file.
struct Suite<'f> {
    file: String,
    /// Findings by code, in the order in which codes first occur.
    cases: Vec<(Code, Vec<&'f Finding>)>,
}

impl<'f> Suite<'f> {
    fn new(sources: &Sources, file: FileId, findings: Vec<&'f Finding>) -> Self {
        let mut cases: Vec<(Code, Vec<&Finding>)> = Vec::new();
        for finding in findings {
            match cases.iter_mut().find(|(code, _)| *code == finding.code) {
                Some((_, same)) => same.push(finding),
                None => cases.push((finding.code, vec![finding])),
            }
        }
        Self { file: escaped(&scrub(&name::relative(sources.path(file)))), cases }
    }

    fn write(&self, sources: &Sources, xml: &mut String) {
        let Self { file, cases } = self;
        let (tests, failures) = (cases.len().max(1), cases.len());
        xml.push_str(&format!(
            "  <testsuite name=\"{file}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">\n"
        ));
        let case = |name: &str| format!("    <testcase name=\"{name}\" classname=\"{file}\" file=\"{file}\"");
        if cases.is_empty() {
            xml.push_str(&case("check"));
            xml.push_str("/>\n");
        }
        for (code, findings) in cases {
            xml.push_str(&case(&escaped(&format!("{} {}", code.id, code.name))));
            xml.push_str(">\n");
            xml.push_str(&failure(sources, findings));
            xml.push_str("    </testcase>\n");
        }
        xml.push_str("  </testsuite>\n");
    }
}

fn failure(sources: &Sources, findings: &[&Finding]) -> String {
    let heaviest = findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Error);
    let title = findings.first().map_or("", |finding| &finding.title);
    let message = match findings.len() {
        0 | 1 => title.to_owned(),
        several => format!("{title} (and {} more)", several - 1),
    };
    let told: Vec<String> = findings.iter().map(|finding| told(sources, finding)).collect();
    format!(
        "      <failure type=\"{}\" message=\"{}\">{}</failure>\n",
        level_name(heaviest),
        escaped(&scrub(&message)),
        escaped(&told.join("\n"))
    )
}

/// A finding as lines: the one of the concise format, and what else there is to say.
fn told(sources: &Sources, finding: &Finding) -> String {
    let place = primary_span(finding).map(|span| format!("{}: ", located(sources, span))).unwrap_or_default();
    let words = all_words(sources, finding).join("\n  ");
    format!("{place}{}[{}] {words}", level_name(finding.level), finding.code.id)
}

/// Text for content and attributes, without what XML cannot hold at all. Lines stay lines: readers keep them in content,
/// and attributes have none, since they are scrubbed.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\n' => escaped.push('\n'),
            '\u{fffe}' | '\u{ffff}' => {}
            control if control.is_control() => {}
            _ => escaped.push(letter),
        }
    }
    escaped
}
