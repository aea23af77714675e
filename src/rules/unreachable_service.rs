use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::{Bootstrap, Endpoint, Nat, Secret},
    diagnostic::{Aim, Finding, Level, Trail, codes},
    resolve::Resolved,
};

/// Tasks and checks reach what they need.
pub(super) const RULE: Rule = Rule {
    code: codes::UNREACHABLE_SERVICE,
    level: Level::Error,
    sources: &["S-162"],
    check: Check::Both(check_application, check),
};

/// Without NAT, everything that a task's start needs must be reached through an endpoint (facts 7.6).
fn check_application(resolved: &Resolved, sink: &mut Sink<'_>) {
    let network = &resolved.network;
    if network.import.is_some() || network.nat != Nat::None {
        return;
    }
    let secrets = || {
        resolved.services.iter().flat_map(|it| {
            let sidecars = it.service.sidecars.values().flat_map(|sidecar| sidecar.secrets.values());
            it.service.secrets.values().chain(sidecars)
        })
    };
    let mut needed = vec![
        (Endpoint::Ecr, "ecr", "images"),
        (Endpoint::S3, "s3", "image layers"),
        (Endpoint::Logs, "logs", "logs"),
    ];
    if secrets().any(|secret| matches!(secret, Secret::SecretsManager { .. })) {
        needed.push((Endpoint::Secretsmanager, "secretsmanager", "secrets"));
    }
    if secrets().any(|secret| matches!(secret, Secret::Ssm { .. })) {
        needed.push((Endpoint::Ssm, "ssm", "secrets"));
    }
    if resolved.services.iter().any(|service| service.service.exec) {
        needed.push((Endpoint::Ssmmessages, "ssmmessages", "ECS Exec"));
    }
    let missing: Vec<_> =
        needed.iter().filter(|(endpoint, ..)| !network.endpoints.contains(endpoint)).collect();
    if !missing.is_empty() {
        let all: Vec<String> = network
            .endpoints
            .iter()
            .filter_map(|endpoint| serde_json::to_value(endpoint).ok()?.as_str().map(str::to_owned))
            .chain(missing.iter().map(|(_, name, _)| (*name).to_owned()))
            .collect();
        let why: Vec<String> = missing.iter().map(|(_, name, what)| format!("`{name}` for {what}")).collect();
        sink.add(
            Finding::error(
                codes::UNREACHABLE_SERVICE,
                "tasks cannot start: with `nat: none` they do not reach what they need",
            )
            .at(Trail::of(["network", "nat"]), Aim::Value, "")
            .note(format!("missing endpoints: {}", why.join(", ")))
            .help(format!("write `endpoints: [{}]` in `network`, or `nat: one`", all.join(", "))),
        );
    }
    for service in &resolved.services {
        let image = &service.service.image;
        if image.uri.is_none() && image.bootstrap == Bootstrap::Placeholder {
            sink.add(
                Finding::error(
                    codes::UNREACHABLE_SERVICE,
                    format!("`{}` starts on a placeholder from a public registry, which is not reached without NAT", service.name),
                )
                .at(Trail::of(["services", service.name.as_str()]), Aim::Key, "")
                .help("write `image: {bootstrap: none}`: no tasks run before the first release"),
            );
        }
    }
}

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let network = &subject.resolved.network;
    if network.import.is_none() && network.nat == Nat::None && !service.deploy.checks.is_empty() {
        sink.error(
            codes::UNREACHABLE_SERVICE,
            ["deploy", "checks"],
            format!(
                "checks call the APIs of {} and ELB, which the VPC does not reach without NAT",
                service.deploy.engine.abilities().name
            ),
            "write `nat: one` in `network`, or leave the checks out",
        );
    }
}
