use crate::diagnostic::Trail;

/// Seconds between a bad period and the alarm that metrics, ingestion and evaluation may take (facts 10.5). Assumed.
const PUBLISHING: u32 = 180;

/// What an alarm goes by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Signal {
    /// More than this many answers 500 to 599 a period.
    Errors {
        /// Above this.
        above: f64,
    },
    /// More than this percentage of answers 500 to 599.
    ErrorRate {
        /// Above this, in percent of requests.
        above: f64,
        /// Requests without which a period does not count.
        minimum: u32,
    },
    /// A percentile of response times.
    Latency {
        /// 50, 90, 95 or 99.
        percentile: u32,
        /// Requests without which a period does not count.
        minimum: u32,
    },
    /// Connections that tasks refused.
    ConnectionErrors,
    /// Tasks that fail their health check.
    UnhealthyTasks,
    /// Requests to unhealthy tasks because no healthy one was left.
    FailOpen,
    /// Tasks that should run and do not.
    MissingTasks,
    /// How much CPU or memory tasks use.
    Usage,
    /// A metric of one's own.
    Own,
}

impl Signal {
    /// Whether it is of what goes through a load balancer.
    pub fn is_of_load_balancer(self) -> bool {
        !matches!(self, Self::MissingTasks | Self::Usage | Self::Own)
    }
}

/// An alarm over both colors.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// Its name in the blueprint.
    pub name: String,
    /// `alarms.<name>`.
    pub at: Trail,
    /// What it goes by.
    pub signal: Signal,
    /// The length of a period in seconds: `P`.
    pub period: u32,
    /// How many periods must be bad: `M`.
    pub bad: u32,
    /// Out of how many: `N`.
    pub of: u32,
    /// Seconds the engine takes to act on it (facts 2.4, 4.6). Assumed.
    pub reaction: u32,
    /// Whether it stops a deployment.
    pub watched: bool,
}

impl Alarm {
    /// Seconds from a fault to the alarm at worst: `W = M x P + P + 3 minutes` (facts 10.5).
    pub fn worst_case(&self) -> u32 {
        self.bad.saturating_mul(self.period).saturating_add(self.period).saturating_add(PUBLISHING)
    }

    /// Whether CloudWatch can evaluate it: it looks back at most a day where periods are shorter than an hour, else a week
    /// (facts 10.4).
    pub fn is_possible(&self) -> bool {
        const DAY: u32 = 86_400;
        let most = if self.period < 3_600 { DAY } else { 7 * DAY };
        self.of >= self.bad && self.period.saturating_mul(self.of) <= most
    }

    /// Seconds of the worst case that are assumed: for metrics and for the engine's reaction.
    pub fn assumed(&self) -> u32 {
        PUBLISHING.saturating_add(self.reaction)
    }

    /// Seconds from a fault until traffic is back at worst: `W + R`.
    pub fn taken_back_after(&self) -> u32 {
        self.worst_case().saturating_add(self.reaction)
    }
}
