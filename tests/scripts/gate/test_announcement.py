"""Whether people were told a day before: of this content, for this time, on each required channel."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scripts.announcing.occasions import Announced, Event, Occasion, note
from scripts.announcing.planned import occasion, planned_of
from scripts.calendar.schedule import calendar_of, needed_by
from scripts.errors import UndeterminedError
from scripts.gate.checks.announcement import announcement
from scripts.gate.context import Kind
from scripts.ledger.messages import Failed, Sent, answered, claim
from scripts.results import Outcome, Status
from sop.outputs import StackOutputs
from tests import clock
from tests.scripts.gate.place import Place
from tests.scripts.ledger.memory import Memory, Time, ledger_of
from tests.scripts.prod_stack import OUTPUTS

TREE, OTHER = "a1" * 20, "b2" * 20
MONDAY = datetime.fromisoformat("2026-12-14T09:00+10:00").astimezone(UTC)
TUESDAY = datetime.fromisoformat("2026-12-15T11:00+10:00").astimezone(UTC)
BUDGET = timedelta(minutes=2)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MAIL = ("mail-operations", "mail-management")


@dataclass
class Desk:
    """A ledger in which somebody announces; the gate is asked about a release with a merged tree TREE."""

    time: Time = field(default_factory=lambda: Time(MONDAY))
    required: tuple[str, ...] = ("mail",)

    def __post_init__(self) -> None:
        self.ledger = ledger_of("ada", Memory(), self.time)

    def tell(
        self,
        content: str = TREE,
        at: datetime = TUESDAY,
        answers: dict[str, type[Sent | Failed] | None] | None = None,
        left_out: tuple[str, ...] = (),
        event: Event = Event.PLANNED,
    ) -> None:
        """Announce, with what came of each message; None: nobody has noted it."""
        said = dict.fromkeys(MAIL, Sent) if answers is None else answers
        where = Occasion("pr-12", event, occasion(content, at))
        written = self.ledger.made(
            Announced, messages=dict.fromkeys(said, "x"), left_out=dict.fromkeys(left_out, "not configured"), about={}
        )
        note(self.ledger, where, written)
        for channel, answer in said.items():
            claimed = claim(self.ledger, where.message(channel), b"x", BUDGET)
            assert isinstance(claimed, tuple)
            if answer is not None:
                told = self.ledger.made(Sent, id="") if answer is Sent else self.ledger.made(Failed, why="refused")
                answered(self.ledger, where.message(channel), claimed[0], told)

    def ask(self, at: datetime = TUESDAY, **changes: Any) -> Outcome:
        outputs = StackOutputs.parse(OUTPUTS)
        assert outputs.announcements is not None
        outputs = replace(outputs, announcements=replace(outputs.announcements, required=list(self.required)))
        context: Any = SimpleNamespace(
            outputs=outputs,
            pull=SimpleNamespace(number=12, content=TREE),
            kind=Kind.RELEASE,
            no_ledger=None,
            planned=planned_of(self.ledger, "pr-12"),
            now=self.time.now,
            at=at,
            calendar=calendar_of(outputs),
            zone=ZoneInfo("Australia/Brisbane"),
            needed=needed_by(outputs),
        )
        vars(context).update(changes)
        return announcement.run(context)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_what_was_announced_a_day_before_for_now_passes_and_says_what_when_and_by_what(desk: Desk) -> None:
    desk.tell()
    found = desk.ask()
    assert found.status is Status.PASS
    assert found.observed == (
        "Tree a1a1a1a1a1a1 was announced for Tue 2026-12-15 11:00 AEST, last at Mon 2026-12-14 09:00 AEST, by "
        "mail-management and mail-operations."
    )
    assert found.evidence["sent"] == dict.fromkeys(MAIL, "2026-12-13T23:00:00Z")


def test_without_any_announcement_it_is_no_go_with_the_line_to_type_and_a_day_to_pass(desk: Desk) -> None:
    found = desk.ask()
    assert (found.status, found.observed) == (Status.FAIL, "Nothing of #12 was announced.")
    assert found.fix.startswith("`release announce planned --stack prod --pr 12 --at 2026-12-15T10:00+10:00`")
    assert (found.again_at, found.lead) == (None, 24 * HOUR)


@pytest.mark.parametrize(
    ("announced", "asked", "status"),
    [
        ("11:00", "10:59", Status.FAIL),  # before the announced hour
        ("11:00", "11:00", Status.PASS),
        ("11:00", "13:45", Status.PASS),  # Deploy begins while that day's window is open
        ("11:00", "13:46", Status.FAIL),
        ("13:46", "13:46", Status.FAIL),
    ],
)
def test_it_holds_from_the_announced_time_until_the_end_of_that_days_window(
    desk: Desk, announced: str, asked: str, status: Status
) -> None:
    desk.tell(at=datetime.fromisoformat(f"2026-12-15T{announced}+10:00"))
    assert desk.ask(datetime.fromisoformat(f"2026-12-15T{asked}+10:00")).status is status


def test_the_day_after_it_holds_no_more(desk: Desk) -> None:
    desk.tell()
    found = desk.ask(TUESDAY + 24 * HOUR)
    assert (found.status, "its day is over" in found.observed, found.lead) == (Status.FAIL, True, 24 * HOUR)


def test_a_day_passes_from_when_the_last_required_message_was_begun(desk: Desk) -> None:
    desk.time.now = TUESDAY - 22 * HOUR
    desk.tell()
    found = desk.ask(TUESDAY)
    assert (found.status, found.again_at) == (Status.FAIL, TUESDAY + 2 * HOUR)
    assert "a day has not passed since" in found.observed
    assert desk.ask(TUESDAY + 2 * HOUR).status is Status.PASS


def test_what_was_sent_again_counts_from_the_attempt_that_arrived(desk: Desk) -> None:
    desk.tell(answers={"mail-operations": Failed})
    desk.time.now = TUESDAY - 22 * HOUR
    desk.tell(answers={"mail-operations": Sent})
    assert desk.ask(TUESDAY).again_at == TUESDAY + 2 * HOUR


def test_less_than_a_day_before_that_days_window_closes_counts_for_nothing(desk: Desk) -> None:
    desk.time.now = TUESDAY - 20 * HOUR
    desk.tell()
    found = desk.ask(TUESDAY)
    assert (found.status, found.again_at, found.lead) == (Status.FAIL, None, 24 * HOUR)


@pytest.mark.parametrize("channel", MAIL)
def test_an_uncertain_message_of_a_required_channel_is_no_go_with_what_settles_it(desk: Desk, channel: str) -> None:
    desk.tell(answers={**dict.fromkeys(MAIL, Sent), channel: None})
    found = desk.ask()
    assert (found.status, "whether it arrived is not noted" in found.observed) == (Status.FAIL, True)
    key = f"pr-12/planned/a1a1a1a1a1a1-20261215t0100z/{channel}"
    assert f"`release announce --stack prod --was-sent {key}`" in found.fix
    assert f"`release announce --stack prod --resend {key}`" in found.fix
    assert desk.time.now + found.lead == TUESDAY


def test_one_that_was_not_sent_is_no_go_and_says_why(desk: Desk) -> None:
    desk.tell(answers={"mail-operations": Sent, "mail-management": Failed})
    found = desk.ask()
    assert (found.status, "mail-management: it was not sent: refused" in found.observed) == (Status.FAIL, True)
    desk.time.now = TUESDAY - HOUR
    assert desk.ask().lead == 24 * HOUR


def test_an_announcement_that_was_written_and_never_sent_is_none(desk: Desk) -> None:
    where = Occasion("pr-12", Event.PLANNED, occasion(TREE, TUESDAY))
    written = desk.ledger.made(Announced, messages={"mail-operations": "x"}, left_out={}, about={})
    note(desk.ledger, where, written)
    assert "nobody has begun to send it" in desk.ask().observed


def test_every_required_channel_is_asked_for_and_another_only_owed(desk: Desk) -> None:
    desk.tell(answers={"mail-operations": Sent, "slack": None})
    found = desk.ask()
    assert (found.status, "Still owed: slack." in found.observed) == (Status.PASS, True)
    desk.required = ("mail", "slack")
    assert desk.ask().status is Status.FAIL


@pytest.mark.parametrize("channel", ["mail", "slack"])
def test_a_required_channel_that_the_announcement_left_out_is_no_go(desk: Desk, channel: str) -> None:
    desk.required = ("mail", "slack")
    answers = {"slack": Sent} if channel == "mail" else {"mail-operations": Sent}
    desk.tell(answers={**answers})
    assert f"{channel}: it was not announced there." in desk.ask().observed


def test_the_status_page_is_for_what_users_notice_only(desk: Desk) -> None:
    desk.required = ("mail", "status-page")
    desk.tell(answers={"mail-operations": Sent})
    assert desk.ask().status is Status.PASS
    desk.time.passes(MINUTE)
    desk.tell(at=TUESDAY + HOUR, answers={"mail-operations": Sent}, left_out=("status-page",))
    assert desk.ask(TUESDAY + HOUR).status is Status.FAIL


def test_content_that_changed_since_needs_another_announcement_and_a_day(desk: Desk) -> None:
    desk.tell(content=OTHER)
    found = desk.ask()
    assert (found.status, found.lead) == (Status.FAIL, 24 * HOUR)
    assert "tree b2b2b2b2b2b2 for Tue 2026-12-15 11:00 AEST; merging makes tree a1a1a1a1a1a1" in found.observed
    desk.time.now = TUESDAY - HOUR
    desk.tell()
    assert "too late for that day's window" in desk.ask().observed


def test_what_was_announced_last_is_what_people_know(desk: Desk) -> None:
    desk.tell()
    desk.time.passes(MINUTE)
    desk.tell(at=TUESDAY + 2 * HOUR)
    assert desk.ask(TUESDAY).again_at == TUESDAY + 2 * HOUR
    desk.time.passes(MINUTE)
    desk.tell(content=OTHER)
    assert "merging makes" in desk.ask(TUESDAY + 2 * HOUR).observed


def test_what_is_postponed_does_not_happen_then(desk: Desk) -> None:
    desk.tell()
    desk.tell(event=Event.POSTPONED, answers={})
    assert "is postponed" in desk.ask().observed


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"kind": Kind.TAKE_BACK}, "needs no notice"), ({"kind": Kind.HOTFIX}, "told at once, not a day before")],
)
def test_a_take_back_needs_no_notice_and_a_hotfix_is_told_at_once(
    desk: Desk, changes: dict[str, Any], said: str
) -> None:
    found = desk.ask(**changes)
    assert (found.status, found.configured, said in found.observed) == (Status.SKIPPED, False, True)


@pytest.mark.parametrize("required", [(), None])
def test_only_where_no_channel_is_required_it_is_not_asked(desk: Desk, required: tuple[str, ...] | None) -> None:
    plain = StackOutputs.parse(OUTPUTS)
    assert plain.announcements is not None
    told = None if required is None else replace(plain.announcements, required=[])
    found = desk.ask(outputs=replace(plain, announcements=told))
    assert (found.status, found.configured) == (Status.SKIPPED, True)


def test_without_a_ledger_or_a_content_nothing_is_known_of_it(desk: Desk) -> None:
    desk.tell()
    assert desk.ask(no_ledger=UndeterminedError("The bucket is gone.")).status is Status.INCONCLUSIVE
    unknown = SimpleNamespace(number=12, content="", without_content=("What merging makes is not known yet.", "Again."))
    assert desk.ask(pull=unknown).status is Status.INCONCLUSIVE


def test_the_whole_gate_asks_for_it_and_reckons_with_the_day(place: Place) -> None:
    place.outputs = StackOutputs.parse(OUTPUTS)
    time = Time(clock.now())
    place.ledger = ledger_of("ada", Memory(), time)
    result = place.answer("announcement", place.pull())
    assert (result.status, result.observed, result.lead) == (Status.FAIL, "Nothing of #1 was announced.", 24 * HOUR)
