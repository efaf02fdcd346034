"""Where the pipeline keeps what passes between its stages."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.account import Account
from components.bucket import BucketArgs, encrypted_bucket

KEPT_DAYS = 90


@dataclass(frozen=True, kw_only=True)
class ArtifactsArgs:
    """`alias` is the key's alias without `alias/`; what is protected, Pulumi deletes only once it is no longer."""

    account: Account
    bucket_name: str
    alias: str
    protect: bool


class Artifacts(pulumi.ComponentResource):
    """The artifact store.

    Creates a KMS key with rotation and its alias; an S3 bucket, versioned, encrypted with that key, closed to
    the public and to anything but TLS, whose artifacts expire after 90 days.
    """

    bucket_name: pulumi.Output[str]
    bucket_arn: pulumi.Output[str]
    key_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ArtifactsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("release:index:Artifacts", name, None, opts)

        bucket_args = BucketArgs(
            account=args.account,
            bucket_name=args.bucket_name,
            alias=args.alias,
            holds="the artifacts",
            protect=args.protect,
            # All in it is made again by the next execution, and nothing may be left behind
            force_destroy=True,
            current_days=KEPT_DAYS,
            noncurrent_days=KEPT_DAYS,
        )
        made = encrypted_bucket(name, bucket_args, self)
        self.bucket_name = made.bucket.bucket
        self.bucket_arn = made.bucket.arn
        self.key_arn = made.key.arn
        self.register_outputs({"bucket_name": self.bucket_name, "bucket_arn": self.bucket_arn, "key_arn": self.key_arn})
