//! Resources beside a service, and beside all of them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    at, attributes, below,
    judge::{self, Fault, Known},
    near,
};
use crate::{
    blueprint::{Extra, Layout, units::LogicalId},
    cfn::catalogue::Catalogue,
    diagnostic::{Aim, Finding, Trail, codes},
    resolve::{Resolved, ResolvedService},
    stacks::{Names, Stack, pascal, permission_output, variable_output},
};

/// Types that hold data nobody can make again.
const STATEFUL: [&str; 24] = [
    "AWS::Cognito::UserPool",
    "AWS::DocDB::DBCluster",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::EC2::Volume",
    "AWS::ECR::Repository",
    "AWS::EFS::FileSystem",
    "AWS::ElastiCache::CacheCluster",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::Elasticsearch::Domain",
    "AWS::FSx::FileSystem",
    "AWS::KMS::Key",
    "AWS::Kinesis::Stream",
    "AWS::Logs::LogGroup",
    "AWS::Neptune::DBCluster",
    "AWS::Neptune::DBInstance",
    "AWS::OpenSearchService::Domain",
    "AWS::RDS::DBCluster",
    "AWS::RDS::DBInstance",
    "AWS::Redshift::Cluster",
    "AWS::S3::Bucket",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
    "AWS::Timestream::Table",
];

/// What is extra in a stack.
struct Here<'s> {
    extra: &'s Extra,
    /// The service it is beside; none for what is beside all.
    service: Option<&'s ResolvedService>,
    /// What its logical ids start with.
    prefix: &'s str,
}

impl Here<'_> {
    fn root(&self) -> Trail {
        match self.service {
            Some(service) => Trail::of(["services", service.name.as_str(), "extra"]),
            None => Trail::of(["extra"]),
        }
    }

    /// What [`crate::stacks::Taken`] calls it.
    fn owner(&self) -> &str {
        self.service.map_or("", |service| service.name.as_str())
    }
}

/// What is extra in this stack: beside all services in the stack of that, or in the only one.
fn here<'s>(resolved: &'s Resolved, stack: &'s Stack) -> impl Iterator<Item = Here<'s>> {
    let is_shared = match resolved.layout {
        Layout::Split => stack.name == Names::new(resolved).extra_stack(),
        Layout::Single => true,
    };
    let shared = resolved.extra.as_ref().filter(|_| is_shared);
    let shared = shared.into_iter().map(|extra| Here { extra, service: None, prefix: "" });
    shared.chain(beside_services(resolved, stack))
}

/// The services whose own stack this is, with their extra resources.
fn beside_services<'s>(resolved: &'s Resolved, stack: &'s Stack) -> impl Iterator<Item = Here<'s>> {
    stack.parts.iter().filter_map(|part| {
        let service = resolved.services.iter().find(|it| it.name.as_str() == part.service)?;
        let extra = service.service.extra.as_ref()?;
        // Edge and pipeline are others' stacks: the service's own has its service.
        stack.template.resources.contains_key(format!("{}Service", part.prefix).as_str()).then_some(Here {
            extra,
            service: Some(service),
            prefix: &part.prefix,
        })
    })
}

/// The logical ids of extra resources in a stack, with the trail of each.
pub(super) fn ids(resolved: &Resolved, stack: &Stack) -> BTreeMap<String, Trail> {
    here(resolved, stack)
        .flat_map(|here| {
            let taken = |id: &str| {
                stack
                    .taken
                    .iter()
                    .any(|it| it.service == here.owner() && it.section == "resources" && it.id == id)
            };
            let free = here.extra.resources.keys().filter(|id| !taken(id.as_str()));
            let of = |id: &LogicalId| {
                (format!("{}{id}", here.prefix), here.root().key("resources").key(id.as_str()))
            };
            free.map(of).collect::<Vec<_>>()
        })
        .collect()
}

/// Says what is wrong with the extra resources of a stack.
pub(super) fn check(resolved: &Resolved, stack: &Stack, findings: &mut Vec<Finding>) {
    for here in here(resolved, stack) {
        let Here { extra, service, prefix } = here;
        let root = here.root();
        let alias = |name: &str| extra.resources.contains_key(name).then(|| format!("{prefix}{name}"));
        let known = Known::new(&stack.template, &alias);
        for taken in stack.taken.iter().filter(|taken| taken.service == here.owner()) {
            if taken.section == "imported" {
                findings.push(twice(extra, &root, &taken.id));
                continue;
            }
            let what = if taken.section == "outputs" { "an output" } else { "a resource" };
            findings.push(
                Finding::error(codes::CLASHING_NAMES, format!("`{}` is {what} of bluegreen's own", taken.id))
                    .at(root.key(taken.section).key(taken.id.as_str()), Aim::Key, "")
                    .help("choose another name"),
            );
        }
        for (id, resource) in &extra.resources {
            let trail = root.key("resources").key(id.as_str());
            let kind = resource.kind.as_str();
            let whole = serde_json::json!({
                "Properties": resource.properties,
                "CreationPolicy": resource.creation_policy,
                "UpdatePolicy": resource.update_policy,
                "Metadata": resource.metadata,
            });
            let properties = &whole["Properties"];
            if Catalogue::schema(kind).is_none()
                && let [near, ..] = near::names(kind, Catalogue::kinds()).as_slice()
                && near.rsplit("::").next() == kind.rsplit("::").next()
            {
                findings.push(
                    at(
                        Finding::warning(
                            codes::INVALID_RESOURCE,
                            format!("`{id}`: bluegreen does not know the type `{kind}`"),
                        ),
                        trail.key("Type"),
                    )
                    .help(format!("did you mean `{near}`?")),
                );
            }
            let mut faults = judge::properties(kind, properties);
            faults.extend(attributes::check(kind, &whole));
            faults.extend(judge::references(&whole, &known));
            for fault in faults {
                findings.push(told(&format!("`{id}`"), kind, &fault, &trail, &whole));
            }
            for (index, other) in resource.depends_on.iter().enumerate() {
                let wanted = alias(other.as_str()).unwrap_or_else(|| other.to_string());
                if !stack.template.resources.contains_key(wanted.as_str()) {
                    let near = near::names(other.as_str(), extra.resources.keys().map(|id| id.as_str()));
                    let help = if near.is_empty() {
                        "name a resource of `extra`, or of the service's stack".to_owned()
                    } else {
                        format!("did you mean {}?", near::or(&near))
                    };
                    findings.push(
                        at(
                            Finding::error(
                                codes::DANGLING_REFERENCE,
                                format!("`{id}` waits for `{other}`, which is no resource of the stack"),
                            ),
                            trail.key("DependsOn").index(index),
                        )
                        .help(help),
                    );
                }
            }
            let silent = [
                ("DeletionPolicy", resource.deletion_policy.is_none()),
                ("UpdateReplacePolicy", resource.update_replace_policy.is_none()),
            ];
            let silent: Vec<&str> =
                silent.into_iter().filter(|(_, silent)| *silent).map(|(key, _)| key).collect();
            if STATEFUL.contains(&kind) && !silent.is_empty() {
                let keys: Vec<String> = silent.iter().map(|key| format!("`{key}`")).collect();
                findings.push(
                    Finding::warning(
                        codes::UNSAID_DELETION,
                        format!("`{id}` holds data and does not say {}", keys.join(" and ")),
                    )
                    .at(trail, Aim::Key, "")
                    .note("without them CloudFormation deletes it, or what it held, with the stack or when it is replaced")
                    .help(format!(
                        "write {}, or `Delete` where the data may go",
                        silent.iter().map(|key| format!("`{key}: Retain`")).collect::<Vec<_>>().join(" and ")
                    )),
                );
            }
        }
        let mut value = |trail: Trail, shown: String, json: &Value| {
            for fault in judge::references(json, &known) {
                findings.push(told(&shown, "", &fault, &trail, json));
            }
        };
        for (name, it) in &extra.variables {
            value(root.key("variables").key(name.as_str()), format!("`{name}`"), &it.0);
        }
        for (name, it) in &extra.outputs {
            value(root.key("outputs").key(name.as_str()), format!("`{name}`"), &it.0);
        }
        for (name, it) in &extra.permissions {
            for (index, arn) in it.resources.iter().enumerate() {
                let trail = root.key("permissions").key(name.as_str()).key("resources").index(index);
                value(trail, format!("`{name}`"), &arn.0);
            }
        }
        if let Some(service) = service {
            clashes(service, extra, &root, findings);
        }
    }
}

fn told(shown: &str, kind: &str, fault: &Fault, trail: &Trail, value: &Value) -> Finding {
    let place = below(trail, &fault.pointer, value);
    at(Finding::error(fault.code, fault.title(shown)), place).help(fault.advice(kind))
}

/// An output that services import a variable or a permission by, whose name is not free.
fn twice(extra: &Extra, root: &Trail, output: &str) -> Finding {
    let variables = extra
        .variables
        .keys()
        .filter(|name| variable_output(name) == output)
        .map(|name| root.key("variables").key(name.as_str()));
    let permissions = extra.permissions.iter().flat_map(|(name, it)| {
        let is = (0..it.resources.len()).any(|at| permission_output(name, at) == output);
        is.then(|| root.key("permissions").key(name.as_str()))
    });
    let outputs = extra
        .outputs
        .keys()
        .filter(|name| name.as_str() == output)
        .map(|name| root.key("outputs").key(name.as_str()));
    let mut all: Vec<Trail> = variables.chain(permissions).chain(outputs).collect();
    let last = all.pop().unwrap_or_else(|| root.clone());
    let finding = Finding::error(
        codes::CLASHING_NAMES,
        format!("`{last}` would be the output `{output}` of the stack, which is taken"),
    )
    .at(last, Aim::Key, "")
    .help("choose another name");
    all.into_iter().fold(finding, |finding, other| finding.related(other, Aim::Key, "the other"))
}

/// Names that the service has already.
fn clashes(service: &ResolvedService, extra: &Extra, root: &Trail, findings: &mut Vec<Finding>) {
    let own = Trail::of(["services", service.name.as_str()]);
    for name in extra.variables.keys() {
        for (kind, taken) in [
            ("variables", service.service.variables.contains_key(name)),
            ("secrets", service.service.secrets.contains_key(name)),
        ] {
            if taken {
                findings.push(
                    Finding::error(
                        codes::CLASHING_NAMES,
                        format!("`{name}` is in `extra.variables` and in `{kind}`"),
                    )
                    .at(root.key("variables").key(name.as_str()), Aim::Key, "")
                    .related(own.key(kind).key(name.as_str()), Aim::Key, "the other")
                    .help("remove one of them"),
                );
            }
        }
    }
    for name in extra.permissions.keys() {
        let same =
            service.service.permissions.keys().find(|other| pascal(other.as_str()) == pascal(name.as_str()));
        if let Some(other) = same {
            findings.push(
                Finding::error(
                    codes::CLASHING_NAMES,
                    format!(
                        "the permissions `{other}` and `extra.{name}` would both be `{}` in the template",
                        pascal(name.as_str())
                    ),
                )
                .at(root.key("permissions").key(name.as_str()), Aim::Key, "")
                .related(own.key("permissions").key(other.as_str()), Aim::Key, "the other")
                .help("rename one of them"),
            );
        }
    }
}
