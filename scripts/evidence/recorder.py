"""Listens to botocore, and makes a Call of each call: what was asked, what was answered, how long it took."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Any

from scripts.evidence.calls import Call, note

if TYPE_CHECKING:
    from botocore.hooks import BaseEventHooks
    from botocore.model import OperationModel

# Where a call waits for its end in what botocore carries along with it.
SLOT = "release_call"
METADATA = "ResponseMetadata"
# Of a response's metadata; its headers are nobody's evidence.
KEPT_METADATA = ("RequestId", "HTTPStatusCode", "RetryAttempts")


class Recorder:
    """Hands each call to `keep` when it has ended, and if it is `scoped` notes it for the check that asks."""

    def __init__(self, keep: Callable[[Call], None], clock: Callable[[], datetime], *, scoped: bool = True) -> None:
        self._keep = keep
        self._clock = clock
        self._scoped = scoped

    def listen(self, events: BaseEventHooks) -> None:
        """Hear of all calls that these events tell of."""
        events.register("before-parameter-build", self._asked)
        events.register_first("before-call", self._sent)
        events.register("after-call", self._answered)
        events.register("after-call-error", self._broken)

    def _asked(self, params: dict[str, Any], model: OperationModel, context: dict[str, Any], **_: Any) -> None:
        call = Call(model.service_model.service_name, model.name, dict(params), self._clock())
        context[SLOT] = call, monotonic()
        if self._scoped:
            note([call])

    def _sent(self, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        call, _began = context[SLOT]
        call.endpoint = str(params.get("url", ""))

    def _answered(self, http_response: Any, parsed: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        call, began = context[SLOT]
        metadata = parsed.get(METADATA, {})
        call.http_status = http_response.status_code
        call.response = {
            **{name: value for name, value in parsed.items() if name != METADATA},
            METADATA: {name: metadata[name] for name in KEPT_METADATA if name in metadata},
        }
        self._end(call, began)

    def _broken(self, exception: Exception, context: dict[str, Any], **_: Any) -> None:
        call, began = context[SLOT]
        call.problem = f"{type(exception).__name__}: {exception}"
        self._end(call, began)

    def _end(self, call: Call, began: float) -> None:
        call.seconds = round(monotonic() - began, 3)
        self._keep(call)
