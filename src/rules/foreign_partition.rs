use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::{Secret, units::Arn},
    diagnostic::{Aim, Finding, Level, Step, Trail, codes},
    resolve::Resolved,
};

/// An ARN begins with the partition of the environment's region: China and GovCloud have partitions of their own (facts 9.5).
pub(super) const RULE: Rule = Rule {
    code: codes::FOREIGN_PARTITION,
    level: Level::Error,
    sources: &[],
    check: Check::Both(check_application, check),
};

fn check_application(resolved: &Resolved, sink: &mut Sink<'_>) {
    let environment = Trail::of(["environments", resolved.place.name.as_str()]);
    if let Some(boundary) = &resolved.place.environment.permissions_boundary {
        judge(resolved, boundary.as_str(), environment.key("permissions_boundary"), sink);
    }
}

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    for (name, permission) in &service.permissions {
        for (index, resource) in permission.resources.iter().enumerate() {
            let trail = Trail::of(["permissions", name.as_str(), "resources"]).index(index);
            judge(subject.resolved, resource, trail, sink);
        }
    }
    let own = service.secrets.iter().map(|(name, secret)| (Trail::of(["secrets", name.as_str()]), secret));
    let others = service.sidecars.iter().flat_map(|(sidecar, it)| {
        let at = Trail::of(["sidecars", sidecar.as_str(), "secrets"]);
        it.secrets.iter().map(move |(name, secret)| (at.key(name.as_str()), secret))
    });
    for (at, secret) in own.chain(others) {
        match secret {
            Secret::SecretsManager { secretsmanager, .. } => {
                judge(subject.resolved, secretsmanager.as_str(), at.key("secretsmanager"), sink);
            }
            Secret::Ssm { ssm } => judge(subject.resolved, ssm.as_str(), at.key("ssm"), sink),
        }
    }
}

/// Tells of what is no ARN nothing, and nothing of `arn:${AWS::Partition}:…`.
fn judge(resolved: &Resolved, text: &str, at: Trail, sink: &mut Sink<'_>) {
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
        codes::FOREIGN_PARTITION,
        format!("an ARN is of the partition `{}`, and {region} is in `{partition}`", arn.partition),
    )
    .at(at.clone(), Aim::Value, "")
    .note("AWS refuses a policy that names another partition");
    let title = format!("write `{meant}`");
    sink.add(if everywhere { finding.suggest(at, meant, title) } else { finding.advise(at, meant, title) });
}
