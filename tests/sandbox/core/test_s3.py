"""S3 is moto's: its writes on a condition are S3's, and its answers have S3's headers."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.s3.responses import S3Response

from sandbox.aws import moto_threads
from tests.sandbox.conftest import MakeWorld

KEY = "a/b.json"


@pytest.fixture
def s3(make_world: MakeWorld) -> Any:
    client: Any = make_world().client("s3")
    client.create_bucket(Bucket="records", CreateBucketConfiguration={"LocationConstraint": "ap-southeast-2"})
    client.put_bucket_versioning(Bucket="records", VersioningConfiguration={"Status": "Enabled"})
    return client


def put(s3: Any, body: bytes, **condition: str) -> str:
    """The etag, or the refusal's code and status."""
    try:
        return s3.put_object(Bucket="records", Key=KEY, Body=body, **condition)["ETag"]
    except ClientError as problem:
        told: Any = problem.response
        return f"{told['Error']['Code']} {told['ResponseMetadata']['HTTPStatusCode']}"


def test_what_is_there_is_not_created_again(s3: Any) -> None:
    put(s3, b"1", IfNoneMatch="*")
    assert put(s3, b"2", IfNoneMatch="*") == "PreconditionFailed 412"
    assert s3.get_object(Bucket="records", Key=KEY)["Body"].read() == b"1"


def test_what_was_deleted_is_created_again(s3: Any) -> None:
    put(s3, b"1", IfNoneMatch="*")
    s3.delete_object(Bucket="records", Key=KEY)
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.get_object(Bucket="records", Key=KEY)
    assert put(s3, b"2", IfNoneMatch="*").startswith('"')


def test_only_what_matches_is_replaced(s3: Any) -> None:
    first = put(s3, b"1")
    second = put(s3, b"2", IfMatch=first)
    assert second.startswith('"')
    assert put(s3, b"3", IfMatch=first) == "PreconditionFailed 412"


def test_nothing_is_not_replaced(s3: Any) -> None:
    assert put(s3, b"1", IfMatch='"c4ca4238a0b923820dcc509a6f75849b"') == "NoSuchKey 404"


def test_what_is_put_is_looked_at_and_put_in_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    moto_threads.let_moto_put_one_at_a_time()
    inside: list[int] = []

    def put_object(_self: object) -> None:
        inside.append(1)
        assert moto_threads._one_at_a_time.locked()

    monkeypatch.setattr(moto_threads, "_put_object", put_object)
    response: Any = None
    S3Response.put_object(response)
    assert inside


def test_an_answer_is_named_as_s3_names_its_own(s3: Any) -> None:
    headers = s3.put_object(Bucket="records", Key=KEY, Body=b"")["ResponseMetadata"]["HTTPHeaders"]
    assert {"x-amz-request-id", "x-amz-id-2"} <= set(headers)
    assert "x-amzn-requestid" not in headers
    assert "content-type" not in headers
