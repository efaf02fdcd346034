"""The checks of the procedure, one module a group of SOP sections. Importing this package registers none of them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from scripts.checks.framework import Check, registered

if TYPE_CHECKING:
    from scripts.checks.context import Context

MODULES = (
    "scripts.checks.templates",
    "scripts.checks.promotion",
    "scripts.checks.pipeline",
    "scripts.checks.cloudformation",
    "scripts.checks.infrastructure",
    "scripts.checks.instances",
    "scripts.checks.endpoint",
    "scripts.checks.dashboard",
    "scripts.checks.dashboard_data",
    "scripts.checks.monitoring",
    "scripts.checks.subscriptions",
    "scripts.checks.logs",
    "scripts.checks.access_logs",
    "scripts.observe.checks",
)
PROMOTION_SECTION = "3.3"
# What SOP 3.3 calls application functionality; 4.3 asks the same.
FUNCTIONALITY = ("target-health", "endpoint")
VERIFY_SECTIONS = ("4.1", "4.2", "4.3", "4.4", "4.5")


def all_checks() -> tuple[Check[Any], ...]:
    """Every check, in the SOP's order. They look at different things: to list and explain, not to run."""
    for module in MODULES:
        import_module(module)  # its declarations register its checks
    return tuple(sorted(registered(), key=_place))


def verify_checks() -> tuple[Check[Context], ...]:
    """The checks of `release verify`: SOP 4.1 to 4.5."""
    return tuple(check for check in all_checks() if check.sop in VERIFY_SECTIONS)


def promotion_checks() -> tuple[Check[Context], ...]:
    """The checks of `release verify --for-promotion`: SOP 3.3, and whether the application works."""
    return tuple(check for check in all_checks() if check.sop == PROMOTION_SECTION or check.id in FUNCTIONALITY)


def _place(check: Check[Any]) -> tuple[list[int], int]:
    """By SOP section, then as MODULES has it: who was imported first does not show."""
    return [int(part) for part in check.sop.split(".")], MODULES.index(check.run.__module__)
