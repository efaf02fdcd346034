"""Conditions: what each is worth, and what is left of a template once they are known."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sandbox.aws.cloudformation.errors import ValidationError
from sandbox.aws.cloudformation.intrinsics import Resolver
from sandbox.aws.cloudformation.template import as_text


def evaluate(conditions: Mapping[str, Any], values: Mapping[str, Any], mappings: Mapping[str, Any]) -> dict[str, bool]:
    """Every condition's value; they see parameters and mappings only.

    Raises:
        ValidationError: a condition is unknown, refers to itself or to a resource.
    """
    return _Evaluation(conditions, values, mappings).all()


# condition function -> the fewest and the most parameters, and AWS's words for them
_PARAMETERS = {
    "Fn::Equals": (2, 2, "a list of 2 string parameters"),
    "Fn::Not": (1, 1, "one boolean parameter"),
    "Fn::And": (2, 10, "a list of at least 2 and at most 10 boolean parameters"),
    "Fn::Or": (2, 10, "a list of at least 2 and at most 10 boolean parameters"),
}


class _Evaluation:
    def __init__(self, conditions: Mapping[str, Any], values: Mapping[str, Any], mappings: Mapping[str, Any]) -> None:
        self._conditions = conditions
        self._known: dict[str, bool] = {}
        self._open: list[str] = []
        self._resolver = Resolver(
            values=values,
            mappings=mappings,
            reference=refuse_resource,
            attribute=lambda resource, _: refuse_resource(resource),
            export=refuse_resource,
            zones=lambda _: [],
        )

    def all(self) -> dict[str, bool]:
        for name in self._conditions:
            self._named(name)
        return self._known

    def _named(self, name: str) -> bool:
        if name in self._known:
            return self._known[name]
        if name not in self._conditions:
            raise ValidationError(
                f"Template format error: Unresolved condition dependency {name} in the Conditions block of the template"
            )
        if name in self._open:
            raise ValidationError(
                f"Template format error: Circular dependencies for condition names: [{', '.join(self._open)}]"
            )
        self._open.append(name)
        self._known[name] = self._test(self._conditions[name])
        self._open.pop()
        return self._known[name]

    def _test(self, expression: Any) -> bool:
        if not isinstance(expression, dict) or len(expression) != 1:
            raise ValidationError("Template format error: Every Conditions member must be a condition function")
        ((function, argument),) = expression.items()
        if function == "Condition":
            return self._named(str(argument))
        if function not in _PARAMETERS:
            raise ValidationError(f"Template error: {function} is no condition function")
        least, most, what = _PARAMETERS[function]
        if not isinstance(argument, list) or not least <= len(argument) <= most:
            raise ValidationError(f"Template error: every {function} object requires {what}.")
        if function == "Fn::Equals":
            first, second = (self._resolver.resolve(part) for part in argument)
            return as_text(first) == as_text(second)
        results = [self._test(part) for part in argument]
        if function == "Fn::Not":
            return not results[0]
        return all(results) if function == "Fn::And" else any(results)


def refuse_resource(name: str) -> Any:
    """What is known before anything is made refers to parameters only."""
    raise ValidationError(
        f"Template format error: Unresolved dependencies [{name}]. "
        "Cannot reference resources in the Conditions block of the template"
    )


def prune(value: Any, conditions: Mapping[str, bool]) -> Any:
    """`value` with every Fn::If replaced by the branch that applies.

    Raises:
        ValidationError: a condition that the template does not define.
    """
    if isinstance(value, list):
        return [prune(entry, conditions) for entry in value]
    if not isinstance(value, dict):
        return value
    if value.keys() != {"Fn::If"}:
        return {key: prune(entry, conditions) for key, entry in value.items()}
    name, then, otherwise = branches(value["Fn::If"], conditions)
    return prune(then if conditions[name] else otherwise, conditions)


def branches(argument: Any, conditions: Collection[str]) -> tuple[str, Any, Any]:
    """The parts of an Fn::If: its condition's name, and what holds if it is true and if not.

    Raises:
        ValidationError: it is malformed, or the template does not define the condition.
    """
    if not isinstance(argument, list) or len(argument) != 3:  # noqa: PLR2004
        raise ValidationError("Template error: Fn::If requires a list argument with three elements")
    name, then, otherwise = argument
    if not isinstance(name, str) or name not in conditions:
        raise ValidationError(f"Template error: unresolved condition dependency {name} in Fn::If")
    return name, then, otherwise
