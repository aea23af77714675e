//! Making the changes that mend findings for certain, and nothing else: what is not changed keeps every byte.
//!
//! Changes are made in rounds. After each the result is judged again, and a round that made things worse is taken back and
//! tried change by change, so that no text comes out of here that is worse than the one that went in.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use crate::{
    diagnostic::{Finding, Fix},
    source::{FileId, Sources, Span},
};

/// Rounds after which it is enough: each may show what the one before had hidden.
const MAX_ROUNDS: usize = 10;
/// Changes that are tried by themselves.
const MAX_TRIALS: usize = 100;

/// Texts that differ from the files they came from, by the files' names.
pub type Texts = BTreeMap<Utf8PathBuf, String>;

/// What was read, and what is said of it.
#[derive(Debug)]
pub struct Judged {
    /// The files.
    pub sources: Sources,
    /// Everything found in them, located.
    pub findings: Vec<Finding>,
}

/// What came of mending.
#[derive(Debug)]
pub struct Mended {
    /// What is said of the result.
    pub judged: Judged,
    /// The files that changed.
    pub texts: Texts,
    /// How many changes were made.
    pub changes: usize,
    /// Changes that were left out because the result would have been worse.
    pub refused: usize,
}

/// Makes every change that is certain. `judge` reads and judges everything, with these texts instead of the files of their
/// names.
///
/// # Errors
/// When `judge` fails.
pub fn mend<E>(mut judge: impl FnMut(&Texts) -> Result<Judged, E>) -> Result<Mended, E> {
    let texts = Texts::new();
    let judged = judge(&texts)?;
    let mut now = Mended { judged, texts, changes: 0, refused: 0 };
    let mut refused: Vec<(String, String)> = Vec::new();
    let mut trials = 0;
    for _ in 0..MAX_ROUNDS {
        let all: Vec<Change> =
            changes(&now.judged).filter(|change| !refused.contains(&change.known())).collect();
        let round = apart(&all);
        if round.is_empty() {
            break;
        }
        if let Some(next) = attempt(&now, &round, &mut judge)? {
            now = next;
            continue;
        }
        // One of them is at fault: those before it are made, and it is left out.
        let mut better = None;
        for change in &round {
            trials += 1;
            if trials > MAX_TRIALS {
                break;
            }
            better = if round.len() == 1 { None } else { attempt(&now, &[change], &mut judge)? };
            if better.is_some() {
                break;
            }
            refused.push(change.known());
        }
        match better {
            Some(next) => now = next,
            None if trials > MAX_TRIALS => break,
            None => {}
        }
    }
    now.refused = refused.len();
    Ok(now)
}

/// One change of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Change {
    span: Span,
    text: String,
    finding: String,
}

impl Change {
    /// By what it is known when places have moved.
    fn known(&self) -> (String, String) {
        (self.finding.clone(), self.text.clone())
    }
}

/// What would mend the findings that count: the first certain change of each.
fn changes(judged: &Judged) -> impl Iterator<Item = Change> {
    let files: Vec<FileId> = judged.sources.files().collect();
    judged.findings.iter().filter(|finding| finding.counts()).filter_map(move |finding| {
        let fits = |fix: &&Fix| {
            // What came with the tool is not the user's to change, and an expression stands for more than its result.
            fix.certain && files.contains(&fix.span.file) && !judged.sources.slice(fix.span).contains("${")
        };
        let fix = finding.fixes.iter().find(fits)?;
        Some(Change { span: fix.span, text: fix.text.clone(), finding: finding.title.clone() })
    })
}

/// Those that do not touch each other, in the order of the files.
fn apart(changes: &[Change]) -> Vec<&Change> {
    let mut sorted: Vec<&Change> = changes.iter().collect();
    sorted.sort_by_key(|change| (change.span.file, change.span.start, change.span.end));
    let mut apart: Vec<&Change> = Vec::new();
    for change in sorted {
        let free = apart.last().is_none_or(|last| {
            let (last, next) = (last.span, change.span);
            last.file != next.file
                || last.end <= next.start && (last.start, last.end) != (next.start, next.end)
        });
        if free {
            apart.push(change);
        }
    }
    apart
}

/// What comes of making these changes, unless it is worse.
fn attempt<E>(
    now: &Mended,
    changes: &[&Change],
    judge: &mut impl FnMut(&Texts) -> Result<Judged, E>,
) -> Result<Option<Mended>, E> {
    let mut texts = now.texts.clone();
    let mut files: Vec<FileId> = changes.iter().map(|change| change.span.file).collect();
    files.dedup();
    for file in files {
        let own = changes
            .iter()
            .filter(|change| change.span.file == file)
            .map(|change| (change.span, &*change.text));
        let text = changed(now.judged.sources.text(file), own);
        texts.insert(now.judged.sources.path(file).to_owned(), text);
    }
    let judged = judge(&texts)?;
    if is_worse(&now.judged.findings, &judged.findings) {
        return Ok(None);
    }
    Ok(Some(Mended { judged, texts, changes: now.changes + changes.len(), refused: now.refused }))
}

/// A text with some bytes replaced; the changes are sorted and do not touch each other.
fn changed<'c>(text: &str, changes: impl Iterator<Item = (Span, &'c str)>) -> String {
    let windows = text.contains("\r\n");
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for (span, new) in changes {
        let kept = text.get(at..span.start as usize).unwrap_or_default();
        result.push_str(kept);
        if windows {
            result.push_str(&new.replace('\n', "\r\n"));
        } else {
            result.push_str(new);
        }
        at = span.end as usize;
    }
    result + text.get(at..).unwrap_or_default()
}

/// Whether findings tell of something worse. While the shape is wrong the rules are silent, so that fewer faults of shape are
/// better whatever the rules say then; otherwise there must not be more findings than before.
fn is_worse(before: &[Finding], after: &[Finding]) -> bool {
    let count = |findings: &[Finding]| {
        let counted = || findings.iter().filter(|finding| finding.counts());
        let unreadable = counted().filter(|finding| finding.code.id < "BG020").count();
        let shapeless = counted().filter(|finding| finding.code.id < "BG100").count();
        (unreadable, shapeless, counted().count())
    };
    count(after) > count(before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::codes;

    /// Finds words, as many times as they stand there, and knows what to write instead.
    fn finds<'w>(
        words: &'w [(&'w str, &'w str)],
        text: &'w str,
    ) -> impl FnMut(&Texts) -> Result<Judged, ()> + 'w {
        move |texts| {
            let mut sources = Sources::new();
            let file = sources
                .add("a.yaml", texts.get(camino::Utf8Path::new("a.yaml")).map_or(text, String::as_str));
            let mut findings = Vec::new();
            for (word, instead) in words {
                for (at, _) in sources.text(file).match_indices(word) {
                    let span = Span { file, start: at as u32, end: (at + word.len()) as u32 };
                    let mut finding = Finding::error(codes::UNKNOWN_KEY, format!("{word} at {at}"));
                    finding.fixes.push(Fix::certain("write it", span, *instead));
                    findings.push(finding);
                }
            }
            Ok(Judged { sources, findings })
        }
    }

    fn result(words: &[(&str, &str)], text: &str) -> (String, usize, usize) {
        let mut mended = mend(finds(words, text)).unwrap();
        let text = mended.texts.remove(camino::Utf8Path::new("a.yaml")).unwrap_or_else(|| text.to_owned());
        (text, mended.changes, mended.refused)
    }

    #[test]
    fn every_certain_change_is_made_and_nothing_else() {
        assert_eq!(result(&[("aa", "b")], "# aa?\naa: 1 # x\n"), ("# b?\nb: 1 # x\n".into(), 2, 0));
        assert_eq!(result(&[("x", "a\n")], "x\r\nb\r\n").0, "a\r\n\r\nb\r\n");
        assert_eq!(result(&[], "x"), ("x".into(), 0, 0));
    }

    #[test]
    fn changes_that_overlap_take_turns() {
        assert_eq!(result(&[("ab", "c"), ("bb", "d")], "abb").0, "cb");
    }

    #[test]
    fn what_makes_things_worse_is_left_out() {
        assert_eq!(result(&[("a", "aaa"), ("b", "c")], "a b"), ("a c".into(), 1, 1));
        assert_eq!(result(&[("a", "aaa")], "a a").1, 0);
    }

    #[test]
    fn what_never_ends_is_ended() {
        let (text, changes, _) = result(&[("a", "b"), ("b", "a")], "a");
        assert_eq!(changes, MAX_ROUNDS, "{text}");
    }

    #[test]
    fn guesses_are_not_made() {
        let judge = |texts: &Texts| -> Result<Judged, ()> {
            assert!(texts.is_empty());
            let mut sources = Sources::new();
            let file = sources.add("a.yaml", "prto: 1\nx: ${a}\n");
            let mut guess = Finding::error(codes::UNKNOWN_KEY, "unknown");
            guess.fixes.push(Fix::likely("did you mean `port`?", Span { file, start: 0, end: 4 }, "port"));
            let mut expression = Finding::error(codes::WRONG_TYPE, "text");
            expression.fixes.push(Fix::certain("write `1`", Span { file, start: 11, end: 15 }, "1"));
            let built_in = sources.add_built_in("defaults", "a");
            let mut ours = Finding::error(codes::WRONG_TYPE, "ours");
            ours.fixes.push(Fix::certain("write `1`", Span { file: built_in, start: 0, end: 1 }, "1"));
            Ok(Judged { sources, findings: vec![guess, expression, ours] })
        };
        assert_eq!(mend(judge).unwrap().changes, 0);
    }
}
