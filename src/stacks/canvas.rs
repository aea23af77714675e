use indexmap::IndexMap;

use super::{Denial, Lookup, Part, Stack, Taken};
use crate::cfn::{Parameter, Template, TemplateKey, Text, Value};

/// A template being drawn, and what deploying it needs.
#[derive(Debug)]
pub struct Canvas {
    /// The template.
    pub template: Template,
    /// Before every logical id and output of a service, where one template holds several.
    pub prefix: String,
    parameters: IndexMap<String, String>,
    lookups: Vec<Lookup>,
    policy: Vec<Denial>,
    parts: Vec<Part>,
    extra: Vec<Text>,
    taken: Vec<Taken>,
    rollback_alarm: Option<String>,
}

impl Canvas {
    /// An empty one.
    pub fn new(key: u32, description: impl Into<String>, header: &[String]) -> Self {
        let mut template = Template::new(TemplateKey(key), description);
        template.header = header.to_vec();
        Self {
            template,
            prefix: String::new(),
            parameters: IndexMap::new(),
            lookups: Vec::new(),
            policy: Vec::new(),
            parts: Vec::new(),
            extra: Vec::new(),
            taken: Vec::new(),
            rollback_alarm: None,
        }
    }

    /// A logical id of the service at hand.
    pub fn id(&self, id: &str) -> Text {
        if self.prefix.is_empty() { id.to_owned().into() } else { format!("{}{id}", self.prefix).into() }
    }

    /// A parameter whose value is known when rendering.
    pub fn parameter(&mut self, name: &str, parameter: Parameter, value: &str) -> Value {
        self.parameters.insert(name.to_owned(), value.to_owned());
        self.template.parameter(name.to_owned(), parameter)
    }

    /// A parameter whose value is found out when deploying.
    pub fn lookup(&mut self, parameter: Parameter, lookup: Lookup) -> Value {
        let name = lookup.parameter().to_owned();
        if !self.lookups.contains(&lookup) {
            self.lookups.push(lookup);
        }
        self.template.parameter(name, parameter)
    }

    /// Denies an update of every resource of a type.
    pub fn deny(&mut self, resource_type: &'static str) {
        for action in ["Update:Replace", "Update:Delete"] {
            let denial = Denial { action, resource_type };
            if !self.policy.contains(&denial) {
                self.policy.push(denial);
            }
        }
    }

    /// Says which composite alarm takes an update of the stack back.
    pub fn rolls_back_on(&mut self, alarm: String) {
        self.rollback_alarm = Some(alarm);
    }

    /// Says that the resources from a position on are a service's.
    pub fn belongs_to(&mut self, service: &str, from: usize) {
        let resources = from..self.template.resources.len();
        self.parts.push(Part { service: service.to_owned(), prefix: self.prefix.clone(), resources });
    }

    /// Says that a resource is what people wrote.
    pub(super) fn is_extra(&mut self, id: Text) {
        self.extra.push(id);
    }

    /// Says that a name of `extra` was not free.
    pub(super) fn is_taken(&mut self, service: &str, section: &'static str, id: &str) {
        self.taken.push(Taken { service: service.to_owned(), section, id: id.to_owned() });
    }

    /// The stack, done.
    pub fn into_stack(
        self,
        name: String,
        file: impl Into<String>,
        purpose: impl Into<String>,
        tags: IndexMap<String, String>,
        depends_on: Vec<String>,
    ) -> Stack {
        Stack {
            name,
            file: file.into(),
            purpose: purpose.into(),
            template: self.template,
            parameters: self.parameters,
            lookups: self.lookups,
            tags,
            policy: self.policy,
            depends_on,
            parts: self.parts,
            extra: self.extra,
            rollback_alarm: self.rollback_alarm,
            released_from: None,
            releases: None,
            taken: self.taken,
        }
    }
}
