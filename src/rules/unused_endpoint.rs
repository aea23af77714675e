use super::{Check, Rule, Sink, nat_per_zone::HOURS};
use crate::{
    blueprint::{Endpoint, Secret},
    diagnostic::{Aim, Level, Trail, codes},
    resolve::{Resolved, ResolvedService},
};

/// An interface endpoint is billed by the hour in each zone (facts 12.2).
pub(super) const RULE: Rule =
    Rule { code: codes::UNUSED_ENDPOINT, level: Level::Note, sources: &[], check: Check::Application(check) };

fn check(resolved: &Resolved, sink: &mut Sink<'_>) {
    let network = &resolved.network;
    // What is left out for a fault of its own may be what uses it.
    if network.import.is_some() || !resolved.whole {
        return;
    }
    for (index, endpoint) in network.endpoints.iter().enumerate() {
        let Some((interfaces, name, use_)) = unused(*endpoint, &resolved.services) else { continue };
        let zones = u32::from(network.zones);
        let others = network.endpoints.iter().enumerate().filter(|(at, _)| *at != index);
        let others: Vec<String> = others
            .filter_map(|(_, other)| serde_json::to_value(other).ok()?.as_str().map(str::to_owned))
            .collect();
        let others = format!("[{}]", others.join(", "));
        let endpoints = Trail::of(["network", "endpoints"]);
        sink.add(
            sink.found(format!("nothing uses the endpoint `{name}`"))
                .at(endpoints.index(index), Aim::Value, "")
                .note(format!("{use_}, and no service here does"))
                .note(format!(
                    "by the hour in each of {zones} zones: {} hours of interface endpoints in 30 days",
                    interfaces * zones * HOURS
                ))
                .advise(endpoints, others.clone(), format!("write `endpoints: {others}`")),
        );
    }
}

/// What an endpoint that no service uses would be for: how many interfaces it has in a zone, its name, and who needs it.
fn unused(endpoint: Endpoint, services: &[ResolvedService]) -> Option<(u32, &'static str, &'static str)> {
    let secrets = || {
        services.iter().flat_map(|it| {
            let sidecars = it.service.sidecars.values().flat_map(|sidecar| sidecar.secrets.values());
            it.service.secrets.values().chain(sidecars)
        })
    };
    let may = |prefix: &str| {
        services.iter().any(|it| {
            let own = it.service.permissions.values().flat_map(|permission| &permission.actions);
            let extra = it.service.extra.iter().flat_map(|extra| extra.permissions.values());
            own.chain(extra.flat_map(|permission| &permission.actions))
                .any(|action| action.starts_with(prefix))
        })
    };
    let (used, interfaces, name, use_) = match endpoint {
        // What every task needs, what costs nothing, and what an application may call without a permission.
        Endpoint::Logs | Endpoint::S3 | Endpoint::Sts => return None,
        Endpoint::Ecr => {
            let own = services.iter().any(|it| it.service.image.uri.is_none());
            let pulled = services.iter().flat_map(|it| {
                let sidecars = it.service.sidecars.values().map(|sidecar| &sidecar.image);
                it.service.image.uri.iter().chain(sidecars)
            });
            let mut pulled = pulled.filter(|image| image.as_str().contains(".dkr.ecr."));
            (own || pulled.next().is_some(), 2, "ecr", "images of a private repository are pulled through it")
        }
        Endpoint::Secretsmanager => (
            secrets().any(|it| matches!(it, Secret::SecretsManager { .. })) || may("secretsmanager:"),
            1,
            "secretsmanager",
            "secrets of Secrets Manager are read through it",
        ),
        Endpoint::Ssm => (
            secrets().any(|it| matches!(it, Secret::Ssm { .. })) || may("ssm:"),
            1,
            "ssm",
            "parameters of Parameter Store are read through it",
        ),
        Endpoint::Ssmmessages => {
            (services.iter().any(|it| it.service.exec), 1, "ssmmessages", "shells are opened through it")
        }
        Endpoint::Kms => (
            secrets().next().is_some() || may("kms:"),
            1,
            "kms",
            "what is encrypted with a key of one's own is read through it",
        ),
    };
    (!used).then_some((interfaces, name, use_))
}
