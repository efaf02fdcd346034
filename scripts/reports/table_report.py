"""The report for a person: what is wrong, and what to do about it, at a glance."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from textwrap import TextWrapper
from typing import TextIO

from rich.console import Console
from rich.text import Text

from scripts.reports.summary import (
    effort,
    expectations,
    located,
    observations,
    pinned_to,
    remarks,
    subject,
    tally,
    to_do,
)
from scripts.results import Report, Result, Status
from scripts.text import printable

STYLES = {
    Status.PASS: "green",
    Status.FAIL: "bold red",
    Status.INCONCLUSIVE: "yellow",
    Status.ERROR: "magenta",
    Status.SKIPPED: "dim",
}
# Below this many columns the last column of a table is too narrow to read.
NARROW = 72
STATUS_WIDTH = max(len(status) for status in Status)
LABEL_WIDTH = len("observed")
COMMAND = re.compile("`[^`]+`")
UNBROKEN = "\N{NO-BREAK SPACE}"


def write(report: Report, target: TextIO) -> None:
    # FORCE_COLOR is meant for what is looked at, not for what is kept
    looked_at = None if target is sys.stdout or target.isatty() else False
    console = Console(file=target, force_terminal=looked_at, highlight=False, markup=False, emoji=False)
    for line in _lines(report, console.width):
        # already wrapped; a link that is longer than the line stays whole, and so can be followed
        console.print(line, soft_wrap=True)


def _lines(report: Report, width: int) -> Iterator[Text]:
    yield from _heading(report, width)
    yield Text()
    yield from _list(report, width) if width < NARROW else _table(report, width)
    wrong = to_do(report)
    if wrong:
        yield Text()
        yield Text("What to do", style="bold")
    for same in wrong:
        yield Text()
        yield from _details(same, width)
    if notes := remarks(report):
        yield Text()
        yield Text("Remarks", style="bold")
    for result, lines in notes:
        yield Text(f"{result.id} ({result.sop})")
        yield from (Text(f"  {line}") for part in lines for line in _wrap(part, width - 2))
    yield Text()
    yield from _verdict(report, width)


def _heading(report: Report, width: int) -> Iterator[Text]:
    pins = (f"{label} {value}" for label, value in pinned_to(report))
    about = " ".join(filter(None, (report.stack, report.purpose))) or subject(report)
    for line in _wrap("  ".join((about, *pins)), width):
        yield Text(line, style="bold")
    if where := "  ".join(f"{label} {value}" for label, value in located(report)):
        yield from (Text(line, style="dim") for line in _wrap(where, width))


def _table(report: Report, width: int) -> Iterator[Text]:
    longest = max((len(result.id) for result in report.checks), default=0)
    start = f"{'Result':<{STATUS_WIDTH}}  SOP  {'Check':<{longest}}  "
    yield Text(f"{start}Observed", style="dim")
    for result in report.checks:
        first, *rest = _wrap(result.headline, width - len(start))
        yield _status(result.status, STATUS_WIDTH) + f"  {result.sop}  {result.id:<{longest}}  {first}"
        yield from (Text(" " * len(start) + line) for line in rest)


def _list(report: Report, width: int) -> Iterator[Text]:
    for result in report.checks:
        yield _status(result.status) + f" {result.id} ({result.sop})"
        yield from (Text(f"  {line}") for line in _wrap(result.headline, width - 2))


def _details(alike: list[Result], width: int) -> Iterator[Text]:
    first, *_ = alike
    yield from _flagged(first.status, f" {', '.join(f'{one.id} ({one.sop})' for one in alike)}", width)
    observed, expected = "\n".join(observations(alike)), "\n".join(expectations(alike))
    for label, text in (("observed", observed), ("expected", expected), ("fix", first.fix)):
        head = f"  {label:<{LABEL_WIDTH}} "
        for line in (part for paragraph in text.splitlines() for part in _wrap(paragraph, width - len(head))):
            yield Text(head, style="dim") + Text(line, style="none")
            head = " " * len(head)


def _verdict(report: Report, width: int) -> Iterator[Text]:
    yield from _flagged(report.verdict, f"  {tally(report)}; {effort(report)}", width, report.decision)
    if report.outlook:
        yield from map(Text, _wrap(report.outlook, width))


def _flagged(status: Status, text: str, width: int, word: str = "") -> Iterator[Text]:
    word = word or status.value
    first, *rest = _wrap(f"{word}{text}", width)
    yield Text(word, style=STYLES[status], end="") + first.removeprefix(word)
    yield from map(Text, rest)


def _status(status: Status, width: int = 0) -> Text:
    return Text(f"{status.value:<{width}}", style=STYLES[status], end="")


def _wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width`, but for what has to stay whole: a link, and a command in backticks, to be pasted."""
    wrapper = TextWrapper(max(width, 1), break_long_words=False, break_on_hyphens=False, drop_whitespace=True)
    whole = COMMAND.sub(lambda command: command[0].replace(" ", UNBROKEN), printable(text))
    return [line.replace(UNBROKEN, " ") for line in wrapper.wrap(whole)] or [""]
