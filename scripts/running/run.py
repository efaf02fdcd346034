"""What `release run` does between its arguments and its exit code."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from scripts import streams
from scripts.deadlines import within
from scripts.errors import AccessDeniedError, ConfigurationError, ReleaseError, UndeterminedError
from scripts.running.course import FAILED, NOT_YET, Ended, carry_on, complete
from scripts.running.steps import PAST, Standing, State, Step, standings
from scripts.text import printable, utc

if TYPE_CHECKING:
    from scripts.announcing.facts import Release
    from scripts.gate.opening import DevAsked
    from scripts.running.reading import Reading
    from scripts.running.site import Site
    from scripts.runs import Asked

LOOK = timedelta(minutes=1)  # everything is judged anew as often as that
SWEPT = timedelta(hours=25)  # a day, and what a daily sweep may be late
_NAME = 10  # columns


@dataclass(frozen=True)
class Wanted:
    """Which release, and how.

    Attributes:
        number: its pull request; None: the release of the execution that is asked for.
        at: when it is to be announced for.
        wait: how long to stay where only time is missing; None: not at all.
        ledger: the folder of the ledger, where the stack has no records bucket.
        journal: the folder of the observation's windows.
        dry_run: whether only to tell how it stands.
    """

    number: int | None
    at: datetime | None
    wait: timedelta | None
    ledger: Path | None
    journal: Path
    dry_run: bool


def ran(wanted: Wanted, asked: Asked, dev: DevAsked) -> int:
    """Carry the release on as far as that goes; the exit code."""
    from scripts.running.site import opened

    site = opened(asked, wanted.ledger, dev, wanted.wait)
    reading = reading_of(site, wanted.number, asked.execution_id)
    return _carried(reading, wanted)


def _carried(reading: Reading, wanted: Wanted) -> int:
    from scripts.running.hands import Carrying
    from scripts.watching import shown

    if wanted.dry_run:
        return _told_only(reading)
    again = shlex.join(["release", *sys.argv[1:]])
    with shown.screen(sys.stdout) as screen:
        carrying = Carrying(reading, screen, wanted.at, wanted.journal, again)
        carrying.settle()
        ended = stay(lambda: carry_on(reading.facts, carrying.hands(), _say), reading.site)
    for line in last_words(ended, again):
        sys.stdout.write(f"{line}\n")
    return ended.code


def swept(wanted: Wanted, asked: Asked, dev: DevAsked) -> int:
    """Carry on what ended in the last day and nobody saw to its end; the worst exit code."""
    from scripts.clients.failures import AWS_FAILURES, translate
    from scripts.errors import worst
    from scripts.facts.pipeline import read_executions
    from scripts.running.site import opened
    from scripts.watching.reading import PERMISSIONS

    site = opened(asked, wanted.ledger, dev, wanted.wait)
    since = site.opened.clock.now() - SWEPT
    try:
        found = read_executions(site.opened.aws.codepipeline, site.outputs.pipeline_name, since)
    except AWS_FAILURES as problem:
        raise translate(problem, PERMISSIONS) from problem
    ended = [one for one in found if one.ended and one.ended >= since and not one.is_rollback]
    codes = [_swept(site, one.id, wanted) for one in sorted(ended, key=lambda one: one.started)]
    if not codes:
        sys.stdout.write(f"Nothing has ended since {utc(since)}.\n")
    return worst(codes)


def _swept(site: Site, execution_id: str, wanted: Wanted) -> int:
    """One of them; what keeps it from being carried on keeps no other."""
    try:
        reading = reading_of(site, None, execution_id)
        facts = reading.facts()
        seen = facts.recorded and not facts.untold
        sys.stdout.write(f"execution {execution_id}, {facts.release}{': told and recorded' if seen else ''}\n")
        return 0 if seen else _carried(reading, wanted)
    except ReleaseError as problem:
        streams.say(f"{problem.message} {problem.fix}".rstrip())
        return problem.exit_code


def reading_of(site: Site, number: int | None, execution_id: str | None) -> Reading:
    """The release that is meant.

    Raises:
        ConfigurationError: there is no such pull request or execution, or it is into another branch.
    """
    from scripts.announcing.releases import release_of_execution, release_of_pull
    from scripts.facts.pipeline import Pin, find_execution
    from scripts.gate.reading import read_pull_request
    from scripts.running.reading import Reading

    opened, outputs = site.opened, site.outputs
    if number is not None:
        pull = read_pull_request(opened.github, number)
        if pull.base != outputs.branch:
            raise ConfigurationError(
                f"--pr {number} is into {pull.base}; {outputs.stack} is released from {outputs.branch}."
            )
        return Reading(site, release_of_pull(opened.github, site.ledger, number))
    found = find_execution(opened.aws.codepipeline, outputs.pipeline_name, outputs.repository, Pin(execution_id))
    if found.chosen is None:
        raise ConfigurationError(f"{outputs.pipeline_name} has never run.", "Say --pr NUMBER.")
    release: Release = release_of_execution(opened.github, site.ledger, outputs, found.chosen)
    return Reading(site, release, found.chosen.id)


def stay(carry: Callable[[], Ended], site: Site) -> Ended:
    """Carry it on, again and again while only time is missing and somebody wants to stay.

    Raises:
        ReleaseError: it cannot be told how it stands; who stays is patient with that, once it could be.
    """
    clock = site.opened.clock.now
    until = clock() + site.wait if site.wait else clock()
    said = ""
    while True:
        try:
            ended = carry()
        except (ConfigurationError, AccessDeniedError):
            raise
        except UndeterminedError as problem:
            if not said or clock() >= until:
                raise
            ended = Ended(NOT_YET, f"not read: {problem.message} It is asked again until it answers")
        if ended.code != NOT_YET or clock() >= until:
            return ended
        told = f"{utc(clock())}  {ended.told}{_when(ended)}"
        if ended.told != said:
            streams.say(printable(told))
            said = ended.told
        again = min(filter(None, (ended.again_at, clock() + LOOK, until)))
        site.opened.sleep(max((again - clock()).total_seconds(), 1.0))
        with suppress(UndeterminedError):  # the next round says what is wrong
            within(LOOK, site.opened.aws.identity, "AWS has not answered")  # whose answer tells the time


def last_words(ended: Ended, again: str) -> Iterator[str]:
    """Why it goes no further, and what to type then."""
    yield from map(printable, ended.told.splitlines())
    if ended.code == NOT_YET:
        yield f"Again{_when(ended) or ' when that has changed'}, with:"
        yield f"  {again}"


def _when(ended: Ended) -> str:
    return f" at {utc(ended.again_at)}" if ended.again_at else ""


def _told_only(reading: Reading) -> int:
    last, facts = State.DONE, reading.facts()
    for step, standing in standings(facts):
        _say(step, standing)
        last = standing.state
    if last in PAST:
        return complete(facts).code
    return FAILED if last is State.FAILED else NOT_YET


def _say(step: Step, standing: Standing) -> None:
    when = f", {utc(standing.again_at)}" if standing.again_at else ""
    sys.stdout.write(f"{step.name:<{_NAME}}  {standing.state}: {printable(standing.told)}{when}\n")
    sys.stdout.flush()
