"""ECS hook for POST_TEST_TRAFFIC_SHIFT: may the new version get production traffic?"""
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
    ecs, elb = boto3.client("ecs"), boto3.client("elbv2")
    end = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - 15
    try:
        group, desired = find_new(ecs, elb)
        if desired:
            wait_for_health(elb, group, desired, end - 30)
            for check in json.loads(os.environ["CHECKS"]):
                run(check, end)
        return {"hookStatus": "SUCCEEDED"}
    except Exception as error:
        print("FAILED:", type(error).__name__, error)
        return {"hookStatus": "FAILED"}


def find_new(ecs, elb):
    """The new version's target group, which test traffic is on by now, and how many tasks it wants."""
    cluster, service = os.environ["TARGET"].split(":")
    found = ecs.describe_services(cluster=cluster, services=[service])["services"]
    rules = elb.describe_rules(RuleArns=[os.environ["TEST_RULE"]])["Rules"]
    groups = rules[0]["Actions"][-1]["ForwardConfig"]["TargetGroups"]
    return max(groups, key=lambda group: group["Weight"])["TargetGroupArn"], found[0]["desiredCount"]


