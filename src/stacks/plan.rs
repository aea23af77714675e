use std::sync::Arc;

use indexmap::IndexMap;

use super::{
    Canvas, Engine, ServiceNames, ServiceParts, Site, Stack, alarms, apart,
    balancer::{self, BalancerParts},
    cluster, dashboard, edge, extra,
    names::{Names, pascal},
    network, one_template,
    pipeline::{self, By},
    repository, scaling, service,
    task::{self, TaskParts},
    taskdef,
};
use crate::{
    blueprint::{
        self, Layout, PipelineSpec,
        engines::{Colors, Revision, Routes},
        units::{LoadBalancerName, Port, ServiceName},
    },
    cfn::{Alarm, Repository, Template, Value},
    resolve::{Resolved, ResolvedService},
    scripts::{AppSpec, BuildSpec, Copied, LifecycleEvent, ScanLevel, Stage, appspec},
};

/// What stands in a service's folder beside the templates: what the pipeline uses, for reading and for other CI systems.
#[derive(Debug, Clone)]
pub struct ServiceFiles {
    /// The service.
    pub service: ServiceName,
    /// What CodeDeploy is told, where it is CodeDeploy that releases.
    pub appspec: Option<AppSpec>,
    /// What a release puts in the place of the template's last resources, where it is the template that says what runs.
    pub release: Option<Template>,
    /// The task definition as `RegisterTaskDefinition` takes it.
    pub taskdef: serde_json::Value,
    /// What the build does, where there is a pipeline in this environment.
    pub buildspec: Option<serde_json::Value>,
}

/// Something that was drawn.
#[derive(Debug)]
pub enum Drawn {
    /// A stack; they come in the order of deployment.
    Stack(Box<Stack>),
    /// A service's files.
    Files(Box<ServiceFiles>),
}

/// The stack a service's own resources are in.
pub(super) fn service_stack(layout: Layout, names: Names<'_>, service: &ServiceName) -> String {
    match layout {
        Layout::Split => names.service(service),
        Layout::Single => names.base(),
    }
}

/// What the stack of a load balancer holds that services share.
const SHARED: &str = "load balancer and listeners that services share";

/// What the stacks of a service hold, in a few words.
struct Contents {
    edge: &'static str,
    service: &'static str,
}

impl Contents {
    fn of(service: &ResolvedService) -> Self {
        let deploy = &service.service.deploy;
        let abilities = deploy.engine.abilities();
        let two = deploy.strategy.kind().has_two_versions();
        Self {
            edge: match (abilities.routes, two) {
                (Routes::Rule, true) if service.shares().is_some() => "rules, blue and green target groups",
                (Routes::Rule, false) if service.shares().is_some() => "rules, target group",
                (Routes::Rule, true) if service.service.tcp.is_some() => {
                    "load balancer, listeners, blue and green target groups"
                }
                (Routes::Rule, false) if service.service.tcp.is_some() => {
                    "load balancer, listeners, target group"
                }
                (Routes::Listener, _) => "load balancer, listeners, blue and green target groups",
                (Routes::Rule, true) => "load balancer, listeners, rules, blue and green target groups",
                (Routes::Rule, false) => "load balancer, listeners, rules, target group",
            },
            service: match abilities.revision {
                Revision::Engine => "task definition, service, scaling, alarms, deployment group",
                Revision::Stack | Revision::Template => "task definition, service, scaling, alarms",
            },
        }
    }
}

/// Draws every stack of an environment, one after the other, so that no more than one need be held. `amend` may change each
/// before anything is read off it.
pub fn draw(
    resolved: &Resolved,
    header: &[String],
    engine: &dyn Fn(blueprint::Engine) -> &'static dyn Engine,
    amend: &mut dyn FnMut(&mut Stack),
    sink: &mut dyn FnMut(Drawn),
) {
    match resolved.layout {
        Layout::Split => split(resolved, header, engine, amend, sink),
        Layout::Single => single(resolved, header, engine, amend, sink),
    }
}

fn split(
    resolved: &Resolved,
    header: &[String],
    engine: &dyn Fn(blueprint::Engine) -> &'static dyn Engine,
    amend: &mut dyn FnMut(&mut Stack),
    sink: &mut dyn FnMut(Drawn),
) {
    let names = Names::new(resolved);
    let base = names.base();
    let mut key = 0;
    let mut canvas = |description: String| {
        key += 1;
        Canvas::new(key, description, header)
    };
    let emit = |amend: &mut dyn FnMut(&mut Stack), sink: &mut dyn FnMut(Drawn), mut stack: Stack| {
        amend(&mut stack);
        sink(Drawn::Stack(Box::new(stack)));
    };

    let mut drawing = canvas(format!("{base}: VPC, subnets, routes, endpoints"));
    let network = network::network(&mut drawing, resolved);
    if let Some(stack) = &network.stack {
        let purpose = "VPC, subnets, routes, endpoints";
        emit(
            amend,
            sink,
            drawing.into_stack(stack.clone(), "network", purpose, super::tags(resolved, None), vec![]),
        );
    }

    let mut drawing = canvas(format!("{base}: ECS cluster and what its services share"));
    let cluster = cluster::cluster(&mut drawing, resolved, &network);
    let depends: Vec<String> = network.stack.iter().cloned().collect();
    let purpose = "ECS cluster and what its services share";
    let stack = drawing.into_stack(
        cluster.stack.clone(),
        "cluster",
        purpose,
        super::tags(resolved, None),
        depends.clone(),
    );
    emit(amend, sink, stack);

    let mut drawing = canvas(format!("{base}: what stands beside all services"));
    let shared = extra::ExtraParts::new(drawing.template.key(), resolved);
    if resolved.extra.is_some() {
        extra::shared(&mut drawing, resolved, &shared);
        let mut beneath = depends.clone();
        beneath.push(cluster.stack.clone());
        let purpose = "what stands beside all services";
        let stack =
            drawing.into_stack(names.extra_stack(), "extra", purpose, super::tags(resolved, None), beneath);
        emit(amend, sink, stack);
    }

    let mut balancers = existing_balancers(resolved);
    for front in resolved.made_fronts() {
        let Some(name) = front.shared else { continue };
        let stack = names.balancer_stack(name);
        let mut drawing = canvas(format!("{base}: load balancer {name}, listeners"));
        let parts = balancer::shared(&mut drawing, resolved, &network, &cluster, &front, name, stack.clone());
        let mut beneath = depends.clone();
        if front.balancer.access_logs {
            beneath.push(cluster.stack.clone());
        }
        // No stack-wide tags here: they would reach the listeners, and a changed tag would update them.
        let file = format!("{name}-load-balancer");
        emit(amend, sink, drawing.into_stack(stack, file, SHARED, IndexMap::new(), beneath));
        balancers.insert(name, parts);
    }

    for service in &resolved.services {
        let site =
            Site { resolved, service, network: &network, cluster: &cluster, extra: &shared, color: None };
        let behind = service.shares().and_then(|name| balancers.get(name));
        let name = &service.name;
        let mover = engine(service.service.deploy.engine);
        if mover.abilities().revision == Revision::Template {
            let (stack, files) = alone(&mut canvas, site, mover, amend);
            sink(Drawn::Stack(Box::new(stack)));
            sink(Drawn::Files(Box::new(files)));
            continue;
        }
        if mover.abilities().colors == Colors::Apart {
            apart::draw(&mut canvas, site, mover, amend, sink);
            continue;
        }
        let full = site.full_name();
        let served = site.served();
        let edge_stack = served.map(|_| names.edge_stack(name));
        let live = site.service_names(edge_stack.as_deref(), &full, "");
        let tags = super::tags(resolved, Some(name));

        let kind = Contents::of(service);
        let edge = served.zip(edge_stack.as_ref()).map(|(served, stack)| {
            let mut drawing = canvas(format!("{full}: {}", kind.edge));
            let edge = edge::edge(&mut drawing, served, stack, live.clone(), mover.abilities(), behind);
            let mut edge_depends = depends.clone();
            edge_depends.extend(behind.and_then(|behind| behind.stack.clone()));
            if behind.is_none() && served.balancer.access_logs {
                edge_depends.push(cluster.stack.clone());
            }
            drawing.belongs_to(name.as_str(), 0);
            // No stack-wide tags here: they would reach the listeners, and a changed tag would update them.
            let edge_stack = drawing.into_stack(
                stack.clone(),
                format!("{name}-edge"),
                kind.edge,
                IndexMap::new(),
                edge_depends,
            );
            emit(amend, sink, edge_stack);
            edge
        });

        let mut drawing = canvas(format!("{full}: {}", kind.service));
        let (mut files, task) = own(&mut drawing, site, edge.as_ref(), &live, mover);
        drawing.belongs_to(name.as_str(), 0);
        let mut service_depends = vec![cluster.stack.clone()];
        service_depends.extend(edge_stack.clone());
        service_depends.extend(behind.and_then(|behind| behind.stack.clone()));
        service_depends.extend(depends.clone());
        if resolved.extra.is_some() {
            service_depends.push(names.extra_stack());
        }
        let mut stack =
            drawing.into_stack(full.clone(), name.as_str(), kind.service, tags.clone(), service_depends);
        amend(&mut stack);
        files.taskdef = taskdef::taskdef(&stack.template, site, &task);
        sink(Drawn::Stack(Box::new(stack)));

        let build = home(resolved, service).map(|spec| build(site, spec, engine));
        if let (Some(spec), Some(build)) = (home(resolved, service), &build) {
            let pipeline_name = names.pipeline(name);
            let mut drawing = canvas(format!("{pipeline_name}: {}", pipeline_of(build)));
            pipeline::pipeline(&mut drawing, site, spec, build);
            drawing.belongs_to(name.as_str(), 0);
            let mut depends = vec![full.clone()];
            if cluster.releases.is_some() {
                depends.push(cluster.stack.clone());
            }
            let file = format!("{name}-pipeline");
            emit(amend, sink, drawing.into_stack(pipeline_name, file, pipeline_of(build), tags, depends));
        }
        sink(Drawn::Files(Box::new(files.with_build(build.as_ref()))));
    }
}

/// The load balancers that services share and that are there already. Nothing is drawn of them.
fn existing_balancers(resolved: &Resolved) -> IndexMap<&LoadBalancerName, BalancerParts> {
    let all = resolved.load_balancers.iter();
    all.filter_map(|(name, it)| Some((name, balancer::existing(it.import.as_ref()?)))).collect()
}

/// Draws the one stack of a service whose engine takes neither imports nor outputs.
fn alone(
    canvas: &mut dyn FnMut(String) -> Canvas,
    site: Site<'_>,
    engine: &'static dyn Engine,
    amend: &mut dyn FnMut(&mut Stack),
) -> (Stack, ServiceFiles) {
    let name = &site.service.name;
    let full = site.full_name();
    let served = site.served();
    let live = site.service_names(served.map(|_| full.as_str()), &full, "");
    let purpose = "load balancer, target groups, service, task set, scaling, alarms";
    let mut drawing = canvas(format!("{full}: {purpose}"));
    let edge =
        served.map(|served| edge::edge(&mut drawing, served, &full, live.clone(), engine.abilities(), None));
    let (mut files, task) = own(&mut drawing, site, edge.as_ref(), &live, engine);
    drawing.belongs_to(name.as_str(), 0);
    let mut depends = vec![site.cluster.stack.clone()];
    depends.extend(site.network.stack.clone());
    // No stack-wide tags: they would reach the listeners, and a changed tag would update them.
    let mut stack = drawing.into_stack(full, name.as_str(), purpose, indexmap::IndexMap::new(), depends);
    stack.releases = Some(live);
    one_template::close(&mut stack, site, &task);
    amend(&mut stack);
    files.taskdef = taskdef::taskdef(&stack.template, site, &task);
    files.release = Some(one_template::settle(&mut stack, site, &task));
    (stack, files)
}

fn single(
    resolved: &Resolved,
    header: &[String],
    engine: &dyn Fn(blueprint::Engine) -> &'static dyn Engine,
    amend: &mut dyn FnMut(&mut Stack),
    sink: &mut dyn FnMut(Drawn),
) {
    let names = Names::new(resolved);
    let base = names.base();
    let mut canvas = Canvas::new(1, format!("{base}: everything of the environment"), header);
    let network = network::network(&mut canvas, resolved);
    let cluster = cluster::cluster(&mut canvas, resolved, &network);
    let shared = extra::ExtraParts::new(canvas.template.key(), resolved);
    let mut balancers = existing_balancers(resolved);
    for front in resolved.made_fronts() {
        let Some(name) = front.shared else { continue };
        canvas.prefix = pascal(name.as_str());
        let parts = balancer::shared(&mut canvas, resolved, &network, &cluster, &front, name, base.clone());
        balancers.insert(name, parts);
    }
    let mut all = Vec::new();
    for service in &resolved.services {
        let site =
            Site { resolved, service, network: &network, cluster: &cluster, extra: &shared, color: None };
        let behind = service.shares().and_then(|name| balancers.get(name));
        let from = canvas.template.resources.len();
        canvas.prefix = pascal(service.name.as_str());
        let served = site.served();
        let live = site.service_names(served.map(|_| base.as_str()), &base, &canvas.prefix);
        let mover = engine(service.service.deploy.engine);
        let edge = served
            .map(|served| edge::edge(&mut canvas, served, &base, live.clone(), mover.abilities(), behind));
        let (files, task) = own(&mut canvas, site, edge.as_ref(), &live, mover);
        let build = home(resolved, service).map(|spec| build(site, spec, engine));
        if let (Some(spec), Some(build)) = (home(resolved, service), &build) {
            pipeline::pipeline(&mut canvas, site, spec, build);
        }
        canvas.belongs_to(service.name.as_str(), from);
        all.push((files.with_build(build.as_ref()), site, task));
    }
    canvas.prefix.clear();
    // Last, so that a name bluegreen needs is told to whoever chose it too.
    extra::shared(&mut canvas, resolved, &shared);
    let mut stack = canvas.into_stack(
        base,
        "stack",
        "everything of the environment",
        super::tags(resolved, None),
        vec![],
    );
    amend(&mut stack);
    for (files, site, task) in &mut all {
        files.taskdef = taskdef::taskdef(&stack.template, *site, task);
    }
    sink(Drawn::Stack(Box::new(stack)));
    for (files, ..) in all {
        sink(Drawn::Files(Box::new(files)));
    }
}

/// Draws where images of a service are pushed, where bluegreen makes that.
pub(super) fn images(canvas: &mut Canvas, site: Site<'_>) {
    if site.service.pipeline.is_none() && site.service.service.image.uri.is_none() {
        let repository = repository::repository(canvas, site);
        let name = canvas.id("RepositoryUri");
        canvas.template.output(
            name,
            "Where images are pushed",
            repository.attribute(Repository::REPOSITORY_URI),
        );
    }
}

/// Draws a service's own resources. Its task definition is read off the template later, when nothing changes it any more.
pub(super) fn own(
    canvas: &mut Canvas,
    site: Site<'_>,
    edge: Option<&super::EdgeParts>,
    live: &Arc<ServiceNames>,
    engine: &'static dyn Engine,
) -> (ServiceFiles, TaskParts) {
    if site.color.is_none() {
        images(canvas, site);
    }
    let task = task::task(canvas, site, live.clone(), engine.abilities().revision);
    let drawn = service::service(canvas, site, edge, &task, engine.abilities());
    let target = scaling::scaling(canvas, site, edge, &task, &drawn);
    let alarms = alarms::alarms(canvas, site, edge);
    let parts = ServiceParts {
        edge,
        definition: &task.definition,
        service: &drawn,
        task_role: &task.task_role,
        execution_role: &task.execution_role,
        scalable_target: target.as_ref(),
        alarms: &alarms,
        cluster: site.names().cluster().into(),
        has_image: task.has_image.as_ref(),
    };
    engine.draw(canvas, site, &parts);
    if site.color.is_none() {
        let alarms: Vec<(String, Value)> =
            alarms.iter().map(|(name, alarm)| (name.clone(), alarm.attribute(Alarm::ARN))).collect();
        dashboard::dashboard(canvas, site, edge, &alarms);
    }
    service::outputs(canvas, &task.definition);
    if site.color.is_none() {
        extra::extra(canvas, site);
    }
    let files = ServiceFiles {
        service: site.service.name.clone(),
        appspec: match engine.abilities().revision {
            Revision::Engine => {
                Some(app_spec(site.names(), &site.service.name, &site.service.service, engine))
            }
            Revision::Stack | Revision::Template => None,
        },
        release: None,
        taskdef: serde_json::Value::Null,
        buildspec: None,
    };
    (files, task)
}

impl ServiceFiles {
    fn with_build(mut self, build: Option<&BuildSpec>) -> Self {
        self.buildspec = build.map(crate::scripts::buildspec);
        self
    }
}

/// What the stack of a pipeline holds, in a few words.
fn pipeline_of(build: &BuildSpec) -> &'static str {
    if build.by_action.is_empty() {
        "repository, build, pipeline"
    } else {
        "repository, build, pipeline; an action of ECS takes the image alone, release.sh settings and the first release"
    }
}

/// The pipeline that lives in this environment.
fn home<'r>(resolved: &Resolved, service: &'r ResolvedService) -> Option<&'r PipelineSpec> {
    service.pipeline.as_ref().filter(|pipeline| resolved.is_home_of(pipeline))
}

fn app_spec(
    names: Names<'_>,
    name: &ServiceName,
    service: &blueprint::Service,
    engine: &'static dyn Engine,
) -> AppSpec {
    let events = [
        LifecycleEvent::BeforeInstall,
        LifecycleEvent::AfterInstall,
        LifecycleEvent::AfterAllowTestTraffic,
        LifecycleEvent::BeforeAllowTraffic,
        LifecycleEvent::AfterAllowTraffic,
    ];
    let hooks = engine.hooks(names, name, service);
    AppSpec {
        container: name.to_string(),
        port: service.port.map(Port::get).unwrap_or_default(),
        platform_version: None,
        // CodeDeploy keeps the service's: written once, in one place.
        capacity: vec![],
        hooks: hooks
            .into_iter()
            .filter_map(|(event, function)| {
                let event = events.into_iter().find(|known| known.name() == event)?;
                Some((event, function))
            })
            .collect(),
    }
}

fn build(
    site: Site<'_>,
    spec: &PipelineSpec,
    engine: &dyn Fn(blueprint::Engine) -> &'static dyn Engine,
) -> BuildSpec {
    let resolved = site.resolved;
    let name = &site.service.name;
    let mut stages: Vec<Stage> = Vec::new();
    let mut by_action: Vec<Copied> = Vec::new();
    for release in pipeline::releases(site, spec) {
        let (place, service) = (release.place, release.service);
        let (names, environment) = (release.names(site), place.name.to_string());
        match release.by {
            By::CodeDeploy if stages.iter().any(|known| known.environment == environment) => {}
            By::CodeDeploy => stages.push(Stage {
                environment,
                region: place.environment.region.to_string(),
                service_stack: service_stack(resolved.layout, names, name),
                output_name: match resolved.layout {
                    Layout::Split => "TaskDefinitionArn".to_owned(),
                    Layout::Single => format!("{}TaskDefinitionArn", pascal(name.as_str())),
                },
                container: name.to_string(),
                appspec: appspec(&app_spec(names, name, service, engine(service.deploy.engine))),
                main: pipeline::stage_overrides(service),
            }),
            By::Action if by_action.iter().any(|known| known.environment == environment) => {}
            By::Action => by_action.push(Copied {
                environment,
                region: place.environment.region.to_string(),
                cluster: names.base(),
                service: name.to_string(),
                starts_as_placeholder: release.starts_as_placeholder(),
            }),
            By::Stack => {}
        }
    }
    BuildSpec {
        repository: site.names().repository(site.service),
        region: resolved.place.environment.region.to_string(),
        dockerfile: spec.build.dockerfile.clone(),
        context: spec.build.context.clone(),
        target: spec.build.target.clone(),
        build_args: spec
            .build
            .arguments
            .iter()
            .map(|(name, value)| (name.to_string(), value.clone()))
            .collect(),
        platform: match site.service.service.architecture {
            blueprint::Architecture::X86 => "linux/amd64".into(),
            blueprint::Architecture::Arm64 => "linux/arm64".into(),
        },
        test: spec.build.test.clone(),
        scan: spec.build.scan.map(|scan| match scan.fail_on {
            blueprint::ScanLevel::Critical => ScanLevel::Critical,
            blueprint::ScanLevel::High => ScanLevel::High,
            blueprint::ScanLevel::Medium => ScanLevel::Medium,
        }),
        container: name.to_string(),
        stages,
        by_action,
    }
}
