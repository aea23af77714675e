use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt,
    sync::Arc,
};

use indexmap::IndexSet;
use minijinja::value::{Serde, Value};
use serde::{Serialize, Serializer};
use serde_json::json;

use super::{Environment, Release};
use crate::{
    blueprint::{Engine, engines::Colors},
    scripts::{AppSpec, TASK_DEFINITION, appspec, text::quote},
    stacks::{Deployable, Lookup, ServiceNames},
};

/// What deploy script, release script and runbook know of an environment.
#[derive(Serialize)]
pub struct Context {
    application: String,
    environment: String,
    region: String,
    account: Option<String>,
    protected: bool,
    /// How the names of templates end.
    ending: String,
    #[serde(skip)]
    deployables: Arc<[Deployable]>,
    stacks: OneByOne<Deployable>,
    /// The stacks as they are deleted.
    last_first: OneByOne<Deployable>,
    services: OneByOne<Released>,
    /// Whether a load balancer stands before some service.
    balanced: bool,
    /// The services of colors that are apart: two for a service.
    colors: OneByOne<Released>,
    /// Who moves traffic here, as blueprints write it.
    engines: BTreeSet<&'static str>,
    /// Every parameter a person may set, sorted.
    settable: Vec<String>,
    /// Parameters that follow what runs and where traffic goes: never set by hand.
    observed: Vec<String>,
    /// Stacks whose listeners follow the live traffic.
    live: Vec<String>,
    /// Values a person must give once.
    given: Vec<GivenContext>,
    secrets: Vec<String>,
    /// Whether something outlives its stack.
    retains: bool,
    /// Whether some stack's template says what runs, so that an update of anything else holds that part of it.
    holds: bool,
}

impl fmt::Debug for Context {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Context({} in {})", self.application, self.environment)
    }
}

/// A list of which the template engine sees one item at a time, made when it gets there. It would copy all of them
/// beforehand, and a thousand services take more room there than their templates.
struct OneByOne<T> {
    items: Arc<[T]>,
    view: Arc<dyn Fn(&T) -> Value + Send + Sync>,
    is_backwards: bool,
}

impl<T: Send + Sync + 'static> OneByOne<T> {
    fn new<V: Serialize>(items: &Arc<[T]>, view: impl Fn(&T) -> V + Send + Sync + 'static) -> Self {
        Self {
            items: Arc::clone(items),
            view: Arc::new(move |item| Value::from(Serde(view(item)))),
            is_backwards: false,
        }
    }

    fn backwards(self) -> Self {
        Self { is_backwards: true, ..self }
    }
}

impl<T: Send + Sync + 'static> Serialize for OneByOne<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let (items, view, is_backwards) =
            (Arc::clone(&self.items), Arc::clone(&self.view), self.is_backwards);
        let list = Value::make_object_iterable(items, move |items| {
            let view = Arc::clone(&view);
            let items: Box<dyn Iterator<Item = &T> + Send + Sync> =
                if is_backwards { Box::new(items.iter().rev()) } else { Box::new(items.iter()) };
            Box::new(items.map(move |item| view(item)))
        });
        list.serialize(to)
    }
}

/// One stack, as the texts read it.
#[derive(Serialize)]
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
    /// The line of the template that the resources begin with which only a release changes, and the same line as
    /// CloudFormation answers it.
    released_from: Option<[String; 2]>,
    /// The composite alarm that takes a release back.
    rollback_alarm: Option<String>,
    /// The service whose releases are updates of it, its cluster, and its name there.
    releases: Option<String>,
    releases_cluster: Option<String>,
    releases_service: Option<String>,
    /// How the template's name ends.
    ending: String,
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
    /// As scripts name it.
    key: String,
    engine: &'static str,
    /// Whether ECS settles on one image behind a tag.
    pins_tags: bool,
    /// Whether each color has a service of its own.
    apart: bool,
    /// Whether old and new version run side by side.
    two_versions: bool,
    /// Whether they have a target group each.
    colors: bool,
    /// Whether a Network Load Balancer stands before it: its listeners move, and it has no rules.
    connections: bool,
    cluster: String,
    ecs_service: String,
    container: String,
    port: Option<u16>,
    family: String,
    application: String,
    deployment_group: String,
    edge_stack: Option<String>,
    service_stack: String,
    output_prefix: String,
    /// The parameter that holds the image.
    image_parameter: Option<String>,
    /// Whether a release is given an image, in whichever stack the parameter for it is.
    takes_image: bool,
    /// The parameter that holds the revision that runs.
    revision_parameter: Option<String>,
    /// The parameter that says whether that revision names its port.
    port_parameter: Option<String>,
    /// `--revision` of a deployment, as JSON, with `<TASK_DEFINITION>` in it.
    revision: String,
    hooks: Vec<String>,
    /// What the runbook says more than once.
    commands: Commands,
    /// Whether its number of tasks follows the load.
    scales: bool,
    approve: Option<String>,
    keep_old: Option<String>,
    /// The same in seconds.
    keep_seconds: u32,
    /// Whether the old tasks run on after that.
    old_stays: bool,
    /// The weights of the new version, each with the seconds that follow it: `10/600 100/0`.
    steps: String,
    /// The fewest tasks that a release starts.
    least: u32,
    /// Functions of people's own by what they are asked for: `before_traffic=arn:…`.
    functions: String,
    pipeline: Option<String>,
    /// Whether the pipeline releases nothing but an image.
    pipeline_copies: bool,
    /// Where its template says what runs: how a release changes that.
    part: Option<PartContext>,
}

/// The end of a stack's template that a release changes, and no other update.
#[derive(Debug, Clone, Serialize)]
struct PartContext {
    /// The file with what a release puts there.
    file: String,
    /// The line it begins with, and the same line as CloudFormation answers it.
    lines: [String; 2],
    /// The composite alarm that takes a release back.
    alarm: Option<String>,
    /// What must be acknowledged.
    capabilities: Vec<String>,
    /// Whether the blueprint fixes the image.
    is_fixed: bool,
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
    /// What answers the production rule.
    rule: String,
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

/// A service with what is known of its releases; what is said of it is made from this when it is said.
struct Released {
    names: Arc<ServiceNames>,
    release: Option<Release>,
    /// The parameter that holds the image.
    image_parameter: Option<String>,
    /// Whether there is one, be it of a color.
    takes_image: bool,
    /// The parameter that holds the revision that runs.
    revision_parameter: Option<String>,
    /// The parameter that says whether that revision names its port.
    port_parameter: Option<String>,
    scales: bool,
    part: Option<PartContext>,
}

impl Context {
    /// Of an environment's stacks, in the order of deployment, and how its services are released.
    pub fn new(environment: &Environment, stacks: Vec<Deployable>, releases: Vec<Release>) -> Self {
        let (services, colors) = services(&stacks, releases, &environment.ending);
        let stacks: Arc<[Deployable]> = stacks.into();
        let ending = environment.ending.clone();
        let view = move |stack: &Deployable| StackContext::new(&ending, stack);
        let region = environment.region.clone();
        let mut observed: Vec<String> = Vec::new();
        let mut secrets: Vec<String> = Vec::new();
        for lookup in stacks.iter().flat_map(|stack| &stack.lookups) {
            match lookup {
                Lookup::LiveColor { parameter, .. }
                | Lookup::Released { parameter, .. }
                | Lookup::NamedPort { parameter, .. }
                | Lookup::RunningRevision { parameter, .. }
                | Lookup::Weight { parameter, .. }
                | Lookup::NewColor { parameter, .. }
                | Lookup::Idle { parameter, .. } => {
                    observed.push(parameter.clone());
                }
                Lookup::SecretArn { secret, .. } => secrets.push(secret.clone()),
                Lookup::Export { parameter, .. } => observed.push(parameter.clone()),
                Lookup::RunningImage { .. } | Lookup::Given { .. } => {}
            }
        }
        secrets.sort();
        secrets.dedup();
        let settable = {
            let follows: HashSet<&str> = observed.iter().map(String::as_str).collect();
            let names = stacks.iter().flat_map(|stack| &stack.names).map(AsRef::as_ref);
            let names: BTreeSet<&str> = names.filter(|name| !follows.contains(name)).collect();
            names.into_iter().map(ToOwned::to_owned).collect()
        };
        Self {
            application: environment.application.clone(),
            environment: environment.environment.clone(),
            region: environment.region.clone(),
            account: environment.account.clone(),
            protected: environment.protected,
            ending: environment.ending.clone(),
            stacks: OneByOne::new(&stacks, view.clone()),
            last_first: OneByOne::new(&stacks, view).backwards(),
            engines: services.iter().map(|service| service.names.engine.word()).collect(),
            balanced: services.iter().any(|service| service.names.edge_stack.is_some()),
            services: OneByOne::new(&services, {
                let region = region.clone();
                move |service| ServiceContext::new(&region, service)
            }),
            colors: OneByOne::new(&colors, move |service| ServiceContext::new(&region, service)),
            settable,
            observed,
            live: stacks.iter().filter(|it| it.is_live()).map(|stack| stack.name.clone()).collect(),
            given: stacks.iter().flat_map(given_of).collect(),
            secrets,
            retains: stacks.iter().any(|stack| !stack.retained.is_empty()),
            holds: stacks.iter().any(|stack| stack.released_from.is_some()),
            deployables: stacks,
        }
    }

    /// The stacks, in the order of deployment.
    pub fn stacks(&self) -> &[Deployable] {
        &self.deployables
    }

    /// Of the parts for each engine, those this environment has use for.
    pub(super) fn parts_for<'p>(&self, parts: &[(Engine, &'p str)]) -> Vec<&'p str> {
        parts
            .iter()
            .filter(|(engine, _)| self.engines.contains(engine.word()))
            .map(|(_, part)| *part)
            .collect()
    }

    /// How many services there are to release.
    pub fn services(&self) -> usize {
        self.services.items.len()
    }
}

/// The services that some stack asks for, in the order they are first asked for, and those of colors that are apart.
fn services(
    stacks: &[Deployable],
    releases: Vec<Release>,
    ending: &str,
) -> (Arc<[Released]>, Arc<[Released]>) {
    let mut images: HashMap<String, &str> = HashMap::new();
    let mut revisions: HashMap<String, &str> = HashMap::new();
    let mut ports: HashMap<String, &str> = HashMap::new();
    for lookup in stacks.iter().flat_map(|stack| &stack.lookups) {
        match lookup {
            Lookup::RunningImage { parameter, service } => {
                images.entry(service.key()).or_insert(parameter);
            }
            Lookup::RunningRevision { parameter, service } => {
                revisions.entry(service.key()).or_insert(parameter);
            }
            Lookup::NamedPort { parameter, service } => {
                ports.entry(service.key()).or_insert(parameter);
            }
            _ => {}
        }
    }
    let scaling: HashSet<&str> =
        stacks.iter().filter(|stack| stack.scales).map(|stack| stack.name.as_str()).collect();
    let mut releases: HashMap<String, Release> =
        releases.into_iter().map(|release| (release.service.clone(), release)).collect();
    let names: IndexSet<&Arc<ServiceNames>> = stacks.iter().flat_map(Deployable::services).collect();
    let mut parts: HashMap<&str, PartContext> = HashMap::new();
    for stack in stacks {
        if let (Some(names), Some(lines)) = (&stack.releases, released_from(stack, ending)) {
            let part = PartContext {
                file: format!("{}/release.{ending}", names.service),
                lines,
                alarm: stack.rollback_alarm.as_deref().map(str::to_owned),
                capabilities: stack.capabilities.to_vec(),
                is_fixed: releases.get(&names.service).is_some_and(|release| release.fixes_image),
            };
            parts.insert(&names.service, part);
        }
    }
    let released = names.into_iter().map(|names| Released {
        image_parameter: images.get(&names.key()).map(ToString::to_string),
        takes_image: images.keys().any(|key| key.split('/').next() == Some(names.service.as_str())),
        revision_parameter: revisions.get(&names.key()).map(ToString::to_string),
        port_parameter: ports.get(&names.key()).map(ToString::to_string),
        part: parts.remove(names.service.as_str()),
        release: releases.remove(&names.key()),
        scales: scaling.contains(names.service_stack.as_str()),
        names: Arc::clone(names),
    });
    let (colors, services): (Vec<_>, Vec<_>) = released.partition(|service| service.names.color.is_some());
    (services.into(), colors.into())
}

/// The line of a stack's template that the resources begin with which only a release changes, and the same line as
/// CloudFormation answers it.
fn released_from(stack: &Deployable, ending: &str) -> Option<[String; 2]> {
    stack.released_from.as_ref().map(|id| match ending {
        // CloudFormation answers JSON as data, which the CLI writes with four blanks a level.
        "json" => [format!("    \"{id}\": {{"), format!("        \"{id}\": {{")],
        _ => [format!("  {id}:"), format!("  {id}:")],
    })
}

impl StackContext {
    fn new(ending: &str, stack: &Deployable) -> Self {
        let mut lookups: Vec<String> = stack
            .lookups
            .iter()
            .filter_map(|lookup| match lookup {
                Lookup::LiveColor { parameter, service } => {
                    Some(format!("color {parameter} {}", service.service))
                }
                Lookup::RunningImage { parameter, service } => {
                    Some(format!("image {parameter} {}", service.key()))
                }
                Lookup::Released { parameter, service } => {
                    Some(format!("released {parameter} {}", service.service))
                }
                Lookup::RunningRevision { parameter, service } => {
                    Some(format!("revision {parameter} {}", service.key()))
                }
                Lookup::NamedPort { parameter, service } => {
                    Some(format!("port {parameter} {}", service.key()))
                }
                Lookup::Export { parameter, export, item, once } => {
                    let kind = if *once { "export-once" } else { "export" };
                    let item = item.map_or("-".to_owned(), |item| (item + 1).to_string());
                    Some(format!("{kind} {parameter} {item} {export}"))
                }
                Lookup::Weight { parameter, service, color } => {
                    Some(format!("{}-weight {parameter} {}", color.word(), service.service))
                }
                Lookup::NewColor { parameter, service } => {
                    Some(format!("new-color {parameter} {}", service.service))
                }
                Lookup::Idle { parameter, service } => Some(format!("idle {parameter} {}", service.key())),
                Lookup::SecretArn { parameter, secret } => Some(format!("secret {parameter} {secret}")),
                Lookup::Given { .. } => None,
            })
            .collect();
        lookups.extend(
            stack.given.iter().map(|(parameter, description)| format!("given {parameter} {description}")),
        );
        let pair = |(name, value): &(String, String)| format!("{name}={value}");
        Self {
            name: stack.name.clone(),
            purpose: stack.purpose.clone(),
            file: stack.file.clone(),
            template: format!("{}.{ending}", stack.file),
            names: stack.names.iter().map(ToString::to_string).collect(),
            parameters: stack.parameters.iter().map(pair).collect(),
            tags: stack.tags.iter().map(pair).collect(),
            capabilities: stack.capabilities.to_vec(),
            lookups,
            released_from: released_from(stack, ending),
            rollback_alarm: stack.rollback_alarm.as_deref().map(str::to_owned),
            releases: stack.releases.as_ref().map(|names| names.service.clone()),
            releases_cluster: stack.releases.as_ref().map(|names| names.cluster.clone()),
            releases_service: stack.releases.as_ref().map(|names| names.ecs_service.clone()),
            ending: ending.to_owned(),
            policy: stack.has_policy,
            retained: stack
                .retained
                .iter()
                .map(|(id, kind)| RetainedContext { id: id.to_string(), kind: kind.to_string() })
                .collect(),
        }
    }
}

impl ServiceContext {
    fn new(region: &str, service: &Released) -> Self {
        let Released {
            names,
            release,
            image_parameter,
            revision_parameter,
            port_parameter,
            scales,
            part,
            ..
        } = service;
        let release = release.as_ref();
        let spec = release.and_then(|release| release.appspec.clone()).unwrap_or_else(|| AppSpec {
            container: names.container.clone(),
            port: names.port.unwrap_or_default(),
            platform_version: None,
            capacity: Vec::new(),
            hooks: Vec::new(),
        });
        let content = appspec(&spec).to_string();
        let revision =
            json!({"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}).to_string();
        Self {
            service: names.service.clone(),
            key: names.key(),
            engine: names.engine.word(),
            pins_tags: names.engine.abilities().pins_digests,
            apart: names.engine.abilities().colors == Colors::Apart,
            two_versions: names.strategy.has_two_versions(),
            colors: names.has_colors(),
            connections: names.is_sent_connections,
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
            takes_image: service.takes_image,
            image_parameter: image_parameter.clone(),
            revision_parameter: revision_parameter.clone(),
            port_parameter: port_parameter.clone(),
            commands: Commands::new(region, names, &revision),
            revision,
            hooks: spec
                .hooks
                .iter()
                .map(|(event, function)| format!("{function} ({})", event.name()))
                .collect(),
            scales: *scales,
            approve: release.and_then(|release| release.approve.clone()),
            keep_old: release.and_then(|release| release.keep_old.clone()),
            keep_seconds: release.map_or(0, |release| release.keep_seconds),
            old_stays: release.is_some_and(|release| release.old_stays),
            steps: release.map_or_else(String::new, |release| {
                let one = |(weight, seconds): &(u32, u32)| format!("{weight}/{seconds}");
                release.steps.iter().map(one).collect::<Vec<_>>().join(" ")
            }),
            least: release.map_or(0, |release| release.least),
            functions: release.map_or_else(String::new, |release| {
                let one = |(key, function): &(&str, String)| format!("{key}={function}");
                release.functions.iter().map(one).collect::<Vec<_>>().join(" ")
            }),
            pipeline: release.and_then(|release| release.pipeline.clone()),
            pipeline_copies: release.is_some_and(|release| release.pipeline_copies),
            part: part.clone(),
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
        let of_edge =
            |name: &str| names.edge_stack.as_ref().map(|stack| output(stack, name)).unwrap_or_default();
        let release = |options: &str| {
            let revision = quote(revision);
            format!(
                "aws deploy create-deployment --region {region} {group}{options} \\\n  --revision \"$(sed \"s|{TASK_DEFINITION}|$definition|\" <<<{revision})\""
            )
        };
        Self {
            definition: output(&names.service_stack, "TaskDefinitionArn"),
            listener: of_edge("ProductionListenerArn"),
            rule: of_edge("ProductionRuleArn"),
            blue: of_edge("BlueTargetGroupArn"),
            green: of_edge("GreenTargetGroupArn"),
            release: release(""),
            fix: release(" --override-alarm-configuration enabled=false"),
            group,
        }
    }
}

fn given_of(stack: &Deployable) -> impl Iterator<Item = GivenContext> {
    stack.given.iter().map(|(parameter, description)| GivenContext {
        stack: stack.name.clone(),
        parameter: parameter.clone(),
        description: description.clone(),
    })
}
