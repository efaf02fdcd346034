"""Mail, through SES: a whole message as it is, which SES addresses by its headers.

SES has no way to ask whether a message arrived. Refusals: the model of sesv2's SendEmail, and SES's guide
(https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html).
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP
from email.utils import getaddresses
from http import HTTPStatus
from typing import Any, ClassVar

from botocore import exceptions as aws
from botocore.exceptions import ClientError

from scripts.channels.channel import BUDGET, CANNOT_TELL, Found, NotSentError, SendUncertainError
from scripts.clients.aws import Aws
from scripts.clients.failures import AWS_FAILURES, translate
from scripts.errors import ReleaseError

TRIES = 4
WAIT = 1.1  # seconds: an account in SES's sandbox may send one message a second
THROTTLED = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling"})
RECIPIENTS = ("To", "Cc", "Bcc")
# Of these nothing reached AWS; of a time-out or a closed connection nobody knows.
NEVER_LEFT = (
    *(aws.EndpointConnectionError, aws.ConnectTimeoutError, aws.ProxyConnectionError, aws.SSLError),
    *(aws.NoCredentialsError, aws.PartialCredentialsError, aws.CredentialRetrievalError, aws.ParamValidationError),
)
_SUSPENDED = "See SES's console for the reason (`aws sesv2 get-account`), and answer AWS there."
FIXES: Mapping[str, str] = {
    "AccountSuspendedException": _SUSPENDED,
    "SendingPausedException": _SUSPENDED,
    "MailFromDomainNotVerifiedException": "Mend the MX record of the identity's MAIL FROM domain.",
    "LimitExceededException": "The day's quota is used up: wait, or ask AWS for a higher one.",
}
_UNVERIFIED = re.compile(r"not verified.*?:\s*(?P<identities>\S.*?)\s*$", re.IGNORECASE)

sleep = time.sleep


class Mail:
    """A Channel, for every audience: the message says whom it is for."""

    name = "mail"
    budget: timedelta = BUDGET
    permissions: ClassVar[tuple[str, ...]] = ("ses:SendEmail", "ses:SendRawEmail", "ses:GetSuppressedDestination")

    def __init__(self, clients: Aws) -> None:
        self._clients = clients

    def send(self, content: bytes) -> str:
        """Send it; SES's id of it.

        Raises:
            NotSentError: SES refused it, knows that nobody would get it, or was not reached.
            SendUncertainError: the answer was lost.
        """
        self._require_somebody(content)
        for tries in range(1, TRIES + 1):
            try:
                answer = self._clients.mail.send_email(Content={"Raw": {"Data": content}})
                return answer["MessageId"]
            except AWS_FAILURES as problem:
                throttled = isinstance(problem, ClientError) and _code(problem) in THROTTLED
                if not throttled or tries == TRIES:
                    raise _failure(problem, self._clients.region) from problem
            except ReleaseError as problem:  # the answer is none of AWS's
                raise SendUncertainError(problem.message, problem.fix) from problem
            except KeyError as problem:
                raise SendUncertainError("SES's answer has no id of the message.") from problem
            sleep(WAIT)
        raise AssertionError

    def find(self, content: bytes, since: datetime) -> Found:  # noqa: ARG002 - as every channel's
        """Nobody can say."""
        return CANNOT_TELL

    def _require_somebody(self, content: bytes) -> None:
        """SES takes mail for who is on the account's suppression list, and drops it. Raises NotSentError."""
        addresses = recipients(content)
        suppressed = [address for address in addresses if self._is_suppressed(address)]
        if suppressed and len(suppressed) == len(addresses):
            raise NotSentError(
                f"SES drops mail to {', '.join(suppressed)}: it bounced, or was complained of.",
                f"`aws sesv2 delete-suppressed-destination --email-address {suppressed[0]}`, or give another address.",
            )

    def _is_suppressed(self, address: str) -> bool:
        try:
            self._clients.mail.get_suppressed_destination(EmailAddress=address)
        except (*AWS_FAILURES, ReleaseError):
            return False  # it is not, or cannot be told, which keeps nobody from being told
        return True


def recipients(content: bytes) -> list[str]:
    """The addresses that a message is for, each once."""
    message = message_from_bytes(content, policy=SMTP)
    headers = [str(value) for name in RECIPIENTS for value in message.get_all(name, [])]
    return list(dict.fromkeys(address for _, address in getaddresses(headers) if address))


def _code(problem: ClientError) -> str:
    return problem.response.get("Error", {}).get("Code", "")


def _failure(problem: Any, region: str) -> NotSentError | SendUncertainError:
    told = translate(problem, Mail.permissions)
    if isinstance(problem, NEVER_LEFT):
        return NotSentError(told.message, told.fix)
    if not isinstance(problem, ClientError):
        return SendUncertainError(f"SES's answer was lost: {told.message}")
    status = problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return SendUncertainError(f"SES broke down while it answered: {told.message}")
    message = " ".join(problem.response.get("Error", {}).get("Message", "").split())
    if unverified := _UNVERIFIED.search(message):
        named = unverified["identities"]
        return NotSentError(
            f"SES does not know these as verified in {region}: {named}.",
            f"`aws sesv2 create-email-identity --email-identity {named.partition(',')[0]} --region {region}`, and "
            "follow its mail. Who is not the sender needs that only while the account is in SES's sandbox "
            "(`aws sesv2 put-account-details` asks AWS to leave it).",
        )
    fix = FIXES.get(_code(problem), told.fix)
    return NotSentError(f"SES refused it: {message or _code(problem)}", fix)
