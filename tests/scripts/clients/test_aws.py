"""Sessions: retries bounded, the environment honoured, one client a service."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import boto3
import pytest

from scripts.clients.aws import Aws, connect
from scripts.errors import ConfigurationError, CredentialsError, UnreachableError
from tests.scripts.fake_aws import ACCOUNT, FakeAws, Refusal


def retries(aws: Aws) -> dict[str, Any]:
    return cast("Any", aws.sts.meta.config).retries


def test_retries_are_standard_and_bounded() -> None:
    assert retries(connect(None, None, "ap-southeast-2")) == {"mode": "standard", "total_max_attempts": 4}


def test_the_environment_decides_on_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    assert retries(connect(None, None, "ap-southeast-2")) == {"mode": "adaptive", "total_max_attempts": 2}


def test_the_profile_decides_on_retries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("[profile releaser]\nretry_mode = adaptive\nmax_attempts = 7\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert retries(connect("releaser", None, "ap-southeast-2")) == {"mode": "adaptive", "total_max_attempts": 7}


def test_timeouts_are_small() -> None:
    config = cast("Any", connect(None, None, "ap-southeast-2").sts.meta.config)
    assert config.connect_timeout <= 5
    assert config.read_timeout <= 30


@pytest.mark.parametrize(
    ("option", "environment", "region"),
    [
        (None, {}, "ap-southeast-2"),
        (None, {"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        (None, {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "us-east-1"}, "us-east-1"),
        ("us-west-2", {"AWS_REGION": "us-east-1"}, "us-west-2"),
    ],
)
def test_region(monkeypatch: pytest.MonkeyPatch, option: str | None, environment: dict[str, str], region: str) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert connect(None, option, "ap-southeast-2").region == region


def test_an_unknown_profile_is_wrong_configuration() -> None:
    with pytest.raises(ConfigurationError, match="typo"):
        connect("typo", None, "ap-southeast-2")


@pytest.mark.parametrize(("name", "value"), [("AWS_ENDPOINT_URL", "not a url"), ("AWS_MAX_ATTEMPTS", "many")])
def test_an_unreadable_variable_is_wrong_configuration(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError):
        connect(None, None, "ap-southeast-2").identity()


def test_without_credentials_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(CredentialsError) as caught:
        connect(None, None, "ap-southeast-2").identity()
    assert "--profile" in caught.value.fix


def test_connection_refused_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(UnreachableError) as caught:
        connect(None, None, "ap-southeast-2").identity()
    assert "AWS_ENDPOINT_URL" in caught.value.fix


def test_identity_is_account_and_arn() -> None:
    identity = FakeAws().aws.identity()
    assert (identity.account_id, identity.arn) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/tester")


def test_expired_credentials_are_one_clear_error() -> None:
    fake = FakeAws()
    fake.answer("GetCallerIdentity", Refusal("ExpiredToken"))
    with pytest.raises(CredentialsError, match="expired"):
        fake.aws.identity()


def test_threads_share_one_client_and_every_call_is_counted() -> None:
    fake = FakeAws()
    with ThreadPoolExecutor(8) as pool:
        clients = list(pool.map(lambda _: fake.aws.sts, range(32)))
        list(pool.map(lambda _: fake.aws.identity(), range(32)))
    assert len(set(map(id, clients))) == 1
    assert fake.aws.api_calls == 32


def test_a_service_that_is_refused_is_not_asked_and_the_others_are() -> None:
    fake = FakeAws()
    fake.answer("ListTopics", {"Topics": []})
    fake.aws.refuse("sts", UnreachableError("No way there.", "Build one."))
    for _ in range(2):
        with pytest.raises(UnreachableError, match="No way there") as caught:
            fake.aws.identity()
        assert caught.value.fix == "Build one."
    fake.aws.sns.list_topics()
    assert [operation for operation, _ in fake.calls] == ["ListTopics"]
    assert fake.aws.api_calls == 1


def test_the_clients_are_boto3s_over_the_session_that_has_the_models() -> None:
    aws = connect(None, None, "ap-southeast-2")
    assert isinstance(aws._session, boto3.Session)
    assert "Boto3/" in cast("Any", aws.sts.meta.config).user_agent
