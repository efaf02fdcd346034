"""The deployed web infrastructure as a running site: visitors, metrics, logs and an answer over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sandbox.workload.workload import Workload

if TYPE_CHECKING:
    from sandbox.world import World

_workloads: WeakKeyDictionary[World, Workload] = WeakKeyDictionary()


def workload_of(world: World) -> Workload:
    """The one workload of a world."""
    workload = _workloads.get(world)
    return workload if workload is not None else _workloads.setdefault(world, Workload(world))
