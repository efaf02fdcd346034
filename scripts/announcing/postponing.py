"""That an announced release does not begin then: which announcement, why, and when it might."""

from __future__ import annotations

from datetime import datetime

from scripts.announcing.facts import Postponement
from scripts.announcing.planned import Planned, planned_of
from scripts.announcing.planning import NotAnnouncedError, deploying
from scripts.announcing.values import Place
from scripts.calendar.schedule import calendar_of
from scripts.errors import ConfigurationError
from scripts.ledger.ledger import Ledger
from sop.calendar.calendar import NOTICE
from sop.calendar.public_holidays import CalendarUnknownError
from sop.outputs import StackOutputs
from sop.times import clock, shown


def postponement(
    outputs: StackOutputs, ledger: Ledger, release: str, why: str, at: datetime | None = None
) -> Postponement:
    """What is to be told.

    Args:
        outputs: the stack's.
        ledger: the stack's.
        release: the release's id.
        why: empty where the window has closed meanwhile.
        at: which announced time; None: the newest that holds.

    Raises:
        NotAnnouncedError: nothing was announced that could be postponed.
        ConfigurationError: nobody says why.
    """
    announced = planned_of(ledger, release)
    found = [one for one in announced if at is None or one.at == at]
    again = next((one for one in reversed(found) if one.postponed), None)
    one = next((one for one in reversed(found) if not one.postponed), again)
    if one is None:
        when = f" for {shown(at, Place(outputs).zone)}" if at else ""
        raise NotAnnouncedError(f"{release} was not announced{when}: there is nothing to postpone.")
    return Postponement(one.content, one.at, why or _passed(outputs, ledger.clock(), one), _earliest(outputs, ledger))


def _passed(outputs: StackOutputs, now: datetime, one: Planned) -> str:
    """Why it did not begin, by the calendar alone."""
    calendar = calendar_of(outputs)
    closes = calendar.window.next_closing(one.at) if calendar else None
    if calendar and closes and closes <= now:
        return f"it had not begun when the release window closed at {clock(closes, calendar.zone)}"
    raise ConfigurationError("Why it is postponed nobody knows yet.", 'Say --reason "the tests are not through", say.')


def _earliest(outputs: StackOutputs, ledger: Ledger) -> datetime | None:
    """The first opening with 24 hours of notice; None: none is known."""
    calendar = calendar_of(outputs)
    earliest = ledger.clock() + NOTICE
    try:
        return calendar.next_open(earliest, deploying(outputs)) if calendar else earliest
    except CalendarUnknownError:
        return None
