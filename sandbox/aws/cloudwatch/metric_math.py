"""Metric math expressions computed."""

from __future__ import annotations

import operator
from collections.abc import Callable

from sandbox.aws.cloudwatch.expression import (
    Array,
    Call,
    ExpressionError,
    Negation,
    Node,
    Number,
    Operation,
    Reference,
    Text,
)
from sandbox.aws.cloudwatch.functions import KEYWORDS, call
from sandbox.aws.cloudwatch.store import Series
from sandbox.aws.cloudwatch.values import Context, Value, combine, each_point

_OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "&&": lambda a, b: bool(a) and bool(b),
    "||": lambda a, b: bool(a) or bool(b),
}


def compute(node: Node, context: Context) -> Value:
    """The value of an expression. Raises ExpressionError."""
    match node:
        case Number(value) | Text(value):
            return value
        case Reference(name):
            return _referred(name, context)
        case Negation(operand):
            return each_point(operator.neg, compute(operand, context))
        case Operation(symbol, left, right):
            return combine(_OPERATORS[symbol], compute(left, context), compute(right, context))
        case Array(items):
            return _flattened([compute(item, context) for item in items])
        case Call(function, arguments):
            return call(function, [compute(argument, context) for argument in arguments], context)


def _referred(name: str, context: Context) -> Value:
    if name in context.values:
        return context.values[name]
    if name in KEYWORDS:
        return name
    raise ExpressionError(f"no query has the id {name!r}")


def _flattened(values: list[Value]) -> list[Series]:
    flat: list[Series] = []
    for value in values:
        if isinstance(value, list):
            flat.extend(value)
        elif isinstance(value, dict):
            flat.append(value)
        else:
            raise ExpressionError(f"an array holds time series, not {value!r}")
    return flat
