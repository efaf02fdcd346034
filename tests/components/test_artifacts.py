"""The artifact store: versioned, encrypted, closed, and gone with the stack."""

from __future__ import annotations

from tests.components.recorder import Plan


def test_the_bucket_is_versioned_and_its_artifacts_expire(prod: Plan) -> None:
    assert prod.only("BucketVersioning", "artifacts").inputs["versioningConfiguration"] == {"status": "Enabled"}
    (rule,) = prod.only("BucketLifecycleConfiguration", "artifacts").inputs["rules"]
    assert rule["status"] == "Enabled"
    assert rule["expiration"]["days"] == rule["noncurrentVersionExpiration"]["noncurrentDays"] == 90
    versioning = prod.only("BucketVersioning", "artifacts").urn
    assert versioning in prod.only("BucketLifecycleConfiguration", "artifacts").depends_on


def test_the_bucket_is_encrypted_with_its_own_rotating_key(prod: Plan) -> None:
    key = prod.only("Key", "artifacts")
    assert key.inputs["enableKeyRotation"] is True
    (rule,) = prod.only("BucketServerSideEncryptionConfiguration", "artifacts").inputs["rules"]
    by_default = rule["applyServerSideEncryptionByDefault"]
    assert by_default["sseAlgorithm"] == "aws:kms"
    assert by_default["kmsMasterKeyId"].endswith(key.name)


def test_destroy_leaves_no_artifact_behind(prod: Plan) -> None:
    assert prod.only("Bucket", "artifacts").inputs["forceDestroy"] is True
