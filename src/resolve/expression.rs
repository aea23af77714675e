//! Works out `${…}` in the strings of a tree: over declared names only, strict about any other.
//!
//! `$${` is a literal `${`; CloudFormation's own `${AWS::…}` stays. A string that is one whole expression takes the type of its
//! value, and where that is `null` its key is not there. Expressions see parsed values and answer values, so nothing they hold
//! changes the document's shape.

use std::ops::Range;

use minijinja::{
    Environment, Error, ErrorKind, UndefinedBehavior, Value, filters, tests,
    value::{Serde, ValueKind},
};

use super::scope::Scope;
use crate::{
    blueprint::is_expression,
    diagnostic::{Aim, Finding, Fix, Mark, Place, Step, Trail, codes},
    source::Span,
    yaml::{Data, Entry, Map, Node},
};

/// What there always is to do about text that was no expression.
const LITERAL: &str = "write `$${` for a literal `${`";
/// Operations of one expression: it has a few; more is a mistake or an attack.
const FUEL: u64 = 10_000;
/// Bytes of text that an expression may make: more than any value of a blueprint has.
const MAX_TEXT: usize = 64 * 1024;
/// Values of a list or a map that an expression may answer.
const MAX_VALUES: usize = 1_000;
/// What there is to make text and numbers into others.
const FILTERS: [&str; 16] = [
    "abs",
    "capitalize",
    "default",
    "first",
    "float",
    "int",
    "join",
    "last",
    "length",
    "lower",
    "max",
    "min",
    "replace",
    "round",
    "trim",
    "upper",
];

/// What works expressions out, made once for all scopes.
#[derive(Debug)]
pub(super) struct Engine(Environment<'static>);

/// Why an expression cannot be worked out.
#[derive(Debug)]
pub(super) struct Fault {
    /// The way to the text it stands in, from where the walk began.
    pub trail: Trail,
    /// The text.
    pub node: Span,
    /// What is wrong inside it, as near as it is known.
    pub span: Span,
    reason: String,
    help: Vec<String>,
    /// What was likely meant.
    near: Option<String>,
}

/// What is wrong within a text: where in it, and why.
struct Problem {
    at: Range<usize>,
    reason: String,
    near: Option<String>,
    /// What to do, before what there always is to do.
    help: Vec<String>,
}

impl Engine {
    pub(super) fn new() -> Self {
        let mut engine = Environment::empty();
        engine.set_undefined_behavior(UndefinedBehavior::Strict);
        engine.set_fuel(Some(FUEL));
        engine.add_filter("abs", filters::abs);
        engine.add_filter("capitalize", filters::capitalize);
        engine.add_filter("default", filters::default);
        engine.add_filter("first", filters::first);
        engine.add_filter("float", filters::float);
        engine.add_filter("int", filters::int);
        engine.add_filter("join", join);
        engine.add_filter("last", filters::last);
        engine.add_filter("length", filters::length);
        engine.add_filter("lower", filters::lower);
        engine.add_filter("max", filters::max);
        engine.add_filter("min", filters::min);
        engine.add_filter("replace", replace);
        engine.add_filter("round", filters::round);
        engine.add_filter("trim", filters::trim);
        engine.add_filter("upper", filters::upper);
        engine.add_test("none", tests::is_none);
        engine.add_test("startingwith", tests::is_startingwith);
        engine.add_test("endingwith", tests::is_endingwith);
        Self(engine)
    }

    /// Works out every string of a tree in place. Answers what could not be; that text stays as it is.
    pub(super) fn apply(&self, scope: &Scope, node: &mut Node) -> Vec<Fault> {
        let mut faults = Vec::new();
        if holds_expression(node) {
            self.walk(scope, node, &mut Trail::root(), &mut faults);
        }
        faults
    }

    /// Whether something is left of the value.
    fn walk(&self, scope: &Scope, node: &mut Node, trail: &mut Trail, faults: &mut Vec<Fault>) -> bool {
        match &mut node.data {
            Data::Map(map) => {
                let had = !map.is_empty();
                map.retain(|key, entry| {
                    trail.push(Step::Key(key.clone()));
                    let kept = self.walk(scope, &mut entry.value, trail, faults);
                    trail.pop();
                    kept
                });
                // A map that held nothing but what is absent is absent too.
                !(had && map.is_empty())
            }
            Data::List(items) => {
                let mut index = 0;
                items.retain_mut(|item| {
                    trail.push(Step::Index(index));
                    index += 1;
                    let kept = self.walk(scope, item, trail, faults);
                    trail.pop();
                    kept
                });
                true
            }
            Data::Text(text) if text.contains("${") => {
                match self.text(scope, text, node.span) {
                    Ok(value) => {
                        let kept = value.data != Data::Null;
                        *node = value;
                        return kept;
                    }
                    Err(problem) => faults.push(Fault {
                        trail: trail.clone(),
                        node: node.span,
                        span: within(node.span, text, problem.at),
                        reason: problem.reason,
                        help: problem.help.into_iter().chain([LITERAL.to_owned()]).collect(),
                        near: problem.near,
                    }),
                }
                true
            }
            _ => true,
        }
    }

    fn text(&self, scope: &Scope, text: &str, span: Span) -> Result<Node, Problem> {
        if text.starts_with("${") && !text.starts_with("${AWS::") && end(text, 2)? == text.len() - 1 {
            let inner = &text[2..text.len() - 1];
            // A value that is passed on is blamed where it was written.
            if let Some(node) = scope.node(inner.trim()) {
                return Ok(node.clone());
            }
            let value = self.value(scope, inner, 2)?;
            let problem = |reason| Problem::new(0..text.len(), reason);
            let mut values = 0;
            return node(&value, span, &mut values).map_err(problem);
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(start) = text[at..].find("${").map(|found| at + found) {
            let before = &text[at..start];
            if let Some(literal) = before.strip_suffix('$') {
                out.push_str(literal);
                out.push_str("${");
                at = start + 2;
                continue;
            }
            out.push_str(before);
            let end = end(text, start + 2)?;
            let inner = &text[start + 2..end];
            if inner.starts_with("AWS::") {
                out.push_str(&text[start..=end]);
            } else {
                let problem = |reason| Problem::new(start..end + 1, reason);
                let value = self.value(scope, inner, start + 2)?;
                let mut values = 0;
                match node(&value, span, &mut values).map_err(problem)?.data {
                    Data::Text(text) => out.push_str(&text),
                    Data::Int(number) => out.push_str(&number.to_string()),
                    Data::Float(number) => out.push_str(&number.to_string()),
                    Data::Bool(value) => out.push_str(if value { "true" } else { "false" }),
                    Data::Null | Data::List(_) | Data::Map(_) => {
                        return Err(problem(format!("`{}` is not text", short(inner))));
                    }
                }
            }
            at = end + 1;
        }
        out.push_str(&text[at..]);
        Ok(Node { span, data: Data::Text(out) })
    }

    /// The value of an expression that begins at `start` of its text.
    fn value(&self, scope: &Scope, expression: &str, start: usize) -> Result<Value, Problem> {
        let trimmed = expression.trim();
        let lead = expression.len() - expression.trim_start().len();
        let whole = start + lead..start + lead + trimmed.len();
        let shown = short(expression);
        let problem = |reason: String| Problem::new(whole.clone(), reason);
        if trimmed.is_empty() {
            return Err(Problem {
                at: start - 2..start + expression.len() + 1,
                ..problem("`${}` holds no expression".into())
            });
        }
        // Numbers alone are multiplied: a list could be repeated until memory is gone.
        if outside_quotes(trimmed, '*') && (outside_quotes(trimmed, '[') || outside_quotes(trimmed, ',')) {
            return Err(problem(format!("`{shown}` multiplies, so it may hold no list")));
        }
        let compiled = self.0.compile_expression(trimmed).map_err(|error| {
            problem(format!("`{shown}` is not an expression: {}", error.detail().unwrap_or("syntax error")))
        })?;
        let mut names: Vec<String> = compiled.undeclared_variables(true).into_iter().collect();
        names.sort();
        if let Some(unknown) = names.iter().find(|name| !scope.declares(name)) {
            let at = find_name(trimmed, unknown).map_or(whole.clone(), |at| {
                let from = whole.start + at;
                from..from + unknown.len()
            });
            let near = scope.nearest(unknown);
            let reason = match scope.why_not(unknown) {
                Some(why) => format!("`{unknown}`: {why}"),
                None => format!("`{unknown}` names nothing that is known here"),
            };
            let mut help = vec![scope.help()];
            // `${HOSTNAME}` is a shell's, and stands alone.
            let shell =
                |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
            if trimmed.chars().all(shell) {
                help.insert(0, format!("write `$${{{trimmed}}}` for a shell to replace"));
            }
            return Err(Problem { near, help, ..Problem::new(at, reason) });
        }
        if outside_quotes(trimmed, '*') && names.iter().any(|name| scope.is_list(name)) {
            return Err(problem(format!("`{shown}` multiplies a list")));
        }
        let value = compiled.eval(scope.names()).map_err(|error| match error.kind() {
            ErrorKind::UndefinedError => problem(format!("`{shown}` uses a value that is not there")),
            ErrorKind::UnknownFilter => {
                let filter = unknown_filter(trimmed);
                let at =
                    filter.clone().map_or(whole.clone(), |at| whole.start + at.start..whole.start + at.end);
                let filter = filter.map_or("", |at| &trimmed[at]);
                let near =
                    FILTERS.iter().map(|known| (strsim::damerau_levenshtein(known, filter), *known)).min();
                let near = near.filter(|(distance, _)| *distance <= 2 && filter.len() > 2);
                let mut problem = problem(format!("there is no filter `{filter}`"));
                problem.at = at;
                problem.near = near.map(|(_, known)| known.to_owned());
                problem.help = vec![format!("the filters there are: {}", FILTERS.join(", "))];
                problem
            }
            ErrorKind::OutOfFuel => problem(format!("`{shown}` takes too many steps")),
            _ => problem(format!(
                "`{shown}` cannot be worked out: {}",
                error.detail().map_or_else(|| error.kind().to_string(), str::to_owned)
            )),
        })?;
        if value.is_undefined() {
            return Err(problem(format!("`{shown}` uses a value that is not there")));
        }
        Ok(value)
    }
}

impl Problem {
    fn new(at: Range<usize>, reason: String) -> Self {
        Self { at, reason, near: None, help: Vec::new() }
    }
}

/// Where in an expression the first filter stands that does not exist.
fn unknown_filter(expression: &str) -> Option<Range<usize>> {
    let (mut quote, mut escaped) = (None, false);
    for (at, letter) in expression.char_indices() {
        match quote {
            _ if escaped => escaped = false,
            Some(_) if letter == '\\' => escaped = true,
            Some(open) if open == letter => quote = None,
            Some(_) => {}
            None if matches!(letter, '\'' | '"') => quote = Some(letter),
            None if letter == '|' => {
                let behind = &expression[at + 1..];
                let start = at + 1 + behind.len() - behind.trim_start().len();
                let word = |letter: char| letter.is_alphanumeric() || letter == '_';
                let end = expression[start..]
                    .find(|letter| !word(letter))
                    .map_or(expression.len(), |it| start + it);
                if !FILTERS.contains(&&expression[start..end]) {
                    return Some(start..end);
                }
            }
            None => {}
        }
    }
    None
}

impl Fault {
    /// As a finding of the value it stands in; `shown` is where that is written.
    pub(super) fn finding(self, shown: &Trail) -> Finding {
        let mut finding = Finding::error(codes::EXPRESSION, format!("`{shown}`: {}", self.reason));
        finding.primary = Some(Mark {
            place: Place::Trail(self.trail, Aim::Value),
            span: Some(self.span),
            label: String::new(),
        });
        finding.help = self.help;
        if let Some(near) = self.near {
            let title = format!("did you mean `{near}`?");
            // Only where the very bytes are known, they can be replaced.
            if self.span == self.node {
                finding.help.insert(0, title);
            } else {
                finding.fixes.push(Fix { title, span: self.span, text: near, certain: false });
            }
        }
        finding
    }
}

/// Whether any text of a tree may hold an expression: most trees hold none.
fn holds_expression(node: &Node) -> bool {
    match &node.data {
        Data::Text(text) => text.contains("${"),
        Data::Map(map) => map.values().any(|entry| holds_expression(&entry.value)),
        Data::List(items) => items.iter().any(holds_expression),
        _ => false,
    }
}

/// Whether a text that could not be worked out is still there after layers were laid over each other.
pub(super) fn survives(tree: &Node, fault: &Fault) -> bool {
    match &tree.data {
        Data::Text(text) => tree.span == fault.node && is_expression(text),
        Data::Map(map) => map.values().any(|entry| survives(&entry.value, fault)),
        Data::List(items) => items.iter().any(|item| survives(item, fault)),
        _ => false,
    }
}

/// Where an expression that begins at `from` ends: its closing brace, quotes and braces inside it counted.
fn end(text: &str, from: usize) -> Result<usize, Problem> {
    let (mut quote, mut depth, mut escaped) = (None, 0_usize, false);
    for (at, letter) in text[from..].char_indices() {
        match (quote, letter) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '{') => depth += 1,
            (None, '}') if depth == 0 => return Ok(from + at),
            (None, '}') => depth -= 1,
            _ => {}
        }
    }
    // A brace after an open quote closes it for people: the quote is what is wrong.
    let reason = match text[from..].find('}') {
        Some(_) if quote.is_some() => "an expression `${` has a quote that does not end",
        _ => "an expression `${` has no closing `}`",
    };
    Err(Problem::new(from - 2..text.len(), reason.into()))
}

/// Says of a finding about what an expression answers that it is one, and changes nothing there: the expression is written for
/// every environment, and the finding knows of one. `written` are the trees as people wrote them.
pub(super) fn leave_expression(finding: &mut Finding, written: &[&Node]) {
    if finding.code == codes::EXPRESSION {
        return;
    }
    let expression = |span: Span| written.iter().find_map(|tree| expression_at(tree, span));
    let fixed = finding.fixes.len();
    finding.fixes.retain(|fix| expression(fix.span).is_none());
    let located = match &finding.primary {
        Some(Mark { span: Some(span), .. }) => expression(*span),
        _ => None,
    };
    if let Some(text) = located {
        finding.notes.push(format!("this is what `{}` answers", short(text)));
    } else if finding.fixes.len() < fixed {
        finding.help.push("change the expression".into());
    }
}

/// The expression that is written at these bytes.
fn expression_at(tree: &Node, span: Span) -> Option<&str> {
    match &tree.data {
        Data::Text(text) => (tree.span == span && is_expression(text)).then_some(text.as_str()),
        Data::Map(map) => map.values().find_map(|entry| expression_at(&entry.value, span)),
        Data::List(items) => items.iter().find_map(|item| expression_at(item, span)),
        _ => None,
    }
}

fn outside_quotes(text: &str, wanted: char) -> bool {
    let (mut quote, mut escaped) = (None, false);
    for letter in text.chars() {
        match quote {
            _ if escaped => escaped = false,
            Some(_) if letter == '\\' => escaped = true,
            Some(open) if open == letter => quote = None,
            Some(_) => {}
            None if matches!(letter, '\'' | '"') => quote = Some(letter),
            None if letter == wanted => return true,
            None => {}
        }
    }
    false
}

/// Where a name stands in an expression, as a word of its own.
fn find_name(expression: &str, name: &str) -> Option<usize> {
    let part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.');
    expression
        .match_indices(name)
        .map(|(at, _)| at)
        .find(|at| !expression[..*at].ends_with(part) && !expression[at + name.len()..].starts_with(part))
}

/// The bytes of a part of a text. Where the text was written otherwise than it is read (over several lines, with escapes), they
/// are those of all of it.
fn within(span: Span, text: &str, part: Range<usize>) -> Span {
    let written = (span.end - span.start) as usize;
    let lead = match written.checked_sub(text.len()) {
        Some(0) => 0,
        // Quotes.
        Some(2) => 1,
        _ => return span,
    };
    let byte = |at: usize| span.start + u32::try_from(lead + at).unwrap_or(0);
    Span { file: span.file, start: byte(part.start), end: byte(part.end).min(span.end) }
}

fn short(expression: &str) -> String {
    expression.trim().chars().take(60).collect()
}

/// A value as part of a tree.
fn node(value: &Value, span: Span, values: &mut usize) -> Result<Node, String> {
    *values += 1;
    if *values > MAX_VALUES {
        return Err(format!("it answers more than {MAX_VALUES} values"));
    }
    let data = match value.kind() {
        ValueKind::None => Data::Null,
        ValueKind::Bool => Data::Bool(value.is_true()),
        ValueKind::Number => number(value)?,
        ValueKind::String => {
            let text = value.as_str().unwrap_or_default();
            if text.len() > MAX_TEXT {
                return Err(format!("it makes more than {} KiB of text", MAX_TEXT / 1024));
            }
            Data::Text(text.to_owned())
        }
        ValueKind::Seq => {
            let items = value.try_iter().map_err(|_| "it answers no value")?;
            Data::List(items.map(|item| node(&item, span, values)).collect::<Result<_, _>>()?)
        }
        ValueKind::Map => {
            let mut map = Map::new();
            for key in value.try_iter().map_err(|_| "it answers no value")? {
                let name = key.as_str().ok_or("it answers a map with a key that is not text")?.to_owned();
                let inner = value.get_item(&key).map_err(|_| "it answers no value")?;
                map.insert(name, Entry { key: span, value: node(&inner, span, values)? });
            }
            Data::Map(map)
        }
        _ => return Err("it answers no value".into()),
    };
    Ok(Node { span, data })
}

fn number(value: &Value) -> Result<Data, String> {
    let float = |value: &Value| f64::try_from(value.clone()).ok().filter(|number| number.is_finite());
    // What was worked out with a point stays so unless nothing stands behind it: `3 / 2 * 2` is three tasks.
    if let Ok(whole) = i64::try_from(value.clone()) {
        return Ok(Data::Int(whole));
    }
    float(value).map(Data::Float).ok_or_else(|| "the number is too large".into())
}

fn too_long() -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("it makes more than {} KiB of text", MAX_TEXT / 1024))
}

/// As minijinja's, within bounds.
fn join(values: &Value, joiner: Option<&str>) -> Result<String, Error> {
    let mut out = String::new();
    for (at, value) in values.try_iter()?.enumerate() {
        if at > 0 {
            out.push_str(joiner.unwrap_or_default());
        }
        match value.as_str() {
            Some(text) => out.push_str(text),
            None if value.kind() == ValueKind::Number || value.kind() == ValueKind::Bool => {
                out.push_str(&value.to_string());
            }
            None => {
                return Err(Error::new(
                    ErrorKind::InvalidOperation,
                    "only text, numbers and booleans are joined",
                ));
            }
        }
        if out.len() > MAX_TEXT {
            return Err(too_long());
        }
    }
    Ok(out)
}

/// As minijinja's, within bounds.
fn replace(text: &str, from: &str, to: &str) -> Result<String, Error> {
    let found = text.matches(from).count();
    if found.saturating_mul(to.len()).saturating_add(text.len()) > MAX_TEXT {
        return Err(too_long());
    }
    Ok(text.replace(from, to))
}

/// A tree as expressions see it.
pub(super) fn seen(node: &Node) -> Value {
    Value::from(Serde(&node.to_json()))
}
