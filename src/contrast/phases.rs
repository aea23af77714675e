use serde::Serialize;

use super::Span;
use crate::{
    blueprint::{
        Deploy, Forwards, Service, Strategy,
        engines::{self, Act},
        units::Share,
    },
    rollout::{Mode, Rollout},
};

/// Something that a release goes through.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Phase {
    /// What it is, whoever does it.
    pub act: Act,
    /// What AWS calls it.
    pub name: &'static str,
    /// What the engine does.
    pub does: &'static str,
    /// Seconds it takes.
    pub seconds: Span<u32>,
    /// Whether it goes on at the same time as the one before.
    pub beside: bool,
    /// Tasks that run at once.
    pub tasks: Span<u64>,
    /// Steps of production traffic; empty but where it moves in steps.
    pub steps: Vec<Moved>,
    /// The part of production traffic on the new version at the end of it, in percent.
    pub percent: Share,
}

/// A step of production traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Seconds after the first step.
    pub after: u32,
    /// The part of production traffic on the new version from then on, in percent.
    pub percent: Share,
}

/// What a release of a service goes through. Nothing where the engine does not have the strategy.
pub(super) fn of(rollout: &Rollout, service: &Service) -> Vec<Phase> {
    let deploy = &service.deploy;
    if rollout.engine.offer(deploy.strategy.kind()).is_none() {
        return Vec::new();
    }
    let is_tested = deploy.test_traffic.is_some();
    let mut phases: Vec<Phase> = Vec::new();
    for phase in rollout.engine.course.phases {
        if !happens(phase.act, rollout, deploy) {
            continue;
        }
        let name = rollout.engine.name_of(phase, is_tested);
        phases.push(Phase {
            act: phase.act,
            name,
            does: phase.does,
            seconds: seconds(phase, rollout),
            beside: phases.last().is_some_and(|before| before.name == name),
            tasks: tasks(phase.act, rollout, deploy),
            steps: if phase.act == Act::Shift { steps(rollout.shift.mode) } else { Vec::new() },
            percent: if phase.act < Act::Shift { Share::NONE } else { Share::ALL },
        });
    }
    phases
}

/// Seconds of all phases together; those of one name go on at the same time.
pub(super) fn together(phases: &[Phase]) -> Span<u32> {
    let mut all: Vec<Span<u32>> = Vec::new();
    for phase in phases {
        match all.last_mut() {
            Some(last) if phase.beside => {
                last.least = last.least.max(phase.seconds.least);
                last.most = last.most.zip(phase.seconds.most).map(|(left, right)| left.max(right));
            }
            _ => all.push(phase.seconds),
        }
    }
    Span {
        least: all.iter().fold(0, |sum, span| sum.saturating_add(span.least)),
        most: all.iter().try_fold(0_u32, |sum, span| span.most.map(|most| sum.saturating_add(most))),
    }
}

/// Whether a release with these settings has a phase.
fn happens(act: Act, rollout: &Rollout, deploy: &Deploy) -> bool {
    let (two, hooks) = (deploy.strategy.kind().has_two_versions(), &deploy.hooks);
    match act {
        Act::BeforeStart => two && hooks.before_install.is_some(),
        Act::AfterStart => two && hooks.after_install.is_some(),
        Act::TestTraffic => two && deploy.test_traffic.is_some(),
        // No request goes through a load balancer that forwards connections.
        Act::Checks => {
            two && deploy.test_traffic.is_some() && rollout.forwards != Some(Forwards::Connections)
        }
        Act::Hold => two && deploy.approve.is_some(),
        Act::BeforeShift => two && hooks.before_traffic.is_some(),
        Act::AfterShift => two && hooks.after_traffic.is_some(),
        Act::Shift => two && rollout.traffic_moves,
        Act::Start => two,
        Act::End => two && rollout.stays.is_none(),
        Act::Keep => two && rollout.keep_old.value > 0,
        Act::Replace => !two,
        Act::Watch => !two && rollout.keep_old.value > 0,
    }
}

fn seconds(phase: &engines::Phase, rollout: &Rollout) -> Span<u32> {
    let engine = rollout.engine;
    let mode = rollout.shift.mode;
    if let Some(hook) = phase.act.hook() {
        let is_each = engine.event(hook).is_some_and(|hook| hook.each_step);
        let times = if is_each { mode.waits().saturating_add(1) } else { 1 };
        return Span::up_to(engine.hook_minutes.saturating_mul(60).saturating_mul(times));
    }
    match phase.act {
        Act::Start => Span { least: startup(rollout), most: Some(engine.start) },
        Act::Hold => Span::up_to(rollout.approve.as_ref().map_or(0, |approve| approve.value)),
        // Beside the waits, a Network Load Balancer takes its time for every step.
        Act::Shift => {
            Span { least: mode.full(), most: Some(mode.full().saturating_add(rollout.moving_production())) }
        }
        Act::TestTraffic => Span::up_to(rollout.moving_test()),
        Act::Keep | Act::Watch => Span::of(rollout.keep_old.value),
        Act::End => {
            let drain = rollout.drain.as_ref().map_or(0, |drain| drain.value);
            Span::up_to(drain.saturating_add(rollout.stop.value))
        }
        // How long that takes depends on health and on how many may be replaced at a time.
        Act::Replace => Span::from(startup(rollout)),
        _ => Span::of(0),
    }
}

/// Seconds that a task takes to answer, where somebody says.
pub(super) fn startup(rollout: &Rollout) -> u32 {
    rollout.startup.as_ref().map_or(0, |startup| startup.value)
}

/// Tasks that run at once: those of the old version, and with them those of the new one from its start to the end of the old.
fn tasks(act: Act, rollout: &Rollout, deploy: &Deploy) -> Span<u64> {
    let (fewest, most) = (rollout.tasks.fewest().min, rollout.tasks.most().max);
    let alone = Span { least: u64::from(fewest), most: Some(u64::from(most)) };
    match (act, deploy.strategy) {
        (Act::BeforeStart | Act::Watch, _) => alone,
        (Act::Replace, Strategy::Rolling(rolling)) => Span {
            least: (u64::from(fewest) * u64::from(rolling.minimum)).div_ceil(100),
            most: Some(rollout.overlapping(most)),
        },
        _ => Span { least: rollout.overlapping(fewest), most: Some(rollout.overlapping(most)) },
    }
}

fn steps(mode: Mode) -> Vec<Moved> {
    let waits = mode.waits();
    let each = mode.full().checked_div(waits).unwrap_or(0);
    (0..=waits)
        .map(|step| step * each)
        .map(|after| Moved { after, percent: mode.percent_at(after) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phase(name: &'static str, seconds: Span<u32>, beside: bool) -> Phase {
        Phase {
            act: Act::Hold,
            name,
            does: "",
            seconds,
            beside,
            tasks: Span::of(1),
            steps: Vec::new(),
            percent: Share::NONE,
        }
    }

    #[test]
    fn what_goes_on_at_once_counts_once() {
        let [a, b, c] = [Span::up_to(60), Span::up_to(90), Span::of(10)];
        let all = [phase("a", a, false), phase("a", b, true), phase("c", c, false)];
        assert_eq!(together(&all), Span { least: 10, most: Some(100) });
        let open = [phase("a", a, false), phase("b", Span::from(5), false)];
        assert_eq!(together(&open), Span::from(5));
        assert_eq!(together(&[]), Span::of(0));
    }

    #[test]
    fn steps_end_at_all_traffic() {
        let of = |mode| {
            let percent = |step: &Moved| (step.after, step.percent.percent());
            steps(mode).iter().map(percent).collect::<Vec<_>>()
        };
        assert_eq!(of(Mode::AllAtOnce), [(0, 100.0)]);
        assert_eq!(of(Mode::Canary { percent: Share::whole(10), minutes: 5 }), [(0, 10.0), (300, 100.0)]);
        assert_eq!(
            of(Mode::Linear { percent: Share::whole(40), minutes: 1 }),
            [(0, 40.0), (60, 80.0), (120, 100.0)]
        );
    }
}
