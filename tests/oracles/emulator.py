"""AWS on loopback: moto's services, our CloudFormation, and controls for tests.

    python emulator.py --port 0 --port-file port.txt [--account 111122223333] [--idle-seconds 900]

    export AWS_ENDPOINT_URL=http://127.0.0.1:$(cat port.txt)
    export AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing AWS_DEFAULT_REGION=eu-west-1

Controls (JSON in, JSON out):

    GET  /_bluegreen/journal            what stack operations touched
    POST /_bluegreen/journal/reset      empty the journal
    POST /_bluegreen/reset              forget everything
    POST /_bluegreen/certificate        {"arn"}: make an ACM certificate exist under that ARN
    POST /_bluegreen/network            {"region", "vpc", "cidr", "subnets"}: make them exist
    POST /_bluegreen/refuse             {"stack", "logical_id"}: updates of that resource fail; {} ends it
    POST /_bluegreen/release            {"application", "deploymentGroup", "taskDefinition"?}
    POST /_bluegreen/deployment         {"application", "deploymentGroup", "status", "id"?}
    POST /_bluegreen/rollouts           {"end": "Succeeded" or "Failed"}: what becomes of deployments created from now
                                        on; {}: nothing, or success where ECS itself or CloudFormation deploys. With
                                        "Waiting" CloudFormation's stay under way until the next such call
"""

import argparse
import json
import os
import sys
import threading
import time
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

# moto reads these on import. Managed policies must exist for roles to attach them; a role that a
# Lambda function uses is looked up by moto anyway.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
os.environ.setdefault("MOTO_DISABLE_GLOBAL_CORS", "true")

import boto3
import botocore
import botocore.awsrequest
import botocore.config
import shapes
from cloudformation import Api, ApiError, Engine
from moto.core import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server
from werkzeug.test import Client as WsgiClient

import blue_green_hook
import ecs_deployments
import service_fixes

HOST = "127.0.0.1"

# Of a CodeDeploy deployment of ECS, in order (facts 2.5).
LIFECYCLE = (
    "BeforeInstall Install AfterInstall AllowTestTraffic AfterAllowTestTraffic BeforeAllowTraffic "
    "AllowTraffic AfterAllowTraffic"
).split()


# ---- calling moto without a socket ----------------------------------------------------------


class InProcess:
    """boto3 clients whose requests go straight into the WSGI application: no port, no threads."""

    def __init__(self, application):
        self.wsgi = WsgiClient(application)
        self.clients = {}

    def __call__(self, service, region, operation, request):
        client = self.clients.get((service, region))
        if client is None:
            client = boto3.client(
                service,
                region_name=region,
                endpoint_url=f"http://{HOST}",
                aws_access_key_id="testing",
                aws_secret_access_key="testing",
                config=botocore.config.Config(
                    retries={"max_attempts": 0}, s3={"addressing_style": "path"}
                ),
            )
            client.meta.events.register("before-send", self.send)
            self.clients[(service, region)] = client
        return getattr(client, botocore.xform_name(operation))(**request)

    def send(self, request, **_):
        body = request.body
        if hasattr(body, "read"):
            body = body.read()
        headers = {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        headers.pop("Content-Length", None)
        path = request.url.split("://", 1)[1]
        path = path[path.index("/") :] if "/" in path else "/"
        answer = self.wsgi.open(path, method=request.method, headers=headers, data=body or b"")
        return botocore.awsrequest.AWSResponse(
            request.url, answer.status_code, answer.headers, _Raw(answer.data)
        )


class _Raw:
    """As much of a urllib3 response as botocore reads."""

    def __init__(self, data):
        self.data = data

    def stream(self, *_, **__):
        data, self.data = self.data, b""
        return [data]

    def read(self, amount=None):
        data = self.data if amount is None else self.data[:amount]
        self.data = self.data[len(data) :]
        return data


# ---- the query protocol of CloudFormation ---------------------------------------------------


def parse_query(body):
    """`Tags.member.1.Key=a` and so on, as nested data; values stay text."""
    tree = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        node, steps = tree, name.split(".")
        for step in steps[:-1]:
            node = node.setdefault(step, {})
        node[steps[-1]] = value
    return tree


def typed(shape, value):
    if shape.type_name == "structure":
        return {k: typed(shape.members[k], v) for k, v in value.items() if k in shape.members}
    if shape.type_name == "list":
        items = value.get("member", {}) if isinstance(value, dict) else {}
        return [typed(shape.member, items[key]) for key in sorted(items, key=int)]
    if shape.type_name == "boolean":
        return value == "true"
    return int(value) if shape.type_name in ("integer", "long") else value


def to_xml(shape, value):
    if value is None:
        return ""
    if shape.type_name == "structure":
        return "".join(
            f"<{name}>{to_xml(member, value[name])}</{name}>"
            for name, member in shape.members.items()
            if value.get(name) is not None
        )
    if shape.type_name == "list":
        return "".join(f"<member>{to_xml(shape.member, item)}</member>" for item in value)
    if shape.type_name == "timestamp":
        return value.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    if shape.type_name == "boolean":
        return "true" if value else "false"
    return escape(str(value))


# ---- the application ------------------------------------------------------------------------


class Application:
    def __init__(self, account=DEFAULT_ACCOUNT_ID):
        # What moto takes a caller's account from, whoever calls.
        os.environ["MOTO_ACCOUNT_ID"] = account
        self.account = account
        service_fixes.install()
        self.moto = DomainDispatcherApplication(create_backend_app)
        self.aws = InProcess(self.moto)
        self.engine = Engine(self.aws, account)
        self.api = Api(self.engine)
        self.last_request = time.monotonic()

    def __call__(self, environ, start_response):
        self.last_request = time.monotonic()
        try:
            if environ["PATH_INFO"].startswith("/_bluegreen/"):
                return self.control(environ, start_response)
            scope = environ.get("HTTP_AUTHORIZATION", "").split("Credential=")[-1].split("/")
            if len(scope) > 3 and scope[3] == "cloudformation":
                return self.cloudformation(scope[2], environ, start_response)
            return self.moto(environ, start_response)
        finally:
            self.last_request = time.monotonic()

    @staticmethod
    def body(environ):
        return environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()

    def cloudformation(self, region, environ, start_response):
        tree = parse_query(self.body(environ))
        action = tree.pop("Action")
        operation = shapes.model("cloudformation").operation_model(action)
        try:
            request = typed(operation.input_shape, tree) if operation.input_shape else {}
            answer = self.api.call(region, action, request)
            inner = to_xml(operation.output_shape, answer) if operation.output_shape else ""
            text = (
                f'<{action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">'
                f"<{action}Result>{inner}</{action}Result><ResponseMetadata>"
                f"<RequestId>0</RequestId></ResponseMetadata></{action}Response>"
            )
            status = "200 OK"
        except ApiError as error:
            text = (
                f"<ErrorResponse><Error><Type>Sender</Type><Code>{error.code}</Code>"
                f"<Message>{escape(str(error))}</Message></Error>"
                f"<RequestId>0</RequestId></ErrorResponse>"
            )
            status = "400 Bad Request"
        data = text.encode()
        headers = [("Content-Type", "text/xml"), ("Content-Length", str(len(data)))]
        start_response(status, headers)
        return [data]

    # -- controls

    def control(self, environ, start_response):
        name = environ["REQUEST_METHOD"] + environ["PATH_INFO"][len("/_bluegreen") :]
        methods = {
            "GET/journal": lambda request: self.engine.journal,
            "POST/journal/reset": self.reset_journal,
            "POST/reset": self.reset,
            "POST/certificate": self.certificate,
            "POST/network": self.network,
            "POST/refuse": self.refuse,
            "POST/release": self.release,
            "POST/deployment": self.deployment,
            "POST/rollouts": self.rollouts,
        }
        status = "200 OK"
        try:
            body = self.body(environ)
            with self.engine.lock:
                answer = methods[name](json.loads(body) if body else {})
        except Exception as error:
            status, answer = "400 Bad Request", {"error": f"{type(error).__name__}: {error}"}
        data = json.dumps(answer, indent=1).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(data)))]
        start_response(status, headers)
        return [data]

    def reset_journal(self, request):
        self.engine.journal = []
        return {}

    def reset(self, request):
        from moto.core.base_backend import BackendDict
        from moto.core.model_instances import reset_model_data

        BackendDict.reset()
        reset_model_data()
        self.engine.reset()
        return {}

    def certificate(self, request):
        service_fixes.plant_certificate(request["arn"])
        return {"arn": request["arn"]}

    def network(self, request):
        where = (self.account, request["region"])
        service_fixes.plant_network(*where, request["vpc"], request["cidr"], request["subnets"])
        return {}

    def refuse(self, request):
        self.engine.refused.clear()
        if request:
            self.engine.refused.add((request["stack"], request["logical_id"]))
        return {}

    def group(self, request):
        """(region, CodeDeploy backend, deployment group), wherever that group lives."""
        from moto.codedeploy.models import codedeploy_backends

        application, name = request["application"], request["deploymentGroup"]
        for region, backend in codedeploy_backends[self.account].items():
            if name in backend.deployment_groups.get(application, {}):
                return region, backend, backend.deployment_groups[application][name]
        raise LookupError(f"no deployment group {application}/{name}")

    def deployment(self, request):
        _, backend, _ = self.group(request)
        if request.get("id"):
            service_fixes.set_status(backend.deployments[request["id"]], request["status"])
            return {"id": request["id"]}
        names = (request["application"], request["deploymentGroup"])
        return {"id": service_fixes.record_deployment(backend, *names, request["status"])}

    def rollouts(self, request):
        end = request.get("end")
        ecs_deployments.end = blue_green_hook.end = end
        if end != "Waiting":
            self.engine.resume()
        service_fixes.play_deployment = end and (lambda deployment: self.play(deployment, end))
        return {}

    def play(self, deployment, end):
        """All of a deployment at once. One that fails does so before any traffic has moved, and is taken back."""
        content = json.loads(deployment.revision["appSpecContent"]["content"])
        names = {
            "application": deployment.application_name,
            "deploymentGroup": deployment.deployment_group_name,
        }
        properties = content["Resources"][0]["TargetService"]["Properties"]
        if end == "Succeeded":
            self.shift({**names, "taskDefinition": properties["TaskDefinition"]})
            done = LIFECYCLE
        else:
            done = LIFECYCLE[:1]
            _, backend, _ = self.group(names)
            taken_back = service_fixes.record_deployment(backend, *names.values(), "Succeeded")
            deployment.told = {
                "errorInformation": {"code": "HEALTH_CONSTRAINTS", "message": "tasks do not start"},
                "rollbackInfo": {"rollbackDeploymentId": taken_back},
            }
        deployment.ecs_target = {
            "lifecycleEvents": [
                {"lifecycleEventName": event, "status": "Succeeded" if event in done else "Skipped"}
                for event in LIFECYCLE
            ],
            "taskSetsInfo": [],
        }
        service_fixes.set_status(deployment, end)

    def release(self, request):
        """Leaves behind what a successful CodeDeploy deployment leaves behind."""
        backend, found = self.shift(request)
        deployment = service_fixes.record_deployment(
            backend, request["application"], request["deploymentGroup"], "Succeeded", found["taskDefinition"]
        )
        return {"id": deployment, **found}

    def shift(self, request):
        """Traffic and primary tasks go to the idle target group, with another task definition where one is given."""
        from moto.ecs.models import ecs_backends

        region, backend, group = self.group(request)
        pair = group.load_balancer_info["targetGroupPairInfoList"][0]
        names = [target["name"] for target in pair["targetGroups"]]
        found = self.aws("elbv2", region, "DescribeTargetGroups", {"Names": names})["TargetGroups"]
        arns = {target["TargetGroupName"]: target["TargetGroupArn"] for target in found}
        arns = [arns[name] for name in names]
        where = group.ecs_services[0]
        service = ecs_backends[self.account][region]._get_service(
            where["clusterName"], where["serviceName"]
        )
        primary = next(task_set for task_set in service.task_sets if task_set.status == "PRIMARY")
        live = primary.load_balancers[0]["targetGroupArn"]
        if live not in arns:
            raise LookupError(f"the live target group {live} is not in the pair {names}")
        idle = arns[1 - arns.index(live)]
        action = {
            "Type": "forward",
            "ForwardConfig": {
                "TargetGroups": [
                    {"TargetGroupArn": idle, "Weight": 100},
                    {"TargetGroupArn": live, "Weight": 0},
                ]
            },
        }
        for route in ("prodTrafficRoute", "testTrafficRoute"):
            for listener in (pair.get(route) or {}).get("listenerArns") or []:
                change = {"ListenerArn": listener, "DefaultActions": [action]}
                self.aws("elbv2", region, "ModifyListener", change)
                # Rules of the listener that forward to the pair move as well.
                rules = self.aws("elbv2", region, "DescribeRules", {"ListenerArn": listener})["Rules"]
                for rule in rules:
                    forward = rule["Actions"][0].get("ForwardConfig") or {}
                    groups = {group["TargetGroupArn"] for group in forward.get("TargetGroups") or []}
                    if not rule["IsDefault"] and groups and groups <= set(arns):
                        change = {"RuleArn": rule["RuleArn"], "Actions": [action]}
                        self.aws("elbv2", region, "ModifyRule", change)
        revision = request.get("taskDefinition") or primary.task_definition
        described = self.aws("ecs", region, "DescribeTaskDefinition", {"taskDefinition": revision})
        revision = described["taskDefinition"]["taskDefinitionArn"]
        primary.load_balancers = [{**primary.load_balancers[0], "targetGroupArn": idle}]
        primary.task_definition = revision
        # There are no tasks here, so none is missing.
        primary.runningCount = primary.computedDesiredCount = 0
        # The service's own members keep what CloudFormation created them with, as on AWS.
        return backend, {"live": idle, "idle": live, "taskDefinition": revision}


# ---- the process ----------------------------------------------------------------------------


class Quiet(MotoRequestHandler):
    def log(self, *_, **__):
        pass


def watch(application, server, idle_seconds, parent):
    """Ends the server when nobody needs it: a test that dies must not leave servers behind."""
    while True:
        time.sleep(1)
        idle = time.monotonic() - application.last_request > idle_seconds
        orphaned = parent is not None and os.getppid() != parent
        if idle or orphaned:
            server.shutdown()
            return


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--port-file", help="the port is written here once the server listens")
    parser.add_argument("--account", default=DEFAULT_ACCOUNT_ID, help="the one account there is")
    parser.add_argument("--idle-seconds", type=float, default=900)
    parser.add_argument("--detached", action="store_true", help="outlive the parent process")
    arguments = parser.parse_args()
    parent = None if arguments.detached else os.getppid()
    application = Application(arguments.account)
    server = make_server(HOST, arguments.port, application, threaded=True, request_handler=Quiet)
    if arguments.port_file:
        # Written aside and renamed: whoever waits for the file never reads half a number.
        aside = arguments.port_file + ".part"
        with open(aside, "w", encoding="utf-8") as file:
            file.write(str(server.server_port))
        os.replace(aside, arguments.port_file)
    print(f"listening on http://{HOST}:{server.server_port}", flush=True)
    threading.Thread(
        target=watch, args=(application, server, arguments.idle_seconds, parent), daemon=True
    ).start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
