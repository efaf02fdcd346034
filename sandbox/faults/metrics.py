"""Faults of metrics: CloudWatch lacks data that it would have, and everything that reads it sees that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.aws.cloudwatch.store import MINUTE, Metric
from sandbox.faults.fault import Active, Fault, Undo
from sandbox.faults.sites import deployment_of
from sandbox.workload.metrics import EC2, is_of_site
from sandbox.workload.workload import WORKLOAD

if TYPE_CHECKING:
    from sandbox.core.account import Account

SILENT_METRIC = "StatusCheckFailed"
PATCHY_METRIC = "CPUUtilization"
EVERY, LASTING = 30 * MINUTE, 10 * MINUTE  # a gap begins with every half hour's tenth minute


def _never(account: Account, active: Active) -> Undo:
    """EC2's status checks of the group's instances never arrived, not even before the fault began."""
    site = deployment_of(account, active.environment)

    def withheld(metric: Metric, _: int) -> bool:
        return (metric.namespace, metric.name) == (EC2, SILENT_METRIC) and is_of_site(metric, site)

    account.reach(WORKLOAD).advance()
    return account.service("cloudwatch").store.withhold(withheld)


def _with_gaps(account: Account, active: Active) -> Undo:
    """Ten minutes of every half hour are missing, so that the last hour has a gap whenever one looks."""
    site = deployment_of(account, active.environment)
    since = active.since.timestamp()

    def withheld(metric: Metric, minute: int) -> bool:
        gap = minute >= since and LASTING <= minute % EVERY < 2 * LASTING
        return gap and (metric.namespace, metric.name) == (EC2, PATCHY_METRIC) and is_of_site(metric, site)

    account.reach(WORKLOAD).advance()
    return account.service("cloudwatch").store.withhold(withheld)


FAULTS = (
    Fault("widget-without-data", "EC2 reports no status checks to CloudWatch", "dashboard-data", _never),
    Fault("metric-gap", "ten minutes of every half hour's CPU utilisation are missing", "dashboard-data", _with_gaps),
)
