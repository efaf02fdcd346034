"""How a report leaves the command. A new format is a module with `write(report, target)` and a line here."""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module
from typing import Protocol, TextIO, cast

from scripts.results import Report


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
