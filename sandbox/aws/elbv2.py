"""Elastic Load Balancing: moto's, with targets that can be unhealthy, or of no use to anybody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from moto.ec2.models import ec2_backends
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer, elbv2_backends

from sandbox.aws.ports import SITES
from sandbox.aws.service import AsMotoAnswersError, Params, Service

_ADDRESS = re.compile(r"[\d.]+|[\da-f:]+")
UNHEALTHY = {
    "State": "unhealthy",
    "Reason": "Target.ResponseCodeMismatch",
    "Description": "Health checks failed with these codes: [503]",
}


# Of an address at which nothing runs
NOBODY = {"State": "unhealthy", "Reason": "Target.Timeout", "Description": "Request timed out"}
UNUSED = {
    "State": "unused",
    "Reason": "Target.NotInUse",
    "Description": "Target group is not configured to receive traffic from the load balancer",
}
ELSEWHERE = {**UNUSED, "Description": "Target is in an Availability Zone that is not enabled for the load balancer"}


class Elbv2(Service):
    """What moto leaves out: health checks that fail, and targets that no load balancer sends anything to."""

    name = "elbv2"
    moto_fallback = True

    def describe_target_health(self, request: Params) -> Params:
        answer = self.call_moto("DescribeTargetHealth", request)
        zones = self._zones_served(request["TargetGroupArn"])
        unhealthy = self.account.reach(SITES).unhealthy_target(request["TargetGroupArn"])
        for description in answer["TargetHealthDescriptions"]:
            target = description["Target"]["Id"]
            if description["TargetHealth"].get("Reason") == "Target.NotRegistered":
                continue
            if not zones:
                description["TargetHealth"] = UNUSED
            elif self._zone(target) not in (None, *zones):
                description["TargetHealth"] = ELSEWHERE
            elif description["TargetHealth"]["State"] == "healthy":
                instance = self._instance_at(target) if _ADDRESS.fullmatch(target) else target
                if instance is None:
                    description["TargetHealth"] = NOBODY
                elif instance == unhealthy:
                    description["TargetHealth"] = UNHEALTHY
        return answer

    def describe_target_groups(self, request: Params) -> None:
        """Moto remembers the load balancers that a target group was once used by."""
        for arn, group in self._backend.target_groups.items():
            group.load_balancer_arns = [balancer.arn for balancer in self._balancers(arn)]
        raise AsMotoAnswersError

    def _instance_at(self, address: str) -> str | None:
        """The id of the instance that has an address of the VPC."""
        instances = ec2_backends[self.account.account_id][self.account.region].all_running_instances()
        return next((one.id for one in instances if one.private_ip == address), None)

    @property
    def _backend(self) -> ELBv2Backend:
        return elbv2_backends[self.account.account_id][self.account.region]

    def _balancers(self, target_group_arn: str) -> list[FakeLoadBalancer]:
        """The load balancers with a listener or a rule that forwards to a target group."""
        return [
            balancer
            for balancer in self._backend.load_balancers.values()
            if any(
                target_group_arn in _forwarded_to(action.data)
                for listener in balancer.listeners.values()
                for rule in listener.rules.values()
                for action in rule.actions
            )
        ]

    def _zones_served(self, target_group_arn: str) -> set[str]:
        return {
            subnet.availability_zone for balancer in self._balancers(target_group_arn) for subnet in balancer.subnets
        }

    def _zone(self, target: str) -> str | None:
        """The zone of a target that is an instance."""
        instance = ec2_backends[self.account.account_id][self.account.region].get_instance_by_id(target)
        return instance.availability_zone if instance else None


def _forwarded_to(action: Mapping[str, Any]) -> list[str]:
    """The target groups that an action of a listener or rule names, in either of its two forms."""
    groups = action.get("ForwardConfig", {}).get("TargetGroups", [])
    return [*([action["TargetGroupArn"]] if "TargetGroupArn" in action else []), *(g["TargetGroupArn"] for g in groups)]
