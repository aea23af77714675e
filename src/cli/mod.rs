//! The command line: one file per command. The only module that talks to the terminal, the environment and the disk.

mod blueprints;
mod check;
mod compare;
mod completions;
mod engines;
mod explain;
mod fix;
mod init;
mod input;
mod inspect;
mod judge;
mod levels;
mod makes;
mod man;
mod migrate;
mod outcome;
mod places;
mod render;
mod rules;
mod schema;
mod test;

use std::io::Write;

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use outcome::Outcome;

/// Turns one short YAML blueprint into validated CloudFormation for ECS Fargate blue/green deployments.
///
/// Results go to standard output, everything else to standard error. Exit codes: 0 clean or warnings
/// alone, 1 errors or stale output, 2 could not run.
#[derive(Debug, Parser)]
#[command(name = "bluegreen", version, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,

    /// When to use colours.
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true)]
    color: Color,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a blueprint to start from, its schema for the editor, and a workflow for continuous integration.
    Init(init::InitArgs),
    /// Say everything that is wrong with a blueprint.
    Check(check::CheckArgs),
    /// Write the stacks of every environment, and what deploys them.
    Render(render::RenderArgs),
    /// Compare what every blueprint of a repository renders with the committed snapshots.
    Test(test::TestArgs),
    /// Show the values of an environment, or of several side by side, after layers, expressions and defaults.
    Inspect(inspect::InspectArgs),
    /// Compare services under two engines: phases, owners, ways back, what is lost, which resources differ.
    Compare(compare::CompareArgs),
    /// Write the steps that take a service from another engine to ECS, with what performs them.
    Migrate(migrate::MigrateArgs),
    /// Explain a code, a key, a resource or a statement of a policy.
    Explain(explain::ExplainArgs),
    /// List the built-in service blueprints with their parameters, or print one.
    Blueprints(blueprints::BlueprintsArgs),
    /// List the engines that move traffic, with what each can do.
    Engines(engines::EnginesArgs),
    /// List every code with its level, whether it can be mended unasked, and what it rests on.
    Rules(rules::RulesArgs),
    /// Print the JSON Schema of blueprints, for editors.
    Schema(schema::SchemaArgs),
    /// Print the completions for a shell.
    Completions(completions::CompletionsArgs),
    /// Print or write manual pages.
    Man(man::ManArgs),
}

/// The blueprint.
#[derive(Debug, Args)]
struct BlueprintArgs {
    /// The blueprint; `-` reads standard input.
    #[arg(value_name = "BLUEPRINT", default_value = "blueprint.yaml")]
    blueprint: Utf8PathBuf,
}

/// How findings are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FindingFormat {
    /// With the lines they are about.
    Text,
    /// One line each.
    Concise,
    /// JSON, version 1.
    Json,
    /// SARIF 2.1.0, for code scanning and viewers.
    Sarif,
    /// Workflow commands that annotate a pull request on GitHub.
    Github,
    /// JUnit XML, for whatever shows test results.
    Junit,
}

/// What commands write to.
struct Console<'c> {
    out: &'c mut dyn Write,
    err: &'c mut dyn Write,
    color: Colors,
}

/// Whether colours are for standard output and for standard error: each may be a terminal, a file or a pipe.
#[derive(Debug, Clone, Copy, Default)]
pub struct Colors {
    /// Standard output.
    pub out: bool,
    /// Standard error.
    pub err: bool,
}

/// Runs a command line. `terminals` says where colours are welcome.
pub fn run(cli: &Cli, out: &mut dyn Write, err: &mut dyn Write, terminals: Colors) -> Outcome {
    let color = match cli.color {
        Color::Auto => terminals,
        Color::Always => Colors { out: true, err: true },
        Color::Never => Colors::default(),
    };
    let mut console = Console { out, err, color };
    let result = match &cli.command {
        Command::Init(args) => init::run(args, &mut console),
        Command::Check(args) => check::run(args, &mut console),
        Command::Render(args) => render::run(args, &mut console),
        Command::Test(args) => test::run(args, &mut console),
        Command::Inspect(args) => inspect::run(args, &mut console),
        Command::Compare(args) => compare::run(args, &mut console),
        Command::Migrate(args) => migrate::run(args, &mut console),
        Command::Explain(args) => explain::run(args, &mut console),
        Command::Engines(args) => engines::run(args, &mut console),
        Command::Blueprints(args) => blueprints::run(args, &mut console),
        Command::Rules(args) => rules::run(args, &mut console),
        Command::Schema(args) => schema::run(args, &mut console),
        Command::Completions(args) => completions::run(args, &mut console),
        Command::Man(args) => man::run(args, &mut console),
    };
    match result {
        Ok(outcome) => outcome,
        Err(failure) => {
            let _ = writeln!(console.err, "error: {}", outcome::chain(failure.as_ref()));
            Outcome::Failed
        }
    }
}
