"""Least privilege, measured: what a life of the sample needs is granted, and what is granted is needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.commands.decisions import decisions
from sandbox.world import World
from sop.names import Environment, Names
from tests.permissions import DEPLOYS_RARELY, denials, granted, kept, used
from tests.sandbox.cloudformation.deploying import Deploy
from tests.sandbox.cloudformation.life import Life

LARGEST_TEMPLATE_BODY = 51_200  # bytes that CreateChangeSet takes


def recorded(world: World) -> list[dict[str, Any]]:
    return json.loads("".join(str(line) for line in decisions(world)))


def test_cloudformations_role_has_what_a_life_of_the_sample_needs_and_nothing_else(
    world: World, checkout: Path
) -> None:
    try:
        Life(world, checkout).lived()
    finally:
        taken = recorded(world)
        assert denials(taken) == []
    unneeded = granted("cloudformation") - used(taken)
    assert unneeded == kept(granted("cloudformation")), sorted(unneeded ^ kept(granted("cloudformation")))


def without(world: World, role: str, action: str) -> None:
    """Take an action away from one of production's roles."""
    name = Names(Environment.PROD).role(role)
    iam = world.client("iam")
    (policy,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
    document: Any = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    for statement in document["Statement"]:
        statement["Action"] = [each for each in statement["Action"] if each != action]
    document["Statement"] = [each for each in document["Statement"] if each["Action"]]
    iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))


@pytest.mark.parametrize(
    ("action", "nested", "resource"),
    [("ec2:CreateVpc", "Network", "Vpc"), ("ssm:PutParameter", "Logs", "AgentConfiguration")],
)
def test_without_an_action_the_resources_event_tells_who_may_not_do_what(
    world: World, checkout: Path, action: str, nested: str, resource: str
) -> None:
    without(world, "cloudformation", action)
    life = Life(world, checkout)
    stack = life.release(first=True)
    assert stack.status == "ROLLBACK_COMPLETE"
    (event,) = [
        event
        for event in life.stacks[stack.resources[nested].physical_id].events
        if (event.logical_id, event.status) == (resource, "CREATE_FAILED")
    ]
    assert f"is not authorized to perform: {action} on resource: " in event.reason
    assert "because no identity-based policy allows" in event.reason


def test_without_pass_role_on_itself_no_nested_stack_is_made(world: World, checkout: Path) -> None:
    iam, name = world.client("iam"), Names(Environment.PROD).role("cloudformation")
    (policy,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
    document: Any = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    document["Statement"] = [each for each in document["Statement"] if each["Sid"] != "HandItselfToNestedStacks"]
    iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
    stack = Life(world, checkout).release(first=True)
    assert stack.status == "ROLLBACK_COMPLETE"
    failed = [event for event in stack.events if event.status == "CREATE_FAILED" and "cancelled" not in event.reason]
    assert {event.type for event in failed} == {"AWS::CloudFormation::Stack"}
    for event in failed:
        assert event.reason.startswith("API: cloudFormation User: arn:aws:sts::")
        assert "is not authorized to perform: iam:PassRole on resource: arn:aws:iam::" in event.reason


def test_the_deploying_role_is_refused_an_images_parameter_when_it_makes_the_change_set(
    world: World, deploy: Deploy
) -> None:
    without(world, "deploy", "ssm:GetParameters")
    refused = deploy()
    assert refused.returncode == 1
    assert "CreateChangeSet" in refused.stderr
    assert "User doesn't have permission to call ssm:GetParameters" in refused.stderr


def test_the_deploying_role_needs_what_it_may_do_with_the_stack_on_its_rarer_ways(
    world: World, deploy: Deploy, checkout: Path
) -> None:
    """A creation that rolled back, a template above 51,200 bytes, two releases that change nothing."""
    (checkout / "parameters" / "dev.json").write_text("[]")
    long = {"Metadata": {"Filler": "-" * LARGEST_TEMPLATE_BODY}}
    again = ("/web/dev/ours", long, 0)
    for name, more, ends in (("/not-ours", {}, 1), again, again, again):
        (checkout / "main.yaml").write_text(json.dumps(single_parameter(name) | more))
        ended = deploy(Environment.DEV)
        assert ended.returncode == ends, ended
    assert "nothing to change" in ended.stdout
    taken = recorded(world)
    assert [denial for denial in denials(taken) if "ssm:PutParameter" not in denial] == []
    assert used(taken) >= DEPLOYS_RARELY


def single_parameter(name: str) -> dict[str, Any]:
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Name": name, "Type": "String", "Value": "1"}}
    return {"Parameters": {"SiteVersion": {"Type": "String"}}, "Resources": {"Parameter": parameter}}
