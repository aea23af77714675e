use std::sync::OnceLock;

use indexmap::IndexMap;
use regex::Regex;

use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::{Scalar, units::VariableName},
    diagnostic::{Aim, Finding, Level, Trail, codes},
};

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
        if looks_secret(name.as_str(), &value.to_string()) {
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

/// Names that promise a secret, and values that are one whatever they are called.
fn looks_secret(name: &str, value: &str) -> bool {
    static NAME: OnceLock<Regex> = OnceLock::new();
    static VALUE: OnceLock<Regex> = OnceLock::new();
    let name_pattern = NAME.get_or_init(|| {
        Regex::new(r"(?i)(^|_)(password|passwd|pwd|secret|secret_key|api_?key|access_?key|private_?key|auth_?token|access_?token|token|credentials?)$")
            .expect("a fixed pattern")
    });
    let value_pattern = VALUE.get_or_init(|| {
        Regex::new(
            r"(?x)
            \b(AKIA|ASIA)[A-Z0-9]{16}\b            # AWS access key
            | -----BEGIN\ [A-Z\ ]*PRIVATE\ KEY-----
            | ^[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s@]+@  # user:password in a URL
            | \bgh[pousr]_[A-Za-z0-9]{36}\b         # GitHub
            | \bxox[abprs]-[A-Za-z0-9-]{10,}        # Slack
            | \{\{resolve:(secretsmanager|ssm-secure): # would put the plain value into the task definition",
        )
        .expect("a fixed pattern")
    });
    let names_another = value.starts_with('/') || value.starts_with("arn:") || value.is_empty();
    (name_pattern.is_match(name) && !names_another) || value_pattern.is_match(value)
}

#[cfg(test)]
mod tests {
    use super::looks_secret;

    #[test]
    fn secrets_are_known_by_name_or_value() {
        for (name, value) in [
            ("DB_PASSWORD", "hunter2"),
            ("API_KEY", "abc"),
            ("X", "AKIAABCDEFGHIJKLMNOP"),
            ("DATABASE_URL", "postgres://shop:pw@db/shop"),
            ("X", "{{resolve:secretsmanager:a}}"),
        ] {
            assert!(looks_secret(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("LOG_LEVEL", "info"),
            ("TOKEN_TTL", "3600"),
            ("API_KEY", "/shop/api-key"),
            ("URL", "https://example.com/a:b@c"),
            ("PASSWORD_MIN_LENGTH", "8"),
        ] {
            assert!(!looks_secret(name, value), "{name}={value}");
        }
    }
}
