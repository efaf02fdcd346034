"""Who did what to a stack and the stacks nested in it: their events, put together to operations. Pure.

CloudFormation carries out one operation on a stack at a time: it begins and ends with an event about the stack itself.
What the stacks nested in it do meanwhile, on its behalf, is part of it. A nested stack that does something else has
been changed by itself, which no pipeline does.

Every event of an operation carries the client request token that it was asked for with. One of the form
release-COMMIT-N says which commit was deployed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from scripts.facts.stack import StackEvent

RELEASE_TOKEN = re.compile(r"release-(?P<commit>[0-9a-f]{40})-\d+")
BEGINNINGS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS")
GROUP = "AWS::AutoScaling::AutoScalingGroup"
# CloudFormation's words where an update in place exchanges what runs
NEW_SERVERS = ("Rolling update initiated", "Terminating instance(s)", "Successfully terminated instance(s)")
NEW_RESOURCE = "Requested update requires the creation of a new physical resource"


@dataclass
class Operation:
    """One operation; its events, those of nested stacks included, are in the order in which it began them."""

    events: list[StackEvent]
    of_root: bool
    complete: bool = False
    parts: list[Operation] = field(default_factory=list["Operation"])

    @property
    def stack(self) -> str:
        return self.events[0].stack

    @property
    def stack_id(self) -> str:
        return self.events[0].stack_id

    @property
    def started(self) -> datetime:
        return self.events[0].at

    @property
    def last(self) -> datetime:
        """When it ended; while it goes on, when it was last heard of."""
        return self.events[-1].at

    @property
    def status(self) -> str:
        """The stack's own status at its end, or the last one heard of."""
        return next((one.status for one in reversed(self.events) if one.of_the_stack), self.events[-1].status)

    @property
    def begun(self) -> bool:
        """Whether its beginning is known, and not only what came of it."""
        return self.events[0].of_the_stack

    @property
    def token(self) -> str:
        return next((one.token for one in self.events if one.token), "")

    @property
    def commit(self) -> str | None:
        """The commit that its token names; None if it names none."""
        named = RELEASE_TOKEN.fullmatch(self.token)
        return named["commit"] if named else None

    @property
    def everything(self) -> list[StackEvent]:
        """Its events and those of its parts, oldest first."""
        return sorted((*self.events, *(one for part in self.parts for one in part.everything)), key=lambda one: one.at)

    def touches(self, stack_id: str) -> bool:
        return any(one.nested_stack == stack_id for one in self.events) or any(
            part.touches(stack_id) for part in self.parts
        )

    def damage(self) -> list[str]:
        """What it failed in, took away or exchanged; empty where it only added and changed in place."""
        ids: dict[tuple[str, str], set[str]] = {}
        told: dict[str, str] = {}
        for one in self.everything:
            name = one.stack if one.of_the_stack else one.resource
            ids.setdefault((one.stack_id, one.resource), set()).add(one.physical_id)
            if one.of_the_stack and "ROLLBACK" in one.status:
                told[name] = f"{name} was rolled back"
            elif one.failed:
                told[name] = f"{name} failed"
            elif len(ids[one.stack_id, one.resource] - {""}) > 1 or one.reason.startswith(NEW_RESOURCE):
                told.setdefault(name, f"{name} was replaced")
            elif one.status.startswith("DELETE_"):
                told.setdefault(name, f"{name} was removed")
            elif one.type == GROUP and one.reason.startswith(NEW_SERVERS):
                told.setdefault(name, f"the servers of {name} were replaced")
        return list(told.values())


@dataclass(frozen=True)
class History:
    """The operations around one deployment, each list oldest first.

    Attributes:
        during: those on the whole stack that began while it deployed.
        before: the newest one on the whole stack that began earlier.
        later: all that began after it, whatever of.
        aside: those on a nested stack alone, until the deployment ended, that no later operation has undone.
    """

    during: tuple[Operation, ...]
    before: Operation | None
    later: tuple[Operation, ...]
    aside: tuple[Operation, ...]

    @property
    def deployed(self) -> Operation | None:
        """What the deployment left: its newest operation."""
        return self.during[-1] if self.during else None


def history(events: Iterable[StackEvent], root: str, started: datetime, ended: datetime) -> History:
    """What happened around a deployment that lasted from `started` to `ended`.

    Args:
        events: of the stack and all stacks nested in it, oldest first.
        root: the id of the stack.
        started: when the deployment began.
        ended: when it ended.
    """
    whole = sorted(operations(events, root), key=lambda one: one.started)
    roots = [one for one in whole if one.of_root]
    earliest = roots[0].started if roots else started
    aside = [
        one
        for one in whole
        if not one.of_root
        and min(earliest, started) <= one.started <= ended
        and not any(later.started >= one.started and later.touches(one.stack_id) for later in roots)
    ]
    earlier = [one for one in roots if one.started < started]
    return History(
        during=tuple(one for one in roots if started <= one.started <= ended),
        before=earlier[-1] if earlier else None,
        later=tuple(one for one in whole if one.started > ended),
        aside=tuple(aside),
    )


def operations(events: Iterable[StackEvent], root: str) -> list[Operation]:
    """All of them: those on the whole stack, and those on a nested stack alone."""
    of_stack: dict[str, list[StackEvent]] = {}
    for one in events:
        of_stack.setdefault(one.stack_id, []).append(one)
    found = [one for stack_id, own in of_stack.items() for one in _of_one_stack(own, stack_id == root)]
    alone: list[Operation] = []
    for one in found:
        above = next((other for other in found if other is not one and _is_part(one, other)), None)
        (above.parts if above else alone).append(one)
    return alone


def _of_one_stack(events: Sequence[StackEvent], of_root: bool) -> Iterator[Operation]:
    current: Operation | None = None
    for one in events:
        if one.of_the_stack and one.status == "REVIEW_IN_PROGRESS":
            continue  # a change set was asked for; nothing has been done
        if current is not None and one.of_the_stack and one.status in BEGINNINGS and not current.begun:
            yield current  # what is left of an older one
            current = None
        if current is None:
            current = Operation([one], of_root)
        else:
            current.events.append(one)
        if one.of_the_stack and not one.status.endswith("_IN_PROGRESS"):
            current.complete = True
            yield current
            current = None
    if current is not None:
        yield current


def _is_part(one: Operation, other: Operation) -> bool:
    """Whether it was done on behalf of the other, which has a nested stack as one of its resources."""
    if not any(event.nested_stack == one.stack_id for event in other.events):
        return False
    meanwhile = other.started <= one.started and (not other.complete or one.started <= other.last)
    # whether CloudFormation hands its token down is nowhere documented; two that name two commits are two operations
    return meanwhile and (one.commit is None or other.commit is None or one.commit == other.commit)
