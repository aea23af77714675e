mod document;
mod effects;
mod key;
mod parameter;
mod resource;

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::{Console, Outcome, outcome::Failure, places::Places};
use crate::{
    blueprint::keys::{self, Document, Found},
    diagnostic::{Code, codes, explanations},
};

/// The blueprint that is looked into where none is named.
const USUAL: &str = "blueprint.yaml";

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// A code (`BG100`), its name (`fargate-size`), a key (`services.checkout.deploy.keep_old`, or the end of it; of a service
    /// blueprint `service.deploy.keep_old`), a parameter (`services.checkout.with.port`, `params.port`), a resource (`checkout.ProductionListener`, `shop-prod-checkout-edge/ProductionListener`), or a statement of its policies
    /// (`checkout.ExecutionRole/PullImage`).
    #[arg(value_name = "WHAT")]
    what: String,

    /// Look into this blueprint, or this service blueprint or shared part; `blueprint.yaml` where there is one.
    #[arg(short, long, value_name = "FILE")]
    blueprint: Option<Utf8PathBuf>,

    /// Look into these environments only; may be given several times.
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
    let usual = Some(Utf8Path::new(USUAL)).filter(|usual| usual.is_file());
    let path = args.blueprint.as_deref().or(usual);
    let document = path.map_or(Document::Application, Places::kind);
    if let Some(asked) = parameter::asked(what, document) {
        return match path {
            Some(path) => parameter::tell(console, &Places::read(path, &args.environment)?, path, &asked),
            None => parameter::nowhere(console),
        };
    }
    let found = keys::find_in(what, document);
    if let Found::One(found, names) = found {
        key::tell(console, found, &names)?;
        return match path {
            Some(path) => key::values(console, found, &names, path, &args.environment),
            None => key::by_example(console, found, &names),
        };
    }
    // A name such as `HookRole` is no key, and `TaskRole` hardly a misspelt one.
    let mut near = Vec::new();
    if let Some(path) = path {
        let places = Places::read(path, &args.environment)?;
        if resource::tell(console, &places, what)? {
            return Ok(Outcome::Clean);
        }
        near = resource::near(&places, what);
    }
    match found {
        Found::Several(keys) => {
            writeln!(console.err, "error: `{what}` is the end of {} keys; say which:", keys.len())?;
            for key in keys {
                writeln!(console.err, "  {key}: {}", first_sentence(&key.description()))?;
            }
            Ok(Outcome::Failed)
        }
        Found::None(keys) => Err(unknown(what, near.into_iter().chain(keys).collect(), path).into()),
        Found::One(..) => Ok(Outcome::Clean),
    }
}

/// What to say of a word that is nothing, given what comes near.
fn unknown(what: &str, others: Vec<String>, path: Option<&Utf8Path>) -> String {
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
        close.into_iter().take(3).map(|(_, name)| name.to_owned()).chain(others).collect();
    let hint = if near.is_empty() {
        "codes look like BG100 or fargate-size, keys like deploy.keep_old, resources like checkout.TaskRole"
            .to_owned()
    } else {
        format!("near it are {}", near.join(", "))
    };
    let (kinds, where_to) = match path {
        Some(path) => ("no code, no key and no resource", format!(" in {path}")),
        None => ("no code and no key", String::new()),
    };
    let more = if path.is_none() && what.contains(|letter: char| letter.is_ascii_uppercase() || letter == '/')
    {
        "; for a resource, say which blueprint: --blueprint FILE"
    } else {
        ""
    };
    format!("there is {kinds} `{what}`{where_to}; {hint}{more}")
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

fn first_sentence(text: &str) -> &str {
    text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.')
}
