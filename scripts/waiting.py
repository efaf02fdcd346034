"""Asking again while only time is missing: `release verify --wait`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from scripts.interruption import InterruptedRunError
from scripts.results import Report, Result, Status
from scripts.text import listing, span, utc

# Everything is judged anew once a minute: what breaks meanwhile ends the waiting.
ROUND = timedelta(minutes=1)
# So often AWS is asked what time it is; a machine that slept, or whose clock was set, knows soon.
LOOK = timedelta(seconds=15)


@dataclass(frozen=True)
class Patience:
    """How long to wait, and by what.

    Attributes:
        at_most: how long, from the first question on.
        clock: AWS's time of day.
        look: asks AWS something small, so that the clock is right.
        say: takes a line of progress.
        sleep: waits so many seconds.
    """

    at_most: timedelta
    clock: Callable[[], datetime]
    look: Callable[[], object]
    say: Callable[[str], None]
    sleep: Callable[[float], None]


def until_told(judge: Callable[[], Report], patience: Patience) -> Report:
    """Judge again and again, until no answer is a matter of time, one is FAIL for good, or the patience is at its end.

    What could be looked at in the beginning, and cannot be now, is looked at again, too.

    Args:
        judge: looks at everything anew.
        patience: how long, and by what.

    Raises:
        InterruptedRunError: with the last whole report, or one that has found a FAIL since.
    """
    ends = patience.clock() + patience.at_most
    report: Report | None = None
    unseen: set[str] | None = None
    while True:
        try:
            newest = judge()
            unseen = {result.id for result in newest.checks if _could_not_look(result)} if unseen is None else unseen
            again = _again(newest, unseen, patience, ends)
            report = newest
            if again is None:
                return report
            _wait_until(again, patience)
        except InterruptedRunError as stopped:
            better = report is None or stopped.report.verdict is Status.FAIL
            raise InterruptedRunError(stopped.report if better or report is None else report) from None
        except KeyboardInterrupt:
            if report is None:
                raise
            raise InterruptedRunError(report) from None


def _again(report: Report, unseen: set[str], patience: Patience, ends: datetime) -> datetime | None:
    """When to judge again, which is said; None: this is the last word."""
    young = {result.id: result.again_at for result in report.checks if result.again_at is not None}
    lost = [result.id for result in report.checks if _could_not_look(result) and result.id not in unseen]
    if any(map(_has_failed, report.checks)) or not (young or lost):
        return None
    now = patience.clock()
    again = max(now + LOOK, min((now + ROUND, *young.values())))
    latest = max((again, *young.values()))
    if latest > ends:
        patience.say(
            f"{utc(now)}  {report.verdict}: {listing(list(_missing(young, lost)))}; "
            f"--wait-at-most {span(patience.at_most)} ends before, at {utc(ends)}."
        )
        return None
    patience.say(
        f"{utc(now)}  {report.verdict}: {listing(list(_missing(young, lost)))}; asked again at {utc(again)}, "
        f"until {utc(ends)} at most. Ctrl-C ends it."
    )
    return again


def _missing(young: dict[str, datetime], lost: list[str]) -> Iterator[str]:
    yield from (f"{check} can tell more at {utc(at)}" for check, at in young.items())
    yield from (f"{check} could not look" for check in lost)


def _has_failed(result: Result) -> bool:
    """For good: a day in dev that is not over fails a promotion, and says from when on it may not."""
    return result.status is Status.FAIL and result.again_at is None


def _could_not_look(result: Result) -> bool:
    return result.status is Status.ERROR


def _wait_until(moment: datetime, patience: Patience) -> None:
    while (left := moment - patience.clock()) > timedelta():
        patience.sleep(min(left, LOOK).total_seconds())
        patience.look()
