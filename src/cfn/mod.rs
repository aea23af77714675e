//! CloudFormation: values and intrinsic functions, typed resources, handles, IAM statements, templates.
//!
//! Knows nothing of blueprints. A reference is made from a [`Handle`], and a handle exists only for a resource that was
//! added, so a `Ref` or `GetAtt` to something absent cannot be written.

pub mod catalogue;
mod iam;
mod long_form;
pub mod references;
mod resource;
mod resources;
mod template;
mod value;

pub use iam::{PolicyDocument, Principal, Statement};
pub use resource::{Attribute, DeletionPolicy, Draft, Resource};
pub use resources::*;
pub use template::{Entry, Handle, Hook, Output, Parameter, Shared, Template, TemplateKey};
pub use value::{Call, Condition, Property, Text, Value, pseudo};
