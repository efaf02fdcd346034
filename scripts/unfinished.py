"""Until a run has its verdict the files of its report say ERROR, and so they do for ever if it never comes to one.

Nobody takes an older PASS for this run's, whatever ends it: wrong usage, a bug, Ctrl-C, `kill -9`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from scripts.errors import ReleaseError
from scripts.files import is_plain, written
from scripts.options import FOR_PROMOTION, Destination, given_evidence, given_outputs
from scripts.reports import is_report, writer
from scripts.results import Report, Result, Status
from scripts.text import utc

CHECK = "run"


def unfinished(command: str, began: datetime, *, purpose: str = "", cause: str = "", fix: str = "") -> Report:
    """The report of a run that has no verdict: what `cause` says, or that it has not ended."""
    observed = cause or f"No verdict: this run, begun at {utc(began)}, goes on still, or was ended before it had one."
    result = Result(
        id=CHECK,
        sop="-",
        title="The run itself",
        status=Status.ERROR,
        observed=observed,
        expected="The run comes to its verdict",
        fix=fix or "Run the same command again.",
        evidence={},
    )
    return Report(command, None, None, None, began, began, 0, (result,), purpose=purpose)


def begin(files: Sequence[Destination], report: Report) -> None:
    """Have each file say so from now on; what cannot be written is told at the end, with the verdict."""
    for destination in files:
        if not destination.appended and is_plain(destination.path):
            try:
                with written(destination.path) as target:
                    writer(destination.format)(report, target)
            except OSError:  # a full disk, say, that has room for no report, nor for an older one
                with suppress(OSError):
                    os.truncate(destination.path, 0)


def end(arguments: Sequence[str], cause: str, fix: str = "") -> None:
    """The run ends without a verdict: have the reports and the evidence that its arguments name say why.

    Args:
        arguments: of the command, right or wrong.
        cause: what ended it.
        fix: what the person does about it.
    """
    command = next((one for one in arguments if not one.startswith("-")), "release")
    purpose = FOR_PROMOTION if "--for-promotion" in arguments else ""
    report = unfinished(command, datetime.now(UTC), purpose=purpose, cause=cause, fix=fix)
    with suppress(OSError, ReleaseError):
        begin([one for one in given_outputs(arguments) if one.path.is_file() and is_report(one.path)], report)
    if kept := [one for one in given_evidence(arguments) if any(one.glob("*.json"))]:
        from scripts.evidence import folder

        for one in kept:
            with suppress(OSError, ReleaseError):
                folder.begin(report, one)
