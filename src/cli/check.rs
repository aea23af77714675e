use std::{fs, io};

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::{
    BlueprintArgs, Console, FindingFormat, Outcome, fix,
    input::{STDIN, stdin, tell},
    judge::{Bench, Checked},
    levels::{LevelArgs, today},
    outcome::Failure,
};
use crate::{
    diagnostic::{Finding, Suppression},
    emit,
    mend::Texts,
    policy::Baseline,
};

/// Arguments of `check`.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    input: BlueprintArgs,

    /// Check these environments only; may be given several times.
    #[arg(short, long, value_name = "NAME")]
    environment: Vec<String>,

    /// How findings are told.
    #[arg(long, value_enum, default_value_t = FindingFormat::Text)]
    format: FindingFormat,

    #[command(flatten)]
    levels: LevelArgs,

    /// Make every change that mends a finding for certain, and tell what is left. Of standard input the result is printed.
    #[arg(long, conflicts_with = "diff")]
    fix: bool,

    /// Show what `--fix` would change and write nothing; fail when there is something.
    #[arg(long)]
    diff: bool,

    /// Do not tell the findings of this file, which `--write-baseline` wrote.
    #[arg(long, value_name = "FILE")]
    baseline: Option<Utf8PathBuf>,

    /// Write what is found to this file instead of telling it, so that only what is new is told from now on.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["baseline", "fix", "diff"])]
    write_baseline: Option<Utf8PathBuf>,

    /// The day by which `until` of allowances is judged, as 2027-03-01. Without it: that of `SOURCE_DATE_EPOCH`, or today, in
    /// UTC.
    #[arg(long, value_name = "DAY")]
    today: Option<String>,
}

pub(super) fn run(args: &CheckArgs, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let path = args.input.blueprint.as_path();
    let bench = Bench {
        levels: args.levels.levels()?,
        today: today(args.today.as_deref())?,
        baseline: args.baseline.as_deref().map(read_baseline).transpose()?,
        environments: args.environment.clone(),
        makes: matches!(args.format, FindingFormat::Json | FindingFormat::Sarif),
    };
    // Read once: it may be judged several times.
    let mut given = Texts::new();
    if path == "-" {
        given.insert(STDIN.into(), stdin()?);
    }
    if args.fix {
        return fix::fix(&bench, path, &given, args.format, console);
    }
    if args.diff {
        return fix::diff(&bench, path, &given, console);
    }
    let checked = bench.check(path, &given)?;
    if let Some(file) = &args.write_baseline {
        return write_baseline(checked, file, path, args.format, console);
    }
    tell(console, &checked.sources, &checked.findings, args.format, true)?;
    aside(&checked, path, args.format, console)?;
    if checked.has_errors() {
        return Ok(Outcome::Findings);
    }
    if args.format == FindingFormat::Text {
        if !checked.findings.iter().any(Finding::counts) {
            let environments = if checked.environments == 1 { "environment" } else { "environments" };
            let checked_what = match &checked.other {
                Some(other) => other.clone(),
                None => format!("{} {environments}", checked.environments),
            };
            writeln!(console.out, "{path}: no findings in {checked_what}")?;
        }
        if checked.other.is_none() {
            writeln!(console.err, "next: bluegreen render {path} --out dist")?;
        }
    }
    Ok(Outcome::Clean)
}

/// What is to be said beside the findings: what does not count, what can be mended.
pub(super) fn aside(
    checked: &Checked,
    path: &Utf8Path,
    format: FindingFormat,
    console: &mut Console<'_>,
) -> io::Result<()> {
    let count = |kind: fn(&Suppression) -> bool| {
        checked.findings.iter().filter(|finding| finding.suppression.as_ref().is_some_and(kind)).count()
    };
    let findings = |count: usize| if count == 1 { "1 finding".into() } else { format!("{count} findings") };
    let allowed = count(|why| matches!(why, Suppression::Allowed { .. }));
    if allowed > 0 {
        writeln!(console.err, "{} allowed by the blueprint", findings(allowed))?;
    }
    let known = count(|why| matches!(why, Suppression::Baseline { .. }));
    if known > 0 {
        writeln!(console.err, "{} in the baseline", findings(known))?;
    }
    let mendable = |finding: &&Finding| finding.counts() && finding.fixes.iter().any(|fix| fix.certain);
    let mendable = checked.findings.iter().filter(mendable).count();
    if mendable > 0 && path != "-" && format == FindingFormat::Text {
        writeln!(
            console.err,
            "next: bluegreen check {path} --fix mends {mendable} of them, --diff shows how"
        )?;
    }
    Ok(())
}

fn read_baseline(path: &Utf8Path) -> Result<Baseline, Failure> {
    let text = fs::read_to_string(path).map_err(|error| format!("`{path}` cannot be read: {error}"))?;
    Ok(Baseline::read(path.as_str(), &text)?)
}

fn write_baseline(
    checked: Checked,
    file: &Utf8Path,
    path: &Utf8Path,
    format: FindingFormat,
    console: &mut Console<'_>,
) -> Result<Outcome, Failure> {
    if checked.unrecorded {
        tell(console, &checked.sources, &checked.findings, format, true)?;
        writeln!(console.err, "{file} is not written: mend first what no baseline can hold")?;
        return Ok(Outcome::Findings);
    }
    let count = checked.recorder.len();
    emit::put(file, &checked.recorder.text())?;
    let findings = if count == 1 { "finding" } else { "findings" };
    writeln!(console.err, "{file}: {count} {findings}")?;
    writeln!(console.err, "next: bluegreen check {path} --baseline {file}")?;
    Ok(Outcome::Clean)
}
