use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::units,
    diagnostic::{Aim, Finding, Level, Trail, codes},
};

/// CPU and memory go together in a fixed table (facts 7.1).
pub(super) const RULE: Rule =
    Rule { code: codes::FARGATE_SIZE, level: Level::Error, sources: &["S-93"], check: Check::Service(check) };

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    let sizes = service.cpu.memory_sizes();
    if sizes.contains(&service.memory.mib()) {
        return;
    }
    let size = |mib: &u32| units::Memory::new(*mib).to_string();
    let smallest = sizes.first().map(size).unwrap_or_default();
    let nearest =
        sizes.iter().find(|mib| **mib >= service.memory.mib()).or(sizes.last()).map(size).unwrap_or_default();
    let larger_cpu = units::CPU_SIZES
        .iter()
        .map(|units| units::Cpu::new(*units))
        .find(|cpu| cpu.memory_sizes().contains(&service.memory.mib()));
    let mut finding = Finding::error(
        codes::FARGATE_SIZE,
        format!("Fargate has no task with {} and {} of memory", service.cpu, service.memory),
    )
    .at(Trail::of(["memory"]), Aim::Value, "this much memory")
    .related(Trail::of(["cpu"]), Aim::Value, "with this CPU")
    .note(format!(
        "with {} a task has from {smallest} to {}",
        service.cpu,
        sizes.last().map(size).unwrap_or_default()
    ))
    .help(format!("write `memory: {nearest}`"));
    if let Some(cpu) = larger_cpu {
        finding = finding.help(format!("or write `cpu: {cpu}`, which goes with {}", service.memory));
    }
    sink.add(finding);
}
