"""The sandbox's one clock, and the answers that it dates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.core.clock import LONGEST_BEHIND, NOTHING, Clock
from sandbox.paths import Paths
from sandbox.server import Server, listen
from sandbox.world import World
from tests.serving import serving

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SIGNED = "AWS4-HMAC-SHA256 Credential=a/20200101/ap-southeast-2/{service}/aws4_request, SignedHeaders=host, Signature=s"


@pytest.mark.parametrize("behind", [timedelta(hours=25), timedelta(hours=-25)], ids=["behind", "ahead"])
def test_a_clock_that_is_off_the_real_time_runs_on_like_any_other(behind: timedelta) -> None:
    now = [NOON]
    clock = Clock(lambda: now[0], behind)
    now[0] += timedelta(minutes=5)
    assert clock.now() == NOON - behind + timedelta(minutes=5)


@given(st.timedeltas(NOTHING, LONGEST_BEHIND), st.lists(st.timedeltas(-LONGEST_BEHIND, LONGEST_BEHIND)))
def test_time_leaps_as_far_ahead_as_asked_for_and_never_back(behind: timedelta, leaps: list[timedelta]) -> None:
    clock = Clock(lambda: NOON, behind)
    for span in leaps:
        before = clock.now()
        if span >= NOTHING:
            clock.leap(span)
            assert clock.now() == before + span
        else:
            with pytest.raises(ValueError, match="does not go back"):
                clock.leap(span)
            assert clock.now() == before
    assert clock.now() == NOON + clock.ahead


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A whole sandbox's, whose clock stands at noon."""
    folder: Path = tmp_path_factory.mktemp("sandbox")
    clock = Clock(lambda: NOON)
    server = listen(0, None, clock)
    world = World(Paths(folder), f"http://127.0.0.1:{server.port}", clock)
    server.app = Server(world, server.shutdown)
    with serving(server):
        yield server.port
        world.background.stop()


def signed(service: str, **more: str) -> dict[str, str]:
    authorization = SIGNED.format(service=service)
    return {"Authorization": authorization, "Content-Type": "application/x-amz-json-1.1", **more}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", signed("codepipeline", **{"X-Amz-Target": "CodePipeline_20150709.ListPipelines"}), 200),
        ("/", signed("codepipeline", **{"X-Amz-Target": "CodePipeline_20150709.GetPipeline"}), 400),
        ("/", signed("codepipeline", **{"X-Amz-Target": "CodePipeline_20150709.Nothing"}), 501),
        ("/none-such", signed("s3"), 404),
        ("/github/repos/none/such", {}, 401),
        ("/slack/api/auth.test", {}, 200),
        ("/slack/api/files.upload", {}, 501),
        ("/status-page/v1/pages/x/incidents", {}, 401),
        ("/status-page/v1/pages/x/metrics", {}, 501),
        ("/_sandbox/ping", {}, 200),
        ("/_sandbox/none", {}, 404),
        ("/", {"Host": "web.ap-southeast-2.elb.amazonaws.com"}, 502),
        ("/", {"Host": "example.org"}, 502),
    ],
)
def test_every_answer_carries_the_sandboxs_time(port: int, path: str, headers: dict[str, str], status: int) -> None:
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("POST" if "X-Amz-Target" in headers else "GET", path, b"{}", headers)
    answer = connection.getresponse()
    assert [parsedate_to_datetime(date) for date in answer.headers.get_all("Date", [])] == [NOON]
    assert answer.status == status
    connection.close()


def test_an_answer_to_what_is_no_http_carries_it_too(port: int) -> None:
    connection = HTTPConnection("127.0.0.1", port)
    connection.putrequest("NONE SUCH", "/")
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status >= 400
    assert parsedate_to_datetime(answer.headers["Date"]) == NOON
