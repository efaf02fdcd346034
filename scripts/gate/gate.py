"""Asks the gate's checks about one pull request, side by side, and puts their answers together.

The keeper and `release run` ask it as the command does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from scripts.checks.framework import Check
from scripts.clients.failures import AWS_FAILURES
from scripts.deadlines import DEADLINE
from scripts.errors import ReleaseError
from scripts.gate.command import purpose_of
from scripts.gate.context import GateContext
from scripts.interruption import InterruptedRunError
from scripts.links import place_of
from scripts.results import GATE, Report, Result, Status
from scripts.shared import known
from scripts.text import listing
from scripts.verify import answer, side_by_side
from sop.calendar.public_holidays import CalendarUnknownError
from sop.outputs import StackOutputs
from sop.times import shown
from sop.windows import BUSINESS_HOURS

if TYPE_CHECKING:
    from scripts.clients.aws import Aws
    from scripts.clients.github import GitHub
    from scripts.gate.dev import Dev
    from scripts.gate.pull_request import PullRequest
    from scripts.ledger.ledger import Ledger
    from sop.calendar.calendar import Needed


REMARK = "rollback-target"  # the check whose answer is one, and holds nothing up


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
    needed: Needed | None = None,
    ledger: Ledger | None = None,
    no_ledger: ReleaseError | None = None,
    dev: Dev | None = None,
    no_dev: ReleaseError | None = None,
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
        needed: how long it takes from then on; None: as long as from a merge.
        ledger: the stack's; `no_ledger` says why there is none.
        dev: the stack that changes come from; `no_dev` says why it cannot be looked at.
        say: takes a line about those checks that take long.
        deadline: how long a check may take.

    Raises:
        ConfigurationError: there is no such pull request.
        InterruptedRunError: KeyboardInterrupt; its report has the answers that there are.
    """
    started_at = clock()
    aws.ask_again()
    context = GateContext(
        outputs=outputs,
        aws=aws,
        github=github,
        number=number,
        now=started_at,
        at=at or started_at,
        needed=needed,
        ledger=ledger,
        no_ledger=no_ledger,
        dev=dev,
        no_dev=no_dev,
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
    return replace(report, **_outlook(context, results))


def _outlook(context: GateContext, results: Sequence[Result]) -> dict[str, Any]:
    """When it could be GO at the earliest, and on what that hangs; where it is, what is remarked."""
    wrong = [one for one in results if one.status not in (Status.PASS, Status.SKIPPED)]
    if not wrong:
        return {
            "outlook": " ".join(one.headline for one in results if one.id == REMARK and one.status is Status.SKIPPED)
        }
    people = [one.id for one in wrong if one.again_at is None]
    once = f", once {listing(people)} {'is' if len(people) == 1 else 'are'} settled" if people else ""
    try:
        calendar = context.calendar
        moments = [one.again_at or context.now + one.lead for one in wrong]
        since = max([context.at, context.now, *moments])
        earliest = calendar.next_open(since, context.needed) if calendar else since
    except (ReleaseError, CalendarUnknownError, *AWS_FAILURES):
        return {"outlook": f"When it could be GO is not known{once}."}
    if earliest is None:
        return {"outlook": f"Nothing opens by itself{once}."}
    zone = calendar.zone if calendar else BUSINESS_HOURS.zone
    return {"outlook": f"GO at {shown(earliest, zone)} at the earliest{once}.", "again_at": earliest}
