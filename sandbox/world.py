"""The one world that everything in a sandbox lives in: an account, its services, its sites and its faults."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from sandbox.aws.ports import FAULTS, SITES
from sandbox.configured import SAMPLE, Configured
from sandbox.core.account import Account
from sandbox.faults import Faults
from sandbox.messaging.slack import Slack
from sandbox.messaging.status_page import StatusPage
from sandbox.workload.workload import Workload

if TYPE_CHECKING:
    from sandbox.core.clock import Clock
    from sandbox.paths import Paths


class World(Account):
    """One sandbox, put together: whoever reads a single service need not know it."""

    def __init__(
        self, paths: Paths, endpoint: str, clock: Clock | None = None, configured: Configured = SAMPLE
    ) -> None:
        super().__init__(paths, endpoint, clock, configured)
        self.offer(FAULTS.name, lambda: self.faults)
        self.offer(SITES.name, lambda: self.workload)

    @cached_property
    def faults(self) -> Faults:
        return Faults(self)

    @cached_property
    def slack(self) -> Slack:
        return Slack(self)

    @cached_property
    def status_page(self) -> StatusPage:
        return StatusPage(self)

    @cached_property
    def workload(self) -> Workload:
        """The deployed sites."""
        return Workload(self)
