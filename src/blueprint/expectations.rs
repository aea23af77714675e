use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::units::{Millis, Minutes};

/// The traffic a service gets. Nothing is rendered from it: rules judge with it whether a bad release is noticed in time.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{"requests_per_minute": 6000, "peak": 24000}]))]
pub struct ExpectedTraffic {
    /// Requests a minute at the quietest time at which releases happen, 1 to 100,000,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000_000))]
    pub requests_per_minute: Option<u32>,
    /// Requests a minute at the busiest time, 1 to 100,000,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100_000_000))]
    pub peak: Option<u32>,
    /// The time within which 99 of 100 requests are answered, 1ms to 1m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99: Option<Millis>,
}

/// How often a service is released, and how far back a rollback may go. Nothing is rendered from it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{"per_day": 4, "back": "30d"}]))]
pub struct ExpectedReleases {
    /// Releases on a busy day, 1 to 1000.
    #[schemars(range(min = 1, max = 1000))]
    pub per_day: u16,
    /// How old the version may be that a rollback goes back to, 1d to 365d.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<Minutes<1440, 525600>>,
}

/// Something tasks hold connections to, such as a database. Nothing is rendered from it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{"per_task": 10, "most": 400}]))]
pub struct Downstream {
    /// The connections one task opens at most, 1 to 100,000.
    #[schemars(range(min = 1, max = 100_000))]
    pub per_task: u32,
    /// The connections it accepts at most, 1 to 10,000,000.
    #[schemars(range(min = 1, max = 10_000_000), extend("x-also" = ["max", "max_connections", "limit"]))]
    pub most: u32,
}

/// How much a bad release may reach before an alarm takes it back. Nothing is rendered from it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{"percent": 50, "requests": 20000}]))]
pub struct Exposure {
    /// The part of the traffic, 1 to 100 percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub percent: Option<u8>,
    /// The number of requests, 1 to 1,000,000,000; needs `expected_traffic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub requests: Option<u32>,
}

/// What AWS grants an account. Nothing is rendered from it.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{"fargate_vcpu": 64}]))]
pub struct Quotas {
    /// vCPUs of Fargate that tasks may have at one time, less what others use, 1 to 1,000,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub fargate_vcpu: Option<u32>,
}
