use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::{
        Bootstrap, Engine, Layout, Secret,
        engines::{Abilities, Need, that_can},
    },
    diagnostic::{Aim, Finding, Level, Trail, codes},
    resolve::Resolved,
};

/// An engine is asked for what it can do, strategies and numbers aside.
pub(super) const RULE: Rule = Rule {
    code: codes::ENGINE_CANNOT,
    level: Level::Error,
    sources: &[],
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

/// What an application asks of the engines of its services: told once for each thing, at the first service that cannot.
fn of_application(resolved: &Resolved, sink: &mut Sink<'_>) {
    let spot = resolved.cluster.capacity.spot;
    let asked = [
        (Need::OneTemplate, Trail::of(["layout"]), resolved.layout == Layout::Single),
        (Need::CapacityShares, Trail::of(["cluster", "capacity", "spot"]), spot.weight > 0 || spot.base > 0),
    ];
    for (need, trail, is_asked) in asked {
        let cannot = |service: &&crate::resolve::ResolvedService| {
            service.service.deploy.engine.abilities().lack(need).is_some()
        };
        if let (true, Some(service)) = (is_asked, resolved.services.iter().find(cannot)) {
            let engine_key = Resolved::trail(&service.name).key("deploy").key("engine");
            tell_need(service.service.deploy.engine, need, trail, engine_key, sink);
        }
    }
    for service in &resolved.services {
        let engine = service.service.deploy.engine;
        if service.pipeline.is_some() && engine.abilities().lack(Need::Pipeline).is_some() {
            let engine_key = Resolved::trail(&service.name).key("deploy").key("engine");
            tell_need(engine, Need::Pipeline, Trail::of(["pipeline"]), engine_key, sink);
        }
    }
}

fn of_service(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let engine = service.deploy.engine;
    let engine_key = Trail::of(["deploy", "engine"]);
    let grace = Trail::of(["http", "healthcheck", "grace"]);
    let asked = [
        (Need::Approve, Trail::of(["deploy", "approve"]), service.deploy.approve.is_some()),
        (Need::Discovery, Trail::of(["discovery"]), service.discovery.is_some()),
        (
            Need::NoTasksFirst,
            Trail::of(["image", "bootstrap"]),
            service.image.uri.is_none() && service.image.bootstrap != Bootstrap::Placeholder,
        ),
        // It has a value in any case; what nobody wrote nobody misses.
        (
            Need::Grace,
            grace.clone(),
            service.http.healthcheck.grace.seconds() > 0
                && subject.service.layers.wrote(&subject.service.tree, &grace),
        ),
        (
            Need::Outputs,
            Trail::of(["extra", "outputs"]),
            service.extra.as_ref().is_some_and(|extra| !extra.outputs.is_empty()),
        ),
    ];
    for (need, trail, is_asked) in asked {
        if is_asked {
            tell_need(engine, need, trail, engine_key.clone(), sink);
        }
    }
    for (id, resource) in service.extra.iter().flat_map(|extra| &extra.resources) {
        if resource.kind.as_str() == "AWS::CloudFormation::Stack" {
            let trail = Trail::of(["extra", "resources", id.as_str(), "Type"]);
            tell_need(engine, Need::NestedStacks, trail, engine_key.clone(), sink);
        }
    }
    let main =
        service.secrets.iter().map(|(name, secret)| (Trail::of(["secrets"]).key(name.as_str()), secret));
    let sidecars = service.sidecars.iter().flat_map(|(sidecar, it)| {
        it.secrets.iter().map(move |(name, secret)| {
            (Trail::of(["sidecars", sidecar.as_str(), "secrets"]).key(name.as_str()), secret)
        })
    });
    for (trail, secret) in main.chain(sidecars) {
        if let Secret::SecretsManager { secretsmanager, .. } = secret
            && !secretsmanager.as_str().starts_with("arn:")
        {
            tell_need(engine, Need::SecretByName, trail.key("secretsmanager"), engine_key.clone(), sink);
        }
    }
    let protocol = service.http.protocol;
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
