use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::{Certificate, units::Arn},
    diagnostic::{Aim, Finding, Level, Trail, codes},
    resolve::Resolved,
};

/// A load balancer takes certificates of its own region and account, CodeDeploy calls functions of its own region, and a role
/// is bounded by a policy of its own account (facts 6.10, 2.5, 9.4).
pub(super) const RULE: Rule = Rule {
    code: codes::FOREIGN_ARN,
    level: Level::Error,
    sources: &[],
    check: Check::Both(check_application, check),
};

fn check_application(resolved: &Resolved, sink: &mut Sink<'_>) {
    let place = &resolved.place;
    let environment = Trail::of(["environments", place.name.as_str()]);
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
    let http = &subject.service.service.http;
    if let Some(Certificate::Arn(arn)) = &http.certificate {
        certificate(subject, arn.as_str(), Trail::of(["http", "certificate"]), "certificate", sink);
    }
    for (name, other) in &http.more_certificates {
        if let Certificate::Arn(arn) = other {
            let trail = Trail::of(["http", "more_certificates", name.as_str()]);
            certificate(subject, arn.as_str(), trail, name.as_str(), sink);
        }
    }
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
                format!("the function of `{key}` is in {}, and CodeDeploy calls it from {region}", arn.region),
            )
            .at(Trail::of(["deploy", "hooks", key]), Aim::Value, "")
            .note("a function cannot be called from another region: every deployment would wait for an hour and fail")
            .help(format!("write the ARN of a function in {region}; what differs between environments stands in `environments`")),
        );
    }
}

fn certificate(subject: &Subject<'_>, arn: &str, at: Trail, key: &str, sink: &mut Sink<'_>) {
    let Some(arn) = Arn::of(arn) else { return };
    let place = &subject.resolved.place;
    let region = place.environment.region.as_str();
    let account = place.environment.account.as_ref().map(|account| account.as_str());
    let (what, theirs, ours) = if arn.region != region {
        ("region", arn.region, region)
    } else if let Some(account) = account.filter(|account| *account != arn.account) {
        ("account", arn.account, account)
    } else {
        return;
    };
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
                "request or import one for the name there, and write its ARN: in `environments.{}` of the service, where environments differ",
                place.name
            ))
            .advise(
                at,
                format!("{{parameter: {parameter}}}"),
                format!("write `{key}: {{parameter: {parameter}}}`, to give the right one when deploying"),
            ),
    );
}
