"""A stack's calendar together with what somebody has ordered: `release freeze`."""

from __future__ import annotations

from scripts.calendar.schedule import calendar_of
from scripts.ledger.freezes import Freeze, newest
from scripts.ledger.ledger import Ledger
from sop.calendar.calendar import Calendar
from sop.calendar.closures import Closure
from sop.calendar.closures import Kind as Closed
from sop.outputs import StackOutputs


def calendar_knowing(outputs: StackOutputs, ledger: Ledger | None) -> Calendar | None:
    """The calendar with what stands in the ledger; None where the stack is released at any time.

    Raises:
        ConfigurationError: the outputs hold none that can be used.
        UndeterminedError: the ledger cannot be read.
    """
    calendar = calendar_of(outputs)
    ordered = newest(ledger) if ledger and calendar else None
    if calendar is None or not isinstance(ordered, Freeze):
        return calendar
    reason = f"frozen by {ordered.by}: {ordered.reason}"
    return calendar.knowing(Closure(kind=Closed.ORDER, reason=reason, begins=ordered.at, ends=None))
