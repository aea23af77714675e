"""Resolves a rendered environment to concrete values, then lints it again.

    python resolve.py --stacks dist/shop/prod/stacks.json --out DIR [--no-lint]
        [--given NAME=VALUE]... [--color green] [--image IMAGE]

Parameters come from the parameter files, what is looked up when deploying from the command line or a
sample of its kind, imports from the stacks of the same folder; conditions,
mappings and pseudo parameters are evaluated. What only a deployed resource can answer (Ref, GetAtt,
Sub of a resource) stays, and an import of such a value becomes a sample of the right kind, so that
linters see "a VPC id" and "a list of subnet ids" where the template says ImportValue.
"""

import argparse
import hashlib
import json
import os
import sys

import lint
import template as templates
from template import NO_VALUE, TemplateError

SAMPLE_ACCOUNT = "123456789012"


class Sampler:
    """Plausible physical ids and attributes for resources that were not deployed."""

    # What Ref returns where a linter would check the format.
    IDS = {
        "AWS::EC2::VPC": "vpc-{hex17}",
        "AWS::EC2::Subnet": "subnet-{hex17}",
        "AWS::EC2::RouteTable": "rtb-{hex17}",
        "AWS::EC2::EIP": "198.51.100.{octet}",
        "AWS::EC2::InternetGateway": "igw-{hex17}",
        "AWS::EC2::NatGateway": "nat-{hex17}",
        "AWS::EC2::VPCEndpoint": "vpce-{hex17}",
        "AWS::EC2::SecurityGroup": "sg-{hex17}",
        "AWS::KMS::Key": "{uuid}",
        "AWS::ServiceDiscovery::PrivateDnsNamespace": "ns-{hex16}",
        "AWS::ServiceDiscovery::Service": "srv-{hex16}",
        "AWS::SNS::Topic": "arn:{partition}:sns:{region}:{account}:{name}",
        "AWS::ECS::TaskDefinition": (
            "arn:{partition}:ecs:{region}:{account}:task-definition/{name}:1"
        ),
        "AWS::ECS::Service": "arn:{partition}:ecs:{region}:{account}:service/cluster/{name}",
        "AWS::ElasticLoadBalancingV2::LoadBalancer": (
            "arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{hex16}"
        ),
        "AWS::ElasticLoadBalancingV2::TargetGroup": (
            "arn:{partition}:elasticloadbalancing:{region}:{account}:targetgroup/{name}/{hex16}"
        ),
        "AWS::ElasticLoadBalancingV2::Listener": (
            "arn:{partition}:elasticloadbalancing:{region}:{account}:"
            "listener/app/{name}/{hex16}/{hex16}"
        ),
        "AWS::ElasticLoadBalancingV2::ListenerRule": (
            "arn:{partition}:elasticloadbalancing:{region}:{account}:"
            "listener-rule/app/{name}/{hex16}/{hex16}/{hex16}"
        ),
        "AWS::WAFv2::WebACL": "{name}|{uuid}|REGIONAL",
        "AWS::IAM::ManagedPolicy": "arn:{partition}:iam::{account}:policy/{name}",
        "AWS::StepFunctions::StateMachine": (
            "arn:{partition}:states:{region}:{account}:stateMachine:{name}"
        ),
    }
    ARNS = {
        "AWS::CodeBuild::Project": "arn:{partition}:codebuild:{region}:{account}:project/{id}",
        "AWS::CloudWatch::Alarm": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{id}",
        "AWS::CloudWatch::CompositeAlarm": (
            "arn:{partition}:cloudwatch:{region}:{account}:alarm:{id}"
        ),
        "AWS::ECR::Repository": "arn:{partition}:ecr:{region}:{account}:repository/{id}",
        "AWS::ECS::Cluster": "arn:{partition}:ecs:{region}:{account}:cluster/{id}",
        "AWS::Events::Rule": "arn:{partition}:events:{region}:{account}:rule/{id}",
        "AWS::IAM::Role": "arn:{partition}:iam::{account}:role/{id}",
        "AWS::KMS::Key": "arn:{partition}:kms:{region}:{account}:key/{id}",
        "AWS::Lambda::Function": "arn:{partition}:lambda:{region}:{account}:function:{id}",
        "AWS::Logs::LogGroup": "arn:{partition}:logs:{region}:{account}:log-group:{id}:*",
        "AWS::S3::Bucket": "arn:{partition}:s3:::{id}",
        "AWS::ServiceDiscovery::PrivateDnsNamespace": (
            "arn:{partition}:servicediscovery:{region}:{account}:namespace/{id}"
        ),
        "AWS::ServiceDiscovery::Service": (
            "arn:{partition}:servicediscovery:{region}:{account}:service/{id}"
        ),
        "AWS::WAFv2::WebACL": (
            "arn:{partition}:wafv2:{region}:{account}:regional/webacl/{name}/{uuid}"
        ),
    }
    # Properties that are the physical id when a template sets them.
    NAMES = (
        "RoleName ClusterName RepositoryName LogGroupName BucketName AlarmName FunctionName "
        "ApplicationName DeploymentGroupName DeploymentConfigName DashboardName AliasName Name "
        "ServiceName Family TopicName StateMachineName"
    ).split()

    def __init__(self, region, account):
        self.region, self.account = region, account

    def physical_id(self, stack, logical_id, resource, properties):
        values = self.values(stack, logical_id, properties)
        type_name = resource["Type"]
        if type_name in self.IDS:
            return self.IDS[type_name].format(**values)
        lower = type_name in ("AWS::S3::Bucket", "AWS::ECR::Repository")
        return values["name"].lower() if lower else values["name"]

    def attribute(self, stack, logical_id, resource, properties, attribute):
        type_name = resource["Type"]
        found = self.physical_id(stack, logical_id, resource, properties)
        values = self.values(stack, logical_id, properties)
        if attribute.endswith("Arn") and type_name in self.ARNS:
            return self.ARNS[type_name].format(id=found, **values)
        known = {
            "DNSName": "{name}-1234567890.{region}.elb.amazonaws.com",
            "CanonicalHostedZoneID": "Z35SXDOTRQ7X7K",
            "LoadBalancerFullName": "app/{name}/{hex16}",
            "TargetGroupFullName": "targetgroup/{name}/{hex16}",
            "LoadBalancerName": "{name}",
            "TargetGroupName": "{name}",
            "TopicName": "{name}",
            "Name": "{name}",
            "RepositoryUri": "{account}.dkr.ecr.{region}.amazonaws.com/" + found.lower(),
            "DomainName": found + ".s3.amazonaws.com",
            "RegionalDomainName": found + ".s3.{region}.amazonaws.com",
            "HostedZoneId": "Z0123456789ABCDEFGHIJ",
            "AllocationId": "eipalloc-{hex17}",
            "PublicIp": "198.51.100.{octet}",
            "RoleId": "AROAEXAMPLEEXAMPLE",
        }
        if attribute == "CidrBlock":
            block = properties.get("CidrBlock")
            return block if isinstance(block, str) else "10.0.0.0/16"
        if attribute in ("DefaultSecurityGroup",):
            return "sg-" + values["hex17"]
        if attribute in known:
            return known[attribute].format(**values)
        return found  # GroupId, VpcId, SubnetId, KeyId, Id and the ARNs that Ref returns as well

    def values(self, stack, logical_id, properties):
        digest = hashlib.sha256(f"{stack}/{logical_id}".encode()).hexdigest()
        given = [properties.get(n) for n in self.NAMES if isinstance(properties.get(n), str)]
        uuid = "-".join([digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]])
        return {
            "name": given[0] if given else f"{stack}-{logical_id}"[:32].rstrip("-"),
            "hex17": digest[:17],
            "hex16": digest[:16],
            "uuid": uuid,
            "octet": int(digest[:2], 16),
            "region": self.region,
            "account": self.account,
            "partition": templates.partition_of(self.region),
        }


class Environment:
    """One folder with a stacks.json, evaluated in deployment order."""

    def __init__(self, stacks_json, given=None, color="blue", image=""):
        """`given` are values by parameter, the others what every service's lookups find."""
        self.given, self.color, self.image = given or {}, color, image
        self.folder = os.path.dirname(os.path.abspath(stacks_json))
        with open(stacks_json, encoding="utf-8") as file:
            self.description = json.load(file)
        self.region = self.description["region"]
        self.account = str(self.description.get("account") or SAMPLE_ACCOUNT)
        self.exports = {}
        self.errors = []
        self.resolved = {}  # stack name -> template
        self.paths = {}  # stack name -> path of the template as written
        self.sampler = Sampler(self.region, self.account)
        seen = set()
        for stack in self.description["stacks"]:
            for name in stack.get("depends_on") or []:
                if name not in seen:
                    self.errors.append(
                        f"{stack['name']}: depends on {name}, which is not before it"
                    )
            seen.add(stack["name"])
            try:
                self.resolve(stack)
            except TemplateError as error:
                self.errors.append(f"{stack['template']}: {error}")

    def parameters(self, stack, template):
        values = {}
        if stack.get("parameters"):
            with open(os.path.join(self.folder, stack["parameters"]), encoding="utf-8") as file:
                values = json.load(file)
        for name, lookup in (stack.get("lookup") or {}).items():
            values[name] = self.look_up(name, lookup)
        values.update((k, v) for k, v in self.given.items() if k in template.get("Parameters", {}))
        return values

    def look_up(self, name, lookup):
        """What deploy.sh would find, or a person would give."""
        if "live_color_of" in lookup:
            return self.color
        if "running_image_of" in lookup:
            return self.image
        if "released" in lookup:
            return "yes" if self.image else "no"
        prefix = "arn:" + templates.partition_of(self.region)
        if "running_revision_of" in lookup:
            found = f"{prefix}:ecs:{self.region}:{self.account}:task-definition/running:7"
            return found if self.image else ""
        if "export" in lookup:
            if lookup["export"] not in self.exports:
                raise TemplateError(f"nothing before it exports {lookup['export']}")
            value = self.exports[lookup["export"]]
            return value.split(",")[lookup["item"]] if "item" in lookup else value
        if "arn_of_secret" in lookup:
            secret = lookup["arn_of_secret"]
            return f"{prefix}:secretsmanager:{self.region}:{self.account}:secret:{secret}-AbCdEf"
        for word, service, rest in (
            ("certificate", "acm", "certificate/12345678-1234-1234-1234-123456789012"),
            ("connection", "codeconnections", "connection/12345678-1234-1234-1234-123456789012"),
        ):
            if word in lookup.get("given", ""):
                return f"{prefix}:{service}:{self.region}:{self.account}:{rest}"
        raise TemplateError(f"no sample for the parameter {name}: {lookup}")

    def resolve(self, stack):
        name, path = stack["name"], os.path.join(self.folder, stack["template"])
        self.paths[name] = path
        template = templates.load(path)
        parameters = templates.parameter_values(template, self.parameters(stack, template))
        for key, declaration in (template.get("Parameters") or {}).items():
            # CloudFormation hands numbers on as text and every property converts them back; a
            # linter would complain about the text.
            if declaration.get("Type") == "Number" and parameters[key].lstrip("-").isdigit():
                parameters[key] = int(parameters[key])
        stack_id = (
            f"arn:{templates.partition_of(self.region)}:cloudformation:{self.region}:"
            f"{self.account}:stack/{name}/00000000-0000-0000-0000-000000000000"
        )

        def keep(logical_id, attribute):
            if attribute is None:
                return {"Ref": logical_id}
            return {"Fn::GetAtt": [logical_id, attribute]}

        evaluator = templates.Evaluator(
            template,
            parameters,
            templates.pseudo_parameters(self.region, self.account, name, stack_id),
            self.exports,
            keep,
        )
        for rule, why in evaluator.failed_rules():
            self.errors.append(f"{stack['template']}: rule {rule}: {why}")
        result = {
            key: template[key]
            for key in ("AWSTemplateFormatVersion", "Description")
            if key in template
        }
        result["Resources"] = {}
        for logical_id, resource in evaluator.active_resources().items():
            try:
                found = evaluator.value({k: v for k, v in resource.items() if k != "Condition"})
                result["Resources"][logical_id] = found
            except TemplateError as error:
                self.errors.append(f"{stack['template']}: {logical_id}: {error}")
        outputs = {}
        for key, output in evaluator.active_outputs().items():
            try:
                value = evaluator.value(output["Value"])
                outputs[key] = {"Value": value}
                if "Export" in output:
                    export = evaluator.value(output["Export"]["Name"])
                    outputs[key]["Export"] = {"Name": export}
                    if export in self.exports:
                        self.errors.append(f"{stack['template']}: {export} is exported twice")
                    self.exports[export] = self.sample(name, result["Resources"], value)
            except TemplateError as error:
                self.errors.append(f"{stack['template']}: output {key}: {error}")
        if outputs:
            result["Outputs"] = outputs
        self.resolved[name] = result

    def sample(self, stack, resources, value):
        """An exported value with every reference to a resource replaced by a sample."""

        def reference(logical_id, attribute):
            resource = resources[logical_id]
            properties = resource.get("Properties") or {}
            arguments = (stack, logical_id, resource, properties)
            if attribute is None:
                return self.sampler.physical_id(*arguments)
            return self.sampler.attribute(*arguments, attribute)

        evaluator = templates.Evaluator(
            {"Resources": resources}, {}, {"AWS::NoValue": NO_VALUE}, {}, reference
        )
        return evaluator.value(value)

    def write(self, folder):
        os.makedirs(folder, exist_ok=True)
        paths = []
        for name, template in self.resolved.items():
            path = os.path.join(folder, name + ".json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(template, file, indent=1)
            paths.append(path)
        return paths


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--stacks", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--no-lint", action="store_true")
    parser.add_argument("--given", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--color", default="blue", help="what production traffic is on")
    parser.add_argument("--image", default="", help="what runs; nothing before the first release")
    arguments = parser.parse_args()
    given = dict(pair.split("=", 1) for pair in arguments.given)
    environment = Environment(arguments.stacks, given, arguments.color, arguments.image)
    for error in environment.errors:
        print(f"ERROR {error}")
    paths = environment.write(arguments.out)
    count = len(environment.errors)
    if paths and not arguments.no_lint:
        lint.SILENCED.update(lint.ONLY_AFTER_RESOLVING)
        count += lint.report(paths, [environment.region])
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
