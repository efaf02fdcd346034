"""The account's own clients: what they ask is answered in the thread that asks, as it would be over a connection."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from moto.moto_api._internal.models import moto_api_backend

from sandbox.aws.access import ACCESS
from sandbox.aws.dispatch import Aws
from sandbox.aws.registry import create_services
from sandbox.aws.service import Params, Service
from sandbox.paths import Paths
from sandbox.world import World
from tests.sandbox.access.test_access import allow, taken

NOBODY = "http://127.0.0.1:9"  # where nothing listens


class Pipelines(Service):
    """A service that tells by whom it was asked, in which thread, and what it is answered itself."""

    name = "codepipeline"

    def get_pipeline_state(self, request: Params) -> Params:
        caller = self.account.reach(ACCESS).caller
        (role,) = self.account.client("iam").list_roles()["Roles"]
        return {"pipelineName": f"{caller.principal.name if caller else None} {role['RoleName']}"}

    def list_pipelines(self, request: Params) -> Params:
        return {"pipelines": [{"name": threading.current_thread().name}]}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An account that nobody reaches over the network."""
    moto_api_backend.reset()
    world = World(Paths(tmp_path), NOBODY)
    Aws(world, create_services(world, (Pipelines,)))
    return world


def test_no_connection_is_made_and_no_thread_started(world: World) -> None:
    (named,) = world.client("codepipeline").list_pipelines()["pipelines"]
    assert named["name"] == threading.current_thread().name


def test_a_service_is_asked_by_the_role_that_acts_and_asks_others_as_itself(world: World) -> None:
    session = taken(world, allow("codepipeline:GetPipelineState"))
    with world.reach(ACCESS).acting(session):
        asked_by, told = world.client("codepipeline").get_pipeline_state(name="web")["pipelineName"].split()
    assert asked_by == session.principal.name
    assert told == "builder"  # which the role may not list


def test_what_is_stored_is_read_back_by_the_byte(world: World, tmp_path: Path) -> None:
    s3: Any = world.client("s3")
    s3.create_bucket(Bucket="records", CreateBucketConfiguration={"LocationConstraint": world.region})
    for body in (b"", b"one\r\ntwo\0", b"x" * 100_000):
        (tmp_path / "file").write_bytes(body)
        s3.put_object(Bucket="records", Key="a b/é+%2F", Body=body, Metadata={"my_key": "1"})
        s3.upload_file(str(tmp_path / "file"), "records", "uploaded")
        for key in ("a b/é+%2F", "uploaded"):
            assert s3.get_object(Bucket="records", Key=key)["Body"].read() == body
        head = s3.head_object(Bucket="records", Key="a b/é+%2F")
        assert (head["ContentLength"], head["Metadata"]) == (len(body), {"my_key": "1"})
