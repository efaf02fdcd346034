"""Asks the gate's checks about one pull request, side by side, and puts their answers together.

The keeper and `release run` ask it as the command does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scripts.checks.framework import Check
from scripts.deadlines import DEADLINE
from scripts.gate.command import purpose_of
from scripts.gate.context import GateContext
from scripts.interruption import InterruptedRunError
from scripts.links import place_of
from scripts.results import GATE, Report
from scripts.shared import known
from scripts.verify import answer, side_by_side
from sop.outputs import StackOutputs

if TYPE_CHECKING:
    from scripts.clients.aws import Aws
    from scripts.clients.github import GitHub
    from scripts.gate.pull_request import PullRequest


def _nobody(_line: str) -> None:
    """Hears what nobody wants to hear."""


def gate(
    checks: Sequence[Check[GateContext]],
    *,
    outputs: StackOutputs,
    aws: Aws,
    github: GitHub,
    number: int,
    clock: Callable[[], datetime],
    at: datetime | None = None,
    used: frozenset[int] = frozenset(),
    say: Callable[[str], None] = _nobody,
    deadline: timedelta = DEADLINE,
) -> Report:
    """Whether that pull request may go into the stack's branch, and from there be deployed.

    Args:
        checks: what is looked at, side by side.
        outputs: of the stack that it would be deployed to.
        aws: clients of the stack's account and region.
        github: the stack's repository.
        number: the pull request's.
        clock: AWS's time of day.
        at: when the release is to begin; None: now.
        used: the ids of comments that have approved something already.
        say: takes a line about those checks that take long.
        deadline: how long a check may take.

    Raises:
        ConfigurationError: there is no such pull request.
        InterruptedRunError: KeyboardInterrupt; its report has the answers that there are.
    """
    started_at = clock()
    aws.ask_again()
    context = GateContext(
        outputs=outputs, aws=aws, github=github, number=number, now=started_at, at=at or started_at, used=used
    )
    results, interrupted = side_by_side(checks, lambda one: answer(one, context), aws=aws, deadline=deadline, say=say)
    pull: PullRequest | None = known(context, "pull")
    head = pull.head_sha if pull else None
    report = Report(
        GATE,
        outputs.stack,
        execution_id=None,
        revision=head,
        place=place_of(outputs, None, head),
        purpose=purpose_of(number),
        started_at=started_at,
        finished_at=clock(),
        api_calls=aws.api_calls,
        checks=results,
    )
    if interrupted:
        raise InterruptedRunError(report)
    return report
