use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// CodeDeploy watches a limited number of alarms (facts 2.2).
pub(super) const RULE: Rule = Rule {
    code: codes::TOO_MANY_ALARMS,
    level: Level::Error,
    sources: &["S-14"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let Some(most) = rollout.engine.alarms else { return };
    let watched: Vec<&str> = rollout.watched().map(|alarm| alarm.name.as_str()).collect();
    if watched.len() > most {
        let some = watched[..most].join(", ");
        sink.add(
            sink.found(format!(
                "{} alarms would stop a deployment; {} watches at most {most}",
                watched.len(),
                rollout.engine.name
            ))
            .at(rollout.at.key("alarms"), Aim::Key, "")
            .suggest(
                rollout.rollback.alarms_at.clone(),
                format!("[{some}]"),
                format!("name the ones that matter, such as `rollback: {{alarms: [{some}]}}` in `deploy`"),
            ),
        );
    }
}
