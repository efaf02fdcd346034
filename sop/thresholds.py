"""The limits a release is held to. The numbers themselves live once, in Pulumi.<stack>.yaml."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """One environment's limits; each field's comment gives its unit and the SOP section that asks for it."""

    pipeline_expected_minutes: float  # minutes, 4.1: an ordinary execution ends by then
    pipeline_alert_minutes: float  # minutes, 4.1: alert above it
    response_time_seconds: float  # seconds, 4.6: average must stay below
    cpu_percent: float  # percent, 4.6: average must stay below
    error_rate_percent: float  # percent of requests answered 5xx, 4.6: must stay below
    error_rate_minimum_requests: int  # requests per 5 minutes, 4.6: with fewer the error rate is not judged
    unhealthy_hosts: int  # hosts, 4.3: alert from this many on
    application_errors: int  # log lines per 5 minutes, 4.5: alert from this many on
    dev_observation_hours: float  # hours, 3.3: observed in dev before prod
