//! Checks a value against the rules of a schema.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr};

use indexmap::IndexSet;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::Fault;
use super::pattern::Pattern;
use super::rules::{Facts, Rules, Schema, Types};

/// How many combinations of conditions are looked at.
const MOST_COMBINATIONS: usize = 1 << 10;

/// The functions of CloudFormation, besides `Ref`.
const FUNCTIONS: &[&str] = &[
    "Fn::And",
    "Fn::Base64",
    "Fn::Cidr",
    "Fn::Contains",
    "Fn::EachMemberEquals",
    "Fn::EachMemberIn",
    "Fn::Equals",
    "Fn::FindInMap",
    "Fn::GetAZs",
    "Fn::GetAtt",
    "Fn::GetStackOutput",
    "Fn::If",
    "Fn::ImportValue",
    "Fn::Join",
    "Fn::Length",
    "Fn::Not",
    "Fn::Or",
    "Fn::RefAll",
    "Fn::Select",
    "Fn::Split",
    "Fn::Sub",
    "Fn::ToJsonString",
    "Fn::Transform",
    "Fn::ValueOf",
    "Fn::ValueOfAll",
];

/// All faults of `properties`, each once.
pub(super) fn validate(facts: &Facts, body: &Rules, properties: &Value) -> Vec<Fault> {
    let mut faults = Faults::default();
    let mut all = IndexSet::new();
    let root = At { up: None, step: Step::Root, branches: Vec::new() };
    if !properties.is_object() || function(properties).is_some() {
        faults.push(&root, format!("must be an object of properties, not {}", describe(properties)));
        return faults.0;
    }
    well_formed(properties, &root, &mut faults);
    for pointer in &facts.read_only {
        read_only(properties, &pointer.0, &root, &mut faults);
    }

    let mut checker = Checker { facts, picks: Vec::new() };
    for combination in 1.. {
        checker.rules(body, properties, &root, &mut faults);
        all.extend(faults.0.drain(..));
        // The next combination: the last condition that held, and was not yet tried otherwise, no longer holds.
        while checker.picks.last().is_some_and(|(_, holds)| !holds) {
            checker.picks.pop();
        }
        let Some((_, holds)) = checker.picks.last_mut() else { break };
        *holds = false;
        if combination == MOST_COMBINATIONS {
            let message = format!(
                "too many conditions: {MOST_COMBINATIONS} combinations of them were checked, the others were not"
            );
            all.insert(Fault { pointer: String::new(), message });
            break;
        }
    }
    all.into_iter().collect()
}

/// The faults of `properties` that need no schema.
pub(super) fn well_formed_properties(properties: &Value) -> Vec<Fault> {
    let mut faults = Faults::default();
    well_formed(properties, &At { up: None, step: Step::Root, branches: Vec::new() }, &mut faults);
    faults.0
}

/// The faults found so far, in order.
#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn push(&mut self, at: &At<'_>, message: impl Into<String>) {
        self.0.push(Fault { pointer: at.to_string(), message: message.into() });
    }
}

/// A place in the checked value: a step from another place.
struct At<'a> {
    up: Option<&'a At<'a>>,
    step: Step<'a>,
    /// Which branch of each `Fn::If` to take from there.
    branches: Vec<usize>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Member(&'a str),
    Item(usize),
}

impl<'a> At<'a> {
    fn member(&'a self, name: &'a str, branches: Vec<usize>) -> At<'a> {
        At { up: Some(self), step: Step::Member(name), branches }
    }

    fn item(&'a self, index: usize, branches: Vec<usize>) -> At<'a> {
        At { up: Some(self), step: Step::Item(index), branches }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(up) = self.up {
            up.fmt(f)?;
        }
        match self.step {
            Step::Root => {}
            Step::Member(name) if name.contains(['~', '/']) => {
                write!(f, "/{}", name.replace('~', "~0").replace('/', "~1"))?;
            }
            Step::Member(name) => write!(f, "/{name}")?,
            Step::Item(index) => write!(f, "/{index}")?,
        }
        self.branches.iter().try_for_each(|branch| write!(f, "/Fn::If/{branch}"))
    }
}

/// The function `value` calls, if it calls one, and the argument.
fn function(value: &Value) -> Option<(&str, &Value)> {
    let object = value.as_object()?;
    let (name, argument) = object.iter().next()?;
    (object.len() == 1 && (name == "Ref" || name.starts_with("Fn::"))).then_some((name, argument))
}

/// Condition and branches of a well-formed `Fn::If`.
fn fn_if(value: &Value) -> Option<(&str, [&Value; 2])> {
    let ("Fn::If", argument) = function(value)? else { return None };
    match argument.as_array()?.as_slice() {
        [Value::String(condition), then, otherwise] => Some((condition, [then, otherwise])),
        _ => None,
    }
}

/// Faults that need no schema: `null`, and calls that CloudFormation would not take for calls.
fn well_formed(value: &Value, at: &At<'_>, faults: &mut Faults) {
    match value {
        Value::Null => faults.push(at, "null is not allowed"),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                well_formed(item, &at.item(index, Vec::new()), faults);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let at = at.member(name, Vec::new());
                let is_macro = name == "Fn::Transform" || name.starts_with("Fn::ForEach::");
                if name.starts_with("Fn::") && !is_macro {
                    if members.len() > 1 {
                        faults.push(&at, format!("`{name}` must be alone in its object"));
                    } else if !FUNCTIONS.contains(&name.as_str()) {
                        faults.push(&at, unknown("function", name, FUNCTIONS.iter().copied()));
                    } else if name == "Fn::If" && fn_if(value).is_none() {
                        faults.push(&at, "`Fn::If` takes a list: a condition's name and two values");
                    }
                }
                well_formed(member, &at, faults);
            }
        }
        _ => {}
    }
}

/// Whether `value` is `{"Ref": "AWS::NoValue"}`.
fn is_no_value(value: &Value) -> bool {
    matches!(function(value), Some(("Ref", Value::String(name))) if name == "AWS::NoValue")
}

/// Faults for what `value` holds at the read-only place `path`.
fn read_only(value: &Value, path: &[String], at: &At<'_>, faults: &mut Faults) {
    if let Some((_, branches)) = fn_if(value) {
        for (branch, value) in branches.into_iter().enumerate() {
            let mut taken = at.branches.clone();
            taken.push(branch + 1);
            read_only(value, path, &At { up: at.up, step: at.step, branches: taken }, faults);
        }
        return;
    }
    match (path, value) {
        ([], value) if is_no_value(value) => {}
        ([], _) => faults.push(at, "is read-only: CloudFormation sets it"),
        ([star, rest @ ..], Value::Array(items)) => {
            let path = if star == "*" { rest } else { path };
            for (index, item) in items.iter().enumerate() {
                read_only(item, path, &at.item(index, Vec::new()), faults);
            }
        }
        ([name, rest @ ..], Value::Object(members)) => {
            if let Some(member) = members.get(name) {
                read_only(member, rest, &at.member(name, Vec::new()), faults);
            }
        }
        _ => {}
    }
}

/// Whether a value fits a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fits {
    Yes,
    No,
    /// It depends on what a function yields.
    Maybe,
}

impl Fits {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Maybe, _) | (_, Self::Maybe) => Self::Maybe,
            (Self::Yes, Self::Yes) => Self::Yes,
        }
    }
}

/// A check under one combination of conditions.
struct Checker<'s, 'v> {
    facts: &'s Facts,
    /// The conditions met, in the order in which they were first met, and whether each holds.
    picks: Vec<(&'v str, bool)>,
}

impl<'s, 'v> Checker<'s, 'v> {
    /// Follows `Fn::If` to the value under the present combination; nothing when it is left out.
    fn resolve(&mut self, mut value: &'v Value) -> Option<(&'v Value, Vec<usize>)> {
        let mut branches = Vec::new();
        while let Some((condition, [then, otherwise])) = fn_if(value) {
            let known = self.picks.iter().find(|(name, _)| *name == condition).map(|(_, holds)| *holds);
            let holds = known.unwrap_or_else(|| {
                self.picks.push((condition, true));
                true
            });
            branches.push(if holds { 1 } else { 2 });
            value = if holds { then } else { otherwise };
        }
        (!is_no_value(value)).then_some((value, branches))
    }

    fn schema(&mut self, schema: &'s Schema, value: &'v Value, at: &At<'_>, faults: &mut Faults) -> Fits {
        match schema {
            Schema::Any => Fits::Yes,
            Schema::Never => {
                faults.push(at, "is not allowed here");
                Fits::No
            }
            Schema::Rules(rules) => self.rules(rules, value, at, faults),
        }
    }

    fn rules(&mut self, rules: &'s Rules, value: &'v Value, at: &At<'_>, faults: &mut Faults) -> Fits {
        // A null has its fault already.
        if value.is_null() || function(value).is_some() {
            return Fits::Maybe;
        }
        let found = kinds(value);
        if !found.iter().any(|one| rules.types.allow(*one)) {
            faults.push(at, format!("must be {}, not {}", rules.types.names(), describe(value)));
            return Fits::No;
        }

        let mut fits = Fits::Yes;
        if let Some(reference) = &rules.reference
            && let Some(schema) = self.facts.definitions.get(&reference.0)
        {
            fits = fits.and(self.schema(schema, value, at, faults));
        }
        let before = faults.0.len();
        values(rules, value, at, faults);
        if faults.0.len() > before {
            fits = Fits::No;
        }
        fits = fits.and(match value {
            Value::Array(items) => self.array(rules, items, at, faults),
            Value::Object(members) => self.object(rules, members, at, faults),
            scalar => limits(rules, scalar, at, faults),
        });
        fits.and(self.combined(rules, value, at, faults))
    }

    fn array(&mut self, rules: &'s Rules, items: &'v [Value], at: &At<'_>, faults: &mut Faults) -> Fits {
        let mut fits = Fits::Yes;
        let mut present: Vec<&'v Value> = Vec::with_capacity(items.len());
        let mut contained = Fits::No;
        for (index, item) in items.iter().enumerate() {
            let Some((item, branches)) = self.resolve(item) else { continue };
            let at = at.item(index, branches);
            if let Some(schema) = &rules.items {
                fits = fits.and(self.schema(schema, item, &at, faults));
            }
            if let Some(schema) = &rules.contains {
                match self.schema(schema, item, &at, &mut Faults::default()) {
                    Fits::Yes => contained = Fits::Yes,
                    Fits::Maybe if contained == Fits::No => contained = Fits::Maybe,
                    _ => {}
                }
            }
            if rules.unique_items && present.contains(&item) {
                faults.push(&at, "repeats an earlier item");
                fits = Fits::No;
            }
            if !rules.unique_keys.is_empty()
                && present.iter().any(|other| same(&rules.unique_keys, item, other))
            {
                faults
                    .push(&at, format!("repeats the {} of an earlier item", list(&rules.unique_keys, "and")));
                fits = Fits::No;
            }
            present.push(item);
        }
        if rules.contains.is_some() {
            if contained == Fits::No {
                faults.push(at, "no item is what at least one must be");
            }
            fits = fits.and(contained);
        }

        let count = length(present.len());
        let mut unique = Vec::with_capacity(present.len());
        for item in present {
            if !unique.contains(&item) {
                unique.push(item);
            }
        }
        // A list with a function in it may turn out longer only by a transform; each item counts as one.
        let wrong = match rules {
            Rules { min_items: Some(least), .. } if count < *least => Some(format!("at least {least}")),
            Rules { max_items: Some(most), .. } if count > *most => Some(format!("at most {most}")),
            Rules { max_unique_items: Some(most), .. } if length(unique.len()) > *most => {
                Some(format!("at most {most} different"))
            }
            _ => None,
        };
        if let Some(bound) = wrong {
            faults.push(at, format!("must have {bound} items, not {count}"));
            fits = Fits::No;
        }
        fits
    }

    fn object(
        &mut self,
        rules: &'s Rules,
        members: &'v Map<String, Value>,
        at: &At<'_>,
        faults: &mut Faults,
    ) -> Fits {
        let mut fits = Fits::Yes;
        let mut present: Vec<&'v str> = Vec::with_capacity(members.len());
        for (name, member) in members {
            let Some((member, branches)) = self.resolve(member) else { continue };
            present.push(name);
            let at = at.member(name, branches);

            if let Some(schema) = &rules.property_names {
                fits = fits.and(name_fits(schema, name, &at, faults));
            }
            let mut known = false;
            if let Some(schema) = rules.properties.get(name) {
                known = true;
                fits = fits.and(self.schema(schema, member, &at, faults));
            }
            for (pattern, schema) in &rules.pattern_properties.0 {
                if pattern.matches(name) != Some(false) {
                    known = true;
                    fits = fits.and(self.schema(schema, member, &at, faults));
                }
            }
            match &rules.additional_properties {
                _ if known || name.starts_with("Fn::") => {}
                Some(Schema::Never) => {
                    let known = rules.properties.keys().map(String::as_str);
                    faults.push(&at, unknown("property", name, known));
                    fits = Fits::No;
                }
                Some(schema) => fits = fits.and(self.schema(schema, member, &at, faults)),
                None => {}
            }
        }

        let messages = presence(rules, &present);
        if !messages.is_empty() {
            fits = Fits::No;
        }
        for (name, mut message) in messages {
            match name {
                Some(name) if present.contains(&name) => {
                    faults.push(&at.member(name, Vec::new()), message);
                }
                Some(name) => {
                    if members.contains_key(name) {
                        message += ", and a condition can leave it out";
                    }
                    faults.push(at, message);
                }
                None => faults.push(at, message),
            }
        }
        fits
    }

    /// The rules made of other rules.
    fn combined(&mut self, rules: &'s Rules, value: &'v Value, at: &At<'_>, faults: &mut Faults) -> Fits {
        let mut fits = Fits::Yes;
        for schema in &rules.all_of {
            fits = fits.and(self.schema(schema, value, at, faults));
        }
        if !rules.any_of.is_empty() {
            fits = fits.and(self.alternatives(&rules.any_of, false, value, at, faults));
        }
        if !rules.one_of.is_empty() {
            fits = fits.and(self.alternatives(&rules.one_of, true, value, at, faults));
        }
        if let Some(schema) = &rules.not {
            fits = fits.and(match self.schema(schema, value, at, &mut Faults::default()) {
                Fits::Yes => {
                    let message = match schema {
                        Schema::Rules(not) if !not.required.is_empty() => {
                            format!("{} is not allowed here", list(&not.required, "with"))
                        }
                        _ => format!("{} is not allowed here", describe(value)),
                    };
                    faults.push(at, message);
                    Fits::No
                }
                Fits::No => Fits::Yes,
                Fits::Maybe => Fits::Maybe,
            });
        }
        if let Some(schema) = &rules.condition {
            let branch = match self.schema(schema, value, at, &mut Faults::default()) {
                Fits::Yes => rules.then.as_ref(),
                Fits::No => rules.otherwise.as_ref(),
                Fits::Maybe => {
                    fits = fits.and(Fits::Maybe);
                    None
                }
            };
            if let Some(schema) = branch {
                fits = fits.and(self.schema(schema, value, at, faults));
            }
        }
        fits
    }

    /// At least one of `schemas`, or exactly one.
    fn alternatives(
        &mut self,
        schemas: &'s [Schema],
        exactly_one: bool,
        value: &'v Value,
        at: &At<'_>,
        faults: &mut Faults,
    ) -> Fits {
        let mut yes = 0;
        let mut maybe = 0;
        let mut closest: Option<Faults> = None;
        for schema in schemas {
            let mut own = Faults::default();
            match self.schema(schema, value, at, &mut own) {
                Fits::Yes => yes += 1,
                Fits::Maybe => maybe += 1,
                Fits::No => {
                    if closest.as_ref().is_none_or(|best| own.0.len() < best.0.len()) {
                        closest = Some(own);
                    }
                }
            }
        }

        let names = required_each(schemas);
        if exactly_one && yes > 1 {
            faults.push(
                at,
                match names {
                    Some(names) => format!("only one of {} is allowed", list(&names, "and")),
                    None => "fits more than one of the alternatives, of which one only is allowed".to_owned(),
                },
            );
            return Fits::No;
        }
        if yes + maybe > 0 {
            // With one sure alternative the others matter only where they exclude each other.
            let sure = yes > 0 && (maybe == 0 || !exactly_one);
            return if sure { Fits::Yes } else { Fits::Maybe };
        }
        if let Some(names) = names {
            faults.push(at, format!("one of {} is required", list(&names, "or")));
        } else if let Some(closest) = closest {
            let prefix = format!("fits none of {} alternatives; the closest says: ", schemas.len());
            faults.0.extend(
                closest
                    .0
                    .into_iter()
                    .map(|fault| Fault { message: prefix.clone() + &fault.message, ..fault }),
            );
        }
        Fits::No
    }
}

/// The names, when each of `schemas` asks for no more than one property to be present.
fn required_each(schemas: &[Schema]) -> Option<Vec<&str>> {
    let name = |schema: &'_ Schema| match schema {
        Schema::Rules(rules) if rules.properties.is_empty() && rules.required.len() == 1 => true,
        Schema::Rules(_) | Schema::Any | Schema::Never => false,
    };
    schemas.iter().all(name).then(|| {
        schemas
            .iter()
            .filter_map(|schema| match schema {
                Schema::Rules(rules) => rules.required.first().map(String::as_str),
                Schema::Any | Schema::Never => None,
            })
            .collect()
    })
}

/// What is wrong with which members are present: about which, and what.
fn presence<'r>(rules: &'r Rules, present: &[&str]) -> Vec<(Option<&'r str>, String)> {
    let has = |name: &String| present.contains(&name.as_str());
    let mut out: Vec<(Option<&'r str>, String)> = Vec::new();

    for name in rules.required.iter().filter(|name| !has(name)) {
        out.push((Some(name), format!("`{name}` is required")));
    }
    if !rules.required_or.is_empty() && !rules.required_or.iter().any(has) {
        out.push((None, format!("one of {} is required", list(&rules.required_or, "or"))));
    }
    if !rules.required_xor.is_empty() {
        let given: Vec<&String> = rules.required_xor.iter().filter(|name| has(name)).collect();
        if given.is_empty() {
            out.push((None, format!("one of {} is required", list(&rules.required_xor, "or"))));
        } else if given.len() > 1 {
            out.push((None, format!("only one of {} is allowed", list(&given, "and"))));
        }
    }
    for (name, needed) in rules.dependent_required.iter().filter(|(name, _)| has(name)) {
        for needed in needed.iter().filter(|needed| !has(needed)) {
            out.push((Some(needed), format!("`{needed}` is required with `{name}`")));
        }
    }
    for (name, excluded) in rules.dependent_excluded.iter().filter(|(name, _)| has(name)) {
        for other in excluded.iter().filter(|other| has(other)) {
            // Two that exclude each other are one fault.
            let mutual = rules.dependent_excluded.get(other).is_some_and(|back| back.contains(name));
            if !mutual || name < other {
                out.push((Some(other), format!("is not allowed together with `{name}`")));
            }
        }
    }
    let (count, least, most) = (length(present.len()), rules.min_properties, rules.max_properties);
    if let Some(least) = least.filter(|least| count < *least) {
        out.push((None, format!("must have at least {least} properties, not {count}")));
    }
    if let Some(most) = most.filter(|most| count > *most) {
        out.push((None, format!("must have at most {most} properties, not {count}")));
    }
    out
}

/// Whether the name of a member fits; only rules for text apply to it.
fn name_fits(schema: &Schema, name: &str, at: &At<'_>, faults: &mut Faults) -> Fits {
    let rules = match schema {
        Schema::Any => return Fits::Yes,
        Schema::Never => {
            faults.push(at, "no name is allowed here");
            return Fits::No;
        }
        Schema::Rules(rules) => rules,
    };
    let value = Value::String(name.to_owned());
    let fits = |rules: &Rules| {
        let mut own = Faults::default();
        values(rules, &value, at, &mut own);
        limits(rules, &value, at, &mut own);
        own.0.is_empty()
    };
    if matches!(&rules.not, Some(Schema::Rules(not)) if fits(not)) {
        faults.push(at, format!("the name `{name}` is not allowed here"));
        return Fits::No;
    }
    if fits(rules) {
        return Fits::Yes;
    }
    faults.push(at, unknown("name", name, rules.values.iter().filter_map(Value::as_str)));
    Fits::No
}

/// The types a value can stand for.
fn kinds(value: &Value) -> &'static [Types] {
    match value {
        Value::Null => &[],
        Value::Array(_) => &[Types::ARRAY],
        Value::Object(_) => &[Types::OBJECT],
        Value::Bool(_) => &[Types::BOOLEAN, Types::STRING],
        Value::Number(number) => {
            let whole =
                number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|n| n.fract() == 0.0);
            if whole {
                &[Types::INTEGER, Types::NUMBER, Types::STRING]
            } else {
                &[Types::NUMBER, Types::STRING]
            }
        }
        Value::String(text) if matches!(text.as_str(), "true" | "false" | "True" | "False") => {
            &[Types::STRING, Types::BOOLEAN]
        }
        Value::String(text) if text.parse::<i64>().is_ok() => &[Types::STRING, Types::INTEGER, Types::NUMBER],
        Value::String(_) if number(value).is_some() => &[Types::STRING, Types::NUMBER],
        Value::String(_) => &[Types::STRING],
    }
}

/// The number a value is or, as text, spells in digits.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        // Not the `inf` and `NaN` that Rust would parse.
        Value::String(text) if text.ends_with(|c: char| c.is_ascii_digit() || c == '.') => text.parse().ok(),
        _ => None,
    }
}

/// A count in the type of the limits, which are far below its end.
fn length(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A scalar as text.
fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whether two values are the same to CloudFormation, which takes `80` and `"80"` for each other.
fn equal(a: &Value, b: &Value) -> bool {
    a == b || matches!((text(a), text(b)), (Some(a), Some(b)) if a == b)
}

/// Rules about the very value: `enum` and `const`.
fn values(rules: &Rules, value: &Value, at: &At<'_>, faults: &mut Faults) {
    if !rules.values.is_empty() && !rules.values.iter().any(|known| equal(known, value)) {
        faults.push(at, not_among(value, &rules.values));
    }
    if !rules.values_any_case.is_empty() {
        let same = |known: &Value| match (text(known), text(value)) {
            (Some(known), Some(value)) => known.eq_ignore_ascii_case(&value),
            _ => false,
        };
        if !rules.values_any_case.iter().any(same) {
            faults.push(at, not_among(value, &rules.values_any_case));
        }
    }
    if let Some(constant) = rules.constant.as_ref().filter(|constant| !equal(constant, value)) {
        faults.push(at, not_among(value, std::slice::from_ref(constant)));
    }
}

/// Rules about the size and the form of a scalar.
fn limits(rules: &Rules, value: &Value, at: &At<'_>, faults: &mut Faults) -> Fits {
    let before = faults.0.len();
    let mut fits = Fits::Yes;
    let is_text = value.is_string() || (!rules.types.is_any() && rules.types.allow(Types::STRING));
    if is_text && let Some(text) = text(value) {
        if rules.min_length.is_some() || rules.max_length.is_some() {
            let length = length(text.chars().count());
            if let Some(least) = rules.min_length.filter(|least| length < *least) {
                faults.push(at, format!("must be at least {least} characters long, not {length}"));
            }
            if let Some(most) = rules.max_length.filter(|most| length > *most) {
                faults.push(at, format!("must be at most {most} characters long, not {length}"));
            }
        }
        match rules.pattern.as_ref().map(|pattern| (pattern, pattern.matches(&text))) {
            None | Some((_, Some(true))) => {}
            Some((pattern, Some(false))) => faults.push(at, mismatch(&text, pattern)),
            Some((_, None)) => fits = Fits::Maybe,
        }
        if let Some(wanted) = rules.format.as_deref().and_then(|format| malformed(format, &text)) {
            faults.push(at, format!("must be {wanted}, not {}", describe(value)));
        }
    }
    if let Some(n) = number(value) {
        if let Some(least) = rules.minimum.filter(|least| n < *least) {
            faults.push(at, format!("must be at least {least}, not {n}"));
        }
        if let Some(most) = rules.maximum.filter(|most| n > *most) {
            faults.push(at, format!("must be at most {most}, not {n}"));
        }
        if let Some(unit) = rules.multiple_of.filter(|unit| {
            let count = n / unit;
            (count - count.round()).abs() > 1e-9 * count.abs().max(1.0)
        }) {
            faults.push(at, format!("must be a multiple of {unit}, not {n}"));
        }
    }
    if faults.0.len() > before { Fits::No } else { fits }
}

/// What `text` should have been, if it is not of a format that is checked.
///
/// Formats that name a property of a type (`AWS::EC2::VPC.Id`) say what a reference may lead to, and bind no text.
fn malformed(format: &str, text: &str) -> Option<&'static str> {
    let network = |most: u8, is_address: &dyn Fn(&str) -> bool| {
        text.split_once('/').is_some_and(|(address, bits)| {
            is_address(address) && bits.parse::<u8>().is_ok_and(|bits| bits <= most)
        })
    };
    let (fine, wanted) = match format {
        "json" => (serde_json::from_str::<IgnoredAny>(text).is_ok(), "JSON"),
        "ipv4-network" => {
            (network(32, &|address| address.parse::<Ipv4Addr>().is_ok()), "an IPv4 block such as 10.0.0.0/16")
        }
        "ipv6-network" => (
            network(128, &|address| address.parse::<Ipv6Addr>().is_ok()),
            "an IPv6 block such as 2001:db8::/32",
        ),
        _ => return None,
    };
    (!fine).then_some(wanted)
}

/// Whether two objects agree in all of `keys`, and have them all.
fn same(keys: &[String], a: &Value, b: &Value) -> bool {
    keys.iter().all(|key| match (a.get(key), b.get(key)) {
        (Some(a), Some(b)) => equal(a, b) && fn_if(a).is_none(),
        _ => false,
    })
}

fn mismatch(text: &str, pattern: &Pattern) -> String {
    format!("{} does not match the pattern {}", quote(text), pattern.source())
}

fn not_among(value: &Value, known: &[Value]) -> String {
    let names: Vec<Cow<'_, str>> = known.iter().filter_map(text).collect();
    let found = describe(value);
    if let [only] = names.as_slice() {
        return format!("must be `{only}`, not {found}");
    }
    if names.len() <= 12 {
        return format!("must be one of {}, not {found}", list(&names, "or"));
    }
    let mut message = format!("{found} is not one of the {} allowed values", names.len());
    if let Some(given) = number(value) {
        let numbers = || known.iter().filter_map(number);
        let below = numbers().filter(|n| *n < given).max_by(f64::total_cmp);
        let above = numbers().filter(|n| *n > given).min_by(f64::total_cmp);
        let near: Vec<String> = [below, above].iter().flatten().map(f64::to_string).collect();
        if !near.is_empty() {
            let _ = write!(message, "; the nearest: {}", list(&near, "and"));
        }
        return message;
    }
    let given = text(value).unwrap_or_default();
    if let Some(nearest) = nearest(&given, names.iter().map(Cow::as_ref)) {
        let _ = write!(message, "; did you mean `{nearest}`?");
    }
    message
}

fn unknown<'k>(what: &str, name: &str, known: impl Iterator<Item = &'k str>) -> String {
    let mut message = format!("unknown {what} `{name}`");
    if let Some(nearest) = nearest(name, known) {
        let _ = write!(message, "; did you mean `{nearest}`?");
    }
    message
}

/// The known name most like `name`, unless none is like it.
fn nearest<'k>(name: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let lower = name.to_lowercase();
    known
        .map(|known| (strsim::damerau_levenshtein(&lower, &known.to_lowercase()), known))
        .filter(|(distance, known)| *distance <= (name.len().max(known.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// A value, shortly.
fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) => quote(text),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// Text in quotes, cut where it is long.
fn quote(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// Names in a sentence: `a`, `b` or `c`.
fn list<T: AsRef<str>>(names: &[T], last: &str) -> String {
    let mut out = String::new();
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            out += &if index + 1 == names.len() { format!(" {last} ") } else { ", ".to_owned() };
        }
        let _ = write!(out, "`{}`", name.as_ref());
    }
    out
}
