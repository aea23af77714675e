//! What stands beside the templates: deploy script, runbook, AppSpec, buildspec, the code of the lifecycle hook.
//!
//! Everything is a function of plain data. Scripts are ordinary files, checked as such; minijinja, strict about
//! undefined names, only fills in what differs from environment to environment.

mod appspec;
mod buildspec;
mod context;
mod deploy;
mod environment;
mod hook;
mod parameters;
mod runbook;
mod text;

pub use appspec::{AppSpec, Capacity, LifecycleEvent, TASK_DEFINITION, appspec};
pub use buildspec::{BuildSpec, IMAGE, RELEASE_DIRECTORY, ScanLevel, Stage, buildspec, stage_files};
pub use deploy::deploy_script;
pub use environment::{Environment, Release};
pub use hook::{HOOK_CODE, HookCheck, HookSettings};
pub use parameters::{parameters, stack_policy};
pub use runbook::runbook;
pub use text::ArtifactError;
