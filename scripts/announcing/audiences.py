"""Who is mailed what (SOP 5.1, 5.4). Pure."""

from __future__ import annotations

from scripts.announcing.facts import Occurrence, Release
from scripts.announcing.occasions import VERIFIED, WHOLE, Event
from sop.channels import Audience

_TEAM = (Audience.OPERATIONS, Audience.DEVELOPMENT, Audience.MANAGEMENT)
MAILED = {
    *((event, WHOLE) for event in (Event.PLANNED, Event.POSTPONED, Event.FAILED, Event.ROLLED_BACK)),
    (Event.COMPLETE, VERIFIED),
}
TO_CUSTOMERS = (Event.PLANNED, Event.POSTPONED, Event.COMPLETE)


def mailed_to(release: Release, what: Occurrence) -> tuple[Audience, ...]:
    """The audiences of its mail, in the order in which they are told.

    Where nobody says whether it is user-facing stakeholders are told; customers only where somebody says so, of a
    downtime. How a failure is told to them is the incident commander's.
    """
    if (what.event, what.part) not in MAILED:
        return ()
    stakeholders = () if release.described.user_facing is False else (Audience.STAKEHOLDERS,)
    told = what.event in TO_CUSTOMERS and release.described.for_customers
    return (*_TEAM, *stakeholders, *((Audience.CUSTOMERS,) if told else ()))
