use std::sync::OnceLock;

use indexmap::IndexMap;
use regex::Regex;

use super::{Sink, Subject};
use crate::{
    blueprint::{Scalar, units::VariableName},
    diagnostic::{Aim, Finding, Trail, codes},
};

pub(super) fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    ports(subject, sink);
    if let Some(health) = &service.health
        && health.timeout.seconds() >= health.interval.seconds()
    {
        sink.error(
            codes::SLOW_HEALTH_CHECK,
            ["health", "timeout"],
            format!(
                "a health check may take {}, but the next one starts after {}",
                health.timeout, health.interval
            ),
            "make `timeout` shorter than `interval`",
        );
    }
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
        if let Some(memory) = sidecar.memory
            && memory >= service.memory
        {
            sink.add(
                Finding::error(
                    codes::SIDECAR_TOO_LARGE,
                    format!("the sidecar `{name}` may use {memory} of a task that has {}", service.memory),
                )
                .at(Trail::of(["sidecars", name.as_str(), "memory"]), Aim::Value, "")
                .related(Trail::of(["memory"]), Aim::Value, "the whole task")
                .help("leave some for the application"),
            );
        }
    }
}

/// The containers of a task share one network interface.
fn ports(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let mut taken = vec![(service.port, Trail::of(["port"]))];
    for (name, sidecar) in &service.sidecars {
        for (at, port) in sidecar.ports.iter().enumerate() {
            let trail = Trail::of(["sidecars", name.as_str(), "ports"]).index(at);
            if let Some((_, first)) = taken.iter().find(|(known, _)| known == port) {
                sink.add(
                    Finding::error(
                        codes::PORT_TAKEN,
                        format!("two containers of a task listen on port {}", port.get()),
                    )
                    .at(trail, Aim::Value, "")
                    .related(first.clone(), Aim::Value, "taken here")
                    .note("the containers of a Fargate task share one network interface")
                    .help("give one of them another port"),
                );
            } else {
                taken.push((*port, trail));
            }
        }
    }
}

fn variables(
    trail: &Trail,
    variables: &IndexMap<VariableName, Scalar>,
    secrets: &IndexMap<VariableName, crate::blueprint::Secret>,
    sink: &mut Sink<'_>,
) {
    for (name, value) in variables {
        let here = trail.key("variables").key(name.as_str());
        if secrets.contains_key(name) {
            sink.add(
                Finding::error(codes::CLASHING_NAMES, format!("`{name}` is a variable and a secret"))
                    .at(here.clone(), Aim::Key, "")
                    .related(trail.key("secrets").key(name.as_str()), Aim::Key, "the secret")
                    .help("keep one of them"),
            );
        }
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
