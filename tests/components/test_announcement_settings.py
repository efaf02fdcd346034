"""Who hears of a release (SOP 5) is configured by a person; what could reach nobody is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sop.outputs import AnnouncementsOutput, ContactOutput, MailOutput, SlackOutput, StatusPageOutput
from tests.components.test_settings import mistakes, read, the_mistake

AYU = "Ayu Lestari, ayu@helios.id, +62 21 5550 101"


def announcements(**changes: Any) -> AnnouncementsOutput:
    configured = read({f"announcements.{name}": value for name, value in changes.items()}).announcements
    assert configured is not None
    return configured


def test_the_sample_mails_the_sops_one_address() -> None:
    told = announcements()
    assert told.mail == MailOutput("operations@helios.id", {"operations": ["operations@helios.id"]})
    assert (told.required, told.slack, told.status_page, told.secret_arn) == (["mail"], None, None, None)


def test_where_nothing_is_said_those_who_get_the_alerts_are_told() -> None:
    told = read({"announcements": None, "alertEmails": "ops@acme.example, night@acme.example"}).announcements
    assert told is not None
    assert told.mail == MailOutput("ops@acme.example", {"operations": ["ops@acme.example", "night@acme.example"]})


def test_dev_has_none() -> None:
    assert read({}, "dev").announcements is None
    mistake = the_mistake({"announcements": json.dumps({"operations": "a@b.example"})}, "dev")
    assert (mistake.key, mistake.allowed) == ("release:announcements", "nothing: it is for prod alone")


def test_all_that_can_be_configured() -> None:
    told = announcements(
        required="mail, slack,status-page",
        sender="releases@helios.id",
        operations="operations@helios.id",
        development="dev@helios.id, web@helios.id",
        management="board@helios.id",
        stakeholders="sales@helios.id",
        customers="customers@helios.id",
        slackChannel="C0123456789",
        statusPage="kctbh9vrtdwd",
        statusPageComponents="8kbf7d35c070",
        releaseManager=AYU,
        onCall=AYU,
        incidentCommander=AYU,
    )
    ayu = ContactOutput("Ayu Lestari", "ayu@helios.id", "+62 21 5550 101")
    assert told == AnnouncementsOutput(
        required=["mail", "slack", "status-page"],
        mail=MailOutput(
            "releases@helios.id",
            {
                "operations": ["operations@helios.id"],
                "development": ["dev@helios.id", "web@helios.id"],
                "management": ["board@helios.id"],
                "stakeholders": ["sales@helios.id"],
                "customers": ["customers@helios.id"],
            },
        ),
        slack=SlackOutput("C0123456789"),
        status_page=StatusPageOutput("kctbh9vrtdwd", ["8kbf7d35c070"]),
        release_manager=ayu,
        on_call=ayu,
        incident_commander=ayu,
        secret_arn=None,
    )


def test_mail_is_switched_off_by_naming_nobody_and_another_channel() -> None:
    told = announcements(operations="none", required="slack", slackChannel="C0123456789")
    assert (told.mail, told.required) == (None, ["slack"])


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"operations": "none"}, "operations"),
        ({"required": "slack"}, "slackChannel"),
        ({"required": "mail, status-page"}, "statusPage"),
    ],
)
def test_a_required_channel_that_reaches_nobody_is_refused(changes: dict[str, Any], key: str) -> None:
    mistake = the_mistake({f"announcements.{name}": value for name, value in changes.items()})
    assert mistake.key == f"release:announcements.{key}"
    assert mistake.allowed.endswith(" is required")
    assert " or the word none" not in mistake.allowed


def test_a_sender_is_asked_for_where_operations_has_no_address() -> None:
    changes = {"announcements.operations": "none", "announcements.management": "board@helios.id"}
    assert the_mistake(changes).key == "release:announcements.sender"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("required", "email"),
        ("required", "mail, mail"),
        ("sender", "a@b.example, c@d.example"),
        ("operations", "none, a@b.example"),
        ("slackChannel", "#infrastructure-prod"),
        ("statusPage", "https://kctbh9vrtdwd.statuspage.io"),
        ("releaseManager", "Ayu Lestari, ayu@helios.id"),
        ("releaseManager", ", ayu@helios.id, +62 21 5550 101"),
        ("releaseManager", "Ayu\nBcc: x, ayu@helios.id, +62 21 5550 101"),
        ("releaseManager", "Ayu, ayu@helios.id, soon"),
        ("onCall", "NAME, NAME@DOMAIN, PHONE"),
    ],
)
def test_another_form_is_refused(member: str, value: str) -> None:
    assert the_mistake({f"announcements.{member}": value}).key == f"release:announcements.{member}"


def test_components_without_their_page_are_refused() -> None:
    mistake = the_mistake({"announcements.statusPageComponents": "8kbf7d35c070"})
    assert mistake.key == "release:announcements.statusPageComponents"
    assert mistake.mend == "pulumi config rm --path release:announcements.statusPageComponents --stack prod"


def test_a_token_is_a_secret_and_never_shown() -> None:
    changes = {"slackToken": "xoxb-1-2", "announcements.slackChannel": "C0123456789"}
    mistake = the_mistake(changes)
    assert (mistake.key, mistake.value) == ("release:slackToken", "[plain text]")
    assert mistake.mend == "pulumi config set --secret release:slackToken TOKEN --stack prod"
    read_ones = read(changes, secrets=frozenset({"release:slackToken"})).channel_secrets
    assert read_ones is not None
    assert (read_ones.slack_token, "xoxb" in repr(read_ones)) == ("xoxb-1-2", False)


def test_a_users_token_is_refused() -> None:
    changes = {"slackToken": "xoxp-1-2", "announcements.slackChannel": "C0123456789"}
    (mistake,) = mistakes(changes, secrets=frozenset({"release:slackToken"}))
    assert (mistake.key, mistake.value) == ("release:slackToken", "[secret]")


@pytest.mark.parametrize(("key", "value"), [("slackToken", "xoxb-1-2"), ("statusPageKey", "0123456789")])
@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_token_without_its_channel_is_refused(key: str, value: str, stack: str) -> None:
    mistake = the_mistake({key: value}, stack, frozenset({f"release:{key}"}))
    assert mistake.key == f"release:{key}"
    assert mistake.mend == f"pulumi config rm release:{key} --stack {stack}"
