"""The transform AWS::CodeDeployBlueGreen and its hook AWS::CodeDeploy::BlueGreen.

What AWS documents of them and people report (facts 5.1, 5.2, 5.3, 5.5): the template that is sent names the blue
logical ids alone; a change of its task definition or task set starts a green deployment, in which the
transform takes the resources of one color out and puts those of the other in. Any other change leaves
the color. Where that is not documented, what is done here is stricter than what is reported.
"""

import re

from template import SUB_VARIABLE, TemplateError, references

TRANSFORM = "AWS::CodeDeployBlueGreen"
HOOK = "AWS::CodeDeploy::BlueGreen"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
# What a release changes last, once the new tasks run.
MOVED = (LISTENER, "AWS::ECS::PrimaryTaskSet")

# What becomes of releases from now on: they succeed unless this is `Failed`; with `Waiting` they stay under way.
end = None


class TransformError(TemplateError):
    """The transform failed, and with it the change set."""


def applies(template):
    named = template.get("Transform") or []
    return TRANSFORM in ([named] if isinstance(named, str) else named)


class Hook:
    """What a template says of its one hook."""

    def __init__(self, template):
        hooks = template.get("Hooks") or {}
        if len(hooks) != 1:
            raise TransformError("the template must have exactly one hook")
        [(self.name, hook)] = hooks.items()
        if hook.get("Type") != HOOK:
            raise TransformError(f"the hook must have the type {HOOK}")
        properties = hook["Properties"]
        applications = properties["Applications"]
        if len(applications) != 1:
            raise TransformError("the hook must have exactly one application")
        attributes = applications[0]["ECSAttributes"]
        self.service = applications[0]["Target"]["LogicalID"]
        self.definitions = attributes["TaskDefinitions"]
        self.sets = attributes["TaskSets"]
        self.groups = attributes["TrafficRouting"]["TargetGroups"]
        routing = attributes["TrafficRouting"]
        self.listeners = [
            routing[route]["LogicalID"]
            for route in ("ProdTrafficRoute", "TestTrafficRoute")
            if route in routing
        ]
        self.role = properties.get("ServiceRole")
        self.shift = properties.get("TrafficRoutingConfig") or {}

    def released(self):
        return {self.definitions[0], self.sets[0]}

    def check(self, template):
        """What CloudFormation refuses in such a template."""
        found = template["Resources"]
        if template.get("Outputs"):
            raise TransformError("a template with this hook must not have outputs")
        if "Fn::ImportValue" in str(template):
            raise TransformError("a template with this hook must not import values")
        if not template.get("Parameters"):
            raise TransformError("Template parameters modified by transform")
        if any(it["Type"] == "AWS::CloudFormation::Stack" for it in found.values()):
            raise TransformError("a template with this hook must not have nested stacks")
        if not self.role:
            raise TransformError("the hook needs a ServiceRole")
        for pair in (self.definitions, self.sets, self.groups):
            if len(pair) != 2 or pair[0] == pair[1]:
                raise TransformError(f"{pair} are not a blue and a green logical id")
        for pair in (self.definitions, self.sets):
            if pair[0] not in found or pair[1] in found:
                raise TransformError(f"{pair[0]} must be a resource, and {pair[1]} must not")
        for name in [self.service, *self.groups, *self.listeners]:
            if name not in found:
                raise TransformError(f"{name} is no resource")
        controller = found[self.service]["Properties"].get("DeploymentController") or {}
        if controller.get("Type") != "EXTERNAL":
            raise TransformError("the service must have the deployment controller EXTERNAL")
        for name in self.listeners:
            groups = found[name]["Properties"]["DefaultActions"][0]["ForwardConfig"]["TargetGroups"]
            if any("Weight" not in group for group in groups):
                raise TransformError(f"Internal Failure: {name} has a target group without a weight")
        for kind in ("TimeBasedCanary", "TimeBasedLinear"):
            percent = self.shift.get(kind, {}).get("StepPercentage")
            if percent is not None and not 14 <= percent <= 100:
                raise TransformError("StepPercentage must be at least 14")
        hidden = {name for id in self.released() for name, _ in references(found[id])}
        text = str([found[id] for id in self.released()])
        for name in hidden & set(template["Parameters"]):
            if template["Parameters"][name].get("NoEcho"):
                raise TransformError(f"{name} has NoEcho")
        if "{{resolve:" in text:
            raise TransformError("what is released must not have dynamic references")

    def other_color(self, template):
        """The template with blue and green changed for each other, where they stand for what is live."""

        def swap(pair, name):
            return pair[1 - pair.index(name)] if name in pair else None

        def ids(name):
            return swap(self.definitions, name) or swap(self.sets, name) or name

        def moved(name):
            renamed = ids(name)
            return renamed if renamed != name else swap(self.groups, name) or name

        changed = {}
        for id, resource in template["Resources"].items():
            is_set = resource["Type"] == "AWS::ECS::TaskSet"
            copy = renamed(resource, moved if is_set else ids)
            if resource["Type"] == LISTENER:
                properties = copy["Properties"]
                actions = renamed(resource["Properties"]["DefaultActions"], moved)
                copy = {**copy, "Properties": {**properties, "DefaultActions": actions}}
            changed[ids(id)] = copy
        return {**template, "Resources": changed}


def renamed(value, name):
    """The value with logical ids changed, wherever it refers to them."""
    if isinstance(value, list):
        return [renamed(item, name) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        function, argument = next(iter(value.items()))
        if function == "Ref":
            return {function: name(argument)}
        if function == "Fn::GetAtt":
            parts = argument.split(".", 1) if isinstance(argument, str) else argument
            return {function: [name(parts[0]), *parts[1:]]}
        if function == "Fn::Sub":
            text, local = argument if isinstance(argument, list) else (argument, {})

            def variable(match):
                id, dot, attribute = match.group(1).partition(".")
                return match.group(0) if id in local else "${" + name(id) + dot + attribute + "}"

            text = re.sub(SUB_VARIABLE, variable, text)
            return {function: [text, renamed(local, name)] if local else text}
    copy = {key: renamed(item, name) for key, item in value.items()}
    if "DependsOn" in copy and "Type" in copy:
        needs = copy["DependsOn"]
        copy["DependsOn"] = name(needs) if isinstance(needs, str) else [name(it) for it in needs]
    return copy


def transform(new, old, live):
    """(processed template, whether it is a release): `old` is what was sent before, `live` the logical ids there are."""
    hook = Hook(new)
    hook.check(new)
    if old is None:
        return new, False
    is_green = hook.definitions[1] in live
    resources = (new["Resources"], old["Resources"])
    differs = {
        id for id in set(resources[0]) | set(resources[1]) if resources[0].get(id) != resources[1].get(id)
    }
    is_release = bool(differs & hook.released())
    beside = differs - hook.released()
    if is_release and beside:
        raise TransformError(
            "Additional resource diff other than ECS application related resource update is detected, "
            f"CodeDeploy can't perform BlueGreen style update properly. ({', '.join(sorted(beside))})"
        )
    return (hook.other_color(new) if is_release != is_green else new), is_release
