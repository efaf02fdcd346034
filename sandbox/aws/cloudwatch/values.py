"""What metric math computes with: numbers, time series and arrays of time series.

A period without a data point stays without one through every operator, so that only FILL invents data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from sandbox.aws.cloudwatch.expression import ExpressionError
from sandbox.aws.cloudwatch.store import Series, Window

Value = float | str | Series | list[Series]


@dataclass(frozen=True)
class Context:
    """What an expression is computed from: the values of the ids it names, over one window."""

    values: Mapping[str, Value]
    metric_ids: tuple[str, ...]  # those of `values` that are metrics, in order: what METRICS() means
    window: Window


def each_point(function: Callable[[float], float], value: Value) -> Value:
    """`function` on every data point; points where it has no result are left out."""
    if isinstance(value, list):
        return [cast("Series", each_point(function, each)) for each in value]
    if isinstance(value, dict):
        return _present({at: _defined(function, point) for at, point in value.items()})
    return _number(_defined(function, number(value)))


def combine(function: Callable[[float, float], float], left: Value, right: Value) -> Value:
    """`function` on two values, where both have a data point."""
    if isinstance(left, list) and isinstance(right, list):
        raise ExpressionError("an operator takes at most one array of time series")
    if isinstance(left, list):
        return [cast("Series", combine(function, each, right)) for each in left]
    if isinstance(right, list):
        return [cast("Series", combine(function, left, each)) for each in right]
    if isinstance(left, dict):
        return _present({at: _defined(function, point, _at(right, at)) for at, point in left.items()})
    if isinstance(right, dict):
        return _present({at: _defined(function, _at(left, at), point) for at, point in right.items()})
    return _number(_defined(function, number(left), number(right)))


def number(value: Value) -> float:
    if isinstance(value, int | float):
        return float(value)
    raise ExpressionError(f"a number is needed here, not {_kind(value)}")


def each_series(function: Callable[[Series], Series], value: Value) -> Value:
    """`function` on a time series, or on each of an array."""
    if isinstance(value, list):
        return [function(each) for each in value]
    if isinstance(value, dict):
        return function(value)
    raise ExpressionError(f"a time series is needed here, not {_kind(value)}")


def array(value: Value) -> list[Series]:
    if isinstance(value, list):
        return value
    raise ExpressionError(f"an array of time series is needed here, not {_kind(value)}")


def _at(value: float | str | Series, at: int) -> float | None:
    return value.get(at) if isinstance(value, dict) else number(value)


def _defined(function: Callable[..., float], *operands: float | None) -> float | None:
    if None in operands:
        return None
    try:
        result = function(*operands)
    except (ArithmeticError, ValueError):
        return None
    return None if isinstance(result, complex) or not math.isfinite(result) else float(result)


def _number(result: float | None) -> float:
    if result is None:
        raise ExpressionError("a number without a result, such as a division by zero")
    return result


def _present(points: dict[int, float | None]) -> Series:
    return {at: point for at, point in points.items() if point is not None}


def _kind(value: Value) -> str:
    kinds = {str: f"the text {value!r}", dict: "a time series", list: "an array of time series"}
    return kinds.get(type(value), "a number")
