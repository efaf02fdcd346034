"""A request that cannot be read as the model's types is refused as AWS refuses it, before any service sees it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.model import StructureShape
from botocore.parsers import create_parser

from sandbox.aws.cloudwatch import CloudWatch
from sandbox.aws.codebuild import CodeBuild
from sandbox.aws.codeconnections import CodeConnections
from sandbox.aws.events import Events
from sandbox.aws.sns import Sns
from sandbox.world import World
from tests.sandbox.conftest import MakeWorld
from tests.sandbox.sample import ACCOUNT_ID, REGION

SCOPE = "AWS4-HMAC-SHA256 Credential=x/20261126/ap-southeast-2/{}/aws4_request, SignedHeaders=host, Signature=0"


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(CloudWatch, CodeBuild, Events, Sns)


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


@pytest.mark.parametrize(
    "content_type", ["application/cbor", "application/json", "application/x-amz-json-1.0", "text/plain"]
)
@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/service/GraniteServiceVersion20100801/operation/DescribeAlarms", "monitoring"),
        ("/?Action=ListTopics", "sns"),
        ("/", "codebuild"),
        ("/", "events"),
    ],
)
def test_a_protocol_that_the_sandbox_does_not_speak_is_refused_as_its_own_lack(
    world: World, path: str, service: str, content_type: str
) -> None:
    code, body = asked(world, path, {"Content-Type": content_type, "Authorization": SCOPE.format(service)}, b"\xa0")
    assert code in (200, 400, 404, 501)
    assert b"html" not in body
    assert b"SandboxInternalError" not in body


def test_a_refusal_in_cbor_is_read_by_botocore(world: World) -> None:
    headers = {"Content-Type": "application/cbor", "Authorization": SCOPE.format("monitoring")}
    code, body = asked(world, "/service/GraniteServiceVersion20100801/operation/DescribeAlarms", headers, b"\xa0")
    parser = create_parser("smithy-rpc-v2-cbor")
    parsed = parser.parse(
        {"status_code": code, "headers": {"smithy-protocol": "rpc-v2-cbor"}, "body": body},
        StructureShape("", {"type": "structure", "members": {}}),
    )
    assert (code, parsed["Error"]["Code"]) == (501, "SandboxUnsupported")
    assert "does not speak application/cbor to cloudwatch" in parsed["Error"]["Message"]


def test_an_errors_message_is_once_in_xml(world: World) -> None:
    with pytest.raises(ClientError) as refused:
        world.client("sns").get_topic_attributes(TopicArn=f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:none")
    told: dict[str, Any] = {**refused.value.response}
    assert set(told["Error"]) == {"Type", "Code", "Message"}
    assert "message" not in told


def asked(world: World, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
    request = urllib.request.Request(f"{world.endpoint}{path}", data=body, headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read()
