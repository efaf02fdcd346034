"""Stacks in a world of their own, and the wait for what happens to them."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from moto.core.base_backend import BackendDict

from sandbox.aws.autoscaling import AutoScaling
from sandbox.aws.cloudformation import CloudFormation
from sandbox.aws.cloudformation.engine import Engine
from sandbox.aws.cloudformation.model import Stack
from sandbox.aws.cloudwatch import CloudWatch
from sandbox.aws.ec2 import Ec2
from sandbox.aws.elbv2 import Elbv2
from sandbox.aws.events import Events
from sandbox.aws.logs import Logs
from sandbox.aws.sns import Sns
from sandbox.core.background import Background
from sandbox.core.events import Event, EventBus
from sandbox.world import World
from sop.names import Environment
from tests.clock import PATIENCE
from tests.examples.test_web_infrastructure import REPOSITORY
from tests.sandbox.cloudformation.deploying import Deploy, bucket_of
from tests.sandbox.cloudformation.roles import create_the_programs_roles
from tests.sandbox.conftest import MakeWorld
from tests.sandbox.served import served


class Stacks:
    """CloudFormation as a caller uses it, one finished operation after the other."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.service: CloudFormation = world.service("cloudformation")
        self.service.engine.pace = 0.0
        self._changed = threading.Condition()
        self.published: list[Event] = []
        world.events.subscribe(self._notice)

    def _notice(self, event: Event) -> None:
        with self._changed:
            self.published.append(event)
            self._changed.notify_all()

    def wait(self, name: str, *, until: Callable[[Stack], bool] | None = None) -> Stack:
        """The stack, once nothing is at work on it (or `until` holds)."""
        stack = self[name]
        reached = until or (lambda stack: not stack.status.endswith("_IN_PROGRESS"))
        with self._changed:
            assert self._changed.wait_for(lambda: reached(stack), PATIENCE), stack.status
        return stack

    def __getitem__(self, name: str) -> Stack:
        stack = self.service.stack(name)
        assert stack is not None, name
        return stack

    def create(self, name: str, template: Mapping[str, Any], **request: Any) -> Stack:
        body = {"StackName": name, "TemplateBody": json.dumps(template), **request}
        stack_id = self.service.create_stack(body)["StackId"]
        return self.wait(stack_id)

    def update(self, name: str, template: Mapping[str, Any], **request: Any) -> Stack:
        self.service.update_stack({"StackName": name, "TemplateBody": json.dumps(template), **request})
        return self.wait(name)

    def delete(self, name: str) -> Stack:
        stack = self[name]
        self.service.delete_stack({"StackName": name})
        return self.wait(stack.stack_id)

    def upload(self, key: str, template: Mapping[str, Any]) -> str:
        """The URL of a nested template, as `aws cloudformation package` writes it."""
        self.world.client("s3").put_object(Bucket="templates", Key=key, Body=json.dumps(template).encode())
        return f"https://s3.ap-southeast-2.amazonaws.com/templates/{key}"

    def parameter(self, name: str) -> str | None:
        """What is really in Parameter Store."""
        ssm = self.world.client("ssm")
        try:
            return ssm.get_parameter(Name=name)["Parameter"]["Value"]
        except ssm.exceptions.ParameterNotFound:
            return None


@pytest.fixture(scope="session")
def shared_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One server for all tests here: what takes time is a client of a new endpoint."""
    home = tmp_path_factory.mktemp("sandbox")
    with served(home, CloudFormation, AutoScaling, CloudWatch, Ec2, Elbv2, Events, Logs, Sns) as world:
        yield world


@pytest.fixture
def stacks(shared_world: World) -> Iterator[Stacks]:
    world = shared_world
    BackendDict.reset()
    world.events, world.background = EventBus(world.clock), Background()
    world.service("cloudformation").engine = Engine(world)
    bucket = {"LocationConstraint": world.region}
    world.client("s3").create_bucket(Bucket="templates", CreateBucketConfiguration=bucket)
    yield Stacks(world)
    world.background.stop()
    BackendDict.reset()


@pytest.fixture
def world(make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An account with the program's roles and artifact buckets, and nothing deployed yet."""
    BackendDict.reset()
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    world = make_world(CloudFormation, AutoScaling, CloudWatch, Ec2, Elbv2, Events, Logs, Sns)
    location = {"LocationConstraint": world.region}
    for environment in Environment:
        world.client("s3").create_bucket(Bucket=bucket_of(world, environment), CreateBucketConfiguration=location)
        create_the_programs_roles(world.client("iam"), environment)
    yield world
    BackendDict.reset()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return Path(shutil.copytree(REPOSITORY, tmp_path / "checkout"))


@pytest.fixture
def deploy(world: World, checkout: Path) -> Deploy:
    return Deploy(world, checkout)


def parameter(name: str, value: Any = "1", **attributes: Any) -> dict[str, Any]:
    """The cheapest resource with a name: a parameter in Parameter Store."""
    properties = {"Name": name, "Type": "String", "Value": value}
    return {"Type": "AWS::SSM::Parameter", "Properties": properties, **attributes}


def template(outputs: Mapping[str, Any] | None = None, **resources: Any) -> dict[str, Any]:
    sections: dict[str, Any] = {"Resources": resources}
    return sections | ({"Outputs": outputs} if outputs else {})


def history(stack: Stack) -> list[tuple[str, str]]:
    """What happened to which resource, oldest first; the stack itself is `*`."""
    return [("*" if event.physical_id == event.stack_id else event.logical_id, event.status) for event in stack.events]


def deletion(name: str) -> list[tuple[str, str]]:
    return [(name, "DELETE_IN_PROGRESS"), (name, "DELETE_COMPLETE")]


BAD = parameter("ssm-name")  # Parameter Store refuses the name
