use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{defaults, units::Minutes};

/// Tasks are replaced a few at a time, behind one target group. It is no blue/green: old and new versions answer side by
/// side, nothing shows the new one beforehand, and going back replaces the tasks again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rolling {
    /// How many tasks stay healthy at least, 0 to 100 percent of their number.
    #[serde(default = "defaults::rolling_minimum")]
    #[schemars(range(min = 0, max = 100))]
    #[schemars(extend("x-also" = ["minimum_healthy_percent", "min_healthy_percent", "minimum_percent"]))]
    pub minimum: u8,
    /// How many tasks run at most, old and new together, 100 to 200 percent of their number.
    #[serde(default = "defaults::rolling_maximum")]
    #[schemars(range(min = 100, max = 200))]
    #[schemars(extend("x-also" = ["maximum_percent", "max_percent"]))]
    pub maximum: u16,
    /// How many tasks may fail before ECS takes the update back.
    #[serde(default)]
    pub circuit_breaker: CircuitBreaker,
    /// When the update is done although tasks are still being replaced; not before all are where this is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early_success: Option<EarlySuccess>,
    /// How long alarms are watched once the new tasks run, 0m to 1d: one that fires until then takes the update back.
    #[serde(default = "defaults::rolling_watch")]
    pub watch: Minutes<0, 1440>,
}

impl Default for Rolling {
    fn default() -> Self {
        Self {
            minimum: defaults::rolling_minimum(),
            maximum: defaults::rolling_maximum(),
            circuit_breaker: CircuitBreaker::default(),
            early_success: None,
            watch: defaults::rolling_watch(),
        }
    }
}

/// How many tasks may fail before ECS takes a rolling update back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CircuitBreaker {
    /// The number from which on it is taken back, 1 to 1000; what it counts, `unit` says.
    #[serde(default = "defaults::breaker_threshold")]
    #[schemars(range(min = 1, max = 1000))]
    pub threshold: u16,
    /// What the number counts.
    #[serde(default)]
    pub unit: FailureUnit,
    /// Whether a task that becomes healthy sets the count back to nothing.
    #[serde(default = "defaults::breaker_reset")]
    pub reset_on_healthy_task: bool,
}

impl Default for CircuitBreaker {
    fn default() -> Self {
        Self {
            threshold: defaults::breaker_threshold(),
            unit: FailureUnit::default(),
            reset_on_healthy_task: defaults::breaker_reset(),
        }
    }
}

/// What the threshold of a circuit breaker counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum FailureUnit {
    /// Percent of the number of tasks, but never fewer than 3 failures nor more than 200.
    #[default]
    BoundedPercent,
    /// Percent of the number of tasks.
    UnboundedPercent,
    /// Failures.
    Count,
}

/// When a rolling update is done although tasks are still being replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EarlySuccess {
    /// How many of the new tasks must be healthy, 0 to 100 percent of their number and at least `minimum`.
    #[schemars(range(min = 0, max = 100))]
    pub healthy: u8,
    /// Whether the old tasks must be gone first.
    #[serde(default)]
    pub old_tasks: OldTasks,
}

/// What happens to the old tasks when a rolling update succeeds early.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum OldTasks {
    /// They go before the update is done.
    #[default]
    GoFirst,
    /// They go afterwards.
    GoLater,
}
