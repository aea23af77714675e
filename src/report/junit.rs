//! JUnit XML: a suite per file, and in it a test case per code that was found, or one that passed.
//!
//! There is one `failure` per case, which tells all findings of its code: most readers look at the first one only. A case
//! without errors passes, with what was found as its output, and one of which everything is allowed or in the baseline is
//! skipped, with the reason.

use super::{all_words, level_name, located, name, primary_span, scrub};
use crate::{
    diagnostic::{Code, Finding, Level, Suppression},
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
    let failures: usize = suites.iter().map(|suite| suite.count(Verdict::Failed)).sum();
    let skipped: usize = suites.iter().map(|suite| suite.count(Verdict::Skipped)).sum();
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.push_str(&format!(
        "<testsuites name=\"bluegreen\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">\n"
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

    fn count(&self, verdict: Verdict) -> usize {
        self.cases.iter().filter(|(_, findings)| Verdict::of(findings) == verdict).count()
    }

    fn write(&self, sources: &Sources, xml: &mut String) {
        let Self { file, cases } = self;
        let tests = cases.len().max(1);
        let (failures, skipped) = (self.count(Verdict::Failed), self.count(Verdict::Skipped));
        xml.push_str(&format!(
            "  <testsuite name=\"{file}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">\n"
        ));
        let case = |name: &str| format!("    <testcase name=\"{name}\" classname=\"{file}\" file=\"{file}\"");
        if cases.is_empty() {
            xml.push_str(&case("check"));
            xml.push_str("/>\n");
        }
        for (code, findings) in cases {
            xml.push_str(&case(&escaped(&format!("{} {}", code.id, code.name))));
            xml.push_str(">\n");
            xml.push_str(&outcome(sources, findings));
            xml.push_str("    </testcase>\n");
        }
        xml.push_str("  </testsuite>\n");
    }
}

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Something must be mended.
    Failed,
    /// There is something to say.
    Passed,
    /// Nothing counts.
    Skipped,
}

impl Verdict {
    fn of(findings: &[&Finding]) -> Self {
        match findings.iter().filter(|finding| finding.counts()).map(|finding| finding.level).max() {
            Some(Level::Error) => Self::Failed,
            Some(Level::Warning | Level::Note) => Self::Passed,
            None => Self::Skipped,
        }
    }
}

fn outcome(sources: &Sources, findings: &[&Finding]) -> String {
    let verdict = Verdict::of(findings);
    // What fails the case comes first.
    let mut counted: Vec<&Finding> = findings.iter().copied().filter(|finding| finding.counts()).collect();
    counted.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    let told: Vec<String> = counted.iter().map(|finding| told(sources, finding)).collect();
    let told = escaped(&told.join("\n"));
    match verdict {
        Verdict::Failed => {
            let title = counted.first().map_or("", |finding| &finding.title);
            let message = match counted.len() {
                0 | 1 => title.to_owned(),
                several => format!("{title} (and {} more)", several - 1),
            };
            let message = escaped(&scrub(&message));
            format!("      <failure type=\"error\" message=\"{message}\">{told}</failure>\n")
        }
        Verdict::Passed => format!("      <system-out>{told}</system-out>\n"),
        Verdict::Skipped => {
            let mut reasons: Vec<String> = Vec::new();
            for reason in findings.iter().filter_map(|finding| finding.suppression.as_ref()).map(reason) {
                if !reasons.contains(&reason) {
                    reasons.push(reason);
                }
            }
            format!("      <skipped message=\"{}\"/>\n", escaped(&scrub(&reasons.join("; "))))
        }
    }
}

fn reason(suppression: &Suppression) -> String {
    match suppression {
        Suppression::Allowed { reason, until: None, .. } => format!("allowed: {reason}"),
        Suppression::Allowed { reason, until: Some(day), .. } => format!("allowed until {day}: {reason}"),
        Suppression::Baseline { file } => format!("in the baseline {file}"),
    }
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
