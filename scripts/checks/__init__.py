"""The checks of the procedure, one module a group of SOP sections. Importing this package registers none of them."""

from __future__ import annotations

from collections.abc import Collection
from importlib import import_module
from typing import TYPE_CHECKING, Any

from scripts.checks.framework import Check, registered
from sop.names import Environment

if TYPE_CHECKING:
    from scripts.checks.context import Context
    from scripts.gate.context import GateContext

# A command imports those whose checks it runs, and no others: to read a template's configuration takes a parser.
OF_TEMPLATES = ("scripts.checks.templates",)
OF_PROMOTION = ("scripts.checks.promotion",)
OF_A_DEPLOYMENT = (
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
)
OF_AN_OBSERVATION = ("scripts.observe.checks",)
OF_A_GATE = tuple(
    f"scripts.gate.checks.{module}"
    for module in ("flow", "review", "people", "promotion", "ready", "announcement", "calendar", "rollback")
)
MODULES = (*OF_TEMPLATES, *OF_PROMOTION, *OF_A_GATE, *OF_A_DEPLOYMENT, *OF_AN_OBSERVATION)
# Of dev's gate, which asks for one approval and for no operations manager (SOP 1.2, 3.4).
OF_DEVS_GATE = ("merge-flow", "review-checklist", "rollback-plan", "approvals", "lint-status", "window")
# What SOP 3.3 calls application functionality; 4.3 asks the same.
FUNCTIONALITY = ("target-health", "endpoint")


def all_checks() -> tuple[Check[Any], ...]:
    """Every check, in the SOP's order. They look at different things: to list and explain, not to run."""
    return _declared_in(MODULES)


def verify_checks() -> tuple[Check[Context], ...]:
    """The checks of `release verify`: SOP 4.1 to 4.5."""
    return _declared_in(OF_A_DEPLOYMENT)


def promotion_checks() -> tuple[Check[Context], ...]:
    """The checks of `release verify --for-promotion`: SOP 3.3, and whether the application works."""
    found = _declared_in((*OF_PROMOTION, "scripts.checks.infrastructure", "scripts.checks.endpoint"))
    return tuple(check for check in found if check.run.__module__ in OF_PROMOTION or check.id in FUNCTIONALITY)


def gate_checks(environment: str) -> tuple[Check[GateContext], ...]:
    """The checks of `release gate`: SOP 1.3, 3.2 to 3.4, 5.1, 6 and 7.2."""
    found = _declared_in(OF_A_GATE)
    return tuple(check for check in found if environment == Environment.PROD or check.id in OF_DEVS_GATE)


def _declared_in(modules: Collection[str]) -> tuple[Check[Any], ...]:
    for module in modules:
        import_module(module)  # its declarations register its checks
    return tuple(sorted((check for check in registered() if check.run.__module__ in modules), key=_place))


def _place(check: Check[Any]) -> tuple[list[int], int]:
    """By SOP section, then as MODULES has it: who was imported first does not show."""
    return [int(part) for part in check.sop.split(".")], MODULES.index(check.run.__module__)
