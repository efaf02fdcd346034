"""moto's time stamps are of the sandbox's time, also in modules that took its clock by name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.aws.moto_clock import let_moto_follow
from sandbox.core.clock import Clock
from tests.clock import now
from tests.sandbox.conftest import MakeWorld


@pytest.fixture
def behind() -> Iterator[Clock]:
    clock = Clock(behind=timedelta(days=1))
    yield clock
    let_moto_follow(None)


def launched(world: Any) -> datetime:
    answer = world.client("ec2").run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)
    return answer["Instances"][0]["LaunchTime"]


def stored(world: Any) -> datetime:
    s3 = world.client("s3")
    s3.create_bucket(Bucket="stored", CreateBucketConfiguration={"LocationConstraint": world.region})
    s3.put_object(Bucket="stored", Key="key", Body=b"")
    return s3.head_object(Bucket="stored", Key="key")["LastModified"]


def role_made(world: Any) -> datetime:
    return world.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]["CreateDate"]


def key_made(world: Any) -> datetime:
    return world.client("kms").create_key()["KeyMetadata"]["CreationDate"]


@pytest.mark.parametrize("made", [launched, stored, role_made, key_made])
def test_what_moto_makes_has_the_sandboxs_time(make_world: MakeWorld, behind: Clock, made: Any) -> None:
    world = make_world()
    let_moto_follow(behind)
    assert abs(made(world) - (now() - timedelta(days=1))) < timedelta(hours=1)


def test_moto_has_its_own_time_again_afterwards(make_world: MakeWorld, behind: Clock) -> None:
    let_moto_follow(behind)
    let_moto_follow(None)
    assert abs(launched(make_world()) - now()) < timedelta(hours=1)
