"""What `release record` and `release history` do between their arguments and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scripts import streams

if TYPE_CHECKING:
    from scripts.clients.aws import Aws
    from scripts.clients.clock import AwsClock
    from scripts.clients.github import GitHub
    from scripts.ledger.ledger import Ledger
    from scripts.recording.record import Record
    from scripts.results import Report
    from scripts.runs import Asked
    from sop.outputs import StackOutputs


@dataclass(frozen=True)
class Opened:
    """One stack, and whom to ask about it; `ledger` is None where it has none."""

    outputs: StackOutputs
    aws: Aws
    github: GitHub
    ledger: Ledger | None
    clock: AwsClock


@dataclass(frozen=True)
class Wanted:
    """Which release, with which reports; `keep` is whether a report that is asked anew goes into the ledger."""

    number: int | None
    reports: tuple[Path, ...]
    keep: bool


def opened(asked: Asked, folder: Path | None) -> Opened:
    """The stack as it is asked about; a ledger that it lacks is said.

    Args:
        asked: the stack, and as whom.
        folder: the argument of --ledger.
    """
    from scripts.clients.aws import connect
    from scripts.clients.clock import AwsClock
    from scripts.clients.github import GitHub
    from scripts.ledger.opening import ledger_or_why
    from scripts.outputs import read_outputs
    from scripts.runs import introduce

    known = read_outputs(asked.stack, asked.outputs)
    clock = AwsClock()
    aws = connect(asked.profile, asked.region, known.region)
    aws.tell(clock)
    identity = introduce(aws, clock, known, asked.deadline)
    github = GitHub.of_environment(known.repository)
    ledger, problem = ledger_or_why(known, folder, aws, identity.arn, clock.now)
    if problem:
        streams.say(f"Without the ledger, of approvals and messages only what others know: {problem.message}")
    return Opened(known, aws, github, ledger, clock)


def gathered(stack: Opened, asked: Asked, wanted: Wanted) -> Record:
    """The release's record. Raises as scripts.recording.gathering does."""
    from scripts.checks import verify_checks
    from scripts.recording.gathering import Gathering
    from scripts.verify import verify
    from sop.names import Environment, Names

    def verified(execution_id: str) -> Report:
        streams.say("No report of verify was kept: it is asked now.")
        return verify(
            verify_checks(),
            outputs=stack.outputs,
            aws=stack.aws,
            clock=stack.clock.now,
            execution_id=execution_id,
            github=stack.github,
            say=streams.say,
            deadline=asked.deadline,
        )

    gathering = Gathering(
        outputs=stack.outputs,
        aws=stack.aws,
        github=stack.github,
        ledger=stack.ledger,
        now=stack.clock.now(),
        dev=Names(Environment.DEV).branch,
        verify=verified,
        keep=wanted.keep,
    )
    if wanted.number is not None:
        return gathering.of_pull(wanted.number, wanted.reports)
    return gathering.of_execution(asked.execution_id or "", wanted.reports)
