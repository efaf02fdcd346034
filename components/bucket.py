"""A bucket as every one of this program is: versioned, encrypted with a key of its own, closed to the public and to
anything but TLS, and cleared of what nobody needs any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.account import Account
from components.policies import Statement, document, key_administration

_KEY_DELETION_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """What tells one from another.

    `alias` is the key's alias without `alias/`, `holds` what is in the bucket, in words. What is protected, Pulumi
    deletes only once it is no longer; `force_destroy` then takes the content with it. Versions that are not current
    are deleted after `noncurrent_days`, current ones after `current_days`, or never. Nobody deletes what is below
    `undeletable`, a folder.
    """

    account: Account
    bucket_name: str
    alias: str
    holds: str
    protect: bool
    force_destroy: bool
    noncurrent_days: int
    current_days: int | None = None
    undeletable: str | None = None


@dataclass(frozen=True, kw_only=True)
class EncryptedBucket:
    """What was made."""

    bucket: aws.s3.Bucket
    key: aws.kms.Key
    encrypted_name: pulumi.Output[str]  # the bucket's, once it encrypts what is put into it


def encrypted_bucket(name: str, args: BucketArgs, parent: pulumi.Resource) -> EncryptedBucket:
    """Make the bucket, all that secures it, and its key, as the parent's."""
    key = aws.kms.Key(
        f"{name}-key",
        description=f"Encrypts {args.holds} in {args.bucket_name}",
        enable_key_rotation=True,
        deletion_window_in_days=_KEY_DELETION_DAYS,
        policy=document([key_administration(args.account)]),
        opts=pulumi.ResourceOptions(parent=parent, protect=args.protect),
    )
    aws.kms.Alias(
        f"{name}-key-alias",
        name=f"alias/{args.alias}",
        target_key_id=key.key_id,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    bucket = aws.s3.Bucket(
        f"{name}-bucket",
        bucket=args.bucket_name,
        force_destroy=args.force_destroy,
        opts=pulumi.ResourceOptions(parent=parent, protect=args.protect),
    )
    encrypting = _encrypt(name, bucket, key, parent)
    _close(name, bucket, args, parent)
    _clear(name, bucket, args, parent)
    return EncryptedBucket(bucket=bucket, key=key, encrypted_name=encrypting.bucket)


def _encrypt(
    name: str, bucket: aws.s3.Bucket, key: aws.kms.Key, parent: pulumi.Resource
) -> aws.s3.BucketServerSideEncryptionConfiguration:
    by_default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
        sse_algorithm="aws:kms", kms_master_key_id=key.arn
    )
    return aws.s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption",
        bucket=bucket.bucket,
        rules=[
            aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                apply_server_side_encryption_by_default=by_default, bucket_key_enabled=True
            )
        ],
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _close(name: str, bucket: aws.s3.Bucket, args: BucketArgs, parent: pulumi.Resource) -> None:
    closed = aws.s3.BucketPublicAccessBlock(
        f"{name}-public-access",
        bucket=bucket.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    aws.s3.BucketPolicy(
        f"{name}-policy",
        bucket=bucket.bucket,
        policy=document(_refused(bucket, args)),
        # S3 refuses two changes of a bucket's access at the same time
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[closed]),
    )


def _refused(bucket: aws.s3.Bucket, args: BucketArgs) -> Sequence[Statement]:
    tls_only = Statement(
        sid="TlsOnly",
        effect="Deny",
        principals="*",
        actions=["s3:*"],
        resources=[bucket.arn, pulumi.Output.concat(bucket.arn, "/*")],
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )
    if args.undeletable is None:
        return [tls_only]
    nothing_is_deleted = Statement(
        sid="NothingIsDeleted",
        effect="Deny",
        principals="*",
        actions=["s3:DeleteObject", "s3:DeleteObjectVersion"],
        resources=[pulumi.Output.concat(bucket.arn, "/", args.undeletable, "*")],
    )
    return [tls_only, nothing_is_deleted]


def _clear(name: str, bucket: aws.s3.Bucket, args: BucketArgs, parent: pulumi.Resource) -> None:
    versioning = aws.s3.BucketVersioning(
        f"{name}-versioning",
        bucket=bucket.bucket,
        versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    expiration = aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=args.current_days)
    aws.s3.BucketLifecycleConfiguration(
        f"{name}-lifecycle",
        bucket=bucket.bucket,
        rules=[
            aws.s3.BucketLifecycleConfigurationRuleArgs(
                id="expire",
                status="Enabled",
                filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                expiration=expiration if args.current_days else None,
                noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                    noncurrent_days=args.noncurrent_days
                ),
                abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                    days_after_initiation=1
                ),
            )
        ],
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[versioning]),
    )
