//! Other ways to write a value that does not fit: offered only where the result is checked to fit.

use super::{
    explain::Walk,
    schema::{Kind, Schema},
    words,
};
use crate::{
    diagnostic::{Finding, Fix, Step, codes},
    source::Span,
    yaml::{Data, Entry, Map, Node},
};

/// Units that people choose between for one number.
const UNITS: [&[&str]; 2] = [&["ms", "s", "m", "h", "d"], &["MB", "GB"]];

impl<'s> Walk<'s> {
    /// Another way to write the same value that fits, where there is one for certain.
    pub(super) fn repair(&mut self, branches: &[Schema<'s>], node: &Node) -> Option<Fix> {
        let width = (node.span.end - node.span.start) as usize;
        // The value, how to write it, and whether it can only have been meant so.
        let mut ways: Vec<(Data, String, bool)> = Vec::new();
        match &node.data {
            // The number must be written as it is read: `010` and `0x1f` are not.
            Data::Int(_) | Data::Float(_) | Data::Bool(_) => {
                let text = node.to_json().to_string();
                if text.len() == width {
                    ways.push((Data::Text(text.clone()), format!("\"{text}\""), true));
                    ways.push((Data::List(vec![node.clone()]), format!("[{text}]"), true));
                    ways.push((Data::Text(format!("{text} vCPU")), format!("{text} vCPU"), true));
                } else if let (Data::Int(_), Some(zeros)) = (&node.data, width.checked_sub(text.len())) {
                    // An account id that begins with zeros is read as a number without them.
                    let text = format!("{}{text}", "0".repeat(zeros));
                    ways.push((Data::Text(text.clone()), format!("\"{text}\""), false));
                }
            }
            Data::Text(text) => {
                let bare: String =
                    text.chars().filter(|letter| !matches!(letter, '_' | ',' | ' ' | '%')).collect();
                if let Ok(number) = bare.parse::<i64>() {
                    // A comma is a thousand to some and a fraction to others.
                    ways.push((Data::Int(number), number.to_string(), !text.contains([',', ' '])));
                }
                match text.to_ascii_lowercase().as_str() {
                    "yes" | "on" | "y" | "true" => ways.push((Data::Bool(true), "true".into(), true)),
                    "no" | "off" | "n" | "false" => ways.push((Data::Bool(false), "false".into(), true)),
                    _ => {}
                }
                let whole = !text.contains(char::is_whitespace);
                let items = if whole || !self.is_command() { vec![text.clone()] } else { arguments(text) };
                let list = words::written(&items.clone().into());
                let items = items.into_iter().map(|item| Node { span: node.span, data: Data::Text(item) });
                ways.push((Data::List(items.collect()), list, whole));
            }
            Data::Null if width == 0 => {}
            Data::Null => ways.push((Data::Map(Map::new()), "{}".into(), false)),
            Data::List(items) => {
                if let [Node { data: data @ (Data::Text(_) | Data::Int(_)), .. }] = items.as_slice() {
                    let text = words::written(&items[0].to_json());
                    ways.push((data.clone(), text, true));
                }
            }
            Data::Map(_) => {}
        }
        // A map of which one key says it all: `2-6` is `{range: 2-6}`.
        let maps: Vec<_> = branches.iter().copied().filter(|branch| branch.takes(Kind::Map)).collect();
        if let ([one], Data::Text(_) | Data::Int(_) | Data::Float(_)) = (maps.as_slice(), &node.data)
            && let [key] = one.required().collect::<Vec<_>>().as_slice()
        {
            let entry = Entry { key: node.span, value: node.clone() };
            let map = Map::from_iter([((*key).to_owned(), entry)]);
            let text = format!("{{{key}: {}}}", words::written(&node.to_json()));
            ways.insert(0, (Data::Map(map), text, true));
        }
        let way = ways
            .into_iter()
            .find(|(data, ..)| branches.iter().any(|branch| self.fits(*branch, node, data.clone())));
        way.map(|(_, text, certain)| Fix {
            title: format!("write `{}`", words::clip(&text, 120)),
            span: node.span,
            text,
            certain,
        })
    }

    /// Whether the value is a program and its arguments, a text each.
    fn is_command(&self) -> bool {
        matches!(self.trail.steps().last(), Some(Step::Key(key)) if key == "command" || key == "entrypoint")
    }

    /// Whether the value of a key fits a schema; `nearly`: or is of a kind that it takes, or certain to be mended, since faults
    /// further in are no reason to think that another key was meant.
    pub(super) fn takes(&mut self, key: &str, schema: Schema<'s>, node: &Node, nearly: bool) -> bool {
        let trail = self.trail.key(key);
        let found = self.trial(|walk| walk.step(Step::Key(key.to_owned()), schema, node));
        let mendable = |finding: &Finding| finding.fixes.iter().any(|fix| fix.certain);
        found.iter().all(|finding| nearly && (finding.trail() != Some(&trail) || mendable(finding)))
    }

    /// Gives a document that lacks nothing but a key of which there is one value, such as the language's version, that line.
    pub(super) fn offer_constants(&mut self, root: Schema<'s>, node: &Node) {
        let Data::Map(map) = &node.data else { return };
        let Some((_, first)) = map.first() else { return };
        // Not within braces, and not in a part of a document.
        if first.key.start != node.span.start || !(self.shown)(&self.trail).steps().is_empty() {
            return;
        }
        let span = Span { end: first.key.start, ..first.key };
        for key in root.required().filter(|key| !map.contains_key(*key)) {
            let Some(value) = root.property(key).and_then(|property| property.get("const").cloned()) else {
                continue;
            };
            let line = format!("{key}: {}", words::written(&value));
            let title = format!("`{key}` is missing");
            let of = |it: &&mut Finding| it.code == codes::MISSING_KEY && it.title == title;
            if let Some(finding) = self.findings.iter_mut().find(of) {
                finding.fixes.push(Fix::certain(format!("write `{line}`"), span, format!("{line}\n")));
            }
        }
    }

    /// Whether another value would fit in the place of this one.
    fn fits(&mut self, schema: Schema<'s>, node: &Node, data: Data) -> bool {
        let other = Node { span: node.span, data };
        let before = std::mem::replace(&mut self.trying, true);
        let fits =
            schema.takes(Kind::of(&other)) && self.trial(|walk| walk.single(schema, &[], &other)).is_empty();
        self.trying = before;
        fits
    }

    /// Adds the spelling that was most likely meant to the last finding, or an example of what fits.
    pub(super) fn offer_spelling(&mut self, schema: Schema<'s>, text: &str, node: &Node) {
        let told =
            self.findings.last().is_none_or(|finding| !finding.fixes.is_empty() || !finding.help.is_empty());
        if self.trying || told || text.chars().count() > 100 {
            return;
        }
        let mut shorter = text.chars();
        let last = shorter.next_back();
        let kebab = || {
            let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
            words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
        };
        let ways = [
            text.trim().to_owned(),
            // The name of a repository within its address.
            text.split_once(".amazonaws.com/")
                .and_then(|(_, name)| name.split([':', '@']).next())
                .unwrap_or_default()
                .to_owned(),
            text.to_lowercase(),
            kebab(),
            kebab().to_lowercase(),
            kebab().replace('-', "_"),
            as_path(text),
            // Kubernetes' `1Gi` and the exact `1GiB`.
            in_units(text),
            text.strip_suffix(['i', 'B'])
                .map(|it| format!("{}B", it.trim_end_matches('i')))
                .unwrap_or_default(),
            if last.is_some_and(|last| last.is_ascii_lowercase()) {
                shorter.as_str().to_owned()
            } else {
                String::new()
            },
        ];
        let way = ways
            .into_iter()
            .find(|way| way != text && !way.is_empty() && self.fits(schema, node, Data::Text(way.clone())));
        let shown = super::explain::example(schema);
        let Some(finding) = self.findings.last_mut() else { return };
        if let Some(way) = way {
            let relative =
                text.starts_with(|letter: char| letter.is_ascii_alphanumeric()) && !text.contains(':');
            // A path without its slash, or text with blanks around it, is written so and no other way.
            let certain = way == text.trim() || relative && way.strip_prefix('/') == Some(text);
            let text = words::written(&way.into());
            finding.fixes.push(Fix {
                title: format!("did you mean `{text}`?"),
                span: node.span,
                text,
                certain,
            });
        } else if let Some(shown) = shown
            .filter(|shown| !finding.title.contains(shown.as_str()) && !finding.title.contains(": write "))
        {
            finding.help.push(format!("for example `{shown}`"));
        }
    }

    /// Turns the last finding into one about a missing unit, where the text is good with the unit behind it.
    pub(super) fn offer_unit(&mut self, schema: Schema<'s>, unit: Option<&str>, text: &str, node: &Node) {
        let Some(unit) = unit else { return };
        let number = text.parse::<f64>().ok();
        let others = UNITS.iter().find(|family| family.contains(&unit)).copied().unwrap_or_default();
        let fits = |walk: &mut Self, unit: &str| walk.fits(schema, node, Data::Text(format!("{text}{unit}")));
        let good = fits(self, unit);
        // Nothing is nothing in every unit; any other number is certain where one unit alone makes it fit.
        let certain = number.is_some_and(|number| number == 0.0)
            || !others.is_empty() && !others.iter().any(|other| *other != unit && fits(self, other));
        // A fraction is of the next larger unit, which has to be written in whole numbers of a smaller one.
        let larger = number.filter(|_| !good).and_then(|number| whole(number, unit));
        let larger = larger.filter(|text| self.fits(schema, node, Data::Text(text.clone())));
        let text = format!("{text}{unit}");
        if let Some(finding) = self.findings.last_mut() {
            finding.code = codes::MISSING_UNIT;
            finding.help.clear();
            if good {
                finding.fixes.push(Fix { title: format!("write `{text}`"), span: node.span, text, certain });
            } else if let Some(text) = larger {
                finding.fixes.push(Fix::likely(format!("did you mean `{text}`?"), node.span, text));
            } else {
                finding.help.push(format!("give it a unit, as in `{text}`"));
            }
        }
    }
}

/// A fraction of the unit above this one, in whole numbers: `0.8` where milliseconds are wanted is `800ms`.
fn whole(number: f64, unit: &str) -> Option<String> {
    let factor = match unit {
        "ms" => 1000.0,
        "s" | "m" => 60.0,
        "h" => 24.0,
        "MB" => 1024.0,
        _ => return None,
    };
    let parts = number * factor;
    (parts.fract() == 0.0 && parts > 0.0 && parts < 1e9).then(|| format!("{parts}{unit}"))
}

/// A program and its arguments, which a list has one by one; what a shell has to read is left to one.
fn arguments(text: &str) -> Vec<String> {
    if text.contains(['"', '\'', '\\', '$', '`', '|', '&', ';', '<', '>', '(', ')', '*', '?', '~']) {
        ["sh", "-c", text].map(str::to_owned).into()
    } else {
        text.split_whitespace().map(str::to_owned).collect()
    }
}

/// The path of a URL, or a path without its slash with it.
fn as_path(text: &str) -> String {
    match text.split_once("://") {
        Some((_, rest)) => rest.find('/').map(|at| rest[at..].to_owned()).unwrap_or_default(),
        None => format!("/{text}"),
    }
}

/// A number with a unit in words: `2 hrs`, `1 min`, `2 gigs`.
fn in_units(text: &str) -> String {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, word) = text.split_at(digits);
    let unit = match word.trim().trim_end_matches('s') {
        "ms" | "milli" | "millisecond" => "ms",
        "" if word.trim() == "s" => "s",
        "sec" | "second" => "s",
        "min" | "minute" => "m",
        "hr" | "hour" => "h",
        "day" => "d",
        "meg" | "megabyte" | "mebibyte" => "MB",
        "gig" | "gigabyte" | "gibibyte" => "GB",
        _ => return String::new(),
    };
    if number.is_empty() { String::new() } else { format!("{number}{unit}") }
}
