# ruff: noqa: RUF012 -- the base class declares these tables
"""S3: the bucket, and the parts of its configuration that Pulumi has as resources of their own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from sandbox.plugins.aws.api import Api, ApiError, Params
from sandbox.plugins.aws.declared import Call, Declared
from sandbox.plugins.aws.mapping import COMPUTED
from sandbox.plugins.aws.resource import AwsResource
from sandbox.plugins.aws.tags import plain, written
from sandbox.plugins.resource import Failure
from sandbox.plugins.values import Values

_WITHOUT_LOCATION = "us-east-1"
_UNSEEN = ("403", "AccessDenied")


class Bucket(AwsResource):
    token = "aws:s3/bucket:Bucket"
    service = "s3"
    request = "CreateBucket"
    renames = {"objectLockEnabled": "ObjectLockEnabledForBucket"}
    own = frozenset({"forceDestroy"})
    # Each has a resource of its own; here they are deprecated.
    not_emulated = frozenset(
        {"accelerationStatus", "acl", "bucketNamespace", "bucketPrefix", "corsRules", "grants", "lifecycleRules",
         "logging", "objectLockConfiguration", "policy", "replicationConfiguration", "requestPayer",
         "serverSideEncryptionConfiguration", "versioning", "website"}
    )  # fmt: skip
    computed = {
        "arn": "arn",
        "bucketDomainName": "domain",
        "bucketRegionalDomainName": "regional_domain",
        "bucketRegion": "region",
    }
    replaces = frozenset({"bucket", "objectLockEnabled", "region"})
    autoname = "bucket"

    @cached_property
    def tags_shape(self) -> Any:
        return self.account.models.request("s3", "PutBucketTagging", "Tagging").members["TagSet"]

    def insert(self, api: Api, document: Params, inputs: Values) -> tuple[str, Params]:
        if api.region != _WITHOUT_LOCATION:
            document = document | {"CreateBucketConfiguration": {"LocationConstraint": api.region}}
        return inputs["bucket"], api.call("s3", "CreateBucket", document)

    def find(self, api: Api, identifier: str, inputs: Values) -> Params | None:
        try:
            api.call("s3", "HeadBucket", {"Bucket": identifier})
        except ApiError as error:
            # The provider takes a bucket that it may not see for one that is gone.
            if error.code in _UNSEEN:
                return None
            raise
        return {
            "Bucket": identifier,
            "ObjectLockEnabledForBucket": self._locked(api, identifier),
            "tags": _if_any(api, "GetBucketTagging", identifier).get("TagSet"),
            "arn": f"arn:{self.account.partition}:s3:::{identifier}",
            "domain": f"{identifier}.s3.amazonaws.com",
            "regional_domain": f"{identifier}.s3.{api.region}.amazonaws.com",
            "region": api.region,
        }

    def settle(self, api: Api, identifier: str, old: Values, new: Values) -> None:
        wanted = new.get("tagsAll", {})
        if wanted == plain(_if_any(api, "GetBucketTagging", identifier).get("TagSet")):
            return
        tagging = {"TagSet": written(wanted, self.tags_shape)}
        api.call("s3", "PutBucketTagging", {"Bucket": identifier, "Tagging": tagging})

    def change(self, api: Api, identifier: str, document: Params, old: Values, new: Values) -> None:
        """Everything but the tags replaces the bucket."""

    def remove(self, api: Api, identifier: str, inputs: Values) -> None:
        if inputs.get("forceDestroy"):
            _empty(api, identifier)
        api.call("s3", "DeleteBucket", {"Bucket": identifier})

    def _locked(self, api: Api, bucket: str) -> bool:
        return "ObjectLockConfiguration" in _if_any(api, "GetObjectLockConfiguration", bucket)


class BucketPart(Declared):
    """One aspect of a bucket's configuration, put and deleted as a whole."""

    service = "s3"
    identifier = "{bucket}"
    replaces = frozenset({"bucket", "expectedBucketOwner", "region"})


class BucketVersioning(BucketPart):
    token = "aws:s3/bucketVersioning:BucketVersioning"
    request = "PutBucketVersioning"
    reads = Call("GetBucketVersioning", {"Bucket": "{id}"}, "Status && {VersioningConfiguration: @}")
    # Versioning cannot be taken back, only suspended.
    deletes = Call("PutBucketVersioning", {"Bucket": "{id}", "VersioningConfiguration": {"Status": "Suspended"}})
    unset = {"versioningConfiguration.mfaDelete": "Disabled"}


class BucketServerSideEncryptionConfiguration(BucketPart):
    token = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    request = "PutBucketEncryption"
    renames = {
        "rules": "ServerSideEncryptionConfiguration.Rules",
        "rules.blockedEncryptionTypes": "BlockedEncryptionTypes.EncryptionType",
    }
    unset = {"rules.blockedEncryptionTypes": COMPUTED}
    unordered = frozenset({"rules"})
    reads = Call("GetBucketEncryption", {"Bucket": "{id}"})
    deletes = Call("DeleteBucketEncryption", {"Bucket": "{id}"})


class BucketPublicAccessBlock(BucketPart):
    token = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    request = "PutPublicAccessBlock"
    renames = {
        name: f"PublicAccessBlockConfiguration.{name[0].upper()}{name[1:]}"
        for name in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    }
    own = frozenset({"skipDestroy"})
    reads = Call("GetPublicAccessBlock", {"Bucket": "{id}"})
    deletes = Call("DeletePublicAccessBlock", {"Bucket": "{id}"})


class BucketPolicy(BucketPart):
    token = "aws:s3/bucketPolicy:BucketPolicy"
    request = "PutBucketPolicy"
    documents = frozenset({"policy"})
    reads = Call("GetBucketPolicy", {"Bucket": "{id}"})
    deletes = Call("DeleteBucketPolicy", {"Bucket": "{id}"})


class BucketLifecycleConfiguration(BucketPart):
    token = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    request = "PutBucketLifecycleConfiguration"
    renames = {"rules": "LifecycleConfiguration.Rules"}
    unset = {"transitionDefaultMinimumObjectSize": COMPUTED}
    own = frozenset({"timeouts"})
    reads = Call("GetBucketLifecycleConfiguration", {"Bucket": "{id}"}, "{LifecycleConfiguration: @}")
    deletes = Call("DeleteBucketLifecycle", {"Bucket": "{id}"})

    def rules(self, inputs: Values) -> Iterator[Failure]:
        rules = inputs["rules"] if isinstance(inputs["rules"], list) else []
        for index, rule in enumerate(rules):
            if isinstance(rule, dict) and not rule.keys() & _ACTIONS:
                path = f"rules[{index}]"
                yield Failure(path, f"{path}: at least one action is needed: {', '.join(sorted(_ACTIONS))}")


_ACTIONS = frozenset(
    {"abortIncompleteMultipartUpload", "expiration", "noncurrentVersionExpiration",
     "noncurrentVersionTransitions", "transitions"}
)  # fmt: skip


def _if_any(api: Api, operation: str, bucket: str) -> Params:
    """What a bucket may have or not."""
    try:
        return api.call("s3", operation, {"Bucket": bucket})
    except ApiError as error:
        if error.not_found or error.code == "NoSuchTagSet":
            return {}
        raise


def _empty(api: Api, bucket: str) -> None:
    """Delete every version of every object."""
    while True:
        page = api.call("s3", "ListObjectVersions", {"Bucket": bucket})
        versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if not versions:
            return
        objects = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions]
        api.call("s3", "DeleteObjects", {"Bucket": bucket, "Delete": {"Objects": objects, "Quiet": True}})


TYPES = (
    Bucket,
    BucketVersioning,
    BucketServerSideEncryptionConfiguration,
    BucketPublicAccessBlock,
    BucketPolicy,
    BucketLifecycleConfiguration,
)
