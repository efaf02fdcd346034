"""Every fault, by name and by kind."""

from __future__ import annotations

from sandbox.faults import alerts, api, by_hand, groups, messaging, metrics, monitoring, others, pipeline, sites, stack
from sandbox.faults.fault import Fault

_PARTS = (
    pipeline.FAULTS,
    others.FAULTS,
    stack.FAULTS,
    by_hand.FAULTS,
    sites.FAULTS,
    groups.FAULTS,
    monitoring.FAULTS,
    alerts.FAULTS,
    metrics.FAULTS,
    api.FAULTS,
    messaging.FAULTS,
)
CATALOGUE: dict[str, Fault] = {fault.name: fault for part in _PARTS for fault in part}
# Of one kind are the faults of one part that one check is to find.
KINDS: tuple[tuple[str, ...], ...] = tuple(
    tuple(fault.name for fault in part if fault.check == check)
    for part in _PARTS
    for check in dict.fromkeys(fault.check for fault in part)
)
