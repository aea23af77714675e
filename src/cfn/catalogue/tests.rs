use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::pattern::{Pattern, translate};
use super::{Catalogue, Fault, ResourceSchema};

fn schema(kind: &str) -> &'static ResourceSchema {
    Catalogue::schema(kind).unwrap_or_else(|| panic!("{kind} is not in the catalogue"))
}

/// The faults of `properties`, as `pointer: message`.
#[track_caller]
fn faults(kind: &str, properties: Value) -> Vec<String> {
    schema(kind).validate(&properties).iter().map(Fault::to_string).collect()
}

#[track_caller]
fn fine(kind: &str, properties: Value) {
    assert_eq!(faults(kind, properties), Vec::<String>::new(), "{kind}");
}

fn task(change: impl FnOnce(&mut Value)) -> Value {
    let mut task = json!({
        "Family": {"Fn::Sub": "${AWS::StackName}-api"},
        "Cpu": "256",
        "Memory": "512",
        "NetworkMode": "awsvpc",
        "RequiresCompatibilities": ["FARGATE"],
        "ExecutionRoleArn": {"Fn::GetAtt": ["ExecutionRole", "Arn"]},
        "RuntimePlatform": {"CpuArchitecture": "ARM64", "OperatingSystemFamily": "LINUX"},
        "ContainerDefinitions": [{
            "Name": "api",
            "Image": {"Ref": "Image"},
            "Essential": true,
            "PortMappings": [{"ContainerPort": 8080, "Protocol": "tcp"}],
            "Environment": [{"Name": "MODE", "Value": "production"}],
            "HealthCheck": {"Command": ["CMD-SHELL", "true"], "Interval": 10, "Retries": 3},
            "LogConfiguration": {
                "LogDriver": "awslogs",
                "Options": {
                    "awslogs-group": {"Ref": "Logs"},
                    "awslogs-region": {"Ref": "AWS::Region"},
                    "awslogs-stream-prefix": "api",
                },
            },
        }],
    });
    change(&mut task);
    task
}

fn target_group() -> Value {
    json!({
        "Name": "orders-blue",
        "Port": 8080,
        "Protocol": "HTTP",
        "TargetType": "ip",
        "VpcId": {"Ref": "Vpc"},
        "HealthCheckPath": "/healthz",
        "HealthCheckIntervalSeconds": 15,
        "Matcher": {"HttpCode": "200-299"},
        "TargetGroupAttributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}],
    })
}

#[test]
fn every_vendored_schema_parses_and_is_listed() {
    let version: Value = serde_json::from_str(include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/schemas/cloudformation/VERSION.json"
    )))
    .unwrap();
    let listed: Vec<&str> =
        version["types"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
    let kinds: Vec<&str> = Catalogue::kinds().collect();
    assert_eq!(kinds, listed);
    assert!(kinds.is_sorted());
    for kind in kinds {
        let schema = schema(kind);
        assert_eq!(schema.kind(), kind);
        assert!(schema.properties().count() > 0, "{kind}");
        for place in schema.primary_identifier() {
            let top = place.split('.').next().unwrap();
            assert!(schema.properties().any(|known| known == top), "{kind}: {place}");
        }
    }
    assert!(Catalogue::schema("AWS::EC2::Instance").is_none());
}

/// Calls `visit` with every value of `wanted` as a keyword, wherever it occurs.
fn keywords<'v>(value: &'v Value, wanted: &str, visit: &mut impl FnMut(&'v Value)) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if name == wanted {
                    visit(member);
                }
                keywords(member, wanted, visit);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keywords(item, wanted, visit)),
        _ => {}
    }
}

#[test]
fn every_pattern_compiles_and_every_reference_leads_somewhere() {
    let mut patterns = BTreeSet::new();
    for entry in &super::table::ENTRIES {
        let value: Value = serde_json::from_str(entry.text).unwrap();
        keywords(&value, "pattern", &mut |found| {
            patterns.extend(found.as_str().map(str::to_owned));
        });
        keywords(&value, "patternProperties", &mut |found| {
            patterns.extend(found.as_object().into_iter().flat_map(|named| named.keys().cloned()));
        });
        keywords(&value, "$ref", &mut |found| {
            if let Some(name) = found.as_str().and_then(|place| place.strip_prefix("#/definitions/")) {
                assert!(value["definitions"].get(name).is_some(), "{}: {name}", entry.kind);
            }
        });
    }
    assert!(patterns.len() > 60);
    for pattern in patterns {
        if let Err(error) = fancy_regex::Regex::new(&translate(&pattern)) {
            panic!("{pattern}\n{}\n{error}", translate(&pattern));
        }
        assert!(Pattern::from(pattern.clone()).matches(&"a/1 ".repeat(300)).is_some(), "{pattern}");
    }
}

#[test]
fn patterns_mean_what_their_dialect_says() {
    for (pattern, text, expected) in [
        (r"^[a-z[\]&&~-]+$", "a[b]&~-", true),
        (r"^\d+$", "٣", false),
        (r"^\w+$", "é", false),
        (r"^[\w-.]+$", "a-.b", true),
        (r"^[\w-.]+$", "a/b", false),
        (r"^a\Z", "a\n", false),
        (r"^\p{Print}+$", "a ~", true),
        (r"^\p{Print}+$", "a\t", false),
        (r"^[\u0020-\u007E]*$", "plain", true),
        (r"^[\u0020-\u007E]*$", "é", false),
        (r"^(?!arn:)[!-~]+$", "arn:x", false),
        (r"^\.25\s*(?i)vCpu$", ".25 VCPU", true),
        (r"^[^~]*$", "a~", false),
    ] {
        let found = Pattern::from(pattern.to_owned()).matches(text);
        assert_eq!(found, Some(expected), "{pattern} on {text:?}");
    }
}

#[test]
fn valid_resources_have_no_faults() {
    fine("AWS::ECS::TaskDefinition", task(|_| ()));
    fine("AWS::ElasticLoadBalancingV2::TargetGroup", target_group());
    fine("AWS::EC2::VPC", json!({"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": true}));
    fine("AWS::EC2::InternetGateway", json!({}));
    fine(
        "AWS::EC2::SecurityGroup",
        json!({
            "GroupDescription": "Traffic [api] & friends",
            "VpcId": {"Ref": "Vpc"},
            "SecurityGroupIngress": [
                {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"},
            ],
        }),
    );
    fine(
        "AWS::ECS::Service",
        json!({
            "Cluster": {"Ref": "Cluster"},
            "TaskDefinition": {"Ref": "Task"},
            "DesiredCount": 2,
            "LaunchType": "FARGATE",
            "PlatformVersion": "LATEST",
            "DeploymentController": {"Type": "CODE_DEPLOY"},
            "LoadBalancers": [{
                "ContainerName": "api", "ContainerPort": 8080, "TargetGroupArn": {"Ref": "Blue"},
            }],
            "NetworkConfiguration": {"AwsvpcConfiguration": {
                "AssignPublicIp": "DISABLED",
                "SecurityGroups": [{"Ref": "Group"}],
                "Subnets": {"Fn::Split": [",", {"Ref": "Subnets"}]},
            }},
        }),
    );
    fine(
        "AWS::CodeDeploy::DeploymentGroup",
        json!({
            "ApplicationName": {"Ref": "Application"},
            "ServiceRoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            "DeploymentConfigName": "CodeDeployDefault.ECSCanary10Percent5Minutes",
            "DeploymentStyle": {
                "DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL",
            },
            "AutoRollbackConfiguration": {"Enabled": true, "Events": ["DEPLOYMENT_FAILURE"]},
            "BlueGreenDeploymentConfiguration": {
                "DeploymentReadyOption": {"ActionOnTimeout": "CONTINUE_DEPLOYMENT", "WaitTimeInMinutes": 0},
                "TerminateBlueInstancesOnDeploymentSuccess": {
                    "Action": "TERMINATE", "TerminationWaitTimeInMinutes": 5,
                },
            },
            "ECSServices": [{"ClusterName": "c", "ServiceName": "s"}],
            "LoadBalancerInfo": {"TargetGroupPairInfoList": [{
                "ProdTrafficRoute": {"ListenerArns": [{"Ref": "Listener"}]},
                "TargetGroups": [{"Name": "blue"}, {"Name": "green"}],
            }]},
        }),
    );
    fine(
        "AWS::IAM::Role",
        json!({
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }],
            },
            "ManagedPolicyArns": ["arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"],
        }),
    );
    fine(
        "AWS::CodePipeline::Pipeline",
        json!({
            "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            "ArtifactStore": {"Type": "S3", "Location": {"Ref": "Bucket"}},
            "Stages": [
                {"Name": "Source", "Actions": [{
                    "Name": "Source",
                    "ActionTypeId": {
                        "Category": "Source", "Owner": "AWS", "Provider": "CodeStarSourceConnection", "Version": "1",
                    },
                    "Configuration": {"BranchName": "main"},
                    "OutputArtifacts": [{"Name": "Source"}],
                }]},
                {"Name": "Deploy", "Actions": [{
                    "Name": "Deploy",
                    "ActionTypeId": {
                        "Category": "Deploy", "Owner": "AWS", "Provider": "CodeDeployToECS", "Version": "1",
                    },
                    "InputArtifacts": [{"Name": "Source"}],
                    "RunOrder": 1,
                }]},
            ],
        }),
    );
    fine(
        "AWS::CloudWatch::Alarm",
        json!({
            "MetricName": "HTTPCode_Target_5XX_Count",
            "Namespace": "AWS/ApplicationELB",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 5,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [{"Ref": "Topic"}],
        }),
    );
    fine(
        "AWS::S3::Bucket",
        json!({
            "BucketEncryption": {"ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}},
            ]},
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": true, "BlockPublicPolicy": true,
                "IgnorePublicAcls": true, "RestrictPublicBuckets": true,
            },
            "VersioningConfiguration": {"Status": "Enabled"},
            "LifecycleConfiguration": {"Rules": [{"Status": "Enabled", "ExpirationInDays": 30}]},
        }),
    );
    fine(
        "AWS::WAFv2::WebACL",
        json!({
            "DefaultAction": {"Allow": {}},
            "Scope": "REGIONAL",
            "VisibilityConfig": {
                "CloudWatchMetricsEnabled": true, "MetricName": "acl", "SampledRequestsEnabled": true,
            },
            "Rules": [{
                "Name": "rate",
                "Priority": 0,
                "Action": {"Block": {}},
                "Statement": {"NotStatement": {"Statement": {
                    "RateBasedStatement": {"Limit": 2000, "AggregateKeyType": "IP"},
                }}},
                "VisibilityConfig": {
                    "CloudWatchMetricsEnabled": true, "MetricName": "rate", "SampledRequestsEnabled": true,
                },
            }],
        }),
    );
}

#[test]
fn misspelt_property_names_the_nearest() {
    let mut group = target_group();
    group["HealthCheckpath"] = json!("/");
    assert_eq!(
        faults("AWS::ElasticLoadBalancingV2::TargetGroup", group),
        ["/HealthCheckpath: unknown property `HealthCheckpath`; did you mean `HealthCheckPath`?"]
    );
    assert_eq!(
        faults("AWS::EC2::InternetGateway", json!({"Unrelated": 1})),
        ["/Unrelated: unknown property `Unrelated`"]
    );
    assert_eq!(
        faults(
            "AWS::ECS::TaskDefinition",
            task(|task| task["ContainerDefinitions"][0]["PortMappings"][0] = json!({"ContainrPort": 1}))
        ),
        ["/ContainerDefinitions/0/PortMappings/0/ContainrPort: \
          unknown property `ContainrPort`; did you mean `ContainerPort`?"]
    );
}

#[test]
fn values_outside_an_enumeration() {
    assert_eq!(
        faults("AWS::Logs::LogGroup", json!({"RetentionInDays": 15, "LogGroupClass": "STANDARDS"})),
        [
            "/RetentionInDays: 15 is not one of the 22 allowed values; the nearest: `14` and `30`",
            "/LogGroupClass: must be one of `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`, not \"STANDARDS\"",
        ]
    );
    fine("AWS::Logs::LogGroup", json!({"RetentionInDays": "14"}));
    fine("AWS::EC2::EIP", json!({"Domain": "VPC"}));
}

#[test]
fn missing_properties_and_alternatives() {
    assert_eq!(
        faults("AWS::CodeDeploy::DeploymentGroup", json!({"ApplicationName": "a"})),
        ["/: `ServiceRoleArn` is required"]
    );
    assert_eq!(faults("AWS::EC2::VPC", json!({})), ["/: one of `CidrBlock` or `Ipv4IpamPoolId` is required"]);
    assert_eq!(
        faults(
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            json!({"Subnets": ["a", "b"], "SubnetMappings": [{"SubnetId": "a"}, {"SubnetId": "b"}]})
        ),
        ["/: only one of `SubnetMappings` and `Subnets` is allowed"]
    );
    assert_eq!(
        faults("AWS::IAM::Policy", json!({"PolicyName": "p", "PolicyDocument": {}})),
        ["/: one of `Users`, `Groups` or `Roles` is required"]
    );
    assert_eq!(
        faults(
            "AWS::ServiceDiscovery::Service",
            json!({"HealthCheckConfig": {"Type": "TCP"}, "HealthCheckCustomConfig": {}})
        ),
        ["/HealthCheckCustomConfig: is not allowed together with `HealthCheckConfig`"]
    );
    let ipam = json!({"VpcId": "v", "Ipv4IpamPoolId": "p"});
    assert_eq!(
        faults("AWS::EC2::Subnet", ipam),
        ["/: `Ipv4NetmaskLength` is required with `Ipv4IpamPoolId`"]
    );
}

#[test]
fn too_long_too_many_too_large() {
    assert_eq!(
        faults("AWS::IAM::Role", json!({"AssumeRolePolicyDocument": {}, "MaxSessionDuration": 43201})),
        ["/MaxSessionDuration: must be at most 43200, not 43201"]
    );
    assert_eq!(
        faults(
            "AWS::KMS::Alias",
            json!({"AliasName": format!("alias/{}", "a".repeat(251)), "TargetKeyId": "k"})
        ),
        ["/AliasName: must be at most 256 characters long, not 257"]
    );
    assert_eq!(
        faults("AWS::SNS::Topic", json!({"TopicName": "t", "Tags": vec![json!({"Key": "k"}); 1]})),
        ["/Tags/0: `Value` is required"]
    );
    let mut alarm = json!({
        "MetricName": "m", "Namespace": "n", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 5, "ComparisonOperator": "GreaterThanThreshold",
    });
    alarm["OKActions"] = json!(["a", "b", "c", "d", "e", "f"]);
    assert_eq!(
        faults("AWS::CloudWatch::Alarm", alarm),
        ["/OKActions: must have at most 5 different items, not 6"]
    );
}

#[test]
fn wrong_types_and_coercion() {
    let mut group = target_group();
    group["Port"] = json!("http");
    group["HealthCheckEnabled"] = json!("yes");
    group["Tags"] = json!({"Key": "k"});
    group["Name"] = json!(["a"]);
    assert_eq!(
        faults("AWS::ElasticLoadBalancingV2::TargetGroup", group),
        [
            "/Name: must be string, not a list",
            "/Port: must be integer, not \"http\"",
            "/HealthCheckEnabled: must be boolean, not \"yes\"",
            "/Tags: must be array, not an object",
        ]
    );
    let mut group = target_group();
    group["Port"] = json!("8080");
    group["HealthCheckEnabled"] = json!("true");
    group["HealthCheckPort"] = json!(9090);
    fine("AWS::ElasticLoadBalancingV2::TargetGroup", group);
    // A number in digits still has to keep the limits.
    let mut group = target_group();
    group["Port"] = json!("99999");
    group["HealthCheckTimeoutSeconds"] = json!(1.5);
    assert_eq!(
        faults("AWS::ElasticLoadBalancingV2::TargetGroup", group),
        ["/Port: must be at most 65535, not 99999", "/HealthCheckTimeoutSeconds: must be integer, not 1.5",]
    );
    assert_eq!(
        faults("AWS::EC2::InternetGateway", json!([])),
        ["/: must be an object of properties, not a list"]
    );
}

#[test]
fn formats_and_patterns() {
    assert_eq!(
        faults("AWS::EC2::VPC", json!({"CidrBlock": "10.0.0.0"})),
        ["/CidrBlock: must be an IPv4 block such as 10.0.0.0/16, not \"10.0.0.0\""]
    );
    assert_eq!(
        faults("AWS::KMS::Alias", json!({"AliasName": "orders", "TargetKeyId": "k"})),
        ["/AliasName: \"orders\" does not match the pattern ^(alias/)[a-zA-Z0-9:/_-]+$"]
    );
    assert_eq!(
        faults("AWS::Logs::LogGroup", json!({"DataProtectionPolicy": "{"})),
        ["/DataProtectionPolicy: must be JSON, not \"{\""]
    );
}

#[test]
fn both_branches_of_an_if_are_checked() {
    let mut group = target_group();
    group["Protocol"] = json!({"Fn::If": ["Secure", "HTTPSS", {"Fn::If": ["Old", "HTPP", "HTTP"]}]});
    let found = faults("AWS::ElasticLoadBalancingV2::TargetGroup", group);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("/Protocol/Fn::If/1: must be one of `GENEVE`, `HTTP`"), "{found:?}");
    assert!(found[1].starts_with("/Protocol/Fn::If/2/Fn::If/1: must be one of"), "{found:?}");

    assert_eq!(
        faults(
            "AWS::EC2::VPC",
            json!({"CidrBlock": "10.0.0.0/16", "Tags": [{"Fn::If": ["C", {"Ky": "a", "Value": "b"}, "x"]}]})
        ),
        [
            "/Tags/0/Fn::If/1/Ky: unknown property `Ky`; did you mean `Key`?",
            "/Tags/0/Fn::If/1: `Key` is required",
            "/Tags/0/Fn::If/2: must be object, not \"x\"",
        ]
    );
}

#[test]
fn one_condition_goes_one_way() {
    // Exactly one of the two, whichever way the condition goes.
    fine(
        "AWS::EC2::VPC",
        json!({
            "CidrBlock": {"Fn::If": ["Ipam", {"Ref": "AWS::NoValue"}, "10.0.0.0/16"]},
            "Ipv4IpamPoolId": {"Fn::If": ["Ipam", "pool", {"Ref": "AWS::NoValue"}]},
            "Ipv4NetmaskLength": {"Fn::If": ["Ipam", 16, {"Ref": "AWS::NoValue"}]},
        }),
    );
    assert_eq!(
        faults(
            "AWS::EC2::VPC",
            json!({
                "CidrBlock": "10.0.0.0/16",
                "Ipv4IpamPoolId": {"Fn::If": ["Ipam", "pool", {"Ref": "AWS::NoValue"}]},
                "Ipv4NetmaskLength": {"Fn::If": ["Ipam", 16, {"Ref": "AWS::NoValue"}]},
            })
        ),
        ["/: only one of `CidrBlock` and `Ipv4IpamPoolId` is allowed"]
    );
}

#[test]
fn no_value_is_absent() {
    fine(
        "AWS::EC2::InternetGateway",
        json!({
            "Tags": [{"Ref": "AWS::NoValue"}],
            "InternetGatewayId": {"Ref": "AWS::NoValue"},
            "Nonsense": {"Ref": "AWS::NoValue"},
        }),
    );
    assert_eq!(
        faults(
            "AWS::KMS::Key",
            json!({"KeyPolicy": {}, "Tags": [{"Key": "a", "Value": {"Ref": "AWS::NoValue"}}]})
        ),
        ["/Tags/0: `Value` is required, and a condition can leave it out"]
    );
    assert_eq!(
        faults(
            "AWS::CodeDeploy::DeploymentGroup",
            json!({
                "ApplicationName": "a",
                "ServiceRoleArn": {"Fn::If": ["C", "arn", {"Ref": "AWS::NoValue"}]},
            })
        ),
        ["/: `ServiceRoleArn` is required, and a condition can leave it out"]
    );
    // Left-out items do not count.
    assert_eq!(
        faults(
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            json!({"Subnets": ["a", {"Fn::If": ["C", "b", {"Ref": "AWS::NoValue"}]}], "Type": "application"})
        ),
        ["/Subnets: must have at least 2 items, not 1"]
    );
}

#[test]
fn read_only_properties_cannot_be_given() {
    let mut group = target_group();
    group["TargetGroupFullName"] = json!("targetgroup/a/b");
    assert_eq!(
        faults("AWS::ElasticLoadBalancingV2::TargetGroup", group),
        ["/TargetGroupFullName: is read-only: CloudFormation sets it"]
    );
    assert_eq!(
        faults(
            "AWS::EC2::VPC",
            json!({
                "CidrBlock": "10.0.0.0/16",
                "VpcEncryptionControl": {"Fn::If": ["C", {"Mode": "monitor", "State": "x"}, {"Ref": "AWS::NoValue"}]},
            })
        )[0],
        "/VpcEncryptionControl/Fn::If/1/State: is read-only: CloudFormation sets it"
    );
}

#[test]
fn malformed_calls_and_nulls() {
    assert_eq!(
        faults(
            "AWS::SSM::Parameter",
            json!({
                "Type": {"Fn::Iff": ["C", "String", "StringList"]},
                "Value": {"Fn::If": ["C", "a"]},
                "Name": null,
                "Description": {"Fn::Sub": "a", "Ref": "b"},
            })
        ),
        [
            "/Type/Fn::Iff: unknown function `Fn::Iff`; did you mean `Fn::If`?",
            "/Value/Fn::If: `Fn::If` takes a list: a condition's name and two values",
            "/Name: null is not allowed",
            "/Description/Fn::Sub: `Fn::Sub` must be alone in its object",
            "/Description: must be string, not an object",
        ]
    );
}

#[test]
fn rules_of_fargate() {
    assert_eq!(
        faults("AWS::ECS::TaskDefinition", task(|task| task["NetworkMode"] = json!("bridge"))),
        ["/NetworkMode: must be `awsvpc`, not \"bridge\""]
    );
    assert_eq!(
        faults("AWS::ECS::TaskDefinition", task(|task| task["Memory"] = json!("4096"))),
        [
            "/Memory: fits none of 8 alternatives; the closest says: must be one of `512`, `1024` or `2048`, not \"4096\""
        ]
    );
    assert_eq!(
        faults(
            "AWS::ECS::TaskDefinition",
            task(|task| {
                let options = &mut task["ContainerDefinitions"][0]["LogConfiguration"]["Options"];
                *options = json!({"awslogs-group": "g", "awslogs-regoin": "eu-west-1"});
            })
        ),
        [
            "/ContainerDefinitions/0/LogConfiguration/Options/awslogs-regoin: \
             unknown name `awslogs-regoin`; did you mean `awslogs-region`?",
            "/ContainerDefinitions/0/LogConfiguration/Options: `awslogs-region` is required",
        ]
    );
    assert_eq!(
        faults(
            "AWS::ECS::TaskDefinition",
            task(|task| task["ContainerDefinitions"][0]["Essential"] = json!(false))
        ),
        ["/ContainerDefinitions: no item is what at least one must be"]
    );
    // Whether it is Fargate is not known: the rules do not apply.
    fine(
        "AWS::ECS::TaskDefinition",
        task(|task| {
            task["RequiresCompatibilities"] = json!([{"Ref": "Compatibility"}]);
            task["NetworkMode"] = json!("bridge");
        }),
    );
    assert_eq!(
        faults(
            "AWS::ECS::TaskDefinition",
            task(|task| {
                task["ContainerDefinitions"][0]["Environment"] =
                    json!([{"Name": "A", "Value": "1"}, {"Name": "A", "Value": "2"}]);
            })
        ),
        ["/ContainerDefinitions/0/Environment/1: repeats the `Name` of an earlier item"]
    );
}

#[test]
fn rules_of_listeners_and_target_groups() {
    let listener = |protocol: Value| {
        json!({
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": {"Ref": "Blue"}}],
            "LoadBalancerArn": {"Ref": "Balancer"},
            "Port": 443,
            "Protocol": protocol,
        })
    };
    let kind = "AWS::ElasticLoadBalancingV2::Listener";
    assert_eq!(faults(kind, listener(json!("HTTPS"))), ["/: `Certificates` is required"]);
    fine(kind, listener(json!("HTTP")));
    fine(kind, listener(json!({"Ref": "Protocol"})));
    assert_eq!(
        faults(kind, listener(json!({"Fn::If": ["Tls", "HTTPS", "HTTP"]}))),
        ["/: `Certificates` is required"]
    );

    let lambda = json!({"TargetType": "lambda", "Port": {"Ref": "Port"}});
    assert_eq!(faults("AWS::ElasticLoadBalancingV2::TargetGroup", lambda), ["/Port: is not allowed here"]);
}

#[test]
fn too_many_conditions_are_told() {
    let optional =
        |n: usize| json!({"Fn::If": [format!("C{n}"), {"Key": n, "Value": "v"}, {"Ref": "AWS::NoValue"}]});
    let vpc = |count: usize| {
        let tags: Vec<Value> = (0..count).map(optional).collect();
        json!({"CidrBlock": "10.0.0.0/16", "Tags": tags})
    };
    fine("AWS::EC2::VPC", vpc(10));
    let found = faults("AWS::EC2::VPC", vpc(11));
    assert_eq!(
        found,
        ["/: too many conditions: 1024 combinations of them were checked, the others were not"]
    );
}

#[test]
fn pointers_in_every_spelling() {
    let repository = schema("AWS::ECR::Repository");
    for pointer in [
        "EncryptionConfiguration",
        "/EncryptionConfiguration/KmsKey",
        "/Properties/EncryptionConfiguration/EncryptionType",
        "/properties/RepositoryName",
    ] {
        assert!(repository.is_create_only(pointer), "{pointer}");
    }
    for pointer in ["ImageTagMutability", "/Properties/LifecyclePolicy", "RepositoryNam", "Repository"] {
        assert!(!repository.is_create_only(pointer), "{pointer}");
    }

    let group = schema("AWS::EC2::SecurityGroup");
    assert!(group.is_write_only("/Properties/SecurityGroupIngress/3/SourceSecurityGroupName"));
    assert!(!group.is_write_only("/Properties/SecurityGroupIngress/3"));
    assert!(group.is_read_only("GroupId"));

    let vpc = schema("AWS::EC2::VPC");
    assert!(!vpc.is_read_only("VpcEncryptionControl"));
    assert!(vpc.is_read_only("/VpcEncryptionControl/ResourceExclusions/Lambda/State"));
    assert!(vpc.is_conditional_create_only("InstanceTenancy"));

    assert!(schema("AWS::ECS::TaskDefinition").is_deprecated("InferenceAccelerators"));
}

#[test]
fn attributes_and_identifiers() {
    let group = schema("AWS::ElasticLoadBalancingV2::TargetGroup");
    assert_eq!(
        group.attributes().collect::<Vec<_>>(),
        ["LoadBalancerArns", "TargetGroupArn", "TargetGroupFullName", "TargetGroupName"]
    );
    assert!(schema("AWS::EC2::VPC").has_attribute("CidrBlock"));
    assert!(!schema("AWS::ECS::Service").has_attribute("Cluster"));
    assert_eq!(
        schema("AWS::ECS::Service").primary_identifier().collect::<Vec<_>>(),
        ["ServiceArn", "Cluster"]
    );
    assert_eq!(schema("AWS::IAM::Role").required().collect::<Vec<_>>(), ["AssumeRolePolicyDocument"]);
}

/// JSON with intrinsic functions in it, some of them malformed.
fn anything() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        "[A-Za-z/~]{0,8}",
        prop::sample::select(vec![
            "Ref", "Fn::If", "Fn::Sub", "Fn::Nope", "Tags", "Key", "Value", "Name", "Type", "Rules", "Port"
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|n| json!(n)),
        ".{0,12}".prop_map(Value::from),
        Just(json!({"Ref": "AWS::NoValue"})),
        Just(json!({"Fn::GetAtt": ["A", "B"]})),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner.clone()), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
            ("[AB]", inner.clone(), inner).prop_map(|(name, a, b)| json!({"Fn::If": [name, a, b]})),
        ]
    })
}

proptest! {
    /// Whatever the properties: no panic, and each fault leads to something that is there.
    #[test]
    fn faults_lead_somewhere(
        at in any::<prop::sample::Index>(),
        members in prop::collection::vec((any::<prop::sample::Index>(), anything()), 0..6),
    ) {
        let kinds: Vec<&str> = Catalogue::kinds().collect();
        let schema = schema(at.get::<&str>(&kinds));
        let names: Vec<&str> = schema.properties().collect();
        let properties: Value = Value::Object(
            members.into_iter().map(|(name, value)| (name.get::<&str>(&names).to_string(), value)).collect(),
        );
        let faults = schema.validate(&properties);
        for fault in &faults {
            prop_assert!(properties.pointer(&fault.pointer).is_some(), "{fault}");
        }
        let once: BTreeSet<_> = faults.iter().map(|fault| (&fault.pointer, &fault.message)).collect();
        prop_assert_eq!(once.len(), faults.len());
    }
}
