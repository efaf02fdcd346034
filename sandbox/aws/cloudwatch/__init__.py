"""CloudWatch: metrics, alarms evaluated by CloudWatch's own rules, dashboards."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from sandbox.aws.cloudwatch.alarms_api import AlarmsApi
from sandbox.aws.cloudwatch.dashboards_api import DashboardsApi
from sandbox.aws.ports import SITES

if TYPE_CHECKING:
    from sandbox.core.account import Account

# AWS evaluates about once a minute. The rules are the same here; only the wait is shorter.
TICK_SECONDS = 1.0

log = logging.getLogger("sandbox.cloudwatch")


class CloudWatch(AlarmsApi, DashboardsApi):
    """The service, with the thread that keeps alarms up to date."""

    name = "cloudwatch"

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._wake = threading.Event()
        account.background.on_stop(self._wake.set)
        account.clock.each_minute(self.look)
        account.background.start("cloudwatch", self._keep_evaluating)

    def settle(self) -> None:
        self.account.reach(SITES).advance()

    def alarms_changed(self) -> None:
        self._wake.set()

    def look(self) -> None:
        """Evaluate every alarm on all that has been emitted up to now."""
        self.settle()
        self.alarms.evaluate()
        self.actions.unmute()

    def _keep_evaluating(self) -> None:
        while not self.account.background.stopping.is_set():
            self._wake.wait(TICK_SECONDS)
            self._wake.clear()
            try:
                self.look()
            except Exception:
                log.exception("alarms could not be evaluated")
