"""What AWS tells of an environment's deployments while faults are in force that concern their record.

Such a fault breaks nothing that is at work: it lets the newest execution, its builds, their logs and metrics, and
the stack have gone another way. Each is a change of the record, made to a copy of what really was; healing one
tells the rest anew, healing the last gives the original back. The alarms on the metrics that this changes are
evaluated again for every minute since, as CloudWatch would have done then; EventBridge sends nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from sandbox.aws.cloudwatch.alarm import CompositeAlarm, MetricAlarm, State
from sandbox.aws.ports import FAULTS
from sandbox.core.account import Port
from sandbox.faults.fault import Active, FaultError, Undo
from sandbox.faults.record import PARTS, Record, Sample, read, write

if TYPE_CHECKING:
    from sandbox.aws.cloudwatch.alarms import Alarms
    from sandbox.aws.cloudwatch.history import HistoryItem
    from sandbox.aws.cloudwatch.store import Metric
    from sandbox.core.account import Account
    from sop.names import Environment


class UnwrittenError(FaultError):
    """Parts of a record could not be told anew; they are named."""


class Stories(Protocol):
    """The stories that are told, by environment."""

    stories: dict[Environment, Story]


STORIES: Port[Stories] = Port(FAULTS.name)

Change = Callable[["Account", Record], None]  # raises FaultError where there is nothing to change


class Story:
    """One environment's record, told with the changes in force."""

    def __init__(self, account: Account, environment: Environment) -> None:
        self._account = account
        self._alarms: Alarms = account.service("cloudwatch").alarms
        self._before = self._told = read(account, environment)
        self._written: dict[str, Record] = dict.fromkeys(PARTS, self._before)  # what each part of it tells now
        self._changes: dict[str, tuple[int, Change]] = {}  # each with its place
        self._states: dict[str, State] = {alarm.name: alarm.state for alarm in self._alarms.all()}
        self._history: set[HistoryItem] = set(self._alarms.history.items())
        self._concerned: set[Metric] = set()

    def add(self, name: str, change: Change, place: int) -> None:
        """Raises FaultError, and changes nothing, where the change cannot be made."""
        newest = self._told.pipeline.executions[-1].id
        if all(execution.id != newest for execution in self._told.executions):
            faults = " and ".join(self._changes)
            raise FaultError(f"a newer execution has run since {faults} began; `sandbox heal` first")
        try:
            self._tell({**self._changes, name: (place, change)})
        except UnwrittenError:
            write(self._account, self._told, self._written)
            raise

    def remove(self, name: str) -> bool:
        """Whether nothing is left to tell differently.

        Raises:
            UnwrittenError: a part could not be told anew; it still tells the change, and the others do not.
        """
        self._tell({other: change for other, change in self._changes.items() if other != name})
        return not self._changes

    def _tell(self, changes: dict[str, tuple[int, Change]]) -> None:
        told = self._before.copied()
        for _, change in sorted(changes.values(), key=lambda each: each[0]):
            change(self._account, told)
        problems = write(self._account, told, self._written)
        if problems:
            raise UnwrittenError("; ".join(problems))
        self._told, self._changes = told, changes
        self._look_back()

    def _look_back(self) -> None:
        """Let the alarms have seen what is told now, and nothing else."""
        now, before = self._told.samples(), self._before.samples()
        differing = list(((now - before) + (before - now)).elements())
        self._concerned |= {sample[0] for sample in differing}
        reset = self._reset()
        self._alarms.history.forget(lambda item: item.alarm in reset and item not in self._history)
        if differing:
            self._alarms.look_back(self._concerned, datetime.fromtimestamp(min(map(_time, differing)), UTC))

    def _reset(self) -> set[str]:
        """Give the alarms on metrics that were ever told differently, and their composites, the states of before."""
        reset: set[str] = set()
        for alarm in self._alarms.all():
            known = alarm.name in self._states
            if isinstance(alarm, MetricAlarm) and known and not self._concerned.isdisjoint(alarm.queries.metrics):
                reset.add(alarm.name)
                alarm.state = self._states[alarm.name]
        for alarm in self._alarms.all():
            if isinstance(alarm, CompositeAlarm) and alarm.name in self._states and reset & set(alarm.children):
                reset.add(alarm.name)
                alarm.state = self._states[alarm.name]
        return reset


def tells(change: Change, *, first: bool = False, last: bool = False) -> Callable[[Account, Active], Undo]:
    """How a fault begins that changes the record.

    `first`: before those that say how it all ended; `last`: after them, since it is about what came then.
    """

    def begin(account: Account, active: Active) -> Undo:
        name, environment = active.fault.name, active.environment
        stories = account.reach(STORIES).stories
        with _telling:
            story = stories.get(environment) or Story(account, environment)
            story.add(name, change, last - first)
            stories[environment] = story

        def undo() -> None:
            with _telling:
                if story.remove(name):
                    del stories[environment]

        return undo

    return begin


_telling = threading.RLock()


def _time(sample: Sample) -> float:
    return sample[2]
