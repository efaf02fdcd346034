"""What `release gate` does between its arguments and its exit code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from scripts import streams
from scripts.deadlines import start, within
from scripts.errors import ConfigurationError, ReleaseError
from scripts.publishing import Publication
from scripts.runs import Asked, introduce, published
from sop.names import Environment

if TYPE_CHECKING:
    from scripts.clients.clock import AwsClock
    from scripts.gate.dev import Dev
    from scripts.interruption import Interruption
    from scripts.results import Report
    from sop.outputs import StackOutputs

SERVICES = ("sts", "codebuild")


@dataclass(frozen=True)
class Question:
    """About which pull request, at which time, with the ledger in which folder; None: now, in the records bucket."""

    number: int
    at: datetime | None
    ledger: Path | None
    dev_stack: str | None = None
    dev_outputs: Path | None = None
    dev_profile: str | None = None


def gated(question: Question, asked: Asked, reports: Publication, interruption: Interruption) -> int:
    """Judge the pull request, publish the report; the exit code."""
    from scripts.outputs import read_outputs

    outputs = start(partial(read_outputs, asked.stack, asked.outputs))
    from scripts.checks import gate_checks
    from scripts.clients.aws import connect
    from scripts.clients.clock import AwsClock
    from scripts.clients.github import GitHub
    from scripts.clients.models import read_ahead
    from scripts.gate.gate import gate
    from scripts.ledger.ledger import Ledger
    from scripts.ledger.opening import open_store
    from scripts.results import GATE

    read_ahead(SERVICES)
    known = outputs.result()
    clock = AwsClock(reports.clock)
    reports = replace(reports, clock=clock.now, hold=interruption.hold)
    aws = connect(asked.profile, asked.region, known.region)
    aws.tell(clock)
    checks = gate_checks(known.environment)
    with reports.even_unseen(GATE, checks, known, aws):
        identity = introduce(aws, clock, known, asked.deadline)
    try:
        ledger, no_ledger = Ledger(open_store(known, question.ledger, aws, streams.say), identity.arn, clock.now), None
    except ConfigurationError as problem:
        if question.ledger is not None:
            raise
        ledger, no_ledger = None, problem  # which the check that needs it says
    dev, no_dev = _dev(question, asked, known, clock) if known.environment == Environment.PROD else (None, None)
    streams.say(f"{known.repository} #{question.number}: {len(checks)} checks")

    def judge() -> Report:
        return gate(
            checks,
            outputs=known,
            aws=aws,
            github=GitHub.of_environment(known.repository),
            number=question.number,
            clock=clock.now,
            at=question.at,
            ledger=ledger,
            no_ledger=no_ledger,
            dev=dev,
            no_dev=no_dev,
            say=streams.say,
            deadline=asked.deadline,
        )

    return published(judge, reports, interruption)


def _dev(
    question: Question, asked: Asked, known: StackOutputs, clock: AwsClock
) -> tuple[Dev | None, ReleaseError | None]:
    """dev, or why it cannot be looked at: that is for the check to say that needs it."""
    from scripts.clients.aws import connect
    from scripts.gate.dev import Dev
    from scripts.outputs import read_outputs
    from scripts.verify import refuse_other_account

    named = question.dev_stack or (None if question.dev_outputs or asked.outputs else _beside(known.stack))
    if named is None and question.dev_outputs is None:
        return None, None
    try:
        outputs = read_outputs(named, question.dev_outputs)
        aws = connect(question.dev_profile or asked.profile, None, outputs.region)
        aws.tell(clock)
        identity = within(asked.deadline / 3, aws.identity, "AWS has not answered sts:GetCallerIdentity for dev")
        refuse_other_account(outputs, identity)
    except ReleaseError as problem:
        return None, problem
    return Dev(outputs, aws), None


def _beside(stack: str) -> str:
    """The dev stack of the same label: `dev` of `prod`, `api-dev` of `api-prod`."""
    return f"{stack.removesuffix(Environment.PROD)}{Environment.DEV}"
