"""SES refuses before it sends, and never says afterwards whether it has: the one is no message, the other uncertain."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.session import Session

from scripts.channels import mail
from scripts.channels.channel import CANNOT_TELL, NotSentError, SendUncertainError
from scripts.channels.mail import Mail, recipients
from scripts.clients.aws import ASKED_ONCE, Aws
from scripts.errors import AwsAnswerError

MESSAGE = (
    b"Subject: Release\r\nFrom: ops@helios.id\r\nTo: A <a@helios.id>, b@helios.id\r\nBcc: c@helios.id\r\n\r\nHello\r\n"
)
REGION = "ap-southeast-2"
SANDBOX = (
    "Email address is not verified. The following identities failed the check in region AP-SOUTHEAST-2: "
    "ops@helios.id, a@helios.id"
)


def refusal(code: str, message: str = "no", status: int = 400) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "SendEmail")


class Ses:
    """Answers with what it is told, one after the other; `suppressed` are on the list."""

    def __init__(self, *answers: Exception | str, suppressed: tuple[str, ...] = ()) -> None:
        self.answers = list(answers)
        self.suppressed = suppressed
        self.sent: list[bytes] = []

    def send_email(self, *, Content: Any) -> Any:  # noqa: N803 - AWS's own
        self.sent.append(Content["Raw"]["Data"])
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"MessageId": answer}

    def get_suppressed_destination(self, *, EmailAddress: str) -> Any:  # noqa: N803
        if EmailAddress not in self.suppressed:
            raise refusal("NotFoundException", status=404)
        return {"SuppressedDestination": {"EmailAddress": EmailAddress}}


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(mail, "sleep", slept.append)
    return slept


def through(ses: Ses) -> Mail:
    return Mail(cast("Aws", SimpleNamespace(mail=ses, region=REGION)))


def test_the_whole_message_goes_out_as_it_is_and_ses_names_it() -> None:
    ses = Ses("0102-id")
    assert through(ses).send(MESSAGE) == "0102-id"
    assert ses.sent == [MESSAGE]


def test_its_headers_say_whom_it_is_for() -> None:
    assert recipients(MESSAGE) == ["a@helios.id", "b@helios.id", "c@helios.id"]


def test_who_is_not_verified_is_named_with_what_verifies_them() -> None:
    with pytest.raises(NotSentError, match=r"ops@helios.id, a@helios.id") as raised:
        through(Ses(refusal("MessageRejected", SANDBOX))).send(MESSAGE)
    assert "aws sesv2 create-email-identity --email-identity ops@helios.id --region ap-southeast-2" in raised.value.fix
    assert "put-account-details" in raised.value.fix


@pytest.mark.parametrize(
    "problem",
    [
        refusal("AccountSuspendedException"),
        refusal("SendingPausedException"),
        refusal("LimitExceededException"),
        refusal("AccessDeniedException", status=403),
        refusal("BadRequestException"),
        EndpointConnectionError(endpoint_url="https://email"),
        NoCredentialsError(),
    ],
    ids=str,
)
def test_a_refusal_was_not_sent_and_says_what_to_do(problem: Exception) -> None:
    with pytest.raises(NotSentError) as raised:
        through(Ses(problem)).send(MESSAGE)
    assert raised.value.fix


@pytest.mark.parametrize(
    "problem",
    [
        refusal("InternalServiceError", status=500),
        ReadTimeoutError(endpoint_url="https://email"),
        ConnectionClosedError(endpoint_url="https://email"),
        AwsAnswerError("The answer is not AWS's."),
    ],
    ids=lambda problem: type(problem).__name__,
)
def test_a_lost_answer_is_uncertain_and_asked_for_once(problem: Exception) -> None:
    ses = Ses(problem)
    with pytest.raises(SendUncertainError):
        through(ses).send(MESSAGE)
    assert len(ses.sent) == 1


def test_botocore_asks_once_too() -> None:
    clients = Aws(Session(), REGION)
    assert ASKED_ONCE == ("sesv2",)
    tries = {
        name: cast("Any", client.meta.config).retries["total_max_attempts"]
        for name, client in (("mail", clients.mail), ("sts", clients.sts))
    }
    assert (tries["mail"], tries["sts"] > 1) == (1, True)


def test_one_message_a_second_is_waited_for_and_not_for_ever(naps: list[float]) -> None:
    slow = refusal("TooManyRequestsException", status=429)
    assert through(Ses(slow, slow, "0102-id")).send(MESSAGE) == "0102-id"
    assert len(naps) == 2
    with pytest.raises(NotSentError):
        through(Ses(*[slow] * mail.TRIES)).send(MESSAGE)


def test_mail_that_ses_would_drop_for_everybody_is_not_sent() -> None:
    ses = Ses("0102-id", suppressed=("a@helios.id", "b@helios.id", "c@helios.id"))
    with pytest.raises(NotSentError, match=r"a@helios.id, b@helios.id, c@helios.id") as raised:
        through(ses).send(MESSAGE)
    assert "delete-suppressed-destination --email-address a@helios.id" in raised.value.fix
    assert ses.sent == []


def test_one_address_that_bounced_keeps_no_other_from_being_told() -> None:
    assert through(Ses("0102-id", suppressed=("a@helios.id",))).send(MESSAGE) == "0102-id"


def test_nobody_can_say_whether_a_mail_arrived() -> None:
    assert through(Ses()).find(MESSAGE, datetime(2026, 3, 10, tzinfo=UTC)) is CANNOT_TELL
