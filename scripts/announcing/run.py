"""What `release announce` does between its arguments and its exit code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.announcing.occasions import Event
from scripts.errors import ConfigurationError
from scripts.gate.opening import DevAsked, open_dev
from scripts.runs import Asked

if TYPE_CHECKING:
    from scripts.announcing.announce import Desk
    from scripts.announcing.facts import Occurrence, Release
    from scripts.announcing.sending import Told
    from scripts.clients.aws import Aws
    from scripts.clients.clock import AwsClock
    from scripts.clients.github import GitHub
    from scripts.gate.context import GateContext
    from sop.outputs import StackOutputs

BEFORE = (Event.PLANNED, Event.POSTPONED)  # of a pull request; all others are of an execution


@dataclass(frozen=True)
class Wanted:
    """What is to be announced, of which pull request or execution.

    `reason`, `incident` and `post_mortem` are what only people know.
    """

    event: Event
    pr: int | None = None
    execution_id: str | None = None
    at: datetime | None = None
    reason: str = ""
    incident: str = ""
    post_mortem: datetime | None = None
    dry_run: bool = False
    was_sent: bool = False
    as_json: bool = False


@dataclass(frozen=True)
class Place:
    """The stack, its clients, and where it is announced."""

    outputs: StackOutputs
    aws: Aws
    clock: AwsClock
    desk: Desk


def announced(wanted: Wanted, asked: Asked, ledger: Path | None, dev: DevAsked) -> tuple[str, int]:
    """Announce the event; what to print, and the exit code."""
    from scripts.announcing import preview
    from scripts.announcing.announce import announce, prepared
    from scripts.announcing.facts import occasion_of
    from scripts.announcing.sending import as_json
    from scripts.errors import worst

    place = opened(asked, ledger)
    release, found = _found(wanted, place, asked, dev)
    if wanted.dry_run:
        would = [(occasion_of(release.id, what), prepared(what, release, place.desk)) for what in found]
        shown = "\n\n".join(preview.preview(*one) for one in would)
        return preview.as_json(would) if wanted.as_json else shown, 0
    told = [
        _by_hand(place, release, what) if wanted.was_sent else announce(what, release, place.desk) for what in found
    ]
    text = (
        as_json(told) if wanted.as_json else "\n".join(line for one in told for line in one.lines(place.outputs.stack))
    )
    return text, worst(one.exit_code for one in told)


def still_owed(pr: int | None, asked: Asked, ledger: Path | None, *, dry_run: bool, json: bool) -> tuple[str, int]:
    """Tell what is owed, and try again what was not sent."""
    from scripts.announcing.owed import pending
    from scripts.announcing.sending import as_json
    from scripts.errors import UndeterminedError
    from scripts.releases.identity import of_pull

    place = opened(asked, ledger)
    found = pending(place.desk, of_pull(pr) if pr else None, retry=not dry_run)
    code = UndeterminedError.exit_code if any(not one.good for one in found) else 0
    if json:
        return as_json(found), code
    lines = [line for one in found for line in one.lines(place.outputs.stack)]
    return "\n".join(lines or ["Nothing is owed: every announcement has reached everybody."]), code


def settled(key: str, asked: Asked, ledger: Path | None, *, resend: bool, json: bool) -> tuple[str, int]:
    """Do what a person who has looked says of one message."""
    from scripts.announcing import owed
    from scripts.announcing.sending import as_json

    place = opened(asked, ledger)
    told = owed.resend(place.desk, key) if resend else owed.was_sent(place.desk.ledger, key)
    return as_json([told]) if json else "\n".join(told.lines(place.outputs.stack)), told.exit_code


def opened(asked: Asked, folder: Path | None) -> Place:
    """The stack, its ledger as written by who asks, and its channels.

    Raises:
        ConfigurationError: nobody hears of its releases.
    """
    from scripts.announcing.announce import Desk
    from scripts.channels.opening import channels_of
    from scripts.ledger import opening
    from scripts.outputs import read_outputs

    known = read_outputs(asked.stack, asked.outputs)
    if known.announcements is None:
        raise ConfigurationError(
            f"Nobody hears of the releases of {known.stack}: it has no announcements.",
            f"Set release:announcements in its file, and run `pulumi up --stack {known.stack}`.",
        )
    found = opening.opened(known, asked, folder)
    return Place(known, found.aws, found.clock, Desk(known, found.ledger, channels_of(known, found.aws)))


def _found(wanted: Wanted, place: Place, asked: Asked, dev: DevAsked) -> tuple[Release, list[Occurrence]]:
    from scripts.announcing.planning import planned
    from scripts.announcing.postponing import postponement
    from scripts.announcing.releases import release_of_pull
    from scripts.clients.github import GitHub

    if wanted.event is Event.PLANNED:
        release, plan = planned(_context(wanted, place, asked, dev), wanted.at)
        return release, [plan]
    github, ledger = GitHub.of_environment(place.outputs.repository), place.desk.ledger
    if wanted.event is Event.POSTPONED:
        release = release_of_pull(github, ledger, wanted.pr or 0)
        return release, [postponement(place.outputs, ledger, release.id, wanted.reason, wanted.at)]
    return _of_execution(wanted, place, github)


def _of_execution(wanted: Wanted, place: Place, github: GitHub) -> tuple[Release, list[Occurrence]]:
    """All that has happened of that event; what was announced already is not announced again.

    Raises:
        NotAnnouncedError: nothing of it has happened.
    """
    from scripts.announcing.executions import as_taken_back
    from scripts.announcing.facts import Failure, TakenBack
    from scripts.announcing.planning import NotAnnouncedError
    from scripts.announcing.reading import Executions
    from scripts.announcing.releases import release_of_pull
    from scripts.clients.failures import AWS_FAILURES, translate
    from scripts.watching.happenings import state

    executions = Executions(place.outputs, place.aws, github, place.desk.ledger)
    try:
        execution_id = wanted.execution_id or executions.of_pull(wanted.pr or 0)
        release, snapshot, all_found = executions.read(execution_id)
    except AWS_FAILURES as problem:
        raise translate(problem) from problem
    if wanted.event is Event.ROLLED_BACK and wanted.pr and wanted.execution_id:
        # a take-back has a pull request of its own, and is an event of the release that it takes back
        release = release_of_pull(github, place.desk.ledger, wanted.pr)
        all_found = [as_taken_back(one, snapshot) for one in all_found]
    found = [one for one in all_found if one.event is wanted.event]
    if not found:
        now = state(snapshot) if snapshot.execution.ended is None else f"it ended {snapshot.execution.status}"
        raise NotAnnouncedError(f"Nothing of execution {execution_id} is {wanted.event}: {now}.")
    for index, one in enumerate(found):
        if isinstance(one, Failure):
            found[index] = replace(one, incident=wanted.incident, post_mortem=wanted.post_mortem)
        if isinstance(one, TakenBack) and wanted.reason:
            found[index] = replace(one, why=wanted.reason)
    return release, found


def _context(wanted: Wanted, place: Place, asked: Asked, dev: DevAsked) -> GateContext:
    from scripts.clients.github import GitHub
    from scripts.gate.context import GateContext

    looked_at, no_dev = open_dev(dev, asked, place.outputs, place.clock)
    now = place.clock.now()
    return GateContext(
        outputs=place.outputs,
        aws=place.aws,
        github=GitHub.of_environment(place.outputs.repository),
        number=wanted.pr or 0,
        now=now,
        at=wanted.at or now,
        ledger=place.desk.ledger,
        dev=looked_at,
        no_dev=no_dev,
    )


def _by_hand(place: Place, release: Release, what: Occurrence) -> Told:
    """Note that a person has made it, on every channel without which it does not count."""
    from scripts.announcing.announce import prepared
    from scripts.announcing.facts import occasion_of
    from scripts.announcing.owed import by_hand
    from scripts.announcing.sending import kind_of
    from sop.channels import Audience, Channel

    would = prepared(what, release, place.desk)
    required = place.outputs.announcements.required if place.outputs.announcements else []
    kinds = {kind_of(name) for name in would.messages}
    # what is not configured somebody has told by hand all the same; mail has a message for each audience
    own = {Channel.MAIL: f"{Channel.MAIL}-{Audience.OPERATIONS}"}
    missing = {own.get(kind, kind): "Announced by hand." for kind in map(Channel, required) if kind not in kinds}
    left_out = {name: why for name, why in would.left_out.items() if name not in missing}
    would = replace(would, messages={**would.messages, **missing}, left_out=left_out)
    channels = tuple(name for name in would.messages if kind_of(name) in required)
    return by_hand(place.desk.ledger, occasion_of(release.id, what), would, channels)
