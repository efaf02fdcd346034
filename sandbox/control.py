"""The control API under /_sandbox/: how `sandbox push`, `fault`, … act in the running sandbox."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Generator, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from sandbox.world import World

log = logging.getLogger("sandbox.control")

# A command yields the lines a person reads and returns its exit code (None is 0).
# One that would be silent for long yields STILL_AT_IT, which nobody reads: it ends there when its caller is gone.
STILL_AT_IT = ""
Lines = Generator[str, None, int | None]

COMMANDS = {
    "push": "sandbox.commands.push:push",
    "approve": "sandbox.commands.approve:approve",
    "comment": "sandbox.commands.comment:comment",
    "clock": "sandbox.commands.clock:clock",
    "pass": "sandbox.commands.passing:let_pass",
    "status": "sandbox.commands.status:status",
    "fault": "sandbox.commands.fault:fault",
    "heal": "sandbox.commands.fault:heal",
    "faults": "sandbox.commands.fault:faults",
    "confirm": "sandbox.commands.confirm:confirm",
    "outbox": "sandbox.commands.outbox:outbox",
    "decisions": "sandbox.commands.decisions:decisions",
    "take-role": "sandbox.commands.roles:take_role",
}


class CommandError(Exception):
    """A command that cannot be carried out; the message says what to do. Exit code 2."""


class Control:
    """Answers /_sandbox/run, /_sandbox/ping and /_sandbox/stop."""

    def __init__(self, world: World, stop: Callable[[], None]) -> None:
        self._world = world
        self._stop = stop

    def answer(self, request: Request) -> Response:
        action = request.path.removeprefix("/_sandbox/")
        if action == "ping":
            return Response("pong\n")
        if action == "stop" and request.method == "POST":
            self._stop()
            return Response("stopping\n")
        if action == "run" and request.method == "POST":
            asked = json.loads(request.get_data())
            lines = self._run(asked["command"], asked.get("arguments", {}))
            return Response(lines, content_type="application/x-ndjson", direct_passthrough=True)
        return Response("no such control\n", status=404)

    def _run(self, command: str, arguments: dict[str, Any]) -> Iterator[bytes]:
        """The command's lines as they come, and its exit code last: one JSON object a line."""
        code = 0
        try:
            module, name = COMMANDS[command].split(":")
            run: Callable[..., Lines] = getattr(import_module(module), name)
            lines = run(self._world, **arguments)
            while True:
                line = next(lines)
                yield _line() if line == STILL_AT_IT else _line(line=line)
        except StopIteration as end:
            code = end.value or 0
        except CommandError as error:
            yield _line(error=str(error))
            code = 2
        except Exception as error:
            log.exception("sandbox %s failed", command)
            told = f"{type(error).__name__}: {error}"
            yield _line(error=f"the sandbox itself failed: {told} (see its log, {self._world.paths.log})")
            code = 1
        yield _line(exit=code)


def _line(**content: Any) -> bytes:
    return (json.dumps(content) + "\n").encode()
