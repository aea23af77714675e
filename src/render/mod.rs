//! A resolved application to the files of an environment.

mod limits;
mod manifest;

use camino::Utf8PathBuf;

use crate::{
    artifacts,
    blueprint::{Count, Deploy, Strategy},
    diagnostic::{Finding, Level, Trail},
    emit,
    emit::OutputFile,
    engines,
    raw::Amendments,
    resolve::{Resolved, ResolvedService, locate},
    scripts::{ArtifactError, appspec},
    stacks::{self, Deployable, Drawn, Stack},
    yaml::Node,
};

/// The text format of templates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// YAML with short tags.
    #[default]
    Yaml,
    /// JSON.
    Json,
}

impl Format {
    /// How file names end.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Yaml => "yaml",
            Self::Json => "json",
        }
    }

    /// A template's text.
    pub fn text(self, template: &crate::cfn::Template) -> String {
        match self {
            Self::Yaml => emit::yaml(template),
            Self::Json => emit::json(template),
        }
    }
}

/// The folder of an environment, relative to the output folder: `shop/prod`.
pub fn folder(resolved: &Resolved) -> Utf8PathBuf {
    Utf8PathBuf::from(resolved.app.as_str()).join(resolved.place.name.as_str())
}

/// Comment lines at the top of every template. `source` is the blueprint's file name.
pub fn header(source: &str) -> Vec<String> {
    vec![format!("Rendered by bluegreen from {source}. Change the blueprint, not this file.")]
}

/// What is wrong with what people amend in the stacks of an environment; nothing is drawn where they amend nothing.
pub fn check(resolved: &Resolved, document: &Node) -> Vec<Finding> {
    let mut amendments = Amendments::new(resolved);
    if amendments.is_empty() {
        return Vec::new();
    }
    stacks::draw(resolved, &[], &engines::engine, &mut |stack| amendments.amend(stack), &mut |_| {});
    let environment = resolved.place.name.as_str();
    let mut findings = amendments.finish();
    for finding in &mut findings {
        locate(finding, &Trail::root(), document, environment, Some(resolved));
        finding.environment = Some(environment.to_owned());
    }
    findings
}

/// Every template of an environment, one at a time, in the order of deployment.
pub fn templates(resolved: &Resolved, header: &[String], sink: &mut dyn FnMut(Stack)) {
    let mut amendments = Amendments::new(resolved);
    stacks::draw(resolved, header, &engines::engine, &mut |stack| amendments.amend(stack), &mut |drawn| {
        if let Drawn::Stack(stack) = drawn {
            sink(*stack);
        }
    });
}

/// An environment's files, and what was said of them on the way.
#[derive(Debug)]
pub struct Rendering {
    /// The files, with paths relative to the output folder.
    pub files: Vec<OutputFile>,
    /// Path and purpose of each template, in the order of deployment.
    pub purposes: Vec<(Utf8PathBuf, String)>,
    /// What CloudFormation would not accept.
    pub findings: Vec<Finding>,
}

fn file(path: Utf8PathBuf, mut text: String) -> OutputFile {
    /// From here on the allocator gives what is cut off back to the system.
    const LARGE: usize = 128 * 1024;
    // All texts are held until every one of them is known to be right. A small one is copied rather than shrunk: what is
    // cut off it in place is a hole too small for the next one.
    if text.len() < LARGE {
        text = text.as_str().to_owned();
    } else {
        text.shrink_to_fit();
    }
    OutputFile { path, text, executable: false }
}

/// The weights that a new version has one after the other, each with the seconds that are waited after it.
fn steps(strategy: Strategy) -> Vec<(u32, u32)> {
    match strategy {
        Strategy::AllAtOnce {} => vec![(100, 0)],
        Strategy::Canary { percent, wait } => vec![(percent.up().into(), wait.minutes() * 60), (100, 0)],
        Strategy::Linear { percent, wait } => {
            let percent = u32::from(percent.up().max(1));
            let parts = (1..100_u32.div_ceil(percent)).map(|part| (part * percent, wait.minutes() * 60));
            parts.chain([(100, 0)]).collect()
        }
        Strategy::Rolling(_) => Vec::new(),
    }
}

fn functions(deploy: &Deploy) -> Vec<(&'static str, String)> {
    let hooks = &deploy.hooks;
    [
        ("before_install", &hooks.before_install),
        ("after_install", &hooks.after_install),
        ("before_traffic", &hooks.before_traffic),
        ("after_traffic", &hooks.after_traffic),
    ]
    .into_iter()
    .filter_map(|(key, function)| Some((key, function.as_ref()?.to_string())))
    .collect()
}

fn pretty(value: &impl serde::Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("JSON data has text for keys");
    text.push('\n');
    text
}

/// Where an environment is deployed to, as scripts know it.
pub fn place(resolved: &Resolved, format: Format) -> artifacts::Environment {
    let environment = &resolved.place.environment;
    artifacts::Environment {
        application: resolved.app.to_string(),
        environment: resolved.place.name.to_string(),
        region: environment.region.to_string(),
        account: environment.account.as_ref().map(ToString::to_string),
        protected: environment.protected,
        ending: format.ending().to_owned(),
    }
}

/// Renders every file of an environment, and lets go of what it was before the scripts are written.
///
/// # Errors
/// Never for a reason in the blueprint: a text template of bluegreen's own is wrong.
pub fn environment(resolved: Resolved, source: &str, format: Format) -> Result<Rendering, ArtifactError> {
    let all = resolved;
    let resolved = &all;
    let folder = folder(resolved);
    let mut files: Vec<OutputFile> = Vec::new();
    let mut purposes = Vec::new();
    let mut deployables: Vec<Deployable> = Vec::new();
    let mut releases = Vec::new();
    let mut findings = Vec::new();
    let mut amendments = Amendments::new(resolved);
    let amend = &mut |stack: &mut Stack| amendments.amend(stack);
    stacks::draw(resolved, &header(source), &engines::engine, amend, &mut |drawn| match drawn {
        Drawn::Stack(stack) => {
            let path = folder.join(format!("{}.{}", stack.file, format.ending()));
            let text = format.text(&stack.template);
            findings.extend(limits::check(&stack, &text, resolved.place.name.as_str()));
            purposes.push((path.clone(), stack.purpose.clone()));
            files.push(file(path, text));
            let parameters = folder.join(format!("parameters/{}.json", stack.file));
            files.push(file(parameters, pretty(&artifacts::parameters(&stack))));
            if let Some(policy) = artifacts::stack_policy(&stack.policy) {
                let path = folder.join(format!("policies/{}.json", stack.file));
                files.push(file(path, pretty(&policy)));
            }
            deployables.push(Deployable::from(*stack));
        }
        Drawn::Files(service) => {
            let folder = folder.join(service.service.as_str());
            let mut add = |name: &str, text: String| files.push(file(folder.join(name), text));
            if let Some(spec) = &service.appspec {
                add("appspec.yaml", emit::yaml_plain(&appspec(spec)));
            }
            add("taskdef.json", pretty(&service.taskdef));
            if let Some(release) = &service.release {
                add(&format!("release.{}", format.ending()), format.text(release));
            }
            if let Some(buildspec) = &service.buildspec {
                add("buildspec.yml", emit::yaml_plain(buildspec));
            }
            let resolved_service = resolved.services.iter().find(|known| known.name == service.service);
            let resolved_service = resolved_service.expect("files are drawn for the services there are");
            let deploy = &resolved_service.service.deploy;
            releases.push(artifacts::Release {
                service: service.service.to_string(),
                appspec: service.appspec,
                approve: deploy.approve.map(|approve| approve.timeout.to_string()),
                keep_old: (deploy.keep_old.minutes() > 0).then(|| deploy.keep_old.to_string()),
                fixes_image: resolved_service.service.image.uri.is_some(),
                keep_seconds: deploy.keep_old.minutes() * 60,
                old_stays: deploy.old_stays(),
                steps: steps(deploy.strategy),
                least: match &resolved_service.service.count {
                    Count::Fixed(count) => *count,
                    Count::Scaled(scaling) => scaling.range.min.max(1),
                },
                functions: functions(deploy),
                pipeline: resolved_service
                    .pipeline
                    .as_ref()
                    .map(|_| stacks::Names::new(resolved).pipeline(&resolved_service.name)),
                pipeline_copies: copies(resolved, resolved_service),
            });
        }
    });
    // Warnings are told by `check`; an error must not go unheard, whoever asks for the files.
    findings.extend(amendments.finish().into_iter().filter(|finding| finding.level == Level::Error));
    let place = place(resolved, format);
    // A thousand services are drawn by now; their room is for the scripts that name all of them.
    drop(all);
    let context = artifacts::Context::new(&place, deployables, releases);
    let script = artifacts::deploy_script(&context)?;
    files.push(OutputFile { path: folder.join("deploy.sh"), text: script, executable: true });
    if let Some(script) = artifacts::release_script(&context)? {
        files.push(OutputFile { path: folder.join("release.sh"), text: script, executable: true });
    }
    let runbook = artifacts::runbook(&context)?;
    files.push(file(folder.join("RUNBOOK.md"), runbook));
    let manifest = pretty(&manifest::manifest(&place, context.stacks(), &files, &folder));
    files.push(file(folder.join("stacks.json"), manifest));
    Ok(Rendering { files, purposes, findings })
}

/// Whether a pipeline releases nothing but images here.
fn copies(resolved: &Resolved, service: &ResolvedService) -> bool {
    let engine = service.service.deploy.engine.abilities();
    let stages = service.pipeline.iter().flat_map(|pipeline| &pipeline.stages);
    let mut here = stages.filter(|stage| stage.environment == resolved.place.name);
    here.any(|stage| engine.releases_with(stage.release_with).is_some_and(|action| action.copies))
}
