mod text;

use clap::{
    Args, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser as _},
};
use serde::Serialize;

use super::{
    BlueprintArgs, Console, FindingFormat, Outcome,
    input::{judge, one_environment, read, tell},
    outcome::Failure,
};
use crate::{
    blueprint::{Engine, engines},
    contrast::{self, Contrast},
    resolve::ResolvedService,
};

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    #[command(flatten)]
    input: BlueprintArgs,

    /// The environment; needed where the blueprint has several.
    #[arg(short, long, value_name = "NAME")]
    environment: Option<String>,

    /// Compare this service only.
    #[arg(short, long, value_name = "NAME")]
    service: Option<String>,

    /// The engines: two of them, or the one to compare with the blueprint's own.
    #[arg(long, value_name = "ENGINE", value_parser = engine_parser())]
    engine: Vec<Engine>,

    /// How the comparison is printed.
    #[arg(long, value_enum, default_value_t = CompareFormat::Text)]
    format: CompareFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CompareFormat {
    /// For people.
    Text,
    /// JSON, version 1.
    Json,
}

fn engine_parser() -> impl clap::builder::TypedValueParser<Value = Engine> {
    let words = engines::ALL.iter().map(|known| known.engine.word());
    PossibleValuesParser::new(words).map(|word| {
        let known = engines::ALL.iter().find(|known| known.engine.word() == word);
        known.map_or_else(Engine::default, |known| known.engine)
    })
}

/// What is printed as JSON. Names of keys are never changed within a version.
#[derive(Serialize)]
struct Comparison<'c> {
    version: u32,
    application: &'c str,
    environment: &'c str,
    services: &'c [Contrast],
}

pub(super) fn run(args: &CompareArgs, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    if args.engine.len() > 2 {
        return Err("two engines are compared at a time".into());
    }
    if let [one, two] = args.engine[..]
        && one == two
    {
        return Err(format!("`{}` is compared with itself", one.word()).into());
    }
    let input = read(&args.input.blueprint)?;
    let Some(blueprint) = &input.blueprint else {
        tell(console, &input.sources, &input.findings, FindingFormat::Text, false)?;
        return Ok(Outcome::Findings);
    };
    let environment = one_environment(blueprint, args.environment.as_ref())?;
    let (resolved, findings) = judge(blueprint, environment);
    let Some(resolved) = resolved else {
        tell(console, &input.sources, &findings, FindingFormat::Text, false)?;
        return Ok(Outcome::Findings);
    };
    let services: Vec<&ResolvedService> = resolved
        .services
        .iter()
        .filter(|service| args.service.as_ref().is_none_or(|only| only == service.name.as_str()))
        .collect();
    if let (true, Some(only)) = (services.is_empty(), &args.service) {
        let known: Vec<&str> = resolved.services.iter().map(|service| service.name.as_str()).collect();
        return Err(format!("there is no service `{only}`; there are {}", known.join(", ")).into());
    }
    let all: Vec<Contrast> = services
        .into_iter()
        .map(|service| {
            let pair = contrast::pair(&args.engine, service.service.deploy.engine);
            Contrast::of(&resolved, blueprint.tree(), service, pair)
        })
        .collect();
    // What is wrong whatever the engine is, no comparison shows; and it is wrong with the application, so once is enough.
    if let Some(contrast) = all.iter().find(|contrast| !contrast.wrong.is_empty()) {
        tell(console, &input.sources, &contrast.wrong, FindingFormat::Text, false)?;
        return Ok(Outcome::Findings);
    }
    if args.format == CompareFormat::Json {
        let comparison =
            Comparison { version: 1, application: resolved.app.as_str(), environment, services: &all };
        writeln!(console.out, "{}", serde_json::to_string_pretty(&comparison)?)?;
        return Ok(Outcome::Clean);
    }
    write!(console.out, "{}", text::of(&all, environment))?;
    writeln!(
        console.err,
        "*: the blueprint has to do with it; what it cannot have stands first, with the code"
    )?;
    writeln!(console.err, "next: bluegreen explain deploy.engine")?;
    Ok(Outcome::Clean)
}
