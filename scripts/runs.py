"""What a command does between its arguments and its exit code.

What a run needs is imported inside it, and while Pulumi is asked: it takes as long to answer as these to import.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING

from scripts import streams
from scripts.deadlines import answered, start, within
from scripts.errors import InterruptionError
from scripts.publishing import Publication

if TYPE_CHECKING:
    from scripts.clients.aws import Aws, Identity
    from scripts.clients.clock import AwsClock
    from scripts.evidence.keeping import Evidence
    from scripts.interruption import Interruption
    from scripts.observe.watch import Settings
    from scripts.results import Report
    from scripts.waiting import Patience
    from sop.outputs import StackOutputs

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Asked:
    """What the person asked for, whatever the command.

    `wait_at_most` is None where nobody wants to wait.
    """

    profile: str | None
    region: str | None
    deadline: timedelta
    stack: str | None = None
    outputs: Path | None = None
    execution_id: str | None = None
    revision: str | None = None
    evidence: Path | None = None
    for_promotion: bool = False
    wait_at_most: timedelta | None = None


def validated(paths: Sequence[Path], asked: Asked, reports: Publication, now: Clock, interruption: Interruption) -> int:
    """`release validate`."""
    from scripts import validate as validation
    from scripts.clients.aws import connect
    from scripts.clients.clock import AwsClock
    from sop.names import REGION

    clock = AwsClock(now)
    aws = connect(asked.profile, asked.region, REGION)
    aws.tell(clock)
    reports = replace(reports, clock=clock.now, hold=interruption.hold)

    def judge() -> Report:
        return validation.validate(paths, aws=aws, clock=clock.now, say=streams.say, deadline=asked.deadline)

    return published(judge, reports, interruption)


def verified(asked: Asked, reports: Publication, now: Clock, interruption: Interruption) -> int:
    """`release verify`."""
    from scripts.outputs import read_outputs

    outputs = start(partial(read_outputs, asked.stack, asked.outputs))
    from scripts import verify as verification
    from scripts.checks import promotion_checks, verify_checks
    from scripts.clients.aws import SERVICES, connect
    from scripts.clients.clock import AwsClock
    from scripts.clients.github import GitHub
    from scripts.clients.models import read_ahead
    from scripts.evidence.keeping import Evidence
    from scripts.reports import writer
    from scripts.waiting import until_told

    read_ahead(SERVICES)
    start(partial(writer, reports.printed))
    clock = AwsClock(now)
    kept = Evidence(asked.evidence, clock=clock.now)
    reports = replace(reports, evidence=kept, clock=clock.now, hold=interruption.hold)
    checks = promotion_checks() if asked.for_promotion else verify_checks()

    def connected(region: str | None, default: str = "") -> tuple[Aws, Future[Identity]]:
        """The clients, of which the first asks who asks while the others are made."""
        aws = kept.of(connect(asked.profile, region, default))
        aws.tell(clock)
        who = start(aws.identity)
        start(aws.make_ahead)
        return aws, who

    region = asked.region or os.environ.get("AWS_REGION")
    early = connected(region) if region else None  # nothing of the outputs is needed for it
    known = outputs.result()
    if asked.for_promotion:
        from scripts.checks.promotion import refuse_other_than_dev

        refuse_other_than_dev(known)
    aws, who = early or connected(None, known.region)
    with reports.even_unseen("verify", checks, known, aws):
        introduce(aws, clock, known, asked.deadline, who)
    streams.say(f"{known.pipeline_name}: {len(checks)} checks")

    def judge() -> Report:
        return verification.verify(
            checks,
            outputs=known,
            aws=aws,
            clock=clock.now,
            execution_id=asked.execution_id,
            revision=asked.revision,
            github=GitHub.of_environment(known.repository),
            say=streams.say,
            deadline=asked.deadline,
        )

    if patience := _patience(asked, aws, clock, kept):
        return published(lambda: until_told(judge, patience), reports, interruption)
    return published(judge, reports, interruption)


def observed(settings: Settings, asked: Asked, reports: Publication, now: Clock, interruption: Interruption) -> int:
    """`release observe`; there is a report even if a signal comes before the observation begins."""
    from scripts.clients.aws import connect
    from scripts.clients.clock import AwsClock
    from scripts.evidence.folder import JOURNAL
    from scripts.evidence.keeping import Evidence
    from scripts.observe.checks import CHECKS
    from scripts.observe.observer import observe
    from scripts.observe.patience import interrupted, wait_until
    from scripts.observe.watch import World
    from scripts.outputs import read_outputs

    clock = AwsClock(now)
    kept = Evidence(asked.evidence, JOURNAL, clock.now)
    reports = replace(reports, evidence=kept, clock=clock.now, hold=interruption.hold)

    def connected(own_region: str) -> Aws:
        aws = kept.of(connect(asked.profile, asked.region, own_region))
        aws.tell(clock)
        return aws

    known = aws = None
    try:
        known = read_outputs(asked.stack, asked.outputs)
        region, aws = known.region, connected(known.region)
        with reports.even_unseen("observe", CHECKS, known, aws):
            introduce(aws, clock, known, asked.deadline)
            wait = partial(wait_until, clock=clock.now)
            report = observe(settings, known, World(lambda: connected(region), clock.now, wait, streams.say))
        reports.publish(report)
    except KeyboardInterrupt:  # none comes once a report is being published
        report = interrupted(settings, known, aws, clock.now())
        reports.publish(report)
    return report.exit_code


def published(judge: Callable[[], Report], reports: Publication, interruption: Interruption) -> int:
    """Publish what it says, or had to say when it was interrupted; the exit code.

    Raises:
        InterruptionError: it was.
    """
    from scripts.interruption import InterruptedRunError

    try:
        report = judge()
    except InterruptedRunError as stopped:
        reports.publish(stopped.report)
        told = "The run was interrupted; its report says how far it came."
        raise InterruptionError(interruption.exit_code, told, reported=True) from None
    reports.publish(report)
    return report.exit_code


def _patience(asked: Asked, aws: Aws, clock: AwsClock, kept: Evidence) -> Patience | None:
    if asked.wait_at_most is None:
        return None
    from scripts.waiting import LOOK, Patience

    def look() -> None:
        from scripts.errors import ReleaseError

        kept.start_over()
        try:
            within(LOOK, aws.identity, "AWS has not answered sts:GetCallerIdentity")
        except ReleaseError as problem:  # the next round says what is wrong
            streams.say(problem.message)

    return Patience(asked.wait_at_most, clock.now, look, streams.say, sleep)


def introduce(
    aws: Aws, clock: AwsClock, known: StackOutputs, deadline: timedelta, asked: Future[Identity] | None = None
) -> Identity:
    """Say who asks, and when: AWS's first answer has told both, by a third of the deadline.

    `asked` is that question, where it has been put already.

    Raises:
        ConfigurationError: the clients are of another region or account than the stack.
        UndeterminedError: AWS does not say who asks.
    """
    from scripts import verify as verification

    verification.refuse_other_region(known, aws)
    who = asked or start(aws.identity)
    identity = answered(who, deadline / 3, "AWS has not answered sts:GetCallerIdentity")
    streams.say(f"Account {identity.account_id}, region {aws.region}, as {identity.arn}")
    if wrong := clock.difference():
        streams.say(wrong)
    verification.refuse_other_account(known, identity)
    return identity
