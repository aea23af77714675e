//! What a value makes, in lines for people.

use indexmap::IndexMap;

use crate::{
    blueprint::shape::written,
    compare::Kind,
    diagnostic::Step,
    provenance::{Effect, Effects, OnUpdate, Trial, Tried},
};

/// Resources that are told; the rest is counted.
const MAX_RESOURCES: usize = 25;
/// Properties of a resource that are told; the rest is counted.
const MAX_PROPERTIES: usize = 8;

/// What is told of a resource.
#[derive(Default)]
struct Told {
    kind: String,
    /// How it comes or goes.
    whole: Option<String>,
    properties: IndexMap<String, OnUpdate>,
}

/// Lines about what experiments changed. Stacks are named by their files.
pub(super) fn lines(effects: &Effects) -> Vec<String> {
    let mut resources: IndexMap<(String, String), Told> = IndexMap::new();
    let mut other: IndexMap<(String, String), Vec<String>> = IndexMap::new();
    let mut files: Vec<String> = Vec::new();
    for trial in &effects.trials {
        for Effect { change, resource, is_there } in &trial.effects {
            let Some((kind, update)) = resource else {
                let names = other.entry((change.stack.clone(), change.section.clone())).or_default();
                let name = if change.id.is_empty() { change.path.to_string() } else { change.id.clone() };
                if !names.contains(&name) {
                    names.push(name);
                }
                continue;
            };
            let told = resources.entry((change.stack.clone(), change.id.clone())).or_default();
            told.kind.clone_from(kind);
            if change.path.is_empty() && change.kind() != Kind::Changed {
                let how = whole(trial, *is_there, *update);
                told.whole.get_or_insert(how);
            } else {
                let path = change.path.to_string();
                let path = path.strip_prefix("Properties.").unwrap_or(&path).to_owned();
                told.properties.entry(path).or_insert(*update);
            }
        }
        files.extend(trial.files.iter().filter(|file| !files.contains(file)).cloned().collect::<Vec<_>>());
    }
    let mut lines = Vec::new();
    for ((stack, id), told) in resources.iter().take(MAX_RESOURCES) {
        let name = format!("{stack}/{id} ({})", told.kind);
        if let Some(how) = &told.whole {
            // Its properties come and go with it.
            lines.push(format!("{name}: {how}"));
            continue;
        }
        lines.push(name);
        for (path, update) in told.properties.iter().take(MAX_PROPERTIES) {
            lines.push(format!("  {path}: {}", words(*update)));
        }
        if told.properties.len() > MAX_PROPERTIES {
            lines.push(format!("  ... and {} more", told.properties.len() - MAX_PROPERTIES));
        }
    }
    if resources.len() > MAX_RESOURCES {
        lines.push(format!("... and {} more resources", resources.len() - MAX_RESOURCES));
    }
    for ((stack, section), mut names) in other {
        let more = names.len().saturating_sub(MAX_PROPERTIES);
        names.truncate(MAX_PROPERTIES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        lines.push(format!("{stack}, {}: {}{more}", of(&section), names.join(", ")));
    }
    if !files.is_empty() {
        files.sort_unstable();
        lines.push(format!("also written in {}", files.join(", ")));
    }
    for trial in &effects.trials {
        if let Tried::Together(value, beside, other) = &trial.tried {
            lines.push(format!(
                "the rules let `{}: {}` stand only with another `{beside}`, such as {}",
                trial.trail,
                written(value),
                written(other)
            ));
        }
    }
    if effects.is_cut {
        lines.push("there are more values below it than are tried at once: ask for one of them".to_owned());
    }
    lines
}

/// How a resource comes or goes.
fn whole(trial: &Trial, is_there: bool, update: OnUpdate) -> String {
    let last = trial.trail.steps().iter().rev().find_map(|step| match step {
        Step::Key(key) => Some(key.as_str()),
        Step::Index(_) => None,
    });
    let key = last.unwrap_or_default();
    let denied = if update.is_denied { "; the stack policy denies that" } else { "" };
    match (&trial.tried, is_there) {
        (Tried::Removed, true) => format!("there because of it, and deleted without it{denied}"),
        (Tried::Removed, false) => format!("created where `{key}` is left out"),
        (Tried::Changed(value) | Tried::Written(value) | Tried::Together(value, ..), true) => {
            format!("deleted with `{key}: {}`{denied}", written(value))
        }
        (Tried::Changed(value) | Tried::Written(value) | Tried::Together(value, ..), false) => {
            format!("created with `{key}: {}`", written(value))
        }
    }
}

fn of(section: &str) -> &str {
    match section {
        "StackTags" => "tags of the stack",
        "ParameterValues" => "values of parameters",
        "Parameters" => "parameters",
        "Conditions" => "conditions",
        "Outputs" => "outputs",
        other => other,
    }
}

fn words(update: OnUpdate) -> String {
    let denied = if update.is_denied { "; the stack policy denies it" } else { "" };
    format!("{}{denied}", update.consequence.words())
}
