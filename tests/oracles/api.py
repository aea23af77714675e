"""API-shape checks by botocore: taskdef.json, appspec.yaml and resolved templates.

    python api.py [--taskdef taskdef.json] [--appspec appspec.yaml] [--templates F...]
    python api.py --stacks dist/shop/prod/stacks.json      (resolves first)

Templates should be resolved (resolve.py); references to resources that are left count as unknown
text, which fits every pattern and enumeration.
"""

import argparse
import json
import re
import sys

import botocore.session
import shapes
import template as templates
import yaml
from botocore.stub import Stubber
from shapes import UNKNOWN, is_unknown

# cpu -> memory, as AWS documents it for Fargate.
FARGATE = {
    256: [512, 1024, 2048],
    512: [1024 * n for n in range(1, 5)],
    1024: [1024 * n for n in range(2, 9)],
    2048: [1024 * n for n in range(4, 17)],
    4096: [1024 * n for n in range(8, 31)],
    8192: [4096 * n for n in range(4, 16)],
    16384: [8192 * n for n in range(4, 16)],
}
READ_ONLY = (
    "taskDefinitionArn revision status requiresAttributes compatibilities registeredAt "
    "registeredBy deregisteredAt"
).split()
HOOKS = (
    "BeforeInstall AfterInstall AfterAllowTestTraffic BeforeAllowTraffic AfterAllowTraffic"
).split()
APPSPEC_PROPERTIES = {
    "TaskDefinition",
    "LoadBalancerInfo",
    "PlatformVersion",
    "NetworkConfiguration",
    "CapacityProviderStrategy",
}


def fargate_problems(definition):
    """Rules for a task definition in API spelling that runs on Fargate."""
    if "FARGATE" not in definition.get("requiresCompatibilities", []):
        return
    if definition.get("networkMode") != "awsvpc":
        yield "FARGATE needs networkMode awsvpc"
    cpu, memory = str(definition.get("cpu", "")), str(definition.get("memory", ""))
    if not (is_unknown(cpu) or is_unknown(memory)):
        if not (cpu.isdigit() and memory.isdigit() and int(memory) in FARGATE.get(int(cpu), [])):
            yield f"cpu {cpu} with memory {memory} is not a Fargate size"
    drivers = {
        (container.get("logConfiguration") or {}).get("logDriver")
        for container in definition.get("containerDefinitions", [])
    }
    if "awslogs" in drivers and not definition.get("executionRoleArn"):
        yield "awslogs on Fargate needs executionRoleArn"
    names = [container.get("name") for container in definition.get("containerDefinitions", [])]
    if len(set(names)) != len(names):
        yield f"container names are not unique: {names}"


def taskdef_problems(path):
    with open(path, encoding="utf-8") as file:
        definition = json.load(file)
    problems = shapes.problems("ecs", "RegisterTaskDefinition", definition)
    problems += [f"read-only member {name}" for name in READ_ONLY if name in definition]
    images = [c.get("image", "") for c in definition.get("containerDefinitions", [])]
    if not any(re.fullmatch(r"<[A-Za-z0-9_]+>", image) for image in images):
        problems.append("no <PLACEHOLDER> image for the pipeline to fill in")
    problems += fargate_problems(definition)
    if not problems:
        # A real client takes the request: nothing between shape and wire objects either.
        client = botocore.session.get_session().create_client(
            "ecs", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        with Stubber(client) as stub:
            stub.add_response("register_task_definition", {}, definition)
            client.register_task_definition(**definition)
    return definition, problems


def appspec_problems(path, definition=None):
    with open(path, encoding="utf-8") as file:
        appspec = yaml.safe_load(file)
    if str(appspec.get("version")) != "0.0":
        yield "version must be 0.0"
    extra = set(appspec) - {"version", "Resources", "Hooks"}
    if extra:
        yield f"unknown keys {sorted(extra)}"
    resources = appspec.get("Resources")
    if not isinstance(resources, list) or len(resources) != 1 or len(resources[0]) != 1:
        yield "exactly one resource expected"
        return
    service = next(iter(resources[0].values()))
    if service.get("Type") != "AWS::ECS::Service":
        yield "Type must be AWS::ECS::Service"
    properties = service.get("Properties") or {}
    revision = str(properties.get("TaskDefinition"))
    if revision != "<TASK_DEFINITION>" and not revision.startswith("arn:"):
        yield "TaskDefinition must be <TASK_DEFINITION> or an ARN"
    extra = set(properties) - APPSPEC_PROPERTIES
    if extra:
        yield f"unknown properties {sorted(extra)}"
    balancer = properties.get("LoadBalancerInfo") or {}
    name, port = balancer.get("ContainerName"), balancer.get("ContainerPort")
    if type(port) is not int:
        yield f"ContainerPort must be a number, not {port!r}"
    if definition is not None:
        ports = {
            container["name"]: [m.get("containerPort") for m in container.get("portMappings", [])]
            for container in definition.get("containerDefinitions", [])
        }
        if name not in ports:
            yield f"container {name!r} is not in the task definition, which has {sorted(ports)}"
        elif port not in ports[name]:
            yield f"port {port!r} is not a port of {name}, which has {ports[name]}"
    network = properties.get("NetworkConfiguration")
    if network is not None:
        errors = []
        shape = shapes.input_shape("ecs", "CreateService").members["networkConfiguration"]
        shapes.convert(shape, network, "NetworkConfiguration", errors)
        yield from errors
    for hook in appspec.get("Hooks") or []:
        for event in hook:
            if event not in HOOKS:
                yield f"{event} is not a lifecycle event of ECS deployments"
    request = {
        "applicationName": "a",
        "deploymentGroupName": "g",
        "revision": {
            "revisionType": "AppSpecContent",
            "appSpecContent": {"content": json.dumps(appspec)},
        },
    }
    yield from shapes.problems("codedeploy", "CreateDeployment", request)


def scrub(value):
    """Intrinsics that only a deployment could answer become UNKNOWN."""
    if isinstance(value, list):
        return [scrub(item) for item in value]
    if isinstance(value, dict):
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name in ("Fn::Split", "Fn::Cidr", "Fn::GetAZs"):
                return [UNKNOWN]
            if name == "Fn::Sub":
                text = argument[0] if isinstance(argument, list) else argument
                return templates.SUB_VARIABLE.sub(lambda _: UNKNOWN, text).replace("${!", "${")
            if name == "Fn::Join" and isinstance(argument[1], list):
                return argument[0].join(str(scrub(item)) for item in argument[1])
            if name == "Ref" or name.startswith("Fn::"):
                return UNKNOWN
        return {key: scrub(item) for key, item in value.items()}
    return value


def template_problems(label, template):
    """((logical id, problem) pairs, number of resources checked)"""
    found, checked = [], 0
    for logical_id, resource in (template.get("Resources") or {}).items():
        type_name = resource["Type"]
        if type_name not in shapes.OPERATIONS:
            continue
        checked += 1
        properties = scrub(resource.get("Properties") or {})
        service, operation, request, errors = shapes.to_request(type_name, properties)
        errors = errors + shapes.problems(service, operation, request)
        if type_name == "AWS::ECS::TaskDefinition":
            errors += fargate_problems(request)
        found += [(f"{label} {logical_id} ({service}:{operation})", error) for error in errors]
    return found, checked


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--taskdef")
    parser.add_argument("--appspec")
    parser.add_argument("--templates", nargs="+", default=[])
    parser.add_argument("--stacks", help="a stacks.json, resolved first")
    arguments = parser.parse_args()
    found, checked, definition = [], 0, None
    if arguments.taskdef:
        definition, problems = taskdef_problems(arguments.taskdef)
        found += [(arguments.taskdef, problem) for problem in problems]
    if arguments.appspec:
        problems = appspec_problems(arguments.appspec, definition)
        found += [(arguments.appspec, problem) for problem in problems]
    pairs = [(path, templates.load(path)) for path in arguments.templates]
    if arguments.stacks:
        import resolve

        environment = resolve.Environment(arguments.stacks)
        found += [(arguments.stacks, error) for error in environment.errors]
        pairs += [(environment.paths[n], t) for n, t in environment.resolved.items()]
    for path, template in pairs:
        problems, count = template_problems(path, template)
        found += problems
        checked += count
    for where, problem in found:
        print(f"{where}: {problem}")
    print(f"{checked} resources checked, {len(found)} problems", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
