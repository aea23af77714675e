//! The one list of the language's text formats: the schema's word for each, and the newtype that reads it.

use super::{Format, Written};
use crate::blueprint::is_expression;

/// Hands every format to another macro, as the schema's word and the newtype with its bounds.
macro_rules! each_format {
    ($then:ident) => {
        $then! {
            "Seconds-0-3600" Seconds 0 3600,
            "Seconds-0-300" Seconds 0 300,
            "Seconds-2-60" Seconds 2 60,
            "Seconds-2-120" Seconds 2 120,
            "Seconds-5-300" Seconds 5 300,
            "Seconds-0-86400" Seconds 0 86400,
            "Seconds-1-4000" Seconds 1 4000,
            "Seconds-1-7200" Seconds 1 7200,
            "Seconds-0-2147483647" Seconds 0 2147483647,
            "Seconds-60-86400" Seconds 60 86400,
            "Minutes-0-1440" Minutes 0 1440,
            "Minutes-0-2880" Minutes 0 2880,
            "Minutes-1-2880" Minutes 1 2880,
            "Minutes-1-7200" Minutes 1 7200,
            "Minutes-5-2160" Minutes 5 2160,
            "Minutes-5-86400" Minutes 5 86400,
            "Minutes-1440-525600" Minutes 1440 525600,
            "Milliseconds" Millis,
            "Retention" Retention,
            "Day" Day,
            "Cidr" Cidr,
            "Cpu" Cpu,
            "Memory" Memory,
            "TaskRange" TaskRange,
            "AccountId" AccountId,
            "AppName" AppName,
            "BlueprintName" BlueprintName,
            "BlueprintReference" BlueprintReference,
            "CertificateArn" CertificateArn,
            "ContainerName" ContainerName,
            "Email" Email,
            "EntryName" EntryName,
            "EnvName" EnvName,
            "Digest" Digest,
            "FilePath" FilePath,
            "FunctionName" FunctionName,
            "HostName" HostName,
            "HttpPath" HttpPath,
            "ImageUri" ImageUri,
            "ListenerArn" ListenerArn,
            "LoadBalancerName" LoadBalancerName,
            "LogicalId" LogicalId,
            "ParamName" ParamName,
            "ParameterName" ParameterName,
            "PathPattern" PathPattern,
            "Pointer" Pointer,
            "Region" Region,
            "RepositoryName" RepositoryName,
            "ResourceType" ResourceType,
            "RoleArn" RoleArn,
            "RuleName" RuleName,
            "ScheduleExpression" ScheduleExpression,
            "SecretReference" SecretReference,
            "ServiceName" ServiceName,
            "SsmParameter" SsmParameter,
            "TlsPolicy" TlsPolicy,
            "VariableName" VariableName,
        }
    };
}
pub(crate) use each_format;

macro_rules! list {
    ($($name:literal $kind:ident $($bound:literal)*),* $(,)?) => {
        const ALL: &[Format] = &[$(Format { name: $name, check: check::<super::$kind<$($bound),*>> }),*];
    };
}
each_format!(list);

/// Every format of the language. A test compares it with the formats the schema names.
pub fn formats() -> &'static [Format] {
    ALL
}

/// The format of lengths of time in `kind` from `min` to `max`.
///
/// # Panics
/// Where it is not in the list above.
pub(super) fn name_of(kind: &str, min: u32, max: u32) -> &'static str {
    let name = format!("{kind}-{min}-{max}");
    let known = ALL.iter().find(|format| format.name == name);
    known.unwrap_or_else(|| unreachable!("{name} is listed in units/formats.rs")).name
}

fn check<T: Written>(text: &str) -> Result<(), String> {
    T::parse(text).map(drop)
}

/// Whether a text has the format, or an expression stands in it: what that is worth is known, and checked, in each
/// environment.
pub(crate) fn fits<T: Written>(text: &str) -> bool {
    is_expression(text) || T::parse(text).is_ok()
}
