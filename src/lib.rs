//! One short, typed YAML blueprint in; validated, deployable CloudFormation for ECS Fargate blue/green out.
//!
//! Data flows one way, in the order of the modules below; a module knows only those before it.

pub mod source;

pub mod diagnostic;

pub mod yaml;

pub mod blueprint;

pub mod resolve;

pub mod rollout;

pub mod cfn;

pub mod compare;

pub mod scripts;

pub mod stacks;

pub mod rules;

pub mod engines;

pub mod artifacts;

pub mod emit;

pub mod raw;

pub mod render;

pub mod provenance;

pub mod contrast;

pub mod migration;

pub mod policy;

pub mod mend;

pub mod report;

pub mod cli;
