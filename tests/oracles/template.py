"""Read CloudFormation templates and evaluate their intrinsic functions.

Everything here is written from the CloudFormation documentation and deliberately shares no code
with bluegreen's own renderer: an oracle that reuses what it judges proves nothing.

The evaluator works in two modes, told apart only by the `reference` callback it is given:

* concrete (the emulator): the callback answers with physical ids and attribute values;
* symbolic (resolve.py): the callback answers with the `Ref` or `Fn::GetAtt` itself, and every
  function that meets such a value keeps itself, so that linters can look at the rest.
"""

import ipaddress
import json
import re

import yaml

SHORT_FUNCTIONS = (
    "Base64 Cidr FindInMap GetAZs ImportValue Join Select Split Sub Transform And Equals If Not Or "
    "Length ToJsonString Contains EachMemberIn EachMemberEquals RefAll ValueOf ValueOfAll"
).split()


class TemplateError(Exception):
    """What CloudFormation would answer with a ValidationError."""


# ---- reading --------------------------------------------------------------------------------


class _Loader(yaml.SafeLoader):
    """PyYAML (YAML 1.1) with the short tags, refusing duplicate keys like CloudFormation does."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise TemplateError(f"duplicate key {key!r} at line {key_node.start_mark.line + 1}")
            seen.add(key)
        return super().construct_mapping(node, deep)


def _plain(loader, node):
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)


def _short(name):
    return lambda loader, node: {name: _plain(loader, node)}


def _get_att(loader, node):
    value = _plain(loader, node)
    # `!GetAtt A.B.C` means resource A, attribute B.C (nested stacks use dotted attributes).
    return {"Fn::GetAtt": value.split(".", 1) if isinstance(value, str) else value}


for _name in SHORT_FUNCTIONS:
    _Loader.add_constructor("!" + _name, _short("Fn::" + _name))
_Loader.add_constructor("!Ref", _short("Ref"))
_Loader.add_constructor("!Condition", _short("Condition"))
_Loader.add_constructor("!GetAtt", _get_att)


def _dates_to_text(value):
    """`AWSTemplateFormatVersion: 2010-09-09` is a date in YAML 1.1; CloudFormation reads text."""
    if isinstance(value, dict):
        return {k: _dates_to_text(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_dates_to_text(v) for v in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def parse(text, dates_as_text=True):
    """Template text, YAML or JSON, as plain data in long form (`Fn::Sub`, not `!Sub`)."""
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except ValueError:
            pass  # a YAML flow mapping may start with a brace as well
    try:
        data = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise TemplateError("Template format error: YAML not well-formed. " + str(error)) from error
    if not isinstance(data, dict):
        raise TemplateError("Template format error: the template is not an object")
    return _dates_to_text(data) if dates_as_text else data


def load(path):
    with open(path, encoding="utf-8") as file:
        return parse(file.read())


# ---- references -----------------------------------------------------------------------------

SUB_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


def references(value):
    """Every (logical id, attribute or None) that a value mentions, parameters included."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name == "Ref":
                yield argument, None
                return
            if name == "Fn::GetAtt":
                parts = argument.split(".", 1) if isinstance(argument, str) else argument
                yield parts[0], parts[1]
                return
            if name == "Fn::Sub":
                text, local = argument if isinstance(argument, list) else (argument, {})
                yield from references(local)
                for variable in SUB_VARIABLE.findall(text):
                    if variable not in local:
                        logical_id, _, attribute = variable.strip().partition(".")
                        yield logical_id, attribute or None
                return
        for item in value.values():
            yield from references(item)


def creation_order(resources):
    """Logical ids sorted so that everything comes after what it refers to or depends on."""
    order, state = [], {}

    def visit(logical_id, trail):
        if state.get(logical_id) == "done":
            return
        if state.get(logical_id) == "open":
            cycle = trail[trail.index(logical_id) :]
            raise TemplateError(
                f"Circular dependency between resources: [{', '.join(sorted(cycle))}]"
            )
        state[logical_id] = "open"
        resource = resources[logical_id]
        needs = resource.get("DependsOn") or []
        needs = [needs] if isinstance(needs, str) else list(needs)
        needs += [name for name, _ in references(resource.get("Properties") or {})]
        for need in needs:
            if need in resources:
                visit(need, trail + [logical_id])
        state[logical_id] = "done"
        order.append(logical_id)

    for logical_id in resources:
        visit(logical_id, [])
    return order


# ---- evaluating -----------------------------------------------------------------------------

NO_VALUE = object()
URL_SUFFIX = {"aws": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-us-gov": "amazonaws.com"}


def partition_of(region):
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def pseudo_parameters(region, account, stack_name, stack_id):
    partition = partition_of(region)
    return {
        "AWS::Region": region,
        "AWS::AccountId": account,
        "AWS::Partition": partition,
        "AWS::URLSuffix": URL_SUFFIX[partition],
        "AWS::StackName": stack_name,
        "AWS::StackId": stack_id,
        "AWS::NotificationARNs": [],
        "AWS::NoValue": NO_VALUE,
    }


def is_symbolic(value):
    """True when some part of a value still has to be answered by a deployed resource."""
    if isinstance(value, list):
        return any(is_symbolic(item) for item in value)
    if isinstance(value, dict):
        if len(value) == 1:
            name = next(iter(value))
            if name == "Ref" or name.startswith("Fn::"):
                return True
        return any(is_symbolic(item) for item in value.values())
    return False


def as_text(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class Evaluator:
    """Evaluates one template with one set of parameter values."""

    def __init__(self, template, parameters, pseudo, imports, reference):
        self.template = template
        self.parameters = parameters
        self.pseudo = pseudo
        self.imports = imports  # export name -> value
        self.reference = reference  # (logical id, attribute or None) -> value
        self.imported = set()  # the export names really used
        self._conditions = {}

    # -- conditions

    def condition(self, name):
        if name not in self._conditions:
            declared = self.template.get("Conditions") or {}
            if name not in declared:
                raise TemplateError(f"Template error: unresolved condition dependency {name}")
            self._conditions[name] = None  # a condition that needs itself is caught below
            self._conditions[name] = self.truth(declared[name])
        if self._conditions[name] is None:
            raise TemplateError(f"Template error: condition {name} depends on itself")
        return self._conditions[name]

    def truth(self, expression):
        if isinstance(expression, bool):
            return expression
        if not isinstance(expression, dict) or len(expression) != 1:
            raise TemplateError(f"Template error: not a condition: {expression!r}")
        name, argument = next(iter(expression.items()))
        if name == "Condition":
            return self.condition(argument)
        if name == "Fn::Equals":
            left, right = (self.value(item) for item in argument)
            return as_text(left) == as_text(right)
        if name == "Fn::Not":
            return not self.truth(argument[0])
        if name == "Fn::And":
            return all([self.truth(item) for item in argument])
        if name == "Fn::Or":
            return any([self.truth(item) for item in argument])
        # The remaining ones exist only inside Rules.
        if name == "Fn::Contains":
            items, wanted = (self.value(item) for item in argument)
            return as_text(wanted) in [as_text(item) for item in items]
        if name == "Fn::EachMemberIn":
            items, allowed = (self.value(item) for item in argument)
            return all(as_text(i) in [as_text(a) for a in allowed] for i in items)
        if name == "Fn::EachMemberEquals":
            items, wanted = (self.value(item) for item in argument)
            return all(as_text(i) == as_text(wanted) for i in items)
        raise TemplateError(f"Template error: unknown condition function {name}")

    def failed_rules(self):
        for name, rule in (self.template.get("Rules") or {}).items():
            if "RuleCondition" in rule and not self.truth(rule["RuleCondition"]):
                continue
            for assertion in rule["Assertions"]:
                if not self.truth(assertion["Assert"]):
                    yield name, assertion.get("AssertDescription", "assertion failed")

    # -- values

    def value(self, value):
        """The value, or NO_VALUE when it is AWS::NoValue."""
        if isinstance(value, list):
            return [v for v in (self.value(item) for item in value) if v is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name == "Ref":
                return self.ref(argument)
            if name.startswith("Fn::"):
                method = getattr(self, "fn_" + name[4:].lower(), None)
                if method is None:
                    raise TemplateError(f"Template error: unknown function {name}")
                return method(argument)
        items = ((key, self.value(item)) for key, item in value.items())
        return {key: item for key, item in items if item is not NO_VALUE}

    def ref(self, name):
        if name in self.parameters:
            return self.parameters[name]
        if name in self.pseudo:
            return self.pseudo[name]
        self.check_resource(name)
        return self.reference(name, None)

    def check_resource(self, name):
        resource = (self.template.get("Resources") or {}).get(name)
        if resource is None or (
            "Condition" in resource and not self.condition(resource["Condition"])
        ):
            raise TemplateError(
                f"Template format error: Unresolved resource dependencies [{name}] in the "
                "Resources block of the template"
            )

    def fn_getatt(self, argument):
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        self.check_resource(name)
        return self.reference(name, self.value(attribute))

    def fn_sub(self, argument):
        text, local = argument if isinstance(argument, list) else (argument, {})
        local = {name: self.value(item) for name, item in local.items()}
        kept = {}

        def replace(match):
            variable = match.group(1).strip()
            if variable in local:
                found = local[variable]
            elif variable in self.parameters or variable in self.pseudo:
                found = self.ref(variable)
            elif "." in variable:
                found = self.fn_getatt(variable)
            else:
                found = self.ref(variable)
            if is_symbolic(found):
                if variable in local:
                    kept[variable] = found
                return "${" + variable + "}"
            if isinstance(found, (list, dict)) or found is NO_VALUE:
                raise TemplateError(f"Template error: Fn::Sub variable {variable} is not a string")
            return as_text(found)

        result = SUB_VARIABLE.sub(replace, text)
        if SUB_VARIABLE.search(result) and self.is_kept(text, result):
            return {"Fn::Sub": [result, kept] if kept else result}
        return result.replace("${!", "${")

    @staticmethod
    def is_kept(before, after):
        """A parameter's value may itself hold `${…}` text; only variables of the text count."""
        variables = {name.strip() for name in SUB_VARIABLE.findall(before)}
        return any(name.strip() in variables for name in SUB_VARIABLE.findall(after))

    def fn_join(self, argument):
        delimiter, items = argument[0], self.value(argument[1])
        if isinstance(items, dict) or is_symbolic(items):
            return {"Fn::Join": [delimiter, items]}
        return delimiter.join(as_text(item) for item in items)

    def fn_split(self, argument):
        delimiter, text = argument[0], self.value(argument[1])
        if isinstance(text, dict):
            joined = text.get("Fn::Join")
            if joined and joined[0] == delimiter and isinstance(joined[1], list):
                return joined[1]  # splitting what was joined the same way: the list itself
            return {"Fn::Split": [delimiter, text]}
        return text.split(delimiter)

    def fn_select(self, argument):
        index, items = int(self.value(argument[0])), self.value(argument[1])
        if isinstance(items, dict):
            return {"Fn::Select": [index, items]}
        if not 0 <= index < len(items):
            raise TemplateError(
                f"Template error: Fn::Select cannot select nonexistent value at index {index}"
            )
        return items[index]

    def fn_findinmap(self, argument):
        name, first, second = (self.value(item) for item in argument[:3])
        try:
            return self.template["Mappings"][name][as_text(first)][as_text(second)]
        except KeyError:
            raise TemplateError(
                f"Template error: Unable to get mapping for {name}::{first}::{second}"
            ) from None

    def fn_if(self, argument):
        return self.value(argument[1] if self.condition(argument[0]) else argument[2])

    def fn_importvalue(self, argument):
        name = self.value(argument)
        if is_symbolic(name):
            return {"Fn::ImportValue": name}
        if name not in self.imports:
            raise TemplateError(f"No export named {name} found.")
        self.imported.add(name)
        return self.imports[name]

    def fn_cidr(self, argument):
        block, count, bits = (self.value(item) for item in (list(argument) + [8])[:3])
        if is_symbolic(block):
            return {"Fn::Cidr": [block, count, bits]}
        network = ipaddress.ip_network(block)
        prefix = network.max_prefixlen - int(bits)
        if prefix < network.prefixlen or 2 ** (prefix - network.prefixlen) < int(count):
            raise TemplateError(
                f"Template error: Fn::Cidr cannot cut {count} blocks out of {block}"
            )
        blocks = network.subnets(new_prefix=prefix)
        return [str(next(blocks)) for _ in range(int(count))]

    def fn_getazs(self, argument):
        region = self.value(argument) or self.pseudo["AWS::Region"]
        return [region + zone for zone in "abc"]

    def fn_base64(self, argument):
        import base64

        text = self.value(argument)
        if is_symbolic(text):
            return {"Fn::Base64": text}
        return base64.b64encode(text.encode()).decode()

    def fn_tojsonstring(self, argument):
        value = self.value(argument)
        if is_symbolic(value):
            return {"Fn::ToJsonString": value}
        return json.dumps(value, separators=(",", ":"))

    def fn_length(self, argument):
        items = self.value(argument)
        return {"Fn::Length": items} if isinstance(items, dict) else len(items)

    # -- whole template

    def active_resources(self):
        """The resources whose condition holds, in template order."""
        return {
            logical_id: resource
            for logical_id, resource in (self.template.get("Resources") or {}).items()
            if "Condition" not in resource or self.condition(resource["Condition"])
        }

    def active_outputs(self):
        return {
            name: output
            for name, output in (self.template.get("Outputs") or {}).items()
            if "Condition" not in output or self.condition(output["Condition"])
        }


# ---- parameters -----------------------------------------------------------------------------


def parameter_values(template, given, ssm_lookup=None):
    """Checks given values against the declarations; returns typed values by name."""
    declared = template.get("Parameters") or {}
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise TemplateError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    missing = [n for n, d in declared.items() if n not in given and "Default" not in d]
    if missing:
        raise TemplateError(f"Parameters: [{', '.join(missing)}] must have values")
    values = {}
    for name, declaration in declared.items():
        text = as_text(given[name] if name in given else declaration["Default"])
        kind = declaration.get("Type", "String")
        items = [t.strip() for t in text.split(",")] if "List" in kind else [text]
        for item in items:
            _check_parameter(name, item, declaration, kind)
        if kind.startswith("AWS::SSM::Parameter::Value<") and ssm_lookup:
            text = ssm_lookup(text)
            items = text.split(",")
        values[name] = items if "List" in kind else text
    return values


def _check_parameter(name, item, declaration, kind):
    def fail(why):
        raise TemplateError(declaration.get("ConstraintDescription") or f"Parameter {name} {why}")

    allowed = declaration.get("AllowedValues")
    if allowed is not None and item not in [as_text(value) for value in allowed]:
        fail(f"must be one of AllowedValues, not {item!r}")
    pattern = declaration.get("AllowedPattern")
    if pattern is not None and not re.fullmatch(pattern, item):
        fail(f"{item!r} failed to satisfy constraint: {pattern}")
    if len(item) < int(declaration.get("MinLength", 0)):
        fail(f"{item!r} is too short")
    if len(item) > int(declaration.get("MaxLength", 4096)):
        fail(f"{item!r} is too long")
    if kind in ("Number", "List<Number>"):
        try:
            number = float(item)
        except ValueError:
            fail(f"{item!r} is not a number")
        if number < float(declaration.get("MinValue", "-inf")):
            fail(f"{item} is below MinValue")
        if number > float(declaration.get("MaxValue", "inf")):
            fail(f"{item} is above MaxValue")
