"""Threads that live as long as the sandbox."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

log = logging.getLogger("sandbox")


class Background:
    """Threads that live as long as the sandbox. They wait on `stopping` instead of sleeping."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._on_stop: list[Callable[[], None]] = []

    def start(self, name: str, run: Callable[[], None]) -> threading.Thread:
        def guarded() -> None:
            try:
                run()
            except Exception:
                log.exception("the background task %s failed", name)

        thread = threading.Thread(target=guarded, name=name, daemon=True)
        thread.start()
        return thread

    def on_stop(self, callback: Callable[[], None]) -> None:
        """Call back at `sandbox down`, to end child processes, say."""
        self._on_stop.append(callback)

    def stop(self) -> None:
        self.stopping.set()
        for callback in self._on_stop:
            try:
                callback()
            except Exception:
                log.exception("stopping %s", callback)
