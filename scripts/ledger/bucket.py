"""The ledger in the stack's records bucket, by S3's conditional writes.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html: 412 is lost, 409 is to be tried again,
404 is a replacement of nothing. A write whose answer was lost may have been made, and botocore's next attempt is then
refused by the first: so whose the content is, is told by a name that every write gives itself in the metadata.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import sleep
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import ClientError

from scripts.clients.failures import AWS_FAILURES, AwsFailure, error_code, translate
from scripts.errors import AwsAnswerError, PromisedResourceMissingError, ReleaseError, UndeterminedError
from scripts.ledger.store import PERMISSIONS, Stored, is_key, require_key, require_prefix
from sop.names import LEDGER

if TYPE_CHECKING:
    from scripts.clients.aws import Aws

# Before each attempt, in seconds
_PAUSES = (0.0, 0.2, 0.4, 0.8, 1.6)
_NO_SUCH_KEY = "NoSuchKey"
_REFUSED = {"PreconditionFailed", _NO_SUCH_KEY, "ConditionalRequestConflict"}
_BREAKDOWN = 500  # the least HTTP status with which AWS does not say whether it has done it
_WRITING, _HOW = "writing", "how"  # metadata: the write's name, and which of these it was
_CREATE, _REPLACE = "create", "replace"


@dataclass(frozen=True)
class _Found:
    stored: Stored
    writing: str
    how: str


@dataclass(frozen=True)
class _Failure:
    cause: ReleaseError
    in_doubt: bool  # whether it may have been written all the same

    def unknown(self, key: str) -> ReleaseError:
        since = f"Whether {key} was written is not known: somebody has written it since."
        return UndeterminedError(f"{self.cause.message} {since}", "Run the same command again: it reads what is there.")


class BucketStore:
    """A Store (scripts/ledger/store.py).

    Args:
        aws: the clients.
        bucket: the stack's own.
        account_id: whose the bucket must be: a name that became free is anybody's.
        pause: waits so many seconds before a write is tried again.
    """

    def __init__(self, aws: Aws, bucket: str, account_id: str, pause: Callable[[float], None] = sleep) -> None:
        self._aws = aws
        self._bucket = bucket
        self._here: dict[str, Any] = {"Bucket": bucket, "ExpectedBucketOwner": account_id}
        self._pause = pause

    def create(self, key: str, data: bytes) -> bool:
        return self._write(key, data, _CREATE)

    def replace(self, key: str, data: bytes, etag: str) -> bool:
        if not etag:
            raise ValueError("nothing has an empty etag")
        return self._write(key, data, _REPLACE, etag)

    def read(self, key: str) -> Stored | None:
        found = self._find(key)
        return found.stored if found else None

    def list(self, prefix: str) -> list[str]:
        below = f"{LEDGER}{require_prefix(prefix)}"
        try:
            pages = self._aws.s3.get_paginator("list_objects_v2").paginate(**self._here, Prefix=below)
            names = [entry.get("Key", "") for page in pages for entry in page.get("Contents", [])]
        except AWS_FAILURES as problem:
            raise self._told(problem) from problem
        return sorted(key for name in names if is_key(key := name.removeprefix(LEDGER)))

    def _write(self, key: str, data: bytes, how: str, etag: str = "") -> bool:
        writing = uuid4().hex
        condition = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
        put = {**self._here, **condition, "Key": _name(key), "Body": data}
        put |= {"ContentType": "application/json", "Metadata": {_WRITING: writing, _HOW: how}}
        in_doubt = False
        failure = _Failure(AwsAnswerError(f"{self._bucket} was not asked."), in_doubt=False)
        for pause in _PAUSES:
            self._pause(pause)
            failed = self._failure(put)
            if failed is None:
                return True
            failure = failed
            in_doubt |= failure.in_doubt
            found = self._find(key)
            if found and found.writing == writing:
                return True
            if (found is not None) if how == _CREATE else (found is None or found.stored.etag != etag):
                # Only a creation leaves its own trace under what another makes of it
                if in_doubt and not (how == _CREATE and found and found.how == _CREATE):
                    raise failure.unknown(key)
                return False
        raise failure.cause

    def _failure(self, put: dict[str, Any]) -> _Failure | None:
        """What came of one attempt; None: it was written. Raises ReleaseError where no other will do better."""
        try:
            self._aws.s3.put_object(**put)
        except AwsAnswerError as page:  # somebody else answered in the place of AWS
            return _Failure(page, in_doubt=True)
        except AWS_FAILURES as problem:
            failure = _Failure(self._told(problem), in_doubt=_in_doubt(problem))
            if not failure.in_doubt and _code(problem) not in _REFUSED:
                raise failure.cause from problem
            return failure
        return None

    def _find(self, key: str) -> _Found | None:
        try:
            answer = self._aws.s3.get_object(**self._here, Key=_name(key))
            stored = Stored(answer["Body"].read(), answer["ETag"])
        except AWS_FAILURES as problem:
            if _code(problem) == _NO_SUCH_KEY:
                return None
            raise self._told(problem) from problem
        told = answer["Metadata"]
        return _Found(stored, told.get(_WRITING, ""), told.get(_HOW, ""))

    def _told(self, problem: AwsFailure) -> ReleaseError:
        if _code(problem) == "NoSuchBucket":
            return PromisedResourceMissingError(
                f"The records bucket {self._bucket} is not there; the stack's outputs name it.",
                "`pulumi refresh`, then `pulumi up`, makes it again; what it held is lost.",
            )
        return translate(problem, PERMISSIONS)


def _name(key: str) -> str:
    return f"{LEDGER}{require_key(key)}"


def _code(problem: AwsFailure) -> str:
    return error_code(problem) if isinstance(problem, ClientError) else ""


def _in_doubt(problem: AwsFailure) -> bool:
    """Whether S3 may have made this write: no answer, one that does not say, or an attempt before the answered one."""
    if not isinstance(problem, ClientError):
        return True
    told = problem.response.get("ResponseMetadata", {})
    return told.get("HTTPStatusCode", _BREAKDOWN) >= _BREAKDOWN or told.get("RetryAttempts", 0) > 0
