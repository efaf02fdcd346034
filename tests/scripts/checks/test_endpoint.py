"""SOP 4.3: the load balancer answers HTTP 200."""

from __future__ import annotations

import pytest

from scripts.facts import http
from scripts.facts.http import Hop, Trouble, Visit
from scripts.results import Status
from tests.scripts.prod_stack import LOAD_BALANCER
from tests.scripts.release import Release

CHECK = "endpoint"
URL = f"http://{LOAD_BALANCER}/"


def answering(monkeypatch: pytest.MonkeyPatch, made: Visit) -> None:
    monkeypatch.setattr(http, "visit", lambda url: made)


def test_200_passes(release: Release) -> None:
    result = release.check(CHECK)
    assert result.status is Status.PASS
    assert result.observed.splitlines() == ["HTTP 200 in 0.00 s.", f"200 {URL}"]


@pytest.mark.parametrize("status", [201, 204, 301, 304, 404, 500, 502, 503])
def test_nothing_but_200_passes(release: Release, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    answering(monkeypatch, Visit([Hop(URL, status)]))
    assert release.check(CHECK).status is Status.FAIL


def test_redirects_are_shown(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, Visit([Hop(URL, 301), Hop("https://www.helios.id/", 200)], seconds=0.5))
    assert release.check(CHECK).observed.splitlines() == [
        "HTTP 200 in 0.50 s after 1 redirect.",
        f"301 {URL}",
        "200 https://www.helios.id/",
    ]


@pytest.mark.parametrize("trouble", [one for one in Trouble if one is not Trouble.PROXY])
def test_no_answer_fails(release: Release, monkeypatch: pytest.MonkeyPatch, trouble: Trouble) -> None:
    answering(monkeypatch, Visit([], trouble, "the reason"))
    result = release.check(CHECK)
    assert result.status is Status.FAIL
    assert "the reason" in result.headline


def test_a_proxy_out_of_order_is_an_error(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, Visit([], Trouble.PROXY, "connection refused"))
    assert release.check(CHECK).status is Status.ERROR


def test_the_configured_address_is_asked_instead_of_the_load_balancer(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(http, "visit", lambda url: asked.append(url) or Visit([Hop(url, 200)]))
    release.outputs |= {"endpointUrl": "https://www.helios.id/", "workload": None}
    assert release.check(CHECK).status is Status.PASS
    assert asked == ["https://www.helios.id/"]


def test_a_load_balancer_that_the_deployment_replaced_is_not_asked(release: Release) -> None:
    release.stack(outputs={"LoadBalancerDnsName": "another.example"})
    assert release.check(CHECK).status is Status.INCONCLUSIVE


def test_before_the_first_deployment_is_known_it_is_inconclusive(release: Release) -> None:
    release.outputs["workload"] = None
    assert release.check(CHECK).status is Status.INCONCLUSIVE
