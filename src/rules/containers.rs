use indexmap::IndexMap;

use super::{Sink, Subject};
use crate::{
    blueprint::{Scalar, units::VariableName},
    diagnostic::{Aim, Finding, Trail, codes, secrecy::looks_secret},
};

/// Dynamic references whose values CloudFormation would put into the task definition as they are.
const RESOLVED: [&str; 2] = ["{{resolve:secretsmanager:", "{{resolve:ssm-secure:"];

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
        let text = value.to_string();
        let resolves = RESOLVED.iter().any(|reference| text.contains(reference));
        if resolves || looks_secret(name.as_str(), &text) {
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
