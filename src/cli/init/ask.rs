//! Questions on a terminal: each shows what an empty answer means, and is asked again with the reason where an answer is no good.

use std::io::{BufRead, Write};

use crate::cli::outcome::Failure;

/// Asks until an answer is good. `why` says what the answer is for, in a line.
pub(super) fn ask<T>(
    input: &mut dyn BufRead,
    out: &mut dyn Write,
    (question, why): (&str, &str),
    default: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<T, Failure> {
    writeln!(out, "{why}")?;
    loop {
        write!(out, "{question} [{default}]: ")?;
        // The question waits in a buffer otherwise, and whoever is asked with it.
        out.flush()?;
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Err("the answers ended before the questions; nothing was written".into());
        }
        let answer = line.trim();
        match parse(if answer.is_empty() { default } else { answer }) {
            Ok(value) => return Ok(value),
            Err(reason) => writeln!(out, "  {}", crate::report::scrub(&reason))?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blueprint::units::{AppName, Written};

    fn asked(answers: &str) -> (Result<String, String>, String) {
        let mut out = Vec::new();
        let app = ask(&mut answers.as_bytes(), &mut out, ("Name", "Why."), "shop", AppName::parse);
        (
            app.map(|app| app.to_string()).map_err(|error| error.to_string()),
            String::from_utf8(out).expect("UTF-8"),
        )
    }

    #[test]
    fn an_empty_answer_takes_what_is_shown() {
        assert_eq!(asked("\n"), (Ok("shop".into()), "Why.\nName [shop]: ".into()));
    }

    #[test]
    fn a_bad_answer_is_asked_again_with_the_reason() {
        let (app, out) = asked("My Shop\n my-shop \n");
        assert_eq!(app, Ok("my-shop".into()));
        assert!(
            out.contains("`My Shop` is not a name of at most 24") && out.ends_with("Name [shop]: "),
            "{out}"
        );
    }

    #[test]
    fn the_end_of_answers_is_an_end() {
        assert!(asked("!\n").0.is_err());
    }
}
