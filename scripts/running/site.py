"""Where a release is carried on: one stack with its clients, its repository, its ledger, and whoever is told."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from scripts import streams
from scripts.gate.opening import DevAsked, open_dev
from scripts.runs import Asked
from sop.names import RUNNER_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from scripts.announcing.announce import Desk
    from scripts.errors import ReleaseError
    from scripts.gate.dev import Dev
    from scripts.ledger.ledger import Ledger
    from scripts.watching.opening import Opened
    from sop.outputs import StackOutputs

sleep = time.sleep


@dataclass
class Site:
    """A stack and all that is acted through.

    Attributes:
        opened: its clients, its calendar, and what watches its executions.
        asked: what the person asked for.
        ledger: of the stack, as written by who asks.
        desk: where it is announced; None: nobody is to be told.
        dev: the stack that changes come from; `no_dev` says why it cannot be looked at.
        wait: whether to stay where only time is missing, and how long at most; None: not.
    """

    opened: Opened
    asked: Asked
    ledger: Ledger
    desk: Desk | None
    dev: Dev | None
    no_dev: ReleaseError | None
    wait: timedelta | None = None

    @property
    def outputs(self) -> StackOutputs:
        return self.opened.known

    @property
    def runner(self) -> str | None:
        """The project that does what follows the merge, where that is not who asks."""
        configured = self.outputs.runner.project_name if self.outputs.runner else None
        return None if configured == os.environ.get(RUNNER_VARIABLE) else configured


def opened(asked: Asked, folder: Path | None, dev: DevAsked, wait: timedelta | None) -> Site:
    """Ask AWS who asks, and open all of it.

    Raises:
        ReleaseError: it cannot be.
    """
    from scripts.announcing.announce import Desk
    from scripts.channels.opening import channels_of
    from scripts.ledger.ledger import Ledger
    from scripts.ledger.opening import open_store
    from scripts.watching.opening import opened as watched

    pause: Callable[[float], None] = sleep
    found = watched(asked, pause)
    known = found.known
    store = open_store(known, folder, found.aws, streams.say)
    ledger = Ledger(store, found.calendar.by, found.clock.now)
    desk = Desk(known, ledger, channels_of(known, found.aws)) if known.announcements else None
    return Site(found, asked, ledger, desk, *open_dev(dev, asked, known, found.clock), wait)
