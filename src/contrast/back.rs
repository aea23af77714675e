use serde::Serialize;

use super::{Span, phases::startup};
use crate::{
    blueprint::{
        Deploy, RollbackEvent,
        engines::{Answer, Moment, WayBack},
    },
    rollout::Rollout,
};

/// A way back that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Way {
    /// When.
    pub moment: Moment,
    /// What opens it; nothing where somebody has to make another release.
    pub on: Option<RollbackEvent>,
    /// What happens.
    pub how: &'static str,
    /// Seconds until all production traffic is on the old version: from the fault for an alarm, else from the event.
    pub seconds: Span<u32>,
    /// Seconds it is open at least; nothing where nobody says, or for good.
    pub open: Option<u32>,
}

/// The ways back of a service's releases.
pub(super) fn of(rollout: &Rollout, deploy: &Deploy) -> Vec<Way> {
    let ways = rollout.engine.course.ways_back.iter();
    ways.filter(|way| is_open(way, rollout, deploy)).map(|way| told(way, rollout)).collect()
}

fn is_open(way: &WayBack, rollout: &Rollout, deploy: &Deploy) -> bool {
    let two = deploy.strategy.kind().has_two_versions();
    let is_its_time = match way.moment {
        Moment::BeforeTraffic | Moment::BothRun => two,
        Moment::Replacing => !two,
        Moment::AfterEnd => true,
    };
    let is_answered = way.on.is_none_or(|event| {
        rollout.engine.answer(event) == Answer::Always || deploy.rollback.on.contains(&event)
    });
    let can_happen = match (way.moment, way.on) {
        (_, Some(RollbackEvent::Alarm)) => rollout.watched().next().is_some(),
        // Only a function can fail a deployment whose traffic moves.
        (Moment::BothRun, Some(RollbackEvent::Failure)) => {
            let is_each = rollout.engine.event("before_traffic").is_some_and(|hook| hook.each_step);
            let between = is_each && deploy.hooks.before_traffic.is_some() && rollout.shift.mode.waits() > 0;
            between || deploy.hooks.after_traffic.is_some()
        }
        _ => true,
    };
    is_its_time && is_answered && can_happen
}

fn told(way: &WayBack, rollout: &Rollout) -> Way {
    let full = rollout.shift.mode.full();
    let seconds = match (way.moment, way.on) {
        // It never left.
        (Moment::BeforeTraffic, _) => Span::of(0),
        (Moment::BothRun, Some(RollbackEvent::Alarm)) => {
            Span::up_to(rollout.fastest().map_or(0, crate::rollout::Alarm::taken_back_after))
        }
        (Moment::BothRun, _) => Span::up_to(rollout.engine.reaction),
        (Moment::Replacing, _) => Span::from(startup(rollout)),
        (Moment::AfterEnd, _) if rollout.stays.is_some() => Span::up_to(rollout.engine.reaction),
        (Moment::AfterEnd, _) => Span::from(startup(rollout).saturating_add(full)),
    };
    Way {
        moment: way.moment,
        on: way.on,
        how: way.without_traffic.filter(|_| !rollout.traffic_moves).unwrap_or(way.how),
        seconds,
        open: (way.moment == Moment::BothRun).then(|| full.saturating_add(rollout.keep_old.value)),
    }
}
