"""The limits a release is held to. The numbers themselves live once, in Pulumi.<stack>.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, get_args, get_type_hints


@dataclass(frozen=True)
class Limit:
    """What one limit is: its unit, what it does, and the SOP's section that asks for it."""

    unit: str
    meaning: str
    sop: str
    at_most: float | None = None


@dataclass(frozen=True)
class Thresholds:
    """One environment's limits."""

    pipeline_expected_minutes: Annotated[float, Limit("minutes", "An ordinary execution works no longer", "4.1")]
    pipeline_alert_minutes: Annotated[float, Limit("minutes", "Alarm when an execution works longer", "4.1")]
    response_time_seconds: Annotated[float, Limit("seconds", "The average must stay below: alarm from it on", "4.6")]
    cpu_percent: Annotated[float, Limit("percent", "The average must stay below: alarm from it on", "4.6", 100)]
    error_rate_percent: Annotated[
        float, Limit("percent", "The share of requests answered 5xx must stay below: alarm from it on", "4.6", 100)
    ]
    error_rate_minimum_requests: Annotated[
        int, Limit("requests in 5 minutes", "With fewer the error rate is not judged", "4.6")
    ]
    unhealthy_hosts: Annotated[int, Limit("hosts", "Alarm from this many on", "4.3")]
    application_errors: Annotated[int, Limit("log lines in 5 minutes", "Alarm from this many on", "4.5")]
    dev_observation_hours: Annotated[float, Limit("hours", "So long a release is observed in dev before prod", "3.3")]


def limits() -> Mapping[str, tuple[type, Limit]]:
    """Each field's type, `int` where only whole numbers make sense, and what it limits."""
    annotated = get_type_hints(Thresholds, include_extras=True)
    return {name: get_args(hint) for name, hint in annotated.items()}
