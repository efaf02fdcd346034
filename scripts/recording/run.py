"""What `release record` does between its arguments and what it writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scripts import streams
from scripts.errors import ConfigurationError

if TYPE_CHECKING:
    from scripts.clients.aws import Aws, Identity
    from scripts.clients.clock import AwsClock
    from scripts.ledger.ledger import Ledger
    from scripts.recording.record import Record
    from scripts.results import Report
    from scripts.runs import Asked
    from sop.outputs import StackOutputs


@dataclass(frozen=True)
class Wanted:
    """Which release, with which reports; `keep` is whether a report that is asked anew goes into the ledger."""

    number: int | None
    reports: tuple[Path, ...]
    ledger: Path | None
    keep: bool


def gathered(asked: Asked, wanted: Wanted) -> Record:
    """The release's record. Raises as scripts.recording.gathering does."""
    from scripts.checks import verify_checks
    from scripts.clients.aws import connect
    from scripts.clients.clock import AwsClock
    from scripts.clients.github import GitHub
    from scripts.outputs import read_outputs
    from scripts.recording.gathering import Gathering
    from scripts.runs import introduce
    from scripts.verify import verify
    from sop.names import Environment, Names

    known = read_outputs(asked.stack, asked.outputs)
    clock = AwsClock()
    aws = connect(asked.profile, asked.region, known.region)
    aws.tell(clock)
    identity = introduce(aws, clock, known, asked.deadline)
    ledger = ledger_of(known, wanted.ledger, aws, identity, clock)
    github = GitHub.of_environment(known.repository)

    def verified(execution_id: str) -> Report:
        streams.say("No report of verify was kept: it is asked now.")
        return verify(
            verify_checks(),
            outputs=known,
            aws=aws,
            clock=clock.now,
            execution_id=execution_id,
            github=github,
            say=streams.say,
            deadline=asked.deadline,
        )

    gathering = Gathering(
        outputs=known,
        aws=aws,
        github=github,
        ledger=ledger,
        now=clock.now(),
        dev=Names(Environment.DEV).branch,
        verify=verified,
        keep=wanted.keep,
    )
    if wanted.number is not None:
        return gathering.of_pull(wanted.number, wanted.reports)
    return gathering.of_execution(asked.execution_id or "", wanted.reports)


def ledger_of(
    outputs: StackOutputs, folder: Path | None, aws: Aws, identity: Identity, clock: AwsClock
) -> Ledger | None:
    """The stack's ledger; None, and said so, where it has none."""
    from scripts.ledger.ledger import Ledger
    from scripts.ledger.opening import open_store

    try:
        return Ledger(open_store(outputs, folder, aws, streams.say), identity.arn, clock.now)
    except ConfigurationError as problem:
        if folder is not None:
            raise
        streams.say(f"Without the ledger, of approvals and messages only what others know: {problem.message}")
        return None
