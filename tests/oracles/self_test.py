"""Tests of the oracles themselves: python self_test.py

Each oracle must pass a sound example and catch a spoiled one; the emulator must tell apart what a
stack update touches from what it leaves alone.
"""

import copy
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request

import yaml

import api
import iam
import lint
import resolve
import resources
import template as templates
import yaml_agree

HERE = os.path.dirname(os.path.abspath(__file__))
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"


def get(*path):
    return {"Fn::GetAtt": list(path)}


def ref(name):
    return {"Ref": name}


def imported(name):
    return {"Fn::ImportValue": {"Fn::Sub": "${Application}-" + name}}


APPLICATION = {"Application": {"Type": "String", "AllowedPattern": "^[a-z]{2,10}$"}}

NETWORK = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Parameters": {**APPLICATION, "Cidr": {"Type": "String", "Default": "10.1.0.0/16"}},
    "Conditions": {"Big": {"Fn::Equals": [ref("Cidr"), "10.1.0.0/16"]}},
    "Resources": {
        "Vpc": {
            "Type": "AWS::EC2::VPC",
            "Properties": {
                "CidrBlock": ref("Cidr"),
                "EnableDnsHostnames": {"Fn::If": ["Big", True, ref("AWS::NoValue")]},
            },
        },
        **{
            f"Subnet{n}": {
                "Type": "AWS::EC2::Subnet",
                "Properties": {
                    "VpcId": ref("Vpc"),
                    "CidrBlock": {"Fn::Select": [n, {"Fn::Cidr": [get("Vpc", "CidrBlock"), 2, 8]}]},
                    "AvailabilityZone": {"Fn::Select": [n, {"Fn::GetAZs": ""}]},
                },
            }
            for n in (0, 1)
        },
        "Logs": {
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {"LogGroupName": {"Fn::Sub": "/${Application}"}, "RetentionInDays": 30},
        },
    },
    "Outputs": {
        "Vpc": {
            "Value": ref("Vpc"),
            "Export": {"Name": {"Fn::Sub": "${Application}-Vpc"}},
        },
        "Subnets": {
            "Value": {"Fn::Join": [",", [ref("Subnet0"), ref("Subnet1")]]},
            "Export": {"Name": {"Fn::Sub": "${Application}-Subnets"}},
        },
    },
}


def target_group():
    return {
        "Type": "AWS::ElasticLoadBalancingV2::TargetGroup",
        "Properties": {
            "VpcId": imported("Vpc"),
            "TargetType": "ip",
            "Protocol": "HTTP",
            "Port": 8080,
            "TargetGroupAttributes": [
                {"Key": "deregistration_delay.timeout_seconds", "Value": "30"}
            ],
        },
    }


def listener(port):
    groups = [
        {"TargetGroupArn": ref("Blue"), "Weight": 100},
        {"TargetGroupArn": ref("Green"), "Weight": 0},
    ]
    return {
        "Type": "AWS::ElasticLoadBalancingV2::Listener",
        "Properties": {
            "LoadBalancerArn": ref("Balancer"),
            "Port": port,
            "Protocol": "HTTPS",
            "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
            "Certificates": [{"CertificateArn": CERTIFICATE}],
            "DefaultActions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}],
        },
    }


def trust(service):
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sts:AssumeRole",
            }
        ],
    }


SUBNETS = {"Fn::Split": [",", imported("Subnets")]}

SERVICE = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Parameters": {
        **APPLICATION,
        "Image": {"Type": "String", "Default": "public.ecr.aws/nginx/nginx:1"},
        "Threshold": {"Type": "Number", "Default": "5"},
    },
    "Resources": {
        "Group": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": "all of it", "VpcId": imported("Vpc")},
        },
        "Balancer": {
            "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Properties": {"Subnets": SUBNETS, "SecurityGroups": [ref("Group")]},
        },
        "Blue": target_group(),
        "Green": target_group(),
        "Production": listener(443),
        "Test": listener(8443),
        "Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {}},
        "ExecutionRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": trust("ecs-tasks.amazonaws.com"),
                "Policies": [
                    {
                        "PolicyName": "logs",
                        "PolicyDocument": {
                            "Version": "2012-10-17",
                            "Statement": [
                                {
                                    "Effect": "Allow",
                                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                                    "Resource": {
                                        "Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:"
                                        "${AWS::AccountId}:log-group:/${Application}:*"
                                    },
                                }
                            ],
                        },
                    }
                ],
            },
        },
        "CodeDeployRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": trust("codedeploy.amazonaws.com"),
                "ManagedPolicyArns": [
                    {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AWSCodeDeployRoleForECS"}
                ],
            },
        },
        "Task": {
            "Type": "AWS::ECS::TaskDefinition",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "Family": {"Fn::Sub": "${Application}-web"},
                "RequiresCompatibilities": ["FARGATE"],
                "NetworkMode": "awsvpc",
                "Cpu": "256",
                "Memory": "512",
                "ExecutionRoleArn": get("ExecutionRole", "Arn"),
                "ContainerDefinitions": [
                    {
                        "Name": "web",
                        "Image": ref("Image"),
                        "PortMappings": [{"ContainerPort": 8080}],
                    }
                ],
            },
        },
        "Service": {
            "Type": "AWS::ECS::Service",
            "DependsOn": ["Task", "Production", "Test"],
            "Properties": {
                "Cluster": ref("Cluster"),
                "TaskDefinition": {"Fn::Sub": "${Application}-web"},
                "LaunchType": "FARGATE",
                "DeploymentController": {"Type": "CODE_DEPLOY"},
                "DesiredCount": 2,
                "HealthCheckGracePeriodSeconds": 30,
                "LoadBalancers": [
                    {"ContainerName": "web", "ContainerPort": 8080, "TargetGroupArn": ref("Blue")}
                ],
                "NetworkConfiguration": {
                    "AwsvpcConfiguration": {"Subnets": SUBNETS, "SecurityGroups": [ref("Group")]}
                },
            },
        },
        "Alarm": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "Namespace": "AWS/ApplicationELB",
                "MetricName": "HTTPCode_Target_5XX_Count",
                "Dimensions": [
                    {"Name": "LoadBalancer", "Value": get("Balancer", "LoadBalancerFullName")}
                ],
                "Statistic": "Sum",
                "Period": 60,
                "EvaluationPeriods": 2,
                "Threshold": ref("Threshold"),
                "ComparisonOperator": "GreaterThanThreshold",
            },
        },
        "Deployments": {
            "Type": "AWS::CodeDeploy::Application",
            "Properties": {"ApplicationName": ref("Application"), "ComputePlatform": "ECS"},
        },
        "DeploymentGroup": {
            "Type": "AWS::CodeDeploy::DeploymentGroup",
            "Properties": {
                "ApplicationName": ref("Deployments"),
                "DeploymentGroupName": "web",
                "ServiceRoleArn": get("CodeDeployRole", "Arn"),
                "DeploymentConfigName": "CodeDeployDefault.ECSAllAtOnce",
                "DeploymentStyle": {
                    "DeploymentType": "BLUE_GREEN",
                    "DeploymentOption": "WITH_TRAFFIC_CONTROL",
                },
                "BlueGreenDeploymentConfiguration": {
                    "DeploymentReadyOption": {"ActionOnTimeout": "CONTINUE_DEPLOYMENT"},
                    "TerminateBlueInstancesOnDeploymentSuccess": {
                        "Action": "TERMINATE",
                        "TerminationWaitTimeInMinutes": 5,
                    },
                },
                "ECSServices": [
                    {"ClusterName": ref("Cluster"), "ServiceName": get("Service", "Name")}
                ],
                "LoadBalancerInfo": {
                    "TargetGroupPairInfoList": [
                        {
                            "ProdTrafficRoute": {"ListenerArns": [ref("Production")]},
                            "TestTrafficRoute": {"ListenerArns": [ref("Test")]},
                            "TargetGroups": [
                                {"Name": get("Blue", "TargetGroupName")},
                                {"Name": get("Green", "TargetGroupName")},
                            ],
                        }
                    ]
                },
            },
        },
    },
}

TASKDEF = {
    "family": "shop-web",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "8192",
    "memory": "20480",
    "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
    "containerDefinitions": [
        {"name": "web", "image": "<IMAGE1_NAME>", "portMappings": [{"containerPort": 8080}]}
    ],
}
APPSPEC = {
    "version": 0.0,
    "Resources": [
        {
            "TargetService": {
                "Type": "AWS::ECS::Service",
                "Properties": {
                    "TaskDefinition": "<TASK_DEFINITION>",
                    "LoadBalancerInfo": {"ContainerName": "web", "ContainerPort": 8080},
                },
            }
        }
    ],
}


class Workshop:
    """A scratch folder, an emulator and the AWS CLI pointed at it."""

    def __init__(self, folder):
        self.folder = folder
        port_file = os.path.join(folder, "port")
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "emulator.py"), "--port-file", port_file]
        )
        deadline = time.monotonic() + 60
        while not os.path.exists(port_file):
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError("the emulator did not start")
            time.sleep(0.05)
        with open(port_file, encoding="utf-8") as file:
            self.url = "http://127.0.0.1:" + file.read()
        self.environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_PAGER": "",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def stop(self):
        self.process.terminate()
        self.process.wait(10)

    def control(self, name, body=None, method="POST"):
        data = None if method == "GET" else json.dumps(body or {}).encode()
        request = urllib.request.Request(f"{self.url}/_bluegreen/{name}", data, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def aws(self, *arguments, ok=True):
        program = os.path.join(os.path.dirname(sys.executable), "aws")
        result = subprocess.run(
            [sys.executable, program, *arguments, "--output", "json"],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert (result.returncode == 0) == ok, f"{arguments}: {result.stdout} {result.stderr}"
        try:
            return json.loads(result.stdout) if ok and result.stdout.strip() else result.stderr
        except ValueError:
            return result.stdout

    def write(self, name, value):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            if name.endswith(".yaml"):
                # through JSON: CloudFormation refuses the aliases YAML writes for shared parts
                yaml.safe_dump(json.loads(json.dumps(value)), file, sort_keys=False)
            else:
                json.dump(value, file)
        return path

    def deploy(self, name, template, *overrides, ok=True, tags=()):
        path = self.write(f"{name}.json", template)
        more = ["--tags", *tags] if tags else []
        return self.aws(
            *("cloudformation", "deploy", "--stack-name", name, "--template-file", path),
            *("--capabilities", "CAPABILITY_IAM", "--no-fail-on-empty-changeset", *more),
            *("--parameter-overrides", "Application=shop", *overrides),
            ok=ok,
        )

    def touched(self):
        journal = self.control("journal", method="GET")
        self.control("journal/reset")
        return {(entry["logical_id"], entry["action"]) for entry in journal}

    def status(self, name):
        stacks = self.aws("cloudformation", "describe-stacks", "--stack-name", name)["Stacks"]
        return stacks[0]["StackStatus"]

    def physical(self, name, logical_id):
        return self.aws(
            *("cloudformation", "describe-stack-resource", "--stack-name", name),
            *("--logical-resource-id", logical_id),
        )["StackResourceDetail"]["PhysicalResourceId"]


def changed(template, path, value):
    """A copy of a template with one property of one resource set."""
    result = copy.deepcopy(template)
    place = result["Resources"]
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return result


# ---- the emulator ---------------------------------------------------------------------------


def test_create(shop):
    shop.control("certificate", {"arn": CERTIFICATE})
    shop.deploy("network", NETWORK)
    shop.deploy("web", SERVICE)
    assert shop.status("web") == "CREATE_COMPLETE"
    exports = shop.aws("cloudformation", "list-exports")["Exports"]
    assert [export["Name"] for export in exports] == ["shop-Subnets", "shop-Vpc"]
    assert ("Service", "create") in shop.touched()


def test_unchanged_update_touches_nothing(shop):
    assert "No changes to deploy" in str(shop.deploy("web", SERVICE))
    assert shop.touched() == set()


def test_update_in_place(shop):
    alarm = shop.physical("web", "Alarm")
    shop.deploy("web", SERVICE, "Threshold=9")
    assert shop.touched() == {("Alarm", "update")}
    assert shop.physical("web", "Alarm") == alarm
    found = shop.aws("cloudwatch", "describe-alarms", "--alarm-names", alarm)["MetricAlarms"][0]
    assert found["Threshold"] == 9.0


def describe_service(shop):
    return shop.aws(
        *("ecs", "describe-services", "--cluster", shop.physical("web", "Cluster")),
        *("--services", shop.physical("web", "Service")),
    )["services"][0]


def weights(shop, name):
    found = shop.aws("elbv2", "describe-listeners", "--listener-arns", shop.physical("web", name))[
        "Listeners"
    ][0]["DefaultActions"][0]
    assert "TargetGroupArn" not in found, found
    groups = found["ForwardConfig"]["TargetGroups"]
    return {group["TargetGroupArn"]: group["Weight"] for group in groups}


def test_new_revision_leaves_service_alone(shop):
    shop.deploy("web", SERVICE, "Threshold=9", "Image=public.ecr.aws/nginx/nginx:2")
    assert shop.touched() == {("Task", "replace")}
    active = shop.aws("ecs", "list-task-definitions", "--status", "ACTIVE")["taskDefinitionArns"]
    assert len(active) == 2, active  # the replaced revision is retained
    primary = describe_service(shop)["taskSets"][0]
    assert primary["status"] == "PRIMARY" and primary["taskDefinition"].endswith(":1"), primary


def test_release(shop):
    blue, green = shop.physical("web", "Blue"), shop.physical("web", "Green")
    assert weights(shop, "Production") == {blue: 100, green: 0}
    names = {"application": "shop", "deploymentGroup": "web"}
    running = shop.control("deployment", {**names, "status": "InProgress"})["id"]
    listed = (
        *("deploy", "list-deployments", "--application-name", "shop"),
        *("--deployment-group-name", "web", "--include-only-statuses", "InProgress"),
    )
    assert shop.aws(*listed)["deployments"] == [running]
    shop.control("deployment", {**names, "id": running, "status": "Stopped"})
    assert shop.aws(*listed)["deployments"] == []
    new = shop.physical("web", "Task")
    done = shop.control("release", {**names, "taskDefinition": new})
    assert (done["live"], done["idle"]) == (green, blue)
    for name in ("Production", "Test"):
        assert weights(shop, name) == {blue: 0, green: 100}
    primary = describe_service(shop)["taskSets"][0]
    assert primary["loadBalancers"][0]["targetGroupArn"] == green
    assert primary["taskDefinition"] == new


def test_update_after_release_keeps_traffic(shop):
    green = shop.physical("web", "Green")
    shop.deploy("web", SERVICE, "Threshold=7")
    assert ("Production", "update") not in shop.touched()
    assert weights(shop, "Production")[green] == 100
    # … while an update of the listener itself re-sends its weights: this is what must be seen.
    path = ("Production", "Properties", "SslPolicy")
    policy = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
    shop.deploy("web", changed(SERVICE, path, policy))
    assert ("Production", "update") in shop.touched()
    assert weights(shop, "Production")[green] == 0


def test_frozen_service(shop):
    path = ("Service", "Properties", "TaskDefinition")
    shop.deploy("web", changed(SERVICE, path, ref("Task")), ok=False)
    assert shop.status("web") == "UPDATE_ROLLBACK_COMPLETE"
    reasons = shop.aws("cloudformation", "describe-stack-events", "--stack-name", "web")
    assert "CODE_DEPLOY deployment controller" in json.dumps(reasons)
    shop.touched()
    shop.deploy("web", changed(SERVICE, ("Service", "Properties", "DesiredCount"), 3))
    assert shop.touched() >= {("Service", "update")}
    assert describe_service(shop)["desiredCount"] == 3


def test_stack_tags_reach_listeners(shop):
    shop.touched()
    shop.deploy("web", SERVICE, tags=("team=shop",))
    touched = shop.touched()
    assert ("Production", "update") in touched and ("Task", "replace") not in touched, touched


def test_stack_policy(shop):
    policy = {
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"},
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": ["Update:Replace", "Update:Delete"],
                "Resource": "LogicalResourceId/Production",
            },
        ]
    }
    path = shop.write("policy.json", policy)
    shop.aws(
        *("cloudformation", "set-stack-policy", "--stack-name", "web"),
        *("--stack-policy-body", "file://" + path),
    )
    spoiled = changed(SERVICE, ("Test",), None)
    groups = spoiled["Resources"]["DeploymentGroup"]["Properties"]["LoadBalancerInfo"]
    del groups["TargetGroupPairInfoList"][0]["TestTrafficRoute"]
    spoiled["Resources"]["Service"]["DependsOn"] = ["Task"]
    pair = groups["TargetGroupPairInfoList"][0]
    del pair["ProdTrafficRoute"], spoiled["Resources"]["Production"]
    shop.deploy("web", spoiled, ok=False, tags=("team=shop",))
    assert shop.status("web") == "UPDATE_ROLLBACK_COMPLETE"


def test_failures(shop):
    # no listener in front of the target group
    lonely = copy.deepcopy(SERVICE)
    for name in ("Production", "Test", "DeploymentGroup", "Deployments"):
        del lonely["Resources"][name]
    lonely["Resources"]["Service"]["DependsOn"] = ["Task"]
    shop.deploy("lonely", lonely, ok=False)
    assert shop.status("lonely") == "ROLLBACK_COMPLETE"
    events = shop.aws("cloudformation", "describe-stack-events", "--stack-name", "lonely")
    assert "does not have an associated load balancer" in json.dumps(events)
    unknown = {"Resources": {"A": {"Type": "AWS::Nowhere::Thing"}}, "Parameters": APPLICATION}
    assert "Unrecognized resource types" in str(shop.deploy("odd", unknown, ok=False))
    missing = changed(NETWORK, ("Vpc", "Properties", "CidrBlock"), imported("Nothing"))
    assert "No export named" in str(shop.deploy("missing", missing, ok=False))
    wrong = changed(NETWORK, ("Logs", "Properties", "RetentionInDays"), 31)
    wrong = changed(wrong, ("Logs", "Properties", "LogGroupName"), "white space")
    shop.deploy("wrong", {**wrong, "Outputs": {}}, ok=False)
    assert shop.status("wrong") == "ROLLBACK_COMPLETE"
    # an export in use
    shop.aws("cloudformation", "delete-stack", "--stack-name", "network")
    assert shop.status("network") == "DELETE_FAILED"


def test_delete(shop):
    shop.touched()
    shop.aws("cloudformation", "delete-stack", "--stack-name", "web")
    found = shop.aws("cloudformation", "list-stacks")["StackSummaries"]
    assert "web" not in [
        s["StackName"] for s in found if s["StackStatus"] == "DELETE_FAILED"
    ], shop.aws("cloudformation", "describe-stacks", "--stack-name", "web")
    touched = shop.touched()
    assert ("Service", "delete") in touched and ("Task", "delete") not in touched
    shop.aws("cloudformation", "delete-stack", "--stack-name", "network")
    groups = shop.aws("logs", "describe-log-groups")["logGroups"]
    assert "/shop" in [group["logGroupName"] for group in groups]  # retained
    vpcs = shop.aws("ec2", "describe-vpcs", "--filters", "Name=is-default,Values=false")
    assert vpcs["Vpcs"] == []


def test_every_type(shop):
    """Every supported type is created, updated in place (all but revisions) and deleted."""
    folder = os.path.join(HERE, "fixtures")
    for arn in (CERTIFICATE, CERTIFICATE.replace("1111", "2222")):
        shop.control("certificate", {"arn": arn})
    before = templates.load(os.path.join(folder, "every_type.json"))
    after = templates.load(os.path.join(folder, "every_type_changed.json"))
    present = {resource["Type"] for resource in before["Resources"].values()}
    assert present | {"AWS::CodeDeploy::DeploymentGroup"} == set(resources.HANDLERS)
    shop.deploy("every", before)
    shop.touched()
    shop.deploy("every", after)
    differing = {
        (name, "update")
        for name, resource in after["Resources"].items()
        if resource != before["Resources"][name]
    }
    # A new revision is a replacement, and the service that names it follows.
    revision = {("TD", "replace"), ("TD", "delete"), ("Svc", "update")}
    assert shop.touched() == differing - {("TD", "update")} | revision
    shop.aws("cloudformation", "delete-stack", "--stack-name", "every")
    found = shop.aws("cloudformation", "list-stacks")["StackSummaries"]
    assert [s["StackStatus"] for s in found if s["StackName"] == "every"] == ["DELETE_COMPLETE"]


def test_emulator_ends_itself(shop):
    command = [sys.executable, os.path.join(HERE, "emulator.py"), "--idle-seconds", "1"]
    assert subprocess.run(command, stdout=subprocess.DEVNULL, timeout=60).returncode == 0


# ---- the other oracles ----------------------------------------------------------------------


def rules(paths):
    return {rule for _, _, rule, _ in lint.lint(paths, ["eu-west-1"])[0]}


def test_lint(shop):
    sound = [shop.write("lint/network.yaml", NETWORK), shop.write("lint/web.yaml", SERVICE)]
    found = lint.lint(sound, ["eu-west-1"])[0]
    assert not found, found
    path = ("Production", "Properties", "LoadBalancerArn")
    spoiled = shop.write("lint/spoiled.yaml", changed(SERVICE, path, ref("Balancr")))
    assert any(rule.startswith("E") for rule in rules([spoiled]))


def environment(shop, name, service):
    for stack, template in (("network", NETWORK), ("web", service)):
        shop.write(f"{name}/{stack}.yaml", template)
        shop.write(f"{name}/parameters/{stack}.json", {"Application": "shop"})
    stacks = [
        {
            "name": f"shop-{stack}",
            "template": f"{stack}.yaml",
            "parameters": f"parameters/{stack}.json",
            "capabilities": ["CAPABILITY_IAM"],
            "tags": {},
            "policy": None,
            "depends_on": [],
        }
        for stack in ("network", "web")
    ]
    description = {"application": "shop", "environment": "prod", "region": "eu-west-1"}
    return shop.write(f"{name}/stacks.json", {**description, "stacks": stacks})


def test_resolve(shop):
    sound = resolve.Environment(environment(shop, "sound", SERVICE))
    assert sound.errors == []
    group = sound.resolved["shop-web"]["Resources"]["Group"]
    assert group["Properties"]["VpcId"].startswith("vpc-")
    path = ("Group", "Properties", "VpcId")
    spoiled = resolve.Environment(
        environment(shop, "spoiled", changed(SERVICE, path, imported("X")))
    )
    assert any("No export named shop-X" in error for error in spoiled.errors)
    # types flow across stacks: subnets where a VPC is wanted
    flow = changed(SERVICE, path, imported("Subnets"))
    paths = resolve.Environment(environment(shop, "flow", flow)).write(shop.folder + "/flow-out")
    assert {"E1150", "E1031", "E1152", "E1156", "E3031", "E1041", "E1151"} & rules(paths), rules(
        paths
    )


def test_api(shop):
    taskdef, appspec = shop.write("taskdef.json", TASKDEF), shop.write("appspec.yaml", APPSPEC)
    definition, problems = api.taskdef_problems(taskdef)
    assert problems == []
    assert list(api.appspec_problems(appspec, definition)) == []
    off_step = {**TASKDEF, "memory": "21504"}
    problems = api.taskdef_problems(shop.write("taskdef.json", off_step))[1]
    assert any("not a Fargate size" in problem for problem in problems)
    spoiled = copy.deepcopy(APPSPEC)
    place = spoiled["Resources"][0]["TargetService"]["Properties"]["LoadBalancerInfo"]
    place["ContainerPort"] = 80
    problems = list(api.appspec_problems(shop.write("appspec.yaml", spoiled), definition))
    assert any("port 80" in problem for problem in problems)
    assert api.template_problems("web", SERVICE)[0] == []
    path = ("DeploymentGroup", "Properties", "DeploymentStyle", "DeploymentType")
    found, checked = api.template_problems("web", changed(SERVICE, path, "BLUEGREEN"))
    assert checked > 10 and any("BLUEGREEN" in problem for _, problem in found)


def test_iam(shop):
    assert iam.findings(SERVICE)[0] == []
    statement = SERVICE["Resources"]["ExecutionRole"]["Properties"]["Policies"][0]
    spoiled = copy.deepcopy(statement)
    spoiled["PolicyDocument"]["Statement"][0]["Action"] = ["logs:PutLogEvent"]
    path = ("ExecutionRole", "Properties", "Policies")
    found = iam.findings(changed(SERVICE, path, [spoiled]))[0]
    assert [issue for _, _, issue, _ in found] == ["UNKNOWN_ACTION"]


def test_yaml_agree(shop):
    yaml_path = shop.write("agree/a.yaml", SERVICE)
    assert yaml_agree.compare(yaml_path, shop.write("agree/a.json", SERVICE)) == []
    for text in ("a: yes", "a: 12:30", "a: 0777", "a: 2010-09-09", "a: !Ref B\nc: on"):
        with open(yaml_path, "w", encoding="utf-8") as file:
            file.write(text)
        wrong = dict(pair.split(": ", 1) for pair in text.split("\n"))
        assert yaml_agree.compare(yaml_path, shop.write("agree/a.json", wrong)), text
    assert templates.parse("a: !GetAtt B.C") == {"a": {"Fn::GetAtt": ["B", "C"]}}


def main():
    tests = [(name, f) for name, f in globals().items() if name.startswith("test_")]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        shop = Workshop(folder)
        try:
            for name, test in tests:
                started = time.monotonic()
                try:
                    test(shop)
                    outcome = "ok"
                except Exception as error:
                    import traceback

                    traceback.print_exc()
                    outcome, failed = f"FAILED {type(error).__name__}", failed + 1
                print(f"{name} {outcome} {time.monotonic() - started:.1f}s", flush=True)
        finally:
            shop.stop()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
