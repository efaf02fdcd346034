"""An answer that is not AWS's own is an error, whatever its HTTP status says, and never an empty list."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.session import Session

from scripts.clients.answers import MOST_PAGES
from scripts.clients.aws import Aws
from scripts.clients.failures import AWS_FAILURES, translate
from scripts.errors import AwsAnswerError, ReleaseError
from scripts.evidence.calls import Call
from scripts.evidence.recorder import Recorder
from tests.scripts.fake_aws import LOADER, REGION, FakeAws
from tests.scripts.release import NOW

PORTAL = b"<!DOCTYPE html>\n<html><body>Sign in to the network</body></html>"
ID = {"x-amzn-RequestId": "1"}
JSON = {"Content-Type": "application/x-amz-json-1.1", **ID}
XML = {"Content-Type": "text/xml", **ID}
S3 = {"x-amz-request-id": "1"}

ASK: dict[str, Callable[[Aws], Any]] = {
    "json": lambda aws: aws.logs.filter_log_events(logGroupName="x"),
    "json that was cbor": lambda aws: aws.codepipeline.list_pipeline_executions(pipelineName="x"),
    "metrics": lambda aws: aws.cloudwatch.describe_alarms(),
    "query": lambda aws: aws.cloudformation.describe_stacks(),
    "query of tags": lambda aws: aws.sns.list_topics(),
    "ec2": lambda aws: aws.ec2.describe_instance_status(),
    "s3 as a stream": lambda aws: aws.s3.get_object(Bucket="x", Key="y"),
}


class Raw(io.BytesIO):
    def stream(self, **_: Any) -> Any:
        yield self.read()


class Something:
    """Answers every request of its clients alike."""

    def __init__(self) -> None:
        self.body, self.headers, self.status = b"", HTTPHeaders(), 200
        session = Session()
        session.register_component("data_loader", LOADER)
        session.set_credentials("test", "test")
        instead_of_sending: Any = self._answer
        session.register("before-send", instead_of_sending)
        self.aws = Aws(session, REGION)

    def _answer(self, request: Any, **_: Any) -> AWSResponse:
        raw: Any = Raw(self.body)
        return AWSResponse(request.url, self.status, self.headers, raw)


SOMETHING = Something()  # making clients takes longer than asking them


def answering(body: bytes, headers: Mapping[str, str], status: int = 200, something: Something = SOMETHING) -> Aws:
    """AWS's clients, to whom something answers so from now on."""
    something.body, something.headers, something.status = body, HTTPHeaders.from_dict(dict(headers)), status
    return something.aws


def asked(aws: Aws, ask: str) -> ReleaseError:
    """What the question ends with."""
    try:
        answer = ASK[ask](aws)
    except ReleaseError as problem:
        return problem
    except AWS_FAILURES as problem:
        return translate(problem)
    raise AssertionError(f"it was taken for an answer: {answer}")


@pytest.mark.parametrize("ask", ASK)
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (PORTAL, {"Content-Type": "text/html"}),
        (PORTAL, {}),
        (PORTAL, JSON),
        (b"\xef\xbb\xbf  <HTML><body/></HTML>", {"Content-Type": "text/plain"}),
        (b"", {"Content-Type": "text/html"}),
        (b"", {}),
        (b"OK", {"Content-Type": "text/plain"}),
        (b'{"status": "ok"}', {"Content-Type": "application/json"}),
        (b"[]", {"Content-Type": "application/json"}),
        (b"<status>ok</status>", {"Content-Type": "application/xml"}),
        (b'<?xml version="1.0"?><DescribeThings/>', XML),
    ],
)
def test_what_is_no_answer_of_aws_is_an_error_in_every_protocol(
    ask: str, body: bytes, headers: Mapping[str, str]
) -> None:
    problem = asked(answering(body, headers), ask)
    assert isinstance(problem, AwsAnswerError)
    assert "is not AWS's: HTTP 200" in problem.message
    assert "HTTPS_PROXY" in problem.fix


@pytest.mark.parametrize("body", [b'{"status": "ok"}', b'{"cut', b"[1]"])
def test_json_of_something_else_is_none_though_it_says_that_it_is_awss(body: bytes) -> None:
    assert "is not AWS's" in asked(answering(body, JSON), "json").message


def test_xml_without_its_result_is_none() -> None:
    assert "is not AWS's" in asked(answering(b"<DescribeStacksResponse/>", XML), "query").message


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirect_is_none_and_says_where_to(status: int) -> None:
    aws = answering(b"", {"Location": "http://portal.example/"}, status)
    assert f"HTTP {status} to http://portal.example/" in asked(aws, "json").message


@pytest.mark.parametrize("ask", ASK)
def test_a_proxys_refusal_is_not_told_as_awss(ask: str) -> None:
    assert "is not AWS's: HTTP 403" in asked(answering(PORTAL, {"Content-Type": "text/html"}, 403), ask).message


@pytest.mark.parametrize(
    ("ask", "body", "headers"),
    [
        ("json", b"{}", JSON),
        ("json", b'{"events": []}', JSON),
        ("json", b'{"events": []}', {"Content-Type": "application/json", **ID}),
        ("metrics", b'{"MetricAlarms": []}', {"Content-Type": "application/x-amz-json-1.0"}),
        (
            "query",
            b'<?xml version="1.0"?>\n<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">'
            b"<DescribeStacksResult><Stacks/></DescribeStacksResult></DescribeStacksResponse>",
            XML,
        ),
        (
            "ec2",
            b'<DescribeInstanceStatusResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>1</requestId>'
            b"<instanceStatusSet/></DescribeInstanceStatusResponse>",
            XML,
        ),
        ("s3 as a stream", PORTAL, S3),
    ],
)
def test_an_answer_of_aws_is_taken_though_it_is_empty(ask: str, body: bytes, headers: Mapping[str, str]) -> None:
    assert ASK[ask](answering(body, headers))["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_an_empty_answer_is_s3s_if_it_is_named_as_s3_names_its_own() -> None:
    put = partial(SOMETHING.aws.s3.put_object, Bucket="x", Key="y")
    answering(b"", S3)
    assert put()
    answering(b"", {})
    with pytest.raises(AwsAnswerError, match="is not AWS's: HTTP 200"):
        put()


def test_an_error_of_aws_stays_awss() -> None:
    body = json.dumps({"__type": "ResourceNotFoundException", "message": "no such group"}).encode()
    assert "no such group" in asked(answering(body, JSON, 400), "json").message


def test_it_is_evidence() -> None:
    kept: list[Call] = []
    aws = answering(PORTAL, {"Content-Type": "text/html"}, something=Something())
    aws.tell(Recorder(kept.append, lambda: NOW, scoped=False))
    asked(aws, "json")
    assert "is not AWS's" in kept[0].problem


def test_what_cannot_be_read_is_not_told_at_length() -> None:
    body = b"<DescribeStacksResponse><DescribeStacksResult>" + b"x" * 100_000
    assert len(asked(answering(body, XML), "query").message) < 1_000


class TestPages:
    def pages(self, token: Callable[[int], str | None]) -> FakeAws:
        fake, number = FakeAws(), iter(range(10 * MOST_PAGES))

        def page(_: Any) -> dict[str, Any]:
            following = token(next(number))
            return {"events": [], **({"nextToken": following} if following else {})}

        fake.answer("FilterLogEvents", page)
        return fake

    def read(self, fake: FakeAws) -> int:
        return len(list(fake.aws.logs.get_paginator("filter_log_events").paginate(logGroupName="x")))

    def test_empty_pages_without_an_end_are_an_error_that_says_how_far_it_came(self) -> None:
        with pytest.raises(AwsAnswerError, match="given up after 1,000 pages: it does not end"):
            self.read(self.pages(str))

    def test_a_page_that_was_there_before_is_an_error(self) -> None:
        with pytest.raises(AwsAnswerError, match="after 3 pages: a page that was there before follows"):
            self.read(self.pages(lambda number: "ab"[number % 2]))

    def test_the_same_question_may_be_asked_again_and_by_others_at_once(self) -> None:
        fake = FakeAws()
        fake.pages("FilterLogEvents", *[{"events": []}] * 5, linked_by="nextToken")
        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(lambda _: self.read(fake), range(40))) == {5}


@pytest.mark.parametrize("status", [400, 403, 501, 502])
@pytest.mark.parametrize("kind", ["json", "query", "ec2"])
def test_a_refusal_that_is_no_text_is_nobodys_error_message(kind: str, status: int) -> None:
    with pytest.raises(AwsAnswerError, match=f"is not AWS's: HTTP {status}"):
        ASK[kind](answering(b"\xbf\x00\xff", {"Content-Type": "application/cbor"}, status))
