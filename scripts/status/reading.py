"""Reads where releases stand: every part for itself and side by side, for the slowest of them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from scripts.announcing.owed import owed
from scripts.calendar.ordered import calendar_knowing
from scripts.calendar.schedule import needed_by
from scripts.checks.cloudformation import stack_status
from scripts.checks.deployed import deployed_revision
from scripts.clients.failures import AWS_FAILURES, translate
from scripts.clients.github import GitHub
from scripts.deadlines import start, unanswered, wait_for
from scripts.errors import ConfigurationError, ReleaseError
from scripts.facts.door import Door, read_door
from scripts.facts.pipeline import Execution, Pin, find_execution, read_actions, read_executions, read_stage_states
from scripts.gate.context import BACK_MERGE_BRANCH, HOTFIX_BRANCH, RELEASE_BRANCH
from scripts.gate.reading import read_incidents, read_open_pulls, read_pull_request
from scripts.ledger.ledger import Ledger
from scripts.links import place_of
from scripts.releases.identity import attempts_of, of_pull, release_of
from scripts.releases.verdicts import OBSERVE, VERIFY, verdict_of
from scripts.shared import shared
from scripts.status.standing import Back, Course, OpenPull, Part, Runs, Standing, Times, Unknown
from scripts.text import utc
from scripts.watching.ends import ending
from scripts.watching.happenings import is_waiting, state
from scripts.watching.reading import PERMISSIONS as WATCH
from scripts.watching.reading import Reader
from scripts.watching.snapshot import through
from sop.calendar.public_holidays import CalendarUnknownError
from sop.names import INCIDENT_LABEL, Environment, Names, Stage
from sop.outputs import StackOutputs

if TYPE_CHECKING:
    from concurrent.futures import Future

    from scripts.clients.aws import Aws

T = TypeVar("T")

PERMISSIONS = tuple(dict.fromkeys((*WATCH, *stack_status.permissions)))
_INSTANT = timedelta(microseconds=1)
LOOKED_BACK = timedelta(days=7)  # for what is still under way: CodePipeline ends no execution that waits


@dataclass
class Place:
    """One stack, and what there is to ask. `ledger` may be None, and `no_ledger` says why.

    `now` is AWS's time, `number` the pull request that is asked about.
    """

    outputs: StackOutputs
    aws: Aws
    github: GitHub
    ledger: Ledger | None
    no_ledger: str
    now: Callable[[], datetime]
    number: int | None = None

    def standing(self, deadline: timedelta, say: Callable[[str], None]) -> Standing:
        """Each part, or why it is not known.

        Raises:
            ConfigurationError: there is no such pull request.
        """
        looks: dict[str, Callable[[], Any]] = {
            "what runs": self._runs,
            "what is under way": self._courses,
            "the door": self._door,
            "the calendar": self._times,
            "incidents": self._incidents,
            "pull requests": self._pulls,
            "the back-merge": self._back,
            "announcements": self._owed,
        }
        if self.number:
            looks["the pull request"] = self._merged
        parts = _side_by_side(looks, deadline, say)
        merged = parts.pop("the pull request", None)
        runs, courses, door, times, incidents, pulls, back, owing = parts.values()
        newest = courses[0].execution if not isinstance(courses, Unknown) and courses else None
        return Standing(
            stack=self.outputs.stack,
            at=self.now(),
            runs=runs,
            courses=courses,
            door=door,
            times=times,
            incidents=incidents,
            pulls=pulls,
            back=back,
            owed=owing,
            links=place_of(self.outputs, newest.id if newest else None).links,
            number=self.number,
            merged=None if isinstance(merged, Unknown) else merged,
        )

    def _runs(self) -> Runs:
        deployed = deployed_revision(self.outputs, self.aws, self.now(), self.github)
        if deployed.execution_id is None:
            return Runs(deployed)
        client, pipeline = self.aws.codepipeline, self.outputs.pipeline_name
        since = through(read_actions(client, pipeline, deployed.execution_id), Stage.DEPLOY)
        one = find_execution(client, pipeline, self.outputs.repository, Pin(deployed.execution_id)).chosen
        subject = one.subject if one else ""
        if self.ledger is None or one is None:
            return Runs(deployed, since, subject)
        release = release_of(self.github, self.outputs, one)
        found = [self._verdict(self.ledger, release, command, one.id) for command in (VERIFY, OBSERVE)]
        return Runs(deployed, since, subject, release, *found)

    @staticmethod
    def _verdict(ledger: Ledger, release: str, command: str, execution_id: str) -> str:
        verdict = verdict_of(ledger, release, command, execution_id)
        return f"{verdict.verdict} at {utc(verdict.at)}" if verdict else ""

    def _courses(self) -> tuple[Course, ...]:
        """Those of the pull request that is asked about; else what is under way, or the newest if it failed."""
        if self.number:
            pull = self.pull
            tried = attempts_of(self.github, self.outputs, self.aws, pull) if pull.merged else ()
            wanted: Iterable[Execution] = tried[-1:]
        else:
            found = read_executions(self.aws.codepipeline, self.outputs.pipeline_name, self.now() - LOOKED_BACK)
            going = [one for one in found if one.ended is None]
            wanted = going or [one for one in found[:1] if one.status != "Succeeded"]
        return tuple(self._course(one) for one in wanted)

    def _course(self, one: Execution) -> Course:
        def calendar() -> Any:
            return calendar_knowing(self.outputs, self.ledger)

        snapshot = Reader(self.outputs, self.aws, self.github, self.now, calendar).read(one.id)
        ended = ending(snapshot)
        doing = ended.text if ended else state(snapshot)
        return Course(snapshot.execution, doing, ended is None and is_waiting(snapshot), ended)

    def _door(self) -> Door:
        return read_door(read_stage_states(self.aws.codepipeline, self.outputs.pipeline_name), Stage.DEPLOY)

    def _times(self) -> Times:
        unknown = f"Whether somebody froze releases is not known: {self.no_ledger}" if self.no_ledger else ""
        calendar = calendar_knowing(self.outputs, self.ledger)
        if calendar is None:
            return Times(has_calendar=False)
        now, needed = self.now(), needed_by(self.outputs)
        try:
            closed, late = calendar.closed(now), calendar.late(now, needed)
            opening = None if closed else next(calendar.openings(now, needed, until=now + _INSTANT), None)
            merge_by = opening.latest if opening else None
            return Times(True, closed, late, calendar.next_open(now, needed), merge_by, unknown)
        except CalendarUnknownError as problem:
            return Times(True, unknown=f"When releases may begin is not known: {problem}.")

    def _incidents(self) -> tuple[str, ...]:
        return tuple(one.url for one in read_incidents(self.github, INCIDENT_LABEL))

    def _pulls(self) -> tuple[OpenPull, ...]:
        found = read_open_pulls(self.github, self.outputs.branch)
        wanted = [one for one in found if self.number in (None, one.number)]
        return tuple(OpenPull(one.number, one.head, self._kind(one.head), one.url) for one in wanted)

    def _kind(self, head: str) -> str:
        if self.outputs.environment == Environment.DEV:
            return "change"
        if head == self._dev or head.startswith(RELEASE_BRANCH):
            return "release"
        return "hotfix" if head.startswith(HOTFIX_BRANCH) else "take-back, or none"

    def _back(self) -> Back:
        if self.outputs.environment == Environment.DEV:
            return Back(0)
        lacking = self.github.compare(self._dev, self.outputs.branch).ahead
        opened = [one for one in read_open_pulls(self.github, self._dev) if one.head.startswith(BACK_MERGE_BRANCH)]
        return Back(lacking, opened[-1].url if opened else "")

    def _owed(self) -> tuple[str, ...]:
        """Of the releases that are at hand: the one that is asked about, or what runs and what is proposed."""
        if self.ledger is None:
            return ()
        ledger = self.ledger
        releases = [of_pull(self.number)] if self.number else self._at_hand()
        return tuple(
            f"{one.occasion.told}: {', '.join(one.channels)}" for release in releases for one in owed(ledger, release)
        )

    def _at_hand(self) -> list[str]:
        found = find_execution(self.aws.codepipeline, self.outputs.pipeline_name, self.outputs.repository, Pin()).read
        newest = [release_of(self.github, self.outputs, one) for one in found[:1]]
        proposed = [of_pull(one.number) for one in read_open_pulls(self.github, self.outputs.branch)]
        return list(dict.fromkeys((*newest, *proposed)))

    @shared
    def pull(self) -> Any:
        """The pull request that is asked about. Raises ConfigurationError, GitHubError."""
        return read_pull_request(self.github, self.number or 0)

    def _merged(self) -> bool:
        return bool(self.pull.merged)

    @property
    def _dev(self) -> str:
        return Names(Environment.DEV).branch


def _side_by_side(
    looks: dict[str, Callable[[], Any]], deadline: timedelta, say: Callable[[str], None]
) -> dict[str, Any]:
    """What each look answers; of one that fails, or does not answer in time, why.

    Raises:
        ConfigurationError: something that was asked for cannot be looked at.
    """
    begun: dict[str, Future[Any]] = {name: start(partial(_look, work)) for name, work in looks.items()}
    wait_for(begun, deadline, say)
    late = unanswered("It was not answered", deadline)
    return {name: one.result() if one.done() else Unknown(late.message) for name, one in begun.items()}


def _look(work: Callable[[], T]) -> Part[T]:
    try:
        return work()
    except AWS_FAILURES as problem:
        return Unknown(translate(problem, PERMISSIONS).message)
    except ConfigurationError:
        raise
    except ReleaseError as problem:
        return Unknown(problem.message)
