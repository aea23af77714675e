//! A template as JSON: functions in their long form, comments left out.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::function::{Arguments, Function, Item};
use crate::cfn::{Condition, Entry, Hook, Output, Parameter, Template, Text, Value};

/// A part of a template that serialises as CloudFormation's JSON, in the order of the YAML.
pub(super) struct Long<T>(pub T);

impl Serialize for Long<&Value> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Bool(it) => to.serialize_bool(*it),
            Value::Int(it) => to.serialize_i64(*it),
            Value::Float(it) => to.serialize_f64(*it),
            Value::Text(it) => to.serialize_str(it),
            Value::List(items) => to.collect_seq(items.iter().map(Long)),
            Value::Map(pairs) => Long(pairs.as_slice()).serialize(to),
            Value::Call(call) => Long(Function::from(call.as_ref())).serialize(to),
            Value::Noted(_, value) | Value::Reasoned(_, value) => Long(value.as_ref()).serialize(to),
        }
    }
}

impl Serialize for Long<&[(Text, Value)]> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(key, value)| (key, Long(value))))
    }
}

impl Serialize for Long<&Condition> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Long(Function::from(self.0)).serialize(to)
    }
}

impl Serialize for Long<Function<'_>> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(1))?;
        map.serialize_entry(self.0.name, &Long(self.0.arguments))?;
        map.end()
    }
}

impl Serialize for Long<Arguments<'_>> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Arguments::Text(text) => to.serialize_str(text),
            Arguments::Attribute(id, attribute) => {
                let mut list = to.serialize_seq(Some(2))?;
                list.serialize_element(id)?;
                list.serialize_element(attribute)?;
                list.end()
            }
            Arguments::Items(items) => to.collect_seq(items.iter().map(Long)),
        }
    }
}

impl Serialize for Long<Item<'_>> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Item::Text(text) => to.serialize_str(text),
            Item::Number(number) => to.serialize_u32(number),
            Item::Value(value) => Long(value).serialize(to),
            Item::Values(values) => to.collect_seq(values.iter().map(Long)),
            Item::Map(pairs) => Long(pairs).serialize(to),
            Item::Condition(condition) => Long(condition).serialize(to),
        }
    }
}

impl Serialize for Long<&Parameter> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let it = self.0;
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("Type", &it.kind)?;
        if !it.description.is_empty() {
            map.serialize_entry("Description", &it.description)?;
        }
        if let Some(default) = &it.default {
            map.serialize_entry("Default", &Long(default))?;
        }
        if !it.allowed_values.is_empty() {
            map.serialize_entry("AllowedValues", &it.allowed_values)?;
        }
        if let Some(pattern) = &it.allowed_pattern {
            map.serialize_entry("AllowedPattern", pattern)?;
        }
        if let Some(description) = &it.constraint_description {
            map.serialize_entry("ConstraintDescription", description)?;
        }
        map.end()
    }
}

impl Serialize for Long<&Entry> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let draft = &self.0.draft;
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("Type", &self.0.kind)?;
        if let Some(condition) = &draft.condition {
            map.serialize_entry("Condition", condition)?;
        }
        match draft.depends_on.as_slice() {
            [] => {}
            [one] => map.serialize_entry("DependsOn", one)?,
            several => map.serialize_entry("DependsOn", several)?,
        }
        if let Some(policy) = draft.deletion_policy {
            map.serialize_entry("DeletionPolicy", policy.as_str())?;
        }
        if let Some(policy) = draft.update_replace_policy {
            map.serialize_entry("UpdateReplacePolicy", policy.as_str())?;
        }
        if !draft.creation_policy.is_empty() {
            map.serialize_entry("CreationPolicy", &Long(draft.creation_policy.as_slice()))?;
        }
        if !draft.update_policy.is_empty() {
            map.serialize_entry("UpdatePolicy", &Long(draft.update_policy.as_slice()))?;
        }
        if !draft.metadata.is_empty() {
            map.serialize_entry("Metadata", &Long(draft.metadata.as_slice()))?;
        }
        if !draft.properties.is_empty() {
            map.serialize_entry("Properties", &Long(draft.properties.as_slice()))?;
        }
        map.end()
    }
}

impl Serialize for Long<&Hook> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(2))?;
        map.serialize_entry("Type", &self.0.kind)?;
        map.serialize_entry("Properties", &Long(&self.0.properties))?;
        map.end()
    }
}

impl Serialize for Long<&Output> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Export<'a> {
            name: &'a str,
        }
        let it = self.0;
        let mut map = to.serialize_map(None)?;
        if !it.description.is_empty() {
            map.serialize_entry("Description", &it.description)?;
        }
        map.serialize_entry("Value", &Long(&it.value))?;
        if let Some(name) = &it.export {
            map.serialize_entry("Export", &Export { name })?;
        }
        map.end()
    }
}

/// A section: a map of named things.
struct Section<'a, T>(&'a indexmap::IndexMap<Text, T>);

impl<'a, T> Serialize for Section<'a, T>
where
    Long<&'a T>: Serialize,
{
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(name, it)| (name, Long(it))))
    }
}

impl Serialize for Long<&Template> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let it = self.0;
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("AWSTemplateFormatVersion", "2010-09-09")?;
        if !it.description.is_empty() {
            map.serialize_entry("Description", &it.description)?;
        }
        if !it.transforms.is_empty() {
            map.serialize_entry("Transform", &it.transforms)?;
        }
        if !it.parameters.is_empty() {
            map.serialize_entry("Parameters", &Section(&it.parameters))?;
        }
        if !it.conditions.is_empty() {
            map.serialize_entry("Conditions", &Section(&it.conditions))?;
        }
        if !it.hooks.is_empty() {
            map.serialize_entry("Hooks", &Section(&it.hooks))?;
        }
        map.serialize_entry("Resources", &Section(&it.resources))?;
        if !it.outputs.is_empty() {
            map.serialize_entry("Outputs", &Section(&it.outputs))?;
        }
        map.end()
    }
}
