"""All alarms, evaluated: from metrics to states, from states to composites, from changes to actions."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.aws.cloudwatch.alarm import Alarm, CompositeAlarm, MetricAlarm, State
from sandbox.aws.cloudwatch.alarm_rule import holds
from sandbox.aws.cloudwatch.evaluation import StateValue
from sandbox.aws.cloudwatch.history import History
from sandbox.aws.cloudwatch.reasons import reason, reason_data, timestamp
from sandbox.aws.cloudwatch.store import MINUTE, Metric, MetricStore


@dataclass(frozen=True)
class Transition:
    """An alarm's change from one state to another."""

    alarm: Alarm
    old: State
    new: State


class Alarms:
    """The account's alarms. `on_transition` is called outside the lock, once for every change of state.

    AWS evaluates an alarm about once a minute. Here it is evaluated whenever a minute has passed or its
    data changed, on the same data points: those of the periods that end with the last full minute. Where there
    were none, and are none since, it would find the same.
    """

    def __init__(
        self,
        store: MetricStore,
        history: History,
        now: Callable[[], datetime],
        on_transition: Callable[[Transition], None],
    ) -> None:
        self._store = store
        self.history = history
        self._now = now
        self._on_transition = on_transition
        self._alarms: dict[str, Alarm] = {}
        self._seen: dict[str, tuple[int, int]] = {}
        self._lock = threading.RLock()

    def all(self) -> list[Alarm]:
        with self._lock:
            return [self._alarms[name] for name in sorted(self._alarms)]

    def get(self, name: str) -> Alarm | None:
        return self._alarms.get(name)

    def put(self, alarm: Alarm) -> None:
        """Create an alarm, or configure the one of that name anew; its state stays."""
        with self._lock:
            known = self._alarms.get(alarm.name)
            if known is not None:
                alarm.state, alarm.tags = known.state, known.tags
            self._alarms[alarm.name] = alarm
            self._seen.pop(alarm.name, None)
        self.history.configured(alarm, "Update" if known else "Create", alarm.configured)

    def delete(self, name: str) -> None:
        with self._lock:
            alarm = self._alarms.pop(name)
        self.history.configured(alarm, "Delete", self._now())

    def restore(self, alarm: Alarm) -> None:
        """Put a deleted alarm back as it was; its history does not tell."""
        with self._lock:
            self._alarms[alarm.name] = alarm

    def set_state(self, name: str, value: StateValue, why: str, data: str | None) -> None:
        """Set a state by hand; it lasts until the next evaluation, a full minute's begin."""
        now = self._now()
        alarm = self._alarms[name]
        alarm.held_until = (now.timestamp() // MINUTE + 1) * MINUTE
        with self._lock:
            self._seen.pop(name, None)
            changes = self._move(alarm, value, why, data, now)
            changes += self._evaluate_composites(now)
        self._tell(changes)

    def release(self, name: str) -> None:
        """Let an alarm whose state was set by hand be evaluated at once."""
        if name in self._alarms:
            self._alarms[name].held_until = 0.0
            self._seen.pop(name, None)

    def evaluate(self) -> None:
        """Bring every alarm up to date."""
        changes: list[Transition] = []
        with self._lock:
            now = self._now()
            for alarm in self._alarms.values():
                if isinstance(alarm, MetricAlarm) and self._due(alarm, now):
                    changes += self._evaluate_metric(alarm, now)
            changes += self._evaluate_composites(now)
        self._tell(changes)

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Nobody else evaluates meanwhile: data that is half told would let alarms move that have no reason to."""
        with self._lock:
            yield

    def look_back(self, changed: Collection[Metric], since: datetime) -> None:
        """Evaluate the alarms on metrics whose past has changed, and composites, minute by minute since a time."""
        changes: list[Transition] = []
        with self._lock:
            now, at = self._now(), since.replace(second=0, microsecond=0)
            concerned = [
                alarm
                for alarm in self._alarms.values()
                if isinstance(alarm, MetricAlarm) and not set(changed).isdisjoint(alarm.queries.metrics)
            ]
            born = {item.alarm: item.at for item in reversed(self.history.items())}
            while (at := at + timedelta(seconds=MINUTE)) < now:
                for alarm in concerned:
                    if not _held(alarm, at) and at > born.get(alarm.name, alarm.configured):
                        changes += self._evaluate_metric(alarm, at)
                changes += self._evaluate_composites(at)
        self._tell(changes)

    def _due(self, alarm: MetricAlarm, now: datetime) -> bool:
        if _held(alarm, now):
            return False
        minute, revision = int(now.timestamp()) // MINUTE, self._store.revision(alarm.queries.metrics)
        before = self._seen.get(alarm.name)
        self._seen[alarm.name] = minute, revision
        if before is None or before[1] != revision:
            return True
        looked_at = (before[0] * MINUTE) - alarm.rule.range * alarm.period
        return before[0] != minute and not self._store.is_silent_since(alarm.queries.metrics, looked_at)

    def _evaluate_metric(self, alarm: MetricAlarm, now: datetime) -> list[Transition]:
        verdict = alarm.evaluate(self._store, now)
        if verdict.state is None or verdict.state is alarm.state.value:
            return []
        data = reason_data(
            alarm.rule,
            verdict,
            statistic=alarm.statistic,
            period=alarm.period,
            unit=alarm.configuration.get("Unit"),
            now=now,
        )
        return self._move(alarm, verdict.state, reason(alarm.rule, verdict), data, now)

    def _evaluate_composites(self, now: datetime) -> list[Transition]:
        """Composites may rest on composites: again until nothing changes, each alarm once at most."""
        changes: list[Transition] = []
        composites = [alarm for alarm in self._alarms.values() if isinstance(alarm, CompositeAlarm)]
        waiting = [alarm for alarm in composites if not _held(alarm, now)]
        moved = True
        while moved:
            moved = False
            for alarm in list(waiting):
                value = StateValue.ALARM if holds(alarm.rule, self._state_of) else StateValue.OK
                if value is not alarm.state.value:
                    waiting.remove(alarm)
                    changes += self._move(alarm, value, *self._composite_reason(alarm, value), now)
                    moved = True
        return changes

    def _state_of(self, name: str) -> StateValue:
        alarm = self._alarms.get(name)
        return alarm.state.value if alarm else StateValue.INSUFFICIENT_DATA

    def _composite_reason(self, alarm: CompositeAlarm, value: StateValue) -> tuple[str, str | None]:
        children = [self._alarms[name] for name in alarm.children if name in self._alarms]
        if not children:
            return f"The alarm rule was evaluated to {value}", None
        deciding = [child for child in children if child.state.value is value is StateValue.ALARM] or children
        newest = max(deciding, key=lambda child: child.state.updated)
        since = newest.state.updated
        text = f"{newest.arn} transitioned to {newest.state.value} at {since:%A %d %B, %Y %H:%M:%S} UTC"
        state = {"value": newest.state.value, "timestamp": timestamp(since)}
        return text, json.dumps({"triggeringAlarms": [{"arn": newest.arn, "state": state}]})

    def _move(self, alarm: Alarm, value: StateValue, why: str, data: str | None, now: datetime) -> list[Transition]:
        old = alarm.state
        transitioned = now if value is not old.value else old.transitioned
        alarm.state = State(value, why, data, now, transitioned)
        if value is old.value:
            return []
        self.history.state_changed(alarm, old, alarm.state)
        return [Transition(alarm, old, alarm.state)]

    def _tell(self, changes: list[Transition]) -> None:
        for change in changes:
            self._on_transition(change)


def _held(alarm: Alarm, now: datetime) -> bool:
    return now.timestamp() < alarm.held_until
