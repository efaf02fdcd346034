"""Announces what happens to one execution while somebody watches it: each thing once, and again what was not sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scripts.announcing.announce import Desk, announce
from scripts.announcing.facts import Occurrence, Release, occasion_of
from scripts.announcing.sending import Told
from scripts.errors import ReleaseError

AGAIN = timedelta(minutes=5)  # between two tries at what was not sent


@dataclass
class Following:
    """What was told of one release's execution by this run.

    `say` takes a line about what could not be announced: whatever it is, the watch goes on.
    """

    desk: Desk
    release: Release
    say: Callable[[str], None]
    _done: set[str] = field(default_factory=set[str])
    _tried: dict[str, datetime] = field(default_factory=dict[str, datetime])

    def tell(self, found: Iterable[Occurrence]) -> list[Told]:
        """Announce what was not, in order; what came of it."""
        return [told for what in found if (told := self._tell(what)) is not None]

    def _tell(self, what: Occurrence) -> Told | None:
        occasion = occasion_of(self.release.id, what)
        now, tried = self.desk.ledger.clock(), self._tried.get(occasion.key)
        if occasion.key in self._done or (tried is not None and now - tried < AGAIN):
            return None
        self._tried[occasion.key] = now
        try:
            told = announce(what, self.release, self.desk)
        except ReleaseError as problem:
            self.say(f"{occasion.told} was not announced: {problem.message}")
            return None
        if told.good:
            self._done.add(occasion.key)
        else:
            for line in told.lines(self.desk.outputs.stack):
                self.say(line)
        return told
