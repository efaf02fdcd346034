"""`sandbox fault`, `sandbox heal` and `sandbox faults`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sandbox.control import CommandError, Lines
from sandbox.faults import Active, FaultError, UnhealedError
from sop.names import Environment

if TYPE_CHECKING:
    from sandbox.world import World


def fault(world: World, name: str, environment: str | None = None) -> Lines:
    """Break one thing in an environment, production unless another is named."""
    try:
        active = world.faults.activate(name, Environment(environment or Environment.PROD))
    except (FaultError, ValueError) as error:
        raise CommandError(str(error)) from error
    yield f"{name}: {active.fault.description} ({active.environment}); `sandbox heal {name}` mends it"
    return None


def heal(world: World, name: str | None = None) -> Lines:
    """Mend one fault, or all that are active."""
    unhealed: Mapping[Active, str] = {}
    try:
        healed = world.faults.heal(name)
    except UnhealedError as error:
        healed, unhealed = error.healed, error.unhealed
    except FaultError as error:
        raise CommandError(str(error)) from error
    for each in healed:
        yield f"{each.fault.name}: mended ({each.environment})"
    for each, why in unhealed.items():
        again = f"`sandbox heal {each.fault.name}` tries the rest again"
        yield f"{each.fault.name}: NOT mended whole ({each.environment}): {why}; {again}"
    if not healed and not unhealed:
        yield "nothing was broken"
    return 1 if unhealed else None


def faults(world: World) -> Lines:
    """The faults that there are, the active ones marked."""
    width = max(len(name) for name in world.faults.known)
    for name, known in world.faults.known.items():
        where = [each.environment for each in world.faults.list() if each.fault.name == name]
        mark = f"  ACTIVE in {', '.join(where)}" if where else ""
        yield f"{name:<{width}}  {known.description} (check: {known.check}){mark}"
    return None
