mod beside;

use serde::Serialize;

pub use beside::{BesidePlan, Doomed, beside_page, beside_script};

use super::{context::Context, shell};
use crate::{
    blueprint::Engine,
    scripts::{ArtifactError, text},
};

/// The parts of the script that are the same everywhere, in the order they stand in it.
const PARTS: [&str; 6] = [
    shell::TALK,
    shell::ASK,
    shell::ACCOUNT,
    shell::TRAFFIC,
    shell::SERVICE,
    include_str!("../deploy/preflight.sh"),
];
const AFTER: [&str; 7] = [
    shell::UPDATE,
    include_str!("../deploy/stack.sh"),
    include_str!("state.sh"),
    include_str!("checks.sh"),
    include_str!("steps.sh"),
    include_str!("walk.sh"),
    include_str!("main.sh"),
];

/// A step, as script and page read it.
#[derive(Debug, Serialize)]
pub struct MigrationStep {
    /// `rules`
    pub word: &'static str,
    /// Its folder where it updates stacks: `02-rules`.
    pub folder: Option<String>,
    /// Whether there is no way back from it.
    pub one_way: bool,
    /// The stacks it updates.
    pub context: Context,
    /// Where its stacks were before it: folder and name of each.
    pub back: Vec<(String, String)>,
}

/// The pipeline that releases a service.
#[derive(Debug, Serialize)]
pub struct HeldPipeline {
    /// Its name.
    pub name: String,
    /// The environment it lives in.
    pub home: String,
    /// Whether that is the environment of the migration.
    pub is_here: bool,
}

/// The way of a service from CodeDeploy to ECS.
#[derive(Debug, Serialize)]
pub struct MigrationPlan {
    /// The service and its stacks as CodeDeploy has them.
    #[serde(flatten)]
    pub before: Context,
    /// The folder of those.
    pub first_folder: &'static str,
    /// The parameter that names the running revision under ECS.
    pub then_parameter: Option<String>,
    /// The pipeline, where there is one.
    pub held: Option<HeldPipeline>,
    /// The steps.
    pub steps: Vec<MigrationStep>,
}

#[derive(Serialize)]
struct Script<'p> {
    #[serde(flatten)]
    plan: &'p MigrationPlan,
    parts: String,
}

/// `migrate.sh`: takes one step at a time, or one back.
///
/// # Errors
/// Never for a reason in the blueprint: template and context are bluegreen's own.
pub fn migration_script(plan: &MigrationPlan) -> Result<String, ArtifactError> {
    let engines: Vec<&str> = shell::ENGINES
        .iter()
        .filter(|(engine, _)| matches!(engine, Engine::Codedeploy | Engine::Ecs))
        .map(|(_, part)| *part)
        .collect();
    let script = Script { plan, parts: [&PARTS[..], &engines, &AFTER].concat().join("\n") };
    text::render("migrate.sh", include_str!("migrate.sh.j2"), &script, 64 * 1024)
}

/// `MIGRATION.md`: what each step does, what is looked at before it, and the way back.
///
/// # Errors
/// Never for a reason in the blueprint: template and context are bluegreen's own.
pub fn migration_page(plan: &MigrationPlan) -> Result<String, ArtifactError> {
    text::render("MIGRATION.md", include_str!("migration.md.j2"), plan, 16 * 1024)
}
