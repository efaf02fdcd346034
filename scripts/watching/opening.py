"""What a watch is opened with: the stack, its clients, its calendar, and which execution is meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from scripts import streams
from scripts.deadlines import within
from scripts.errors import ConfigurationError, ReleaseError, UndeterminedError
from scripts.text import utc
from scripts.watching.following import WORKING, World
from scripts.watching.reading import Reader

if TYPE_CHECKING:
    from pathlib import Path

    from scripts.clients.aws import Aws
    from scripts.clients.clock import AwsClock
    from scripts.clients.github import GitHub
    from scripts.facts.pipeline import Execution
    from scripts.gate.pull_request import PullRequest
    from scripts.ledger.ledger import Ledger
    from scripts.runs import Asked
    from scripts.watching.announcing import Announcing
    from scripts.watching.shown import Screen
    from scripts.watching.snapshot import Snapshot
    from sop.calendar.calendar import Calendar
    from sop.outputs import StackOutputs

STARTS_WITHIN = timedelta(minutes=10)  # of a merge: later it has started nothing (`release start`)
FREEZE_READ = timedelta(minutes=1)  # how old the ledger's freeze may be


def opened(asked: Asked, sleep: Callable[[float], None]) -> Opened:
    """Ask AWS who asks, and read what there is to know of the stack.

    Raises:
        ReleaseError: it cannot be told.
    """
    from scripts.clients.aws import connect
    from scripts.clients.clock import AwsClock
    from scripts.clients.github import GitHub
    from scripts.outputs import read_outputs
    from scripts.runs import introduce

    known = read_outputs(asked.stack, asked.outputs)
    clock = AwsClock()

    def connected() -> Aws:
        aws = connect(asked.profile, asked.region, known.region)
        aws.tell(clock)
        return aws

    aws = connected()
    identity = introduce(aws, clock, known, asked.deadline)
    calendar = Closings(known, aws, identity.arn, clock.now)
    github = GitHub.of_environment(known.repository)
    return Opened(known, connected, aws, clock, github, calendar, asked.deadline, sleep)


@dataclass
class Opened:
    """One stack, ready to be watched."""

    known: StackOutputs
    connect: Callable[[], Aws]
    aws: Aws
    clock: AwsClock
    github: GitHub
    calendar: Closings
    deadline: timedelta
    sleep: Callable[[float], None]

    @property
    def stack(self) -> str:
        return self.known.stack

    def world(self, screen: Screen, announcing: Announcing | None = None) -> World:
        """What a watch acts through."""
        return World(
            read=self.read,
            clock=self.clock.now,
            sleep=self.sleep,
            tell=screen.tell,
            show=screen.show,
            say=streams.say,
            seen=announcing.seen if announcing else lambda _: None,
            renew=self.renew,
        )

    def announcing(self, folder: Path | None) -> Announcing:
        """What tells everybody of what is seen.

        Raises:
            ConfigurationError: nobody is to be told, or there is no ledger.
        """
        from scripts.ledger.ledger import Ledger
        from scripts.ledger.opening import open_store
        from scripts.watching.announcing import Announcing

        store = open_store(self.known, folder, self.aws, streams.say)
        return Announcing(self.known, self.github, Ledger(store, self.calendar.by, self.clock.now), lambda: self.aws)

    def read(self, execution_id: str) -> Snapshot:
        return within(self.deadline, partial(self._reader().read, execution_id), "AWS has not answered")

    def renew(self) -> None:
        """With the credentials that are valid now."""
        self.aws = self.connect()
        self.calendar.aws = self.aws

    def execution(self, execution_id: str | None, pull: int | None, screen: Screen) -> str:
        """Which execution is meant.

        Raises:
            ConfigurationError: the pull request is not merged, or there is none.
            UndeterminedError: there is no execution, or it cannot be told.
        """
        if execution_id:
            return execution_id
        if pull is not None:
            return self._of_pull(pull, screen)
        newest = within(self.deadline, self._reader().newest, "AWS has not answered")
        if newest is None:
            raise UndeterminedError(f"{self.known.pipeline_name} has never run.", "Merge: a push starts it.")
        return newest.id

    def _of_pull(self, number: int, screen: Screen) -> str:
        """The newest execution that was to carry it out; right after the merge there may not be one yet."""
        from scripts.gate.reading import read_pull_request

        found = within(self.deadline, partial(read_pull_request, self.github, number), "GitHub has not answered")
        if found.merged_at is None:
            raise ConfigurationError(
                f"--pr {number}: it is {found.state.lower()} and not merged, so that nothing of it can be watched.",
                f"May it be merged? `release gate --stack {self.stack} --pr {number}`",
            )
        while not (attempts := self._attempts(found)):
            if self.clock.now() - found.merged_at > STARTS_WITHIN:
                raise UndeterminedError(
                    f"#{number} was merged at {utc(found.merged_at)} and has started no execution.",
                    f"`release start --stack {self.stack} --reason rerun-failed` starts one.",
                )
            screen.show(f"#{number} was merged at {utc(found.merged_at)} and has started nothing yet")
            self.sleep(WORKING.total_seconds())
        return attempts[-1].id

    def _attempts(self, pull: PullRequest) -> tuple[Execution, ...]:
        from scripts.clients.failures import AWS_FAILURES, translate
        from scripts.releases.identity import attempts_of
        from scripts.watching.reading import PERMISSIONS

        try:
            work = partial(attempts_of, self.github, self.known, self.aws, pull)
            return within(self.deadline, work, "AWS and GitHub have not answered")
        except AWS_FAILURES as problem:
            raise translate(problem, PERMISSIONS) from problem

    def _reader(self) -> Reader:
        return Reader(self.known, self.aws, self.github, self.clock.now, self.calendar)


@dataclass
class Closings:
    """The stack's calendar, with the freeze that the ledger knows of, which is read again every minute."""

    known: StackOutputs
    aws: Aws
    by: str
    now: Callable[[], datetime]
    _read_at: datetime | None = None
    _calendar: Calendar | None = None
    _told: set[str] = field(default_factory=set[str])

    def __call__(self) -> Calendar | None:
        if self._read_at is None or abs(self.now() - self._read_at) >= FREEZE_READ:
            self._calendar, self._read_at = self._read(), self.now()
        return self._calendar

    def _read(self) -> Calendar | None:
        from scripts.calendar.ordered import calendar_knowing
        from scripts.calendar.schedule import calendar_of

        try:
            return calendar_knowing(self.known, self._ledger())
        except ReleaseError as problem:  # it is told beside what is watched, and decides nothing of it
            if problem.message not in self._told:
                self._told.add(problem.message)
                streams.say(f"Whether somebody froze releases is not known: {problem.message}")
        try:
            return calendar_of(self.known)
        except ConfigurationError:
            return None

    def _ledger(self) -> Ledger | None:
        if not self.known.records_bucket:
            return None
        from scripts.ledger.ledger import Ledger
        from scripts.ledger.opening import open_store

        return Ledger(open_store(self.known, None, self.aws, streams.say), self.by, self.now)
