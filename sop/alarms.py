"""An alarm's definition in one form, whoever tells it: the program that asks for it, or CloudWatch that has it.

It speaks CloudWatch's own terms (PutMetricAlarm, PutCompositeAlarm, DescribeAlarms). Defaults are those of its API
reference. What has an order that means nothing is sorted, or known by its name.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

Definition = Mapping[str, Any]

ACTIONS = ("AlarmActions", "InsufficientDataActions", "OKActions")
# What DescribeAlarms tells beside the definition: which alarm it is, and how it stands.
_NO_PART_OF_IT = frozenset(
    {
        *("AlarmName", "AlarmArn", "AlarmConfigurationUpdatedTimestamp"),
        *("StateValue", "StateReason", "StateReasonData", "StateUpdatedTimestamp", "StateTransitionedTimestamp"),
        *("EvaluationState", "ActionsSuppressedBy", "ActionsSuppressedReason"),
        "Tags",
    }
)
# Seldom given: left out where they say what CloudWatch does anyway.
_LEFT_OUT: Mapping[str, Any] = {
    "EvaluateLowSampleCountPercentile": "evaluate",
    "EvaluationWindow": {"SlidingWindow": {}},
    "ActionConfiguration": {"AlarmTagsPropagation": {"Enabled": False}},
}
# Only what they rest on gives these a meaning.
_ONLY_WITH = {
    "ActionsSuppressorWaitPeriod": "ActionsSuppressor",
    "ActionsSuppressorExtensionPeriod": "ActionsSuppressor",
    "EvaluationInterval": "EvaluationCriteria",
}


@dataclass(frozen=True)
class Difference:
    """One field that is not as it was promised; `field` is a path, `Metrics.build.MetricStat.Period`.

    None stands for a field that is not there.
    """

    field: str
    promised: Any
    found: Any


def canonical(alarm: Mapping[str, Any]) -> dict[str, Any]:
    """The definition of a metric or composite alarm, given as AWS's API has it."""
    given = {key: value for key, value in alarm.items() if key not in _NO_PART_OF_IT and not _is_nothing(value)}
    told = {
        key: value
        for key, value in given.items()
        if _LEFT_OUT.get(key) != value and (key not in _ONLY_WITH or _ONLY_WITH[key] in given)
    }
    told["ActionsEnabled"] = told.get("ActionsEnabled", True)
    for key in ACTIONS:
        told[key] = sorted(set(told.get(key, ())))
    if "AlarmRule" not in told:
        _complete_metric_alarm(told)
    return dict(sorted(told.items()))


def differences(promised: Definition, found: Definition) -> list[Difference]:
    """Every field in which two canonical definitions differ, by its path."""
    return list(_differences("", promised, found))


def evaluated(definition: Definition) -> timedelta:
    """How long a metric alarm's figure must be bad before it fires: period by evaluation periods.

    A composite looks at no figure of its own: nothing.
    """
    periods: list[float] = [definition.get("Period", 0)]
    for query in definition.get("Metrics", {}).values():
        periods += [query.get("Period", 0), query.get("MetricStat", {}).get("Period", 0)]
    return timedelta(seconds=max(periods) * definition.get("EvaluationPeriods", 0))


def _complete_metric_alarm(told: dict[str, Any]) -> None:
    told.setdefault("TreatMissingData", "missing")
    if "EvaluationPeriods" in told:
        told.setdefault("DatapointsToAlarm", told["EvaluationPeriods"])
    if "Metrics" in told:
        told["Metrics"] = {query["Id"]: _query(query) for query in sorted(told["Metrics"], key=lambda one: one["Id"])}
    elif "MetricName" in told:
        told["Dimensions"] = _dimensions(told)
    if "Threshold" in told:
        told["Threshold"] = _whole(told["Threshold"])


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    told = {key: value for key, value in query.items() if key != "Id" and not _is_nothing(value)}
    told["ReturnData"] = told.get("ReturnData", True)
    if "MetricStat" in told:
        metric = told["MetricStat"]["Metric"]
        told["MetricStat"] = {**told["MetricStat"], "Metric": {**metric, "Dimensions": _dimensions(metric)}}
    return told


def _dimensions(metric: Mapping[str, Any]) -> dict[str, str]:
    dimensions = {one["Name"]: one["Value"] for one in metric.get("Dimensions", ())}
    return dict(sorted(dimensions.items()))


def _whole(number: float) -> float:
    """80 for 80.0, which the stack's outputs have as 80."""
    return int(number) if float(number).is_integer() else number


def _is_nothing(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _differences(path: str, promised: Any, found: Any) -> Iterator[Difference]:
    if isinstance(promised, Mapping) and isinstance(found, Mapping):
        wanted, there = cast("Definition", promised), cast("Definition", found)
        for key in sorted({*wanted, *there}):
            yield from _differences(f"{path}.{key}" if path else key, wanted.get(key), there.get(key))
    elif not _is_same(promised, found):
        yield Difference(path, promised, found)


def _is_same(promised: Any, found: Any) -> bool:
    """As the outputs have it: 80 is 80.0, but True is not 1."""
    if isinstance(promised, list) and isinstance(found, list):
        ours, theirs = cast("list[Any]", promised), cast("list[Any]", found)
        return len(ours) == len(theirs) and all(map(_is_same, ours, theirs))
    if type(promised) is type(found) and isinstance(promised, str | int | float):
        return promised == found
    return _as_json(promised) == _as_json(found)


def _as_json(value: Any) -> str:
    whole = isinstance(value, float) and value.is_integer()
    return json.dumps(int(value) if whole else value, sort_keys=True, default=str)
