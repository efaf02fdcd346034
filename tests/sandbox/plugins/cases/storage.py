"""The lives of buckets and of what configures them."""

from __future__ import annotations

from tests.sandbox.plugins.cases.case import Case
from tests.sandbox.plugins.cases.parts import BUCKET, KEY, policy

CASES: dict[str, Case] = {
    BUCKET: Case(
        inputs={"bucket": "life-bucket", "forceDestroy": True, "tags": {"Kind": "artifacts"}},
        update={"tags": {"Kind": "other"}},
        drift=lambda behind, bucket: behind(
            "s3", "put_bucket_tagging", Bucket=bucket, Tagging={"TagSet": [{"Key": "Kind", "Value": "changed"}]}
        ),
        seen="tags.Kind",
    ),
    "aws:s3/bucketVersioning:BucketVersioning": Case(
        needs={"bucket": (BUCKET, {"bucket": "life-versioning"})},
        inputs={"bucket": "{bucket}", "versioningConfiguration": {"status": "Enabled"}},
        update={"versioningConfiguration": {"status": "Suspended"}},
        drift=lambda behind, bucket: behind(
            "s3", "put_bucket_versioning", Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}
        ),
        seen="versioningConfiguration.status",
        leaves=True,
    ),
    "aws:s3/bucketObjectv2:BucketObjectv2": Case(
        needs={"bucket": (BUCKET, {"bucket": "life-object", "forceDestroy": True})},
        inputs={"bucket": "{bucket}", "key": "runner/outputs.json", "content": "{}", "tags": {"Kind": "outputs"}},
        update={"content": '{"contract": 1}', "tags": {}},
        drift=lambda behind, _identifier: behind(
            "s3",
            "put_object_tagging",
            Bucket="life-object",
            Key="runner/outputs.json",
            Tagging={"TagSet": [{"Key": "Kind", "Value": "changed"}]},
        ),
        seen="tags.Kind",
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Case(
        needs={"bucket": (BUCKET, {"bucket": "life-encryption"}), "key": (KEY, {})},
        inputs={
            "bucket": "{bucket}",
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "{key}"},
                    "bucketKeyEnabled": True,
                }
            ],
        },
        update={"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        drift=lambda behind, bucket: behind(
            "s3",
            "put_bucket_encryption",
            Bucket=bucket,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
        ),
        seen="rules[0].applyServerSideEncryptionByDefault.sseAlgorithm",
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Case(
        needs={"bucket": (BUCKET, {"bucket": "life-public"})},
        inputs={
            "bucket": "{bucket}",
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        },
        update={"ignorePublicAcls": False},
        drift=lambda behind, bucket: behind("s3", "delete_public_access_block", Bucket=bucket),
        seen="(gone)",
    ),
    "aws:s3/bucketPolicy:BucketPolicy": Case(
        needs={"bucket": (BUCKET, {"bucket": "life-policy"})},
        inputs={"bucket": "{bucket}", "policy": policy("s3:GetObject", "arn:aws:s3:::life-policy/*")},
        update={"policy": policy("s3:PutObject", "arn:aws:s3:::life-policy/*")},
        drift=lambda behind, bucket: behind(
            "s3", "put_bucket_policy", Bucket=bucket, Policy=policy("s3:*", "arn:aws:s3:::life-policy/*")
        ),
        seen="policy",
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Case(
        needs={"bucket": (BUCKET, {"bucket": "life-lifecycle"})},
        inputs={
            "bucket": "{bucket}",
            "rules": [
                {
                    "id": "expire",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "expiration": {"days": 90},
                    "noncurrentVersionExpiration": {"noncurrentDays": 30},
                    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
                }
            ],
        },
        update={
            "rules": [{"id": "expire", "status": "Enabled", "filter": {"prefix": "x/"}, "expiration": {"days": 9}}]
        },
        drift=lambda behind, bucket: behind(
            "s3",
            "put_bucket_lifecycle_configuration",
            Bucket=bucket,
            LifecycleConfiguration={
                "Rules": [{"ID": "expire", "Status": "Disabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 90}}]
            },
        ),
        seen="rules[0].status",
    ),
}
