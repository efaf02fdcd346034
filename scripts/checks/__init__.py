"""The checks of the procedure, one module a group of SOP sections. Importing this package registers none of them."""

from __future__ import annotations

from importlib import import_module

from scripts.checks.framework import Check, registered

MODULES = (
    "templates",
    "pipeline",
    "cloudformation",
    "infrastructure",
    "instances",
    "endpoint",
    "dashboard",
    "dashboard_data",
    "monitoring",
    "logs",
)
VERIFY_SECTIONS = ("4.1", "4.2", "4.3", "4.4", "4.5")


def all_checks() -> tuple[Check, ...]:
    """Every check, in the SOP's order."""
    for module in MODULES:
        import_module(f"scripts.checks.{module}")  # its decorators register its checks
    return registered()


def verify_checks() -> tuple[Check, ...]:
    """The checks of `release verify`: SOP 4.1 to 4.5."""
    return tuple(check for check in all_checks() if check.sop in VERIFY_SECTIONS)
