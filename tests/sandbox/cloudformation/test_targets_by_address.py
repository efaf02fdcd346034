"""The second sample: no Auto Scaling group, targets by address. It is deployed, discovered and judged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from components.workload import discover_workload
from sandbox.workload.deployment import find_deployment
from scripts.checks.context import Context
from scripts.checks.infrastructure import target_health
from scripts.checks.instances import instance_status
from scripts.clients.aws import Aws, connect
from scripts.results import Outcome, Status
from sop.names import Environment
from sop.outputs import GROUP_OUTPUT, StackOutputs
from tests.clock import now
from tests.components.test_settings import read
from tests.sandbox.cloudformation.conftest import Stacks
from tests.scripts.prod_stack import OUTPUTS

TEMPLATE = Path(__file__).parents[3] / "examples" / "targets-by-address" / "main.yaml"
NAME = "web-infrastructure-prod"


@pytest.fixture
def deployed(stacks: Stacks, monkeypatch: pytest.MonkeyPatch) -> Stacks:
    for name, value in {
        "AWS_ENDPOINT_URL": stacks.world.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)
    parameters = [{"ParameterKey": "Environment", "ParameterValue": "prod"}]
    stacks.service.create_stack({"StackName": NAME, "TemplateBody": TEMPLATE.read_text(), "Parameters": parameters})
    stack = stacks.wait(NAME)
    assert stack.status == "CREATE_COMPLETE", [one.reason for one in stack.resources.values()]
    return stacks


@pytest.fixture
def judged(deployed: Stacks) -> Callable[[], tuple[Outcome, Outcome]]:
    """What `target-health` and `instance-status` say of it, configured as targets alone."""
    workload = discover_workload(read({"workload": "targets"}))
    assert workload is not None
    outputs = StackOutputs.parse(
        OUTPUTS
        | {
            "expectedStackOutputs": [one for one in OUTPUTS["expectedStackOutputs"] if one != GROUP_OUTPUT],
            "workload": {
                "loadBalancerDnsName": workload.load_balancer_dns_name,
                "loadBalancerFullName": workload.load_balancer_full_name,
                "targetGroupArn": workload.target_group_arn,
                "targetGroupFullName": workload.target_group_full_name,
            },
        }
    )
    aws: Aws = connect(None, outputs.region, outputs.region)

    def look() -> tuple[Outcome, Outcome]:
        context = Context(outputs=outputs, aws=aws, now=now())
        return target_health.run(context), instance_status.run(context)

    return look


def an_instance_of_somebody_elses(deployed: Stacks) -> str:
    """Its address; it runs in the stack's network with the network's default security group."""
    ec2, subnet = deployed.world.client("ec2"), deployed[NAME].resources["FirstSubnet"].physical_id
    image = ec2.describe_instances()["Reservations"][0]["Instances"][0]["ImageId"]
    started = ec2.run_instances(ImageId=image, SubnetId=subnet, MinCount=1, MaxCount=1)
    return started["Instances"][0]["PrivateIpAddress"]


def test_an_address_at_which_nothing_runs_times_out(deployed: Stacks) -> None:
    elbv2, group = deployed.world.client("elbv2"), deployed[NAME].outputs["TargetGroupArn"]
    elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": "10.20.0.250"}])
    health = elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    reasons = {one["Target"]["Id"]: one["TargetHealth"].get("Reason") for one in health}
    assert reasons.pop("10.20.0.250") == "Target.Timeout"
    assert set(reasons.values()) == {None}


def test_it_is_deployed_discovered_and_judged_without_a_group(
    deployed: Stacks, judged: Callable[[], tuple[Outcome, Outcome]]
) -> None:
    targets, instances = judged()
    assert (targets.status, targets.observed) == (Status.PASS, "2 targets healthy.\nHealthy is what answers 200 to /.")
    assert (instances.status, instances.configured) == (Status.SKIPPED, True)
    site = find_deployment(deployed.world, Environment.PROD)
    assert site is not None
    assert len(site.serving(site.load_balancers[0])) == 2

    elbv2, group = deployed.world.client("elbv2"), deployed[NAME].outputs["TargetGroupArn"]
    foreign = an_instance_of_somebody_elses(deployed)
    elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": foreign}])
    stranger, _ = judged()
    assert stranger.status is Status.FAIL
    assert f"no interface with a security group of the stack's: {foreign}." in stranger.observed

    elbv2.deregister_targets(TargetGroupArn=group, Targets=[{"Id": foreign}])
    health = elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    own = min(one["Target"]["Id"] for one in health if one["Target"]["Id"] != foreign)
    elbv2.deregister_targets(TargetGroupArn=group, Targets=[{"Id": own}])
    left_out, _ = judged()
    assert left_out.status is Status.INCONCLUSIVE
    assert "In use with the targets' security groups, but not registered as a target" in left_out.observed
