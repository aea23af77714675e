"""One handler per CloudFormation resource type: create, update in place, delete.

A handler does what the CloudFormation handler of that type does: it turns properties into API
calls. The calls go to moto in the same process, and every request is first checked against the
botocore shapes (shapes.py), which moto itself does not do.

Which properties force a replacement, which attributes exist and what is taggable comes from AWS'
own resource schemas, as shipped inside cfn-lint: none of it is written down by hand here.
"""

import hashlib
import json

import shapes
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

HANDLERS = {}


class ResourceError(Exception):
    """A handler refused: the stack operation fails and rolls back."""


def handles(type_name):
    def register(cls):
        cls.type = type_name
        HANDLERS[type_name] = cls()
        return cls

    return register


def schema_of(type_name, region="us-east-1"):
    return PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, type_name).schema


def must_replace(type_name, old, new):
    """True when a create-only property differs between two sets of properties."""

    def pick(value, path):
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        return value

    schema = schema_of(type_name)
    for pointer in schema.get("createOnlyProperties") or []:
        path = pointer.split("/")[2:]
        if pick(old, path) != pick(new, path):
            return True
    # `conditionalCreateOnly` means "sometimes"; only LaunchType matters here and AWS replaces then.
    return type_name == "AWS::ECS::Service" and old.get("LaunchType") != new.get("LaunchType")


def with_stack_tags(type_name, properties, stack_tags):
    """CloudFormation adds the tags of a stack to every resource that can be tagged."""
    if not stack_tags:
        return properties
    schema = schema_of(type_name)
    tagging = schema.get("tagging") or {"taggable": schema.get("taggable", True)}
    name = tagging.get("tagProperty", "/properties/Tags").split("/")[-1]
    declared = schema["properties"].get(name)
    if not tagging.get("taggable") or declared is None:
        return properties
    own = properties.get(name)
    if isinstance(own, dict) or declared.get("type") == "object":
        return {**properties, name: {**stack_tags, **(own or {})}}
    own_keys = {tag["Key"] for tag in own or []}
    added = [{"Key": k, "Value": v} for k, v in stack_tags.items() if k not in own_keys]
    return {**properties, name: list(own or []) + added}


class Context:
    """What a handler may know about the stack it works for, and its way to the service APIs."""

    def __init__(self, client, region, account, partition, stack_name, stack_id, logical_id):
        self.client = client
        self.region = region
        self.account = account
        self.partition = partition
        self.stack_name = stack_name
        self.stack_id = stack_id
        self.logical_id = logical_id

    def call(self, service, operation, /, **request):
        errors = shapes.problems(service, operation, request)
        if errors:
            raise ResourceError("; ".join(errors))
        return self.client(service, self.region, operation, request)

    def arn(self, service, resource, region=None):
        region = self.region if region is None else region
        return f"arn:{self.partition}:{service}:{region}:{self.account}:{resource}"

    def name(self, limit=64, lower=False, salt=""):
        """A physical name as CloudFormation makes them, but without chance."""
        digest = hashlib.sha256(f"{self.stack_id}/{self.logical_id}/{salt}".encode()).hexdigest()
        room = limit - 14
        stem = f"{self.stack_name}-{self.logical_id}"
        if len(stem) > room:
            stem = f"{self.stack_name[: room // 2]}-{self.logical_id}"[:room].rstrip("-")
        name = f"{stem}-{digest[:12].upper()}"
        return name.lower() if lower else name


class Handler:
    """The common case: one create call, one update call, one delete call."""

    type = None
    name_property = None
    name_limit = 64
    name_lower = False
    # (service, operation, member that takes the physical id)
    update_call = None
    delete_call = None
    put_again = False  # the create call is a "put" and also updates

    # -- to be answered by the subclass

    def physical_id(self, ctx, request, response):
        raise NotImplementedError

    def attributes(self, ctx, request, response):
        return {}

    # -- what the engine calls

    def named(self, ctx, properties, salt=""):
        if self.name_property and self.name_property not in properties:
            name = ctx.name(self.name_limit, self.name_lower, salt)
            return {**properties, self.name_property: name}
        return properties

    def request(self, ctx, properties):
        service, operation, request, errors = shapes.to_request(self.type, properties)
        if errors:
            raise ResourceError("; ".join(errors))
        return service, operation, request

    def create(self, ctx, properties, salt=""):
        service, operation, request = self.request(ctx, self.named(ctx, properties, salt))
        request = self.before_create(ctx, properties, request)
        response = ctx.call(service, operation, **request)
        physical_id = self.physical_id(ctx, request, response)
        self.after(ctx, physical_id, {}, properties, set(properties))
        return physical_id, self.attributes(ctx, request, response)

    def before_create(self, ctx, properties, request):
        return request

    def update(self, ctx, resource, properties, changed):
        """Updates in place; returns new attributes or None when they stay."""
        named = self.named(ctx, properties)
        if self.name_property and self.name_property not in properties:
            named[self.name_property] = self.physical_name(resource)
        service, operation, request = self.request(ctx, named)
        errors = shapes.problems(service, operation, request)
        if errors:
            raise ResourceError("; ".join(errors))
        attributes = None
        if self.put_again:
            response = ctx.call(service, operation, **self.before_create(ctx, properties, request))
            attributes = self.attributes(ctx, request, response)
        elif self.update_call:
            self.call_update(ctx, resource, request, changed)
        elif not self.handled_after(changed):
            raise ResourceError(
                f"the emulator has no in-place update of {self.type} for {sorted(changed)}"
            )
        self.after(ctx, resource.physical_id, resource.properties, properties, changed)
        return attributes

    def call_update(self, ctx, resource, request, changed):
        service, operation, id_member = self.update_call
        members = shapes.input_shape(service, operation).members
        request = {name: value for name, value in request.items() if name in members}
        request[id_member] = resource.physical_id
        ctx.call(service, operation, **request)

    def physical_name(self, resource):
        return resource.physical_id

    # Properties that `after` takes care of; everything else needs an update call.
    after_properties = frozenset(["Tags"])

    def handled_after(self, changed):
        return set(changed) <= set(self.after_properties)

    def after(self, ctx, physical_id, old, new, changed):
        """Calls that follow the create or update call."""

    def delete(self, ctx, resource):
        if self.delete_call:
            service, operation, id_member = self.delete_call
            ctx.call(service, operation, **{id_member: resource.physical_id})


def text(document):
    return document if isinstance(document, str) else json.dumps(document)


def attribute_list(properties):
    return [{"Key": item["Key"], "Value": str(item["Value"])} for item in properties or []]


# ---- EC2 ------------------------------------------------------------------------------------


class Ec2(Handler):
    """EC2 objects: tags by CreateTags, one describe-like object in the create response."""

    answer = None  # the member of the response that holds the object
    id_member = None
    id_attributes = ()

    def physical_id(self, ctx, request, response):
        return response[self.answer][self.id_member]

    def attributes(self, ctx, request, response):
        found = response[self.answer]
        return {name: found.get(name) or found[self.id_member] for name in self.id_attributes}

    def tag(self, ctx, physical_id, old, new):
        gone = {t["Key"] for t in old.get("Tags") or []} - {t["Key"] for t in new.get("Tags") or []}
        if gone:
            tags = [{"Key": key} for key in sorted(gone)]
            ctx.call("ec2", "DeleteTags", Resources=[physical_id], Tags=tags)
        if new.get("Tags"):
            ctx.call("ec2", "CreateTags", Resources=[physical_id], Tags=new["Tags"])

    def after(self, ctx, physical_id, old, new, changed):
        if "Tags" in changed:
            self.tag(ctx, physical_id, old, new)


def is_true(value):
    return str(value).lower() == "true"


@handles("AWS::EC2::VPC")
class Vpc(Ec2):
    answer, id_member = "Vpc", "VpcId"
    delete_call = ("ec2", "DeleteVpc", "VpcId")
    after_properties = frozenset(["Tags", "EnableDnsSupport", "EnableDnsHostnames"])

    def attributes(self, ctx, request, response):
        vpc = response["Vpc"]
        groups = ctx.call(
            "ec2",
            "DescribeSecurityGroups",
            Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}],
        )["SecurityGroups"]
        default = [g["GroupId"] for g in groups if g["GroupName"] == "default"]
        return {
            "VpcId": vpc["VpcId"],
            "CidrBlock": vpc["CidrBlock"],
            "DefaultSecurityGroup": default[0],
        }

    def after(self, ctx, physical_id, old, new, changed):
        super().after(ctx, physical_id, old, new, changed)
        for name in ("EnableDnsSupport", "EnableDnsHostnames"):
            if name in changed and name in new:
                value = {name: {"Value": is_true(new[name])}}
                ctx.call("ec2", "ModifyVpcAttribute", VpcId=physical_id, **value)


@handles("AWS::EC2::Subnet")
class Subnet(Ec2):
    answer, id_member = "Subnet", "SubnetId"
    id_attributes = ("SubnetId", "VpcId", "CidrBlock", "AvailabilityZone")
    delete_call = ("ec2", "DeleteSubnet", "SubnetId")
    after_properties = frozenset(["Tags", "MapPublicIpOnLaunch"])

    def after(self, ctx, physical_id, old, new, changed):
        super().after(ctx, physical_id, old, new, changed)
        if "MapPublicIpOnLaunch" in new and "MapPublicIpOnLaunch" in changed:
            ctx.call(
                "ec2",
                "ModifySubnetAttribute",
                SubnetId=physical_id,
                MapPublicIpOnLaunch={"Value": is_true(new["MapPublicIpOnLaunch"])},
            )


class Ec2Plain(Ec2):
    """EC2 objects whose create call needs no table of its own."""

    create_call = None

    def request(self, ctx, properties):
        service, operation = "ec2", self.create_call
        errors = []
        rest = {k: v for k, v in properties.items() if k not in self.after_properties}
        request = shapes.convert(shapes.input_shape(service, operation), rest, self.type, errors)
        if errors:
            raise ResourceError("; ".join(errors))
        return service, operation, request


@handles("AWS::EC2::RouteTable")
class RouteTable(Ec2Plain):
    create_call = "CreateRouteTable"
    answer, id_member, id_attributes = "RouteTable", "RouteTableId", ("RouteTableId",)
    delete_call = ("ec2", "DeleteRouteTable", "RouteTableId")


@handles("AWS::EC2::InternetGateway")
class InternetGateway(Ec2Plain):
    create_call = "CreateInternetGateway"
    answer, id_member = "InternetGateway", "InternetGatewayId"
    id_attributes = ("InternetGatewayId",)
    delete_call = ("ec2", "DeleteInternetGateway", "InternetGatewayId")


@handles("AWS::EC2::VPCGatewayAttachment")
class GatewayAttachment(Handler):
    def create(self, ctx, properties, salt=""):
        ctx.call("ec2", "AttachInternetGateway", **properties)
        return f"IGW|{properties['VpcId']}", {"AttachmentType": "IGW"}

    def delete(self, ctx, resource):
        ctx.call("ec2", "DetachInternetGateway", **resource.properties)


@handles("AWS::EC2::EIP")
class Eip(Handler):
    after_properties = frozenset(["Tags"])

    def create(self, ctx, properties, salt=""):
        found = ctx.call("ec2", "AllocateAddress", Domain=properties.get("Domain", "vpc"))
        self.after(ctx, found["AllocationId"], {}, properties, {"Tags"})
        names = ("AllocationId", "PublicIp")
        return found["PublicIp"], {name: found[name] for name in names}

    def update(self, ctx, resource, properties, changed):
        if not self.handled_after(changed):
            raise ResourceError(f"the emulator cannot update {sorted(changed)} of an EIP")
        self.after(ctx, resource.attributes["AllocationId"], {}, properties, changed)

    def after(self, ctx, physical_id, old, new, changed):
        if new.get("Tags"):
            ctx.call("ec2", "CreateTags", Resources=[physical_id], Tags=new["Tags"])

    def delete(self, ctx, resource):
        ctx.call("ec2", "ReleaseAddress", AllocationId=resource.attributes["AllocationId"])


@handles("AWS::EC2::NatGateway")
class NatGateway(Ec2):
    answer, id_member, id_attributes = "NatGateway", "NatGatewayId", ("NatGatewayId",)
    delete_call = ("ec2", "DeleteNatGateway", "NatGatewayId")


@handles("AWS::EC2::Route")
class Route(Handler):
    def physical_id(self, ctx, request, response):
        destination = request.get("DestinationCidrBlock") or request.get("DestinationIpv6CidrBlock")
        return f"{request['RouteTableId']}|{destination}"

    def update(self, ctx, resource, properties, changed):
        members = shapes.input_shape("ec2", "ReplaceRoute").members
        request = {name: value for name, value in properties.items() if name in members}
        ctx.call("ec2", "ReplaceRoute", **request)

    def delete(self, ctx, resource):
        members = shapes.input_shape("ec2", "DeleteRoute").members
        request = {k: v for k, v in resource.properties.items() if k in members}
        ctx.call("ec2", "DeleteRoute", **request)


@handles("AWS::EC2::SubnetRouteTableAssociation")
class SubnetRouteTableAssociation(Handler):
    def create(self, ctx, properties, salt=""):
        found = ctx.call("ec2", "AssociateRouteTable", **properties)["AssociationId"]
        return found, {"Id": found}

    def delete(self, ctx, resource):
        ctx.call("ec2", "DisassociateRouteTable", AssociationId=resource.physical_id)


@handles("AWS::EC2::VPCEndpoint")
class VpcEndpoint(Ec2):
    answer, id_member = "VpcEndpoint", "VpcEndpointId"

    def attributes(self, ctx, request, response):
        return {"Id": response["VpcEndpoint"]["VpcEndpointId"], "DnsEntries": []}

    def update(self, ctx, resource, properties, changed):
        self.after(ctx, resource.physical_id, resource.properties, properties, changed)
        request = {}
        for name in ("PolicyDocument", "PrivateDnsEnabled"):
            if name in changed:
                request[name] = properties.get(name)
        for name, short in (
            ("SubnetIds", "SubnetIds"),
            ("RouteTableIds", "RouteTableIds"),
            ("SecurityGroupIds", "SecurityGroupIds"),
        ):
            old, new = resource.properties.get(name) or [], properties.get(name) or []
            added, removed = [i for i in new if i not in old], [i for i in old if i not in new]
            request.update({f"Add{short}": added} if added else {})
            request.update({f"Remove{short}": removed} if removed else {})
        if "PolicyDocument" in request:
            request["PolicyDocument"] = text(request["PolicyDocument"])
        if request:
            ctx.call("ec2", "ModifyVpcEndpoint", VpcEndpointId=resource.physical_id, **request)

    def delete(self, ctx, resource):
        ctx.call("ec2", "DeleteVpcEndpoints", VpcEndpointIds=[resource.physical_id])


@handles("AWS::EC2::FlowLog")
class FlowLog(Ec2):
    def physical_id(self, ctx, request, response):
        if response.get("Unsuccessful"):
            raise ResourceError(response["Unsuccessful"][0]["Error"]["Message"])
        return response["FlowLogIds"][0]

    def attributes(self, ctx, request, response):
        return {"Id": response["FlowLogIds"][0]}

    def delete(self, ctx, resource):
        ctx.call("ec2", "DeleteFlowLogs", FlowLogIds=[resource.physical_id])


def permission(rule):
    """A security group rule of a template as an IpPermission of the API."""
    found = {"IpProtocol": str(rule["IpProtocol"])}
    for name in ("FromPort", "ToPort"):
        if name in rule:
            found[name] = int(rule[name])
    note = {"Description": rule["Description"]} if "Description" in rule else {}
    group = rule.get("SourceSecurityGroupId") or rule.get("DestinationSecurityGroupId")
    prefix = rule.get("SourcePrefixListId") or rule.get("DestinationPrefixListId")
    if "CidrIp" in rule:
        found["IpRanges"] = [{"CidrIp": rule["CidrIp"], **note}]
    elif "CidrIpv6" in rule:
        found["Ipv6Ranges"] = [{"CidrIpv6": rule["CidrIpv6"], **note}]
    elif group:
        found["UserIdGroupPairs"] = [{"GroupId": group, **note}]
    elif prefix:
        found["PrefixListIds"] = [{"PrefixListId": prefix, **note}]
    else:
        raise ResourceError("a security group rule needs a source or destination")
    return found


@handles("AWS::EC2::SecurityGroup")
class SecurityGroup(Ec2):
    after_properties = frozenset(["Tags", "SecurityGroupIngress", "SecurityGroupEgress"])
    delete_call = ("ec2", "DeleteSecurityGroup", "GroupId")

    def create(self, ctx, properties, salt=""):
        request = {
            "GroupName": properties.get("GroupName") or ctx.name(255, salt=salt),
            "Description": properties["GroupDescription"],
        }
        if "VpcId" in properties:
            request["VpcId"] = properties["VpcId"]
        found = ctx.call("ec2", "CreateSecurityGroup", **request)["GroupId"]
        if properties.get("SecurityGroupEgress"):
            # Naming any egress rule takes away the "everything" rule of a new group.
            everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
            ctx.call("ec2", "RevokeSecurityGroupEgress", GroupId=found, IpPermissions=[everything])
        self.after(ctx, found, {}, properties, set(properties))
        return found, {"GroupId": found, "Id": found, "VpcId": properties.get("VpcId")}

    def update(self, ctx, resource, properties, changed):
        self.after(ctx, resource.physical_id, resource.properties, properties, changed)

    def after(self, ctx, physical_id, old, new, changed):
        super().after(ctx, physical_id, old, new, changed)
        for kind in ("Ingress", "Egress"):
            name = "SecurityGroup" + kind
            before, wanted = old.get(name) or [], new.get(name) or []
            gone = [permission(rule) for rule in before if rule not in wanted]
            added = [permission(rule) for rule in wanted if rule not in before]
            if gone:
                ctx.call("ec2", "Revoke" + name, GroupId=physical_id, IpPermissions=gone)
            if added:
                ctx.call("ec2", "Authorize" + name, GroupId=physical_id, IpPermissions=added)


class SecurityGroupRule(Handler):
    kind = None

    def create(self, ctx, properties, salt=""):
        response = ctx.call(
            "ec2",
            "AuthorizeSecurityGroup" + self.kind,
            GroupId=properties["GroupId"],
            IpPermissions=[permission(properties)],
        )
        rule = response["SecurityGroupRules"][0]["SecurityGroupRuleId"]
        return rule, {"Id": rule}

    def update(self, ctx, resource, properties, changed):
        # Only the description may change in place.
        self.delete(ctx, resource)
        resource.physical_id, resource.attributes = self.create(ctx, properties)

    def delete(self, ctx, resource):
        ctx.call(
            "ec2",
            "RevokeSecurityGroup" + self.kind,
            GroupId=resource.properties["GroupId"],
            IpPermissions=[permission(resource.properties)],
        )


@handles("AWS::EC2::SecurityGroupIngress")
class SecurityGroupIngress(SecurityGroupRule):
    kind = "Ingress"


@handles("AWS::EC2::SecurityGroupEgress")
class SecurityGroupEgress(SecurityGroupRule):
    kind = "Egress"


# ---- load balancing -------------------------------------------------------------------------


class Elb(Handler):
    answer = None
    id_member = None

    def physical_id(self, ctx, request, response):
        return response[self.answer][0][self.id_member]

    def after(self, ctx, physical_id, old, new, changed):
        if "Tags" in changed and old:
            if new.get("Tags"):
                ctx.call("elbv2", "AddTags", ResourceArns=[physical_id], Tags=new["Tags"])
            kept = {tag["Key"] for tag in new.get("Tags") or []}
            gone = [tag["Key"] for tag in old.get("Tags") or [] if tag["Key"] not in kept]
            if gone:
                ctx.call("elbv2", "RemoveTags", ResourceArns=[physical_id], TagKeys=gone)


@handles("AWS::ElasticLoadBalancingV2::LoadBalancer")
class LoadBalancer(Elb):
    answer, id_member = "LoadBalancers", "LoadBalancerArn"
    name_property, name_limit = "Name", 32
    after_properties = frozenset(
        ["Tags", "LoadBalancerAttributes", "Subnets", "SecurityGroups", "IpAddressType"]
    )

    def attributes(self, ctx, request, response):
        found = response["LoadBalancers"][0]
        arn = found["LoadBalancerArn"]
        return {
            "LoadBalancerArn": arn,
            "DNSName": found["DNSName"],
            "CanonicalHostedZoneID": found.get("CanonicalHostedZoneId", "Z35SXDOTRQ7X7K"),
            "LoadBalancerName": found["LoadBalancerName"],
            "SecurityGroups": request.get("SecurityGroups", []),
            "LoadBalancerFullName": arn.split(":loadbalancer/")[1],
        }

    def after(self, ctx, physical_id, old, new, changed):
        super().after(ctx, physical_id, old, new, changed)
        target = {"LoadBalancerArn": physical_id}
        attributes = attribute_list(new.get("LoadBalancerAttributes"))
        if "LoadBalancerAttributes" in changed and attributes:
            ctx.call("elbv2", "ModifyLoadBalancerAttributes", Attributes=attributes, **target)
        if not old:
            return
        if "Subnets" in changed:
            ctx.call("elbv2", "SetSubnets", Subnets=new["Subnets"], **target)
        if "SecurityGroups" in changed:
            ctx.call("elbv2", "SetSecurityGroups", SecurityGroups=new["SecurityGroups"], **target)
        if "IpAddressType" in changed:
            ctx.call("elbv2", "SetIpAddressType", IpAddressType=new["IpAddressType"], **target)

    def delete(self, ctx, resource):
        attributes = ctx.call(
            "elbv2", "DescribeLoadBalancerAttributes", LoadBalancerArn=resource.physical_id
        )["Attributes"]
        if {"Key": "deletion_protection.enabled", "Value": "true"} in attributes:
            raise ResourceError(
                f"Load balancer '{resource.physical_id}' cannot be deleted because deletion "
                "protection is enabled (OperationNotPermitted)"
            )
        ctx.call("elbv2", "DeleteLoadBalancer", LoadBalancerArn=resource.physical_id)


@handles("AWS::ElasticLoadBalancingV2::TargetGroup")
class TargetGroup(Elb):
    answer, id_member = "TargetGroups", "TargetGroupArn"
    name_property, name_limit = "Name", 32
    update_call = ("elbv2", "ModifyTargetGroup", "TargetGroupArn")
    delete_call = ("elbv2", "DeleteTargetGroup", "TargetGroupArn")

    def attributes(self, ctx, request, response):
        arn = response["TargetGroups"][0]["TargetGroupArn"]
        return {
            "TargetGroupArn": arn,
            "TargetGroupName": request["Name"],
            "TargetGroupFullName": arn.split(":")[-1],
            "LoadBalancerArns": [],
        }

    def call_update(self, ctx, resource, request, changed):
        if set(changed) - {"Tags", "TargetGroupAttributes"}:
            super().call_update(ctx, resource, request, changed)

    def physical_name(self, resource):
        return resource.attributes["TargetGroupName"]

    def after(self, ctx, physical_id, old, new, changed):
        super().after(ctx, physical_id, old, new, changed)
        attributes = attribute_list(new.get("TargetGroupAttributes"))
        if "TargetGroupAttributes" in changed and attributes:
            ctx.call(
                "elbv2",
                "ModifyTargetGroupAttributes",
                TargetGroupArn=physical_id,
                Attributes=attributes,
            )


def filled_action(action):
    """moto reads TargetGroupArn of a forward action; the API fills it in for one group."""
    groups = (action.get("ForwardConfig") or {}).get("TargetGroups") or []
    if action.get("Type") == "forward" and "TargetGroupArn" not in action and len(groups) == 1:
        return {**action, "TargetGroupArn": groups[0]["TargetGroupArn"]}
    return action


@handles("AWS::ElasticLoadBalancingV2::Listener")
class Listener(Elb):
    answer, id_member = "Listeners", "ListenerArn"
    # Every update re-sends the whole listener, weights included: that is what CloudFormation does
    # and how a harmless-looking update moves live traffic.
    update_call = ("elbv2", "ModifyListener", "ListenerArn")
    delete_call = ("elbv2", "DeleteListener", "ListenerArn")

    def request(self, ctx, properties):
        service, operation, request = super().request(ctx, properties)
        request["DefaultActions"] = [filled_action(a) for a in request.get("DefaultActions", [])]
        return service, operation, request

    def before_create(self, ctx, properties, request):
        found = ctx.call(
            "elbv2", "DescribeListeners", LoadBalancerArn=properties["LoadBalancerArn"]
        )["Listeners"]
        if request.get("Port") in [listener.get("Port") for listener in found]:
            raise ResourceError("A listener already exists on this port (DuplicateListener)")
        return request

    def attributes(self, ctx, request, response):
        return {"ListenerArn": response["Listeners"][0]["ListenerArn"]}

    def after(self, ctx, physical_id, old, new, changed):
        super().after(ctx, physical_id, old, new, changed)
        attributes = attribute_list(new.get("ListenerAttributes"))
        if "ListenerAttributes" in changed and attributes:
            ctx.call(
                "elbv2",
                "ModifyListenerAttributes",
                ListenerArn=physical_id,
                Attributes=attributes,
            )


@handles("AWS::ElasticLoadBalancingV2::ListenerRule")
class ListenerRule(Elb):
    answer, id_member = "Rules", "RuleArn"
    update_call = ("elbv2", "ModifyRule", "RuleArn")
    delete_call = ("elbv2", "DeleteRule", "RuleArn")

    def request(self, ctx, properties):
        service, operation, request = super().request(ctx, properties)
        request["Actions"] = [filled_action(action) for action in request.get("Actions", [])]
        return service, operation, request

    def attributes(self, ctx, request, response):
        return {"RuleArn": response["Rules"][0]["RuleArn"], "IsDefault": False}

    def after(self, ctx, physical_id, old, new, changed):
        super().after(ctx, physical_id, old, new, changed)
        if old and "Priority" in changed:
            priority = {"RuleArn": physical_id, "Priority": int(new["Priority"])}
            ctx.call("elbv2", "SetRulePriorities", RulePriorities=[priority])


@handles("AWS::ElasticLoadBalancingV2::ListenerCertificate")
class ListenerCertificate(Handler):
    def physical_id(self, ctx, request, response):
        return request["ListenerArn"] + "/certificates"

    def update(self, ctx, resource, properties, changed):
        old, new = resource.properties["Certificates"], properties["Certificates"]
        target = {"ListenerArn": properties["ListenerArn"]}
        added = [certificate for certificate in new if certificate not in old]
        gone = [certificate for certificate in old if certificate not in new]
        if added:
            ctx.call("elbv2", "AddListenerCertificates", Certificates=added, **target)
        if gone:
            ctx.call("elbv2", "RemoveListenerCertificates", Certificates=gone, **target)

    def delete(self, ctx, resource):
        ctx.call("elbv2", "RemoveListenerCertificates", **resource.properties)


# ---- ECS ------------------------------------------------------------------------------------


@handles("AWS::ECS::Cluster")
class EcsCluster(Handler):
    name_property = "ClusterName"
    update_call = ("ecs", "UpdateCluster", "cluster")
    delete_call = ("ecs", "DeleteCluster", "cluster")

    def physical_id(self, ctx, request, response):
        return response["cluster"]["clusterName"]

    def attributes(self, ctx, request, response):
        return {"Arn": response["cluster"]["clusterArn"]}


@handles("AWS::ECS::ClusterCapacityProviderAssociations")
class CapacityProviders(Handler):
    put_again = True

    def physical_id(self, ctx, request, response):
        return request["cluster"]


@handles("AWS::ECS::TaskDefinition")
class TaskDefinition(Handler):
    delete_call = ("ecs", "DeregisterTaskDefinition", "taskDefinition")
    name_property = "Family"

    def physical_id(self, ctx, request, response):
        return response["taskDefinition"]["taskDefinitionArn"]

    def attributes(self, ctx, request, response):
        return {"TaskDefinitionArn": response["taskDefinition"]["taskDefinitionArn"]}

    def physical_name(self, resource):
        return resource.physical_id.split("/")[-1].split(":")[0]


@handles("AWS::ECS::Service")
class EcsService(Handler):
    name_property = "ServiceName"

    def physical_id(self, ctx, request, response):
        return response["service"]["serviceArn"]

    def attributes(self, ctx, request, response):
        service = response["service"]
        return {"Name": service["serviceName"], "ServiceArn": service["serviceArn"]}

    def deployments(self, ctx, where):
        """The newest first; CloudFormation waits for those that an update starts."""
        return ctx.call("ecs", "ListServiceDeployments", **where)["serviceDeployments"]

    def update(self, ctx, resource, properties, changed):
        _, _, request = self.request(ctx, {**properties, "ServiceName": "unused"})
        members = shapes.input_shape("ecs", "UpdateService").members
        wanted = {name.lower() for name in changed}
        # Only what changed is sent: sending everything was a bug of the old handler, and would
        # make every update of a CODE_DEPLOY service fail.
        update = {k: v for k, v in request.items() if k in members and k.lower() in wanted}
        if "Tags" in changed:
            tags = request.get("tags") or []
            ctx.call("ecs", "TagResource", resourceArn=resource.physical_id, tags=tags)
        if update:
            where = {"cluster": request.get("cluster", "default"), "service": resource.physical_id}
            before = self.deployments(ctx, where)
            ctx.call("ecs", "UpdateService", **where, **update)
            for deployment in self.deployments(ctx, where)[: -len(before) or None]:
                if deployment["status"] != "SUCCESSFUL":
                    raise ResourceError(f"Service deployment is {deployment['status']}")

    def delete(self, ctx, resource):
        ctx.call(
            "ecs",
            "DeleteService",
            cluster=resource.properties.get("Cluster", "default"),
            service=resource.physical_id,
            force=True,
        )


@handles("AWS::ECS::TaskSet")
class TaskSet(Handler):
    update_call = ("ecs", "UpdateTaskSet", "taskSet")

    def physical_id(self, ctx, request, response):
        return response["taskSet"]["id"]

    def attributes(self, ctx, request, response):
        return {"Id": response["taskSet"]["id"]}

    def delete(self, ctx, resource):
        where = {"cluster": resource.properties["Cluster"], "service": resource.properties["Service"]}
        ctx.call("ecs", "DeleteTaskSet", taskSet=resource.physical_id, force=True, **where)


@handles("AWS::ECS::PrimaryTaskSet")
class PrimaryTaskSet(Handler):
    put_again = True

    def physical_id(self, ctx, request, response):
        return f"{request['cluster']}|{request['service']}"


# ---- deployment -----------------------------------------------------------------------------


@handles("AWS::CodeDeploy::Application")
class CodeDeployApplication(Handler):
    name_property, name_limit = "ApplicationName", 100
    delete_call = ("codedeploy", "DeleteApplication", "applicationName")

    def physical_id(self, ctx, request, response):
        return request["applicationName"]


@handles("AWS::CodeDeploy::DeploymentConfig")
class DeploymentConfig(Handler):
    name_property, name_limit = "DeploymentConfigName", 100
    delete_call = ("codedeploy", "DeleteDeploymentConfig", "deploymentConfigName")

    def physical_id(self, ctx, request, response):
        return request["deploymentConfigName"]


@handles("AWS::CodeDeploy::DeploymentGroup")
class DeploymentGroup(Handler):
    name_property, name_limit = "DeploymentGroupName", 100

    def physical_id(self, ctx, request, response):
        return request["deploymentGroupName"]

    def update(self, ctx, resource, properties, changed):
        _, _, request = self.request(ctx, {**properties, "DeploymentGroupName": "unused"})
        members = shapes.input_shape("codedeploy", "UpdateDeploymentGroup").members
        update = {k: v for k, v in request.items() if k in members}
        update["currentDeploymentGroupName"] = resource.physical_id
        ctx.call("codedeploy", "UpdateDeploymentGroup", **update)

    def delete(self, ctx, resource):
        ctx.call(
            "codedeploy",
            "DeleteDeploymentGroup",
            applicationName=resource.properties["ApplicationName"],
            deploymentGroupName=resource.physical_id,
        )


@handles("AWS::CodePipeline::Pipeline")
class Pipeline(Handler):
    name_property, name_limit = "Name", 100
    delete_call = ("codepipeline", "DeletePipeline", "name")

    def physical_id(self, ctx, request, response):
        return response["pipeline"]["name"]

    def attributes(self, ctx, request, response):
        return {"Version": str(response["pipeline"].get("version", 1))}

    def update(self, ctx, resource, properties, changed):
        named = {**properties, "Name": resource.physical_id}
        _, _, request = self.request(ctx, named)
        response = ctx.call("codepipeline", "UpdatePipeline", pipeline=request["pipeline"])
        return self.attributes(ctx, request, response)


@handles("AWS::CodeBuild::Project")
class CodeBuildProject(Handler):
    name_property, name_limit = "Name", 150
    update_call = ("codebuild", "UpdateProject", "name")
    delete_call = ("codebuild", "DeleteProject", "name")

    def physical_id(self, ctx, request, response):
        return response["project"]["name"]

    def attributes(self, ctx, request, response):
        return {"Arn": response["project"]["arn"], "Id": response["project"]["name"]}


@handles("AWS::CodeStarNotifications::NotificationRule")
class NotificationRule(Handler):
    """moto has no such service: requests are validated, nothing can be read back."""

    name_property = "Name"

    def create(self, ctx, properties, salt=""):
        self.check(ctx, properties, salt)
        digest = hashlib.sha256(f"{ctx.stack_id}/{ctx.logical_id}/{salt}".encode()).hexdigest()
        arn = ctx.arn("codestar-notifications", f"notificationrule/{digest[:40]}")
        return arn, {"Arn": arn}

    def update(self, ctx, resource, properties, changed):
        self.check(ctx, properties, "")

    def check(self, ctx, properties, salt):
        service, operation, request = self.request(ctx, self.named(ctx, properties, salt))
        errors = shapes.problems(service, operation, request)
        if errors:
            raise ResourceError("; ".join(errors))

    def delete(self, ctx, resource):
        pass


@handles("AWS::ECR::Repository")
class EcrRepository(Handler):
    name_property, name_limit, name_lower = "RepositoryName", 256, True
    after_properties = frozenset(
        [
            "Tags",
            "LifecyclePolicy",
            "RepositoryPolicyText",
            "ImageTagMutability",
            "ImageScanningConfiguration",
            "EmptyOnDelete",
        ]
    )

    def physical_id(self, ctx, request, response):
        return response["repository"]["repositoryName"]

    def attributes(self, ctx, request, response):
        found = response["repository"]
        return {"Arn": found["repositoryArn"], "RepositoryUri": found["repositoryUri"]}

    def after(self, ctx, physical_id, old, new, changed):
        target = {"repositoryName": physical_id}
        policy = (new.get("LifecyclePolicy") or {}).get("LifecyclePolicyText")
        if "LifecyclePolicy" in changed and policy:
            ctx.call("ecr", "PutLifecyclePolicy", lifecyclePolicyText=text(policy), **target)
        if "RepositoryPolicyText" in changed and new.get("RepositoryPolicyText"):
            policy = text(new["RepositoryPolicyText"])
            ctx.call("ecr", "SetRepositoryPolicy", policyText=policy, **target)
        if not old:
            return
        if "ImageTagMutability" in changed:
            value = new.get("ImageTagMutability", "MUTABLE")
            ctx.call("ecr", "PutImageTagMutability", imageTagMutability=value, **target)
        if "ImageScanningConfiguration" in changed:
            on_push = (new.get("ImageScanningConfiguration") or {}).get("ScanOnPush", False)
            scan = {"scanOnPush": is_true(on_push)}
            ctx.call(
                "ecr", "PutImageScanningConfiguration", imageScanningConfiguration=scan, **target
            )

    def delete(self, ctx, resource):
        force = is_true(resource.properties.get("EmptyOnDelete", False))
        ctx.call("ecr", "DeleteRepository", repositoryName=resource.physical_id, force=force)


# ---- logs, storage, keys --------------------------------------------------------------------


@handles("AWS::Logs::LogGroup")
class LogGroup(Handler):
    name_property, name_limit = "LogGroupName", 512
    delete_call = ("logs", "DeleteLogGroup", "logGroupName")
    after_properties = frozenset(["Tags", "RetentionInDays", "KmsKeyId"])

    def physical_id(self, ctx, request, response):
        return request["logGroupName"]

    def attributes(self, ctx, request, response):
        return {"Arn": ctx.arn("logs", f"log-group:{request['logGroupName']}:*")}

    def after(self, ctx, physical_id, old, new, changed):
        target = {"logGroupName": physical_id}
        if "RetentionInDays" in changed:
            if "RetentionInDays" in new:
                days = int(new["RetentionInDays"])
                ctx.call("logs", "PutRetentionPolicy", retentionInDays=days, **target)
            else:
                ctx.call("logs", "DeleteRetentionPolicy", **target)


@handles("AWS::Logs::ResourcePolicy")
class LogsResourcePolicy(Handler):
    put_again = True
    name_property = "PolicyName"
    delete_call = ("logs", "DeleteResourcePolicy", "policyName")

    def physical_id(self, ctx, request, response):
        return request["policyName"]


# Parts of a bucket: property -> (operation, request member, function to API spelling)
def _encryption(value):
    rules = []
    for rule in value["ServerSideEncryptionConfiguration"]:
        rule = dict(rule)
        if "ServerSideEncryptionByDefault" in rule:
            default = rule.pop("ServerSideEncryptionByDefault")
            rule["ApplyServerSideEncryptionByDefault"] = default
        rules.append(rule)
    return {"Rules": rules}


def _lifecycle(value):
    rules = []
    for rule in value["Rules"]:
        found = {"ID": rule.get("Id", "rule"), "Status": rule["Status"]}
        found["Filter"] = {"Prefix": rule.get("Prefix", "")}
        if "ExpirationInDays" in rule:
            found["Expiration"] = {"Days": rule["ExpirationInDays"]}
        elif "ExpiredObjectDeleteMarker" in rule:
            found["Expiration"] = {"ExpiredObjectDeleteMarker": rule["ExpiredObjectDeleteMarker"]}
        if "NoncurrentVersionExpirationInDays" in rule:
            days = rule["NoncurrentVersionExpirationInDays"]
            found["NoncurrentVersionExpiration"] = {"NoncurrentDays": days}
        if "Transitions" in rule:
            found["Transitions"] = [
                {"Days": t["TransitionInDays"], "StorageClass": t["StorageClass"]}
                for t in rule["Transitions"]
            ]
        for name in ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"):
            if name in rule:
                found[name] = rule[name]
        rules.append(found)
    return {"Rules": rules}


def _logging(value):
    renamed = {"DestinationBucketName": "TargetBucket", "LogFilePrefix": "TargetPrefix"}
    enabled = {renamed[name]: item for name, item in value.items()}
    return {"LoggingEnabled": {"TargetPrefix": "", **enabled}}


BUCKET_PARTS = {
    "VersioningConfiguration": ("PutBucketVersioning", "VersioningConfiguration", None),
    "BucketEncryption": (
        "PutBucketEncryption",
        "ServerSideEncryptionConfiguration",
        _encryption,
    ),
    "PublicAccessBlockConfiguration": (
        "PutPublicAccessBlock",
        "PublicAccessBlockConfiguration",
        None,
    ),
    "OwnershipControls": ("PutBucketOwnershipControls", "OwnershipControls", None),
    "LifecycleConfiguration": (
        "PutBucketLifecycleConfiguration",
        "LifecycleConfiguration",
        _lifecycle,
    ),
    "LoggingConfiguration": ("PutBucketLogging", "BucketLoggingStatus", _logging),
    "NotificationConfiguration": (
        "PutBucketNotificationConfiguration",
        "NotificationConfiguration",
        lambda value: (
            {"EventBridgeConfiguration": {}} if "EventBridgeConfiguration" in value else {}
        ),
    ),
    "Tags": ("PutBucketTagging", "Tagging", lambda value: {"TagSet": value}),
}


@handles("AWS::S3::Bucket")
class Bucket(Handler):
    def create(self, ctx, properties, salt=""):
        name = properties.get("BucketName") or ctx.name(63, lower=True, salt=salt)
        request = {"Bucket": name}
        if ctx.region != "us-east-1":
            request["CreateBucketConfiguration"] = {"LocationConstraint": ctx.region}
        ctx.call("s3", "CreateBucket", **request)
        self.after(ctx, name, {}, properties, set(properties) - {"BucketName"})
        suffix = "amazonaws.com.cn" if ctx.partition == "aws-cn" else "amazonaws.com"
        return name, {
            "Arn": f"arn:{ctx.partition}:s3:::{name}",
            "DomainName": f"{name}.s3.{suffix}",
            "RegionalDomainName": f"{name}.s3.{ctx.region}.{suffix}",
        }

    def update(self, ctx, resource, properties, changed):
        self.after(ctx, resource.physical_id, resource.properties, properties, changed)

    def after(self, ctx, physical_id, old, new, changed):
        for name in sorted(changed):
            if name not in BUCKET_PARTS:
                raise ResourceError(f"the emulator does not know bucket property {name}")
            operation, member, spell = BUCKET_PARTS[name]
            if name not in new:
                raise ResourceError(f"the emulator cannot take {name} away from a bucket")
            value = spell(new[name]) if spell else new[name]
            errors = []
            shape = shapes.input_shape("s3", operation).members[member]
            value = shapes.convert(shape, value, f"S3::Bucket.{name}", errors)
            if errors:
                raise ResourceError("; ".join(errors))
            ctx.call("s3", operation, **{"Bucket": physical_id, member: value})

    def delete(self, ctx, resource):
        ctx.call("s3", "DeleteBucket", Bucket=resource.physical_id)


@handles("AWS::S3::BucketPolicy")
class BucketPolicy(Handler):
    def create(self, ctx, properties, salt=""):
        policy = text(properties["PolicyDocument"])
        ctx.call("s3", "PutBucketPolicy", Bucket=properties["Bucket"], Policy=policy)
        return properties["Bucket"], {}

    def update(self, ctx, resource, properties, changed):
        self.create(ctx, properties)

    def delete(self, ctx, resource):
        ctx.call("s3", "DeleteBucketPolicy", Bucket=resource.physical_id)


@handles("AWS::KMS::Key")
class KmsKey(Handler):
    after_properties = frozenset(
        ["Tags", "EnableKeyRotation", "KeyPolicy", "PendingWindowInDays", "Description"]
    )

    def physical_id(self, ctx, request, response):
        return response["KeyMetadata"]["KeyId"]

    def attributes(self, ctx, request, response):
        return {"Arn": response["KeyMetadata"]["Arn"], "KeyId": response["KeyMetadata"]["KeyId"]}

    def after(self, ctx, physical_id, old, new, changed):
        if "EnableKeyRotation" in changed:
            enabled = is_true(new.get("EnableKeyRotation", False))
            operation = "EnableKeyRotation" if enabled else "DisableKeyRotation"
            ctx.call("kms", operation, KeyId=physical_id)
        if old and "KeyPolicy" in changed:
            policy = text(new["KeyPolicy"])
            ctx.call("kms", "PutKeyPolicy", KeyId=physical_id, PolicyName="default", Policy=policy)
        if old and "Description" in changed:
            description = new.get("Description", "")
            ctx.call("kms", "UpdateKeyDescription", KeyId=physical_id, Description=description)

    def delete(self, ctx, resource):
        days = int(resource.properties.get("PendingWindowInDays", 30))
        ctx.call("kms", "ScheduleKeyDeletion", KeyId=resource.physical_id, PendingWindowInDays=days)


@handles("AWS::KMS::Alias")
class KmsAlias(Handler):
    update_call = ("kms", "UpdateAlias", "AliasName")
    delete_call = ("kms", "DeleteAlias", "AliasName")

    def physical_id(self, ctx, request, response):
        return request["AliasName"]


@handles("AWS::SSM::Parameter")
class SsmParameter(Handler):
    name_property, name_limit = "Name", 1000
    delete_call = ("ssm", "DeleteParameter", "Name")

    def physical_id(self, ctx, request, response):
        return request["Name"]

    def attributes(self, ctx, request, response):
        return {"Type": request["Type"], "Value": request["Value"]}

    def update(self, ctx, resource, properties, changed):
        _, _, request = self.request(ctx, {**properties, "Name": resource.physical_id})
        request.pop("Tags", None)  # PutParameter refuses tags together with Overwrite
        ctx.call("ssm", "PutParameter", Overwrite=True, **request)
        return self.attributes(ctx, request, None)


# ---- IAM ------------------------------------------------------------------------------------


@handles("AWS::IAM::Role")
class Role(Handler):
    name_property = "RoleName"
    after_properties = frozenset(
        [
            "Tags",
            "Policies",
            "ManagedPolicyArns",
            "AssumeRolePolicyDocument",
            "Description",
            "MaxSessionDuration",
            "PermissionsBoundary",
        ]
    )

    def physical_id(self, ctx, request, response):
        return request["RoleName"]

    def attributes(self, ctx, request, response):
        return {"Arn": response["Role"]["Arn"], "RoleId": response["Role"]["RoleId"]}

    def after(self, ctx, physical_id, old, new, changed):
        target = {"RoleName": physical_id}
        if old and "AssumeRolePolicyDocument" in changed:
            document = text(new["AssumeRolePolicyDocument"])
            ctx.call("iam", "UpdateAssumeRolePolicy", PolicyDocument=document, **target)
        if old and {"Description", "MaxSessionDuration"} & set(changed):
            request = {"Description": new.get("Description", "")}
            if "MaxSessionDuration" in new:
                request["MaxSessionDuration"] = int(new["MaxSessionDuration"])
            ctx.call("iam", "UpdateRole", **request, **target)
        if old and "PermissionsBoundary" in changed:
            boundary = new.get("PermissionsBoundary")
            if boundary:
                ctx.call(
                    "iam", "PutRolePermissionsBoundary", PermissionsBoundary=boundary, **target
                )
            else:
                ctx.call("iam", "DeleteRolePermissionsBoundary", **target)
        before = {policy["PolicyName"] for policy in old.get("Policies") or []}
        for policy in new.get("Policies") or []:
            before.discard(policy["PolicyName"])
            put_role_policy(ctx, physical_id, policy["PolicyName"], policy["PolicyDocument"])
        for name in sorted(before):
            ctx.call("iam", "DeleteRolePolicy", PolicyName=name, **target)
        attached, wanted = old.get("ManagedPolicyArns") or [], new.get("ManagedPolicyArns") or []
        for arn in wanted:
            if arn not in attached:
                ctx.call("iam", "AttachRolePolicy", PolicyArn=arn, **target)
        for arn in attached:
            if arn not in wanted:
                ctx.call("iam", "DetachRolePolicy", PolicyArn=arn, **target)

    def delete(self, ctx, resource):
        target = {"RoleName": resource.physical_id}
        for arn in resource.properties.get("ManagedPolicyArns") or []:
            ctx.call("iam", "DetachRolePolicy", PolicyArn=arn, **target)
        for policy in resource.properties.get("Policies") or []:
            ctx.call("iam", "DeleteRolePolicy", PolicyName=policy["PolicyName"], **target)
        ctx.call("iam", "DeleteRole", **target)


def put_role_policy(ctx, role, name, document):
    ctx.call("iam", "PutRolePolicy", RoleName=role, PolicyName=name, PolicyDocument=text(document))


@handles("AWS::IAM::Policy")
class InlinePolicy(Handler):
    def create(self, ctx, properties, salt=""):
        if not properties.get("Roles"):
            raise ResourceError("the emulator supports policies of roles only")
        for role in properties["Roles"]:
            put_role_policy(ctx, role, properties["PolicyName"], properties["PolicyDocument"])
        return ctx.name(128, salt=salt), {}

    def update(self, ctx, resource, properties, changed):
        kept = properties["Roles"] if "PolicyName" not in changed else []
        self.remove(ctx, resource, [r for r in resource.properties["Roles"] if r not in kept])
        for role in properties["Roles"]:
            put_role_policy(ctx, role, properties["PolicyName"], properties["PolicyDocument"])

    def remove(self, ctx, resource, roles):
        name = resource.properties["PolicyName"]
        for role in roles:
            ctx.call("iam", "DeleteRolePolicy", RoleName=role, PolicyName=name)

    def delete(self, ctx, resource):
        self.remove(ctx, resource, resource.properties["Roles"])


@handles("AWS::IAM::ManagedPolicy")
class ManagedPolicy(Handler):
    name_property, name_limit = "ManagedPolicyName", 128

    def physical_id(self, ctx, request, response):
        return response["Policy"]["Arn"]

    def attributes(self, ctx, request, response):
        return {"PolicyArn": response["Policy"]["Arn"], "PolicyId": response["Policy"]["PolicyId"]}

    def update(self, ctx, resource, properties, changed):
        target = {"PolicyArn": resource.physical_id}
        if "PolicyDocument" in changed:
            versions = ctx.call("iam", "ListPolicyVersions", **target)["Versions"]
            spare = [v["VersionId"] for v in versions if not v["IsDefaultVersion"]]
            if len(versions) >= 5:  # IAM keeps five; CloudFormation drops the oldest spare one
                ctx.call("iam", "DeletePolicyVersion", VersionId=spare[-1], **target)
            document = text(properties["PolicyDocument"])
            ctx.call(
                "iam", "CreatePolicyVersion", PolicyDocument=document, SetAsDefault=True, **target
            )
        self.after(ctx, resource.physical_id, resource.properties, properties, changed)

    def after(self, ctx, physical_id, old, new, changed):
        before, wanted = old.get("Roles") or [], new.get("Roles") or []
        for role in [role for role in wanted if role not in before]:
            ctx.call("iam", "AttachRolePolicy", RoleName=role, PolicyArn=physical_id)
        for role in [role for role in before if role not in wanted]:
            ctx.call("iam", "DetachRolePolicy", RoleName=role, PolicyArn=physical_id)

    def delete(self, ctx, resource):
        target = {"PolicyArn": resource.physical_id}
        for role in resource.properties.get("Roles") or []:
            ctx.call("iam", "DetachRolePolicy", RoleName=role, **target)
        for version in ctx.call("iam", "ListPolicyVersions", **target)["Versions"]:
            if not version["IsDefaultVersion"]:
                ctx.call("iam", "DeletePolicyVersion", VersionId=version["VersionId"], **target)
        ctx.call("iam", "DeletePolicy", **target)


# ---- messages, alarms, events ---------------------------------------------------------------

TOPIC_ATTRIBUTES = ("KmsMasterKeyId", "DisplayName", "SignatureVersion", "TracingConfig")


@handles("AWS::SNS::Topic")
class Topic(Handler):
    name_property, name_limit = "TopicName", 256
    delete_call = ("sns", "DeleteTopic", "TopicArn")

    def physical_id(self, ctx, request, response):
        return response["TopicArn"]

    def attributes(self, ctx, request, response):
        return {"TopicArn": response["TopicArn"], "TopicName": request["Name"]}

    def before_create(self, ctx, properties, request):
        attributes = {k: str(properties[k]) for k in TOPIC_ATTRIBUTES if k in properties}
        return {**request, "Attributes": attributes} if attributes else request

    def update(self, ctx, resource, properties, changed):
        for name in TOPIC_ATTRIBUTES:
            if name in changed:
                ctx.call(
                    "sns",
                    "SetTopicAttributes",
                    TopicArn=resource.physical_id,
                    AttributeName=name,
                    AttributeValue=str(properties.get(name, "")),
                )
        self.after(ctx, resource.physical_id, resource.properties, properties, changed)

    def after(self, ctx, physical_id, old, new, changed):
        before = old.get("Subscription") or []
        for subscription in new.get("Subscription") or []:
            if subscription not in before:
                ctx.call("sns", "Subscribe", TopicArn=physical_id, **subscription)


@handles("AWS::SNS::TopicPolicy")
class TopicPolicy(Handler):
    def create(self, ctx, properties, salt=""):
        self.put(ctx, properties)
        return ctx.name(128, salt=salt), {"Id": ctx.name(128, salt=salt)}

    def update(self, ctx, resource, properties, changed):
        self.put(ctx, properties)

    def put(self, ctx, properties):
        for topic in properties["Topics"]:
            ctx.call(
                "sns",
                "SetTopicAttributes",
                TopicArn=topic,
                AttributeName="Policy",
                AttributeValue=text(properties["PolicyDocument"]),
            )


@handles("AWS::SNS::Subscription")
class Subscription(Handler):
    delete_call = ("sns", "Unsubscribe", "SubscriptionArn")
    simple = ("TopicArn", "Protocol", "Endpoint")

    def create(self, ctx, properties, salt=""):
        request = {name: properties[name] for name in self.simple if name in properties}
        extra = {k: text(v) for k, v in properties.items() if k not in self.simple + ("Region",)}
        response = ctx.call(
            "sns", "Subscribe", Attributes=extra, ReturnSubscriptionArn=True, **request
        )
        return response["SubscriptionArn"], {"Arn": response["SubscriptionArn"]}

    def update(self, ctx, resource, properties, changed):
        for name in sorted(changed):
            ctx.call(
                "sns",
                "SetSubscriptionAttributes",
                SubscriptionArn=resource.physical_id,
                AttributeName=name,
                AttributeValue=text(properties.get(name, {})),
            )


class AlarmBase(Handler):
    put_again = True
    name_property, name_limit = "AlarmName", 255

    def physical_id(self, ctx, request, response):
        return request["AlarmName"]

    def attributes(self, ctx, request, response):
        return {"Arn": ctx.arn("cloudwatch", f"alarm:{request['AlarmName']}")}

    def delete(self, ctx, resource):
        ctx.call("cloudwatch", "DeleteAlarms", AlarmNames=[resource.physical_id])


@handles("AWS::CloudWatch::Alarm")
class Alarm(AlarmBase):
    pass


@handles("AWS::CloudWatch::CompositeAlarm")
class CompositeAlarm(AlarmBase):
    pass


@handles("AWS::CloudWatch::Dashboard")
class Dashboard(Handler):
    put_again = True
    name_property, name_limit = "DashboardName", 255

    def physical_id(self, ctx, request, response):
        return request["DashboardName"]

    def before_create(self, ctx, properties, request):
        try:
            json.loads(request["DashboardBody"])
        except ValueError as error:
            raise ResourceError(f"The field DashboardBody must be a valid JSON object: {error}")
        return request

    def delete(self, ctx, resource):
        ctx.call("cloudwatch", "DeleteDashboards", DashboardNames=[resource.physical_id])


@handles("AWS::Events::Rule")
class EventsRule(Handler):
    put_again = True
    name_property = "Name"

    def physical_id(self, ctx, request, response):
        return request["Name"]

    def attributes(self, ctx, request, response):
        return {"Arn": response["RuleArn"]}

    def before_create(self, ctx, properties, request):
        if not (request.get("EventPattern") or request.get("ScheduleExpression")):
            raise ResourceError("a rule needs EventPattern or ScheduleExpression")
        return request

    def after(self, ctx, physical_id, old, new, changed):
        if "Targets" not in changed:
            return
        errors = []
        shape = shapes.input_shape("events", "PutTargets").members["Targets"]
        targets = shapes.convert(shape, new.get("Targets") or [], "Events::Rule.Targets", errors)
        if errors:
            raise ResourceError("; ".join(errors))
        kept = {target["Id"] for target in targets}
        gone = [t["Id"] for t in old.get("Targets") or [] if t["Id"] not in kept]
        if gone:
            ctx.call("events", "RemoveTargets", Rule=physical_id, Ids=gone)
        if targets:
            ctx.call("events", "PutTargets", Rule=physical_id, Targets=targets)

    def delete(self, ctx, resource):
        ids = [target["Id"] for target in resource.properties.get("Targets") or []]
        if ids:
            ctx.call("events", "RemoveTargets", Rule=resource.physical_id, Ids=ids)
        ctx.call("events", "DeleteRule", Name=resource.physical_id)


# ---- functions ------------------------------------------------------------------------------


@handles("AWS::Lambda::Function")
class LambdaFunction(Handler):
    name_property = "FunctionName"
    delete_call = ("lambda", "DeleteFunction", "FunctionName")

    def physical_id(self, ctx, request, response):
        return request["FunctionName"]

    def attributes(self, ctx, request, response):
        return {"Arn": response["FunctionArn"]}

    def update(self, ctx, resource, properties, changed):
        _, _, request = self.request(ctx, {**properties, "FunctionName": resource.physical_id})
        target = {"FunctionName": resource.physical_id}
        if "Code" in changed:
            ctx.call("lambda", "UpdateFunctionCode", **target, **request["Code"])
        members = shapes.input_shape("lambda", "UpdateFunctionConfiguration").members
        rest = {k: v for k, v in request.items() if k in members and k in changed}
        if rest:
            ctx.call("lambda", "UpdateFunctionConfiguration", **{**rest, **target})
        self.after(ctx, resource.physical_id, resource.properties, properties, changed)

    def after(self, ctx, physical_id, old, new, changed):
        if "ReservedConcurrentExecutions" in changed and "ReservedConcurrentExecutions" in new:
            ctx.call(
                "lambda",
                "PutFunctionConcurrency",
                FunctionName=physical_id,
                ReservedConcurrentExecutions=int(new["ReservedConcurrentExecutions"]),
            )


@handles("AWS::Lambda::Permission")
class LambdaPermission(Handler):
    def before_create(self, ctx, properties, request):
        return {**request, "StatementId": ctx.name(100)}

    def physical_id(self, ctx, request, response):
        return request["StatementId"]

    def attributes(self, ctx, request, response):
        return {"Id": request["StatementId"]}

    def delete(self, ctx, resource):
        ctx.call(
            "lambda",
            "RemovePermission",
            FunctionName=resource.properties["FunctionName"],
            StatementId=resource.physical_id,
        )


@handles("AWS::StepFunctions::StateMachine")
class StateMachine(Handler):
    name_property, name_limit = "StateMachineName", 80
    update_call = ("stepfunctions", "UpdateStateMachine", "stateMachineArn")
    delete_call = ("stepfunctions", "DeleteStateMachine", "stateMachineArn")

    def physical_id(self, ctx, request, response):
        return response["stateMachineArn"]

    def attributes(self, ctx, request, response):
        return {"Arn": response["stateMachineArn"], "Name": request["name"]}

    def physical_name(self, resource):
        return resource.attributes["Name"]


# ---- scaling, discovery, firewall -----------------------------------------------------------


@handles("AWS::ApplicationAutoScaling::ScalableTarget")
class ScalableTarget(Handler):
    put_again = True

    def physical_id(self, ctx, request, response):
        names = ("ResourceId", "ScalableDimension", "ServiceNamespace")
        return "|".join(request[name] for name in names)

    def attributes(self, ctx, request, response):
        return {"Id": self.physical_id(ctx, request, response)}

    def identity(self, resource):
        names = ("ServiceNamespace", "ResourceId", "ScalableDimension")
        return {name: resource.properties[name] for name in names}

    def delete(self, ctx, resource):
        ctx.call("application-autoscaling", "DeregisterScalableTarget", **self.identity(resource))


@handles("AWS::ApplicationAutoScaling::ScalingPolicy")
class ScalingPolicy(Handler):
    put_again = True

    def physical_id(self, ctx, request, response):
        return response["PolicyARN"]

    def attributes(self, ctx, request, response):
        return {"Arn": response["PolicyARN"]}

    def delete(self, ctx, resource):
        _, _, request = self.request(ctx, resource.properties)
        names = ("PolicyName", "ServiceNamespace", "ResourceId", "ScalableDimension")
        ctx.call(
            "application-autoscaling",
            "DeleteScalingPolicy",
            **{name: request[name] for name in names},
        )


@handles("AWS::ServiceDiscovery::PrivateDnsNamespace")
class PrivateDnsNamespace(Handler):
    delete_call = ("servicediscovery", "DeleteNamespace", "Id")

    def found(self, ctx, response):
        operation = ctx.call(
            "servicediscovery", "GetOperation", OperationId=response["OperationId"]
        )["Operation"]
        namespace = operation["Targets"]["NAMESPACE"]
        return ctx.call("servicediscovery", "GetNamespace", Id=namespace)["Namespace"]

    def physical_id(self, ctx, request, response):
        return self.found(ctx, response)["Id"]

    def attributes(self, ctx, request, response):
        found = self.found(ctx, response)
        zone = (found.get("Properties") or {}).get("DnsProperties") or {}
        return {
            "Arn": found["Arn"],
            "Id": found["Id"],
            "HostedZoneId": zone.get("HostedZoneId", ""),
        }


@handles("AWS::ServiceDiscovery::HttpNamespace")
class HttpNamespace(PrivateDnsNamespace):
    """One without a hosted zone."""


@handles("AWS::ServiceDiscovery::Service")
class DiscoveryService(Handler):
    name_property = "Name"
    delete_call = ("servicediscovery", "DeleteService", "Id")

    def physical_id(self, ctx, request, response):
        return response["Service"]["Id"]

    def attributes(self, ctx, request, response):
        found = response["Service"]
        return {"Arn": found["Arn"], "Id": found["Id"], "Name": found["Name"]}

    def update(self, ctx, resource, properties, changed):
        _, _, request = self.request(ctx, {**properties, "Name": resource.attributes["Name"]})
        members = shapes.model("servicediscovery").shape_for("ServiceChange").members
        change = {name: value for name, value in request.items() if name in members}
        change.get("DnsConfig", {}).pop("NamespaceId", None)  # creation only
        change.get("DnsConfig", {}).pop("RoutingPolicy", None)
        ctx.call("servicediscovery", "UpdateService", Id=resource.physical_id, Service=change)


@handles("AWS::WAFv2::WebACL")
class WebAcl(Handler):
    name_property, name_limit = "Name", 128

    def physical_id(self, ctx, request, response):
        return f"{request['Name']}|{response['Summary']['Id']}|{request['Scope']}"

    def attributes(self, ctx, request, response):
        summary = response["Summary"]
        return {"Arn": summary["ARN"], "Id": summary["Id"], "Capacity": 0, "LabelNamespace": ""}

    def identity(self, ctx, resource):
        name, found, scope = resource.physical_id.split("|")
        target = {"Name": name, "Id": found, "Scope": scope}
        lock = ctx.call("wafv2", "GetWebACL", **target)["LockToken"]
        return {**target, "LockToken": lock}

    def update(self, ctx, resource, properties, changed):
        named = {**properties, "Name": resource.physical_id.split("|")[0]}
        _, _, request = self.request(ctx, named)
        members = shapes.input_shape("wafv2", "UpdateWebACL").members
        update = {name: value for name, value in request.items() if name in members}
        ctx.call("wafv2", "UpdateWebACL", **{**update, **self.identity(ctx, resource)})

    def delete(self, ctx, resource):
        ctx.call("wafv2", "DeleteWebACL", **self.identity(ctx, resource))


@handles("AWS::WAFv2::WebACLAssociation")
class WebAclAssociation(Handler):
    def physical_id(self, ctx, request, response):
        return f"{request['WebACLArn']}|{request['ResourceArn']}"

    def delete(self, ctx, resource):
        ctx.call("wafv2", "DisassociateWebACL", ResourceArn=resource.properties["ResourceArn"])
