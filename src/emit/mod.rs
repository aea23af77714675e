//! Text of templates and data, and the files they go to.
//!
//! The YAML is written here rather than by a library because CloudFormation reads YAML 1.1 where others read 1.2, and
//! the libraries leave text bare that one of the two takes for a boolean, a number or a date.

mod comment;
mod data;
mod files;
mod flow;
mod function;
mod layout;
mod long_form;
mod scalar;
mod size;
mod template;
mod writer;

pub use files::{
    EmitError, LISTING, Obstacle, ObstacleKind, Outcome, OutputFile, Replacement, Stale, StaleKind, check,
    put, remove, replace, write,
};
pub use size::TemplateSize;

use crate::cfn::{Entry, Template};

/// A template as YAML: short tags, sections and attributes in CloudFormation's customary order, notes as comments.
pub fn yaml(template: &Template) -> String {
    template::write(template)
}

/// A template as JSON: the same in the same order, functions in their long form, without comments.
pub fn json(template: &Template) -> String {
    let mut text =
        serde_json::to_string_pretty(&long_form::Long(template)).expect("a template has only text for keys");
    text.push('\n');
    text
}

/// A template as JSON data.
pub fn to_json_value(template: &Template) -> serde_json::Value {
    serde_json::to_value(long_form::Long(template)).expect("a template has only text for keys")
}

/// A resource as JSON data.
pub fn resource_to_json(resource: &Entry) -> serde_json::Value {
    serde_json::to_value(long_form::Long(resource)).expect("a template has only text for keys")
}

/// Plain data as YAML, by the same rules for what is quoted.
pub fn yaml_plain(value: &serde_json::Value) -> String {
    data::write(value)
}
