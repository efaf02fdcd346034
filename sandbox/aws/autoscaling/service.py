"""The operations on groups and their members; what describes them is moto's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState, autoscaling_backends

from sandbox.aws.autoscaling import requests
from sandbox.aws.autoscaling.activities import Activities
from sandbox.aws.autoscaling.group import Group
from sandbox.aws.autoscaling.members import RUNNING, STANDBY
from sandbox.aws.autoscaling.refreshes import Refreshes
from sandbox.aws.paging import page
from sandbox.aws.service import AsMotoAnswersError, Operation, Params, Service, UnknownOperationError

if TYPE_CHECKING:
    from sandbox.core.account import Account

_DIFFERENCE = "an instance was started in response to a difference between desired and actual capacity"
_ACTIVITIES_A_PAGE = 100
# Moto keeps what these are told, and nothing would act on it.
_NOT_SERVED = frozenset(
    {
        "BatchPutScheduledUpdateGroupAction",
        "CompleteLifecycleAction",
        "ExecutePolicy",
        "PutLifecycleHook",
        "PutScheduledUpdateGroupAction",
        "PutWarmPool",
    }
)


class AutoScaling(Service):
    """Groups whose members come and go, are registered and deregistered, as AWS's are; at once, without a pause."""

    name = "autoscaling"
    moto_fallback = True

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._activities = Activities()
        self._refreshes = Refreshes()
        self._lock = threading.RLock()
        # What moto would do when EC2 ends a member is what `instances_changed` does.
        AutoScalingBackend.notify_terminate_instances = lambda *_: None  # pyright: ignore[reportAttributeAccessIssue]

    def operation(self, name: str) -> Operation | None:
        if name in _NOT_SERVED:
            raise UnknownOperationError(self.name, name)
        return self._one_at_a_time(super().operation(name) or self._of_an_existing_group)

    def _of_an_existing_group(self, request: Params) -> None:
        """Of a group that does not exist moto keeps what it is told, or fails."""
        if "AutoScalingGroupName" in request:
            self._group(request["AutoScalingGroupName"])
        raise AsMotoAnswersError

    def _one_at_a_time(self, operation: Operation) -> Operation:
        def run(request: Params) -> Params | None:
            with self._lock:
                return operation(request)

        return run

    def instances_changed(self) -> None:
        """EC2 has stopped or ended instances: groups that have such members see to them."""
        with self._lock:
            for group in list(self._backend.autoscaling_groups.values()):
                if any(member.instance.state != RUNNING for member in group.instance_states):
                    self._at_work(group).settle(_DIFFERENCE)

    @contextmanager
    def told_apart(self, name: str) -> Iterator[Callable[[], None]]:
        """What the group tells of this time; the function that is given forgets it, as if it had never been."""
        group = self._group(name)
        before = {each["ActivityId"] for each in self._activities.of([group])}
        told: set[str] = set()
        yield lambda: self._activities.forget(group, told)
        told.update(each["ActivityId"] for each in self._activities.of([group]) if each["ActivityId"] not in before)

    # -- groups ---------------------------------------------------------------------------------------

    def create_auto_scaling_group(self, request: Params) -> None:
        name = request["AutoScalingGroupName"]
        if name in self._backend.autoscaling_groups:
            raise requests.already_exists(name)
        requests.check_served(request)
        smallest, largest, desired = requests.capacity(request, None)
        told, own = requests.parted(request)
        self.call_moto(
            "CreateAutoScalingGroup", {**told, "MinSize": smallest, "MaxSize": largest, "DesiredCapacity": 0}
        )
        group = self._group(name)
        group.created_time = self.account.clock.now().replace(tzinfo=None).isoformat()
        group.health_check_grace_period = request.get("HealthCheckGracePeriod", 0)
        requests.keep(group, own)
        group.desired_capacity = desired
        self._at_work(group).settle(
            f"a user request created an AutoScalingGroup changing the desired capacity from 0 to {desired}"
        )

    def update_auto_scaling_group(self, request: Params) -> None:
        group = self._group(request["AutoScalingGroupName"])
        requests.check_served(request)
        sizes = requests.capacity(request, group)
        told, own = requests.parted(request)
        mixed = group.mixed_instances_policy
        self.call_moto("UpdateAutoScalingGroup", told)
        if not {"MixedInstancesPolicy", "LaunchTemplate", "LaunchConfigurationName"} & request.keys():
            group.mixed_instances_policy = mixed
        requests.start_from_one_thing(group, request)
        requests.keep(group, own)
        before = group.desired_capacity
        group.min_size, group.max_size, group.desired_capacity = sizes
        self._at_work(group).settle(
            f"a user request update of AutoScalingGroup constraints to min: {group.min_size}, max: {group.max_size}, "
            f"desired: {group.desired_capacity} changing the desired capacity from {before} to {group.desired_capacity}"
        )

    def delete_auto_scaling_group(self, request: Params) -> None:
        group = self._group(request["AutoScalingGroupName"])
        if group.instance_states and not request.get("ForceDelete"):
            raise requests.in_use()
        at_work = self._at_work(group)
        for member in list(group.instance_states):
            at_work.terminate(member, "a user request deleted the group")
        del self._backend.autoscaling_groups[group.name]

    def set_desired_capacity(self, request: Params) -> None:
        group = self._group(request["AutoScalingGroupName"])
        before, desired = group.desired_capacity, request["DesiredCapacity"]
        requests.check_desired(group, desired)
        group.desired_capacity = desired
        self._at_work(group).settle(
            "a user request explicitly set group desired capacity changing the desired capacity "
            f"from {before} to {desired}"
        )

    def suspend_processes(self, request: Params) -> None:
        self._group(request["AutoScalingGroupName"])
        requests.check_processes(request)
        raise AsMotoAnswersError

    def resume_processes(self, request: Params) -> None:
        group = self._group(request["AutoScalingGroupName"])
        requests.check_processes(request)
        self.call_moto("ResumeProcesses", request)
        self._at_work(group).settle(_DIFFERENCE)
        self._refreshes.carry_out(self._at_work(group))

    def describe_auto_scaling_groups(self, request: Params) -> None:
        self._check_health()
        requests.check_token(request, known=self._backend.autoscaling_groups)
        raise AsMotoAnswersError

    def describe_auto_scaling_instances(self, request: Params) -> None:
        self._check_health()
        requests.check_token(request, known=())  # moto has them all on one page
        raise AsMotoAnswersError

    def describe_scaling_activities(self, request: Params) -> Params:
        name = request.get("AutoScalingGroupName")
        groups = [self._group(name)] if name else list(self._backend.autoscaling_groups.values())
        wanted = set(request.get("ActivityIds", []))
        found = [each for each in self._activities.of(groups) if not wanted or each["ActivityId"] in wanted]
        activities, more = page(found, request.get("NextToken"), request.get("MaxRecords", _ACTIVITIES_A_PAGE))
        return {"Activities": list(activities), **more}

    def create_or_update_tags(self, request: Params) -> None:
        self._check_tagged(request)

    def delete_tags(self, request: Params) -> None:
        self._check_tagged(request)

    def _check_tagged(self, request: Params) -> None:
        for tag in request["Tags"]:
            self._group(tag.get("ResourceId", ""))
        raise AsMotoAnswersError

    # -- target groups --------------------------------------------------------------------------------

    def attach_load_balancer_target_groups(self, request: Params) -> None:
        group = self._group(request["AutoScalingGroupName"])
        arns = [arn for arn in request["TargetGroupARNs"] if arn not in group.target_group_arns]
        requests.check_target_groups(arns, self._backend.elbv2_backend.target_groups)
        group.target_group_arns = [*group.target_group_arns, *arns]
        self._at_work(group).register(self._at_work(group).capacity, arns)

    def detach_load_balancer_target_groups(self, request: Params) -> None:
        group = self._group(request["AutoScalingGroupName"])
        arns = request["TargetGroupARNs"]
        group.target_group_arns = [arn for arn in group.target_group_arns if arn not in arns]
        self._at_work(group).deregister(group.instance_states, arns)

    # -- members --------------------------------------------------------------------------------------

    def terminate_instance_in_auto_scaling_group(self, request: Params) -> Params:
        group, member = self._member(request.get("InstanceId", ""))
        if request["ShouldDecrementDesiredCapacity"]:
            requests.check_termination(group)
            group.desired_capacity = (group.desired_capacity or 0) - 1
        at_work = self._at_work(group)
        activity = at_work.terminate(
            member, f"instance {member.instance_id} was taken out of service in response to a user request"
        )
        at_work.settle(_DIFFERENCE)
        return {"Activity": activity}

    def enter_standby(self, request: Params) -> Params:
        group, members = self._named(request)
        self._take_out(group, len(members), request, "place into standby")
        at_work = self._at_work(group)
        activities = [at_work.enter_standby(member) for member in members]
        at_work.settle(_DIFFERENCE)
        return {"Activities": activities}

    def exit_standby(self, request: Params) -> Params:
        group, members = self._named(request)
        requests.check_in_standby(members)
        requests.check_room(group, len(members), "take out of standby")
        at_work = self._at_work(group)
        activities = [at_work.exit_standby(member) for member in members]
        group.desired_capacity = (group.desired_capacity or 0) + len(members)
        at_work.settle("instances came out of standby")
        return {"Activities": activities}

    def attach_instances(self, request: Params) -> None:
        group = self._group(request["AutoScalingGroupName"])
        names = request.get("InstanceIds", [])
        for name in names:
            requests.check_attachable(self._backend, name)
        requests.check_room(group, len(names), "attach")
        at_work = self._at_work(group)
        for name in names:
            at_work.attach(name)
        group.desired_capacity = (group.desired_capacity or 0) + len(names)

    def detach_instances(self, request: Params) -> Params:
        group, members = self._named(request)
        self._take_out(group, sum(m.lifecycle_state != STANDBY for m in members), request, "detach")
        at_work = self._at_work(group)
        activities = [at_work.detach(member) for member in members]
        at_work.settle(_DIFFERENCE)
        return {"Activities": activities}

    def set_instance_health(self, request: Params) -> None:
        group, member = self._member(request["InstanceId"])
        requests.check_health_status(request["HealthStatus"])
        age = (self.account.clock.now().replace(tzinfo=None) - member.instance.launch_time).total_seconds()
        if request.get("ShouldRespectGracePeriod", True) and age < (group.health_check_grace_period or 0):
            return
        member.health_status = request["HealthStatus"]
        self._at_work(group).settle(
            "an instance was started in response to an unhealthy instance needing to be replaced"
        )

    def set_instance_protection(self, request: Params) -> None:
        self._named(request)
        raise AsMotoAnswersError

    # -- instance refreshes ---------------------------------------------------------------------------

    def start_instance_refresh(self, request: Params) -> Params:
        group = self._group(request["AutoScalingGroupName"])
        wanted = request.get("DesiredConfiguration", {})
        if wanted:
            self.update_auto_scaling_group({"AutoScalingGroupName": group.name, **wanted})
        return {"InstanceRefreshId": self._refreshes.start(self._at_work(group), request)}

    def describe_instance_refreshes(self, request: Params) -> Params:
        group = self._group(request["AutoScalingGroupName"])
        return self._refreshes.described(group, request)

    def cancel_instance_refresh(self, request: Params) -> Params:
        return {"InstanceRefreshId": self._refreshes.cancel(self._group(request["AutoScalingGroupName"]))}

    # -- finding --------------------------------------------------------------------------------------

    @property
    def _backend(self) -> AutoScalingBackend:
        return autoscaling_backends[self.account.account_id][self.account.region]

    def _group(self, name: str) -> FakeAutoScalingGroup:
        group = self._backend.autoscaling_groups.get(name)
        if group is None:
            raise requests.no_such_group(name)
        return group

    def _at_work(self, group: FakeAutoScalingGroup) -> Group:
        return Group(group, self._activities, self.account.clock.now())

    def _member(self, instance_id: str) -> tuple[FakeAutoScalingGroup, InstanceState]:
        for group in self._backend.autoscaling_groups.values():
            for member in group.instance_states:
                if member.instance_id == instance_id:
                    return group, member
        raise requests.no_such_member(instance_id)

    def _named(self, request: Params) -> tuple[FakeAutoScalingGroup, Sequence[InstanceState]]:
        """The group and those of its members that a request names."""
        group = self._group(request["AutoScalingGroupName"])
        members = {member.instance_id: member for member in group.instance_states}
        return group, [requests.part_of(group, members, name) for name in request.get("InstanceIds", [])]

    def _take_out(self, group: FakeAutoScalingGroup, count: int, request: Params, what: str) -> None:
        """Shrink the group by members that leave it, where that is asked for; else others take their place."""
        if request["ShouldDecrementDesiredCapacity"]:
            requests.check_left(group, count, what)
            group.desired_capacity = (group.desired_capacity or 0) - count

    def _check_health(self) -> None:
        for group in list(self._backend.autoscaling_groups.values()):
            self._at_work(group).check_health()
