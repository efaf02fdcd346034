"""A whole sandbox in this process, and both plugins configured against it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from sandbox.core.clock import Clock
from sandbox.paths import Paths
from sandbox.plugins.aws.api import Api
from sandbox.plugins.aws.provider import AwsProvider
from sandbox.plugins.github.provider import GitHubProvider
from sandbox.server import Server, listen
from sandbox.world import World
from tests.sandbox.plugins.cases.parts import OTHERS_POLICY, grant
from tests.sandbox.plugins.engine import Engine
from tests.sandbox.sample import REGION
from tests.serving import serving

Call = Callable[..., Any]

DEFAULT_TAGS = {"Project": "release", "ManagedBy": "Pulumi"}


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A sandbox as the daemon runs it."""
    clock = Clock()
    server = listen(0, None, clock)
    world = World(Paths(tmp_path_factory.mktemp("plugins")), f"http://127.0.0.1:{server.port}", clock)
    server.app = Server(world, server.shutdown)
    with serving(server):
        # Moto's state is the process's: an earlier world of it may have left something.
        httpx.post(f"{world.endpoint}/moto-api/reset", trust_env=False).raise_for_status()
        yield world
        world.background.stop()


@pytest.fixture(scope="module", autouse=True)
def environment(world: World) -> Iterator[None]:
    """The environment leads to the sandbox, as `sandbox exec` has it."""
    with pytest.MonkeyPatch.context() as environment:
        for proxy in ("http_proxy", "HTTP_PROXY", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
            environment.delenv(proxy, raising=False)
        environment.setenv("AWS_ENDPOINT_URL", world.endpoint)
        environment.setenv("AWS_ACCESS_KEY_ID", "sandbox")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")
        environment.setenv("AWS_REGION", REGION)
        environment.setenv("GITHUB_BASE_URL", f"{world.endpoint}/github/")
        environment.setenv("GITHUB_TOKEN", "sandbox")
        yield


@pytest.fixture(autouse=True)
def others_policy(world: World) -> None:
    """A policy of the account's: for each test, as another world of the process may have reset moto since the last."""
    iam = world.client("iam")
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_policy(PolicyName=OTHERS_POLICY, PolicyDocument=grant("sqs:SendMessage"))


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the plugin has waited between attempts; in tests it does not."""
    waited: list[float] = []
    monkeypatch.setattr(Api, "pause", lambda _, seconds: waited.append(seconds))
    return waited


@pytest.fixture(scope="module")
def aws(environment: None) -> Engine:
    return Engine(AwsProvider(), {"region": REGION, "defaultTags": {"tags": DEFAULT_TAGS}})


@pytest.fixture(scope="module")
def github(environment: None) -> Engine:
    return Engine(GitHubProvider(), {"owner": "helios"})


@pytest.fixture
def behind(world: World) -> Call:
    """Change AWS behind Pulumi's back: `behind("sns", "tag_resource", ResourceArn=...)`."""
    return lambda service, operation, **params: getattr(world.client(service), operation)(**params)
