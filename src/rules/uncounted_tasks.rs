use super::{Check, Rule, Sink, Subject};
use crate::{
    blueprint::{Insights, Measure},
    diagnostic::{Aim, Level, Trail, codes},
};

/// An alarm on tasks that are missing needs Container Insights, which counts them (facts 10.8).
pub(super) const RULE: Rule =
    Rule { code: codes::UNCOUNTED_TASKS, level: Level::Warning, sources: &[], check: Check::Service(check) };

fn check(subject: &Subject<'_>, sink: &mut Sink<'_>) {
    if subject.resolved.cluster.insights != Insights::Disabled {
        return;
    }
    for (name, alarm) in &subject.service.service.alarms {
        if !matches!(alarm.measure, Measure::MissingTasks { .. }) {
            continue;
        }
        let trail = Trail::of(["alarms", name.as_str()]);
        sink.add(
            sink.found(format!("the alarm `{name}` never fires: nobody counts the tasks"))
                .at(trail.clone(), Aim::Key, "")
                .note("Container Insights counts them, and `cluster.insights` is `disabled`")
                .help("write `insights: enabled` in `cluster`")
                .suggest(trail, "null", format!("or leave the alarm out: `{name}: null`")),
        );
    }
}
