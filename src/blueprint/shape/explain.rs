//! Why a document does not fit: a walk over document and schema that follows the branch that was meant.

use serde_json::Value;

use super::{
    MAX_FINDINGS, Shape,
    schema::{Kind, Schema},
    words,
};
use crate::{
    diagnostic::{Aim, Code, Finding, Fix, Step, Trail, codes},
    yaml::{Data, Node},
};

/// Words a title lists; more stand in the help.
const MAX_WORDS_IN_TITLE: usize = 8;

/// Everything that can be told of what does not fit.
pub(super) fn findings(shape: &Shape, node: &Node, shown: &dyn Fn(&Trail) -> Trail) -> Vec<Finding> {
    let mut walk =
        Walk { shape, shown, trail: Trail::root(), around: Vec::new(), findings: Vec::new(), trying: false };
    let root = shape.entry();
    if !walk.foreign(root, node) {
        walk.value(root, node);
        walk.offer_constants(root, node);
    }
    walk.findings
}

pub(super) struct Walk<'s> {
    pub(super) shape: &'s Shape,
    /// How a trail is shown: a part of a document is found elsewhere in the whole of it.
    pub(super) shown: &'s dyn Fn(&Trail) -> Trail,
    pub(super) trail: Trail,
    /// The schemas of the maps around the value, from the root, with the length of their trails.
    pub(super) around: Vec<(Schema<'s>, usize)>,
    pub(super) findings: Vec<Finding>,
    /// Whether another way to write a value is tried, for which no further way is sought.
    pub(super) trying: bool,
}

impl<'s> Walk<'s> {
    /// Whether the whole document is of another kind, which is then told once instead of key by key.
    fn foreign(&mut self, root: Schema<'s>, node: &Node) -> bool {
        let required: Vec<_> = root.required().collect();
        let other = match &node.data {
            Data::Map(map) => {
                map.len() > 1
                    && !map.keys().any(|key| root.property(key).is_some() || key.starts_with("x-"))
                    && !map.keys().any(|key| words::nearest(key, required.iter().copied()).is_some())
            }
            Data::List(_) | Data::Text(_) => true,
            _ => false,
        };
        if required.is_empty() || !other || (self.shown)(&self.trail) != self.trail {
            return false;
        }
        let finding = self.report(codes::WRONG_TYPE, format!("expected a map, found {}", found(node)));
        if matches!(node.data, Data::Map(_)) {
            finding.title = "the document has no key of a blueprint".into();
        }
        finding.help.push(format!("begin with {}", words::list(&required, "and")));
        true
    }

    /// A trail for a title.
    pub(super) fn place(&self, trail: &Trail) -> String {
        words::place(&(self.shown)(trail))
    }

    /// Checks a value.
    pub(super) fn value(&mut self, schema: Schema<'s>, node: &Node) {
        if self.findings.len() >= MAX_FINDINGS {
            return;
        }
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.value(schema.inner(part), node);
        }
        if let Some(chosen) = schema.chosen(node) {
            return self.value(chosen, node);
        }
        let branches = schema.alternatives(self.shape.root());
        let kind = Kind::of(node);
        let fitting: Vec<_> = branches.iter().copied().filter(|branch| branch.takes(kind)).collect();
        match fitting.as_slice() {
            [] => self.wrong_type(schema, &branches, node),
            [one] => self.single(*one, &branches, node),
            several => match &node.data {
                Data::Map(map) => self.choose_map(several, map, node),
                Data::List(_) => self.best(several, node),
                _ => self.choose_scalar(schema, several, &branches, node),
            },
        }
    }

    /// Checks a value against a step further in.
    pub(super) fn step(&mut self, step: Step, schema: Schema<'s>, node: &Node) {
        self.trail.push(step);
        self.value(schema, node);
        self.trail.pop();
    }

    /// What would be found, without finding it.
    pub(super) fn trial(&mut self, check: impl FnOnce(&mut Self)) -> Vec<Finding> {
        let kept = std::mem::take(&mut self.findings);
        check(self);
        std::mem::replace(&mut self.findings, kept)
    }

    /// Reports the branch that complains least.
    pub(super) fn best(&mut self, branches: &[Schema<'s>], node: &Node) {
        let trials = branches.iter().map(|branch| self.trial(|walk| walk.single(*branch, branches, node)));
        if let Some(least) = trials.collect::<Vec<_>>().into_iter().min_by_key(Vec::len) {
            self.findings.extend(least);
        }
    }

    pub(super) fn report(&mut self, code: Code, problem: impl AsRef<str>) -> &mut Finding {
        let title = format!("{}: {}", self.place(&self.trail), problem.as_ref());
        self.push(Finding::error(code, title).at(self.trail.clone(), Aim::Value, ""))
    }

    pub(super) fn push(&mut self, finding: Finding) -> &mut Finding {
        let at = self.findings.len();
        self.findings.push(finding);
        &mut self.findings[at]
    }

    /// Checks a value against a schema without choices that takes its kind. `all` are the other branches.
    pub(super) fn single(&mut self, schema: Schema<'s>, all: &[Schema<'s>], node: &Node) {
        let words = schema.words();
        if !words.is_empty() {
            if !words.iter().any(|word| is(node, word)) {
                self.unknown_word(all, node);
            }
            return;
        }
        match &node.data {
            Data::Null | Data::Bool(_) => {}
            Data::Int(value) => self.number(schema, *value as f64, &value.to_string()),
            Data::Float(value) => self.number(schema, *value, &value.to_string()),
            Data::Text(text) => self.text(schema, text, node),
            Data::List(items) => self.list(schema, items),
            Data::Map(map) => self.map(schema, map),
        }
    }

    fn choose_scalar(&mut self, schema: Schema<'s>, fitting: &[Schema<'s>], all: &[Schema<'s>], node: &Node) {
        if fitting.iter().flat_map(Schema::words).any(|word| is(node, word)) {
            return;
        }
        let free: Vec<_> = fitting.iter().copied().filter(|branch| branch.words().is_empty()).collect();
        match free.as_slice() {
            [] => self.unknown_word(all, node),
            [one] => self.single(*one, all, node),
            several => {
                let trials: Vec<_> =
                    several.iter().map(|branch| self.trial(|walk| walk.single(*branch, all, node))).collect();
                if trials.iter().any(Vec::is_empty) {
                    return;
                }
                match schema.expected {
                    Some(expected) => {
                        let problem = format!("expected {expected}, found {}", found(node));
                        self.report(codes::MALFORMED_VALUE, problem);
                    }
                    None => self.findings.extend(trials.into_iter().min_by_key(Vec::len).unwrap_or_default()),
                }
            }
        }
    }

    fn number(&mut self, schema: Schema<'s>, value: f64, written: &str) {
        let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
        let wrong = if let Some(least) = bound("minimum").filter(|least| value < *least) {
            Some(format!("must be at least {least}"))
        } else if let Some(most) = bound("maximum").filter(|most| value > *most) {
            Some(format!("must be at most {most}"))
        } else if let Some(least) = bound("exclusiveMinimum").filter(|least| value <= *least) {
            Some(format!("must be more than {least}"))
        } else if let Some(most) = bound("exclusiveMaximum").filter(|most| value >= *most) {
            Some(format!("must be less than {most}"))
        } else {
            bound("multipleOf")
                .filter(|step| value % step != 0.0)
                .map(|step| format!("must be a multiple of {step}"))
        };
        if let Some(wrong) = wrong {
            let problem = match schema.expected {
                Some(expected) => format!("expected {expected}, found {written}"),
                None => format!("{written} {wrong}"),
            };
            self.report(codes::OUT_OF_RANGE, problem);
        }
    }

    fn text(&mut self, schema: Schema<'s>, text: &str, node: &Node) {
        let length = text.chars().count();
        let characters =
            |count: usize| if count == 1 { "1 character".into() } else { format!("{count} characters") };
        if let Some(most) = schema.count("maxLength").filter(|most| length > *most) {
            self.report(codes::WRONG_LENGTH, format!("may have {}, has {length}", characters(most)));
            return;
        }
        if let Some(least) = schema.count("minLength").filter(|least| length < *least) {
            self.report(
                codes::WRONG_LENGTH,
                format!("must have at least {}, has {length}", characters(least)),
            );
            return;
        }
        let refused = schema
            .text("format")
            .and_then(|name| self.shape.format(name))
            .and_then(|format| (format.check)(text).err());
        if let Some(reason) = refused {
            let unit = schema.text("x-unit").filter(|_| text.parse::<f64>().is_ok());
            // A reason that repeats a long or strange text is not shown as it is.
            let fair = reason.chars().count() <= 300 && !reason.chars().any(char::is_control);
            let reason = reason.trim_end_matches('.');
            match (fair, schema.expected) {
                (false, Some(expected)) => {
                    self.report(
                        codes::MALFORMED_VALUE,
                        format!("expected {expected}, found {}", found(node)),
                    );
                }
                _ => {
                    self.report(codes::MALFORMED_VALUE, words::clip(reason, 300));
                }
            }
            self.offer_unit(schema, unit, text, node);
            self.offer_spelling(schema, text, node);
            return;
        }
        let pattern = schema.text("pattern");
        if pattern.and_then(|pattern| self.shape.pattern(pattern)).is_some_and(|regex| !regex.is_match(text))
        {
            let unit = schema.text("x-unit").filter(|_| text.parse::<f64>().is_ok());
            let problem = match schema.expected {
                Some(expected) => format!("`{}` is not {expected}", words::clip(text, 60)),
                None => format!("`{}` must match `{}`", words::clip(text, 60), pattern.unwrap_or_default()),
            };
            let finding = self.report(codes::MALFORMED_VALUE, problem);
            finding.help.extend(example(schema).map(|example| format!("for example `{example}`")));
            self.offer_unit(schema, unit, text, node);
        }
    }

    fn list(&mut self, schema: Schema<'s>, items: &[Node]) {
        let count = |count: usize| if count == 1 { "1 item".into() } else { format!("{count} items") };
        if let Some(least) = schema.count("minItems").filter(|least| items.len() < *least) {
            self.report(
                codes::WRONG_LENGTH,
                format!("must have at least {}, has {}", count(least), items.len()),
            );
        }
        if let Some(most) = schema.count("maxItems").filter(|most| items.len() > *most) {
            self.report(codes::WRONG_LENGTH, format!("may have {}, has {}", count(most), items.len()));
        }
        if schema.get("uniqueItems") == Some(&Value::Bool(true)) {
            let seen: Vec<_> = items.iter().map(Node::to_json).collect();
            for (at, item) in seen.iter().enumerate() {
                if let Some(first) = seen[..at].iter().position(|other| other == item) {
                    let title = format!("{}: stands in the list twice", self.place(&self.trail.index(at)));
                    let finding = Finding::error(codes::REPEATED_ITEM, title)
                        .at(self.trail.index(at), Aim::Value, "again")
                        .related(self.trail.index(first), Aim::Value, "first");
                    self.push(finding);
                }
            }
        }
        if let Some(each) = schema.items() {
            for (at, item) in items.iter().enumerate() {
                self.step(Step::Index(at), each, item);
            }
        }
    }

    fn unknown_word(&mut self, branches: &[Schema<'s>], node: &Node) {
        let kind = Kind::of(node);
        let words: Vec<_> = branches.iter().flat_map(Schema::words).filter(|word| !word.is_null()).collect();
        let names: Vec<_> = words.iter().map(|word| words::written(word)).collect();
        let written = match &node.data {
            Data::Text(text) => format!("`{}`", words::clip(text, 60)),
            _ => found(node),
        };
        let many = names.len() > MAX_WORDS_IN_TITLE;
        let problem = match names.as_slice() {
            [only] => format!("must be `{only}`, is {written}"),
            _ if many => format!("{written} is not one of the {} words known here", names.len()),
            _ => format!("{written} is not one of {}", words::list(&names, "or")),
        };
        let text = node.as_text().unwrap_or_default();
        let known = || words.iter().filter_map(|word| word.as_str());
        let theirs = words::elsewhere(text, known());
        let likeliest = match node.data {
            Data::Text(_) if theirs.is_none() => words::likeliest(text, known()),
            _ => Vec::new(),
        };
        let near = theirs.or(likeliest.first().copied());
        let slip = theirs.is_some() || near.is_some() && words::slip(text, known()) == near;
        let near = near.map(|near| words::written(&near.into()));
        let maps: Vec<_> =
            branches.iter().filter(|branch| branch.takes(Kind::Map)).flat_map(Schema::required).collect();
        let repair = if near.is_none() { self.repair(branches, node) } else { None };
        let finding = self.report(codes::UNKNOWN_WORD, problem);
        if likeliest.len() > 1 {
            finding.help.push(format!("did you mean {}?", words::list(&likeliest, "or")));
        } else if let Some(near) = near {
            let title = match theirs {
                Some(_) => format!("write `{near}`"),
                None => format!("did you mean `{near}`?"),
            };
            finding.fixes.push(Fix { title, span: node.span, text: near, certain: slip });
        } else if let Some(repair) = repair {
            finding.fixes.push(repair);
        } else if many {
            finding.help.push(format!("known here: {}", words::list(&names, "and")));
        }
        if !maps.is_empty() && kind == Kind::Text && finding.fixes.is_empty() {
            finding.help.push(format!("or a map with {}", words::list(&maps, "or")));
        }
    }

    fn wrong_type(&mut self, schema: Schema<'s>, branches: &[Schema<'s>], node: &Node) {
        let number = matches!(node.data, Data::Int(_) | Data::Float(_));
        let unit = branches
            .iter()
            .copied()
            .find(|branch| branch.takes(Kind::Text) && branch.get("x-unit").is_some());
        if let (true, Some(branch)) = (number, unit) {
            let written = node.to_json().to_string();
            let expected = branch.expected.unwrap_or("text with a unit");
            self.report(codes::MISSING_UNIT, format!("`{written}` is not {expected}"));
            self.offer_unit(branch, branch.text("x-unit"), &written, node);
            return;
        }
        let expected = self.expectation(schema, branches);
        let repair = self.repair(branches, node);
        let finding = self.report(codes::WRONG_TYPE, format!("expected {expected}, found {}", found(node)));
        if let Some(repair) = repair {
            finding.fixes.push(repair);
        } else if let Some(example) = example(schema).or_else(|| branches.iter().find_map(|it| example(*it)))
        {
            finding.help.push(format!("for example `{example}`"));
        } else if let Some(help) = self.instead(branches, node) {
            self.findings.last_mut().expect("just told").help.push(help);
        }
    }

    /// How the map looks that is wanted in the place of something else, where the schema has no example of it.
    fn instead(&self, branches: &[Schema<'s>], node: &Node) -> Option<String> {
        if let Data::Bool(false) = node.data
            && branches.iter().any(|branch| branch.takes(Kind::Map))
        {
            return Some("write `null` where there is to be none".into());
        }
        if let [list] = branches.iter().filter(|branch| branch.takes(Kind::List)).collect::<Vec<_>>()[..]
            && let Some(item) = list.items().and_then(example)
        {
            return Some(format!("for example `[{item}]`"));
        }
        let [map] = branches.iter().filter(|branch| branch.takes(Kind::Map)).collect::<Vec<_>>()[..] else {
            return None;
        };
        let names: Vec<&str> =
            map.properties().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        match (&node.data, names.as_slice()) {
            (Data::List(_), []) => Some("give each of them a name: `<name>: …` in the place of `- …`".into()),
            (_, []) => None,
            (_, names) => {
                // Of one key, there is an example; of those that must be there as well.
                let mut required: Vec<&str> = map.required().collect();
                if let [only] = names {
                    required = vec![only];
                }
                let shown = required.iter().map(|key| {
                    let property = map.property(key)?;
                    let branches = property.alternatives(self.shape.root());
                    let shown = example(property).or_else(|| branches.iter().find_map(|it| example(*it)))?;
                    Some(format!("{key}: {shown}"))
                });
                match shown.collect::<Option<Vec<String>>>() {
                    Some(shown) if !shown.is_empty() => {
                        Some(format!("for example `{{{}}}`", shown.join(", ")))
                    }
                    _ => Some(format!("its keys are {}", words::list(names, "and"))),
                }
            }
        }
    }

    /// What may stand there, in words.
    fn expectation(&self, schema: Schema<'s>, branches: &[Schema<'s>]) -> String {
        if let Some(expected) = schema.expected {
            return expected.to_owned();
        }
        let mut parts: Vec<String> = Vec::new();
        let words: Vec<_> = branches
            .iter()
            .flat_map(Schema::words)
            .filter(|word| !word.is_null())
            .map(words::written)
            .collect();
        // Numbers that are spelt out are among what is expected, where that is said in words.
        let said = branches.iter().any(|branch| branch.expected.is_some());
        let numbers = branches.iter().flat_map(Schema::words).all(|word| word.is_number() || word.is_null());
        if !(words.is_empty() || said && numbers) {
            parts.push(if words.len() == 1 {
                words::list(&words, "or")
            } else {
                format!("one of {}", words::list(&words, "or"))
            });
        }
        let tags: Vec<_> =
            branches.iter().filter(|branch| branch.takes(Kind::Map)).flat_map(Schema::required).collect();
        for branch in branches.iter().filter(|branch| branch.words().is_empty()) {
            if let Some(expected) = branch.expected {
                parts.push(expected.to_owned());
                continue;
            }
            for kind in branch.kinds() {
                let name = match kind {
                    Kind::Map if branches.len() > 1 && !tags.is_empty() => {
                        format!("a map with {}", words::list(&tags, "or"))
                    }
                    _ => kind.name().to_owned(),
                };
                if kind != Kind::Null && !parts.contains(&name) {
                    parts.push(name);
                }
            }
        }
        parts.dedup();
        if parts.is_empty() { "nothing".into() } else { parts.join(", or ") }
    }
}

/// Whether a value is the one spelt out.
fn is(node: &Node, word: &Value) -> bool {
    match (&node.data, word) {
        (Data::Text(text), Value::String(word)) => text == word,
        (Data::Float(value), word) => word.as_f64() == Some(*value),
        (Data::Text(_), _) => false,
        _ => node.to_json() == *word,
    }
}

/// An example of what fits.
pub(super) fn example(schema: Schema<'_>) -> Option<String> {
    let examples = schema.get("examples").and_then(Value::as_array);
    let example = examples.and_then(|examples| examples.first()).map(words::written)?;
    (example.chars().count() <= 100).then_some(example)
}

/// A value as people call it.
fn found(node: &Node) -> String {
    match &node.data {
        Data::Null | Data::List(_) | Data::Map(_) => Kind::of(node).name().into(),
        Data::Bool(value) => format!("`{value}`"),
        Data::Int(value) => format!("the number {value}"),
        Data::Float(value) => format!("the number {value}"),
        Data::Text(text) if text.is_empty() => "empty text".into(),
        Data::Text(text) => format!("the text `{}`", words::clip(text, 60)),
    }
}
