//! Parameters of service blueprints: what is declared, and what is given for them.

use std::sync::OnceLock;

use regex::Regex;

use super::{
    expression::{Engine, Fault},
    scope::{Here, Names, Scope},
};
use crate::{
    blueprint::{ParamType, is_expression, shape::Shape},
    diagnostic::{Aim, Finding, Fix, Mark, Place, Trail, codes},
    source::Span,
    yaml::{Data, Map, Node},
};

/// Where a value that a parameter was declared for does not fit.
struct Misfit {
    /// The way into the value.
    trail: Trail,
    span: Span,
    problem: String,
    help: Vec<String>,
    fixes: Vec<Fix>,
    /// The key of the declaration that it breaks.
    broken: &'static str,
}

/// A parameter that a service blueprint declares.
pub(super) struct Declared {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub key: Span,
    /// The declaration.
    node: Node,
    kind: ParamType,
    shape: OnceLock<Shape>,
}

impl std::fmt::Debug for Declared {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}: {:?}", self.name, self.kind)
    }
}

/// What is said where a service blueprint is extended.
pub(super) struct Call<'c> {
    /// How people call the map with `extends` and `with`.
    pub shown: String,
    /// What is extended, where that is said.
    pub extends: Span,
    /// The key `with`, where it is written.
    pub with: Option<Span>,
    /// What the service blueprint is called.
    pub callee: &'c str,
    /// Whether it came with the tool, so that nobody is sent to read it.
    pub built_in: bool,
    /// Where in the document the map stands, unless it is in another file.
    pub trail: Option<Trail>,
}

/// What parameters stand for.
#[derive(Default)]
pub(super) struct Bound {
    pub values: Names,
    pub findings: Vec<Finding>,
    /// Expressions of defaults that could not be worked out.
    pub faults: Vec<Fault>,
}

impl Declared {
    /// Every parameter of a document.
    pub(super) fn all(tree: &Node) -> Vec<Self> {
        let params = tree.get("params").and_then(Node::as_map).into_iter().flatten();
        params
            .map(|(name, entry)| {
                let kind = entry.value.get("type").map(Node::to_json).unwrap_or_default();
                Self {
                    name: name.clone(),
                    key: entry.key,
                    node: entry.value.clone(),
                    kind: serde_json::from_value(kind).unwrap_or(ParamType::String),
                    shape: OnceLock::new(),
                }
            })
            .collect()
    }

    /// What holds where nothing is given, `null` among it.
    pub(super) fn default(&self) -> Option<&Node> {
        self.node.get("default")
    }

    /// The declaration as it was written.
    pub(super) fn declaration(&self) -> serde_json::Value {
        self.node.to_json()
    }

    /// What it is for.
    pub(super) fn description(&self) -> Option<&str> {
        self.node.get("description").and_then(Node::as_text)
    }

    /// A value for checking the service blueprint by itself.
    pub(super) fn example(&self) -> Node {
        let span = self.node.span;
        if let Some(example) = self.node.get("example").or_else(|| self.default()) {
            return example.clone();
        }
        if let Some(Node { data: Data::List(words), .. }) = self.node.get("one_of")
            && let Some(first) = words.first()
        {
            return first.clone();
        }
        if let Some(bound) = self.node.get("minimum").or_else(|| self.node.get("maximum")) {
            return bound.clone();
        }
        Node { span, data: self.kind.example() }
    }

    fn shape(&self) -> &Shape {
        self.shape
            .get_or_init(|| Shape::deferred(self.kind.schema_of(&self.node.to_json()), ParamType::formats()))
    }

    /// Where a value does not fit.
    fn misfit(&self, value: &Node) -> Option<Misfit> {
        let own = self.name.clone();
        let shown = move |trail: &Trail| Trail::of([own.as_str()]).join(trail);
        if let Some(mut finding) = self.shape().explain(value, &shown).into_iter().next() {
            finding.locate(|trail, aim| value.locate(trail, aim));
            // `port: expected …` is said of the place it is given at.
            let problem = finding.title.strip_prefix(&format!("`{}`: ", self.name)).map(str::to_owned);
            let span = finding.primary.as_ref().and_then(|mark| mark.span).unwrap_or(value.span);
            return Some(Misfit {
                trail: finding.trail().cloned().unwrap_or_default(),
                span,
                problem: problem.unwrap_or(finding.title),
                help: finding.help,
                fixes: finding.fixes,
                broken: match finding.code {
                    codes::OUT_OF_RANGE if self.breaks_minimum(value) => "minimum",
                    codes::OUT_OF_RANGE if self.node.get("maximum").is_some() => "maximum",
                    codes::UNKNOWN_WORD if self.node.get("one_of").is_some() => "one_of",
                    codes::MALFORMED_VALUE if self.node.get("pattern").is_some() => "pattern",
                    _ => "type",
                },
            });
        }
        let written = self.kind.amount(&value.to_json())?;
        let bound =
            |key: &str| Some((self.kind.amount(&self.node.get(key)?.to_json())?, self.node.get(key)?));
        let (broken, problem) = match (bound("minimum"), bound("maximum")) {
            (Some((least, node)), _) if written < least => {
                ("minimum", format!("must be at least {}", plain(node)))
            }
            (_, Some((most, node))) if written > most => {
                ("maximum", format!("must be at most {}", plain(node)))
            }
            _ => return None,
        };
        Some(Misfit {
            trail: Trail::root(),
            span: value.span,
            problem: format!("{} {problem}", plain(value)),
            help: Vec::new(),
            fixes: Vec::new(),
            broken,
        })
    }

    fn breaks_minimum(&self, value: &Node) -> bool {
        let least = self.node.get("minimum").and_then(|least| self.kind.amount(&least.to_json()));
        least.zip(self.kind.amount(&value.to_json())).is_some_and(|(least, value)| value < least)
    }

    /// What is wrong with the declaration itself.
    pub(super) fn faults(&self) -> Vec<Finding> {
        let name = &self.name;
        let wrong = |key: &str, problem: String| {
            Finding::error(codes::BAD_PARAMETER, format!("`params.{name}.{key}`{problem}")).at(
                Trail::of(["params", name, key]),
                Aim::Value,
                "",
            )
        };
        let mut findings = Vec::new();
        let number = matches!(
            self.kind,
            ParamType::Integer | ParamType::Number | ParamType::Port | ParamType::Percent
        );
        let amounts = matches!(self.kind, ParamType::Duration | ParamType::Size | ParamType::Cpu);
        for key in ["minimum", "maximum"] {
            let Some(bound) = self.node.get(key) else { continue };
            if !number && !amounts {
                findings.push(
                    wrong(key, ": only numbers, lengths of time and sizes have bounds".into())
                        .help("take it away, or say `one_of` or `pattern`"),
                );
            } else if self.kind.amount(&bound.to_json()).is_none() {
                findings.push(
                    wrong(key, format!(": {} is not what the parameter takes", plain(bound)))
                        .help("write it as its values are written"),
                );
            }
        }
        let bound = |key: &str| self.node.get(key).and_then(|bound| self.kind.amount(&bound.to_json()));
        if let (Some(least), Some(most)) = (bound("minimum"), bound("maximum"))
            && least > most
        {
            findings.push(
                wrong("minimum", " is above `maximum`".into())
                    .related(Trail::of(["params", name, "maximum"]), Aim::Value, "the maximum")
                    .help("exchange them"),
            );
        }
        if self.node.get("pattern").is_some() && !matches!(self.kind, ParamType::String) {
            findings.push(
                wrong("pattern", ": only text of type `string` has a pattern".into()).help("take it away"),
            );
        } else if let Some(pattern) = self.node.get("pattern").and_then(Node::as_text)
            && Regex::new(pattern).is_err()
        {
            findings.push(
                wrong("pattern", format!(": `{pattern}` is not a regular expression"))
                    .help("write one as JavaScript and Rust know it, such as `[a-z]+`"),
            );
        }
        if findings.is_empty() {
            for key in ["default", "example"] {
                let Some(value) = self.node.get(key).filter(|value| value.data != Data::Null) else {
                    continue;
                };
                if value.as_text().is_some_and(is_expression) {
                    continue;
                }
                if let Some(misfit) = self.misfit(value) {
                    let mut finding = Finding::error(
                        codes::WRONG_PARAMETER,
                        format!("`params.{name}.{key}`: {}", misfit.problem),
                    );
                    finding = finding
                        .at(Trail::of(["params", name, key]).join(&misfit.trail), Aim::Value, "")
                        .related(Trail::of(["params", name, misfit.broken]), Aim::Value, "must fit this");
                    finding.help = misfit.help;
                    finding.fixes = misfit.fixes;
                    findings.push(finding);
                }
            }
        }
        for finding in &mut findings {
            let under = Trail::of(["params", name]);
            finding.locate(|trail, aim| {
                let inner: Trail = trail.steps().iter().skip(under.steps().len()).cloned().collect();
                self.node.locate(&inner, aim)
            });
        }
        findings
    }
}

/// What parameters stand for where a service blueprint is extended with `given`, whose expressions are worked out.
pub(super) fn bind(
    declared: &[Declared],
    given: Option<&Map>,
    call: &Call<'_>,
    here: Here<'_>,
    engine: &Engine,
) -> Bound {
    let mut bound = Bound::default();
    for param in declared {
        let value = match given.and_then(|given| given.get(&param.name)) {
            Some(entry) if entry.value.data != Data::Null => {
                match param.misfit(&entry.value) {
                    None => entry.value.clone(),
                    Some(misfit) => {
                        bound.findings.push(call.misfit(param, misfit));
                        // What follows from it is not told as well.
                        param.example()
                    }
                }
            }
            // `null` is as good as nothing.
            _ => match param.default() {
                Some(default) => {
                    let mut value = default.clone();
                    if value.as_text().is_some_and(is_expression) {
                        let scope = Scope::inside(here, &bound.values);
                        let faults = engine.apply(&scope, &mut value);
                        if faults.is_empty()
                            && value.data != Data::Null
                            && let Some(misfit) = param.misfit(&value)
                        {
                            bound.findings.push(call.misfit(param, misfit));
                        }
                        bound.faults.extend(faults);
                    }
                    value
                }
                None => {
                    bound.findings.push(call.missing(param));
                    // A name that is known: one fault is told once.
                    param.example()
                }
            },
        };
        bound.values.insert(param.name.clone(), value);
    }
    for (name, entry) in given.into_iter().flatten() {
        if !name.starts_with("x-") && !declared.iter().any(|param| param.name == *name) {
            bound.findings.push(call.superfluous(name, entry.key, declared));
        }
    }
    bound
}

impl Call<'_> {
    fn mark(&self, inner: &[&str], aim: Aim, span: Span) -> Mark {
        let place = match &self.trail {
            Some(trail) => {
                let trail = inner.iter().fold(trail.clone(), |trail, key| trail.key(*key));
                Place::Trail(trail, aim)
            }
            None => Place::Span(span),
        };
        Mark { place, span: Some(span), label: String::new() }
    }

    fn declared(&self, finding: Finding, param: &Declared) -> Finding {
        let finding = if self.built_in { finding } else { finding.related_span(param.key, "declared here") };
        match param.description() {
            Some(text) => finding.note(format!("`{}`: {}", param.name, text.trim_end_matches('.'))),
            None => finding,
        }
    }

    fn missing(&self, param: &Declared) -> Finding {
        let title =
            format!("`{}.with`: `{}` is missing, which `{}` needs", self.shown, param.name, self.callee);
        let mut finding = Finding::error(codes::MISSING_PARAMETER, title);
        finding.primary = Some(match self.with {
            Some(with) => self.mark(&["with"], Aim::Key, with),
            None => self.mark(&["extends"], Aim::Value, self.extends),
        });
        let example = crate::blueprint::shape::written(&param.example().to_json());
        self.declared(finding, param).help(format!("for example `with: {{{}: {example}}}`", param.name))
    }

    fn superfluous(&self, name: &str, key: Span, declared: &[Declared]) -> Finding {
        let title = format!("`{}.with.{name}`: `{}` has no such parameter", self.shown, self.callee);
        let mut finding = Finding::error(codes::UNKNOWN_PARAMETER, title);
        finding.primary = Some(self.mark(&["with", name], Aim::Key, key));
        finding = finding.related_span(self.extends, "extended here");
        let near =
            declared.iter().map(|param| (strsim::damerau_levenshtein(&param.name, name), &param.name)).min();
        match near.filter(|(distance, near)| *distance <= 2.min(near.len() / 2)) {
            Some((_, near)) => {
                finding.fixes.push(Fix::likely(format!("did you mean `{near}`?"), key, near.clone()));
                return finding;
            }
            None if declared.is_empty() => finding.help.push("it has no parameters".into()),
            None => {
                let names: Vec<_> = declared.iter().map(|param| param.name.as_str()).collect();
                finding.help.push(format!("its parameters are {}", names.join(", ")));
            }
        }
        finding.help(format!("what is no parameter is written beside `with`: `{name}: …`"))
    }

    fn misfit(&self, param: &Declared, misfit: Misfit) -> Finding {
        let title = format!("`{}.with.{}`: {}", self.shown, param.name, misfit.problem);
        let mut finding = Finding::error(codes::WRONG_PARAMETER, title);
        // A value may come from elsewhere: from a variable, or from another parameter.
        finding.primary =
            Some(Mark { place: Place::Span(misfit.span), span: Some(misfit.span), label: String::new() });
        finding.help = misfit.help;
        finding.fixes = misfit.fixes;
        self.declared(finding, param)
    }
}

fn plain(value: &Node) -> String {
    format!("`{}`", crate::blueprint::shape::written(&value.to_json()).trim_matches('"'))
}
