"""What holds for a site at a time: all well, unless a fault is in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.aws.ports import FAULTS

if TYPE_CHECKING:
    from sandbox.core.account import Account
    from sandbox.workload.deployment import Deployment


@dataclass(frozen=True)
class Conditions:
    """A site's circumstances. The defaults are those of a good day; a fault goes beyond the configured limits."""

    slow: float = 0.0  # seconds that each answer takes longer
    failing: int = 0  # every how manieth answer is an error
    busy: float = 0.0  # percent of CPU that the instances compute at, at least
    deserted: bool = False  # nobody visits
    complaining: bool = False  # the web servers log errors
    shouting: bool = False  # some visitors call themselves an error
    application_logs: bool = True
    access_logs: bool = True
    unhealthy: str | None = None  # the target that fails its health checks
    silent: str | None = None  # the instance whose agent sends no logs
    impaired: str | None = None  # the instance that fails its status checks


GOOD_DAY = Conditions()
_SLOW, _BUSY = 1.6, 91.0  # seconds, percent; or more, where more is allowed
_FAILING = 7


def _failing(limit: float) -> int:
    """Every seventh answer, or as many as it takes to be twice as many as are allowed."""
    return max(1, min(_FAILING, int(100 / (2 * limit))))


def conditions_at(account: Account, site: Deployment, at: float) -> Conditions:
    """The circumstances of a site at a time (epoch seconds)."""
    faults, limits = account.reach(FAULTS), account.configured.of(site.environment).limits
    if not faults.concern(site.environment):
        return GOOD_DAY

    def holds(fault: str) -> bool:
        return faults.in_force(fault, site.environment, at)

    return Conditions(
        slow=_SLOW * max(1, limits.response_time_seconds) * holds("slow-responses"),
        failing=_failing(limits.error_rate_percent) * (holds("high-error-rate") or holds("brief-errors")),
        busy=max(_BUSY, (limits.cpu_percent + 100) / 2) * holds("high-cpu"),
        deserted=holds("no-traffic") or holds("brief-outage"),
        complaining=holds("errors-in-logs"),
        shouting=holds("error-user-agent"),
        application_logs=not holds("logs-silent"),
        access_logs=not holds("access-logs-silent"),
        unhealthy=min(site.targets, default=None) if holds("target-unhealthy") else None,
        silent=min(site.instances, default=None) if holds("instance-silent") else None,
        impaired=min(site.instances, default=None) if holds("instance-impaired") else None,
    )
