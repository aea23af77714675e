use std::io;

use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

use super::{
    BlueprintArgs, Console, FindingFormat, Outcome,
    input::{Input, has_errors, judge, one_environment, read, tell},
    outcome::Failure,
};
use crate::{
    blueprint::{
        Engine,
        units::{ServiceName, Written as _},
    },
    contrast::under,
    diagnostic::Finding,
    emit::{self, OutputFile},
    migration::{Beside, Migration, Move, Unfit, goes_beside, stand_beside},
    render::{self, Format},
    resolve::{Blueprint, Resolved},
    rules,
    source::Sources,
};

/// Arguments of `migrate`.
#[derive(Debug, Args)]
pub(super) struct MigrateArgs {
    #[command(flatten)]
    input: BlueprintArgs,

    /// The engine to go to.
    #[arg(long, value_enum, value_name = "ENGINE")]
    to: Goal,

    /// The environment; needed where the blueprint has several.
    #[arg(short, long, value_name = "NAME")]
    environment: Option<String>,

    /// The service; needed where several are not under ECS yet.
    #[arg(short, long, value_name = "NAME")]
    service: Option<String>,

    /// The name of the second service that comes beside it: from the engines `cloudformation` and `two_clusters` alone, which go by way
    /// of one. From `codedeploy` the service goes in place.
    #[arg(long = "as", value_name = "NAME")]
    second: Option<String>,

    /// The folder to write to, a folder of its own for each migration.
    #[arg(short, long, value_name = "FOLDER")]
    out: Utf8PathBuf,

    /// The text format of templates.
    #[arg(long, value_enum, default_value_t = MigrateFormat::Yaml)]
    format: MigrateFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Goal {
    /// Amazon ECS itself.
    Ecs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MigrateFormat {
    /// YAML with short tags.
    Yaml,
    /// JSON.
    Json,
}

pub(super) fn run(args: &MigrateArgs, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let Goal::Ecs = args.to;
    let input = read(&args.input.blueprint)?;
    let Input { sources, blueprint, findings, .. } = input;
    let Some(blueprint) = blueprint else {
        tell(console, &sources, &findings, FindingFormat::Text, false)?;
        return Ok(Outcome::Findings);
    };
    let environment = one_environment(&blueprint, args.environment.as_ref())?.to_owned();
    let (resolved, findings) = judge(&blueprint, &environment);
    let Some(resolved) = resolved.filter(|_| !has_errors(&findings)) else {
        tell(console, &sources, &findings, FindingFormat::Text, false)?;
        return Ok(Outcome::Findings);
    };
    let service = chosen(args, &resolved)?;
    let engine = resolved.services.iter().find(|known| known.name.as_str() == service);
    if engine.is_some_and(|known| goes_beside(known.service.deploy.engine)) {
        return beside(args, &sources, blueprint, &resolved, service, console);
    }
    if args.second.is_some() {
        return Err(
            format!("`--as` is for a second service, and `{service}` goes in place; leave it out").into()
        );
    }
    // What ECS cannot do stands in the way, whatever it is.
    let wanted = under(&resolved, service, Engine::Ecs);
    let mut refused = rules::check(&wanted, blueprint.tree());
    refused.extend(render::check(&wanted, blueprint.tree()));
    if has_errors(&refused) {
        return refuse(console, &sources, refused);
    }
    let migration = Migration::of(&resolved, service, &header(args)).map_err(|unfit| why(unfit, service))?;
    for (at, step) in migration.steps.iter().enumerate() {
        let stacks: Vec<&str> = step.stacks.iter().map(|stack| stack.name.as_str()).collect();
        line(console, at, step.stage.word(), &stacks, step.stage.is_one_way())?;
    }
    put(args, &migration.files(&resolved, format(args))?, console)
}

/// The way by a second service.
fn beside(
    args: &MigrateArgs,
    sources: &Sources,
    mut blueprint: Blueprint,
    resolved: &Resolved,
    service: &str,
    console: &mut Console<'_>,
) -> Result<Outcome, Failure> {
    let Some(name) = &args.second else { return Err(why(Unfit::NeedsSecond, service).into()) };
    let name = ServiceName::parse(name).map_err(|_| {
        format!(
            "`{name}` is no name for a service; expected {}, such as `--as {service}-2`",
            ServiceName::expected()
        )
    })?;
    if name.as_str() == service {
        return Err(format!(
            "both services are there at once, so the second needs another name: --as {service}-2"
        )
        .into());
    }
    let mut before = resolved.clone();
    before.services.retain(|known| known.name != name);
    stand_beside(&mut blueprint, &before, service, &name);
    let (both, found) = judge(&blueprint, resolved.place.name.as_str());
    let Some(both) = both.filter(|_| !has_errors(&found)) else {
        return refuse(console, sources, found);
    };
    let way = Beside::of(&before, &both, &blueprint, service, &name, &header(args));
    let way = way.map_err(|unfit| match unfit {
        Unfit::AnotherService => format!(
            "`{name}` is there, and is not what `{service}` is under ECS; name one that there is not, or write `engine: ecs`, port, host \
             and image of `{service}` in it"
        ),
        unfit => why(unfit, service),
    })?;
    for (at, step) in Move::ALL.into_iter().enumerate() {
        line(console, at, step.word(), &way.touched(step), step.is_one_way())?;
    }
    put(args, &way.files(&both, format(args))?, console)
}

/// Tells what stands in the way.
fn refuse(console: &mut Console<'_>, sources: &Sources, mut found: Vec<Finding>) -> Result<Outcome, Failure> {
    found.retain(|finding| has_errors(std::slice::from_ref(finding)));
    tell(console, sources, &found, FindingFormat::Text, false)?;
    Ok(Outcome::Findings)
}

/// A step, in a line.
fn line(console: &mut Console<'_>, at: usize, word: &str, stacks: &[&str], one_way: bool) -> io::Result<()> {
    let one_way = if one_way { "  no way back" } else { "" };
    let line = format!("{}. {word:10}  {}{one_way}", at + 1, stacks.join(", "));
    writeln!(console.out, "{}", line.trim_end())
}

fn header(args: &MigrateArgs) -> Vec<String> {
    render::header(args.input.blueprint.file_name().unwrap_or("standard input"))
}

fn format(args: &MigrateArgs) -> Format {
    match args.format {
        MigrateFormat::Yaml => Format::Yaml,
        MigrateFormat::Json => Format::Json,
    }
}

/// Writes the files.
fn put(args: &MigrateArgs, files: &[OutputFile], console: &mut Console<'_>) -> Result<Outcome, Failure> {
    emit::write(&args.out, files)?;
    writeln!(console.err, "{} files in {}", files.len(), args.out)?;
    writeln!(console.err, "next: read {0}/MIGRATION.md, then {0}/migrate.sh", args.out)?;
    Ok(Outcome::Clean)
}

/// The service that is meant.
fn chosen<'r>(args: &MigrateArgs, resolved: &'r Resolved) -> Result<&'r str, Failure> {
    let all: Vec<&str> = resolved.services.iter().map(|known| known.name.as_str()).collect();
    if let Some(wanted) = &args.service {
        let found = all.iter().copied().find(|known| known == wanted);
        return found
            .ok_or_else(|| format!("there is no service `{wanted}`; there are {}", all.join(", ")).into());
    }
    let services = resolved.services.iter();
    let fit: Vec<&str> = services
        .filter(|known| known.service.deploy.engine != Engine::Ecs)
        .map(|known| known.name.as_str())
        .collect();
    match fit.as_slice() {
        [one] => Ok(one),
        // Whichever it is, it is not fit, and is told why.
        [] => all.first().copied().ok_or_else(|| "the blueprint has no service".into()),
        several => Err(format!("say which service: --service {}", several.join("|")).into()),
    }
}

/// Why a service cannot be migrated.
fn why(unfit: Unfit, service: &str) -> String {
    match unfit {
        Unfit::NotCodedeploy => {
            format!("`{service}` has `engine: ecs` already; write the engine that its stacks have now")
        }
        Unfit::NeedsSecond => format!(
            "`{service}` holds on to what an update would have to take apart while it runs, so it goes by way of a second service \
             beside it; say what that is to be called: --as {service}-2"
        ),
        Unfit::OwnResources => format!(
            "`{service}` has `extra` resources of its own: a second service would have them once more, and they go with the stack of \
             `{service}`; put them into `extra` beside `services` first"
        ),
        Unfit::AnotherService => format!("the service that is to come beside `{service}` is another one"),
        Unfit::OneStack => {
            "`layout: single` cannot be migrated: a step updates the stack of the service and leaves that of \
             its listeners alone; make a second environment with `layout: split`, and move traffic there"
                .into()
        }
    }
}
