use serde::Serialize;

use super::PARTS;
use crate::{
    artifacts::{
        context::Context,
        shell::{self, place},
    },
    scripts::{ArtifactError, text},
};

/// Who and where, then what there is.
const TEMPLATE: &str =
    concat!(include_str!("beside/migrate.sh.j2"), place!(), include_str!("beside/stacks.sh.j2"));

/// The parts after those of engines, in the order they stand in the script.
const AFTER: [&str; 7] = [
    shell::UPDATE,
    include_str!("../deploy/stack.sh"),
    include_str!("beside/state.sh"),
    include_str!("beside/checks.sh"),
    include_str!("beside/steps.sh"),
    include_str!("walk.sh"),
    include_str!("beside/main.sh"),
];

/// A stack that goes.
#[derive(Debug, Serialize)]
pub struct Doomed {
    /// Its name.
    pub name: String,
    /// Logical ids and types of what stays behind.
    pub retained: Vec<(String, String)>,
}

/// The way of a service to ECS by a second one, as script and page read it.
#[derive(Debug, Serialize)]
pub struct BesidePlan {
    /// Both services and their stacks.
    #[serde(flatten)]
    pub context: Context,
    /// The service that goes.
    pub first: String,
    /// The service that comes.
    pub second: String,
    /// The engine of the first, as blueprints write it, and what people call it.
    pub engine: &'static str,
    /// What people call that engine.
    pub engine_name: &'static str,
    /// The folder of shared stacks as they are before.
    pub first_folder: &'static str,
    /// The folder of what the first step creates and updates.
    pub folder: &'static str,
    /// Shared stacks as they are before; none where the second service changes none.
    pub before: Context,
    /// What the first step creates and updates.
    pub beside: Context,
    /// The stacks of the second service, in the order of deployment.
    pub new: Vec<String>,
    /// The stacks of the first, in the order of deletion.
    pub old: Vec<Doomed>,
    /// The log groups of the second, which outlive its stacks.
    pub log_groups: Vec<String>,
    /// Its repository, where bluegreen makes one.
    pub repository: Option<String>,
    /// The image that the blueprint fixes.
    pub fixed_image: Option<String>,
    /// The fewest and the most tasks of the second, where scaling decides.
    pub range: Option<(u32, u32)>,
    /// The path of its health check.
    pub path: String,
    /// The host it answers, where the blueprint says one.
    pub host: Option<String>,
    /// Whether it has a listener for tests.
    pub tests: bool,
    /// Whether a release asks functions of people's own.
    pub functions: bool,
    /// What the blueprint gets, as YAML.
    pub written: String,
    /// The patch in it, by name.
    pub patch: Option<String>,
    /// Patches of the first service, by name.
    pub stale: Vec<String>,
    /// Other environments of the blueprint.
    pub elsewhere: Vec<String>,
    /// What the engines can do differently: what it is, and what each says.
    pub differs: Vec<(String, [String; 2])>,
}

#[derive(Serialize)]
struct Script<'p> {
    #[serde(flatten)]
    plan: &'p BesidePlan,
    parts: String,
}

/// `migrate.sh` of the way by a second service: takes one step at a time, or one back.
///
/// # Errors
/// Never for a reason in the blueprint: template and context are bluegreen's own.
pub fn beside_script(plan: &BesidePlan) -> Result<String, ArtifactError> {
    let engines = plan.context.parts_for(&shell::ENGINES);
    let script = Script { plan, parts: [&PARTS[..], &engines, &AFTER].concat().join("\n") };
    text::render("migrate.sh", TEMPLATE, &script, 64 * 1024)
}

/// `MIGRATION.md` of the way by a second service.
///
/// # Errors
/// Never for a reason in the blueprint: template and context are bluegreen's own.
pub fn beside_page(plan: &BesidePlan) -> Result<String, ArtifactError> {
    text::render("MIGRATION.md", include_str!("beside/migration.md.j2"), plan, 16 * 1024)
}
