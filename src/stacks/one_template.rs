//! A stack that takes neither imports nor outputs, and whose template alone says what runs.

use std::collections::BTreeMap;

use super::{Lookup, Site, Stack, pascal, task::TaskParts};
use crate::cfn::{Call, Parameter, Template, Text, Value, pseudo};

/// The logical id of the task set, with which the engine draws it.
pub(crate) const TASK_SET: &str = "TaskSet";

/// Types whose resources carry the tags of the service themselves, because the stack carries none. Not those that only a release
/// changes: their tasks get the tags of the service.
const TAGGED: [&str; 9] = [
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Alarm",
    "AWS::ECR::Repository",
    "AWS::ECS::Service",
    "AWS::Events::Rule",
    "AWS::IAM::Role",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::ApplicationAutoScaling::ScalableTarget",
];

/// Turns every import into a parameter whose value is read from the export, leaves out the outputs, puts the service's tags on each
/// resource, and moves what only a release changes to the end of the template.
pub(super) fn close(stack: &mut Stack, site: Site<'_>, task: &TaskParts) {
    imports_to_parameters(stack, site);
    stack.template.outputs.clear();

    let tags = super::tags(site.resolved, Some(&site.service.name));
    let tags: Vec<Value> = tags
        .into_iter()
        .map(|(key, value)| Value::map([("Key", Value::from(key)), ("Value", value.into())]))
        .collect();
    for entry in stack.template.resources.values_mut() {
        if TAGGED.contains(&entry.kind.as_ref()) {
            entry.draft.set("Tags", Value::List(tags.clone()));
        }
    }
    for id in [task.definition.id(), TASK_SET.into()] {
        let resources = &mut stack.template.resources;
        if let Some(entry) = resources.shift_remove(&id) {
            resources.insert(id.clone(), entry);
            stack.released_from.get_or_insert(id);
        }
    }
}

/// Turns every import into a parameter, and says which of them are read once: those that what only a release changes rests on.
fn imports_to_parameters(stack: &mut Stack, site: Site<'_>) {
    let mut lists: BTreeMap<Text, usize> = BTreeMap::new();
    for list in [&site.network.public, &site.network.private] {
        if let Value::Call(call) = stack.template.import(list.joined())
            && let Call::ImportValue(export) = *call
        {
            lists.insert(export, list.len());
        }
    }
    let mut imports = Imports { lists, found: Vec::new() };
    for entry in stack.template.resources.values_mut() {
        let properties = std::mem::take(&mut entry.draft.properties);
        entry.draft.properties = map(properties, &mut |value| Some(imports.parameter(value)));
    }
    for (name, export, item) in imports.found {
        let text = match item {
            Some(item) => {
                format!("Item {} of what is exported as {export}; deploy.sh reads it there.", item + 1)
            }
            None => format!("What is exported as {export}; deploy.sh reads it there."),
        };
        let parameter = Parameter {
            kind: "String".into(),
            description: text.into(),
            allowed_pattern: Some(r"^\S+$".into()),
            constraint_description: Some("must not be empty".into()),
            ..Parameter::default()
        };
        stack.template.parameter(name.clone(), parameter);
        let lookup = Lookup::Export { parameter: name, export, item, once: false };
        if stack.lookups.iter().all(|known| known.parameter() != lookup.parameter()) {
            stack.lookups.push(lookup);
        }
    }
    let resources = &stack.template.resources;
    let from = stack.released_from.as_ref().and_then(|id| resources.get_index_of(id));
    for entry in from.into_iter().flat_map(|from| resources.values().skip(from)) {
        for (_, value) in &entry.draft.properties {
            value.walk(&mut |value| {
                for lookup in &mut stack.lookups {
                    if let (Lookup::Export { parameter, once, .. }, Some(Call::Ref(name))) =
                        (lookup, value.as_call())
                        && parameter == name
                    {
                        *once = true;
                    }
                }
            });
        }
    }
}

/// Imports on their way to being parameters.
struct Imports {
    /// Exports that are lists joined by commas, and how many items each has.
    lists: BTreeMap<Text, usize>,
    /// Parameter, export, item.
    found: Vec<(String, String, Option<u32>)>,
}

impl Imports {
    fn parameter(&mut self, value: Value) -> Value {
        match value.as_call() {
            Some(Call::ImportValue(export)) => {
                let export = export.to_string();
                // Split into its items where it is used.
                if self.lists.contains_key(export.as_str()) { value } else { self.one(&export, None) }
            }
            Some(Call::Split(delimiter, list)) if delimiter == "," => match list.as_call() {
                Some(Call::ImportValue(export)) => {
                    let export = export.to_string();
                    let count = self.lists.get(export.as_str()).copied().unwrap_or_default();
                    let items = (0..count as u32).map(|item| self.one(&export, Some(item)));
                    Value::List(items.collect())
                }
                _ => value,
            },
            // A name that stood for an import may stand for the parameter itself.
            Some(Call::Sub(text, values)) if !values.is_empty() => Value::sub_all(text, values.clone()),
            _ => value,
        }
    }

    fn one(&mut self, export: &str, item: Option<u32>) -> Value {
        let name = export.rsplit_once(':').map_or(export, |(_, name)| name);
        let name = match item {
            Some(item) => format!("{}{}", pascal(name.trim_end_matches('s')), item + 1),
            None => pascal(name),
        };
        let known = self.found.iter().any(|(known, ..)| *known == name);
        if !known {
            self.found.push((name.clone(), export.to_owned(), item));
        }
        Value::Call(Box::new(Call::Ref(name.into())))
    }
}

fn map(
    properties: Vec<(Text, Value)>,
    change: &mut impl FnMut(Value) -> Option<Value>,
) -> Vec<(Text, Value)> {
    match Value::Map(properties).mapped(change) {
        Value::Map(pairs) => pairs,
        _ => Vec::new(),
    }
}

/// Writes what runs into the template, where the hook sees it change: a parameter's new value it does not see. Answers the resources
/// that a release changes as a release writes them, with the image that the first tasks run in the place of the new one.
pub(super) fn settle(stack: &mut Stack, site: Site<'_>, task: &TaskParts) -> Template {
    // Of what people amended, too.
    imports_to_parameters(stack, site);
    let parameter = "ImageUri";
    let first = match &site.service.service.image.uri {
        Some(uri) => uri.to_string(),
        None => super::task::PLACEHOLDER.to_owned(),
    };
    let mut released = Template::new(stack.template.key(), String::new());
    released.header.clone_from(&stack.template.header);
    let ids: Vec<Text> = stack
        .released_from
        .iter()
        .filter_map(|from| stack.template.resources.get_index_of(from))
        .flat_map(|at| stack.template.resources.keys().skip(at).cloned())
        .collect();
    let settled = |properties: Vec<(Text, Value)>, has_image: bool| {
        map(properties, &mut |value| match value.as_call() {
            Some(Call::Ref(name)) if name == parameter => Some(Value::from(first.clone())),
            Some(Call::If(condition, yes, no)) if Some(condition) == task.has_image.as_ref() => {
                let chosen = if has_image { yes } else { no };
                (*chosen != pseudo::no_value()).then(|| chosen.clone())
            }
            _ => Some(value),
        })
    };
    for id in &ids {
        if let Some(entry) = stack.template.resources.get(id) {
            let mut entry = entry.clone();
            entry.draft.properties = settled(std::mem::take(&mut entry.draft.properties), true);
            released.resources.insert(id.clone(), entry);
        }
    }
    for entry in stack.template.resources.values_mut() {
        let properties = std::mem::take(&mut entry.draft.properties);
        entry.draft.properties = settled(properties, false);
    }
    stack.template.parameters.shift_remove(parameter);
    stack.parameters.shift_remove(parameter);
    stack.lookups.retain(|lookup| lookup.parameter() != parameter);
    if let Some(condition) = &task.has_image {
        stack.template.conditions.shift_remove(condition);
    }
    released
}
