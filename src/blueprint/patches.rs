use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::units::{Digest, EnvName, LogicalId, Pointer, ResourceType, ServiceName, names};

/// A change of resources that bluegreen renders, for what the language has no word for. The result is held to
/// CloudFormation's resource schemas, and what moves traffic cannot be changed.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{
    "where": {"service": "checkout", "resource": "ProductionListener"},
    "set": {"/Properties/SslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"},
    "reason": "partner devices without post-quantum key exchange"
}]))]
pub struct Patch {
    /// Which resources are changed: all that fit, at least one in each environment.
    #[serde(rename = "where")]
    pub place: Place,
    /// Values by JSON pointer into the resource, such as `/Properties/SslPolicy`. Steps into lists are positions from 0, `-` for
    /// the end, or the `Name`, `Key`, `Sid` or `Id` of an item. Maps on the way are made. Values may be functions in the
    /// long form: `{Ref: …}`, `{"Fn::Sub": …}`.
    #[serde(default)]
    #[schemars(extend("additionalProperties" = {"type": ["string", "number", "boolean", "array", "object"]}, "propertyNames" = names::<Pointer>(), "examples" = [{"/Properties/SslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"}], "x-also" = ["replace", "add"]))]
    pub set: IndexMap<Pointer, Value>,
    /// What is taken away, by JSON pointer; after everything of `set`.
    #[serde(default)]
    #[schemars(extend("x-also" = ["delete", "unset"]))]
    pub remove: Vec<Pointer>,
    /// Why, and until when: at least 10 characters. It stands beside the resource in the template.
    #[schemars(length(min = 10, max = 500), extend("examples" = ["partner devices without post-quantum key exchange, until 2027-03"], "x-also" = ["because", "why", "comment", "description"]))]
    pub reason: String,
    /// The digest of what the patch replaces, 16 hexadecimal digits. When bluegreen's own values have changed since, `check` says so,
    /// with the new digest and values. Any digest will do to be told the right one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Digest>,
}

/// Which resources are meant: by what they are, never by where they stand.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "examples" = [{"service": "checkout", "resource": "ProductionListener"}]))]
pub struct Place {
    /// The service they belong to. Without it, those of every service and the environment's own are meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceName>,
    /// The logical id, without the service's name before it: one word for both layouts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("x-also" = ["id", "logical_id", "role"]))]
    pub resource: Option<LogicalId>,
    /// The resource type. One of `resource` and `type` is needed.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["AWS::Logs::LogGroup"]))]
    pub kind: Option<ResourceType>,
    /// The only environment that is patched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<EnvName>,
    /// The only stack that is patched, by its name or its file's name: `checkout-edge`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128), extend("examples" = ["checkout-edge"]))]
    pub stack: Option<String>,
}
