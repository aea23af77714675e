"""Deployments that ECS itself makes, which moto does not know: service deployments and revisions.

A change of the task definition of a service under the controller ECS, or a forced deployment, goes
through at once: the target group that is idle gets the tasks, and the production and test rules (of
an NLB the listeners) the weights 100 and 0. One that fails (see `end`) leaves traffic and task definition as they were.
"""

import json

from moto.awslambda.models import LambdaBackend
from moto.core.responses import ActionResult
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.elbv2.models import elbv2_backends

# Whether services have the tasks they want, each of them a healthy target of the group that is live. The
# control `tasks` says so, and what functions answer when somebody calls them.
running = False
answer = "SUCCEEDED"

# How deployments end from now on: they succeed unless this is `Failed`. The control `rollouts` says so.
end = None


class Native:
    """What ECS remembers of a service."""

    def __init__(self, service):
        self.service = service
        self.revisions = []
        self.deployments = []
        balancers = service.load_balancers
        self.run(balancers[0]["targetGroupArn"] if balancers else None, "SUCCESSFUL")

    def run(self, group, status):
        """A revision of the service as it is now, in a target group, and the deployment of it."""
        service = self.service
        number = len(self.revisions) + 1
        where = f"{service.cluster_name}/{service.name}"
        arn = service.cluster_arn.rsplit(":", 1)[0]
        revision = {
            "serviceRevisionArn": f"{arn}:service-revision/{where}/{number:019}",
            "serviceArn": service.arn,
            "clusterArn": service.cluster_arn,
            "taskDefinition": service.task_definition,
        }
        if group:
            revision["resolvedConfiguration"] = {"loadBalancers": [{"targetGroupArn": group}]}
        self.revisions.append(revision)
        deployment = {
            "serviceDeploymentArn": f"{arn}:service-deployment/{where}/D{number:020}",
            "serviceArn": service.arn,
            "clusterArn": service.cluster_arn,
            "status": status,
            "targetServiceRevision": {
                "arn": revision["serviceRevisionArn"],
                # There are no tasks here, so none is missing.
                "requestedTaskCount": 0,
                "runningTaskCount": 0,
                "pendingTaskCount": 0,
            },
        }
        self.deployments.insert(0, deployment)
        if status == "SUCCESSFUL":
            self.running = revision
            service.current_service_revisions = [{"arn": revision["serviceRevisionArn"]}]
            service.deployments[0]["taskDefinition"] = service.task_definition
        return deployment

    def group(self):
        found = self.running.get("resolvedConfiguration", {}).get("loadBalancers")
        return found[0]["targetGroupArn"] if found else None

    def deploy(self, backend):
        """What the service describes is rolled out, or not. Says why when it is not."""
        before, live = self.running["taskDefinition"], self.group()
        if end == "Failed":
            failed = self.run(live, "ROLLBACK_SUCCESSFUL")
            failed["statusReason"] = "tasks failed to start"
            failed["rollback"] = {"reason": "Service deployment rolled back."}
            self.service.task_definition = before
            return failed["statusReason"]
        balancers = self.service.load_balancers
        advanced = balancers[0].get("advancedConfiguration") if balancers else None
        if not advanced:
            self.run(live, "SUCCESSFUL")
            return None
        pair = [balancers[0]["targetGroupArn"], advanced["alternateTargetGroupArn"]]
        idle = pair[1 - pair.index(live)]
        weights = [
            {"TargetGroupArn": idle, "Weight": 100},
            {"TargetGroupArn": live, "Weight": 0},
        ]
        action = {"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}
        for key in ("productionListenerRule", "testListenerRule"):
            moved = advanced.get(key)
            if moved and ":listener/net/" in moved:
                backend.modify_listener(moved, actions=[action])
            elif moved:
                backend.modify_rule(moved, [], [action])
        self.run(idle, "SUCCESSFUL")
        return None


def of(service):
    """What ECS remembers of a service under its own controller; nothing under another."""
    if service.deployment_controller["type"] != "ECS":
        return None
    if not hasattr(service, "native"):
        service.native = Native(service)
    return service.native


def _service(response):
    cluster = response._get_param("cluster", "default").split("/")[-1]
    return response.ecs_backend._get_service(cluster, response._get_param("service").split("/")[-1])


def _all(response):
    services = response.ecs_backend.services.values()
    return [native for native in map(of, services) if native is not None]


def fill(service, backend):
    """As many tasks as the service wants, and as many targets in the group that has them."""
    if not running or not service.load_balancers or of(service) is None:
        return
    service.running_count, service.pending_count = service.desired_count, 0
    first = service.load_balancers[0]
    other = (first.get("advancedConfiguration") or {}).get("alternateTargetGroupArn")
    for arn in filter(None, (first["targetGroupArn"], other)):
        backend.target_groups[arn].targets.clear()
        backend.target_groups[arn].deregistered_targets.clear()
    group = backend.target_groups[of(service).group()]
    targets = [{"Id": f"10.99.0.{number + 1}", "Port": 80} for number in range(service.desired_count)]
    group.register(targets)


def invoke(self, function_name, *_):
    return json.dumps({"hookStatus": answer}).encode()


def install():
    LambdaBackend.invoke = invoke
    describe = EC2ContainerServiceResponse.describe_services

    def describe_services(self):
        backend = elbv2_backends[self.current_account][self.region]
        found, _ = self.ecs_backend.describe_services(
            self._get_param("cluster", "default"), self._get_param("services", [])
        )
        for service in found:
            fill(service, backend)
        return describe(self)

    create = EC2ContainerServiceResponse.create_service
    update = EC2ContainerServiceResponse.update_service

    def create_service(self):
        result = create(self)
        cluster = self._get_param("cluster", "default").split("/")[-1]
        service = self.ecs_backend._get_service(cluster, self._get_param("serviceName"))
        of(service)
        if running and self._get_param("desiredCount") is None:
            service.desired_count = 1
        return result

    def update_service(self):
        service = _service(self)
        native = of(service)
        before = service.task_definition
        forced = self._get_param("forceNewDeployment")
        result = update(self)
        if native is not None and (service.task_definition != before or forced):
            native.deploy(elbv2_backends[self.current_account][self.region])
        return result

    def list_service_deployments(self):
        native = of(_service(self))
        wanted = self._get_param("status")
        found = native.deployments if native else []
        return ActionResult({
            "serviceDeployments": [
                {key: it[key] for key in ("serviceDeploymentArn", "serviceArn", "clusterArn", "status")}
                for it in found
                if not wanted or it["status"] in wanted
            ]
        })

    def describe_service_deployments(self):
        wanted = self._get_param("serviceDeploymentArns")
        found = [
            deployment
            for native in _all(self)
            for deployment in native.deployments
            if deployment["serviceDeploymentArn"] in wanted
        ]
        return ActionResult({"serviceDeployments": found, "failures": []})

    def describe_service_revisions(self):
        wanted = self._get_param("serviceRevisionArns")
        found = [
            revision
            for native in _all(self)
            for revision in native.revisions
            if revision["serviceRevisionArn"] in wanted
        ]
        return ActionResult({"serviceRevisions": found, "failures": []})

    for function in (
        describe_services,
        create_service,
        update_service,
        list_service_deployments,
        describe_service_deployments,
        describe_service_revisions,
    ):
        setattr(EC2ContainerServiceResponse, function.__name__, function)
