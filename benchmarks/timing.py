"""How long things take, as medians of turns taken one after another."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping

TURNS = 5


def seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def taking_turns(sides: Mapping[str, Callable[[], object]], turns: int = TURNS) -> dict[str, float]:
    """The median of each side in seconds; every side runs once before, to be warm, and once in each turn."""
    for action in sides.values():
        action()
    timed = [{name: seconds(action) for name, action in sides.items()} for _ in range(turns)]
    return {name: statistics.median(turn[name] for turn in timed) for name in sides}
