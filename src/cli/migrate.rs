use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

use super::{
    BlueprintArgs, Console, FindingFormat, Outcome,
    input::{has_errors, judge, one_environment, read, tell},
    outcome::Failure,
};
use crate::{
    blueprint::Engine,
    contrast::under,
    emit,
    migration::{Migration, Unfit},
    render::{self, Format},
    resolve::Resolved,
    rules,
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

    /// The service; needed where CodeDeploy moves the traffic of several.
    #[arg(short, long, value_name = "NAME")]
    service: Option<String>,

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
    let Some(blueprint) = &input.blueprint else {
        tell(console, &input.sources, &input.findings, FindingFormat::Text, false)?;
        return Ok(Outcome::Findings);
    };
    let environment = one_environment(blueprint, args.environment.as_ref())?;
    let (resolved, findings) = judge(blueprint, environment);
    let Some(resolved) = resolved.filter(|_| !has_errors(&findings)) else {
        tell(console, &input.sources, &findings, FindingFormat::Text, false)?;
        return Ok(Outcome::Findings);
    };
    let service = chosen(args, &resolved)?;
    // What ECS cannot do stands in the way, whatever it is.
    let wanted = under(&resolved, service, Engine::Ecs);
    let mut refused = rules::check(&wanted, blueprint.tree());
    refused.extend(render::check(&wanted, blueprint.tree()));
    if has_errors(&refused) {
        refused.retain(|finding| has_errors(std::slice::from_ref(finding)));
        tell(console, &input.sources, &refused, FindingFormat::Text, false)?;
        return Ok(Outcome::Findings);
    }
    let source = args.input.blueprint.file_name().unwrap_or("standard input");
    let migration =
        Migration::of(&resolved, service, &render::header(source)).map_err(|unfit| why(unfit, service))?;
    let format = match args.format {
        MigrateFormat::Yaml => Format::Yaml,
        MigrateFormat::Json => Format::Json,
    };
    for (at, step) in migration.steps.iter().enumerate() {
        let stacks: Vec<&str> = step.stacks.iter().map(|stack| stack.name.as_str()).collect();
        let one_way = if step.stage.is_one_way() { "  no way back" } else { "" };
        let line = format!("{}. {:10}  {}{one_way}", at + 1, step.stage.word(), stacks.join(", "));
        writeln!(console.out, "{}", line.trim_end())?;
    }
    let files = migration.files(&resolved, format)?;
    emit::write(&args.out, &files)?;
    writeln!(console.err, "{} files in {}", files.len(), args.out)?;
    writeln!(console.err, "next: read {0}/MIGRATION.md, then {0}/migrate.sh", args.out)?;
    Ok(Outcome::Clean)
}

/// The service that is meant.
fn chosen<'r>(args: &MigrateArgs, resolved: &'r Resolved) -> Result<&'r str, Failure> {
    let names = |engine: Option<Engine>| -> Vec<&'r str> {
        let all = resolved.services.iter();
        let those = all.filter(|known| engine.is_none_or(|engine| known.service.deploy.engine == engine));
        those.map(|known| known.name.as_str()).collect()
    };
    if let Some(wanted) = &args.service {
        let all = names(None);
        let found = all.iter().copied().find(|known| known == wanted);
        return found
            .ok_or_else(|| format!("there is no service `{wanted}`; there are {}", all.join(", ")).into());
    }
    match names(Some(Engine::Codedeploy)).as_slice() {
        [one] => Ok(one),
        // Whichever it is, it is not fit, and is told why.
        [] => names(None).first().copied().ok_or_else(|| "the blueprint has no service".into()),
        several => Err(format!("say which service: --service {}", several.join("|")).into()),
    }
}

/// Why a service cannot be migrated.
fn why(unfit: Unfit, service: &str) -> String {
    match unfit {
        Unfit::NotCodedeploy => format!(
            "`{service}` has another engine than `{}`; write the one that its stacks have now",
            Engine::Codedeploy.word()
        ),
        Unfit::OneTemplate => format!(
            "`{service}` has one stack, listeners and load balancer in it, which no update takes apart while it \
             runs; give the blueprint a second service beside it, under `engine: ecs`, move the DNS record to \
             that one, and delete the stack of `{service}`"
        ),
        Unfit::OneStack => {
            "`layout: single` cannot be migrated: a step updates the stack of the service and leaves that of \
             its listeners alone; make a second environment with `layout: split`, and move traffic there"
                .into()
        }
    }
}
