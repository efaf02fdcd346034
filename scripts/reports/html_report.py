"""The report as one HTML file: no script, nothing loaded from elsewhere; it can be mailed and kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TextIO

from scripts.reports.json_report import plain
from scripts.reports.plots import NOT_JUDGED, plots_of
from scripts.reports.plots_html import figure
from scripts.reports.summary import effort, expectations, located, observations, pinned_to, subject, tally, to_do
from scripts.results import SEVERITY, Report, Result, Status
from scripts.text import utc

STYLE = Path(__file__).with_name("report.css")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
MEANING = {
    Status.PASS: "Everything that was looked at is as the procedure expects.",
    Status.FAIL: "Something is not as the procedure expects.",
    Status.INCONCLUSIVE: "Not proven: some of the data is not there.",
    Status.ERROR: "Not proven: some of it could not be looked at.",
}
# Letters; a page that is to be mailed leaves the rest to the JSON report.
MOST_EVIDENCE = 40_000
CLOSING = "</main>\n</body>\n</html>"
# What a person may follow or copy: links, and what stands in backticks.
MARKED = re.compile(r"(https?://[^\s<>\"'`]+[^\s<>\"'`.,;:)])|`([^`\n]+)`")


def write(report: Report, target: TextIO) -> None:
    target.writelines(f"{line}\n" for line in _page(report))


def _page(report: Report) -> Iterator[str]:
    yield from opening(f"{report.decision}: {subject(report)}")
    yield from _verdict(report)
    yield from _steps(report)
    yield from plots(report)
    yield from checks(report)
    yield CLOSING


def opening(title: str, *more: Path) -> Iterator[str]:
    """The page up to its content; `more` are style sheets beside the reports' own."""
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<link rel="icon" href="data:,">'
    yield f"<title>{escape(title)}</title>"
    yield f"<style>\n{''.join(one.read_text(encoding='utf-8') for one in (STYLE, *more))}</style>"
    yield "</head>"
    yield "<body>"
    yield "<main>"


def _verdict(report: Report) -> Iterator[str]:
    facts = [
        *pinned_to(report),
        *located(report),
        ("checks", tally(report)),
        ("started", utc(report.started_at)),
        ("finished", utc(report.finished_at)),
        ("effort", effort(report)),
    ]
    by_severity = sorted(report.checks, key=lambda one: (*SEVERITY, Status.SKIPPED).index(one.status))
    yield f'<section class="verdict {report.verdict}">'
    yield f'<p class="about">{escape(subject(report))}</p>'
    yield f"<h1>{report.decision}</h1>"
    yield f'<p class="meaning">{MEANING[report.verdict]} {escape(report.outlook)}</p>'
    yield '<div class="bar" aria-hidden="true">'
    yield from (f'<i class="{result.status}"></i>' for result in by_severity)
    yield "</div>"
    yield "<dl>"
    yield from (f"<div><dt>{label}</dt><dd>{escape(value)}</dd></div>" for label, value in facts)
    yield "</dl>"
    if links := report.place.links:
        shown = (f'<a href="{escape(link)}" rel="noreferrer">{escape(label)}</a>' for label, link in links.items())
        yield f'<p class="links">{" · ".join(shown)}</p>'
    yield "</section>"


def _steps(report: Report) -> Iterator[str]:
    steps = to_do(report)
    if not steps:
        return
    yield "<h2>What to do first</h2>"
    yield '<ol class="steps">'
    for alike in steps:
        first, *_ = alike
        names = ", ".join(f'<a href="#{escape(one.id)}">{escape(one.id)}</a> (SOP {one.sop})' for one in alike)
        yield f'<li class="card {first.status}">'
        yield f'<p class="fix">{marked(first.fix)}</p>'
        yield from (f'<p class="what">{marked(observed)}</p>' for observed in observations(alike))
        if expected := expectations(alike):
            yield f'<p class="what">Expected: {marked(" / ".join(expected))}</p>'
        yield f'<p class="names">{first.status}: {names}</p>'
        yield "</li>"
    yield "</ol>"


def plots(report: Report) -> Iterator[str]:
    """What was measured, where the report holds figures over time."""
    measured = [(result, drawn) for result in report.checks if (drawn := plots_of(result))]
    if measured:
        yield "<h2>Measured</h2>"
    for result, drawn in measured:
        judged = any(plot.judged for plot in drawn)
        yield f'<section class="card plots {result.status if judged else ""}">'
        yield "<header>"
        if judged:
            yield f'<span class="badge">{result.status}</span>'
        yield f'<a href="#{escape(result.id)}">{escape(result.title)}</a>'
        yield f'<span class="id">{escape(result.id)} · SOP {escape(result.sop)}</span>'
        yield "</header>"
        if not judged:
            yield f"<p>{marked(NOT_JUDGED)}</p>"
        for plot in drawn:
            yield "<figure>"
            yield from figure(plot)
            yield "</figure>"
        yield "</section>"


def checks(report: Report, title: str = "Checks", *, evidence: bool = True) -> Iterator[str]:
    """Every check with what it saw, and what stands behind it."""
    yield f"<h2>{escape(title)}</h2>"
    if not report.checks:
        yield "<p>No check was made.</p>"
        return
    yield '<section class="card checks">'
    for result in report.checks:
        yield from _check(result, evidence=evidence)
    yield "</section>"


def _check(result: Result, *, evidence: bool) -> Iterator[str]:
    yield f'<article class="check {result.status}" id="{escape(result.id)}">'
    yield "<header>"
    yield f'<span class="badge">{result.status}</span>'
    yield f"<h3>{escape(result.title)}</h3>"
    yield f'<span class="id">{escape(result.id)} · SOP {escape(result.sop)}</span>'
    yield "</header>"
    yield "<dl>"
    for label, text in (("observed", result.observed), ("expected", result.expected), ("fix", result.fix)):
        if text:
            yield f"<dt>{label}</dt><dd>{marked(text)}</dd>"
    yield "</dl>"
    if result.evidence and evidence:
        seen = json.dumps(dict(result.evidence), indent=2, ensure_ascii=False, default=plain)
        if len(seen) > MOST_EVIDENCE:
            seen = f"{seen[:MOST_EVIDENCE]}\n… shortened: `--output json=FILE` has all of it."
        yield f"<details><summary>Evidence</summary><pre>{escape(seen)}</pre></details>"
    yield "</article>"


def marked(text: str) -> str:
    """HTML that shows `text` as it is, with links to follow and commands to copy."""
    parts: list[str] = []
    end = 0
    for found in MARKED.finditer(text):
        parts.append(escape(text[end : found.start()]))
        link, code = (escape(group or "") for group in found.groups())
        parts.append(f'<a href="{link}" rel="noreferrer">{link}</a>' if link else f"<code>{code}</code>")
        end = found.end()
    return "".join((*parts, escape(text[end:])))
