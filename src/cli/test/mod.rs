//! `bluegreen test`: what the blueprints of a repository render today, compared by meaning with what was committed.

mod find;
mod snapshot;
mod tell;

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};

use super::{
    Console, FindingFormat, Outcome,
    input::{self, Input, environments, has_errors, judge, merge, settle},
    outcome::Failure,
};
use crate::{compare::Change, emit, mend::Texts, policy::Allowances};
use snapshot::Snapshot;

/// Arguments of `test`.
#[derive(Debug, Args)]
pub(super) struct TestArgs {
    /// Blueprints, folders to search, or patterns such as `services/*/blueprint.yaml`. In folders, files named `blueprint.yaml` and
    /// `*.blueprint.yaml` are taken, and service blueprints and shared parts by whatever name. Those are rendered with the
    /// applications that use them, and checked by themselves.
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<String>,

    /// The folder beside each blueprint that its snapshots are in.
    #[arg(long, value_name = "FOLDER", default_value = "snapshots")]
    snapshots: Utf8PathBuf,

    /// Take what is rendered now: write what is new or differs, and remove what is of no blueprint any more.
    #[arg(long)]
    accept: bool,

    /// Write nothing. Without it, an environment that has no snapshot yet gets its first one.
    #[arg(long, conflicts_with = "accept")]
    ci: bool,

    /// How the result is told.
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    format: TestFormat,
}

/// How the result is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TestFormat {
    /// What differs, a resource at a time.
    Text,
    /// JSON, version 1.
    Json,
    /// JUnit XML, for whatever shows test results.
    Junit,
}

/// What came of an environment of a blueprint.
#[derive(Debug)]
enum Verdict {
    /// It is as its snapshot.
    Same,
    /// It had no snapshot.
    New {
        /// Whether it was written.
        written: bool,
    },
    /// It is not as its snapshot.
    Differs {
        /// How.
        changes: Vec<Change>,
        /// Snapshots that cannot be read, and why.
        unreadable: Vec<String>,
        /// Whether it was taken.
        written: bool,
    },
    /// It is no application, and has no fault by itself: what it is.
    Checked(String),
    /// It cannot be rendered; the findings were told.
    Broken(String),
    /// There is a snapshot and no blueprint.
    Gone {
        /// Whether it was removed.
        removed: bool,
    },
}

/// An environment of a blueprint with what came of it.
#[derive(Debug)]
struct Case {
    blueprint: Utf8PathBuf,
    environment: String,
    stacks: usize,
    verdict: Verdict,
    /// Type by stack and logical id, for what differs.
    kinds: BTreeMap<(String, String), String>,
}

impl Case {
    /// Whether the test fails for it.
    fn fails(&self) -> bool {
        match &self.verdict {
            Verdict::Same | Verdict::Checked(_) => false,
            Verdict::New { written } | Verdict::Differs { written, .. } => !written,
            Verdict::Gone { removed } => !removed,
            Verdict::Broken(_) => true,
        }
    }
}

pub(super) fn run(args: &TestArgs, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let found = find::find(&args.paths, &args.snapshots)?;
    if found.blueprints.is_empty() && found.snapshots.is_empty() {
        return Err(format!(
            "there is no blueprint in {}: a file named `blueprint.yaml` or `*.blueprint.yaml`",
            args.paths.join(", ")
        )
        .into());
    }
    let mut cases = Vec::new();
    // Whose each snapshot folder is, so that two blueprints never write the same.
    let mut taken: BTreeMap<Utf8PathBuf, Utf8PathBuf> = BTreeMap::new();
    for blueprint in &found.blueprints {
        one(args, console, blueprint, &mut taken, &mut cases)?;
    }
    gone(args, &found, &taken, &mut cases)?;

    let text = match args.format {
        TestFormat::Text => tell::text(&cases),
        TestFormat::Json => tell::json(&cases),
        TestFormat::Junit => tell::junit(&cases),
    };
    console.out.write_all(text.as_bytes())?;
    let failed = cases.iter().any(Case::fails);
    let acceptable = |case: &Case| case.fails() && !matches!(case.verdict, Verdict::Broken(_));
    if args.format == TestFormat::Text && cases.iter().any(acceptable) {
        let paths = args.paths.join(" ");
        let paths = if paths == "." { String::new() } else { format!(" {paths}") };
        writeln!(console.err, "next: bluegreen test{paths} --accept, when this is what you want")?;
    }
    Ok(if failed { Outcome::Findings } else { Outcome::Clean })
}

/// Tests the environments of a blueprint.
fn one(
    args: &TestArgs,
    console: &mut Console<'_>,
    path: &Utf8Path,
    taken: &mut BTreeMap<Utf8PathBuf, Utf8PathBuf>,
    cases: &mut Vec<Case>,
) -> Result<(), Failure> {
    let case = |environment: &str, verdict| Case {
        blueprint: path.to_owned(),
        environment: environment.to_owned(),
        stacks: 0,
        verdict,
        kinds: BTreeMap::new(),
    };
    let Input { sources, blueprint, findings, other } = input::read_any(path, &Texts::new())?;
    // A service blueprint, or what applications share, is rendered with what uses it; by itself it may still be wrong.
    if let (Some(other), false) = (other, has_errors(&findings)) {
        cases.push(case("", Verdict::Checked(other)));
        return Ok(());
    }
    let Some(blueprint) = blueprint else {
        input::tell(console, &sources, &findings, FindingFormat::Concise, false)?;
        cases.push(case("", Verdict::Broken(summary(findings.len()))));
        return Ok(());
    };
    let names = environments(&blueprint, &[])?;
    let mut all = Vec::new();
    let mut resolved = Vec::new();
    // No day: what passes must not depend on when it is tested.
    let mut allowances = Allowances::new(None);
    for name in &names {
        let (environment, mut findings) = judge(&blueprint, name);
        if let Some(environment) = &environment {
            allowances.apply(&blueprint, environment, &mut findings);
        }
        merge(&mut all, findings);
        resolved.extend(environment);
    }
    let findings = settle(all, names.len());
    if has_errors(&findings) {
        let errors: Vec<_> = findings.into_iter().filter(|it| has_errors(std::slice::from_ref(it))).collect();
        input::tell(console, &sources, &errors, FindingFormat::Concise, false)?;
        cases.push(case("", Verdict::Broken(summary(errors.len()))));
        return Ok(());
    }
    let root = path.parent().unwrap_or(Utf8Path::new("")).join(&args.snapshots);
    for environment in &resolved {
        let name = environment.place.name.as_str();
        let now = Snapshot::render(environment, path);
        let folder = root.join(&now.folder);
        if let Some(other) = taken.insert(folder.clone(), path.to_owned()) {
            return Err(format!("{other} and {path} would both have their snapshots in {folder}: keep them in folders of their own, or give one another `app`").into());
        }
        let before = snapshot::read(&root, &now.folder)?;
        let mut case = case(name, Verdict::Same);
        case.stacks = now.stacks.len();
        case.verdict = match before {
            None => Verdict::New { written: !args.ci },
            Some(before) => {
                let changes = now.changes_since(&before);
                case.kinds = now.kinds(&before);
                if changes.is_empty() && before.unreadable.is_empty() {
                    Verdict::Same
                } else {
                    Verdict::Differs { changes, unreadable: before.unreadable, written: args.accept }
                }
            }
        };
        let write = match &case.verdict {
            Verdict::New { written } | Verdict::Differs { written, .. } => *written,
            _ => false,
        };
        if write {
            emit::write(&root, &now.files())?;
        }
        cases.push(case);
    }
    Ok(())
}

fn summary(findings: usize) -> String {
    if findings == 1 { "1 finding".into() } else { format!("{findings} findings") }
}

/// Snapshots of blueprints or environments that are no more.
fn gone(
    args: &TestArgs,
    found: &find::Found,
    taken: &BTreeMap<Utf8PathBuf, Utf8PathBuf>,
    cases: &mut Vec<Case>,
) -> Result<(), Failure> {
    for (root, folder, blueprint) in &found.snapshots {
        let path = root.join(folder);
        let was_rendered =
            cases.iter().any(|case| case.blueprint == *blueprint && !case.environment.is_empty());
        // A blueprint that is there and was not asked for, or cannot be rendered, keeps its snapshots.
        if taken.contains_key(&path) || (blueprint.exists() && !was_rendered) {
            continue;
        }
        if args.accept {
            emit::remove(root, folder)?;
        }
        cases.push(Case {
            blueprint: blueprint.clone(),
            environment: folder.file_name().unwrap_or_default().to_owned(),
            stacks: 0,
            verdict: Verdict::Gone { removed: args.accept },
            kinds: BTreeMap::new(),
        });
    }
    Ok(())
}
