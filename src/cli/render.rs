use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

use super::{
    BlueprintArgs, Console, FindingFormat, Outcome,
    input::{environments, has_errors, judge, merge, read, settle, tell},
    levels::LevelArgs,
    outcome::Failure,
};
use crate::{
    emit::{self, OutputFile, StaleKind},
    policy::Allowances,
    render::{self, Format},
    resolve::Resolved,
};

/// Arguments of `render`.
#[derive(Debug, Args)]
pub(super) struct RenderArgs {
    #[command(flatten)]
    input: BlueprintArgs,

    /// Render these environments only; may be given several times.
    #[arg(short, long, value_name = "NAME")]
    environment: Vec<String>,

    /// The folder to write to: `<out>/<app>/<environment>/…`.
    #[arg(short, long, value_name = "FOLDER", default_value = "dist")]
    out: Utf8PathBuf,

    /// The format of templates.
    #[arg(long, value_enum, default_value_t = TemplateFormat::Yaml)]
    format: TemplateFormat,

    /// Render one stack, by its name or its file's name.
    #[arg(long, value_name = "NAME", requires = "stdout")]
    stack: Option<String>,

    /// Print the template of `--stack` instead of writing files.
    #[arg(long, requires = "stack")]
    stdout: bool,

    #[command(flatten)]
    levels: LevelArgs,

    /// Write nothing; fail when what is on disk differs from what would be written.
    #[arg(long, conflicts_with = "stdout")]
    check: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TemplateFormat {
    /// YAML with short tags.
    Yaml,
    /// JSON.
    Json,
}

pub(super) fn run(args: &RenderArgs, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let levels = args.levels.levels()?;
    let input = read(&args.input.blueprint)?;
    let Some(blueprint) = input.blueprint else {
        tell(console, &input.sources, &input.findings, FindingFormat::Text, false)?;
        return Ok(Outcome::Findings);
    };
    let names = environments(&blueprint, &args.environment)?;
    let format = match args.format {
        TemplateFormat::Yaml => Format::Yaml,
        TemplateFormat::Json => Format::Json,
    };
    let source = args.input.blueprint.file_name().unwrap_or("standard input");

    let mut all = Vec::new();
    let mut resolved = Vec::new();
    // No day: what is rendered must not depend on when it is.
    let mut allowances = Allowances::new(None);
    for name in &names {
        let (mut environment, mut findings) = judge(&blueprint, name);
        if let Some(environment) = &environment {
            allowances.apply(&blueprint, environment, &mut findings);
        }
        levels.apply(&mut findings);
        merge(&mut all, findings);
        environment.iter_mut().for_each(Resolved::forget_trees);
        resolved.extend(environment);
    }
    let mut findings = settle(all, names.len());
    // Its room is for what is rendered.
    drop(blueprint);
    // What is left of it lies scattered among what was let go; a copy is held together, and texts find room beside it.
    for environment in &mut resolved {
        *environment = environment.clone();
    }
    if has_errors(&findings) {
        tell(console, &input.sources, &findings, FindingFormat::Text, false)?;
        return Ok(Outcome::Findings);
    }
    if let Some(stack) = &args.stack {
        tell(console, &input.sources, &findings, FindingFormat::Text, false)?;
        return print_stack(console, &resolved, source, format, stack);
    }

    let mut files: Vec<OutputFile> = Vec::new();
    let mut purposes = Vec::new();
    for environment in resolved {
        let mut rendering = render::environment(environment, source, format)?;
        levels.apply(&mut rendering.findings);
        findings.append(&mut rendering.findings);
        files.append(&mut rendering.files);
        purposes.append(&mut rendering.purposes);
    }
    tell(console, &input.sources, &findings, FindingFormat::Text, false)?;
    if has_errors(&findings) {
        return Ok(Outcome::Findings);
    }
    if args.check {
        return compare(console, args, &files);
    }
    let outcome = emit::write(&args.out, &files)?;
    // A tree of a thousand services is for nobody to read.
    const MOST: usize = 60;
    let width = purposes.iter().map(|(path, _)| path.as_str().len()).max().unwrap_or(0);
    for (path, purpose) in purposes.iter().take(MOST) {
        writeln!(console.out, "{}/{path:width$}  {purpose}", args.out)?;
    }
    if purposes.len() > MOST {
        writeln!(console.out, "... and {} more", purposes.len() - MOST)?;
    }
    writeln!(
        console.err,
        "{} files: {} new, {} changed, {} unchanged, {} removed",
        files.len(),
        outcome.created.len(),
        outcome.updated.len(),
        outcome.unchanged.len(),
        outcome.removed.len()
    )?;
    if let Some(script) = files.iter().find(|file| file.path.ends_with("deploy.sh")) {
        writeln!(console.err, "next: {}/{} --dry-run", args.out, script.path)?;
    }
    Ok(Outcome::Clean)
}

fn print_stack(
    console: &mut Console<'_>,
    resolved: &[Resolved],
    source: &str,
    format: Format,
    wanted: &str,
) -> Result<Outcome, Failure> {
    // A file's name may come with its ending, as the shell completes it.
    let file = wanted.strip_suffix(".yaml").or(wanted.strip_suffix(".json")).unwrap_or(wanted);
    let mut found: Vec<(String, String)> = Vec::new();
    let mut known = Vec::new();
    for environment in resolved {
        render::templates(environment, &render::header(source), &mut |stack| {
            if stack.name == wanted || stack.file == file {
                found.push((stack.name.clone(), format.text(&stack.template)));
            }
            known.push(stack.name);
        });
    }
    match found.as_slice() {
        [(_, text)] => {
            console.out.write_all(text.as_bytes())?;
            Ok(Outcome::Clean)
        }
        [] => Err(format!("there is no stack `{wanted}`; there are {}", known.join(", ")).into()),
        several => {
            let names: Vec<&str> = several.iter().map(|(name, _)| name.as_str()).collect();
            Err(format!(
                "`{wanted}` is a file of {}: name one of them, or the --environment",
                names.join(" and ")
            )
            .into())
        }
    }
}

fn compare(console: &mut Console<'_>, args: &RenderArgs, files: &[OutputFile]) -> Result<Outcome, Failure> {
    let stale = emit::check(&args.out, files)?;
    for file in &stale {
        let what = match file.kind {
            StaleKind::Missing => "is missing",
            StaleKind::Differs => "differs",
            StaleKind::LeftOver => "is no longer rendered",
        };
        writeln!(console.out, "{}/{} {what}", args.out, file.path)?;
    }
    if stale.is_empty() {
        writeln!(console.err, "{} files are as rendered", files.len())?;
        return Ok(Outcome::Clean);
    }
    writeln!(console.err, "next: bluegreen render {} --out {}", args.input.blueprint, args.out)?;
    Ok(Outcome::Findings)
}
