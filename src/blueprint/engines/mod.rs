//! What each engine can do, in one table. The schema's descriptions, the rules, what is rendered, `docs/engines.md` and the
//! command `engines` read it; nothing else says what an engine supports.

mod page;

pub use page::{markdown, rows};
use schemars::Schema;
use serde::Serialize;

mod course;

use super::{Engine, Protocol, ReleaseWith, RollbackEvent, Strategy, units::Share};
pub use course::{Act, Course, Moment, Owner, Phase, Property, WayBack};

/// From the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bounds {
    /// The least.
    pub least: u32,
    /// The most.
    pub most: u32,
}

impl Bounds {
    const fn of(least: u32, most: u32) -> Self {
        Self { least, most }
    }

    /// Whether a number lies within.
    pub fn hold(self, number: u32) -> bool {
        (self.least..=self.most).contains(&number)
    }
}

/// How much of the traffic a step may move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Steps {
    /// The least.
    pub least: Share,
    /// The most.
    pub most: Share,
    /// What every one is a multiple of.
    pub step: Share,
}

impl Steps {
    /// Whether a step may be as large.
    pub fn hold(&self, share: Share) -> bool {
        (self.least..=self.most).contains(&share) && share.is_multiple_of(self.step)
    }

    /// What may be written instead of a share: the nearest.
    pub fn nearest(&self, share: Share) -> Share {
        share.nearest(self.step).clamp(self.least, self.most)
    }

    /// Every whole percent from the most to the least and, where there is less than one, its parts: only the first is as fine
    /// as people choose.
    pub fn down(&self) -> impl Iterator<Item = Share> {
        let (least, most, step) = (self.least, self.most, self.step);
        let whole = (1..=99).rev().map(Share::whole);
        let finer = (1..10).rev().map(Share::tenths).filter(move |share| share.is_multiple_of(step));
        whole.chain(finer).filter(move |share| (least..=most).contains(share))
    }

    /// How many there are.
    pub fn choices(&self) -> u32 {
        self.step.times_in(self.most).saturating_sub(self.step.times_in(self.least)) + 1
    }

    /// In words: `1 to 99 percent`.
    pub fn words(&self) -> String {
        let finer =
            if self.step == Share::whole(1) { String::new() } else { format!(" in steps of {}", self.step) };
        format!("{} to {} percent{finer}", self.least, self.most)
    }
}

/// A way to replace the version before, without its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StrategyKind {
    /// All traffic in one step.
    AllAtOnce,
    /// A part of the traffic, a wait, then the rest.
    Canary,
    /// Equal parts of the traffic, a wait after each.
    Linear,
    /// Tasks replaced a few at a time.
    Rolling,
}

impl StrategyKind {
    /// As blueprints write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::AllAtOnce => "all_at_once",
            Self::Canary => "canary",
            Self::Linear => "linear",
            Self::Rolling => "rolling",
        }
    }

    /// Whether it moves parts of the traffic, and so is nothing without any.
    pub fn moves_parts(self) -> bool {
        matches!(self, Self::Canary | Self::Linear)
    }

    /// Whether old and new version run side by side, with a target group each where there is a load balancer.
    pub fn has_two_versions(self) -> bool {
        self != Self::Rolling
    }
}

impl Strategy {
    /// What it is without its numbers.
    pub fn kind(&self) -> StrategyKind {
        match self {
            Self::AllAtOnce {} => StrategyKind::AllAtOnce,
            Self::Canary { .. } => StrategyKind::Canary,
            Self::Linear { .. } => StrategyKind::Linear,
            Self::Rolling(_) => StrategyKind::Rolling,
        }
    }
}

/// A strategy that an engine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// Which.
    pub strategy: StrategyKind,
    /// What AWS calls it.
    pub aws: &'static str,
    /// The part of the traffic a step moves, where it has steps.
    pub percent: Option<Steps>,
    /// The wait after a step, in minutes, where it has steps.
    pub wait: Option<Bounds>,
}

/// What of a load balancer an engine moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Routes {
    /// The default action of a listener: a load balancer has one service.
    Listener,
    /// A rule of a listener, whose default answers that nothing is there.
    Rule,
}

/// Who says which revision of the task definition runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Revision {
    /// The engine: the stack names the family alone, because an update that named a revision would be refused.
    Engine,
    /// The stack: a release is an update of it. Any other update names the revision that runs.
    Stack,
    /// The stack's template: a release changes task definition and task set in it and nothing else, and any other update
    /// leaves these two as they are.
    Template,
}

/// What a color is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Colors {
    /// A target group of the one service, whose versions come and go.
    Together,
    /// A service of its own, in a cluster of its own. Weights are parameters of the load balancer's stack.
    Apart,
}

/// What happens when a deployment starts while an alarm is red.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RedAlarm {
    /// It is stopped at once.
    Stops,
    /// The alarms do not count for the whole of that deployment; whoever starts one has to look before.
    Ignored,
    /// None starts.
    Refused,
}

/// Whether `rollback.on` has a say in what happens on an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The deployment is taken back where the event is named.
    Chosen,
    /// The deployment is taken back in any case.
    Always,
}

/// A life-cycle event that calls a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HookOffer {
    /// The key below `deploy.hooks`; `checks` for bluegreen's own function.
    pub key: &'static str,
    /// What the engine calls the event.
    pub event: &'static str,
    /// Whether it comes before every step of a canary or linear shift, and not once.
    pub each_step: bool,
}

/// Something a blueprint may ask for that not every engine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// A deployment that waits for somebody to say go.
    Approve,
    /// A pipeline that releases.
    Pipeline,
    /// A name in a private namespace.
    Discovery,
    /// All stacks of an environment in one template.
    OneTemplate,
    /// No tasks before the first release.
    NoTasksFirst,
    /// A secret whose ARN is looked up when the stack is deployed.
    SecretByName,
    /// Tasks on Spot, or shares of capacity providers.
    CapacityShares,
    /// Outputs of the service's stack.
    Outputs,
    /// A stack within the service's stack.
    NestedStacks,
    /// Time for tasks to start before the load balancer's health counts.
    Grace,
    /// A load balancer that several services stand behind.
    SharedLoadBalancer,
    /// A service that no load balancer stands before.
    WithoutLoadBalancer,
    /// Resources, variables and permissions of one service in CloudFormation's own words.
    OwnExtra,
    /// Service Connect.
    Connect,
    /// A say in what becomes of the color without traffic.
    IdleColor,
    /// A load balancer that forwards connections.
    NetworkLoadBalancer,
}

impl Need {
    /// Every one.
    pub const ALL: [Self; 16] = [
        Self::Approve,
        Self::Pipeline,
        Self::Discovery,
        Self::OneTemplate,
        Self::NoTasksFirst,
        Self::SecretByName,
        Self::CapacityShares,
        Self::Outputs,
        Self::NestedStacks,
        Self::Grace,
        Self::SharedLoadBalancer,
        Self::WithoutLoadBalancer,
        Self::OwnExtra,
        Self::Connect,
        Self::IdleColor,
        Self::NetworkLoadBalancer,
    ];

    /// As a blueprint asks for it.
    pub fn written(self) -> &'static str {
        match self {
            Self::Approve => "`approve`",
            Self::Pipeline => "`pipeline`",
            Self::Discovery => "`discovery`",
            Self::OneTemplate => "`layout: single`",
            Self::NoTasksFirst => "`image: {bootstrap: none}`",
            Self::SecretByName => "a secret by name",
            Self::CapacityShares => "`cluster.capacity` with Spot",
            Self::Outputs => "`extra.outputs`",
            Self::NestedStacks => "a nested stack",
            Self::Grace => "`healthcheck.grace`",
            Self::SharedLoadBalancer => "`http.load_balancer`",
            Self::WithoutLoadBalancer => "a service without `http`",
            Self::OwnExtra => "`extra` of a service",
            Self::Connect => "`connect`",
            Self::IdleColor => "`idle_color`",
            Self::NetworkLoadBalancer => "`tcp`",
        }
    }
}

/// What an engine has not, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Lack {
    /// What.
    pub need: Need,
    /// Why, as the rest of a sentence that begins with the engine.
    pub because: &'static str,
}

/// What a pipeline releases with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PipelineAction {
    /// As a stage asks for it.
    pub with: ReleaseWith,
    /// The provider of the action.
    pub provider: &'static str,
    /// Minutes after which the action gives up.
    pub minutes: u32,
    /// Whether it copies the revision that runs and exchanges the image: it releases nothing else, and nothing the first time.
    pub copies: bool,
}

/// What an engine can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Abilities {
    /// Which engine.
    pub engine: Engine,
    /// Its name in a sentence.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub summary: &'static str,
    /// `DeploymentController.Type` of its services.
    pub controller: &'static str,
    /// Its strategies.
    pub strategies: &'static [Offer],
    /// What of a load balancer it moves.
    pub routes: Routes,
    /// Who says which revision runs.
    pub revision: Revision,
    /// What a color is.
    pub colors: Colors,
    /// How a release is made.
    pub release: &'static str,
    /// Minutes that the old version may stay after all traffic has left it.
    pub keep_old: Bounds,
    /// How the old version is kept, and what is watched meanwhile.
    pub keeps_old: &'static str,
    /// Minutes above which AWS contradicts itself about `keep_old`.
    pub keep_old_sure: Option<u32>,
    /// Minutes that a deployment may wait for someone to say go, where it can.
    pub hold: Option<Bounds>,
    /// What makes it wait.
    pub held_by: &'static str,
    /// Functions it calls.
    pub hooks: &'static [HookOffer],
    /// How the name of bluegreen's own function begins, where others name it.
    pub function_prefix: Option<&'static str>,
    /// Minutes it waits for a function.
    pub hook_minutes: u32,
    /// What happens when the function of the checks ends without an answer.
    pub without_answer: &'static str,
    /// What takes a deployment back.
    pub rollback: &'static [(RollbackEvent, Answer)],
    /// How it goes back.
    pub goes_back: &'static str,
    /// Alarms it watches at most; `None` where AWS documents no limit.
    pub alarms: Option<usize>,
    /// What a red alarm does at the start.
    pub red_alarm: RedAlarm,
    /// Seconds from an alarm until traffic is back.
    pub reaction: u32,
    /// Whether somebody measured that, or it is assumed.
    pub reaction_measured: bool,
    /// Whether all at once waits until the load balancer finds the new tasks healthy.
    pub health_first: bool,
    /// Seconds the new tasks have to become steady.
    pub start: u32,
    /// Minutes of waits that CloudFormation accepts in a template, where a release is an update of a stack.
    pub planned: Option<u32>,
    /// Minutes after which CloudFormation gives up an update, where a release is one.
    pub update: Option<u32>,
    /// Whether tags of images are pinned to digests for the time of a revision.
    pub pins_digests: bool,
    /// Whether it tells of releases itself; otherwise EventBridge does.
    pub announces_itself: bool,
    /// What a release does to scaling.
    pub scaling: &'static str,
    /// What a pipeline may release with, the default first; empty where none can.
    pub pipeline: &'static [PipelineAction],
    /// What tasks may speak.
    pub protocols: &'static [Protocol],
    /// Whether `discovery` can change later.
    pub discovery_changes: bool,
    /// What happens in a release, who owns what, and how it goes back.
    pub course: &'static Course,
    /// What it has not, and why.
    pub lacks: &'static [Lack],
    /// Regions in which AWS does not offer it.
    pub not_in: &'static [&'static str],
}

const fn percent(least: Share, most: Share, step: Share) -> Steps {
    Steps { least, most, step }
}

/// Whole percents from 1 to 99.
const WHOLE: Steps = percent(Share::whole(1), Share::whole(99), Share::whole(1));
/// Whole percents of the hook, whose least is another (facts 5.1).
const FROM_14: Steps = percent(Share::whole(14), Share::whole(99), Share::whole(1));
/// The finest step of ECS, in percent (facts 4.2).
const TENTH: Share = Share::tenths(1);

const fn steps(strategy: StrategyKind, aws: &'static str, percent: Steps, wait: Bounds) -> Offer {
    Offer { strategy, aws, percent: Some(percent), wait: Some(wait) }
}

const fn whole(strategy: StrategyKind, aws: &'static str) -> Offer {
    Offer { strategy, aws, percent: None, wait: None }
}

const fn hook(key: &'static str, event: &'static str) -> HookOffer {
    HookOffer { key, event, each_step: false }
}

/// What an engine lacks that moves the default action of a listener.
const LISTENERS_ALONE: Lack = Lack {
    need: Need::SharedLoadBalancer,
    because: "moves whole listeners, and what several services share has one rule for each",
};

/// What an engine lacks whose colors come and go with its deployments.
const IDLE_COLOR_ENDS: Lack =
    Lack { need: Need::IdleColor, because: "ends the old tasks itself when `keep_old` is over" };

/// CodeDeploy (facts 2.2, 2.3, 2.4, 2.5).
const CODEDEPLOY: Abilities = Abilities {
    engine: Engine::Codedeploy,
    name: "CodeDeploy",
    summary: "AWS CodeDeploy starts the new version as a second task set and moves the listeners of the load balancer to it.",
    controller: "CODE_DEPLOY",
    strategies: &[
        whole(StrategyKind::AllAtOnce, "ECSAllAtOnce"),
        steps(StrategyKind::Canary, "TimeBasedCanary", WHOLE, Bounds::of(1, 2880)),
        steps(StrategyKind::Linear, "TimeBasedLinear", WHOLE, Bounds::of(1, 2880)),
    ],
    routes: Routes::Listener,
    revision: Revision::Engine,
    colors: Colors::Together,
    release: "a deployment of CodeDeploy; an update of the stack never releases",
    keep_old: Bounds::of(0, 2880),
    keeps_old: "the old task set waits for its end",
    keep_old_sure: Some(2800),
    hold: Some(Bounds::of(1, 7200)),
    held_by: "DeploymentReadyOption",
    hooks: &[
        hook("before_install", "BeforeInstall"),
        hook("after_install", "AfterInstall"),
        hook("checks", "AfterAllowTestTraffic"),
        hook("before_traffic", "BeforeAllowTraffic"),
        hook("after_traffic", "AfterAllowTraffic"),
    ],
    function_prefix: Some("CodeDeployHook_"),
    hook_minutes: 60,
    without_answer: "CodeDeploy waits for an hour and the deployment fails",
    rollback: &[
        (RollbackEvent::Failure, Answer::Chosen),
        (RollbackEvent::Alarm, Answer::Chosen),
        (RollbackEvent::Stop, Answer::Chosen),
    ],
    goes_back: "a second deployment, all at once; while the old tasks are there it is a change of weights",
    alarms: Some(10),
    red_alarm: RedAlarm::Stops,
    reaction: 24,
    reaction_measured: true,
    health_first: false,
    start: 3600,
    planned: None,
    update: None,
    pins_digests: false,
    announces_itself: true,
    scaling: "suspended while a deployment runs, by a state machine",
    pipeline: &[PipelineAction {
        with: ReleaseWith::Action,
        provider: "CodeDeployToECS",
        minutes: 7200,
        copies: false,
    }],
    protocols: &[Protocol::Http1, Protocol::Http2, Protocol::Grpc],
    discovery_changes: false,
    course: &course::CODEDEPLOY,
    lacks: &[
        LISTENERS_ALONE,
        IDLE_COLOR_ENDS,
        Lack {
            need: Need::WithoutLoadBalancer,
            because: "moves the listeners of a load balancer, and its deployment groups have to name them",
        },
        Lack { need: Need::Connect, because: "takes no service that has Service Connect" },
        Lack {
            need: Need::NetworkLoadBalancer,
            because: "moves the traffic of a Network Load Balancer in one step alone, so none is drawn for it",
        },
    ],
    not_in: &[],
};

/// ECS itself (facts 4.2, 4.3, 4.4, 4.5, 4.6).
const ECS: Abilities = Abilities {
    engine: Engine::Ecs,
    name: "ECS",
    summary: "Amazon ECS itself starts the new version beside the old one and moves rules of the listeners to it, or replaces tasks a few at a time.",
    controller: "ECS",
    strategies: &[
        whole(StrategyKind::AllAtOnce, "BLUE_GREEN"),
        steps(StrategyKind::Canary, "CANARY", percent(TENTH, Share::tenths(999), TENTH), Bounds::of(1, 1440)),
        steps(
            StrategyKind::Linear,
            "LINEAR",
            percent(Share::whole(3), Share::tenths(999), TENTH),
            Bounds::of(1, 1440),
        ),
        whole(StrategyKind::Rolling, "ROLLING"),
    ],
    routes: Routes::Rule,
    revision: Revision::Stack,
    colors: Colors::Together,
    release: "an update of the stack with a new image, which CloudFormation waits for and takes back when it fails",
    keep_old: Bounds::of(0, 1440),
    keeps_old: "the old tasks run on through the bake time, and an alarm takes the release back until its end",
    keep_old_sure: None,
    hold: Some(Bounds::of(1, 2160)),
    held_by: "a PAUSE hook",
    hooks: &[
        hook("before_install", "PRE_SCALE_UP"),
        hook("after_install", "POST_SCALE_UP"),
        hook("checks", "POST_TEST_TRAFFIC_SHIFT"),
        HookOffer { key: "before_traffic", event: "PRE_PRODUCTION_TRAFFIC_SHIFT", each_step: true },
        hook("after_traffic", "POST_PRODUCTION_TRAFFIC_SHIFT"),
    ],
    function_prefix: None,
    hook_minutes: 60,
    without_answer: "ECS takes the deployment back",
    rollback: &[
        (RollbackEvent::Failure, Answer::Always),
        (RollbackEvent::Alarm, Answer::Chosen),
        (RollbackEvent::Stop, Answer::Always),
    ],
    goes_back: "the same deployment moves the weights back; CloudFormation then takes the update of the stack back",
    alarms: None,
    red_alarm: RedAlarm::Ignored,
    reaction: 60,
    reaction_measured: false,
    health_first: true,
    start: 24 * 3600,
    planned: Some(1980),
    update: Some(2160),
    pins_digests: true,
    announces_itself: false,
    scaling: "ECS holds scaling in while a deployment runs; scaling out goes on",
    // The stack first: it releases what it describes, the first time and settings included (facts 3.2, 3.3).
    pipeline: &[
        PipelineAction { with: ReleaseWith::Stack, provider: "CodeBuild", minutes: 480, copies: false },
        PipelineAction { with: ReleaseWith::Action, provider: "ECS", minutes: 60, copies: true },
    ],
    protocols: &[Protocol::Http1, Protocol::Http2, Protocol::Grpc],
    discovery_changes: true,
    lacks: &[IDLE_COLOR_ENDS],
    not_in: &[],
    course: &course::ECS,
};

/// CloudFormation's transform and hook (facts 5.1, 5.2, 5.3).
const CLOUDFORMATION: Abilities = Abilities {
    engine: Engine::Cloudformation,
    name: "CloudFormation",
    summary: "A hook of AWS CloudFormation lets CodeDeploy start the new version as a second task set and move the listeners to it, all within an update of the service's one stack.",
    controller: "EXTERNAL",
    strategies: &[
        whole(StrategyKind::AllAtOnce, "AllAtOnce"),
        steps(StrategyKind::Canary, "TimeBasedCanary", FROM_14, Bounds::of(1, 2880)),
        steps(StrategyKind::Linear, "TimeBasedLinear", FROM_14, Bounds::of(1, 2880)),
    ],
    routes: Routes::Listener,
    revision: Revision::Template,
    colors: Colors::Together,
    release: "an update of the stack that changes the task definition and nothing else",
    keep_old: Bounds::of(0, 2880),
    keeps_old: "the old task set waits for its end, and with it the update of the stack",
    keep_old_sure: Some(2800),
    hold: None,
    held_by: "nothing",
    hooks: &[
        hook("before_install", "BeforeInstall"),
        hook("after_install", "AfterInstall"),
        hook("checks", "AfterAllowTestTraffic"),
        hook("before_traffic", "BeforeAllowTraffic"),
        hook("after_traffic", "AfterAllowTraffic"),
    ],
    hook_minutes: 60,
    function_prefix: Some("CodeDeployHook_"),
    without_answer: "CodeDeploy waits for an hour and the deployment fails",
    rollback: &[
        (RollbackEvent::Failure, Answer::Always),
        (RollbackEvent::Alarm, Answer::Chosen),
        (RollbackEvent::Stop, Answer::Always),
    ],
    goes_back: "CloudFormation takes the update of the stack back, and traffic with it",
    alarms: None,
    red_alarm: RedAlarm::Ignored,
    reaction: 60,
    reaction_measured: false,
    health_first: false,
    start: 3600,
    planned: None,
    update: None,
    pins_digests: false,
    announces_itself: false,
    scaling: "goes on while a deployment runs: nothing suspends it",
    pipeline: &[],
    protocols: &[Protocol::Http1],
    discovery_changes: false,
    lacks: &[
        LISTENERS_ALONE,
        IDLE_COLOR_ENDS,
        Lack { need: Need::Approve, because: "cannot hold a deployment: its hook has no wait for a person" },
        Lack {
            need: Need::Pipeline,
            because: "has no deployment group that an action of a pipeline could start, and an action of CloudFormation would not keep a release apart from other changes",
        },
        Lack {
            need: Need::Discovery,
            because: "writes the task set of the new version itself, and whether it keeps registries is documented nowhere",
        },
        Lack {
            need: Need::OneTemplate,
            because: "takes one service in a template, and no change beside its release",
        },
        Lack {
            need: Need::NoTasksFirst,
            because: "takes no other change in a release, and the number of tasks would have to change with the first",
        },
        Lack {
            need: Need::SecretByName,
            because: "does not see that a parameter has changed, and the ARN of a secret by name is one",
        },
        Lack {
            need: Need::CapacityShares,
            because: "is older than shares of capacity providers in task sets, and is documented with a launch type alone",
        },
        Lack { need: Need::Outputs, because: "refuses a template with outputs" },
        Lack { need: Need::NestedStacks, because: "refuses a template with nested stacks" },
        Lack {
            need: Need::WithoutLoadBalancer,
            because: "moves the listeners of a load balancer, and its hook has to name them",
        },
        Lack { need: Need::Connect, because: "starts task sets, which have no Service Connect" },
        Lack {
            need: Need::NetworkLoadBalancer,
            because: "has CodeDeploy move traffic, which moves that of a Network Load Balancer in one step alone, so none is drawn for it",
        },
        Lack {
            need: Need::Grace,
            because: "creates the service before a task set ties it to a load balancer, and ECS takes a grace period with one alone",
        },
    ],
    not_in: &["af-south-1", "ap-northeast-3", "eu-south-1"],
    course: &course::CLOUDFORMATION,
};

/// Two clusters behind weighted target groups (facts 4.2, 6.3, 6.4).
const TWO_CLUSTERS: Abilities = Abilities {
    engine: Engine::TwoClusters,
    name: "Two clusters",
    summary: "A service for each color, in a cluster of its own, behind one load balancer; a release fills the idle one and moves the weights by updates of the load balancer's stack.",
    controller: "ECS",
    strategies: &[
        whole(StrategyKind::AllAtOnce, "weights 0 and 100"),
        steps(StrategyKind::Canary, "weights of target groups", WHOLE, Bounds::of(1, 2880)),
        steps(StrategyKind::Linear, "weights of target groups", WHOLE, Bounds::of(1, 2880)),
    ],
    routes: Routes::Listener,
    revision: Revision::Stack,
    colors: Colors::Apart,
    release: "`release.sh`: an update of the idle color's stack with the new image, then updates of the load balancer's stack that change nothing but weights",
    keep_old: Bounds::of(0, 2880),
    keeps_old: "the old color runs on and `release.sh` watches its alarms and those of the new one; then it is scaled to zero, or stays with `idle_color: running` or `--keep`",
    keep_old_sure: None,
    hold: None,
    held_by: "nothing",
    hooks: &[
        hook("before_install", "before the idle color starts"),
        hook("after_install", "after the idle color runs"),
        hook("checks", "after test traffic moved"),
        hook("before_traffic", "before production traffic moves"),
        hook("after_traffic", "after production traffic moved"),
    ],
    function_prefix: None,
    hook_minutes: 15,
    without_answer: "`release.sh` goes back",
    rollback: &[
        (RollbackEvent::Failure, Answer::Always),
        (RollbackEvent::Alarm, Answer::Chosen),
        (RollbackEvent::Stop, Answer::Always),
    ],
    goes_back: "an update of the load balancer's stack with the weights of before; both colors are there until the old one is scaled to zero, with `idle_color: running` for good",
    alarms: None,
    red_alarm: RedAlarm::Refused,
    reaction: 90,
    reaction_measured: false,
    health_first: true,
    start: 3 * 3600,
    planned: None,
    update: None,
    pins_digests: true,
    announces_itself: false,
    scaling: "each color scales by itself, by its own target group; a release starts the new one with as many tasks as the live one has",
    pipeline: &[],
    protocols: &[Protocol::Http1, Protocol::Http2, Protocol::Grpc],
    discovery_changes: true,
    lacks: &[
        LISTENERS_ALONE,
        Lack {
            need: Need::WithoutLoadBalancer,
            because: "moves the weights of a load balancer's listeners, and there are none",
        },
        Lack {
            need: Need::Connect,
            because: "has a service for each color, and callers would reach the tasks of both by one name",
        },
        Lack {
            need: Need::NetworkLoadBalancer,
            because: "goes on as soon as weights are written, and a Network Load Balancer takes minutes until new connections go by them",
        },
        Lack {
            need: Need::Approve,
            because: "has nobody who could hold a release in AWS: `release.sh --stage` ends before production traffic moves, and `release.sh --shift` goes on",
        },
        Lack {
            need: Need::Pipeline,
            because: "releases with `release.sh`, which moves the weights itself; no action of a pipeline does",
        },
        Lack {
            need: Need::Discovery,
            because: "has a service for each color, and a name of a namespace would answer with the tasks of both",
        },
        Lack {
            need: Need::OneTemplate,
            because: "keeps the colors apart by a stack for each, so that an update of one cannot touch the other",
        },
        Lack {
            need: Need::OwnExtra,
            because: "has a stack for each color, and there would be two of everything in it; `extra` beside `services` is there once",
        },
    ],
    not_in: &[],
    course: &course::TWO_CLUSTERS,
};

/// Every engine there is.
pub const ALL: &[Abilities] = &[CODEDEPLOY, ECS, CLOUDFORMATION, TWO_CLUSTERS];

impl Engine {
    /// What it can do.
    pub fn abilities(self) -> &'static Abilities {
        match self {
            Self::Codedeploy => &CODEDEPLOY,
            Self::Ecs => &ECS,
            Self::Cloudformation => &CLOUDFORMATION,
            Self::TwoClusters => &TWO_CLUSTERS,
        }
    }

    /// As blueprints write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Codedeploy => "codedeploy",
            Self::Ecs => "ecs",
            Self::Cloudformation => "cloudformation",
            Self::TwoClusters => "two_clusters",
        }
    }
}

impl Abilities {
    /// What it has of a strategy.
    pub fn offer(&self, strategy: StrategyKind) -> Option<&'static Offer> {
        self.strategies.iter().find(|offer| offer.strategy == strategy)
    }

    /// The event of a key below `deploy.hooks`, or of `checks`.
    pub fn event(&self, key: &str) -> Option<&'static HookOffer> {
        self.hooks.iter().find(|hook| hook.key == key)
    }

    /// Why it cannot release a service without a load balancer; nothing where it can.
    pub fn needs_load_balancer(&self) -> Option<&'static str> {
        self.lack(Need::WithoutLoadBalancer)
    }

    /// Why it has not what is asked for; nothing where it has.
    pub fn lack(&self, need: Need) -> Option<&'static str> {
        self.lacks.iter().find(|lack| lack.need == need).map(|lack| lack.because)
    }

    /// What a stage of a pipeline releases with, by what it asks for; nothing where it has not that.
    pub fn releases_with(&self, asked: Option<ReleaseWith>) -> Option<&'static PipelineAction> {
        self.pipeline.iter().find(|action| asked.is_none_or(|asked| asked == action.with))
    }

    /// Whether `rollback.on` has a say.
    pub fn answer(&self, event: RollbackEvent) -> Answer {
        self.rollback.iter().find(|(known, _)| *known == event).map_or(Answer::Chosen, |(_, answer)| *answer)
    }
}

/// The engines that can do something, as blueprints write them.
pub fn that_can(can: impl Fn(&Abilities) -> bool) -> Vec<&'static str> {
    ALL.iter().filter(|abilities| can(abilities)).map(|abilities| abilities.engine.word()).collect()
}

/// Minutes the way people write them: `2d`, `1d12h`.
pub(crate) fn length(minutes: u32) -> String {
    let parts = [(minutes / 1440, "d"), (minutes % 1440 / 60, "h"), (minutes % 60, "m")];
    let text: String = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number}{unit}"))
        .collect();
    if text.is_empty() { "0m".into() } else { text }
}

/// Adds to the description of a key what differs between engines.
fn tell(schema: &mut Schema, text: &str) {
    let before = schema.get("description").and_then(serde_json::Value::as_str).unwrap_or_default();
    let told = format!("{before} {text}");
    schema.insert("description".into(), told.trim().into());
}

fn each(say: impl Fn(&Abilities) -> String) -> String {
    let all: Vec<String> =
        ALL.iter().map(|engine| format!("`{}` {}", engine.engine.word(), say(engine))).collect();
    format!("Engine {}.", all.join(", "))
}

/// Which engine has which strategies, in a sentence.
pub(super) fn who_has_what() -> String {
    each(|engine| {
        let words: Vec<String> =
            engine.strategies.iter().map(|offer| format!("`{}`", offer.strategy.word())).collect();
        format!("has {}", words.join(" "))
    })
}

/// What a step of a strategy may move under each engine, in a sentence.
pub(super) fn steps_of(strategy: StrategyKind) -> String {
    let said: Vec<String> = ALL
        .iter()
        .filter_map(|engine| Some((engine.engine.word(), engine.offer(strategy)?.percent?)))
        .map(|(word, steps)| format!("`{word}` takes {}", steps.words()))
        .collect();
    format!("Engine {}.", said.join(", "))
}

pub(super) fn tell_keep_old(schema: &mut Schema) {
    tell(schema, &each(|engine| format!("keeps it at most {}", length(engine.keep_old.most))));
}

pub(super) fn tell_hold(schema: &mut Schema) {
    tell(
        schema,
        &each(|engine| match engine.hold {
            Some(hold) => format!("waits at most {}", length(hold.most)),
            None => "cannot wait".to_owned(),
        }),
    );
}

pub(super) fn tell_alarms(schema: &mut Schema) {
    let most = |engine: &Abilities| match engine.alarms {
        Some(most) => format!("watches at most {most}"),
        None => "watches any number".to_owned(),
    };
    tell(schema, &each(most));
}

pub(super) fn tell_release_with(schema: &mut Schema) {
    let has = |engine: &Abilities| {
        let words: Vec<String> = engine
            .pipeline
            .iter()
            .map(|action| format!("`{}` (up to {})", action.with.word(), length(action.minutes)))
            .collect();
        if words.is_empty() { "has no pipeline".into() } else { format!("has {}", words.join(", ")) }
    };
    tell(schema, &each(has));
}

pub(super) fn tell_without_load_balancer(schema: &mut Schema) {
    tell_who_has(schema, Need::WithoutLoadBalancer, "releases one without it.");
}

pub(super) fn tell_connect(schema: &mut Schema) {
    tell_who_has(schema, Need::Connect, "has it.");
}

/// Adds which engines have what is asked for, and what follows from that.
fn tell_who_has(schema: &mut Schema, need: Need, rest: &str) {
    let able: Vec<String> =
        that_can(|engine| engine.lack(need).is_none()).iter().map(|word| format!("`{word}`")).collect();
    tell(schema, &format!("Only engine {} {rest}", able.join(", ")));
}

pub(super) fn tell_idle_color(schema: &mut Schema) {
    tell_who_has(schema, Need::IdleColor, "asks; any other ends the old tasks itself.");
}

pub(super) fn tell_tcp(schema: &mut Schema) {
    tell_who_has(schema, Need::NetworkLoadBalancer, "has it.");
}

pub(super) fn tell_before_traffic(schema: &mut Schema) {
    let often: Vec<String> = ALL
        .iter()
        .filter(|engine| engine.event("before_traffic").is_some_and(|hook| hook.each_step))
        .map(|engine| format!("`{}`", engine.engine.word()))
        .collect();
    if !often.is_empty() {
        tell(
            schema,
            &format!("Engine {} calls it before every step of a canary or linear shift.", often.join(", ")),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_every_engine_once_and_under_its_own_name() {
        for abilities in ALL {
            assert_eq!(abilities.engine.abilities(), abilities);
            let word = serde_json::to_value(abilities.engine).unwrap_or_default();
            assert_eq!(word, abilities.engine.word());
        }
        let mut words = that_can(|_| true);
        words.dedup();
        assert_eq!(words.len(), ALL.len());
    }

    #[test]
    fn what_an_engine_lacks_agrees_with_the_rest_of_it() {
        for abilities in ALL {
            assert_eq!(
                abilities.hold.is_none(),
                abilities.lack(Need::Approve).is_some(),
                "{}",
                abilities.name
            );
            assert_eq!(
                abilities.pipeline.is_empty(),
                abilities.lack(Need::Pipeline).is_some(),
                "{}",
                abilities.name
            );
        }
        for abilities in ALL {
            assert_eq!(
                abilities.routes == Routes::Listener,
                abilities.lack(Need::SharedLoadBalancer).is_some(),
                "{}",
                abilities.name
            );
        }
        for abilities in ALL {
            assert_eq!(
                abilities.colors == Colors::Together,
                abilities.lack(Need::IdleColor).is_some(),
                "{}",
                abilities.name
            );
        }
        for need in Need::ALL {
            assert!(!that_can(|engine| engine.lack(need).is_none()).is_empty(), "{need:?}: no engine can");
        }
    }

    #[test]
    fn every_engine_answers_every_hook_and_event() {
        for abilities in ALL {
            for key in ["before_install", "after_install", "checks", "before_traffic", "after_traffic"] {
                assert!(abilities.event(key).is_some(), "{} {key}", abilities.name);
            }
            for event in [RollbackEvent::Failure, RollbackEvent::Alarm, RollbackEvent::Stop] {
                assert!(abilities.rollback.iter().any(|(known, _)| *known == event), "{}", abilities.name);
            }
        }
    }
}
