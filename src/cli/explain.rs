use std::{borrow::Cow, io};

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use serde_json::Value;

use super::{
    Console, Outcome,
    input::{environments, judge, read},
    inspect::{Part as Piece, parts},
    outcome::Failure,
};
use crate::{
    blueprint::{
        defaults,
        keys::{self, Found, Key, Part},
        shape::written,
    },
    diagnostic::{Code, Step, Trail, codes, explanations},
    resolve::{Blueprint, Origin, Resolved, origins},
    source::{Sources, Span},
    yaml::{self, Node},
};

/// Values of a map that are shown for each environment; the rest is counted.
const MAX_VALUES: usize = 20;
/// The blueprint that is looked into where none is named.
const USUAL: &str = "blueprint.yaml";

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// A code (`BG100`), its name (`fargate-size`), or a key (`services.checkout.deploy.keep_old`, or the end of it).
    #[arg(value_name = "WHAT")]
    what: String,

    /// Show a key's values in this blueprint; `blueprint.yaml` where there is one.
    #[arg(short, long, value_name = "FILE")]
    blueprint: Option<Utf8PathBuf>,

    /// Show the values of these environments only; may be given several times.
    #[arg(short, long, value_name = "NAME")]
    environment: Vec<String>,
}

pub(super) fn run(args: &ExplainArgs, console: &mut Console<'_>) -> Result<Outcome, Failure> {
    let what = args.what.trim();
    let code = codes::ALL.iter().find(|(code, _)| code.id.eq_ignore_ascii_case(what) || code.name == what);
    if let Some((code, meaning)) = code {
        tell_code(console, *code, meaning)?;
        return Ok(Outcome::Clean);
    }
    match keys::find(what) {
        Found::One(key, names) => {
            tell_key(console, key, &names)?;
            let blueprint = args.blueprint.as_deref();
            let usual = Some(Utf8Path::new(USUAL)).filter(|usual| usual.is_file());
            match blueprint.or(usual) {
                Some(path) => values(console, key, &names, path, &args.environment),
                None => Ok(Outcome::Clean),
            }
        }
        Found::Several(keys) => {
            writeln!(console.err, "error: `{what}` is the end of {} keys; say which:", keys.len())?;
            for key in keys {
                writeln!(console.err, "  {key}: {}", first_sentence(&key.description()))?;
            }
            Ok(Outcome::Failed)
        }
        Found::None(keys) => {
            let likeness = |name: &str| strsim::normalized_damerau_levenshtein(name, &what.to_lowercase());
            let mut close: Vec<(f64, &str)> = codes::ALL
                .iter()
                .flat_map(|(code, _)| {
                    [(likeness(code.name), code.name), (likeness(&code.id.to_lowercase()), code.id)]
                })
                .filter(|(likeness, _)| *likeness >= 0.6)
                .collect();
            close.sort_by(|left, right| right.0.total_cmp(&left.0));
            // A word like a code's is hardly a key.
            let near: Vec<String> =
                close.into_iter().take(3).map(|(_, name)| name.to_owned()).chain(keys).collect();
            let hint = if near.is_empty() {
                "codes look like BG100 or fargate-size, keys like deploy.keep_old".to_owned()
            } else {
                format!("near it are {}", near.join(", "))
            };
            Err(format!("there is no code and no key `{what}`; {hint}").into())
        }
    }
}

/// A page without the marks of Markdown: headings stand alone, examples are indented.
fn tell_code(console: &mut Console<'_>, code: Code, meaning: &str) -> io::Result<()> {
    let Some(page) = explanations::page(code) else {
        return writeln!(console.out, "{} {}: {meaning}", code.id, code.name);
    };
    let mut example = false;
    for line in page.lines() {
        if line.starts_with("```") {
            example = !example;
        } else if example {
            writeln!(console.out, "    {line}")?;
        } else {
            writeln!(console.out, "{}", line.trim_start_matches('#').trim_start())?;
        }
    }
    Ok(())
}

fn tell_key(console: &mut Console<'_>, key: &Key, names: &[String]) -> io::Result<()> {
    let out = &mut console.out;
    writeln!(out, "{key}\n\n{}\n", key.description())?;
    writeln!(out, "takes      {}", key.takes())?;
    let words = key.words();
    let width = words.iter().map(|(word, _)| word.chars().count()).max().unwrap_or(0).min(24);
    for (word, meaning) in &words {
        let line = format!("{word:width$}  {}", meaning.as_deref().unwrap_or_default());
        writeln!(out, "           {}", line.trim_end())?;
    }
    if key.is_required() {
        writeln!(out, "required   yes")?;
    }
    if let Some(default) = layer_default(key, names).or_else(|| key.default().cloned()) {
        writeln!(out, "default    {}", written(&default))?;
    }
    writeln!(out, "example    {}", key.example_line())?;
    match key.overridden_at() {
        Some(place) => writeln!(out, "differs    in an environment, at {place}"),
        None => writeln!(out, "differs    in no environment"),
    }
}

/// What the layer below every service says of a key, with the names that people gave.
fn layer_default(key: &Key, names: &[String]) -> Option<Value> {
    let mut sources = Sources::new();
    let file = sources.add("built-in defaults", defaults::LAYER);
    let layer = yaml::read(&sources, file).ok()?;
    let mut names = names.iter();
    let [Part::Key(services), Part::Name, rest @ ..] = key.path.as_slice() else { return None };
    names.next();
    if services != "services" || rest.is_empty() {
        return None;
    }
    rest.iter()
        .try_fold(&layer, |node, part| match part {
            Part::Key(key) => node.get(key),
            Part::Name => node.get(names.next()?),
            Part::Item => None,
        })
        .map(Node::to_json)
}

fn first_sentence(text: &str) -> &str {
    text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.')
}

/// The key's value in each environment, and where it comes from.
fn values(
    console: &mut Console<'_>,
    key: &Key,
    names: &[String],
    path: &Utf8Path,
    wanted: &[String],
) -> Result<Outcome, Failure> {
    let input = read(path)?;
    let Some(blueprint) = &input.blueprint else {
        writeln!(
            console.err,
            "{path} has faults, so its values are not shown; next: bluegreen check {path}"
        )?;
        return Ok(Outcome::Clean);
    };
    writeln!(console.out, "\nin {path}:")?;
    for environment in environments(blueprint, wanted)? {
        let (resolved, findings) = judge(blueprint, environment);
        let Some(resolved) = resolved else {
            writeln!(console.out, "  {environment}: has faults; next: bluegreen check {path}")?;
            continue;
        };
        // A secret that stands in plain text is not repeated.
        let secret: Vec<Trail> = findings
            .iter()
            .filter(|finding| finding.code == codes::PLAINTEXT_SECRET)
            .filter_map(|finding| finding.trail().cloned())
            .collect();
        let mut rows = Vec::new();
        for piece in pieces(blueprint, &resolved)? {
            for (inner, value, origin) in
                origins(blueprint, environment, piece.service, piece.tree.as_deref(), &piece.value)
            {
                let trail = piece.trail.join(&inner);
                if stands_in(&trail, key, names) {
                    let value =
                        if secret.contains(&trail) { "(not shown)".to_owned() } else { written(&value) };
                    rows.push((trail.to_string(), value, told(&origin, &input.sources)));
                }
            }
        }
        if rows.is_empty() {
            writeln!(console.out, "  {environment}: nothing")?;
            continue;
        }
        writeln!(console.out, "  {environment}:")?;
        let width = |pick: fn(&(String, String, String)) -> &String, most: usize| {
            rows.iter().map(|row| pick(row).chars().count()).max().unwrap_or(0).min(most)
        };
        let (trails, texts) = (width(|row| &row.0, 70), width(|row| &row.1, 40));
        for (trail, value, origin) in rows.iter().take(MAX_VALUES) {
            writeln!(console.out, "    {trail:trails$}  {value:texts$}  {origin}")?;
        }
        if rows.len() > MAX_VALUES {
            writeln!(console.out, "    ... and {} more", rows.len() - MAX_VALUES)?;
        }
    }
    Ok(Outcome::Clean)
}

fn pieces<'r>(blueprint: &'r Blueprint, resolved: &'r Resolved) -> Result<Vec<Piece<'r>>, Failure> {
    let mut pieces = parts(blueprint, resolved, None)?;
    if let Some(pipeline) = resolved.services.iter().find_map(|service| service.pipeline.as_ref()) {
        let (trail, tree) = (Trail::of(["pipeline"]), blueprint.tree().get("pipeline").map(Cow::Borrowed));
        pieces.push(Piece { trail, tree, service: None, value: serde_json::to_value(pipeline)? });
    }
    Ok(pieces)
}

fn told(origin: &Origin, sources: &Sources) -> String {
    let at =
        |span: &Span| format!("{}:{}", sources.path(span.file), sources.position(span.file, span.start).line);
    match origin {
        Origin::Default => "default".to_owned(),
        Origin::Written(span) => at(span),
        Origin::Environment(span) => format!("{} (for this environment)", at(span)),
    }
}

/// Whether a value stands at a key or below it.
fn stands_in(trail: &Trail, key: &Key, names: &[String]) -> bool {
    let mut names = names.iter();
    let mut steps = trail.steps().iter();
    key.path.iter().all(|part| match (part, steps.next()) {
        (Part::Key(key), Some(Step::Key(step))) => key == step,
        (Part::Name, Some(Step::Key(step))) => {
            names.next().is_some_and(|name| name.starts_with('<') || name == step)
        }
        (Part::Item, Some(Step::Index(_))) => true,
        _ => false,
    })
}
