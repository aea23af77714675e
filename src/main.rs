//! The `bluegreen` command.

use std::{
    io::{self, BufWriter, IsTerminal, Write},
    process::ExitCode,
};

use bluegreen::cli::{self, Cli};
use clap::Parser;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are results; anything else could not run.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let color =
        io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let mut out = BufWriter::new(io::stdout().lock());
    let mut err = BufWriter::new(io::stderr().lock());
    let outcome = cli::run(&cli, &mut out, &mut err, color);
    // A reader that went away, such as `head`, is no failure.
    let flushed = out.flush().and_then(|()| err.flush());
    match flushed {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(2),
        _ => outcome.into(),
    }
}
