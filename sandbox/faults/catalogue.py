"""Every fault, by name."""

from __future__ import annotations

from sandbox.faults import alerts, api, by_hand, groups, metrics, monitoring, others, pipeline, sites, stack
from sandbox.faults.fault import Fault

_ALL = (
    *pipeline.FAULTS,
    *others.FAULTS,
    *stack.FAULTS,
    *by_hand.FAULTS,
    *sites.FAULTS,
    *groups.FAULTS,
    *monitoring.FAULTS,
    *alerts.FAULTS,
    *metrics.FAULTS,
    *api.FAULTS,
)
CATALOGUE: dict[str, Fault] = {fault.name: fault for fault in _ALL}
