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


