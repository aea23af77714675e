//! `check --fix` and `check --diff`.

use camino::Utf8Path;

use super::{
    Console, FindingFormat, Outcome,
    check::aside,
    input::{STDIN, tell},
    judge::{Bench, Checked},
    outcome::Failure,
};
use crate::{
    diagnostic::{Finding, secrecy::veil},
    emit::{self, Replacement},
    mend::{self, Judged, Mended, Texts},
    report,
};

/// Makes the changes that are certain and tells what is left: on standard error where standard output is for the result.
pub(super) fn fix(
    bench: &Bench,
    path: &Utf8Path,
    given: &Texts,
    format: FindingFormat,
    console: &mut Console<'_>,
) -> Result<Outcome, Failure> {
    let (before, mended) = mended(bench, path, given)?;
    let piped = path == "-";
    if piped {
        let text = mended.texts.get(Utf8Path::new(STDIN)).or(given.get(Utf8Path::new(STDIN)));
        console.out.write_all(text.map(String::as_bytes).unwrap_or_default())?;
    } else {
        emit::replace(&replacements(&before, &mended))?;
    }
    // Everything that was weighed the first time is weighed again, with what is on disk now.
    let left =
        if piped { bench.check(path, &with(given, &mended.texts))? } else { bench.check(path, given)? };
    tell(console, &left.sources, &left.findings, format, !piped)?;
    told(&mended, "mended", console)?;
    aside(&left, path, format, console)?;
    Ok(if left.has_errors() { Outcome::Findings } else { Outcome::Clean })
}

/// Shows the changes that are certain.
pub(super) fn diff(
    bench: &Bench,
    path: &Utf8Path,
    given: &Texts,
    console: &mut Console<'_>,
) -> Result<Outcome, Failure> {
    let (before, mended) = mended(bench, path, given)?;
    let mut veiled = false;
    for Replacement { path, before, after } in replacements(&before, &mended) {
        let shown = report::diff(&path, &veil(&before), &veil(&after));
        veiled |= shown != report::diff(&path, &before, &after);
        write!(console.out, "{shown}")?;
    }
    if veiled {
        writeln!(
            console.err,
            "what looks like a secret is shown as asterisks: the diff is for reading alone"
        )?;
    }
    told(&mended, "to mend", console)?;
    let left = mended.judged.findings.iter().filter(|finding| finding.counts()).count();
    if left > 0 {
        let findings = if left == 1 { "finding" } else { "findings" };
        writeln!(console.err, "{left} {findings} would be left")?;
    }
    if mended.texts.is_empty() {
        return Ok(Outcome::Clean);
    }
    if path != "-" {
        writeln!(console.err, "next: bluegreen check {path} --fix")?;
    }
    Ok(Outcome::Findings)
}

/// What there is before, and what comes of mending it.
fn mended(bench: &Bench, path: &Utf8Path, given: &Texts) -> Result<(Checked, Mended), Failure> {
    let before = bench.check(path, given)?;
    let mended = mend::mend(|texts| {
        let Checked { sources, findings, .. } = bench.check(path, &with(given, texts))?;
        Ok::<Judged, Failure>(Judged { sources, findings })
    })?;
    Ok((before, mended))
}

fn with(given: &Texts, changed: &Texts) -> Texts {
    given.iter().chain(changed).map(|(path, text)| (path.clone(), text.clone())).collect()
}

/// The files that change, with what they held when they were judged.
fn replacements(before: &Checked, mended: &Mended) -> Vec<Replacement> {
    let sources = &before.sources;
    let files = sources.files().filter_map(|file| {
        let path = sources.path(file);
        Some(Replacement {
            path: path.to_owned(),
            before: sources.text(file).to_owned(),
            after: mended.texts.get(path)?.clone(),
        })
    });
    files.filter(|file| file.before != file.after).collect()
}

fn told(mended: &Mended, what: &str, console: &mut Console<'_>) -> Result<(), Failure> {
    let count = |count: usize| if count == 1 { "1 change".to_owned() } else { format!("{count} changes") };
    writeln!(console.err, "{} {what}", count(mended.changes))?;
    if mended.refused > 0 {
        writeln!(console.err, "{} left out, because more would be found than before", count(mended.refused))?;
    }
    let guesses = |finding: &&Finding| finding.counts() && finding.fixes.iter().any(|fix| !fix.certain);
    let guesses = mended.judged.findings.iter().filter(guesses).count();
    if guesses > 0 {
        writeln!(console.err, "{} left to you, since it is not certain what was meant", count(guesses))?;
    }
    Ok(())
}
