"""The release notes of SOP 5.5, as Markdown: what is made lies between marks, what people write outside them stays.

Pure. Made anew from the same facts it is the same text: no time of the making stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import quote

from scripts.errors import ConfigurationError
from scripts.links import place_of
from scripts.recording.changes import SHOWN, Change
from scripts.recording.issues import verdict_of
from scripts.recording.record import Happened, Kind, Outcome, Record
from scripts.reports.markdown_report import SIGNS
from scripts.reports.markup import markdown, markdown_cell
from scripts.results import Report, Status
from scripts.text import count, listing, span
from sop.times import clock, shown

_BEGIN, _END = "<!-- made by release record: {} -->", "<!-- end of {} -->"
_OWNER = re.compile(r"<!-- made by release record: release (?P<release>(?:pr|exec)-[A-Za-z0-9-]+) -->")
_SECTIONS = {
    "changes": "Changes Deployed",
    "timeline": "Deployment Timeline",
    "verification": "Verification Results",
    "issues": "Issues Encountered",
    "rollback": "Rollback Actions",
}
_REMEMBERED_BY_AWS = ("timeline", "issues", "rollback")  # for some weeks: afterwards what was written in time stays
_LESSONS = """## Lessons Learned

- _To be written: what to keep, and what to do differently._
"""
_BAD, _WAITING = "❌", "⏳"


def new_notes(record: Record) -> str:
    """The notes of a release that nobody has written in yet."""
    parts = _parts(record)
    head = f"# Release Notes - {record.day}\n\n{parts[_first(record)]}\n"
    sections = (f"## {title}\n\n{parts[part]}\n" for part, title in _SECTIONS.items())
    return "\n".join([head, *sections, _LESSONS])


def renewed(notes: str, record: Record, where: str) -> str:
    """The notes with what is made in them made anew; all else is as it was, to the byte.

    Args:
        notes: as they stand.
        record: the release.
        where: the file, for the message.

    Raises:
        ConfigurationError: what is made cannot be told from what people wrote.
    """
    for part, text in _parts(record).items():
        begin, end = _BEGIN.format(part), _END.format(part.partition(" ")[0])
        if notes.count(begin) != 1 or notes.count(end) != 1 or notes.index(begin) > notes.index(end):
            raise ConfigurationError(
                f"{where}: the marks {begin} and {end} are not there once each, so what is yours cannot be told from "
                "what is made; nothing was written.",
                f"Put them back, or move {where} away: the same command then makes it anew.",
            )
        if record.forgotten and part in _REMEMBERED_BY_AWS:
            continue
        before, _, rest = notes.partition(begin)
        notes = f"{before}{text}{rest.partition(end)[2]}"
    return notes


def release_in(notes: str) -> str | None:
    """The id of the release that the notes are of; None: they are not this command's."""
    found = _OWNER.search(notes)
    return found["release"] if found else None


def _first(record: Record) -> str:
    return f"release {record.release}"


def _parts(record: Record) -> Mapping[str, str]:
    """What is made, with its marks, by part."""
    made: dict[str, Callable[[Record], Iterable[str]]] = {
        _first(record): _summary,
        "changes": _changes,
        "timeline": _timeline,
        "verification": _verification,
        "issues": _issues,
        "rollback": _rollback,
    }
    return {
        part: "\n".join([_BEGIN.format(part), *lines(record), _END.format(part.partition(" ")[0])])
        for part, lines in made.items()
    }


def _summary(record: Record) -> Iterator[str]:
    named = f"[#{record.release.removeprefix('pr-')}]({_link(record.url)}) " if record.url else ""
    yield f"{named}**{_line(record.title)}**: {record.outcome}."
    if record.carried:
        also = [f"#{one.removeprefix('pr-')}" for one in record.carried]
        yield ""
        yield f"Its execution carried {listing(also)} out, too."
    links = place_of(record.outputs, record.execution.id, record.execution.revision).links
    shown_links = " · ".join(f"[{label}]({_link(link)})" for label, link in links.items())
    yield ""
    yield f"Execution `{record.execution.id}` of `{record.outputs.pipeline_name}` · {shown_links}"
    if record.unknown:
        yield ""
        yield "What could not be told:"
        yield ""
        yield from (f"- {_line(one)}" for one in record.unknown)


def _changes(record: Record) -> Iterator[str]:
    if record.outcome in (Outcome.FAILED, Outcome.NOT_DEPLOYED):
        yield f"- None: {record.outcome}. What was to be:"
    revision = (record.execution.revision or "unknown")[:SHOWN]
    if record.changes is None:
        since = f"from `{record.before[:SHOWN]}`" if record.before else "with nothing known before it"
        yield f"- Commit `{revision}`, {since}: its changes are not known."
        return
    if record.outcome is Outcome.UNCHANGED:
        yield f"- None: commit `{revision}` had been deployed before, and was deployed once more."
        return
    found = record.changes
    yield from (f"- {_change(one)}" for one in found.deployed)
    yield from (f"- Taken back before it was deployed: {_change(one)}" for one in found.undone)
    if not found.deployed:
        yield "- None that stays: all was taken back again, or only merged."
    yield ""
    brought = f", brought by {listing([_named(one) for one in found.carriers])}" if found.carriers else ""
    merges = f" {count(found.merges, 'merge')} between branches brought nothing more." if found.merges else ""
    yield f"From `{(record.before or '')[:SHOWN]}` to `{revision}`{brought}.{merges}"


def _change(one: Change) -> str:
    size = f", {count(len(one.commits), 'commit')}" if len(one.commits) > 1 else ""
    reverts = f"; takes back {_line(one.reverts)}" if one.reverts else ""
    return f"{_named(one)} {_line(one.title)} ({_line(one.author)}, {one.how}{size}{reverts})"


def _named(one: Change) -> str:
    name = one.name if one.number else f"`{one.name}`"
    return f"[{name}]({_link(one.url)})" if one.url else name


def _timeline(record: Record) -> Iterator[str]:
    if record.deploy is None:
        yield "- Start: none, Deploy was not entered"
        yield "- Complete: none"
        yield "- Duration: none"
    else:
        began, ended = record.deploy
        one_day = began.astimezone(record.zone).date() == ended.astimezone(record.zone).date()
        told = clock if one_day else shown
        good = record.outcome.is_deployed
        yield f"- Start: {told(began, record.zone)}"
        yield f"- {'Complete' if good else 'Failed'}: {told(ended, record.zone)}"
        yield f"- Duration: {span(ended - began)}"
        if record.stack_status:
            yield f"- Stack Status: {record.stack_status}"
    yield ""
    yield "| When | What | How long | |"
    yield "| --- | --- | --- | --- |"
    yield from (_row(one, record) for one in record.timeline)


def _row(one: Happened, record: Record) -> str:
    sign = {Kind.BAD: f"{_BAD} ", Kind.WAIT: f"{_WAITING} "}.get(one.kind, "")
    took = span(one.took) if one.took else ""
    return f"| {shown(one.at, record.zone)} | {sign}{markdown_cell(one.what)} | {took} | {_cell(one.detail)} |"


def _verification(record: Record) -> Iterator[str]:
    if not record.outcome.is_deployed and not record.reports:
        yield "- None: nothing was deployed that could be verified."
        return
    verify, observe = record.report("verify"), record.report("observe")
    if verify is None:
        yield f"- {SIGNS[Status.INCONCLUSIVE]} Not verified (SOP 4.1-4.5), as far as is known: no report was kept."
    else:
        anew = ", asked for this record: no report of an earlier one was kept" if record.asked_anew else ""
        yield from _seen(verify, f"Verified (SOP 4.1-4.5){anew}", record)
    if observe is None:
        sign = SIGNS[Status.INCONCLUSIVE]
        yield f"- {sign} Not observed for an hour (SOP 4.6), as far as is known: no report was kept."
    else:
        yield from _seen(observe, "Observed (SOP 4.6)", record)


def _seen(report: Report, what: str, record: Record) -> Iterator[str]:
    yield f"- {SIGNS[report.verdict]} {what}, at {shown(report.finished_at, record.zone)}: {_line(verdict_of(report))}"
    for one in report.checks:
        yield f"  - {SIGNS[one.status]} {one.status} `{one.id}` {_line(one.headline)}"


def _issues(record: Record) -> Iterator[str]:
    yield from (f"- {_line(one)}" for one in record.issues)
    if not record.issues:
        unless = ", but see above what could not be told" if record.unknown else ""
        yield f"- None that is known{unless}."


def _rollback(record: Record) -> Iterator[str]:
    yield from (f"- {_line(one)}" for one in record.rollbacks)
    if not record.rollbacks:
        yield "- None."


def _line(text: str) -> str:
    """One line that shows the text as it is, whoever wrote it."""
    return markdown(" ".join(text.split()))


def _cell(text: str) -> str:
    return markdown_cell(" ".join(text.split()))


def _link(url: str) -> str:
    """An address that ends where it ends."""
    return quote(url, safe=":/?#[]@!$&'*+,;=%~-._") if url.startswith("https://") else ""
