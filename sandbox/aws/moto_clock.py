"""moto's time is the sandbox's time: when an instance was launched, an object stored, a log stream written."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING

from moto.core import utils

if TYPE_CHECKING:
    from sandbox.core.clock import Clock

_real_now = utils.utcnow


def let_moto_follow(clock: Clock | None) -> None:
    """Let everything that moto puts a time on have this clock's; real time again with None.

    moto has one function for it, which its modules import by name, many of them only when they are first used.
    """

    def now() -> datetime:
        return _real_now() if clock is None else clock.now().replace(tzinfo=None)

    before = utils.utcnow
    utils.utcnow = now
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.") and getattr(module, "utcnow", None) is before:
            module.utcnow = now  # pyright: ignore[reportAttributeAccessIssue]
