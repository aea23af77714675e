"""CloudFormation itself: stacks, change sets, updates in place, rollback, exports, stack policies.

moto has a CloudFormation of its own, but it ignores unknown types, replaces where AWS updates in
place and forgets outputs of change sets. The whole point of this project is what a stack update
does NOT touch, so that part is written here, with a journal that tests can read.

Known simplifications: operations finish before they are answered, but for releases that a test wants
under way; a change set shows resource changes without their details; nested stacks, macros and drift do
not exist, and of transforms and hooks there are those of blue_green_hook.py.
"""

import copy
import fnmatch
import json
import re
import threading
import uuid
from datetime import datetime, timezone

import blue_green_hook
import resources
import template as templates
from resources import ResourceError
from template import NO_VALUE, TemplateError

NO_CHANGES = (
    "The submitted information didn't contain changes. Submit different information to create a "
    "change set."
)
MAX_BODY = 51200


class ApiError(Exception):
    def __init__(self, message, code="ValidationError"):
        super().__init__(message)
        self.code = code


def now():
    return datetime.now(timezone.utc)


class Resource:
    """One deployed resource of a stack."""

    def __init__(self, logical_id, type_name, physical_id, attributes, properties, declaration):
        self.logical_id = logical_id
        self.type = type_name
        self.physical_id = physical_id
        self.attributes = attributes
        self.properties = properties  # as sent to the handler: resolved, with stack tags
        self.deletion_policy = declaration.get("DeletionPolicy", "Delete")
        self.replace_policy = declaration.get("UpdateReplacePolicy", "Delete")
        self.metadata = declaration.get("Metadata")
        self.status = "CREATE_COMPLETE"
        self.changed_at = now()

    def note(self, declaration):
        self.deletion_policy = declaration.get("DeletionPolicy", "Delete")
        self.replace_policy = declaration.get("UpdateReplacePolicy", "Delete")
        self.metadata = declaration.get("Metadata")


class Stack:
    def __init__(self, name, region, account):
        self.name = name
        self.region = region
        partition = templates.partition_of(region)
        self.id = f"arn:{partition}:cloudformation:{region}:{account}:stack/{name}/{uuid.uuid4()}"
        self.status = "REVIEW_IN_PROGRESS"
        self.reason = None
        self.body = "{}"
        self.template = {}
        self.parameters = {}
        self.tags = {}
        self.capabilities = []
        self.resources = {}
        self.outputs = {}  # name -> (value, description, export name)
        self.exports = {}
        self.imported = set()
        self.policy = None
        self.protected = False
        self.triggers = []  # of a rollback: kept for every later update
        self.under_way = None  # what is left of a release that waits
        self.created, self.updated, self.deleted = now(), None, None
        self.events = []
        self.change_sets = {}

    def event(self, logical_id, physical_id, type_name, status, reason=None):
        self.events.append(
            {
                "StackId": self.id,
                "EventId": str(uuid.uuid4()),
                "StackName": self.name,
                "LogicalResourceId": logical_id,
                "PhysicalResourceId": physical_id or "",
                "ResourceType": type_name,
                "Timestamp": now(),
                "ResourceStatus": status,
                **({"ResourceStatusReason": reason} if reason else {}),
            }
        )

    def become(self, status, reason=None):
        self.status, self.reason = status, reason
        self.event(self.name, self.id, "AWS::CloudFormation::Stack", status, reason)


class Plan:
    """A template, parameters and tags that a stack shall take on, evaluated as far as possible."""

    def __init__(self, engine, stack, body, given, tags, capabilities, triggers=None):
        self.triggers = stack.triggers if triggers is None else triggers
        self.engine, self.stack, self.body, self.given = engine, stack, body, given
        self.tags, self.capabilities = tags, capabilities
        self.template = templates.parse(body)
        self._check_shape()
        self.is_release = False
        if self.template.get("Transform"):
            old = templates.parse(stack.body) if stack.resources else None
            self.template, self.is_release = blue_green_hook.transform(
                self.template, old, stack.resources
            )
        self.parameters = templates.parameter_values(
            self.template, given, lambda name: engine.ssm_value(stack.region, name)
        )
        self._check_capabilities()
        # During a plan, references answer from what is deployed; the run updates this table.
        self.deployed = dict(stack.resources)
        self.evaluator = templates.Evaluator(
            self.template,
            self.parameters,
            templates.pseudo_parameters(stack.region, engine.account, stack.name, stack.id),
            engine.exports(stack.region, but=stack),
            self.reference,
        )
        failed = list(self.evaluator.failed_rules())
        if failed:
            raise TemplateError(f"Rule {failed[0][0]} failed: {failed[0][1]}")
        for name in self.template.get("Conditions") or {}:
            self.evaluator.condition(name)
        self.declared = self.evaluator.active_resources()
        self.order = templates.creation_order(self.declared)
        self._check_references()

    def _check_shape(self):
        found = self.template.get("Resources")
        if not isinstance(found, dict) or not found:
            raise TemplateError(
                "Template format error: At least one Resources member must be defined."
            )
        types = {resource.get("Type") for resource in found.values()}
        unknown = sorted(str(t) for t in types if t not in resources.HANDLERS)
        if unknown:
            raise TemplateError(
                f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]"
            )
        sections = (
            "AWSTemplateFormatVersion Description Metadata Parameters Rules Mappings Conditions "
            "Transform Resources Outputs Hooks"
        ).split()
        odd = sorted(set(self.template) - set(sections))
        if odd:
            raise TemplateError(f"Invalid template property or properties [{', '.join(odd)}]")
        if self.template.get("Transform") and not blue_green_hook.applies(self.template):
            raise TemplateError("the emulator does not run this transform")

    def _check_capabilities(self):
        iam = {
            r["Type"]: r.get("Properties") or {}
            for r in self.template["Resources"].values()
            if r["Type"].startswith("AWS::IAM::")
        }
        named = any(
            name in (r.get("Properties") or {})
            for r in self.template["Resources"].values()
            if r["Type"] in ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy")
            for name in ("RoleName", "ManagedPolicyName")
        )
        wanted = "CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"
        allowed = {"CAPABILITY_NAMED_IAM"} | (set() if named else {"CAPABILITY_IAM"})
        if iam and not allowed & set(self.capabilities):
            raise ApiError(f"Requires capabilities : [{wanted}]", "InsufficientCapabilities")

    def _check_references(self):
        known = set(self.template.get("Parameters") or {}) | set(self.template["Resources"])
        for logical_id, resource in self.template["Resources"].items():
            depends = resource.get("DependsOn") or []
            for name in [depends] if isinstance(depends, str) else depends:
                if name not in self.template["Resources"]:
                    raise TemplateError(
                        f"Template format error: Unresolved resource dependencies [{name}] in "
                        "the Resources block of the template"
                    )
            for name, attribute in templates.references(resource.get("Properties") or {}):
                if name.startswith("AWS::") or name in known:
                    continue
                raise TemplateError(
                    f"Template format error: Unresolved resource dependencies [{name}] in the "
                    f"Resources block of the template ({logical_id})"
                )

    def reference(self, logical_id, attribute):
        if logical_id not in self.deployed:
            # Not created yet: only a dry run gets here, the real one goes in creation order.
            name = ["Fn::GetAtt", [logical_id, attribute]] if attribute else ["Ref", logical_id]
            return {name[0]: name[1]}
        resource = self.deployed[logical_id]
        if attribute is None:
            return resource.physical_id
        found = resource.attributes
        if attribute not in found:
            raise TemplateError(
                f"Template error: resource {logical_id} does not support attribute type "
                f"{attribute} in Fn::GetAtt (or the emulator does not)"
            )
        return found[attribute]

    def properties(self, logical_id):
        declaration = self.declared[logical_id]
        value = self.evaluator.value(declaration.get("Properties") or {})
        value = self.engine.dynamic_references(self.stack.region, value)
        return resources.with_stack_tags(declaration["Type"], value, self.tags)

    def outputs(self):
        found = {}
        for name, output in self.evaluator.active_outputs().items():
            value = self.evaluator.value(output["Value"])
            if value is NO_VALUE or isinstance(value, (list, dict)):
                if not templates.is_symbolic(value):
                    raise TemplateError(
                        f"Template format error: The Value field of output {name} must evaluate "
                        "to a String."
                    )
            export = output.get("Export")
            export = self.evaluator.value(export["Name"]) if export else None
            text = value if templates.is_symbolic(value) else templates.as_text(value)
            found[name] = (text, output.get("Description"), export)
        return found

    def changes(self):
        """[(action, logical id, type, physical id, replacement, changed properties)]"""
        found = []
        unsettled = set()  # replaced or new: what refers to them changes as well
        for logical_id in self.order:
            declaration = self.declared[logical_id]
            current = self.stack.resources.get(logical_id)
            new = self.properties(logical_id)
            type_name = declaration["Type"]
            if current is None:
                found.append(("Add", logical_id, type_name, None, None, []))
                unsettled.add(logical_id)
                continue
            changed = changed_properties(current.properties, new)
            for name, value in (declaration.get("Properties") or {}).items():
                if unsettled & {used for used, _ in templates.references(value)}:
                    if name not in changed:
                        changed.append(name)
            if current.type != type_name:
                changed, replaced = ["Type"], True
            else:
                probe = {**new, **{n: object() for n in changed if n in new}}
                replaced = bool(changed) and resources.must_replace(
                    type_name, current.properties, probe
                )
            if replaced:
                unsettled.add(logical_id)
            if changed:
                found.append(
                    ("Modify", logical_id, type_name, current.physical_id, replaced, changed)
                )
        for logical_id, current in self.stack.resources.items():
            if logical_id not in self.declared:
                found.append(("Remove", logical_id, current.type, current.physical_id, None, []))
        return found

    def moves(self, logical_id):
        """Whether it changes once the new tasks of a release run."""
        return self.is_release and self.declared[logical_id]["Type"] in blue_green_hook.MOVED

    def policy_actions(self):
        for action, logical_id, type_name, _, replaced, _ in self.changes():
            if action == "Remove":
                yield logical_id, type_name, "Update:Delete"
            elif action == "Modify":
                yield logical_id, type_name, "Update:Replace" if replaced else "Update:Modify"

    def is_empty(self):
        """True when CloudFormation would say that nothing changes."""
        if self.changes() or self.outputs() != self.stack.outputs:
            return False
        for logical_id, declaration in self.declared.items():
            current = self.stack.resources[logical_id]
            before = (current.deletion_policy, current.replace_policy, current.metadata)
            after = (
                declaration.get("DeletionPolicy", "Delete"),
                declaration.get("UpdateReplacePolicy", "Delete"),
                declaration.get("Metadata"),
            )
            if before != after:
                return False
        return self.tags == self.stack.tags


def changed_properties(old, new):
    return sorted(name for name in set(old) | set(new) if old.get(name) != new.get(name))


class Engine:
    def __init__(self, client, account):
        self.client = client
        self.account = account
        self.lock = threading.RLock()
        self.reset()

    def reset(self):
        self.refused = set()  # (stack, logical id) whose next operations fail, because a test says so
        self.stacks = {}  # (region, name) -> Stack
        self.gone = []
        self.journal = []

    # -- small look-ups

    def exports(self, region, but=None):
        return {
            name: value
            for (stack_region, _), stack in self.stacks.items()
            if stack_region == region and stack is not but
            for name, value in stack.exports.items()
        }

    def ssm_value(self, region, name):
        found = self.client("ssm", region, "GetParameter", {"Name": name})
        return found["Parameter"]["Value"]

    def dynamic_references(self, region, value):
        if isinstance(value, dict):
            return {k: self.dynamic_references(region, v) for k, v in value.items()}
        if isinstance(value, list):
            return [self.dynamic_references(region, item) for item in value]
        if isinstance(value, str) and "{{resolve:ssm:" in value:
            return re.sub(
                r"\{\{resolve:ssm:([^:}]+)(:\d+)?\}\}",
                lambda match: self.ssm_value(region, match.group(1)),
                value,
            )
        return value

    def find(self, region, name_or_id, gone=False):
        for (stack_region, name), stack in self.stacks.items():
            if stack_region == region and name_or_id in (name, stack.id):
                return stack
        if gone:
            for stack in self.gone:
                if stack.region == region and name_or_id == stack.id:
                    return stack
        raise ApiError(f"Stack with id {name_or_id} does not exist")

    def context(self, stack, logical_id):
        partition = templates.partition_of(stack.region)
        return resources.Context(
            self.client, stack.region, self.account, partition, stack.name, stack.id, logical_id
        )

    def write(self, stack, logical_id, type_name, action, changed):
        self.journal.append(
            {
                "stack": stack.name,
                "logical_id": logical_id,
                "type": type_name,
                "action": action,
                "changed_properties": sorted(changed),
            }
        )

    # -- running a plan

    def run(self, plan, disable_rollback=False):
        """Brings a stack to its plan, or back to where it was.

        With rollback disabled, what worked stays and only the resource that failed goes back.
        """
        stack = plan.stack
        creating = not stack.resources and stack.status in (
            "REVIEW_IN_PROGRESS",
            "CREATE_IN_PROGRESS",
        )
        verb = "CREATE" if creating else "UPDATE"
        stack.become(f"{verb}_IN_PROGRESS", "User Initiated")
        undo, cleanup = [], []
        stack.triggers = plan.triggers
        try:
            self.check_policy(plan)
            self.check_triggers(plan)
            last = [id for id in plan.order if plan.moves(id)]
            for logical_id in plan.order:
                if logical_id not in last:
                    self.bring(plan, logical_id, undo, cleanup, disable_rollback)
            if plan.is_release and blue_green_hook.end == "Failed":
                raise ResourceError("The following hook(s) failed: [BlueGreenHook]")
            if plan.is_release and blue_green_hook.end == "Waiting":
                stack.resources.update(plan.deployed)
                stack.under_way = (plan, undo)
                return True
            for logical_id in last:
                self.bring(plan, logical_id, undo, cleanup, disable_rollback)
            removed = [r for name, r in stack.resources.items() if name not in plan.declared]
            outputs = plan.outputs()
            self.check_exports(stack, outputs)
        except (ResourceError, TemplateError, ApiError) as error:
            if disable_rollback and not creating:
                self.leave_half_way(plan, undo, str(error))
            else:
                self.roll_back(stack, undo, creating, str(error))
            return False
        except Exception as error:  # a bug of this harness must not look like a passed test
            self.roll_back(stack, undo, creating, f"Internal failure: {error!r}")
            return False
        for resource in reversed(cleanup):
            if resource.replace_policy in ("Retain", "Snapshot"):
                self.skip(stack, resource)
            else:
                self.delete_resource(stack, resource, "delete", quiet=True)
        for resource in reversed(removed):
            self.remove(stack, resource, quiet=True)
        stack.resources = {name: plan.deployed[name] for name in plan.order}
        stack.body, stack.template, stack.parameters = plan.body, plan.template, plan.parameters
        stack.given = plan.given
        stack.tags, stack.capabilities, stack.outputs = plan.tags, plan.capabilities, outputs
        stack.exports = {export: value for value, _, export in outputs.values() if export}
        stack.imported = set(plan.evaluator.imported)
        if not creating:
            stack.updated = now()
        stack.become(f"{verb}_COMPLETE")
        return True

    def check_triggers(self, plan):
        """An alarm that takes an update back must be there, and must not be red."""
        for trigger in plan.triggers:
            name = trigger["Arn"].rsplit(":", 1)[-1]
            found = self.client(
                "cloudwatch",
                plan.stack.region,
                "DescribeAlarms",
                {"AlarmNames": [name], "AlarmTypes": ["CompositeAlarm", "MetricAlarm"]},
            )
            states = [it["StateValue"] for it in found["CompositeAlarms"] + found["MetricAlarms"]]
            if not states:
                raise ResourceError(f"The rollback trigger {trigger['Arn']} does not exist")
            if "ALARM" in states:
                raise ResourceError(f"The rollback trigger {trigger['Arn']} went to ALARM")

    def resume(self):
        """Releases that waited go on, as they would now."""
        for stack in list(self.stacks.values()):
            if stack.under_way is not None:
                plan, _ = self.stop(stack)
                stack.status = "UPDATE_COMPLETE"
                self.run(plan)

    def stop(self, stack):
        """Takes a release that waits back to where it began, without a word."""
        plan, undo = stack.under_way
        stack.under_way = None
        return plan, undo

    def cancel(self, stack):
        plan, undo = self.stop(stack)
        for action, resource, _, _ in undo:
            if action == "create":
                stack.resources.pop(resource.logical_id)
        self.roll_back(stack, undo, False, "User Initiated")

    def bring(self, plan, logical_id, undo, cleanup, disable_rollback=False):
        """Creates, updates, replaces or leaves alone one resource."""
        stack, declaration = plan.stack, plan.declared[logical_id]
        type_name = declaration["Type"]
        current = stack.resources.get(logical_id)
        properties = plan.properties(logical_id)
        handler, ctx = resources.HANDLERS[type_name], self.context(stack, logical_id)
        changed = changed_properties(current.properties if current else {}, properties)
        if current is not None and not changed and current.type == type_name:
            current.note(declaration)
            return
        replaced = current is not None and (
            current.type != type_name
            or resources.must_replace(type_name, current.properties, properties)
        )
        verb = "CREATE" if current is None else "UPDATE"
        physical = current.physical_id if current else None
        stack.event(logical_id, physical, type_name, f"{verb}_IN_PROGRESS")
        try:
            if replaced and disable_rollback:
                raise ResourceError(
                    "Replacement type updates not supported on stack with disable-rollback."
                )
            if current is not None and not replaced:
                before = copy.copy(current)
                # The journal is written before the call: a failed attempt is a touch as well.
                self.write(stack, logical_id, type_name, "update", changed)
                undo.append(("try", current, before, changed))
                if (stack.name, logical_id) in self.refused:
                    raise ResourceError("refused because a test says so")
                attributes = handler.update(ctx, current, properties, changed)
                if attributes is not None:
                    current.attributes = attributes
                current.properties, current.changed_at = properties, now()
                current.status = "UPDATE_COMPLETE"
                current.note(declaration)
                undo[-1] = ("update", current, before, changed)
            else:
                action = "replace" if replaced else "create"
                self.write(stack, logical_id, type_name, action, changed)
                salt = str(len(stack.events)) if replaced else ""
                physical, attributes = handler.create(ctx, properties, salt)
                if current is not None and physical == current.physical_id:
                    raise ResourceError(f"{physical} already exists")
                created = Resource(
                    logical_id, type_name, physical, attributes, properties, declaration
                )
                undo.append(("create", created, None, changed))
                plan.deployed[logical_id] = created
                if replaced:
                    created.status = "UPDATE_COMPLETE"
                    cleanup.append(current)
        except Exception as error:
            why = self.words(error)
            stack.event(logical_id, physical, type_name, f"{verb}_FAILED", why)
            raise ResourceError(f"Resource {logical_id} ({type_name}) failed: {why}") from error
        done = plan.deployed[logical_id]
        stack.event(logical_id, done.physical_id, type_name, f"{verb}_COMPLETE")

    @staticmethod
    def words(error):
        if isinstance(error, KeyError):
            return f"missing property or member {error}"
        return re.sub(r"\s+", " ", str(error))[:900] or type(error).__name__

    def roll_back(self, stack, undo, creating, why):
        verb = "ROLLBACK" if creating else "UPDATE_ROLLBACK"
        stack.become(f"{verb}_IN_PROGRESS", why)
        for action, resource, before, changed in reversed(undo):
            if action == "create":
                keep = resource.deletion_policy == "Retain" and creating
                if not keep:
                    self.delete_resource(stack, resource, "delete", quiet=True)
                continue
            handler = resources.HANDLERS[resource.type]
            wanted = before.properties
            resource.properties = {**wanted, **{n: None for n in changed}}
            self.write(stack, resource.logical_id, resource.type, "update", changed)
            try:
                handler.update(self.context(stack, resource.logical_id), resource, wanted, changed)
            except Exception as error:
                # What refused the new properties may refuse the way back too; some of its calls
                # may have worked, so the way back is tried, but it cannot fail the rollback.
                if action != "try":
                    stack.become("UPDATE_ROLLBACK_FAILED", self.words(error))
                    return
            finally:
                resource.properties, resource.attributes = wanted, before.attributes
        if creating:
            stack.resources = {}
        stack.become(f"{verb}_COMPLETE", why)

    def leave_half_way(self, plan, undo, why):
        """UPDATE_FAILED: the stack already shows template and values it did not get to."""
        stack = plan.stack
        for action, resource, before, changed in undo:
            if action == "create":
                stack.resources[resource.logical_id] = resource
            elif action == "try":
                wanted = before.properties
                resource.properties = {**wanted, **{n: None for n in changed}}
                self.write(stack, resource.logical_id, resource.type, "update", changed)
                handler = resources.HANDLERS[resource.type]
                ctx = self.context(stack, resource.logical_id)
                try:
                    handler.update(ctx, resource, wanted, changed)
                except Exception:  # it stays as failed as it is
                    pass
                resource.properties, resource.attributes = wanted, before.attributes
                resource.status = "UPDATE_FAILED"
        stack.body, stack.template, stack.parameters = plan.body, plan.template, plan.parameters
        stack.given = plan.given
        stack.tags, stack.capabilities = plan.tags, plan.capabilities
        stack.become("UPDATE_FAILED", why)

    def skip(self, stack, resource):
        stack.event(resource.logical_id, resource.physical_id, resource.type, "DELETE_SKIPPED")

    def remove(self, stack, resource, quiet):
        if resource.deletion_policy in ("Retain", "RetainExceptOnCreate", "Snapshot"):
            self.skip(stack, resource)
        else:
            self.delete_resource(stack, resource, "delete", quiet)

    def delete_resource(self, stack, resource, action, quiet):
        where = (resource.logical_id, resource.physical_id, resource.type)
        self.write(stack, resource.logical_id, resource.type, action, [])
        stack.event(*where, "DELETE_IN_PROGRESS")
        try:
            handler = resources.HANDLERS[resource.type]
            handler.delete(self.context(stack, resource.logical_id), resource)
        except Exception as error:
            why = self.words(error)
            stack.event(*where, "DELETE_FAILED", why)
            if not quiet:  # while cleaning up after an update CloudFormation goes on as well
                raise ResourceError(f"{resource.logical_id}: {why}") from error
            return
        stack.event(*where, "DELETE_COMPLETE")

    def delete(self, stack):
        if stack.protected:
            raise ApiError(
                f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            )
        users = self.importers(stack)
        if users:
            export, user = sorted(users)[0]
            stack.become(
                "DELETE_FAILED",
                f"Delete canceled. Cannot delete export {export} as it is in use by {user}.",
            )
            return
        stack.become("DELETE_IN_PROGRESS", "User Initiated")
        for resource in reversed(list(stack.resources.values())):
            try:
                self.remove(stack, resource, quiet=False)
            except ResourceError as error:
                stack.become(
                    "DELETE_FAILED", f"The following resource(s) failed to delete: [{error}]"
                )
                return
            del stack.resources[resource.logical_id]
        stack.exports, stack.imported = {}, set()
        stack.deleted = now()
        stack.become("DELETE_COMPLETE")
        self.stacks.pop((stack.region, stack.name))
        self.gone.append(stack)

    # -- guards

    def importers(self, stack):
        return [
            (export, other.name)
            for other in self.stacks.values()
            if other is not stack and other.region == stack.region
            for export in other.imported & set(stack.exports)
        ]

    def check_exports(self, stack, outputs):
        new = {export: value for value, _, export in outputs.values() if export}
        if len(new) != len([1 for _, _, export in outputs.values() if export]):
            raise ApiError("Duplicate Export names")
        others = self.exports(stack.region, but=stack)
        for export in new:
            if export in others:
                raise ApiError(f"Export with name {export} is already exported by another stack")
        for export, user in self.importers(stack):
            if export not in new:
                raise ApiError(f"Cannot delete export {export} as it is in use by {user}")
            if new[export] != stack.exports[export]:
                raise ApiError(f"Cannot update export {export} as it is in use by {user}")

    def check_policy(self, plan):
        stack = plan.stack
        if stack.policy is None or not stack.resources:
            return
        for logical_id, type_name, action in plan.policy_actions():
            if not policy_allows(stack.policy, logical_id, type_name, action):
                raise ApiError(
                    f"Action denied by stack policy: Statement does not allow [{action}] for "
                    f"resource [LogicalResourceId/{logical_id}]"
                )


def policy_allows(policy, logical_id, type_name, action):
    """Everything is denied until allowed, and a Deny wins."""

    def as_list(value):
        return [value] if isinstance(value, str) else list(value or [])

    def hits(patterns, text):
        return any(fnmatch.fnmatchcase(text, pattern) for pattern in as_list(patterns))

    allowed = False
    for statement in policy["Statement"]:
        if "Action" in statement:
            acts = hits(statement["Action"], action)
        else:
            acts = not hits(statement["NotAction"], action)
        where = f"LogicalResourceId/{logical_id}"
        if "NotResource" in statement:
            acts = acts and not hits(statement["NotResource"], where)
        else:
            acts = acts and hits(statement.get("Resource", "*"), where)
        for test in (statement.get("Condition") or {}).values():
            acts = acts and hits(test.get("ResourceType"), type_name)
        if acts and statement["Effect"] == "Deny":
            return False
        allowed = allowed or acts
    return allowed


# ---- the API --------------------------------------------------------------------------------


class Api:
    """The actions of the CloudFormation API, over an Engine. Arguments come as parsed members."""

    def __init__(self, engine):
        self.engine = engine

    def body(self, region, request):
        named = request.get("StackName") and not {"TemplateBody", "TemplateURL"} & set(request)
        if request.get("UsePreviousTemplate") or named:
            return self.engine.find(region, request["StackName"]).body
        if "TemplateBody" in request:
            if len(request["TemplateBody"].encode()) > MAX_BODY:
                raise ApiError(
                    "1 validation error detected: Value at 'templateBody' failed to satisfy "
                    f"constraint: Member must have length less than or equal to {MAX_BODY}"
                )
            return request["TemplateBody"]
        if "TemplateURL" in request:
            path = re.sub(r"^https?://[^/]+/", "", request["TemplateURL"]).split("?")[0]
            bucket, key = path.split("/", 1)
            found = self.engine.client("s3", region, "GetObject", {"Bucket": bucket, "Key": key})
            return found["Body"].read().decode()
        raise ApiError("Either Template URL or Template Body must be specified.")

    def plan(self, region, stack, request):
        body = self.body(region, request)
        declared = templates.parse(body).get("Parameters") or {}
        given = {}
        for item in request.get("Parameters") or []:
            name = item["ParameterKey"]
            if item.get("UsePreviousValue"):
                previous = getattr(stack, "given", {})
                if name in previous:
                    given[name] = previous[name]
                elif name not in declared or "Default" not in declared[name]:
                    raise ApiError(f"Invalid input for parameter key {name}. No previous value")
            else:
                given[name] = item.get("ParameterValue", "")
        if "Tags" in request:
            tags = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
        else:
            tags = stack.tags
        capabilities = request.get("Capabilities") or []
        rollback = request.get("RollbackConfiguration") or {}
        triggers = rollback.get("RollbackTriggers")
        return Plan(self.engine, stack, body, given, tags, capabilities, triggers)

    def new_stack(self, region, name):
        if not re.fullmatch(r"[a-zA-Z][-a-zA-Z0-9]{0,127}", name):
            raise ApiError(f"Value '{name}' at 'stackName' failed to satisfy constraint")
        stack = Stack(name, region, self.engine.account)
        self.engine.stacks[(region, name)] = stack
        return stack

    def call(self, region, action, request):
        method = getattr(self, re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower(), None)
        if method is None or action.startswith("_"):
            raise ApiError(f"the emulator does not know {action}", "InvalidAction")
        with self.engine.lock:
            try:
                return method(region, request)
            except TemplateError as error:
                raise ApiError(str(error)) from error

    # -- stacks

    def create_stack(self, region, request):
        name = request["StackName"]
        if (region, name) in self.engine.stacks:
            raise ApiError(f"Stack [{name}] already exists", "AlreadyExistsException")
        stack = self.new_stack(region, name)
        try:
            plan = self.plan(region, stack, request)
        except Exception:
            del self.engine.stacks[(region, name)]
            raise
        stack.protected = bool(request.get("EnableTerminationProtection"))
        if request.get("StackPolicyBody"):
            stack.policy = json.loads(request["StackPolicyBody"])
        self.engine.run(plan)
        return {"StackId": stack.id}

    def update_stack(self, region, request):
        stack = self.engine.find(region, request["StackName"])
        self.refuse_unless_stable(stack)
        plan = self.plan(region, stack, request)
        if plan.is_empty():
            raise ApiError("No updates are to be performed.")
        self.engine.run(plan, bool(request.get("DisableRollback")))
        return {"StackId": stack.id}

    def cancel_update_stack(self, region, request):
        stack = self.engine.find(region, request["StackName"])
        if stack.under_way is None:
            raise ApiError(
                f"CancelUpdateStack cannot be called from current stack status {stack.status}"
            )
        self.engine.cancel(stack)
        return {}

    def refuse_unless_stable(self, stack):
        if stack.status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED") or (
            stack.status.endswith("_IN_PROGRESS") and stack.status != "REVIEW_IN_PROGRESS"
        ):
            raise ApiError(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
        if stack.status == "UPDATE_ROLLBACK_FAILED":
            raise ApiError(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")

    def delete_stack(self, region, request):
        try:
            stack = self.engine.find(region, request["StackName"])
        except ApiError:
            return {}  # deleting what does not exist is no error
        self.engine.delete(stack)
        return {}

    def describe_stacks(self, region, request):
        if request.get("StackName"):
            found = [self.engine.find(region, request["StackName"], gone=True)]
        else:
            found = [s for s in self.engine.stacks.values() if s.region == region]
        return {"Stacks": [self.describe(stack) for stack in found]}

    def describe(self, stack):
        declared = stack.template.get("Parameters") or {}
        outputs = []
        for name, (value, description, export) in stack.outputs.items():
            output = {"OutputKey": name, "OutputValue": value}
            output.update({"Description": description} if description else {})
            output.update({"ExportName": export} if export else {})
            outputs.append(output)
        parameters = [
            {
                "ParameterKey": name,
                "ParameterValue": (
                    "****"
                    if declared.get(name, {}).get("NoEcho")
                    else ",".join(value) if isinstance(value, list) else value
                ),
            }
            for name, value in stack.parameters.items()
        ]
        return {
            "StackId": stack.id,
            "StackName": stack.name,
            "Description": stack.template.get("Description"),
            "CreationTime": stack.created,
            "LastUpdatedTime": stack.updated,
            "DeletionTime": stack.deleted,
            "StackStatus": stack.status,
            "StackStatusReason": stack.reason,
            "DisableRollback": False,
            "NotificationARNs": [],
            "Capabilities": stack.capabilities,
            "Parameters": parameters,
            "Outputs": outputs,
            "Tags": [{"Key": key, "Value": value} for key, value in stack.tags.items()],
            "EnableTerminationProtection": stack.protected,
            "RollbackConfiguration": {"RollbackTriggers": stack.triggers},
            "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        }

    def list_stacks(self, region, request):
        wanted = request.get("StackStatusFilter")
        found = [s for s in list(self.engine.stacks.values()) + self.engine.gone]
        return {
            "StackSummaries": [
                {
                    "StackId": stack.id,
                    "StackName": stack.name,
                    "CreationTime": stack.created,
                    "DeletionTime": stack.deleted,
                    "StackStatus": stack.status,
                }
                for stack in found
                if stack.region == region and (not wanted or stack.status in wanted)
            ]
        }

    def describe_stack_events(self, region, request):
        stack = self.engine.find(region, request["StackName"], gone=True)
        return {"StackEvents": list(reversed(stack.events))}

    def resource(self, stack, resource, details):
        found = {
            "StackName": stack.name,
            "StackId": stack.id,
            "LogicalResourceId": resource.logical_id,
            "PhysicalResourceId": resource.physical_id,
            "ResourceType": resource.type,
            "ResourceStatus": resource.status,
            "Timestamp": resource.changed_at,
            "LastUpdatedTimestamp": resource.changed_at,
        }
        if details and resource.metadata:
            found["Metadata"] = json.dumps(resource.metadata)
        return found

    def describe_stack_resources(self, region, request):
        wanted = request.get("LogicalResourceId")
        if request.get("StackName"):
            stacks = [self.engine.find(region, request["StackName"], gone=True)]
        else:
            stacks = [s for s in self.engine.stacks.values() if s.region == region]
        physical = request.get("PhysicalResourceId")
        return {
            "StackResources": [
                self.resource(stack, resource, False)
                for stack in stacks
                for resource in stack.resources.values()
                if wanted in (None, resource.logical_id)
                and physical in (None, resource.physical_id)
            ]
        }

    def describe_stack_resource(self, region, request):
        stack = self.engine.find(region, request["StackName"], gone=True)
        resource = stack.resources.get(request["LogicalResourceId"])
        if resource is None:
            raise ApiError(
                f"Resource {request['LogicalResourceId']} does not exist for stack {stack.name}"
            )
        return {"StackResourceDetail": self.resource(stack, resource, True)}

    def list_stack_resources(self, region, request):
        stack = self.engine.find(region, request["StackName"], gone=True)
        found = [self.resource(stack, resource, False) for resource in stack.resources.values()]
        return {"StackResourceSummaries": found}

    def list_exports(self, region, request):
        found = [
            {"ExportingStackId": stack.id, "Name": name, "Value": value}
            for stack in self.engine.stacks.values()
            if stack.region == region
            for name, value in stack.exports.items()
        ]
        return {"Exports": sorted(found, key=lambda export: export["Name"])}

    def list_imports(self, region, request):
        name = request["ExportName"]
        users = [
            stack.name
            for stack in self.engine.stacks.values()
            if stack.region == region and name in stack.imported
        ]
        if not users:
            raise ApiError(f"Export '{name}' is not imported by any stack.")
        return {"Imports": users}

    def get_template(self, region, request):
        stack = self.engine.find(region, request["StackName"], gone=True)
        is_processed = request.get("TemplateStage") == "Processed" and stack.template.get("Transform")
        body = json.dumps(stack.template) if is_processed else stack.body
        return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}

    def get_template_summary(self, region, request):
        found = templates.parse(self.body(region, request))
        return {
            "Parameters": self.declared_parameters(found),
            "Description": found.get("Description"),
            "ResourceTypes": sorted({r["Type"] for r in found["Resources"].values()}),
        }

    def validate_template(self, region, request):
        found = templates.parse(self.body(region, request))
        templates.creation_order(found.get("Resources") or {})
        return {
            "Parameters": self.declared_parameters(found),
            "Description": found.get("Description"),
        }

    @staticmethod
    def declared_parameters(found):
        return [
            {
                "ParameterKey": name,
                "DefaultValue": templates.as_text(declaration.get("Default", "")),
                "NoEcho": bool(declaration.get("NoEcho")),
                "Description": declaration.get("Description"),
            }
            for name, declaration in (found.get("Parameters") or {}).items()
        ]

    def set_stack_policy(self, region, request):
        stack = self.engine.find(region, request["StackName"])
        policy = json.loads(request["StackPolicyBody"])
        for statement in policy["Statement"]:
            if statement.get("Principal") != "*":
                raise ApiError("Error validating stack policy: Principal must be *")
            for where in ("Resource", "NotResource"):
                names = statement.get(where) or []
                for name in [names] if isinstance(names, str) else names:
                    if name != "*" and not name.startswith("LogicalResourceId/"):
                        raise ApiError(f"Error validating stack policy: Invalid resource {name}")
        stack.policy = policy
        return {}

    def get_stack_policy(self, region, request):
        stack = self.engine.find(region, request["StackName"])
        return {"StackPolicyBody": json.dumps(stack.policy)} if stack.policy else {}

    def update_termination_protection(self, region, request):
        stack = self.engine.find(region, request["StackName"])
        stack.protected = bool(request["EnableTerminationProtection"])
        return {"StackId": stack.id}

    # -- change sets

    def create_change_set(self, region, request):
        name, kind = request["StackName"], request.get("ChangeSetType", "UPDATE")
        if kind == "CREATE":
            stack = self.engine.stacks.get((region, name))
            if stack is not None and stack.status != "REVIEW_IN_PROGRESS":
                raise ApiError(f"Stack [{name}] already exists and cannot be created again")
            if stack is None:
                stack = self.new_stack(region, name)
                stack.become("REVIEW_IN_PROGRESS", "User Initiated")
        else:
            stack = self.engine.find(region, name)
            self.refuse_unless_stable(stack)
        change_set = {
            "name": request["ChangeSetName"],
            "id": stack.id.replace(":stack/", ":changeSet/").replace(
                f"/{stack.name}/", f"/{request['ChangeSetName']}/"
            ),
            "created": now(),
            "request": request,
            "kind": kind,
            "status": "CREATE_COMPLETE",
            "execution": "AVAILABLE",
            "reason": None,
            "changes": [],
        }
        try:
            plan = self.plan(region, stack, request)
            change_set["changes"] = plan.changes()
            if plan.is_empty():
                change_set.update(status="FAILED", execution="UNAVAILABLE", reason=NO_CHANGES)
        except blue_green_hook.TransformError as error:
            change_set.update(
                status="FAILED",
                execution="UNAVAILABLE",
                reason=f"Transform {blue_green_hook.TRANSFORM} failed with: {error}",
            )
        except TemplateError as error:
            if kind == "CREATE" and not stack.change_sets:
                # The service answers such requests at once and leaves no stack behind, except for
                # missing exports, which fail the change set. Both stop `aws cloudformation deploy`.
                del self.engine.stacks[(region, name)]
            raise ApiError(str(error)) from error
        except ApiError:
            if kind == "CREATE" and not stack.change_sets:
                del self.engine.stacks[(region, name)]
            raise
        stack.change_sets[change_set["name"]] = change_set
        return {"Id": change_set["id"], "StackId": stack.id}

    def change_set(self, region, request):
        wanted = request["ChangeSetName"]
        for stack in self.engine.stacks.values():
            if stack.region != region:
                continue
            if request.get("StackName") not in (None, stack.name, stack.id):
                continue
            for change_set in stack.change_sets.values():
                if wanted in (change_set["name"], change_set["id"]):
                    return stack, change_set
        raise ApiError(f"ChangeSet [{wanted}] does not exist", "ChangeSetNotFound")

    def describe_change_set(self, region, request):
        stack, found = self.change_set(region, request)
        changes = []
        for action, logical_id, type_name, physical_id, replaced, changed in found["changes"]:
            change = {
                "Action": action,
                "LogicalResourceId": logical_id,
                "PhysicalResourceId": physical_id,
                "ResourceType": type_name,
                "Scope": ["Properties"] if changed else [],
                "Details": [
                    {"Target": {"Attribute": "Properties", "Name": name}} for name in changed
                ],
            }
            if action == "Modify":
                change["Replacement"] = "True" if replaced else "False"
            changes.append({"Type": "Resource", "ResourceChange": change})
        return {
            "ChangeSetName": found["name"],
            "ChangeSetId": found["id"],
            "StackId": stack.id,
            "StackName": stack.name,
            "CreationTime": found["created"],
            "ExecutionStatus": found["execution"],
            "Status": found["status"],
            "StatusReason": found["reason"],
            "Parameters": found["request"].get("Parameters") or [],
            "Tags": found["request"].get("Tags") or [],
            "Capabilities": found["request"].get("Capabilities") or [],
            "Changes": changes,
        }

    def execute_change_set(self, region, request):
        stack, found = self.change_set(region, request)
        if found["execution"] != "AVAILABLE":
            raise ApiError(
                f"ChangeSet [{found['id']}] cannot be executed in its current execution status of "
                f"[{found['execution']}]",
                "InvalidChangeSetStatus",
            )
        plan = self.plan(region, stack, found["request"])
        done = self.engine.run(plan, bool(request.get("DisableRollback")))
        found["execution"] = "EXECUTE_COMPLETE" if done else "EXECUTE_FAILED"
        stack.change_sets = {found["name"]: found}
        return {}

    def delete_change_set(self, region, request):
        try:
            stack, found = self.change_set(region, request)
        except ApiError:
            return {}
        del stack.change_sets[found["name"]]
        return {}

    def list_change_sets(self, region, request):
        stack = self.engine.find(region, request["StackName"])
        return {
            "Summaries": [
                {
                    "StackId": stack.id,
                    "StackName": stack.name,
                    "ChangeSetId": found["id"],
                    "ChangeSetName": found["name"],
                    "ExecutionStatus": found["execution"],
                    "Status": found["status"],
                    "StatusReason": found["reason"],
                    "CreationTime": found["created"],
                }
                for found in stack.change_sets.values()
            ]
        }
