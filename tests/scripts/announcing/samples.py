"""A release, those who hear of it, and everything that can happen to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from scripts.announcing.described import described
from scripts.announcing.facts import (
    Application,
    Approved,
    Deployed,
    End,
    Failure,
    Observed,
    Occurrence,
    Plan,
    Postponement,
    Progress,
    Release,
    Seen,
    Start,
    TakenBack,
    Validated,
    Verification,
)
from scripts.announcing.rendering import Before, render
from scripts.announcing.values import VERIFIED_BY, Place
from scripts.results import Status
from sop.channels import Audience
from sop.names import Stage
from sop.outputs import AnnouncementsOutput, ContactOutput, MailOutput, SlackOutput, StackOutputs, StatusPageOutput
from tests.scripts.prod_stack import EXECUTION, OUTPUTS, REVISION

AT = datetime(2026, 3, 12, 0, 0, tzinfo=UTC)  # a Thursday, 10:00 in Brisbane
NOW = AT - timedelta(hours=26)
TREE = "a1" * 20
IMPACT = "## Impact\n\nDowntime: 5 minutes\nUser-facing: yes - the new front page\nPerformance: none\n"
BODY = (
    f"## Changes\n\n- The site shows version 4\n- Servers wait for `nginx`\n\n{IMPACT}\n"
    "## Rollback plan\n\nHow: deploy the commit before\nEstimated time: 10 minutes\n"
)
QUIET = "## Impact\n\nDowntime: none\nUser-facing: no\nPerformance: none\n"


def contact(name: str) -> ContactOutput:
    return ContactOutput(name=name, email=f"{name.split(maxsplit=1)[0].lower()}@helios.id", phone="+62 21 5550 101")


ANNOUNCEMENTS = AnnouncementsOutput(
    required=["mail"],
    mail=MailOutput("operations@helios.id", {audience: [f"{audience}@helios.id"] for audience in Audience}),
    slack=SlackOutput("C0123456789"),
    status_page=StatusPageOutput("kctbh9vrtdwd", ["8kbf7d35c070"]),
    release_manager=contact("Ayu Lestari"),
    on_call=contact("Budi Santoso"),
    incident_commander=contact("Citra Dewi"),
    secret_arn=None,
)


def outputs(**changes: Any) -> StackOutputs:
    """The stack's, with announcements; `changes` are of these."""
    return replace(StackOutputs.parse(OUTPUTS), announcements=replace(ANNOUNCEMENTS, **changes))


def release(title: str = "Raise the site to version 4", body: str = BODY) -> Release:
    return Release("pr-12", title, "https://github.com/helios/web-infrastructure/pull/12", described(body))


PLAN = Plan(
    TREE,
    AT,
    timedelta(minutes=10),
    Validated(
        "2026-03-09 14:05 AEST, observed for 1 d 3 h", "CFN-Lint succeeded; in dev 7 of 7 checks passed", "All OK"
    ),
    Approved("operations-lead", AT - timedelta(days=2)),
)
POSTPONED = Postponement(TREE, AT, "the release window closed at 14:00 AEST", AT + timedelta(days=5))
STARTED = Start(execution_id=EXECUTION, at=AT)
DEPLOYED = Deployed(execution_id=EXECUTION, began=AT, ended=AT + timedelta(minutes=7), stack_status="UPDATE_COMPLETE")
CHECKS = tuple(dict.fromkeys(check for checks in VERIFIED_BY.values() for check in checks))
VERIFIED = Verification(DEPLOYED, [Seen(one, Status.PASS, "good") for one in CHECKS])
FAILED = Failure(
    execution_id=EXECUTION,
    end=End.ROLLED_BACK,
    began=AT,
    failed=AT + timedelta(minutes=6),
    stack_status="ROLLBACK_COMPLETE",
    reason="Servers: Received 0 SUCCESS signal(s) out of 1",
    application=Application.OPERATIONAL,
    rolled_back=True,
)
IN_BUILD = replace(
    FAILED, end=End.NOTHING_DEPLOYED, stack_status="UPDATE_COMPLETE", reason="cfn-lint: E3001", rolled_back=None
)
TAKEN_BACK = TakenBack(
    execution_id=EXECUTION,
    began=AT,
    ended=AT + timedelta(minutes=6),
    stack_status="UPDATE_COMPLETE",
    revision=REVISION,
    why="errors since the release",
)
SOURCE = Progress(execution_id=EXECUTION, stage=Stage.SOURCE, complete=True)
DEPLOYING = Progress(execution_id=EXECUTION, stage=Stage.DEPLOY, complete=False, at_work=timedelta(minutes=5))
OBSERVED = Observed(execution_id=EXECUTION, ended=AT + timedelta(hours=1))
EVERYTHING: tuple[Occurrence, ...] = (
    *(PLAN, POSTPONED, STARTED, SOURCE, DEPLOYING, DEPLOYED),
    *(VERIFIED, FAILED, IN_BUILD, TAKEN_BACK, OBSERVED),
)
GOING_ON = Before(thread="1773273600.000100", maintenance="p31zjtct2jer")


def rendered(
    what: Occurrence, of: Release | None = None, before: Before = GOING_ON, **changes: Any
) -> Mapping[str, str]:
    return render(Place(outputs(**changes)), of or release(), what, NOW, before).messages


def mail(text: str) -> EmailMessage:
    """As a reader's program has it."""
    return cast("EmailMessage", message_from_string(text, policy=default))


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
