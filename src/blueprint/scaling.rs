use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::{
    defaults,
    units::{EntryName, Percent, ScheduleExpression, Seconds, TaskRange, names},
};

/// How many tasks run: a number, or what scaling keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Count {
    /// Always this many.
    Fixed(u32),
    /// As many as the load asks for.
    Scaled(Scaling),
}

impl JsonSchema for Count {
    fn schema_name() -> Cow<'static, str> {
        "Count".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "How many tasks run, 0 to 5000, or a range that scaling keeps. While blue and green overlap, twice as many run.",
            "oneOf": [
                {"type": "integer", "minimum": 0, "maximum": 5000},
                generator.subschema_for::<Scaling>(),
            ],
        })
    }
}

/// Scaling by what both colors carry together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scaling {
    /// The fewest and the most tasks, such as 3-12.
    #[schemars(extend("x-also" = ["min", "max", "minimum", "maximum", "min_capacity", "max_capacity"]))]
    pub range: TaskRange,
    /// Keep the service's average CPU near this percentage, 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["cpu", "cpu_target", "target_cpu"], "minimum" = 1, "x-expected" = "a percentage from 1 to 100"))]
    pub cpu_percentage: Option<Percent>,
    /// Keep the service's average memory near this percentage, 1 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["memory", "memory_target"], "minimum" = 1, "x-expected" = "a percentage from 1 to 100"))]
    pub memory_percentage: Option<Percent>,
    /// Keep the requests a minute that one task serves near this number, 1 to 1,000,000, counted over both
    /// target groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000))]
    #[schemars(extend("x-also" = ["requests_per_target", "requests_per_task"]))]
    pub requests: Option<u32>,
    /// How long after adding tasks the next ones may be added.
    #[serde(default = "defaults::scale_out_cooldown")]
    pub scale_out_cooldown: Seconds<0, 3600>,
    /// How long after removing tasks the next ones may be removed.
    #[serde(default = "defaults::scale_in_cooldown")]
    pub scale_in_cooldown: Seconds<0, 3600>,
    /// Other ranges at other times, by name.
    #[serde(default)]
    #[schemars(extend("propertyNames" = names::<EntryName>()))]
    pub schedule: IndexMap<EntryName, Schedule>,
}

/// A range from a time on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// When it begins to hold: six fields, minute hour day-of-month month day-of-week year.
    pub cron: ScheduleExpression,
    /// The time zone of the cron expression, by its IANA name.
    #[serde(default = "defaults::timezone")]
    #[schemars(length(min = 1, max = 64), regex(pattern = r"^[A-Za-z0-9_+/-]+$"))]
    pub timezone: String,
    /// The fewest and the most tasks from then on.
    pub range: TaskRange,
}
