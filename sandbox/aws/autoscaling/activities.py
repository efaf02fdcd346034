"""What groups have done, as DescribeScalingActivities tells it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Collection
from datetime import datetime
from weakref import WeakKeyDictionary

from moto.autoscaling.models import FakeAutoScalingGroup

from sandbox.aws.service import Params

MOST_KEPT = 500  # of one group; AWS keeps six weeks


class Activities:
    """The activities of every group, oldest first. They go with the group."""

    def __init__(self) -> None:
        self._of: WeakKeyDictionary[FakeAutoScalingGroup, list[Params]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def add(self, group: FakeAutoScalingGroup, at: datetime, description: str, cause: str, failure: str = "") -> Params:
        """Record one that is over; `failure` says why it did not succeed."""
        activity: Params = {
            "ActivityId": str(uuid.uuid4()),
            "AutoScalingGroupName": group.name,
            "AutoScalingGroupARN": group.arn,
            "Description": description,
            "Cause": f"At {at:%Y-%m-%dT%H:%M:%SZ} {cause}.",
            "StartTime": at,
            "EndTime": at,
            "StatusCode": "Failed" if failure else "Successful",
            "Progress": 100,
        }
        if failure:
            activity["StatusMessage"] = failure
        with self._lock:
            kept = self._of.setdefault(group, [])
            kept.append(activity)
            del kept[:-MOST_KEPT]
        return activity

    def forget(self, group: FakeAutoScalingGroup, activities: Collection[str]) -> None:
        """Drop those of a group, by their ids."""
        with self._lock:
            kept = self._of.get(group, [])
            kept[:] = [each for each in kept if each["ActivityId"] not in activities]

    def of(self, groups: list[FakeAutoScalingGroup]) -> list[Params]:
        """The groups' activities, newest first."""
        with self._lock:
            found = [activity for group in groups for activity in self._of.get(group, [])]
        return sorted(found, key=lambda activity: activity["StartTime"])[::-1]
