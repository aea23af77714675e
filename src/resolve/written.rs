use serde_json::Value;

use super::Resolved;
use crate::{
    diagnostic::{Aim, Finding, Fix, Mark, Place, Step, Trail},
    source::{FileId, Span},
    yaml::{Data, Node},
};

/// Where in the document a place of the resolved application was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    /// As far as the document has it.
    pub trail: Trail,
    /// The whole way, as people would write it there.
    pub meant: Trail,
    /// Whether all of it is written.
    pub whole: bool,
}

/// Where a trail of the resolved application leads in the document: into the part of the environment where that says more,
/// or else where it stands for all environments.
pub(crate) fn in_document(document: &Node, environment: &str, trail: &Trail) -> Written {
    let steps = trail.steps();
    let key = |at: usize| match steps.get(at) {
        Some(Step::Key(key)) => Some(key.as_str()),
        _ => None,
    };
    let (own, over) = match key(0) {
        Some("services") if steps.len() > 2 && key(2) != Some("environments") => {
            let name = key(1).unwrap_or_default();
            let head = Trail::of(["services", name, "environments", environment]);
            (2, Some((head.steps().len(), head.join(&steps[2..].iter().cloned().collect()))))
        }
        Some("network" | "cluster" | "load_balancers" | "vars") => {
            let head = Trail::of(["environments", environment]);
            (0, Some((head.steps().len(), head.join(trail))))
        }
        _ => (0, None),
    };
    let depth = depth(document, trail);
    if let Some((head, over)) = over {
        let deep = self::depth(document, &over);
        if deep > head && deep - head >= depth.saturating_sub(own) {
            return Written::of(over, deep);
        }
    }
    Written::of(trail.clone(), depth)
}

impl Written {
    fn of(meant: Trail, depth: usize) -> Self {
        let trail = meant.steps().iter().take(depth).cloned().collect();
        Self { trail, whole: depth == meant.steps().len(), meant }
    }
}

/// How many steps of a trail there are.
fn depth(document: &Node, trail: &Trail) -> usize {
    let mut node = document;
    for (at, step) in trail.steps().iter().enumerate() {
        let next = match (step, &node.data) {
            (Step::Key(key), Data::Map(map)) => map.get(key).map(|entry| &entry.value),
            (Step::Index(index), Data::List(items)) => items.get(*index),
            _ => None,
        };
        match next {
            Some(next) => node = next,
            None => return at,
        }
    }
    trail.steps().len()
}

/// What wrote the values of a service beside the document.
#[derive(Debug, Clone)]
pub struct Layers {
    /// The built-in defaults.
    pub(super) defaults: FileId,
    /// The chain of service blueprints, the one that is extended first.
    pub(super) extended: Vec<Extended>,
}

impl Layers {
    /// Whether what stands at a trail of a service's tree comes with bluegreen: from the defaults, or a service blueprint that is
    /// built in.
    pub fn is_built_in(&self, tree: &Node, trail: &Trail) -> bool {
        let built_in =
            |file| file == self.defaults || self.extended.iter().any(|it| it.built_in && it.file == file);
        tree.at(trail).is_some_and(|node| built_in(node.span.file))
    }

    /// Whether people wrote what stands at a trail of a service's tree, or a part of it.
    pub fn wrote(&self, tree: &Node, trail: &Trail) -> bool {
        tree.at(trail).is_some_and(|node| written_beside(node, self.defaults))
    }
}

/// Whether a value or a part of it comes from another file than this one.
pub(super) fn written_beside(node: &Node, file: FileId) -> bool {
    match &node.data {
        Data::Map(map) if !map.is_empty() => map.values().any(|entry| written_beside(&entry.value, file)),
        _ => node.span.file != file,
    }
}

/// A service blueprint that a service has values from.
#[derive(Debug, Clone)]
pub(super) struct Extended {
    pub file: FileId,
    /// What people call it.
    pub name: String,
    pub built_in: bool,
    /// Where the service says that it extends it, or another that does.
    pub at: Span,
}

/// A service as it was put together, for finding who wrote what.
#[derive(Clone, Copy)]
pub(super) struct Merged<'m> {
    pub tree: &'m Node,
    pub layers: &'m Layers,
}

impl<'m> Merged<'m> {
    /// The service blueprint that wrote what stands at a trail, or that something in another file did.
    fn writer(self, trail: &Trail, aim: Aim) -> Option<(Span, Option<&'m Extended>)> {
        self.tree.at(trail)?;
        let span = self.tree.locate(trail, aim);
        let extended = self.layers.extended.iter().find(|extended| extended.file == span.file);
        (span.file != self.layers.defaults).then_some((span, extended))
    }
}

/// Points every mark of a finding at the document. The finding's trails begin at `prefix`, in the resolved application.
///
/// What a service blueprint wrote is pointed at there, or, where that is built in, where it is extended. What nobody wrote
/// is not pointed at: it is said, with the value it has, where `resolved` tells.
pub(crate) fn locate(
    finding: &mut Finding,
    prefix: &Trail,
    document: &Node,
    environment: &str,
    resolved: Option<&Resolved>,
) {
    point(finding, prefix, document, environment, resolved, None);
}

/// The service that a trail leads into, and the way inside it.
fn in_service(trail: &Trail) -> Option<(&str, Trail)> {
    match trail.steps() {
        [Step::Key(kind), Step::Key(name), rest @ ..] if kind == "services" => {
            Some((name, rest.iter().cloned().collect()))
        }
        _ => None,
    }
}

/// A service as it was put together.
fn merged_of<'r>(resolved: &'r Resolved, name: &str) -> Option<Merged<'r>> {
    let service = resolved.services.iter().find(|service| service.name.as_str() == name)?;
    Some(Merged { tree: &service.tree, layers: &service.layers })
}

/// See [`locate`]; `merged` is the service where it is not among those resolved yet.
pub(super) fn point(
    finding: &mut Finding,
    prefix: &Trail,
    document: &Node,
    environment: &str,
    resolved: Option<&Resolved>,
    merged: Option<Merged<'_>>,
) {
    let mut notes = Vec::new();
    let mut also: Vec<Span> = Vec::new();
    // The values that places were found for.
    let mut values: Vec<(Option<Span>, Trail)> = Vec::new();
    let mut point_at = |mark: &mut Mark| {
        let Place::Trail(trail, aim) = &mut mark.place else { return true };
        let whole = prefix.join(trail);
        let found = in_document(document, environment, &whole);
        if mark.span.is_some() {
            *trail = found.trail;
            return true;
        }
        let short = says_in_short(document, &found);
        if !found.whole
            && !short
            && let Some((name, inner)) = in_service(&whole)
            && let Some(merged) = merged.or_else(|| merged_of(resolved?, name))
            && let Some((span, extended)) = merged.writer(&inner, *aim)
        {
            let Some(extended) = extended else {
                // What was given for a parameter, or a variable.
                *mark = Mark { place: Place::Span(span), span: Some(span), label: mark.label.clone() };
                return true;
            };
            if extended.built_in {
                let value = merged.tree.at(&inner).map(Node::to_json);
                notes
                    .extend(value.and_then(|value| said(&inner, &value, &format!("in `{}`", extended.name))));
                let at = Trail::of(["services", name, "extends"]);
                *mark = Mark {
                    place: Place::Trail(at, Aim::Value),
                    span: Some(extended.at),
                    label: mark.label.clone(),
                };
            } else {
                also.push(extended.at);
                *mark = Mark { place: Place::Span(span), span: Some(span), label: mark.label.clone() };
            }
            return true;
        }
        if !found.whole && !short {
            notes.extend(resolved.and_then(|resolved| by_default(resolved, prefix, trail)));
        }
        if !found.whole {
            *aim = match document.at(&found.trail).map(|node| &node.data) {
                Some(Data::Map(_) | Data::List(_)) => Aim::Key,
                _ => Aim::Value,
            };
        }
        mark.span = Some(document.locate(&found.trail, *aim));
        *trail = found.trail;
        found.whole || short
    };
    let mut aim_at = |mark: &mut Mark| {
        let value = match &mark.place {
            Place::Trail(trail, _) => Some(prefix.join(trail)),
            Place::Span(_) => None,
        };
        let is_written = point_at(mark);
        values.extend(value.map(|value| (mark.span, value)));
        is_written
    };
    let (mut whole, mut from_built_in) = (true, false);
    if let Some(primary) = &mut finding.primary {
        whole = aim_at(primary);
        from_built_in = matches!(
            &primary.place,
            Place::Trail(trail, _) if in_service(trail).is_some_and(|(_, inner)| inner == Trail::of(["extends"]))
        );
    }
    finding.related.retain_mut(|mark| aim_at(mark) || resolved.is_none());
    also.dedup();
    // Of two fields that conflict, the one that somebody wrote is the place to look at.
    if resolved.is_some() && !finding.related.is_empty() {
        if !whole {
            finding.primary = Some(finding.related.remove(0));
        } else if from_built_in {
            let mine = finding.related.remove(0);
            finding.related.extend(finding.primary.replace(mine));
        }
    }
    if finding.value.is_none()
        && let Some(primary) = &finding.primary
    {
        let value = values.into_iter().find(|(span, _)| *span == primary.span);
        finding.value = value.map(|(_, value)| value);
    }
    for span in also {
        finding.related.push(Mark {
            place: Place::Span(span),
            span: Some(span),
            label: "extended here".into(),
        });
    }
    for note in notes {
        if !finding.notes.contains(&note) {
            finding.notes.push(note);
        }
    }
    suggestions(finding, prefix, document, environment);
}

/// Points suggestions at the document: what it writes as a scalar can be replaced, anything else is for people to do.
fn suggestions(finding: &mut Finding, prefix: &Trail, document: &Node, environment: &str) {
    let mut help = Vec::new();
    // What is a matter of judgement may be meant as it is; and where there are several ways, or another one in words, which to
    // go is for people to say.
    let only = !finding.code.is_a_matter_of_judgement()
        && finding.suggestions.len() == 1
        && finding.help.is_empty()
        && finding.fixes.is_empty();
    for suggestion in &mut finding.suggestions {
        let found = in_document(document, environment, &prefix.join(&suggestion.trail));
        // What stands in an expression is written for more than this environment.
        let scalar = document.at(&found.trail).filter(|node| match &node.data {
            Data::Map(_) | Data::List(_) | Data::Null => false,
            Data::Text(text) => !crate::blueprint::is_expression(text),
            Data::Bool(_) | Data::Int(_) | Data::Float(_) => true,
        });
        match scalar {
            Some(node) if found.whole && suggestion.certain => finding.fixes.push(Fix {
                title: suggestion.title.clone(),
                span: node.span,
                text: suggestion.value.clone(),
                certain: only,
            }),
            _ if found.whole => help.push(suggestion.title.clone()),
            _ => help.push(with_place(&suggestion.title, &found.meant)),
        }
        suggestion.trail = found.meant;
    }
    finding.help.splice(0..0, help);
}

/// What a suggestion says, with the map that the key belongs in: the key is not written, so nothing shows where.
fn with_place(title: &str, meant: &Trail) -> String {
    let Some((before, rest)) = title.split_once('`') else { return title.to_owned() };
    let Some((code, behind)) = rest.split_once('`') else { return title.to_owned() };
    let key = code.split(':').next().unwrap_or_default();
    let steps = match meant.steps() {
        [Step::Key(kind), Step::Key(_), inner @ ..] if kind == "services" => inner,
        steps => steps,
    };
    let at = steps.iter().rposition(|step| matches!(step, Step::Key(own) if own == key));
    let Some(at) = at.filter(|at| *at > 0 && !behind.contains(" in `")) else { return title.to_owned() };
    let place: Trail = steps[..at].iter().cloned().collect();
    // Text behind a comma says more of the change.
    let (amount, more) =
        behind.split_once(',').map_or((behind, String::new()), |(amount, more)| (amount, format!(",{more}")));
    format!("{before}`{code}`{amount} in `{place}`{more}")
}

/// Whether a value is written in the short form of the map it stands in: the path alone for a health check, a strategy by
/// the name that AWS or SAM have for it.
fn says_in_short(document: &Node, found: &Written) -> bool {
    let Some(Data::Text(text)) = document.at(&found.trail).map(|node| &node.data) else { return false };
    let key = |steps: &[Step]| match steps.last() {
        Some(Step::Key(key)) => key.clone(),
        _ => String::new(),
    };
    match key(found.trail.steps()).as_str() {
        "healthcheck" => key(found.meant.steps()) == "path",
        "strategy" => !["all_at_once", "canary", "linear"].contains(&text.as_str()),
        _ => false,
    }
}

/// What a value is that nobody wrote.
fn by_default(resolved: &Resolved, prefix: &Trail, trail: &Trail) -> Option<String> {
    // A trail from the document's root into a service is told the way it is written there.
    if prefix.steps().is_empty()
        && let [Step::Key(kind), Step::Key(name), rest @ ..] = trail.steps()
        && kind == "services"
        && !rest.is_empty()
    {
        let prefix = Trail::of(["services", name.as_str()]);
        return by_default(resolved, &prefix, &rest.iter().cloned().collect());
    }
    if let [Step::Key(kind), Step::Key(name), ..] = trail.steps()
        && kind == "alarms"
    {
        return Some(format!("`{name}` is a default alarm"));
    }
    let mut value = match prefix.steps() {
        [Step::Key(_), Step::Key(name)] => {
            let service = resolved.services.iter().find(|service| service.name.as_str() == name)?;
            serde_json::to_value(&service.service).ok()?
        }
        _ => serde_json::json!({
            "network": resolved.network, "cluster": resolved.cluster, "load_balancers": resolved.load_balancers,
        }),
    };
    for step in trail.steps() {
        value = match step {
            Step::Key(key) => value.get_mut(key)?.take(),
            Step::Index(index) => value.get_mut(index)?.take(),
        };
    }
    said(trail, &value, "by default")
}

/// What a value is, and why.
fn said(trail: &Trail, value: &Value, why: &str) -> Option<String> {
    let shown = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Null => return None,
        // A short map or list is shown the way people write it.
        value => match value.to_string().replace('"', "").replace(':', ": ").replace(',', ", ") {
            text if text.len() <= 60 => text,
            _ => return Some(format!("`{trail}` is there {why}")),
        },
    };
    Some(format!("`{trail}` is `{shown}` {why}"))
}
