"""Where a stack's ledger is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.errors import ConfigurationError
from scripts.ledger.store import Store

if TYPE_CHECKING:
    from scripts.clients.aws import Aws
    from sop.outputs import StackOutputs


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
