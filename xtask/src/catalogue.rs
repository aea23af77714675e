//! `cargo xtask catalogue`: vendors what CloudFormation accepts for each resource type bluegreen knows.
//!
//! The provider schemas come out of a pinned `cfn-lint` (from the Python package index, into a virtual
//! environment under `target/`). Each is reduced to facts, prose is left behind, and the result is written so
//! that two runs over the same `cfn-lint` give the same bytes:
//!
//! * `schemas/cloudformation/<AWS-Service-Type>.json`, one per type;
//! * `schemas/cloudformation/VERSION.json`, where the facts come from;
//! * `src/cfn/catalogue/table.rs`, the table that compiles them in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};

/// The one version of cfn-lint the facts are taken from.
const CFN_LINT: &str = "1.58.0";

/// The region whose provider schemas are read.
const REGION: &str = "us-east-1";

/// The resource types to vendor.
const TYPES: &[&str] = &[
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::CodeBuild::Project",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentConfig",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::CodePipeline::Pipeline",
    "AWS::CodeStarNotifications::NotificationRule",
    "AWS::EC2::EIP",
    "AWS::EC2::FlowLog",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::Route",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::ECR::Repository",
    "AWS::ECS::Cluster",
    "AWS::ECS::ClusterCapacityProviderAssociations",
    "AWS::ECS::PrimaryTaskSet",
    "AWS::ECS::Service",
    "AWS::ECS::TaskDefinition",
    "AWS::ECS::TaskSet",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::ListenerCertificate",
    "AWS::ElasticLoadBalancingV2::ListenerRule",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::Events::Rule",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::KMS::Alias",
    "AWS::KMS::Key",
    "AWS::Lambda::Function",
    "AWS::Lambda::Permission",
    "AWS::Logs::LogGroup",
    "AWS::Logs::ResourcePolicy",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    "AWS::SSM::Parameter",
    "AWS::ServiceDiscovery::PrivateDnsNamespace",
    "AWS::ServiceDiscovery::Service",
    "AWS::StepFunctions::StateMachine",
    "AWS::WAFv2::WebACL",
    "AWS::WAFv2::WebACLAssociation",
];

/// cfn-lint's own rules that are plain data over one resource: (type, where in its schema, extension file).
///
/// The places are those its rule classes name as `keywords`. Rules that gather several resources, that warn
/// only, or whose data is not a schema (`zipfile_runtime_enum` says `"required": true`) are left out.
const EXTENSIONS: &[(&str, &str, &str)] = &[
    ("AWS::CloudWatch::Alarm", "", "aws_cloudwatch_alarm/period.json"),
    ("AWS::CodeBuild::Project", "/properties/Artifacts", "aws_codebuild_project/s3_locations.json"),
    ("AWS::CodeBuild::Project", "/properties/Source", "aws_codebuild_project/s3_locations.json"),
    ("AWS::EC2::SecurityGroup", "/definitions/Egress", "aws_ec2_securitygroup/all_to_and_from_ports.json"),
    ("AWS::EC2::SecurityGroup", "/definitions/Egress", PORTS),
    ("AWS::EC2::SecurityGroup", "/definitions/Ingress", "aws_ec2_securitygroup/all_to_and_from_ports.json"),
    ("AWS::EC2::SecurityGroup", "/definitions/Ingress", PORTS),
    ("AWS::EC2::SecurityGroupEgress", "", "aws_ec2_securitygroup/all_to_and_from_ports.json"),
    ("AWS::EC2::SecurityGroupEgress", "", PORTS),
    ("AWS::EC2::SecurityGroupIngress", "", "aws_ec2_securitygroup/all_to_and_from_ports.json"),
    ("AWS::EC2::SecurityGroupIngress", "", PORTS),
    ("AWS::ECS::Service", "", "aws_ecs_service/fargate.json"),
    ("AWS::ECS::TaskDefinition", "", "aws_ecs_taskdefinition/fargate_cpu_memory.json"),
    ("AWS::ECS::TaskDefinition", "", "aws_ecs_taskdefinition/fargate_properties.json"),
    (
        "AWS::ECS::TaskDefinition",
        "/properties/ContainerDefinitions",
        "aws_ecs_taskdefinition/containerdefinitions_essential.json",
    ),
    (
        "AWS::ECS::TaskDefinition",
        "/definitions/ContainerDefinition/properties/LogConfiguration",
        "aws_ecs_taskdefinition/logging_configuration.json",
    ),
    ("AWS::ElasticLoadBalancingV2::Listener", "", "aws_elasticloadbalancingv2_listener/certificate.json"),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "",
        "aws_elasticloadbalancingv2_loadbalancer/application_subnets.json",
    ),
    (
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "",
        "aws_elasticloadbalancingv2_targetgroup/healthcheckprotocol_restrictions.json",
    ),
    (
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "",
        "aws_elasticloadbalancingv2_targetgroup/protocol_restrictions.json",
    ),
    (
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "",
        "aws_elasticloadbalancingv2_targetgroup/targettype_restrictions.json",
    ),
    ("AWS::Lambda::Function", "", "aws_lambda_function/capacity_provider_timeout.json"),
    ("AWS::Lambda::Function", "", "aws_lambda_function/loglevel_logformat.json"),
    ("AWS::Lambda::Function", "", "aws_lambda_function/packagetype_image_exclusions.json"),
    ("AWS::Lambda::Function", "", "aws_lambda_function/zipfile_runtime_exists.json"),
    (
        "AWS::Lambda::Function",
        "/definitions/Environment/properties/Variables",
        "aws_lambda_function/environment_variable_keys.json",
    ),
    ("AWS::S3::Bucket", "", "aws_s3_bucket/ownershipcontrols.json"),
];

const PORTS: &str = "aws_ec2_securitygroup/protocols_and_port_ranges_include.json";

/// Arguments of `cargo xtask catalogue`.
#[derive(clap::Args)]
pub struct Args {
    /// Write nothing; fail when the vendored files differ from what would be written
    #[arg(long)]
    check: bool,
}

/// Runs the chore.
///
/// # Errors
///
/// Python or the package index is out of reach, a schema holds a keyword the reduction does not know, or (with
/// `--check`) the vendored files are not what would be written.
pub fn run(args: &Args) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the workspace")?;
    let python = venv(&root.join("target/catalogue-venv"))?;
    let wanted = generate(&python)?;

    let folder = root.join("schemas/cloudformation");
    let mut stale: BTreeSet<PathBuf> = BTreeSet::new();
    if folder.is_dir() {
        for entry in fs::read_dir(&folder)? {
            stale.insert(PathBuf::from("schemas/cloudformation").join(entry?.file_name()));
        }
    }
    stale.retain(|path| !wanted.contains_key(path));

    let mut changed = Vec::new();
    for (path, text) in &wanted {
        let full = root.join(path);
        if fs::read_to_string(&full).is_ok_and(|found| found == *text) {
            continue;
        }
        changed.push(path.display().to_string());
        if !args.check {
            fs::create_dir_all(full.parent().context("a generated file lies in a folder")?)?;
            fs::write(&full, text).with_context(|| format!("cannot write {}", full.display()))?;
        }
    }
    for path in &stale {
        changed.push(path.display().to_string());
        if !args.check {
            fs::remove_file(root.join(path))?;
        }
    }

    if args.check && !changed.is_empty() {
        bail!("not what `cargo xtask catalogue` writes:\n  {}", changed.join("\n  "));
    }
    let bytes: usize = wanted.values().map(String::len).sum();
    let state = if args.check { "up to date" } else { "written" };
    writeln!(
        std::io::stdout(),
        "{} files, {} KiB, {state}; {} differed",
        wanted.len(),
        bytes / 1024,
        changed.len()
    )?;
    Ok(())
}

/// The Python of a virtual environment at `folder` that has the pinned cfn-lint; makes it when needed.
fn venv(folder: &Path) -> Result<PathBuf> {
    let python = if cfg!(windows) { folder.join("Scripts/python.exe") } else { folder.join("bin/python") };
    let version = || {
        let script = "import importlib.metadata as m; print(m.version('cfn-lint'), end='')";
        output(Command::new(&python).args(["-c", script])).unwrap_or_default()
    };
    if version() == CFN_LINT {
        return Ok(python);
    }
    let system = if cfg!(windows) { "python" } else { "python3" };
    output(Command::new(system).args(["-m", "venv", "--clear"]).arg(folder))?;
    output(Command::new(&python).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        &format!("cfn-lint=={CFN_LINT}"),
    ]))?;
    ensure!(version() == CFN_LINT, "pip did not install cfn-lint {CFN_LINT}");
    Ok(python)
}

/// Standard output of a command that must succeed.
fn output(command: &mut Command) -> Result<String> {
    let out = command.output().with_context(|| format!("cannot run {command:?}"))?;
    ensure!(out.status.success(), "{command:?} failed:\n{}", String::from_utf8_lossy(&out.stderr));
    Ok(String::from_utf8(out.stdout)?)
}

/// All generated files, by path from the root of the repository.
fn generate(python: &Path) -> Result<BTreeMap<PathBuf, String>> {
    let data = output(
        Command::new(python)
            .args(["-c", "import cfnlint, os; print(os.path.dirname(cfnlint.__file__), end='')"]),
    )?;
    let data = Path::new(&data).join("data/schemas");
    let provider = read(&data.join(format!("providers/{REGION}.json")))?;
    let attributes = attributes(python)?;

    let mut types: Vec<&str> = TYPES.to_vec();
    types.sort_unstable();
    let mut files = BTreeMap::new();
    for kind in &types {
        let file = provider[kind].as_str().with_context(|| format!("{kind} is unknown in {REGION}"))?;
        let mut schema = read(&data.join("resources").join(format!("{file}.json")))?;
        ensure!(schema["typeName"] == *kind, "{file} is not the schema of {kind}");
        for (_, place, extension) in EXTENSIONS.iter().filter(|(of, ..)| of == kind) {
            let rule = read(&data.join("extensions").join(extension))?;
            extend(&mut schema, place, rule).with_context(|| format!("{kind}: {extension}"))?;
        }
        let mut facts = reduce_resource(&schema).with_context(|| (*kind).to_owned())?;
        facts.insert("attributes".into(), attributes[kind].clone());
        files.insert(
            PathBuf::from("schemas/cloudformation").join(format!("{}.json", stem(kind))),
            pretty(&Value::Object(facts))?,
        );
    }

    let version = json!({
        "cfnLint": CFN_LINT,
        "region": REGION,
        "schemaDate": read(&data.join("version.json"))?["schema_date"],
        "types": types,
    });
    files.insert(PathBuf::from("schemas/cloudformation/VERSION.json"), pretty(&version)?);
    files.insert(PathBuf::from("src/cfn/catalogue/table.rs"), table(&types));
    Ok(files)
}

/// `AWS::ECS::Service` as a file name without ending: `AWS-ECS-Service`.
fn stem(kind: &str) -> String {
    kind.replace("::", "-")
}

fn read(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))
}

/// What `Fn::GetAtt` may name, per type, as cfn-lint works it out: `readOnlyProperties`, and for some types more.
fn attributes(python: &Path) -> Result<Value> {
    let script = format!(
        r#"
import json, sys
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER as manager
out = {{}}
for kind in json.loads(sys.argv[1]):
    schema = manager.get_resource_schema("{REGION}", kind)
    out[kind] = sorted(str(name).replace("\\", "") for name in schema.get_atts)
json.dump(out, sys.stdout)
"#
    );
    let text = output(Command::new(python).args(["-c", &script, &serde_json::to_string(TYPES)?]))?;
    Ok(serde_json::from_str(&text)?)
}

/// Adds `rule` to the `allOf` of the subschema at `place`.
fn extend(schema: &mut Value, place: &str, rule: Value) -> Result<()> {
    let target = schema.pointer_mut(place).with_context(|| format!("no {place} in the schema"))?;
    let target = target.as_object_mut().context("not a schema object")?;
    target
        .entry("allOf")
        .or_insert_with(|| json!([]))
        .as_array_mut()
        .context("allOf is not a list")?
        .push(rule);
    Ok(())
}

/// What a keyword holds, so that the reduction knows how to descend.
enum Holds {
    /// Plain data, kept as it is.
    Fact,
    /// Names; their order means nothing.
    Names,
    /// One subschema.
    Schema,
    /// A list of subschemas.
    Schemas,
    /// Subschemas by name.
    Named,
    /// Nothing worth vendoring: prose, and hints for other tools.
    Nothing,
}

fn holds(keyword: &str) -> Option<Holds> {
    Some(match keyword {
        "type"
        | "enum"
        | "enumCaseInsensitive"
        | "const"
        | "pattern"
        | "format"
        | "minLength"
        | "maxLength"
        | "minItems"
        | "maxItems"
        | "maxUniqueItems"
        | "uniqueItems"
        | "uniqueKeys"
        | "minimum"
        | "maximum"
        | "multipleOf"
        | "minProperties"
        | "maxProperties"
        | "$ref"
        | "dependentRequired"
        | "dependentExcluded" => Holds::Fact,
        "required" | "requiredXor" | "requiredOr" => Holds::Names,
        "items" | "additionalProperties" | "contains" | "propertyNames" | "not" | "if" | "then" | "else" => {
            Holds::Schema
        }
        "allOf" | "anyOf" | "oneOf" => Holds::Schemas,
        "properties" | "patternProperties" => Holds::Named,
        "description" | "title" | "$comment" | "examples" | "default" | "insertionOrder" | "arrayType"
        | "relationshipRef" => Holds::Nothing,
        _ => return None,
    })
}

/// A resource schema as facts: its subschema keywords reduced, and the lists of pointers into it.
fn reduce_resource(schema: &Value) -> Result<Map<String, Value>> {
    let schema = schema.as_object().context("a resource schema is an object")?;
    let mut body = Map::new();
    let mut facts = Map::new();
    for (keyword, value) in schema {
        match keyword.as_str() {
            "typeName" => {
                facts.insert(keyword.clone(), value.clone());
            }
            "createOnlyProperties"
            | "conditionalCreateOnlyProperties"
            | "readOnlyProperties"
            | "writeOnlyProperties"
            | "deprecatedProperties" => {
                facts.insert(keyword.clone(), sorted(value)?);
            }
            // The order is that of the parts of a compound identifier.
            "primaryIdentifier" => {
                facts.insert(keyword.clone(), value.clone());
            }
            "definitions" => {
                let mut reduced = Map::new();
                for (name, definition) in value.as_object().context("definitions is an object")? {
                    reduced.insert(name.clone(), reduce(definition).with_context(|| name.clone())?);
                }
                facts.insert(keyword.clone(), Value::Object(reduced));
            }
            "$schema"
            | "additionalIdentifiers"
            | "documentationUrl"
            | "handlers"
            | "propertyTransform"
            | "replacementStrategy"
            | "sourceUrl"
            | "taggable"
            | "tagging" => {}
            _ => {
                body.insert(keyword.clone(), value.clone());
            }
        }
    }
    if let Value::Object(body) = reduce(&Value::Object(body))? {
        facts.extend(body);
    }
    Ok(facts)
}

/// A subschema without its prose.
fn reduce(schema: &Value) -> Result<Value> {
    let Some(schema) = schema.as_object() else {
        ensure!(schema.is_boolean(), "a schema is an object or a boolean, not {schema}");
        return Ok(schema.clone());
    };
    let mut facts = Map::new();
    for (keyword, value) in schema {
        let known = holds(keyword).with_context(|| format!("unknown keyword {keyword}: {value}"))?;
        let reduced = match known {
            Holds::Nothing => continue,
            Holds::Fact if keyword == "uniqueItems" && *value == json!(false) => continue,
            Holds::Fact => value.clone(),
            Holds::Names => sorted(value)?,
            Holds::Schema => reduce(value).with_context(|| keyword.clone())?,
            Holds::Schemas => {
                let parts = value.as_array().with_context(|| format!("{keyword} is a list"))?;
                let parts = parts.iter().map(reduce).collect::<Result<Vec<_>>>()?;
                // A list of alternatives that only described references: nothing is left to check.
                if parts.iter().all(|part| part.as_object().is_some_and(Map::is_empty)) {
                    continue;
                }
                Value::Array(parts)
            }
            Holds::Named => {
                let mut reduced = Map::new();
                for (name, part) in value.as_object().with_context(|| format!("{keyword} is an object"))? {
                    reduced.insert(name.clone(), reduce(part).with_context(|| name.clone())?);
                }
                Value::Object(reduced)
            }
        };
        facts.insert(keyword.clone(), reduced);
    }
    Ok(Value::Object(facts))
}

/// A list of names in order, each once.
fn sorted(names: &Value) -> Result<Value> {
    let names = names.as_array().context("a list of names")?;
    let names = names.iter().map(|name| name.as_str().context("a name")).collect::<Result<BTreeSet<_>>>()?;
    Ok(json!(names))
}

/// Pretty JSON, members in order, one newline at the end.
fn pretty(value: &Value) -> Result<String> {
    let mut value = value.clone();
    value.sort_all_objects();
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}

/// The Rust table that compiles the files in.
fn table(types: &[&str]) -> String {
    let mut text = String::from("// Written by `cargo xtask catalogue`.\n\nentries! {\n");
    for kind in types {
        text += &format!("    \"{kind}\" => \"{}\",\n", stem(kind));
    }
    text + "}\n"
}
