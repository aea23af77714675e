use indexmap::IndexMap;

use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::{Scalar, units::VariableName},
    diagnostic::{Aim, Finding, Level, Trail, codes, secrecy::looks_secret},
};

/// Dynamic references that CloudFormation resolves before ECS sees them.
const RESOLVED: [&str; 2] = ["{{resolve:secretsmanager:", "{{resolve:ssm-secure:"];

/// Whoever may read a stack reads its variables.
pub(super) const RULE: Rule = Rule {
    code: codes::PLAINTEXT_SECRET,
    level: Level::Error,
    sources: &["S-172"],
    check: Check::Service(check),
};

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    judge(&Trail::root(), &service.variables, sink);
    for (name, sidecar) in &service.sidecars {
        judge(&Trail::of(["sidecars", name.as_str()]), &sidecar.variables, sink);
    }
}

fn judge(trail: &Trail, variables: &IndexMap<VariableName, Scalar>, sink: &mut Sink<'_>) {
    for (name, value) in variables {
        let here = trail.key("variables").key(name.as_str());
        if is_plain(name.as_str(), &value.to_string()) {
            // The value itself is never shown.
            sink.add(
                Finding::error(codes::PLAINTEXT_SECRET, format!("the variable `{name}` looks like a secret in plain text"))
                    .at(here, Aim::Key, "")
                    .note("whoever can read the stack or the task definition reads it")
                    .help(format!(
                        "store it in Secrets Manager or Parameter Store and write `secrets: {{{name}: {{secretsmanager: …}}}}`"
                    ))
                    .help("if it is no secret, give the variable a name that does not say so"),
            );
        }
    }
}

/// Whether a variable holds a secret, or a reference whose value CloudFormation would put into the task definition as it is.
fn is_plain(name: &str, value: &str) -> bool {
    RESOLVED.iter().any(|reference| value.contains(reference)) || looks_secret(name, value)
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn secrets_are_known_by_name_or_value() {
        for (name, value) in [
            ("DB_PASSWORD", "hunter2"),
            ("API_KEY", "abc"),
            ("X", "AKIAABCDEFGHIJKLMNOP"),
            ("DATABASE_URL", "postgres://shop:pw@db/shop"),
            ("X", "{{resolve:secretsmanager:a}}"),
        ] {
            assert!(is_plain(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("LOG_LEVEL", "info"),
            ("TOKEN_TTL", "3600"),
            ("API_KEY", "/shop/api-key"),
            ("URL", "https://example.com/a:b@c"),
            ("PASSWORD_MIN_LENGTH", "8"),
        ] {
            assert!(!is_plain(name, value), "{name}={value}");
        }
    }
}
