"""Where the ledger is, and what else is kept of releases (SOP 5.5)."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.account import Account
from components.bucket import BucketArgs, encrypted_bucket
from components.configuration.settings import Settings
from components.contract import Contract
from sop.names import LEDGER

NONCURRENT_DAYS = 365
NOT_KEPT: Contract = {"records_bucket": None, "records_key_arn": None}


@dataclass(frozen=True, kw_only=True)
class RecordsArgs:
    """One environment's settings, and where it lives."""

    account: Account
    settings: Settings


class Records(pulumi.ComponentResource):
    """The records bucket.

    Creates a KMS key with rotation and its alias; an S3 bucket, versioned, encrypted with that key, closed to the
    public and to anything but TLS. What is current stays for ever, earlier versions a year. Production's is protected
    and never emptied, and nobody deletes anything of its ledger.
    """

    contract: Contract

    def __init__(self, name: str, args: RecordsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:Records", name, None, opts)

        protect = args.settings.protects
        bucket_args = BucketArgs(
            account=args.account,
            bucket_name=args.settings.names.records_in(args.account.account_id),
            alias=args.settings.names.records_bucket,
            holds="the records",
            protect=protect,
            force_destroy=not protect,
            noncurrent_days=NONCURRENT_DAYS,
            undeletable=LEDGER if protect else None,
        )
        made = encrypted_bucket(name, bucket_args, self)
        self.contract = {"records_bucket": made.encrypted_name, "records_key_arn": made.key.arn}
        self.register_outputs(self.contract)


def kept_records(settings: Settings, account: Account, opts: pulumi.ResourceOptions) -> Contract:
    """Make the records bucket, unless the configuration leaves it out: what the outputs say of it."""
    if not settings.keep_records:
        return NOT_KEPT
    return Records("records", RecordsArgs(account=account, settings=settings), opts).contract
