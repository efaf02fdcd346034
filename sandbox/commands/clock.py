"""`sandbox clock`: what time it is in the sandbox from now on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from sandbox.commands.passing import passed
from sandbox.commands.status import now_shown, window_zone
from sandbox.control import CommandError
from sandbox.core.clock import NOTHING
from sandbox.spans import shown

if TYPE_CHECKING:
    from sandbox.control import Lines
    from sandbox.world import World

REAL = "real"


def clock(world: World, time: str) -> Lines:
    """Let the time until then pass, as `sandbox pass` does; `real` is the real time."""
    wanted = None if time == REAL else _parse(time, window_zone(world) or UTC)

    def left() -> timedelta:
        return wanted - world.clock.now() if wanted else -world.clock.ahead

    span = left()
    if span < NOTHING:
        raise CommandError(
            f"it is {now_shown(world)}, {shown(-span)} later than that, and time does not go back: what has happened "
            "on AWS has happened. `sandbox down` and `sandbox up` begin anew."
        )
    return (yield from passed(world, left))


def _parse(time: str, zone: tzinfo) -> datetime:
    try:
        parsed = datetime.fromisoformat(time)
    except ValueError as error:
        raise CommandError(f"{time!r} is no time: write 2026-12-01T10:30, or `real` for the real one") from error
    return parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=zone)
