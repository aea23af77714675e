use super::{Check, Rule, Sink, Subject};
use crate::diagnostic::{Aim, Level, Trail, codes};

/// The proxy of Service Connect takes of the task's CPU and memory (facts 4.7).
pub(super) const RULE: Rule =
    Rule { code: codes::CRAMPED_PROXY, level: Level::Warning, sources: &[], check: Check::Service(check) };

/// Units of CPU that AWS asks to add for the proxy.
const CPU: u32 = 256;

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    if service.connect.is_none() || service.cpu.units() > CPU {
        return;
    }
    let trail = Trail::of(["cpu"]);
    sink.add(
        sink.found("the proxy of `connect` takes as much CPU as the whole task has")
            .at(trail.clone(), Aim::Value, "")
            .related(Trail::of(["connect"]), Aim::Key, "a proxy runs in every task")
            .note("AWS asks to add 256 units of CPU and at least 64 MiB of memory for it")
            .suggest(trail, "512", "write `cpu: 512`, and `memory: 1GB` with it"),
    );
}
