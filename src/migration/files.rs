use camino::Utf8PathBuf;
use serde_json::{Value, json};

use super::{Migration, Step};
use crate::{
    artifacts::{self, Context, HeldPipeline, MigrationPlan, MigrationStep, Release},
    emit::{LISTING, OutputFile},
    render::{self, Format},
    resolve::Resolved,
    scripts::ArtifactError,
    stacks::{Deployable, Lookup, Stack},
};

/// The folder of the stacks as CodeDeploy has them.
const BEFORE: &str = "00-before";

impl Migration {
    /// Everything that is written for it, with paths relative to the output folder.
    ///
    /// # Errors
    /// Never for a reason in the blueprint: a text template of bluegreen's own is wrong.
    pub fn files(self, resolved: &Resolved, format: Format) -> Result<Vec<OutputFile>, ArtifactError> {
        let mut files = Vec::new();
        for stack in &self.before {
            write(&mut files, BEFORE, stack, format);
        }
        for (step, folder) in self.steps.iter().zip(self.folders()) {
            for stack in &step.stacks {
                write(&mut files, &folder, stack, format);
            }
        }
        let list = self.listed(resolved);
        let plan = self.plan(resolved, format);
        let script = artifacts::migration_script(&plan)?;
        files.push(OutputFile { path: "migrate.sh".into(), text: script, executable: true });
        let page = artifacts::migration_page(&plan)?;
        files.push(OutputFile { path: "MIGRATION.md".into(), text: page, executable: false });
        let list = listing(&list, &files);
        files.push(OutputFile { path: LISTING.into(), text: list, executable: false });
        Ok(files)
    }

    /// What is listed of it: which step updates what.
    fn listed(&self, resolved: &Resolved) -> Value {
        let steps: Vec<Value> = self
            .steps
            .iter()
            .zip(self.folders())
            .map(|(step, folder)| {
                let stacks: Vec<&str> = step.stacks.iter().map(|stack| stack.name.as_str()).collect();
                let folder = (!stacks.is_empty()).then_some(folder);
                json!({"step": step.stage.word(), "folder": folder, "one_way": step.stage.is_one_way(), "stacks": stacks})
            })
            .collect();
        json!({
            "version": 1,
            "application": resolved.app.as_str(),
            "environment": resolved.place.name.as_str(),
            "region": resolved.place.environment.region.to_string(),
            "service": self.service.service,
            "steps": steps,
        })
    }

    /// `02-rules`, for each step.
    fn folders(&self) -> Vec<String> {
        let one = |(at, step): (usize, &Step)| format!("{:02}-{}", at + 1, step.stage.word());
        self.steps.iter().enumerate().map(one).collect()
    }

    fn plan(self, resolved: &Resolved, format: Format) -> MigrationPlan {
        let place = render::place(resolved, format);
        let folders = self.folders();
        let context = |stacks: &[Stack], releases| {
            Context::new(&place, stacks.iter().cloned().map(Deployable::from).collect(), releases)
        };
        let steps = self.steps.iter().enumerate().map(|(at, step)| {
            // Where a stack was before: in the latest step before that updated it.
            let earlier = |name: &str| {
                let found =
                    self.steps[..at].iter().rposition(|step| step.stacks.iter().any(|it| it.name == name));
                found.map_or_else(|| BEFORE.to_owned(), |found| folders[found].clone())
            };
            MigrationStep {
                word: step.stage.word(),
                folder: (!step.stacks.is_empty()).then(|| folders[at].clone()),
                one_way: step.stage.is_one_way(),
                context: context(&step.stacks, Vec::new()),
                // What depends on the others goes back first.
                back: step
                    .stacks
                    .iter()
                    .rev()
                    .map(|stack| (earlier(&stack.name), stack.name.clone()))
                    .collect(),
            }
        });
        let steps: Vec<MigrationStep> = steps.collect();
        let then_parameter =
            self.steps.iter().flat_map(|step| &step.stacks).flat_map(|stack| &stack.lookups).find_map(
                |lookup| match lookup {
                    Lookup::RunningRevision { parameter, service } if *service == self.service => {
                        Some(parameter.clone())
                    }
                    _ => None,
                },
            );
        let release = Release {
            service: self.service.service.clone(),
            appspec: self.appspec.clone(),
            approve: None,
            keep_old: None,
            fixes_image: false,
            keep_seconds: 0,
            old_stays: false,
            steps: Vec::new(),
            least: 0,
            functions: Vec::new(),
            pipeline: self.pipeline.as_ref().map(|(name, _)| name.clone()),
            pipeline_copies: false,
        };
        MigrationPlan {
            before: context(&self.before, vec![release]),
            first_folder: BEFORE,
            then_parameter,
            held: self.pipeline.map(|(name, home)| HeldPipeline {
                is_here: resolved.place.name.as_str() == home,
                name,
                home,
            }),
            steps,
        }
    }
}

/// `stacks.json`: the steps, and the files of the folder, so that a later run knows which are its own.
pub(super) fn listing(steps: &Value, files: &[OutputFile]) -> String {
    let mut names: Vec<&str> = files.iter().map(|file| file.path.as_str()).chain([LISTING]).collect();
    names.sort_unstable();
    let mut list = steps.clone();
    list["files"] = json!(names);
    format!("{list:#}\n")
}

/// A stack's template, parameters and policy, in a folder.
pub(super) fn write(files: &mut Vec<OutputFile>, folder: &str, stack: &Stack, format: Format) {
    let folder = Utf8PathBuf::from(folder);
    let mut add = |path: Utf8PathBuf, text: String| {
        files.push(OutputFile { path: folder.join(path), text, executable: false });
    };
    let pretty = |value: &Value| format!("{value:#}\n");
    add(format!("{}.{}", stack.file, format.ending()).into(), format.text(&stack.template));
    add(format!("parameters/{}.json", stack.file).into(), pretty(&artifacts::parameters(stack)));
    if let Some(policy) = artifacts::stack_policy(&stack.policy) {
        add(format!("policies/{}.json", stack.file).into(), pretty(&policy));
    }
}
