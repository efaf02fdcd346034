"""What the ledger knows of earlier announcements of a release: threads, maintenances, and what was said of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from scripts.announcing.described import Described
from scripts.announcing.facts import Release
from scripts.announcing.occasions import Announced, Event, Occasion, find, occasions
from scripts.announcing.rendering import Before
from scripts.errors import UndeterminedError
from scripts.ledger import messages
from scripts.ledger.ledger import Ledger
from sop.channels import Channel

ENDED = "completed"  # a maintenance, as Statuspage calls it


@dataclass(frozen=True)
class Past:
    """One announcement that was made."""

    occasion: Occasion
    announced: Announced


def past(ledger: Ledger, release: str) -> list[Past]:
    """All announcements of a release, oldest first.

    Raises:
        UnreadableError: one cannot be read.
    """
    found = [_read(ledger, one) for one in occasions(ledger.store.list(f"releases/{release}/"))]
    return sorted(found, key=lambda one: one.announced.at)


def before(ledger: Ledger, made: Iterable[Past], execution_id: str) -> Before:
    """What later messages go on from: the thread of the start, and the maintenance that has not ended.

    Args:
        ledger: the stack's.
        made: the release's announcements, oldest first.
        execution_id: whose start; empty: the newest.
    """
    thread = maintenance = ""
    for one in made:
        if one.occasion.event is Event.STARTED and one.occasion.name.startswith(execution_id):
            thread = _sent(ledger, one, Channel.SLACK) or thread
        if Channel.STATUS_PAGE in one.announced.messages and (named := _sent(ledger, one, Channel.STATUS_PAGE)):
            maintenance = "" if _ends(one.announced.messages[Channel.STATUS_PAGE]) else named
    return Before(thread, maintenance)


def said(release: Release) -> dict[str, str]:
    """What an announcement keeps of the release, in its `about`."""
    known = release.described
    kept = {"title": release.title, "url": release.url, "downtime": known.downtime, "users": known.users}
    return {**kept, "userFacing": {True: "yes", False: "no", None: ""}[known.user_facing]}


def as_announced(release: str, made: Iterable[Past]) -> Release | None:
    """The release as it was announced last; None: it never was."""
    kept = [one.announced.about for one in made if "title" in one.announced.about]
    if not kept:
        return None
    newest = kept[-1]
    facing = {"yes": True, "no": False}.get(newest.get("userFacing", ""))
    known = Described(downtime=newest.get("downtime", ""), users=newest.get("users", ""), user_facing=facing)
    return Release(release, newest["title"], newest.get("url", ""), known)


def _read(ledger: Ledger, occasion: Occasion) -> Past:
    announced = find(ledger, occasion)
    if announced is None:
        raise UndeterminedError(f"The ledger's {occasion.key} is gone again.", "Run the same command again.")
    return Past(occasion, announced)


def _sent(ledger: Ledger, one: Past, channel: Channel) -> str:
    """The provider's name for the message; empty: it is not known to have arrived."""
    tried = messages.attempts(ledger, one.occasion.message(channel))
    return next((each.sent.id for each in tried if each.sent), "")


def _ends(text: str) -> bool:
    given = cast("dict[str, Any]", json.loads(text))
    return given.get("incident", {}).get("status") == ENDED
