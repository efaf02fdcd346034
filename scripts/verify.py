"""Runs checks side by side, and puts their answers together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from scripts import preflight
from scripts.bugs import report_bug
from scripts.checks.context import Context
from scripts.checks.framework import C, Check
from scripts.clients.failures import AWS_FAILURES, translate
from scripts.deadlines import DEADLINE, start, wait_for
from scripts.errors import (
    ConfigurationError,
    PromisedResourceMissingError,
    ReleaseError,
    UndeterminedError,
)
from scripts.evidence.calls import Calls, noted_in
from scripts.evidence.redaction import redacted, redacted_text
from scripts.facts.pipeline import Executions
from scripts.fixes import of_stack
from scripts.interruption import InterruptedRunError
from scripts.links import place_of
from scripts.results import Outcome, Report, Result, Status, error, failed, inconclusive
from scripts.shared import known
from scripts.text import span
from sop.outputs import StackOutputs

if TYPE_CHECKING:
    from scripts.clients.aws import Aws, Identity
    from scripts.clients.github import GitHub

Clock = Callable[[], datetime]

INTERRUPTED = inconclusive("The run was interrupted before this had an answer.", fix="Run the same command again.")


def _nobody(_line: str) -> None:
    """Hears what nobody wants to hear."""


def verify(
    checks: Sequence[Check[Context]],
    *,
    outputs: StackOutputs,
    aws: Aws,
    clock: Clock,
    execution_id: str | None = None,
    revision: str | None = None,
    github: GitHub | None = None,
    say: Callable[[str], None] = _nobody,
    deadline: timedelta = DEADLINE,
) -> Report:
    """Ask AWS all checks' questions about one execution.

    After the deadline the report has the answers that there are.

    Args:
        checks: what is looked at, side by side.
        outputs: of the stack.
        aws: clients of the stack's account and region.
        clock: the time of day.
        execution_id: the execution that everything is pinned to; None: the newest.
        revision: the newest execution of this commit instead, or a beginning of its name.
        github: where to look for commits that have started nothing; None: nowhere.
        say: takes a line about what keeps the checks from looking, and about those that take long.
        deadline: how long a check may take; looking first may take a third of it.

    Raises:
        ConfigurationError: the pipeline has no execution `execution_id`.
        InterruptedRunError: KeyboardInterrupt; its report has the answers that there are.
    """
    started_at = clock()
    context = Context(
        outputs=outputs, aws=aws, now=started_at, execution_id=execution_id, revision=revision, github=github
    )
    aws.ask_again()

    def first() -> Mapping[str, Future[Any]]:
        _look_first(checks, context, say, deadline / 3)
        begun: dict[str, Future[Any]] = {"execution": start(lambda: context.execution)}  # whatever the checks need
        if any("cloudformation:DescribeStackEvents" in check.permissions for check in checks):
            # asked beside the time of Deploy, which the events wait for, too
            begun["stack"] = start(lambda: context.stack and context.own_resources)
        return begun

    results, interrupted = side_by_side(
        checks, lambda check: run_check(check, context), aws=aws, deadline=deadline, say=say, first=first
    )
    pins = _pinned_to(context)
    report = Report(
        "verify",
        outputs.stack,
        *pins,
        place=place_of(outputs, *pins),
        begun_at=_begun(context),
        started_at=started_at,
        finished_at=clock(),
        api_calls=aws.api_calls,
        checks=results,
    )
    if interrupted:
        raise InterruptedRunError(report)
    return report


def side_by_side(
    checks: Sequence[Check[C]],
    ask: Callable[[Check[C]], Result],
    *,
    aws: Aws,
    deadline: timedelta,
    say: Callable[[str], None],
    first: Callable[[], Mapping[str, Future[Any]]] = dict,
) -> tuple[tuple[Result, ...], bool]:
    """The checks' answers, and whether KeyboardInterrupt came before there were all.

    Args:
        checks: what is looked at, all of it at once.
        ask: has a check's answer.
        aws: the clients that the checks ask through.
        deadline: how long it may take; who has no answer then is an ERROR, who has none when interrupted INCONCLUSIVE.
        say: takes a line about those that take long.
        first: what to do before; what it has begun is waited for, too.
    """
    answers: dict[str, Future[Result]] = {}
    interrupted = False
    try:
        begun = first()
        answers = {check.id: start(partial(ask, check)) for check in checks}
        wait_for({**answers, **begun}, deadline, say)
    except KeyboardInterrupt:
        interrupted = True
    results = tuple(
        answer.result()
        if (answer := answers.get(check.id)) and answer.done()
        else _result(check, INTERRUPTED if interrupted else _too_late(check, aws, deadline))
        for check in checks
    )
    return results, interrupted


def unseen(
    command: str,
    checks: Sequence[Check[Any]],
    *,
    outputs: StackOutputs,
    aws: Aws,
    cause: UndeterminedError,
    clock: Clock,
) -> Report:
    """The report of a run that could not look at anything: every check is an ERROR with that cause."""
    moment = clock()
    return Report(
        command=command,
        stack=outputs.stack,
        execution_id=None,
        revision=None,
        started_at=moment,
        finished_at=moment,
        api_calls=aws.api_calls,
        checks=tuple(_result(check, error(cause.message, fix=cause.fix)) for check in checks),
        place=place_of(outputs),
    )


def run_check(check: Check[Context], context: Context) -> Result:
    """The check's answer; what the stack promised and AWS does not have is for `pulumi up` to make again.

    Raises:
        ConfigurationError: what the person asked for cannot be looked at.
    """
    return answer(check, context, remake=f"Run `pulumi up --stack {context.outputs.stack}`.")


def answer(check: Check[C], context: C, *, remake: str = "") -> Result:
    """The check's answer. Whatever goes wrong in it is its answer, too; wrong usage is not.

    Args:
        check: what is looked at.
        context: what it is looked at through.
        remake: the fix where something that was promised is missing, and nothing better is known.

    Raises:
        ConfigurationError: what the person asked for cannot be looked at.
    """
    began = monotonic()
    with noted_in(Calls()) as calls:
        outcome = _attempt(check, context, remake)
    result = _result(check, outcome)
    if result.fix and (outputs := getattr(context, "outputs", None)):
        result = replace(result, fix=of_stack(result.fix, outputs))
    return replace(result, seconds=monotonic() - began, calls=tuple(calls))


def refuse_other_region(outputs: StackOutputs, aws: Aws) -> None:
    """Raises ConfigurationError if the clients speak to another region than the stack's."""
    if aws.region != outputs.region:
        raise ConfigurationError(
            f"The region is {aws.region}, but stack {outputs.stack} is in {outputs.region}.",
            f"Say --region {outputs.region}, or unset AWS_REGION and AWS_DEFAULT_REGION.",
        )


def refuse_other_account(outputs: StackOutputs, identity: Identity) -> None:
    """Raises ConfigurationError if the credentials are another account's than the stack's."""
    if identity.account_id != outputs.account_id:
        raise ConfigurationError(
            f"The credentials are of account {identity.account_id}, but stack {outputs.stack} is in "
            f"{outputs.account_id}.",
            "Choose the account's profile with --profile or AWS_PROFILE.",
        )


def _look_first(
    checks: Sequence[Check[Context]], context: Context, say: Callable[[str], None], allowed: timedelta
) -> None:
    try:
        preflight.look(checks, context, say, allowed)
    except ReleaseError:
        raise
    except Exception as problem:  # a bug in looking first must not hide what the checks find
        report_bug(problem, "preflight")


def _result(check: Check[C], outcome: Outcome) -> Result:
    """Without secrets: every report is made of it, and logs, outputs and AWS's own words may hold some."""
    good = outcome.status in (Status.PASS, Status.SKIPPED)
    return Result(
        id=check.id,
        sop=check.sop,
        title=check.title,
        status=outcome.status,
        observed=redacted_text(outcome.observed),
        expected=redacted_text(outcome.expected or check.expected),
        fix="" if good else redacted_text(outcome.fix or check.fix),
        evidence=redacted(outcome.evidence),
        again_at=outcome.again_at,
        configured=outcome.configured,
        lead=outcome.lead,
    )


def _attempt(check: Check[C], context: C, remake: str) -> Outcome:
    try:
        return check.run(context)
    except PromisedResourceMissingError as problem:
        return failed(problem.message, fix=problem.fix or remake)
    except UndeterminedError as problem:
        return error(problem.message, fix=problem.fix)
    except AWS_FAILURES as problem:
        cause = translate(problem, check.permissions)
        return error(cause.message, fix=cause.fix)
    except ReleaseError:
        raise
    except Exception as problem:  # a bug in one check must not hide what the others found
        report_bug(problem, check.id)
        return error(f"The check itself failed: {type(problem).__name__}: {problem}", fix="Report this as a bug.")


def _pinned_to(context: Context) -> tuple[str | None, str | None]:
    executions: Executions | None = known(context, "executions")
    if executions is None or executions.chosen is None:
        return context.pin.execution_id, context.pin.revision
    return executions.chosen.id, executions.chosen.revision


def _begun(context: Context) -> datetime | None:
    executions: Executions | None = known(context, "executions")
    return executions.chosen.started if executions and executions.chosen else None


def _too_late(check: Check[Any], aws: Aws, deadline: timedelta) -> Outcome:
    """The answer of a check that has none: how far it came."""
    progress = aws.underway.told(action.partition(":")[2] for action in check.permissions)
    return error(
        f"No answer within {span(deadline)}" + (f": {progress}." if progress else "."),
        fix="Run the same command again; `--deadline 5m` gives it longer.",
    )
