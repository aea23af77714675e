use indexmap::IndexMap;

use crate::{
    diagnostic::{Aim, Step, Trail},
    source::Span,
};

/// A value of a document and the bytes it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it was written.
    pub span: Span,
    /// What was written.
    pub data: Data,
}

/// What a YAML 1.2 reader sees (core schema).
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text, quoted or plain.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A map; keys are text, in the order written.
    Map(Map),
}

/// A map in the order written.
pub type Map = IndexMap<String, Entry>;

/// A key's place and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Where the key was written.
    pub key: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The map, where it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.data {
            Data::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The map, where it is one, to change.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match &mut self.data {
            Data::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The text, where it is text.
    pub fn as_text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a key, where this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        Some(&self.as_map()?.get(key)?.value)
    }

    /// The value a trail leads to, where the whole trail exists.
    pub fn at(&self, trail: &Trail) -> Option<&Node> {
        trail.steps().iter().try_fold(self, |node, step| match (step, &node.data) {
            (Step::Key(key), Data::Map(map)) => map.get(key).map(|entry| &entry.value),
            (Step::Index(index), Data::List(items)) => items.get(*index),
            _ => None,
        })
    }

    /// The bytes of the key or value a trail leads to, or of the last thing on the way that exists.
    pub fn locate(&self, trail: &Trail, aim: Aim) -> Span {
        let mut node = self;
        // The whole document is no place to point at; its first key is where it begins.
        let mut key = match &self.data {
            Data::Map(map) => map.first().map_or(self.span, |(_, first)| first.key),
            _ => self.span,
        };
        for step in trail.steps() {
            let next = match (step, &node.data) {
                (Step::Key(name), Data::Map(map)) => map.get(name).map(|entry| (entry.key, &entry.value)),
                (Step::Index(index), Data::List(list)) => list.get(*index).map(|item| (item.span, item)),
                _ => None,
            };
            match next {
                Some((at, value)) => (key, node) = (at, value),
                // What is missing is missing from a map: its key says where better than its whole body.
                None => return key,
            }
        }
        match aim {
            Aim::Key => key,
            Aim::Value => node.span,
        }
    }

    /// The same value as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.data {
            Data::Null => Value::Null,
            Data::Bool(value) => Value::Bool(*value),
            Data::Int(value) => Value::from(*value),
            Data::Float(value) => Value::from(*value),
            Data::Text(value) => Value::String(value.clone()),
            Data::List(items) => Value::Array(items.iter().map(Node::to_json).collect()),
            Data::Map(map) => {
                Value::Object(map.iter().map(|(key, entry)| (key.clone(), entry.value.to_json())).collect())
            }
        }
    }
}
