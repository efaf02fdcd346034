"""SES: identities that are verified or not, an account in SES's sandbox, the suppression list, and raw messages.

A new account sends to verified addresses and domains only. The domains of the stack files' addresses are verified, as
who set the account up would have seen to; any other identity waits for `sandbox confirm`, as its mail would.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from typing import TYPE_CHECKING, Any, cast

from sandbox.aws.ports import FAULTS
from sandbox.aws.service import AwsError, Params, Service, UnsupportedError
from sandbox.core.outbox import Message

if TYPE_CHECKING:
    from sandbox.core.account import Account

REFUSED = "mail-refused"
MOST_RECIPIENTS = 50
_HEADERS = ("To", "Cc", "Bcc")


class SesV2(Service):
    """The part of SES that announcements use."""

    name = "sesv2"
    constraint_codes = ("BadRequestException",)

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        addresses = {mail for stack in (*account.configured.stacks, account.configured.leading) for mail in stack.mails}
        self._verified: dict[str, bool] = {address.rpartition("@")[2].lower(): True for address in addresses}
        self._production = False
        self._suppressed: dict[str, Params] = {}
        self._lock = threading.Lock()

    def send_email(self, request: Params) -> Params:
        raw = request["Content"].get("Raw")
        if raw is None or request.get("ConfigurationSetName"):
            raise UnsupportedError("The sandbox sends raw messages only, without a configuration set.")
        message = cast("EmailMessage", message_from_bytes(raw["Data"], policy=default))
        sender = request.get("FromEmailAddress") or str(message["From"] or "")
        told = request.get("Destination") or {}
        named = [each for kind in ("ToAddresses", "CcAddresses", "BccAddresses") for each in told.get(kind, [])]
        to = _addresses(named or [str(each) for name in _HEADERS for each in message.get_all(name, [])])
        self._require_somebody(sender, to)
        self._require_verified(_addresses([sender]), to)
        for address in (each for each in to if each.lower() not in self._suppressed):
            self.account.outbox.add(
                Message("email", address, _read(message), str(message["Subject"]), sender, at=self.account.clock.now())
            )
        return {"MessageId": f"{secrets.token_hex(8)}-{secrets.token_hex(16)}-000000"}

    def create_email_identity(self, request: Params) -> Params:
        name = request["EmailIdentity"].lower()
        if name in self._verified:
            raise AwsError("AlreadyExistsException", f"Email identity {name} already exist.")
        self._verified[name] = False
        return self._identity(name)

    def get_email_identity(self, request: Params) -> Params:
        return self._identity(self._known(request["EmailIdentity"]))

    def list_email_identities(self, request: Params) -> Params:
        if request.get("NextToken"):
            raise UnsupportedError("The sandbox lists all identities at once.")
        listed = [
            {"IdentityType": _kind(name), "IdentityName": name, "SendingEnabled": verified}
            for name, verified in sorted(self._verified.items())
        ]
        return {"EmailIdentities": listed}

    def delete_email_identity(self, request: Params) -> Params:
        del self._verified[self._known(request["EmailIdentity"])]
        return {}

    def get_account(self, _: Params) -> Params:
        return {
            "ProductionAccessEnabled": self._production,
            "SendingEnabled": True,
            "EnforcementStatus": "HEALTHY",
            "SendQuota": {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 0.0},
        }

    def put_account_details(self, request: Params) -> Params:
        """AWS looks at it for a day; here it is granted at once."""
        self._production = bool(request.get("ProductionAccessEnabled", self._production))
        return {}

    def put_suppressed_destination(self, request: Params) -> Params:
        address = request["EmailAddress"].lower()
        self._suppressed[address] = {
            "EmailAddress": address,
            "Reason": request["Reason"],
            "LastUpdateTime": self.account.clock.now(),
        }
        return {}

    def get_suppressed_destination(self, request: Params) -> Params:
        address = request["EmailAddress"].lower()
        if address not in self._suppressed:
            raise _not_found(f"Email address {address} does not exist on your suppression list.")
        return {"SuppressedDestination": self._suppressed[address]}

    def delete_suppressed_destination(self, request: Params) -> Params:
        self.get_suppressed_destination(request)
        del self._suppressed[request["EmailAddress"].lower()]
        return {}

    def pending(self) -> list[str]:
        """Identities that wait for their owner to follow a link."""
        return [name for name, verified in self._verified.items() if not verified]

    def confirm(self, name: str) -> None:
        self._verified[name] = True

    def _require_somebody(self, sender: str, to: list[str]) -> None:
        if not sender or not to:
            raise AwsError("BadRequestException", "Missing required header 'From' or a recipient.")
        if len(to) > MOST_RECIPIENTS:
            raise AwsError("BadRequestException", "Recipient count exceeds 50.")

    def _require_verified(self, sender: list[str], to: list[str]) -> None:
        refused = self.account.reach(FAULTS).active(REFUSED)
        asked = [*sender, *([] if self._production else to)]
        wrong = list(dict.fromkeys(each for each in asked if refused or not self._is_verified(each)))
        if wrong:
            failed = "Email address is not verified. The following identities failed the check in region"
            raise AwsError("MessageRejected", f"{failed} {self.account.region.upper()}: {', '.join(wrong)}")

    def _is_verified(self, address: str) -> bool:
        address = address.lower()
        return self._verified.get(address, False) or self._verified.get(address.rpartition("@")[2], False)

    def _known(self, name: str) -> str:
        if name.lower() not in self._verified:
            raise _not_found(f"Email identity {name} does not exist.")
        return name.lower()

    def _identity(self, name: str) -> Params:
        verified = self._verified[name]
        status = "SUCCESS" if verified else "PENDING"
        return {
            "IdentityType": _kind(name),
            "VerifiedForSendingStatus": verified,
            "VerificationStatus": status,
            "FeedbackForwardingStatus": True,
        }


def _not_found(message: str) -> AwsError:
    return AwsError("NotFoundException", message, 404)


def _kind(name: str) -> str:
    return "EMAIL_ADDRESS" if "@" in name else "DOMAIN"


def _addresses(headers: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(address for _, address in getaddresses(list(headers)) if address))


def _read(message: EmailMessage) -> str:
    """The text that a person reads, the plain one where there is one."""
    part: Any = message.get_body(("plain", "html"))
    return str(part.get_content()) if part is not None else ""
