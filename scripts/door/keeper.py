"""The keeper: keeps the door to Deploy closed, and lets in what waits when the calendar, the gate and prod allow it.

Closing comes first, opening last. What it is about to do stands in the ledger before; so the next run finishes what a
killed one began, and of two at once one acts. What cannot be read keeps the door closed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from scripts.calendar.schedule import needed_by
from scripts.door import judging, keeping, letting, passing, postponing
from scripts.door.advice import Advice, give
from scripts.door.changes import BUDGET, Begun, Changed, LetIn, UnderWayError, newest
from scripts.door.exceptions import exception_of
from scripts.door.judging import Asked, Decision, Judging
from scripts.door.keeping import DONE, REFUSED, Keeping, Told
from scripts.door.letting import Letting
from scripts.door.passing import Passing
from scripts.door.postponing import Postponing
from scripts.errors import ReleaseError, UndeterminedError, worst
from scripts.gate.go import is_fresh, keep_go
from scripts.gate.reading import read_open_pulls
from scripts.releases.identity import brought_by
from scripts.results import Report, Status
from scripts.starting.starts import BY_CALL, Starting
from sop.names import Stage

if TYPE_CHECKING:
    from scripts.clients.github import GitHub
    from sop.calendar.calendar import Needed

PERMISSIONS = (
    *(*keeping.PERMISSIONS, *judging.PERMISSIONS, *letting.READING),
    *(*passing.PERMISSIONS, *postponing.PERMISSIONS),
)
RENEWED = timedelta(days=7)  # a lock of more than 30 days loses what waits
UNDETERMINED = UndeterminedError.exit_code
_BETWEEN = 10.0  # seconds between two looks whether another run is still at it
_LOOKS = int(BUDGET.total_seconds() / _BETWEEN) + 2


@dataclass
class Findings:
    """What a run has to tell, and the exit code of the worst of it."""

    lines: list[str] = field(default_factory=list[str])
    code: int = DONE

    def add(self, line: str, code: int = DONE) -> None:
        self.lines.append(line)
        self.code = worst((self.code, code))


@dataclass(frozen=True)
class Keeper:
    """One run of the keeper of one stack's door.

    `tell` tells people that a pull request's release is postponed, and why (empty: the window has closed); None where
    there is nothing to tell. `say` takes a line about what it waits for.
    """

    keeping: Keeping
    judging: Judging
    letting: Letting
    passing: Passing
    postponing: Postponing
    tell: Callable[[int, str], Told | None]
    say: Callable[[str], None]
    findings: Findings = field(default_factory=Findings)
    judged: dict[int, Report | None] = field(default_factory=dict[int, Report | None])

    def run(self) -> Told:
        """Keep the door.

        Raises:
            ReleaseError: it could not even be closed, or nobody knows whether it is.
        """
        last = self._alone()
        self.letting.shut()
        self._guarded(lambda: self._turn_out(last))
        for step in (self._finish, self._look_inside, self._look_before, self._renew, self._advise):
            self._guarded(step)
        door = self.keeping.look()
        return self._told(f"The door of {self.keeping.outputs.stack} is {'open' if door.is_open else door.whose()}.")

    def _told(self, headline: str) -> Told:
        return Told("\n".join([headline, *(f"  {line}" for line in self.findings.lines)]), self.findings.code)

    def _alone(self) -> Begun | None:
        """The newest change, once no other run of the keeper is at one; who was killed at it is not waited for long.

        Raises:
            UnderWayError: somebody else changes the door just now.
        """
        for look in range(_LOOKS):
            try:
                last = self.keeping.settled()
            except UnderWayError as other:
                if not other.begun.by_keeper:
                    raise
            else:
                if not self._lets_in_now(last):
                    return last
            if not look:
                self.say("Another run of the keeper is at the door: this one waits for its end, two minutes at most.")
            self.letting.pause(_BETWEEN)
        return self.keeping.settled()

    def _lets_in_now(self, last: Begun | None) -> bool:
        if last is None or not isinstance(last.intent, LetIn) or not isinstance(last.outcome, Changed):
            return False
        return self._now() - last.intent.at <= BUDGET

    def _guarded(self, step: Callable[[], None]) -> None:
        """One step; what goes wrong in it is told, and keeps no other from being done."""
        try:
            step()
        except UnderWayError as other:
            code = DONE if other.begun.by_keeper else UNDETERMINED
            self.findings.add(f"Somebody else is at the door. {other.message}", code)
        except ReleaseError as problem:
            self.findings.add(f"{problem.message} {problem.fix}".strip(), problem.exit_code)

    def _now(self) -> datetime:
        return self.keeping.ledger.clock()

    def _turn_out(self, last: Begun | None) -> None:
        """Stop who has entered by the keeper's last opening and was not meant."""
        opening = self.letting.opening_before(last)
        trespasser = self.letting.trespasser(opening) if opening else ""
        if trespasser and opening:
            asked = self.judging.about(trespasser)
            meant = (opening.intent.execution if isinstance(opening.intent, LetIn) else "") or "nobody"
            told = self.postponing.turn_out(asked.execution, f"it entered where {meant} was let in")
            self.findings.add(told, REFUSED)

    def _finish(self) -> None:
        """What a killed run has begun to take out."""
        for postponed, line in self.postponing.finish():
            self.findings.add(line)
            number = brought_by(self.judging.github, self.keeping.outputs.branch, postponed.commit)
            self._tell_people(number, postponed.why)

    def _look_inside(self) -> None:
        """Who waits inside the window's rule: a freeze takes it out, an exception lets it through."""
        inside = self.keeping.look().inside
        if not inside:
            return
        exempted = exception_of(self.keeping.ledger, inside)
        if exempted and exempted.holds(self._now()):
            asked = self.judging.about(inside)
            decision = self.judging.decide(asked)
            self._tell(asked, decision)
            if decision.lets_in and self.judging.window_is_closed():
                self._pass_the_rule(asked)
            return
        reasons = self.judging.frozen()
        if exempted and self.judging.window_is_closed():
            reasons = (*reasons, "its exception is over")
        if reasons:
            self._take_out(self.judging.about(inside), "; ".join(reasons))
        else:
            self.findings.add(f"Execution {inside} is behind it, where {Stage.DEPLOY}'s entry rule keeps it.")

    def _take_out(self, asked: Asked, why: str) -> None:
        self.findings.add(self.postponing.postpone(asked.execution, why))
        self._guarded(lambda: self._tell_people(asked.number, why))

    def _tell_people(self, number: int | None, why: str) -> None:
        told = self.tell(number, why) if number else None
        if told:
            self.findings.add(told.text, told.code)

    def _look_before(self) -> None:
        """Who waits before the door: in with it, if it may."""
        door = self.keeping.look()
        if not door.before:
            return
        waits = ", ".join(door.before)
        if not self.keeping.is_keepers(door):
            self.findings.add(f"Execution {waits} waits: what a person has closed a person opens.")
        elif door.has_lost(self._now()):
            self.findings.add(f"Execution {waits} has waited for more than 30 days: start it again.", UNDETERMINED)
        elif len(door.before) > 1:
            self.findings.add(f"Of {waits} nobody knows who would enter first: all stay out.", UNDETERMINED)
        else:
            asked = self.judging.about(waits)
            decision = self.judging.decide(asked)
            self._tell(asked, decision)
            if decision.lets_in and decision.report:
                self._let_in(asked, decision.report, decision.why)
            elif asked.execution.trigger != BY_CALL and self.judging.window_is_closed():
                self._guarded(lambda: self._tell_people(asked.number, ""))  # by which nothing of it was ever deployed

    def _tell(self, asked: Asked, decision: Decision) -> None:
        self.findings.add(f"{asked.told()}, {decision.told()}", _code(decision))
        if asked.number:
            self.judged[asked.number] = decision.report

    def _let_in(self, asked: Asked, report: Report, why: str) -> None:
        execution_id = asked.execution.id
        if report.verdict is Status.PASS:
            keep_go(self.keeping.ledger, asked.release, report)
        told = self.letting.let_in(execution_id, why, lambda: is_fresh(report, self._now()))
        self._turn_out(newest(self.keeping.ledger))
        door = self.keeping.look()
        if told.code != DONE:
            self.findings.add(told.text)
        elif execution_id in door.before:
            self.findings.add(f"{execution_id} has not entered: the next run lets it in.", UNDETERMINED)
        elif door.inside == execution_id and self.judging.window_is_closed():
            self._pass_the_rule(asked)

    def _pass_the_rule(self, asked: Asked) -> None:
        self.findings.add(self.passing.past_the_rule(asked.execution.id, asked.release))

    def _renew(self) -> None:
        """Make the lock new while nobody can be on the way."""
        door = self.keeping.look()
        old = door.at is not None and self._now() - door.at > RENEWED
        if not old or door.before or not self.keeping.is_keepers(door) or self.letting.anybody_on_the_way():
            return
        told = self.letting.renew()
        self._turn_out(newest(self.keeping.ledger))
        self.findings.add("The lock was more than a week old, and is renewed." if told.code == DONE else told.text)

    def _advise(self) -> None:
        """Tell on each pull request that is open, or that waits, what its gate says."""
        outputs, github = self.keeping.outputs, self.judging.github
        proposed = dict.fromkeys(one.number for one in read_open_pulls(github, outputs.branch))
        for number, report in {**proposed, **self.judged}.items():
            self._guarded(partial(self._advise_on, number, report))

    def _advise_on(self, number: int, judged: Report | None) -> None:
        report = judged or self.judging.judge(number, needed_by(self.keeping.outputs))
        if report.revision:
            give(self.judging.github, report.revision, Advice.of(report))

    def would(self) -> Told:
        """What would be done, by whom waits now; nothing is written."""
        door = self.keeping.look()
        state = "open, and would be closed" if door.is_open else door.whose()
        if door.inside:
            self._guarded(lambda: self._say(door.inside, "behind it"))
        for waiting in door.before:
            self._guarded(partial(self._say, waiting, "before it"))
        return self._told(f"The door of {self.keeping.outputs.stack} is {state}.")

    def _say(self, execution_id: str, where: str) -> None:
        asked = self.judging.about(execution_id)
        decision = self.judging.decide(asked)
        self.findings.add(f"{asked.told()}, waits {where}, and {decision.told()}", _code(decision))


def _code(decision: Decision) -> int:
    return UNDETERMINED if decision.undetermined else DONE


def keeper_of(
    keeping: Keeping,
    github: GitHub,
    *,
    judge: Callable[[int, Needed], Report],
    tell: Callable[[int, str], Told | None],
    pause: Callable[[float], object],
    say: Callable[[str], None],
) -> Keeper:
    """The keeper of one stack's door.

    Args:
        keeping: the stack, its clients, and its ledger.
        github: its repository.
        judge: asks the gate about a pull request, which needs so long from now on.
        tell: tells people that a pull request's release is postponed.
        pause: waits so many seconds.
        say: takes a line about what is waited for.
    """
    outputs, aws, ledger = keeping.outputs, keeping.aws, keeping.ledger

    return Keeper(
        keeping=keeping,
        judging=Judging(keeping, github, judge),
        letting=Letting(keeping, pause),
        passing=Passing(keeping),
        postponing=Postponing(outputs, aws, ledger, Starting(outputs, aws, ledger, github), pause),
        tell=tell,
        say=say,
    )
