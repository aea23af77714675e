//! The `bluegreen` command.

use std::{
    io::{self, BufWriter, IsTerminal, Write},
    process::ExitCode,
};

use bluegreen::cli::{self, Cli, Colors};
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
    let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let colors =
        Colors { out: wanted && io::stdout().is_terminal(), err: wanted && io::stderr().is_terminal() };
    let mut out = BufWriter::new(Patient(io::stdout().lock()));
    let mut err = BufWriter::new(Patient(io::stderr().lock()));
    let outcome = cli::run(&cli, &mut out, &mut err, colors);
    if let Err(error) = out.flush() {
        let _ = writeln!(err, "error: standard output cannot be written: {error}");
        let _ = err.flush();
        return ExitCode::from(2);
    }
    let _ = err.flush();
    outcome.into()
}

/// A stream whose reader may go away, as `head` does: what it no longer wants is dropped, and the outcome stays.
struct Patient<W>(W);

impl<W: Write> Write for Patient<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(bytes.len()),
            result => result,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0.flush() {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result,
        }
    }
}
