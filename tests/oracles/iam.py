"""parliament over every identity policy of the given templates.

    python iam.py TEMPLATE...

Intrinsics become sample values; where the type behind a Ref or GetAtt tells, an ARN of the right
service, so that parliament can match actions with resources. Trust policies and resource policies
are not its business and are skipped.
"""

import argparse
import json
import re
import sys

import parliament
import template as templates
from resolve import SAMPLE_ACCOUNT, Sampler

# (parliament's issue, action, format it asks for) -> why it does not count here; "" is any format. Add
# nothing without a reason.
OTHER_BALANCERS = "one action, several resources: those of other kinds of load balancer are not ours"
IN_VPC = "Lambda refuses a function in a VPC whose role may not do it on everything"
SILENCED = {
    ("RESOURCE_MISMATCH", "codedeploy:PutLifecycleEventHookExecutionStatus", "*"): (
        "AWS' own samples (SAM: safe deployments) grant it on the deployment group"
    ),
    ("RESOURCE_MISMATCH", "ecs:CreateTaskSet", "*"): (
        "task-set in AWS' tables of 2026; parliament's data is older"
    ),
    ("RESOURCE_MISMATCH", "ecs:RegisterTaskDefinition", "*"): (
        "task-definition in AWS' tables of 2026; parliament's data is older"
    ),
    ("RESOURCE_MISMATCH", "elasticloadbalancing:ModifyListener", "listener/net"): OTHER_BALANCERS,
    ("RESOURCE_MISMATCH", "elasticloadbalancing:ModifyListener", "listener/gwy"): OTHER_BALANCERS,
    ("RESOURCE_MISMATCH", "elasticloadbalancing:ModifyRule", "listener-rule/net"): OTHER_BALANCERS,
    ("RESOURCE_MISMATCH", "codestar-connections:UseConnection", ""): (
        "a connection's ARN has either prefix, which one is known when deploying; both are granted on it"
    ),
    ("RESOURCE_STAR", "cloudwatch:DescribeAlarms", ""): (
        "CodeDeploy asks for alarms in a call over all of them (facts 9.2)"
    ),
    ("RESOURCE_STAR", "ecs:ListTasks", ""): "of a service: a cluster is a condition, container instances are not ours",
    ("RESOURCE_STAR", "ec2:AssignPrivateIpAddresses", ""): IN_VPC,
    ("RESOURCE_STAR", "ec2:CreateNetworkInterface", ""): IN_VPC,
    ("RESOURCE_STAR", "ec2:DeleteNetworkInterface", ""): IN_VPC,
    ("RESOURCE_STAR", "ec2:UnassignPrivateIpAddresses", ""): IN_VPC,
}

# Actions that are newer than parliament's data, with where they are known from.
NEWER = {
    "ecs:StopServiceDeployment": "API of ECS since May 2025; permissions of CloudFormation's own handler of services",
}

REGION = "us-east-1"
PSEUDO = templates.pseudo_parameters(REGION, SAMPLE_ACCOUNT, "stack", "stack-id")


class Scrubber:
    """Evaluates a policy as far as it goes and invents the rest."""

    def __init__(self, template):
        self.resources = template.get("Resources") or {}
        self.sampler = Sampler(REGION, SAMPLE_ACCOUNT)

    def scrub(self, value, local=None):
        if isinstance(value, list):
            return [item for item in (self.scrub(v, local) for v in value) if item is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name == "Ref":
                return self.ref(argument)
            if name == "Fn::GetAtt":
                return self.attribute(
                    *(argument.split(".", 1) if isinstance(argument, str) else argument)
                )
            if name == "Fn::Sub":
                return self.sub(argument)
            if name == "Fn::Join":
                items = self.scrub(argument[1])
                items = items if isinstance(items, list) else [items]
                return argument[0].join(str(item) for item in items)
            if name == "Fn::If":
                return self.scrub(argument[1])  # one branch is checked; both would conflict
            if name == "Fn::ImportValue":
                return self.imported(self.scrub(argument))
            if name.startswith("Fn::"):
                return "*"
        result = {key: self.scrub(item) for key, item in value.items()}
        return {key: item for key, item in result.items() if item is not None}

    def ref(self, name):
        if name == "AWS::NoValue":
            return None
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self.resources:
            resource = self.resources[name]
            return self.sampler.physical_id("s", name, resource, self.plain(resource))
        return self.imported(name)  # a parameter: its name may tell what it carries

    def attribute(self, name, attribute):
        if name not in self.resources:
            return "*"
        resource = self.resources[name]
        return self.sampler.attribute("s", name, resource, self.plain(resource), attribute)

    def plain(self, resource):
        """Only properties that are text already; names may be written with intrinsics."""
        properties = resource.get("Properties") or {}
        return {key: item for key, item in properties.items() if isinstance(item, str)}

    @staticmethod
    def imported(name):
        """Exports and parameters carry their meaning in the name, if anywhere."""
        guesses = (
            (r"loadbalancer(dimension|fullname)", "app/sample/0123456789abcdef"),
            (r"stored.*arn", "arn:aws:secretsmanager:{r}:{a}:secret:sample-AbCdEf"),
            (r"topic.*arn", "arn:aws:sns:{r}:{a}:sample"),
            (r"(key|kms).*arn", "arn:aws:kms:{r}:{a}:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
            (r"repo.*arn", "arn:aws:ecr:{r}:{a}:repository/sample"),
            (r"role.*arn", "arn:aws:iam::{a}:role/sample"),
            (r"cluster.*arn", "arn:aws:ecs:{r}:{a}:cluster/sample"),
            (r"connection", "arn:aws:codeconnections:{r}:{a}:connection/sample"),
            (r"secret.*arn", "arn:aws:secretsmanager:{r}:{a}:secret:sample-AbCdEf"),
            (r"log.*group.*arn", "arn:aws:logs:{r}:{a}:log-group:sample:*"),
            (r"bucket.*arn", "arn:aws:s3:::sample"),
            (r"(function|lambda).*arn", "arn:aws:lambda:{r}:{a}:function:sample"),
            (r"targetgroup.*arn", "arn:aws:elasticloadbalancing:{r}:{a}:targetgroup/x/1"),
            (
                r"rule.*arn",
                "arn:aws:elasticloadbalancing:{r}:{a}:listener-rule/app/x/1/2/3",
            ),
            (r"listener.*arn", "arn:aws:elasticloadbalancing:{r}:{a}:listener/app/x/1/2"),
            (r"arn$", "*"),
        )
        for pattern, sample in guesses:
            if re.search(pattern, str(name), re.I):
                return sample.format(r=REGION, a=SAMPLE_ACCOUNT)
        return "sample"

    def sub(self, argument):
        text, local = argument if isinstance(argument, list) else (argument, {})
        local = {name: self.scrub(item) for name, item in local.items()}

        def replace(match):
            variable = match.group(1).strip()
            if variable in local:
                return str(local[variable])
            if "." in variable:
                return str(self.attribute(*variable.split(".", 1)))
            return str(self.ref(variable))

        return templates.SUB_VARIABLE.sub(replace, text).replace("${!", "${")


def policies(template):
    """(logical id, policy name, document) of every identity policy."""
    for logical_id, resource in (template.get("Resources") or {}).items():
        properties = resource.get("Properties") or {}
        if resource["Type"] in ("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
            for policy in properties.get("Policies") or []:
                if "Fn::If" in policy:
                    policy = next(p for p in policy["Fn::If"][1:] if "PolicyDocument" in p)
                yield logical_id, policy["PolicyName"], policy["PolicyDocument"]
        elif resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            yield logical_id, resource["Type"].split("::")[-1], properties["PolicyDocument"]


def silenced(issue, part):
    """Whether one action of a finding does not count."""
    action, wanted = (part["action"], part["required_format"]) if isinstance(part, dict) else (part, "")
    return any(
        issue == known_issue and action == known_action and (known == wanted or known != "*" and known in wanted)
        for known_issue, known_action, known in SILENCED
    )


def findings(template):
    """((logical id, policy, issue, detail) list, number of policies)"""
    found, count = [], 0
    scrubber = Scrubber(template)
    for logical_id, name, document in policies(template):
        count += 1
        text = json.dumps(scrubber.scrub(document))
        for finding in parliament.analyze_policy_string(text, logical_id).findings:
            parts = finding.detail
            if finding.issue == "UNKNOWN_ACTION" and str(parts).split(" ")[-1] in NEWER:
                continue
            if isinstance(parts, list):
                parts = [part for part in parts if not silenced(finding.issue, part)]
            if parts != []:
                detail = " ".join(f"{parts} {finding.location}".split())
                found.append((logical_id, scrubber.scrub(name), finding.issue, detail[:300]))
    return found, count


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("templates", nargs="+")
    bad = total = 0
    for path in parser.parse_args().templates:
        found, count = findings(templates.load(path))
        total += count
        for logical_id, name, issue, detail in found:
            bad += 1
            print(f"{path} {logical_id}/{name}: {issue} {detail}")
    print(f"{total} policies, {bad} findings", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
