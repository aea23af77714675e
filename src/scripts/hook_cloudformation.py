"""Hook for AfterAllowTestTraffic of a deployment that CloudFormation started: may green get production traffic?"""
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
    codedeploy, ecs, elb = boto3.client("codedeploy"), boto3.client("ecs"), boto3.client("elbv2")
    end = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - 15
    status = "Failed"
    try:
        group, desired = find_green(ecs, elb)
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


def find_green(ecs, elb):
    """Green's target group, which the test listener is on by now, and how many tasks it wants."""
    cluster, service = os.environ["TARGET"].split(":")
    found = ecs.describe_services(cluster=cluster, services=[service])["services"]
    listeners = elb.describe_listeners(ListenerArns=[os.environ["TEST_LISTENER"]])["Listeners"]
    groups = listeners[0]["DefaultActions"][-1]["ForwardConfig"]["TargetGroups"]
    return max(groups, key=lambda group: group["Weight"])["TargetGroupArn"], found[0]["desiredCount"]


