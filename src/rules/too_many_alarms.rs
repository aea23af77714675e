use super::{Check, Rule, Sink};
use crate::{
    diagnostic::{Aim, Level, codes},
    rollout::Rollout,
};

/// What CodeDeploy allows in one deployment group (facts 2.2).
const MOST: usize = 10;

/// CodeDeploy watches a limited number of alarms.
pub(super) const RULE: Rule = Rule {
    code: codes::TOO_MANY_ALARMS,
    level: Level::Error,
    sources: &["S-14"],
    check: Check::Rollout(check),
};

fn check(rollout: &Rollout, sink: &mut Sink<'_>) {
    let watched: Vec<&str> = rollout.watched().map(|alarm| alarm.name.as_str()).collect();
    if watched.len() > MOST {
        let some = watched[..MOST].join(", ");
        sink.add(
            sink.found(format!(
                "{} alarms would stop a deployment; CodeDeploy watches at most {MOST}",
                watched.len()
            ))
            .at(rollout.at.key("alarms"), Aim::Value, "")
            .help("name the ones that matter in `deploy.rollback.alarms`")
            .suggest(
                rollout.rollback.alarms_at.clone(),
                format!("[{some}]"),
                format!("for example, write `rollback: {{alarms: [{some}]}}` in `deploy`"),
            ),
        );
    }
}
