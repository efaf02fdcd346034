"""What carries out the steps before the merge: people are told a day ahead, and the gate is asked (SOP 3, 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from scripts import streams
from scripts.announcing.announce import Desk, announce
from scripts.announcing.facts import Release
from scripts.announcing.occasions import stamp
from scripts.announcing.owed import pending
from scripts.announcing.planning import NotAnnouncedError, deploying, planned
from scripts.announcing.postponing import postponement
from scripts.announcing.sending import kind_of
from scripts.checks import gate_checks
from scripts.errors import ConfigurationError
from scripts.gate.checks.announcement import newest
from scripts.gate.context import GateContext
from scripts.gate.gate import gate
from scripts.gate.go import keep_go
from scripts.results import Status
from scripts.running.course import FAILED, UNDETERMINED, Ended
from scripts.running.emergency import told_of_emergency
from scripts.running.facts import Facts
from scripts.running.merging import merge
from scripts.running.reading import Reading
from scripts.running.refusing import refused
from scripts.running.telling import say_owed
from scripts.text import utc
from sop.calendar.calendar import NOTICE
from sop.calendar.public_holidays import CalendarUnknownError

QUARTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Before:
    """One release that is not merged yet.

    Attributes:
        reading: what it is, and where.
        at: when it is to be announced for; None: at the first opening that leaves a day.
    """

    reading: Reading
    at: datetime | None

    def announce(self, facts: Facts) -> Ended | None:
        """Tell when it is to begin; of an announcement that did not arrive everywhere, how it stands."""
        context, desk = self.reading.context(), self.reading.site.desk
        if desk is None:
            return Ended(UNDETERMINED, "It is to be announced, and nothing says where.")
        if facts.notice is not None:  # it was tried again when the run began: another time is no way out
            found = pending(desk, facts.release, retry=False)
            return Ended(UNDETERMINED, "\n".join(line for one in found for line in one.lines(desk.outputs.stack)))
        try:
            release, plan = planned(context, self.at or self._earliest(context.now))
        except NotAnnouncedError as missing:
            return Ended(FAILED, f"{missing.message}\n{missing.fix}")
        self._postpone(context, release, desk)
        told, required = announce(plan, release, desk), desk.outputs.announcements
        needed = [one for one in told.messages if required and kind_of(one.message.channel) in required.required]
        if not all(one.delivered for one in needed):
            return Ended(UNDETERMINED, "\n".join(told.lines(desk.outputs.stack)))
        say_owed(told, desk)
        return None

    def judge(self, facts: Facts) -> Ended | None:
        """Ask the whole gate, and keep its GO.

        Raises:
            ConfigurationError: it is wanted for another time than people were told.
        """
        site = self.reading.site
        if self.at and facts.notice and stamp(self.at) != stamp(facts.notice.at):
            told = f"{facts.release} is announced for {utc(facts.notice.at)}, and --at says {utc(self.at)}."
            command = f"release announce postponed --stack {site.outputs.stack} --pr {self.reading.number} --reason WHY"
            raise ConfigurationError(told, f"Leave --at out; or tell people first, `{command}`, and then run it again.")
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
        return refused(report, report.again_at, f"{report.decision}. {report.outlook}\n{asked}")

    def merge(self, facts: Facts) -> Ended | None:
        """Merge what was judged. Of a hotfix everybody is told first; what that took may have made the GO too old."""
        if facts.pull is None or told_of_emergency(self.reading.context(), self.reading.site.desk):
            return None
        return merge(self.reading.site.opened.github, facts.pull)

    def _postpone(self, context: GateContext, release: Release, desk: Desk) -> None:
        """Who was told of a time that is over hears that it was not then, before they hear of another."""
        last = newest(context.planned)
        if last is None or last.postponed or context.calendar is None:
            return
        closes = context.calendar.window.next_closing(last.at)
        if closes and closes <= context.now:
            say_owed(announce(postponement(desk.outputs, desk.ledger, release.id, "", last.at), release, desk), desk)

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
