"""What a call asks of IAM: its actions, on which resources, with which condition keys.

From AWS's service authorization reference (`reference`) and botocore's models; `exceptions` are few.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from typing import Any, Protocol

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape

from sandbox.iam import exceptions
from sandbox.iam.reference import Action, ResourceType, find_action, is_key
from sandbox.iam.request import UnknownToSandboxError, Value

Params = Mapping[str, Any]
_ROLE = re.compile(r"arn:[^:]+:iam::\d+:role/.+")
_EC2_ID = re.compile(r"(?P<prefix>[a-z]+)-[0-9a-f]{8,17}")
_KINDS_OF_TAGS = ("aws:ResourceTag/", "ec2:ResourceTag/", "iam:ResourceTag/", "elasticloadbalancing:ResourceTag/")


class Surroundings(Protocol):
    """The account that a call is made in, and what exists there."""

    region: str
    account_id: str

    def arn(self, service: str, kind: str, name: str) -> str | None:
        """The ARN of what a name or an id stands for; None where there is no such thing."""
        ...

    def tags(self, arn: str) -> Mapping[str, str] | None:
        """The tags of a resource, none where there is no such thing; None where they cannot be told."""
        ...


@dataclass(frozen=True)
class Ask:
    """One action on one resource. `known` are keys, or beginnings of keys, whose values `keys` tells all of."""

    action: str
    resource: str
    keys: Mapping[str, Value] = field(default_factory=dict)
    known: tuple[str, ...] = ()

    def is_known(self, key: str) -> bool:
        """Whether a key that isn't among `keys` is one that AWS doesn't supply either."""
        service, _, name = self.action.partition(":")
        action = find_action(service, name)
        if action is not None and action.has_key(key):
            return key.lower() in self.known or key.lower().startswith(
                tuple(each for each in self.known if each.endswith(("/", ":")))
            )
        return key.lower().startswith(("aws:requesttag/", "aws:resourcetag/", "aws:tagkeys")) or is_key(key)


def asks_of_operation(service: str, operation: OperationModel, params: Params, where: Surroundings) -> Sequence[Ask]:
    """What a call of an operation asks for; `service` is IAM's prefix.

    Raises:
        UnknownToSandboxError: AWS's reference has no action of that name.
    """
    asked: list[Ask] = []
    for name in exceptions.actions(service, operation.name, params):
        for prefix in exceptions.SYNONYMS.get(service, (service,)):
            asked += asks_of_action(f"{prefix}:{name}", params, where, operation=operation)
    tagging = exceptions.TAGGING.get(service, {}).get(operation.name)
    if tagging and _tags(params):
        asked += [replace(each, action=f"{service}:{tagging}") for each in asked]
    return [*asked, *_roles_passed(service, operation.name, params, where)]


def asks_of_action(
    name: str, params: Params, where: Surroundings, *, own: str = "", operation: OperationModel | None = None
) -> Sequence[Ask]:
    """What an action asks for with these parameters.

    `own` names the kind of resource where the parameters may leave it open: what is being made, say. `operation`
    is the call's, which else is the one that is called like the action.
    """
    service, _, short = name.partition(":")
    action = find_action(service, short)
    if action is None:
        raise UnknownToSandboxError(f"the action {name}, which AWS's reference does not list")
    members = _members(operation or _operation(service, short))
    asked: list[Ask] = []
    for resource in _resources(service, action, params, where, own):
        arn = exceptions.resource(action.name, resource, params)
        tags = where.tags(arn)
        keys = dict([*_parameter_keys(action, members, params), *_tag_keys(action, params, tags or {})])
        if action.has_key("ec2:Region"):
            keys["ec2:Region"] = where.region
        known = [*(f"{service}:{member}" for member in members), "aws:requesttag/", "aws:tagkeys"]
        known += [] if tags is None else [kind.lower() for kind in _KINDS_OF_TAGS]
        asked.append(Ask(action.name, arn, keys, tuple(known)))
    return asked


def pass_role(role_arn: str, service: str) -> Ask:
    """That a service may be given a role."""
    return Ask("iam:PassRole", role_arn, {"iam:PassedToService": service})


def prefix_of(model: ServiceModel) -> str:
    """IAM's prefix of a service's actions."""
    return exceptions.PREFIXES.get(model.signing_name, model.signing_name)


def _roles_passed(service: str, operation: str, params: Params, where: Surroundings) -> Iterator[Ask]:
    if service == "sts":
        return
    passed_to = exceptions.PASSED_TO.get(service, f"{service}.amazonaws.com")
    for each in _nested(params):
        for role in _flat(each, exceptions.ROLE_PARAMETERS):
            if _ROLE.fullmatch(role):
                yield pass_role(role, passed_to)
    if (service, operation) == ("iam", "AddRoleToInstanceProfile"):
        yield pass_role(where.arn("iam", "role", params["RoleName"]) or "*", passed_to)


# -- resources --------------------------------------------------------------------------------------------


def _resources(service: str, action: Action, params: Params, where: Surroundings, own: str) -> Sequence[str]:
    """The ARNs: those that the parameters hold or name; where one is required and none is known, `*` for its name."""
    found = _identified(service, action, params, where, own)
    wanted = [kind for kind in action.types if kind.name == own] or [kind for kind in action.types if kind.required]
    for kind in wanted:
        # listener/app, listener/net, …: one of them stands for all
        if _family(kind.name) not in found and "" not in found:
            found[_family(kind.name)] = [kind.arn(_place(where))]
    return list(dict.fromkeys(arn for arns in found.values() for arn in arns)) or ["*"]


def _identified(service: str, action: Action, params: Params, where: Surroundings, own: str) -> dict[str, list[str]]:
    """The ARNs that the parameters tell, by the family of their kind; "" for kinds that the reference leaves out."""
    texts = _texts(params)
    found: dict[str, list[str]] = {}
    for kind in action.types:
        arns = [text for text in texts if kind.fits(text)]
        if service == "ec2":
            same = [text for text in texts if _ec2_kind(text) == kind.name]
            arns += [kind.arn(_place(where) | {kind.variables[0]: text}) for text in same]
        elif not arns:
            sole = kind.required or kind.name == own or len(action.types) == 1
            arns = list(_named(service, kind, params, where, by_name=sole))
        if arns:
            found.setdefault(_family(kind.name), []).extend(arns)
    services = "|".join(exceptions.SYNONYMS.get(service, (service,)))
    others = [text for text in texts if re.match(f"arn:[^:]+:(?:{services}):", text)]
    if action.types and not found and others:
        found[""] = others
    return found


def _family(kind: str) -> str:
    return kind.partition("/")[0]


def _named(service: str, kind: ResourceType, params: Params, where: Surroundings, *, by_name: bool) -> Iterator[str]:
    values = {variable: _values(service, variable, params, by_name) for variable in kind.variables}
    if not kind.required and not all(values[name] for name in kind.variables[:1]):
        return
    known = {variable: texts for variable, texts in values.items() if texts}
    for combination in product(*known.values()) if known else ():
        filled = dict(zip(known, combination, strict=True))
        existing = where.arn(service, kind.name, combination[0]) if _is_partial(kind, filled) else None
        place = _place(where)
        if (service, kind.name) == ("ssm", "parameter") and combination[0].startswith("aws/"):
            place["Account"] = ""  # AWS's own public parameters
        yield existing or kind.arn(place | filled)


def _values(service: str, variable: str, params: Params, by_name: bool) -> list[str]:
    plain = re.sub("WithPath$|WithoutLeadingSlash$", "", variable)
    names = [*exceptions.VARIABLES.get(service, {}).get(variable, [plain]), f"{plain}s"]
    if plain.endswith("Name"):
        names += [plain.removesuffix("Name"), *(("Name", "Names", "ids") if by_name else ())]
    shape = exceptions.VALUES.get((service, variable), str)
    for name in names:
        texts = _flat(params, (name,))
        if texts:
            return [shape(text) for text in texts]
    return []


def _is_partial(kind: ResourceType, filled: Mapping[str, str]) -> bool:
    named = {"KeyId", "SecretId"} & set(kind.variables)  # by an alias, or without the end of its ARN
    return len(filled) < len(kind.variables) or kind.variables[0].endswith("WithPath") or bool(named)


def _place(where: Surroundings) -> dict[str, str]:
    return {"Partition": "aws", "Region": where.region, "Account": where.account_id}


def _ec2_kind(text: str) -> str | None:
    found = _EC2_ID.fullmatch(text)
    return exceptions.EC2_KINDS.get(found["prefix"]) if found else None


def _texts(params: Params) -> list[str]:
    """Every text that is a parameter's value, or one of a parameter's list."""
    return [
        text
        for value in params.values()
        for text in (value if isinstance(value, list) else [value])
        if isinstance(text, str)
    ]


def _nested(value: Any) -> Iterator[Params]:
    """The parameters, and every structure in them."""
    if isinstance(value, Mapping):
        yield value
    for each in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _nested(each)


def _flat(params: Params, names: Sequence[str]) -> list[str]:
    wanted = {name.lower() for name in names}
    return _texts({name: value for name, value in params.items() if name.lower() in wanted})


# -- condition keys ---------------------------------------------------------------------------------------


def _parameter_keys(action: Action, members: Mapping[str, str], params: Params) -> Iterator[tuple[str, Value]]:
    """The keys that are called like a parameter, by its name or by its name on the wire."""
    for key in action.keys.union(*(kind.keys for kind in action.types)):
        if not key.startswith("aws:") and _plain(key) in members:
            texts = _flat(params, (members[_plain(key)],))
            if texts:
                yield key, texts[0] if len(texts) == 1 else tuple(texts)


def _tag_keys(action: Action, params: Params, own: Mapping[str, str]) -> Iterator[tuple[str, Value]]:
    """The keys of the request's tags, and of the resource's own."""
    tags = _tags(params)
    if tags and action.has_key("aws:RequestTag/x"):
        yield from ((f"aws:RequestTag/{name}", value) for name, value in tags.items())
        yield "aws:TagKeys", tuple(tags)
    for prefix in _KINDS_OF_TAGS:
        if action.has_key(f"{prefix}x"):
            yield from ((f"{prefix}{name}", value) for name, value in own.items())


def _tags(params: Params) -> dict[str, str]:
    """The tags that a request gives, in any of the shapes that AWS's services have for them."""
    within = params.get("CreateBucketConfiguration", params)
    given: Any = within.get("Tags") or params.get("tags") or params.get("TagList") or []
    if not given:
        given = [tag for each in params.get("TagSpecifications", []) for tag in each.get("Tags", [])]
    if isinstance(given, Mapping):
        return {str(name): str(value) for name, value in given.items()}
    lowered = [{name.lower(): value for name, value in tag.items()} for tag in given]
    return {tag.get("key", tag.get("tagkey", "")): tag.get("value", tag.get("tagvalue", "")) for tag in lowered}


def _plain(key: str) -> str:
    return key.partition(":")[2].lower()


@cache
def _operation(service: str, name: str) -> OperationModel | None:
    """The operation that is called like an action."""
    named = exceptions.SERVICES.get(service, service)
    if named not in _services():
        return None
    model = _model(named)
    return model.operation_model(name) if name in model.operation_names else None


@cache
def _loader() -> Loader:
    return Loader(include_default_search_paths=False, extra_search_paths=[Loader.BUILTIN_DATA_PATH])


@cache
def _services() -> frozenset[str]:
    return frozenset(_loader().list_available_services("service-2"))


@cache
def _model(service: str) -> ServiceModel:
    return ServiceModel(_loader().load_service_model(service, "service-2"), service)


def _members(operation: OperationModel | None) -> Mapping[str, str]:
    """How a condition key may call a parameter, by the parameter's name and by its name on the wire."""
    shape: Any = operation.input_shape if operation is not None else None
    members: Mapping[str, Shape] = shape.members if shape is not None else {}
    names = {name.lower(): name for name in members}
    return names | {str(each.serialization.get("name", name)).lower(): name for name, each in members.items()}
