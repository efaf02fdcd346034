"""A token comes from the environment, else from the stack's secret; without one it is said once, with the fix."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from scripts.channels.opening import channels_of
from scripts.channels.secrets import SLACK, STATUS_PAGE, Secrets
from scripts.clients.aws import Aws
from scripts.errors import AccessDeniedError, ConfigurationError, UndeterminedError
from sop.channels import Channel
from sop.outputs import StackOutputs
from tests.scripts.prod_stack import OUTPUTS

ARN = "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:prod-release-channels-AbCdEf"


class Kept:
    """Secrets Manager with one secret."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked = 0

    def get_secret_value(self, *, SecretId: str) -> Any:  # noqa: N803 - AWS's own
        assert SecretId == ARN
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"SecretString": self.answer}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for token in (SLACK, STATUS_PAGE):
        monkeypatch.delenv(token.variable, raising=False)


def secrets(answer: Any, arn: str | None = ARN) -> tuple[Secrets, Kept]:
    kept = Kept(answer)
    return Secrets(cast("Aws", SimpleNamespace(secretsmanager=kept)), "prod", arn), kept


def test_the_secret_has_both_and_is_read_once() -> None:
    found, kept = secrets(json.dumps({"slackToken": "xoxb-1", "statusPageKey": "key"}))
    assert (found.read(SLACK), found.read(STATUS_PAGE), kept.asked) == ("xoxb-1", "key", 1)


def test_the_environment_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-mine")
    found, kept = secrets("{}")
    assert (found.read(SLACK), kept.asked) == ("xoxb-mine", 0)


@pytest.mark.parametrize(
    ("answer", "arn"), [('{"statusPageKey": "key"}', ARN), ('{"slackToken": " "}', ARN), ("", None)]
)
def test_without_a_token_it_is_said_what_sets_one(answer: str, arn: str | None) -> None:
    with pytest.raises(ConfigurationError) as raised:
        secrets(answer, arn)[0].read(SLACK)
    assert "SLACK_BOT_TOKEN" in raised.value.message
    assert "pulumi config set --secret release:slackToken TOKEN --stack prod" in raised.value.fix


@pytest.mark.parametrize("answer", ["no JSON", "[]"])
def test_a_secret_that_somebody_has_written_by_hand_is_told(answer: str) -> None:
    with pytest.raises(UndeterminedError, match="by hand"):
        secrets(answer)[0].read(SLACK)


def test_who_may_not_read_it_is_told_what_to_allow() -> None:
    refused: Any = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
    with pytest.raises(AccessDeniedError) as raised:
        secrets(ClientError(refused, "GetSecretValue"))[0].read(SLACK)
    assert "secretsmanager:GetSecretValue" in f"{raised.value.message} {raised.value.fix}"


def test_each_channel_is_opened_once_and_only_those_with_tokens_need_one(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = cast("Aws", SimpleNamespace(region="ap-southeast-2"))
    channels = channels_of(StackOutputs.parse(OUTPUTS), clients)
    assert channels(Channel.MAIL) is channels(Channel.MAIL)
    with pytest.raises(ConfigurationError, match="STATUSPAGE_API_KEY"):
        channels(Channel.STATUS_PAGE)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-mine")
    assert [channels(kind).name for kind in (Channel.MAIL, Channel.SLACK)] == ["mail", "slack"]
