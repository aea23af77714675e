use std::sync::OnceLock;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Certificate, Cluster, Environment, LoadBalancer, Network, Notify, SchemaVersion,
    units::{
        self, BlueprintName, BlueprintReference, EnvName, FilePath, Format, LoadBalancerName, ParamName,
        names,
    },
};
use crate::yaml::{Data, Map};

/// A service blueprint: a service with parameters, for others to extend.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceBlueprint {
    /// The version of the blueprint language. There is one: 1.
    pub schema: SchemaVersion,
    /// The service blueprint's name: at most 40 lower-case letters, digits and single hyphens.
    pub blueprint: BlueprintName,
    /// What services it is for, in a sentence of at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 500))]
    pub description: Option<String>,
    /// The service blueprint this one completes and changes: a built-in, or a file relative to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extends: Option<BlueprintReference>,
    /// Values for the parameters of the service blueprint it extends, by name. They may use this one's parameters.
    #[serde(default)]
    pub with: IndexMap<String, Value>,
    /// What services that extend it may or must say, by name, at most 40. Expressions call them `${params.name}`; a default may
    /// use those that stand before it.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 40, "propertyNames" = names::<ParamName>(), "examples" = [{"port": {"type": "port", "description": "The port the container listens on."}}]))]
    pub params: IndexMap<ParamName, Param>,
    /// The service, as far as it is the same for all: any value may be an expression over `params`, `env`, `app` and `service`.
    #[serde(default)]
    #[schemars(with = "Partial")]
    pub service: Value,
}

/// A parameter of a service blueprint.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// What it takes.
    #[serde(rename = "type")]
    pub kind: ParamType,
    /// What it is for, in a sentence of at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 500))]
    pub description: Option<String>,
    /// Its value where a service gives none. Without one it must be given; with `null` it may be left out, and a key whose
    /// whole value it is, is then left out as well.
    #[serde(default)]
    pub default: Value,
    /// A value it might get, for checking the service blueprint by itself.
    #[serde(default)]
    pub example: Value,
    /// The smallest number, length of time or size it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Bound>,
    /// The largest number, length of time or size it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Bound>,
    /// The only values it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub one_of: Option<Vec<super::Scalar>>,
    /// A regular expression that text has to match from its beginning to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 500))]
    pub pattern: Option<String>,
}

/// The smallest or largest value: a number, or text with a unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Bound {
    /// A number.
    Number(f64),
    /// A length of time or a size.
    Text(String),
}

impl JsonSchema for Bound {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Bound".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["number", "string"], "examples": [1]})
    }
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ParamType {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A port, 1 to 65535.
    Port,
    /// A percentage, 0 to 100.
    Percent,
    /// A length of time such as 30s, 5m or 1h30m.
    Duration,
    /// Memory: MiB or a size such as 1GB.
    Size,
    /// CPU units or vCPUs.
    Cpu,
    /// The fewest and the most tasks, such as 3-12.
    Range,
    /// A path that starts with `/`.
    Path,
    /// A host name.
    Host,
    /// An image with a tag or digest.
    Image,
    /// A certificate: its ARN, or `{parameter: Name}`.
    Certificate,
    /// A block of addresses.
    Cidr,
    /// A list.
    List,
    /// A map.
    Map,
}

impl ParamType {
    /// What it takes, as a schema.
    pub(crate) fn schema(self) -> Value {
        fn of<T: JsonSchema>() -> Value {
            let generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
            Value::from(generator.into_root_schema_for::<T>())
        }
        match self {
            Self::String => json!({"type": "string"}),
            Self::Integer => json!({"type": "integer"}),
            Self::Number => json!({"type": "number"}),
            Self::Boolean => json!({"type": "boolean"}),
            Self::Port => of::<units::Port>(),
            Self::Percent => of::<units::Percent>(),
            Self::Duration => json!({
                "type": "string",
                "format": DURATION.name,
                "x-expected": "a length of time such as 30s, 5m or 1h30m",
                "x-unit": "s",
            }),
            Self::Size => of::<units::Memory>(),
            Self::Cpu => of::<units::Cpu>(),
            Self::Range => of::<units::TaskRange>(),
            Self::Path => of::<units::HttpPath>(),
            Self::Host => of::<units::HostName>(),
            Self::Image => of::<units::ImageUri>(),
            Self::Certificate => of::<Certificate>(),
            Self::Cidr => of::<units::Cidr>(),
            Self::List => json!({"type": "array"}),
            Self::Map => json!({"type": "object"}),
        }
    }

    /// What a parameter of it takes that is declared so: its type's schema within the bounds that are numbers, the words and the
    /// pattern of the declaration.
    pub(crate) fn schema_of(self, declared: &Value) -> Value {
        let mut schema = self.schema();
        // A length of time that is declared in minutes or more is meant so.
        let amounts = ["default", "minimum", "maximum", "example"];
        let amount = amounts.iter().find_map(|key| declared.get(key)?.as_str());
        if let (Self::Duration, Some(amount)) = (self, amount) {
            let unit = if amount.ends_with("ms") { "ms" } else { "m" };
            if unit == "ms" || !amount.contains('s') {
                schema["x-unit"] = unit.into();
            }
        }
        for key in ["minimum", "maximum"] {
            if let Some(bound) = declared.get(key).filter(|bound| !bound.is_string()) {
                schema[key] = bound.clone();
            }
        }
        if let Some(words) = declared.get("one_of") {
            schema["enum"] = words.clone();
        }
        if let Some(pattern) = declared.get("pattern").and_then(Value::as_str) {
            schema["pattern"] = format!("^(?:{pattern})$").into();
        }
        schema
    }

    /// The formats that [`ParamType::schema`] names.
    pub(crate) fn formats() -> &'static [Format] {
        static FORMATS: OnceLock<Vec<Format>> = OnceLock::new();
        FORMATS.get_or_init(|| units::formats().iter().copied().chain([DURATION]).collect())
    }

    /// What values with bounds are compared by: numbers, milliseconds, MiB, CPU units. `None` for a value that the type does
    /// not take, and for types without bounds.
    pub(crate) fn amount(self, value: &Value) -> Option<f64> {
        match self {
            Self::Integer | Self::Number | Self::Port | Self::Percent => value.as_f64(),
            Self::Duration => {
                units::milliseconds(value.as_str()?).ok().map(|milliseconds| milliseconds as f64)
            }
            Self::Size => {
                serde_json::from_value::<units::Memory>(value.clone()).ok().map(|size| size.mib().into())
            }
            Self::Cpu => {
                serde_json::from_value::<units::Cpu>(value.clone()).ok().map(|cpu| cpu.units().into())
            }
            _ => None,
        }
    }

    /// A value that it takes.
    pub(crate) fn example(self) -> Data {
        let text = |text: &str| Data::Text(text.to_owned());
        match self {
            Self::String => text("text"),
            Self::Integer | Self::Number => Data::Int(1),
            Self::Boolean => Data::Bool(true),
            Self::Port => Data::Int(8080),
            Self::Percent => Data::Int(10),
            Self::Duration => text("5m"),
            Self::Size => text("1GB"),
            Self::Cpu => text("512"),
            Self::Range => text("2-4"),
            Self::Path => text("/health"),
            Self::Host => text("shop.example.com"),
            Self::Image => text("public.ecr.aws/nginx/nginx:1.29"),
            Self::Certificate => text("arn:aws:acm:eu-west-1:111122223333:certificate/0b1c2d3e"),
            Self::Cidr => text("10.0.0.0/8"),
            Self::List => Data::List(Vec::new()),
            Self::Map => Data::Map(Map::new()),
        }
    }
}

/// Any length of time, for parameters: the keys they end up in have bounds of their own.
const DURATION: Format = Format { name: "Duration", check: |text| units::milliseconds(text).map(drop) };

/// A variable's value, for the schema alone.
pub(super) struct Variable;

impl JsonSchema for Variable {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Variable".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "number", "boolean", "array"],
            "items": {"type": ["string", "number", "boolean"]},
            "x-expected": "text, a number, true or false, or a list of them",
            "description": "What the variable stands for. It may be an expression over what is known without variables.",
        })
    }
}

/// A service of which nothing is required, for the schema alone.
struct Partial;

impl JsonSchema for Partial {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Partial".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<super::Service>();
        json_schema!({"x-overlay": "Blueprint", "$ref": "#/$defs/Service"})
    }
}

/// What several application blueprints share: a file that they `include`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shared {
    /// The version of the blueprint language. There is one: 1.
    pub schema: SchemaVersion,
    /// A name for what is shared, at most 40 lower-case letters, digits and single hyphens: it tells people and editors what kind of
    /// file this is.
    pub shared: BlueprintName,
    /// What it is for, in a sentence of at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 500))]
    pub description: Option<String>,
    /// Files that lie below this one, the last one on top; at most 16. Paths are relative to this file.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub include: Vec<FilePath>,
    /// Tags for every resource, at most 40.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 40))]
    pub tags: IndexMap<String, String>,
    /// Variables for expressions (`${vars.name}`), by name.
    #[serde(default)]
    #[schemars(with = "IndexMap<ParamName, Variable>", extend("propertyNames" = names::<ParamName>()))]
    pub vars: IndexMap<ParamName, Value>,
    /// Named places to deploy to, each with what differs there.
    #[serde(default)]
    #[schemars(extend("propertyNames" = names::<EnvName>(), "examples" = [{"prod": {"region": "eu-west-1"}}]))]
    pub environments: IndexMap<EnvName, Environment>,
    /// The VPC: created, or imported.
    #[serde(default)]
    pub network: Network,
    /// The ECS cluster of each environment.
    #[serde(default)]
    pub cluster: Cluster,
    /// Load balancers that several services stand behind, by name; at most 20.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 20, "propertyNames" = names::<LoadBalancerName>(), "examples" = [{"public": {"certificate": {"parameter": "CertificateArn"}}}]))]
    pub load_balancers: IndexMap<LoadBalancerName, LoadBalancer>,
    /// Who is told of what.
    #[serde(default)]
    pub notify: Notify,
}
