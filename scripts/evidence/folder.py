"""Evidence as files: one JSON file a check, and one of the run with the calls that no check made."""

from __future__ import annotations

import base64
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from scripts.errors import ConfigurationError
from scripts.evidence.calls import Call
from scripts.evidence.redaction import redacted, redacted_text
from scripts.files import ERRORS, written_privately
from scripts.results import Report, Result
from scripts.text import utc

SCHEMA = 1
COMMANDS = ("verify", "verify-for-promotion", "observe")
BEGINNING = 1_000  # bytes in which a file says whose it is
JOURNAL = "observe.jsonl"
# Nobody but who ran the command reads it: logs and outputs may hold what redaction does not know.
FOLDER_MODE, FILE_MODE = 0o700, 0o600


def prepare(folder: Path) -> None:
    """Make the folder if need be, before anything is asked of AWS.

    Raises:
        ConfigurationError: it cannot be made or written to.
    """
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except FileExistsError:
        raise ConfigurationError(f"--evidence {folder}: it is a file.") from None
    except OSError as problem:
        raise ConfigurationError(f"--evidence {folder}: {problem.strerror}.") from problem


def names() -> set[str]:
    """What evidence calls its files, whichever the command."""
    from scripts.checks import all_checks

    return {JOURNAL, *(f"{name}.json" for name in (*COMMANDS, *(check.id for check in all_checks())))}


def begin(report: Report, folder: Path) -> None:
    """Have what earlier runs of the same command left there say what the report of a run without a verdict says.

    Raises:
        ConfigurationError: the folder cannot be made or written to.
    """
    prepare(folder)
    (result,) = report.checks
    same = json.dumps({"command": report.command, "purpose": report.purpose})[1:-1].encode()
    try:
        for path in folder.glob("*.json"):
            with path.open("rb") as file:
                beginning = b" ".join(file.read(BEGINNING).split())
            if same in beginning and b'"check": ' in beginning:
                _write(path, {**_check(report, result), "check": path.stem})
        _write(folder / f"{_name(report)}.json", _run(report))
    except OSError as problem:
        raise ConfigurationError(f"--evidence {problem.filename or folder}: {problem.strerror}.") from problem


def write(report: Report, folder: Path, *, calls_in: str | None = None) -> None:
    """Write what stands behind the report, over that of an earlier run of the same command.

    Args:
        report: with its calls.
        folder: where to.
        calls_in: the name of the file there that already has the calls.

    Raises:
        OSError: a file cannot be written.
    """
    of_checks = {call.number for result in report.checks for call in result.calls}
    others = [call for call in report.calls if call.number not in of_checks]
    for result in report.checks:
        _write(folder / f"{result.id}.json", {**_check(report, result), **_calls(result.calls, calls_in)})
    _write(folder / f"{_name(report)}.json", {**_run(report), **_calls(others, calls_in)})


def as_data(call: Call) -> dict[str, Any]:
    """A call as evidence has it, secrets included still."""
    return {
        "service": call.service,
        "operation": call.operation,
        "endpoint": call.endpoint,
        "at": call.at,
        "seconds": call.seconds,
        "request": call.request,
        "http_status": call.http_status,
        "response": call.response,
        "problem": call.problem,
    }


def line(call: Call) -> str:
    """A call as one line of JSON, without secrets."""
    return f"{json.dumps(redacted(as_data(call)), ensure_ascii=False, default=_plain)}\n"


@contextmanager
def opened(path: Path, flags: int) -> Iterator[TextIO]:
    """The file, made if need be, to write to; nobody else may read it."""
    descriptor = os.open(path, flags | os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors=ERRORS) as target:
        os.fchmod(descriptor, FILE_MODE)
        yield target


def _name(report: Report) -> str:
    """`verify`, `verify-for-promotion`."""
    return "-".join((report.command, *report.purpose.split()))


def _check(report: Report, result: Result) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "check": result.id,
        "command": report.command,
        "purpose": report.purpose,
        "sop": result.sop,
        "status": result.status.value,
        "observed": result.observed,
        "expected": result.expected,
        **_pins(report),
        "seconds": round(result.seconds, 3),
        "evidence": result.evidence,
    }


def _run(report: Report) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "verdict": report.verdict.value,
        "command": report.command,
        "purpose": report.purpose,
        **_pins(report),
        "api_calls": report.api_calls,
        "checks": {result.id: result.status.value for result in report.checks},
    }


def _pins(report: Report) -> dict[str, Any]:
    return {
        "stack": report.stack,
        "execution_id": report.execution_id,
        "revision": report.revision,
        "started_at": utc(report.started_at),
        "finished_at": utc(report.finished_at),
    }


def _calls(calls: Iterable[Call], elsewhere: str | None) -> dict[str, Any]:
    return {"calls_in": elsewhere} if elsewhere else {"calls": [as_data(call) for call in calls]}


def _write(path: Path, data: dict[str, Any]) -> None:
    with written_privately(path, FILE_MODE) as target:
        json.dump(redacted(data), target, indent=2, ensure_ascii=False, default=_plain)
        target.write("\n")


def _plain(value: Any) -> Any:
    """What JSON has no type for; times to the fraction of a second that AWS gave."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return redacted_text(str(value))
