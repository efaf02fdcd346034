# ruff: noqa: RUF012 -- the base class declares these tables
"""S3: an object of a bucket. The calls are the provider's (internal/service/s3/object.go)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sandbox.plugins.aws.api import Api, Params
from sandbox.plugins.aws.mapping import COMPUTED
from sandbox.plugins.aws.resource import AwsResource
from sandbox.plugins.aws.tags import written
from sandbox.plugins.resource import Failure
from sandbox.plugins.values import UNKNOWN, FileAsset, Values

_BODIES = ("content", "contentBase64", "source")
_READ = ("BucketKeyEnabled", "ContentType", "SSEKMSKeyId", "ServerSideEncryption")


class BucketObject(AwsResource):
    token = "aws:s3/bucketObjectv2:BucketObjectv2"
    service = "s3"
    request = "PutObject"
    renames = {"kmsKeyId": "SSEKMSKeyId"}
    unset = dict.fromkeys(("bucketKeyEnabled", "contentType", "kmsKeyId", "serverSideEncryption"), COMPUTED)
    own = frozenset({*_BODIES, "forceDestroy", "sourceHash"})
    not_emulated = frozenset(
        {"acl", "cacheControl", "checksumAlgorithm", "contentDisposition", "contentEncoding", "contentLanguage",
         "etag", "metadata", "objectLockLegalHoldStatus", "objectLockMode", "objectLockRetainUntilDate",
         "overrideProvider", "storageClass", "websiteRedirect"}
    )  # fmt: skip
    computed = {"arn": "arn", "etag": "etag", "versionId": "VersionId"}
    replaces = frozenset({"bucket", "key", "region"})

    @cached_property
    def tags_shape(self) -> Any:
        return self.account.models.request("s3", "PutObjectTagging", "Tagging").members["TagSet"]

    def insert(self, api: Api, document: Params, inputs: Values) -> tuple[str, Params]:
        tagging = {"Tagging": urlencode(inputs["tagsAll"])} if inputs.get("tagsAll") else {}
        answer = api.call("s3", "PutObject", document | tagging | {"Body": _body(inputs)})
        return f"{inputs['bucket']}/{inputs['key']}", answer

    def find(self, api: Api, identifier: str, inputs: Values) -> Params | None:
        place = _place(identifier)
        found = api.call("s3", "HeadObject", place)
        return {
            **place,
            **{name: found[name] for name in _READ if name in found},
            "VersionId": found.get("VersionId"),
            "etag": found["ETag"].strip('"'),
            "arn": f"arn:{self.account.partition}:s3:::{identifier}",
            "tags": api.call("s3", "GetObjectTagging", place).get("TagSet"),
        }

    def change(self, api: Api, identifier: str, document: Params, old: Values, new: Values) -> None:
        if any(old.get(name) != new.get(name) for name in (*_BODIES, "kmsKeyId", "contentType")):
            self.insert(api, document, new)
            return
        tagging = {"TagSet": written(new.get("tagsAll", {}), self.tags_shape)}
        api.call("s3", "PutObjectTagging", {**_place(identifier), "Tagging": tagging})

    def remove(self, api: Api, identifier: str, inputs: Values) -> None:
        """Every version goes, where the bucket keeps versions."""
        place = _place(identifier)
        listed = api.call("s3", "ListObjectVersions", {"Bucket": place["Bucket"], "Prefix": place["Key"]})
        versions = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
        for version in versions:
            if version["Key"] == place["Key"]:
                api.call("s3", "DeleteObject", {**place, "VersionId": version["VersionId"]})

    def imported(self, given: str) -> tuple[str, Values]:
        bucket, _, key = given.removeprefix("s3://").partition("/")
        return f"{bucket}/{key}", {"bucket": bucket, "key": key}

    def rules(self, inputs: Values) -> Iterator[Failure]:
        given = [name for name in _BODIES if name in inputs]
        if len(given) > 1:
            yield Failure(given[1], f"{given[1]}: conflicts with {given[0]}")
        source = inputs.get("source", UNKNOWN)
        if source is not UNKNOWN and not (isinstance(source, FileAsset) and Path(source.path).is_file()):
            yield Failure("source", "source: a file that is there is expected")


def _place(identifier: str) -> Params:
    bucket, _, key = identifier.partition("/")
    return {"Bucket": bucket, "Key": key}


def _body(inputs: Values) -> bytes:
    if "source" in inputs:
        return Path(inputs["source"].path).read_bytes()
    if "contentBase64" in inputs:
        return base64.b64decode(inputs["contentBase64"])
    content = inputs.get("content", "")
    return (content if isinstance(content, str) else json.dumps(content)).encode()


TYPES = (BucketObject,)
