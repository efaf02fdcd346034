# ruff: noqa: RUF012 -- the base class declares these tables
"""EventBridge Scheduler's schedules and their groups."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.plugins.aws.api import Api, Params
from sandbox.plugins.aws.declared import Call, Declared
from sandbox.plugins.aws.mapping import COMPUTED
from sandbox.plugins.aws.tags import TagOperations
from sandbox.plugins.resource import Failure
from sandbox.plugins.values import UNKNOWN, Values

_LONGEST_ZONE = 50


class Schedule(Declared):
    token = "aws:scheduler/schedule:Schedule"
    service = "scheduler"
    request = "CreateSchedule"
    unset = {
        "actionAfterCompletion": COMPUTED,
        "groupName": COMPUTED,
        "scheduleExpressionTimezone": "UTC",
        "state": "ENABLED",
        "target.retryPolicy.maximumEventAgeInSeconds": 86400,
        "target.retryPolicy.maximumRetryAttempts": 185,
    }
    not_emulated = frozenset({"endDate", "kmsKeyArn", "namePrefix", "startDate"})
    identifier = "{groupName}/{name}"
    updates = "UpdateSchedule"
    reads = Call("GetSchedule", {"GroupName": "{groupName}", "Name": "{name}"})
    deletes = Call("DeleteSchedule", {"GroupName": "{groupName}", "Name": "{name}"})
    computed = {"arn": "Arn"}
    replaces = frozenset({"name", "groupName", "region"})
    autoname = "name"

    def insert(self, api: Api, document: Params, inputs: Values) -> tuple[str, Params]:
        """The group is the default one where none is given: the ARN says which."""
        answer = api.call("scheduler", "CreateSchedule", document)
        return answer["ScheduleArn"].partition(":schedule/")[2], answer

    def change(self, api: Api, identifier: str, document: Params, old: Values, new: Values) -> None:
        group = identifier.partition("/")[0]
        api.call("scheduler", "UpdateSchedule", {"GroupName": group, **document})

    def rules(self, inputs: Values) -> Iterator[Failure]:
        window = inputs["flexibleTimeWindow"]
        if isinstance(window, dict) and window.get("mode") == "OFF" and "maximumWindowInMinutes" in window:
            path = "flexibleTimeWindow.maximumWindowInMinutes"
            yield Failure(path, f"{path}: only a FLEXIBLE window has one")
        zone = inputs.get("scheduleExpressionTimezone", "UTC")
        if zone is not UNKNOWN and len(zone) > _LONGEST_ZONE:
            yield Failure("scheduleExpressionTimezone", "scheduleExpressionTimezone: at most 50 characters")


class ScheduleGroup(Declared):
    token = "aws:scheduler/scheduleGroup:ScheduleGroup"
    service = "scheduler"
    request = "CreateScheduleGroup"
    not_emulated = frozenset({"namePrefix"})
    reads = Call("GetScheduleGroup", {"Name": "{id}"})
    deletes = Call("DeleteScheduleGroup", {"Name": "{id}"})
    computed = {"arn": "Arn", "state": "State"}
    replaces = frozenset({"name", "region"})
    autoname = "name"
    tagging = TagOperations()

    def change(self, api: Api, identifier: str, document: Params, old: Values, new: Values) -> None:
        """Everything but the tags replaces the group."""


TYPES = (Schedule, ScheduleGroup)
