use std::sync::Arc;

use super::{Lookup, ServiceNames, Stack};
use crate::cfn::{DeletionPolicy, Entry, Resource as _, ScalableTarget};

/// A stack as those see it who deploy it: its template is written, and what of it matters then is known by name. A thousand
/// services have three thousand of these, and their templates would take more room than all that is written.
#[derive(Debug, Clone)]
pub struct Deployable {
    /// The stack's name: `shop-prod-checkout-edge`.
    pub name: String,
    /// The template's file without its ending: `checkout-edge`.
    pub file: String,
    /// What it holds, in a few words.
    pub purpose: String,
    /// The template's parameters, in its order.
    pub names: Box<[Box<str>]>,
    /// Parameter values that are known when rendering.
    pub parameters: Box<[(String, String)]>,
    /// Parameter values that are true only at the moment of a deployment.
    pub lookups: Box<[Lookup]>,
    /// Parameters that only a person can give a value, with what they are, in one line.
    pub given: Box<[(String, String)]>,
    /// Stack-wide tags.
    pub tags: Box<[(String, String)]>,
    /// What must be acknowledged: `CAPABILITY_NAMED_IAM`.
    pub capabilities: Box<[String]>,
    /// Whether something is denied to its updates.
    pub has_policy: bool,
    /// Names of stacks that must be there first.
    pub depends_on: Box<[String]>,
    /// Logical ids and types of resources that stay when the stack is deleted.
    pub retained: Box<[(Box<str>, Box<str>)]>,
    /// Whether something in it follows the load.
    pub scales: bool,
    /// The name of the composite alarm that takes a release back, where it is CloudFormation that watches.
    pub rollback_alarm: Option<Box<str>>,
    /// The first of the resources at the template's end that only a release changes.
    pub released_from: Option<Box<str>>,
    /// The service that such a release is of.
    pub releases: Option<Arc<ServiceNames>>,
}

impl From<Stack> for Deployable {
    fn from(stack: Stack) -> Self {
        let resources = &stack.template.resources;
        Self {
            names: stack.template.parameters.keys().map(|name| name.as_ref().into()).collect(),
            given: given(&stack),
            capabilities: stack.capabilities().iter().map(ToString::to_string).collect(),
            has_policy: !stack.policy.is_empty(),
            retained: resources
                .iter()
                .filter(|(_, entry)| outlives(entry))
                .map(|(id, entry)| (id.as_ref().into(), entry.kind.as_ref().into()))
                .collect(),
            scales: resources.values().any(|entry| entry.kind == ScalableTarget::TYPE),
            rollback_alarm: stack.rollback_alarm.map(Into::into),
            released_from: stack.released_from.as_deref().map(Into::into),
            releases: stack.releases,
            name: stack.name,
            file: stack.file,
            purpose: stack.purpose,
            parameters: stack.parameters.into_iter().collect(),
            lookups: stack.lookups.into(),
            tags: stack.tags.into_iter().collect(),
            depends_on: stack.depends_on.into(),
        }
    }
}

impl Deployable {
    /// The services whose live state it asks for, or whose releases are updates of it.
    pub fn services(&self) -> impl Iterator<Item = &Arc<ServiceNames>> {
        self.lookups.iter().filter_map(Lookup::service).chain(&self.releases)
    }

    /// Whether its listeners follow the live traffic.
    pub fn is_live(&self) -> bool {
        self.lookups.iter().any(|lookup| matches!(lookup, Lookup::LiveColor { .. }))
    }
}

/// Values only a person knows: those declared so, and every parameter without any other source, which CloudFormation
/// would refuse on creation with less to say. One with a default needs nobody.
fn given(stack: &Stack) -> Box<[(String, String)]> {
    let mut out = Vec::new();
    for (name, parameter) in &stack.template.parameters {
        let lookup = stack.lookups.iter().find(|lookup| lookup.parameter() == name);
        let description = match lookup {
            Some(Lookup::Given { description, .. }) => description.as_str(),
            Some(_) => continue,
            None => parameter.description.as_ref(),
        };
        if parameter.default.is_some() || stack.parameters.contains_key(name.as_ref()) {
            continue;
        }
        // One line, whatever the blueprint holds: the script reads it as one.
        out.push((name.to_string(), description.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
    out.into()
}

/// Whether a resource stays when its stack is deleted.
fn outlives(entry: &Entry) -> bool {
    entry.draft.deletion_policy.is_some_and(|policy| policy != DeletionPolicy::Delete)
}
