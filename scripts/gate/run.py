"""What `release gate` does between its arguments and its exit code."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from scripts import streams
from scripts.deadlines import start
from scripts.gate.opening import DevAsked, open_dev
from scripts.publishing import Publication
from scripts.runs import Asked, introduce, published

if TYPE_CHECKING:
    from scripts.interruption import Interruption
    from scripts.results import Report

SERVICES = ("sts", "codebuild")


@dataclass(frozen=True)
class Question:
    """About which pull request, at which time, with the ledger in which folder; None: now, in the records bucket."""

    number: int
    at: datetime | None
    ledger: Path | None
    dev: DevAsked = field(default_factory=DevAsked)


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
    from scripts.ledger.opening import ledger_or_why
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
    ledger, no_ledger = ledger_or_why(known, question.ledger, aws, identity.arn, clock.now)
    dev, no_dev = open_dev(question.dev, asked, known, clock)
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
