use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{Console, Outcome, outcome::Failure};
use crate::{
    diagnostic::{Code, Level, codes},
    rules,
};

/// Arguments of `rules`.
#[derive(Debug, Args)]
pub(super) struct RulesArgs {
    /// How the list is printed.
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    format: ListFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListFormat {
    /// A line each.
    Text,
    /// JSON, version 1.
    Json,
}

#[derive(Serialize)]
struct List {
    version: u32,
    rules: Vec<Entry>,
}

/// A code as the list has it. Names of keys are never changed.
#[derive(Serialize)]
struct Entry {
    code: &'static str,
    name: &'static str,
    /// What a finding weighs at most, where that is one thing.
    level: Option<Level>,
    summary: &'static str,
    /// Whether `check --fix` mends some of its findings.
    fixable: bool,
    /// Whether it is a matter of judgement: it can be allowed, lowered and left for later.
    judgement: bool,
    /// The deployment-safety rules it implements.
    sources: &'static [&'static str],
}

impl Entry {
    fn of((code, summary): &(Code, &'static str)) -> Self {
        let rule = rules::all().iter().find(|rule| rule.code == *code);
        // What cannot be read or has the wrong shape is always an error.
        let level = rule.map(|rule| rule.level).or((code.id < "BG100").then_some(Level::Error));
        Self {
            code: code.id,
            name: code.name,
            level,
            summary,
            fixable: code.is_mendable(),
            judgement: code.is_a_matter_of_judgement(),
            sources: rule.map_or(&[], |rule| rule.sources),
        }
    }

    /// What can be done about it, and what it rests on.
    fn remarks(&self) -> String {
        let fixable = self.fixable.then(|| "--fix".to_owned());
        let binding = (!self.judgement && self.code >= "BG100").then(|| "binding".to_owned());
        let sources = (!self.sources.is_empty()).then(|| self.sources.join(", "));
        let remarks: Vec<String> = fixable.into_iter().chain(binding).chain(sources).collect();
        if remarks.is_empty() { String::new() } else { format!(" ({})", remarks.join("; ")) }
    }
}

pub(super) fn run(args: &RulesArgs, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let entries: Vec<Entry> = codes::ALL.iter().map(Entry::of).collect();
    if args.format == ListFormat::Json {
        let list = List { version: 1, rules: entries };
        writeln!(console.out, "{}", serde_json::to_string_pretty(&list)?)?;
        return Ok(Outcome::Clean);
    }
    let width = entries.iter().map(|entry| entry.name.len()).max().unwrap_or(0);
    for entry in &entries {
        let level = match entry.level {
            Some(Level::Error) => "error",
            Some(Level::Warning) => "warning",
            Some(Level::Note) => "note",
            None => "varies",
        };
        let Entry { code, name, summary, .. } = entry;
        writeln!(console.out, "{code}  {level:7}  {name:width$}  {summary}{}", entry.remarks())?;
    }
    writeln!(console.err, "--fix: `check --fix` mends some of them; binding: cannot be allowed or lowered")?;
    writeln!(console.err, "next: bluegreen explain {}", codes::BLIND_ROLLOUT.id)?;
    Ok(Outcome::Clean)
}
