use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::{
    defaults,
    units::{Millis, Seconds, Written},
};

/// An alarm: over both target groups, over all tasks, or over a metric of one's own. It can stop and take back a deployment, and it
/// calls who is on call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    /// What is measured.
    #[serde(flatten)]
    pub measure: Measure,
    /// The length of one period: whole minutes, since ELB counts by the minute.
    #[serde(default = "defaults::alarm_over")]
    pub over: Seconds<60, 86400>,
    /// How many periods must be bad.
    #[serde(default = "defaults::alarm_times")]
    pub times: u8,
    /// Out of how many; `times` where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u8>,
}

/// What is measured: one key says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Answers 500 to 599 of the tasks.
    #[serde(rename = "http_5xx")]
    Http5xx {
        /// More than this many, or this percentage.
        above: f64,
        /// Whether `above` is a percentage of the requests.
        #[serde(default)]
        percent_of_requests: bool,
        /// With a percentage: how many requests a period needs before it counts.
        #[serde(default = "defaults::minimum_requests")]
        minimum_requests: u32,
    },
    /// A percentile of response times.
    P50 {
        /// Slower than this.
        above: Millis,
        /// How many requests a period needs before it counts.
        #[serde(default = "defaults::minimum_requests")]
        minimum_requests: u32,
    },
    /// A percentile of response times.
    P90 {
        /// Slower than this.
        above: Millis,
        /// How many requests a period needs before it counts.
        #[serde(default = "defaults::minimum_requests")]
        minimum_requests: u32,
    },
    /// A percentile of response times.
    P95 {
        /// Slower than this.
        above: Millis,
        /// How many requests a period needs before it counts.
        #[serde(default = "defaults::minimum_requests")]
        minimum_requests: u32,
    },
    /// A percentile of response times.
    P99 {
        /// Slower than this.
        above: Millis,
        /// How many requests a period needs before it counts.
        #[serde(default = "defaults::minimum_requests")]
        minimum_requests: u32,
    },
    /// Connections that a task refused or dropped.
    ConnectionErrors {
        /// More than this many.
        above: f64,
    },
    /// Tasks that fail their health check, as every node of the load balancer sees it.
    UnhealthyTasks {
        /// More than this many.
        above: f64,
    },
    /// Requests sent to unhealthy tasks because no healthy one was left.
    FailOpenRequests {
        /// More than this many.
        above: f64,
    },
    /// Tasks that should run and do not.
    MissingTasks {
        /// More than this many.
        above: f64,
    },
    /// The average CPU of all tasks, of both versions together.
    CpuPercentage {
        /// More than this percentage of what they have.
        above: f64,
    },
    /// The average memory of all tasks, of both versions together.
    MemoryPercentage {
        /// More than this percentage of what they have.
        above: f64,
    },
    /// A metric of one's own, or of another service.
    Metric(Metric),
}

impl Measure {
    /// Whether it is of what goes through a load balancer.
    pub fn is_of_load_balancer(&self) -> bool {
        !matches!(
            self,
            Self::MissingTasks { .. }
                | Self::CpuPercentage { .. }
                | Self::MemoryPercentage { .. }
                | Self::Metric(_)
        )
    }
}

/// A metric of CloudWatch that tells whether a version works: the age of a queue's oldest message, jobs that failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Metric {
    /// Its namespace: `AWS/SQS`, or one of your own; at most 255 characters.
    #[schemars(regex(pattern = r"^[A-Za-z0-9./_#:-]{1,255}$"), extend("examples" = ["AWS/SQS"]))]
    pub namespace: String,
    /// Its name, at most 255 characters.
    #[schemars(length(min = 1, max = 255), extend("examples" = ["ApproximateAgeOfOldestMessage"]))]
    pub name: String,
    /// Its dimensions, at most 30: a metric is another one without any of them. `${AWS::…}` may stand in the values.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(extend("maxProperties" = 30, "examples" = [{"QueueName": "orders"}]))]
    pub dimensions: IndexMap<String, String>,
    /// What is taken of each period: `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`, or a percentile such as `p90`.
    #[serde(default = "defaults::statistic")]
    #[schemars(regex(
        pattern = r"^(Average|Sum|Minimum|Maximum|SampleCount|p([1-9][0-9]?|100)(\.[0-9]{1,2})?)$"
    ))]
    pub statistic: String,
    /// The alarm fires above this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
    /// The alarm fires below this number; in place of `above`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
}

/// The keys that say what is measured.
pub(crate) const MEASURES: [&str; 12] = [
    "http_5xx",
    "p50",
    "p90",
    "p95",
    "p99",
    "connection_errors",
    "unhealthy_tasks",
    "fail_open_requests",
    "missing_tasks",
    "cpu_percentage",
    "memory_percentage",
    "metric",
];

impl JsonSchema for Alarm {
    fn schema_name() -> Cow<'static, str> {
        "Alarm".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let over = {
            let mut schema = generator.subschema_for::<Seconds<60, 86400>>();
            schema.insert(
                "description".into(),
                "The length of one period, 1m to 1d. ELB counts by the minute.".into(),
            );
            schema.insert("default".into(), defaults::alarm_over().to_string().into());
            schema
        };
        let times = json_schema!({"description": "How many periods must be bad, 1 to 60.", "type": "integer", "minimum": 1, "maximum": 60, "default": defaults::alarm_times()});
        let of = json_schema!({"description": "Out of how many periods, `times` to 60; as many as `times` where it is not given.", "type": "integer", "minimum": 1, "maximum": 60});
        let requests = json_schema!({"description": "How many requests a period needs before it counts, 0 to 1,000,000, so that one slow or failed request in a quiet minute is no alarm.", "type": "integer", "minimum": 0, "maximum": 1_000_000, "default": defaults::minimum_requests()});
        let millis = {
            let mut schema = generator.subschema_for::<Millis>();
            schema.insert(
                "description".into(),
                format!("The alarm fires when it is slower than this: {}.", Millis::expected()).into(),
            );
            schema
        };
        let number = json_schema!({"description": "The alarm fires above this number.", "type": "number", "minimum": 0});
        let measure = |description: &str, properties: serde_json::Value| {
            json_schema!({
                "description": description,
                "type": "object",
                "properties": properties,
                "required": ["above"],
                "additionalProperties": false,
            })
        };
        let errors = serde_json::json!({
            "above": number,
            "percent_of_requests": {"description": "Whether `above` is a percentage of the requests, taken for each color by itself.", "type": "boolean", "default": false},
            "minimum_requests": requests,
        });
        let latency = serde_json::json!({"above": millis, "minimum_requests": requests});
        let count = serde_json::json!({"above": number});
        let percent = json_schema!({"description": "The alarm fires above this percentage, 0 to 100.", "type": "number", "minimum": 0, "maximum": 100});
        let percentage = serde_json::json!({"above": percent});
        let metric = generator.subschema_for::<Metric>();
        let percentile = |part: &str| {
            measure(
                &format!("The response time that {part} percent of the requests stay below."),
                latency.clone(),
            )
        };
        // One key of them says what is measured. Which, may stand in a lower layer, so the schema asks for none;
        // that there is exactly one is checked when the layers have been laid over each other.
        json_schema!({
            "description": "An alarm, over both target groups where it is about requests: one key says what is measured, `over`, `times` and `of` how it is judged.",
            "type": "object",
            "properties": {
                "http_5xx": measure("Answers 500 to 599 of the tasks, of whichever color has more.", errors),
                "p50": percentile("50"),
                "p90": percentile("90"),
                "p95": percentile("95"),
                "p99": percentile("99"),
                "connection_errors": measure("Connections that tasks refused or dropped; behind `tcp`, those that they reset, of both colors together.", count.clone()),
                "unhealthy_tasks": measure("Tasks that fail their health check as every node of the load balancer sees it; behind `tcp`, as any node does.", count.clone()),
                "fail_open_requests": measure("Requests sent to unhealthy tasks because no healthy one was left; behind `tcp`, connections, of both colors together.", count.clone()),
                "missing_tasks": measure("Tasks that should run and do not, as Container Insights counts them.", count),
                "cpu_percentage": measure("The average CPU of all tasks, both versions together, in percent of what they have.", percentage.clone()),
                "memory_percentage": measure("The average memory of all tasks, both versions together, in percent of what they have.", percentage),
                "metric": metric,
                "over": over,
                "times": times,
                "of": of,
            },
            "additionalProperties": false,
        })
    }
}
