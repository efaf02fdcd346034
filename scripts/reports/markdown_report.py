"""The report as Markdown for a pull request, a release record or the summary of a GitHub job: compact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from scripts.reports.markup import markdown, markdown_cell
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

SIGNS = {
    Status.PASS: "✅",
    Status.FAIL: "❌",
    Status.INCONCLUSIVE: "❔",
    Status.ERROR: "⚠️",
    Status.SKIPPED: "⏭️",
}


def write(report: Report, target: TextIO) -> None:
    target.writelines(f"{line}\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield f"### {SIGNS[report.verdict]} {report.decision}: {subject(report)}"
    yield ""
    pins = [f"{label} `{value}`" for label, value in pinned_to(report)]
    yield " · ".join((*pins, tally(report), effort(report)))
    if report.outlook:
        yield ""
        yield markdown(report.outlook)
    where = [f"{label} `{value}`" for label, value in located(report)]
    links = [f"[{label}]({link})" for label, link in report.place.links.items()]
    if where or links:
        yield ""
        yield " · ".join((*where, *links))
    if report.checks:
        yield ""
        yield "| Result | SOP | Check | Observed |"
        yield "| --- | --- | --- | --- |"
    for result in report.checks:
        sign = f"{SIGNS[result.status]} {result.status}"
        yield f"| {sign} | {result.sop} | `{result.id}` | {markdown_cell(result.headline)} |"
    wrong = to_do(report)
    if wrong:
        yield ""
        yield "**What to do**"
        yield ""
    for number, alike in enumerate(wrong, start=1):
        yield from _step(number, alike)
    if notes := remarks(report):
        yield ""
        yield "**Remarks**"
        yield ""
    yield from (f"- `{result.id}` {'<br>'.join(map(markdown, lines))}" for result, lines in notes)
    yield ""


def _step(number: int, alike: list[Result]) -> Iterator[str]:
    first, *_ = alike
    names = ", ".join(f"`{one.id}`" for one in alike)
    head = f"{number}. "
    yield f"{head}**{names}** {markdown(first.fix)}"
    inner = " " * len(head)
    for label, said in (("observed", observations(alike)), ("expected", expectations(alike))):
        if said:
            yield f"{inner}- {label}: {'<br>'.join(markdown(one) for one in said)}"
