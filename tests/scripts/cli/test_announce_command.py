"""`release announce`: what it prints, that a dry run sends nothing, and exit codes that a script can go by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.github.pulls import PullRequest
from scripts.announcing.occasions import find
from scripts.announcing.planned import planned_of
from scripts.clients.github import GitHub
from scripts.ledger.ledger import Ledger
from sop.channels import Channel as Kind
from tests.clock import now
from tests.scripts.announcing.samples import BODY
from tests.scripts.channels.fake import Fake
from tests.scripts.cli.command import Ended, Run
from tests.scripts.gate.dev_place import DevPlace
from tests.scripts.gate.place import Place
from tests.scripts.ledger.stores import folder_store
from tests.scripts.prod_stack import OUTPUTS

AT = "2026-03-12T10:00+10:00"
OCCASION = "pr-1/planned/"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    place = Place(tmp_path / "place")
    monkeypatch.setattr(GitHub, "of_environment", lambda _: place.github)
    monkeypatch.setattr("scripts.clients.aws.connect", lambda *_: place.aws.aws)
    DevPlace(place, monkeypatch)
    monkeypatch.setattr("scripts.announcing.run.open_dev", lambda *_: (place.dev, None))
    return place


@pytest.fixture
def channels(monkeypatch: pytest.MonkeyPatch) -> dict[Kind, Fake]:
    made = {kind: Fake() for kind in Kind}
    monkeypatch.setattr("scripts.channels.opening.channels_of", lambda *_: made.__getitem__)
    return made


@pytest.fixture
def announce(run: Run, place: Place, channels: dict[Kind, Fake], tmp_path: Path) -> Run:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({**OUTPUTS, "recordsBucket": None}))

    def command(*arguments: object) -> Ended:
        return run("announce", *arguments, "--outputs", file, "--ledger", tmp_path / "ledger")

    return command


@pytest.fixture
def pull(place: Place) -> PullRequest:
    return place.agreed(place.pull(body=BODY))


def test_a_dry_run_prints_what_would_go_out_and_sends_and_notes_nothing(
    announce: Run, pull: PullRequest, channels: dict[Kind, Fake], tmp_path: Path
) -> None:
    ended = announce("planned", "--pr", pull.number, "--at", AT, "--dry-run")
    assert ended.code == 0
    assert "Subject: Production Release - 2026-03-12 - More" in ended.out
    assert "- Operations Manager: operations-lead - 2026-03-10" in ended.out
    assert "📅 Production release planned - More" in ended.out
    assert "mail-development is left out: no address of theirs is configured." in ended.out
    assert all(not one.sent for one in channels.values())
    assert not list((tmp_path / "ledger").rglob("*.json"))


def test_as_json_a_dry_run_has_the_very_bytes_that_are_sent(
    announce: Run, pull: PullRequest, channels: dict[Kind, Fake]
) -> None:
    (would,) = announce("planned", "--pr", pull.number, "--at", AT, "--dry-run", "-f", "json").data["would"]
    assert announce("planned", "--pr", pull.number, "--at", AT).code == 0
    kept = {name: text for name, text in would["messages"].items() if name == "slack"}
    assert kept == {"slack": channels[Kind.SLACK].sent[0].decode()}


def test_the_same_again_sends_nothing_twice(announce: Run, pull: PullRequest, channels: dict[Kind, Fake]) -> None:
    assert "slack: sent by " in announce("planned", "--pr", pull.number, "--at", AT).out
    again = announce("planned", "--pr", pull.number, "--at", AT)
    assert (again.code, "slack: sent before by " in again.out) == (0, True)
    assert len(channels[Kind.SLACK].sent) == 1
    assert announce("--pending").out == "Nothing is owed: every announcement has reached everybody.\n"


def test_what_is_missing_is_named_all_at_once_with_exit_code_3(
    announce: Run, place: Place, channels: dict[Kind, Fake]
) -> None:
    ended = announce("planned", "--pr", place.pull().number, "--at", AT)
    assert ended.code == 3
    assert ended.err.count("\n  - ") >= 5
    assert all(not one.sent for one in channels.values())


def test_a_person_who_has_announced_it_says_so(announce: Run, pull: PullRequest, channels: dict[Kind, Fake]) -> None:
    ended = announce("planned", "--pr", pull.number, "--at", AT, "--was-sent")
    assert (ended.code, "mail-operations: sent before" in ended.out) == (0, True)
    assert channels[Kind.MAIL].sent == []
    owed = announce("--pending", "--dry-run")
    assert (owed.code, "slack: not sent: nobody has begun to send it" in owed.out) == (4, True)


def test_what_could_not_be_sent_is_exit_code_4_and_pending_sends_it(
    announce: Run, pull: PullRequest, channels: dict[Kind, Fake]
) -> None:
    from scripts.channels.channel import NotSentError, SendUncertainError
    from tests.scripts.announcing.desk import raising

    channels[Kind.SLACK].ends = raising(NotSentError("is_archived"))
    channels[Kind.MAIL].ends = raising(SendUncertainError("The answer was lost."))
    ended = announce("planned", "--pr", pull.number, "--at", AT)
    assert ended.code == 4
    key = next(word for word in ended.out.split() if word.startswith(OCCASION) and word.endswith("/mail-operations"))
    channels[Kind.SLACK].ends = lambda: "1.1"
    owed = announce("--pending")
    assert (owed.code, "slack: sent by " in owed.out) == (4, True)
    assert announce("--was-sent", key).code == 0
    assert announce("--pending").code == 0
    refused = announce("--resend", key)
    assert (refused.code, "would be the second" in refused.err) == (3, True)


def test_a_postponement_needs_its_reason_until_the_window_has_closed(
    announce: Run, pull: PullRequest, channels: dict[Kind, Fake]
) -> None:
    assert announce("postponed", "--pr", pull.number).code == 3
    announce("planned", "--pr", pull.number, "--at", AT)
    assert announce("postponed", "--pr", pull.number).code == 2
    ended = announce("postponed", "--pr", pull.number, "--reason", "the tests are not through")
    assert ended.code == 0
    assert len(channels[Kind.SLACK].sent) == 2
    again = announce("planned", "--pr", pull.number, "--at", AT)
    assert (again.code, "is postponed" in again.err) == (3, True)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("begun", "--pr", 1),
        ("planned",),
        ("planned", "--execution-id", "x"),
        ("planned", "--pr", 1, "--at", "tomorrow"),
        ("started",),
        ("started", "--pr", 1, "--execution-id", "x"),
        ("started", "--execution-id", "x", "--at", AT),
        ("failed", "--execution-id", "x", "--incident", "INC-1"),
        ("failed", "--execution-id", "x", "--was-sent"),
        ("failed", "--execution-id", "x", "--resend"),
        ("planned", "--pending"),
        ("--pending", "--was-sent"),
        ("pr-1/failed/x/slack", "--was-sent", "--dry-run"),
        ("pr-1/failed/x/slack", "--was-sent"),
    ],
)
def test_options_that_do_not_fit_are_wrong_usage(announce: Run, place: Place, arguments: tuple[object, ...]) -> None:
    assert announce(*arguments).code == 2


def test_a_stack_that_announces_nothing_is_told_where_that_is_configured(
    run: Run, place: Place, tmp_path: Path
) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({**OUTPUTS, "announcements": None}))
    ended = run("announce", "--pending", "--outputs", file)
    assert ended.code == 2
    assert "release:announcements" in ended.err


def test_a_person_may_have_announced_it_where_nothing_is_configured_and_the_gate_counts_it(
    run: Run, pull: PullRequest, place: Place, channels: dict[Kind, Fake], tmp_path: Path
) -> None:
    file = tmp_path / "outputs.json"
    told_to = {**OUTPUTS["announcements"], "mail": None, "slack": None}
    file.write_text(json.dumps({**OUTPUTS, "recordsBucket": None, "announcements": told_to}))
    asked = ("--pr", pull.number, "--at", AT, "--outputs", file, "--ledger", tmp_path / "ledger")
    ended = run("announce", "planned", *asked, "--was-sent")
    assert (ended.code, "mail-operations: sent before" in ended.out) == (0, True)
    ledger = Ledger(folder_store(tmp_path / "ledger"), "ada", now)
    (found,) = planned_of(ledger, "pr-1")
    announced = find(ledger, found.occasion)
    assert found.sent("mail-operations")
    assert announced is not None
    assert "mail-operations" not in announced.left_out
