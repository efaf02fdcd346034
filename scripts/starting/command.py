"""`release start`: parses and prints."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from scripts import doings, options
from scripts.errors import ConfigurationError

REASONS = ("rerun-failed", "pipeline-test", "emergency")


def start(
    *,
    reason: Annotated[
        str, typer.Option("--reason", metavar="|".join(REASONS), help="Why (SOP 2.3).", show_default=False)
    ],
    execution_id: Annotated[
        str | None, typer.Option(metavar="ID", help="Which failed execution to run again. Default: the newest one.")
    ] = None,
    stack: options.StackOption = None,
    outputs: options.OutputsOption = None,
    ledger: options.LedgerOption = None,
    profile: options.ProfileOption = None,
    region: options.RegionOption = None,
    deadline: options.DeadlineOption = options.DEADLINE,
    printed: options.ShapeOption = options.Shape.TABLE,
) -> None:
    """SOP 2.3: start the pipeline by hand, with a known commit.

    rerun-failed: that of an execution that Failed, or was Stopped or Cancelled, or of a merge that started nothing for
    ten minutes; never one that comes before what runs. pipeline-test and emergency: what runs. The same command again
    is the same execution; who, why and when stand in the stack's ledger. Exit code: 0 started, or it had been; 3
    refused, with what to do instead; 4 it could not be determined; 2 wrong usage or configuration.
    """
    if reason not in REASONS:
        raise ConfigurationError(
            f"--reason {reason}: the pipeline is started by hand for {', '.join(REASONS)} only.",
            "A new change is merged, and starts it by itself; a rollback is docs/runbooks/rollback.md.",
        )
    from scripts.clients.github import GitHub
    from scripts.deadlines import within
    from scripts.door.command import opened
    from scripts.runs import Asked
    from scripts.starting.reasons import Reason
    from scripts.starting.starts import Starting

    asked = Asked(profile, region, options.span_of(deadline), stack, outputs)
    known, aws, written, _ = opened(asked, ledger)
    starting = Starting(known, aws, written, GitHub.of_environment(known.repository))
    done = within(
        asked.deadline, partial(starting.start, Reason(reason), execution_id), "AWS or GitHub has not answered"
    )
    how = "Started" if done.anew else "It had been started already:"
    text = (
        f"{how} execution {done.execution_id} of {done.wish.commit[:12]}, {reason} after {done.wish.after[:12]}.\n"
        f"  release verify --stack {known.stack} --execution-id {done.execution_id} --wait"
    )
    more = {"execution_id": done.execution_id, "revision": done.wish.commit, "reason": reason, "anew": done.anew}
    doings.tell(printed, "start", known.stack, text, **more)
