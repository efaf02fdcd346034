"""What a check declares, and the register of all checks.

The declaration is the only place that knows a check; whatever speaks of checks is made from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from scripts.results import Outcome

# What a check looks through: Context for those of a deployed stack, Workspace for those of templates.
C = TypeVar("C")
CheckFunction = Callable[[C], Outcome]


@dataclass(frozen=True)
class Check(Generic[C]):
    """One thing that the SOP asks to look at.

    Attributes:
        id: stable name, in reports and on the command line.
        sop: section of the SOP, `4.3` say.
        title: what is looked at.
        why: what goes wrong for those who do not look.
        expected: what good looks like.
        fix: what to do when it is not so; an outcome may know better.
        permissions: IAM actions of every AWS call it makes.
        runbook: page of this repository to follow.
        run: asks AWS through the context and judges.
    """

    id: str
    sop: str
    title: str
    why: str
    expected: str
    fix: str
    permissions: tuple[str, ...]
    runbook: str
    run: CheckFunction[C]


_register: dict[str, Check[Any]] = {}


def check(
    *,
    id: str,
    sop: str,
    title: str,
    why: str,
    expected: str,
    fix: str,
    permissions: tuple[str, ...],
    runbook: str,
) -> Callable[[CheckFunction[C]], Check[C]]:
    """Register the decorated function as a check.

    Raises:
        ValueError: another check has that id.
    """

    def register(run: CheckFunction[C]) -> Check[C]:
        if id in _register:
            raise ValueError(f"two checks are called {id}")
        declared = Check(
            id=id,
            sop=sop,
            title=title,
            why=why,
            expected=expected,
            fix=fix,
            permissions=permissions,
            runbook=runbook,
            run=run,
        )
        _register[id] = declared
        return declared

    return register


def registered() -> tuple[Check[Any], ...]:
    """The checks registered so far, in the order in which that happened."""
    return tuple(_register.values())
