"""What can be broken in the sandbox, and what is (`sandbox fault`, `heal`, `faults`).

Healing takes a fault back as if it had never been: metrics, log lines and alarm history included, so
that a check after healing finds what it would have found before.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.faults.fault import Active, Fault, FaultError
from sop.names import Environment

if TYPE_CHECKING:
    from sandbox.aws.cloudwatch.alarm import State
    from sandbox.aws.cloudwatch.alarms import Alarms
    from sandbox.core.account import Account
    from sandbox.faults.story import Story

__all__ = ["Active", "Fault", "FaultError", "Faults", "UnhealedError"]

log = logging.getLogger("sandbox.faults")


class UnhealedError(FaultError):
    """Faults that could not be mended whole, and why; `healed` are those that were."""

    def __init__(self, healed: list[Active], unhealed: Mapping[Active, str]) -> None:
        self.healed = healed
        self.unhealed = unhealed
        super().__init__("; ".join(f"{each.fault.name} ({each.environment}): {why}" for each, why in unhealed.items()))


class Faults:
    """The faults in force. Safe to use from several threads."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.stories: dict[Environment, Story] = {}  # by the faults that tell a deployment differently
        self._active: dict[tuple[str, Environment], Active] = {}
        self._lock = threading.RLock()

    @property
    def known(self) -> Mapping[str, Fault]:
        from sandbox.faults.catalogue import CATALOGUE

        return CATALOGUE

    def activate(self, name: str, environment: Environment = Environment.PROD) -> Active:
        """Break something; a second time changes nothing. Raises FaultError."""
        if name not in self.known:
            raise FaultError(f"there is no fault {name!r}; `sandbox faults` lists them")
        fault = self.known[name]
        with self._lock:
            if (name, environment) in self._active:
                return self._active[name, environment]
            active = Active(fault, environment, self._account.clock.now(), self._alarm_states(environment))
            self._active[name, environment] = active
        with self._alarms.undisturbed():
            try:
                undo = fault.begin(self._account, active) if fault.begin else None
            except Exception:
                del self._active[name, environment]
                raise
            active = self._active[name, environment] = replace(active, undo=undo)
            self._alarms.evaluate()
        return active

    def heal(self, name: str | None = None) -> list[Active]:
        """Mend one fault, or all; what was mended.

        Raises:
            FaultError: it is not known.
            UnhealedError: not all could be given back; the rest is mended, and those faults stay in force.
        """
        if name is not None and name not in self.known:
            raise FaultError(f"there is no fault {name!r}; `sandbox faults` lists them")
        with self._lock:
            chosen = [each for each in self._active.values() if name in (None, each.fault.name)]
            for each in chosen:
                del self._active[each.fault.name, each.environment]
        with self._alarms.undisturbed():
            unhealed = {each: reason for each in reversed(chosen) if (reason := self._undo(each))}
            self._alarms.evaluate()
            healed = [each for each in chosen if each not in unhealed]
            for each in reversed(healed):
                self._take_back_alarms(each)
        if unhealed:
            raise UnhealedError(healed, unhealed)
        return healed

    def _undo(self, active: Active) -> str:
        """Give back what a fault took. Why not all could be, and then it is in force again; else nothing."""
        try:
            if active.undo is not None:
                active.undo()
        except Exception as error:
            if not isinstance(error, FaultError):
                log.exception("%s could not be healed", active.fault.name)
            with self._lock:
                self._active.setdefault((active.fault.name, active.environment), active)
            return str(error) or repr(error)
        return ""

    def active(self, name: str, environment: Environment | None = None) -> bool:
        """Whether a fault is in force, in this environment if one is given."""
        if environment is not None:
            return (name, environment) in self._active
        return any(active == name for active, _ in list(self._active))

    def in_force(self, name: str, environment: Environment, at: float) -> bool:
        """Whether a fault of a site holds for a time (epoch seconds) of its past or present."""
        active = self._active.get((name, environment))
        return active is not None and active.holds(at)

    def concern(self, environment: Environment) -> bool:
        """Whether any fault of an environment is in force."""
        return any(concerned is environment for _, concerned in [*self._active])

    def list(self) -> list[Active]:
        """The faults in force, oldest first."""
        with self._lock:
            return sorted(self._active.values(), key=lambda each: each.activated)

    def intercept(self, service: str, operation: str) -> None:
        """Called before every API call. Raises the AwsError that a fault in force answers with."""
        for active in list(self._active.values()):
            if active.fault.intercept is not None:
                active.fault.intercept(self._account, service, operation)

    @property
    def _alarms(self) -> Alarms:
        return self._account.service("cloudwatch").alarms

    def _alarm_states(self, environment: Environment) -> Mapping[str, State]:
        return {alarm.name: alarm.state for alarm in self._alarms.all() if alarm.name.startswith(f"{environment}-")}

    def _take_back_alarms(self, healed: Active) -> None:
        """Forget what the environment's alarms did because of a fault; it may be another's that is in force."""
        alarms = self._alarms
        others = [each.activated for each in self._active.values() if each.environment is healed.environment]
        alarms.history.forget(
            lambda item: (
                item.alarm.startswith(f"{healed.environment}-")
                and item.at >= healed.activated
                and not any(began <= item.at for began in others)
            )
        )
        for name, before in healed.alarms.items():
            alarm = alarms.get(name)
            if alarm is not None and alarm.state.value is before.value:
                alarm.state = before
