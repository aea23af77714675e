//! The course of a release by engine: what happens in which order, who owns what meanwhile, and how it goes back. A part of
//! the table of engines.

use serde::Serialize;

use super::{Abilities, Colors, RedAlarm, Revision, RollbackEvent, Routes};

/// Something that happens in a release. An engine's phases come in this order, whatever it calls them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// A function is called before the new tasks start.
    BeforeStart,
    /// The new tasks start beside the old ones.
    Start,
    /// A function is called when the new tasks run.
    AfterStart,
    /// Test traffic goes to the new tasks.
    TestTraffic,
    /// bluegreen's own function looks at the new tasks.
    Checks,
    /// Somebody is waited for.
    Hold,
    /// A function is called before production traffic moves.
    BeforeShift,
    /// Production traffic moves.
    Shift,
    /// A function is called after production traffic has moved.
    AfterShift,
    /// Tasks are replaced a few at a time.
    Replace,
    /// The old tasks stay.
    Keep,
    /// Alarms are watched after the last old task has gone.
    Watch,
    /// The old tasks go.
    End,
}

impl Act {
    /// In a few words, whoever does it.
    pub fn words(self) -> &'static str {
        match self {
            Self::BeforeStart => "ask before tasks start",
            Self::Start => "start new tasks",
            Self::AfterStart => "ask when tasks run",
            Self::TestTraffic => "move test traffic",
            Self::Checks => "check new tasks",
            Self::Hold => "wait for a person",
            Self::BeforeShift => "ask before traffic",
            Self::Shift => "move traffic",
            Self::AfterShift => "ask after traffic",
            Self::Replace => "replace tasks",
            Self::Keep => "keep old tasks",
            Self::Watch => "watch alarms",
            Self::End => "end old tasks",
        }
    }

    /// The key of the function that is called, as [`Abilities::event`] knows it.
    pub fn hook(self) -> Option<&'static str> {
        match self {
            Self::BeforeStart => Some("before_install"),
            Self::AfterStart => Some("after_install"),
            Self::Checks => Some("checks"),
            Self::BeforeShift => Some("before_traffic"),
            Self::AfterShift => Some("after_traffic"),
            _ => None,
        }
    }
}

/// Something that an engine does in a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Phase {
    /// What it is.
    pub act: Act,
    /// What AWS calls it; where a function is called, the life-cycle event of [`Abilities::hooks`].
    pub aws: Option<&'static str>,
    /// The same where there is no test traffic, if it is another.
    pub untested: Option<&'static str>,
    /// What the engine does.
    pub does: &'static str,
}

const fn phase(act: Act, aws: &'static str, does: &'static str) -> Phase {
    Phase { act, aws: Some(aws), untested: None, does }
}

const fn asks(act: Act, does: &'static str) -> Phase {
    Phase { act, aws: None, untested: None, does }
}

/// Something that must have one owner, or it is set back behind somebody's back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Property {
    /// Which revision of the task definition runs.
    RunningRevision,
    /// Which target group is live: the weights.
    LiveTargetGroup,
    /// The listener or its rule, its weights aside.
    Route,
    /// How many tasks run.
    DesiredCount,
    /// How a release goes: steps, waits, hooks, alarms.
    DeploymentSettings,
}

impl Property {
    /// In a few words, whoever owns it.
    pub fn words(self) -> &'static str {
        match self {
            Self::RunningRevision => "running revision",
            Self::LiveTargetGroup => "weights, live target group",
            Self::Route => "listener or rule",
            Self::DesiredCount => "desired count",
            Self::DeploymentSettings => "deployment settings",
        }
    }
}

/// Who says what something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The engine, at every deployment.
    Engine,
    /// The stack, at every update.
    Stack,
    /// Application Auto Scaling, at any time.
    Scaling,
}

/// When a release is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// Production traffic has not moved yet.
    BeforeTraffic,
    /// From the first step of production traffic until the old tasks go.
    BothRun,
    /// While tasks are replaced a few at a time, and while alarms are watched thereafter.
    Replacing,
    /// The release is over.
    AfterEnd,
}

impl Moment {
    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::BeforeTraffic => "before traffic moves",
            Self::BothRun => "while both versions run",
            Self::Replacing => "while tasks are replaced",
            Self::AfterEnd => "after the end",
        }
    }
}

/// A way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct WayBack {
    /// When it is open.
    pub moment: Moment,
    /// What opens it; nothing where somebody has to make another release.
    pub on: Option<RollbackEvent>,
    /// What happens.
    pub how: &'static str,
    /// The same where no traffic moves, if it is another.
    pub without_traffic: Option<&'static str>,
}

impl WayBack {
    /// Where no traffic moves, this happens.
    const fn or(self, how: &'static str) -> Self {
        Self { without_traffic: Some(how), ..self }
    }
}

const fn back(moment: Moment, on: RollbackEvent, how: &'static str) -> WayBack {
    WayBack { moment, on: Some(on), how, without_traffic: None }
}

const fn again(how: &'static str) -> WayBack {
    WayBack { moment: Moment::AfterEnd, on: None, how, without_traffic: None }
}

/// The course of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Course {
    /// What happens, in order. Which of it does in a given release, its settings say.
    pub phases: &'static [Phase],
    /// Who owns what, and how it is changed. Who owns the desired count depends on scaling.
    pub owns: &'static [(Property, Owner, &'static str)],
    /// The ways back.
    pub ways_back: &'static [WayBack],
}

/// CodeDeploy (facts 1.2, 1.4, 2.2, 2.4, 2.5).
pub(super) const CODEDEPLOY: Course = Course {
    phases: &[
        asks(Act::BeforeStart, "a function says whether tasks may start"),
        phase(Act::Start, "Install", "a second task set starts, as large as the first"),
        asks(Act::AfterStart, "a function looks at the new task set"),
        phase(Act::TestTraffic, "AllowTestTraffic", "the test listener goes to the new task set"),
        asks(Act::Checks, "a function asks the new task set through the test listener"),
        phase(Act::Hold, "Ready", "the deployment waits to be continued, and stops at the end of its time"),
        asks(Act::BeforeShift, "a function says whether production traffic may move"),
        phase(Act::Shift, "AllowTraffic", "the weights of the production listener move"),
        asks(Act::AfterShift, "a function says whether the new task set may stay"),
        phase(
            Act::Keep,
            "TerminationWaitTime",
            "the old task set stays without traffic; the deployment is not over",
        ),
        phase(Act::End, "Terminate", "the old task set drains and goes"),
    ],
    owns: &[
        (
            Property::RunningRevision,
            Owner::Engine,
            "the stack names the family alone; a deployment says which revision runs",
        ),
        (
            Property::LiveTargetGroup,
            Owner::Engine,
            "a deployment moves the weights of the listeners; the stack is told by `LiveColor` which they are",
        ),
        (Property::Route, Owner::Stack, "the listeners are the stack's, their default action is not"),
        (
            Property::DeploymentSettings,
            Owner::Stack,
            "they stand in the deployment group, and the next deployment goes by them",
        ),
    ],
    ways_back: &[
        back(
            Moment::BeforeTraffic,
            RollbackEvent::Failure,
            "the new task set goes; production stayed where it was",
        ),
        back(
            Moment::BothRun,
            RollbackEvent::Failure,
            "a function that says no: the weights go back in one step",
        ),
        back(
            Moment::BothRun,
            RollbackEvent::Alarm,
            "the deployment stops, and the weights go back in one step; whether alarms still count once all traffic has moved, AWS does not say",
        ),
        back(
            Moment::BothRun,
            RollbackEvent::Stop,
            "`aws deploy stop-deployment --auto-rollback-enabled`: the weights go back in one step",
        ),
        again("a deployment of the revision before, with everything that a deployment does"),
    ],
};

/// ECS itself (facts 4.2, 4.3, 4.4).
pub(super) const ECS: Course = Course {
    phases: &[
        asks(Act::BeforeStart, "a function says whether tasks may start"),
        phase(Act::Start, "SCALE_UP", "as many tasks again start in the target group that is idle"),
        asks(Act::AfterStart, "a function looks at the new tasks"),
        phase(Act::TestTraffic, "TEST_TRAFFIC_SHIFT", "test traffic goes to the new tasks"),
        asks(Act::Checks, "a function asks the new tasks through the test rule"),
        Phase {
            act: Act::Hold,
            aws: Some("POST_TEST_TRAFFIC_SHIFT"),
            untested: Some("POST_SCALE_UP"),
            does: "a PAUSE hook waits to be continued, beside the functions of its stage, and takes the deployment back at the end of its time",
        },
        asks(
            Act::BeforeShift,
            "a function says whether production traffic may move, before every step of it",
        ),
        phase(Act::Shift, "PRODUCTION_TRAFFIC_SHIFT", "the weights of production traffic move"),
        asks(Act::AfterShift, "a function says whether the new tasks may stay"),
        phase(
            Act::Replace,
            "ROLLING",
            "old tasks go as new ones come, within the least and the most of the blueprint",
        ),
        phase(Act::Keep, "BAKE_TIME", "the old tasks stay without traffic, and alarms are watched"),
        phase(Act::Watch, "BAKE_TIME", "alarms are watched"),
        phase(Act::End, "CLEAN_UP", "the old tasks drain and go; then the update of the stack is complete"),
    ],
    owns: &[
        (
            Property::RunningRevision,
            Owner::Stack,
            "a release is an update that names no running revision; any other update names the one that runs",
        ),
        (
            Property::LiveTargetGroup,
            Owner::Engine,
            "a deployment moves the weights of rules, or of a Network Load Balancer's listeners; the stack is told by `LiveColor` which they are",
        ),
        (Property::Route, Owner::Stack, "listeners and rules are the stack's, the weights that move are not"),
        (
            Property::DeploymentSettings,
            Owner::Stack,
            "they stand in the service; a change of them starts no deployment, and the next one goes by them",
        ),
    ],
    ways_back: &[
        back(
            Moment::BeforeTraffic,
            RollbackEvent::Failure,
            "the new tasks go and CloudFormation takes the update back; production stayed where it was",
        ),
        back(
            Moment::BothRun,
            RollbackEvent::Failure,
            "a function that says no: traffic goes back in one step, then the update of the stack",
        )
        .or("a function that says no: the new tasks go and the old ones stay, then the update of the stack is taken back"),
        back(
            Moment::BothRun,
            RollbackEvent::Alarm,
            "traffic goes back in one step within the same deployment, then the update of the stack",
        )
        .or("the new tasks go and the old ones stay, within the same deployment; then the update of the stack is taken back"),
        back(
            Moment::BothRun,
            RollbackEvent::Stop,
            "`aws ecs stop-service-deployment --stop-type ROLLBACK`: traffic goes back in one step, then the update of the stack",
        )
        .or("`aws ecs stop-service-deployment --stop-type ROLLBACK`: the new tasks go and the old ones stay, then the update of the stack is taken back"),
        back(
            Moment::Replacing,
            RollbackEvent::Failure,
            "the circuit breaker: tasks of the version before start again, a few at a time",
        ),
        back(
            Moment::Replacing,
            RollbackEvent::Alarm,
            "tasks of the version before start again, a few at a time",
        ),
        back(
            Moment::Replacing,
            RollbackEvent::Stop,
            "`aws ecs stop-service-deployment --stop-type ROLLBACK`: tasks of the version before start again, a few at a time",
        ),
        again("an update of the stack with the image before, with everything that a release does"),
    ],
};

/// CloudFormation's hook (facts 5.1, 5.2, 5.3).
pub(super) const CLOUDFORMATION: Course = Course {
    phases: &[
        asks(Act::BeforeStart, "a function says whether tasks may start"),
        phase(Act::Start, "Install", "a task set of the other color starts, as large as the first"),
        asks(Act::AfterStart, "a function looks at the new task set"),
        phase(Act::TestTraffic, "AllowTestTraffic", "the test listener goes to the new task set"),
        asks(Act::Checks, "a function asks the new task set through the test listener"),
        asks(Act::BeforeShift, "a function says whether production traffic may move"),
        phase(Act::Shift, "AllowTraffic", "the weights of the production listener move"),
        asks(Act::AfterShift, "a function says whether the new task set may stay"),
        phase(
            Act::Keep,
            "TerminationWaitTimeInMinutes",
            "the old task set stays without traffic; neither the deployment nor the update of the stack is over",
        ),
        phase(
            Act::End,
            "Terminate",
            "the old task set drains and goes; then the update of the stack is complete, and the new color stands in its template",
        ),
    ],
    owns: &[
        (
            Property::RunningRevision,
            Owner::Stack,
            "the template names it: a release is an update that changes the task definition alone, and any other update keeps it",
        ),
        (
            Property::LiveTargetGroup,
            Owner::Engine,
            "a release moves the weights of the listeners; the transform puts the live group into the template that is sent",
        ),
        (Property::Route, Owner::Stack, "the listeners are the stack's, their default action is not"),
        (
            Property::DeploymentSettings,
            Owner::Stack,
            "they stand in the hook; a change of them starts no deployment, and the next one goes by them",
        ),
    ],
    ways_back: &[
        back(
            Moment::BeforeTraffic,
            RollbackEvent::Failure,
            "the new task set goes and CloudFormation takes the update back; production stayed where it was",
        ),
        back(
            Moment::BothRun,
            RollbackEvent::Failure,
            "a function that says no: the weights go back in one step, then the update of the stack",
        ),
        back(
            Moment::BothRun,
            RollbackEvent::Alarm,
            "a rollback trigger of the stack: CloudFormation takes the update back, and traffic with it",
        ),
        back(
            Moment::BothRun,
            RollbackEvent::Stop,
            "`aws cloudformation cancel-update-stack`: the weights go back in one step, then the update of the stack",
        ),
        again("an update of the stack with the image before, with everything that a release does"),
    ],
};

/// Two clusters behind weighted target groups (facts 4.2, 6.3, 6.4).
pub(super) const TWO_CLUSTERS: Course = Course {
    phases: &[
        asks(Act::BeforeStart, "a function says whether tasks may start"),
        phase(
            Act::Start,
            "UpdateStack",
            "an update of the idle color's stack: its service runs the new image, with as many tasks as the live color; CloudFormation waits until they are steady",
        ),
        asks(Act::AfterStart, "a function looks at the new color"),
        phase(Act::TestTraffic, "UpdateStack", "the test listener goes to the new color"),
        asks(Act::Checks, "a function asks the new color through the test listener"),
        asks(Act::BeforeShift, "a function says whether production traffic may move"),
        phase(
            Act::Shift,
            "UpdateStack",
            "updates of the load balancer's stack move the weights of the production listener, one for each step, with a look at the alarms between them",
        ),
        asks(Act::AfterShift, "a function says whether the new color may stay"),
        phase(Act::Keep, "keep_old", "the old color stays without traffic, and alarms are watched"),
        phase(Act::End, "UpdateStack", "an update of the old color's stack scales it to zero"),
    ],
    owns: &[
        (
            Property::RunningRevision,
            Owner::Stack,
            "each color's stack: a release is an update of the idle one that names no running revision; any other update names the one that runs",
        ),
        (
            Property::LiveTargetGroup,
            Owner::Stack,
            "the weights are parameters of the load balancer's stack; any update but a release's passes those that the listener has",
        ),
        (Property::Route, Owner::Stack, "the listeners are the stack's, weights and all"),
        (
            Property::DeploymentSettings,
            Owner::Stack,
            "steps and waits stand in `release.sh`, what takes a color's update back in its service",
        ),
    ],
    ways_back: &[
        back(
            Moment::BeforeTraffic,
            RollbackEvent::Failure,
            "CloudFormation takes the update of the idle color back; production stayed where it was",
        ),
        back(
            Moment::BothRun,
            RollbackEvent::Failure,
            "`release.sh` puts the weights of before back in one update",
        ),
        back(
            Moment::BothRun,
            RollbackEvent::Alarm,
            "`release.sh` puts the weights of before back in one update",
        ),
        back(
            Moment::BothRun,
            RollbackEvent::Stop,
            "`./release.sh --back`: the weights of before in one update; an interrupted `release.sh` leaves them as they are",
        ),
        again(
            "a release of the image before; with `idle_color: running`, or kept by `--keep`, no more than `./release.sh --back`",
        ),
    ],
};

impl Abilities {
    /// What AWS calls a phase of this engine.
    pub fn name_of(&self, phase: &Phase, is_tested: bool) -> &'static str {
        let of_hook = || phase.act.hook().and_then(|key| self.event(key)).map(|hook| hook.event);
        let untested = phase.untested.filter(|_| !is_tested);
        untested.or(phase.aws).or_else(of_hook).unwrap_or_default()
    }
}

impl Routes {
    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Listener => "the default action of the listeners",
            Self::Rule => "a rule of each listener",
        }
    }
}

impl Revision {
    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Engine => "the engine says which runs; the stack names the family alone",
            Self::Stack => {
                "the stack says which runs: its own in a release, the running one in any other update"
            }
            Self::Template => {
                "the template says which runs: a release changes it there, and any other update keeps it"
            }
        }
    }
}

impl Colors {
    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Together => "a target group of one service",
            Self::Apart => "a service in a cluster of its own, with a target group",
        }
    }
}

impl RedAlarm {
    /// What it does to a deployment that starts, in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Stops => "stops the deployment at once",
            Self::Refused => "keeps `release.sh` from starting one",
            Self::Ignored => "is ignored for the whole deployment, so `release.sh` refuses to start one",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blueprint::engines::{ALL, StrategyKind};

    #[test]
    fn phases_come_in_the_order_of_acts_and_have_a_name() {
        for engine in ALL {
            let phases = engine.course.phases;
            assert!(phases.windows(2).all(|pair| pair[0].act < pair[1].act), "{}", engine.name);
            for phase in phases {
                assert!(!engine.name_of(phase, true).is_empty(), "{} {:?}", engine.name, phase.act);
                assert_eq!(
                    phase.aws.is_none(),
                    phase.act.hook().is_some(),
                    "{} {:?}",
                    engine.name,
                    phase.act
                );
            }
            let has = |act| phases.iter().any(|phase| phase.act == act);
            let is_rolling = engine.offer(StrategyKind::Rolling).is_some();
            assert_eq!((has(Act::Replace), has(Act::Watch)), (is_rolling, is_rolling), "{}", engine.name);
            assert!(
                engine.hooks.iter().all(|hook| phases.iter().any(|phase| phase.act.hook() == Some(hook.key)))
            );
        }
    }

    #[test]
    fn every_property_but_the_count_has_one_owner() {
        use Property::{DeploymentSettings, LiveTargetGroup, Route, RunningRevision};
        for engine in ALL {
            let owned: Vec<Property> = engine.course.owns.iter().map(|(property, ..)| *property).collect();
            assert_eq!(
                owned,
                [RunningRevision, LiveTargetGroup, Route, DeploymentSettings],
                "{}",
                engine.name
            );
            let owner = engine.course.owns[0].1;
            assert_eq!(owner == Owner::Stack, engine.revision != Revision::Engine, "{}", engine.name);
        }
    }

    #[test]
    fn every_event_that_takes_a_release_back_has_a_way() {
        for engine in ALL {
            let ways = engine.course.ways_back;
            for (event, _) in engine.rollback {
                assert!(ways.iter().any(|way| way.on == Some(*event)), "{} {event:?}", engine.name);
            }
            assert!(ways.iter().any(|way| way.moment == Moment::AfterEnd && way.on.is_none()));
        }
    }
}
