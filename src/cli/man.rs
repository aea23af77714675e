use camino::Utf8PathBuf;
use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;

use super::{Cli, Console, Outcome, outcome::Failure};
use crate::emit;

/// Arguments of `man`.
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// Print the page of this command.
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    command: Option<String>,

    /// Write all pages into this folder, such as `/usr/local/share/man/man1`.
    #[arg(long, value_name = "FOLDER")]
    out: Option<Utf8PathBuf>,
}

pub(super) fn run(args: &ManArgs, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let cli = commands();
    if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder).map_err(|error| format!("cannot make `{folder}`: {error}"))?;
        for (name, text) in pages(&cli)? {
            emit::put(&folder.join(&name), &text)?;
            writeln!(console.out, "{}", folder.join(name))?;
        }
        return Ok(Outcome::Clean);
    }
    let page = match args.command.as_deref() {
        None | Some("bluegreen") => &cli,
        Some(name) => cli.find_subcommand(name).ok_or_else(|| {
            let names: Vec<&str> = shown(&cli).map(Command::get_name).collect();
            format!("there is no command `{name}`; there are {}", names.join(", "))
        })?,
    };
    console.out.write_all(text(page)?.as_bytes())?;
    Ok(Outcome::Clean)
}

/// The command line with everything worked out. Options that are good for all commands stand on the first page alone.
fn commands() -> Command {
    let mut cli = Cli::command().disable_help_subcommand(true);
    cli.build();
    cli
}

/// Commands with a page of their own.
fn shown(cli: &Command) -> impl Iterator<Item = &Command> {
    cli.get_subcommands().filter(|command| !command.is_hide_set())
}

/// Every page by its file's name.
fn pages(cli: &Command) -> Result<Vec<(String, String)>, Failure> {
    let all = std::iter::once(cli).chain(shown(cli));
    all.map(|command| Ok((format!("{}.1", page_name(command)), text(command)?))).collect()
}

fn page_name(command: &Command) -> String {
    command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned()
}

fn text(command: &Command) -> Result<String, Failure> {
    let mut page = Vec::new();
    // No date: the same release is the same page.
    Man::new(command.clone())
        .title(page_name(command))
        .section("1")
        .source(format!("bluegreen {}", env!("CARGO_PKG_VERSION")))
        .manual("bluegreen")
        .render(&mut page)?;
    Ok(String::from_utf8(page)?)
}
