"""What moto's services lack for blue/green, added at run time.

Only behaviour that AWS documents (or that people report in error messages) is added. Each addition
is reachable through the real AWS CLI too, because it lives in moto's own dispatch.
"""

import json
import random
import string

import ecs_deployments
import service_connect
from moto.cloudwatch.responses import CloudWatchResponse
from moto.codebuild import responses as codebuild_responses
from moto.codebuild.responses import CodeBuildResponse
from moto.codedeploy import responses as codedeploy_responses
from moto.codedeploy.models import DeploymentInfo
from moto.codedeploy.responses import CodeDeployResponse
from moto.codepipeline.responses import CodePipelineResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.ecs.models import EC2ContainerServiceBackend
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.elbv2.models import ELBv2Backend, elbv2_backends
from moto.s3.models import FakeBucket


class Refused(ServiceException):
    """Raised as `Refused(code, message)`: an error in the words of the service.

    The name of this module must not begin with `moto`: moto would guess a service from it.
    """


# ---- ECS under the CODE_DEPLOY controller ---------------------------------------------------

# What UpdateService refuses on such services, with the words people see. The last column of the
# API reference's table names what it does accept: desired count, deployment configuration, grace
# period, placement, managed tags, propagated tags, capacity providers.
FROZEN = {
    "taskDefinition": "task definition",
    "loadBalancers": "load balancers",
    "networkConfiguration": "network parameters",
    "platformVersion": "platform version",
    "serviceRegistries": "service registries",
    "launchType": "launch type",
    "serviceConnectConfiguration": "service connect configuration",
    "forceNewDeployment": "task definition",
}

# Members that moto forgets although DescribeServices answers with them.
REMEMBERED = {
    "healthCheckGracePeriodSeconds": "health_check_grace_period_seconds",
    "enableExecuteCommand": "enable_execute_command",
    "enableECSManagedTags": "enable_ecs_managed_tags",
    "capacityProviderStrategy": "capacity_provider_strategy",
    "deploymentConfiguration": "deployment_configuration",
    "availabilityZoneRebalancing": "availability_zone_rebalancing",
}


def _attached_target_groups(account, region):
    """The target groups that some listener or rule forwards to."""
    found = set()
    for balancer in elbv2_backends[account][region].load_balancers.values():
        for listener in balancer.listeners.values():
            actions = list(listener.default_actions)
            for rule in listener.rules.values():
                actions += list(rule.actions)
            for action in actions:
                data = getattr(action, "data", {})
                if data.get("TargetGroupArn"):
                    found.add(data["TargetGroupArn"])
                for group in (data.get("ForwardConfig") or {}).get("TargetGroups") or []:
                    found.add(group["TargetGroupArn"])
    return found


def _check_what_moves(balancer):
    """ECS moves rules of an ALB and listeners of an NLB, and says so where it is given anything else."""
    for key in ("productionListenerRule", "testListenerRule"):
        arn = (balancer.get("advancedConfiguration") or {}).get(key)
        if arn and ":listener-rule/app/" not in arn and ":listener/net/" not in arn:
            raise Refused(
                "InvalidParameterException",
                f"{key} has an invalid ARN format. Must be RuleArn for ALB or ListenerArn for NLB",
            )


def _wrap_ecs():
    create = EC2ContainerServiceResponse.create_service
    update = EC2ContainerServiceResponse.update_service

    def create_service(self):
        balancers = self._get_param("loadBalancers") or []
        controller = (self._get_param("deploymentController") or {}).get("type", "ECS")
        cluster = self.ecs_backend._get_cluster(self._get_param("cluster", "default"))
        name = self._get_param("serviceName")
        existing = self.ecs_backend.services.get(f"{cluster.name}:{name}")
        if existing is not None and existing.status != "INACTIVE":
            raise Refused("InvalidParameterException", "Creation of service was not idempotent.")
        attached = _attached_target_groups(self.current_account, self.region)
        for balancer in balancers:
            arn = balancer.get("targetGroupArn")
            if arn and arn not in attached:
                raise Refused(
                    "InvalidParameterException",
                    f"The target group with targetGroupArn {arn} does not have an associated "
                    "load balancer.",
                )
            _check_container(self, balancer)
            _check_what_moves(balancer)
        if controller == "CODE_DEPLOY":
            if not balancers or not self._get_param("taskDefinition"):
                raise Refused(
                    "InvalidParameterException",
                    "A service with the CODE_DEPLOY deployment controller needs a task definition "
                    "and a load balancer.",
                )
            if "alarms" in (self._get_param("deploymentConfiguration") or {}):
                raise Refused(
                    "InvalidParameterException",
                    "Alarm based rollback feature is only supported with ECS deployment "
                    "controller",
                )
        result = create(self)
        service = self.ecs_backend.services[f"{cluster.name}:{name}"]
        for member, attribute in REMEMBERED.items():
            if self._get_param(member) is not None:
                setattr(service, attribute, self._get_param(member))
        if controller == "CODE_DEPLOY":
            task_set = self.ecs_backend.create_task_set(
                service=name,
                cluster_str=cluster.name,
                task_definition=self._get_param("taskDefinition"),
                network_configuration=self._get_param("networkConfiguration"),
                load_balancers=balancers,
                launch_type="FARGATE",
                platform_version=self._get_param("platformVersion"),
            )
            task_set.status = "PRIMARY"
        return result

    def update_service(self):
        cluster = self._get_param("cluster", "default")
        service = self.ecs_backend._get_service(cluster, self._get_param("service").split("/")[-1])
        wanted = (self._get_param("deploymentController") or {}).get("type")
        hands_over = wanted == "ECS" and service.deployment_controller["type"] == "CODE_DEPLOY"
        if wanted == "CODE_DEPLOY" and service.deployment_controller["type"] == "ECS":
            raise Refused(
                "InvalidParameterException",
                "Updating the deployment controller from ECS to CODE_DEPLOY is not supported.",
            )
        if hands_over:
            _check_handover(self, service)
        if service.deployment_controller["type"] == "CODE_DEPLOY":
            for member, words in FROZEN.items():
                if hands_over and member == "loadBalancers":
                    continue
                if self._get_param(member):
                    raise Refused(
                        "InvalidParameterException",
                        f"Unable to update {words} on services with a CODE_DEPLOY deployment "
                        "controller. Use AWS CodeDeploy to trigger a new deployment.",
                    )
        result = update(self)
        if hands_over:
            _hand_over(service)
        for member, attribute in REMEMBERED.items():
            if self._get_param(member) is not None:
                setattr(service, attribute, self._get_param(member))
        if service.task_definition and not service.task_definition.startswith("arn:"):
            # moto keeps what it was given; ECS answers with the revision it resolved.
            found = self.ecs_backend.describe_task_definition(service.task_definition)
            service.task_definition = found.arn
        return result

    make_set = EC2ContainerServiceBackend.create_task_set
    make_primary = EC2ContainerServiceBackend.update_service_primary_task_set
    drop_set = EC2ContainerServiceBackend.delete_task_set

    def create_task_set(self, service, cluster_str, task_definition, scale=None, **rest):
        """moto starts tasks of its own for a scale; here there are none, so none is missing."""
        name = cluster_str.split("/")[-1]
        known = self._get_service(name, service.split("/")[-1])
        if known.deployment_controller["type"] == "ECS":
            raise Refused(
                "InvalidParameterException", "A service under the ECS controller has no task sets."
            )
        attached = _attached_target_groups(self.account_id, self.region_name)
        for balancer in rest.get("load_balancers") or []:
            # The group of a later one, CodeDeploy ties to the listeners by itself.
            if not known.task_sets and balancer["targetGroupArn"] not in attached:
                raise Refused(
                    "InvalidParameterException",
                    f"The target group with targetGroupArn {balancer['targetGroupArn']} does not "
                    "have an associated load balancer.",
                )
        made = make_set(self, service, cluster_str, task_definition, **rest)
        made.scale = scale or made.scale
        made.runningCount = made.computedDesiredCount = 0
        return made

    def arn_of_set(self, cluster, service, wanted):
        """ECS takes the id of a task set as well as its ARN."""
        found = self._get_service(cluster.split("/")[-1], service.split("/")[-1]).task_sets
        known = [it.task_set_arn for it in found if wanted in (it.id, it.task_set_arn)]
        if not known:
            raise Refused("TaskSetNotFoundException", f"The specified task set {wanted} was not found.")
        return known[0]

    def update_service_primary_task_set(self, cluster, service, primary_task_set):
        wanted = arn_of_set(self, cluster, service, primary_task_set)
        return make_primary(self, cluster, service, wanted)

    def delete_task_set(self, cluster, service, task_set):
        wanted = arn_of_set(self, cluster, service, task_set)
        return drop_set(self, cluster.split("/")[-1], service.split("/")[-1], wanted)

    for function in (create_task_set, update_service_primary_task_set, delete_task_set):
        setattr(EC2ContainerServiceBackend, function.__name__, function)
    EC2ContainerServiceResponse.create_service = create_service
    EC2ContainerServiceResponse.update_service = update_service


def _primary(service):
    return next(task_set for task_set in service.task_sets if task_set.status == "PRIMARY")


def _check_handover(response, service):
    """What must hold before ECS takes a service over from CodeDeploy.

    Stricter than AWS says: whether ECS takes over from another group than the one the service then
    names is not documented, so here it does not.
    """
    balancers = response._get_param("loadBalancers") or []
    advanced = balancers[0].get("advancedConfiguration") if balancers else None
    if not advanced:
        raise Refused("InvalidParameterException", "The strategy needs advancedConfiguration.")
    pair = {balancers[0]["targetGroupArn"], advanced["alternateTargetGroupArn"]}
    live = _primary(service).load_balancers[0]["targetGroupArn"]
    if live != balancers[0]["targetGroupArn"]:
        raise Refused("InvalidParameterException", f"The tasks are in {live}.")
    elbv2 = elbv2_backends[response.current_account][response.region]
    for key in ("productionListenerRule", "testListenerRule"):
        if not advanced.get(key):
            continue
        [rule] = elbv2.describe_rules(None, [advanced[key]])
        groups = rule.actions[0].data["ForwardConfig"]["TargetGroups"]
        weights = {group["TargetGroupArn"]: int(group["Weight"]) for group in groups}
        if set(weights) != pair or [arn for arn, weight in weights.items() if weight] != [live]:
            raise Refused(
                "InvalidParameterException",
                "Both targetGroup and alternateTargetGroup must be associated with the "
                "productionListenerRule or testListenerRule.",
            )


def _hand_over(service):
    """The task set that CodeDeploy made becomes the deployment of ECS."""
    primary = _primary(service)
    service.task_definition = primary.task_definition
    service.task_sets = []
    service.deployments = [
        {
            "id": "ecs-svc/1",
            "status": "PRIMARY",
            "taskDefinition": primary.task_definition,
            "desiredCount": service.desired_count,
            "pendingCount": 0,
            "runningCount": service.desired_count,
            "rolloutState": "COMPLETED",
        }
    ]


def _check_container(response, balancer):
    """ECS wants the container and port of a load balancer in the task definition."""
    task_definition = response._get_param("taskDefinition")
    if not task_definition:
        return
    found = response.ecs_backend.describe_task_definition(task_definition)
    wanted = (balancer.get("containerName"), balancer.get("containerPort"))
    for container in found.container_definitions:
        ports = [mapping.get("containerPort") for mapping in container.get("portMappings") or []]
        if container["name"] == wanted[0] and wanted[1] in ports:
            return
    raise Refused(
        "InvalidParameterException",
        f"The container {wanted[0]} did not have a container port {wanted[1]} defined.",
    )


# ---- CodeDeploy -----------------------------------------------------------------------------

STATUSES = ("Created Queued InProgress Baking Succeeded Failed Stopped Ready").split()
PREDEFINED = (
    "CodeDeployDefault.ECSAllAtOnce",
    "CodeDeployDefault.ECSCanary10Percent5Minutes",
    "CodeDeployDefault.ECSCanary10Percent15Minutes",
    "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
    "CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
)


def _configs(backend):
    if not hasattr(backend, "deployment_configs"):
        backend.deployment_configs = {}
    return backend.deployment_configs


def _check_group(backend, application, name, config, services, renamed_from=None):
    if config and config not in PREDEFINED and config not in _configs(backend):
        raise Refused(
            "DeploymentConfigDoesNotExistException", f"No deployment configuration named {config}"
        )
    mine = {(s["clusterName"], s["serviceName"]) for s in services or []}
    for other_application, groups in backend.deployment_groups.items():
        for other in groups.values():
            if (other_application, other.deployment_group_name) in (
                (application, name),
                (application, renamed_from),
            ):
                continue
            if mine & {(s["clusterName"], s["serviceName"]) for s in other.ecs_services}:
                raise Refused(
                    "ECSServiceMappingLimitExceededException",
                    f"The service is already mapped to deployment group "
                    f"{other.deployment_group_name}",
                )


def _wrap_codedeploy():
    create = CodeDeployResponse.create_deployment_group
    start = CodeDeployResponse.create_deployment
    deployment_info = codedeploy_responses._deployment_info
    group_info = codedeploy_responses._deployment_group_info

    def create_deployment_group(self):
        _check_group(
            self.codedeploy_backend,
            self._get_param("applicationName"),
            self._get_param("deploymentGroupName"),
            self._get_param("deploymentConfigName"),
            self._get_param("ecsServices"),
        )
        return create(self)

    def update_deployment_group(self):
        backend = self.codedeploy_backend
        application = self._get_param("applicationName")
        name = self._get_param("currentDeploymentGroupName")
        group = backend.get_deployment_group(application, name)
        _check_group(
            backend,
            application,
            self._get_param("newDeploymentGroupName") or name,
            self._get_param("deploymentConfigName"),
            self._get_param("ecsServices"),
            renamed_from=name,
        )
        for member, attribute in (
            ("deploymentConfigName", "deployment_config_name"),
            ("serviceRoleArn", "service_role_arn"),
            ("triggerConfigurations", "trigger_configurations"),
            ("alarmConfiguration", "alarm_configuration"),
            ("autoRollbackConfiguration", "auto_rollback_configuration"),
            ("deploymentStyle", "deployment_style"),
            ("blueGreenDeploymentConfiguration", "blue_green_deployment_configuration"),
            ("loadBalancerInfo", "load_balancer_info"),
            ("ecsServices", "ecs_services"),
            ("outdatedInstancesStrategy", "outdated_instances_strategy"),
        ):
            if self._get_param(member) is not None:
                setattr(group, attribute, self._get_param(member))
        new_name = self._get_param("newDeploymentGroupName")
        if new_name:
            groups = backend.deployment_groups[application]
            groups[new_name] = groups.pop(name)
            group.deployment_group_name = new_name
        return ActionResult({"hooksNotCleanedUp": []})

    def create_deployment(self):
        backend = self.codedeploy_backend
        names = self._get_param("applicationName"), self._get_param("deploymentGroupName")
        for other in backend.deployments.values():
            if (other.application_name, other.deployment_group_name) == names and is_active(other):
                raise Refused(
                    "DeploymentLimitExceededException",
                    f"The Deployment Group '{names[1]}' already has an active Deployment "
                    f"'{other.deployment_id}'",
                )
        deployment = backend.deployments.pop(start(self).result["deploymentId"])
        deployment.deployment_id = _deployment_id()
        backend.deployments[deployment.deployment_id] = deployment
        if play_deployment is not None:
            play_deployment(deployment)
        return ActionResult({"deploymentId": deployment.deployment_id})

    def get_deployment_target(self):
        deployment = self.codedeploy_backend.get_deployment(self._get_param("deploymentId"))
        target = getattr(deployment, "ecs_target", None)
        if target is None:
            raise Refused("DeploymentNotStartedException", "The deployment has not started")
        return ActionResult({"deploymentTarget": {
            "deploymentTargetType": "ECSTarget",
            "ecsTarget": {"targetId": self._get_param("targetId"), **target},
        }})

    def told_deployment(deployment):
        told = getattr(deployment, "told", {})
        return {**deployment_info(deployment), **told}

    def delete_deployment_group(self):
        groups = self.codedeploy_backend.deployment_groups
        groups.get(self._get_param("applicationName"), {}).pop(
            self._get_param("deploymentGroupName"), None
        )
        return ActionResult({"hooksNotCleanedUp": []})

    def delete_application(self):
        name = self._get_param("applicationName")
        self.codedeploy_backend.applications.pop(name, None)
        self.codedeploy_backend.deployment_groups.pop(name, None)
        return EmptyResult()

    def create_deployment_config(self):
        configs = _configs(self.codedeploy_backend)
        name = self._get_param("deploymentConfigName")
        if name in configs or name in PREDEFINED:
            raise Refused("DeploymentConfigAlreadyExistsException", f"{name} exists already")
        configs[name] = {
            "deploymentConfigId": f"config-{len(configs)}",
            "deploymentConfigName": name,
            "computePlatform": self._get_param("computePlatform"),
            "trafficRoutingConfig": self._get_param("trafficRoutingConfig"),
            "createTime": utcnow(),
        }
        return ActionResult({"deploymentConfigId": configs[name]["deploymentConfigId"]})

    def get_deployment_config(self):
        name = self._get_param("deploymentConfigName")
        if name not in _configs(self.codedeploy_backend):
            raise Refused("DeploymentConfigDoesNotExistException", f"no {name}")
        return ActionResult({"deploymentConfigInfo": _configs(self.codedeploy_backend)[name]})

    def delete_deployment_config(self):
        name = self._get_param("deploymentConfigName")
        for groups in self.codedeploy_backend.deployment_groups.values():
            if name in [group.deployment_config_name for group in groups.values()]:
                raise Refused("DeploymentConfigInUseException", f"{name} is in use")
        _configs(self.codedeploy_backend).pop(name, None)
        return EmptyResult()

    def list_deployment_configs(self):
        names = sorted(PREDEFINED) + sorted(_configs(self.codedeploy_backend))
        return ActionResult({"deploymentConfigsList": names})

    def deployment_group_info(group):
        alarms = group.alarm_configuration
        info = group_info(group)
        if isinstance(alarms, dict):
            info["alarmConfiguration"] = alarms
        elif alarms is not None:
            info["alarmConfiguration"] = {
                "enabled": alarms.enabled,
                "ignorePollAlarmFailure": alarms.ignore_poll_alarm_failure,
                "alarms": alarms.alarms,
            }
        return info

    codedeploy_responses._deployment_group_info = deployment_group_info
    codedeploy_responses._deployment_info = told_deployment
    for function in (
        create_deployment_group,
        update_deployment_group,
        create_deployment,
        get_deployment_target,
        delete_deployment_group,
        delete_application,
        create_deployment_config,
        get_deployment_config,
        delete_deployment_config,
        list_deployment_configs,
    ):
        setattr(CodeDeployResponse, function.__name__, function)


# What becomes of a deployment that is created through the API; nothing, where nobody says so.
play_deployment = None


def _deployment_id():
    letters = string.ascii_uppercase + string.digits
    return "d-" + "".join(random.choice(letters) for _ in range(9))


def is_active(deployment):
    return deployment.status not in ("Succeeded", "Failed", "Stopped")


def record_deployment(backend, application, group_name, status, task_definition=None):
    """Adds a deployment in some state, as if CodeDeploy had been asked for it."""
    group = backend.get_deployment_group(application, group_name)
    deployment = DeploymentInfo(
        application=backend.get_application(application),
        deployment_group=group,
        revision={"revisionType": "AppSpecContent"},
        deployment_config_name=group.deployment_config_name,
        description=f"task definition {task_definition}" if task_definition else None,
        ignore_application_stop_failures=None,
        targetInstances=None,
        auto_rollback_configuration=group.auto_rollback_configuration,
        update_outdated_instances_only=None,
        file_exists_behavior=None,
        override_alarm_configuration=None,
        creator="user",
    )
    deployment.deployment_id = _deployment_id()
    set_status(deployment, status)
    backend.deployments[deployment.deployment_id] = deployment
    return deployment.deployment_id


def set_status(deployment, status):
    if status not in STATUSES:
        raise ValueError(f"{status} is none of {', '.join(STATUSES)}")
    deployment.status = status
    deployment.start_time = deployment.start_time or utcnow()
    if status in ("Succeeded", "Failed", "Stopped"):
        deployment.complete_time = utcnow()


# ---- load balancers -------------------------------------------------------------------------


def _wrap_elbv2():
    add = ELBv2Backend.add_listener_certificates
    modify = ELBv2Backend.modify_listener
    make = ELBv2Backend.create_load_balancer

    def create_load_balancer(self, *arguments, **named):
        """The ARN of an NLB says that it is one; moto calls every load balancer an ALB."""
        made = make(self, *arguments, **named)
        if made.type == "network":
            tags = self.tagging_service.list_tags_for_resource(made.arn)["Tags"]
            self.tagging_service.delete_all_tags_for_resource(made.arn)
            del self.load_balancers[made.arn]
            made.arn = made.arn.replace(":loadbalancer/app/", ":loadbalancer/net/")
            self.load_balancers[made.arn] = made
            self.tagging_service.tag_resource(made.arn, tags)
        return made

    def add_listener_certificates(self, arn, certificates):
        """moto takes any, ELB those that exist."""
        for certificate in certificates:
            if not self._certificate_exists(certificate["CertificateArn"]):
                raise Refused(
                    "CertificateNotFound",
                    f"Certificate ARN '{certificate['CertificateArn']}' is not found",
                )
        return add(self, arn, certificates)

    def modify_listener(self, arn, *arguments, **named):
        """A new default certificate leaves the further ones alone; moto drops them."""
        listener = self.describe_listeners(load_balancer_arn=None, listener_arns=[arn])[0]
        further = list(listener.certificates or [])[1:]
        result = modify(self, arn, *arguments, **named)
        default = list(listener.certificates or [])[:1]
        listener.certificates = default + [it for it in further if it not in default]
        return result

    ELBv2Backend.add_listener_certificates = add_listener_certificates
    ELBv2Backend.modify_listener = modify_listener
    ELBv2Backend.create_load_balancer = create_load_balancer


# ---- CodeBuild, CloudWatch ------------------------------------------------------------------


def _wrap_codebuild():
    create = CodeBuildResponse.create_project

    # moto's own checks are older than the service: they want a location that the API forbids for
    # CODEPIPELINE and know few environments. The enumerations are checked by shapes.py already.
    def accept(*_):
        pass

    for name in ("source", "artifacts", "environment"):
        setattr(codebuild_responses, f"_validate_required_params_{name}", accept)

    def create_project(self):
        source, artifacts = self._get_param("source"), self._get_param("artifacts")
        if (source["type"] == "CODEPIPELINE") != (artifacts["type"] == "CODEPIPELINE"):
            raise Refused(
                "InvalidInputException",
                "Project source and artifacts must both be CODEPIPELINE, or neither",
            )
        return create(self)

    def update_project(self):
        name = self._get_param("name")
        backend = self.codebuild_backend
        if name not in backend.codebuild_projects:
            raise Refused("ResourceNotFoundException", f"Project cannot be found: {name}")
        del backend.codebuild_projects[name]
        return create_project(self)

    CodeBuildResponse.create_project = create_project
    CodeBuildResponse.update_project = update_project


def _wrap_codepipeline():
    """Transitions between stages, which moto does not know: by pipeline and stage, why one is disabled."""
    disabled = {}

    def stages(self, name):
        pipeline, _ = self.codepipeline_backend.get_pipeline(name)
        return [stage["name"] for stage in pipeline["stages"]]

    def known(self):
        name, stage = self._get_param("pipelineName"), self._get_param("stageName")
        if stage not in stages(self, name):
            raise Refused("StageNotFoundException", f"There is no stage {stage} in {name}.")
        return self.current_account, self.region, name, stage

    def disable_stage_transition(self):
        disabled[known(self)] = self._get_param("reason")
        return json.dumps({})

    def enable_stage_transition(self):
        disabled.pop(known(self), None)
        return json.dumps({})

    def get_pipeline_state(self):
        name = self._get_param("name")
        where = (self.current_account, self.region, name)
        states = [
            {
                "stageName": stage,
                "inboundTransitionState": {"enabled": (*where, stage) not in disabled},
            }
            for stage in stages(self, name)
        ]
        return json.dumps({"pipelineName": name, "stageStates": states})

    for function in (disable_stage_transition, enable_stage_transition, get_pipeline_state):
        setattr(CodePipelineResponse, function.__name__, function)


def _wrap_cloudwatch():
    def put_composite_alarm(self):
        self.cloudwatch_backend.put_metric_alarm(
            name=self._get_param("AlarmName"),
            namespace=None,
            metric_name=None,
            comparison_operator=None,
            evaluation_periods=None,
            period=None,
            threshold=None,
            statistic=None,
            description=self._get_param("AlarmDescription"),
            dimensions=[],
            alarm_actions=self._get_param("AlarmActions", []),
            ok_actions=self._get_param("OKActions", []),
            insufficient_data_actions=self._get_param("InsufficientDataActions", []),
            actions_enabled=self._get_param("ActionsEnabled", True),
            rule=self._get_param("AlarmRule"),
        )
        return EmptyResult()

    CloudWatchResponse.put_composite_alarm = put_composite_alarm


def _wrap_s3():
    """S3 takes a logging configuration whatever the log bucket's policy says; moto refuses it.

    Templates often declare the policy after the bucket that logs, so order matters in moto only.
    """
    FakeBucket._log_permissions_enabled_policy = staticmethod(lambda **_: True)


def plant_certificate(arn):
    """A certificate under a fixed ARN, so that blueprints can name one; ACM would choose."""
    from moto.acm.models import acm_backends

    region, account = arn.split(":")[3], arn.split(":")[4]
    backend = acm_backends[account][region]
    if arn not in backend._certificates:
        made = backend.request_certificate(
            domain_name="app.example.com",
            idempotency_token=None,
            subject_alt_names=[],
            tags=[],
        )
        certificate = backend._certificates.pop(made)
        certificate.arn = arn
        backend._certificates[arn] = certificate


def plant_network(account, region, vpc_id, cidr, subnet_ids):
    """A VPC and subnets, one a zone, under ids that a blueprint names; EC2 would choose them."""
    import ipaddress
    from unittest import mock

    from moto.ec2.models import ec2_backends

    backend = ec2_backends[account][region]
    if vpc_id in backend.vpcs:
        return
    with mock.patch("moto.ec2.models.vpcs.random_vpc_id", lambda: vpc_id):
        backend.create_vpc(cidr)
    zones = [zone.name for zone in backend.describe_availability_zones()]
    parts = ipaddress.ip_network(cidr).subnets(new_prefix=24)
    for number, (subnet_id, part) in enumerate(zip(subnet_ids, parts)):
        with mock.patch("moto.ec2.models.subnets.random_subnet_id", lambda: subnet_id):
            zone = zones[number % len(zones)]
            backend.create_subnet(vpc_id, str(part), availability_zone=zone)


def install():
    _wrap_ecs()
    ecs_deployments.install()
    service_connect.install()
    _wrap_codedeploy()
    _wrap_elbv2()
    _wrap_codebuild()
    _wrap_codepipeline()
    _wrap_cloudwatch()
    _wrap_s3()
