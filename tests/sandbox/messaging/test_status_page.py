"""Statuspage's states of a scheduled maintenance, as a plain HTTP client finds them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sandbox.addresses import STATUS_PAGE_KEY
from sandbox.world import World

PLAN = {
    "name": "Maintenance",
    "status": "scheduled",
    "body": "On Tuesday.",
    "scheduled_for": "2026-03-11T10:00:00+10:00",
    "scheduled_until": "2026-03-11T11:00:00+10:00",
    "metadata": {"release": {"content": "1"}},
}
PATH = "/pages/kctbh9vrtdwd/incidents"


@pytest.fixture
def page(world: World) -> httpx.Client:
    headers = {"Authorization": f"OAuth {STATUS_PAGE_KEY}"}
    return httpx.Client(base_url=f"{world.endpoint}/status-page/v1", headers=headers)


def make(page: httpx.Client, **changes: Any) -> httpx.Response:
    return page.post(PATH, json={"incident": {**PLAN, **changes}})


def test_a_maintenance_goes_through_its_states(world: World, page: httpx.Client) -> None:
    made = make(page)
    name = made.json()["id"]
    assert (made.status_code, made.json()["status"], made.json()["metadata"]) == (201, "scheduled", PLAN["metadata"])
    for status in ("in_progress", "verifying", "completed"):
        changed = page.patch(f"{PATH}/{name}", json={"incident": {"status": status, "body": f"It is {status}."}})
        assert (changed.status_code, changed.json()["status"]) == (200, status)
    one = page.get(f"{PATH}/{name}").json()
    told = [each["status"] for each in one["incident_updates"]]
    assert told == ["completed", "verifying", "in_progress", "scheduled"]
    assert one["resolved_at"]
    shown = [(message.channel, message.subject, message.body) for message in world.outbox.messages()]
    assert shown[:2] == [
        ("status-page", "Maintenance", "scheduled: On Tuesday."),
        ("status-page", "Maintenance", "in progress: It is in_progress."),
    ]


def test_the_newest_come_first_and_in_pages(page: httpx.Client) -> None:
    names = [make(page, name=f"M{number}").json()["id"] for number in range(3)]
    assert [each["id"] for each in page.get(PATH).json()] == names[::-1]
    assert [each["id"] for each in page.get(PATH, params={"limit": 2, "page": 2}).json()] == names[:1]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"name": ""}, 422),
        ({"name": "x" * 256}, 422),
        ({"status": "soon"}, 422),
        ({"scheduled_until": None}, 422),
        ({"metadata": {"release": "1"}}, 422),
        ({"scheduled_for": "tomorrow"}, 400),
        ({"scheduled_auto_in_progress": True}, 501),
    ],
)
def test_what_cannot_be_is_refused(page: httpx.Client, changes: dict[str, Any], status: int) -> None:
    assert make(page, **changes).status_code == status
    assert page.get(PATH).json() == []


def test_a_maintenance_is_no_incident(page: httpx.Client) -> None:
    name = make(page).json()["id"]
    assert page.patch(f"{PATH}/{name}", json={"incident": {"status": "resolved"}}).status_code == 422


def test_strangers_other_pages_and_what_is_gone_are_refused(page: httpx.Client) -> None:
    assert page.get(PATH, headers={"Authorization": "OAuth other"}).status_code == 401
    assert page.get("/pages/other/incidents").status_code == 404
    name = make(page).json()["id"]
    assert page.delete(f"{PATH}/{name}").status_code == 200
    assert page.get(f"{PATH}/{name}").status_code == 404
    assert page.get(f"{PATH}/unresolved/other").status_code == 501
