use super::{Check, Rule, Sink, length};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::{Rollout, Signal},
};

/// Tasks that start are not healthy yet, and alarms are watched meanwhile (facts 10.7, S-23).
pub(super) const RULE: Rule = Rule {
    code: codes::STARTUP_NOISE,
    level: Level::Warning,
    sources: &["S-23"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let Some(startup) = &rollout.startup else { return };
    let Some(health) = &rollout.health else { return };
    let noisy = startup.value.saturating_add(health.unhealthy.value * health.interval.value);
    for alarm in rollout.watched().filter(|alarm| alarm.signal == Signal::UnhealthyTasks) {
        let fires = alarm.bad * alarm.period;
        if fires >= noisy {
            continue;
        }
        let times = noisy.div_ceil(alarm.period);
        let finding = sink
            .found(format!("tasks that start may set off the alarm `{}` and stop their own deployment", alarm.name))
            .at(alarm.at.clone(), Aim::Key, "")
            .related(startup.at.clone(), Aim::Value, "declared here")
            .note(format!("it fires after {} of unhealthy tasks", length(fires)))
            .note(format!(
                "a starting task may be unhealthy for {}: {} to start, declared, and {} x {} of health checks",
                length(noisy),
                length(startup.value),
                health.unhealthy.value,
                length(health.interval.value)
            ));
        sink.add(if times <= 60 && alarm.of == alarm.bad {
            finding.suggest(
                alarm.at.key("times"),
                times.to_string(),
                format!("write `times: {times}` or more"),
            )
        } else {
            finding.help(format!("make `times` {times} or more, and `of` at least as many"))
        });
    }
}
