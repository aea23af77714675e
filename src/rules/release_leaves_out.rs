use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::{Architecture, engines::Revision},
    diagnostic::{Aim, Level, Trail, codes},
};

/// Where a transform writes the task definition of a release anew, it has no property that is younger than the transform.
pub(super) const RULE: Rule = Rule {
    code: codes::RELEASE_LEAVES_OUT,
    level: Level::Warning,
    sources: &[],
    check: Check::Service(check),
};

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = &subject.service.service;
    if service.deploy.engine.abilities().revision != Revision::Template {
        return;
    }
    let engine_key = Trail::of(["deploy", "engine"]);
    let young = [
        (
            "architecture",
            "RuntimePlatform",
            service.architecture == Architecture::Arm64,
            "tasks without it are started for x86, where the image does not run: the release would fail and be taken back",
        ),
        ("storage", "EphemeralStorage", service.storage.is_some(), "tasks without it have 20 GiB"),
    ];
    for (key, property, is_asked, then) in young {
        if is_asked {
            let finding = sink
                .found(format!("a release may leave out `{key}`"))
                .at(Trail::of([key]), Aim::Value, "")
                .related(engine_key.clone(), Aim::Value, "the engine")
                .note(format!(
                    "the transform of engine `cloudformation` writes the task definition anew and is known to drop what it does not know; nobody has told whether it knows `{property}`"
                ))
                .note(then)
                .help(format!("try it in an environment without users first and look at the new revision, or leave `{key}` out"))
                .advise(engine_key.clone(), "ecs", "engine `ecs` keeps it: write `engine: ecs`");
            sink.add(finding);
        }
    }
}
