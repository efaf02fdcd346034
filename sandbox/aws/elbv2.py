"""Elastic Load Balancing: moto's, with targets that can be unhealthy."""

from __future__ import annotations

from sandbox.aws.service import AsMotoAnswersError, Params, Service
from sandbox.workload.conditions import conditions_at
from sop.names import Environment

UNHEALTHY = {
    "State": "unhealthy",
    "Reason": "Target.ResponseCodeMismatch",
    "Description": "Health checks failed with these codes: [503]",
}


class Elbv2(Service):
    """What moto leaves out: health checks that fail."""

    name = "elbv2"
    moto_fallback = True

    def describe_target_health(self, request: Params) -> Params:
        unhealthy = self._unhealthy(request["TargetGroupArn"])
        if unhealthy is None:
            raise AsMotoAnswersError
        answer = self.call_moto("DescribeTargetHealth", request)
        for description in answer["TargetHealthDescriptions"]:
            if description["Target"]["Id"] == unhealthy and description["TargetHealth"]["State"] == "healthy":
                description["TargetHealth"] = UNHEALTHY
        return answer

    def _unhealthy(self, target_group_arn: str) -> str | None:
        now = self.world.clock.now().timestamp()
        for environment in Environment:
            site = self.world.workload.deployment(environment)
            if site is not None and site.target_group_arn == target_group_arn:
                return conditions_at(self.world.faults, site, now).unhealthy
        return None
