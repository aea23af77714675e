//! What stands beside the templates of an environment: deploy and release script, runbook, parameters, stack policies.
//!
//! Everything is a function of plain data.

mod context;
mod deploy;
mod environment;
mod migration;
mod parameters;
mod release;
mod runbook;
mod shell;

pub use context::Context;
pub use deploy::deploy_script;
pub use environment::{Environment, Release};
pub use migration::{
    BesidePlan, Doomed, HeldPipeline, MigrationPlan, MigrationStep, beside_page, beside_script,
    migration_page, migration_script,
};
pub use parameters::{parameters, stack_policy};
pub use release::release_script;
pub use runbook::runbook;
