"""Instance refreshes: a group's members replaced by what it starts now."""

from __future__ import annotations

import threading
import uuid
from weakref import WeakKeyDictionary

from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState

from sandbox.aws.autoscaling.group import Group
from sandbox.aws.autoscaling.members import starts_from
from sandbox.aws.paging import page
from sandbox.aws.service import AwsError, Params

_NEEDED = ("InstanceRefresh", "Launch", "Terminate")
_MOST = 100


class Refreshes:
    """Every group's refreshes, oldest first. One is over at once, or waits for a process that is suspended."""

    def __init__(self) -> None:
        self._of: WeakKeyDictionary[FakeAutoScalingGroup, list[Params]] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def start(self, group: Group, request: Params) -> str:
        """Begin one, and carry it out.

        Raises:
            AwsError: InstanceRefreshInProgress, while another waits.
        """
        with self._lock:
            kept = self._of.setdefault(group.kept, [])
            if any(each["Status"] == "Pending" for each in kept):
                raise AwsError(
                    "InstanceRefreshInProgress",
                    "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.",
                )
            refresh = {
                "InstanceRefreshId": str(uuid.uuid4()),
                "AutoScalingGroupName": group.kept.name,
                "Status": "Pending",
                "StartTime": group.now,
                "PercentageComplete": 0,
                "InstancesToUpdate": len(_obsolete(group, request)),
                "Strategy": request.get("Strategy", "Rolling"),
                "Preferences": request.get("Preferences", {}),
                **{name: request[name] for name in ("DesiredConfiguration",) if name in request},
            }
            kept.append(refresh)
        self.carry_out(group)
        return refresh["InstanceRefreshId"]

    def carry_out(self, group: Group) -> None:
        """Carry out the refresh that waits, if one does and nothing that it needs is suspended."""
        refresh = next((each for each in self._of.get(group.kept, []) if each["Status"] == "Pending"), None)
        if refresh is None or not all(group.runs(process) for process in _NEEDED):
            return
        why = (
            f"an instance was taken out of service in response to an instance refresh ({refresh['InstanceRefreshId']})"
        )
        for member in _obsolete(group, refresh):
            group.launch(1, "an instance was launched in response to an instance refresh")
            group.terminate(member, why)
        refresh |= {"Status": "Successful", "EndTime": group.now, "PercentageComplete": 100, "InstancesToUpdate": 0}

    def described(self, group: FakeAutoScalingGroup, request: Params) -> Params:
        wanted = request.get("InstanceRefreshIds", [])
        newest_first = [
            each for each in reversed(self._of.get(group, [])) if not wanted or each["InstanceRefreshId"] in wanted
        ]
        found, more = page(newest_first, request.get("NextToken"), request.get("MaxRecords", _MOST))
        return {"InstanceRefreshes": list(found), **more}

    def cancel(self, group: FakeAutoScalingGroup) -> str:
        for refresh in self._of.get(group, []):
            if refresh["Status"] == "Pending":
                refresh["Status"] = "Cancelled"
                return refresh["InstanceRefreshId"]
        raise AwsError(
            "ActiveInstanceRefreshNotFound",
            "No in progress or pending Instance Refresh found for Auto Scaling group " + group.name,
        )


def _obsolete(group: Group, request: Params) -> list[InstanceState]:
    """The members to replace: not those in standby or protected, nor those that match where that is asked for."""
    preferences = request.get("Preferences", {})
    protected_too = preferences.get("ScaleInProtectedInstances") == "Refresh"
    free = [member for member in group.capacity if protected_too or not member.protected_from_scale_in]
    if not preferences.get("SkipMatching"):
        return free
    now = starts_from(group.kept).get("LaunchTemplate")
    return [member for member in free if member.launch_template != now]
