use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// ECS Exec writes to the file system it opens a shell in (facts 7.3).
pub(super) const RULE: Rule = Rule {
    code: codes::SHELL_NEEDS_WRITING,
    level: Level::Warning,
    sources: &["S-171"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    if !(rollout.exec.value && rollout.readonly.value) {
        return;
    }
    sink.add(
        sink.found("nobody can open a shell in a container whose file system is read-only")
            .at(rollout.exec.at.clone(), Aim::Value, "")
            .related(rollout.readonly.at.clone(), Aim::Value, "read-only")
            .note("the agent of ECS Exec has to write into the container")
            .advise(rollout.exec.at.clone(), "false", "write `exec: false`, or `readonly: false`"),
    );
}
