"""Requests that several tests make, and the code of a refusal."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

ALARM = {
    "AlarmName": "prod-a",
    "Namespace": "N",
    "MetricName": "M",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 5.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


def query(metric: str = "M", **stat: Any) -> dict[str, Any]:
    shape = {"Metric": {"Namespace": "N", "MetricName": metric}, "Period": 60, "Stat": "Sum"}
    return {"Id": metric.lower(), "MetricStat": shape | stat}


def code_of(failure: pytest.ExceptionInfo[ClientError]) -> str:
    return failure.value.response["Error"]["Code"]  # pyright: ignore[reportTypedDictNotRequiredAccess]
