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
OURS = (Trouble.PROXY, Trouble.MACHINE)


def answering(monkeypatch: pytest.MonkeyPatch, made: Visit) -> None:
    monkeypatch.setattr(http, "visit", lambda url: made)


def test_200_passes(release: Release) -> None:
    result = release.check(CHECK)
    assert result.status is Status.PASS
    assert result.observed.splitlines() == [f"HTTP 200 from {LOAD_BALANCER} in 0.00 s.", f"200 {URL}"]


@pytest.mark.parametrize("status", [201, 204, 301, 304, 404, 500, 502, 503])
def test_nothing_but_200_passes(release: Release, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    answering(monkeypatch, Visit([Hop(URL, status)]))
    assert release.check(CHECK).status is Status.FAIL


def test_redirects_are_shown(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, Visit([Hop(URL, 301), Hop(f"https://{LOAD_BALANCER}/", 200)], seconds=0.5, size=421))
    result = release.check(CHECK)
    assert (result.status, result.observed.splitlines()) == (
        Status.PASS,
        [f"HTTP 200 from {LOAD_BALANCER} in 0.50 s after 1 redirect.", f"301 {URL}", f"200 https://{LOAD_BALANCER}/"],
    )


@pytest.mark.parametrize(
    ("asked", "final"),
    [
        (URL, "https://www.helios.id/"),
        (URL, "https://login.airport.example/?next=helios"),
        ("https://helios.id/", "https://helios.id.evil.example/"),
        ("https://helios.id/", "https://helios.id:8443/"),
    ],
)
def test_the_page_of_another_host_is_not_this_ones(
    release: Release, monkeypatch: pytest.MonkeyPatch, asked: str, final: str
) -> None:
    release.outputs["endpointUrl"] = asked
    answering(monkeypatch, Visit([Hop(asked, 302), Hop(final, 200)], size=421))
    result = release.check(CHECK)
    assert (result.status, result.headline.startswith("Another host than")) == (Status.INCONCLUSIVE, True)
    assert f"`pulumi config set release:endpointUrl {final} --stack prod`" in result.fix


def test_the_same_host_in_other_words_is_the_same(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    release.outputs["endpointUrl"] = "http://Helios.ID:80/"
    answering(monkeypatch, Visit([Hop("http://Helios.ID:80/", 301), Hop("https://helios.id./home", 200)], size=421))
    assert release.check(CHECK).status is Status.PASS


def test_an_empty_page_is_no_page(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, Visit([Hop(URL, 200)], size=0))
    result = release.check(CHECK)
    assert (result.status, result.headline.startswith("The page is empty")) == (Status.INCONCLUSIVE, True)


@pytest.mark.parametrize("trouble", [one for one in Trouble if one not in OURS])
def test_no_answer_fails(release: Release, monkeypatch: pytest.MonkeyPatch, trouble: Trouble) -> None:
    answering(monkeypatch, Visit([], trouble, "the reason"))
    result = release.check(CHECK)
    assert result.status is Status.FAIL
    assert "the reason" in result.headline


@pytest.mark.parametrize("trouble", OURS)
def test_what_this_machine_cannot_see_is_an_error(
    release: Release, monkeypatch: pytest.MonkeyPatch, trouble: Trouble
) -> None:
    answering(monkeypatch, Visit([], trouble, "the reason"))
    result = release.check(CHECK)
    assert (result.status, "the reason" in result.headline) == (Status.ERROR, True)


def test_the_configured_address_is_asked_instead_of_the_load_balancer(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(http, "visit", lambda url: asked.append(url) or Visit([Hop(url, 200)], size=1))
    release.outputs |= {"endpointUrl": "https://www.helios.id/", "workload": None}
    assert release.check(CHECK).status is Status.PASS
    assert asked == ["https://www.helios.id/"]


def test_a_load_balancer_that_the_deployment_replaced_is_not_asked(release: Release) -> None:
    release.stack(outputs={"LoadBalancerDnsName": "another.example"})
    assert release.check(CHECK).status is Status.INCONCLUSIVE


def test_before_the_first_deployment_is_known_it_is_inconclusive(release: Release) -> None:
    release.outputs["workload"] = None
    assert release.check(CHECK).status is Status.INCONCLUSIVE
