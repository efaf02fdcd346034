"""An exception is granted by the operations manager's comment that names the execution, once, and told where it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from scripts.clients.github_errors import GitHubError
from scripts.door.exceptions import Exempted, exception_of
from scripts.door.judging import Asked
from scripts.door.keeping import Told
from scripts.door.override import Overriding
from scripts.errors import UndeterminedError
from scripts.facts.pipeline import Execution
from scripts.ledger.comments import used
from tests import clock
from tests.scripts.gate.place import AUTHOR, FIRST, MANAGER, InProcess, Place
from tests.scripts.ledger.memory import Killed, Memory, Time, ledger_of
from tests.scripts.prod_stack import EXECUTION

TWO_HOURS = timedelta(hours=2)
LINE = f"/approve override {EXECUTION}"


class Manager:
    """Somebody who asks for an exception, and the pull request that it is about."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.pull = place.pull("hotfix/checkout")
        self.store = Memory()
        self.time = Time(clock.now())
        began = clock.now() - timedelta(minutes=10)
        trigger = "WebhookV2"
        self.execution = Execution(EXECUTION, "InProgress", "", self.pull.head_sha, "", began, None, trigger, None)
        self.number: int | None = self.pull.number

    def grant(self, *, dry_run: bool = False, lasts: timedelta = TWO_HOURS) -> Told:
        overriding = Overriding(self.place.outputs, self.place.github, ledger_of("ada", self.store, self.time))
        asked = Asked(self.execution, self.number)
        return overriding.grant(asked, "checkout is `down` @here", lasts, dry_run=dry_run)

    def comments(self, login: str = MANAGER, body: str = LINE) -> int:
        return self.place.host.comment(self.pull.number, login, body).id

    @property
    def exception(self) -> Exempted | None:
        return exception_of(ledger_of("ada", self.store, self.time), EXECUTION)

    @property
    def told(self) -> list[str]:
        """What this command has written below the pull request."""
        written = self.place.host.comments.values()
        return [one.body for one in written if one.body.startswith("An exception")]


@pytest.fixture
def manager(tmp_path: Path) -> Manager:
    return Manager(Place(tmp_path / "place"))


def test_the_managers_comment_grants_it_for_two_hours_and_it_is_told_on_the_pull_request(manager: Manager) -> None:
    comment = manager.comments()
    told = manager.grant()
    assert told.code == 0
    assert "release door --stack prod --apply" in told.text
    entry = manager.exception
    assert entry
    assert (entry.approved_by, entry.ends - entry.at) == (MANAGER, TWO_HOURS)
    assert used(ledger_of("ada", manager.store, manager.time)) == {comment}
    (said,) = manager.told
    assert f"execution `{EXECUTION}`" in said
    assert "`checkout is 'down' @here`" in said, "in code nobody is called"


def test_without_a_comment_the_line_to_paste_is_printed(manager: Manager) -> None:
    told = manager.grant()
    assert told.code == 3
    assert told.text.endswith(f"\n{LINE}")
    assert f"{MANAGER} comments on https://" in told.text
    assert (manager.exception, manager.store.content) == (None, {})


@pytest.mark.parametrize(
    ("login", "body", "why"),
    [
        (FIRST, LINE, "not by one of those who may approve it"),
        (MANAGER, "/approve override 3f0c0000-0000-4000-8000-000000000009", "it names 3f0c"),
        (MANAGER, "/approve override", "it names nothing"),
    ],
)
def test_whose_comment_does_not_count_is_told_why(manager: Manager, login: str, body: str, why: str) -> None:
    manager.comments(login, body)
    told = manager.grant()
    assert (told.code, manager.exception) == (3, None)
    assert why in told.text


def test_a_manager_approves_no_exception_for_their_own_pull_request(manager: Manager) -> None:
    manager.place.configured(operations_manager=f"/{AUTHOR}")
    manager.comments(AUTHOR)
    told = manager.grant()
    assert (told.code, "by the one who asks" in told.text) == (3, True)


def test_a_comment_that_approved_something_else_counts_for_nothing(manager: Manager) -> None:
    comment = manager.comments()
    other = ledger_of("bob", manager.store, manager.time)
    from scripts.ledger.comments import use

    assert use(other, comment, "pr-99")
    assert "it was used already" in manager.grant().text


def test_the_same_command_again_is_the_same_exception_and_tells_it_once(manager: Manager) -> None:
    manager.comments()
    manager.grant()
    manager.time.passes(timedelta(minutes=30))
    first = manager.exception
    assert manager.grant().code == 0
    assert (manager.exception, len(manager.told)) == (first, 1)


def test_when_it_is_over_the_way_to_another_is_told(manager: Manager) -> None:
    manager.comments()
    manager.grant()
    manager.time.passes(timedelta(hours=3))
    told = manager.grant()
    assert told.code == 3
    assert "--reason rerun-failed" in told.text


@pytest.mark.parametrize(
    ("changes", "number", "said"),
    [
        ({"status": "Succeeded"}, 1, "is Succeeded"),
        ({"rolls_back_to": "1"}, 1, "is a rollback"),
        ({"revision": None}, 1, "has read no commit yet"),
        ({}, None, "no pull request's merge made it"),
    ],
)
def test_there_is_nothing_to_grant(
    manager: Manager, changes: Mapping[str, object], number: int | None, said: str
) -> None:
    manager.comments()
    manager.number = number
    manager.execution = replace(manager.execution, **changes)
    told = manager.grant()
    assert (told.code, manager.exception) == (3, None)
    assert said in told.text


def test_what_would_be_granted_is_told_and_nothing_is_written(manager: Manager) -> None:
    manager.comments()
    told = manager.grant(dry_run=True)
    assert (told.code, manager.store.content, manager.told) == (0, {}, [])
    assert f"{MANAGER}'s comment" in told.text


@pytest.mark.parametrize("number", range(1, 5))
def test_killed_before_any_write_the_same_command_carries_on_and_tells_it_once(manager: Manager, number: int) -> None:
    manager.comments()
    writes = 0

    def die() -> None:
        nonlocal writes
        writes += 1
        if writes == number:
            raise Killed
        manager.store.meanwhile(die)

    manager.store.meanwhile(die)
    with pytest.raises(Killed):
        manager.grant()
    manager.store.meanwhile(lambda: None)
    manager.time.passes(timedelta(minutes=3))
    assert manager.grant().code == 0
    assert manager.exception
    assert len(manager.told) == 1


def test_github_that_refuses_the_comment_leaves_the_exception_and_says_so(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager.comments()

    def refuse(*_: object) -> None:
        raise GitHubError("GitHub cannot be reached")

    monkeypatch.setattr(InProcess, "change", refuse)
    with pytest.raises(UndeterminedError, match="is granted, and was not told"):
        manager.grant()
    assert manager.exception
    monkeypatch.undo()
    manager.time.passes(timedelta(minutes=3))
    assert manager.grant().code == 0
    assert len(manager.told) == 1
