"""The record as one HTML file: no script, nothing loaded from elsewhere; one file to send to a manager."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from html import escape
from pathlib import Path

from scripts.links import place_of
from scripts.recording.changes import SHOWN, Change
from scripts.recording.issues import verdict_of
from scripts.recording.record import Happened, Kind, Outcome, Record
from scripts.reports import BEGINNING
from scripts.reports.html_report import CLOSING, checks, marked, opening, plots
from scripts.results import Status
from scripts.text import count, listing, printable, span
from sop.times import shown

_STYLE = Path(__file__).with_name("record.css")
_MEANING = {
    Outcome.DEPLOYED: "It is in production.",
    Outcome.UNCHANGED: "What was deployed had been deployed before: nothing changed.",
    Outcome.FAILED: "Deploy was entered and failed.",
    Outcome.NOT_DEPLOYED: "It ended before Deploy: production is as it was.",
}


def is_page(path: Path) -> bool:
    """Whether a record stands in the file, or nothing yet. Raises OSError where it cannot be read."""
    with path.open("rb") as file:
        beginning = file.read(BEGINNING)
    return not beginning.strip() or b"<title>Release " in beginning


def page(record: Record) -> str:
    """The whole file."""
    return "".join(f"{line}\n" for line in _lines(record))


def _lines(record: Record) -> Iterator[str]:
    yield from opening(f"Release {record.release}, {record.day}: {record.outcome}", _STYLE)
    yield from _verdict(record)
    yield from _section("What could not be told", record.unknown)
    yield from _changes(record)
    yield from _timeline(record)
    yield from _section("Issues", record.issues or ["None that is known."])
    yield from _section("Rollback", record.rollbacks or ["None."])
    yield from _approvals(record)
    yield from _messages(record)
    if measured := record.report("observe") or record.report("verify"):
        yield from plots(measured)
    for one in record.reports:
        anew = ", asked for this record" if one.command == "verify" and record.asked_anew else ""
        yield from checks(one, f"Checks of {one.command}{anew}", evidence=False)
    yield CLOSING


def _verdict(record: Record) -> Iterator[str]:
    failed = [one.command for one in record.reports if one.verdict is Status.FAIL]
    good = record.outcome.is_deployed and not record.rollbacks and not failed
    facts = [
        ("release", record.release),
        ("commit", (record.execution.revision or "unknown")[:SHOWN]),
        ("before it", (record.before or "unknown")[:SHOWN]),
        ("pipeline", record.outputs.pipeline_name),
    ]
    if record.deploy is None:
        facts += [("ended", shown(record.execution.ended or record.execution.started, record.zone))]
    else:
        began, ended = record.deploy
        facts += [("Deploy began", shown(began, record.zone)), ("Deploy ended", shown(ended, record.zone))]
        facts += [("duration", span(ended - began))]
    facts += [(one.command, verdict_of(one)) for one in record.reports]
    yield f'<section class="verdict {"good" if good else "bad"}">'
    yield f'<p class="about">Release of {escape(record.outputs.service)} to {escape(record.outputs.stack)}</p>'
    yield f"<h1>{escape(_begun(record.outcome))}</h1>"
    yield f'<p class="title">{_text(record.title)}</p>'
    also = f" Its execution carried {listing(record.carried)} out, too." if record.carried else ""
    back = " It was taken back afterwards." if record.rollbacks and record.outcome.is_deployed else ""
    wrong = f" {_begun(listing(failed))} ended FAIL." if failed else ""
    yield f'<p class="meaning">{escape(_MEANING[record.outcome])}{back}{wrong}{escape(also)}</p>'
    yield "<dl>"
    yield from (f"<div><dt>{label}</dt><dd>{escape(value)}</dd></div>" for label, value in facts)
    yield "</dl>"
    links = place_of(record.outputs, record.execution.id, record.execution.revision).links
    links = {**({"pull request": record.url} if record.url else {}), **links}
    told = (f'<a href="{escape(link)}" rel="noreferrer">{escape(label)}</a>' for label, link in links.items())
    yield f'<p class="links">{" · ".join(told)}</p>'
    yield "</section>"


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if not found:
        return
    yield f"<h2>{escape(title)}</h2>"
    yield '<section class="card listed">'
    yield "<ul>"
    yield from (f'<li dir="auto">{marked(printable(one))}</li>' for one in found)
    yield "</ul>"
    yield "</section>"


def _changes(record: Record) -> Iterator[str]:
    yield "<h2>Changes</h2>"
    yield '<section class="card listed">'
    if record.outcome in (Outcome.FAILED, Outcome.NOT_DEPLOYED):
        yield "<p>None of these was deployed:</p>"
    found = record.changes
    if found is None:
        yield "<p>They are not known.</p>"
    elif record.outcome is Outcome.UNCHANGED:
        yield "<p>None: the same commit was deployed once more.</p>"
    else:
        yield "<ul>"
        yield from (f"<li>{_change(one)}</li>" for one in found.deployed)
        yield "</ul>"
        if found.undone:
            yield "<p>Taken back before it was deployed:</p>"
            yield "<ul>"
            yield from (f"<li>{_change(one)}</li>" for one in found.undone)
            yield "</ul>"
        if found.carriers:
            yield f'<p class="quiet">Brought by {listing([_named(one) for one in found.carriers])}.</p>'
        if found.merges:
            yield f'<p class="quiet">{count(found.merges, "merge")} between branches brought nothing more.</p>'
    yield "</section>"


def _change(one: Change) -> str:
    size = f", {count(len(one.commits), 'commit')}" if len(one.commits) > 1 else ""
    reverts = f"; takes back {one.reverts}" if one.reverts else ""
    who = f"{_text(one.author)}, {one.how}{size}{escape(reverts)}"
    return f'{_named(one)} {_text(one.title)} <span class="quiet">{who}</span>'


def _named(one: Change) -> str:
    name = escape(one.name)
    return f'<a href="{escape(one.url)}" rel="noreferrer">{name}</a>' if one.url.startswith("https://") else name


def _timeline(record: Record) -> Iterator[str]:
    found = record.timeline
    if not found:
        return
    first = min(one.at for one in found)
    last = max(one.until or one.at for one in found)
    yield "<h2>Timeline</h2>"
    yield '<section class="card timeline">'
    for one in found:
        took = span(one.took) if one.took else ""
        yield f'<article class="{one.kind}">'
        yield f'<time datetime="{one.at.isoformat()}">{shown(one.at, record.zone)}</time>'
        yield f'<div><p class="what">{_text(one.what)}</p>'
        if one.detail:
            yield f'<p class="detail" dir="auto">{marked(printable(one.detail))}</p>'
        if one.took:
            yield _lane(one, first, last)
        yield "</div>"
        yield f'<span class="took">{took}</span>'
        yield "</article>"
    yield "</section>"


def _lane(one: Happened, first: datetime, last: datetime) -> str:
    """Where in all of it this was, drawn; to be seen only."""
    whole = (last - first) or timedelta(seconds=1)
    left = min((one.at - first) / whole * 100, 99.5)
    width = (one.took or timedelta()) / whole * 100
    return f'<div class="lane" aria-hidden="true"><i style="left:{left:.2f}%;width:{width:.2f}%"></i></div>'


def _approvals(record: Record) -> Iterator[str]:
    found = record.approvals
    yield "<h2>Approvals</h2>"
    yield '<section class="card listed">'
    if found is None:
        yield f"<p>{'They are not known.' if record.url else 'It came without a pull request: nobody approved it.'}</p>"
    else:
        yield f'<p class="quiet">By {escape(found.source)}.</p>'
        yield "<ul>"
        yield from (f"<li>{_text(one)}</li>" for one in found.lines or ["Nobody's."])
        yield "</ul>"
    yield "</section>"


def _messages(record: Record) -> Iterator[str]:
    yield "<h2>Messages</h2>"
    if not record.messages:
        yield '<section class="card listed"><p>None that the ledger knows of.</p></section>'
        return
    yield '<section class="card timeline">'
    for one in record.messages:
        yield f'<article class="{Kind.STEP if one.good else Kind.BAD}">'
        yield f'<time datetime="{one.at.isoformat()}">{shown(one.at, record.zone)}</time>'
        yield f'<div><p class="what">{escape(one.event)}, {escape(one.channel)}: {_text(one.outcome)}</p>'
        yield f'<p class="detail">{_text(one.subject)}</p></div>'
        yield "</article>"
    yield "</section>"


def _text(text: str) -> str:
    """Somebody's text on one line, whichever way it is read: what is beside it stays where it is."""
    return f"<bdi>{escape(printable(' '.join(text.split())))}</bdi>"


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]
