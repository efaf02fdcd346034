"""`release announce`: parses and prints."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from scripts import options
from scripts.announcing.events import Event
from scripts.errors import ConfigurationError

EVENTS = "|".join(Event)


def announce(
    what: Annotated[
        str | None,
        typer.Argument(metavar="[EVENT|KEY]", help=f"{EVENTS}; or the name of one message.", show_default=False),
    ] = None,
    *,
    pr: Annotated[int | None, typer.Option("--pr", min=1, metavar="NUMBER", help="Whose pull request.")] = None,
    execution_id: Annotated[
        str | None, typer.Option(metavar="ID", help="Which execution. Default: the pull request's newest.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="When a planned one begins, 2026-12-29T11:00+10:00 say.")
    ] = None,
    reason: Annotated[str, typer.Option(metavar="WHY", help="Why it is postponed, or was taken back.")] = "",
    incident: Annotated[str, typer.Option(metavar="URL", help="The ticket of a failure.")] = "",
    post_mortem: Annotated[str | None, typer.Option(metavar="TIME", help="When a failure's post-mortem is.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would go out, and send nothing.")] = False,
    was_sent: Annotated[
        bool, typer.Option("--was-sent", help="A person has sent it, or seen that it arrived: note that.")
    ] = False,
    resend: Annotated[
        bool, typer.Option("--resend", help="A person has seen that KEY did not arrive: send it once more.")
    ] = False,
    pending: Annotated[
        bool, typer.Option("--pending", help="Tell what is owed, who is sending, and try again what was not sent.")
    ] = False,
    stack: options.StackOption = None,
    outputs: options.OutputsOption = None,
    ledger: options.LedgerOption = None,
    dev_stack: options.DevStackOption = None,
    dev_outputs: options.DevOutputsOption = None,
    dev_profile: options.DevProfileOption = None,
    profile: options.ProfileOption = None,
    region: options.RegionOption = None,
    deadline: options.DeadlineOption = options.DEADLINE,
    printed: options.ShapeOption = options.Shape.TABLE,
) -> None:
    """SOP 5.1-5.4: tell everybody of a release, once.

    By mail, Slack and the status page, as far as they are configured. The same again sends only what was not sent, with
    the first bytes. Exit code: 0 everybody was told; 3 it cannot be announced, and everything that is missing; 4
    somebody was not told, or it is uncertain; 2 wrong usage or configuration.
    """
    from scripts.announcing.run import Wanted, announced, settled, still_owed
    from scripts.gate.opening import DevAsked
    from scripts.runs import Asked

    asked = Asked(profile, region, options.span_of(deadline), stack, outputs)
    json = printed is options.Shape.JSON
    event = Event(what) if what in list(Event) else None
    if sum((was_sent, resend, pending)) > 1:
        raise ConfigurationError("--was-sent, --resend and --pending: say one of them.")
    if pending:
        if what is not None:
            raise ConfigurationError("--pending is about all events.", "Leave EVENT out; --pr NUMBER narrows it.")
        text, code = still_owed(pr, asked, ledger, dry_run=dry_run, json=json)
    elif event is None and what is not None and (was_sent or resend):
        if dry_run:
            raise ConfigurationError("--dry-run is for EVENT and --pending.")
        text, code = settled(what, asked, ledger, resend=resend, json=json)
    else:
        wanted = Wanted(
            _event(event, what),
            pr,
            execution_id,
            options.moment_of("--at", at),
            " ".join(reason.split()),
            _address(incident),
            options.moment_of("--post-mortem", post_mortem),
            dry_run=dry_run,
            was_sent=was_sent,
            as_json=json,
        )
        _refuse(wanted.event, pr, execution_id, at, was_sent=was_sent, resend=resend)
        text, code = announced(wanted, asked, ledger, DevAsked(dev_stack, dev_outputs, dev_profile))
    sys.stdout.write(f"{text}\n")
    raise typer.Exit(code)


def _event(event: Event | None, given: str | None) -> Event:
    if event is None:
        raise ConfigurationError(
            f"{given}: there is no such event." if given else "What is to be announced?",
            f"Say one of {', '.join(Event)}; or --pending.",
        )
    return event


def _address(incident: str) -> str:
    if incident and not incident.startswith("https://"):
        raise ConfigurationError(f"--incident {incident}: expected an address, https://…")
    return incident


def _refuse(
    event: Event, pr: int | None, execution_id: str | None, at: str | None, *, was_sent: bool, resend: bool
) -> None:
    """Raises ConfigurationError where the options do not fit the event."""
    before = event in (Event.PLANNED, Event.POSTPONED)
    if before and (pr is None or execution_id):
        raise ConfigurationError(f"{event} is of a pull request.", "Say --pr NUMBER, and no execution.")
    both = event is Event.ROLLED_BACK and pr is not None and execution_id is not None
    if not before and not both and (pr is None) == (execution_id is None):
        raise ConfigurationError(f"{event} is of an execution.", "Say --execution-id ID, or --pr NUMBER.")
    if at and not before:
        raise ConfigurationError("--at is when a planned release begins.", f"Leave it out: {event} has its own time.")
    if was_sent and event is not Event.PLANNED:
        raise ConfigurationError(
            f"--was-sent of {event} needs the name of a message.", "`release announce --pending` prints them."
        )
    if resend:
        raise ConfigurationError(
            "--resend needs the name of a message.", "`release announce --pending` prints them: pr-12/failed/ID/slack."
        )
