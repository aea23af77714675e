use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use indexmap::IndexSet;
use minijinja::value::{Serde, Value};
use serde::{Serialize, Serializer};
use serde_json::json;

use super::{Environment, Release};
use crate::{
    cfn::{DeletionPolicy, Entry},
    scripts::{AppSpec, TASK_DEFINITION, appspec, text::quote},
    stacks::{Lookup, ServiceNames, Stack},
};

/// What deploy script, release script and runbook know of an environment.
#[derive(Debug, Serialize)]
pub(super) struct Context {
    application: String,
    environment: String,
    region: String,
    account: Option<String>,
    protected: bool,
    stacks: OneByOne<StackContext>,
    services: OneByOne<ServiceContext>,
    /// Every parameter a person may set, sorted.
    settable: Vec<String>,
    /// Parameters that follow what runs and where traffic goes: never set by hand.
    observed: Vec<String>,
    /// Stacks whose listeners follow the live traffic.
    live: Vec<String>,
    /// Values a person must give once.
    given: Vec<GivenContext>,
    secrets: Vec<String>,
}

/// A list of which the template engine copies one item at a time. It would copy all of them beforehand, and a thousand
/// services take more room there than their templates.
#[derive(Debug)]
struct OneByOne<T>(Arc<[T]>);

impl<T: Serialize + Send + Sync + 'static> Serialize for OneByOne<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let items = Arc::clone(&self.0);
        let list = Value::make_object_iterable(items, |items| {
            Box::new(items.iter().map(|item| Value::from(Serde(item))))
        });
        list.serialize(to)
    }
}

impl<T> FromIterator<T> for OneByOne<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

#[derive(Debug, Serialize)]
struct StackContext {
    name: String,
    purpose: String,
    file: String,
    template: String,
    names: Vec<String>,
    parameters: Vec<String>,
    tags: Vec<String>,
    capabilities: Vec<String>,
    lookups: Vec<String>,
    policy: bool,
    retained: Vec<RetainedContext>,
}

/// A resource that outlives its stack.
#[derive(Debug, Serialize)]
struct RetainedContext {
    id: String,
    kind: String,
}

#[derive(Debug, Serialize)]
struct ServiceContext {
    service: String,
    cluster: String,
    ecs_service: String,
    container: String,
    port: u16,
    family: String,
    application: String,
    deployment_group: String,
    edge_stack: String,
    service_stack: String,
    output_prefix: String,
    /// The parameter that holds the image.
    image_parameter: Option<String>,
    /// `--revision` of a deployment, as JSON, with `<TASK_DEFINITION>` in it.
    revision: String,
    hooks: Vec<String>,
    /// What the runbook says more than once.
    commands: Commands,
    /// Whether its number of tasks follows the load.
    scales: bool,
    approve: Option<String>,
    keep_old: Option<String>,
    pipeline: Option<String>,
}

/// Pieces of shell, complete with the names of one service.
#[derive(Debug, Serialize)]
struct Commands {
    /// Options that name the deployment group.
    group: String,
    /// What answers the task definition the stack describes.
    definition: String,
    /// What answers the production listener.
    listener: String,
    /// What answers the blue target group.
    blue: String,
    /// What answers the green target group.
    green: String,
    /// Starts a deployment of `$definition`.
    release: String,
    /// The same, whatever the alarms say.
    fix: String,
}

#[derive(Debug, Serialize)]
struct GivenContext {
    stack: String,
    parameter: String,
    description: String,
}

impl Context {
    pub(super) fn new(environment: &Environment, stacks: &[Stack], releases: &[Release]) -> Self {
        let lookups = || stacks.iter().flat_map(|stack| &stack.lookups);
        let services: IndexSet<&ServiceNames> = lookups().filter_map(service_of).collect();
        let known = Known::new(stacks, releases);
        let mut observed: Vec<String> = Vec::new();
        let mut secrets: Vec<String> = Vec::new();
        for lookup in lookups() {
            match lookup {
                Lookup::LiveColor { parameter, .. }
                | Lookup::Released { parameter, .. }
                | Lookup::RunningRevision { parameter, .. } => {
                    observed.push(parameter.clone());
                }
                Lookup::SecretArn { secret, .. } => secrets.push(secret.clone()),
                Lookup::RunningImage { .. } | Lookup::Given { .. } => {}
            }
        }
        secrets.sort();
        secrets.dedup();
        let live: HashSet<&str> = observed.iter().map(String::as_str).collect();
        let mut settable: Vec<String> = stacks
            .iter()
            .flat_map(|stack| stack.template.parameters.keys().map(ToString::to_string))
            .filter(|name| !live.contains(name.as_str()))
            .collect();
        settable.sort();
        settable.dedup();
        Self {
            application: environment.application.clone(),
            environment: environment.environment.clone(),
            region: environment.region.clone(),
            account: environment.account.clone(),
            protected: environment.protected,
            stacks: stacks.iter().map(|stack| StackContext::new(environment, stack)).collect(),
            services: services
                .into_iter()
                .map(|names| ServiceContext::new(&environment.region, names, &known))
                .collect(),
            settable,
            observed,
            live: stacks
                .iter()
                .filter(|stack| stack.lookups.iter().any(|it| matches!(it, Lookup::LiveColor { .. })))
                .map(|stack| stack.name.clone())
                .collect(),
            given: stacks.iter().flat_map(given_of).collect(),
            secrets,
        }
    }
}

impl Context {
    /// Whether there is anything to release.
    pub(super) fn has_services(&self) -> bool {
        !self.services.0.is_empty()
    }
}

impl StackContext {
    fn new(environment: &Environment, stack: &Stack) -> Self {
        let mut lookups: Vec<String> = stack
            .lookups
            .iter()
            .filter_map(|lookup| match lookup {
                Lookup::LiveColor { parameter, service } => {
                    Some(format!("color {parameter} {}", service.service))
                }
                Lookup::RunningImage { parameter, service } => {
                    Some(format!("image {parameter} {}", service.service))
                }
                Lookup::Released { parameter, service } => {
                    Some(format!("released {parameter} {}", service.service))
                }
                Lookup::RunningRevision { parameter, service } => {
                    Some(format!("revision {parameter} {}", service.service))
                }
                Lookup::SecretArn { parameter, secret } => Some(format!("secret {parameter} {secret}")),
                Lookup::Given { .. } => None,
            })
            .collect();
        lookups.extend(
            given_of(stack)
                .into_iter()
                .map(|given| format!("given {} {}", given.parameter, given.description)),
        );
        let pair = |(name, value): (&String, &String)| format!("{name}={value}");
        Self {
            name: stack.name.clone(),
            purpose: stack.purpose.clone(),
            file: stack.file.clone(),
            template: format!("{}.{}", stack.file, environment.ending),
            names: stack.template.parameters.keys().map(ToString::to_string).collect(),
            parameters: stack.parameters.iter().map(pair).collect(),
            tags: stack.tags.iter().map(pair).collect(),
            capabilities: stack.capabilities().iter().map(ToString::to_string).collect(),
            lookups,
            policy: !stack.policy.is_empty(),
            retained: stack
                .template
                .resources
                .iter()
                .filter(|(_, entry)| outlives(entry))
                .map(|(id, entry)| RetainedContext { id: id.to_string(), kind: entry.kind.to_string() })
                .collect(),
        }
    }
}

/// What services are asked for by name.
struct Known<'a> {
    /// The parameter that holds the image, by service.
    images: HashMap<&'a str, &'a str>,
    releases: HashMap<&'a str, &'a Release>,
    /// The stacks in which something follows the load.
    scaling: HashSet<&'a str>,
}

impl<'a> Known<'a> {
    fn new(stacks: &'a [Stack], releases: &'a [Release]) -> Self {
        let mut images = HashMap::new();
        for lookup in stacks.iter().flat_map(|stack| &stack.lookups) {
            if let Lookup::RunningImage { parameter, service } = lookup {
                images.entry(service.service.as_str()).or_insert(parameter.as_str());
            }
        }
        let scales = |stack: &&Stack| {
            let mut entries = stack.template.resources.values();
            entries.any(|entry| entry.kind == "AWS::ApplicationAutoScaling::ScalableTarget")
        };
        Self {
            images,
            releases: releases.iter().map(|release| (release.service.as_str(), release)).collect(),
            scaling: stacks.iter().filter(scales).map(|stack| stack.name.as_str()).collect(),
        }
    }
}

impl ServiceContext {
    fn new(region: &str, names: &ServiceNames, known: &Known<'_>) -> Self {
        let image_parameter = known.images.get(names.service.as_str()).map(ToString::to_string);
        let release = known.releases.get(names.service.as_str());
        let spec = release.and_then(|release| release.appspec.clone()).unwrap_or_else(|| AppSpec {
            container: names.container.clone(),
            port: names.port,
            platform_version: None,
            capacity: Vec::new(),
            hooks: Vec::new(),
        });
        let content = appspec(&spec).to_string();
        let revision =
            json!({"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}).to_string();
        Self {
            service: names.service.clone(),
            cluster: names.cluster.clone(),
            ecs_service: names.ecs_service.clone(),
            container: names.container.clone(),
            port: names.port,
            family: names.family.clone(),
            application: names.application.clone(),
            deployment_group: names.deployment_group.clone(),
            edge_stack: names.edge_stack.clone(),
            service_stack: names.service_stack.clone(),
            output_prefix: names.output_prefix.clone(),
            image_parameter,
            commands: Commands::new(region, names, &revision),
            revision,
            hooks: spec
                .hooks
                .iter()
                .map(|(event, function)| format!("{function} ({})", event.name()))
                .collect(),
            scales: known.scaling.contains(names.service_stack.as_str()),
            approve: release.and_then(|release| release.approve.clone()),
            keep_old: release.and_then(|release| release.keep_old.clone()),
            pipeline: release.and_then(|release| release.pipeline.clone()),
        }
    }
}

impl Commands {
    fn new(region: &str, names: &ServiceNames, revision: &str) -> Self {
        let group = format!(
            "--application-name {} --deployment-group-name {}",
            names.application, names.deployment_group
        );
        let output = |stack: &str, name: &str| {
            let prefix = &names.output_prefix;
            format!(
                "$(aws cloudformation describe-stacks --region {region} --stack-name {stack} \\\n  --query \"Stacks[0].Outputs[?OutputKey=='{prefix}{name}'].OutputValue\" --output text)"
            )
        };
        let release = |options: &str| {
            let revision = quote(revision);
            format!(
                "aws deploy create-deployment --region {region} {group}{options} \\\n  --revision \"$(sed \"s|{TASK_DEFINITION}|$definition|\" <<<{revision})\""
            )
        };
        Self {
            definition: output(&names.service_stack, "TaskDefinitionArn"),
            listener: output(&names.edge_stack, "ProductionListenerArn"),
            blue: output(&names.edge_stack, "BlueTargetGroupArn"),
            green: output(&names.edge_stack, "GreenTargetGroupArn"),
            release: release(""),
            fix: release(" --override-alarm-configuration enabled=false"),
            group,
        }
    }
}

/// Values only a person knows: those declared so, and every parameter without any other source, which CloudFormation
/// would refuse on creation with less to say. One with a default needs nobody.
fn given_of(stack: &Stack) -> Vec<GivenContext> {
    let mut out = Vec::new();
    for (name, parameter) in &stack.template.parameters {
        let lookup = stack.lookups.iter().find(|lookup| lookup.parameter() == name);
        let description = match lookup {
            Some(Lookup::Given { description, .. }) => description.clone(),
            Some(_) => continue,
            None => parameter.description.to_string(),
        };
        if parameter.default.is_some() || stack.parameters.contains_key(name.as_ref()) {
            continue;
        }
        // One line, whatever the blueprint holds: the script reads it as one.
        let description = description.split_whitespace().collect::<Vec<_>>().join(" ");
        let parameter = name.to_string();
        out.push(GivenContext { stack: stack.name.clone(), parameter, description });
    }
    out
}

/// Whether a resource stays when its stack is deleted.
fn outlives(entry: &Entry) -> bool {
    entry.draft.deletion_policy.is_some_and(|policy| policy != DeletionPolicy::Delete)
}

fn service_of(lookup: &Lookup) -> Option<&ServiceNames> {
    match lookup {
        Lookup::LiveColor { service, .. }
        | Lookup::RunningImage { service, .. }
        | Lookup::Released { service, .. }
        | Lookup::RunningRevision { service, .. } => Some(service),
        Lookup::SecretArn { .. } | Lookup::Given { .. } => None,
    }
}
