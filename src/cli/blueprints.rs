use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{Console, Outcome, outcome::Failure};
use crate::blueprint::{ServiceBlueprint, built_in, shape::written};

/// Arguments of `blueprints`.
#[derive(Debug, Args)]
pub(super) struct BlueprintsArgs {
    /// Print the text of this one, to read or to start one of your own from.
    #[arg(value_name = "NAME")]
    name: Option<String>,

    /// The format.
    #[arg(long, value_enum, default_value_t = BlueprintsFormat::Text)]
    format: BlueprintsFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum BlueprintsFormat {
    /// For people.
    Text,
    /// JSON.
    Json,
}

/// A built-in service blueprint, and its parameters as they were written: what a default is that is not there, only the
/// text tells.
struct Listed {
    name: &'static str,
    blueprint: ServiceBlueprint,
    document: Value,
}

pub(super) fn run(args: &BlueprintsArgs, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let chosen: Vec<(&str, &str)> = match &args.name {
        None => built_in::ALL.to_vec(),
        Some(name) => {
            let known = built_in::ALL.iter().find(|(known, _)| known == name);
            let names: Vec<&str> = built_in::ALL.iter().map(|(name, _)| *name).collect();
            let missing =
                || format!("there is no built-in service blueprint `{name}`; there are {}", names.join(", "));
            vec![*known.ok_or_else(missing)?]
        }
    };
    if let (Some(_), BlueprintsFormat::Text) = (&args.name, args.format) {
        write!(console.out, "{}", chosen[0].1)?;
        return Ok(Outcome::Clean);
    }
    let mut listed = Vec::new();
    for (name, text) in chosen {
        let document: Value = serde_yaml::from_str(text)?;
        let blueprint = serde_json::from_value(document.clone())?;
        listed.push(Listed { name, blueprint, document });
    }
    match args.format {
        BlueprintsFormat::Json => {
            let all: Vec<Value> = listed
                .iter()
                .map(|one| {
                    json!({
                        "name": one.name,
                        "description": one.blueprint.description,
                        "extends": one.document.get("extends"),
                        "params": one.document.get("params"),
                    })
                })
                .collect();
            writeln!(console.out, "{}", serde_json::to_string_pretty(&all)?)?;
        }
        BlueprintsFormat::Text => {
            for (at, one) in listed.iter().enumerate() {
                if at > 0 {
                    writeln!(console.out)?;
                }
                tell(console, one)?;
            }
            writeln!(
                console.err,
                "next: write `extends: web` in a service, and its parameters under `with`"
            )?;
        }
    }
    Ok(Outcome::Clean)
}

fn tell(console: &mut Console<'_>, one: &Listed) -> std::io::Result<()> {
    let out = &mut console.out;
    writeln!(out, "{}", one.name)?;
    writeln!(out, "  {}", one.blueprint.description.as_deref().unwrap_or_default())?;
    let width = one.blueprint.params.keys().map(|name| name.as_str().len()).max().unwrap_or(0);
    for (name, param) in &one.blueprint.params {
        let declared = &one.document["params"][name.as_str()];
        let kind = declared["type"].as_str().unwrap_or_default();
        let default = match declared.get("default") {
            None => "required".to_owned(),
            Some(Value::Null) => "optional".to_owned(),
            Some(default) => format!("default {}", written(default)),
        };
        let description = param.description.as_deref().unwrap_or_default();
        writeln!(out, "  {:width$}  {kind}, {default}: {description}", name.as_str())?;
    }
    Ok(())
}
