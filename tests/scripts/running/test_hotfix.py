"""A hotfix is told of right before its merge, once, and nothing that is down holds it up."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from scripts.errors import UndeterminedError
from scripts.gate.context import Kind
from scripts.running import before, emergency
from scripts.running.before import Before
from scripts.running.facts import Facts

FACTS = Facts(now=datetime(2026, 3, 10, tzinfo=UTC), release="pr-1", pull=cast("Any", object()))


class Told:
    """The carrying of a pull request of that kind; `did` is what was told and merged, in order."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, kind: Kind, *, announced: bool = False, good: bool = True
    ) -> None:
        self.did: list[str] = []
        self.problem: Exception | None = None
        earlier = [SimpleNamespace(is_of=lambda content: announced and content == "tree")]
        self.context = SimpleNamespace(kind=kind, pull=SimpleNamespace(content="tree"), planned=earlier)
        outputs = SimpleNamespace(announcements=object(), stack="prod")
        opened = SimpleNamespace(github=None)
        site = SimpleNamespace(desk=SimpleNamespace(outputs=outputs), opened=opened)
        reading = SimpleNamespace(context=lambda: self.context, site=site)
        told = SimpleNamespace(good=good, lines=lambda _stack: ["slack: not sent"])

        def announce(*_: Any) -> Any:
            if self.problem:
                raise self.problem
            self.did.append("told")
            return told

        monkeypatch.setattr(emergency, "planned", lambda _context, _at: (None, None))
        monkeypatch.setattr(emergency, "announce", announce)
        monkeypatch.setattr(before, "merge", lambda *_: self.did.append("merged"))
        self.carrying = Before(cast("Any", reading), None)


@pytest.mark.parametrize("good", [True, False])
def test_it_is_told_and_everything_is_looked_at_anew_before_it_is_merged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], good: bool
) -> None:
    told = Told(monkeypatch, Kind.HOTFIX, good=good)
    told.carrying.merge(FACTS)
    assert told.did == ["told"]
    assert ("slack: not sent" in capsys.readouterr().err) is not good


def test_what_was_told_is_not_told_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told(monkeypatch, Kind.HOTFIX, announced=True)
    told.carrying.merge(FACTS)
    assert told.did == ["merged"]


def test_an_emergency_waits_for_no_announcement(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = Told(monkeypatch, Kind.HOTFIX)
    told.problem = UndeterminedError("The ledger is away.")
    told.carrying.merge(FACTS)
    assert told.did == ["merged"]
    assert "The ledger is away." in capsys.readouterr().err


@pytest.mark.parametrize("kind", [Kind.RELEASE, Kind.TAKE_BACK])
def test_another_release_is_not_told_of_then(monkeypatch: pytest.MonkeyPatch, kind: Kind) -> None:
    told = Told(monkeypatch, kind)
    told.carrying.merge(FACTS)
    assert told.did == ["merged"]
