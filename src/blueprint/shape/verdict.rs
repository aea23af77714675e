//! Whether a document fits a schema. With [`super::compiled`] the only file that names jsonschema.
//!
//! The validator walks our tree as it is: no copy as JSON is made.

use std::{borrow::Cow, ptr};

use jsonschema::{
    JsonType, Validator,
    json::{Array, Json, JsonNumber, Node, NodeIdentity, Object},
    paths::LocationSegment,
};
use serde_json::{Number, Value};

use super::words;
use crate::{
    blueprint::{is_expression, units::Format},
    diagnostic::{Aim, Finding, Step, Trail, codes},
    yaml::{self, Data},
};

/// A compiled schema.
pub(super) struct Verdict(Validator<Tree>);

impl Verdict {
    pub(super) fn new(schema: &Value, formats: &[Format]) -> Result<Self, String> {
        let mut options = jsonschema::options_for::<Tree>().offline().should_validate_formats(true);
        for format in formats {
            let check = format.check;
            // What an expression stands for is known, and checked, in each environment.
            options = options
                .with_format(format.name, move |text: &str| is_expression(text) || check(text).is_ok());
        }
        options.build(schema).map(Self).map_err(|error| error.to_string())
    }

    pub(super) fn fits(&self, node: &yaml::Node) -> bool {
        self.0.is_valid(View::Value(node))
    }

    /// What does not fit, in the validator's words.
    pub(super) fn faults(&self, node: &yaml::Node, most: usize) -> Vec<Finding> {
        let faults = self.0.iter_errors(View::Value(node)).take(most);
        let findings = faults.map(|fault| {
            let trail: Trail = fault
                .instance_path()
                .iter()
                .map(|segment| match segment {
                    LocationSegment::Property(key) => Step::Key(key.into_owned()),
                    LocationSegment::Index(index) => Step::Index(index),
                })
                .collect();
            let title =
                format!("{}: {}", words::place(&trail), words::clip(&fault.masked().to_string(), 200));
            Finding::error(codes::WRONG_SHAPE, title).at(trail, Aim::Value, "")
        });
        findings.collect()
    }
}

/// Our tree, as the validator sees it.
struct Tree;

#[derive(Clone, Copy)]
enum View<'a> {
    Value(&'a yaml::Node),
    /// A key, where the validator checks names.
    Name(&'a str),
}

impl Json for Tree {
    type Node<'a> = View<'a>;
    type PreparedKey = String;
    type StringBuffer = ();

    fn prepare_key(key: &str) -> String {
        key.to_owned()
    }

    fn with_string_node<T>((): &mut (), string: &str, f: impl FnOnce(View<'_>) -> T) -> T {
        f(View::Name(string))
    }
}

impl<'a> Node<'a, Tree> for View<'a> {
    type Object = &'a yaml::Map;
    type Array = &'a [yaml::Node];
    type Number = Numeral;

    fn as_object(&self) -> Option<&'a yaml::Map> {
        match self {
            View::Value(node) => node.as_map(),
            View::Name(_) => None,
        }
    }

    fn as_array(&self) -> Option<&'a [yaml::Node]> {
        match self {
            View::Value(yaml::Node { data: Data::List(items), .. }) => Some(items),
            _ => None,
        }
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        match self {
            View::Value(node) => node.as_text().map(Cow::Borrowed),
            View::Name(name) => Some(Cow::Borrowed(name)),
        }
    }

    fn as_number(&self) -> Option<Numeral> {
        match self {
            View::Value(yaml::Node { data: Data::Int(value), .. }) => Some(Numeral::Int(*value)),
            View::Value(yaml::Node { data: Data::Float(value), .. }) => Some(Numeral::Float(*value)),
            _ => None,
        }
    }

    fn as_boolean(&self) -> Option<bool> {
        match self {
            View::Value(yaml::Node { data: Data::Bool(value), .. }) => Some(*value),
            _ => None,
        }
    }

    fn is_null(&self) -> bool {
        matches!(self, View::Value(yaml::Node { data: Data::Null, .. }))
    }

    fn json_type(&self) -> JsonType {
        let View::Value(node) = self else { return JsonType::String };
        match node.data {
            Data::Null => JsonType::Null,
            Data::Bool(_) => JsonType::Boolean,
            Data::Int(_) | Data::Float(_) => JsonType::Number,
            Data::Text(_) => JsonType::String,
            Data::List(_) => JsonType::Array,
            Data::Map(_) => JsonType::Object,
        }
    }

    fn equals_value(&self, expected: &Value) -> bool {
        match (self.as_string(), expected) {
            (Some(text), Value::String(expected)) => text == expected.as_str(),
            (Some(_), _) | (None, Value::String(_)) => false,
            (None, expected) => jsonschema::json::cmp::equal(&self.to_value(), expected),
        }
    }

    fn to_value(&self) -> Cow<'a, Value> {
        Cow::Owned(match self {
            View::Value(node) => node.to_json(),
            View::Name(name) => Value::String((*name).to_owned()),
        })
    }

    fn identity(&self) -> Option<NodeIdentity> {
        Some(match self {
            View::Value(node) => NodeIdentity::new(ptr::from_ref::<yaml::Node>(node).addr()),
            View::Name(name) => NodeIdentity::tagged(name.as_ptr().addr(), 1),
        })
    }
}

impl<'a> Object<'a, Tree> for &'a yaml::Map {
    type Node = View<'a>;
    type MemberName = &'a str;
    type MembersIter = Members<'a>;

    fn len(&self) -> usize {
        yaml::Map::len(self)
    }

    fn get(&self, key: &String) -> Option<View<'a>> {
        yaml::Map::get(self, key.as_str()).map(|entry| View::Value(&entry.value))
    }

    fn members(&self) -> Members<'a> {
        Members(self.iter())
    }
}

struct Members<'a>(indexmap::map::Iter<'a, String, yaml::Entry>);

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, View<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, entry)| (key.as_str(), View::Value(&entry.value)))
    }
}

impl<'a> Array<'a, Tree> for &'a [yaml::Node] {
    type Node = View<'a>;
    type ElementsIter = std::iter::Map<std::slice::Iter<'a, yaml::Node>, fn(&'a yaml::Node) -> View<'a>>;

    fn len(&self) -> usize {
        <[yaml::Node]>::len(self)
    }

    fn elements(&self) -> Self::ElementsIter {
        self.iter().map(View::Value)
    }
}

#[derive(Clone, Copy)]
enum Numeral {
    Int(i64),
    Float(f64),
}

impl JsonNumber for Numeral {
    fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Int(value) => u64::try_from(*value).ok(),
            Self::Float(_) => None,
        }
    }

    fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            Self::Float(_) => None,
        }
    }

    fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
        }
    }

    fn as_str(&self) -> Cow<'_, str> {
        Cow::Owned(self.to_number().to_string())
    }

    fn to_number(&self) -> Cow<'_, Number> {
        Cow::Owned(match self {
            Self::Int(value) => Number::from(*value),
            // The reader refuses numbers that are not finite.
            Self::Float(value) => Number::from_f64(*value).unwrap_or_else(|| Number::from(0)),
        })
    }

    /// The typed model reads no `2.0` as a whole number, so the schema must not either.
    fn is_integer(&self) -> bool {
        matches!(self, Self::Int(_))
    }

    fn is_written_as_integer(&self) -> bool {
        self.is_integer()
    }
}
