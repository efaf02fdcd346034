"""Where a stack's ledger is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scripts import streams
from scripts.errors import ConfigurationError
from scripts.ledger.ledger import Ledger
from scripts.ledger.store import Store

if TYPE_CHECKING:
    from scripts.clients.aws import Aws
    from scripts.clients.clock import AwsClock
    from scripts.runs import Asked
    from sop.outputs import StackOutputs


@dataclass(frozen=True)
class Opened:
    """A stack's clients, AWS's time, and its ledger as written by who asks."""

    aws: Aws
    clock: AwsClock
    ledger: Ledger


def opened(known: StackOutputs, asked: Asked, folder: Path | None) -> Opened:
    """Open what cannot be done without the ledger; AWS is asked nothing where there is none.

    Args:
        known: the stack's outputs.
        asked: as whom, and how long AWS may take.
        folder: the argument of --ledger.

    Raises:
        ReleaseError: there is no ledger, or AWS does not say who asks.
    """
    from scripts.clients.aws import connect
    from scripts.clients.clock import AwsClock
    from scripts.runs import introduce

    clock = AwsClock()
    aws = connect(asked.profile, asked.region, known.region)
    aws.tell(clock)
    store = open_store(known, folder, aws, streams.say)
    identity = introduce(aws, clock, known, asked.deadline)
    return Opened(aws, clock, Ledger(store, identity.arn, clock.now))


def ledger_or_why(
    known: StackOutputs, folder: Path | None, aws: Aws, by: str, now: Callable[[], datetime]
) -> tuple[Ledger | None, ConfigurationError | None]:
    """The ledger, or why the stack has none, for who can do without.

    Raises:
        ConfigurationError: the folder that somebody named cannot be it.
    """
    try:
        return Ledger(open_store(known, folder, aws, streams.say), by, now), None
    except ConfigurationError as problem:
        if folder is not None:
            raise
        return None, problem


def open_store(outputs: StackOutputs, folder: Path | None, aws: Aws, say: Callable[[str], None]) -> Store:
    """The stack's records bucket, or the folder where its outputs name none.

    Args:
        outputs: the stack's.
        folder: the argument of --ledger.
        aws: the clients.
        say: tells what a folder is not.

    Raises:
        ConfigurationError: there is neither, or both.
    """
    bucket = outputs.records_bucket
    if bucket and folder:
        raise ConfigurationError(
            f"--ledger {folder}: the ledger of {outputs.stack} is in its records bucket {bucket}, where others look.",
            "Leave --ledger out.",
        )
    if bucket:
        from scripts.ledger.bucket import BucketStore

        return BucketStore(aws, bucket, outputs.account_id)
    if folder is None:
        raise ConfigurationError(
            f"The outputs of {outputs.stack} name no records bucket, in which its ledger would be.",
            f"`pulumi up --stack {outputs.stack}` with this version of the project makes it; --ledger FOLDER keeps the "
            "ledger on this machine, and protects this machine only.",
        )
    from scripts.ledger.folder import FolderStore

    say(f"The ledger is {folder}: it protects this machine only; nobody else sees what stands there.")
    return FolderStore(folder)
