"""Where the pipeline keeps what passes between its stages."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.account import Account
from components.policies import Statement, document, key_administration

KEPT_DAYS = 90
_KEY_DELETION_DAYS = 30


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

        key = aws.kms.Key(
            f"{name}-key",
            description=f"Encrypts the artifacts in {args.bucket_name}",
            enable_key_rotation=True,
            deletion_window_in_days=_KEY_DELETION_DAYS,
            policy=document([key_administration(args.account)]),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        aws.kms.Alias(
            f"{name}-key-alias",
            name=f"alias/{args.alias}",
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        bucket = aws.s3.Bucket(
            f"{name}-bucket",
            bucket=args.bucket_name,
            # All in it is made again by the next execution, and nothing may be left behind
            force_destroy=True,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self._secure(name, bucket, key)
        self._expire(name, bucket)

        self.bucket_name = bucket.bucket
        self.bucket_arn = bucket.arn
        self.key_arn = key.arn
        self.register_outputs({"bucket_name": self.bucket_name, "bucket_arn": self.bucket_arn, "key_arn": self.key_arn})

    def _secure(self, name: str, bucket: aws.s3.Bucket, key: aws.kms.Key) -> None:
        by_default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
            sse_algorithm="aws:kms", kms_master_key_id=key.arn
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-encryption",
            bucket=bucket.bucket,
            rules=[
                aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=by_default, bucket_key_enabled=True
                )
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
        closed = aws.s3.BucketPublicAccessBlock(
            f"{name}-public-access",
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        tls_only = Statement(
            sid="TlsOnly",
            effect="Deny",
            principals="*",
            actions=["s3:*"],
            resources=[bucket.arn, pulumi.Output.concat(bucket.arn, "/*")],
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        )
        aws.s3.BucketPolicy(
            f"{name}-policy",
            bucket=bucket.bucket,
            policy=document([tls_only]),
            # S3 refuses two changes of a bucket's access at the same time
            opts=pulumi.ResourceOptions(parent=self, depends_on=[closed]),
        )

    def _expire(self, name: str, bucket: aws.s3.Bucket) -> None:
        versioning = aws.s3.BucketVersioning(
            f"{name}-versioning",
            bucket=bucket.bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-lifecycle",
            bucket=bucket.bucket,
            rules=[
                aws.s3.BucketLifecycleConfigurationRuleArgs(
                    id="expire",
                    status="Enabled",
                    filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                    expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=KEPT_DAYS),
                    noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                        noncurrent_days=KEPT_DAYS
                    ),
                    abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                        days_after_initiation=1
                    ),
                )
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )
