use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::units::{EntryName, LogicalId, ResourceType, VariableName, names};

/// CloudFormation of your own beside a service, or beside all of them: a table, a queue, a bucket; what the container is told of
/// it, and what it may do with it.
///
/// Names of these resources are used as they are written here, in `Ref`, `Fn::GetAtt` and `Fn::Sub` (`$${Orders}`: one dollar
/// sign more, because `${…}` is bluegreen's own).
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{
    "resources": {"Orders": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}},
    "variables": {"ORDERS_URL": {"Ref": "Orders"}}
}]))]
pub struct Extra {
    /// Resources by logical id, at most 200.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 200, "propertyNames" = names::<LogicalId>(), "x-also" = ["Resources"], "examples" = [{
        "Orders": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}
    }]))]
    pub resources: IndexMap<LogicalId, ExtraResource>,
    /// Variables the container sees, by name, with what the resources are called or answer.
    #[serde(default)]
    #[schemars(extend("propertyNames" = names::<VariableName>(), "examples" = [{"ORDERS_URL": {"Ref": "Orders"}}]))]
    pub variables: IndexMap<VariableName, Raw>,
    /// What the application may do with the resources, by name.
    #[serde(default)]
    #[schemars(extend("propertyNames" = names::<EntryName>()))]
    pub permissions: IndexMap<EntryName, ExtraPermission>,
    /// Outputs of the stack by logical id, for people and scripts.
    #[serde(default)]
    #[schemars(extend("propertyNames" = names::<LogicalId>(), "x-also" = ["Outputs"], "examples" = [{"OrdersArn": {"Fn::GetAtt": ["Orders", "Arn"]}}]))]
    pub outputs: IndexMap<LogicalId, Raw>,
}

/// A resource as a template writes it. It has no `Condition`: what is there in some environments alone is said there.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{"Type": "AWS::SQS::Queue", "DeletionPolicy": "Delete", "UpdateReplacePolicy": "Delete"}]))]
pub struct ExtraResource {
    /// The resource type.
    #[serde(rename = "Type")]
    #[schemars(extend("x-also" = ["type"]))]
    pub kind: ResourceType,
    /// Properties as CloudFormation names them, functions in the long form.
    #[serde(default, rename = "Properties")]
    #[schemars(extend("x-also" = ["properties"]))]
    pub properties: Map<String, Value>,
    /// Logical ids of resources that must be there first, beyond those referred to.
    #[serde(default, rename = "DependsOn", skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<LogicalId>,
    /// What happens to it when it leaves the stack. For what holds data it must be said.
    #[serde(default, rename = "DeletionPolicy", skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<KeepPolicy>,
    /// What happens to the old one when it is replaced. For what holds data it must be said.
    #[serde(default, rename = "UpdateReplacePolicy", skip_serializing_if = "Option::is_none")]
    pub update_replace_policy: Option<ReplacePolicy>,
    /// What it waits for when it is created, `{ResourceSignal: {Count: 1, Timeout: PT15M}}`, for the four types that can: instances,
    /// Auto Scaling groups, wait conditions and AppStream fleets.
    #[serde(default, rename = "CreationPolicy", skip_serializing_if = "Map::is_empty")]
    #[schemars(extend("examples" = [{"ResourceSignal": {"Count": 1, "Timeout": "PT15M"}}]))]
    pub creation_policy: Map<String, Value>,
    /// How an update changes it, `{UseOnlineResharding: true}`, for the six types that can be told: Auto Scaling groups, Lambda aliases,
    /// ElastiCache replication groups, OpenSearch and Elasticsearch domains, and AppStream fleets.
    #[serde(default, rename = "UpdatePolicy", skip_serializing_if = "Map::is_empty")]
    #[schemars(extend("examples" = [{"UseOnlineResharding": true}]))]
    pub update_policy: Map<String, Value>,
    /// Metadata, such as a linter's exceptions.
    #[serde(default, rename = "Metadata", skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
}

/// What happens to a resource that leaves the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum KeepPolicy {
    /// It goes.
    Delete,
    /// It stays.
    Retain,
    /// It stays, unless the very operation that created it fails.
    RetainExceptOnCreate,
    /// A snapshot of it stays, for the types that have snapshots.
    Snapshot,
}

/// What happens to a resource that is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum ReplacePolicy {
    /// It goes.
    Delete,
    /// It stays.
    Retain,
    /// A snapshot of it stays, for the types that have snapshots.
    Snapshot,
}

/// What the application may do with resources of `extra`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{"actions": ["sqs:SendMessage"], "resources": [{"Fn::GetAtt": ["Orders", "Arn"]}]}]))]
pub struct ExtraPermission {
    /// IAM actions such as `dynamodb:GetItem`. `*` alone is refused.
    #[schemars(length(min = 1), extend("items" = {"type": "string", "pattern": r"^[a-z0-9-]+:[A-Za-z0-9*?]+$", "x-expected": "an IAM action such as dynamodb:GetItem"}))]
    pub actions: Vec<String>,
    /// ARNs of what they may be done on, as functions: `{"Fn::GetAtt": [Orders, Arn]}`.
    #[schemars(length(min = 1))]
    pub resources: Vec<Raw>,
}

/// Text, a number, true or false, or one function in the long form.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Raw(pub Value);

/// Functions that are of use here: what each answers, what it takes, and an example.
const FUNCTIONS: [(&str, &str, &str, &str); 6] = [
    (
        "Ref",
        "What a resource is called, or the value of a parameter, by name.",
        r#"{"type": "string", "minLength": 1}"#,
        r#""Orders""#,
    ),
    (
        "Fn::GetAtt",
        "An attribute of a resource: its logical id and the attribute, as a list or with a dot between.",
        r#"{"type": ["array", "string"]}"#,
        r#"["Orders", "Arn"]"#,
    ),
    (
        "Fn::Sub",
        "Text with `$${Name}` replaced; in a list with a map of further names.",
        r#"{"type": ["string", "array"]}"#,
        r#""$${Orders.Arn}/*""#,
    ),
    (
        "Fn::Join",
        "Values joined: the delimiter, and the list of values.",
        r#"{"type": "array", "minItems": 2, "maxItems": 2}"#,
        r#"[",", [{"Ref": "Orders"}, "other"]]"#,
    ),
    (
        "Fn::Select",
        "An item of a list: its position from 0, and the list.",
        r#"{"type": "array", "minItems": 2, "maxItems": 2}"#,
        r#"[0, {"Fn::GetAZs": ""}]"#,
    ),
    (
        "Fn::ImportValue",
        "A value that another stack exports, by the export's name.",
        r#"{"type": ["string", "object"]}"#,
        r#""shop-prod-network:VpcId""#,
    ),
];

/// Whether a value is what the schema says.
fn is_raw(value: &Value) -> bool {
    let Value::Object(map) = value else { return !value.is_null() && !value.is_array() };
    let (1, Some((name, argument))) = (map.len(), map.iter().next()) else { return false };
    let pair = || argument.as_array().is_some_and(|items| items.len() == 2);
    match name.as_str() {
        "Ref" => argument.as_str().is_some_and(|name| !name.is_empty()),
        "Fn::GetAtt" | "Fn::Sub" => argument.is_string() || argument.is_array(),
        "Fn::Join" | "Fn::Select" => pair(),
        "Fn::ImportValue" => argument.is_string() || argument.is_object(),
        _ => false,
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if is_raw(&value) {
            Ok(Self(value))
        } else {
            Err(serde::de::Error::custom(
                "expected text, a number, true or false, or one function such as `{Ref: Orders}`",
            ))
        }
    }
}

impl JsonSchema for Raw {
    fn schema_name() -> Cow<'static, str> {
        "Raw".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let functions: Map<String, Value> = FUNCTIONS
            .iter()
            .map(|(name, meaning, takes, example)| {
                let json = |text| serde_json::from_str::<Value>(text).expect("the table holds JSON");
                let mut takes = json(takes);
                takes["description"] = (*meaning).into();
                takes["examples"] = serde_json::json!([json(example)]);
                ((*name).to_owned(), takes)
            })
            .collect();
        json_schema!({
            "description": "Text, a number, true or false, or one function in the long form: `{Ref: Orders}`.",
            "anyOf": [
                {"type": ["string", "number", "boolean"]},
                {
                    "type": "object",
                    "properties": functions,
                    "minProperties": 1,
                    "maxProperties": 1,
                    "additionalProperties": false,
                    "examples": [{"Ref": "Orders"}],
                },
            ],
            "examples": [{"Ref": "Orders"}],
        })
    }
}
