"""Runs checks side by side, and puts their answers together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Any

from scripts import preflight
from scripts.bugs import report_bug
from scripts.checks.context import Context
from scripts.checks.framework import C, Check
from scripts.clients.failures import AWS_FAILURES, translate
from scripts.errors import (
    ConfigurationError,
    PromisedResourceMissingError,
    ReleaseError,
    UndeterminedError,
)
from scripts.evidence.calls import Calls, noted_in
from scripts.evidence.redaction import redacted, redacted_text
from scripts.results import Outcome, Report, Result, Status, error, failed
from sop.outputs import StackOutputs

if TYPE_CHECKING:
    from scripts.clients.aws import Aws, Identity
    from scripts.clients.github import GitHub

Clock = Callable[[], datetime]


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
) -> Report:
    """Ask AWS all checks' questions about one execution.

    Args:
        checks: what is looked at, side by side.
        outputs: of the stack.
        aws: clients of the stack's account and region.
        clock: the time of day.
        execution_id: the execution that everything is pinned to; None: the newest.
        revision: the newest execution of this commit instead, or a beginning of its name.
        github: where to look for commits that have started nothing; None: nowhere.
        say: takes a line about what keeps the checks from looking.

    Raises:
        ConfigurationError: the pipeline has no execution `execution_id`.
    """
    started_at = clock()
    context = Context(
        outputs=outputs, aws=aws, now=started_at, execution_id=execution_id, revision=revision, github=github
    )
    _look_first(checks, context, say)
    with ThreadPoolExecutor(max_workers=max(1, len(checks))) as pool:
        results = tuple(pool.map(lambda check: run_check(check, context), checks))
    found_id, found_revision = _pinned_to(context)
    return Report(
        command="verify",
        stack=outputs.environment,
        execution_id=found_id,
        revision=found_revision,
        started_at=started_at,
        finished_at=clock(),
        api_calls=aws.api_calls,
        checks=results,
    )


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
        stack=outputs.environment,
        execution_id=None,
        revision=None,
        started_at=moment,
        finished_at=moment,
        api_calls=aws.api_calls,
        checks=tuple(_result(check, error(cause.message, fix=cause.fix)) for check in checks),
    )


def run_check(check: Check[Context], context: Context) -> Result:
    """The check's answer; what the stack promised and AWS does not have is for `pulumi up` to make again.

    Raises:
        ConfigurationError: what the person asked for cannot be looked at.
    """
    return answer(check, context, remake=f"Run `pulumi up --stack {context.outputs.environment}`.")


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
    return replace(_result(check, outcome), seconds=monotonic() - began, calls=tuple(calls))


def refuse_other_region(outputs: StackOutputs, aws: Aws) -> None:
    """Raises ConfigurationError if the clients speak to another region than the stack's."""
    if aws.region != outputs.region:
        raise ConfigurationError(
            f"The region is {aws.region}, but stack {outputs.environment} is in {outputs.region}.",
            f"Say --region {outputs.region}, or unset AWS_REGION and AWS_DEFAULT_REGION.",
        )


def refuse_other_account(outputs: StackOutputs, identity: Identity) -> None:
    """Raises ConfigurationError if the credentials are another account's than the stack's."""
    if identity.account_id != outputs.account_id:
        raise ConfigurationError(
            f"The credentials are of account {identity.account_id}, but stack {outputs.environment} is in "
            f"{outputs.account_id}.",
            "Choose the account's profile with --profile or AWS_PROFILE.",
        )


def _look_first(checks: Sequence[Check[Context]], context: Context, say: Callable[[str], None]) -> None:
    try:
        preflight.look(checks, context, say)
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
    asked = context.pin.execution_id, context.pin.revision
    try:
        execution = context.execution
    except (ReleaseError, *AWS_FAILURES):
        return asked
    return (execution.id, execution.revision) if execution else asked
