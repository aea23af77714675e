use clap::{Args, ValueEnum};

use super::{Console, Outcome, outcome::Failure};
use crate::blueprint::engines;

/// Arguments of `engines`.
#[derive(Debug, Args)]
pub(super) struct EnginesArgs {
    /// Show this one alone.
    #[arg(value_name = "NAME")]
    name: Option<String>,

    /// The format.
    #[arg(long, value_enum, default_value_t = EnginesFormat::Text)]
    format: EnginesFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EnginesFormat {
    /// For people.
    Text,
    /// JSON.
    Json,
}

pub(super) fn run(args: &EnginesArgs, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let chosen: Vec<&engines::Abilities> = match &args.name {
        None => engines::ALL.iter().collect(),
        Some(name) => {
            let known = engines::ALL.iter().find(|engine| engine.engine.word() == name);
            let missing = || {
                format!("there is no engine `{name}`; there are {}", engines::that_can(|_| true).join(", "))
            };
            vec![known.ok_or_else(missing)?]
        }
    };
    match args.format {
        EnginesFormat::Json => writeln!(console.out, "{}", serde_json::to_string_pretty(&chosen)?)?,
        EnginesFormat::Text => {
            for (at, engine) in chosen.iter().enumerate() {
                if at > 0 {
                    writeln!(console.out)?;
                }
                writeln!(console.out, "{}\n  {}", engine.engine.word(), engine.summary)?;
                let rows = engines::rows(engine);
                let width = rows.iter().map(|(asked, _)| asked.trim_matches('`').len()).max().unwrap_or(0);
                for (asked, answer) in rows {
                    writeln!(
                        console.out,
                        "  {:width$}  {}",
                        asked.trim_matches('`'),
                        answer.replace('`', "")
                    )?;
                }
            }
            writeln!(
                console.err,
                "next: write `engine: {}` in `deploy` of a service",
                chosen[0].engine.word()
            )?;
        }
    }
    Ok(Outcome::Clean)
}
