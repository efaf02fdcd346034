"""What holds for a site at a time: all well, unless a fault is in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.aws.ports import Faults
    from sandbox.workload.deployment import Deployment


@dataclass(frozen=True)
class Conditions:
    """A site's circumstances. The defaults are those of a good day."""

    slow: bool = False  # answers take about two seconds
    failing: bool = False  # every seventh answer is an error
    busy: bool = False  # the instances compute at their limit
    deserted: bool = False  # nobody visits
    complaining: bool = False  # the web servers log errors
    shouting: bool = False  # some visitors call themselves an error
    application_logs: bool = True
    access_logs: bool = True
    unhealthy: str | None = None  # the target that fails its health checks
    silent: str | None = None  # the instance whose agent sends no logs
    impaired: str | None = None  # the instance that fails its status checks


GOOD_DAY = Conditions()


def conditions_at(faults: Faults, site: Deployment, at: float) -> Conditions:
    """The circumstances of a site at a time (epoch seconds)."""
    if not faults.concern(site.environment):
        return GOOD_DAY

    def holds(fault: str) -> bool:
        return faults.in_force(fault, site.environment, at)

    return Conditions(
        slow=holds("slow-responses"),
        failing=holds("high-error-rate") or holds("brief-errors"),
        busy=holds("high-cpu"),
        deserted=holds("no-traffic") or holds("brief-outage"),
        complaining=holds("errors-in-logs"),
        shouting=holds("error-user-agent"),
        application_logs=not holds("logs-silent"),
        access_logs=not holds("access-logs-silent"),
        unhealthy=min(site.targets, default=None) if holds("target-unhealthy") else None,
        silent=min(site.instances, default=None) if holds("instance-silent") else None,
        impaired=min(site.instances, default=None) if holds("instance-impaired") else None,
    )
