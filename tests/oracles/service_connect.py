"""Service Connect, as far as AWS documents it (facts 4.7); moto knows nothing of it.

A service that others call refers to port mappings of the revision it is to run, by their names, and its namespace
exists. What it was told, DescribeServices answers with its deployment.
"""

from moto.core.exceptions import ServiceException
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.servicediscovery.models import servicediscovery_backends


class Refused(ServiceException):
    """An error in the words of the service."""


def check(response, configuration, definition):
    """Refuses what the revision does not name, and a namespace that is not there."""
    if not (configuration or {}).get("enabled"):
        return
    namespace = configuration.get("namespace", "")
    backend = servicediscovery_backends[response.current_account][response.region]
    known = [known.arn for known in backend.list_namespaces()]
    if namespace.startswith("arn:") and namespace not in known:
        raise Refused("NamespaceNotFoundException", f"There is no namespace {namespace}.")
    task_definition = response.ecs_backend.describe_task_definition(definition)
    ports = [
        mapping.get("name")
        for container in task_definition.container_definitions
        for mapping in container.get("portMappings") or []
    ]
    for service in configuration.get("services") or []:
        if service["portName"] not in ports:
            raise Refused(
                "InvalidParameterException",
                f"{definition} has no port mapping named {service['portName']}, which Service Connect refers to.",
            )


def tell(service, configuration):
    service.service_connect = configuration
    if configuration and service.deployments:
        service.deployments[0]["serviceConnectConfiguration"] = configuration


def install():
    create = EC2ContainerServiceResponse.create_service
    update = EC2ContainerServiceResponse.update_service

    def found(response, name):
        cluster = response._get_param("cluster", "default").split("/")[-1]
        return response.ecs_backend._get_service(cluster, name.split("/")[-1])

    def create_service(self):
        configuration = self._get_param("serviceConnectConfiguration")
        check(self, configuration, self._get_param("taskDefinition"))
        result = create(self)
        tell(found(self, self._get_param("serviceName")), configuration)
        return result

    def update_service(self):
        service = found(self, self._get_param("service"))
        before = getattr(service, "service_connect", None)
        # What is left out of an update stays.
        configuration = self._get_param("serviceConnectConfiguration") or before
        wanted = self._get_param("taskDefinition") or service.task_definition
        check(self, configuration, wanted)
        result = update(self)
        # A deployment that failed took all of the revision back.
        failed = wanted.rsplit("/", 1)[-1] != service.task_definition.rsplit("/", 1)[-1]
        tell(service, before if failed else configuration)
        return result

    EC2ContainerServiceResponse.create_service = create_service
    EC2ContainerServiceResponse.update_service = update_service
