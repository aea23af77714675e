//! Whether a resource that people wrote or changed is one CloudFormation takes.

use serde_json::Value;

use super::near;
use crate::{
    cfn::{
        Template,
        catalogue::Catalogue,
        references::{self, Target},
    },
    diagnostic::{Code, codes},
};

/// Something wrong with a value, not yet located.
pub(super) struct Fault {
    pub(super) code: Code,
    /// A JSON pointer from the resource.
    pub(super) pointer: String,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Fault {
    /// What is wrong and, where the message does not name it, of which property.
    pub(super) fn told(&self) -> String {
        let property = self.pointer.strip_prefix("/Properties/").unwrap_or(&self.pointer);
        let names_it = self.code == codes::DANGLING_REFERENCE || self.message.contains('`');
        let starts = ["must", "is ", "matches", "does"].iter().any(|word| self.message.starts_with(word));
        if property.is_empty() || (names_it && !starts) || self.code == codes::DANGLING_REFERENCE {
            self.message.clone()
        } else {
            format!("`{}` {}", property.trim_start_matches('/'), self.message)
        }
    }

    /// A title about what people call so.
    pub(super) fn title(&self, shown: &str) -> String {
        let colon = if self.code == codes::DANGLING_REFERENCE { "" } else { ":" };
        format!("{shown}{colon} {}", self.told())
    }

    /// Whether the property itself is wrong, whatever it is set to.
    pub(super) fn is_of_the_key(&self) -> bool {
        self.message.starts_with("unknown property")
    }

    /// What to do.
    pub(super) fn advice(&self, kind: &str) -> String {
        if let Some(help) = &self.help {
            return help.clone();
        }
        if self.code == codes::DANGLING_REFERENCE {
            return "name a resource or parameter of the stack, or a pseudo parameter such as `AWS::Region`"
                .into();
        }
        format!("CloudFormation's template reference says what {kind} takes")
    }
}

/// What can be referred to.
pub(super) struct Known<'k> {
    template: &'k Template,
    /// Names that stand for others in the template.
    alias: &'k dyn Fn(&str) -> Option<String>,
}

impl<'k> Known<'k> {
    pub(super) fn new(template: &'k Template, alias: &'k dyn Fn(&str) -> Option<String>) -> Self {
        Self { template, alias }
    }

    fn resource(&self, name: &str) -> Option<&crate::cfn::Entry> {
        let id = (self.alias)(name);
        self.template.resources.get(id.as_deref().unwrap_or(name))
    }
}

/// What the resource schemas say of `Properties`; of a type bluegreen does not know, what holds for all.
pub(super) fn properties(kind: &str, properties: &Value) -> Vec<Fault> {
    let faults = match Catalogue::schema(kind) {
        Some(schema) => schema.validate(properties),
        None => Catalogue::well_formed(properties),
    };
    let mut all: Vec<Fault> = faults
        .into_iter()
        .map(|fault| Fault {
            code: codes::INVALID_RESOURCE,
            pointer: format!("/Properties{}", fault.pointer),
            message: fault.message,
            help: None,
        })
        .collect();
    transforms(properties, "/Properties", &mut all);
    all
}

/// Macros change templates when they are deployed, which nobody can check before.
fn transforms(value: &Value, pointer: &str, faults: &mut Vec<Fault>) {
    let inside = |step: &str| format!("{pointer}/{}", step.replace('~', "~0").replace('/', "~1"));
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                transforms(item, &inside(&at.to_string()), faults);
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                if key == "Fn::Transform" || key.starts_with("Fn::ForEach::") {
                    faults.push(Fault {
                        code: codes::INVALID_RESOURCE,
                        pointer: format!("{pointer}/{key}"),
                        message: format!(
                            "`{key}` is worked out when the stack is deployed, and cannot be checked"
                        ),
                        help: Some("write out what it would answer".into()),
                    });
                } else {
                    transforms(value, &inside(key), faults);
                }
            }
        }
        _ => {}
    }
}

/// References to what is not there.
pub(super) fn references(value: &Value, known: &Known<'_>) -> Vec<Fault> {
    references::all(value)
        .into_iter()
        .filter_map(|reference| {
            let (message, help) = dangling(&reference.target, known)?;
            Some(Fault { code: codes::DANGLING_REFERENCE, pointer: reference.pointer, message, help })
        })
        .collect()
}

fn dangling(target: &Target, known: &Known<'_>) -> Option<(String, Option<String>)> {
    let template = known.template;
    let ids = || template.resources.keys().map(AsRef::as_ref);
    let did_you_mean =
        |near: Vec<String>| (!near.is_empty()).then(|| format!("did you mean {}?", near::or(&near)));
    match target {
        Target::Name(name) => {
            if known.resource(name).is_some() || template.parameters.contains_key(name.as_str()) {
                return None;
            }
            let parameters = template.parameters.keys().map(AsRef::as_ref);
            let near = near::names(name, ids().chain(parameters).chain(["AWS::Region", "AWS::AccountId"]));
            Some((
                format!("refers to `{name}`, which is neither a resource nor a parameter of the stack"),
                did_you_mean(near),
            ))
        }
        Target::Attribute(id, attribute) => {
            let Some(entry) = known.resource(id) else {
                let near = near::names(id, ids());
                return Some((
                    format!("refers to `{id}`, which is no resource of the stack"),
                    did_you_mean(near),
                ));
            };
            let schema = Catalogue::schema(&entry.kind)?;
            if schema.has_attribute(attribute) {
                return None;
            }
            let near = near::names(attribute, schema.attributes());
            let help = did_you_mean(near).unwrap_or_else(|| {
                let all: Vec<_> = schema.attributes().map(|name| format!("`{name}`")).collect();
                format!("`Fn::GetAtt` answers {}", all.join(", "))
            });
            Some((
                format!("refers to `{attribute}` of `{id}`, which {} does not have", entry.kind),
                Some(help),
            ))
        }
        Target::Condition(name) => {
            if template.conditions.contains_key(name.as_str()) {
                return None;
            }
            let near = near::names(name, template.conditions.keys().map(AsRef::as_ref));
            Some((
                format!("refers to the condition `{name}`, which the stack does not have"),
                did_you_mean(near),
            ))
        }
    }
}
