"""The records bucket: kept, closed, and nobody's to empty."""

from __future__ import annotations

import json

from tests.components.recorder import Plan, configuration, deployed, run_program

CLOSED = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def test_it_is_named_by_service_environment_account_and_region(prod: Plan, dev: Plan) -> None:
    assert prod.only("Bucket", "records").inputs["bucket"] == "web-records-prod-123456789012-ap-southeast-2"
    assert dev.only("Bucket", "records").inputs["bucket"] == "web-records-dev-123456789012-ap-southeast-2"
    shop = run_program("prod", config=configuration("prod") | {"release:service": "shop"})
    assert shop.only("Bucket", "records").inputs["bucket"] == "prod-shop-records-123456789012-ap-southeast-2"
    assert shop.only("Alias", "records").inputs["name"] == "alias/prod-shop-records"


def test_the_outputs_name_it_and_its_key(prod: Plan) -> None:
    assert prod.outputs["recordsBucket"] == prod.only("Bucket", "records").inputs["bucket"]
    assert prod.outputs["recordsKeyArn"].endswith(prod.only("Key", "records").name)


def test_productions_is_protected_and_never_emptied(prod: Plan) -> None:
    bucket = prod.only("Bucket", "records")
    assert bucket.options["protect"] is prod.only("Key", "records").options["protect"] is True
    assert bucket.inputs["forceDestroy"] is False


def test_devs_goes_with_its_stack(dev: Plan) -> None:
    bucket = dev.only("Bucket", "records")
    assert "protect" not in bucket.options
    assert bucket.inputs["forceDestroy"] is True


def test_what_is_current_stays_and_earlier_versions_expire(prod: Plan) -> None:
    assert prod.only("BucketVersioning", "records").inputs["versioningConfiguration"] == {"status": "Enabled"}
    (rule,) = prod.only("BucketLifecycleConfiguration", "records").inputs["rules"]
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 365}
    assert "expiration" not in rule


def test_it_is_encrypted_with_a_rotating_key_of_its_own(prod: Plan) -> None:
    key = prod.only("Key", "records")
    assert key.inputs["enableKeyRotation"] is True
    (rule,) = prod.only("BucketServerSideEncryptionConfiguration", "records").inputs["rules"]
    by_default = rule["applyServerSideEncryptionByDefault"]
    assert by_default["sseAlgorithm"] == "aws:kms"
    assert by_default["kmsMasterKeyId"].endswith(key.name)


def test_it_is_closed_to_the_public(prod: Plan) -> None:
    block = prod.only("BucketPublicAccessBlock", "records").inputs
    assert all(block[setting] is True for setting in CLOSED)


def test_nobody_deletes_anything_of_productions_ledger(prod: Plan, dev: Plan) -> None:
    def statements(plan: Plan) -> dict[str, dict[str, object]]:
        policy = json.loads(plan.only("BucketPolicy", "records").inputs["policy"])
        return {statement["Sid"]: statement for statement in policy["Statement"]}

    refused = statements(prod)["NothingIsDeleted"]
    assert (refused["Effect"], refused["Principal"]) == ("Deny", "*")
    assert refused["Action"] == ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    assert str(refused["Resource"]).endswith("/ledger/*']")
    assert "TlsOnly" in statements(prod)
    assert list(statements(dev)) == ["TlsOnly"]


def test_config_leaves_it_out() -> None:
    without = run_program("dev", deployed("dev"), configuration("dev") | {"release:records": "false"})
    assert [one.name for one in without.registrations if "records" in one.name] == []
    assert without.outputs.get("recordsBucket") is None
