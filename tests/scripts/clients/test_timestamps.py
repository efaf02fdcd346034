"""Times are UTC whatever the machine's zone: no hour is missing in spring, none comes twice in autumn."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from scripts.clients.aws import Aws
from scripts.clients.timestamps import as_utc
from tests.scripts.fake_aws import REGION

MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1), timezones=st.timezones())
CLOCKS_BACK = datetime(2026, 4, 4, 15, 55, tzinfo=UTC)  # five minutes before, in Sydney


@pytest.fixture
def in_sydney(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Australia/Sydney")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@given(MOMENTS)
def test_a_number_of_seconds_is_that_moment(moment: datetime) -> None:
    read = as_utc(moment.timestamp())
    assert read.tzinfo is UTC
    assert abs(read - moment.astimezone(UTC)) < timedelta(milliseconds=1)


@given(MOMENTS)
def test_iso_8601_is_that_moment_whatever_its_offset(moment: datetime) -> None:
    offset = moment.utcoffset()
    if offset is not None and not offset % timedelta(minutes=1):
        assert as_utc(moment.isoformat()) == moment.astimezone(UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-10T01:07:00Z",
        "2026-03-10T01:07:00.000Z",
        "2026-03-10T12:07:00+11:00",
        "2026-03-10T01:07:00",
        "1773104820",
        "1773104820.0",
        "Tue, 10 Mar 2026 01:07:00 GMT",
    ],
)
def test_every_form_that_aws_uses_is_read(text: str) -> None:
    assert as_utc(text) == datetime(2026, 3, 10, 1, 7, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01T00:00:00Z"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - dateutil's and ours differ in their words
        as_utc(text)


@pytest.mark.usefixtures("in_sydney")
def test_a_span_is_added_to_what_a_client_answers_as_it_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = CLOCKS_BACK.timestamp()
    summary = {"pipelineExecutionId": "one", "startTime": seconds, "lastUpdateTime": seconds + 3_600}
    body = json.dumps({"pipelineExecutionSummaries": [summary]}).encode()
    session = Session()
    session.set_credentials("test", "test")
    headers = HTTPHeaders.from_dict({"Content-Type": "application/x-amz-json-1.1"})
    answer = AWSResponse("https://aws.example", 200, headers, Mock(stream=lambda: [body]))
    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", lambda *_: answer)
    (read,) = _summaries(Aws(session, REGION))
    started, ended = read["startTime"], read["lastUpdateTime"]
    assert started + timedelta(minutes=10) == CLOCKS_BACK + timedelta(minutes=10)
    assert ended - started == timedelta(hours=1)
    assert (started.tzinfo, ended.tzinfo) == (UTC, UTC)


def _summaries(aws: Aws) -> list[Any]:
    return list(
        aws.codepipeline.list_pipeline_executions(pipelineName="web-pipeline-dev")["pipelineExecutionSummaries"]
    )
