//! What was there when a project began to be checked, so that only what is new is told.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{
    diagnostic::{Finding, Suppression, Trail, codes, digest},
    source::Sources,
    yaml,
};

/// The version of the file's form.
const VERSION: u32 = 1;

/// By what a finding is known again: never by its line, so that unrelated edits do not matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Known {
    /// Its code's id.
    pub code: String,
    /// The way to it in the document.
    pub trail: Option<String>,
    /// The environment it shows in.
    pub environment: Option<String>,
    /// Of its title: 16 hexadecimal digits.
    pub digest: String,
}

impl Known {
    fn of(finding: &Finding) -> Self {
        Self {
            code: finding.code.id.to_owned(),
            trail: finding.trail().map(ToString::to_string),
            environment: finding.environment.clone(),
            digest: format!("{:016x}", digest(&[&finding.title])),
        }
    }
}

impl fmt::Display for Known {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.code)?;
        if let Some(trail) = &self.trail {
            write!(out, " at {trail}")?;
        }
        match &self.environment {
            Some(environment) => write!(out, " in {environment}"),
            None => Ok(()),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    findings: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    known: Known,
    count: usize,
}

/// Why a baseline is none.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It is not what was written.
    #[error("`{file}` is not a baseline: {cause}")]
    Malformed {
        /// The file.
        file: String,
        /// What is wrong with it.
        cause: serde_json::Error,
    },
    /// Another version wrote it.
    #[error(
        "`{file}` is a baseline of version {version}, and this release reads version 1: write it anew with --write-baseline"
    )]
    Version {
        /// The file.
        file: String,
        /// Its version.
        version: u32,
    },
}

/// Findings that were there before, each as often as it was.
#[derive(Debug, Clone)]
pub struct Baseline {
    file: String,
    text: String,
    left: BTreeMap<Known, Left>,
}

/// What of an entry was not met yet.
#[derive(Debug, Clone, Copy)]
struct Left {
    count: usize,
    /// The entry's place in the file.
    index: usize,
}

impl Baseline {
    /// Reads the text of a baseline; `file` is what people call it.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(file: &str, text: &str) -> Result<Self, BaselineError> {
        let malformed = |cause| BaselineError::Malformed { file: file.to_owned(), cause };
        let version = serde_json::from_str::<serde_json::Value>(text).map_err(malformed)?;
        if let Some(version) = version.get("version").and_then(serde_json::Value::as_u64)
            && version != u64::from(VERSION)
        {
            let version = u32::try_from(version).unwrap_or(u32::MAX);
            return Err(BaselineError::Version { file: file.to_owned(), version });
        }
        let document: Document = serde_json::from_str(text).map_err(malformed)?;
        let mut left = BTreeMap::new();
        for (index, Entry { known, count }) in document.findings.into_iter().enumerate() {
            let entry = left.entry(known).or_insert(Left { count: 0, index });
            entry.count = entry.count.saturating_add(count);
        }
        Ok(Self { file: file.to_owned(), text: text.to_owned(), left })
    }

    /// Marks the findings of one environment that were there before.
    pub fn apply(&mut self, findings: &mut [Finding]) {
        for finding in findings.iter_mut().filter(|it| it.counts() && it.code.is_a_matter_of_judgement()) {
            if let Some(left) = self.left.get_mut(&Known::of(finding)).filter(|left| left.count > 0) {
                left.count -= 1;
                finding.suppression = Some(Suppression::Baseline { file: self.file.clone() });
            }
        }
    }

    /// What is to be said of what was there before and was not met: each entry where it stands in the baseline.
    pub fn unused(&self, sources: &mut Sources) -> Vec<Finding> {
        let stale: Vec<_> = self.left.iter().filter(|(_, left)| left.count > 0).collect();
        if stale.is_empty() {
            return Vec::new();
        }
        let file = sources.add(self.file.as_str(), self.text.as_str());
        // JSON is YAML, whose reader knows where values stand.
        let tree = yaml::read(sources, file).ok();
        let place = |index: usize| {
            let code = Trail::of(["findings"]).index(index).key("code");
            tree.as_ref()?.at(&code).map(|node| node.span)
        };
        stale
            .into_iter()
            .map(|(known, left)| {
                let title = format!("`{known}` is in the baseline, and is no longer found");
                let finding = Finding::warning(codes::UNUSED_ALLOWANCE, title)
                    .help(format!("write the baseline anew: `--write-baseline {}`", self.file));
                match place(left.index) {
                    Some(span) => finding.at_span(span, ""),
                    None => finding,
                }
            })
            .collect()
    }
}

/// Puts together what a new baseline holds.
#[derive(Debug, Default)]
pub struct Recorder {
    findings: BTreeMap<Known, usize>,
}

impl Recorder {
    /// Takes the findings of one environment that count and may wait; answers whether there were others that count.
    pub fn take(&mut self, findings: &[Finding]) -> bool {
        let mut others = false;
        for finding in findings.iter().filter(|finding| finding.counts()) {
            if finding.code.is_a_matter_of_judgement() {
                *self.findings.entry(Known::of(finding)).or_default() += 1;
            } else {
                others = true;
            }
        }
        others
    }

    /// How many findings it holds.
    pub fn len(&self) -> usize {
        self.findings.values().sum()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// The file's text: sorted, so that it differs only where findings do.
    pub fn text(self) -> String {
        let findings = self.findings.into_iter().map(|(known, count)| Entry { known, count }).collect();
        let document = Document { version: VERSION, findings };
        let mut text = serde_json::to_string_pretty(&document).expect("text and numbers become JSON");
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Aim, Trail, codes};

    fn finding(title: &str, environment: &str) -> Finding {
        let mut finding =
            Finding::warning(codes::BLIND_ROLLOUT, title).at(Trail::of(["services", "a"]), Aim::Key, "");
        finding.environment = Some(environment.into());
        finding
    }

    #[test]
    fn what_was_there_is_known_again_as_often_as_it_was() {
        let before = [
            finding("late", "prod"),
            finding("late", "prod"),
            finding("late", "dev"),
            finding("blind", "prod"),
        ];
        let mut recorder = Recorder::default();
        assert!(!recorder.take(&before));
        assert_eq!(recorder.len(), 4);
        let text = recorder.text();
        let mut baseline = Baseline::read("known.json", &text).unwrap();
        let mut now = [
            finding("late", "prod"),
            finding("late", "prod"),
            finding("late", "prod"),
            finding("new", "prod"),
        ];
        baseline.apply(&mut now);
        assert_eq!(now.each_ref().map(Finding::counts), [false, false, true, true]);
        let mut sources = Sources::new();
        let unused = baseline.unused(&mut sources);
        let line = |finding: &Finding| {
            let span = finding.primary.as_ref().unwrap().span.unwrap();
            sources.position(span.file, span.start).line
        };
        // `late` in dev, and `blind` in prod: the lines of their codes.
        let lines: Vec<_> = text.lines().enumerate().filter(|(_, line)| line.contains("\"code\"")).collect();
        assert_eq!(unused.iter().map(|it| line(it) - 1).collect::<Vec<_>>(), [lines[0].0, lines[1].0]);
        assert!(unused[0].title.contains("in dev") && unused[1].title.contains("in prod"));
    }

    #[test]
    fn what_is_no_matter_of_judgement_is_never_known() {
        let mut recorder = Recorder::default();
        assert!(recorder.take(&[Finding::error(codes::FARGATE_SIZE, "no such size")]));
        assert!(recorder.is_empty());
        let text = r#"{"version": 1, "findings": [{"code": "BG100", "trail": null, "environment": null, "digest": "0", "count": 1}]}"#;
        let mut baseline = Baseline::read("known.json", text).unwrap();
        let mut now = [Finding::error(codes::FARGATE_SIZE, "no such size")];
        baseline.apply(&mut now);
        assert!(now[0].counts());
    }

    #[test]
    fn what_is_no_baseline_is_said_to_be_none() {
        for (text, told) in [
            ("", "is not a baseline"),
            ("[]", "is not a baseline"),
            (r#"{"version": 1}"#, "missing field"),
            (r#"{"version": 2, "entries": []}"#, "of version 2"),
            (r#"{"version": 1, "findings": [{"code": "BG108"}]}"#, "missing field"),
        ] {
            let error = Baseline::read("known.json", text).unwrap_err().to_string();
            assert!(error.contains(told) && error.contains("known.json"), "{text}: {error}");
        }
    }
}
