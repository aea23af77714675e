"""CodeDeploy hook for AfterAllowTestTraffic: may green get production traffic?"""
import json
import os
import ssl
import time
from http.client import HTTPConnection, HTTPSConnection

import boto3

# The certificate names the service, not the load balancer.
TLS = ssl.create_default_context()
TLS.check_hostname = False
TLS.verify_mode = ssl.CERT_NONE


def handler(event, context):
    codedeploy, elb = boto3.client("codedeploy"), boto3.client("elbv2")
    end = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - 15
    status = "Failed"
    try:
        group, desired = find_green(codedeploy, elb, event["DeploymentId"])
        if desired:
            wait_for_health(elb, group, desired, end - 30)
            for check in json.loads(os.environ["CHECKS"]):
                run(check, end)
        status = "Succeeded"
    except Exception as error:
        print("FAILED:", type(error).__name__, error)
    finally:  # else CodeDeploy waits for an hour
        codedeploy.put_lifecycle_event_hook_execution_status(
            deploymentId=event["DeploymentId"],
            lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
            status=status,
        )


def find_green(codedeploy, elb, deployment):
    """Green's target group, and how many tasks it wants."""
    target = codedeploy.get_deployment_target(deploymentId=deployment, targetId=os.environ["TARGET"])
    for tasks in target["deploymentTarget"]["ecsTarget"].get("taskSetsInfo", []):
        if tasks["taskSetLabel"] == "Green" and "targetGroup" in tasks:
            found = elb.describe_target_groups(Names=[tasks["targetGroup"]["name"]])
            return found["TargetGroups"][0]["TargetGroupArn"], tasks.get("desiredCount", 1)
    # By now the test listener is on green.
    found = elb.describe_listeners(ListenerArns=[os.environ["TEST_LISTENER"]])["Listeners"]
    groups = found[0]["DefaultActions"][-1]["ForwardConfig"]["TargetGroups"]
    return max(groups, key=lambda group: group["Weight"])["TargetGroupArn"], 1


def wait_for_health(elb, group, desired, end):
    while True:
        targets = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        states = [target["TargetHealth"]["State"] for target in targets]
        healthy, wanted = states.count("healthy"), len(states) - states.count("draining")
        seen = f"{healthy} of {max(wanted, desired)} targets are healthy"
        if healthy >= max(wanted, desired):
            return print("ok:", seen)
        if time.monotonic() + 5 > end:
            raise TimeoutError(seen)
        time.sleep(5)


def run(check, end):
    for pause in 0, 2, 4:
        time.sleep(pause)
        try:
            good, seen = request(check, min(end - time.monotonic(), check["within_ms"] / 1000))
        except Exception as error:  # no answer, or no JSON
            good, seen = False, type(error).__name__
        print("ok:" if good else "FAILED:", check["name"], seen)
        if good:
            return
    raise AssertionError(check["name"])


def request(check, timeout):
    scheme, host = os.environ["TEST_URL"].split("://")
    http = HTTPConnection(host, timeout=timeout)
    if scheme == "https":
        http = HTTPSConnection(host, timeout=timeout, context=TLS)
    start = time.monotonic()
    http.request(check["method"], check["path"], check["body"].encode() or None, check["headers"])
    answer = http.getresponse()
    text = answer.read()
    took = round((time.monotonic() - start) * 1000)
    fits = "json" not in check or holds(json.loads(text), check["json"])
    good = fits and answer.status == check["status"] and took <= check["within_ms"]
    return good, f"status {answer.status} in {took} ms{'' if fits else ', other JSON'}"


def holds(found, wanted):
    """Equal, or an object with at least these keys."""
    if isinstance(wanted, dict):
        return all(key in found and holds(found[key], wanted[key]) for key in wanted)
    return found == wanted
