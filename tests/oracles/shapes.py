"""CloudFormation properties against the API shapes AWS publishes in botocore.

botocore's own validator checks types, required members and minima only. `problems` walks the same
model again and adds what the service would reject next: enumerations, patterns, maxima, ranges.
"""

import io
import json
import re
import zipfile

import botocore.session
from botocore.validate import ParamValidator

_session = botocore.session.get_session()
_models = {}

# CloudFormation type -> (service, operation, {property: API member}, properties without a member).
# The last column is what CloudFormation sends with other calls; the emulator makes those calls.
OPERATIONS = {
    "AWS::ApplicationAutoScaling::ScalableTarget": (
        "application-autoscaling",
        "RegisterScalableTarget",
        {},
        {"ScheduledActions"},
    ),
    "AWS::ApplicationAutoScaling::ScalingPolicy": (
        "application-autoscaling",
        "PutScalingPolicy",
        {},
        {"ScalingTargetId"},
    ),
    "AWS::CloudWatch::Alarm": ("cloudwatch", "PutMetricAlarm", {}, set()),
    "AWS::CloudWatch::CompositeAlarm": ("cloudwatch", "PutCompositeAlarm", {}, set()),
    "AWS::CloudWatch::Dashboard": ("cloudwatch", "PutDashboard", {}, set()),
    "AWS::CodeBuild::Project": ("codebuild", "CreateProject", {}, {"Triggers", "Visibility"}),
    "AWS::CodeDeploy::Application": ("codedeploy", "CreateApplication", {}, set()),
    "AWS::CodeDeploy::DeploymentConfig": ("codedeploy", "CreateDeploymentConfig", {}, set()),
    "AWS::CodeDeploy::DeploymentGroup": ("codedeploy", "CreateDeploymentGroup", {}, set()),
    "AWS::CodePipeline::Pipeline": (
        "codepipeline",
        "CreatePipeline",
        {},
        {"DisableInboundStageTransitions", "RestartExecutionOnUpdate"},
    ),
    "AWS::CodeStarNotifications::NotificationRule": (
        "codestar-notifications",
        "CreateNotificationRule",
        {},
        {"EventTypeId", "TargetAddress"},
    ),
    "AWS::ECR::Repository": (
        "ecr",
        "CreateRepository",
        {},
        {"LifecyclePolicy", "RepositoryPolicyText", "EmptyOnDelete"},
    ),
    "AWS::ECS::Cluster": ("ecs", "CreateCluster", {"ClusterSettings": "settings"}, set()),
    "AWS::ECS::ClusterCapacityProviderAssociations": (
        "ecs",
        "PutClusterCapacityProviders",
        {},
        set(),
    ),
    "AWS::ECS::Service": ("ecs", "CreateService", {}, {"ForceNewDeployment"}),
    "AWS::ECS::TaskSet": ("ecs", "CreateTaskSet", {}, set()),
    "AWS::ECS::PrimaryTaskSet": (
        "ecs",
        "UpdateServicePrimaryTaskSet",
        {"TaskSetId": "primaryTaskSet"},
        set(),
    ),
    "AWS::ECS::TaskDefinition": ("ecs", "RegisterTaskDefinition", {}, set()),
    "AWS::EC2::FlowLog": (
        "ec2",
        "CreateFlowLogs",
        {"ResourceId": "ResourceIds"},
        set(),
    ),
    "AWS::EC2::NatGateway": ("ec2", "CreateNatGateway", {}, {"MaxDrainDurationSeconds"}),
    "AWS::EC2::Route": ("ec2", "CreateRoute", {}, set()),
    "AWS::EC2::Subnet": (
        "ec2",
        "CreateSubnet",
        {},
        {
            "MapPublicIpOnLaunch",
            "AssignIpv6AddressOnCreation",
            "EnableDns64",
            "PrivateDnsNameOptionsOnLaunch",
        },
    ),
    "AWS::EC2::VPC": ("ec2", "CreateVpc", {}, {"EnableDnsSupport", "EnableDnsHostnames"}),
    "AWS::EC2::VPCEndpoint": ("ec2", "CreateVpcEndpoint", {}, set()),
    "AWS::ElasticLoadBalancingV2::Listener": (
        "elbv2",
        "CreateListener",
        {},
        {"ListenerAttributes"},
    ),
    "AWS::ElasticLoadBalancingV2::ListenerCertificate": (
        "elbv2",
        "AddListenerCertificates",
        {},
        set(),
    ),
    "AWS::ElasticLoadBalancingV2::ListenerRule": ("elbv2", "CreateRule", {}, set()),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": (
        "elbv2",
        "CreateLoadBalancer",
        {},
        {"LoadBalancerAttributes", "MinimumLoadBalancerCapacity"},
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": (
        "elbv2",
        "CreateTargetGroup",
        {},
        {"TargetGroupAttributes", "Targets"},
    ),
    "AWS::Events::Rule": ("events", "PutRule", {}, {"Targets"}),
    "AWS::IAM::ManagedPolicy": (
        "iam",
        "CreatePolicy",
        {"ManagedPolicyName": "PolicyName"},
        {"Roles", "Users", "Groups"},
    ),
    "AWS::IAM::Role": ("iam", "CreateRole", {}, {"Policies", "ManagedPolicyArns"}),
    "AWS::KMS::Alias": ("kms", "CreateAlias", {}, set()),
    "AWS::KMS::Key": (
        "kms",
        "CreateKey",
        {"KeyPolicy": "Policy"},
        {"EnableKeyRotation", "Enabled", "PendingWindowInDays", "RotationPeriodInDays"},
    ),
    "AWS::Lambda::Function": (
        "lambda",
        "CreateFunction",
        {},
        {"ReservedConcurrentExecutions", "RecursiveLoop", "RuntimeManagementConfig"},
    ),
    "AWS::Lambda::Permission": ("lambda", "AddPermission", {}, set()),
    "AWS::Logs::LogGroup": (
        "logs",
        "CreateLogGroup",
        {},
        {"RetentionInDays", "DataProtectionPolicy", "FieldIndexPolicies"},
    ),
    "AWS::Logs::ResourcePolicy": ("logs", "PutResourcePolicy", {}, set()),
    "AWS::SNS::Topic": (
        "sns",
        "CreateTopic",
        {"TopicName": "Name"},
        # CreateTopic takes these as a string map named Attributes.
        {
            "KmsMasterKeyId",
            "DisplayName",
            "Subscription",
            "SignatureVersion",
            "TracingConfig",
            "FifoTopic",
            "ContentBasedDeduplication",
            "DeliveryStatusLogging",
            "ArchivePolicy",
        },
    ),
    "AWS::SSM::Parameter": ("ssm", "PutParameter", {}, set()),
    "AWS::ServiceDiscovery::PrivateDnsNamespace": (
        "servicediscovery",
        "CreatePrivateDnsNamespace",
        {},
        set(),
    ),
    "AWS::ServiceDiscovery::Service": (
        "servicediscovery",
        "CreateService",
        {},
        {"ServiceAttributes"},
    ),
    "AWS::StepFunctions::StateMachine": (
        "stepfunctions",
        "CreateStateMachine",
        {"StateMachineName": "name", "StateMachineType": "type", "DefinitionString": "definition"},
        {"DefinitionS3Location", "DefinitionSubstitutions", "Definition"},
    ),
    "AWS::WAFv2::WebACL": ("wafv2", "CreateWebACL", {}, set()),
    "AWS::WAFv2::WebACLAssociation": ("wafv2", "AssociateWebACL", {}, set()),
}

# Some APIs wrap everything in one member.
WRAPPED = {"AWS::CodePipeline::Pipeline": "pipeline"}

# CloudFormation generates these when a template leaves them out.
GENERATED = {
    "AlarmName",
    "DashboardName",
    "Name",
    "PolicyName",
    "RoleName",
    "FunctionName",
    "StatementId",
    "applicationName",
    "clientRequestToken",
    "deploymentConfigName",
    "deploymentGroupName",
    "family",
    "logGroupName",
    "name",
    "repositoryName",
    "serviceName",
}

# JSON documents that templates may spell as objects and APIs want as text.
JSON_TEXT = {
    "AccessPolicy",
    "AssumeRolePolicyDocument",
    "DashboardBody",
    "DefinitionString",
    "EventPattern",
    "KeyPolicy",
    "LifecyclePolicyText",
    "PolicyDocument",
    "RepositoryPolicyText",
}


# Stands in for a value that only a deployment could answer; it fits every shape. A control character
# cannot occur in a template by accident.
UNKNOWN = "\x01unknown\x01"


def is_unknown(value):
    return isinstance(value, str) and "\x01" in value


def model(service):
    if service not in _models:
        _models[service] = _session.get_service_model(service)
    return _models[service]


def input_shape(service, operation):
    return model(service).operation_model(operation).input_shape


def convert(shape, value, path, errors, renames=None, skip=()):
    """A CloudFormation value in the API's spelling and types, as CloudFormation's handlers do.

    Property names are matched without regard to case. A property that has no API member is an
    error: either it is misspelt or this table is.
    """
    kind = shape.type_name
    if is_unknown(value):
        return value
    if kind == "structure":
        if not isinstance(value, dict):
            errors.append(f"{path}: object expected, got {type(value).__name__}")
            return value
        by_lower = {name.lower(): name for name in shape.members}
        result = {}
        for name, item in value.items():
            if name in skip:
                continue
            member = (renames or {}).get(name)
            if member is None:
                member = name if name in shape.members else by_lower.get(name.lower())
            if member is None:
                if name != "Tags":  # tagged by a call of its own when the create call has no tags
                    errors.append(f"{path}.{name}: no such member in {shape.name}")
                continue
            if name in JSON_TEXT and isinstance(item, dict):
                item = json.dumps(item)
            result[member] = convert(shape.members[member], item, f"{path}.{name}", errors)
        return result
    if kind == "list":
        if isinstance(value, dict) and shape.member.type_name == "structure":
            # A few types (CodeStarNotifications, SSM, ...) spell tags as a map.
            value = [{"Key": key, "Value": item} for key, item in value.items()]
        if isinstance(value, str):
            value = value.split(",")
        if not isinstance(value, list):
            errors.append(f"{path}: list expected, got {type(value).__name__}")
            return value
        return [convert(shape.member, v, f"{path}[{i}]", errors) for i, v in enumerate(value)]
    if kind == "map":
        if isinstance(value, list):  # tags as a list where the API wants a map
            value = {tag["Key"]: tag["Value"] for tag in value}
        if not isinstance(value, dict):
            errors.append(f"{path}: map expected, got {type(value).__name__}")
            return value
        return {str(k): convert(shape.value, v, f"{path}.{k}", errors) for k, v in value.items()}
    if kind in ("integer", "long") and isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value)
    if kind in ("float", "double") and not isinstance(value, bool):
        if re.fullmatch(r"-?\d+(\.\d+)?", str(value)):
            return float(value)
    if kind == "boolean" and str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    if kind == "string" and isinstance(value, bool):
        return "true" if value else "false"
    if kind == "string" and isinstance(value, (int, float)):
        return str(value)
    return value


def _constraints(shape, value, path, errors):
    kind, rules = shape.type_name, shape.metadata
    if kind == "structure" and isinstance(value, dict):
        for name, item in value.items():
            if name in shape.members:
                _constraints(shape.members[name], item, f"{path}.{name}", errors)
    elif kind == "list" and isinstance(value, list):
        if len(value) > rules.get("max", len(value)):
            errors.append(f"{path}: {len(value)} items, at most {rules['max']}")
        for index, item in enumerate(value):
            _constraints(shape.member, item, f"{path}[{index}]", errors)
    elif kind == "map" and isinstance(value, dict):
        for name, item in value.items():
            _constraints(shape.value, item, f"{path}.{name}", errors)
    elif kind == "string" and isinstance(value, str) and not is_unknown(value):
        if shape.enum and value not in shape.enum:
            errors.append(f"{path}: {value!r} is none of {', '.join(shape.enum[:8])}")
        if len(value) > rules.get("max", len(value)):
            errors.append(f"{path}: {len(value)} characters, at most {rules['max']}")
        if "pattern" in rules and not _matches(rules["pattern"], value):
            errors.append(f"{path}: {value[:60]!r} does not match {rules['pattern'][:60]}")
    elif kind in ("integer", "long") and isinstance(value, int):
        if value > rules.get("max", value):
            errors.append(f"{path}: {value}, at most {rules['max']}")
        if value < rules.get("min", value):
            errors.append(f"{path}: {value}, at least {rules['min']}")


def _matches(pattern, value):
    try:
        return re.search(f"^(?:{pattern})$", value, re.S) is not None
    except re.error:
        return True  # Java patterns (\p{L} and friends) that Python cannot read


def problems(service, operation, parameters):
    """What is wrong with an API request, as far as its values are known."""
    shape = input_shape(service, operation)
    report = ParamValidator().validate(parameters, shape)
    errors = report.generate_report().splitlines() if report.has_errors() else []
    # botocore's validator cannot know that an unknown value fits every type.
    errors = [error for error in errors if UNKNOWN not in error and repr(UNKNOWN) not in error]
    _constraints(shape, parameters, operation, errors)
    return errors


def _respell(type_name, properties):
    """The few places where a property and its API member differ in more than the name."""
    if type_name == "AWS::EC2::FlowLog" and isinstance(properties.get("ResourceId"), str):
        properties["ResourceId"] = [properties["ResourceId"]]
    if type_name == "AWS::ElasticLoadBalancingV2::ListenerRule" and "Priority" in properties:
        if str(properties["Priority"]).isdigit():
            properties["Priority"] = int(properties["Priority"])
    if type_name == "AWS::ApplicationAutoScaling::ScalingPolicy":
        # The physical id of a ScalableTarget carries these three.
        target = properties.get("ScalingTargetId")
        names = ("ResourceId", "ScalableDimension", "ServiceNamespace")
        if isinstance(target, str) and target.count("|") == 2:
            properties.update(zip(names, target.split("|")))
        elif is_unknown(target):
            properties.update({name: UNKNOWN for name in names})
    if type_name == "AWS::Lambda::Function" and "ZipFile" in (properties.get("Code") or {}):
        python = str(properties.get("Runtime", "python")).startswith("python")
        source = zipped(properties["Code"]["ZipFile"], "index.py" if python else "index.js")
        properties["Code"] = {"ZipFile": source}
    if type_name == "AWS::CodePipeline::Pipeline" and "ArtifactStores" in properties:
        stores = properties["ArtifactStores"]
        properties["ArtifactStores"] = {s["Region"]: s["ArtifactStore"] for s in stores}
    if type_name == "AWS::StepFunctions::StateMachine":
        if "Definition" in properties:
            properties["DefinitionString"] = properties.pop("Definition")
        definition = properties.get("DefinitionString")
        if isinstance(definition, dict):
            definition = json.dumps(definition)
        for name, value in (properties.get("DefinitionSubstitutions") or {}).items():
            definition = definition.replace("${" + name + "}", str(value))
        properties["DefinitionString"] = definition


def zipped(source, name):
    """Inline function code as the archive the API wants; same bytes every time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), source)
    return buffer.getvalue()


def to_request(type_name, properties):
    """(service, operation, request, errors) for a resource of a type in OPERATIONS."""
    service, operation, renames, elsewhere = OPERATIONS[type_name]
    errors = []
    shape = input_shape(service, operation)
    wrapper = WRAPPED.get(type_name)
    inner = shape.members[wrapper] if wrapper else shape
    properties = dict(properties)
    tags = properties.pop("Tags", None)
    _respell(type_name, properties)
    if tags and type_name == "AWS::KMS::Key":
        tags = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in tags]
    request = convert(
        inner, properties, type_name.split("::", 1)[1], errors, dict(renames), elsewhere
    )
    member = next((name for name in shape.members if name.lower() == "tags"), None)
    if tags and member:
        tag_value = convert(shape.members[member], tags, "Tags", errors)
        if wrapper:
            return service, operation, {wrapper: request, member: tag_value}, errors
        request[member] = tag_value
    for name in inner.required_members:
        if name not in request and name in GENERATED:
            request[name] = "x" * 36 if name == "clientRequestToken" else "generated"
    return service, operation, ({wrapper: request} if wrapper else request), errors
