"""EventBridge Scheduler through boto3: what is kept, and what is invoked when the sandbox's clock comes to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.codebuild import CodeBuild
from sandbox.aws.events import Events
from sandbox.aws.scheduler import Scheduler
from sandbox.core.clock import Clock
from sandbox.world import World
from tests.clock import PATIENCE
from tests.sandbox.codepipeline.account import Logs, Metrics
from tests.sandbox.conftest import MakeWorld

ACCOUNT = "123456789012"
PROJECT = f"arn:aws:codebuild:ap-southeast-2:{ACCOUNT}:project/runner"
OFF = {"Mode": "OFF"}
SAYS = "version: 0.2\nphases:\n  build:\n    commands:\n      - echo said $WORDS\n"
WORDS = {"environmentVariablesOverride": [{"name": "WORDS", "value": "by the clock"}]}
BEFORE = datetime(2026, 3, 10, 8, 59, 30, tzinfo=UTC)  # of nine o'clock, a Tuesday


@pytest.fixture
def clock() -> Clock:
    return Clock(lambda: BEFORE)


@pytest.fixture
def world(make_world: MakeWorld, clock: Clock) -> World:
    world = make_world(Scheduler, Events, CodeBuild, Metrics, Logs, clock=clock)
    allowed = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    make_role(world, "builds", "codebuild", allowed)
    make_role(world, "starts", "scheduler", ["codebuild:StartBuild"])
    make_role(world, "starts-for-events", "events", ["codebuild:StartBuild"])
    world.client("codebuild").create_project(
        name="runner",
        source={"type": "NO_SOURCE", "buildspec": SAYS},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "computeType": "BUILD_GENERAL1_SMALL", "image": "standard"},
        serviceRole=role_arn("builds"),
    )
    return world


def make_role(world: World, name: str, service: str, actions: list[str], conditions: Any = None) -> None:
    iam = world.client("iam")
    trusts = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    if conditions:
        trusts["Condition"] = conditions
    iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusts]})
    )
    may = {"Sid": "May", "Effect": "Allow", "Action": actions, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [may]})
    iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=document)


def role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def make(world: World, name: str, expression: str, **more: Any) -> Any:
    target = {"Arn": PROJECT, "RoleArn": role_arn("starts"), "Input": json.dumps(WORDS)}
    asked = {"Name": name, "ScheduleExpression": expression, "FlexibleTimeWindow": OFF, "Target": target}
    return world.client("scheduler").create_schedule(**{**asked, **more})


def said(world: World) -> list[str]:
    """What the builds have said, the oldest first, once they are over."""
    codebuild: CodeBuild = world.service("codebuild")
    builds = codebuild.builds.newest_first()[::-1]
    assert all(build.done.wait(PATIENCE) for build in builds)
    return [line for build in builds for line in build.tail]


def refusal(call: Callable[..., Any], *given: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(*given, **request)
    return refused.value.response.get("Error", {}).get("Code", "")


def test_a_schedule_starts_its_build_at_its_time_in_its_zone_with_its_role(world: World, clock: Clock) -> None:
    make(world, "brisbane", "cron(0 19 ? * TUE *)", ScheduleExpressionTimezone="Australia/Brisbane")  # 9:00 UTC
    assert said(world) == []
    clock.pass_minute(timedelta(minutes=1))
    assert said(world) == ["said by the clock"]
    codebuild: CodeBuild = world.service("codebuild")
    assert codebuild.builds.newest_first()[0].initiator == "starts/EventBridgeScheduler"
    for _ in range(3):
        clock.pass_minute(timedelta(minutes=1))
    assert len(said(world)) == 1


def test_a_one_time_schedule_is_gone_after_its_time_where_that_is_asked_for(world: World, clock: Clock) -> None:
    make(world, "goes", "at(2026-03-10T09:00:00)", ActionAfterCompletion="DELETE")
    make(world, "stays", "at(2026-03-10T09:00:00)")
    clock.pass_minute(timedelta(minutes=1))
    clock.pass_minute(timedelta(minutes=1))
    assert said(world) == ["said by the clock"] * 2
    assert [each["Name"] for each in world.client("scheduler").list_schedules()["Schedules"]] == ["stays"]


def test_a_disabled_schedule_starts_nothing(world: World, clock: Clock) -> None:
    make(world, "off", "rate(1 minute)", State="DISABLED")
    clock.pass_minute(timedelta(minutes=1))
    assert said(world) == []


def test_a_role_that_may_not_starts_nothing_and_it_is_measured(world: World, clock: Clock) -> None:
    world.client("iam").delete_role_policy(RoleName="starts", PolicyName="may")
    make(world, "denied", "cron(0 9 * * ? *)")
    clock.pass_minute(timedelta(minutes=1))
    assert said(world) == []
    metrics: Metrics = world.service("cloudwatch")
    assert ("AWS/Scheduler TargetErrorCount", {"ScheduleGroup": "default"}, 1) in metrics.values


def test_a_role_that_scheduler_may_not_take_for_this_group_is_refused(world: World) -> None:
    of_group = {"StringEquals": {"aws:SourceArn": f"arn:aws:scheduler:ap-southeast-2:{ACCOUNT}:schedule-group/ours"}}
    make_role(world, "of-group", "scheduler", ["codebuild:StartBuild"], of_group)
    world.client("scheduler").create_schedule_group(Name="ours")
    theirs = {"Arn": PROJECT, "RoleArn": role_arn("builds")}
    assert refusal(make, world, "theirs", "rate(1 hour)", Target=theirs) == "ValidationException"
    ours = {"Arn": PROJECT, "RoleArn": role_arn("of-group")}
    assert refusal(make, world, "ours", "rate(1 hour)", Target=ours) == "ValidationException"
    assert make(world, "ours", "rate(1 hour)", Target=ours, GroupName="ours")["ScheduleArn"].endswith("/ours/ours")


def test_a_schedule_is_told_as_it_was_made_and_an_update_replaces_it_whole(world: World) -> None:
    client = world.client("scheduler")
    make(world, "hourly", "cron(0 * * * ? *)", Description="Looks", ClientToken="once")
    make(world, "hourly", "cron(0 * * * ? *)", Description="Looks", ClientToken="once")
    assert refusal(make, world, "hourly", "rate(1 hour)") == "ConflictException"
    told = client.get_schedule(Name="hourly")
    assert (told["Description"], told["State"], told["ScheduleExpressionTimezone"]) == ("Looks", "ENABLED", "UTC")
    target = {"Arn": PROJECT, "RoleArn": role_arn("starts")}
    client.update_schedule(
        Name="hourly", ScheduleExpression="rate(2 hours)", FlexibleTimeWindow=OFF, Target=target, State="DISABLED"
    )
    told = client.get_schedule(Name="hourly")
    assert ("Description" in told, told["State"], "Input" in told["Target"]) == (False, "DISABLED", False)
    client.delete_schedule(Name="hourly")
    assert refusal(client.get_schedule, Name="hourly") == "ResourceNotFoundException"


def test_a_group_goes_with_its_schedules(world: World) -> None:
    client = world.client("scheduler")
    arn = client.create_schedule_group(Name="ours", Tags=[{"Key": "a", "Value": "b"}])["ScheduleGroupArn"]
    make(world, "hourly", "rate(1 hour)", GroupName="ours", State="DISABLED")
    assert client.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    client.delete_schedule_group(Name="ours")
    assert refusal(client.list_schedules, GroupName="ours") == "ResourceNotFoundException"
    assert refusal(make, world, "hourly", "rate(1 hour)", GroupName="ours") == "ResourceNotFoundException"
    assert refusal(client.delete_schedule_group, Name="default") == "ValidationException"


@pytest.mark.parametrize(
    "more",
    [
        {"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}},
        {"ScheduleExpression": "at(2020-01-01T00:00:00)"},
        {"Target": {"Arn": f"arn:aws:lambda:ap-southeast-2:{ACCOUNT}:function:f", "RoleArn": role_arn("starts")}},
    ],
)
def test_what_the_sandbox_does_not_do_is_not_accepted(world: World, more: dict[str, Any]) -> None:
    asked = {"Name": "odd", "ScheduleExpression": "rate(1 hour)", "FlexibleTimeWindow": OFF}
    asked |= {"Target": {"Arn": PROJECT, "RoleArn": role_arn("starts")}, **more}
    assert refusal(world.client("scheduler").create_schedule, **asked) == "SandboxUnsupported"


def test_an_event_starts_a_build_with_what_the_transformer_makes_of_it(world: World) -> None:
    events = world.client("events")
    events.put_rule(Name="rule", EventPattern='{"source": ["web"]}')
    word = {"name": "WORDS", "value": "by <who>", "type": "PLAINTEXT"}
    template = json.dumps({"environmentVariablesOverride": [word]})
    transformer = {"InputPathsMap": {"who": "$.detail.who"}, "InputTemplate": template}
    target = {"Id": "a", "Arn": PROJECT, "InputTransformer": transformer}
    assert refusal(events.put_targets, Rule="rule", Targets=[target]) == "ValidationException"  # without a role
    events.put_targets(Rule="rule", Targets=[{**target, "RoleArn": role_arn("starts-for-events")}])
    events.put_events(Entries=[{"Source": "web", "DetailType": "t", "Detail": '{"who": "an event"}'}])
    assert said(world) == ["said by an event"]
    codebuild: CodeBuild = world.service("codebuild")
    assert codebuild.builds.newest_first()[0].initiator == "starts-for-events/rule"


def test_what_a_build_installs_is_its_own(world: World) -> None:
    spec = (
        "version: 0.2\nphases:\n  build:\n    commands:\n"
        "      - python -c 'import boto3, sys; print(sys.prefix)'\n"
        "      - pip install --quiet boto3 && echo has it\n"
        "      - pip install --quiet no-such-thing || echo reaches no network\n"
    )
    world.client("codebuild").start_build(projectName="runner", buildspecOverride=spec)
    lines = said(world)
    assert lines[0].startswith(str(world.paths.builds))
    assert (lines[1], lines[-1]) == ("has it", "reaches no network")
