"""Whether people were told, a day before, of what is to be deployed and when (SOP 5.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from scripts.announcing.planned import Planned
from scripts.announcing.sending import key_of
from scripts.checks.framework import check
from scripts.gate.context import GateContext, Kind
from scripts.ledger.store import READING
from scripts.results import Evidence, Outcome, failed, inconclusive, passed, skipped
from scripts.text import listing, utc
from sop.calendar.calendar import NOTICE, Calendar
from sop.calendar.public_holidays import CalendarUnknownError
from sop.channels import Channel
from sop.times import as_utc, first_of, shown

A_DAY = timedelta(days=1)


@check(
    id="announcement",
    sop="5.1",
    title="Announcement",
    why="Who learns of a release from its consequences could neither prepare for it nor object to it.",
    expected="The newest announcement is of the very tree that the merge makes, was sent on each required channel 24 "
    "hours before, and it is the announced time, or later while that day's window is open",
    fix="Announce it a day ahead.",
    permissions=READING,
    runbook="docs/runbooks/deployment.md",
)
def announcement(context: GateContext) -> Outcome:
    return _not_asked(context) or _not_known(context) or _newest(context)


def _not_asked(context: GateContext) -> Outcome | None:
    told = context.outputs.announcements
    if told is None or not told.required:
        return skipped(f"{context.outputs.stack} is announced on no channel.", configured=True)
    if context.kind is Kind.TAKE_BACK:
        return skipped("A take-back needs no notice.")
    if context.kind is Kind.HOTFIX:
        return skipped("A hotfix is told at once, not a day before (SOP 8.3).")
    return None


def _not_known(context: GateContext) -> Outcome | None:
    if (problem := context.no_ledger) is not None:
        return inconclusive(f"What was announced is not known: {problem.message}", fix=problem.fix)
    if not context.pull.content:
        told, fix = context.pull.without_content
        return inconclusive(told, fix=fix)
    return None


def newest(planned: Sequence[Planned]) -> Planned | None:
    """What was announced last, for whenever: it is what people know."""
    return max(planned, key=_begun, default=None)


def owing(context: GateContext) -> tuple[str, ...]:
    """What is not known to have arrived of the newest announcement, where it counts once all of it has.

    Nothing, where all of it has arrived, or where only another announcement can count. Raises as the check's facts do.
    """
    found = _last(context)
    if isinstance(found, Outcome) or found.could_count_from(context.now) + context.needed.until_deploy > found.until:
        return ()
    return tuple(one for one in found.needed if not found.planned.sent(one))


def _newest(context: GateContext) -> Outcome:
    found = _last(context)
    return found if isinstance(found, Outcome) else _judged(context, found)


def _last(context: GateContext) -> _Announcement | Outcome:
    """What was announced last, or why that is nothing to go by."""
    last = newest(context.planned)
    if last is None:
        return _anew(context, f"Nothing of #{context.pull.number} was announced.")
    content, zone = context.pull.content, context.zone
    what = f"tree {last.content} for {shown(last.at, zone)}"
    if last.postponed:
        return _anew(context, f"What was announced last, {what}, is postponed.")
    if not last.is_of(content):
        return _anew(context, f"What was announced last is {what}; merging makes tree {content[:12]}.")
    required = tuple(context.outputs.announcements.required) if context.outputs.announcements else ()
    return _Announcement(last, required, _closes(last.at, context.calendar, zone), zone)


@dataclass(frozen=True)
class _Announcement:
    """The one that counts: `until` that moment Deploy may begin by it."""

    planned: Planned
    required: Sequence[str]
    until: datetime
    zone: ZoneInfo

    def of(self, channel: str) -> tuple[str, ...]:
        """The messages of a channel: mail has one an audience."""
        if channel == Channel.MAIL:
            return tuple(one for one in self.planned.channels if one.startswith(f"{Channel.MAIL}-"))
        return (channel,) if channel in self.planned.channels else ()

    @property
    def needed(self) -> tuple[str, ...]:
        return tuple(one for channel in self.required for one in self.of(channel))

    def missing(self) -> Iterator[str]:
        """Each message that is not known to have arrived, in a sentence."""
        written = self.planned.announced
        for channel in self.required:
            if self.of(channel):
                continue
            left_out = written and channel in written.left_out
            # The status page is for what users notice, and else for nobody (SOP 5.1)
            if channel != Channel.STATUS_PAGE or written is None or left_out:
                yield f"{channel}: it was not announced there."
        for name in self.needed:
            attempts = self.planned.channels[name]
            if self.planned.sent(name):
                continue
            if self.planned.unsettled(name):
                began = attempts[-1].intent
                yield f"{name}: {began.by} began at {utc(began.at)}, and whether it arrived is not noted."
            elif attempts and (refused := attempts[-1].failed):
                yield f"{name}: it was not sent: {refused.why}"
            else:
                yield f"{name}: nobody has begun to send it."

    @property
    def sent(self) -> datetime:
        """When the last of the required messages was begun."""
        times = [sent for one in self.needed if (sent := self.planned.sent(one))]
        return max(times, default=_begun(self.planned))

    def could_count_from(self, now: datetime) -> datetime:
        """The earliest moment: where what is uncertain did arrive, and what is not sent is sent now."""
        uncertain = {
            one: self.planned.channels[one][-1].intent.at for one in self.needed if self.planned.unsettled(one)
        }
        times = (self.planned.sent(one) or uncertain.get(one, now) for one in self.needed)
        return max([self.planned.at, *(one + NOTICE for one in times)])

    @property
    def counts_from(self) -> datetime:
        return max(self.planned.at, self.sent + NOTICE)


def _judged(context: GateContext, found: _Announcement) -> Outcome:
    planned, at, zone = found.planned, context.at, found.zone
    announced = f"Tree {planned.content} was announced for {shown(planned.at, zone)}"
    evidence: dict[str, object] = {
        "content": planned.content,
        "at": utc(planned.at),
        "until": utc(found.until),
        "required": list(found.required),
        "sent": {one: utc(sent) if (sent := planned.sent(one)) else None for one in planned.channels},
    }
    if missing := list(found.missing()):
        fix = _settling(planned, found.needed, context.outputs.stack)
        told = failed("\n".join([f"{announced}, and not everywhere:", *missing]), fix=fix, evidence=evidence)
        return replace(told, lead=found.could_count_from(context.now) - context.now)
    announced += f", last at {shown(found.sent, zone)}, by {listing(found.needed)}"
    lasting = context.needed.until_deploy
    if found.counts_from + lasting > found.until:
        counts, closes = shown(found.counts_from, zone), shown(found.until, zone)
        too_short = f"{announced}: it counts from {counts}, too late for that day's window, which closes at {closes}."
        return _anew(context, too_short, evidence)
    if at < found.counts_from:
        why = "a day has not passed since" if at >= planned.at else "it is not the time yet"
        fix = f"Ask again at {shown(found.counts_from, zone)}."
        return replace(failed(f"{announced}: {why}.", fix=fix, evidence=evidence), again_at=found.counts_from)
    if at + lasting > found.until:
        return _anew(context, f"{announced}: its day is over for what begins at {shown(at, zone)}.", evidence)
    owed = [one for one in planned.channels if one not in found.needed and not planned.sent(one)]
    lines = [f"{announced}.", *([f"Still owed: {listing(owed)}."] if owed else [])]
    return passed("\n".join(lines), evidence=evidence)


def _anew(context: GateContext, observed: str, evidence: Evidence | None = None) -> Outcome:
    """It has to be announced, once more or at all, and a day passes then."""
    earliest = _earliest(context).astimezone(context.zone).isoformat(timespec="minutes")
    asked = f"--stack {context.outputs.stack} --pr {context.pull.number} --at {earliest}"
    fix = f"`release announce planned {asked}`, or a later time; a day passes first."
    return replace(failed(observed, fix=fix, evidence=evidence or {}), lead=NOTICE)


def _earliest(context: GateContext) -> datetime:
    """The first opening that leaves a day from now on, as far as the calendar is known."""
    in_a_day = context.now + NOTICE
    try:
        opens = context.calendar.next_open(in_a_day, context.needed) if context.calendar else None
    except CalendarUnknownError:
        opens = None
    return opens or in_a_day


def _settling(planned: Planned, needed: Sequence[str], stack: str) -> str:
    """What settles what is uncertain, or sends what was not."""
    uncertain = [planned.message(one) for one in needed if planned.unsettled(one)]
    if not uncertain:
        return f"`release announce --stack {stack} --pending` sends it; a day later it counts."
    lines = (
        f"Did {one.channel} arrive, `release announce --stack {stack} --was-sent {key}`; if not, "
        f"`release announce --stack {stack} --resend {key}`."
        for one, key in ((one, key_of(one)) for one in uncertain)
    )
    return " ".join(lines)


def _begun(planned: Planned) -> datetime:
    """When somebody first meant to tell it."""
    intents = [one.intent.at for attempts in planned.channels.values() for one in attempts]
    written = [planned.announced.at] if planned.announced else []
    return min(intents + written)


def _closes(at: datetime, calendar: Calendar | None, zone: ZoneInfo) -> datetime:
    """When the window closes on the day of that time, or the day ends."""
    midnight = first_of(at.astimezone(zone).date() + A_DAY, zone)
    if calendar is None:
        return midnight
    closing = calendar.window.next_closing(calendar.window.next_opening(at))
    return min(as_utc(closing), midnight) if closing else midnight
