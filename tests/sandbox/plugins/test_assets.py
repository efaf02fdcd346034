"""A file that a program uploads: the same where its content is, and known again from a state that has no path."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf import struct_pb2

from sandbox.plugins.values import FileAsset, Properties, UnsupportedValueError, encode
from tests.sandbox.plugins.cases.parts import BUCKET
from tests.sandbox.plugins.conftest import Call
from tests.sandbox.plugins.engine import Engine, RejectedError

OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"


def test_a_file_is_the_same_wherever_it_lies() -> None:
    there = Properties.decode(encode({"source": FileAsset("/a/wheel", "abc")})).values["source"]
    assert (there.path, there) == ("/a/wheel", FileAsset("/b/wheel", "abc"))
    assert there != FileAsset("/a/wheel", "abd")


def test_what_is_no_file_is_not_emulated() -> None:
    asset = encode({"source": FileAsset("", "abc")})
    asset.fields["source"].struct_value.fields["text"].CopyFrom(struct_pb2.Value(string_value="words"))
    with pytest.raises(UnsupportedValueError):
        Properties.decode(asset)


def test_a_file_is_uploaded_and_a_missing_one_refused(aws: Engine, behind: Call, tmp_path: Path) -> None:
    wheel = tmp_path / "wheel"
    wheel.write_bytes(b"content")
    bucket = aws.create(BUCKET, {"bucket": "life-asset", "forceDestroy": True})
    program = {"bucket": "life-asset", "key": "runner/wheel", "source": FileAsset(str(wheel), "abc")}
    created = aws.create(OBJECT, program)
    assert behind("s3", "get_object", Bucket="life-asset", Key="runner/wheel")["Body"].read() == b"content"
    assert aws.plan(created, program).changed == []
    with pytest.raises(RejectedError, match="a file that is there is expected"):
        aws.create(OBJECT, {**program, "key": "other", "source": FileAsset(str(tmp_path / "nowhere"), "abc")})
    aws.delete(created)
    aws.delete(bucket)
