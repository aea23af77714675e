//! CloudFormation: values, resources, templates.
