"""Conditions: what each is worth, and what is left of a template once they are known."""

from __future__ import annotations

from collections.abc import Mapping
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


class _Evaluation:
    def __init__(self, conditions: Mapping[str, Any], values: Mapping[str, Any], mappings: Mapping[str, Any]) -> None:
        self._conditions = conditions
        self._known: dict[str, bool] = {}
        self._open: list[str] = []
        self._resolver = Resolver(
            values=values,
            mappings=mappings,
            reference=_refuse_resource,
            attribute=lambda resource, _: _refuse_resource(resource),
            export=_refuse_resource,
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
        if not isinstance(argument, list):
            raise ValidationError(f"Template error: every {function} object requires a list")
        if function == "Fn::Equals":
            first, second = (self._resolver.resolve(part) for part in argument)
            return as_text(first) == as_text(second)
        if function == "Fn::Not":
            return not self._test(argument[0])
        if function == "Fn::And":
            return all(self._test(part) for part in argument)
        if function == "Fn::Or":
            return any(self._test(part) for part in argument)
        raise ValidationError(f"Template error: {function} is no condition function")


def _refuse_resource(name: str) -> Any:
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
    argument = value["Fn::If"]
    if not isinstance(argument, list) or len(argument) != 3:  # noqa: PLR2004 - condition and two branches
        raise ValidationError("Template error: Fn::If requires a list argument with three elements")
    name, then, otherwise = argument
    if name not in conditions:
        raise ValidationError(
            f"Template format error: Unresolved condition dependency {name} in the Resources block of the template"
        )
    return prune(then if conditions[name] else otherwise, conditions)
