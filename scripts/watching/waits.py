"""What keeps an execution waiting: whose that is, and until when. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from scripts.checks.waiting import WINDOW_RULE
from scripts.facts.door import Door
from scripts.facts.pipeline import ActionRun, RuleRun
from scripts.text import printable, utc
from scripts.watching.snapshot import APPROVAL, Snapshot, through
from sop.calendar.calendar import Calendar
from sop.calendar.closures import Closure, Kind
from sop.calendar.public_holidays import CalendarUnknownError
from sop.times import shown

# A rule that has nothing against it takes a moment, too; nobody is told of that.
NOTICEABLE = timedelta(seconds=15)


@dataclass(frozen=True)
class Wait:
    """Something that an execution waits for before a stage, or in it.

    Attributes:
        what: its name among the execution's happenings, the same whoever looks.
        stage: before or in which stage.
        since: from when on.
        text: whose it is, and until when, in a sentence.
        over: whether it waits no more.
    """

    what: str
    stage: str
    since: datetime
    text: str
    over: bool = False


def waits(snapshot: Snapshot) -> list[Wait]:
    """All that are known, oldest first; of a door, and of an execution in the way, nothing is once they are past."""
    found = [*_rules(snapshot), *_approvals(snapshot)]
    if snapshot.execution.ended is None:
        found += _before(snapshot)
    return sorted(found, key=lambda one: (one.since, one.what))


def _rules(snapshot: Snapshot) -> Iterator[Wait]:
    counted: dict[tuple[str, str], int] = {}
    for one in snapshot.rules:
        number = counted[one.stage, one.rule] = counted.get((one.stage, one.rule), 0) + 1
        entered = any(run.stage == one.stage and run.started >= one.started for run in snapshot.actions)
        over = one.over or entered or snapshot.execution.ended is not None
        until = one.updated if over else snapshot.at
        if until - one.started >= NOTICEABLE:
            again = f"-{number}" if number > 1 else ""
            what = f"{one.stage.lower()}-waits-{_kind(one)}{again}"
            yield Wait(what, one.stage, one.started, _told_of_rule(one, snapshot), over)


def _kind(rule: RuleRun) -> str:
    return "window" if rule.provider == WINDOW_RULE else f"rule-{rule.provider.lower()}"


def _told_of_rule(rule: RuleRun, snapshot: Snapshot) -> str:
    calendar = snapshot.held_to.calendar
    if rule.provider != WINDOW_RULE or calendar is None:
        said = f": {rule.summary}" if rule.summary else ""
        return f"{rule.stage} waits for its entry rule {rule.rule} ({rule.provider}){said}"
    opens = calendar.window.next_opening(rule.started)
    told = f"{rule.stage} waits for the release window, which opens {shown(opens, calendar.zone)}"
    return "; ".join((told, *_frozen(calendar, opens)))


def _frozen(calendar: Calendar, opens: datetime) -> Iterator[str]:
    """What else is closed when the window opens: its rule knows nothing of it."""
    try:
        for one in (each for each in calendar.closed(opens) if each.kind is not Kind.WINDOW):
            yield f"frozen then: {_told(one, calendar)}"
    except CalendarUnknownError as problem:
        yield f"whether anything is frozen then is not known: {problem}"


def _approvals(snapshot: Snapshot) -> Iterator[Wait]:
    counted: dict[tuple[str, str], int] = {}
    for run in (one for one in snapshot.actions if one.category == APPROVAL):
        number = counted[run.stage, run.action] = counted.get((run.stage, run.action), 0) + 1
        again = f"-{number}" if number > 1 else ""
        yield Wait(f"{run.stage.lower()}-waits-approval{again}", run.stage, run.started, _whose(run), run.over)


def _whose(run: ActionRun) -> str:
    """A manual approval fails by itself after seven days unless its action says otherwise."""
    days = f" until {utc(run.started + _APPROVAL)}" if "ApprovalTimeout" not in run.configuration else ""
    about = f" ({printable(run.configuration['CustomData'])})" if run.configuration.get("CustomData") else ""
    return f"{run.stage} waits for the approval {run.action}{about}, which somebody must give in CodePipeline{days}"


# https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals.html
_APPROVAL = timedelta(days=7)


def _before(snapshot: Snapshot) -> Iterator[Wait]:
    """What stands between it and the next stage while nothing of it is at work."""
    stage = snapshot.next_stage
    if stage is None or any(not run.over for run in snapshot.actions):
        return
    since = _came(snapshot, stage)
    if door := snapshot.doors.get(stage):
        begins = max(since, door.at) if door.at else since
        lock = f"-{door.at:%Y%m%dt%H%M%Sz}" if door.at else ""
        yield Wait(f"{stage.lower()}-waits-door{lock}", stage, begins, _told_of_door(door, snapshot))
    elif (other := snapshot.inside.get(stage)) and not any(rule.stage == stage for rule in snapshot.rules):
        text = f"{stage} is occupied by execution {other}, until that has ended"
        yield Wait(f"{stage.lower()}-waits-behind-{other}".lower(), stage, since, text)


def _came(snapshot: Snapshot, stage: str) -> datetime:
    """When it came before the stage: when it was through the one before."""
    before = snapshot.held_to.stages[: snapshot.held_to.stages.index(stage)]
    ends = [at for name in before if (at := through(snapshot.actions, name))]
    return max(ends, default=snapshot.execution.started)


def _told_of_door(door: Door, snapshot: Snapshot) -> str:
    lost = ", for longer than AWS keeps what waits" if door.has_lost(snapshot.at) else ""
    told = f"{door.stage} waits before its closed door{lost}, {door.whose()}"
    if door.mark is None:
        return f"{told}: until who has closed it opens it"
    apply = f"`release door --stack {snapshot.held_to.stack} --apply`"
    lets_in = (f"the keeper lets in what its gate is GO for: {apply}",) if door.mark.keeper else ()
    return "; ".join((told, *_opening(snapshot), *lets_in))


def _opening(snapshot: Snapshot) -> Iterator[str]:
    """What the calendar says of the moment, and when it lets a release in."""
    calendar = snapshot.held_to.calendar
    if calendar is None:
        return
    try:
        closed = calendar.closed(snapshot.at)
        if not closed:
            yield "the calendar is open"
            return
        yield "; ".join(_told(one, calendar) for one in closed)
    except CalendarUnknownError as problem:
        yield f"when it opens is not known: {problem}"


def _told(closure: Closure, calendar: Calendar) -> str:
    return closure.told(calendar.zone)
