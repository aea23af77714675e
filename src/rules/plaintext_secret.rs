use indexmap::IndexMap;

use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::{Scalar, units::VariableName},
    diagnostic::{Aim, Finding, Level, Trail, codes, secrecy::looks_secret},
};

/// Dynamic references whose values CloudFormation would put into the task definition as they are.
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
