"""A mail as bytes. Pure: neither a boundary, a message id nor a date is of the moment or of chance."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime


@dataclass(frozen=True)
class Mail:
    """One mail. `name` tells it from every other: a release, an event, an occasion, an audience.

    `hidden` are those who shall not see each other's addresses.
    """

    name: str
    sender: str
    to: Sequence[str]
    hidden: Sequence[str]
    reply_to: str
    subject: str
    text: str
    html: str
    at: datetime


def as_bytes(mail: Mail) -> bytes:
    """The whole message, in ASCII; what a header cannot hold is encoded there.

    Raises:
        ValueError: a header has a line break, which its text must not.
    """
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    named = hashlib.sha256(mail.name.encode()).hexdigest()
    message["From"] = mail.sender
    message["To"] = ", ".join(mail.to or [mail.sender])
    if mail.hidden:
        message["Bcc"] = ", ".join(mail.hidden)
    if mail.reply_to:
        message["Reply-To"] = mail.reply_to
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{named[:32]}@{mail.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence note answers it
    message["X-Release"] = mail.name
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"release-{named[:32]}")
    return b"Subject: " + _header(mail.subject).encode("ascii") + b"\r\n" + message.as_bytes()


def _header(text: str) -> str:
    """Folded; EmailMessage's own folding doubles a space before what is encoded."""
    if "\n" in text or "\r" in text:
        raise ValueError("a header with a line break")
    charset = "us-ascii" if text.isascii() else "utf-8"
    return Header(text, charset, header_name="Subject").encode(linesep="\r\n")
