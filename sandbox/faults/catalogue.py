"""Every fault, by name."""

from __future__ import annotations

from sandbox.faults import api, monitoring, sites
from sandbox.faults.fault import Fault

CATALOGUE: dict[str, Fault] = {fault.name: fault for fault in (*sites.FAULTS, *monitoring.FAULTS, *api.FAULTS)}
