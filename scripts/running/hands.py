"""What carries the steps of a release out. Each may have been begun before: what was done is found, not done again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from scripts import options, streams
from scripts.announcing.announce import announce
from scripts.announcing.owed import pending
from scripts.checks import verify_checks
from scripts.clients.github_errors import GitHubRefusedError
from scripts.errors import ReleaseError
from scripts.observe.observer import observe
from scripts.observe.watch import Settings, World
from scripts.recording.back_merge import BackMergeRefusedError, back_merge
from scripts.recording.bucket_shelf import Bucket
from scripts.recording.gathering import Gathering
from scripts.recording.shelf import Folder, put
from scripts.releases.verdicts import is_final, keep_verdict
from scripts.results import Report
from scripts.running.before import Before
from scripts.running.course import FAILED, NOT_YET, Ended, Hands
from scripts.running.facts import Facts
from scripts.running.reading import Reading
from scripts.running.recorded import keep_record
from scripts.running.refusing import refused
from scripts.running.steps import Name
from scripts.running.telling import say_owed, untold
from scripts.verify import verify
from scripts.watching.following import Watch
from scripts.watching.following import World as Watching
from scripts.watching.happenings import Happening, is_waiting, state
from scripts.watching.shown import Screen
from scripts.watching.snapshot import Snapshot
from sop.calendar.calendar import OBSERVATION

NOTES = Path("docs/releases")  # where the ledger is a folder


class _WaitsError(Exception):
    """It waits, and nobody wants to stay."""


@dataclass
class Carrying:
    """One release, carried on by one run.

    Attributes:
        reading: what it is, and where.
        screen: shows what happens to its execution.
        at: when it is to be announced for; None: at the first opening that leaves a day.
        journal: the folder of the observation's windows.
        again: the command as it was typed.
    """

    reading: Reading
    screen: Screen
    at: datetime | None
    journal: Path
    again: str
    _last: Snapshot | None = field(init=False, default=None)

    def settle(self) -> None:
        """Try again what was not sent by an earlier run; what is still owed is said at the end."""
        site = self.reading.site
        if site.desk is not None and site.runner is None:
            pending(site.desk, self.reading.release.id, retry=True)

    def hands(self) -> Hands:
        """All of them."""
        before = Before(self.reading, self.at)
        return Hands(
            {
                Name.ANNOUNCE: before.announce,
                Name.GATE: before.judge,
                Name.MERGE: before.merge,
                Name.WATCH: self.watch,
                Name.BACK_MERGE: self.bring_back,
                Name.VERIFY: self.verify,
                Name.COMPLETE: self.tell,
                Name.OBSERVE: self.observe,
                Name.RECORD: self.record,
            },
            self.conclude,
        )

    def watch(self, facts: Facts) -> Ended | None:
        """Follow it to its end, and tell what is to be told, unless the runner does."""
        opened = self.reading.site.opened
        execution = facts.execution.id if facts.execution else opened.execution(None, self.reading.number, self.screen)
        try:
            watched = Watch(self._watching(tells=facts.runner is None), self._patience).follow(execution)
        except _WaitsError:
            return Ended(NOT_YET, state(self._last)) if self._last else None
        if watched.ending is None:
            return Ended(NOT_YET, watched.state)
        if facts.runner is None:
            self._tell(watched.execution)
        return None

    def bring_back(self, facts: Facts) -> Ended | None:
        """Ask for the back-merge; that it may not be asked for keeps nobody from verifying what runs."""
        revision = facts.execution.revision if facts.execution else None
        try:
            back_merge(self.reading.site.opened.github, facts.carrier, revision or "", self.reading.dev_branch)
        except (BackMergeRefusedError, GitHubRefusedError) as refusal:
            self.reading.not_brought_back = f"{refusal.message} {refusal.fix}".rstrip()
        return None

    def verify(self, facts: Facts) -> Ended | None:
        return self._kept(facts, self._verified(facts.execution.id)) if facts.execution else None

    def observe(self, facts: Facts) -> Ended | None:
        site, opened = self.reading.site, self.reading.site.opened
        execution = facts.execution.id if facts.execution else None
        windows = options.span_of(options.INTERVAL), options.CONSECUTIVE
        settings = Settings(OBSERVATION, *windows, self.journal, self.again, execution)
        world = World(lambda: opened.aws, opened.clock.now, self._sleep_until, streams.say)
        ended = self._kept(facts, observe(settings, site.outputs, world))
        if ended is None and execution is not None:
            self._tell(execution)
        return ended

    def tell(self, facts: Facts) -> Ended | None:
        if facts.execution is not None:
            self._tell(facts.execution.id)
        return None

    def record(self, facts: Facts) -> Ended | None:
        """Gather its record and keep it in the ledger; who was killed may not have told the end of the observation."""
        if facts.execution is not None:
            self._tell(facts.execution.id)
            self._record(facts.execution.id, facts.carrier)
        return None

    def conclude(self, facts: Facts, failed: Name) -> Ended | None:
        """Tell and record what failed; where that is, or what of it did not work, and what comes next."""
        execution = facts.execution
        if execution is None:
            return None
        told = [] if facts.runner else [self._concluded(facts, execution.id)]
        return Ended(FAILED, "\n".join([*told, *self._next(facts, failed)]))

    def _concluded(self, facts: Facts, execution_id: str) -> str:
        try:
            self._tell(execution_id)
            return f"Recorded: {facts.recorded or self._record(execution_id, facts.carrier)}"
        except ReleaseError as problem:
            return f"Not all of it is told and recorded: {problem.message} {problem.fix}".rstrip()

    def _next(self, facts: Facts, failed: Name) -> Iterator[str]:
        ended = facts.ending if failed is Name.WATCH else None
        execution = facts.execution.id if facts.execution else ""
        report = f"release verify --stack {self.reading.site.outputs.stack} --execution-id {execution}"
        yield ended.text + "." if ended else "What runs did not pass: docs/runbooks/rollback.md says how to go back."
        yield f"Next:\n  {ended.fix if ended and ended.fix else report}"

    def _record(self, execution_id: str, carrier: str) -> str:
        site = self.reading.site
        gathering = Gathering(
            outputs=site.outputs,
            aws=site.opened.aws,
            github=site.opened.github,
            ledger=site.ledger,
            now=site.opened.clock.now(),
            dev=self.reading.dev_branch,
            verify=self._verified,
        )
        record = gathering.of_execution(execution_id, ())
        bucket = site.outputs.records_bucket
        shelf = Bucket(site.opened.aws, bucket, site.outputs.account_id) if bucket else Folder(NOTES)
        where = put(shelf, record).where
        keep_record(site.ledger, carrier, record, where)
        return where

    def _verified(self, execution_id: str) -> Report:
        opened, site = self.reading.site.opened, self.reading.site
        return verify(
            verify_checks(),
            outputs=site.outputs,
            aws=opened.aws,
            clock=opened.clock.now,
            execution_id=execution_id,
            github=opened.github,
            say=streams.say,
            deadline=site.asked.deadline,
        )

    def _tell(self, execution: str) -> None:
        """Announce what is to be told of it by now; what did not arrive is said, and owed.

        Raises:
            ReleaseError: the ledger cannot be used; nothing was sent then.
        """
        desk = self.reading.site.desk
        if desk is None:
            return
        release, snapshot, course = self.reading.course(execution)
        ended = snapshot.execution.ended is not None
        for what in untold(desk, release.id, course, ended=ended):
            say_owed(announce(what, release, desk), desk)

    def _kept(self, facts: Facts, report: Report) -> Ended | None:
        """Keep a verdict that is final; else it is asked again later, if time is all that is missing."""
        if is_final(report):
            keep_verdict(self.reading.site.ledger, facts.carrier, report)
            return None
        times = [one.again_at for one in report.checks if one.again_at]
        return refused(report, max(times, default=None), f"{report.command}: {report.verdict}")

    def _watching(self, *, tells: bool) -> Watching:
        opened = self.reading.site.opened
        plain = opened.world(self.screen)

        def read(execution: str) -> Snapshot:
            self._last = opened.read(execution)
            return self._last

        def pause(seconds: float) -> None:
            if self.reading.site.wait is None and self._last is not None and is_waiting(self._last):
                raise _WaitsError
            plain.sleep(seconds)

        def tell(happening: Happening) -> None:
            self.screen.tell(happening)
            if tells and happening.event:
                self._tell_now(happening.execution)

        return replace(plain, read=read, sleep=pause, tell=tell)

    def _tell_now(self, execution: str) -> None:
        """While it is watched nothing keeps it from being watched."""
        try:
            self._tell(execution)
        except ReleaseError as problem:
            streams.say(f"Not told: {problem.message}")

    @property
    def _patience(self) -> timedelta:
        return self.reading.site.wait or timedelta(hours=2)

    def _sleep_until(self, moment: datetime) -> None:
        opened = self.reading.site.opened
        while (left := (moment - opened.clock.now()).total_seconds()) > 0:
            opened.sleep(min(left, 20.0))
            opened.aws.identity()
