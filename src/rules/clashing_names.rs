use indexmap::IndexMap;

use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::{Certificate, Layout, Reference, Scalar, Secret, engines::Colors, units::VariableName},
    diagnostic::{Aim, Finding, Level, Trail, codes},
    resolve::{Front, Resolved},
    stacks::{self, Color, pascal},
};

/// Names that become one name in the template, or in a container.
pub(super) const RULE: Rule = Rule {
    code: codes::CLASHING_NAMES,
    level: Level::Error,
    sources: &[],
    check: Check::Both(check_application, check),
};

fn check_application(resolved: &Resolved, sink: &mut Sink<'_>) {
    for front in resolved.fronts() {
        let at = front.at.key("more_certificates");
        let names = front.balancer.more_certificates.keys();
        clash("certificates", names.map(|name| (name.as_str(), at.key(name.as_str()))), sink);
        parameters(&front, sink);
    }
    if resolved.layout == Layout::Single {
        let balancers = resolved.load_balancers.keys().map(|name| (name.as_str(), "load_balancers"));
        let services = resolved.services.iter().map(|service| (service.name.as_str(), "services"));
        let names = balancers.chain(services).map(|(name, top)| (name, Trail::of([top, name])));
        clash("names", names, sink);
    } else {
        stacks(resolved, sink);
    }
    if let Some(pipeline) = resolved.services.iter().find_map(|service| service.pipeline.as_ref())
        && let Reference::Given { parameter } = &pipeline.source.connection().connection
    {
        let trail = Trail::of(["pipeline", "source", pipeline.source.name(), "connection", "parameter"]);
        own_parameters(vec![(parameter.as_str(), trail)], sink);
    }
}

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    clash(
        "alarms",
        service.alarms.keys().map(|name| (name.as_str(), Trail::of(["alarms", name.as_str()]))),
        sink,
    );
    clash(
        "permissions",
        service.permissions.keys().map(|name| (name.as_str(), Trail::of(["permissions", name.as_str()]))),
        sink,
    );
    secrets(subject, sink);
    containers(subject, sink);
}

/// Variables and secrets of a container share their names; containers of a task too.
fn containers(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    variables(&Trail::root(), &service.variables, &service.secrets, sink);
    for (name, sidecar) in &service.sidecars {
        let trail = Trail::of(["sidecars", name.as_str()]);
        variables(&trail, &sidecar.variables, &sidecar.secrets, sink);
        if name.as_str() == subject.service.name.as_str() {
            sink.add(
                Finding::error(
                    codes::CLASHING_NAMES,
                    format!("the sidecar `{name}` is named like the service's own container"),
                )
                .at(trail, Aim::Key, "")
                .help("name it for what it does, such as `proxy` or `otel`"),
            );
        }
    }
}

fn variables(
    trail: &Trail,
    variables: &IndexMap<VariableName, Scalar>,
    secrets: &IndexMap<VariableName, crate::blueprint::Secret>,
    sink: &mut Sink<'_>,
) {
    for name in variables.keys() {
        let here = trail.key("variables").key(name.as_str());
        if secrets.contains_key(name) {
            sink.add(
                Finding::error(codes::CLASHING_NAMES, format!("`{name}` is a variable and a secret"))
                    .at(here.clone(), Aim::Key, "")
                    .related(trail.key("secrets").key(name.as_str()), Aim::Key, "the secret")
                    .help("keep one of them"),
            );
        }
    }
}

/// Stacks of one name: those of services, and those that an environment has anyway.
fn stacks(resolved: &Resolved, sink: &mut Sink<'_>) {
    let mut seen: IndexMap<String, (String, Option<Trail>)> = IndexMap::new();
    let shared = resolved.extra.as_ref().map(|_| Trail::of(["extra"]));
    seen.insert("network".into(), ("the network".into(), None));
    seen.insert("cluster".into(), ("the cluster".into(), None));
    if let Some(trail) = shared {
        seen.insert("extra".into(), ("`extra`".into(), Some(trail)));
    }
    for name in resolved.load_balancers.keys() {
        let said = format!("`load_balancers.{name}`");
        let trail = Trail::of(["load_balancers", name.as_str()]);
        seen.insert(format!("{name}-load-balancer"), (said, Some(trail)));
    }
    for service in &resolved.services {
        let (name, trail) = (&service.name, Resolved::trail(&service.name));
        let mut own = vec![name.to_string()];
        own.extend(service.service.has_load_balancer().then(|| format!("{name}-edge")));
        own.extend(service.pipeline.as_ref().map(|_| format!("{name}-pipeline")));
        if service.service.deploy.engine.abilities().colors == Colors::Apart {
            own.extend(Color::BOTH.map(|color| format!("{name}-{}", color.word())));
        }
        for stack in own {
            if let Some((other, first)) = seen.get(&stack) {
                let mut finding = Finding::error(
                    codes::CLASHING_NAMES,
                    format!("`services.{name}` and {other} would both have the stack `{stack}`"),
                )
                .at(trail.clone(), Aim::Key, "")
                .help("rename the service");
                if let Some(first) = first {
                    finding = finding.related(first.clone(), Aim::Key, "the other");
                }
                sink.add(finding);
            } else {
                seen.insert(stack, (format!("`services.{name}`"), Some(trail.clone())));
            }
        }
    }
}

/// Names that become one logical id.
fn clash<'n>(what: &str, names: impl Iterator<Item = (&'n str, Trail)>, sink: &mut Sink<'_>) {
    let mut seen: IndexMap<String, (&str, Trail)> = IndexMap::new();
    for (name, trail) in names {
        let id = pascal(name);
        if let Some((other, first)) = seen.get(&id) {
            sink.add(
                Finding::error(
                    codes::CLASHING_NAMES,
                    format!("the {what} `{other}` and `{name}` would both be `{id}` in the template"),
                )
                .at(trail, Aim::Key, "")
                .related(first.clone(), Aim::Key, "the other")
                .help("rename one of them"),
            );
        } else {
            seen.insert(id, (name, trail));
        }
    }
}

/// Two secrets that would become one parameter.
fn secrets(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let own = service.secrets.iter().map(|(name, secret)| (Trail::of(["secrets", name.as_str()]), secret));
    let sidecars = service.sidecars.iter().flat_map(|(sidecar, it)| {
        it.secrets.iter().map(move |(name, secret)| {
            (Trail::of(["sidecars", sidecar.as_str(), "secrets", name.as_str()]), secret)
        })
    });
    let mut seen: IndexMap<String, (String, Trail)> = IndexMap::new();
    for (trail, secret) in own.chain(sidecars) {
        let Secret::SecretsManager { secretsmanager, .. } = secret else { continue };
        if secretsmanager.as_str().starts_with("arn:") {
            continue;
        }
        let id = stacks::secret_parameter(secretsmanager.as_str());
        match seen.get(&id) {
            Some((other, first)) if other != secretsmanager.as_str() => sink.add(
                Finding::error(
                    codes::CLASHING_NAMES,
                    format!("the secrets `{other}` and `{secretsmanager}` would share one parameter"),
                )
                .at(trail, Aim::Value, "")
                .related(first.clone(), Aim::Value, "the other")
                .help("write the full ARN of one of them"),
            ),
            Some(_) => {}
            None => {
                seen.insert(id, (secretsmanager.to_string(), trail));
            }
        }
    }
}

/// Parameters that people name must not be those bluegreen names.
fn parameters(front: &Front<'_>, sink: &mut Sink<'_>) {
    let mut given: Vec<(&str, Trail)> = Vec::new();
    if let Some(Certificate::Given { parameter }) = &front.balancer.certificate {
        given.push((parameter.as_str(), front.at.key("certificate").key("parameter")));
    }
    for (name, certificate) in &front.balancer.more_certificates {
        if let Certificate::Given { parameter } = certificate {
            given.push((
                parameter.as_str(),
                front.at.key("more_certificates").key(name.as_str()).key("parameter"),
            ));
        }
    }
    own_parameters(given, sink);
}

/// Parameters with the names of bluegreen's own.
fn own_parameters(given: Vec<(&str, Trail)>, sink: &mut Sink<'_>) {
    for (name, trail) in given {
        let own = ["LiveColor", "ImageUri", "BlueWeight", "GreenWeight", "NewColor"]
            .iter()
            .any(|own| name.ends_with(own))
            || name.starts_with("Stored");
        if own {
            sink.add(
                Finding::error(
                    codes::CLASHING_NAMES,
                    format!("`{name}` is named like a parameter of bluegreen's own"),
                )
                .at(trail, Aim::Value, "")
                .help("choose another name, such as `CertificateArn`"),
            );
        }
    }
}
