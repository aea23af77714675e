mod table;

use std::borrow::Cow;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{
    BlueprintArgs, Console, FindingFormat, Outcome,
    input::{environments, has_errors, judge, read, tell},
    outcome::Failure,
    places::Places,
};
use crate::{
    diagnostic::Trail,
    emit,
    resolve::{Blueprint, Origin, Resolved, origins},
    source::Sources,
    yaml::Node,
};

/// Arguments of `inspect`.
#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    #[command(flatten)]
    input: BlueprintArgs,

    /// Show these environments only; may be given several times. Several are shown side by side.
    #[arg(short, long, value_name = "NAME")]
    environment: Vec<String>,

    /// Show this service only.
    #[arg(short, long, value_name = "NAME")]
    service: Option<String>,

    /// Show where each value comes from.
    #[arg(long)]
    origin: bool,

    /// Show only what is not the same in all environments.
    #[arg(long)]
    only_differences: bool,

    /// The format: a table for several environments, YAML for one, where none is given.
    #[arg(long, value_enum)]
    format: Option<InspectFormat>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InspectFormat {
    /// A row for each value, a column for each environment.
    Table,
    /// YAML.
    Yaml,
    /// JSON.
    Json,
}

/// A part of the result: its trail, the tree it was read from, the service it belongs to, its value.
pub(super) struct Part<'r> {
    pub(super) trail: Trail,
    pub(super) tree: Option<Cow<'r, Node>>,
    pub(super) service: Option<&'r str>,
    pub(super) value: Value,
}

pub(super) fn run(args: &InspectArgs, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let input = read(&args.input.blueprint)?;
    let Some(blueprint) = &input.blueprint else {
        tell(console, &input.sources, &input.findings, FindingFormat::Text, false)?;
        return Ok(Outcome::Findings);
    };
    let environment = match (environments(blueprint, &args.environment)?.as_slice(), args.format) {
        ([one], None | Some(InspectFormat::Yaml | InspectFormat::Json)) if !args.only_differences => *one,
        (names, _) => {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            let places = Places { sources: input.sources, blueprint: input.blueprint, names, example: None };
            return table::show(args, &places, console);
        }
    };
    let format = args.format.unwrap_or(InspectFormat::Yaml);
    let (resolved, findings) = judge(blueprint, environment);
    tell(console, &input.sources, &findings, FindingFormat::Text, false)?;
    let Some(resolved) = resolved else { return Ok(Outcome::Findings) };
    let parts = parts(blueprint, &resolved, args.service.as_deref())?;
    if args.origin {
        origin(console, &input.sources, blueprint, environment, parts, format)?;
    } else {
        let mut out = json!({});
        for part in parts {
            place(&mut out, &part.trail, part.value);
        }
        match format {
            InspectFormat::Json => writeln!(console.out, "{}", serde_json::to_string_pretty(&out)?)?,
            InspectFormat::Yaml | InspectFormat::Table => {
                write!(console.out, "{}", emit::yaml_plain(&out))?;
            }
        }
    }
    Ok(if has_errors(&findings) { Outcome::Findings } else { Outcome::Clean })
}

pub(super) fn parts<'r>(
    blueprint: &'r Blueprint,
    resolved: &'r Resolved,
    only: Option<&str>,
) -> Result<Vec<Part<'r>>, Failure> {
    let mut parts = Vec::new();
    if only.is_none() {
        for (key, value) in [
            ("app", json!(resolved.app)),
            ("layout", json!(resolved.layout)),
            ("tags", json!(resolved.tags)),
            ("network", json!(resolved.network)),
            ("cluster", json!(resolved.cluster)),
            ("load_balancers", json!(resolved.load_balancers)),
            ("notify", json!(resolved.notify)),
            ("extra", json!(resolved.extra)),
            ("patches", json!(resolved.patches)),
        ] {
            if (key == "patches" && resolved.patches.is_empty())
                || (key == "load_balancers" && resolved.load_balancers.is_empty())
                || (key == "extra" && resolved.extra.is_none())
            {
                continue;
            }
            let name = resolved.place.name.as_str();
            parts.push(Part {
                trail: Trail::of([key]),
                tree: blueprint.part_tree(key, name).map(Cow::Owned),
                service: None,
                value,
            });
        }
        let name = resolved.place.name.as_str();
        let tree = blueprint.tree().get("environments").and_then(|all| all.get(name)).map(Cow::Borrowed);
        let value = json!(resolved.place.environment);
        parts.push(Part { trail: Trail::of(["environments", name]), tree, service: None, value });
    }
    let mut found = false;
    for service in &resolved.services {
        if only.is_some_and(|only| only != service.name.as_str()) {
            continue;
        }
        found = true;
        let name = service.name.as_str();
        let trail = Trail::of(["services", name]);
        parts.push(Part {
            trail,
            tree: Some(Cow::Borrowed(&service.tree)),
            service: Some(name),
            value: json!(service.service),
        });
    }
    if let (false, Some(only)) = (found, only) {
        let known: Vec<&str> = resolved.services.iter().map(|service| service.name.as_str()).collect();
        return Err(format!("there is no service `{only}`; there are {}", known.join(", ")).into());
    }
    Ok(parts)
}

/// Puts a value where a trail of keys leads to.
fn place(out: &mut Value, trail: &Trail, value: Value) {
    let mut here = out;
    for step in trail.steps() {
        if let crate::diagnostic::Step::Key(key) = step {
            here = &mut here[key.as_str()];
        }
    }
    *here = value;
}

fn origin(
    console: &mut Console<'_>,
    sources: &Sources,
    blueprint: &Blueprint,
    environment: &str,
    parts: Vec<Part<'_>>,
    format: InspectFormat,
) -> Result<(), Failure> {
    let mut rows: Vec<(String, Value, String)> = Vec::new();
    for part in parts {
        let tree = part.tree.as_deref();
        for (trail, leaf, origin) in origins(blueprint, environment, part.service, tree, &part.value) {
            let at = |span: crate::source::Span| {
                format!("{}:{}", sources.path(span.file), sources.position(span.file, span.start).line)
            };
            let origin = match origin {
                Origin::Default => "default".to_owned(),
                Origin::Written(span) => at(span),
                Origin::Environment(span) => format!("{} ({environment})", at(span)),
            };
            rows.push((part.trail.join(&trail).to_string(), leaf, origin));
        }
    }
    if format == InspectFormat::Json {
        let rows: Vec<Value> = rows
            .iter()
            .map(|(trail, value, origin)| json!({"trail": trail, "value": value, "origin": origin}))
            .collect();
        writeln!(console.out, "{}", serde_json::to_string_pretty(&rows)?)?;
        return Ok(());
    }
    let rows: Vec<(String, String, String)> =
        rows.into_iter().map(|(trail, value, origin)| (trail, value.to_string(), origin)).collect();
    let width = |pick: fn(&(String, String, String)) -> &String, most: usize| {
        rows.iter().map(|row| pick(row).chars().count()).max().unwrap_or(0).min(most)
    };
    let (trails, values) = (width(|row| &row.0, 70), width(|row| &row.1, 40));
    for (trail, value, origin) in &rows {
        writeln!(console.out, "{trail:trails$}  {value:values$}  {origin}")?;
    }
    Ok(())
}
