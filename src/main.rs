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
    let mut out = BufWriter::new(Patient("standard output", io::stdout().lock()));
    let mut err = BufWriter::new(Patient("standard error", io::stderr().lock()));
    let outcome = cli::run(&cli, &mut out, &mut err, colors);
    if let Err(error) = out.flush() {
        let _ = writeln!(err, "error: {error}");
        let _ = err.flush();
        return ExitCode::from(2);
    }
    let _ = err.flush();
    outcome.into()
}

/// A stream, by name, whose reader may go away, as `head` does: what it no longer wants is dropped, and the outcome stays.
struct Patient<W>(&'static str, W);

impl<W: Write> Patient<W> {
    fn forgive<T>(&self, result: io::Result<T>, done: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(done),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => Err(io::Error::new(error.kind(), format!("{} cannot be written: {error}", self.0))),
            done => done,
        }
    }
}

impl<W: Write> Write for Patient<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.1.write(bytes);
        self.forgive(result, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.1.flush();
        self.forgive(result, ())
    }
}
