"""Alarm mute rules: while one holds, its alarms change their state as ever and carry out none of their actions.

Those that hold once; recurring ones are refused, as are a start and an expiry of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.aws.paging import page
from sandbox.aws.service import AwsError, Params, UnsupportedError

RULES_A_PAGE = 50
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d)\)")
_DURATION = re.compile(r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?)?")


@dataclass(frozen=True)
class MuteRule:
    """One rule, as it was put; it holds from `start` up to `end`."""

    given: Params
    arn: str
    start: datetime
    end: datetime
    updated: datetime

    @property
    def alarms(self) -> list[str]:
        names: list[str] = self.given.get("MuteTargets", {}).get("AlarmNames", [])
        return names

    def status(self, now: datetime) -> str:
        if now >= self.end:
            return "EXPIRED"
        return "ACTIVE" if now >= self.start else "SCHEDULED"

    def summary(self, now: datetime) -> dict[str, Any]:
        return {
            "AlarmMuteRuleArn": self.arn,
            "Status": self.status(now),
            "MuteType": "ONE_TIME",
            "LastUpdatedTimestamp": self.updated,
        }


class MuteRules:
    """The account's rules by their names."""

    def __init__(self, now: Callable[[], datetime], prefix: str) -> None:
        self._now = now
        self._prefix = prefix
        self._rules: dict[str, MuteRule] = {}

    def muted(self, alarm: str) -> bool:
        """Whether a rule keeps the alarm's actions back now."""
        now = self._now()
        return any(alarm in rule.alarms and rule.status(now) == "ACTIVE" for rule in list(self._rules.values()))

    def put(self, request: Params) -> None:
        now = self._now()
        start, lasting = _schedule(request)
        self._rules[request["Name"]] = MuteRule(request, self._prefix + request["Name"], start, start + lasting, now)

    def get(self, request: Params) -> Params:
        rule = self._rules.get(request["AlarmMuteRuleName"])
        if rule is None:
            raise AwsError("ResourceNotFoundException", f"No alarm mute rule {request['AlarmMuteRuleName']}", 404)
        return {key: value for key, value in rule.given.items() if key != "Tags"} | rule.summary(self._now())

    def list(self, request: Params) -> Params:
        now, alarm = self._now(), request.get("AlarmName")
        found = [
            rule.summary(now)
            for _, rule in sorted(self._rules.items())
            if (alarm is None or alarm in rule.alarms)
            and rule.status(now) in request.get("Statuses", [rule.status(now)])
        ]
        shown, more = page(found, request.get("NextToken"), request.get("MaxRecords", RULES_A_PAGE))
        return {"AlarmMuteRuleSummaries": list(shown), **more}

    def delete(self, request: Params) -> None:
        self._rules.pop(request["AlarmMuteRuleName"], None)


def _schedule(request: Params) -> tuple[datetime, timedelta]:
    """When the rule begins to hold, and how long it does."""
    schedule = request["Rule"]["Schedule"]
    at, lasting = _AT.fullmatch(schedule["Expression"]), _DURATION.fullmatch(schedule["Duration"])
    if at is None or lasting is None or {"StartDate", "ExpireDate"} & request.keys():
        raise UnsupportedError("The sandbox knows alarm mute rules that hold once, at(…) for P…D or PT…H…M; AWS more.")
    try:
        zone = ZoneInfo(schedule.get("Timezone", "UTC"))
    except (ZoneInfoNotFoundError, ValueError) as problem:
        raise UnsupportedError(f"The sandbox does not know the time zone {schedule['Timezone']}.") from problem
    span = timedelta(**{unit: int(number) for unit, number in lasting.groupdict().items() if number})
    return datetime.fromisoformat(at[1]).replace(tzinfo=zone).astimezone(UTC), span
