//! Units as newtypes that cannot hold nonsense. Each has one parser, which the schema check, the typed model and the
//! reference page share: a [`Format`] names it, says what it expects, and tells why a text is refused.

mod day;
mod duration;
mod formats;
mod network;
mod share;
mod size;
mod text;

pub use day::Day;
pub(crate) use duration::milliseconds;
pub use duration::{Millis, Minutes, Retention, Seconds};
pub use formats::formats;
pub(crate) use formats::{each_format, fits};
pub use network::{Cidr, Port};
pub use share::Share;
pub(crate) use size::CPU_SIZES;
pub use size::{Cpu, Memory, Percent, TaskRange};
pub use text::{
    AccountId, AppName, Arn, BlueprintName, BlueprintReference, CertificateArn, ContainerName, Digest, Email,
    EntryName, EnvName, FilePath, FunctionName, HostName, HttpPath, ImageUri, ListenerArn, LoadBalancerName,
    LogicalId, ParamName, ParameterName, PathPattern, Pointer, Region, RepositoryName, ResourceType, RoleArn,
    RuleName, ScheduleExpression, SecretReference, ServiceName, SsmParameter, TlsPolicy, VariableName,
};

/// A text format of the blueprint language.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    /// The schema's `format`.
    pub name: &'static str,
    /// Why a text is refused, or `Ok`.
    pub check: fn(&str) -> Result<(), String>,
}

/// A newtype written as text.
pub trait Written: Sized {
    /// The schema's `format`, unique.
    fn format() -> &'static str;
    /// What is expected, as in "expected …".
    fn expected() -> String;
    /// An example.
    fn example() -> &'static str;
    /// The unit a bare number most likely means.
    fn unit() -> Option<&'static str> {
        None
    }
    /// Reads it.
    ///
    /// # Errors
    /// A sentence that says why the text is refused.
    fn parse(text: &str) -> Result<Self, String>;
}

/// The schema of a newtype written as text.
pub(crate) fn schema_of<T: Written>() -> schemars::Schema {
    let mut schema = schemars::json_schema!({
        "type": "string",
        "format": T::format(),
        "x-expected": T::expected(),
        "examples": [T::example()],
    });
    if let Some(unit) = T::unit() {
        schema.insert("x-unit".into(), unit.into());
    }
    schema
}

/// `propertyNames` for a map keyed by a newtype: schemars tells of keys only what a pattern says.
pub(crate) fn names<T: Written>() -> schemars::Schema {
    schema_of::<T>()
}

/// Implements serde and schemars for a newtype written as text that has `Display`.
macro_rules! written {
    ($type:ty, $name:expr) => {
        $crate::blueprint::units::written!(generic [] $type, $name);
    };
    (generic [$($generics:tt)*] $type:ty, $name:expr) => {
        impl<$($generics)*> serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de, $($generics)*> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                <Self as $crate::blueprint::units::Written>::parse(&text).map_err(serde::de::Error::custom)
            }
        }

        impl<$($generics)*> schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::blueprint::units::schema_of::<Self>()
            }
        }
    };
}
pub(crate) use written;
