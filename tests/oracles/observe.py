"""What is there, as the services themselves tell: one JSON for a whole environment.

    python observe.py --stacks dist/shop/prod/stacks.json

Only reads, with boto3, from AWS_ENDPOINT_URL. Everything hangs off what the stacks hold and what the
deployment groups name, so that nothing has to be told that a template could have got wrong.
"""

import argparse
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


class Observer:
    def __init__(self, manifest):
        self.manifest = manifest
        self.clients = {}

    def __call__(self, service, operation, **request):
        if service not in self.clients:
            self.clients[service] = boto3.client(
                service,
                region_name=self.manifest["region"],
                config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
            )
        return getattr(self.clients[service], operation)(**request)

    def everything(self):
        stacks = {entry["name"]: self.stack(entry["name"]) for entry in self.manifest["stacks"]}
        held = [
            (logical_id, resource["id"], resource["type"])
            for stack in stacks.values()
            for logical_id, resource in stack["resources"].items()
        ]
        def of_type(suffix):
            return [it for it in held if it[2].endswith("::" + suffix)]

        colors = {
            arn: "blue" if "Blue" in logical_id else "green"
            for logical_id, arn, _ in of_type("TargetGroup")
        }
        groups = {}
        for application in self("codedeploy", "list_applications")["applications"]:
            if application in [name for _, name, _ in of_type("Application")]:
                names = self(
                    "codedeploy", "list_deployment_groups", applicationName=application
                )["deploymentGroups"]
                for name in names:
                    groups[name] = self.deployment_group(application, name, colors)
        return {
            "stacks": stacks,
            "groups": groups,
            "pipelines": [self.pipeline(name) for _, name, _ in of_type("Pipeline")],
            "balancers": [arn for _, arn, _ in of_type("LoadBalancer")],
            "kept": self.kept(),
        }

    def stack(self, name):
        try:
            found = self("cloudformation", "describe_stacks", StackName=name)["Stacks"][0]
        except ClientError:
            return {"status": None, "parameters": {}, "outputs": {}, "tags": {}, "resources": {}}
        held = self("cloudformation", "list_stack_resources", StackName=name)
        return {
            "status": found["StackStatus"],
            "parameters": pairs(found.get("Parameters"), "ParameterKey", "ParameterValue"),
            "outputs": pairs(found.get("Outputs"), "OutputKey", "OutputValue"),
            "tags": pairs(found.get("Tags"), "Key", "Value"),
            "resources": {
                it["LogicalResourceId"]: {
                    "id": it["PhysicalResourceId"],
                    "type": it["ResourceType"],
                    "status": it["ResourceStatus"],
                }
                for it in held["StackResourceSummaries"]
            },
        }

    def deployment_group(self, application, name, colors):
        info = self(
            "codedeploy",
            "get_deployment_group",
            applicationName=application,
            deploymentGroupName=name,
        )["deploymentGroupInfo"]
        pair = info["loadBalancerInfo"]["targetGroupPairInfoList"][0]
        alarms = [alarm["name"] for alarm in info["alarmConfiguration"]["alarms"]]
        where = info["ecsServices"][0]
        target_groups = [
            self.target_group(group["name"], colors) for group in pair["targetGroups"]
        ]
        return {
            "application": application,
            "id": info["deploymentGroupId"],
            "config": info["deploymentConfigName"],
            "style": info["deploymentStyle"],
            "rollback": info["autoRollbackConfiguration"],
            "blue_green": info["blueGreenDeploymentConfiguration"],
            "alarms_enabled": info["alarmConfiguration"]["enabled"],
            "target_groups": {group["color"]: group for group in target_groups},
            "listeners": {
                route: self.listener(pair[key]["listenerArns"][0], colors)
                for route, key in (("production", "prodTrafficRoute"), ("test", "testTrafficRoute"))
                if pair.get(key)
            },
            "alarms": self.alarms(alarms),
            "alarms_named": alarms,
            "scaling": self.scaling(where),
            **self.service(where, colors),
        }

    def target_group(self, name, colors):
        found = self("elbv2", "describe_target_groups", Names=[name])["TargetGroups"][0]
        arn = found["TargetGroupArn"]
        attributes = self("elbv2", "describe_target_group_attributes", TargetGroupArn=arn)
        return {
            "arn": arn,
            "color": colors[arn],
            "type": found["TargetType"],
            "port": found["Port"],
            "path": found.get("HealthCheckPath"),
            "interval": found["HealthCheckIntervalSeconds"],
            "attributes": pairs(attributes["Attributes"], "Key", "Value"),
            "tags": self.tags(arn),
        }

    def listener(self, arn, colors):
        found = self("elbv2", "describe_listeners", ListenerArns=[arn])["Listeners"][0]
        rules = self("elbv2", "describe_rules", ListenerArn=arn)["Rules"]
        certificates = self("elbv2", "describe_listener_certificates", ListenerArn=arn)
        return {
            "arn": arn,
            "port": found["Port"],
            "protocol": found["Protocol"],
            # A list: every rule and the default have to say the same.
            "weights": [
                {
                    colors[group["TargetGroupArn"]]: group["Weight"]
                    for group in action["ForwardConfig"]["TargetGroups"]
                }
                for rule in rules
                for action in rule["Actions"]
                if action["Type"] == "forward"
            ],
            "default_certificates": [it["CertificateArn"] for it in found.get("Certificates", [])],
            "certificates": sorted(
                {it["CertificateArn"] for it in certificates.get("Certificates", [])}
            ),
        }

    def tags(self, arn):
        found = self("elbv2", "describe_tags", ResourceArns=[arn])["TagDescriptions"]
        return pairs(found[0]["Tags"], "Key", "Value")

    def alarms(self, names):
        found = self("cloudwatch", "describe_alarms", AlarmNames=names)
        found = found["MetricAlarms"] + found["CompositeAlarms"]
        return {it["AlarmName"]: it.get("Threshold") for it in found}

    def scaling(self, where):
        found = self(
            "application-autoscaling",
            "describe_scalable_targets",
            ServiceNamespace="ecs",
            ResourceIds=[f"service/{where['clusterName']}/{where['serviceName']}"],
        )["ScalableTargets"]
        return [{"min": it["MinCapacity"], "max": it["MaxCapacity"]} for it in found]

    def service(self, where, colors):
        name, cluster = where["serviceName"], where["clusterName"]
        found = self("ecs", "describe_services", cluster=cluster, services=[name])["services"][0]
        primary = [it for it in found["taskSets"] if it["status"] == "PRIMARY"]
        family = found["taskDefinition"].split("/")[-1].split(":")[0]
        active = self("ecs", "list_task_definitions", familyPrefix=family, status="ACTIVE")
        # Not by family: moto's newest revision may be one that is deregistered.
        newest = max(active["taskDefinitionArns"], key=lambda arn: int(arn.rsplit(":", 1)[1]))
        newest = self("ecs", "describe_task_definition", taskDefinition=newest)["taskDefinition"]
        return {
            "service": {
                "arn": found["serviceArn"],
                "cluster": cluster,
                "name": name,
                "controller": found["deploymentController"]["type"],
                "task_definition": found["taskDefinition"],
                "desired": found["desiredCount"],
                "grace": found.get("healthCheckGracePeriodSeconds"),
                "color": [colors[it["targetGroupArn"]] for it in found["loadBalancers"]],
                "network": found.get("networkConfiguration"),
            },
            "primary": [
                {
                    "task_definition": it["taskDefinition"],
                    "color": [colors[balancer["targetGroupArn"]] for balancer in it["loadBalancers"]],
                }
                for it in primary
            ],
            "family": family,
            "revisions": active["taskDefinitionArns"],
            "newest": {
                "arn": newest["taskDefinitionArn"],
                "cpu": newest["cpu"],
                "memory": newest["memory"],
                "images": [it["image"] for it in newest["containerDefinitions"]],
            },
        }

    def pipeline(self, name):
        found = self("codepipeline", "get_pipeline", name=name)["pipeline"]
        return {
            "name": name,
            "stages": [
                {
                    "name": stage["name"],
                    "actions": [action["actionTypeId"]["provider"] for action in stage["actions"]],
                }
                for stage in found["stages"]
            ],
        }

    def kept(self):
        """Physical ids of what may outlive a stack."""
        logs = self("logs", "describe_log_groups")["logGroups"]
        return {
            "AWS::Logs::LogGroup": [it["logGroupName"] for it in logs],
            "AWS::ECR::Repository": [
                it["repositoryName"] for it in self("ecr", "describe_repositories")["repositories"]
            ],
            "AWS::S3::Bucket": [it["Name"] for it in self("s3", "list_buckets")["Buckets"]],
            "AWS::KMS::Key": [
                key["KeyId"]
                for key in self("kms", "list_keys")["Keys"]
                if self("kms", "describe_key", KeyId=key["KeyId"])["KeyMetadata"]["KeyState"]
                == "Enabled"
            ],
            "AWS::ECS::TaskDefinition": self("ecs", "list_task_definitions", status="ACTIVE")[
                "taskDefinitionArns"
            ],
        }


def pairs(items, key, value):
    return {item[key]: item[value] for item in items or []}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--stacks", required=True, help="stacks.json of a rendered environment")
    arguments = parser.parse_args()
    with open(arguments.stacks, encoding="utf-8") as file:
        manifest = json.load(file)
    json.dump(Observer(manifest).everything(), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
