"""A request that cannot be read as the model's types is refused as AWS refuses it, before any service sees it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

from sandbox.aws.codebuild import CodeBuild
from sandbox.aws.codeconnections import CodeConnections
from tests.sandbox.conftest import MakeWorld

SCOPE = "AWS4-HMAC-SHA256 Credential=x/20261126/ap-southeast-2/{}/aws4_request, SignedHeaders=host, Signature=0"


@pytest.mark.parametrize(
    "body",
    ["{", "[]", '"x"', "5", '{"ids": "x"}', '{"ids": {"a": "b"}}', '{"ids": [5]}', '{"ids": true}', b"\xff\xfe"],
)
def test_json_of_other_types_than_the_models_is_a_serialization_exception(
    make_world: MakeWorld, body: str | bytes
) -> None:
    world = make_world(CodeBuild, CodeConnections)
    request = urllib.request.Request(  # noqa: S310
        world.endpoint,
        data=body if isinstance(body, bytes) else body.encode(),
        headers={
            "X-Amz-Target": "CodeBuild_20161006.BatchGetBuilds",
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": SCOPE.format("codebuild"),
        },
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)  # noqa: S310
    with refused.value as answer:
        assert (answer.code, json.loads(answer.read())["__type"]) == (400, "SerializationException")
