//! What resources wait for when they are created, and how an update changes them: attributes that a few types have, beside their
//! properties, and of which the resource schemas say nothing.

use std::sync::OnceLock;

use regex::Regex;
use serde_json::Value;

use super::{judge::Fault, near};
use crate::diagnostic::codes;

/// The keys of `CreationPolicy` by type (facts 8.7).
const CREATION: [(&str, &[&str]); 4] = [
    ("AWS::AppStream::Fleet", &["StartFleet"]),
    ("AWS::AutoScaling::AutoScalingGroup", &["AutoScalingCreationPolicy", "ResourceSignal"]),
    ("AWS::CloudFormation::WaitCondition", &["ResourceSignal"]),
    ("AWS::EC2::Instance", &["ResourceSignal"]),
];

/// The keys of `UpdatePolicy` by type (facts 8.7).
const UPDATE: [(&str, &[&str]); 6] = [
    ("AWS::AppStream::Fleet", &["StartAfterUpdate", "StopBeforeUpdate"]),
    (
        "AWS::AutoScaling::AutoScalingGroup",
        &[
            "AutoScalingInstanceRefresh",
            "AutoScalingReplacingUpdate",
            "AutoScalingRollingUpdate",
            "AutoScalingScheduledAction",
        ],
    ),
    ("AWS::ElastiCache::ReplicationGroup", &["UseOnlineResharding"]),
    ("AWS::Elasticsearch::Domain", &["EnableVersionUpgrade"]),
    ("AWS::Lambda::Alias", &["CodeDeployLambdaAliasUpdate"]),
    ("AWS::OpenSearchService::Domain", &["EnableVersionUpgrade"]),
];

/// What is wrong with these attributes of a resource that is written as a template writes it.
pub(super) fn check(kind: &str, resource: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (attribute, types) in [("CreationPolicy", &CREATION[..]), ("UpdatePolicy", &UPDATE[..])] {
        let Some(policy) = resource[attribute].as_object().filter(|policy| !policy.is_empty()) else {
            continue;
        };
        let fault = |pointer: String, message: String, help: String| Fault {
            code: codes::INVALID_RESOURCE,
            pointer,
            message,
            help: Some(help),
        };
        let Some((_, keys)) = types.iter().find(|(known, _)| *known == kind) else {
            let known: Vec<&str> = types.iter().map(|(kind, _)| *kind).collect();
            faults.push(fault(
                format!("/{attribute}"),
                format!("`{attribute}` means nothing to {kind}"),
                format!("take it away; the types that have one are {}", known.join(", ")),
            ));
            continue;
        };
        for key in policy.keys().filter(|key| !keys.contains(&key.as_str())) {
            let near = near::names(key, keys.iter().copied());
            let help = if near.is_empty() {
                format!("it takes {}", keys.join(", "))
            } else {
                format!("did you mean {}?", near::or(&near))
            };
            faults.push(fault(
                format!("/{attribute}/{key}"),
                format!("`{attribute}` of {kind} has no `{key}`"),
                help,
            ));
        }
        let signal = &policy.get("ResourceSignal").cloned().unwrap_or_default();
        if let Some(time) = signal["Timeout"].as_str()
            && !is_duration(time)
        {
            faults.push(fault(
                format!("/{attribute}/ResourceSignal/Timeout"),
                format!("`Timeout` is `{time}`, which is no length of time of ISO 8601"),
                "write `PT15M` for a quarter of an hour; at most `PT12H`".into(),
            ));
        }
    }
    faults
}

/// Whether a text is a length of time as CloudFormation writes it: `PT1H30M`.
fn is_duration(text: &str) -> bool {
    static FORM: OnceLock<Regex> = OnceLock::new();
    let form = FORM.get_or_init(|| {
        Regex::new("^PT(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?$").expect("a regular expression")
    });
    form.is_match(text) && text.len() > 2
}
