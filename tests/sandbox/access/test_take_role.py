"""`sandbox exec --iam-policy`: credentials that may do what a policy says, and nothing else."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.commands.roles import take_role
from sandbox.control import CommandError
from sandbox.world import World
from tests.sandbox.conftest import MakeWorld

REGION = "ap-southeast-2"


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world()


def policy(*actions: str, resource: str = "*") -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def session(world: World, name: str, document: str) -> boto3.Session:
    (line,) = take_role(world, name, document)
    given = json.loads(line)
    return boto3.Session(given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], given["AWS_SESSION_TOKEN"], REGION)


def read(world: World, session: boto3.Session, name: str) -> str:
    ssm = session.client("ssm", endpoint_url=world.endpoint)
    return ssm.get_parameter(Name=name)["Parameter"].get("Value", "")


def test_they_may_do_what_the_policy_says_at_once_and_nothing_else(world: World) -> None:
    for name in ("/mine", "/yours"):
        world.client("ssm").put_parameter(Name=name, Value="1", Type="String")
    mine = session(world, "reader", policy("ssm:GetParameter", resource="arn:aws:ssm:*:*:parameter/mine"))
    assert read(world, mine, "/mine") == "1"
    with pytest.raises(ClientError, match=r"assumed-role/reader/.* is not authorized to perform: ssm:GetParameter"):
        read(world, mine, "/yours")


def test_the_same_role_gets_another_policy_in_place_of_the_former(world: World) -> None:
    world.client("ssm").put_parameter(Name="/mine", Value="1", Type="String")
    session(world, "reader", policy("ssm:GetParameter"))
    now = session(world, "reader", policy("s3:ListBucket"))
    with pytest.raises(ClientError, match="ssm:GetParameter"):
        read(world, now, "/mine")


def test_a_policy_that_iam_refuses_is_told(world: World) -> None:
    with pytest.raises(CommandError, match="IAM refuses the policy of reader"):
        session(world, "reader", '{"Version": "2012-10-17"}')


def test_a_policy_that_does_not_fit_in_a_role_is_refused(world: World) -> None:
    longest = policy(*(f"ssm:GetParameter{number}" for number in range(600)))
    with pytest.raises(CommandError, match="longer than the 10,240 characters"):
        session(world, "reader", longest)
