use super::{Check, Rule, Sink, Subject};
use crate::diagnostic::{Aim, Finding, Level, Trail, codes};

/// What needs the new version beside the old one is not asked of a rolling update.
pub(super) const RULE: Rule =
    Rule { code: codes::NEEDS_TWO_VERSIONS, level: Level::Error, sources: &[], check: Check::Service(check) };

/// A key of `deploy`, what it would need, and what there is instead.
const KEYS: [(&str, &str, &str); 5] = [
    (
        "test_traffic",
        "no listener reaches the new version alone: old and new tasks stand behind one",
        "leave it out",
    ),
    (
        "checks",
        "there is no moment at which the new version could be asked alone",
        "leave them out, and watch alarms: `rolling: {watch: 10m}`",
    ),
    ("hooks", "its tasks are replaced without the stages that call functions", "leave them out"),
    (
        "approve",
        "it has nothing to hold at",
        "leave it out, or let the pipeline ask: `stages: [{approve: true}]`",
    ),
    (
        "keep_old",
        "the old tasks are gone when the new ones run",
        "leave it out; alarms are watched for `rolling: {watch: 10m}`",
    ),
];

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    let service = subject.service;
    if service.service.deploy.strategy.kind().has_two_versions() {
        return;
    }
    let strategy = Trail::of(["deploy", "strategy"]);
    let deploy = &service.service.deploy;
    let hooks = &deploy.hooks;
    let own = [&hooks.before_install, &hooks.after_install, &hooks.before_traffic, &hooks.after_traffic];
    for (key, why, instead) in KEYS {
        let trail = Trail::of(["deploy", key]);
        let is_asked = match key {
            "test_traffic" => deploy.test_traffic.is_some(),
            "checks" => !deploy.checks.is_empty(),
            "hooks" => own.into_iter().any(Option::is_some),
            "approve" => deploy.approve.is_some(),
            // It has a value in any case.
            _ => service.layers.wrote(&service.tree, &trail),
        };
        if is_asked {
            sink.add(
                Finding::error(
                    codes::NEEDS_TWO_VERSIONS,
                    format!("`{key}` needs two versions side by side, and a rolling update has none"),
                )
                .at(trail, Aim::Key, "")
                .related(strategy.clone(), Aim::Value, "the strategy")
                .note(why)
                .help(instead)
                .advise(
                    strategy.clone(),
                    "canary",
                    "a canary has both: write `strategy: canary`",
                ),
            );
        }
    }
}
