"""Elastic Load Balancing: moto's, with targets that can be unhealthy."""

from __future__ import annotations

from sandbox.aws.ports import SITES
from sandbox.aws.service import AsMotoAnswersError, Params, Service

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
        unhealthy = self.account.reach(SITES).unhealthy_target(request["TargetGroupArn"])
        if unhealthy is None:
            raise AsMotoAnswersError
        answer = self.call_moto("DescribeTargetHealth", request)
        for description in answer["TargetHealthDescriptions"]:
            if description["Target"]["Id"] == unhealthy and description["TargetHealth"]["State"] == "healthy":
                description["TargetHealth"] = UNHEALTHY
        return answer
