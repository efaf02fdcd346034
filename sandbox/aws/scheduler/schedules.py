"""A schedule as it is kept, and when it is due."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.aws.scheduler.expression import Expression
from sandbox.aws.service import Params

_SUMMARY = ("Arn", "Name", "GroupName", "State", "CreationDate", "LastModificationDate")


@dataclass
class Schedule:
    """A schedule: what GetSchedule tells of it, and when it is `due` next."""

    told: Params
    expression: Expression
    token: str
    group_arn: str
    due: datetime | None = None

    def plan(self, after: datetime) -> None:
        """Find its next time after that moment. A disabled schedule has none, nor has one after its end."""
        changed = self.told["LastModificationDate"]
        due = self.expression.after(after, max(changed, self.told.get("StartDate", changed)))
        end = self.told.get("EndDate")
        self.due = due if self.told["State"] == "ENABLED" and not (due and end and due > end) else None

    @property
    def is_over(self) -> bool:
        """Whether it is deleted after its last time, and has had it."""
        return self.due is None and self.told["ActionAfterCompletion"] == "DELETE"

    def describe(self) -> Params:
        return copy.deepcopy(self.told)

    def summary(self) -> dict[str, Any]:
        return {key: self.told[key] for key in _SUMMARY} | {"Target": {"Arn": self.told["Target"]["Arn"]}}


@dataclass
class Group:
    """A schedule group; its schedules go with it."""

    told: Params
    token: str
    tags: dict[str, str]
