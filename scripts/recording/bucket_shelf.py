"""Release notes in the stack's records bucket, below `releases/`: where no folder stays, as for a build on AWS.

Each is written on a condition (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html): of two
who write at once one wins, and the other looks again. A write whose answer was lost is found by the next run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from scripts.clients.failures import AWS_FAILURES, error_code, translate
from scripts.errors import ConfigurationError
from scripts.ledger.store import PERMISSIONS
from sop.names import NOTES

if TYPE_CHECKING:
    from scripts.clients.aws import Aws

_REFUSED = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"}


class Bucket:
    """A Shelf (scripts/recording/shelf.py).

    Args:
        aws: the clients.
        bucket: the stack's own.
        account_id: whose the bucket must be.
    """

    def __init__(self, aws: Aws, bucket: str, account_id: str) -> None:
        self._aws = aws
        self._bucket = bucket
        self._here: dict[str, Any] = {"Bucket": bucket, "ExpectedBucketOwner": account_id}
        self._etags: dict[str, str] = {}  # of what was read last

    def read(self, name: str) -> str | None:
        try:
            answer = self._aws.s3.get_object(**self._here, Key=f"{NOTES}{name}")
            self._etags[name] = answer["ETag"]
            return answer["Body"].read().decode()
        except AWS_FAILURES as problem:
            if isinstance(problem, ClientError) and error_code(problem) == "NoSuchKey":
                return None
            raise translate(problem, PERMISSIONS) from problem
        except UnicodeDecodeError as problem:
            raise ConfigurationError(f"{self.where(name)} is no text: {problem.reason}.") from problem

    def create(self, name: str, notes: str) -> bool:
        return self._write(name, notes, {"IfNoneMatch": "*"})

    def replace(self, name: str, notes: str, before: str) -> bool:
        del before  # what was read stands there as long as its etag does
        return self._write(name, notes, {"IfMatch": self._etags[name]})

    def where(self, name: str) -> str:
        return f"s3://{self._bucket}/{NOTES}{name}"

    def _write(self, name: str, notes: str, condition: dict[str, str]) -> bool:
        put = {**self._here, **condition, "Key": f"{NOTES}{name}", "Body": notes.encode()}
        try:
            self._aws.s3.put_object(**put, ContentType="text/markdown; charset=utf-8")
        except AWS_FAILURES as problem:
            if isinstance(problem, ClientError) and error_code(problem) in _REFUSED:
                return False
            raise translate(problem, PERMISSIONS) from problem
        return True
