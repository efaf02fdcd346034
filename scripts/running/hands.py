"""What carries the steps of a release out. Each may have been begun before: what was done is found, not done again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from scripts import streams
from scripts.announcing.announce import Desk, announce
from scripts.announcing.facts import Release
from scripts.announcing.owed import pending
from scripts.announcing.planned import NOTICE
from scripts.announcing.planning import NotAnnouncedError, deploying, planned
from scripts.announcing.postponing import postponement
from scripts.announcing.sending import kind_of
from scripts.checks import gate_checks, verify_checks
from scripts.errors import ReleaseError
from scripts.gate.context import GateContext
from scripts.gate.gate import gate
from scripts.gate.go import keep_go
from scripts.observe.observer import observe
from scripts.observe.watch import Settings, World
from scripts.recording.back_merge import back_merge
from scripts.recording.bucket_shelf import Bucket
from scripts.recording.gathering import Gathering
from scripts.recording.shelf import Folder, put
from scripts.releases.verdicts import is_final, keep_verdict
from scripts.results import Report, Result, Status
from scripts.running.course import FAILED, NOT_YET, UNDETERMINED, Ended, Hands
from scripts.running.facts import Facts
from scripts.running.merging import merge
from scripts.running.reading import OBSERVATION, Reading
from scripts.running.recorded import keep_record
from scripts.running.steps import Name
from scripts.running.telling import untold
from scripts.verify import verify
from scripts.watching.ends import ending
from scripts.watching.following import Watch
from scripts.watching.following import World as Watching
from scripts.watching.happenings import Happening, is_waiting, state
from scripts.watching.shown import Screen
from scripts.watching.snapshot import Snapshot
from sop.calendar.public_holidays import CalendarUnknownError

INTERVAL, IN_A_ROW = timedelta(minutes=5), 3  # as `release observe` has them
NOTES = Path("docs/releases")  # where the ledger is a folder
QUARTER = timedelta(minutes=15)


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
        return Hands(
            {
                Name.ANNOUNCE: self.announce,
                Name.GATE: self.judge,
                Name.MERGE: self.merge,
                Name.WATCH: self.watch,
                Name.BACK_MERGE: self.bring_back,
                Name.VERIFY: self.verify,
                Name.COMPLETE: self.tell,
                Name.OBSERVE: self.observe,
                Name.RECORD: self.record,
            },
            self.conclude,
        )

    def announce(self, _facts: Facts) -> Ended | None:
        context, desk = self.reading.context(), self.reading.site.desk
        if desk is None:
            return Ended(UNDETERMINED, "It is to be announced, and nothing says where.")
        try:
            release, plan = planned(context, self.at or self._earliest(context.now))
        except NotAnnouncedError as missing:
            return Ended(FAILED, f"{missing.message}\n{missing.fix}")
        self._postpone(context, release, desk)
        told, required = announce(plan, release, desk), desk.outputs.announcements
        needed = [one for one in told.messages if required and kind_of(one.message.channel) in required.required]
        if not all(one.delivered for one in needed):
            return Ended(UNDETERMINED, "\n".join(told.lines(desk.outputs.stack)))
        for line in told.lines(desk.outputs.stack) if not told.good else ():
            streams.say(line)
        return None

    def _postpone(self, context: GateContext, release: Release, desk: Desk) -> None:
        """Who was told of a time that is over hears that it was not then, before they hear of another."""
        newest = max(context.planned, key=lambda one: one.at, default=None)
        if newest is None or newest.postponed or context.calendar is None:
            return
        closes = context.calendar.window.next_closing(newest.at)
        if closes and closes <= context.now:
            told = announce(postponement(desk.outputs, desk.ledger, release.id, "", newest.at), release, desk)
            for line in told.lines(desk.outputs.stack) if not told.good else ():
                streams.say(line)

    def judge(self, facts: Facts) -> Ended | None:
        site = self.reading.site
        report = gate(
            gate_checks(site.outputs.environment),
            outputs=site.outputs,
            aws=site.opened.aws,
            github=site.opened.github,
            number=self.reading.number or 0,
            clock=site.opened.clock.now,
            ledger=site.ledger,
            dev=site.dev,
            no_dev=site.no_dev,
            say=streams.say,
            deadline=site.asked.deadline,
        )
        if report.verdict is Status.PASS:
            keep_go(site.ledger, facts.release, report)
            return None
        asked = f"All of it: release gate --stack {site.outputs.stack} --pr {self.reading.number}"
        return _refused(report, report.again_at, f"{report.decision}. {report.outlook}\n{asked}")

    def merge(self, facts: Facts) -> Ended | None:
        return merge(self.reading.site.opened.github, facts.pull) if facts.pull else None

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
        revision = facts.execution.revision if facts.execution else None
        back_merge(self.reading.site.opened.github, facts.release, revision or "", self.reading.dev_branch)
        return None

    def verify(self, facts: Facts) -> Ended | None:
        return self._kept(facts, self._verified(facts.execution.id)) if facts.execution else None

    def observe(self, facts: Facts) -> Ended | None:
        site, opened = self.reading.site, self.reading.site.opened
        execution = facts.execution.id if facts.execution else None
        settings = Settings(OBSERVATION, INTERVAL, IN_A_ROW, self.journal, self.again, execution)
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
        """Gather its record and keep it in the ledger."""
        if facts.execution is not None:
            self._record(facts.execution.id)
        return None

    def conclude(self, facts: Facts, failed: Name) -> Ended | None:
        """Tell and record what failed; where that is, or what of it did not work, and what comes next."""
        execution = facts.execution
        if execution is None:
            return None
        told = [] if facts.runner else [self._concluded(facts, execution.id)]
        return Ended(FAILED, "\n".join([*told, *self._next(execution.id, failed)]))

    def _concluded(self, facts: Facts, execution_id: str) -> str:
        try:
            self._tell(execution_id)
            return f"Recorded: {facts.recorded or self._record(execution_id)}"
        except ReleaseError as problem:
            return f"Not all of it is told and recorded: {problem.message} {problem.fix}".rstrip()

    def _next(self, execution_id: str, failed: Name) -> Iterator[str]:
        ended = ending(self.reading.course(execution_id)[0]) if failed is Name.WATCH else None
        report = f"release verify --stack {self.reading.site.outputs.stack} --execution-id {execution_id}"
        yield ended.text + "." if ended else "What runs did not pass: docs/runbooks/rollback.md says how to go back."
        yield f"Next:\n  {ended.fix if ended and ended.fix else report}"

    def _record(self, execution_id: str) -> str:
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
        keep_record(site.ledger, record, where)
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
        desk, release = self.reading.site.desk, self.reading.release
        snapshot, course = self.reading.course(execution)
        ended = snapshot.execution.ended is not None
        for what in untold(desk, release.id, course, ended=ended):
            told = announce(what, release, desk) if desk else None
            for line in told.lines(self.reading.site.outputs.stack) if told and not told.good else ():
                streams.say(line)

    def _kept(self, facts: Facts, report: Report) -> Ended | None:
        """Keep a verdict that is final; else it is asked again later, if time is all that is missing."""
        if is_final(report):
            keep_verdict(self.reading.site.ledger, facts.release, report)
            return None
        times = [one.again_at for one in report.checks if one.again_at]
        return _refused(report, max(times, default=None), f"{report.command}: {report.verdict}")

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

    def _earliest(self, now: datetime) -> datetime | None:
        """The first opening that leaves a day, on a quarter of an hour; None: none is known."""
        site = self.reading.site
        later = now + NOTICE + QUARTER
        whole = later - timedelta(minutes=later.minute % 15, seconds=later.second, microseconds=later.microsecond)
        calendar = site.opened.calendar()
        try:
            return calendar.next_open(whole, deploying(site.outputs)) if calendar else whole
        except CalendarUnknownError:
            return None


def _refused(report: Report, again_at: datetime | None, told: str) -> Ended:
    """What a report has against going on, check by check; not yet, where time is all that is missing."""
    wrong = [one for one in report.checks if one.status not in (Status.PASS, Status.SKIPPED)]
    lines = [told, *(line for one in wrong for line in _against(one))]
    only_time = again_at is not None and all(one.again_at for one in wrong)
    return Ended(NOT_YET if only_time else report.exit_code, "\n".join(lines), again_at if only_time else None)


def _against(one: Result) -> Iterator[str]:
    yield f"  {one.id} ({one.sop}) {one.status}: {one.headline}"
    if one.fix and not one.again_at:
        yield f"    {one.fix}"
