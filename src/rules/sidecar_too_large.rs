use super::{Check, Rule, Sink, Subject};
use crate::diagnostic::{Aim, Finding, Level, Trail, codes};

/// What a sidecar may use is taken from the task's memory.
pub(super) const RULE: Rule =
    Rule { code: codes::SIDECAR_TOO_LARGE, level: Level::Error, sources: &[], check: Check::Service(check) };

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    for (name, sidecar) in &service.sidecars {
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
