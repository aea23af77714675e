use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::{Certificate, Secret, units::Arn},
    diagnostic::{Aim, Finding, Level, Step, Trail, codes},
    resolve::{Front, Resolved},
};

/// A load balancer takes certificates of its own region and account, CodeDeploy calls functions of its own region, a role
/// is bounded by a policy of its own account, and policies name ARNs of their own partition (facts 6.10, 2.5, 9.4, 9.5).
pub(super) const RULE: Rule = Rule {
    code: codes::FOREIGN_ARN,
    level: Level::Error,
    sources: &[],
    check: Check::Both(check_application, check),
};

fn check_application(resolved: &Resolved, sink: &mut Sink<'_>) {
    for front in resolved.fronts() {
        if let Some(Certificate::Arn(arn)) = &front.balancer.certificate {
            certificate(resolved, &front, arn.as_str(), front.at.key("certificate"), "certificate", sink);
        }
        for (name, other) in &front.balancer.more_certificates {
            if let Certificate::Arn(arn) = other {
                let trail = front.at.key("more_certificates").key(name.as_str());
                certificate(resolved, &front, arn.as_str(), trail, name.as_str(), sink);
            }
        }
    }
    for (name, balancer) in &resolved.load_balancers {
        let Some(there) = &balancer.import else { continue };
        let at = Trail::of(["load_balancers", name.as_str(), "import"]);
        let all = [("production", Some(&there.production)), ("test", there.test.as_ref())];
        for (key, known) in all.into_iter().filter_map(|(key, known)| Some((key, known?))) {
            listener(resolved, known.listener.as_str(), at.key(key).key("listener"), sink);
        }
    }
    let place = &resolved.place;
    let environment = Trail::of(["environments", place.name.as_str()]);
    if let Some(boundary) = &place.environment.permissions_boundary {
        partition(resolved, boundary.as_str(), environment.key("permissions_boundary"), sink);
    }
    if let (Some(boundary), Some(account)) = (&place.environment.permissions_boundary, &place.environment.account)
        && let Some(arn) = Arn::of(boundary.as_str())
        // Policies of AWS' own have no account.
        && !matches!(arn.account, "" | "aws")
        && arn.account != account.as_str()
    {
        sink.add(
            Finding::error(
                codes::FOREIGN_ARN,
                format!(
                    "the permissions boundary is of account {}, and the roles are of {account}",
                    arn.account
                ),
            )
            .at(environment.key("permissions_boundary"), Aim::Value, "")
            .related(environment.key("account"), Aim::Value, "the account of the environment")
            .note("IAM takes a boundary of the role's own account, or one of AWS")
            .help(format!("write the ARN of the policy in account {account}")),
        );
    }
}

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    named(subject, sink);
    let place = &subject.resolved.place;
    let region = place.environment.region.as_str();
    let hooks = &subject.service.service.deploy.hooks;
    for (key, hook) in [
        ("before_install", &hooks.before_install),
        ("after_install", &hooks.after_install),
        ("before_traffic", &hooks.before_traffic),
        ("after_traffic", &hooks.after_traffic),
    ] {
        let Some(arn) = hook.as_ref().and_then(|hook| Arn::of(hook.as_str())) else { continue };
        if arn.region.is_empty() || arn.region == region {
            continue;
        }
        sink.add(
            Finding::error(
                codes::FOREIGN_ARN,
                format!("the function of `{key}` is in {}, and deployments call it from {region}", arn.region),
            )
            .at(Trail::of(["deploy", "hooks", key]), Aim::Value, "")
            .note("a function cannot be called from another region: every deployment would wait for an hour and fail")
            .help(format!("write the ARN of a function in {region}; what differs between environments stands in `environments`")),
        );
    }
}

/// What an ARN has of another place, the region or else the account: which of them, its own and the environment's.
fn elsewhere<'t>(resolved: &'t Resolved, arn: &'t str) -> Option<(&'static str, &'t str, &'t str)> {
    let arn = Arn::of(arn)?;
    let place = &resolved.place.environment;
    if arn.region != place.region.as_str() {
        return Some(("region", arn.region, place.region.as_str()));
    }
    let account = place.account.as_ref().map(|account| account.as_str());
    account.filter(|account| *account != arn.account).map(|account| ("account", arn.account, account))
}

/// Target groups of another region or account stand behind no listener of this one.
fn listener(resolved: &Resolved, arn: &str, at: Trail, sink: &mut Sink<'_>) {
    let Some((what, theirs, ours)) = elsewhere(resolved, arn) else { return };
    let title = match what {
        "region" => format!("a listener is in {theirs}, and the services are in {ours}"),
        _ => format!("a listener is of account {theirs}, and the services are of {ours}"),
    };
    sink.add(
        Finding::error(codes::FOREIGN_ARN, title)
            .at(at, Aim::Value, "")
            .note("a listener sends requests to target groups of its own region and account alone")
            .help(format!(
                "write the ARN of the one there, in `environments.{}` where environments differ",
                resolved.place.name
            )),
    );
}

fn certificate(resolved: &Resolved, front: &Front<'_>, arn: &str, at: Trail, key: &str, sink: &mut Sink<'_>) {
    let Some((what, theirs, ours)) = elsewhere(resolved, arn) else { return };
    let title = match what {
        "region" => format!("a certificate is in {theirs}, and the load balancer in {ours}"),
        _ => format!("a certificate is of account {theirs}, and the load balancer of {ours}"),
    };
    // Each certificate has a parameter of its own.
    let own: String = key
        .split(['-', '_'])
        .filter_map(|word| Some(word.get(..1)?.to_ascii_uppercase() + word.get(1..)?))
        .collect();
    let parameter = if key == "certificate" {
        "CertificateArn".to_owned()
    } else {
        format!("Certificate{}Arn", own.chars().take(40).collect::<String>())
    };
    sink.add(
        Finding::error(codes::FOREIGN_ARN, title)
            .at(at.clone(), Aim::Value, "")
            .note(format!("a load balancer takes certificates of its own {what} alone"))
            .help(format!(
                "request or import one for the name there, and write its ARN: in `environments.{}`{}, where environments differ",
                resolved.place.name,
                if front.shared.is_some() { "" } else { " of the service" }
            ))
            .advise(
                at,
                format!("{{parameter: {parameter}}}"),
                format!("write `{key}: {{parameter: {parameter}}}`, to give the right one when deploying"),
            ),
    );
}

/// ARNs that policies of the service name.
fn named(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    for (name, permission) in &service.permissions {
        for (index, resource) in permission.resources.iter().enumerate() {
            let trail = Trail::of(["permissions", name.as_str(), "resources"]).index(index);
            partition(subject.resolved, resource, trail, sink);
        }
    }
    let own = service.secrets.iter().map(|(name, secret)| (Trail::of(["secrets", name.as_str()]), secret));
    let others = service.sidecars.iter().flat_map(|(sidecar, it)| {
        let at = Trail::of(["sidecars", sidecar.as_str(), "secrets"]);
        it.secrets.iter().map(move |(name, secret)| (at.key(name.as_str()), secret))
    });
    for (at, secret) in own.chain(others) {
        let (text, key) = match secret {
            Secret::SecretsManager { secretsmanager, .. } => (secretsmanager.as_str(), "secretsmanager"),
            Secret::Ssm { ssm } => (ssm.as_str(), "ssm"),
        };
        partition(subject.resolved, text, at.key(key), sink);
    }
}

/// Tells of what is no ARN nothing, and nothing of `arn:${AWS::Partition}:…`.
fn partition(resolved: &Resolved, text: &str, at: Trail, sink: &mut Sink<'_>) {
    let region = &resolved.place.environment.region;
    let Some(arn) = Arn::of(text).filter(|arn| arn.partition.starts_with("aws")) else { return };
    let partition = region.partition();
    if arn.partition == partition {
        return;
    }
    let rest =
        text.strip_prefix("arn:").and_then(|rest| rest.strip_prefix(arn.partition)).unwrap_or_default();
    // In a policy the pseudo parameter is right in every environment; elsewhere an ARN is written out.
    let (meant, everywhere) = match at.steps().first() {
        Some(Step::Key(key)) if key == "permissions" => (format!("\"arn:${{AWS::Partition}}{rest}\""), true),
        _ => (format!("arn:{partition}{rest}"), false),
    };
    let finding = Finding::error(
        codes::FOREIGN_ARN,
        format!("an ARN is of the partition `{}`, and {region} is in `{partition}`", arn.partition),
    )
    .at(at.clone(), Aim::Value, "")
    .note("AWS refuses a policy that names another partition");
    let title = format!("write `{meant}`");
    sink.add(if everywhere { finding.suggest(at, meant, title) } else { finding.advise(at, meant, title) });
}
