use crate::{
    blueprint::RollbackEvent,
    cfn::{Alarm, Handle, Value},
    stacks::Site,
};

/// The names of the alarms that stop a deployment: those the blueprint names, else all, in either case no more than the engine
/// watches. None where no alarm is to stop one.
pub(super) fn watched(site: Site<'_>, alarms: &[(String, Handle<Alarm>)]) -> Vec<Value> {
    let deploy = &site.service.service.deploy;
    let rollback = &deploy.rollback;
    if !rollback.on.contains(&RollbackEvent::Alarm) {
        return Vec::new();
    }
    alarms
        .iter()
        .filter(|(name, _)| {
            rollback.alarms.as_ref().is_none_or(|chosen| chosen.iter().any(|known| known.as_str() == name))
        })
        .take(deploy.engine.abilities().alarms.unwrap_or(usize::MAX))
        .map(|(_, alarm)| alarm.reference())
        .collect()
}
