"""One life for each resource type."""

from __future__ import annotations

from tests.sandbox.plugins.cases import access, alerts, delivery, logs, monitoring, scheduling, secrets, storage
from tests.sandbox.plugins.cases.case import Case

CASES: dict[str, Case] = {
    **access.CASES,
    **alerts.CASES,
    **delivery.CASES,
    **logs.CASES,
    **monitoring.CASES,
    **secrets.CASES,
    **scheduling.CASES,
    **storage.CASES,
}
