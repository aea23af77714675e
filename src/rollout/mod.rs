//! The facts a rollout is judged by, as plain numbers: each with the key it comes from and what it rests on. Made from a
//! resolved application; whoever judges or plays a rollout never asks where they came from.

mod fact;
mod from_resolved;
mod shift;
mod watch;

use ipnet::Ipv4Net;

use crate::{
    blueprint::{
        Forwards,
        engines::{Abilities, Bounds, Need, PipelineAction, StrategyKind},
    },
    diagnostic::Trail,
};
pub use fact::{Basis, Fact};
pub use shift::{Mode, Shift};
pub use watch::{Alarm, Signal};

/// How the load balancer judges the health of tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetHealth {
    /// The path asked for; nothing where it is health that a connection is taken.
    pub path: Option<Fact<String>>,
    /// Seconds between two questions: `HI`.
    pub interval: Fact<u32>,
    /// Seconds an answer may take: `HT`.
    pub timeout: Fact<u32>,
    /// Bad answers in a row until a task is unhealthy: `UTH`.
    pub unhealthy: Fact<u32>,
    /// Which answers are good, as ranges from and to; nothing where none is asked for.
    pub codes: Option<Fact<Vec<(u32, u32)>>>,
    /// Whether the codes are those of gRPC and not of HTTP.
    pub grpc: bool,
    /// Seconds after a task's start in which bad health does not count: `grace`.
    pub grace: Fact<u32>,
}

/// How ECS judges the health of the application's container.
#[derive(Debug, Clone, PartialEq)]
pub struct ContainerHealth {
    /// Seconds between two questions: `ci`.
    pub interval: Fact<u32>,
    /// Failures in a row until it is unhealthy: `cr`.
    pub retries: Fact<u32>,
    /// Seconds after its start in which failures do not count: `csp`.
    pub start: Fact<u32>,
}

/// The listener that reaches the new version before production does.
#[derive(Debug, Clone, PartialEq)]
pub struct TestListener {
    /// `deploy.test_traffic`.
    pub at: Trail,
    /// Blocks it is open to, each with its place; empty for the VPC alone.
    pub from: Vec<Fact<Ipv4Net>>,
}

/// A check through the test listener.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// Its name.
    pub name: String,
    /// Milliseconds that one try may take.
    pub patience: Fact<u32>,
}

/// Which events take a deployment back.
#[derive(Debug, Clone, PartialEq)]
pub struct Rollback {
    /// `deploy.rollback.on`.
    pub at: Trail,
    /// `deploy.rollback.alarms`.
    pub alarms_at: Trail,
    /// That it failed.
    pub on_failure: bool,
    /// That an alarm fired.
    pub on_alarm: bool,
    /// That someone stopped it.
    pub on_stop: bool,
    /// How many alarms are named; `None` where all of them count.
    pub named: Option<usize>,
}

/// How many tasks run. While blue and green overlap, twice as many do.
#[derive(Debug, Clone, PartialEq)]
pub struct Tasks {
    /// The service's own range first, then those of its schedule.
    pub ranges: Vec<TaskRange>,
    /// Requests a minute that scaling keeps on one task.
    pub requests: Option<Fact<u32>>,
    /// Units of CPU of one task; 1024 are a vCPU.
    pub cpu_units: Fact<u32>,
}

/// From how many to how many tasks run; the same number twice where nothing scales.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskRange {
    /// The fewest.
    pub min: u32,
    /// The most.
    pub max: u32,
    /// `count`, or the `range` below it.
    pub at: Trail,
    /// Whether a number stands there and no range.
    pub fixed: bool,
}

impl TaskRange {
    /// How few tasks may be the most, before its least or all of them would have to go.
    pub fn least(&self) -> u32 {
        if self.fixed { 1 } else { self.min.max(1) }
    }

    /// A range with these bounds, the way it is written in its place.
    pub fn written(&self, min: u32, max: u32) -> String {
        if self.fixed { max.to_string() } else { format!("{min}-{max}") }
    }

    /// The same with its key: `count: 2`, `range: 2-4`.
    pub fn keyed(&self, min: u32, max: u32) -> String {
        format!("{}: {}", if self.fixed { "count" } else { "range" }, self.written(min, max))
    }
}

impl Tasks {
    /// The range that allows the fewest tasks; the first of equals. `nmin` is its least.
    ///
    /// # Panics
    /// Never: a service has a range.
    pub fn fewest(&self) -> &TaskRange {
        self.ranges.iter().min_by_key(|range| range.min).expect("a service has a range")
    }

    /// The range that allows the most tasks; the first of equals. `nmax` is its most.
    ///
    /// # Panics
    /// Never: a service has a range.
    pub fn most(&self) -> &TaskRange {
        self.ranges.iter().rev().max_by_key(|range| range.max).expect("a service has a range")
    }
}

/// What is said of the traffic.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Traffic {
    /// Requests a minute at the quietest time of releases: `rpm`.
    pub quiet: Option<Fact<u32>>,
    /// Requests a minute at the busiest time.
    pub peak: Option<Fact<u32>>,
    /// Milliseconds within which 99 of 100 requests are answered.
    pub p99: Option<Fact<u32>>,
}

/// How often releases happen.
#[derive(Debug, Clone, PartialEq)]
pub struct Releases {
    /// On a busy day.
    pub per_day: Fact<u32>,
    /// How many days back a rollback may go.
    pub back: Option<Fact<u32>>,
}

/// What tasks hold connections to.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// Its name.
    pub name: String,
    /// Connections of one task.
    pub per_task: Fact<u32>,
    /// Connections it accepts.
    pub most: Fact<u32>,
}

/// How much a bad release may reach.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Budget {
    /// Percent of the traffic.
    pub percent: Option<Fact<u32>>,
    /// Requests.
    pub requests: Option<Fact<u32>>,
}

/// An image that others build.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignImage {
    /// The container.
    pub container: String,
    /// Registry, repository, tag or digest.
    pub uri: Fact<String>,
}

/// A stage of the pipeline that releases a service.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelineStage {
    /// `pipeline.stages.<index>`
    pub at: Trail,
    /// What it releases with.
    pub action: &'static PipelineAction,
}

/// Seconds that a Network Load Balancer takes longer for every shift of traffic, about (facts 4.5).
pub const NETWORK_SHIFT: u32 = 600;

/// The rollout of one service in one environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Rollout {
    /// The service.
    pub service: String,
    /// `services.<name>`.
    pub at: Trail,
    /// Whether the environment is protected: production.
    pub protected: Fact<bool>,
    /// How traffic moves.
    pub shift: Shift,
    /// Who moves it, and what that one can do.
    pub engine: &'static Abilities,
    /// How many tasks run at most while old and new ones overlap, in percent of their number.
    pub overlap: u32,
    /// Seconds the old version stays after all traffic has left it, and for a rolling update those in which alarms are
    /// watched: `term`.
    pub keep_old: Fact<u32>,
    /// `deploy.idle_color`, where the old version runs on when all of that is over.
    pub stays: Option<Trail>,
    /// Seconds a deployment waits for someone to say go.
    pub approve: Option<Fact<u32>>,
    /// The pipeline's stages of this environment that wait for someone to say go.
    pub stage_approvals: Vec<Trail>,
    /// Whether someone is told when a deployment or a stage waits.
    pub releases_told: bool,
    /// The pipeline's stages that release it here, and what with.
    pub pipeline: Vec<PipelineStage>,
    /// The test listener.
    pub test: Option<TestListener>,
    /// What the load balancer forwards; `None` where there is no load balancer.
    pub forwards: Option<Forwards>,
    /// Whether traffic moves from the old version to the new one: through a load balancer, or through Service Connect.
    pub traffic_moves: bool,
    /// Whether the load balancer is on the internet; `None` where there is no load balancer.
    pub internet: Option<Fact<bool>>,
    /// Life-cycle events that call a function, bluegreen's own among them.
    pub hooks: u32,
    /// Checks through the test listener.
    pub probes: Vec<Probe>,
    /// When it is taken back.
    pub rollback: Rollback,
    /// Alarms in the order of the blueprint.
    pub alarms: Vec<Alarm>,
    /// Health as the load balancer sees it, where there is one.
    pub health: Option<TargetHealth>,
    /// Health as ECS sees it.
    pub container_health: Option<ContainerHealth>,
    /// Sidecars that stop the task when they stop, and have no health check.
    pub unwatched_essentials: Vec<Trail>,
    /// Seconds until a task answers: `start`.
    pub startup: Option<Fact<u32>>,
    /// Seconds the application takes to end.
    pub shutdown: Option<Fact<u32>>,
    /// Seconds that the longest request takes: `L`.
    pub longest_request: Option<Fact<u32>>,
    /// Seconds that connections stay open.
    pub longest_connection: Option<Fact<u32>>,
    /// Seconds that a task which goes away may finish what it began behind a load balancer: `dd`.
    pub drain: Option<Fact<u32>>,
    /// Seconds from the signal to stop until a task is killed: `st`.
    pub stop: Fact<u32>,
    /// How many tasks run.
    pub tasks: Tasks,
    /// The traffic.
    pub traffic: Traffic,
    /// How often releases happen.
    pub releases: Option<Releases>,
    /// What tasks hold connections to.
    pub pools: Vec<Pool>,
    /// How much a bad release may reach.
    pub budget: Budget,
    /// Images that others build.
    pub foreign_images: Vec<ForeignImage>,
    /// How many images the repository keeps; `None` where there is no repository.
    pub images_kept: Option<Fact<u32>>,
    /// Whether people may open a shell in a container.
    pub exec: Fact<bool>,
    /// Whether the container's file system is read-only.
    pub readonly: Fact<bool>,
}

impl Rollout {
    /// Whether a load balancer sends it requests.
    pub fn has_load_balancer(&self) -> bool {
        self.health.is_some()
    }

    /// Seconds that a load balancer takes to move production traffic, all steps together, beside the waits that are written.
    /// Only a Network Load Balancer is known to take any (facts 4.5).
    pub fn moving_production(&self) -> u32 {
        let can = self.engine.lack(Need::NetworkLoadBalancer).is_none();
        if !can || self.forwards != Some(Forwards::Connections) || self.shift.mode == Mode::Rolling {
            return 0;
        }
        self.shift.mode.waits().saturating_add(1).saturating_mul(NETWORK_SHIFT)
    }

    /// The same for test traffic, which moves once.
    pub fn moving_test(&self) -> u32 {
        if self.moving_production() > 0 && self.test.is_some() { NETWORK_SHIFT } else { 0 }
    }

    /// Both together.
    pub fn moving(&self) -> u32 {
        self.moving_production().saturating_add(self.moving_test())
    }

    /// The alarms that stop a deployment.
    pub fn watched(&self) -> impl Iterator<Item = &Alarm> {
        self.alarms.iter().filter(|alarm| alarm.watched)
    }

    /// Whether a number by itself is beyond what the engine takes.
    pub fn is_beyond_engine(&self) -> bool {
        let beyond =
            |bounds: Option<Bounds>, minutes: u32| bounds.is_some_and(|bounds| !bounds.hold(minutes));
        let wait = |strategy| self.engine.offer(strategy).and_then(|offer| offer.wait);
        let of_shift = match self.shift.mode {
            Mode::Canary { minutes, .. } => beyond(wait(StrategyKind::Canary), minutes),
            Mode::Linear { minutes, .. } => beyond(wait(StrategyKind::Linear), minutes),
            Mode::AllAtOnce | Mode::Rolling => false,
        };
        let hold = self.approve.as_ref().map_or(0, |approve| approve.value / 60);
        of_shift
            || self.keep_old.value / 60 > self.engine.keep_old.most
            || self.engine.hold.is_some_and(|bounds| hold > bounds.most)
    }

    /// The longest wait between two steps that the engine takes, in minutes.
    pub fn longest_wait(&self) -> u32 {
        let waits = self.engine.strategies.iter().filter_map(|offer| offer.wait);
        waits.map(|wait| wait.most).max().unwrap_or(0)
    }

    /// How many tasks run at most while old and new ones overlap, out of so many that are wanted.
    pub fn overlapping(&self, tasks: u32) -> u64 {
        u64::from(tasks) * u64::from(self.overlap) / 100
    }

    /// What overlaps: blue and green, or the tasks of a rolling update.
    pub fn both(&self) -> &'static str {
        if self.shift.mode == Mode::Rolling { "old and new tasks" } else { "blue and green" }
    }

    /// The key of `keep_old`, or of what a rolling update has instead.
    pub fn kept_key(&self) -> &'static str {
        if self.shift.mode == Mode::Rolling { "watch" } else { "keep_old" }
    }

    /// Whether every alarm that is named exists.
    pub fn knows_its_alarms(&self) -> bool {
        self.rollback.named.is_none_or(|named| named == self.watched().count() || !self.rollback.on_alarm)
    }

    /// How to have an alarm of a kind stop deployments: the key, what to write there, and the same for people. An alarm
    /// that exists is named; else one is made with this name.
    pub fn watch(&self, name: &str, signal: Signal, definition: &str) -> (Trail, String, String) {
        let kind = std::mem::discriminant(&signal);
        let known = self.alarms.iter().find(|alarm| std::mem::discriminant(&alarm.signal) == kind);
        match (known, self.rollback.named) {
            (Some(known), Some(_)) => {
                let names: Vec<&str> =
                    self.watched().map(|alarm| alarm.name.as_str()).chain([known.name.as_str()]).collect();
                let names = format!("[{}]", names.join(", "));
                (
                    self.rollback.alarms_at.clone(),
                    names.clone(),
                    format!("write `rollback: {{alarms: {names}}}`"),
                )
            }
            // A name that is taken by another kind is left alone.
            _ => {
                let taken = self.alarms.iter().any(|alarm| alarm.name == name);
                let name = if taken { format!("{name}_too") } else { name.to_owned() };
                let trail = self.at.key("alarms").key(name.as_str());
                (trail, definition.to_owned(), format!("write `{name}: {definition}` in `alarms`"))
            }
        }
    }

    /// The watched alarm that takes a bad release back first at worst.
    pub fn fastest(&self) -> Option<&Alarm> {
        self.watched().min_by_key(|alarm| alarm.taken_back_after())
    }
}

/// How tasks are spread over Fargate and Fargate Spot.
#[derive(Debug, Clone, PartialEq)]
pub struct Capacity {
    /// Tasks that come to Fargate first.
    pub fargate_base: Fact<u32>,
    /// Fargate's share of the rest.
    pub fargate_weight: Fact<u32>,
    /// Tasks that come to Spot first.
    pub spot_base: Fact<u32>,
    /// Spot's share of the rest.
    pub spot_weight: Fact<u32>,
}

impl Capacity {
    /// Whether any task may run on Spot.
    pub fn uses_spot(&self) -> bool {
        self.spot_base.value > 0 || self.spot_weight.value > 0
    }

    /// Whether no task is sure to run on Fargate.
    pub fn is_spot_alone(&self) -> bool {
        self.uses_spot() && self.fargate_base.value == 0 && self.fargate_weight.value == 0
    }
}

/// The private subnets, where tasks and internal load balancers get their addresses.
#[derive(Debug, Clone, PartialEq)]
pub struct Subnets {
    /// How many.
    pub count: u32,
    /// Addresses of each that are left for tasks and load balancers.
    pub free: Fact<u32>,
    /// What takes addresses beside tasks, a sentence each.
    pub others: Vec<String>,
}

/// What the services of one environment share.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The services.
    pub rollouts: Vec<Rollout>,
    /// Where tasks get their addresses; `None` where nobody says how many there are.
    pub subnets: Option<Subnets>,
    /// How tasks are spread.
    pub capacity: Capacity,
    /// vCPUs that Fargate grants.
    pub vcpu_quota: Option<Fact<u32>>,
}
