"""The site over HTTP: what a visitor gets, and that the visit counts."""

from __future__ import annotations

import json

import pytest
from werkzeug.test import Client, TestResponse

from sandbox.workload.site import create_app
from sop.names import Environment
from tests.sandbox.conftest import MakeWorld
from tests.sandbox.workload.deployed import DNS_NAME, Deployed, deploy

ALB = "AWS/ApplicationELB"


@pytest.fixture
def site(make_world: MakeWorld) -> Deployed:
    return deploy(make_world)


@pytest.fixture
def client(site: Deployed) -> Client:
    return Client(create_app(site.world))


def visit(client: Client, path: str = "/", method: str = "GET") -> TestResponse:
    return client.open(path, method=method, base_url=f"http://{DNS_NAME}", headers={"User-Agent": "curl/8.5.0"})


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/", "GET", 200),
        ("/", "HEAD", 200),
        ("/health", "GET", 200),
        ("/catalogue", "GET", 200),
        ("/nowhere", "GET", 404),
    ],
)
def test_the_site_answers(client: Client, path: str, method: str, status: int) -> None:
    assert visit(client, path, method).status_code == status


def test_another_host_is_no_site(client: Client) -> None:
    answer = client.get("/", base_url="http://other-1.ap-southeast-2.elb.amazonaws.com")
    assert answer.status_code == 502


def test_a_visit_is_in_the_logs_and_in_the_count(site: Deployed, client: Client) -> None:
    group = site.deliver_access_logs()
    visit(client)
    site.pass_time(seconds=1)
    assert len(site.lines(pattern='"curl/8.5.0"')) == 1
    (entry,) = [json.loads(line) for line in site.lines(group, '"curl/8.5.0"')]
    assert entry["request"] == f"GET http://{DNS_NAME}:80/ HTTP/1.1"
    site.pass_time(minutes=4)
    counted = site.series(f"{ALB}/RequestCount", site.load_balancer, minutes=6)
    logged = len(site.lines(pattern='"GET "'))
    site.world.workload.rewrite(Environment.PROD, 0)
    assert site.series(f"{ALB}/RequestCount", site.load_balancer, minutes=6) == counted
    assert len(site.lines(pattern='"GET "')) == logged


@pytest.mark.parametrize(
    ("fault", "status"), [("endpoint-500", 500), ("endpoint-redirect-loop", 302), ("endpoint-down", 503)]
)
def test_the_front_page_can_be_broken_alone(site: Deployed, client: Client, fault: str, status: int) -> None:
    site.world.faults.activate(fault)
    assert visit(client).status_code == status
    assert visit(client, "/catalogue").status_code == 200
    site.world.faults.heal(fault)
    assert visit(client).status_code == 200


def test_a_redirect_loop_leads_to_itself(site: Deployed, client: Client) -> None:
    site.world.faults.activate("endpoint-redirect-loop")
    assert visit(client).headers["Location"] == f"http://{DNS_NAME}/"


def test_without_targets_the_load_balancer_answers_itself(site: Deployed, client: Client) -> None:
    site.world.faults.activate("no-targets")
    assert visit(client).status_code == 503
    site.world.faults.heal()
    assert visit(client).status_code == 200
