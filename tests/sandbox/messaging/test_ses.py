"""SES as botocore finds it: whom it knows, whom it may send to, and what it drops."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.commands.confirm import confirm
from sandbox.world import World


@pytest.fixture
def ses(world: World) -> Any:
    return world.client("sesv2")


def mail(sender: str = "ops@helios.id", to: str = "Ada <ada@helios.id>", **more: str) -> dict[str, Any]:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, "Release 🚀"
    for name, value in more.items():
        message[name] = value
    message.set_content("It begins.\n")
    message.add_alternative("<p>It begins.</p>", subtype="html")
    return {"Raw": {"Data": message.as_bytes()}}


def refused(ses: Any, content: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as raised:
        ses.send_email(Content=content)
    answer: Any = raised.value.response.get("Error")
    return answer["Code"], answer["Message"]


def outbox(world: World) -> list[tuple[str, str, str]]:
    return [(message.to, message.subject, message.body) for message in world.outbox.messages()]


def test_a_raw_message_goes_to_whom_its_headers_name(world: World, ses: Any) -> None:
    assert ses.send_email(Content=mail(Bcc="board@helios.id"))["MessageId"]
    assert outbox(world) == [
        ("ada@helios.id", "Release 🚀", "It begins.\n"),
        ("board@helios.id", "Release 🚀", "It begins.\n"),
    ]


def test_an_unknown_sender_is_refused_by_name(ses: Any) -> None:
    code, message = refused(ses, mail(sender="ops@elsewhere.example"))
    assert code == "MessageRejected"
    assert message == (
        "Email address is not verified. The following identities failed the check in region AP-SOUTHEAST-2: "
        "ops@elsewhere.example"
    )


def test_an_account_in_sess_sandbox_sends_to_verified_ones_only(world: World, ses: Any) -> None:
    outside = mail(to="board@elsewhere.example")
    assert refused(ses, outside)[0] == "MessageRejected"
    ses.create_email_identity(EmailIdentity="board@elsewhere.example")
    assert ses.get_email_identity(EmailIdentity="board@elsewhere.example")["VerifiedForSendingStatus"] is False
    assert refused(ses, outside)[0] == "MessageRejected"
    assert list(confirm(world, "board@elsewhere.example")) == ["board@elsewhere.example is verified in SES"]
    assert ses.send_email(Content=outside)["MessageId"]


def test_out_of_it_anybody_gets_mail(ses: Any) -> None:
    assert ses.get_account()["ProductionAccessEnabled"] is False
    ses.put_account_details(MailType="TRANSACTIONAL", WebsiteURL="https://helios.id", ProductionAccessEnabled=True)
    assert ses.send_email(Content=mail(to="anybody@elsewhere.example"))["MessageId"]


def test_who_is_suppressed_gets_nothing_and_nobody_says_so(world: World, ses: Any) -> None:
    ses.put_suppressed_destination(EmailAddress="ada@helios.id", Reason="BOUNCE")
    assert ses.send_email(Content=mail(to="ada@helios.id, bob@helios.id"))["MessageId"]
    assert [to for to, _, _ in outbox(world)] == ["bob@helios.id"]
    ses.delete_suppressed_destination(EmailAddress="ada@helios.id")
    with pytest.raises(ClientError, match="NotFoundException"):
        ses.get_suppressed_destination(EmailAddress="ada@helios.id")


def test_more_than_fifty_are_too_many(ses: Any) -> None:
    crowd = ", ".join(f"a{number}@helios.id" for number in range(51))
    assert refused(ses, mail(to=crowd))[0] == "BadRequestException"


def test_what_it_does_not_do_is_no_success(ses: Any) -> None:
    simple = {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}}
    assert refused(ses, simple)[0] == "SandboxUnsupported"
    with pytest.raises(ClientError, match="SandboxUnknownOperation"):
        ses.list_contact_lists()
