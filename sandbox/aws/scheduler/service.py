"""EventBridge Scheduler's API, and the thread that invokes what is due."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.aws.paging import page
from sandbox.aws.ports import METRICS
from sandbox.aws.scheduler.expression import read_expression
from sandbox.aws.scheduler.schedules import Group, Schedule
from sandbox.aws.scheduler.target import check_target, invoke
from sandbox.aws.service import AwsError, Params, Service, UnsupportedError

if TYPE_CHECKING:
    from sandbox.core.account import Account

TICK_SECONDS = 1.0
DEFAULT = "default"  # the group that every account has
_A_PAGE = 100
_A_MOMENT = timedelta(microseconds=1)
_WITH_DEFAULTS = {"State": "ENABLED", "ScheduleExpressionTimezone": "UTC", "ActionAfterCompletion": "NONE"}
_RETRIES = {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}

log = logging.getLogger("sandbox.scheduler")


class Scheduler(Service):
    """The service. A target that refuses is not tried again; AWS does so for a day."""

    name = "scheduler"
    constraint_codes = ("ValidationException",)

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._schedules: dict[tuple[str, str], Schedule] = {}
        self._groups: dict[str, Group] = {}
        self._lock = threading.RLock()
        self._new_group(DEFAULT, "", {})
        account.clock.each_minute(self.invoke_due)
        account.background.start("scheduler", self._keep_invoking)

    # -- schedules ------------------------------------------------------------------------------------

    def create_schedule(self, request: Params) -> Params:
        with self._lock:
            key = self._key(request)
            known = self._schedules.get(key)
            if known is not None and known.token != request.get("ClientToken"):
                raise AwsError("ConflictException", f"Schedule {key[1]} already exists.", 409)
            if known is None:
                self._keep(key, request, created=None)
            return {"ScheduleArn": self._schedules[key].told["Arn"]}

    def update_schedule(self, request: Params) -> Params:
        """What the request leaves out is its default again."""
        with self._lock:
            known = self._schedule(request)
            self._keep(self._key(request), request, created=known.told["CreationDate"])
            return {"ScheduleArn": known.told["Arn"]}

    def get_schedule(self, request: Params) -> Params:
        with self._lock:
            return self._schedule(request).describe()

    def delete_schedule(self, request: Params) -> Params:
        with self._lock:
            self._schedule(request)
            del self._schedules[self._key(request)]
        return {}

    def list_schedules(self, request: Params) -> Params:
        if "GroupName" in request:
            self._group(request["GroupName"])
        with self._lock:
            found = [
                schedule.summary()
                for (group, name), schedule in sorted(self._schedules.items())
                if group == request.get("GroupName", group)
                and name.startswith(request.get("NamePrefix", ""))
                and schedule.told["State"] == request.get("State", schedule.told["State"])
            ]
        return _page("Schedules", found, request)

    # -- groups ---------------------------------------------------------------------------------------

    def create_schedule_group(self, request: Params) -> Params:
        name, token = request["Name"], request.get("ClientToken", "")
        with self._lock:
            known = self._groups.get(name)
            if known is not None and (known.token != token or not token):
                raise AwsError("ConflictException", f"Schedule group {name} already exists.", 409)
            if known is None:
                self._new_group(name, token, {tag["Key"]: tag["Value"] for tag in request.get("Tags", [])})
            return {"ScheduleGroupArn": self._groups[name].told["Arn"]}

    def get_schedule_group(self, request: Params) -> Params:
        return dict(self._group(request["Name"]).told)

    def delete_schedule_group(self, request: Params) -> Params:
        """AWS says DELETING while it deletes the group's schedules; here all is gone at once."""
        name = request["Name"]
        if name == DEFAULT:
            raise AwsError("ValidationException", "The default schedule group cannot be deleted.")
        self._group(name)
        with self._lock:
            del self._groups[name]
            self._schedules = {key: each for key, each in self._schedules.items() if key[0] != name}
        return {}

    def list_schedule_groups(self, request: Params) -> Params:
        with self._lock:
            prefix = request.get("NamePrefix", "")
            found = [dict(group.told) for name, group in sorted(self._groups.items()) if name.startswith(prefix)]
        return _page("ScheduleGroups", found, request)

    def list_tags_for_resource(self, request: Params) -> Params:
        tags = self._tagged(request)
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def tag_resource(self, request: Params) -> Params:
        self._tagged(request).update({tag["Key"]: tag["Value"] for tag in request["Tags"]})
        return {}

    def untag_resource(self, request: Params) -> Params:
        tags = self._tagged(request)
        for key in request["TagKeys"]:
            tags.pop(key, None)
        return {}

    # -- time -----------------------------------------------------------------------------------------

    def invoke_due(self) -> None:
        """Invoke what is due, each schedule once, however much time has leapt over it."""
        now = self.account.clock.now()
        for key, schedule in self._take_due():
            error = invoke(self.account, schedule.told["Target"], schedule.group_arn)
            if error:
                log.warning("schedule %s: %s", "/".join(key), error)
                if self.account.offers(METRICS.name):
                    self.account.reach(METRICS).record(
                        "AWS/Scheduler", "TargetErrorCount", {"ScheduleGroup": key[0]}, 1, at=now, unit="Count"
                    )

    def _take_due(self) -> list[tuple[tuple[str, str], Schedule]]:
        now = self.account.clock.now()
        with self._lock:
            due = [(key, each) for key, each in self._schedules.items() if each.due is not None and each.due <= now]
            for key, schedule in due:
                schedule.plan(now)
                if schedule.is_over:
                    del self._schedules[key]
        return due

    def _keep_invoking(self) -> None:
        while not self.account.background.stopping.wait(TICK_SECONDS):
            try:
                self.invoke_due()
            except Exception:
                log.exception("schedules could not be looked at")

    # -- kept -----------------------------------------------------------------------------------------

    def _keep(self, key: tuple[str, str], request: Params, created: Any) -> None:
        group, name = key
        now = self.account.clock.now()
        arn = self._group(group).told["Arn"]
        if request["FlexibleTimeWindow"]["Mode"] != "OFF":
            raise UnsupportedError("The sandbox knows no flexible time windows; AWS does.")
        told = {
            **_WITH_DEFAULTS,
            **{key: value for key, value in request.items() if key != "ClientToken" and value is not None},
            "GroupName": group,
            "Arn": self._arn(f"schedule/{group}/{name}"),
            "CreationDate": created or now,
            "LastModificationDate": now,
        }
        told["Target"] = {"RetryPolicy": _RETRIES, **told["Target"]}
        expression = read_expression(told["ScheduleExpression"], told["ScheduleExpressionTimezone"])
        check_target(self.account, told["Target"], arn)
        schedule = Schedule(told, expression, request.get("ClientToken", ""), arn)
        schedule.plan(now - _A_MOMENT)  # a rate's first time is its beginning
        if not expression.recurs and schedule.due is None and told["State"] == "ENABLED":
            raise UnsupportedError(f"What AWS makes of {told['ScheduleExpression']}, which is past, is not documented.")
        self._schedules[key] = schedule

    def _new_group(self, name: str, token: str, tags: Mapping[str, str]) -> None:
        now = self.account.clock.now()
        told = {
            "Arn": self._arn(f"schedule-group/{name}"),
            "Name": name,
            "State": "ACTIVE",
            "CreationDate": now,
            "LastModificationDate": now,
        }
        self._groups[name] = Group(told, token, dict(tags))

    def _key(self, request: Params) -> tuple[str, str]:
        return request.get("GroupName", DEFAULT), request["Name"]

    def _schedule(self, request: Params) -> Schedule:
        key = self._key(request)
        if key not in self._schedules:
            raise AwsError("ResourceNotFoundException", f"Schedule {key[1]} does not exist.", 404)
        return self._schedules[key]

    def _group(self, name: str) -> Group:
        if name not in self._groups:
            raise AwsError("ResourceNotFoundException", f"Schedule group {name} does not exist.", 404)
        return self._groups[name]

    def _tagged(self, request: Params) -> dict[str, str]:
        return self._group(request["ResourceArn"].rpartition("schedule-group/")[2]).tags

    def _arn(self, resource: str) -> str:
        return f"arn:aws:scheduler:{self.account.region}:{self.account.account_id}:{resource}"


def _page(key: str, found: list[Params], request: Params) -> Params:
    shown, more = page(found, request.get("NextToken"), request.get("MaxResults", _A_PAGE))
    return {key: list(shown), **more}
