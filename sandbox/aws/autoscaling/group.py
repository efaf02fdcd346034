"""One group at work: what AWS does to its members and to their targets by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from moto.autoscaling.models import ASG_NAME_TAG, FakeAutoScalingGroup, InstanceState
from moto.core.exceptions import ServiceException
from moto.elbv2.models import FakeTargetGroup

from sandbox.aws.autoscaling.activities import Activities
from sandbox.aws.autoscaling.members import (
    GONE,
    HEALTHY,
    IN_SERVICE,
    RUNNING,
    STANDBY,
    UNHEALTHY,
    Member,
    start,
    surplus,
)
from sandbox.aws.service import Params


@dataclass(frozen=True)
class Group:
    """A group of moto's, which describes it, and what it does."""

    kept: FakeAutoScalingGroup
    activities: Activities
    now: datetime

    @property
    def capacity(self) -> list[InstanceState]:
        """The members that count towards the desired capacity: all but those in standby."""
        return [member for member in self.kept.instance_states if member.lifecycle_state != STANDBY]

    @property
    def desired(self) -> int:
        return self.kept.desired_capacity or 0

    def runs(self, process: str) -> bool:
        """Whether one of the group's processes is not suspended."""
        return process not in {each["ProcessName"] for each in self.kept.suspended_processes}

    # -- what it does by itself -----------------------------------------------------------------------

    def settle(self, why: str) -> None:
        """Replace members that are unhealthy and come to the desired capacity, as far as no process is suspended.

        `why` is the cause that its activities tell.
        """
        self.check_health()
        self._replace_unhealthy()
        missing = self.desired - len(self.capacity)
        if missing > 0 and self.runs("Launch"):
            self.launch(missing, why)
        elif missing < 0 and self.runs("Terminate"):
            for member in surplus(self.kept, self.capacity, -missing):
                self.terminate(member, f"{why}. Instance {member.instance_id} was selected for termination")
        self.kept.autoscaling_backend.update_attached_elbs(self.kept.name)

    def check_health(self) -> None:
        """An instance that does not run is unhealthy; one in standby is not looked at until it is gone."""
        if not self.runs("HealthCheck"):
            return
        for member in self.kept.instance_states:
            state = member.instance.state
            if state in GONE or (state != RUNNING and member.lifecycle_state == IN_SERVICE):
                member.health_status = UNHEALTHY

    def _replace_unhealthy(self) -> None:
        if not (self.runs("ReplaceUnhealthy") and self.runs("Terminate")):
            return
        for member in [each for each in self.kept.instance_states if each.health_status == UNHEALTHY]:
            state = member.instance.state
            why = f"EC2 health check indicating it has been terminated or stopped ({state})"
            if state == RUNNING:
                why = "user health-check"
            self.terminate(member, f"an instance was taken out of service in response to an {why}")

    def launch(self, count: int, why: str) -> None:
        """Start members and register them; a start that EC2 refuses is told as a failed activity."""
        for _ in range(count):
            try:
                member = start(self.kept)
            except ServiceException as refusal:
                self.tell("Launching a new EC2 instance. Status Reason: " + refusal.message, why, refusal.message)
                return
            self.kept.instance_states.append(member)
            self.register([member])
            self.tell(f"Launching a new EC2 instance: {member.instance_id}", why)

    def terminate(self, member: InstanceState, why: str) -> Params:
        """End a member; it is no target of anything any more."""
        self.kept.instance_states.remove(member)
        if member.instance.state not in GONE:
            member.instance.terminate()
        self.kept.autoscaling_backend.elbv2_backend.notify_terminate_instances([member.instance_id])
        return self.tell(f"Terminating EC2 instance: {member.instance_id}", why)

    # -- what it is told to do ------------------------------------------------------------------------

    def attach(self, instance_id: str) -> None:
        """Take an instance in that somebody else has started."""
        backend = self.kept.ec2_backend
        member = Member(backend.get_instance(instance_id), self.kept, {})
        backend.create_tags([instance_id], {ASG_NAME_TAG: self.kept.name})
        self.kept.instance_states.append(member)
        self.register([member])
        self.tell(f"Attaching an existing EC2 instance: {instance_id}", "an instance was attached by a user request")

    def detach(self, member: InstanceState) -> Params:
        """Let a member go that goes on running."""
        self.deregister([member])
        self.kept.instance_states.remove(member)
        self.kept.ec2_backend.delete_tags([member.instance_id], {ASG_NAME_TAG: self.kept.name})
        return self.tell(
            f"Detaching EC2 instance: {member.instance_id}",
            f"instance {member.instance_id} was detached in response to a user request",
        )

    def enter_standby(self, member: InstanceState) -> Params:
        self.deregister([member])
        member.lifecycle_state = STANDBY
        return self.tell(
            f"Moving EC2 instance to Standby: {member.instance_id}",
            f"instance {member.instance_id} was moved to standby in response to a user request",
        )

    def exit_standby(self, member: InstanceState) -> Params:
        member.lifecycle_state, member.health_status = IN_SERVICE, HEALTHY
        self.register([member])
        return self.tell(
            f"Moving EC2 instance out of Standby: {member.instance_id}",
            f"instance {member.instance_id} was moved out of standby in response to a user request",
        )

    # -- targets --------------------------------------------------------------------------------------

    def register(self, members: Iterable[InstanceState], target_groups: Iterable[str] | None = None) -> None:
        """With the target groups, unless AddToLoadBalancer is suspended; what is not registered then never is."""
        if not self.runs("AddToLoadBalancer"):
            return
        running = [member for member in members if member.instance.state == RUNNING]
        for group in self._target_groups(target_groups):
            group.register([{"Id": member.instance_id, "Port": group.port} for member in running])

    def deregister(self, members: Iterable[InstanceState], target_groups: Iterable[str] | None = None) -> None:
        """From the target groups, those of the members that are registered: a person may have been there before."""
        names = [member.instance_id for member in members]
        for group in self._target_groups(target_groups):
            group.deregister([{"Id": name} for name in names if name in group.targets])

    def _target_groups(self, arns: Iterable[str] | None) -> list[FakeTargetGroup]:
        there = self.kept.autoscaling_backend.elbv2_backend.target_groups
        return [there[arn] for arn in (self.kept.target_group_arns if arns is None else arns) if arn in there]

    def tell(self, description: str, cause: str, failure: str = "") -> Params:
        """Record an activity, and return it in AWS's shape."""
        return self.activities.add(self.kept, self.now, description, cause, failure)
