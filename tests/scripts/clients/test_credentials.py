"""Credentials of a profile's helper: what keeps them from being obtained, at first or later, is one clear error."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import CredentialRetrievalError

from scripts.clients.aws import Aws, connect
from scripts.errors import CredentialsError, UnreachableError
from tests.clock import now

# botocore renews what is valid for less than ten minutes before it signs anything.
SOON, LATER = timedelta(minutes=5), timedelta(hours=1)


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program that the profile `releaser` has its credentials from; nothing answers at AWS's endpoint."""
    program, config = tmp_path / "helper", tmp_path / "config"
    config.write_text(f"[profile releaser]\ncredential_process = {program}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    prints(program, valid_for(LATER))
    return program


def valid_for(span: timedelta) -> str:
    expiration = (now() + span).isoformat()
    keys = {"AccessKeyId": "test", "SecretAccessKey": "test", "SessionToken": "test", "AccountId": "123456789012"}
    return json.dumps({"Version": 1, **keys, "Expiration": expiration})


def prints(program: Path, text: str) -> None:
    program.write_text(f"#!/bin/sh\necho '{text}'\n")
    program.chmod(0o700)


def connected() -> Aws:
    return connect("releaser", None, "ap-southeast-2")


def refusal(aws: Aws) -> CredentialsError:
    with pytest.raises(CredentialsError) as caught:
        aws.identity()
    assert caught.value.exit_code == 4
    assert "~/.aws/config" in caught.value.fix
    return caught.value


@pytest.mark.usefixtures("helper")
def test_good_ones_are_used() -> None:
    with pytest.raises(UnreachableError):
        connected().identity()


def test_a_helper_that_is_missing_is_named(helper: Path) -> None:
    helper.unlink()
    assert str(helper) in refusal(connected()).message


def test_a_helper_that_may_not_be_run_is_named(helper: Path) -> None:
    helper.chmod(0o600)
    assert str(helper) in refusal(connected()).message


def test_a_helper_that_is_gone_when_they_must_be_renewed_is_named(helper: Path) -> None:
    prints(helper, valid_for(SOON))
    aws = connected()
    assert aws.sts
    helper.unlink()
    assert str(helper) in refusal(aws).message


def test_those_that_have_expired_when_they_are_renewed_are_no_bug(helper: Path) -> None:
    prints(helper, valid_for(-LATER))
    assert "the refreshed credentials are still expired" in refusal(connected()).message


def test_they_are_asked_for_again_once_there_are_new_ones(helper: Path) -> None:
    prints(helper, valid_for(-LATER))
    aws = connected()
    refusal(aws)
    prints(helper, valid_for(LATER))
    with pytest.raises(UnreachableError):
        aws.identity()


@pytest.mark.parametrize("printed", ["no JSON", "[]", '{"Version": 1}'])
def test_a_helper_that_prints_something_else_is_no_wrong_configuration_of_ours(helper: Path, printed: str) -> None:
    prints(helper, printed)
    refusal(connected())


@pytest.mark.usefixtures("helper")
def test_another_error_of_a_call_stays_what_it_is() -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("a bug")

    aws = connected()
    aws._session.events.register("before-send", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        aws.identity()


@pytest.mark.parametrize("read", [lambda one: one.token, lambda one: one.get_deferred_property("account_id")()])
def test_each_of_them_can_be_read_and_fails_alike(helper: Path, read: Callable[[Any], str]) -> None:
    prints(helper, valid_for(SOON))
    found = connected()._session.get_credentials()
    assert read(found) in ("test", "123456789012")
    helper.unlink()
    with pytest.raises(CredentialRetrievalError):
        read(found)


@pytest.mark.usefixtures("helper")
def test_without_any_there_are_none() -> None:
    assert connect(None, None, "ap-southeast-2")._session.get_credentials() is None
