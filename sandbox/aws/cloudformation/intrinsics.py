"""CloudFormation's functions, resolved against a scope; what is not known yet stays UNKNOWN."""

from __future__ import annotations

import base64
import ipaddress
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.aws.cloudformation.template import as_text


class _Unknown:
    """A value that only deploying will tell (as a change set's `{{changeSet:KNOWN_AFTER_APPLY}}`)."""

    def __repr__(self) -> str:
        return "{{changeSet:KNOWN_AFTER_APPLY}}"


class _NoValue:
    """What `AWS::NoValue` refers to: the property or the element is left out."""


UNKNOWN: Final = _Unknown()
NO_VALUE: Final = _NoValue()

SUB_VARIABLE = re.compile(r"\$\{(?P<literal>!?)(?P<name>[^${}]*)\}")
_SUB_NAME = re.compile(r"[A-Za-z0-9_.:]+")
_JOIN = (
    "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings "
    "to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined."
)
_SPLIT = (
    "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be "
    "split or a function that returns a string to be split."
)
_SELECT = "Template error: Fn::Select requires a list argument with two elements: an integer index and a list"
_CIDR = "Template error: every Fn::Cidr object requires an IP address block, a count and at most the size of a block."


def function_of(value: Any) -> str | None:
    """The function that `value` calls, or None where it is plain data."""
    if isinstance(value, dict) and len(value) == 1:
        (name,) = value
        if isinstance(name, str) and (name == "Ref" or name.startswith("Fn::")):
            return name
    return None


def contains_unknown(value: Any) -> bool:
    """Whether any part of `value` is known only after deploying."""
    if isinstance(value, dict):
        return any(map(contains_unknown, value.values()))
    if isinstance(value, list):
        return any(map(contains_unknown, value))
    return value is UNKNOWN


@dataclass(frozen=True)
class Resolver:
    """Resolves functions. The callables answer what depends on the stack and the account.

    `reference` and `attribute` may answer UNKNOWN; any function over UNKNOWN is UNKNOWN.
    """

    values: Mapping[str, Any]
    mappings: Mapping[str, Any]
    reference: Callable[[str], Any]
    attribute: Callable[[str, str], Any]
    export: Callable[[str], Any]
    zones: Callable[[str], Any]

    def resolve(self, value: Any) -> Any:
        """`value` without functions.

        Raises:
            ValidationError: a function is misused, in AWS's words.
        """
        function = function_of(value)
        if function is not None:
            return self._call(function, value[function])
        if isinstance(value, dict):
            resolved = {key: self.resolve(entry) for key, entry in value.items()}
            return {key: entry for key, entry in resolved.items() if entry is not NO_VALUE}
        if isinstance(value, list):
            return [entry for entry in map(self.resolve, value) if entry is not NO_VALUE]
        return value

    def _call(self, function: str, argument: Any) -> Any:
        method = _FUNCTIONS.get(function)
        if method is None:
            raise ValidationError(
                f"Template error: Encountered unsupported function: {function} "
                f"Supported functions are: [{', '.join(_FUNCTIONS)}]"
            )
        return method(self, argument)

    def _ref(self, name: Any) -> Any:
        if not isinstance(name, str):
            raise ValidationError("Template error: every Ref object must have a single String value.")
        value = name if name == "AWS::NoValue" else self.values.get(name)
        if value == "AWS::NoValue":  # a parameter may say so too
            return NO_VALUE
        return self.values[name] if name in self.values else self.reference(name)

    def _get_att(self, argument: Any) -> Any:
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        if not isinstance(parts, list) or len(parts) != 2 or not isinstance(parts[0], str) or not all(parts):  # noqa: PLR2004 - resource and attribute
            raise ValidationError(
                "Template error: every Fn::GetAtt object requires two non-empty parameters, "
                "the resource name and the resource attribute"
            )
        attribute = self.resolve(parts[1])
        return UNKNOWN if attribute is UNKNOWN else self.attribute(parts[0], as_text(attribute))

    def _sub(self, argument: Any) -> Any:
        text, variables = argument if _is_pair(argument) else (argument, {})
        if not isinstance(text, str) or not isinstance(variables, dict):
            raise ValidationError(
                "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. "
                "Specify a string as first argument, and an optional second argument to specify a mapping "
                "of values to replace in the string"
            )
        unknown = False

        def substitute(match: re.Match[str]) -> str:
            nonlocal unknown
            if match["literal"]:
                return f"${{{match['name']}}}"
            value = self._sub_variable(match["name"].strip(), variables)
            unknown = unknown or value is UNKNOWN
            return as_text(value)

        replaced = SUB_VARIABLE.sub(substitute, text)
        return UNKNOWN if unknown else replaced

    def _sub_variable(self, name: str, variables: Mapping[str, Any]) -> Any:
        if not _SUB_NAME.fullmatch(name):
            raise ValidationError(
                "Template error: variable names in Fn::Sub syntax must contain only alphanumeric "
                "characters, underscores, periods, and colons"
            )
        if name in variables:
            value = self.resolve(variables[name])
        elif "." in name:
            value = self._get_att(name)
        else:
            value = self._ref(name)
        if isinstance(value, list | dict):
            raise ValidationError(f"Template error: variable {name} in Fn::Sub expression does not resolve to a string")
        return value

    def _join(self, argument: Any) -> Any:
        delimiter, values = self._two(_JOIN, argument)
        if delimiter is UNKNOWN or contains_unknown(values):
            return UNKNOWN
        if (
            not isinstance(delimiter, str)
            or not isinstance(values, list)
            or any(isinstance(value, list | dict) for value in values)
        ):
            raise ValidationError(_JOIN)
        return delimiter.join(map(as_text, values))

    def _split(self, argument: Any) -> Any:
        delimiter, text = self._two(_SPLIT, argument)
        if UNKNOWN in (delimiter, text):
            return UNKNOWN
        if not isinstance(delimiter, str) or not delimiter or isinstance(text, list | dict):
            raise ValidationError(_SPLIT)
        return as_text(text).split(delimiter)

    def _select(self, argument: Any) -> Any:
        index, values = self._two(_SELECT, argument)
        if index is not UNKNOWN and not re.fullmatch(r"[0-9]+", as_text(index)):
            raise ValidationError(_SELECT)
        if values is not UNKNOWN and not isinstance(values, list):
            raise ValidationError(_SELECT)
        if index is UNKNOWN:
            return UNKNOWN
        position = int(as_text(index))
        written = argument[1]
        if isinstance(written, list) and position >= len(written):
            raise ValidationError(_SELECT)
        if values is UNKNOWN:
            return UNKNOWN
        if position >= len(values):
            raise ValidationError(f"Template error: Fn::Select cannot select nonexistent value at index {position}")
        return values[position]

    def _two(self, complaint: str, argument: Any) -> tuple[Any, Any]:
        if not _is_pair(argument):
            raise ValidationError(complaint)
        return self.resolve(argument[0]), self.resolve(argument[1])

    def _find_in_map(self, argument: Any) -> Any:
        if not isinstance(argument, list) or len(argument) != 3:  # noqa: PLR2004 - map, key, key
            raise ValidationError(
                "Template error: every Fn::FindInMap object requires three parameters, "
                "the map name, map key and the attribute for return value"
            )
        names = [self.resolve(part) for part in argument]
        found: Any = self.mappings
        for depth, name in enumerate(names):
            if name is UNKNOWN:
                return UNKNOWN
            if as_text(name) not in found:
                raise ValidationError(_not_in_mappings(names, depth))
            found = found[as_text(name)]
        return found

    def _cidr(self, argument: Any) -> Any:
        if not isinstance(argument, list) or len(argument) not in (2, 3):
            raise ValidationError(_CIDR)
        block, count, *rest = (self.resolve(part) for part in argument)
        if UNKNOWN in (block, count, *rest):
            return UNKNOWN
        try:
            network = ipaddress.ip_network(as_text(block))
            prefix = network.max_prefixlen - int(rest[0] if rest else 64)
            blocks = list(itertools.islice(network.subnets(new_prefix=prefix), int(count)))
        except (TypeError, ValueError) as error:
            raise ValidationError(f"Template error: Fn::Cidr cannot divide {block}: {error}") from error
        if len(blocks) < int(count):
            raise ValidationError(f"Template error: Fn::Cidr cannot make {count} blocks of {block}")
        return [str(entry) for entry in blocks]

    def _get_azs(self, argument: Any) -> Any:
        region = self.resolve(argument)
        if region == "":
            region = self.values["AWS::Region"]
        return UNKNOWN if region is UNKNOWN else self.zones(region)

    def _import_value(self, argument: Any) -> Any:
        name = self.resolve(argument)
        return UNKNOWN if name is UNKNOWN else self.export(as_text(name))

    def _base64(self, argument: Any) -> Any:
        text = self.resolve(argument)
        return UNKNOWN if text is UNKNOWN else base64.b64encode(as_text(text).encode()).decode()


def _is_pair(argument: Any) -> bool:
    return isinstance(argument, list) and len(argument) == 2  # noqa: PLR2004


def _not_in_mappings(names: Sequence[Any], depth: int) -> str:
    if depth == 0:
        return f"Template error: Mapping named '{names[0]}' is not present in the 'Mappings' section of template."
    return f"Template error: Unable to get mapping for {'::'.join(map(as_text, names))}"


_FUNCTIONS: Mapping[str, Callable[[Resolver, Any], Any]] = {
    "Ref": Resolver._ref,
    "Fn::GetAtt": Resolver._get_att,
    "Fn::Sub": Resolver._sub,
    "Fn::Join": Resolver._join,
    "Fn::Split": Resolver._split,
    "Fn::Select": Resolver._select,
    "Fn::FindInMap": Resolver._find_in_map,
    "Fn::Cidr": Resolver._cidr,
    "Fn::GetAZs": Resolver._get_azs,
    "Fn::ImportValue": Resolver._import_value,
    "Fn::Base64": Resolver._base64,
}
