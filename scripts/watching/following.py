"""Looks again and again, and tells what is new, until the execution has ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scripts.errors import AccessDeniedError, ConfigurationError, ReleaseError, UndeterminedError
from scripts.text import span, utc
from scripts.watching.ends import Ending
from scripts.watching.happenings import Happening, happenings, is_waiting, state
from scripts.watching.snapshot import Snapshot

WORKING = timedelta(seconds=5)  # between two looks
WAITING = timedelta(seconds=20)
ALL_THE_LONGER = timedelta(minutes=1)  # at most, while AWS does not answer
NOT_YET = 5


@dataclass(frozen=True)
class World:
    """What a watch acts through.

    Attributes:
        read: tells how the execution of that id is now.
        clock: AWS's time of day.
        sleep: waits so many seconds.
        tell: takes each happening, once a watch; a later watch of the same execution tells it again, by the same key.
        show: takes what the execution does just now, in one phrase.
        say: takes a line about the watch itself.
        seen: takes the execution's id after each look that had something to announce.
        renew: makes clients anew, with the credentials that are valid then.
    """

    read: Callable[[str], Snapshot]
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    tell: Callable[[Happening], None]
    show: Callable[[str], None] = lambda _: None
    say: Callable[[str], None] = lambda _: None
    seen: Callable[[str], None] = lambda _: None
    renew: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Watched:
    """How far the watch came: the execution it was with at last, how that ended, or what it does.

    `told` are all happenings, `code` is the exit code.
    """

    execution: str
    told: tuple[Happening, ...]
    ending: Ending | None
    state: str
    code: int


@dataclass
class Watch:
    """One watch: of an execution, and of those that take its place."""

    world: World
    at_most: timedelta
    told: list[Happening] = field(default_factory=list[Happening])
    doing: str = ""
    _keys: set[str] = field(default_factory=set[str])
    _seen: set[str] = field(default_factory=set[str])
    _lost_since: datetime | None = None

    def follow(self, execution: str) -> Watched:
        """To the end, or until the patience is at its end.

        Raises:
            ConfigurationError: there is no such execution.
            AccessDeniedError: the role may not look.
            UndeterminedError: AWS could not be asked from the first look on.
        """
        until = self.world.clock() + self.at_most
        while True:
            snapshot = self._look(execution)
            ending = self._tell(snapshot) if snapshot else None
            if ending and ending.successor:
                execution = ending.successor
                continue
            if ending:
                return Watched(execution, tuple(self.told), ending, "", ending.code)
            if self.world.clock() >= until:
                return Watched(execution, tuple(self.told), None, self.doing, NOT_YET)
            self.world.sleep(self._pause(snapshot, until).total_seconds())

    def _look(self, execution: str) -> Snapshot | None:
        try:
            snapshot = self.world.read(execution)
        except (ConfigurationError, AccessDeniedError):
            raise
        except UndeterminedError as problem:
            if not self._seen:
                raise
            self._lost(problem)
            return None
        if self._lost_since is not None:
            silent = span(self.world.clock() - self._lost_since)
            self.world.say(f"{utc(snapshot.at)}  AWS answers again, after {silent}.")
            self._lost_since = None
        return snapshot

    def _lost(self, problem: UndeterminedError) -> None:
        if self._lost_since is None:
            self._lost_since = self.world.clock()
            self.world.say(f"{utc(self._lost_since)}  not read: {problem.message} It is asked again until it answers.")
            self.world.show("AWS does not answer")
        try:
            self.world.renew()
        except ReleaseError as obstacle:
            self.world.say(obstacle.message)

    def _tell(self, snapshot: Snapshot) -> Ending | None:
        """Tell what is new; how it ended, or None."""
        if snapshot.execution.id not in self._seen:
            self._seen.add(snapshot.execution.id)
            self.world.say(_named(snapshot))
        ending = None
        announced = False
        for one in happenings(snapshot):
            ending = one.ending or ending
            if one.key not in self._keys:
                self.world.tell(one)
                self._keys.add(one.key)
                self.told.append(one)
                announced |= one.event is not None
        if announced:
            self.world.seen(snapshot.execution.id)
        self.doing = state(snapshot)
        if ending is None:
            self.world.show(self.doing)
        return ending

    def _pause(self, snapshot: Snapshot | None, until: datetime) -> timedelta:
        if snapshot is None:
            lost = self.world.clock() - (self._lost_since or self.world.clock())
            return min(max(WORKING, lost), ALL_THE_LONGER)
        usual = WAITING if is_waiting(snapshot) else WORKING
        return max(min(usual, until - self.world.clock()), timedelta(seconds=1))


def _named(snapshot: Snapshot) -> str:
    execution = snapshot.execution
    subject = execution.subject
    of = f" of {(execution.revision or 'an unknown commit')[:12]}{': ' if subject else ''}{subject}"
    return f"{snapshot.held_to.pipeline}: execution {execution.id}{of}"
