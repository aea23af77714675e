use std::io;

use camino::Utf8Path;

use super::{Console, FindingFormat, outcome::Failure};
use crate::{
    diagnostic::{Finding, Level, codes, secrecy::veiled},
    mend::Texts,
    render, report,
    resolve::{self, Blueprint, Document, Resolved},
    rules,
    source::{self, FileId, Sources},
};

/// A blueprint that was read, as far as it could be.
pub(super) struct Input {
    pub(super) sources: Sources,
    /// The blueprint, where its shape is right.
    pub(super) blueprint: Option<Blueprint>,
    /// What reading found.
    pub(super) findings: Vec<Finding>,
    /// What the document is, where it has the right shape and is no application.
    pub(super) other: Option<String>,
}

/// What standard input is called.
pub(super) const STDIN: &str = "<stdin>";

/// All of standard input.
pub(super) fn stdin() -> Result<String, Failure> {
    let mut sources = Sources::new();
    let file = source::load_stream(&mut sources, Utf8Path::new(STDIN), io::stdin().lock())?;
    Ok(sources.text(file).to_owned())
}

/// Reads an application blueprint, or standard input for `-`.
pub(super) fn read(path: &Utf8Path) -> Result<Input, Failure> {
    let (mut sources, file) = load(path, &Texts::new())?;
    let (blueprint, findings) = match Blueprint::read_with(&mut sources, file, &mut source::load) {
        Ok(blueprint) => (Some(blueprint), Vec::new()),
        Err(findings) => (None, findings),
    };
    Ok(Input { sources, blueprint, findings, other: None })
}

/// Reads a document of any kind, or standard input for `-`, with these texts instead of the files of their names.
pub(super) fn read_any(path: &Utf8Path, texts: &Texts) -> Result<Input, Failure> {
    let (mut sources, file) = load(path, texts)?;
    let (mut blueprint, mut findings, mut other) = (None, Vec::new(), None);
    let mut named = |sources: &mut Sources, path: &Utf8Path| match texts.get(path) {
        Some(text) => Ok(sources.add(path, text.as_str())),
        None => source::load(sources, path),
    };
    match resolve::read(&mut sources, file, &mut named) {
        Ok(Document::Application(read)) => blueprint = Some(*read),
        Ok(Document::ServiceBlueprint(name, found)) => {
            other = Some(format!("the service blueprint `{name}`"));
            findings = found;
        }
        Ok(Document::Shared(name)) => other = Some(format!("the shared part `{name}`")),
        Err(found) => findings = found,
    }
    Ok(Input { sources, blueprint, findings, other })
}

/// Paths inside standard input are relative to the working folder.
fn load(path: &Utf8Path, texts: &Texts) -> Result<(Sources, FileId), Failure> {
    let mut sources = Sources::new();
    let name = if path == "-" { Utf8Path::new(STDIN) } else { path };
    let file = match texts.get(name) {
        Some(text) => sources.add(name, text.as_str()),
        None if path == "-" => source::load_stream(&mut sources, name, io::stdin().lock())?,
        None => source::load(&mut sources, path)?,
    };
    Ok((sources, file))
}

/// Which environments of a blueprint are meant; those named, or all.
pub(super) fn environments<'b>(blueprint: &'b Blueprint, named: &[String]) -> Result<Vec<&'b str>, Failure> {
    let all: Vec<&str> = blueprint.environments().collect();
    if named.is_empty() {
        return Ok(all);
    }
    named
        .iter()
        .map(|name| {
            all.iter().copied().find(|known| known == name).ok_or_else(|| {
                format!("there is no environment `{name}` in the blueprint; there are {}", all.join(", "))
                    .into()
            })
        })
        .collect()
}

/// The environment that is meant where one is looked at: the one named, or the only one.
pub(super) fn one_environment<'b>(
    blueprint: &'b Blueprint,
    named: Option<&String>,
) -> Result<&'b str, Failure> {
    let named: Vec<String> = named.into_iter().cloned().collect();
    match environments(blueprint, &named)?.as_slice() {
        [one] => Ok(*one),
        all => Err(format!("say which environment: --environment {}", all.join("|")).into()),
    }
}

/// Resolves and judges an environment. Findings of several environments are put together by [`merge`].
pub(super) fn judge(blueprint: &Blueprint, environment: &str) -> (Option<Resolved>, Vec<Finding>) {
    let (resolved, findings) = judge_sound(blueprint, environment);
    (resolved.filter(|resolved| resolved.whole), findings)
}

/// As [`judge`], without the services that have a fault of shape: what is sound is judged although something else is not.
pub(super) fn judge_sound(blueprint: &Blueprint, environment: &str) -> (Option<Resolved>, Vec<Finding>) {
    let (resolved, mut findings) = blueprint.resolve_sound(environment);
    if let Some(resolved) = &resolved {
        findings.extend(rules::check(resolved, blueprint.tree()));
        // What is left out of a part cannot be told from what is not there, and two resources of one name are in no stack.
        let clash =
            |finding: &Finding| finding.code == codes::CLASHING_NAMES && finding.level == Level::Error;
        if resolved.whole && !findings.iter().any(clash) {
            findings.extend(render::check(resolved, blueprint.tree()));
        }
    }
    (resolved, findings)
}

/// Adds the findings of an environment. One that shows in several is told once, and one that shows in all is not said to
/// belong to any.
pub(super) fn merge(all: &mut Vec<(Finding, Vec<String>)>, findings: Vec<Finding>) {
    for mut finding in findings {
        let environment = finding.environment.take();
        let same = |known: &Finding| {
            known.code == finding.code
                && known.title == finding.title
                && known.suppression == finding.suppression
                && known.primary.as_ref().map(|mark| mark.span)
                    == finding.primary.as_ref().map(|mark| mark.span)
        };
        match all.iter_mut().find(|(known, _)| same(known)) {
            Some((known, environments)) => {
                environments.extend(environment);
                // A value may make more elsewhere.
                let more = finding.makes.into_iter().filter(|made| !known.makes.contains(made));
                known.makes.extend(more.collect::<Vec<_>>());
            }
            None => all.push((finding, environment.into_iter().collect())),
        }
    }
}

/// The findings of all environments, in the order of the document.
pub(super) fn settle(all: Vec<(Finding, Vec<String>)>, environments: usize) -> Vec<Finding> {
    let mut findings: Vec<Finding> = all
        .into_iter()
        .map(|(mut finding, shown)| {
            if shown.len() < environments && !shown.is_empty() {
                finding.environment = Some(shown.join(", "));
            }
            finding
        })
        .collect();
    findings.sort_by_key(|finding| {
        let span = finding.primary.as_ref().and_then(|mark| mark.span);
        span.map(|span| (span.file, span.start, span.end))
    });
    findings
}

/// Whether anything must be mended before something can be rendered.
pub(super) fn has_errors(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.level == Level::Error && finding.counts())
}

/// Tells findings: to standard output where they are the result, else to standard error.
pub(super) fn tell(
    console: &mut Console<'_>,
    sources: &Sources,
    findings: &[Finding],
    format: FindingFormat,
    as_result: bool,
) -> io::Result<()> {
    let (sources, findings) = &veiled(sources, findings);
    let color = if as_result { console.color.out } else { console.color.err };
    let text = match format {
        FindingFormat::Text => report::text(sources, findings, color),
        FindingFormat::Concise => report::concise(sources, findings),
        FindingFormat::Json => report::json(sources, findings),
        FindingFormat::Sarif => report::sarif(sources, findings),
        FindingFormat::Github => report::github(sources, findings),
        FindingFormat::Junit => report::junit(sources, findings),
    };
    if as_result { console.out.write_all(text.as_bytes()) } else { console.err.write_all(text.as_bytes()) }
}
