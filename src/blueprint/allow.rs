use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::units::{Day, RuleName};

/// What is known and accepted, by code or name.
pub type Allow = IndexMap<RuleName, Allowance>;

/// A finding that is known and accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{"reason": "traffic moves at night only, and somebody watches"}]))]
pub struct Allowance {
    /// Why it is accepted, in a sentence of 3 to 200 characters.
    #[schemars(length(min = 3, max = 200))]
    pub reason: String,
    /// The last day on which it is, in UTC. From the next day on `check` tells the finding again, and that the allowance is
    /// over. `render` goes by no clock: what it writes does not depend on the day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
}
