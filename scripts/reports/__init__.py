"""How a report leaves the command. A new format is a module with `write(report, target)` and a line here."""

from __future__ import annotations

import re
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Protocol, TextIO, cast

from scripts.results import Report

BEGINNING = 8_192  # bytes in which a report says that it is one
_OURS = re.compile(
    rb'"schema":\s*\d+,\s*"command":|<testsuites name="release |<title>[A-Z-]+: release |^### .{1,12}[A-Z]+: release '
    rb"|^Result +SOP +Check|^[A-Z]+ run \(|^(?:PASS|FAIL|INCONCLUSIVE|ERROR|SKIPPED) +[a-z-]+ \(\d\.\d\)",
    re.MULTILINE,
)


class Format(StrEnum):
    """Formats, by the name of the module that writes them."""

    TABLE = "table"
    JSON = "json"
    JUNIT = "junit"
    MARKDOWN = "markdown"
    HTML = "html"


class Writer(Protocol):
    """Writes the whole report to an open text file or the terminal."""

    def __call__(self, report: Report, target: TextIO) -> None: ...


def writer(report_format: Format) -> Writer:
    """The format's writer; its module, and what that needs, is imported only now."""
    module = import_module(f"scripts.reports.{report_format.value}_report")
    return cast("Writer", module.write)


def is_report(path: Path) -> bool:
    """Whether a report of this command stands in the file, or nothing yet; somebody else's file is not ours to replace.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        beginning = file.read(BEGINNING)
    return not beginning.strip() or _OURS.search(beginning) is not None
