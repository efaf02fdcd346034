"""The functions of metric math. Those that need more than the queries themselves (SEARCH, …) are refused."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import cast

from sandbox.aws.cloudwatch.expression import ExpressionError
from sandbox.aws.cloudwatch.store import Series
from sandbox.aws.cloudwatch.values import Context, Value, array, each_point, each_series, number

KEYWORDS = ("REPEAT", "LINEAR")  # words that FILL takes in place of a value


def call(function: str, arguments: Sequence[Value], context: Context) -> Value:
    """The value of `function(arguments)`. Raises ExpressionError for one that is not known here."""
    if function not in _FUNCTIONS:
        raise ExpressionError(f"the function {function} is not known to the sandbox")
    least, most, compute = _FUNCTIONS[function]
    if not least <= len(arguments) <= most:
        raise ExpressionError(f"{function} was given {len(arguments)} arguments")
    return compute(arguments, context)


def _metrics(arguments: Sequence[Value], context: Context) -> list[Series]:
    """The metrics of the request, expressions left out; a text picks those whose id contains it."""
    part = str(arguments[0]) if arguments else ""
    return [cast("Series", context.values[each]) for each in context.metric_ids if part in each]


def _fill(arguments: Sequence[Value], context: Context) -> Value:
    value, filler = arguments
    times = context.window.timestamps
    if filler == "REPEAT":
        return each_series(lambda series: _repeated(series, times), value)
    if filler == "LINEAR":
        return each_series(lambda series: _interpolated(series, times), value)
    filling = filler if isinstance(filler, dict) else dict.fromkeys(times, number(filler))
    return each_series(lambda series: dict(sorted({**filling, **series}.items())), value)


def _repeated(series: Series, times: range) -> Series:
    filled: Series = {}
    last: float | None = None
    for at in times:
        last = series.get(at, last)
        if last is not None:
            filled[at] = last
    return filled


def _interpolated(series: Series, times: range) -> Series:
    filled = dict(series)
    for before, after in pairwise(sorted(series)):
        slope = (series[after] - series[before]) / (after - before)
        filled.update({at: series[before] + slope * (at - before) for at in times if before < at < after})
    return dict(sorted(filled.items()))


def _if(arguments: Sequence[Value], _: Context) -> Value:
    """IF(condition, then[, otherwise]); without the third, points where it does not hold are left out."""
    if any(isinstance(value, list) for value in arguments):
        raise ExpressionError("IF takes numbers and time series, not arrays")
    condition, then, otherwise = [*arguments, {}][:3]
    if not isinstance(condition, dict):
        return then if number(condition) else otherwise
    result: Series = {}
    for at, holds in condition.items():
        branch = then if holds else otherwise
        point = branch.get(at) if isinstance(branch, dict) else number(branch)
        if point is not None:
            result[at] = point
    return result


def _aggregate(function: Callable[[list[float]], float]) -> Callable[[Sequence[Value], Context], Value]:
    """One number of a time series; of an array, one series with a number for each period."""

    def aggregate(arguments: Sequence[Value], _: Context) -> Value:
        (value,) = arguments
        if isinstance(value, dict):
            if not value:
                raise ExpressionError("an aggregate of a time series without data")
            return float(function(list(value.values())))
        if not isinstance(value, list):
            return number(value)
        times = sorted({at for series in value for at in series})
        return {at: float(function([series[at] for series in value if at in series])) for at in times}

    return aggregate


def _differences(series: Series) -> Series:
    return {at: series[at] - series[before] for before, at in pairwise(sorted(series))}


def _time_differences(series: Series) -> Series:
    return {at: float(at - before) for before, at in pairwise(sorted(series))}


def _rates(series: Series) -> Series:
    return {at: (series[at] - series[before]) / (at - before) for before, at in pairwise(sorted(series))}


def _running_sum(series: Series) -> Series:
    total = 0.0
    return {at: (total := total + point) for at, point in sorted(series.items())}


def _calendar(part: Callable[[datetime], float]) -> Callable[[Sequence[Value], Context], Value]:
    def series_of_parts(series: Series) -> Series:
        return {at: float(part(datetime.fromtimestamp(at, UTC))) for at in series}

    return lambda arguments, _: each_series(series_of_parts, arguments[0])


def _datapoint_count(arguments: Sequence[Value], context: Context) -> Value:
    if isinstance(arguments[0], dict):
        return float(len(arguments[0]))
    return _aggregate(len)(arguments, context)


def _member(arguments: Sequence[Value], index: int) -> Series:
    series = array(arguments[0])
    if not series:
        raise ExpressionError("an array without time series has no member")
    return series[index]


def _pointwise(function: Callable[[float], float]) -> Callable[[Sequence[Value], Context], Value]:
    return lambda arguments, _: each_point(function, arguments[0])


def _shape(function: Callable[[Series], Series]) -> Callable[[Sequence[Value], Context], Value]:
    return lambda arguments, _: each_series(function, arguments[0])


def _standard_deviation(points: Iterable[float]) -> float:
    return statistics.pstdev(list(points))


_UNARY: dict[str, Callable[[Sequence[Value], Context], Value]] = {
    "ABS": _pointwise(abs),
    "CEIL": _pointwise(math.ceil),
    "FLOOR": _pointwise(math.floor),
    "LOG": _pointwise(math.log),
    "LOG10": _pointwise(math.log10),
    "AVG": _aggregate(statistics.fmean),
    "MAX": _aggregate(max),
    "MIN": _aggregate(min),
    "STDDEV": _aggregate(_standard_deviation),
    "SUM": _aggregate(sum),
    "MINUTE": _calendar(lambda time: time.minute),
    "HOUR": _calendar(lambda time: time.hour),
    "DAY": _calendar(lambda time: time.isoweekday()),
    "DATE": _calendar(lambda time: time.day),
    "MONTH": _calendar(lambda time: time.month),
    "YEAR": _calendar(lambda time: time.year),
    "EPOCH": _calendar(lambda time: time.timestamp()),
    "DIFF": _shape(_differences),
    "DIFF_TIME": _shape(_time_differences),
    "RATE": _shape(_rates),
    "RUNNING_SUM": _shape(_running_sum),
    "PERIOD": lambda _, context: float(context.window.period),
    "DATAPOINT_COUNT": _datapoint_count,
    "FIRST": lambda arguments, _: _member(arguments, 0),
    "LAST": lambda arguments, _: _member(arguments, -1),
    "REMOVE_EMPTY": lambda arguments, _: [series for series in array(arguments[0]) if series],
    "TIME_SERIES": lambda arguments, context: dict.fromkeys(context.window.timestamps, number(arguments[0])),
}
# name -> the least and the most arguments, and the function
_FUNCTIONS: dict[str, tuple[int, int, Callable[[Sequence[Value], Context], Value]]] = {
    **{name: (1, 1, function) for name, function in _UNARY.items()},
    "METRICS": (0, 1, _metrics),
    "FILL": (2, 2, _fill),
    "IF": (2, 3, _if),
}
