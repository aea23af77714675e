#!/usr/bin/env python3
"""A stand-in for the AWS CLI. Its world is the JSON file $WORLD; every call is written to $CALLS, a JSON list per line.

Answers go through JMESPath and the CLI's own rules for --output text, so that a query that is wrong answers wrong.
"""
import json
import os
import signal
import sys

import jmespath


def text(value, out):
    """--output text, for everything but objects."""
    if isinstance(value, list):
        if any(isinstance(it, list) for it in value):
            flat = [it for it in value if not isinstance(it, list)]
            if flat:
                out.append("\t".join(str(it) for it in flat))
            for it in value:
                if isinstance(it, list):
                    text(it, out)
        elif value:
            out.append("\t".join(str(it) for it in value))
    else:
        assert not isinstance(value, dict), f"ask for less than an object: {value}"
        out.append(str(value))


def fail(code, message):
    print(f"\nAn error occurred ({code}) when calling the operation: {message}", file=sys.stderr)
    sys.exit(254)


def options(arguments):
    """Options by name; each has a list of values."""
    found, name = {}, None
    for it in arguments:
        if it.startswith("--"):
            name = it[2:]
            found[name] = []
        elif name:  # what `wait` waits for comes before the options
            found[name].append(it)
    return found


def stack(world, name):
    if ":stack/" in name:
        name = name.split("/")[1]
    if name not in world["stacks"]:
        fail("ValidationError", f"Stack with id {name} does not exist")
    return world["stacks"][name]


def pairs(values, key, value):
    return [{key: k, value: v} for k, v in values.items()]


def answer(world, service, command, o):
    first = {name: values[0] for name, values in o.items() if values}
    if command in world.get("forbidden", []):
        fail("AccessDeniedException", "You may not do that")
    match service, command:
        case "sts", "get-caller-identity":
            return {"Account": world["account"]}
        case "cloudformation", "describe-stacks":
            it = stack(world, first["stack-name"])
            played(world, it)
            return {"Stacks": [{
                "StackStatus": it["status"],
                "StackStatusReason": it.get("reason"),
                "StackName": first["stack-name"],
                "StackId": it.get("id"),
                "Outputs": pairs(it.get("outputs", {}), "OutputKey", "OutputValue"),
                "Parameters": pairs(it.get("parameters", {}), "ParameterKey", "ParameterValue"),
                "Capabilities": it.get("capabilities", []),
            }]}
        case "cloudformation", "describe-stack-events":
            return {"StackEvents": stack(world, first["stack-name"]).get("events", [])}
        case "cloudformation", "set-stack-policy":
            stack(world, first["stack-name"])
            body = first["stack-policy-body"]
            assert body.startswith("file://")
            json.load(open(body[len("file://"):]))
            return {}
        case "cloudformation", "deploy":
            return deploy(world, first["stack-name"], o)
        case "cloudformation", "update-stack":
            return update_stack(world, first["stack-name"], o)
        case "cloudformation", "get-template":
            assert first["template-stage"] == "Original", o
            return {"TemplateBody": stack(world, first["stack-name"])["template"]}
        case "cloudformation", "list-stack-resources":
            it = stack(world, first["stack-name"])
            return {"StackResourceSummaries": [
                {"LogicalResourceId": id, "PhysicalResourceId": found, "ResourceStatus": "CREATE_COMPLETE"}
                for id, found in it["resources"].items()
            ]}
        case "cloudformation", "create-change-set":
            return create_change_set(world, o)
        case "cloudformation", "describe-change-set":
            found = stack(world, first["stack-name"])["change_sets"][first["change-set-name"]]
            changes = [{"ResourceChange": {"Action": a, "LogicalResourceId": id}} for a, id in found["changes"]]
            return {"StatusReason": found.get("reason"), "Changes": changes}
        case "cloudformation", "delete-change-set":
            del stack(world, first["stack-name"])["change_sets"][first["change-set-name"]]
            return {}
        case "cloudformation", "execute-change-set":
            it = stack(world, first["stack-name"])
            del it["change_sets"][first["change-set-name"]]
            it["steps"] = world["rollout"]["steps"]
            if "signal" in world["rollout"]:
                world_changed(world)
                os.killpg(0, getattr(signal, world["rollout"]["signal"]))
            return {}
        case "cloudformation", "wait" if "change-set-name" in o:
            if stack(world, first["stack-name"])["change_sets"][first["change-set-name"]].get("reason"):
                print("Waiter ChangeSetCreateComplete failed: terminal failure state", file=sys.stderr)
                sys.exit(255)
            return {}
        case "cloudformation", "wait":
            if not stack(world, first["stack-name"])["status"].endswith("_COMPLETE"):
                print("Waiter StackUpdateComplete failed: terminal failure state", file=sys.stderr)
                sys.exit(255)
            return {}
        case "deploy", "list-deployments":
            known = world.get("deployments", {})
            if first["application-name"] not in known:
                fail("ApplicationDoesNotExistException", "No application found")
            wanted = known[first["application-name"]]
            return {"deployments": [it["id"] for it in wanted if it["status"] in o["include-only-statuses"]]}
        case "deploy", "create-deployment":
            return create_deployment(world, first)
        case "deploy", "get-deployment":
            return get_deployment(world, first["deployment-id"])
        case "deploy", "get-deployment-target":
            return get_deployment_target(world, first["deployment-id"])
        case "elbv2", "describe-target-health":
            states = world["health"][first["target-group-arn"]]
            return {"TargetHealthDescriptions": [{"TargetHealth": {"State": it}} for it in states]}
        case "ecs", "list-tasks":
            assert o["no-paginate"] == [] and first["desired-status"] == "STOPPED"
            started = [it["arn"] for it in world.get("service_deployments", [])]
            return {"taskArns": [it["taskArn"] for it in world.get("stopped", []) if it.get("of") in [None, *started]]}
        case "ecs", "describe-tasks":
            return {"tasks": [it for it in world["stopped"] if it["taskArn"] in o["tasks"]]}
        case "ecr", "batch-get-image":
            digest = first["image-ids"].removeprefix("imageDigest=")
            return {"images": [{"imageManifest": world["manifests"][digest]}]}
        case "elbv2", "describe-listeners":
            # Weights are parameters of the stack.
            edge = world["stacks"]["shop-prod-checkout-edge"]
            assert first["listener-arns"] == edge["outputs"]["ProductionListenerArn"], o
            groups = [
                {"TargetGroupArn": edge["outputs"][f"{it}TargetGroupArn"], "Weight": int(edge["parameters"][f"{it}Weight"])}
                for it in ["Blue", "Green"]
            ]
            return {"Listeners": [{"DefaultActions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]}]}
        case "elbv2", "describe-rules":
            return {"Rules": world["rules"][first.get("listener-arn") or first["rule-arns"]]}
        case "ecs", "stop-service-deployment":
            assert first["stop-type"] == "ROLLBACK", o
            found = next(it for it in world["service_deployments"] if it["arn"] == first["service-deployment-arn"])
            found["steps"].pop(0)
            found["looks"] = 0
            return {"serviceDeploymentArn": found["arn"]}
        case "ecs", "list-service-deployments":
            return list_service_deployments(world, o)
        case "ecs", "describe-service-deployments":
            return describe_service_deployment(world, first["service-deployment-arns"])
        case "ecs", "describe-service-revisions":
            found = world["revisions"][first["service-revision-arns"]]
            return {"serviceRevisions": [{
                "taskDefinition": found["definition"],
                "resolvedConfiguration": {"loadBalancers": [{"targetGroupArn": found["group"]}]},
            }]}
        case "cloudwatch", "describe-alarms":
            state = {True: "ALARM", False: "OK"}
            if o["alarm-types"] == ["CompositeAlarm"]:
                return {"CompositeAlarms": [
                    {"AlarmName": it, "AlarmArn": f"arn:alarm:{it}", "StateValue": state[it in world.get("red", [])]}
                    for it in o["alarm-names"] if it in world["alarms"]
                ]}
            assert o["alarm-types"] == ["MetricAlarm", "CompositeAlarm"], o
            alarms = [{"AlarmName": it, "StateValue": state[it in world.get("red", [])]} for it in o["alarm-names"]]
            return {"MetricAlarms": alarms, "CompositeAlarms": []}
        case "ecs", "describe-services":
            if first["cluster"] not in world["clusters"]:
                fail("ClusterNotFoundException", "Cluster not found.")
            it = world["clusters"][first["cluster"]].get(first["services"])
            return {"services": [it] if it else [], "failures": []}
        case "ecs", "describe-task-definition":
            return world["task_definitions"][first["task-definition"]]
        case "secretsmanager", "describe-secret":
            if first["secret-id"] not in world["secrets"]:
                fail("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
            return {"ARN": world["secrets"][first["secret-id"]]}
        case "ecr", "describe-images":
            # A digest of an image by its tag, or everything that is known of it by its digest.
            found = world["images"].get(first["image-ids"].split("=", 1)[1])
            if found is None:
                fail("ImageNotFoundException", "The image does not exist")
            return {"imageDetails": [found if isinstance(found, dict) else {"imageDigest": found}]}
        case "ecr", "describe-image-scan-findings":
            return world["scan"]
        case "ecr", "get-login-password":
            return "token"
    raise NotImplementedError(f"aws {service} {command}")


def deploy(world, name, o):
    """As CloudFormation would: creates or updates, or fails where the world says so."""
    exists = name in world["stacks"]
    it = world["stacks"].setdefault(name, {})
    if name in world.get("failing", {}):
        it["status"] = "UPDATE_ROLLBACK_COMPLETE" if exists else "ROLLBACK_COMPLETE"
        it["events"] = world["failing"][name] + it.get("events", [])
        world_changed(world)
        print(f"Failed to create/update the stack {name}", file=sys.stderr)
        sys.exit(255)
    it["status"] = "UPDATE_COMPLETE" if exists else "CREATE_COMPLETE"
    overrides = dict(pair.split("=", 1) for pair in o.get("parameter-overrides", []))
    it["parameters"] = {**it.get("parameters", {}), **overrides}
    it["outputs"] = {**it.get("outputs", {}), **world.get("outputs_of", {}).get(name, {})}
    return {}


def update_stack(world, name, o):
    """With the template the stack has; where the world says that it fails, it stops half-way and `rules` are the listeners
    of then."""
    it = stack(world, name)
    given = [dict(pair.split("=", 1) for pair in value.split(",")) for value in o["parameters"]]
    changed = {one["ParameterKey"] for one in given if one.get("UsePreviousValue") != "true"}
    assert o["use-previous-template"] == [], o
    if "shop-prod-checkout-blue" in world["stacks"]:
        return update_of_two_clusters(world, it, name, given, o)
    # Only an update that may stop half-way does so.
    assert ("disable-rollback" in o) == (not changed & {"Image", "RunningRevision"}), o
    assert "tags" not in o and "template-body" not in o, o
    failing = world.get("failing_sync", {}).get(name)
    if failing and "refusal" in failing:
        fail("ValidationError", failing["refusal"])
    assert [one["ParameterKey"] for one in given] == list(it["parameters"]), "every parameter, once"
    for one in given:
        if one.get("UsePreviousValue") != "true":
            it["parameters"][one["ParameterKey"]] = one["ParameterValue"]
    it["status"] = "UPDATE_COMPLETE"
    if failing:
        it["status"] = "UPDATE_FAILED"
        it["events"] = failing["events"] + it.get("events", [])
        world["rules"].update(failing.get("rules", {}))
    world["rules"].update(world.get("rules_after_sync", {}))
    if "Image" in changed and not failing:
        register(world, it)
    if it["parameters"].get("RunningRevision") == "" and "RunningRevision" in changed:
        roll_out(world, it)
    if "signal" in world.get("update", {}):
        world_changed(world)
        os.killpg(0, getattr(signal, world["update"]["signal"]))
    return {}


def update_of_two_clusters(world, it, name, given, o):
    """Weights of the load balancer's stack, or tasks and image of a color's; an alarm may turn red with a weight of green."""
    assert [one["ParameterKey"] for one in given] == list(it["parameters"]), "every parameter, once"
    changed = {one["ParameterKey"]: one["ParameterValue"] for one in given if one.get("UsePreviousValue") != "true"}
    it["parameters"].update(changed)
    if name.endswith("-edge"):
        assert int(it["parameters"]["BlueWeight"]) + int(it["parameters"]["GreenWeight"]) == 100, it
        it["outputs"]["NewColor"] = it["parameters"]["NewColor"]
        world["red"] = world.get("red_from", {}).get(it["parameters"]["GreenWeight"], world.get("red", []))
        return {}
    service = world["clusters"][f"shop-prod-{name.rsplit('-', 1)[1]}"]["checkout"]
    if "ImageUri" in changed:
        register(world, it, "ImageUri", "checkout")
    runs = it["parameters"]["RunningRevision"] or it["outputs"]["TaskDefinitionArn"]
    service["taskDefinition"] = service["deployments"][0]["taskDefinition"] = runs
    tasks = 0 if it["parameters"]["Idle"] == "yes" else 2
    service["runningCount"] = service["desiredCount"] = tasks
    return {}


def create_change_set(world, o):
    """One of a release: what the world says it would do. What it was given is kept."""
    it = stack(world, o["stack-name"][0])
    assert it["status"].endswith("_COMPLETE"), it
    assert o["parameters"] == [f"ParameterKey={name},UsePreviousValue=true" for name in it["parameters"]], o
    body = o["template-body"][0]
    it["sent"] = open(body.removeprefix("file://")).read()
    it["change_sets"] = {o["change-set-name"][0]: world["change_set"]}
    if "signal" in world["change_set"]:
        world_changed(world)
        os.killpg(0, getattr(signal, world["change_set"]["signal"]))
    return {}


def played(world, it):
    """A release goes a step on with each look at the stack."""
    for step in [it["steps"].pop(0)] if it.get("steps") else []:
        it["status"], it["reason"] = step["status"], step.get("reason")
        it["resources"].update(step.get("resources", {}))
        for gone in step.get("gone", []):
            del it["resources"][gone]
        it["events"] = [*step.get("events", []), *it.get("events", [])]
        if "sets" in step:
            world["clusters"]["shop-prod"]["checkout"]["taskSets"] = step["sets"]


def register(world, it, parameter="Image", container="web"):
    """The next revision of the stack: what it describes now, with the image."""
    arn = it["outputs"]["TaskDefinitionArn"]
    found = json.loads(json.dumps(world["task_definitions"][arn]))
    main = next(one for one in found["taskDefinition"]["containerDefinitions"] if one["name"] == container)
    main["image"] = it["parameters"][parameter]
    main.pop("dockerLabels", None)
    family = arn.rsplit(":", 1)[0]
    last = max(int(one.rsplit(":", 1)[1]) for one in world["task_definitions"])
    it["outputs"]["TaskDefinitionArn"] = f"{family}:{last + 1}"
    world["task_definitions"][f"{family}:{last + 1}"] = found


def create_deployment(world, first):
    """One that goes through the steps of world["rollout"], a step for each look at it."""
    rollout = world["rollout"]
    if "refusal" in rollout:
        fail(*rollout["refusal"])
    revision = json.loads(first["revision"])
    content = json.loads(revision["appSpecContent"]["content"])
    target = content["Resources"][0]["TargetService"]["Properties"]
    world["deployments"].setdefault(first["application-name"], []).append({"id": "d-NEW", "status": "Created"})
    world["started"]["d-NEW"] = {
        "application": first["application-name"],
        "group": first["deployment-group-name"],
        "definition": target["TaskDefinition"],
        "steps": rollout["steps"],
    }
    if "signal" in rollout:
        world_changed(world)
        os.killpg(0, getattr(signal, rollout["signal"]))
    return {"deploymentId": "d-NEW"}


NEW = "arn:aws:ecs:eu-west-1:111122223333:service-deployment/shop-prod/checkout/NEW"


def roll_out(world, it):
    """A service deployment of what the stack describes; goes through the steps of world["rollout"], a step for each look."""
    it["status"] = "UPDATE_IN_PROGRESS"
    if world["rollout"].get("nothing"):
        it["status"] = "UPDATE_ROLLBACK_COMPLETE"
        it["events"] = world["rollout"]["nothing"]
        return
    world["revisions"]["arn:revision/new"] = {
        "definition": it["outputs"]["TaskDefinitionArn"], "group": "arn:targetgroup/blue",
    }
    world["service_deployments"].insert(0, {"arn": NEW, "steps": world["rollout"]["steps"]})


def list_service_deployments(world, o):
    if o["cluster"] != ["shop-prod"] or "shop-prod" not in world["clusters"]:
        fail("ClusterNotFoundException", "Cluster not found.")
    found = world.get("service_deployments", [])
    if "status" in o:
        found = [it for it in found if it["steps"][0]["status"] in o["status"]]
    else:
        assert o["created-at"][0].removeprefix("after=").isdigit(), o
    return {"serviceDeployments": [{"serviceDeploymentArn": it["arn"]} for it in found]}


def describe_service_deployment(world, arn):
    it = next((one for one in world["service_deployments"] if one["arn"] == arn), None)
    if it is None:
        return {"serviceDeployments": [], "failures": [{"arn": arn, "reason": "MISSING"}]}
    # A look asks for one thing and then for the hooks that wait; an explanation for more.
    it["looks"] = it.get("looks", 0) + 1
    if len(it["steps"]) > 1 and it["looks"] > it["steps"][0].get("hold", 2):
        it["steps"].pop(0)
        it["looks"] = 1
    step = it["steps"][0]
    if "stack" in step:
        world["stacks"]["shop-prod-checkout"]["status"] = step["stack"]
    if "running" in step:
        world["clusters"]["shop-prod"]["checkout"]["deployments"] = [
            {"status": "PRIMARY", "taskDefinition": step["running"]}
        ]
    tasks = step.get("tasks", [None, None, None])
    return {"serviceDeployments": [{
        "serviceArn": "arn:aws:ecs:eu-west-1:111122223333:service/shop-prod/checkout",
        "status": step["status"],
        "statusReason": step.get("reason"),
        "lifecycleStage": step.get("stage"),
        "lifecycleHookDetails": step.get("hooks"),
        "alarms": {"triggeredAlarmNames": step.get("triggered", [])},
        "rollback": {"reason": step.get("rollback")},
        "targetServiceRevision": {
            "arn": "arn:revision/new", "runningTaskCount": tasks[0], "requestedTaskCount": tasks[1],
            "requestedProductionTrafficWeight": tasks[2],
        },
    }]}


def started(world, id):
    if id not in world.get("started", {}):
        fail("DeploymentDoesNotExistException", f"The deployment {id} could not be found")
    return world["started"][id]


def get_deployment(world, id):
    it = started(world, id)
    if len(it["steps"]) > 1 and it.get("looked"):
        it["steps"].pop(0)
    it["looked"] = True
    step = it["steps"][0]
    if step.get("error") == "unreachable":
        world_changed(world)
        fail("ThrottlingException", "Rate exceeded")
    if "primary" in step:
        for one in world["clusters"]["shop-prod"]["checkout"]["taskSets"]:
            one["status"] = "ACTIVE"
        world["clusters"]["shop-prod"]["checkout"]["taskSets"].append({
            "status": "PRIMARY",
            "externalId": id,
            "taskDefinition": it["definition"],
            "loadBalancers": [{"targetGroupArn": "arn:targetgroup/blue"}],
            **step["primary"],
        })
        del step["primary"]
    return {"deploymentInfo": {
        "applicationName": it["application"],
        "deploymentGroupName": it["group"],
        "status": step["status"],
        "errorInformation": step.get("error"),
        "rollbackInfo": step.get("rollback"),
    }}


def get_deployment_target(world, id):
    step = started(world, id)["steps"][0]
    if "events" not in step:
        fail("DeploymentNotStartedException", "The deployment has not been started")
    return {"deploymentTarget": {"ecsTarget": {
        "lifecycleEvents": [
            {"lifecycleEventName": name, "status": status, "diagnostics": diagnostics[0] if diagnostics else None}
            for name, status, *diagnostics in step["events"]
        ],
        "taskSetsInfo": [
            {"targetGroup": {"name": name}, "trafficWeight": weight, "runningCount": running, "desiredCount": desired}
            for name, weight, running, desired in step.get("sets", [])
        ],
    }}}


def world_changed(world):
    with open(os.environ["WORLD"], "w") as file:
        json.dump(world, file)


def main():
    arguments = sys.argv[1:]
    with open(os.environ["CALLS"], "a") as file:
        file.write(json.dumps(arguments) + "\n")
    with open(os.environ["WORLD"]) as file:
        world = json.load(file)
    o = options(arguments[2:])
    region = world["registry_region"] if arguments[0] == "ecr" and "registry_region" in world else world["region"]
    assert arguments[0] == "sts" or o.get("region") == [region], f"wrong region: {arguments}"
    found = answer(world, *arguments[:2], o)
    world_changed(world)
    if "query" in o:
        found = jmespath.search(o["query"][0], found)
    if o.get("output") == ["json"]:
        print(json.dumps(found))
    elif found != {}:
        lines = []
        text(found, lines)
        print("\n".join(lines))


main()
