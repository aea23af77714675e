use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::defaults;

/// The ECS cluster of an environment.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    /// Container Insights: `disabled`, `enabled` (per service) or `enhanced` (per task and container).
    #[serde(default = "defaults::insights")]
    pub insights: Insights,
    /// How tasks are spread over Fargate and Fargate Spot.
    #[serde(default)]
    pub capacity: Capacity,
}

impl Default for Cluster {
    fn default() -> Self {
        Self { insights: defaults::insights(), capacity: Capacity::default() }
    }
}

/// How much Container Insights sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Insights {
    /// Nothing.
    Disabled,
    /// Clusters and services.
    Enabled,
    /// Tasks and containers too.
    Enhanced,
}

/// How tasks are spread over capacity providers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Capacity {
    /// The share of Fargate.
    #[serde(default = "defaults::fargate")]
    pub fargate: CapacityShare,
    /// The share of Fargate Spot, which AWS may take back with two minutes' notice.
    #[serde(default = "defaults::spot")]
    pub spot: CapacityShare,
}

impl Default for Capacity {
    fn default() -> Self {
        Self { fargate: defaults::fargate(), spot: defaults::spot() }
    }
}

/// A share of the tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CapacityShare {
    /// How many tasks come here first, 0 to 100000. Only one provider may have a base above 0.
    #[serde(default)]
    #[schemars(range(min = 0, max = 100_000))]
    pub base: u32,
    /// The share of the tasks beyond the base, relative to the other's weight, 0 to 1000.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1000))]
    pub weight: u32,
}
