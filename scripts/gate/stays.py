"""How long dev has run a content: neighbouring deployments of the same tree are one stay. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Deployment:
    """One Deploy of the pipeline; without `content` it is not known what it left behind."""

    execution_id: str
    revision: str | None
    content: str | None
    began: datetime
    ended: datetime


@dataclass(frozen=True)
class Stay:
    """A content in dev, from the end of its first deployment until another began; None: it is still there."""

    content: str | None
    deployments: tuple[Deployment, ...]
    until: datetime | None

    @property
    def since(self) -> datetime:
        return self.deployments[0].ended

    @property
    def newest(self) -> Deployment:
        return self.deployments[-1]

    def lasted(self, now: datetime) -> timedelta:
        return (self.until or now) - self.since


def stays(deployments: Sequence[Deployment]) -> list[Stay]:
    """What dev ran, oldest first; of an unknown content each deployment stands alone.

    Args:
        deployments: in any order.
    """
    found: list[Stay] = []
    for one in sorted(deployments, key=lambda each: each.ended):
        before = found[-1] if found else None
        if before and one.content and before.content == one.content:
            found[-1] = Stay(one.content, (*before.deployments, one), None)
            continue
        if before:
            found[-1] = Stay(before.content, before.deployments, one.began)
        found.append(Stay(one.content, (one,), None))
    return found


def stay_of(content: str, found: Sequence[Stay], needed: timedelta, now: datetime) -> Stay | None:
    """The newest stay of that content that was long enough, or else the newest one; None: dev never ran it."""
    own = [one for one in found if one.content == content]
    enough = [one for one in own if one.lasted(now) >= needed]
    return (enough or own or [None])[-1]
