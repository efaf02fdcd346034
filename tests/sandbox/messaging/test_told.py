"""The command's own channels on the sandbox: what is lost, refused, limited or archived there ends as it must."""

from __future__ import annotations

import json
from datetime import datetime
from email.message import EmailMessage

import pytest
from botocore.session import Session

from sandbox.addresses import ACCESS_KEY, SECRET_KEY, SLACK_TOKEN, STATUS_PAGE_KEY
from sandbox.world import World
from scripts.channels.channel import BUDGET, Channel
from scripts.channels.delivery import Outcome, Told, deliver
from scripts.channels.mail import Mail
from scripts.channels.slack import Slack
from scripts.channels.status_page import StatusPage
from scripts.clients.aws import Aws
from scripts.ledger.messages import Message
from tests.scripts.ledger.memory import Memory, Time, ledger_of

CHANNEL = "C0123456789"


@pytest.fixture
def store() -> Memory:
    return Memory()


@pytest.fixture
def slack(world: World, monkeypatch: pytest.MonkeyPatch) -> Slack:
    """It waits for nobody."""
    monkeypatch.setattr("slack_sdk.http_retry.builtin_handlers.time.sleep", pytest.fail)
    return Slack(SLACK_TOKEN, f"{world.endpoint}/slack/api/")


@pytest.fixture
def page(world: World) -> StatusPage:
    return StatusPage(STATUS_PAGE_KEY, f"{world.endpoint}/status-page/v1/")


@pytest.fixture
def mail(world: World, monkeypatch: pytest.MonkeyPatch) -> Mail:
    monkeypatch.setenv("AWS_ENDPOINT_URL", world.endpoint)
    session = Session()
    session.set_credentials(ACCESS_KEY, SECRET_KEY)
    return Mail(Aws(session, world.region))


def post(text: str, **more: object) -> bytes:
    key = {"event_type": "release_announced", "event_payload": {"key": text}}
    return json.dumps({"channel": CHANNEL, "text": text, "metadata": key, **more}).encode()


def send(store: Memory, channel: Channel, content: bytes, at: datetime, name: str = "slack") -> Told:
    return deliver(ledger_of("ada", store, Time(at)), Message("pr-12", "started", "1", name), channel, content)


def bodies(world: World) -> list[str]:
    return [message.body for message in world.outbox.messages()]


def test_a_message_that_slack_took_and_whose_answer_was_lost_is_found_and_not_posted_again(
    world: World, store: Memory, slack: Slack
) -> None:
    begun = world.clock.now()
    world.faults.activate("slack-answer-lost")
    assert send(store, slack, post("Started"), begun).outcome is Outcome.UNCERTAIN
    world.faults.heal()
    again = send(store, slack, post("Another title"), begun + BUDGET * 2)
    assert (again.outcome, bodies(world)) == (Outcome.FOUND, ["Started"])


def test_what_never_reached_slack_goes_out_once_with_the_first_bytes(world: World, store: Memory, slack: Slack) -> None:
    begun = world.clock.now()
    world.faults.activate("slack-down")
    assert send(store, slack, post("Started"), begun).outcome is Outcome.UNCERTAIN
    later = begun + BUDGET * 2
    assert send(store, slack, post("Another title"), later).outcome is Outcome.UNCERTAIN  # nobody can look
    world.faults.heal()
    assert send(store, slack, post("Another title"), later).outcome is Outcome.SENT
    assert bodies(world) == ["Started"]


@pytest.mark.parametrize(("fault", "why"), [("slack-archived", "is_archived"), ("slack-rate-limited", "wait 30 s")])
def test_an_archived_channel_and_a_long_wait_are_refusals(
    world: World, store: Memory, slack: Slack, fault: str, why: str
) -> None:
    world.faults.activate(fault)
    told = send(store, slack, post("Started"), world.clock.now())
    assert (told.outcome, why in told.why, bool(told.fix)) == (Outcome.NOT_SENT, True, True)
    world.faults.heal()
    assert send(store, slack, post("New"), world.clock.now()).outcome is Outcome.SENT
    assert bodies(world) == ["Started"]


@pytest.mark.parametrize("replies", [0, 1], ids=["without replies", "with replies"])
def test_where_somebody_has_deleted_the_thread_the_channel_is_told(world: World, slack: Slack, replies: int) -> None:
    thread = slack.send(post("Started"))
    for _ in range(replies):
        slack.send(post("Source complete", thread_ts=thread))
    slack._client.chat_delete(channel=CHANNEL, ts=thread)
    slack.send(post("Build complete", thread_ts=thread))
    assert world.outbox.messages()[-1].to == "#infrastructure-prod"


def written(to: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "operations@helios.id", to, "Release"
    message.set_content("It begins.\n")
    return message.as_bytes()


def test_mail_refused_for_one_audience_leaves_the_others_served(world: World, store: Memory, mail: Mail) -> None:
    audiences = {"operations": "operations@helios.id", "management": "board@elsewhere.example"}
    told = {
        audience: send(store, mail, written(to), world.clock.now(), f"mail-{audience}")
        for audience, to in audiences.items()
    }
    assert {name: one.outcome for name, one in told.items()} == {
        "operations": Outcome.SENT,
        "management": Outcome.NOT_SENT,
    }
    assert "board@elsewhere.example" in told["management"].why
    assert "create-email-identity" in told["management"].fix
    assert [message.to for message in world.outbox.messages()] == ["operations@helios.id"]


def test_mail_that_ses_refuses_says_who_is_not_verified(world: World, store: Memory, mail: Mail) -> None:
    world.faults.activate("mail-refused")
    told = send(store, mail, written("ada@helios.id"), world.clock.now())
    assert (told.outcome, "operations@helios.id, ada@helios.id" in told.why) == (Outcome.NOT_SENT, True)


def maintenance(**more: object) -> bytes:
    incident = {
        "name": "Maintenance",
        "status": "scheduled",
        "body": "On Tuesday.",
        "scheduled_for": "2026-03-11T10:00:00+10:00",
        "scheduled_until": "2026-03-11T11:00:00+10:00",
    }
    return json.dumps({"page_id": "kctbh9vrtdwd", "incident": {**incident, **more}}).encode()


def test_the_status_page_is_changed_once(world: World, store: Memory, page: StatusPage) -> None:
    begun = world.clock.now()
    made = send(store, page, maintenance(), begun, "status-page")
    assert (made.outcome, page.find(maintenance(), begun)) == (Outcome.SENT, made.id)
    content = json.dumps(
        {"page_id": "kctbh9vrtdwd", "incident_id": made.id, "incident": {"status": "in_progress", "body": "Now."}}
    ).encode()
    assert (page.send(content), page.find(content, begun)) == (made.id, made.id)
    world.faults.activate("status-page-down")
    assert send(Memory(), page, maintenance(), begun, "status-page").outcome is Outcome.UNCERTAIN
    world.faults.heal()
    assert bodies(world) == ["scheduled: On Tuesday.", "in progress: Now."]
