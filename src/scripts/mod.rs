//! What templates carry inside them: AppSpec, buildspec, the code of the life-cycle hook; and how text is filled in.
//!
//! Scripts are ordinary files, checked as such; minijinja, strict about undefined names, only fills in what differs from
//! environment to environment.

mod appspec;
mod buildspec;
mod hook;
pub(crate) mod text;

pub use appspec::{AppSpec, Capacity, LifecycleEvent, TASK_DEFINITION, appspec};
pub use buildspec::{
    BuildSpec, Copied, IMAGE, IMAGES, RELEASE_DIRECTORY, ScanLevel, Stage, buildspec, files,
    release_buildspec,
};
pub use hook::{
    CLOUDFORMATION_HOOK_CODE, ECS_HOOK_CODE, HOOK_CODE, HookCheck, HookSettings, TWO_CLUSTERS_HOOK_CODE,
};
pub use text::ArtifactError;
