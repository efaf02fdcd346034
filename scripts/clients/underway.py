"""Which calls are out, and how many were answered before: how far a run has come that nobody waits for any longer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from scripts.text import count, listing, span

if TYPE_CHECKING:
    from botocore.hooks import BaseEventHooks
    from botocore.model import OperationModel


class Underway:
    """Of one run's calls. Safe to use from several threads."""

    def __init__(self) -> None:
        self._out: dict[int, tuple[str, float]] = {}
        self._answered: Counter[str] = Counter()
        self._lock = Lock()

    def listen(self, events: BaseEventHooks) -> None:
        """Hear of all calls that these events tell of."""
        events.register_first("before-call", self._sent)
        events.register("after-call", self._ended)
        events.register("after-call-error", self._ended)

    def told(self, operations: Iterable[str]) -> str:
        """How far calls of these operations have come, in a sentence without a full stop; empty if none was made."""
        wanted = set(operations)
        with self._lock:
            out = [(name, began) for name, began in self._out.values() if name in wanted]
            answered = {name: self._answered[name] for name in sorted(wanted) if self._answered[name]}
        before = listing([f"{count(number, 'answer')} to {name}" for name, number in answered.items()])
        if not out:
            return f"it went on after {before}" if before else ""
        name, began = min(out, key=lambda one: one[1])
        waited = span(timedelta(seconds=monotonic() - began))
        return f"AWS has not answered {name} for {waited}" + (f", after {before}" if before else "")

    def _sent(self, model: OperationModel, context: dict[str, Any], **_: Any) -> None:
        with self._lock:
            self._out[id(context)] = model.name, monotonic()

    def _ended(self, context: dict[str, Any], **_: Any) -> None:
        with self._lock:
            name, _began = self._out.pop(id(context), ("", 0.0))
            self._answered[name] += 1
