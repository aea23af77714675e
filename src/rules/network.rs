use super::Sink;
use crate::{
    blueprint::{Bootstrap, Endpoint, Nat, Secret},
    diagnostic::{Aim, Finding, Trail, codes},
    resolve::Resolved,
};

/// The largest and smallest VPC that bluegreen divides: AWS allows a /16 at most, and below a /22 a public subnet would be
/// smaller than the /27 a load balancer needs (facts 6.6).
const PREFIXES: std::ops::RangeInclusive<u8> = 16..=22;

pub(super) fn check(resolved: &Resolved, sink: &mut Sink<'_>) {
    let network = &resolved.network;
    if network.import.is_none() {
        let prefix = network.cidr.net().prefix_len();
        if !PREFIXES.contains(&prefix) {
            sink.error(
                codes::VPC_SIZE,
                ["network", "cidr"],
                format!("a VPC of /{prefix} cannot be divided into subnets"),
                "choose a block from /16 to /22",
            );
        }
        endpoints(resolved, sink);
    }
    capacity(resolved, sink);
}

/// Without NAT, everything that a task's start needs must be reached through an endpoint (facts 7.6).
fn endpoints(resolved: &Resolved, sink: &mut Sink<'_>) {
    let network = &resolved.network;
    if network.nat != Nat::None {
        return;
    }
    let secrets = || resolved.services.iter().flat_map(|service| service.service.secrets.values());
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
        let names: Vec<&str> = missing.iter().map(|(_, name, _)| *name).collect();
        let why: Vec<String> = missing.iter().map(|(_, name, what)| format!("`{name}` for {what}")).collect();
        sink.add(
            Finding::error(
                codes::UNREACHABLE_SERVICE,
                "tasks cannot start: without NAT they do not reach what they need",
            )
            .at(Trail::of(["network", "nat"]), Aim::Value, "")
            .note(format!("missing endpoints: {}", why.join(", ")))
            .help(format!("add {} to `network.endpoints`, or write `nat: one`", names.join(", "))),
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

fn capacity(resolved: &Resolved, sink: &mut Sink<'_>) {
    let capacity = &resolved.cluster.capacity;
    if capacity.fargate.base > 0 && capacity.spot.base > 0 {
        sink.add(
            Finding::error(codes::CAPACITY, "only one capacity provider may have a base")
                .at(Trail::of(["cluster", "capacity", "spot", "base"]), Aim::Value, "")
                .related(Trail::of(["cluster", "capacity", "fargate", "base"]), Aim::Value, "has one already")
                .help("write `base: 0` for one of them"),
        );
    }
    if capacity.fargate.weight == 0 && capacity.spot.weight == 0 {
        sink.error(
            codes::CAPACITY,
            ["cluster", "capacity"],
            "no capacity provider has a weight, so tasks beyond the base have nowhere to run",
            "write `weight: 1` for `fargate`",
        );
    }
}
