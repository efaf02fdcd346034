"""`release gate`: parses and prints."""

from __future__ import annotations

from typing import Annotated

import typer

from scripts import options
from scripts.interruption import interruptible
from scripts.publishing import publication
from scripts.reports import Format


def purpose_of(number: int) -> str:
    """What the verdict is for, as reports say it."""
    return f"for pull request #{number}"


def gate(
    *,
    pr: Annotated[int, typer.Option("--pr", min=1, metavar="NUMBER", help="The pull request.", show_default=False)],
    stack: options.StackOption = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Ask about that time, 2026-12-29T11:00+10:00 say. Default: now."),
    ] = None,
    outputs: options.OutputsOption = None,
    ledger: options.LedgerOption = None,
    dev_stack: options.DevStackOption = None,
    dev_outputs: options.DevOutputsOption = None,
    dev_profile: options.DevProfileOption = None,
    profile: options.ProfileOption = None,
    region: options.RegionOption = None,
    deadline: options.DeadlineOption = options.DEADLINE,
    report_format: options.FormatOption = Format.TABLE,
    output: options.OutputOption = None,
) -> None:
    """SOP 3.2-3.4, 6: GO or NO-GO for a pull request.

    Every reason at once, how each approval was counted, and what to do. Exit code: 0 GO, 3 NO-GO, 4 not determined;
    else those of verify.
    """
    from scripts.clients.clock import laptop
    from scripts.gate.opening import DevAsked
    from scripts.gate.run import Question, gated
    from scripts.runs import Asked

    question = Question(pr, options.moment_of("--at", at), ledger, DevAsked(dev_stack, dev_outputs, dev_profile))
    reports = publication("gate", report_format, output, laptop, purpose=purpose_of(pr))
    with interruptible() as interruption:
        asked = Asked(profile, region, options.span_of(deadline), stack, outputs)
        raise typer.Exit(gated(question, asked, reports, interruption))
