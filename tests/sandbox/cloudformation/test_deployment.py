"""deploy.py against the sandbox's CloudFormation, by the real AWS CLI."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandbox.aws.cloudformation import CloudFormation
from sandbox.changes import apply
from sandbox.workload.deployment import find_deployment
from sandbox.world import World
from sop.names import Environment, Names
from sop.outputs import EXPECTED_STACK_OUTPUTS
from tests.sandbox.cloudformation.deploying import Deploy

STACK = Names(Environment.PROD).cloudformation_stack


def test_a_release_is_deployed_and_a_failing_one_rolled_back(world: World, deploy: Deploy, checkout: Path) -> None:
    cloudformation: CloudFormation = world.service("cloudformation")
    first = deploy()
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stdout.splitlines()[-1] == f"{STACK}: CREATE_COMPLETE"
    stack = cloudformation.stack(STACK)
    assert stack is not None
    assert stack.outputs.keys() == set(EXPECTED_STACK_OUTPUTS)
    assert stack.outputs["ApplicationLogGroupName"] == Names(Environment.PROD).application_log_group
    assert stack.tags["Environment"] == "prod"
    instances = instances_of(world)
    assert len(instances) == 2

    apply("failing-resource", checkout, 2)
    second = deploy()
    assert second.returncode == 1
    lines = second.stdout.splitlines()
    failures = lines[lines.index(f"{STACK}: UPDATE_ROLLBACK_COMPLETE. What failed:") + 1 :]
    assert any(
        line.startswith("  CREATE_FAILED LoadBalancer/StatusListener (AWS::ElasticLoadBalancingV2::Listener)")
        and "A listener already exists on this port for this load balancer" in line
        for line in failures
    ), failures
    assert targets_of(world, stack.outputs["TargetGroupArn"]) == instances


@pytest.mark.parametrize("outputs", ["renamed", "none"])
def test_the_site_is_found_whatever_outputs_the_release_has(
    world: World, deploy: Deploy, checkout: Path, outputs: str
) -> None:
    main = checkout / "main.yaml"
    head, _, section = main.read_text().partition("\nOutputs:\n")
    renamed = "\nOutputs:\n" + re.sub(r"^  (\w+):$", r"  Our\1:", section, flags=re.MULTILINE)
    main.write_text(head + (renamed if outputs == "renamed" else "\n"))
    assert deploy().returncode == 0
    site = find_deployment(world, Environment.PROD)
    assert site is not None
    (balancer,) = site.load_balancers
    assert balancer.name.startswith("app/web-prod/")
    assert set(site.instances) == set(balancer.targets) == instances_of(world)
    group = Names(Environment.PROD).application_log_group
    assert [(file.group, file.kind, file.stream_of("i-1")) for file in site.log_files] == [
        (group, "error", "i-1/error"),
        (group, "health", "i-1/health"),
        (f"{group}/access", "access", "i-1/access"),
    ]


def test_a_creation_that_rolled_back_is_made_anew(deploy: Deploy, checkout: Path) -> None:
    apply("failing-resource", checkout, 1)
    failed = deploy(Environment.DEV)
    assert failed.returncode == 1
    assert "web-infrastructure-dev: ROLLBACK_COMPLETE. What failed:" in failed.stdout
    assert "StatusListener" in failed.stdout.split("What failed:")[1]

    apply("harmless", checkout, 2)
    mended = deploy(Environment.DEV)
    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert "is ROLLBACK_COMPLETE from an earlier attempt; deleting it" in mended.stdout


def instances_of(world: World) -> set[str]:
    groups = world.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=["web-prod"])
    return {instance["InstanceId"] for instance in groups["AutoScalingGroups"][0]["Instances"]}


def targets_of(world: World, target_group: str) -> set[str]:
    health = world.client("elbv2").describe_target_health(TargetGroupArn=target_group)
    return {entry["Target"]["Id"] for entry in health["TargetHealthDescriptions"]}
