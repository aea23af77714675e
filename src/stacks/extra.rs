//! What people write beside a service in CloudFormation's own words.

use super::{Canvas, Site, names::pascal};
use crate::{
    blueprint::{Extra, KeepPolicy, ReplacePolicy},
    cfn::{DeletionPolicy, Draft, Statement, Text, Value, references},
};

/// Draws the resources and outputs. Where a logical id is taken, nothing is drawn: [`crate::raw`] tells.
pub(super) fn extra(canvas: &mut Canvas, site: Site<'_>) {
    let Some(extra) = &site.service.service.extra else { return };
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
            canvas.is_taken(site.service.name.as_str(), "resources", id.as_str());
        }
    }
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

/// The container's variables.
pub(super) fn variables(canvas: &Canvas, site: Site<'_>) -> Vec<Value> {
    let Some(extra) = &site.service.service.extra else { return Vec::new() };
    let one = |(name, it): (&crate::blueprint::units::VariableName, &crate::blueprint::Raw)| {
        // Containers see text.
        let text = match &it.0 {
            plain @ (serde_json::Value::Bool(_) | serde_json::Value::Number(_)) => {
                Value::from(plain.to_string())
            }
            other => value(canvas, extra, other),
        };
        Value::map([("Name", Value::from(name.to_string())), ("Value", text)])
    };
    extra.variables.iter().map(one).collect()
}

/// What the application may do.
pub(super) fn statements(canvas: &Canvas, site: Site<'_>) -> Vec<Statement> {
    let Some(extra) = &site.service.service.extra else { return Vec::new() };
    let one = |(name, it): (&crate::blueprint::units::EntryName, &crate::blueprint::ExtraPermission)| {
        let reason = format!("The blueprint gives it to the application: `extra.permissions.{name}`.");
        let statement = Statement::allow(pascal(name.as_str()), reason).actions(it.actions.clone());
        it.resources.iter().fold(statement, |statement, arn| statement.on(value(canvas, extra, &arn.0)))
    };
    extra.permissions.iter().map(one).collect()
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
