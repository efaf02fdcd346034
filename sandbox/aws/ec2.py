"""EC2: moto's, with instances that can be impaired."""

from __future__ import annotations

from sandbox.aws.service import Params, Service
from sandbox.workload.conditions import conditions_at
from sop.names import Environment

IMPAIRED = {"Status": "impaired", "Details": [{"Name": "reachability", "Status": "failed"}]}


class Ec2(Service):
    """What moto leaves out: status checks that fail."""

    name = "ec2"
    moto_fallback = True

    def describe_instance_status(self, request: Params) -> Params:
        answer = self.call_moto("DescribeInstanceStatus", request)
        impaired = self._impaired()
        for status in answer["InstanceStatuses"]:
            if status["InstanceId"] in impaired and status["InstanceState"]["Name"] == "running":
                status["InstanceStatus"] = IMPAIRED
        return answer

    def _impaired(self) -> set[str]:
        now = self.world.clock.now().timestamp()
        sites = [self.world.workload.deployment(environment) for environment in Environment]
        found = {conditions_at(self.world.faults, site, now).impaired for site in sites if site is not None}
        return {each for each in found if each is not None}
