"""StateReason and StateReasonData, worded as CloudWatch words them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.cloudwatch.evaluation import Missing, Point, Rule, StateValue, Verdict

INITIAL = "Unchecked: Initial alarm creation"
_COMPARED = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
_TREATED = {Missing.BREACHING: "Breaching", Missing.NOT_BREACHING: "NonBreaching"}


def reason(rule: Rule, verdict: Verdict) -> str:
    """Why `verdict` is as it is."""
    if verdict.state is StateValue.INSUFFICIENT_DATA:
        return f"Insufficient Data: {_count(verdict.filled, 'datapoint')} {_were(verdict.filled)} unknown."
    if not verdict.evaluated:
        treated = _TREATED[rule.missing]
        return (
            f"Threshold Crossed: no datapoints were received for {_count(verdict.filled, 'period')} and "
            f"{_count(verdict.filled, 'missing datapoint')} {_were(verdict.filled)} treated as [{treated}]."
        )
    alarming = verdict.state is StateValue.ALARM
    breaching = [point for point in verdict.evaluated if rule.breaches(point.value or 0.0)]
    deciding = breaching if alarming else [p for p in verdict.evaluated if p not in breaching]
    if not deciding:  # ALARM or OK came of missing data points alone
        deciding, alarming = breaching, True
    needed = rule.datapoints if alarming else rule.periods - rule.datapoints + 1
    transition = "OK -> ALARM" if verdict.state is StateValue.ALARM else "ALARM -> OK"
    return (
        f"Threshold Crossed: {len(deciding)} out of the last {len(verdict.evaluated)} datapoints "
        f"{_listed(deciding)} {_were(len(deciding))} {'' if alarming else 'not '}"
        f"{_COMPARED[rule.comparison]} the threshold ({_number(rule.threshold)}) "
        f"(minimum {_count(needed, 'datapoint')} for {transition} transition)."
    )


def reason_data(
    rule: Rule, verdict: Verdict, *, statistic: str | None, period: int, unit: str | None, now: datetime
) -> str:
    """The JSON beside the reason."""
    newest_first = list(reversed(verdict.evaluated))
    data: dict[str, Any] = {"version": "1.0", "queryDate": timestamp(now)}
    if newest_first:
        data["startDate"] = timestamp(newest_first[-1].at)
    if unit:
        data["unit"] = unit
    if statistic:
        data["statistic"] = statistic
    data |= {
        "period": period,
        "recentDatapoints": [point.value for point in verdict.evaluated],
        "threshold": rule.threshold,
        "evaluatedDatapoints": [
            {"timestamp": timestamp(point.at)}
            | ({"sampleCount": point.samples} if point.samples else {})
            | {"value": point.value}
            for point in newest_first
        ]
        or [{"timestamp": timestamp(at)} for at in reversed(verdict.newest)],
    }
    return json.dumps(data, separators=(",", ":"))


def timestamp(at: datetime | int) -> str:
    """`2025-11-24T01:02:03.004+0000`, CloudWatch's own."""
    time = at if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}+0000"


def _listed(points: Sequence[Point]) -> str:
    newest_first = reversed(points)
    described = (
        f"{_number(point.value or 0.0)} ({datetime.fromtimestamp(point.at, UTC):%d/%m/%y %H:%M:%S})"
        for point in newest_first
    )
    return f"[{', '.join(described)}]"


def _number(value: float) -> str:
    return repr(float(value))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
