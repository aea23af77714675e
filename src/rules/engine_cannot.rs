use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::{
        Bootstrap, Engine, Layout, Secret,
        engines::{Abilities, Need, that_can},
    },
    diagnostic::{Aim, Finding, Level, Trail, codes},
    resolve::{Resolved, ResolvedService},
};

/// An engine is asked for what it can do, strategies and numbers aside.
pub(super) const RULE: Rule = Rule {
    code: codes::ENGINE_CANNOT,
    level: Level::Error,
    sources: &["S-31"],
    check: Check::Both(of_application, of_service),
};

/// What is asked of an engine.
struct Asked<'a> {
    /// As it is written.
    what: String,
    /// Where.
    trail: Trail,
    /// Why the engine cannot.
    because: &'a str,
    /// Who can.
    can: &'a dyn Fn(&Abilities) -> bool,
}

/// What a service asks for that not every engine has, and where. A trail begins at the service.
pub(crate) fn of_service_alone(service: &ResolvedService) -> Vec<(Need, Trail)> {
    let ResolvedService { service, layers, tree, .. } = service;
    let grace = Trail::of(["http", "healthcheck", "grace"]);
    let mut needs = Vec::new();
    let mut ask = |need, trail: Trail, is_asked: bool| {
        if is_asked {
            needs.push((need, trail));
        }
    };
    ask(Need::WithoutLoadBalancer, Trail::root(), !service.has_load_balancer());
    ask(Need::NetworkLoadBalancer, Trail::of(["tcp"]), service.tcp.is_some());
    ask(Need::Connect, Trail::of(["connect"]), service.connect.is_some());
    ask(Need::Approve, Trail::of(["deploy", "approve"]), service.deploy.approve.is_some());
    ask(Need::IdleColor, Trail::of(["deploy", "idle_color"]), service.deploy.idle_color.is_some());
    ask(
        Need::SharedLoadBalancer,
        Trail::of(["http", "load_balancer"]),
        service.http.as_ref().is_some_and(|http| http.load_balancer.is_some()),
    );
    ask(Need::Discovery, Trail::of(["discovery"]), service.discovery.is_some());
    ask(
        Need::NoTasksFirst,
        Trail::of(["image", "bootstrap"]),
        service.image.uri.is_none() && service.image.bootstrap != Bootstrap::Placeholder,
    );
    // It has a value in any case; what nobody wrote nobody misses.
    let has_grace = service.http.as_ref().is_some_and(|http| http.healthcheck.grace.seconds() > 0)
        && layers.wrote(tree, &grace);
    ask(Need::Grace, grace, has_grace);
    ask(
        Need::Outputs,
        Trail::of(["extra", "outputs"]),
        service.extra.as_ref().is_some_and(|extra| !extra.outputs.is_empty()),
    );
    ask(Need::OwnExtra, Trail::of(["extra"]), service.extra.is_some());
    for (id, resource) in service.extra.iter().flat_map(|extra| &extra.resources) {
        let trail = Trail::of(["extra", "resources", id.as_str(), "Type"]);
        ask(Need::NestedStacks, trail, resource.kind.as_str() == "AWS::CloudFormation::Stack");
    }
    let main =
        service.secrets.iter().map(|(name, secret)| (Trail::of(["secrets"]).key(name.as_str()), secret));
    let sidecars = service.sidecars.iter().flat_map(|(sidecar, it)| {
        it.secrets.iter().map(move |(name, secret)| {
            (Trail::of(["sidecars", sidecar.as_str(), "secrets"]).key(name.as_str()), secret)
        })
    });
    for (trail, secret) in main.chain(sidecars) {
        let is_named = matches!(secret, Secret::SecretsManager { secretsmanager, .. }
            if !secretsmanager.as_str().starts_with("arn:"));
        ask(Need::SecretByName, trail.key("secretsmanager"), is_named);
    }
    needs
}

/// What an application asks for on behalf of a service, and where. A trail begins at the document.
pub(crate) fn of_whole(resolved: &Resolved, service: &ResolvedService) -> Vec<(Need, Trail)> {
    let spot = resolved.cluster.capacity.spot;
    [
        (Need::OneTemplate, Trail::of(["layout"]), resolved.layout == Layout::Single),
        (Need::CapacityShares, Trail::of(["cluster", "capacity", "spot"]), spot.weight > 0 || spot.base > 0),
        (Need::Pipeline, Trail::of(["pipeline"]), service.pipeline.is_some()),
    ]
    .into_iter()
    .filter_map(|(need, trail, is_asked)| is_asked.then_some((need, trail)))
    .collect()
}

/// What an application asks of the engines of its services; what all of them ask alike is told once, at the first that cannot.
fn of_application(resolved: &Resolved, sink: &mut Sink<'_>) {
    let mut told = Vec::new();
    for service in &resolved.services {
        let engine = service.service.deploy.engine;
        for (need, trail) in of_whole(resolved, service) {
            if engine.abilities().lack(need).is_none() || told.contains(&need) {
                continue;
            }
            // Each service has a pipeline of its own.
            if need != Need::Pipeline {
                told.push(need);
            }
            let engine_key = Resolved::trail(&service.name).key("deploy").key("engine");
            tell_need(engine, need, trail, engine_key, sink);
        }
        release_with(resolved, service, sink);
    }
}

/// Not every engine releases through a pipeline in both ways.
fn release_with(resolved: &Resolved, service: &ResolvedService, sink: &mut Sink<'_>) {
    let engine = service.service.deploy.engine.abilities();
    let stages = service.pipeline.iter().flat_map(|pipeline| pipeline.stages.iter().enumerate());
    for (at, stage) in stages.filter(|(_, stage)| stage.environment == resolved.place.name) {
        // One that has no pipeline was told.
        let (Some(asked), Some(first)) = (stage.release_with, engine.releases_with(None)) else { continue };
        if engine.releases_with(Some(asked)).is_some() {
            continue;
        }
        let trail = Trail::of(["pipeline", "stages"]).index(at).key("release_with");
        let engine_key = Resolved::trail(&service.name).key("deploy").key("engine");
        let (word, has) = (engine.engine.word(), first.with.word());
        let mut finding = Finding::error(
            codes::ENGINE_CANNOT,
            format!("engine `{word}` cannot do this: `release_with: {}`", asked.word()),
        )
        .at(trail.clone(), Aim::Value, "")
        .related(engine_key.clone(), Aim::Value, "the engine")
        .note(format!("engine `{word}` has `{has}` alone; a release is {}", engine.release))
        .advise(trail, has, format!("write `release_with: {has}`, or leave it out"));
        for other in that_can(|other| other.releases_with(Some(asked)).is_some()) {
            finding = finding.advise(
                engine_key.clone(),
                other,
                format!("engine `{other}` can: write `engine: {other}`"),
            );
        }
        sink.add(finding);
    }
}

fn of_service(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let engine = service.deploy.engine;
    let engine_key = Trail::of(["deploy", "engine"]);
    if let (false, Some(because)) =
        (service.has_load_balancer(), engine.abilities().lack(Need::WithoutLoadBalancer))
    {
        // What else there is to say is of a service that may have to become another.
        return without_load_balancer(subject, because, sink);
    }
    for (need, trail) in of_service_alone(subject.service) {
        tell_need(engine, need, trail, engine_key.clone(), sink);
    }
    let Some(protocol) = service.http.as_ref().map(|http| http.protocol) else { return };
    if !engine.abilities().protocols.contains(&protocol) {
        let asked = Asked {
            what: "this protocol".into(),
            trail: Trail::of(["http", "protocol"]),
            because: "is known with target groups of HTTP/1.1 alone: with others its deployments have failed",
            can: &|other| other.protocols.contains(&protocol),
        };
        tell(engine, asked, engine_key, sink);
    }
}

fn tell_need(engine: Engine, need: Need, trail: Trail, engine_key: Trail, sink: &mut Sink<'_>) {
    let Some(because) = engine.abilities().lack(need) else { return };
    let asked =
        Asked { what: need.written().to_owned(), trail, because, can: &|other| other.lack(need).is_none() };
    tell(engine, asked, engine_key, sink);
}

fn tell(engine: Engine, asked: Asked<'_>, engine_key: Trail, sink: &mut Sink<'_>) {
    let word = engine.word();
    let mut finding =
        Finding::error(codes::ENGINE_CANNOT, format!("engine `{word}` cannot do this: {}", asked.what))
            .at(asked.trail, Aim::Value, "")
            .related(engine_key.clone(), Aim::Value, "the engine")
            .note(format!("engine `{word}` {}", asked.because))
            .help("leave it out, or let another engine do it");
    for other in that_can(asked.can) {
        finding = finding.advise(
            engine_key.clone(),
            other,
            format!("engine `{other}` can: write `engine: {other}`"),
        );
    }
    sink.add(finding);
}

/// Not every engine releases what no load balancer stands before.
fn without_load_balancer(subject: &Subject<'_>, because: &str, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let engine = service.deploy.engine.abilities();
    let engine_key = Trail::of(["deploy", "engine"]);
    let word = engine.engine.word();
    let mut finding = Finding::error(
        codes::ENGINE_CANNOT,
        format!(
            "`{}` has no load balancer (`http`), and engine `{word}` cannot do without",
            subject.service.name
        ),
    )
    .at(Trail::root(), Aim::Key, "")
    .related(engine_key.clone(), Aim::Value, "the engine")
    .note(format!("engine `{word}` {because}"))
    .help("where it is sent requests, write what stands before it and the port they go to: `http: {certificate: {parameter: CertificateArn}, healthcheck: /health}`, `port: 8080`");
    for other in that_can(|other| other.needs_load_balancer().is_none()) {
        finding = finding.advise(
            engine_key.clone(),
            other,
            format!(
                "where it works by itself, engine `{other}` releases it: write `engine: {other}` in `deploy`"
            ),
        );
    }
    sink.add(finding);
}
