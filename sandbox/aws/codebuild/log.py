"""A build's log: its lines on their way into CloudWatch Logs, in the order they were written."""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import Any

from sandbox.aws.ports import LogLines


class BuildLog:
    """Lines are handed over in batches by a thread of its own, so that no build waits for its log."""

    def __init__(self, logs: LogLines, client: Any, group: str, stream: str) -> None:
        self._logs = logs
        self._group = group
        self._stream = stream
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):
            client.create_log_group(logGroupName=group)
        self._writer = threading.Thread(target=self._write, name=f"log {stream}", daemon=True)
        self._writer.start()

    def __call__(self, line: str) -> None:
        self._lines.put(line)

    def close(self) -> None:
        """Returns when everything is written."""
        self._lines.put(None)
        self._writer.join()

    def _write(self) -> None:
        ended = False
        while not ended:
            batch = [self._lines.get()]
            while not self._lines.empty():
                batch.append(self._lines.get())
            ended = None in batch
            messages = [line for line in batch if line is not None]
            if messages:
                self._logs.append(self._group, self._stream, messages)
