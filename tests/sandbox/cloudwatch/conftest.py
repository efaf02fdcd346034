from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.cloudwatch import CloudWatch
from sandbox.world import World
from tests.sandbox.conftest import MakeWorld


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(CloudWatch)


@pytest.fixture
def client(world: World) -> Any:
    return world.client("cloudwatch")
