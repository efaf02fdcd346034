"""The report for a person: what is wrong, and what to do about it, at a glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TextIO

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from scripts.results import Report, Result, Status
from scripts.text import count, span

STYLES = {
    Status.PASS: "green",
    Status.FAIL: "bold red",
    Status.INCONCLUSIVE: "yellow",
    Status.ERROR: "magenta",
    Status.SKIPPED: "dim",
}
# Below this many columns a table's last column is too narrow to read.
NARROW = 72


def write(report: Report, target: TextIO) -> None:
    console = Console(file=target, highlight=False, markup=False, emoji=False)
    for part in _parts(report, console.width):
        console.print(part)


def _parts(report: Report, width: int) -> Iterator[RenderableType]:
    yield _heading(report)
    yield ""
    yield from _list(report) if width < NARROW else [_table(report)]
    wrong = [result for result in report.checks if result.fix]
    if wrong:
        yield ""
        yield Text("What to do", style="bold")
    for result in wrong:
        yield ""
        yield from _details(result)
    yield ""
    yield _verdict(report)


def _heading(report: Report) -> Text:
    execution = report.execution_id or "none"
    revision = (report.revision or "unknown")[:12]
    return Text(f"{report.stack}  execution {execution}  revision {revision}", style="bold")


def _table(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("Result", no_wrap=True)
    table.add_column("SOP", no_wrap=True)
    table.add_column("Check", no_wrap=True)
    table.add_column("Observed", ratio=1, overflow="fold")
    for result in report.checks:
        table.add_row(_status(result.status), result.sop, result.id, Text(result.headline))
    return table


def _list(report: Report) -> Iterator[RenderableType]:
    for result in report.checks:
        yield _status(result.status) + Text(f" {result.id} ({result.sop})")
        yield Padding(Text(result.headline, overflow="fold"), (0, 0, 0, 2))


def _details(result: Result) -> Iterator[RenderableType]:
    yield _status(result.status) + Text(f" {result.id} ({result.sop}) {result.title}")
    for label, text in (("observed", result.observed), ("expected", result.expected), ("fix", result.fix)):
        row = Table.grid(padding=(0, 1, 0, 0))
        row.add_column(width=len("observed"), no_wrap=True, style="dim")
        row.add_column(ratio=1, overflow="fold")
        row.add_row(label, Text(text))
        yield Padding(row, (0, 0, 0, 2))


def _verdict(report: Report) -> Text:
    counts = Counter(result.status for result in report.checks)
    each = ", ".join(f"{counts[status]} {status}" for status in Status if counts[status])
    took = span(report.finished_at - report.started_at)
    calls = count(report.api_calls, "API call")
    return _status(report.verdict) + Text(f"  {each or 'no checks'}; {calls}, {took}")


def _status(status: Status) -> Text:
    return Text(status.value, style=STYLES[status])
