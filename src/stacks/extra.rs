//! What people write beside a service, or beside all of them, in CloudFormation's own words.

use super::{
    Canvas, Site,
    names::{Names, pascal},
};
use crate::{
    blueprint::{
        Extra, KeepPolicy, Raw, ReplacePolicy,
        units::{EntryName, VariableName},
    },
    cfn::{DeletionPolicy, Draft, Shared, Statement, TemplateKey, Text, Value, references},
    resolve::Resolved,
};

/// What every service gets of what stands beside all of them.
#[derive(Debug, Clone, Default)]
pub struct ExtraParts {
    /// Variables, with the output each is imported by.
    variables: Vec<(VariableName, Text, Shared)>,
    /// Actions and what they are allowed on.
    permissions: Vec<(EntryName, Vec<String>, Vec<(Text, Shared)>)>,
}

impl ExtraParts {
    /// What the services get, of the template that is going to hold it.
    pub(super) fn new(home: TemplateKey, resolved: &Resolved) -> Self {
        let Some(extra) = &resolved.extra else { return Self::default() };
        let names = Names::new(resolved);
        let planned = |output: String, value: Value| {
            let export = names.export(&names.extra_stack(), &output);
            (Text::from(output), Shared::planned(home, export, value))
        };
        let variables = extra.variables.iter().map(|(name, it)| {
            // Text is what it is everywhere.
            let (output, shared) = match &it.0 {
                serde_json::Value::Object(_) => planned(variable_output(name), Value::from_long_form(&it.0)),
                plain => (Text::default(), Shared::fixed(as_text(plain))),
            };
            (name.clone(), output, shared)
        });
        let permissions = extra.permissions.iter().map(|(name, it)| {
            let arn = |(at, arn): (usize, &Raw)| match &arn.0 {
                serde_json::Value::Object(_) => {
                    planned(permission_output(name, at), Value::from_long_form(&arn.0))
                }
                plain => (Text::default(), Shared::fixed(Value::from_long_form(plain))),
            };
            (name.clone(), it.actions.clone(), it.resources.iter().enumerate().map(arn).collect())
        });
        Self { variables: variables.collect(), permissions: permissions.collect() }
    }
}

/// The output that services import a variable by.
pub(crate) fn variable_output(name: &VariableName) -> String {
    format!("Variable{}", pascal(name.as_str()))
}

/// The output that services import the resource of a permission by.
pub(crate) fn permission_output(name: &EntryName, at: usize) -> String {
    format!("Permission{}{}", pascal(name.as_str()), at + 1)
}

/// Containers see text.
fn as_text(plain: &serde_json::Value) -> Value {
    match plain {
        serde_json::Value::Bool(_) | serde_json::Value::Number(_) => Value::from(plain.to_string()),
        other => Value::from_long_form(other),
    }
}

/// Draws what stands beside all services. Where a name is taken, nothing is drawn: [`crate::raw`] tells.
pub(super) fn shared(canvas: &mut Canvas, resolved: &Resolved, parts: &ExtraParts) {
    let Some(extra) = &resolved.extra else { return };
    resources(canvas, extra, "");
    let names = Names::new(resolved);
    for (name, output) in &extra.outputs {
        let export = names.export(&names.extra_stack(), name.as_str());
        let shared = Shared::planned(canvas.template.key(), export, value(canvas, extra, &output.0));
        if !canvas.template.keep(name.to_string(), "", &shared) {
            canvas.is_taken("", "outputs", name.as_str());
        }
    }
    let permissions = parts.permissions.iter().flat_map(|(_, _, arns)| arns.iter().map(|it| (&it.0, &it.1)));
    let all = parts.variables.iter().map(|(_, output, shared)| (output, shared)).chain(permissions);
    for (output, shared) in all.filter(|(output, _)| !output.is_empty()) {
        // Two of one name are told by the same rule that tells of names of bluegreen's own.
        if !canvas.template.keep(output.clone(), "For the services beside it", shared) {
            canvas.is_taken("", "imported", output);
        }
    }
}

/// Draws the resources and outputs. Where a logical id is taken, nothing is drawn: [`crate::raw`] tells.
pub(super) fn extra(canvas: &mut Canvas, site: Site<'_>) {
    let Some(extra) = &site.service.service.extra else { return };
    resources(canvas, extra, site.service.name.as_str());
    for (name, output) in &extra.outputs {
        let full = canvas.id(name.as_str());
        if canvas.template.outputs.contains_key(&full) {
            canvas.is_taken(site.service.name.as_str(), "outputs", name.as_str());
        } else {
            let value = value(canvas, extra, &output.0);
            canvas.template.output(full, "", value);
        }
    }
}

/// Draws resources, of a service or of none.
fn resources(canvas: &mut Canvas, extra: &Extra, service: &str) {
    for (id, resource) in &extra.resources {
        let map = |map: &serde_json::Map<String, serde_json::Value>| -> Vec<(Text, Value)> {
            let one = |(name, it): (&String, &serde_json::Value)| {
                (Text::from(name.clone()), value(canvas, extra, it))
            };
            map.iter().map(one).collect()
        };
        let draft = Draft {
            properties: map(&resource.properties),
            depends_on: resource
                .depends_on
                .iter()
                .map(|id| {
                    if extra.resources.contains_key(id) {
                        canvas.id(id.as_str())
                    } else {
                        id.to_string().into()
                    }
                })
                .collect(),
            deletion_policy: resource.deletion_policy.map(keep),
            update_replace_policy: resource.update_replace_policy.map(replace),
            creation_policy: map(&resource.creation_policy),
            update_policy: map(&resource.update_policy),
            metadata: map(&resource.metadata),
            ..Draft::default()
        };
        let full = canvas.id(id.as_str());
        if canvas.template.add_raw(full.clone(), resource.kind.to_string(), draft) {
            canvas.is_extra(full);
        } else {
            canvas.is_taken(service, "resources", id.as_str());
        }
    }
}

/// The container's variables: the service's own, and those beside all services that it does not say itself.
pub(super) fn variables(canvas: &Canvas, site: Site<'_>) -> Vec<Value> {
    let service = &site.service.service;
    let pair = |name: &VariableName, value: Value| {
        Value::map([("Name", Value::from(name.to_string())), ("Value", value)])
    };
    let own = service.extra.iter().flat_map(|extra| {
        extra.variables.iter().map(move |(name, it)| {
            let text = match &it.0 {
                function @ serde_json::Value::Object(_) => value(canvas, extra, function),
                plain => as_text(plain),
            };
            pair(name, text)
        })
    });
    let says = |name: &VariableName| {
        service.variables.contains_key(name)
            || service.secrets.contains_key(name)
            || service.extra.as_ref().is_some_and(|extra| extra.variables.contains_key(name))
    };
    let shared = site.extra.variables.iter().filter(|(name, ..)| !says(name));
    own.chain(shared.map(|(name, _, value)| pair(name, canvas.template.import(value)))).collect()
}

/// What the application may do: what is said of the service, and what is said of all and not by the service itself.
pub(super) fn statements(canvas: &Canvas, site: Site<'_>) -> Vec<Statement> {
    let service = &site.service.service;
    let own = service.extra.iter().flat_map(|extra| {
        extra.permissions.iter().map(move |(name, it)| {
            let reason = format!("The blueprint gives it to the application: `extra.permissions.{name}`.");
            let statement = Statement::allow(pascal(name.as_str()), reason).actions(it.actions.clone());
            it.resources.iter().fold(statement, |statement, arn| statement.on(value(canvas, extra, &arn.0)))
        })
    });
    let says = |name: &EntryName| {
        let own = service.extra.iter().flat_map(|extra| extra.permissions.keys());
        service.permissions.keys().chain(own).any(|known| pascal(known.as_str()) == pascal(name.as_str()))
    };
    let shared =
        site.extra.permissions.iter().filter(|(name, ..)| !says(name)).map(|(name, actions, arns)| {
            let reason = format!("The blueprint gives it to every application: `extra.permissions.{name}`.");
            let statement = Statement::allow(pascal(name.as_str()), reason).actions(actions.clone());
            arns.iter().fold(statement, |statement, (_, arn)| statement.on(canvas.template.import(arn)))
        });
    own.chain(shared).collect()
}

/// A value with the names of the service's own extra resources as they are in the template.
fn value(canvas: &Canvas, extra: &Extra, json: &serde_json::Value) -> Value {
    if canvas.prefix.is_empty() {
        return Value::from_long_form(json);
    }
    let rename = |name: &str| extra.resources.contains_key(name).then(|| canvas.id(name).to_string());
    Value::from_long_form(&references::renamed(json, &rename))
}

fn keep(policy: KeepPolicy) -> DeletionPolicy {
    match policy {
        KeepPolicy::Delete => DeletionPolicy::Delete,
        KeepPolicy::Retain => DeletionPolicy::Retain,
        KeepPolicy::RetainExceptOnCreate => DeletionPolicy::RetainExceptOnCreate,
        KeepPolicy::Snapshot => DeletionPolicy::Snapshot,
    }
}

fn replace(policy: ReplacePolicy) -> DeletionPolicy {
    match policy {
        ReplacePolicy::Delete => DeletionPolicy::Delete,
        ReplacePolicy::Retain => DeletionPolicy::Retain,
        ReplacePolicy::Snapshot => DeletionPolicy::Snapshot,
    }
}
