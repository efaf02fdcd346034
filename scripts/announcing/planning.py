"""The plan of a release as it is announced, from what the gate knows of its pull request; or all that it lacks.

It is not announced before the operations manager has approved it, as the announcement says so. A soak that still runs
is told as that: the gate holds the release to it, not the announcement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from scripts.announcing.described import described
from scripts.announcing.facts import Approved, Plan, Release, Validated
from scripts.announcing.planned import planned_of
from scripts.announcing.values import Place
from scripts.calendar.schedule import needed_by
from scripts.channels.text import one_line
from scripts.errors import ConfigurationError, ReleaseError, UndeterminedError
from scripts.gate.approvals import is_among
from scripts.gate.checks.flow import hotfix_comments
from scripts.gate.checks.promotion import promotion
from scripts.gate.checks.review import lint_status
from scripts.gate.comments import What, line
from scripts.gate.context import GateContext, Kind
from scripts.releases.identity import of_pull
from scripts.results import Outcome, Status
from scripts.text import count, listing, span
from sop.calendar.calendar import NOTICE, Calendar, Needed
from sop.calendar.public_holidays import CalendarUnknownError
from sop.outputs import StackOutputs
from sop.review import Criterion
from sop.times import shown


class NotAnnouncedError(ReleaseError):
    """It cannot be announced; the message names everything that is missing."""

    exit_code = 3


def planned(context: GateContext, at: datetime | None) -> tuple[Release, Plan]:
    """The release and its plan.

    Args:
        context: the pull request, as the gate looks at it.
        at: when Deploy is to begin; of a hotfix now, unless that is said.

    Raises:
        NotAnnouncedError: something is missing; the message has a line for each.
        ReleaseError: it cannot be told, or is not for announcing.
    """
    pull = context.pull
    if pull.state != "OPEN":
        raise ConfigurationError(f"{pull.url} is {pull.state.lower()}: what is announced is yet to be merged.")
    if context.kind is Kind.RELEASE and context.dev is None:
        why = promotion.run(context)
        raise UndeterminedError(_first(why), why.fix)
    if context.kind is Kind.TAKE_BACK:
        raise ConfigurationError("A take-back needs no notice (SOP 7.2): its rollback is announced when it has ended.")
    if not pull.content:
        raise (NotAnnouncedError if pull.conflicts else UndeterminedError)(*pull.without_content)
    release = release_of(context)
    emergency = context.kind is Kind.HOTFIX
    begins = context.now if emergency and at is None else at
    approved = _approved_as_hotfix(context) if emergency else _approved(context)
    validated = _validated(context)
    missing = [*_draft(context), *release.described.missing, *_contacts(context)]
    missing += [] if isinstance(approved, tuple) else [approved]
    missing += [] if isinstance(validated, Validated) else [validated]
    missing += [] if emergency else _against(context, begins)
    if missing or begins is None or isinstance(approved, str) or isinstance(validated, str):
        raise NotAnnouncedError(
            "\n".join([f"{pull.url} is not announced, for want of:", *(f"  - {one}" for one in missing)]),
            "Settle all of it, then run the same command again.",
        )
    takes = timedelta(minutes=context.outputs.thresholds.pipeline_expected_minutes)
    by, criterion = approved
    return release, Plan(pull.content, begins, takes, validated, by, criterion)


def release_of(context: GateContext) -> Release:
    """What its pull request says of the release."""
    pull = context.pull
    return Release(of_pull(pull.number), pull.title, pull.url, described(pull.body))


def _draft(context: GateContext) -> Iterator[str]:
    if context.pull.draft:
        yield f"its author's word that it is ready, for it is a draft: `gh pr ready {context.pull.number}`"


def _contacts(context: GateContext) -> Iterator[str]:
    named = context.outputs.announcements
    for key, contact in (
        ("releaseManager", named and named.release_manager),
        ("onCall", named and named.on_call),
    ):
        if contact is None:
            yield f"release:announcements, {key}: a name, an address and a telephone number, in the stack's file"


def _approved(context: GateContext) -> tuple[Approved, str] | str:
    """The operations manager's approval, or that there is none."""
    managers = context.managers
    theirs = [one for one in context.opinions if one.counts and is_among(one.by, managers)]
    if theirs:
        newest = max(theirs, key=lambda one: one.review.at)
        return Approved(newest.by.login, newest.review.at), ""
    who = listing(sorted(managers)) or f"a member of {context.outputs.operations_manager}, which has none"
    return f"the operations manager's approval: ask {who} for a review: {context.pull.url}/files"


def _approved_as_hotfix(context: GateContext) -> tuple[Approved, str] | str:
    counted = [one for one in hotfix_comments(context) if one.counts]
    if counted:
        newest = max(counted, key=lambda one: one.comment.at)
        return Approved(newest.comment.by.login, newest.comment.at), newest.object
    who = listing(sorted(context.managers))
    return (
        f"the operations manager's word that it is an emergency: {who} comments `{line(What.HOTFIX, Criterion.OUTAGE)}`"
    )


def _validated(context: GateContext) -> Validated | str:
    lint = lint_status.run(context)
    tested = f"{context.outputs.status_check} {'succeeded' if lint.status is Status.PASS else one_line(_first(lint))}"
    if context.kind is Kind.HOTFIX:
        return Validated("Not in dev before: an emergency (SOP 8.2)", tested, "Not looked at: it was not in dev")
    found = promotion.run(context)
    since = found.evidence.get("since")
    if not since:
        return f"its deployment in dev: {one_line(_first(found))}"
    checks: dict[str, str] = found.evidence["checks"]
    return Validated(
        _soaked(context, datetime.fromisoformat(since), found), f"{tested}; {_tests(checks)}", _alarms(found)
    )


def _tests(checks: Mapping[str, str]) -> str:
    """How many of dev's checks passed; a soak that is not over fails for that alone, and is told where it stands."""
    asked = {one: said for one, said in checks.items() if said != Status.SKIPPED}
    failed = [one for one, said in asked.items() if said in (Status.FAIL, Status.ERROR) and one != "dev-soak"]
    passed = [one for one, said in asked.items() if said == Status.PASS]
    still = len(asked) - len(passed) - len(failed)
    told = f"in dev {len(passed)} of {count(len(asked), 'check')} passed"
    return f"{told}{f', {still} not conclusive yet' if still else ''}{f'; failed: {listing(failed)}' if failed else ''}"


def _alarms(found: Outcome) -> str:
    status = found.evidence["checks"].get("dev-alarms")
    line = next((one for one in found.observed.splitlines() if one.startswith("dev-alarms ")), "")
    said = one_line(line.partition(": ")[2]) or "not known"
    return {Status.PASS: "All OK", Status.INCONCLUSIVE: f"Not conclusive yet: {said}"}.get(status, said)


def _soaked(context: GateContext, since: datetime, found: Outcome) -> str:
    """When it was deployed in dev, and how long it has been there; a soak that still runs is told as that."""
    place = Place(context.outputs)
    until = found.evidence.get("until")
    lasted = (datetime.fromisoformat(until) if until else context.now) - since
    needed = timedelta(hours=context.dev.outputs.thresholds.dev_observation_hours) if context.dev else NOTICE
    if lasted >= needed:
        return f"{place.moment(since)}, observed for {span(lasted)}"
    over = f"its {needed / timedelta(hours=1):g} hours of observation end at {place.moment(since + needed)}"
    return f"since {place.moment(since)}; {over}"


def _first(outcome: Outcome) -> str:
    return outcome.observed.partition("\n")[0]


def _against(context: GateContext, begins: datetime | None) -> Iterator[str]:
    """What speaks against the announced time."""
    calendar, earliest = context.calendar, context.now + NOTICE
    zone = Place(context.outputs).zone
    try:
        opening = calendar.next_open(earliest, deploying(context.outputs)) if calendar else earliest
        offered = f"; --at {opening.astimezone(zone):%Y-%m-%dT%H:%M%z} is the earliest" if opening else ""
        if begins is None:
            yield f"its time{offered}"
            return
        if begins < earliest:
            yield f"24 hours of notice: {shown(begins, zone)} is before {shown(earliest, zone)}{offered}"
        if calendar:
            yield from (f"an open calendar: {why}{offered}" for why in _closed(calendar, context, begins))
    except CalendarUnknownError as problem:
        raise UndeterminedError(f"Whether it is open then is not known: {problem}.") from None
    same = (
        [one for one in planned_of(context.ledger, of_pull(context.pull.number)) if one.at == begins]
        if (context.ledger)
        else []
    )
    if any(one.postponed and one.is_of(context.pull.content) for one in same):
        yield f"another time: what was announced for {shown(begins, zone)} is postponed{offered}"


def _closed(calendar: Calendar, context: GateContext, begins: datetime) -> Iterator[str]:
    zone = calendar.zone
    yield from (f"{shown(begins, zone)} is {one.told(zone)}" for one in calendar.closed(begins))
    if late := calendar.late(begins, deploying(context.outputs)):
        yield f"{shown(begins, zone)} is {late.told(zone)}"


def deploying(outputs: StackOutputs) -> Needed:
    """What is announced is Deploy's beginning: what lies before it is over by then."""
    return Needed(until_deploy=timedelta(), until_observed=needed_by(outputs).until_observed)
