use super::{Sink, Subject};
use crate::{
    blueprint::{Count, units},
    diagnostic::{Aim, Finding, Trail, codes},
};

pub(super) fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    fargate_size(subject, sink);
    image(subject, sink);
    scaling(subject, sink);
}

fn fargate_size(subject: &Subject<'_>, sink: &mut Sink<'_>) {
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

fn image(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let image = &subject.service.service.image;
    if image.repository.is_some() && image.uri.is_some() {
        sink.add(
            Finding::error(
                codes::TWO_IMAGES,
                "the image comes from a repository of bluegreen's and from elsewhere",
            )
            .at(Trail::of(["image", "uri"]), Aim::Key, "")
            .related(Trail::of(["image", "repository"]), Aim::Key, "and from here")
            .help(
                "keep `repository` for images that are pushed to it, or `uri` for an image that others build",
            ),
        );
    }
}

fn scaling(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let Count::Scaled(scaling) = &subject.service.service.count else { return };
    for (key, percent) in
        [("cpu_percentage", scaling.cpu_percentage), ("memory_percentage", scaling.memory_percentage)]
    {
        if percent.is_some_and(|percent| percent.get() < 1.0) {
            sink.error(
                codes::IDLE_SCALING,
                ["count", key],
                format!("`count.{key}` is below 1, which no task can be kept at"),
                "write a percentage such as 60",
            );
        }
    }
    let measured =
        scaling.cpu_percentage.is_some() || scaling.memory_percentage.is_some() || scaling.requests.is_some();
    if !measured && scaling.schedule.is_empty() && scaling.range.min != scaling.range.max {
        sink.add(
            Finding::warning(codes::IDLE_SCALING, "`count` has a range, and nothing that moves within it")
                .at(Trail::of(["count"]), Aim::Value, "")
                .help("add `cpu_percentage`, `memory_percentage`, `requests` or a `schedule`")
                .help(format!("or write `count: {}`", scaling.range.min)),
        );
    }
}
