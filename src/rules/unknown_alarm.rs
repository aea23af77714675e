use super::{Check, Rule, Sink, Subject};
use crate::diagnostic::{Aim, Finding, Level, Trail, codes};

/// Alarms that are named exist.
pub(super) const RULE: Rule = Rule {
    code: codes::UNKNOWN_ALARM,
    level: Level::Error,
    sources: &["S-20"],
    check: Check::Service(check),
};

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let rollback = &service.deploy.rollback;
    for (at, name) in rollback.alarms.iter().flatten().enumerate() {
        if !service.alarms.contains_key(name) {
            let names: Vec<&str> = service.alarms.keys().map(|name| name.as_str()).collect();
            let near = names
                .iter()
                .max_by(|a, b| strsim::jaro(a, name.as_str()).total_cmp(&strsim::jaro(b, name.as_str())));
            let help = match near {
                Some(near) if strsim::jaro(near, name.as_str()) > 0.7 => format!("did you mean `{near}`?"),
                _ => format!("the alarms there are: {}", names.join(", ")),
            };
            sink.add(
                Finding::error(codes::UNKNOWN_ALARM, format!("there is no alarm `{name}`"))
                    .at(Trail::of(["deploy", "rollback", "alarms"]).index(at), Aim::Value, "")
                    .help(help),
            );
        }
    }
}
