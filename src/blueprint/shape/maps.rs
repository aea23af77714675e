//! Maps: unknown and missing keys, names, and choices between maps.

use super::{
    explain::{Walk, example},
    schema::Schema,
    words,
};
use crate::{
    diagnostic::{Aim, Finding, Fix, Step, codes},
    source::Span,
    yaml::{Data, Entry, Map, Node},
};

/// Maps that are searched for a key that stands in the wrong one.
const MAX_SEARCHED: usize = 200;

impl<'s> Walk<'s> {
    /// Checks a map against the schema of one.
    pub(super) fn map(&mut self, schema: Schema<'s>, map: &Map) {
        let mut meant = Vec::new();
        self.around.push((schema, self.trail.steps().len()));
        for (key, entry) in map {
            if let Some(property) = schema.property(key) {
                self.step(Step::Key(key.clone()), property, &entry.value);
            } else if let Some(inner) = self.by_pattern(schema, key).or_else(|| schema.any_key()) {
                self.name(schema, key, entry.key);
                self.step(Step::Key(key.clone()), inner, &entry.value);
            } else if schema.is_closed() {
                meant.extend(self.unknown_key(schema, map, key, entry));
            }
        }
        self.around.pop();
        let missing: Vec<_> =
            schema.required().filter(|key| !map.contains_key(*key) && !meant.contains(key)).collect();
        if !missing.is_empty() {
            self.missing(schema, &missing);
        }
        let count = |count: usize| if count == 1 { "1 entry".into() } else { format!("{count} entries") };
        if let Some(least) =
            schema.count("minProperties").filter(|least| map.len() < *least && missing.is_empty())
        {
            self.report(
                codes::WRONG_LENGTH,
                format!("must have at least {}, has {}", count(least), map.len()),
            );
        }
        if let Some(most) = schema.count("maxProperties").filter(|most| map.len() > *most) {
            self.report(codes::WRONG_LENGTH, format!("may have {}, has {}", count(most), map.len()));
        }
    }

    /// The schema for keys of a pattern; the patterns that let `x-` keys stand say nothing of their values.
    fn by_pattern(&self, schema: Schema<'s>, key: &str) -> Option<Schema<'s>> {
        let patterns = schema.get("patternProperties")?.as_object()?;
        let fits = |pattern: &str| self.shape.pattern(pattern).is_some_and(|regex| regex.is_match(key));
        patterns.iter().find(|(pattern, _)| fits(pattern)).map(|(_, inner)| schema.inner(inner))
    }

    /// Checks a name that people give.
    fn name(&mut self, schema: Schema<'s>, key: &str, span: Span) {
        let Some(names) = schema.get("propertyNames") else { return };
        let node = Node { span, data: Data::Text(key.to_owned()) };
        let names = schema.inner(names);
        for finding in self.trial(|walk| walk.step(Step::Key(key.to_owned()), names, &node)) {
            let title = match names.expected {
                Some(expected) => {
                    format!("{}: `{}` is not {expected}", self.place(&self.trail), words::clip(key, 60))
                }
                None => finding.title,
            };
            let mut named =
                Finding::error(codes::MALFORMED_NAME, title).at(self.trail.key(key), Aim::Key, "");
            named.fixes = finding.fixes;
            self.push(named);
        }
    }

    /// Reports a key that means nothing, and answers the one that was meant.
    fn unknown_key(&mut self, schema: Schema<'s>, map: &Map, key: &str, entry: &Entry) -> Option<&'s str> {
        let trail = self.trail.key(key);
        let names: Vec<_> =
            schema.properties().into_iter().flat_map(|all| all.keys()).map(String::as_str).collect();
        let unused = names.iter().copied().filter(|name| !map.contains_key(*name));
        let also = schema.properties().into_iter().flatten().find(|(_, it)| words::also(it, key));
        let also = also.map(|(name, _)| name.as_str()).filter(|name| !map.contains_key(*name));
        let likeliest = if also.is_some() { Vec::new() } else { words::likeliest(key, unused.clone()) };
        let near = also.or(likeliest.first().copied());
        let sure = near.and_then(|near| schema.property(near)).is_some_and(|inner| {
            let slip = words::slip(key, unused) == near;
            // Another tool's word is sure only with a value that is one here.
            (slip || also.is_some()) && self.takes(key, inner, &entry.value, slip)
        });
        let mut finding = Finding::error(codes::UNKNOWN_KEY, format!("unknown key {}", self.place(&trail)))
            .at(trail, Aim::Key, "");
        // A slip of the pen is mended; another tool's word may come with another tool's value.
        let alike = near.is_some() && near == words::nearest(key, near);
        if let (Some(_), Some(near), false) = (also, near, alike) {
            let shown = schema.property(near).filter(|_| !sure).and_then(example);
            finding.help.push(match shown {
                Some(shown) => format!("it is called `{near}` here, as in `{near}: {shown}`"),
                None => format!("it is called `{near}` here"),
            });
            if sure {
                finding.fixes.push(Fix::certain(format!("write `{near}`"), entry.key, near));
            }
        } else if likeliest.len() > 1 {
            finding.help.push(format!("did you mean {}?", words::list(&likeliest, "or")));
        } else if let Some(near) = near {
            finding.fixes.push(Fix {
                title: format!("did you mean `{near}`?"),
                span: entry.key,
                text: near.to_owned(),
                certain: sure,
            });
        } else {
            finding.help.push(match self.belongs(schema, key) {
                Some(place) => place,
                None if names.is_empty() => "no key is known here".into(),
                None => format!("known here: {}", words::list(&names, "and")),
            });
        }
        self.push(finding);
        // What stands there is told too, as if the key were right.
        if let (true, Some(inner)) = (sure, near.and_then(|near| schema.property(near))) {
            self.step(Step::Key(key.to_owned()), inner, &entry.value);
        }
        near
    }

    /// Where a key that is unknown here would be known.
    fn belongs(&self, schema: Schema<'s>, key: &str) -> Option<String> {
        let key = words::clip(key, 60);
        let mut waiting = vec![(String::new(), schema)];
        let mut at = 0;
        while at < waiting.len().min(MAX_SEARCHED) {
            let (path, schema) = waiting[at].clone();
            at += 1;
            for map in schema.alternatives(self.shape.root()) {
                if !path.is_empty() && map.property(&key).is_some() {
                    return Some(format!("`{key}` is a key of `{path}`"));
                }
                let join =
                    |part: &str| if path.is_empty() { part.to_owned() } else { format!("{path}.{part}") };
                for (name, inner) in map.properties().into_iter().flatten() {
                    waiting.push((join(name), Schema::new(inner)));
                }
                waiting.extend(map.any_key().map(|inner| (join("<name>"), inner)));
            }
        }
        let (_, outer) = self.around.split_last()?;
        let (_, depth) = outer.iter().rev().find(|(map, _)| map.property(&key).is_some())?;
        let trail = self.trail.steps().iter().take(*depth).cloned().collect();
        Some(format!("`{key}` is a key of {}", self.place(&trail)))
    }

    pub(super) fn missing(&mut self, schema: Schema<'s>, missing: &[&str]) {
        let names = words::list(missing, "and");
        let are = if missing.len() == 1 { "is" } else { "are" };
        let title = if (self.shown)(&self.trail).steps().is_empty() {
            format!("{names} {are} missing")
        } else {
            format!("{}: {names} {are} missing", self.place(&self.trail))
        };
        let mut finding = Finding::error(codes::MISSING_KEY, title).at(self.trail.clone(), Aim::Key, "");
        for key in missing {
            let Some(property) = schema.property(key) else { continue };
            let branches = property.alternatives(self.shape.root());
            let shown = example(property).or_else(|| branches.iter().find_map(|branch| example(*branch)));
            let word = || branches.iter().flat_map(Schema::words).next().map(words::written);
            let shown = shown.or_else(word).map(|shown| format!("for example `{key}: {shown}`"));
            let told = || {
                let text = property.text("description")?;
                let first = text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.');
                Some(format!("`{key}`: {}", first.replace('\n', " ")))
            };
            finding.help.extend(shown.or_else(told));
        }
        self.push(finding);
    }

    /// Checks a map against several schemas of maps.
    pub(super) fn choose_map(&mut self, branches: &[Schema<'s>], map: &Map, node: &Node) {
        // A key that one branch requires and the others do not is what chooses it.
        let tags: Vec<Vec<&str>> = branches
            .iter()
            .map(|branch| {
                let others = || branches.iter().filter(|other| !std::ptr::eq(*other, branch));
                branch
                    .required()
                    .filter(|key| !others().any(|other| other.required().any(|own| own == *key)))
                    .collect()
            })
            .collect();
        let chosen: Vec<_> =
            (0..branches.len()).filter(|at| tags[*at].iter().any(|tag| map.contains_key(*tag))).collect();
        match chosen.as_slice() {
            [one] => return self.map(branches[*one], map),
            [_, _, ..] => {
                self.several(&chosen.iter().flat_map(|at| tags[*at].clone()).collect::<Vec<_>>(), map);
                // What stands in them may be wrong too.
                for branch in chosen.iter().map(|at| branches[*at]) {
                    for (key, entry) in map {
                        if let Some(property) = branch.property(key) {
                            self.step(Step::Key(key.clone()), property, &entry.value);
                        }
                    }
                }
                return;
            }
            [] => {}
        }
        let untagged: Vec<_> =
            (0..branches.len()).filter(|at| tags[*at].is_empty()).map(|at| branches[at]).collect();
        if !untagged.is_empty() {
            return self.best(&untagged, node);
        }
        let half: Vec<_> =
            branches.iter().filter(|branch| map.keys().any(|key| branch.property(key).is_some())).collect();
        if let [one] = half.as_slice() {
            return self.map(**one, map);
        }
        let all: Vec<_> = tags.concat();
        let Some((key, entry)) = map.iter().find(|(key, _)| !key.starts_with("x-")) else {
            let problem = format!("must have one of {}", words::list(&all, "or"));
            self.report(codes::MISSING_KEY, problem);
            return;
        };
        let near = words::nearest(key, all.iter().copied());
        let title = format!(
            "{}: `{}` is not one of {}",
            self.place(&self.trail),
            words::clip(key, 60),
            words::list(&all, "or")
        );
        let mut finding =
            Finding::error(codes::UNKNOWN_CHOICE, title).at(self.trail.key(key.clone()), Aim::Key, "");
        if let Some(near) = near {
            let inner = branches.iter().find_map(|branch| branch.property(near));
            finding.fixes.push(Fix {
                title: format!("did you mean `{near}`?"),
                span: entry.key,
                text: near.to_owned(),
                certain: words::slip(key, all.iter().copied()) == Some(near)
                    && inner.is_some_and(|inner| self.takes(key, inner, &entry.value, true)),
            });
        } else if let Some(tag) =
            map.values().filter_map(|entry| entry.value.as_text()).find(|text| all.contains(text))
        {
            finding
                .help
                .push(format!("the choice is a key: `{{{tag}: {{…}}}}`, with what belongs to it inside"));
        } else {
            finding.help.push(format!("write {}", words::list(&all, "or")));
        }
        self.push(finding);
    }

    fn several(&mut self, tags: &[&str], map: &Map) {
        let written: Vec<_> = map.keys().map(String::as_str).filter(|key| tags.contains(key)).collect();
        let [first, second, ..] = written.as_slice() else { return };
        let title =
            format!("{}: {} exclude each other", self.place(&self.trail), words::list(&written, "and"));
        let finding = Finding::error(codes::SEVERAL_CHOICES, title)
            .at(self.trail.key(*second), Aim::Key, "")
            .related(self.trail.key(*first), Aim::Key, "already chosen here")
            .help(format!("keep one of {}", words::list(&written, "and")));
        self.push(finding);
    }
}
