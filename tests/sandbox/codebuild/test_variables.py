"""A build's variables: which source wins, and how parameters and secrets are named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.codebuild.build import Build
from sandbox.aws.codebuild.buildspec import Buildspec
from sandbox.aws.codebuild.runner import PhaseError
from sandbox.aws.codebuild.variables import variables_of
from sandbox.paths import Paths
from sandbox.world import World

ARN = "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:web-AbCdEf"
SECRETS = {"web": '{"token": "t1"}', ARN: '{"token": "t2"}'}


class Store:
    """The parameter store and the secrets of an account."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def get_parameter(self, **request: Any) -> dict[str, Any]:
        if request["Name"] != "/web/key":
            raise ClientError({"Error": {"Code": "ParameterNotFound"}}, "GetParameter")
        return {"Parameter": {"Value": "k1"}}

    def get_secret_value(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        return {"SecretString": SECRETS[request["SecretId"]]}


@pytest.fixture
def store() -> Store:
    return Store()


def resolved(store: Store, spec: str = "", project: Any = (), overrides: Any = ()) -> dict[str, str]:
    world = cast(
        "World",
        SimpleNamespace(
            client=lambda _: store, region="ap-southeast-2", endpoint="http://127.0.0.1:1", paths=Paths(Path("sandbox"))
        ),
    )
    build = Build(
        project={
            "name": "web",
            "encryptionKey": "key",
            "environment": {"image": "standard", "environmentVariables": list(project)},
        },
        number=7,
        initiator="test",
        started=datetime(2026, 12, 1, tzinfo=UTC),
        source_version="",
        region="ap-southeast-2",
        account_id="123456789012",
        log_group="",
    )
    text = f"version: 0.2\nphases: {{build: {{commands: [make]}}}}\n{spec}"
    return variables_of(world, build, Buildspec.parse(text), overrides, {})


def named(value: str, type_: str = "PLAINTEXT") -> list[dict[str, str]]:
    return [{"name": "COLOUR", "value": value, "type": type_}]


def test_the_later_source_wins(store: Store) -> None:
    spec = "env: {variables: {COLOUR: spec, CODEBUILD_BUILD_NUMBER: '1'}}"
    assert resolved(store, spec)["COLOUR"] == "spec"
    assert resolved(store, spec, named("project"))["COLOUR"] == "project"
    assert resolved(store, spec, named("project"), named("override"))["COLOUR"] == "override"
    assert resolved(store, spec)["CODEBUILD_BUILD_NUMBER"] == "7"


def test_parameters_are_read_from_project_and_buildspec(store: Store) -> None:
    assert resolved(store, "env: {parameter-store: {COLOUR: /web/key}}")["COLOUR"] == "k1"
    assert resolved(store, project=named("/web/key", "PARAMETER_STORE"))["COLOUR"] == "k1"


def test_a_parameter_that_is_not_there_fails_the_build(store: Store) -> None:
    with pytest.raises(PhaseError, match="/web/other") as failed:
        resolved(store, project=named("/web/other", "PARAMETER_STORE"))
    assert failed.value.code == "CLIENT_ERROR"


@pytest.mark.parametrize(
    ("reference", "value", "asked"),
    [
        ("web", '{"token": "t1"}', {"SecretId": "web"}),
        ("web:token", "t1", {"SecretId": "web"}),
        ("web:token:AWSPREVIOUS", "t1", {"SecretId": "web", "VersionStage": "AWSPREVIOUS"}),
        ("web:token::v1", "t1", {"SecretId": "web", "VersionId": "v1"}),
        (ARN, '{"token": "t2"}', {"SecretId": ARN}),
        (f"{ARN}:token", "t2", {"SecretId": ARN}),
    ],
)
def test_a_secret_by_name_or_arn_key_and_version(store: Store, reference: str, value: str, asked: Any) -> None:
    assert resolved(store, project=named(reference, "SECRETS_MANAGER"))["COLOUR"] == value
    assert store.asked == [asked]


def test_a_key_that_the_secret_lacks_fails_the_build(store: Store) -> None:
    with pytest.raises(PhaseError, match="web"):
        resolved(store, project=named("web:password", "SECRETS_MANAGER"))
