use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Console, Outcome, outcome::Failure};

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    // Into memory first: clap_complete panics where it cannot write, and a reader may go away.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "bluegreen", &mut script);
    console.out.write_all(&script)?;
    Ok(Outcome::Clean)
}
